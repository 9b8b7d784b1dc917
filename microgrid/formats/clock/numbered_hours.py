"""Intervals that a table numbers within each day: a date and an hour 1 to 24, or a quarter of an hour 1 to 96.

Numbers that count the time since midnight reach 25 hours in autumn and 23 in spring; numbers that are hours of the
local clock contain one hour twice in autumn, and leave one out in spring.
"""

from __future__ import annotations

import re
import zoneinfo
from typing import Any

import numpy as np

from microgrid.formats.clock.interval_ends import named_side
from microgrid.formats.clock.timestamps import DAY, Clock, at_clock, distinct
from microgrid.formats.source import Source
from microgrid.formats.text.dialect import Grid
from microgrid.formats.timed_table import Side
from microgrid.horizon import IntArray

_NUMBER = r"^(?i:he|h|p)?\s?([0-9]{1,3})(?:[.,]0+)?(?:\s?(?i:h|uhr))?$"
_HOUR_NAMES = re.compile(
    r"(?:^|[^a-z])(?:h|hh|he|hr|hora|hour|hours|heure|stunde|std|ora|uur|timme|godzina)(?:[^a-z]|$)", re.IGNORECASE
)
_PER_DAY = (24, 48, 96)  # hours, halves and quarters of them
_CHANGE = 24  # clocks change by an hour: one part in 24 of a day


