"""The files of a result, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import microgrid
from microgrid.audit.replay import counted_again, read_decisions, replay_all, stated_plan
from microgrid.contract.plan import Plan
from microgrid.files import changes, csv_text, header_text, json_text, replaced_folder, sha256
from microgrid.horizon import Horizon
from microgrid.report.pages.html import render_html
from microgrid.report.pages.markdown import render_markdown
from microgrid.report.tables.assumptions import list_assumptions
from microgrid.report.tables.bill import view_bill
from microgrid.report.view import ReportView
from microgrid.result.solution import Solution
from microgrid.result.summary import Summary

if TYPE_CHECKING:
    from microgrid.case.reading import Case

SCHEDULE_DECIMALS = 9  # so that a year of rounded powers still adds up to the states beside them
SUMMARY, MANIFEST, LEDGER = "summary.json", "manifest.json", "ledger.csv"
SCHEDULE, SCHEDULE_PARQUET = "schedule.csv", "schedule.parquet"
BILL, PAGE, PAGE_IN_SHORT = "bill.csv", "report.html", "report.md"
RESULT_FILES = (SCHEDULE, SCHEDULE_PARQUET, LEDGER, BILL, SUMMARY, PAGE, PAGE_IN_SHORT, MANIFEST)
_PACKAGES = ("pyomo", "highspy", "numpy", "pandas", "scipy", "pydantic")


def write_result(
    solution: Solution, out: str | Path = "results", options: Mapping[str, Any] | None = None
) -> tuple[Path, Summary]:
    """Write schedule, ledger, summary, report and manifest of a solution.

    The folder ``out/<case>/<scenario>`` (of another study than a dispatch ``<scenario>.<study>``) appears, or replaces
    the one before, only when all of its files are complete. A file of the case that has changed since it was read is
    told in the report and the summary: the result is of what was read.

    Returns:
        The folder, and the summary in it.

    Raises:
        RunEnvironmentError: no space, or no right to write; nothing is left half written.
    """
    started = time.perf_counter()
    name = ".".join(part for part in (solution.case.scenario, solution.study) if part)
    folder = Path(out) / solution.case.name / name
    written = as_written(solution)
    with replaced_folder(folder) as new:
        write_schedule(written, new)
        view = make_view(written, _changed_files(solution.case))
        for file, text in rendered(view).items():
            _write(new / file, text)
        timing = {**view.summary.timing_seconds, "report": round(time.perf_counter() - started, 3)}
        summary = view.summary.with_parts(timing_seconds=timing)
        _write(new / SUMMARY, json_text(summary.plain()) + "\n")
        traced = {**manifest(solution, folder, options or {}), "outputs": hashes(new)}
        _write(new / MANIFEST, json_text(traced) + "\n")
    return folder, summary


def as_written(solution: Solution) -> Solution:
    """The solution with its schedule as the files state it, so that all that is reported follows from the files."""
    case, schedule = solution.case, solution.plan.schedule.round(SCHEDULE_DECIMALS) + 0.0
    replays = replay_all(case.assets, read_decisions(case.assets, schedule), case.horizon)
    ledger = counted_again(solution.plan.ledger, replays, case.horizon)
    return replace(solution, plan=stated_plan(case.assets, replays, case.horizon, schedule, ledger))


def rendered(view: ReportView) -> dict[str, str]:
    """The files that follow from schedule, ledger, summary and case, each with its text."""
    return {
        LEDGER: csv_text(view.plan.ledger),
        BILL: csv_text(view_bill(view)),
        PAGE: render_html(view),
        PAGE_IN_SHORT: render_markdown(view),
    }


def _write(path: Path, text: str) -> None:
    # A path that the locale cannot name has lone surrogates: written as JSON's own escapes, verify finds it again.
    path.write_text(text, encoding="utf-8", newline="\n", errors="backslashreplace")


def _changed_files(case: Case) -> tuple[str, ...]:
    base = case.path.resolve().parent
    return tuple(
        f"{path.relative_to(base).as_posix()} has {change} since it was read: this result is of what it held then."
        for path, change in changes(case.files).items()
    )


def make_view(solution: Solution, changed_files: Sequence[str] = ()) -> ReportView:
    """What the report shows of a solution; changed_files: a sentence for each file that is not what was read."""
    summary = read_summary(json_text(solution.summary.with_parts(changed_files=list(changed_files)).plain()))
    return stated_view(solution.case, solution.plan, solution.baseline.plan, summary)


def read_summary(text: str) -> Summary:
    """The content of a summary.json; a pydantic ValidationError where it is none."""
    return Summary.model_validate(json.loads(text))


def stated_view(case: Case, plan: Plan, baseline: Plan, summary: Summary) -> ReportView:
    """What the report shows of a plan; summary: the content of summary.json."""
    return ReportView(
        case_name=case.name,
        title=case.title,
        scenario=case.scenario,
        site=case.site.model_dump(exclude_none=True),
        plan=plan,
        baseline=baseline,
        step_hours=case.horizon.step_hours.tolist(),
        summary=summary,
        assumptions=list_assumptions(case),
        repairs=case.repairs.rows(),
        notes=(*summary.changed_files, *map(str, case.notices), *summary.notes, *case.notes),
    )


def write_schedule(solution: Solution, folder: Path) -> None:
    """schedule.csv and schedule.parquet: time, step_hours, then a column for every quantity of every asset."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    horizon = solution.case.horizon
    rounded = solution.schedule.to_numpy(dtype=float)
    columns = {"time": stamps(horizon), "step_hours": horizon.step_hours}
    columns |= {name: rounded[:, i] for i, name in enumerate(solution.schedule.columns)}
    table = pa.table(columns)
    with (folder / SCHEDULE).open("wb") as file:
        file.write(header_text(table.column_names).encode())
        options = arrow_csv.WriteOptions(include_header=False, quoting_style="none")
        arrow_csv.write_csv(table, file, options)
    with (folder / SCHEDULE_PARQUET).open("wb") as file:  # by its path pyarrow would read it as a URI in UTF-8
        parquet.write_table(table, file)


