"""Standard load profiles of the BDEW: electricity demand by type of customer, season, day and time of day."""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from microgrid.calendar import is_holiday
from microgrid.horizon import FloatArray, IntArray
from microgrid.series.context import Reading
from microgrid.series.derived.local_year import QUARTERS, LocalYear, years_of
from microgrid.series.registry import DerivedSeries
from microgrid.series.resample import mean_over
from microgrid.units import Energy

Profile = Literal[
    "h0", "g0", "g1", "g2", "g3", "g4", "g5", "g6", "l0", "l1", "l2", "h25", "g25", "l25", "p25", "s25"
]  # fmt: skip
_DYNAMIC = ("h0", "h25", "p25", "s25")
_SEASONS = ("winter", "transition", "summer")
# First day of a season, as month and day, until the next; the year begins and ends in winter.
_BOUNDS = ((321, "transition"), (515, "summer"), (915, "transition"), (1101, "winter"))
_WORKING = 0
_SATURDAY = 1
_SUNDAY = 2
_CODES = ("WT", "SA", "FT")  # working day, Saturday and Sunday in the tables of 2025
_LIKE_SATURDAYS = (1224, 1231)


class StandardLoad(DerivedSeries):
    """demand[t] = yearly x s[t] / (sum of s x h over the local calendar year)
    s = f(d) P[season, type of day, quarter]

    P: a table of the BDEW by quarter of an hour on the site's clock. Public holidays of the site are Sundays; December
    24 and 31 are Saturdays unless they are Sundays or holidays. f is 1 except for h0, h25, p25 and s25, where it is
    -3.92e-10 d^4 + 3.2e-7 d^3 - 7.02e-5 d^2 + 2.1e-3 d + 1.24 on day d = 1, 2, ... of the year. A longer step takes the
    mean, a shorter one the value of its quarter: a calendar year has the energy ``yearly`` in any steps. Quarters that
    clocks skip in spring are left out, quarters that they repeat in autumn come twice.

    Source: VDEW, Repraesentative VDEW-Lastprofile (1999) and their application step by step, M-05/2000; BDEW,
    Standardlastprofile Strom (2025): h25, g25, l25, p25 (with solar), s25 (with solar and battery). Tables: demandlib.
    """

    fits: ClassVar[tuple[str, ...]] = ("kW",)

    standard_load: Profile = Field(
        description="Name by BDEW: households `h`, businesses `g`, farms `l`, homes with solar `p`, and battery `s`."
    )
    yearly_kwh: Energy = Field(le=1e12, description="Energy of a whole calendar year.")

    def describe(self) -> str:
        """Profile and energy in a few words."""
        return f"standard load {self.standard_load} of the BDEW, {self.yearly_kwh / 1000:g} MWh a year"

    def on(self, reading: Reading, unit: str) -> FloatArray:
        """Mean power over each step, (N,) [kW]."""
        horizon = reading.horizon
        target = np.asarray(horizon.points.as_unit("s").asi8)
        years = [LocalYear.of(year, horizon.timezone) for year in years_of(horizon)]
        power = [year.power(_shape(self.standard_load, year.dates, horizon.country), self.yearly_kwh) for year in years]
        points = np.concatenate([years[0].points[:1], *(year.points[1:] for year in years)])
        sundays = f"public holidays of {horizon.country} as Sundays" if horizon.country else "no public holidays"
        reading.log.add("standard load", self.standard_load, "modelled", horizon.steps, f"{self.describe()}, {sundays}")
        return mean_over(points, np.concatenate(power), target)


def _shape(profile: str, dates: pd.DatetimeIndex, country: str) -> FloatArray:
    """Power of a profile by day and quarter of an hour, (days, 96), in the unit of its table."""
    table = _table(profile)
    day = np.asarray(dates.month) * 100 + np.asarray(dates.day)
    kind = _type_of_day(dates, day, country)
    group = np.asarray(dates.month) - 1 if len(table) == 12 else _season(day)
    factor = _dynamic(np.arange(1, len(dates) + 1)) if profile in _DYNAMIC else np.ones(len(dates))
    return np.asarray(table[group, kind] * factor[:, None])


def _type_of_day(dates: pd.DatetimeIndex, day: IntArray, country: str) -> IntArray:
    weekday = np.asarray(dates.day_of_week)
    saturday = (weekday == 5) | np.isin(day, _LIKE_SATURDAYS)
    sunday = (weekday == 6) | is_holiday(dates.tz_localize("UTC"), country)
    return np.where(sunday, _SUNDAY, np.where(saturday, _SATURDAY, _WORKING))


def _season(day: IntArray) -> IntArray:
    """Season of each day, as a position in ``_SEASONS``; day: 100 x month + day of the month."""
    first = np.array([bound for bound, _ in _BOUNDS])
    names = ["winter", *(name for _, name in _BOUNDS)]
    return np.array([_SEASONS.index(name) for name in names])[np.searchsorted(first, day, side="right")]


def _dynamic(day: IntArray) -> FloatArray:
    """Factor of each day of the year, from 1, that smooths the seasons of households."""
    return np.asarray(np.polyval([-3.92e-10, 3.2e-7, -7.02e-5, 2.1e-3, 1.24], day.astype(float)))


@functools.cache
def _table(profile: str) -> FloatArray:
    """Table of a profile: power by season (3) or month (12), type of day (3) and quarter of an hour (96)."""
    # The library's own function for a whole year turns warnings into errors, and so fails under pandas 3.1.
    folder = files("demandlib") / "bdew" / "bdew_data"
    if profile.endswith("25"):
        with (folder / f"{profile}.csv").open(encoding="utf-8") as file:
            monthly = pd.read_csv(file, header=[0, 1], index_col=0)
        return np.stack([monthly.xs(code, axis=1, level=1).to_numpy(dtype=float).T for code in _CODES], axis=1)
    with (folder / "selp_series.csv").open(encoding="utf-8") as file:
        seasonal = pd.read_csv(file)
    period = seasonal["period"]
    weekday = seasonal["weekday"]
    days = [[seasonal[profile][(period == season) & (weekday == day)] for day in (5, 6, 7)] for season in _SEASONS]
    return np.asarray(days, dtype=float).reshape(len(_SEASONS), 3, QUARTERS)


SERIES = StandardLoad
