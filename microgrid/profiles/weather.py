"""What the weather formats share: rows checked before a parser sees them, a calendar, a typical year on one year."""

from __future__ import annotations

import calendar
import csv
import io
import re
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import pandas as pd
from pydantic import Field

from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.parameters import Parameters
from microgrid.profiles.recorded import Recorded
from microgrid.profiles.source import Source
from microgrid.profiles.table import Table

TYPICAL_YEAR = 2018  # not a leap year, as most typical years are written
_FIRST_YEAR, _LAST_YEAR = 1600, 2299
_LEAST = -9900.0  # NREL's code of a missing value; nothing that is measured is as low
_DAY = 86400

# Fields of a row. Every repetition is bounded, so that a damaged line cannot make the match slow.
_NUMBER = r"[+-]?(?:\d{1,30}\.?\d{0,30}|\.\d{1,30})(?:[eE][+-]?\d{1,3})?"
NUMERIC = rf"(?: {{0,20}}{_NUMBER} {{0,20}})?"
WHOLE = r" {0,9}\d{1,4} {0,9}"
TEXT = r'[^,"]{0,1000}'
_MEANT = {NUMERIC: "a number with a decimal point, or nothing", WHOLE: "a whole number"}

_Read = TypeVar("_Read")


class WeatherOptions(Parameters):
    """Options of the weather formats."""

    year: int | None = Field(default=None, ge=1900, le=2199, description="Year on which a typical year is laid.")


def lines_of(source: Source, *encodings: str) -> list[str]:
    """The lines of a text file, whatever ends them; lines that are empty at its end are left out."""
    lines = source.text(*encodings).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def fields_of(source: Source, lines: Sequence[str], line: int) -> list[str]:
    """The fields of a header line, without those that are empty at its end; an InputError where there is none."""
    if line > len(lines):
        raise source.error("the file ends within its header", line=len(lines))
    try:
        fields = [field.strip() for field in next(csv.reader([lines[line - 1]]), [])]
    except csv.Error as error:
        raise source.error("not a line of fields", line=line, value=error) from None
    while fields and not fields[-1]:
        fields.pop()
    return fields


def columns_of(source: Source, lines: Sequence[str], line: int) -> list[str]:
    """The names of the columns in a header line, each once in whatever case; those without a name are given one."""
    fields = fields_of(source, lines, line)
    names = [name or f"column {number}" for number, name in enumerate(fields, start=1)]
    count = Counter(name.lower() for name in names)
    for name in names:
        if count[name.lower()] > 1:
            raise source.error("a column stands twice", line=line, field=name, remedy="keep one of them")
    return names


def header_number(source: Source, value: object, line: int, field: str, low: float, high: float) -> float:
    """A number of the header within its limits; an InputError otherwise."""
    text = str(value).strip()
    if not re.fullmatch(_NUMBER, text) or not low <= float(text) <= high:
        raise source.error(
            "not a value of a header", line=line, field=field, value=text, expected=f"{low:g} to {high:g}"
        )
    return float(text)


def log_site(source: Source, latitude: object, longitude: object, elevation: object, line: int) -> None:
    """Record where the file says that it is from [degrees north, degrees east, m above the sea]."""
    north = header_number(source, latitude, line, "latitude", -90, 90)
    east = header_number(source, longitude, line, "longitude", -180, 180)
    height = header_number(source, elevation, line, "elevation", -1000, 10000)
    told = f"latitude {north:g}, longitude {east:g}, elevation {height:g} m"
    source.log.add(source.label, "site", "site of the file", 1, told)


def offset_seconds(source: Source, value: object, line: int, field: str, rows: int) -> int:
    """The offset of local standard time from UTC [s] that a header gives in hours; it is recorded."""
    hours = header_number(source, value, line, field, -14, 14)
    told = f"UTC{hours:+g} h as line {line} says, without summer time" if hours else f"UTC as line {line} says"
    source.log.add(source.label, "time", "stamps in standard time", rows, told)
    return round(hours * 3600)


