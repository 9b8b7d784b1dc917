"""Writing of the files of a result, completely or not at all."""

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

from microgrid.audit.replay import counted_again, read_decisions, replay_all, stated_plan
from microgrid.contract.plan import Plan
from microgrid.files import changes, csv_text, header_text, json_text, replaced_folder, sha256
from microgrid.horizon import Horizon
from microgrid.report.pages.html import render_html
from microgrid.report.pages.markdown import render_markdown
from microgrid.report.tables.assumptions import list_assumptions
from microgrid.report.tables.bill import view_bill, written_bill
from microgrid.report.view import ReportView
from microgrid.result.solution import Solution
from microgrid.result.summary import Summary
from microgrid.version import __version__

if TYPE_CHECKING:
    from microgrid.case.reading import Case

SCHEDULE_DECIMALS = 9  # fine enough that a year of rounded powers adds up to the rounded states
SCHEDULE = "schedule.csv"
SCHEDULE_PARQUET = "schedule.parquet"
LEDGER = "ledger.csv"
BILL = "bill.csv"
SUMMARY = "summary.json"
PAGE = "report.html"
PAGE_IN_SHORT = "report.md"
MANIFEST = "manifest.json"
RESULT_FILES = (SCHEDULE, SCHEDULE_PARQUET, LEDGER, BILL, SUMMARY, PAGE, PAGE_IN_SHORT, MANIFEST)
_PACKAGES = ("pyomo", "highspy", "numpy", "pandas", "scipy", "pydantic")


def write_result(
    solution: Solution, out: str | Path = "results", options: Mapping[str, Any] | None = None
) -> tuple[Path, Summary]:
    """Write schedule, ledger, summary, report and manifest of a solution.

    The folder ``out/<case>/<scenario>``, or ``<scenario>.<study>`` for another study than a dispatch, appears, or
    replaces an earlier one, only when all of its files are complete. The report and the summary name each file of the
    case that has changed since it was read, as the result is based on its content then.

    Returns:
        The folder, and the summary in it.

    Raises:
        RunEnvironmentError: no space, or no permission to write; no incomplete result is left.
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
    """The solution with its schedule rounded as in the files, so that all reported values follow from the files."""
    case = solution.case
    schedule = solution.plan.schedule.round(SCHEDULE_DECIMALS) + 0.0
    replays = replay_all(case.assets, read_decisions(case.assets, schedule), case.horizon)
    ledger = counted_again(solution.plan.ledger, replays, case.horizon)
    return replace(solution, plan=stated_plan(case.assets, replays, case.horizon, schedule, ledger))


def rendered(view: ReportView) -> dict[str, str]:
    """Name -> text of each file that follows from schedule, ledger, summary and case."""
    return {
        LEDGER: csv_text(view.plan.ledger),
        BILL: csv_text(written_bill(view_bill(view), view.summary.currency)),
        PAGE: render_html(view),
        PAGE_IN_SHORT: render_markdown(view),
    }


def _write(path: Path, text: str) -> None:
    # A file name that the locale's encoding cannot decode has lone surrogates, which UTF-8 cannot encode. They are
    # written as escapes, which a reader of JSON turns into the file name again.
    path.write_text(text, encoding="utf-8", newline="\n", errors="backslashreplace")


def _changed_files(case: Case) -> tuple[str, ...]:
    base = case.path.resolve().parent
    return tuple(
        f"{path.relative_to(base).as_posix()} has {change} since it was read: this result is based on its content then."
        for path, change in changes(case.files).items()
    )


def make_view(solution: Solution, changed_files: Sequence[str] = ()) -> ReportView:
    """View of a solution; changed_files: a sentence for each file that has changed since it was read."""
    summary = read_summary(json_text(solution.summary.with_parts(changed_files=list(changed_files)).plain()))
    return stated_view(solution.case, solution.plan, solution.baseline.plan, summary)


def read_summary(text: str) -> Summary:
    """Read the content of a summary.json.

    Raises:
        ValidationError: of pydantic; the content is no summary.
    """
    return Summary.model_validate(json.loads(text))


def stated_view(case: Case, plan: Plan, baseline: Plan, summary: Summary) -> ReportView:
    """View of a plan with a stated summary, the content of summary.json; its names are those of the files."""
    currency = case.money.currency
    return ReportView(
        case_name=case.name,
        title=case.title,
        scenario=case.scenario,
        site=case.site.model_dump(exclude_none=True),
        plan=plan.in_currency(currency),
        baseline=baseline.in_currency(currency),
        step_hours=case.horizon.step_hours.tolist(),
        summary=summary,
        assumptions=list_assumptions(case),
        repairs=case.repairs.rows(),
        notes=(*summary.changed_files, *map(str, case.notices), *summary.notes, *case.notes),
    )


def write_schedule(solution: Solution, folder: Path) -> None:
    """Write schedule.csv and schedule.parquet: time, step_hours, and a column for each quantity of each asset."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    horizon = solution.case.horizon
    schedule = solution.plan.in_currency(solution.case.money.currency).schedule
    rounded = schedule.to_numpy(dtype=float)
    columns = {"time": stamps(horizon), "step_hours": horizon.step_hours}
    columns |= {name: rounded[:, i] for i, name in enumerate(schedule.columns)}
    table = pa.table(columns)
    with (folder / SCHEDULE).open("wb") as file:
        file.write(header_text(table.column_names).encode())
        options = arrow_csv.WriteOptions(include_header=False, quoting_style="none")
        arrow_csv.write_csv(table, file, options)
    with (folder / SCHEDULE_PARQUET).open("wb") as file:  # given a path, pyarrow would take it for a URI in UTF-8
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
    """Manifest to trace and repeat a run: versions, options, and a hash of every file that was read."""
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
    """Versions of the program and of packages that affect its numbers, and a hash of the files that make the report."""
    pages = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            pages.update(file.name.encode() + sha256(file).encode())
    found = {"microgrid": __version__, "python": platform.python_version()}
    found |= {name: metadata.version(name) for name in _PACKAGES}
    return {**found, "report": pages.hexdigest()[:16]}


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # no relative path leads to another drive, on Windows
        return path.as_posix()


def hashes(folder: Path) -> dict[str, str]:
    """Name -> hash of each file in a result folder except the manifest."""
    return {path.name: sha256(path) for path in sorted(folder.iterdir()) if path.is_file() and path.name != MANIFEST}
