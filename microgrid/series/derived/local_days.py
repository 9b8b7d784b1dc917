"""Mean temperature of each local day in a weather file, which must hold one calendar year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from microgrid.errors import InputError, Problem
from microgrid.horizon import FloatArray, IntArray
from microgrid.series.align import year_of
from microgrid.series.derived.from_weather import Weather

TEMPERATURE = "temperature_degc"
_COLDEST_DEGC = -60.0  # as for any series of temperatures
_WARMEST_DEGC = 60.0
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class LocalDays:
    """Local days of a year, D of them, and the N rows of a weather file of that year.

    mean_degc: mean outdoor temperature of each day [degC], (D,); day: number of the day of each row, from 0, (N,);
    clock_hour: hour of the local clock at which each row begins, (N,); hours: length of each row [h], (N,).
    """

    year: int
    mean_degc: FloatArray
    day: IntArray
    clock_hour: IntArray
    hours: FloatArray


def local_days(weather: Weather) -> LocalDays:
    """mean[d] = sum of temperature x hours over the rows that begin on the local day d / sum of their hours

    A year in UTC, or in the standard time of another zone, does not begin at local midnight: rows before or after the
    local year count towards the day with their date in that year, which is logged.

    Raises:
        InputError: the file does not hold one calendar year, lacks temperatures, or has impossible ones.
    """
    table = weather.table
    zone = weather.reading.horizon.timezone
    year = year_of(table.points)
    if year is None:
        begin, end = (pd.Timestamp(int(table.points[at]), unit="s", tz="UTC").isoformat() for at in (0, -1))
        raise InputError(
            Problem(
                "not the weather of one calendar year",
                file=table.name,
                value=f"{begin} to {end}",
                expected="one whole year, from midnight to midnight, over which the stated energy is distributed",
                remedy="use a file of one calendar year, and state 'align: date' if the horizon is in another year",
            )
        )
    if np.diff(table.points).max() > _DAY_SECONDS:
        raise InputError(
            Problem(
                "rows that are longer than a day",
                file=table.name,
                value=f"{np.diff(table.points).max() / 3600:g} h",
                expected="temperatures at least every hour",
            )
        )
    temperature = _complete(weather)
    clock = pd.DatetimeIndex(pd.to_datetime(table.points[:-1], unit="s", utc=True)).tz_convert(zone).tz_localize(None)
    first = pd.Timestamp(year, 1, 1)
    days = (pd.Timestamp(year + 1, 1, 1) - first).days
    number = np.asarray((clock.normalize() - first).days)
    moved = int(((number < 0) | (number >= days)).sum())
    detail = f"rows outside the local year {year} count towards the day with their date in that year"
    weather.reading.log.add(table.label, TEMPERATURE, "joined", moved, detail)
    day = number % days
    hours = np.diff(table.points) / 3600
    length = np.bincount(day, hours, days)
    there = length > 0  # a zone that crossed the date line skipped a day: it gets the mean of the day before
    number = np.maximum.accumulate(np.where(there, np.arange(days), 0))
    mean = (np.bincount(day, temperature * hours, days) / np.where(there, length, 1.0))[number]
    return LocalDays(year, mean, day, np.asarray(clock.hour, dtype=np.int64), hours)


def _complete(weather: Weather) -> FloatArray:
    """Temperature of each row [degC]; an InputError if one is missing or impossible."""
    values = weather.column(TEMPERATURE)
    missing = np.isnan(values)
    if missing.any():
        row = int(np.flatnonzero(missing)[0])
        raise InputError(
            Problem(
                f"column {TEMPERATURE!r} has no value in {int(missing.sum())} row(s) of the year",
                file=weather.table.name,
                line=weather.table.line(row),
                field=TEMPERATURE,
                expected="a temperature in every row, as the stated energy is distributed over the whole year",
                remedy="complete the file, or add 'fill: {up_to: 2 h, longer: similar_days}' to the series",
            )
        )
    wrong = (values < _COLDEST_DEGC) | (values > _WARMEST_DEGC)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(
            Problem(
                f"column {TEMPERATURE!r} holds {int(wrong.sum())} impossible temperature(s)",
                file=weather.table.name,
                line=weather.table.line(row),
                field=TEMPERATURE,
                value=f"{values[row]:g} degC",
                expected=f"{_COLDEST_DEGC:g} to {_WARMEST_DEGC:g} degC",
                remedy="correct it, or leave it empty and add a rule 'fill'",
            )
        )
    return values
