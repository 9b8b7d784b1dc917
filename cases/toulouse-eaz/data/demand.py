"""Electric demand of the park without heating and cooling: offices, services (the flexible part), hot water."""

from __future__ import annotations

import datetime
import warnings

import holidays
import numpy as np
import pandas as pd
import pvlib
from common import (
    FLOOR_AREA_M2,
    LATITUDE,
    LONGITUDE,
    OCCUPANTS,
    STEP,
    STEP_HOURS,
    TIMEZONE,
    YEAR,
    autoregressive,
    day_axis,
    persistence,
    random_stream,
    smooth_from_days,
    time_axis,
)

OFFICES_KWH_PER_M2 = 36.0
SERVICES_KWH_PER_M2 = 24.0
ALWAYS_ON_OFFICES = 0.35  # share of the offices' energy: servers, network, stand-by
SERVICES_SHARES = {"ventilation": 0.48, "pumps_and_lifts": 0.20, "refrigeration": 0.26, "outdoor_lighting": 0.06}
HOT_WATER_LITRES_PER_PERSON_DAY = 5.0
HOT_WATER_RISE_K = 45.0
HOT_WATER_KWH_PER_LITRE_KELVIN = 4.186 / 3600.0
HOT_WATER_STANDING_KW = 0.25
HEATER_LAG_HOURS = 0.75
BRIDGE_DAYS = [datetime.date(YEAR, 4, 30), datetime.date(YEAR, 5, 7), datetime.date(YEAR, 5, 11)]
LEAVE = [  # first day, last day, presence on working days (assumed)
    (datetime.date(YEAR, 1, 1), datetime.date(YEAR, 1, 5), 0.75),
    (datetime.date(YEAR, 7, 16), datetime.date(YEAR, 7, 27), 0.88),
    (datetime.date(YEAR, 7, 30), datetime.date(YEAR, 8, 24), 0.70),
    (datetime.date(YEAR, 12, 24), datetime.date(YEAR, 12, 31), 0.50),
]


def build_demand() -> pd.DataFrame:
    """Columns offices_kw, services_kw and hot_water_kw: mean power over each 15-minute step."""
    times = time_axis("15min")
    shape = business_shape(times)
    presence = smooth_presence(times)
    return pd.DataFrame(
        {
            "offices_kw": offices(shape, presence, times),
            "services_kw": services(shape, times),
            "hot_water_kw": hot_water(times),
        },
        index=times,
    )


def french_holidays() -> dict[datetime.date, str]:
    """Public holidays of metropolitan France in the year of the case."""
    return dict(holidays.country_holidays("FR", years=YEAR))


def presence_by_day() -> np.ndarray:
    """Share of the 230 people at work: 0 on weekends and holidays, less on bridges and in school holidays."""
    closed = french_holidays()
    presence = np.ones(365)
    for number, day in enumerate(day_axis().date):
        if day.weekday() >= 5 or day in closed:
            presence[number] = 0.0
        elif day in BRIDGE_DAYS:
            presence[number] = 0.6
        else:
            presence[number] = next((share for first, last, share in LEAVE if first <= day <= last), 1.0)
    return presence


def smooth_presence(times: pd.DatetimeIndex) -> np.ndarray:
    """Factor on the business load: leave lowers it by half of the missing share of people; 1 on closed days."""
    presence = presence_by_day()
    return np.where(presence > 0.0, 0.5 + 0.5 * presence, 1.0)[times.dayofyear - 1]


def business_shape(times: pd.DatetimeIndex) -> np.ndarray:
    """BDEW standard profile G1 (business, weekdays 8-18 h) with French holidays, mean 1, by local wall clock."""
    with warnings.catch_warnings():  # the package sets the process's warning filter when it is used
        from demandlib.bdew import ElecSlp

        profiles = ElecSlp(YEAR, holidays=french_holidays())
        table = profiles.get_scaled_power_profiles({"g1": 8760.0}, conversion_factor=4)
    wall_clock = pd.date_range(f"{YEAR}-01-01", periods=len(table), freq="15min")
    by_wall_clock = pd.Series(table["g1"].to_numpy(), index=wall_clock)
    shape = by_wall_clock.reindex(times.tz_localize(None)).to_numpy()
    return shape / shape.mean()


