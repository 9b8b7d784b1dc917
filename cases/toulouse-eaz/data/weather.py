"""Synthetic weather of Toulouse, 2018: clear sky from pvlib, clouds, temperature and wind from stochastic models.

No station's record is in it. Its climate is that of the normals below; its sequence of sunny and dull, windy and
calm, cold and mild days follows what the French power system of 2018 shows of the weather, mixed with local chance.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib
from common import (
    ALTITUDE_M,
    LATITUDE,
    LONGITUDE,
    STEP,
    TIMEZONE,
    autoregressive,
    day_axis,
    elapsed_hours,
    local_chance,
    persistence,
    random_stream,
    seasonal_scores,
    smooth_from_days,
    smooth_from_months,
    time_axis,
)
from scipy.special import expit, gamma
from scipy.stats import beta, norm

# Normals of Toulouse-Blagnac, January to December (SOURCES.md): daily minimum and maximum temperature 1981-2010
# [degC], sunshine duration 1991-2010 [h], and an assumed cycle of the mean wind at 10 m [m/s].
MINIMUM_DEGC = [2.4, 3.0, 4.9, 7.3, 11.0, 14.5, 16.7, 16.6, 13.5, 10.7, 5.8, 3.2]
MAXIMUM_DEGC = [9.5, 11.1, 14.5, 17.0, 21.0, 25.2, 28.0, 27.9, 24.6, 19.5, 13.3, 9.9]
SUNSHINE_HOURS = [92.6, 115.0, 175.1, 186.1, 209.2, 227.6, 252.6, 238.8, 204.0, 149.1, 96.0, 85.3]
WIND_M_PER_S = [3.9, 4.1, 4.3, 4.3, 3.9, 3.6, 3.5, 3.3, 3.3, 3.6, 3.6, 3.8]

ANGSTROM_CLOUDY, ANGSTROM_SUNNY = 0.25, 0.50  # FAO Irrigation and Drainage Paper 56, equation 35
NATIONAL_SUN, NATIONAL_WIND = 0.85, 0.70  # correlation of the local with the national normal scores
CLEARNESS_RANGE = (0.12, 1.0)  # daily clear-sky index
CLEARNESS_SPREAD = 2.3  # sum of the two shape parameters of the beta distribution
WEIBULL_SHAPE = 1.9
ALBEDO = 0.2


def build_weather(generation_mw: pd.DataFrame) -> pd.DataFrame:
    """All columns of weather.csv on the 15-minute axis."""
    times = time_axis("15min")
    site = pvlib.location.Location(LATITUDE, LONGITUDE, TIMEZONE, ALTITUDE_M)
    middle = times + STEP / 2
    sun = site.get_solarposition(middle)
    clear = site.get_clearsky(middle, model="ineichen", solar_position=sun)
    clear.index = sun.index = times
    clearness = daily_clearness(generation_mw["Solar"], clear["ghi"], sun)
    irradiance = cloudy_irradiance(clearness, clear, sun)
    return pd.DataFrame(
        {
            "outdoor_temperature_degc": temperature(generation_mw, clearness, sun, times),
            "global_horizontal_irradiance_kw_per_m2": irradiance["ghi"] / 1000.0,
            "direct_normal_irradiance_kw_per_m2": irradiance["dni"] / 1000.0,
            "diffuse_horizontal_irradiance_kw_per_m2": irradiance["dhi"] / 1000.0,
            "wind_speed_m_per_s": wind_speed(generation_mw["Wind Onshore"], times),
            "facade_irradiance_kw_per_m2": facade_irradiance(irradiance, sun) / 1000.0,
        },
        index=times,
    )


def irradiation_target(sun: pd.DataFrame) -> np.ndarray:
    """Mean daily global irradiation of each month from sunshine: H = H0 (0.25 + 0.50 n / N) [kWh/m2 day].

    H0 is the irradiation outside the atmosphere, n the sunshine and N the daylight of the month.
    """
    cosine = np.cos(np.radians(sun["zenith"].to_numpy())).clip(min=0.0)
    outside = pvlib.irradiance.get_extra_radiation(sun.index).to_numpy() * cosine / 4000.0
    month = sun.index.month
    days = np.bincount(day_axis().month)[1:]
    total = np.array([outside[month == m].sum() for m in range(1, 13)])
    daylight = np.array([(cosine[month == m] > 0.0).sum() / 4.0 for m in range(1, 13)])
    share = np.asarray(SUNSHINE_HOURS) / daylight
    return total / days * (ANGSTROM_CLOUDY + ANGSTROM_SUNNY * share)


def daily_clearness(national_solar_mw: pd.Series, clear_ghi: pd.Series, sun: pd.DataFrame) -> np.ndarray:
    """Clear-sky index of each day: GHI of the day over clear-sky GHI of the day [-].

    The normal score of France's solar generation among the days of its season, mixed with local chance, picks the
    quantile of a beta distribution whose mean gives the month's normal irradiation.
    """
    days = day_axis()
    clear_daily = clear_ghi.resample("D").sum().to_numpy() / 4000.0
    clear_monthly = np.array([clear_daily[days.month == m].mean() for m in range(1, 13)])
    mean = smooth_from_months(list(irradiation_target(sun) / clear_monthly), days + pd.Timedelta("12h"))
    national = seasonal_scores(national_solar_mw.resample("D").sum().to_numpy())
    local = local_chance(random_stream("clearness"), 0.4)
    score = NATIONAL_SUN * national + np.sqrt(1.0 - NATIONAL_SUN**2) * local
    low, high = CLEARNESS_RANGE
    centre = (mean - low) / (high - low)
    shape = beta(CLEARNESS_SPREAD * centre, CLEARNESS_SPREAD * (1.0 - centre))
    return low + (high - low) * shape.ppf(norm.cdf(score))


def cloudy_irradiance(clearness: np.ndarray, clear: pd.DataFrame, sun: pd.DataFrame) -> pd.DataFrame:
    """Global, direct normal and diffuse irradiance [W/m2]; each day's global sum is the clear-sky sum x clearness."""
    index = within_day_clearness(clearness, clear["ghi"])
    global_horizontal = (clear["ghi"] * index).clip(lower=0.0)
    split = pvlib.irradiance.erbs(global_horizontal, sun["zenith"], sun.index)
    cosine = np.cos(np.radians(sun["zenith"])).clip(lower=0.0)
    direct = split["dni"].clip(lower=0.0, upper=1.05 * clear["dni"])
    diffuse = (global_horizontal - direct * cosine).clip(lower=0.0)
    return pd.DataFrame({"ghi": global_horizontal, "dni": direct, "dhi": diffuse}).fillna(0.0)