def check_rows(source: Source, rows: Sequence[str], first: int, fields: Mapping[str, str]) -> IntArray:
    """The line of each row, (n,), once every row has the fields in the patterns that they must match.

    first: line of the first row; fields: name -> NUMERIC, WHOLE, TEXT or another pattern.

    Raises:
        InputError: the first row that does not fit, with its line and field; fewer than two rows.
    """
    if len(rows) < 2:
        raise source.error("fewer than two rows", line=first, remedy="a series needs at least two stamps")
    whole = re.compile(",".join(f"(?:{pattern})" for pattern in fields.values()))
    for line, row in enumerate(rows, start=first):
        if whole.fullmatch(row) is None:
            _refuse_row(source, row, line, fields)
    return np.arange(first, first + len(rows))


def _refuse_row(source: Source, row: str, line: int, fields: Mapping[str, str]) -> None:
    if not row.strip():
        raise source.error("an empty line among the rows", line=line, remedy="remove it")
    values = row.split(",")
    if len(values) != len(fields):
        found = f"{len(values)} fields: {row[:60]}"
        raise source.error("a row of another length", line=line, value=found, expected=f"{len(fields)} fields")
    for (name, pattern), value in zip(fields.items(), values, strict=True):
        if not re.fullmatch(pattern, value):
            expected = _MEANT.get(pattern, "a field as this format has it")
            what = "not a number" if pattern in (NUMERIC, WHOLE) else "not a value of this field"
            raise source.error(what, line=line, field=name, value=repr(value), expected=expected)


def frame_of(rows: Sequence[str], names: Sequence[str], numbers: Sequence[str], texts: Sequence[str]) -> pd.DataFrame:
    """Some columns of rows that have been checked, as numbers (NaN where there is nothing) and as text."""
    wanted = [name for name in names if name in numbers or name in texts]
    return pd.read_csv(
        io.StringIO("\n".join(rows)),
        header=None,
        names=wanted,
        usecols=[names.index(name) for name in wanted],
        dtype={name: float if name in numbers else str for name in wanted},
        skipinitialspace=True,
    )


