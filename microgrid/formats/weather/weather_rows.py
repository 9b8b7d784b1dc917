"""Parts common to the weather formats: rows checked before a parser reads them, calendar stamps, tables."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, TypeVar

import numpy as np
import pandas as pd
from pydantic import Field

from microgrid.formats.intervals import Recorded
from microgrid.formats.source import Source
from microgrid.formats.timed_table import Table
from microgrid.formats.weather.sun_position import report_off_sun
from microgrid.formats.weather.typical_year import month_start, on_one_year
from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.parameters import Parameters
from microgrid.units import Unit

_FIRST_YEAR, _LAST_YEAR = 1600, 2299
_LEAST = -9900.0  # NREL codes missing values as -9900, below any measured value
_DAY = 86400

# Patterns of fields. Every repetition is bounded, so that a damaged line cannot make the match slow.
_NUMBER = r"[+-]?(?:\d{1,30}\.?\d{0,30}|\.\d{1,30})(?:[eE][+-]?\d{1,3})?"
NUMERIC = rf"(?: {{0,20}}{_NUMBER} {{0,20}})?"
WHOLE = r" {0,9}\d{1,4} {0,9}"
TEXT = r'[^,"]{0,1000}'
_MEANT = {NUMERIC: "a number with a decimal point, or nothing", WHOLE: "a whole number"}

_Read = TypeVar("_Read")


class WeatherOptions(Parameters):
    """Options of the weather formats."""

    year: int | None = Field(
        default=None, ge=1900, le=2199, description="Calendar year to which a typical year is moved."
    )
    shift_hours: Annotated[float, Unit("h"), Field(ge=-24, le=24)] = Field(
        default=0.0, description="Time by which all stamps are moved, later if above 0, to correct the clock of a file."
    )


def lines_of(source: Source, *encodings: str) -> list[str]:
    """Lines of a text file with any line ends, without lines at its end that are empty or separators only."""
    lines = source.text(*encodings).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and not lines[-1].strip(" \t,"):
        lines.pop()
    return lines


def fields_of(source: Source, lines: Sequence[str], line: int) -> list[str]:
    """Fields of a header line, without empty ones at its end; an InputError if the file has no such line."""
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
    """Names of the columns in a header line, "column 3" for an empty one; an InputError if one stands twice."""
    fields = fields_of(source, lines, line)
    names = [name or f"column {number}" for number, name in enumerate(fields, start=1)]
    count = Counter(name.lower() for name in names)
    for name in names:
        if count[name.lower()] > 1:
            raise source.error("a column appears twice", line=line, field=name, remedy="keep one of them")
    return names


def header_number(source: Source, value: object, line: int, field: str, low: float, high: float) -> float:
    """Number of the header between ``low`` and ``high``; an InputError for any other value."""
    text = str(value).strip()
    if not re.fullmatch(_NUMBER, text) or not low <= float(text) <= high:
        raise source.error(
            "not a valid value in the header", line=line, field=field, value=text, expected=f"{low:g} to {high:g}"
        )
    return float(text)


def site_of(source: Source, latitude: object, longitude: object, elevation: object, line: int) -> tuple[float, float]:
    """Place that a file states [degrees north, degrees east], logged with its elevation [m]."""
    north = header_number(source, latitude, line, "latitude", -90, 90)
    east = header_number(source, longitude, line, "longitude", -180, 180)
    height = header_number(source, elevation, line, "elevation", -1000, 10000)
    detail = f"latitude {north:g}, longitude {east:g}, elevation {height:g} m"
    source.log.add(source.label, "site", "site of the file", 1, detail)
    return north, east


def offset_seconds(source: Source, value: object, line: int, field: str, rows: int) -> int:
    """Offset of local standard time from UTC [s], which a header states in hours; logged."""
    hours = header_number(source, value, line, field, -14, 14)
    detail = f"UTC{hours:+g} h as line {line} states, without summer time" if hours else f"UTC as line {line} states"
    source.log.add(source.label, "time", "stamps in standard time", rows, detail)
    return round(hours * 3600)


def check_rows(source: Source, rows: Sequence[str], first: int, fields: Mapping[str, str]) -> IntArray:
    """Check that the fields of every row match their patterns; return the line of each row, (n,).

    first: line of the first row; fields: name -> its pattern, such as NUMERIC, WHOLE or TEXT.

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
        raise source.error("the wrong number of fields", line=line, value=found, expected=f"{len(fields)} fields")
    for (name, pattern), value in zip(fields.items(), values, strict=True):
        if not re.fullmatch(pattern, value):
            expected = _MEANT.get(pattern, "a value that this format allows")
            what = "not a number" if pattern in (NUMERIC, WHOLE) else "not a value of this field"
            raise source.error(what, line=line, field=name, value=repr(value), expected=expected)