def chance(name: str, times: pd.DatetimeIndex, daily: float, short: float) -> np.ndarray:
    """Multiplicative chance exp(s_d D + s_s S): D over days (AR(1) 0.5, smooth), S over steps (memory 1.5 h)."""
    rng = random_stream(name)
    days = smooth_from_days(autoregressive(rng, 365, 0.5), times)
    steps = autoregressive(rng, len(times), persistence(1.5))
    return np.exp(daily * days + short * steps)


def scaled(shape: np.ndarray, annual_kwh: float) -> np.ndarray:
    """Power [kW] in proportion to `shape` whose energy over the year is `annual_kwh`."""
    return shape * annual_kwh / (shape.sum() * STEP_HOURS)


def offices(shape: np.ndarray, presence: np.ndarray, times: pd.DatetimeIndex) -> np.ndarray:
    """Lighting, plugs, IT: 65 % follows the business profile, 35 % is always on."""
    daily = (1.0 - ALWAYS_ON_OFFICES) * shape * presence + ALWAYS_ON_OFFICES
    return scaled(daily * chance("offices", times, 0.035, 0.03), OFFICES_KWH_PER_M2 * FLOOR_AREA_M2)


def services(shape: np.ndarray, times: pd.DatetimeIndex) -> np.ndarray:
    """Sum of ventilation (6-20 h on working days, reduced otherwise), pumps and lifts, refrigeration, lamps outside."""
    clock = np.asarray(times.hour + times.minute / 60.0) + 0.125
    working = (presence_by_day() > 0.0)[times.dayofyear - 1]
    running = expit_window(clock, 6.0, 20.0, 0.35)
    parts = {
        "ventilation": np.where(working, 0.15 + 0.85 * running, 0.15),
        "pumps_and_lifts": 0.5 + 0.5 * shape,
        "refrigeration": 1.0 + 0.15 * np.cos(2.0 * np.pi * (clock - 15.0) / 24.0),
        "outdoor_lighting": dark_share(times),
    }
    total = sum(scaled(part, SERVICES_SHARES[name]) for name, part in parts.items())
    return scaled(total * chance("services", times, 0.02, 0.03), SERVICES_KWH_PER_M2 * FLOOR_AREA_M2)


def expit_window(clock: np.ndarray, start: float, end: float, width: float) -> np.ndarray:
    """Smooth window in hours of the day: about 1 between start and end, about 0 outside."""
    return 1.0 / (1.0 + np.exp(-(clock - start) / width)) / (1.0 + np.exp((clock - end) / width))


def dark_share(times: pd.DatetimeIndex) -> np.ndarray:
    """Outdoor lighting on from dusk to dawn (sun below 2 to -4 degrees), half of it off from 23 h to 5 h."""
    site = pvlib.location.Location(LATITUDE, LONGITUDE, TIMEZONE)
    elevation = site.get_solarposition(times + STEP / 2)["elevation"].to_numpy()
    clock = np.asarray(times.hour + times.minute / 60.0)
    reduced = np.where((clock >= 23.0) | (clock < 5.0), 0.5, 1.0)
    return np.clip((2.0 - elevation) / 6.0, 0.0, 1.0) * reduced


def hot_water(times: pd.DatetimeIndex) -> np.ndarray:
    """Electricity of an unmanaged heater [kW]: draws of the working day, lagged by the tank, plus standing loss.

    Energy of a full day: people x litres x 4.186 / 3600 x rise. The tank answers as a first-order lag of 45 min.
    """
    clock = np.asarray(times.hour + times.minute / 60.0) + 0.125
    peaks = [(8.25, 0.5, 0.20), (12.6, 0.7, 0.45), (15.5, 1.2, 0.12), (18.3, 0.7, 0.23)]  # hour, width, share
    draw = sum(part / width * np.exp(-0.5 * ((clock - hour) / width) ** 2) for hour, width, part in peaks)
    full_day_kwh = OCCUPANTS * HOT_WATER_LITRES_PER_PERSON_DAY * HOT_WATER_KWH_PER_LITRE_KELVIN * HOT_WATER_RISE_K
    one_day = draw[:96].sum() * STEP_HOURS
    demand = draw / one_day * full_day_kwh * presence_by_day()[times.dayofyear - 1]
    demand = demand * chance("hot water", times, 0.10, 0.15)
    memory = persistence(HEATER_LAG_HOURS)
    heated = np.empty_like(demand)
    level = 0.0
    for step, power in enumerate(demand):
        level = memory * level + (1.0 - memory) * power
        heated[step] = level
    return heated + HOT_WATER_STANDING_KW
