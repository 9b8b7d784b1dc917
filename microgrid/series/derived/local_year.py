"""Calendar year on a site's clock in quarters of an hour, onto which profiles by day and time of day are put."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from microgrid.horizon import FloatArray, Horizon, IntArray, local_instants

QUARTERS = 96  # quarters of an hour in a day


@dataclass(frozen=True)
class LocalYear:
    """Calendar year on a local clock as Q intervals of a quarter of an hour.

    points: instants between them [s since 1970, UTC], (Q+1,); day: day of the year of each, from 0, (Q,); quarter:
    quarter of the day on the clock of each, 0 to 95, (Q,). The hour that clocks skip in spring is missing; the hour
    that they repeat in autumn comes twice.
    """

    year: int
    points: IntArray
    day: IntArray
    quarter: IntArray

    @classmethod
    def of(cls, year: int, timezone: str) -> LocalYear:
        """Calendar year in a time zone, from midnight to midnight."""
        edges = pd.DatetimeIndex([pd.Timestamp(year, 1, 1), pd.Timestamp(year + 1, 1, 1)])
        begin, end = (int(edge.timestamp()) for edge in local_instants(edges, timezone))
        starts = np.arange(begin, end, 900, dtype=np.int64)
        clock = pd.DatetimeIndex(pd.to_datetime(starts, unit="s", utc=True)).tz_convert(timezone)
        quarter = np.asarray(clock.hour) * 4 + np.asarray(clock.minute) // 15
        day = np.asarray(clock.day_of_year) - 1
        return cls(year, np.append(starts, end), day.astype(np.int64), quarter.astype(np.int64))

    @property
    def dates(self) -> pd.DatetimeIndex:
        """Days of the year, without a time zone."""
        return pd.date_range(f"{self.year}-01-01", f"{self.year}-12-31", freq="D")

    def power(self, shape: FloatArray, energy_kwh: float) -> FloatArray:
        """energy_kwh x shape[day, quarter] / sum over the year of shape x hours, (Q,) [kW]."""
        laid = shape[self.day, self.quarter]
        return np.asarray(energy_kwh * laid / np.dot(laid, np.diff(self.points) / 3600))


def years_of(horizon: Horizon) -> range:
    """Local calendar years that a horizon touches."""
    last = horizon.points[-1] - pd.Timedelta(1, "s")
    return range(horizon.local[0].year, last.tz_convert(horizon.timezone).year + 1)
