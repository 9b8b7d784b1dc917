"""Importing: a file in any format that is read, as a table of this project's own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from microgrid.case.schema import Site
from microgrid.documents.validation import validate
from microgrid.documents.yaml_file import Document
from microgrid.errors import InputError, Problem
from microgrid.files import replaced_file, write_csv
from microgrid.formats.additive import adds_up
from microgrid.formats.column_units import refuse_contradiction, told_unit
from microgrid.formats.registry import AUTO, read_source, recognise
from microgrid.formats.renamed_columns import Column, Columns, columns_of, renamed
from microgrid.formats.source import Source, is_file
from microgrid.formats.timed_table import TIME, Table
from microgrid.formats.unit_names import unit_of, with_unit
from microgrid.horizon import FloatArray, IntArray
from microgrid.repairs import RepairLog

_UNSTATED = "UTC"  # zone of stamps without an offset where none is stated
_OF_TIMES = ("time", "horodate")
_ABOUT_TIMES = re.compile(r"\b(stamps?|steps?|intervals?|doubled|holes?)\b")


@dataclass(frozen=True)
class Profile:
    """Means over intervals, read from a file.

    format: it was read as; points: the N+1 instants between them [s since 1970, UTC]; timezone: of the index; columns:
    names with their unit at the end -> values, (N,), NaN where the file has nothing; log: what was assumed and done.
    """

    format: str
    points: IntArray
    timezone: str
    columns: Mapping[str, FloatArray]
    log: RepairLog

    @property
    def frame(self) -> pd.DataFrame:
        """The columns, indexed by the local begin of each interval."""
        return _frame(self.points, self.columns, self.timezone)


def _frame(points: IntArray, columns: Mapping[str, FloatArray], timezone: str) -> pd.DataFrame:
    begins = pd.to_datetime(points[:-1], unit="s", utc=True).tz_convert(timezone)
    return pd.DataFrame(dict(columns), index=begins.rename(TIME))


def read_profile(
    file: str | Path,
    format: str = AUTO,
    *,
    timezone: str | None = None,
    columns: Sequence[str] | Mapping[str, object] = (),
    options: Mapping[str, Any] | None = None,
    unit: str = "",
    scale: float = 1.0,
) -> Profile:
    """What a file holds, on the axis of time.

    Args:
        file: the file.
        format: one of those in the guide, or "auto" to recognise it.
        timezone: of the index of the result, and of stamps whose clock the file does not state; UTC if left out.
        columns: which ones, or new name -> name in the file, or {column, unit, scale}; all if left out.
        options: of the format.
        unit: of columns whose names do not end in it; their new names do.
        scale: number that every value is multiplied by.

    Raises:
        InputError: what is wrong in the file, with its line.
    """
    zone, path = timezone or _UNSTATED, Path(file)
    site = {"timezone": zone}
    validate(Site, site, Document("--timezone", site, {}))
    if not is_file(path):
        raise InputError(Problem("no such file", file=path.as_posix()))
    source = Source(path, path.as_posix(), path.name, zone)
    found = recognise(source, options) if format == AUTO else format
    try:
        table = read_source(source, found, options)
    except InputError as error:
        raise error if timezone else InputError(map(_with_zone, error.problems)) from None
    if not isinstance(columns, Mapping) or not columns:
        columns = {name: name for name in columns or [str(c) for c in table.frame.columns if c != TIME]}
    wanted = columns_of(columns, source.name)
    _check_unit(source, table, wanted, unit)
    chosen = dict(_stated(table, name, own, unit, scale) for name, own in wanted.items())
    table = renamed(table, chosen, source.log)
    values = {name: table.column(name, holes=True) for name in chosen}
    return Profile(found, table.points, zone, values, source.log)


def _with_zone(problem: Problem) -> Problem:
    """A problem with the times of a file, which a clock that is taken for UTC shows where it is set back or forward."""
    if problem.field not in _OF_TIMES and not _ABOUT_TIMES.search(problem.message):
        return problem
    hint = "state --timezone, such as Europe/Paris, where the stamps are local: without an offset they are read as UTC"
    return replace(problem, remedy=f"{problem.remedy}; or {hint}" if problem.remedy else hint)


def _check_unit(source: Source, table: Table, columns: Columns, unit: str) -> None:
    """Refuses a unit that contradicts what the file tells of its columns; one that no column needs is in the log."""
    own = [column.column for column in columns.values() if column.column in table.frame.columns and not column.unit]
    if not unit or not own:
        return
    waiting = [name for name in own if not told_unit(table, name)]
    for name in waiting:
        refuse_contradiction(table, name, unit)
    if not waiting and unit not in {told_unit(table, name) for name in own}:
        for name in own:
            refuse_contradiction(table, name, unit)
    count = 0 if waiting else len(own)
    source.log.add(source.label, "unit", "not used", count, f"{unit}: the file tells the units of all its columns")


def _stated(table: Table, name: str, own: Column, unit: str, scale: float) -> tuple[str, Column]:
    """A column with the unit and factor that are stated for all, under a name that ends in its unit."""
    told = told_unit(table, own.column)
    missing = bool(unit) and not own.unit and not told
    beside = told if name == own.column and not own.unit else ""  # below or beside the name, where an export has none
    shown = unit if missing else beside
    return (
        with_unit(name, shown) if shown and not unit_of(name) else name,
        own.model_copy(update={"unit": unit if missing else own.unit, "scale": own.scale * scale}),
    )


def write_profile(profile: Profile, out: str | Path) -> None:
    """A CSV or Parquet table that a case reads without a format: local stamps with their offset, equal steps.

    Where intervals differ in length, all are written in the greatest step that divides them: means and prices are held,
    energies of an interval spread, so that the energy stays the same. A missing value is an empty cell.
    """
    path, frame = Path(out), _evenly(profile)
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise InputError(
            Problem("not a name for a table", file=path.as_posix(), expected="one that ends in .csv or .parquet")
        )
    if path.suffix.lower() == ".csv":
        stamps = [stamp.isoformat() for stamp in frame.index]
        write_csv(path, frame.reset_index(drop=True).assign(**{TIME: stamps})[[TIME, *frame.columns]])
        return
    with replaced_file(path) as new, new.open("wb") as stream:
        frame.reset_index().to_parquet(stream, index=False)


def _evenly(profile: Profile) -> pd.DataFrame:
    """The columns in equal steps: means are held, and what intervals count is divided among the steps in them."""
    lengths = np.diff(profile.points)
    step = int(np.gcd.reduce(lengths))
    even = np.arange(profile.points[0], profile.points[-1] + 1, step)
    held = np.searchsorted(profile.points, even[:-1], "right") - 1
    parts = {name: lengths / step if _adds_up(name, lengths) else 1.0 for name in profile.columns}
    columns = {name: (values / parts[name])[held] for name, values in profile.columns.items()}
    return _frame(even, columns, profile.timezone)


def _adds_up(name: str, lengths: IntArray) -> bool:
    """Whether values are spread over shorter steps; an InputError where that matters and nothing tells."""
    adds = adds_up(name)
    if adds is None and (lengths != lengths[0]).any():
        raise InputError(
            Problem(
                f"intervals of several lengths, and the unit of column {name!r} is not known",
                field=name,
                value=f"{lengths.min() / 60:g} to {lengths.max() / 60:g} min",
                expected="a unit: energy is spread over shorter steps, power and prices are held in each",
                remedy="state it: --unit, or --column 'NEW_kwh=NAME'",
            )
        )
    return bool(adds)
