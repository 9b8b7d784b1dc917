"""Alignment of a year of data with the years of a horizon, by date or by day of the week."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from microgrid.horizon import FloatArray, IntArray

Alignment = Literal["date", "weekday"]
_DAY = 86400


def year_of(points: IntArray) -> int | None:
    """Calendar year that the points cover exactly, from its first instant to its last; None if they cover no year.

    The year may begin at the midnight of any time zone, without summer time: data in UTC, or on a local clock.
    """
    middle = pd.Timestamp(int(points[0]) + 15 * _DAY, unit="s", tz="UTC")
    begin = _begin(middle.year)
    end = _begin(middle.year + 1)
    offset = int(points[0]) - begin
    return middle.year if abs(offset) <= 14 * 3600 and int(points[-1]) - end == offset else None


def lay_on_years(
    points: IntArray, values: FloatArray, rule: Alignment, first: int, last: int
) -> tuple[IntArray, FloatArray]:
    """Repeat one year of data on the calendar years from ``first`` to ``last``; returns points and means of these.

    date: each day takes the values of its date; February 29 takes those of the day before where the data has none, and
    is left out where the year has none. weekday: each day takes the nearest day of its weekday, up to three days off.

    Args:
        points: N+1 instants of a whole calendar year [s since 1970, UTC], in equal steps that divide a day.
        values: N means between them, NaN where missing.
        rule: whether dates or weekdays are kept.
        first: first calendar year of the result.
        last: last calendar year of the result.

    Raises:
        ValueError: the points are not one calendar year, or their steps do not divide a day.
    """
    year = year_of(points)
    step = int(points[1] - points[0])
    if year is None:
        raise ValueError("the data are not those of one calendar year")
    if _DAY % step or (np.diff(points) != step).any():
        raise ValueError("its steps do not divide a day")
    offset = int(points[0]) - _begin(year)
    by_day = values.reshape(-1, _DAY // step)
    parts = [by_day[_days(year, target, rule)].ravel() for target in range(first, last + 1)]
    laid = np.concatenate(parts)
    return _begin(first) + offset + step * np.arange(len(laid) + 1), laid


def _days(source: int, target: int, rule: Alignment) -> IntArray:
    """Number of the day in the source year, from 0, for each day of the target year, (days,)."""
    own = _length(source)
    wanted = _length(target)
    if rule == "weekday":
        off = (_weekday(target) - _weekday(source) + 3) % 7 - 3
        day = np.arange(wanted) + off
        day = np.where(day < 0, day + 7, day)
        return np.where(day >= own, day - 7, day)
    february = 59  # days before March in a year of 365
    day = np.arange(wanted)
    if own < wanted:
        return np.where(day >= february, day - 1, day)
    return np.where(day >= february, day + own - wanted, day)


def _begin(year: int) -> int:
    """First instant of a calendar year in UTC [s since 1970]."""
    return int(pd.Timestamp(year, 1, 1, tz="UTC").timestamp())


def _length(year: int) -> int:
    """Number of days of a calendar year."""
    return (_begin(year + 1) - _begin(year)) // _DAY


def _weekday(year: int) -> int:
    """Day of the week of January 1, 0 for Monday."""
    return pd.Timestamp(year, 1, 1).day_of_week
