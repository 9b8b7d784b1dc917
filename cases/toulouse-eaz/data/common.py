"""The site, its time axes, and the few numerical helpers that every part of the data build shares."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator
from scipy.stats import norm

LATITUDE = 43.57
LONGITUDE = 1.42
ALTITUDE_M = 150.0
TIMEZONE = "Europe/Paris"
YEAR = 2018
FLOOR_AREA_M2 = 9000.0
OCCUPANTS = 230
SEED = 20180101
STEP = pd.Timedelta("15min")
STEP_HOURS = 0.25


def time_axis(freq: str) -> pd.DatetimeIndex:
    """Step starts covering the local year exactly: 8,760 at '1h', 35,040 at '15min'."""
    return pd.date_range(f"{YEAR}-01-01", f"{YEAR + 1}-01-01", freq=freq, tz=TIMEZONE, inclusive="left")


def day_axis() -> pd.DatetimeIndex:
    """Local midnights of the 365 days."""
    return time_axis("D")


def random_stream(name: str) -> np.random.Generator:
    """Independent generator per named series, so that changing one series leaves the others as they were."""
    return np.random.default_rng([SEED, *name.encode("ascii")])


def autoregressive(rng: np.random.Generator, count: int, correlation: float) -> np.ndarray:
    """Stationary AR(1) of unit variance: x[t] = r x[t-1] + sqrt(1 - r^2) e[t]."""
    noise = rng.standard_normal(count)
    series = np.empty(count)
    series[0] = noise[0]
    scale = np.sqrt(1.0 - correlation**2)
    for step in range(1, count):
        series[step] = correlation * series[step - 1] + scale * noise[step]
    return series


def persistence(hours: float, step_hours: float = STEP_HOURS) -> float:
    """Lag-one correlation of a process whose memory decays as exp(-t / hours): r = exp(-step / hours)."""
    return float(np.exp(-step_hours / hours))


def elapsed_hours(times: pd.DatetimeIndex) -> np.ndarray:
    """Hours since the first instant of the local year, counted in UTC [h]."""
    start = pd.Timestamp(f"{YEAR}-01-01", tz=TIMEZONE)
    return np.asarray((times - start) / pd.Timedelta("1h"), dtype=float)


def smooth_from_days(daily: np.ndarray, times: pd.DatetimeIndex) -> np.ndarray:
    """Daily values placed at noon and joined by a shape-preserving cubic, so that midnight has no jump."""
    noon = elapsed_hours(day_axis()) + 12.0
    knots = np.concatenate([[noon[0] - 24.0], noon, [noon[-1] + 24.0]])
    values = np.concatenate([[daily[0]], daily, [daily[-1]]])
    return PchipInterpolator(knots, values)(elapsed_hours(times))


def smooth_from_months(monthly: list[float], times: pd.DatetimeIndex, harmonics: int = 3) -> np.ndarray:
    """Annual cycle through twelve monthly means: least squares on the mean and a few harmonics of the year.

    Each month's mean of the fitted cycle, not its middle, is matched to the month's value.
    """
    days = day_axis()
    design = _harmonic_basis(elapsed_hours(days) + 12.0, harmonics)
    by_month = np.vstack([design[days.month == month].mean(axis=0) for month in range(1, 13)])
    weights, *_ = np.linalg.lstsq(by_month, np.asarray(monthly, dtype=float), rcond=None)
    return _harmonic_basis(elapsed_hours(times), harmonics) @ weights


def _harmonic_basis(hours: np.ndarray, harmonics: int) -> np.ndarray:
    phase = 2.0 * np.pi * hours / 8760.0
    columns = [np.ones_like(hours)]
    for order in range(1, harmonics + 1):
        columns += [np.cos(order * phase), np.sin(order * phase)]
    return np.column_stack(columns)


def seasonal_scores(daily: np.ndarray, half_window: int = 45) -> np.ndarray:
    """Normal score of each day among the 91 days around it, its share of the seasonal cycle being compared.

    With y = daily / cycle (two harmonics of the year) and the year taken as a circle,
    score = Phi^-1((rank - 0.5) / 91): the season drops out, the anomaly of days and weeks stays.
    """
    count = len(daily)
    design = _harmonic_basis(np.arange(count) * 24.0, 2)
    weights, *_ = np.linalg.lstsq(design, daily, rcond=None)
    relative = daily / (design @ weights)
    neighbours = relative[_circle(count, half_window)]
    below = (neighbours < relative[:, None]).sum(axis=1)
    equal = (neighbours == relative[:, None]).sum(axis=1)
    return norm.ppf((below + 0.5 * equal) / neighbours.shape[1])


def local_chance(rng: np.random.Generator, correlation: float, half_window: int = 45) -> np.ndarray:
    """Daily AR(1) of unit variance without its running mean (91 days), so that chance does not make whole seasons."""
    series = autoregressive(rng, len(day_axis()), correlation)
    series = series - series[_circle(len(series), half_window)].mean(axis=1)
    return series / series.std()


def _circle(count: int, half_window: int) -> np.ndarray:
    """Row d: numbers of the days within `half_window` of day d, December and January being neighbours."""
    return (np.arange(count)[:, None] + np.arange(-half_window, half_window + 1)) % count


def write_table(path: Path, table: pd.DataFrame, decimals: dict[str, int]) -> None:
    """Write step starts in local ISO 8601 and rounded columns; bytes do not depend on the system."""
    rounded = table.round(decimals) + 0.0  # + 0.0 turns -0.0 into 0.0
    rounded.insert(0, "time", [stamp.isoformat() for stamp in table.index])
    rounded.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
