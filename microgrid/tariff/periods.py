"""Billing periods: months that are billed together, and the month in which they are billed."""

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
    """Groups of months of the horizon that are billed together in their last month.

    end: for each month, the position of the last month of its period, (months,).
    """

    end: IntArray

    @property
    def bills(self) -> BoolArray:
        """Whether a month is the last of its period, (months,)."""
        return np.asarray(self.end == np.arange(len(self.end)))

    def sums(self, monthly: FloatArray) -> FloatArray:
        """Sum over each billing period at its last month, 0 at the other months, (months,)."""
        return np.bincount(self.end, monthly, len(self.end)).astype(float)

    def at_first(self, value: float) -> FloatArray:
        """A value at the last month of the first billing period, 0 at the other months, (months,)."""
        found = np.zeros(len(self.end))
        found[self.end[0]] = value
        return found


def periods_of(per: Per, horizon: Horizon) -> Periods:
    """Billing periods of a horizon: each month by itself, or the months of each calendar year together."""
    months = np.arange(len(horizon.months))
    if per == "month":
        return Periods(months)
    years = horizon.month_number // 12
    return Periods(np.searchsorted(years, years, side="right") - 1)


def days_of(horizon: Horizon, since_first: bool = False) -> FloatArray:
    """Number of local days of the horizon in each month, (months,): a day of 23 or 25 hours is 1, half a day 0.5.

    since_first: whether the first month's days before the horizon are included.
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
    """Number of months since the year 0: "2018-01" -> 24216."""
    year, _, number = month.partition("-")
    return int(year) * 12 + int(number) - 1
