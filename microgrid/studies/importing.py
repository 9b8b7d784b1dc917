"""Importing: a file in a known format is read, and written as a table of this project's own form."""

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
from microgrid.formats.column_units import refuse_contradiction, stated_unit
from microgrid.formats.registry import AUTO, read_source, recognise
from microgrid.formats.renamed_columns import Column, Columns, columns_of, renamed
from microgrid.formats.source import Source, is_file
from microgrid.formats.timed_table import TIME, Table
from microgrid.formats.unit_names import unit_of, with_unit
from microgrid.horizon import FloatArray, IntArray
from microgrid.repairs import RepairLog

_UNSTATED = "UTC"  # time zone of stamps without an offset, if none is stated
_OF_TIMES = ("time", "horodate")
_ABOUT_TIMES = re.compile(r"\b(stamps?|steps?|intervals?|doubled|holes?)\b")


@dataclass(frozen=True)
class Profile:
    """Profile: values of N intervals, read from a file.

    format: name of the format of the file; points: the N+1 ends of the intervals [s since 1970, UTC]; timezone: time
    zone of the index; columns: names that end in their unit -> values, (N,), NaN where they are missing; log:
    assumptions and repairs.
    """

    format: str
    points: IntArray
    timezone: str
    columns: Mapping[str, FloatArray]
    log: RepairLog

    @property
    def frame(self) -> pd.DataFrame:
        """Table of the columns, indexed by the local start of each interval."""
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
    """Read the series of a file on their time axis.

    Args:
        file: path of the file.
        format: name of a format in the guide, or "auto" to recognise it.
        timezone: time zone of the index, and of stamps whose clock the file does not state; UTC by default.
        columns: names, or new name -> name in the file, or {column, unit, scale}; all columns by default.
        options: options of the format.
        unit: unit of columns whose names do not end in one; it is appended to their names.
        scale: factor of every value.

    Raises:
        InputError: an error in the file, with its line.
    """
    zone = timezone or _UNSTATED
    path = Path(file)
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
    """Add the remedy ``--timezone`` to a problem about times, as local stamps read as UTC repeat or skip an hour."""
    if problem.field not in _OF_TIMES and not _ABOUT_TIMES.search(problem.message):
        return problem
    hint = "state --timezone, such as Europe/Paris, if the stamps are local: without an offset they are read as UTC"
    return replace(problem, remedy=f"{problem.remedy}; or {hint}" if problem.remedy else hint)


def _check_unit(source: Source, table: Table, columns: Columns, unit: str) -> None:
    """Raise an InputError if a stated unit contradicts those in the file; log a unit that no column needs."""
    own = [column.column for column in columns.values() if column.column in table.frame.columns and not column.unit]
    if not unit or not own:
        return
    waiting = [name for name in own if not stated_unit(table, name)]
    for name in waiting:
        refuse_contradiction(table, name, unit)
    if not waiting and unit not in {stated_unit(table, name) for name in own}:
        for name in own:
            refuse_contradiction(table, name, unit)
    count = 0 if waiting else len(own)
    source.log.add(source.label, "unit", "not used", count, f"{unit}: the file states the units of all its columns")


def _stated(table: Table, name: str, own: Column, unit: str, scale: float) -> tuple[str, Column]:
    """New name, which ends in its unit, and definition of a column, with the unit and factor stated for all columns."""
    of_file = stated_unit(table, own.column)
    missing = bool(unit) and not own.unit and not of_file
    beside = of_file if name == own.column and not own.unit else ""  # the file may state a unit apart from the name
    shown = unit if missing else beside
    return (
        with_unit(name, shown) if shown and not unit_of(name) else name,
        own.model_copy(update={"unit": unit if missing else own.unit, "scale": own.scale * scale}),
    )


def write_profile(profile: Profile, out: str | Path) -> None:
    """Write a CSV or Parquet table that a case reads without a format: local stamps with their offset, equal steps.

    If intervals differ in length, the step is the greatest one that divides them all: means and prices are repeated in
    each step, and energies are divided among the steps, so that their sum does not change. A missing value is an empty
    cell.

    Raises:
        InputError: the name ends in neither .csv nor .parquet, or a column without a unit has intervals of several
            lengths.
    """
    path = Path(out)
    frame = _evenly(profile)
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
    """Table of the columns in equal steps: means are repeated, and energies and counts divided among the steps."""
    lengths = np.diff(profile.points)
    step = int(np.gcd.reduce(lengths))
    even = np.arange(profile.points[0], profile.points[-1] + 1, step)
    held = np.searchsorted(profile.points, even[:-1], "right") - 1
    parts = {name: lengths / step if _adds_up(name, lengths) else 1.0 for name in profile.columns}
    columns = {name: (values / parts[name])[held] for name, values in profile.columns.items()}
    return _frame(even, columns, profile.timezone)


def _adds_up(name: str, lengths: IntArray) -> bool:
    """Whether the values of a column are divided among shorter steps; an InputError if that matters and is unknown."""
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