def column_of(grid: Grid, date: int) -> int | None:
    """Place of the column that numbers the intervals of each date; None where there is none, or several."""
    from pyarrow import compute as pc

    others = [place for place in range(len(grid.names)) if place != date and are_numbers(grid.cells[place])]
    if not others or 2 * len(pc.unique(grid.cells[date])) > len(grid.line):
        return None
    first = np.asarray(pc.equal(grid.cells[date], grid.cells[date][len(grid.line) // 2]))
    found = [place for place in others if _counts(_numbers(grid.cells[place])[first])]
    named = [place for place in others if _HOUR_NAMES.search(grid.names[place])]
    likely = [place for place in named if _numbers(grid.cells[place]).max() <= _most(24)]
    likely = likely or [place for place in named if place in found] or found
    return likely[0] if len(likely) == 1 else None


def at_midnight(grid: Grid, place: int) -> bool:
    """Whether all stamps of a column are at 0:00, and another column numbers the intervals of each date."""
    return at_zero(grid.cells[place]) and column_of(grid, place) is not None


def at_zero(cells: Any) -> bool:
    """Whether all stamps of a column are at 0:00, and so may be dates only."""
    from pyarrow import compute as pc

    return bool(pc.all(pc.match_substring_regex(cells, r"[T ]0?0:00(?::00)?$")).as_py())


def are_numbers(cells: Any) -> bool:
    """Whether all cells of a column are whole numbers, also such as "HE 1" or "1 h", that may number intervals."""
    from pyarrow import compute as pc

    return bool(pc.all(pc.match_substring_regex(cells, _NUMBER)).as_py())


def clock_of(
    source: Source, grid: Grid, days: Clock, place: int, zone: zoneinfo.ZoneInfo, stamps: Side | None, step: int | None
) -> Clock:
    """Stamps at the begin of each numbered interval.

    days: midnights of the dates, (n,); place: place of the column of numbers; stamps: begin if interval 1 begins one
    interval after midnight, end if it ends there; step: length of the intervals [s], by default from the greatest
    number.

    Raises:
        InputError: a number that the day does not have, or numbers that may count from 0 or from 1.
    """
    name = grid.names[place]
    numbers = _numbers(grid.cells[place])
    per_day = DAY // step if step else next((n for n in _PER_DAY if numbers.max() <= _most(n)), 0)
    if not per_day or DAY % per_day:
        line = int(grid.line[int(numbers.argmax())])
        expected = "1 to 24 (25 in autumn, 23 in spring), or numbers of the half or quarter hours of a day"
        raise source.error("not the number of an interval in a day", line=line, field=name, expected=expected)
    length = DAY // per_day
    begin, end = (at_clock(days.seconds + more, zone, first=True) for more in (0, DAY))
    fits = [base for base in (0, 1) if _fits((numbers - base) * length, days.seconds, begin, end, zone)]
    base = _base(source, grid, place, numbers, per_day, fits[0] if len(fits) == 1 else None, stamps)
    passed = (numbers - base) * length
    if _by_the_wall(days.seconds, passed, end - begin, zone):
        form = f"{days.form}, {name!r} counts the hours of the clock from {base}"
        return Clock(days.seconds + passed, days.line, False, form)
    beyond = np.flatnonzero(passed >= end - begin)
    if len(beyond):
        row = int(beyond[0])
        hours = f"a day of {(end - begin)[row] / 3600:g} hours in {zone.key}"
        value = str(grid.cells[place][row])
        line = int(grid.line[row])
        raise source.error("an interval that its day does not have", line=line, field=name, value=value, expected=hours)
    return Clock(begin + passed, days.line, True, f"{days.form}, {name!r} counts intervals since midnight from {base}")


def _most(per_day: int) -> int:
    """Number of intervals of the longest day, that of autumn; per_day: number of a common day."""
    return per_day + per_day // _CHANGE


def _numbers(cells: Any) -> IntArray:
    from pyarrow import compute as pc

    return np.asarray(pc.cast(pc.replace_substring_regex(cells, _NUMBER, r"\1"), "int64"))


def _counts(numbers: IntArray) -> bool:
    """Whether numbers are those of all intervals of one day, from 0 or from 1, also on days of a clock change."""
    known = distinct(numbers)
    lengths = {n + change for n in _PER_DAY for change in (-n // _CHANGE, 0, n // _CHANGE)}
    return len(known) in lengths and known[0] in (0, 1) and len(known) == known[-1] - known[0] + 1


def _fits(passed: IntArray, midnight: IntArray, begin: IntArray, end: IntArray, zone: zoneinfo.ZoneInfo) -> bool:
    """Whether every interval lies within its day, by the time since midnight or by the local clock.

    passed: time from midnight to each interval [s], (n,); midnight: in local time [s], (n,); begin, end: instants of
    the begin and end of its day [s], (n,).
    """
    if (passed < 0).any():
        return False
    absent = at_clock(midnight + passed, zone, False, "NaT") == np.iinfo(np.int64).min
    return bool((passed < end - begin).all() or ((passed < DAY).all() and not absent.any()))


def _base(
    source: Source, grid: Grid, place: int, numbers: IntArray, per_day: int, only: int | None, stamps: Side | None
) -> int:
    """Number of the first interval of a day, 0 or 1; only: the one that fits all days, None if both or neither do.

    Raises:
        InputError: both are possible, and the user states none.
    """
    if stamps in ("begin", "end"):
        return 0 if stamps == "begin" else 1
    if numbers.min() == 0:
        return 0
    if numbers.max() >= per_day or named_side(grid.names[place]) == "end":
        return 1
    if only is not None:
        return only
    value = f"{numbers.min()} to {numbers.max()}"
    expected = f"0 to {per_day - 1}, or 1 to {per_day}"
    remedy = "state the option stamps: begin if interval 1 begins one interval after midnight, end if it ends then"
    raise source.error(
        "numbers of intervals that may count from 0 or from 1",
        field=grid.names[place],
        value=value,
        expected=expected,
        remedy=remedy,
    )


def _by_the_wall(midnight: IntArray, passed: IntArray, lengths: IntArray, zone: zoneinfo.ZoneInfo) -> bool:
    """Whether numbers are hours of the local clock, and do not count the time since midnight.

    A number at a local time that spring leaves out counts the time since midnight, unless its day also has a number
    beyond its length, as in a table with 24 rows on every day.
    """
    if (passed >= DAY).any():
        return False
    absent = at_clock(midnight + passed, zone, False, "NaT") == np.iinfo(np.int64).min
    short = distinct(midnight[absent])
    whole = midnight[passed >= lengths]
    return not len(short) or bool(np.isin(short, whole).any())
