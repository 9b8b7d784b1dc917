"""Stamps of a column as numbers, with the order of day and month and the offsets from UTC of the whole column."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from microgrid.formats.source import Source
from microgrid.formats.text.notation import SERIAL
from microgrid.horizon import BoolArray, IntArray

Order = Literal["day_first", "month_first", "iso"]

DAY = 86400
_TIME = (
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,9}))?)?"
    r"(?:\s?(?P<half>[AaPp])\.?[Mm]\.?)?"
)
_REST = rf"(?:(?:T|,?\s+){_TIME}(?:\s?(?P<zone>Z|[+-][0-9]{{2}}(?::?[0-9]{{2}})?))?)?"
_ISO = rf"^(?P<year>[0-9]{{4}})(?P<s>[-/.])(?P<a>[0-9]{{1,2}})(?P<t>[-/.])(?P<b>[0-9]{{1,2}}){_REST}$"
_LOCAL = rf"^(?P<a>[0-9]{{1,2}})(?P<s>[-/.])(?P<b>[0-9]{{1,2}})(?P<t>[-/.])(?P<year>[0-9]{{4}}){_REST}$"


@dataclass(frozen=True)
class Clock:
    """Stamps as numbers.

    seconds: since 1970, in UTC if ``aware``, else in local time, (n,); line: line of each in the file, (n,); form: form
    of the stamps in words, for the log; to_midnight: whether any is at 24:00, as only the end of an interval can be;
    spare: empty cells of a doubled hour, which are read on the day of the change only, (n,); offset: seconds ahead of
    UTC that each stamp states, (n,), None where they state none.
    """

    seconds: IntArray
    line: IntArray
    aware: bool
    form: str
    to_midnight: bool = False
    spare: BoolArray | None = None
    offset: IntArray | None = None

    def rows(self, chosen: IntArray) -> Clock:
        """Stamps at selected positions."""
        spare = None if self.spare is None else self.spare[chosen]
        offset = None if self.offset is None else self.offset[chosen]
        return replace(self, seconds=self.seconds[chosen], line=self.line[chosen], spare=spare, offset=offset)


@dataclass
class _Column:
    """A column of stamps, and its parts once a pattern is matched."""

    source: Source
    cells: Any
    line: IntArray
    field: str
    offers: Collection[str]
    found: Any = None

    def refuse(self, wrong: Any, message: str, expected: str | None = None, remedy: str | None = None) -> None:
        """Raise an InputError for the first row that is wrong, if any."""
        rows = np.flatnonzero(np.broadcast_to(wrong, len(self.line)))
        if len(rows):
            line = int(self.line[rows[0]]) or None
            value = self.cells[int(rows[0])].as_py() or "empty"
            raise self.source.error(message, line=line, field=self.field, value=value, expected=expected, remedy=remedy)

    def part(self, name: str) -> Any:
        """Part of the stamps as text, "" where a stamp lacks it."""
        from pyarrow import compute as pc

        return pc.struct_field(self.found, name)

    def number(self, name: str) -> IntArray:
        """Part of the stamps as a number, 0 where a stamp lacks it."""
        from pyarrow import compute as pc

        text = self.part(name)
        return np.asarray(pc.cast(pc.if_else(pc.equal(text, ""), "0", text), "int64"))


def parse(
    source: Source,
    cells: Any,
    line: IntArray,
    field: str,
    dates: Order | None,
    epoch: int | None,
    offers: Collection[str] = (),
) -> Clock:
    """Read a column of stamps, with one order of day and month for the whole column.

    cells: pyarrow array of strings without spaces around them, (n,); epoch: day 0 of serial numbers [days since 1970],
    None if no number is a stamp; offers: names of the options of the format, among which a remedy may name one.

    Raises:
        InputError: a text that is no stamp, an order that remains open, a date that does not exist; all with the line.
    """
    from pyarrow import compute as pc

    column = _Column(source, cells, line, field, offers)
    first = str(cells[0])
    if epoch is not None and SERIAL.fullmatch(first):
        column.refuse(~np.asarray(pc.match_substring_regex(cells, rf"^{SERIAL.pattern}$")), "not a serial number")
        days = np.asarray(pc.replace_substring(cells, ",", ".").to_pylist(), dtype=float)
        return Clock(np.round((days + epoch) * DAY).astype(np.int64), line, False, "serial numbers")
    iso = re.match(r"[0-9]{4}", first) is not None
    column.found = pc.extract_regex(cells, _ISO if iso else _LOCAL)
    expected = "a date and a time, " + ("year first" if iso else "year last")
    unread = np.asarray(pc.is_null(column.found))
    footer = "skip_footer" in offers and unread[int(unread.argmax()) :].all()  # else it would leave out valid rows
    remedy = "correct the line" + "; text at the end is left out by the option skip_footer" * bool(footer)
    column.refuse(unread, "not a time stamp", expected, remedy)
    column.refuse(np.asarray(pc.not_equal(column.part("s"), column.part("t"))), "not a time stamp", expected, remedy)
    midnight, written = _dates(column, iso, dates)
    time = _times(column)
    aware = np.asarray(pc.not_equal(column.part("zone"), ""))
    column.refuse(aware != aware[0], "some stamps have a UTC offset and some have none")
    offset = _offsets(column) if aware[0] else None
    ends = bool((time == DAY).any())
    seconds = midnight + time - (0 if offset is None else offset)
    return Clock(seconds, line, bool(aware[0]), f"dates {written}", ends, offset=offset)


def _dates(column: _Column, iso: bool, dates: Order | None) -> tuple[IntArray, str]:
    """Midnight of each date [s since 1970], (n,), and the order of its parts in words."""
    a, b, year = (column.number(name) for name in ("a", "b", "year"))
    column.refuse(iso and dates in ("day_first", "month_first"), "a date with the year first", f"dates: {dates}")
    column.refuse(not iso and dates == "iso", "not an ISO date", "a date with the year first, as 2018-12-31")
    column.refuse((year < 1900) | (year > 2200), "an impossible year", "1900 to 2200")
    order = "iso" if iso else dates
    if order is None:
        if (a > 12).any() and (b > 12).any():
            later = a if (a > 12).argmax() > (b > 12).argmax() else b
            column.refuse(later > 12, "a month above 12, in the order of day and month of the rows before")
        remedy = "write them with the year first, as 2018-12-31"
        if "dates" in column.offers:
            remedy = "state the option dates: day_first or month_first"
        column.refuse((a <= 12).all() and (b <= 12).all(), "the order of day and month is unclear", None, remedy)
        order = "day_first" if (a > 12).any() else "month_first"
    month, day = (b, a) if order == "day_first" else (a, b)
    column.refuse((month < 1) | (month > 12) | (day < 1), "no such day", order)
    months = (year - 1970) * 12 + month - 1
    begin, after = ((months + more).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) for more in (0, 1))
    column.refuse(day > after - begin, "no such day", order)
    return (begin + day - 1) * DAY, {"iso": "year first", "day_first": "day first", "month_first": "month first"}[order]


def _times(column: _Column) -> IntArray:
    """Time since midnight [s], (n,), 86,400 for 24:00."""
    from pyarrow import compute as pc

    hour, minute, second, part = (column.number(name) for name in ("hour", "minute", "second", "part"))
    half = np.asarray(pc.utf8_lower(column.part("half")).to_numpy(zero_copy_only=False)).astype(str)
    if (half != "").any():
        timed = np.asarray(pc.not_equal(column.part("hour"), ""))
        column.refuse(timed & (half == ""), "a time without AM or PM among times with it")
        column.refuse((half != "") & ((hour < 1) | (hour > 12)), "no such time", "1 to 12 o'clock with AM or PM")
        hour = np.where(half != "", hour % 12 + 12 * (half == "p"), hour)
    found: IntArray = hour * 3600 + minute * 60 + second
    column.refuse((minute > 59) | (second > 59) | (found > DAY), "no such time")
    column.refuse(part > 0, "a fraction of a second", "whole seconds")
    return found


def _offsets(column: _Column) -> IntArray:
    """Seconds ahead of UTC of each stamp, (n,)."""
    from pyarrow import compute as pc

    coded = pc.dictionary_encode(column.part("zone"))
    if hasattr(coded, "combine_chunks"):
        coded = coded.combine_chunks()
    known = []
    for text in coded.dictionary.to_pylist():
        digits = text[1:].replace(":", "").ljust(4, "0")
        hours, minutes = (int(digits[:2]), int(digits[2:])) if text != "Z" else (0, 0)
        known.append(99 * 3600 if minutes > 59 else (hours * 3600 + minutes * 60) * (-1 if text[0] == "-" else 1))
    found = np.array(known, dtype=np.int64)[np.asarray(coded.indices)]
    column.refuse(np.abs(found) > 15 * 3600, "no such UTC offset")
    return np.asarray(found)


def common_step(seconds: IntArray) -> int:
    """Most common distance of consecutive stamps [s]; a day for a single stamp."""
    gaps = np.sort(np.diff(distinct(seconds)))
    runs = np.flatnonzero(np.diff(gaps, prepend=-1, append=-1))  # edges of runs of equal gaps
    return int(gaps[runs[np.argmax(np.diff(runs))]]) if len(gaps) else DAY


def distinct(seconds: IntArray) -> IntArray:
    """Instants in order, each once; several times as fast as ``np.unique`` on nearly sorted ones."""
    known = np.sort(seconds, kind="stable")
    return np.asarray(known[np.diff(known, prepend=known[:1] - 1) > 0])


def at_clock(wall: IntArray, zone: zoneinfo.ZoneInfo, first: bool = False, gap: Any = "shift_forward") -> IntArray:
    """Instants of local times [s since 1970, UTC], (n,); first: which pass of a doubled hour they are of.

    gap: treatment of local times that do not exist, as in pandas; with NaT they become the least int64.
    """
    index = pd.DatetimeIndex(wall.astype("datetime64[s]"))
    local = index.tz_localize(zone, ambiguous=np.full(len(wall), first), nonexistent=gap)
    return np.asarray(local.tz_convert("UTC").as_unit("s").asi8)
