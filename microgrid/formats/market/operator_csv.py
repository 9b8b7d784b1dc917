"""Parts common to exports of grid operators: a header line, numbers in one style, local stamps, intervals."""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from microgrid.formats.intervals import Recorded
from microgrid.formats.source import Source
from microgrid.horizon import BoolArray, FloatArray, IntArray

_HOUR = 3600


@dataclass(frozen=True)
class Delimited:
    """A text of delimited fields: name of the column -> its cells, and the line of each row in the file, (rows,)."""

    columns: Mapping[str, Sequence[str]]
    line: IntArray


@dataclass(frozen=True)
class Style:
    """Notation of numbers: their pattern, the sign between thousands, the decimal sign."""

    pattern: re.Pattern[str]
    thousands: str
    decimal: str
    example: str


GERMAN = Style(re.compile(r"-?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)(,[0-9]+)?"), ".", ",", "1.234,56")
ENGLISH = Style(re.compile(r"-?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]+)?"), ",", ".", "1,234.56")
PLAIN = Style(re.compile(r"-?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?"), "", ".", "1234.56")
FRENCH = Style(re.compile(r"-?[0-9]+([.,][0-9]+)?"), "", ",", "1234,56")


def delimited(source: Source, text: str, separator: str) -> Delimited:
    """Read lines below a header; an InputError for doubled names and for lines with too few or too many fields."""
    rows = _fields(source, text, separator)
    first = next((place for place, row in enumerate(rows) if any(row)), 0)
    header = [" ".join(cell.split()) for cell in rows[first]] if rows else []
    while header and not header[-1]:  # lines that end in a separator have an empty last field
        header.pop()
    doubled = next((name for name in header if header.count(name) > 1), None)
    if doubled is not None:
        raise source.error(f"column {doubled!r} appears twice", line=first + 1, remedy="keep one of them")
    width = len(header)
    kept = [place for place, row in enumerate(rows) if place > first and any(row)]
    for place in [place for place in kept if len(rows[place]) != width]:
        row = rows[place]
        if (len(row) < width and "".join(row).strip()) or any(row[width:]):
            expected = f"{width} fields as in the header"
            value = f"{len(row)} fields"
            raise source.error("a line that is cut off or too long", line=place + 1, value=value, expected=expected)
    kept = [place for place in kept if len(rows[place]) >= width]
    if not kept:
        raise source.error("no rows below the header", remedy="export the data again")
    cells = list(zip(*(rows[place] for place in kept), strict=False))[:width]
    return Delimited(dict(zip(header, cells, strict=True)), np.array(kept, dtype=np.int64) + 1)


def _fields(source: Source, text: str, separator: str) -> list[list[str]]:
    """Fields of each line; an InputError for quotes that do not close, or fields that run over several lines."""
    try:
        reader = csv.reader(io.StringIO(text, newline=None), delimiter=separator, strict=True)
        rows = list(reader)
        several = reader.line_num != len(rows)
        if len(rows) > 1 and max(map(len, rows)) == 1:  # some exports put each whole line in quotes
            rows = list(csv.reader((row[0] if row else "" for row in rows), delimiter=separator, strict=True))
    except csv.Error as error:
        raise source.error("not a table of separated fields", value=error, expected="quotes in pairs") from None
    if several:
        raise source.error("a field runs over several lines", expected="quotes in pairs, one row on each line")
    return rows


def numbers(
    source: Source, cells: Sequence[str], field: str, line: IntArray, style: Style, missing: Collection[str] = ()
) -> FloatArray:
    """Cells as numbers, (rows,), NaN where they are empty or one of the words in ``missing``.

    Raises:
        InputError: a cell that is no number in the style.
    """
    codes, words = pd.factorize(np.asarray(cells, dtype=object))
    values = np.full(len(words), np.nan)
    for place, raw in enumerate(words):
        word = raw.strip()
        if not word or word in missing:
            continue
        if style.pattern.fullmatch(word):
            values[place] = float(word.replace(style.thousands, "").replace(style.decimal, "."))
        if not math.isfinite(values[place]):
            where = int(line[np.flatnonzero(codes == place)[0]])
            raise source.error(
                "not a number", line=where, field=field, value=repr(raw), expected=f"a number such as {style.example}"
            )
    return np.asarray(values[codes])


def clock(source: Source, cells: Sequence[str], formats: Sequence[str], line: IntArray, field: str) -> pd.DatetimeIndex:
    """Cells as stamps without a zone, all in the format of the first cell; an InputError for any in another."""
    text = pd.Series(np.asarray(cells, dtype=object), dtype=object).str.strip()
    found = next((f for f in formats if pd.to_datetime(text[:1], format=f, errors="coerce").notna().all()), formats[0])
    stamps = pd.DatetimeIndex(pd.to_datetime(text, format=found, errors="coerce"))
    bad = np.flatnonzero(~np.asarray((stamps.year >= 1990) & (stamps.year < 2100)))
    if len(bad):
        example = pd.Timestamp(2022, 12, 31, 13, 45).strftime(found)
        where = int(line[bad[0]])
        value = repr(cells[bad[0]])
        raise source.error("not a time stamp", line=where, field=field, value=value, expected=f"such as {example}")
    return stamps.as_unit("s")