def within_day_clearness(clearness: np.ndarray, clear_ghi: pd.Series) -> np.ndarray:
    """Clear-sky index of each step: k = 0.06 + 0.99 expit(b + 2.1 z), z a sum of slow and fast AR(1).

    The offset b of each day is found by bisection so that the irradiance-weighted mean of k is the day's index:
    days in between switch from sun to cloud, overcast and clear days stay steady.
    """
    rng = random_stream("clouds")
    count = len(clear_ghi)
    slow, fast = (autoregressive(rng, count, persistence(hours)) for hours in (3.0, 0.5))
    swing = 2.1 * (0.8 * slow + 0.6 * fast)
    day = clear_ghi.index.dayofyear.to_numpy() - 1
    weight = clear_ghi.to_numpy()
    total = np.bincount(day, weight)
    low, high = np.full(len(total), -20.0), np.full(len(total), 20.0)
    for _ in range(60):
        offset = (low + high) / 2.0
        index = 0.06 + 0.99 * expit(offset[day] + swing)
        too_bright = np.bincount(day, weight * index) / total > clearness
        high, low = np.where(too_bright, offset, high), np.where(too_bright, low, offset)
    return index


def facade_irradiance(irradiance: pd.DataFrame, sun: pd.DataFrame) -> pd.Series:
    """Mean irradiance of four vertical facades facing north, east, south and west [W/m2], Hay-Davies sky."""
    extra = pvlib.irradiance.get_extra_radiation(irradiance.index)
    facades = [
        pvlib.irradiance.get_total_irradiance(
            90.0,
            azimuth,
            sun["apparent_zenith"],
            sun["azimuth"],
            irradiance["dni"],
            irradiance["ghi"],
            irradiance["dhi"],
            dni_extra=extra,
            albedo=ALBEDO,
            model="haydavies",
        )["poa_global"]
        for azimuth in (0.0, 90.0, 180.0, 270.0)
    ]
    return (sum(facades) / 4.0).fillna(0.0).clip(lower=0.0)


def temperature(
    generation_mw: pd.DataFrame, clearness: np.ndarray, sun: pd.DataFrame, times: pd.DatetimeIndex
) -> np.ndarray:
    """Outdoor temperature [degC]: daily extremes joined by half cosines, minimum near sunrise, maximum mid-afternoon.

    mean_d = normal + anomaly + sun effect; range_d = normal range x (0.35 + 0.65 clearness_d / mean clearness).
    The sun effect warms bright days in summer and cools them in winter.
    """
    noon = day_axis() + pd.Timedelta("12h")
    low, high = np.asarray(MINIMUM_DEGC), np.asarray(MAXIMUM_DEGC)
    normal = smooth_from_months(list((low + high) / 2.0), noon)
    relative = clearness / smooth_from_months(_monthly_means(clearness), noon)
    usual_range = smooth_from_months(list(high - low), noon)
    extent = usual_range * (0.35 + 0.65 * relative)
    summer = -np.cos(2.0 * np.pi * (elapsed_hours(noon) / 24.0 - 15.0) / 365.0)  # -1 mid-January, +1 mid-July
    sunshine = (0.10 + 0.60 * summer) * 0.5 * (relative - 1.0) * usual_range
    mean = normal + cold_anomaly(generation_mw, summer) + sunshine
    curve = _daily_curve(mean - extent / 2.0, mean + extent / 2.0, sun, times)
    return curve + 0.25 * autoregressive(random_stream("temperature noise"), len(times), persistence(1.5))


