"""The files of a result, written whole or not at all."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

import microgrid
from microgrid.errors import InputError, Problem
from microgrid.horizon import Horizon
from microgrid.report import render_html, render_markdown
from microgrid.report.assumptions import list_assumptions
from microgrid.report.bill import count_plan, view_bill
from microgrid.report.view import ReportView
from microgrid.solution import Solution

SCHEDULE_DECIMALS = 9  # so that a year of rounded powers still adds up to the states beside them
_PACKAGES = ("pyomo", "highspy", "numpy", "pandas", "scipy", "pydantic")


def write_result(
    solution: Solution, out: str | Path = "results", options: Mapping[str, Any] | None = None
) -> tuple[Path, dict[str, Any]]:
    """Write schedule, ledger, summary, report and manifest of a solution.

    The folder ``out/<case>/<scenario>`` (of another study than a dispatch ``<scenario>.<study>``) appears, or replaces
    the one before, only when all of its files are complete.

    Returns:
        The folder, and the summary in it.
    """
    started = time.perf_counter()
    name = ".".join(part for part in (solution.case.scenario, solution.study) if part)
    folder = Path(out) / solution.case.name / name
    with replacing(folder) as new:
        write_schedule(solution, new)
        write_csv(new / "ledger.csv", solution.ledger)
        view = make_view(solution)
        write_csv(new / "bill.csv", view_bill(view))
        write_text(new / "report.html", render_html(view))
        write_text(new / "report.md", render_markdown(view))
        timing = {**view.summary["timing_seconds"], "report": round(time.perf_counter() - started, 3)}
        summary = {**view.summary, "timing_seconds": timing}
        write_json(new / "summary.json", summary)
        traced = {**manifest(solution, folder, options or {}), "outputs": hashes(new)}
        write_json(new / "manifest.json", traced)
    return folder, summary


def make_view(solution: Solution) -> ReportView:
    """What the report shows of a solution."""
    case = solution.case
    return ReportView(
        case_name=case.name,
        title=case.title,
        scenario=case.scenario,
        site=case.site.model_dump(exclude_none=True),
        plan=solution.plan,
        baseline=solution.baseline.plan,
        step_hours=case.horizon.step_hours.tolist(),
        summary=solution.summary,
        assumptions=list_assumptions(case),
        repairs=case.repairs.rows(),
        notes=(*map(str, case.notices), *solution.notes, *case.notes),
        quantities=count_plan(case.assets, solution.plan, case.horizon),
        baseline_quantities=count_plan(case.assets, solution.baseline.plan, case.horizon),
    )


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A temporary folder beside ``folder`` that takes its place when the block ends without an error."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    old: Path | None = None
    try:
        yield new
        if folder.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent)) / folder.name
            folder.rename(old)
            for left in old.iterdir():  # what others put beside our files stays
                if not (new / left.name).exists():
                    (shutil.copytree if left.is_dir() else shutil.copy2)(left, new / left.name)
        new.chmod(0o755)
        new.rename(folder)
        if old is not None:
            shutil.rmtree(old.parent, ignore_errors=True)
    except BaseException:
        if old is not None and old.exists() and not folder.exists():
            old.rename(folder)
            shutil.rmtree(old.parent, ignore_errors=True)
        shutil.rmtree(new, ignore_errors=True)
        raise


def write_schedule(solution: Solution, folder: Path) -> None:
    """schedule.csv and schedule.parquet: time, step_hours, then a column for every quantity of every asset."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    horizon = solution.case.horizon
    rounded = solution.schedule.to_numpy(dtype=float).round(SCHEDULE_DECIMALS) + 0.0
    columns = {"time": stamps(horizon), "step_hours": horizon.step_hours}
    columns |= {name: rounded[:, i] for i, name in enumerate(solution.schedule.columns)}
    table = pa.table(columns)
    with (folder / "schedule.csv").open("wb") as file:
        file.write(_header(table.column_names))
        options = arrow_csv.WriteOptions(include_header=False, quoting_style="none")
        arrow_csv.write_csv(table, file, options)
    with (folder / "schedule.parquet").open("wb") as file:  # by its path pyarrow would read it as a URI in UTF-8
        parquet.write_table(table, file)


def _header(names: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(names)
    return text.getvalue().encode("utf-8")


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
        "files": {path.relative_to(base).as_posix(): sha256(path) for path in case.files},
        "versions": {"microgrid": microgrid.__version__, "python": platform.python_version()}
        | {name: metadata.version(name) for name in _PACKAGES},
        "system": platform.system(),
        "created": pd.Timestamp.now("UTC").isoformat(timespec="seconds"),
    }


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive, on Windows
        return path.as_posix()


def hashes(folder: Path) -> dict[str, str]:
    """A hash of every file in a result folder but the manifest itself."""
    return {path.name: sha256(path) for path in sorted(folder.iterdir()) if path.name != "manifest.json"}


def sha256(path: Path) -> str:
    """Hash of a file's content; line ends count as LF in text, so that a checkout elsewhere has the same."""
    content = path.read_bytes()
    if b"\x00" not in content:
        content = content.replace(b"\r\n", b"\n")
    return hashlib.sha256(content).hexdigest()


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """A table as UTF-8 CSV with LF, numbers as short as they can be without loss.

    Text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    shown = table.apply(lambda column: column if is_numeric_dtype(column) else column.map(_no_formula))
    try:
        write_text(path, shown.to_csv(index=False, lineterminator="\n"))
    except OSError as error:
        problem = f"cannot be written: {error.strerror}"
        raise InputError(Problem(problem, file=str(error.filename or path))) from None


def _no_formula(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def refuse_no_folder(folder: Path) -> None:
    """Before the work is done: a folder that cannot be, because something else has its name or its parent's."""
    for part in (folder, *folder.parents):
        if part.exists():
            if not part.is_dir():
                raise InputError(Problem("not a folder", file=part.as_posix(), remedy="choose another --out"))
            return


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Plain data as a JSON file."""
    write_text(path, json_text(data) + "\n")


def json_text(data: Any) -> str:
    """Plain data as readable JSON; numbers that JSON does not know (infinity) become null."""
    return json.dumps(_finite(data), indent=2, ensure_ascii=False, allow_nan=False, default=str)


def _finite(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not np.isfinite(data) else data


def write_text(path: Path, text: str) -> None:
    """A text as UTF-8 with LF, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    # A path that the locale cannot name has lone surrogates: written as JSON's own escapes, verify finds it again.
    new.write_text(text, encoding="utf-8", newline="\n", errors="backslashreplace")
    new.replace(path)
