"""The time axis: N steps between N+1 points, in UTC, with the site's local calendar beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Horizon:
    """Steps of any length, one after another: step t lies between points t and t + 1.

    points: N+1 instants, UTC; timezone: the site's, an IANA name; country: ISO code of the public holidays
    that the site keeps, "" for none. Energy [kWh] = power [kW] x step_hours [h].
    """

    points: pd.DatetimeIndex
    timezone: str
    country: str = ""

    @property
    def steps(self) -> int:
        """How many steps there are, N."""
        return len(self.points) - 1

    @cached_property
    def step_hours(self) -> FloatArray:
        """Length of each step [h], shape (N,)."""
        seconds = np.diff(self.points.as_unit("s").asi8)
        return seconds / 3600.0

    @cached_property
    def local(self) -> pd.DatetimeIndex:
        """Start of each step in the site's local time, shape (N,)."""
        return self.points[:-1].tz_convert(self.timezone)

    @cached_property
    def months(self) -> list[str]:
        """The local calendar months that the horizon touches, in order, as "2018-01"."""
        codes = np.unique(self._month_code)
        return [f"{code // 12:04d}-{code % 12 + 1:02d}" for code in codes]

    @cached_property
    def month_of_step(self) -> IntArray:
        """Position in ``months`` of each step's start, shape (N,)."""
        return np.unique(self._month_code, return_inverse=True)[1].astype(np.int64)

    @cached_property
    def month_number(self) -> IntArray:
        """Months since the year 0 of each of ``months``, (months,)."""
        return np.unique(self._month_code)

    @cached_property
    def share_of_year(self) -> FloatArray:
        """Hours of the horizon in each month by the hours of its calendar year, 8,760 or 8,784, (months,)."""
        years = self.month_number // 12
        leap = (years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0))
        return np.asarray(self._hours_of_month / np.where(leap, 8784.0, 8760.0))

    @cached_property
    def share_of_month(self) -> FloatArray:
        """Hours of the horizon in each month by the hours of that month on the site's clock, (months,)."""
        starts = [pd.Timestamp(f"{month}-01", tz=self.timezone) for month in self.months]
        lengths = [(start + pd.offsets.MonthBegin(1) - start).total_seconds() / 3600 for start in starts]
        return np.asarray(self._hours_of_month / np.array(lengths))

    @cached_property
    def _hours_of_month(self) -> FloatArray:
        return np.bincount(self.month_of_step, self.step_hours).astype(float)

    @property
    def _month_code(self) -> IntArray:
        return np.asarray(self.local.year, dtype=np.int64) * 12 + np.asarray(self.local.month, dtype=np.int64) - 1

    @cached_property
    def total_hours(self) -> float:
        """Length of the whole horizon [h]."""
        return float(self.step_hours.sum())

    def describe(self, step: int) -> str:
        """The local start of a step, as it is written in messages and files."""
        return str(self.local[step].isoformat())
