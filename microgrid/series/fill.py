"""Filling of missing values in a series, by a rule that the case states, with the number of values filled."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from microgrid.calendar import is_holiday
from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.parameters import Parameters
from microgrid.units import Duration

_REACH_DAYS = 35  # greatest distance of a similar day
_DAYS = 2  # similar days of which the mean is taken


class Fill(Parameters):
    """Rule for missing values: a straight line over short holes; over longer ones similar days, or an error."""

    up_to_hours: Duration = Field(default=2.0, description="Holes up to this length are filled by a straight line.")
    longer: Literal["refuse", "similar_days"] = Field(
        default="refuse",
        description="Longer holes: an error, or the mean of that hour on the two nearest days of the same kind.",
    )


def fill_gaps(
    points: IntArray, values: FloatArray, rule: Fill, timezone: str, country: str
) -> tuple[FloatArray, dict[str, int]]:
    """Fill holes by a rule; returns the values, (N,), and the number that each way filled.

    A hole of up to ``up_to_hours`` between two known values:  v(m) = straight line between the known neighbours, at the
    middle m of each interval. A longer hole, or one at either end: mean of the values at that local time on the two
    nearest days of that kind (working day, Saturday, Sunday or holiday), within five weeks, that have a value then.
    Only measured values are used to fill holes.

    Args:
        points: N+1 instants [s since 1970, UTC].
        values: N means between them, NaN where missing.
        rule: the rule of the series.
        timezone: IANA name of the time zone for local times.
        country: ISO code of the public holidays, "" for none.
    """
    missing = np.isnan(values)
    if not missing.any() or missing.all():
        return values, {}
    short = _short(points, missing, rule.up_to_hours * 3600)
    middle = (points[:-1] + points[1:]) / 2
    filled = values.copy()
    filled[short] = np.interp(middle[short], middle[~missing], values[~missing])
    counts = {"straight line": int(short.sum())}
    if rule.longer == "similar_days":
        long = np.flatnonzero(missing & ~short)
        filled[long] = _similar(points, values, long, timezone, country)
        counts["similar days"] = int(np.isfinite(filled[long]).sum())
    return filled, counts


def _short(points: IntArray, missing: BoolArray, most_seconds: float) -> BoolArray:
    """Whether each value is missing in a hole of at most ``most_seconds`` with a known value on both sides, (N,)."""
    edge = np.diff(np.concatenate([[0], missing.astype(np.int8), [0]]))
    begin = np.flatnonzero(edge == 1)
    end = np.flatnonzero(edge == -1)
    good = (points[end] - points[begin] <= most_seconds) & (begin > 0) & (end < len(missing))
    found = np.zeros(len(missing) + 1, dtype=np.int64)
    found[begin[good]] = 1
    found[end[good]] -= 1
    return np.asarray(np.cumsum(found)[:-1] > 0)


def _similar(points: IntArray, values: FloatArray, rows: IntArray, timezone: str, country: str) -> FloatArray:
    """Mean of the nearest days of the same kind at the local time of each row, (rows,), NaN where there is none."""
    local = pd.to_datetime(points[:-1], unit="s", utc=True).tz_convert(timezone)
    clock = local.tz_localize(None)
    days, of_row = np.unique(clock.normalize(), return_inverse=True)
    seconds, of_second = np.unique(np.asarray((clock - clock.normalize()).total_seconds()), return_inverse=True)
    known = np.full((len(days), len(seconds)), np.nan)
    order = np.flatnonzero(np.isfinite(values))[::-1]  # of an hour that comes twice, the first is used
    known[of_row[order], of_second[order]] = values[order]
    dates = pd.DatetimeIndex(days)
    holiday = is_holiday(dates.tz_localize("UTC"), country)
    kind = np.where(holiday | (dates.day_of_week == 6), 2, np.where(dates.day_of_week == 5, 1, 0))
    number = np.asarray(dates.as_unit("s").asi8) // 86400
    found = np.full(len(rows), np.nan)
    for d in np.unique(of_row[rows]):
        here = np.flatnonzero(of_row[rows] == d)
        near = np.flatnonzero((kind == kind[d]) & (np.abs(number - number[d]) <= _REACH_DAYS) & (number != number[d]))
        near = near[np.argsort(np.abs(number[near] - number[d]), kind="stable")]
        found[here] = _first_mean(known[np.ix_(near, of_second[rows[here]])])
    return found


def _first_mean(candidates: FloatArray) -> FloatArray:
    """Mean of the first two known values of each column, NaN where there is none."""
    known = np.isfinite(candidates)
    taken = known & (np.cumsum(known, axis=0) <= _DAYS)
    count = taken.sum(axis=0)
    total = np.where(taken, candidates, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