def by_pvlib(source: Source, parse: Callable[[], _Read]) -> _Read:
    """What a parser of pvlib returns; whatever it raises on a file that is not as it expects becomes an InputError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of columns of mixed kinds, which are not used
            return parse()
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise source.error("not a file as pvlib reads it", value=told, expected="a file as it was downloaded") from None


def seconds_of(
    source: Source, year: IntArray, month: IntArray, day: IntArray, minutes: IntArray, line: IntArray
) -> IntArray:
    """Seconds since 1970 of calendar stamps, (n,), on whatever clock they are; minutes: since 00:00 of the day.

    Raises:
        InputError: with the line of the first stamp that is no date.
    """
    wrong: BoolArray = (year < _FIRST_YEAR) | (year > _LAST_YEAR) | (month < 1) | (month > 12) | (day < 1)
    number = np.where(wrong, 0, (year - 1970) * 12 + month - 1)
    wrong |= day > (_month_start(number + 1) - _month_start(number)) // _DAY
    wrong |= (minutes < 0) | (minutes > 24 * 60)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        told = f"{year[row]:04d}-{month[row]:02d}-{day[row]:02d} {minutes[row] // 60:02d}:{minutes[row] % 60:02d}"
        raise source.error(
            "not a time stamp", line=int(line[row]), field="time", value=told, expected="a calendar date"
        )
    found: IntArray = _month_start(number) + (day - 1) * _DAY + minutes * 60
    return found


def _month_start(number: IntArray) -> IntArray:
    """Seconds since 1970 at which a month begins; number: months since 1970."""
    return np.asarray(number, dtype="datetime64[M]").astype("datetime64[s]").astype(np.int64)


def to_table(
    source: Source,
    columns: Mapping[str, FloatArray],
    begin: IntArray,
    step: int,
    line: IntArray,
    *,
    offset: int = 0,
    year: int | None = None,
    typical: bool | None = None,
    codes: Mapping[str, float] | None = None,
) -> Table:
    """The table of rows that begin at ``begin`` and last ``step`` [s] on a clock ``offset`` seconds ahead of UTC.

    year: on which a typical year is laid; typical: whether the file holds one, None where its stamps must tell;
    codes: name of a column -> value from which on it means that there is none.

    Raises:
        InputError: two rows of a typical year for one hour of it, a value that is not finite.
    """
    values = {name: _without_codes(source, name, column, line, codes or {}) for name, column in columns.items()}
    if not values:
        raise source.error("no column that is known", expected="irradiance, temperature, wind or the like")
    begin, keep = _on_one_year(source, begin, line, year, typical)
    begin, line = begin[keep] - offset, line[keep]
    return Recorded(begin, begin + step, {name: column[keep] for name, column in values.items()}, line).table(source)


def _without_codes(
    source: Source, name: str, column: FloatArray, line: IntArray, codes: Mapping[str, float]
) -> FloatArray:
    wild = np.flatnonzero(np.isinf(column))
    if len(wild):
        raise source.error("not a finite number", line=int(line[wild[0]]), field=name)
    code = codes.get(name, np.inf)
    missing = (column <= _LEAST) | (column >= code)
    told = f"{_LEAST:g} or less" + (f", {code:g} or more" if np.isfinite(code) else "") + ": no value, left empty"
    source.log.add(source.label, name, "missing codes", int(missing.sum()), told)
    return np.where(missing, np.nan, column + 0.0)  # -0.0 + 0.0 = 0.0


def _on_one_year(
    source: Source, begin: IntArray, line: IntArray, year: int | None, typical: bool | None
) -> tuple[IntArray, BoolArray]:
    """The stamps with the months of a typical year laid on one year, and which rows have a place there."""
    number = begin.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    everything = np.ones(len(begin), dtype=bool)
    if year is None and (typical is False or number.min() // 12 == number.max() // 12):
        return begin, everything
    chosen = TYPICAL_YEAR if year is None else year
    within = begin - _month_start(number)
    laid = _month_start((chosen - 1970) * 12 + number % 12) + within
    leap_day = (number % 12 == 1) & (within >= 28 * _DAY)
    keep = everything if calendar.isleap(chosen) else ~leap_day
    clash = _clash(begin, laid, keep)
    if year is None and typical is None:
        if clash is not None or _one_period(begin):
            return begin, everything
        _refuse_mixed_months(source, number, line)
    if clash is not None:
        raise source.error(
            "rows of several years: not a typical year",
            line=int(line[clash]),
            field="year",
            value=f"another row has the same place in {chosen}",
            expected="each hour of the year once",
            remedy="leave the option year out, or keep one year of the rows",
        )
    _log_year(source, chosen, year is None, number, int((~keep).sum()))
    return laid, keep


def _clash(begin: IntArray, laid: IntArray, keep: BoolArray) -> int | None:
    """The first row that has its place on the year in common with a row of another year."""
    order = np.flatnonzero(keep)[np.argsort(laid[keep], kind="stable")]
    again = np.flatnonzero((np.diff(laid[order]) == 0) & (np.diff(begin[order]) != 0))
    return int(order[again + 1].min()) if len(again) else None


def _one_period(begin: IntArray) -> bool:
    """Whether the rows follow each other within a year: measured, if from one year into the next."""
    return bool((np.diff(begin) > 0).all() and begin[-1] - begin[0] < 366 * _DAY)


def _refuse_mixed_months(source: Source, number: IntArray, line: IntArray) -> None:
    """An InputError where a month of what would be a typical year has rows of another year, as by a slip of the pen."""
    for month in np.unique(number % 12):
        rows = np.flatnonzero(number % 12 == month)
        years, count = np.unique(number[rows] // 12 + 1970, return_counts=True)
        if len(years) > 1:
            usual = int(years[np.argmax(count)])
            odd = int(rows[np.argmax(number[rows] // 12 + 1970 != usual)])
            raise source.error(
                "a month of several years",
                line=int(line[odd]),
                field="year",
                value=f"{number[odd] // 12 + 1970}, among rows of {calendar.month_name[month + 1]} {usual}",
                expected="a typical year, each month of one year, or measured years one after the other",
                remedy="correct the year, or name the option year to lay all rows on one",
            )


def _log_year(source: Source, year: int, default: bool, number: IntArray, leap: int) -> None:
    owns = [sorted(set((number[number % 12 == month] // 12 + 1970).tolist())) for month in range(12)]
    told = ", ".join(
        f"{calendar.month_abbr[month + 1]} {'/'.join(map(str, years))}" for month, years in enumerate(owns) if years
    )
    how = "the default of the option year" if default else "the option year"
    source.log.add(source.label, "time", "laid on one year", len(number) - leap, f"{year}, {how}; the file has {told}")
    source.log.add(source.label, "time", "leap day left out", leap, f"{year} has no 29 February")
