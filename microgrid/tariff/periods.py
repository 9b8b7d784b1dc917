"""Billing periods: which months are billed together, and when."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from typing import Literal

import numpy as np

from microgrid.formats.clock.timestamps import DAY, at_clock
from microgrid.horizon import BoolArray, FloatArray, Horizon, IntArray

Per = Literal["month", "year"]
TiersPer = Literal["day", "month", "year"]


@dataclass(frozen=True, eq=False)
class Periods:
    """Months of the horizon that are billed together, in the last of them; end: position of that month, (months,)."""

    end: IntArray

    @property
    def bills(self) -> BoolArray:
        """Whether a month is the last of its period, (months,)."""
        return np.asarray(self.end == np.arange(len(self.end)))

    def sums(self, monthly: FloatArray) -> FloatArray:
        """The sum over each period at its last month, 0 at the others, (months,)."""
        return np.bincount(self.end, monthly, len(self.end)).astype(float)

    def at_first(self, value: float) -> FloatArray:
        """A value that belongs to the first period, (months,)."""
        found = np.zeros(len(self.end))
        found[self.end[0]] = value
        return found


def periods_of(per: Per, horizon: Horizon) -> Periods:
    """Each month by itself, or all months of a calendar year together, as far as the horizon goes."""
    months = np.arange(len(horizon.months))
    if per == "month":
        return Periods(months)
    years = horizon.month_number // 12
    return Periods(np.searchsorted(years, years, side="right") - 1)


def days_of(horizon: Horizon, since_first: bool = False) -> FloatArray:
    """Local days of the horizon in each month, (months,); a day of 23 or 25 hours is one, a part of a day that part.

    since_first: whether the days of the first month before the horizon count as well.
    """
    zone = zoneinfo.ZoneInfo(horizon.timezone)
    wall = np.asarray(horizon.local.tz_localize(None).as_unit("s").asi8)
    begin, end = (at_clock((wall // DAY + more) * DAY, zone, first=True) for more in (0, 1))
    found: FloatArray = np.bincount(horizon.month_of_step, 3600 * horizon.step_hours / (end - begin)).astype(float)
    if since_first:
        passed = (int(horizon.points[0].timestamp()) - begin[0]) / (end - begin)[0]
        found[0] += horizon.local[0].day - 1 + passed
    return found


def month_number(month: str) -> int:
    """Months since the year 0: "2018-01" -> 24216."""
    year, _, number = month.partition("-")
    return int(year) * 12 + int(number) - 1