def frame_of(rows: Sequence[str], names: Sequence[str], numbers: Sequence[str], texts: Sequence[str]) -> pd.DataFrame:
    """Selected columns of checked rows, as numbers (NaN for an empty field) or as text."""
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
    """Call a parser of pvlib; an InputError in place of any error that it raises on an unexpected file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pandas warns of columns of mixed types, which are not used
            return parse()
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise source.error("pvlib cannot read the file", value=reason, expected="a file as it was downloaded") from None


def seconds_of(
    source: Source, year: IntArray, month: IntArray, day: IntArray, minutes: IntArray, line: IntArray
) -> IntArray:
    """Seconds since 1970 of calendar stamps on their own clock, (n,); minutes: since 00:00 of the day.

    Raises:
        InputError: a date or time that does not exist, with the line of the first.
    """
    wrong: BoolArray = (year < _FIRST_YEAR) | (year > _LAST_YEAR) | (month < 1) | (month > 12) | (day < 1)
    number = np.where(wrong, 0, (year - 1970) * 12 + month - 1)
    wrong |= day > (month_start(number + 1) - month_start(number)) // _DAY
    wrong |= (minutes < 0) | (minutes > 24 * 60)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        shown = f"{year[row]:04d}-{month[row]:02d}-{day[row]:02d} {minutes[row] // 60:02d}:{minutes[row] % 60:02d}"
        raise source.error(
            "not a time stamp", line=int(line[row]), field="time", value=shown, expected="a calendar date"
        )
    found: IntArray = month_start(number) + (day - 1) * _DAY + minutes * 60
    return found


def to_table(
    source: Source,
    columns: Mapping[str, FloatArray],
    begin: IntArray,
    step: int,
    line: IntArray,
    *,
    place: tuple[float, float],
    options: WeatherOptions,
    offset: int = 0,
    typical: bool | None = None,
    codes: Mapping[str, float] | None = None,
) -> Table:
    """Table of rows that begin at ``begin`` and last ``step`` [s] on a clock ``offset`` seconds ahead of UTC.

    place: latitude and longitude, at which irradiance is compared with the sun; typical: whether the file has a typical
    year, None if its stamps decide; codes: name of a column -> least value that stands for a missing one.

    Raises:
        InputError: two rows of a typical year for one hour of it, a value that is not finite.
    """
    values = {name: _without_codes(source, name, column, line, codes or {}) for name, column in columns.items()}
    if not values:
        raise source.error("no known column", expected="irradiance, temperature or wind")
    moved = round(options.shift_hours * 3600)
    source.log.add(
        source.label, "time", "shifted", len(line) * bool(moved), f"by {moved / 3600:+g} h, the option shift"
    )
    begin, keep = on_one_year(source, begin, line, options.year, typical)
    begin, line = begin[keep] - offset + moved, line[keep]
    chosen = {name: column[keep] for name, column in values.items()}
    report_off_sun(source.log, source.label, begin, begin + step, chosen, place)
    return Recorded(begin, begin + step, chosen, line).table(source)


def _without_codes(
    source: Source, name: str, column: FloatArray, line: IntArray, codes: Mapping[str, float]
) -> FloatArray:
    wild = np.flatnonzero(np.isinf(column))
    if len(wild):
        raise source.error("not a finite number", line=int(line[wild[0]]), field=name)
    code = codes.get(name, np.inf)
    missing = (column <= _LEAST) | (column >= code)
    detail = f"{_LEAST:g} or less" + (f", {code:g} or more" if np.isfinite(code) else "") + ": no value, left empty"
    source.log.add(source.label, name, "missing codes", int(missing.sum()), detail)
    return np.where(missing, np.nan, column + 0.0)  # adding 0.0 makes -0.0 positive
