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

    Two horizons are equal if their points, time zones and countries are.
    """

    points: pd.DatetimeIndex
    timezone: str
    country: str = ""

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Horizon) or hash(self) != hash(other):
            return False
        return self.points.equals(other.points)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.steps, self.points[0], self.points[-1], self.timezone, self.country))

    @property
    def steps(self) -> int:
        """Number of steps, N."""
        return len(self.points) - 1

    @cached_property
    def step_hours(self) -> FloatArray:
        """Length of each step [h], shape (N,)."""
        return np.diff(_seconds(self.points)) / 3600.0

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
        """Number of months since the year 0, for each of ``months``, (months,)."""
        return np.unique(self._month_code)

    @cached_property
    def days_in_step(self) -> FloatArray:
        """Length of each step in calendar days of the site's clock, (N,): a day of 23, 24 or 25 hours is 1."""
        return self._periods_in_step("D")

    @cached_property
    def months_in_step(self) -> FloatArray:
        """Length of each step in calendar months of the site's clock, (N,); a part of a month counts by its hours."""
        return self._periods_in_step("M")

    @cached_property
    def years_in_step(self) -> FloatArray:
        """Length of each step in calendar years of the site's clock, (N,); a part of a year counts by its hours."""
        return self._periods_in_step("Y")

    @cached_property
    def share_of_year(self) -> FloatArray:
        """Part of a calendar year in the steps of each month, (months,): all months of a whole year add up to 1."""
        return self.by_month(self.years_in_step)

    @cached_property
    def share_of_month(self) -> FloatArray:
        """Part of a calendar month in the steps of each month, (months,): 1 for a whole month."""
        return self.by_month(self.months_in_step)

    @cached_property
    def clock_changes_seconds(self) -> list[int]:
        """Times of day that clocks show at their changes within a step [s]: all before, then all after the change."""
        last = self.points[1:] - pd.Timedelta(1, "s")
        offset, after = (_offsets(instants, self.timezone) for instants in (self.points[:-1], last))
        changed = offset != after
        low = _seconds(self.points[:-1])[changed]
        high = _seconds(last)[changed]
        before = offset[changed]
        while len(low) and (high - low > 1).any():
            middle = (low + high) // 2
            same = _offsets(pd.to_datetime(middle, unit="s", utc=True), self.timezone) == before
            low = np.where(same, middle, low)
            high = np.where(same, high, middle)
        return [int(found) for found in np.concatenate([high + before, high + after[changed]]) % 86400]

    def by_month(self, per_step: FloatArray) -> FloatArray:
        """Sum over the steps of each local month, (months,)."""
        return np.bincount(self.month_of_step, per_step, len(self.months)).astype(float)

    def _periods_in_step(self, period: str) -> FloatArray:
        """Length of each step in periods of the calendar ("D", "M" or "Y"), (N,): its hours by those of the period."""
        clock = self.points[[0, -1]].tz_convert(self.timezone).tz_localize(None)
        around = pd.period_range(pd.Period(clock[0], period) - 1, pd.Period(clock[1], period) + 2)
        begins = np.unique(_seconds(local_instants(around.start_time, self.timezone)))  # a skipped day has no length
        count = np.interp(_seconds(self.points), begins, np.arange(len(begins)))
        return np.diff(count)

    @property
    def _month_code(self) -> IntArray:
        return np.asarray(self.local.year, dtype=np.int64) * 12 + np.asarray(self.local.month, dtype=np.int64) - 1

    @cached_property
    def total_hours(self) -> float:
        """Length of the whole horizon [h]."""
        return float(self.step_hours.sum())

    def describe(self, step: int) -> str:
        """Local start of a step, as messages and files show it."""
        return str(self.local[step].isoformat())


def local_instants(clock: pd.DatetimeIndex, timezone: str) -> pd.DatetimeIndex:
    """First instant at which the clocks of a zone show each time, or a later time where they skip it, (n,).

    For a midnight this is the begin of the local day, whether the clocks show midnight once, twice (Havana, in autumn)
    or not at all (Asuncion, until 2024, in spring).

    Args:
        clock: times without a zone, (n,).
        timezone: an IANA name.
    """
    found = clock.tz_localize(timezone, ambiguous=np.ones(len(clock), dtype=bool), nonexistent="NaT")
    gaps = np.flatnonzero(found.isna())
    if not len(gaps):
        return found
    seconds = _seconds(found).copy()
    seconds[gaps] = _ends_of_gaps(_seconds(clock)[gaps], timezone)
    return pd.to_datetime(seconds, unit="s", utc=True).tz_convert(timezone)


def _ends_of_gaps(wall: IntArray, timezone: str) -> IntArray:
    """First instant after each local time that the clocks skip, by bisection [s since 1970], (n,).

    ``nonexistent="shift_forward"`` of pandas would be an hour late where a whole day is skipped.
    """
    low = wall - 2 * 86400
    high = wall + 2 * 86400
    while (high - low > 1).any():
        middle = (low + high) // 2
        shown = _seconds(pd.to_datetime(middle, unit="s", utc=True).tz_convert(timezone).tz_localize(None))
        low = np.where(shown < wall, middle, low)
        high = np.where(shown < wall, high, middle)
    return np.asarray(high)


def _offsets(instants: pd.DatetimeIndex, timezone: str) -> IntArray:
    """Time by which local clocks are ahead of UTC [s], (n,)."""
    return _seconds(instants.tz_convert(timezone).tz_localize(None)) - _seconds(instants)


def _seconds(instants: pd.DatetimeIndex) -> IntArray:
    return np.asarray(instants.as_unit("s").asi8)