def stamps(horizon: Horizon) -> np.ndarray:
    """Start of each step in local time, ISO 8601 with its offset, shape (N,)."""
    utc = horizon.points[:-1].tz_localize(None)
    local = horizon.local.tz_localize(None)
    minutes = np.asarray((local - utc).total_seconds()).astype(int) // 60
    offsets = {m: f"{'-' if m < 0 else '+'}{abs(m) // 60:02d}:{abs(m) % 60:02d}" for m in np.unique(minutes).tolist()}
    text = np.datetime_as_string(local.to_numpy().astype("datetime64[s]"))
    return np.char.add(text, np.array([offsets[m] for m in minutes.tolist()]))


def manifest(solution: Solution, folder: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """What it takes to trace and repeat a run: versions, options, and a hash of every file that was read."""
    case = solution.case
    base = case.path.resolve().parent
    return {
        "case": _relative(case.path.resolve(), folder.resolve()),
        "scenario": case.scenario,
        "settings": dict(case.settings),
        "options": dict(options),
        "files": {path.relative_to(base).as_posix(): digest for path, digest in case.files.items()},
        "versions": versions(),
        "system": platform.system(),
        "created": pd.Timestamp.now("UTC").isoformat(timespec="seconds"),
    }


def versions() -> dict[str, str]:
    """Of the program, of what its numbers depend on, and of the pages: a hash of all that makes them."""
    pages = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            pages.update(file.name.encode() + sha256(file).encode())
    found = {"microgrid": microgrid.__version__, "python": platform.python_version()}
    found |= {name: metadata.version(name) for name in _PACKAGES}
    return {**found, "report": pages.hexdigest()[:16]}


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive, on Windows
        return path.as_posix()


def hashes(folder: Path) -> dict[str, str]:
    """A hash of every file in a result folder but the manifest itself."""
    return {path.name: sha256(path) for path in sorted(folder.iterdir()) if path.is_file() and path.name != MANIFEST}
