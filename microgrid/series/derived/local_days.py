"""The temperature of each local day of a weather file of one calendar year, and how a year is refused that is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from microgrid.errors import InputError, Problem
from microgrid.horizon import FloatArray, IntArray
from microgrid.series.align import year_of
from microgrid.series.derived.from_weather import Weather

TEMPERATURE = "temperature_degc"
_COLDEST_DEGC, _WARMEST_DEGC = -60.0, 60.0  # as of any series of temperatures
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class LocalDays:
    """The days of a year, D of them, and the rows of the file, N.

    mean_degc: outdoor temperature of each day, (D,); day: of each row, from 0; clock_hour: at which it begins; hours:
    how long it is, all three (N,).
    """

    year: int
    mean_degc: FloatArray
    day: IntArray
    clock_hour: IntArray
    hours: FloatArray


def local_days(weather: Weather) -> LocalDays:
    """mean[d] = sum of temperature x hours over the rows that begin on the local day d / sum of their hours

    A year in UTC, or in standard time far from the site's, does not begin at local midnight: its rows before or after
    the local year count to the day of the same date in it, which is logged.

    Raises:
        InputError: the file is not one calendar year, or lacks temperatures.
    """
    table, zone = weather.table, weather.reading.horizon.timezone
    year = year_of(table.points)
    if year is None:
        begin, end = (pd.Timestamp(int(table.points[at]), unit="s", tz="UTC").isoformat() for at in (0, -1))
        raise InputError(
            Problem(
                "not the weather of one calendar year",
                file=table.name,
                value=f"{begin} to {end}",
                expected="every hour of one year, from midnight to midnight: its energy is that of the whole year",
                remedy="give a file of one calendar year and lay it on the horizon with 'align: date'",
            )
        )
    if np.diff(table.points).max() > _DAY_SECONDS:
        raise InputError(
            Problem(
                "rows longer than a day",
                file=table.name,
                value=f"{np.diff(table.points).max() / 3600:g} h",
                expected="hourly temperatures, or more of them",
            )
        )
    temperature = _complete(weather)
    clock = pd.DatetimeIndex(pd.to_datetime(table.points[:-1], unit="s", utc=True)).tz_convert(zone).tz_localize(None)
    first, last = pd.Timestamp(year, 1, 1), pd.Timestamp(year + 1, 1, 1)
    number, days = np.asarray((clock.normalize() - first).days), (last - first).days
    moved = int(((number < 0) | (number >= days)).sum())
    told = f"of the local day before or after the year {year} count to the day of that date in it"
    weather.reading.log.add(table.label, TEMPERATURE, "joined", moved, told)
    day, hours = number % days, np.diff(table.points) / 3600
    length = np.bincount(day, hours, days)
    there = length > 0  # a zone that changed its side of the date line has left a day out: its day is that before
    number = np.maximum.accumulate(np.where(there, np.arange(days), 0))
    mean = (np.bincount(day, temperature * hours, days) / np.where(there, length, 1.0))[number]
    return LocalDays(year, mean, day, np.asarray(clock.hour, dtype=np.int64), hours)


def _complete(weather: Weather) -> FloatArray:
    values = weather.column(TEMPERATURE)
    missing = np.isnan(values)
    if missing.any():
        row = int(np.flatnonzero(missing)[0])
        raise InputError(
            Problem(
                f"column {TEMPERATURE!r} lacks {int(missing.sum())} value(s) of the year",
                file=weather.table.name,
                line=weather.table.line(row),
                field=TEMPERATURE,
                expected="a temperature in every row: the energy is that of the whole year",
                remedy="complete the file, or add 'fill: {up_to: 2 h, longer: similar_days}' to the series",
            )
        )
    wrong = (values < _COLDEST_DEGC) | (values > _WARMEST_DEGC)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(
            Problem(
                f"column {TEMPERATURE!r} holds {int(wrong.sum())} value(s) that no weather has",
                file=weather.table.name,
                line=weather.table.line(row),
                field=TEMPERATURE,
                value=f"{values[row]:g} degC",
                expected=f"{_COLDEST_DEGC:g} to {_WARMEST_DEGC:g} degC",
                remedy="correct it, or leave it empty and add a rule 'fill'",
            )
        )
    return values
