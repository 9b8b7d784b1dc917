"""Missing values of a series, filled by a rule that its user states, and counted."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from microgrid.calendar import is_holiday
from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.parameters import Parameters
from microgrid.units import Duration

_REACH_DAYS, _DAYS = 35, 2  # how far off a similar day may be, and of how many the mean is taken


class Fill(Parameters):
    """How missing values are filled: short holes by a straight line, longer ones from similar days or not at all."""

    up_to_hours: Duration = Field(default=2.0, description="Holes up to this length are filled by a straight line.")
    longer: Literal["refuse", "similar_days"] = Field(
        default="refuse",
        description="Longer ones: an error, or the mean of the same hour on the two nearest days of the same kind.",
    )


def fill_gaps(
    points: IntArray, values: FloatArray, rule: Fill, timezone: str, country: str
) -> tuple[FloatArray, dict[str, int]]:
    """The values with holes filled as far as the rule goes, and how many were filled in which way.

    A hole of up to ``up_to_hours`` between two known values:  v(m) = straight line between the known neighbours, at the
    middle m of each interval. A longer one, or one at either end: mean of the values at the same local time on the two
    nearest days of the same kind (working day, Saturday, Sunday or holiday) within five weeks that have one. Only
    values that were measured are used for others.

    Args:
        points: N+1 instants [s since 1970, UTC].
        values: N means between them, NaN where missing.
        rule: what is wished.
        timezone: whose clock tells the local time.
        country: whose public holidays count, "" for none.
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
    """Missing values in holes that are short enough and have a known value on both sides."""
    edge = np.diff(np.concatenate([[0], missing.astype(np.int8), [0]]))
    begin, end = np.flatnonzero(edge == 1), np.flatnonzero(edge == -1)
    good = (points[end] - points[begin] <= most_seconds) & (begin > 0) & (end < len(missing))
    found = np.zeros(len(missing) + 1, dtype=np.int64)
    found[begin[good]], found[end[good]] = 1, found[end[good]] - 1
    return np.asarray(np.cumsum(found)[:-1] > 0)


def _similar(points: IntArray, values: FloatArray, rows: IntArray, timezone: str, country: str) -> FloatArray:
    """Mean at the same local time of the nearest days of the same kind, NaN where there is none."""
    local = pd.to_datetime(points[:-1], unit="s", utc=True).tz_convert(timezone)
    clock = local.tz_localize(None)
    days, of_row = np.unique(clock.normalize(), return_inverse=True)
    seconds, of_second = np.unique(np.asarray((clock - clock.normalize()).total_seconds()), return_inverse=True)
    known = np.full((len(days), len(seconds)), np.nan)
    order = np.flatnonzero(np.isfinite(values))[::-1]  # of an hour that comes twice the first stays
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
    """Mean of the first known values of each column, NaN where there is none."""
    known = np.isfinite(candidates)
    taken = known & (np.cumsum(known, axis=0) <= _DAYS)
    count = taken.sum(axis=0)
    total = np.where(taken, candidates, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
