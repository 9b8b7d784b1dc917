"""Verification of the files of a result that follow from others: each is compared with what the program writes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from microgrid.audit.finding import Finding
from microgrid.case.reading import Case
from microgrid.contract.plan import RELATIVE, Plan
from microgrid.errors import InputError, Problem, shortened
from microgrid.report.write_result import (
    BILL,
    LEDGER,
    RESULT_FILES,
    SCHEDULE_PARQUET,
    SUMMARY,
    hashes,
    rendered,
    stated_view,
    versions,
)
from microgrid.result.summary import Summary
from microgrid.suffixes import coded_name

_ROUNDING = 1e-12  # relative rounding of a number that is read from text


def check_missing(folder: Path) -> Iterator[Finding]:
    """Findings about files that a run writes, but that are missing."""
    for name in RESULT_FILES:
        if not (folder / name).is_file():
            yield Finding(name, "is missing", None, float("nan"), "")


def misfits(error: ValidationError, currency: str) -> Iterator[Finding]:
    """Findings about entries of a summary.json, in a currency, that no run would write."""
    for found in error.errors()[:5]:
        place = "/".join(map(str, found["loc"])) or "its content"
        missing = found["type"] == "missing"
        what = "{name} is missing" if missing else f"{place} is {shortened(str(found['input']), 80)}: {found['msg']}"
        yield Finding(SUMMARY, what, None, float("nan"), "", coded_name(place, currency))


def check_parquet(path: Path, schedule: pd.DataFrame) -> Iterator[Finding]:
    """Findings about a copy of the schedule in Parquet that differs from the one in CSV."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with path.open("rb") as file:
            other = parquet.read_table(file).to_pandas()
    except FileNotFoundError:
        return  # ``check_missing`` reports it
    except pa.ArrowException:
        raise InputError(Problem("not a readable Parquet file", file=path.as_posix())) from None
    if list(other.columns) != list(schedule.columns) or len(other) != len(schedule):
        yield Finding(SCHEDULE_PARQUET, "does not have the columns and rows of schedule.csv", None, 0.0, "")
        return
    late = np.flatnonzero((other["time"].astype(str) != schedule["time"].astype(str)).to_numpy())
    if len(late):
        yield Finding(SCHEDULE_PARQUET, "time differs from schedule.csv", f"row {late[0] + 1}", float("nan"), "")
    for column in other.columns.drop("time"):
        values = pd.to_numeric(other[column], errors="coerce").to_numpy(dtype=float)
        stated = schedule[column].to_numpy(dtype=float)
        gap = np.abs(values - stated)
        off = np.flatnonzero(~(gap <= _ROUNDING * np.maximum(np.abs(stated), 1.0)))
        if len(off):
            row = int(off[0])
            yield Finding(SCHEDULE_PARQUET, f"{column} differs from schedule.csv", f"row {row + 1}", gap[row], "")


def check_rendered(
    folder: Path,
    case: Case,
    plan: Plan,
    baseline: Plan,
    summary: Summary,
    manifest: Mapping[str, Any],
) -> Iterator[Finding]:
    """Findings about a bill and a report that differ from those written from schedule, ledger, summary and case.

    Texts are compared exactly if the manifest names the versions in use; else only the numbers of the bill, since other
    versions may write equal content in another form.
    """
    schedule = plan.schedule.drop(columns=["time", "step_hours"])
    schedule.index = pd.DatetimeIndex(case.horizon.local, name="time")
    timing = {stage: value for stage, value in summary.timing_seconds.items() if stage != "report"}
    view = stated_view(case, replace(plan, schedule=schedule), baseline, summary.with_parts(timing_seconds=timing))
    written = rendered(view)
    if manifest.get("versions") == versions():
        yield from _differing(folder, written)
    elif (folder / BILL).is_file():
        yield from _check_bill(folder / BILL, written[BILL])


def _differing(folder: Path, written: Mapping[str, str]) -> Iterator[Finding]:
    for name, text in written.items():
        if name == LEDGER or not (folder / name).is_file():
            continue
        found = (folder / name).read_bytes().replace(b"\r\n", b"\n").decode("utf-8", errors="replace")
        if found == text:
            continue
        lines = zip(found.split("\n"), text.split("\n"), strict=False)
        line = next((number for number, (one, other) in enumerate(lines, start=1) if one != other), None)
        where = f"line {line}" if line else "its end"
        yield Finding(name, "differs from what follows from schedule, ledger and summary", where, float("nan"), "")


def _check_bill(path: Path, text: str) -> Iterator[Finding]:
    true = pd.read_csv(io.StringIO(text))
    try:
        found = pd.read_csv(path, encoding="utf-8")
    except (UnicodeDecodeError, ValueError, pd.errors.ParserError) as error:
        raise InputError(Problem("not a readable CSV table", file=path.as_posix(), value=str(error)[:80])) from None
    if list(found.columns) != list(true.columns) or len(found) != len(true):
        yield Finding(BILL, "does not have the lines of the ledger", None, float("nan"), "")
        return
    for column in true.columns:
        if pd.api.types.is_numeric_dtype(true[column]):
            values = pd.to_numeric(found[column], errors="coerce").to_numpy(dtype=float)
            expected = true[column].to_numpy(dtype=float)
            same = np.isclose(values, expected, rtol=RELATIVE, atol=RELATIVE, equal_nan=True)
        else:
            same = (found[column].fillna("").astype(str) == true[column].fillna("").astype(str)).to_numpy()
        for row in np.flatnonzero(~same)[:1]:
            what = f"{column} is {found[column].iloc[row]}, not {true[column].iloc[row]}"
            yield Finding(BILL, what, f"row {row + 1}", float("nan"), "")


def check_hashes(folder: Path, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """Findings about files that have changed since they were written, even if the change is too small to matter."""
    recorded = manifest.get("outputs")
    if not isinstance(recorded, dict):
        return
    for name, digest in hashes(folder).items():
        if name in recorded and recorded[name] != digest:
            yield Finding(name, "has changed since the run wrote it", None, float("nan"), "")
