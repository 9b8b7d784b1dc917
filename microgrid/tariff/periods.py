"""Billing periods: which months are billed together, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from microgrid.horizon import BoolArray, FloatArray, Horizon, IntArray

Per = Literal["month", "year"]


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


def month_number(month: str) -> int:
    """Months since the year 0: "2018-01" -> 24216."""
    year, _, number = month.partition("-")
    return int(year) * 12 + int(number) - 1