def on_clock(
    source: Source, stamps: pd.DatetimeIndex, zone: str, line: IntArray, empty: BoolArray, drop: bool = False
) -> tuple[IntArray, BoolArray]:
    """Instants of local stamps [s since 1970, UTC], and whether each row is kept.

    Empty rows in the hour that spring leaves out are not kept; drop: whether other rows of that hour are dropped too.
    Of two equal stamps in autumn the first is in summer time, or the second in a file in descending order.

    Raises:
        InputError: a value in the hour that spring leaves out, unless it is dropped; more than two equal stamps.
    """
    count = len(stamps)
    summer = stamps.tz_localize(zone, ambiguous=np.ones(count, dtype=bool), nonexistent="NaT")
    winter = stamps.tz_localize(zone, ambiguous=np.zeros(count, dtype=bool), nonexistent="NaT")
    exists = ~np.asarray(summer.isna())
    wrong = np.flatnonzero(~exists & ~empty)
    if len(wrong) and not drop:
        at = int(line[wrong[0]])
        value = str(stamps[wrong[0]])
        expected = f"stamps that clocks in {zone} show"
        raise source.error("a local time that spring leaves out", line=at, field="time", value=value, expected=expected)
    source.log.add(source.label, "time", "filler of spring", len(wrong), "at times that do not exist: left out")
    source.log.add(source.label, "time", "local stamps", count, f"read as local time of {zone}")
    source.log.add(
        source.label, "time", "rows left out", int((~exists & empty).sum()), "empty, of the hour that spring skips"
    )
    twice = np.flatnonzero(exists & np.asarray(summer != winter))
    seconds, late = summer.asi8.copy(), winter.asi8
    same = pd.Series(stamps[twice].asi8).groupby(stamps[twice].asi8)
    order, total = same.cumcount().to_numpy(), same.transform("size").to_numpy()
    if (total > 2).any():
        at = int(line[twice[np.flatnonzero(total > 2)[0]]])
        raise source.error("more than two rows of one local time", line=at, field="time", remedy="correct the stamps")
    backwards = bool((np.diff(stamps.asi8) < 0).sum() * 2 > count)
    second = twice[(total == 2) & (order == (0 if backwards else 1))]
    seconds[second] = late[second]
    source.log.add(source.label, "time", "doubled hour", 2 * len(second), "first in summer time, then in winter time")
    source.log.add(source.label, "time", "doubled hour", int((total == 1).sum()), "alone: read as summer time")
    return seconds, exists


def intervals(
    source: Source, begin: pd.DatetimeIndex, end: pd.DatetimeIndex, zone: str, line: IntArray, empty: BoolArray
) -> tuple[IntArray, IntArray, BoolArray]:
    """Begin and end of local intervals [s since 1970, UTC], and whether each row is kept.

    Intervals of less than a day are as long as their local stamps state, at a change of the clock as the one before.
    """
    seconds, kept = on_clock(source, begin, zone, line, empty)
    offset = begin.asi8 - seconds
    shown = end.asi8 - begin.asi8
    plain = kept.copy()
    until = np.zeros_like(seconds)
    for summer in (True, False):
        flags = np.full(len(end), summer)
        until = end.tz_localize(zone, ambiguous=flags, nonexistent="shift_forward").asi8
        plain &= end.asi8 - until == offset
    long = shown >= 23 * _HOUR
    sure = pd.Series(np.where(plain & ~long, shown, np.nan)).ffill().bfill()
    usual = sure.fillna(min(shown[shown > 0], default=0)).to_numpy().astype(np.int64)
    odd = kept & ~plain & ~long
    wrong = np.flatnonzero(odd & ~np.isin(np.abs(shown - usual), (0, _HOUR)))
    if len(wrong):
        value = f"{begin[wrong[0]]} to {end[wrong[0]]}"
        raise source.error("an interval of unclear length", line=int(line[wrong[0]]), field="time", value=value)
    return seconds, np.where(long, until, seconds + np.where(odd, usual, shown)), kept


def recorded(
    source: Source, begin: IntArray, end: IntArray, columns: Mapping[str, FloatArray], line: IntArray
) -> Recorded:
    """Rows of a file without empty columns, and without empty rows whose interval has another row with values."""
    filled = {name: values for name, values in columns.items() if not np.isnan(values).all()}
    for name in columns.keys() - filled.keys():
        source.log.add(source.label, name, "column left out", len(line), "empty in every row")
    if not filled:
        raise source.error("no values in this file", remedy="export the data again")
    empty = np.all([np.isnan(values) for values in filled.values()], axis=0)
    again = pd.DataFrame({"begin": begin, "end": end}).duplicated(keep=False).to_numpy()
    has_values = pd.Series(~empty).groupby(begin).transform("any").to_numpy()  # some row of the interval has values
    dropped = empty & again & has_values
    source.log.add(
        source.label,
        "time",
        "rows left out",
        int(dropped.sum()),
        "empty, of an interval that another row has values of",
    )
    kept = ~dropped
    return Recorded(begin[kept], end[kept], {name: values[kept] for name, values in filled.items()}, line[kept])


def slug(text: str) -> str:
    """Name in snake case without accents: "Wind Offshore" -> "wind_offshore"."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")
