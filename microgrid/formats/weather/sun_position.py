"""Comparison of irradiance and solar generation with the sun, to find stamps on a wrong clock."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.repairs import RepairLog

OFF = "off the sun"
_COLUMNS = ("ghi_w_per_m2", "dni_w_per_m2")  # symmetric about noon on a clear day, as a tilted plane is not
_DAY = 86400
_MOST_HOURS = 0.5
_DUSK = np.sin(np.radians(-1.5))  # tolerance for refraction, and for days up to half a day off in the year
_LEAST_DARK = 0.0005  # share of energy: night and twilight give less, a shift of an hour mostly more
_LEAST_COHERENCE = 0.2  # clear days have 0.5 to 0.9, a series that does not follow the sun 0


def hours_off(begin: IntArray, end: IntArray, irradiance: FloatArray, place: tuple[float, float]) -> float | None:
    """Delay of irradiance after the sun [h, -12 to 12], from its centre on clear days, which should be noon.

    shift = angle( sum of G x exp(i x hour angle of the sun) over the clearest third of days ) x 24 h / (2 pi)

    None if no day is complete, if the irradiance does not follow the sun, or if so few days are clear that clouds may
    explain the shift.

    Args:
        begin: of each interval [s since 1970, UTC], (N,), in any order.
        end: of each interval, (N,).
        irradiance: on the horizontal, or direct on a plane that follows the sun [W/m2], (N,), NaN where unknown.
        place: latitude [degrees north] and longitude [degrees east].
    """
    hours = 0.0
    days = 0
    for _ in range(2):  # after a shift, days are no longer cut within their light
        moved = round(hours * 3600)
        centre, energy, clearness = _days(begin - moved, end - moved, irradiance, place)
        clear = clearness >= np.quantile(clearness, 2 / 3) if len(energy) else np.zeros(0, dtype=bool)
        total = centre[clear].sum()
        days = int(clear.sum())
        if not days or abs(total) < _LEAST_COHERENCE * energy[clear].sum():
            return None
        hours = (hours + float(np.angle(total)) * 12 / np.pi + 12) % 24 - 12
    # Clouds may move the centre of one day by an hour, but hardly that of many days.
    return None if _MOST_HOURS < abs(hours) <= _MOST_HOURS + 1 / days else hours


def _days(
    begin: IntArray, end: IntArray, irradiance: FloatArray, place: tuple[float, float]
) -> tuple[np.ndarray, FloatArray, FloatArray]:
    """Sum of G x exp(i x hour angle), sum of G, and G per extraterrestrial light of each complete day with light."""
    from pvlib import solarposition

    latitude, longitude = np.radians(place[0]), place[1]
    middle = (begin + end) / 2 + longitude * 240  # [s], mean solar time
    date = pd.DatetimeIndex(np.asarray(middle, dtype="datetime64[s]")).day_of_year.to_numpy(dtype=float)
    late = np.asarray(solarposition.equation_of_time_spencer71(date), dtype=float) * 60
    angle = 2 * np.pi * ((middle + late) / _DAY - 0.5)
    number, day = np.unique(np.floor(middle / _DAY).astype(np.int64), return_inverse=True)
    known = np.where(np.isnan(irradiance), 0.0, irradiance.clip(0)) * (end - begin)
    length = np.bincount(day, np.where(np.isnan(irradiance), 0, end - begin))
    energy = np.bincount(day, known)
    centre = np.bincount(day, known * np.cos(angle)) + 1j * np.bincount(day, known * np.sin(angle))
    first = np.zeros(len(number))
    first[day] = date
    tilt = np.asarray(solarposition.declination_spencer71(first), dtype=float)
    half = np.arccos(np.clip(-np.tan(latitude) * np.tan(tilt), -1, 1))  # half of the day as an angle
    light = half * np.sin(latitude) * np.sin(tilt) + np.cos(latitude) * np.cos(tilt) * np.sin(half)
    kept = (length == _DAY) & (energy > 0) & (light > 0.02)
    return centre[kept], energy[kept], energy[kept] / light[kept]


def report_off_sun(
    log: RepairLog, label: str, begin: IntArray, end: IntArray, columns: Mapping[str, FloatArray],
    place: tuple[float, float],
) -> None:  # fmt: skip
    """Log irradiance that is more than half an hour off the sun at a place, with the shift that fits."""
    name = next((name for name in _COLUMNS if name in columns and not np.isnan(columns[name]).all()), None)
    hours = None if name is None else hours_off(begin, end, columns[name], place)
    if name is None or hours is None or abs(hours) <= _MOST_HOURS:
        return
    where = f"latitude {place[0]:g}, longitude {place[1]:g}"
    detail = f"{abs(hours):.1f} h {'late' if hours > 0 else 'early'} at {where}: a shift of {-hours:+.1f} h fits"
    log.add(label, name, OFF, len(begin), f"irradiance comes {detail}; the clock, the zone or the place is wrong")


def report_in_the_dark(
    log: RepairLog, label: str, column: str, begin: IntArray, end: IntArray, share: FloatArray,
    place: tuple[float, float],
) -> None:  # fmt: skip
    """Log solar generation in the dark, with the shift of its stamps that moves it into light.

    A plane that faces east has its centre in the morning, but no generation before the sun rises. A shift is logged
    from half an hour on, if it leaves at most a fifth of the generation in the dark.

    Args:
        log: log that has at most one such line for each column.
        label: name of the file in the case.
        column: name of the column in the file.
        begin: of each interval [s since 1970, UTC], (N,).
        end: of each interval, (N,).
        share: power, in whatever unit, (N,), NaN where unknown.
        place: latitude [degrees north] and longitude [degrees east].
    """
    energy = np.where(np.isnan(share), 0.0, share.clip(0)) * (end - begin)
    if not energy.sum() > 0 or any((each.file, each.column, each.what) == (label, column, OFF) for each in log.repairs):
        return
    now = float(energy[_in_the_dark(begin, end, 0, place)].sum() / energy.sum())
    if now <= _LEAST_DARK:
        return
    shifts = np.arange(-24, 25) / 2
    dark = np.array([energy[_in_the_dark(begin, end, round(h * 3600), place)].sum() for h in shifts]) / energy.sum()
    fitting = shifts[dark <= max(dark.min(), 0.1 * _LEAST_DARK)]
    shift = float(fitting[np.argmin(np.abs(fitting - np.median(fitting)))])
    if dark.min() > now / 5 or abs(shift) < _MOST_HOURS:
        return
    where = f"latitude {place[0]:g}, longitude {place[1]:g}"
    detail = f"{now:.1%} of the generation comes in the dark at {where}: a shift of {shift:+.1f} h fits"
    log.add(label, column, OFF, len(begin), f"{detail}; the clock, the zone or the place is wrong")


def _in_the_dark(begin: IntArray, end: IntArray, shift: int, place: tuple[float, float]) -> BoolArray:
    """Whether the sun is below the horizon throughout each interval, moved by ``shift`` [s], (N,)."""
    from pvlib import solarposition

    latitude = np.radians(place[0])
    highest = np.full(len(begin), -1.0)
    for instant in (begin, (begin + end) / 2, end):
        moved = instant + shift + place[1] * 240
        day = moved / _DAY % 365.2425
        late = np.asarray(solarposition.equation_of_time_spencer71(day + 1), dtype=float) * 60
        tilt = np.asarray(solarposition.declination_spencer71(day + 1), dtype=float)
        angle = 2 * np.pi * ((moved + late) / _DAY - 0.5)
        height = np.sin(latitude) * np.sin(tilt) + np.cos(latitude) * np.cos(tilt) * np.cos(angle)
        highest = np.maximum(highest, height)
    return np.asarray(highest < _DUSK)