def cold_anomaly(generation_mw: pd.DataFrame, summer: np.ndarray) -> np.ndarray:
    """Daily temperature anomaly [K] with persistence over days, about zero in the mean.

    In the heating season France burns and turbines more on cold days (electric heating), so there minus the normal
    score of national generation without wind and sun, weekdays set level, carries most of the anomaly; in summer it
    is an AR(1) alone.
    """
    days = day_axis()
    total = generation_mw.drop(columns=["Wind Onshore", "Solar"]).sum(axis=1).resample("D").mean()
    weekly = total / total.groupby([days.dayofweek]).transform("mean")
    smooth = weekly.rolling(3, center=True, min_periods=1).mean()
    national = -seasonal_scores(smooth.to_numpy())
    share = 0.8 * ((1.0 - summer) / 2.0).clip(0.0, 1.0)
    local = local_chance(random_stream("anomaly"), 0.75, half_window=22)
    spread = 3.1 - 0.3 * summer
    score = share * national + np.sqrt(1.0 - share**2) * local
    return spread * 2.5 * np.tanh(score / 2.5)  # no day further than 2.5 spreads from the normal


def _monthly_means(daily: np.ndarray) -> list[float]:
    month = day_axis().month
    return [float(daily[month == m].mean()) for m in range(1, 13)]


def _daily_curve(low: np.ndarray, high: np.ndarray, sun: pd.DataFrame, times: pd.DatetimeIndex) -> np.ndarray:
    """Half cosines between minima (sunrise) and maxima (solar noon + 2.6 h); evenings cool faster than mornings.

    For the part x in (0, 1) of the way from one extreme to the next: T = a + (b - a) (1 - cos(pi x^p)) / 2,
    p = 1 when warming and 0.75 when cooling.
    """
    hours = elapsed_hours(times) + 0.125
    start = elapsed_hours(day_axis())
    up = sun["apparent_elevation"].to_numpy() > 0.0
    day = sun.index.dayofyear.to_numpy() - 1
    first = np.array([hours[(day == d) & up][0] for d in range(len(start))])
    last = np.array([hours[(day == d) & up][-1] for d in range(len(start))])
    dawn, afternoon = first, (first + last) / 2.0 + 2.6
    knots = np.column_stack([dawn, afternoon]).ravel()
    values = np.column_stack([low, high]).ravel()
    knots = np.concatenate([[knots[1] - 24.0], knots, [knots[-2] + 24.0]])
    values = np.concatenate([[values[1]], values, [values[-2]]])
    piece = np.clip(np.searchsorted(knots, hours, side="right") - 1, 0, len(knots) - 2)
    part = (hours - knots[piece]) / (knots[piece + 1] - knots[piece])
    rising = values[piece + 1] > values[piece]
    part = np.where(rising, part, part**0.75)
    return values[piece] + (values[piece + 1] - values[piece]) * (1.0 - np.cos(np.pi * part)) / 2.0


def wind_speed(national_wind_mw: pd.Series, times: pd.DatetimeIndex) -> np.ndarray:
    """Wind speed at 10 m [m/s], Weibull in the margin: v = c(t) (-ln(1 - Phi(z)))^(1 / 1.9).

    z joins days (scores of French wind generation and local chance) and hours (two AR(1)); c(t) carries the month
    and the time of day, c = mean / Gamma(1 + 1 / 1.9).
    """
    rng = random_stream("wind")
    national = seasonal_scores(national_wind_mw.resample("D").mean().to_numpy())
    local = local_chance(rng, 0.55)
    days = smooth_from_days(NATIONAL_WIND * national + np.sqrt(1.0 - NATIONAL_WIND**2) * local, times)
    hours = 0.92 * autoregressive(rng, len(times), persistence(5.0))
    hours += 0.39 * autoregressive(rng, len(times), persistence(0.75))
    score = np.sqrt(0.6) * days / days.std() + np.sqrt(0.4) * hours / hours.std()
    scale = smooth_from_months(WIND_M_PER_S, times) * _afternoon_breeze(times) / gamma(1.0 + 1.0 / WEIBULL_SHAPE)
    return scale * (-np.log1p(-norm.cdf(score))) ** (1.0 / WEIBULL_SHAPE)


def _afternoon_breeze(times: pd.DatetimeIndex) -> np.ndarray:
    """Factor of mean 1 over the day, highest at 15 h UTC: +-10 % in January, +-26 % in July."""
    season = -np.cos(2.0 * np.pi * (elapsed_hours(times) / 24.0 - 15.0) / 365.0)
    utc = times.tz_convert("UTC")
    clock = np.asarray(utc.hour + utc.minute / 60.0)
    return 1.0 + (0.18 + 0.08 * season) * np.cos(2.0 * np.pi * (clock - 15.0) / 24.0)
