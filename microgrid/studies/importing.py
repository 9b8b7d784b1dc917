"""Importing: a file in any format that is read, as a table of this project's own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from microgrid import units
from microgrid.case.schema import Site
from microgrid.documents.validation import validate
from microgrid.documents.yaml_file import Document
from microgrid.errors import InputError, Problem
from microgrid.files import replaced_file, write_csv
from microgrid.formats.column_units import unit_of, with_unit
from microgrid.formats.native_table import TIME
from microgrid.formats.registry import AUTO, read_source, recognise
from microgrid.formats.renamed_columns import Column, columns_of, renamed
from microgrid.formats.source import Source, is_file
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
    found = recognise(source) if format == AUTO else format
    try:
        table = read_source(source, found, options)
    except InputError as error:
        raise error if timezone else InputError(map(_with_zone, error.problems)) from None
    if not isinstance(columns, Mapping) or not columns:
        columns = {name: name for name in columns or [str(c) for c in table.frame.columns if c != TIME]}
    chosen = dict(_stated(name, own, unit, scale) for name, own in columns_of(columns, source.name).items())
    table = renamed(table, chosen, source.log)
    values = {name: table.column(name, holes=True) for name in chosen}
    return Profile(found, table.points, zone, values, source.log)


def _with_zone(problem: Problem) -> Problem:
    """A problem with the times of a file, which a clock that is taken for UTC shows where it is set back or forward."""
    if problem.field not in _OF_TIMES and not _ABOUT_TIMES.search(problem.message):
        return problem
    hint = "state --timezone, such as Europe/Paris, where the stamps are local: without an offset they are read as UTC"
    return replace(problem, remedy=f"{problem.remedy}; or {hint}" if problem.remedy else hint)


def _stated(name: str, own: Column, unit: str, scale: float) -> tuple[str, Column]:
    """A column with the unit and factor that are stated for all, under a name that ends in its unit."""
    missing = bool(unit) and not own.unit and not unit_of(own.column)
    return (
        with_unit(name, unit) if missing and not unit_of(name) else name,
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
    parts = {name: lengths / step if units.same_dimension(unit_of(name), "kWh") else 1.0 for name in profile.columns}
    columns = {name: (values / parts[name])[held] for name, values in profile.columns.items()}
    return _frame(even, columns, profile.timezone)
