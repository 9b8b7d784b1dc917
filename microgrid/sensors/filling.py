"""Filling of holes in points, by the rule of their series, with the number of steps that each way filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from microgrid.errors import InputError, Problem
from microgrid.horizon import FloatArray, Horizon, IntArray
from microgrid.sensors.clock import ClockOffset
from microgrid.sensors.schema import SensorFill, Sensors
from microgrid.series.fill import Fill, fill_gaps

# Ways to fill a hole, in the order in which they are tried.
STRAIGHT = "straight line"
NEARBY = "nearby points"
SIMILAR = "similar days"
FILLS = (STRAIGHT, NEARBY, SIMILAR)


@dataclass(frozen=True)
class Point:
    """One sensor point on the steps of the grid.

    measured: mean of each step, NaN in holes, (N,); filled: mean of each step with holes filled, (N,); coverage:
    measured share of each step, (N,); rows: number of rows within the horizon; usual_seconds: median distance of two
    rows [s]; counts: faults and repairs by kind of ``microgrid.sensors.point.KINDS``; fills: number of steps filled,
    by way of ``FILLS``; clock: its difference from a trusted clock; hint: a likely error in the case.
    """

    series: str
    measured: FloatArray
    filled: FloatArray
    coverage: FloatArray
    rows: int
    usual_seconds: float
    counts: Mapping[str, int]
    fills: Mapping[str, int]
    clock: ClockOffset | None
    hint: str = ""

    @property
    def measured_fraction(self) -> float:
        """Share of the steps that are measured, 0 to 1."""
        return float(np.isfinite(self.measured).mean())

    @property
    def filled_fraction(self) -> float:
        """Share of the steps that a rule filled, 0 to 1."""
        return sum(self.fills.values()) / len(self.measured)


def of_series(points: Mapping[str, Point], series: str) -> dict[str, Point]:
    """Points that belong to a series, by name."""
    return {name: point for name, point in points.items() if point.series == series}


def fill_points(
    points: Mapping[str, Point], sensors: Sensors, grid: IntArray, horizon: Horizon, shown: str
) -> dict[str, Point]:
    """Fill the holes of each point by the rule of its series: a straight line, nearby points, similar days.

    Raises:
        InputError: the rule needs nearby points, and the place of a point is not stated.
    """
    filled = dict(points)
    for series, rule in sensors.series.items():
        own = of_series(points, series)
        if rule.fill is not None:
            _refuse_placeless(own, rule.fill, sensors, series, shown)
            for name, point in own.items():
                filled[name] = _filled(name, point, own, rule.fill, sensors, grid, horizon)
    return filled


def _filled(
    name: str,
    point: Point,
    own: Mapping[str, Point],
    rule: SensorFill,
    sensors: Sensors,
    grid: IntArray,
    horizon: Horizon,
) -> Point:
    def by(fill: Fill) -> FloatArray:
        return fill_gaps(grid, point.measured, fill, horizon.timezone, horizon.country)[0]

    # Each way uses measured values only, and fills the holes that the ways before it have left.
    guesses = {STRAIGHT: by(Fill.model_construct(up_to_hours=rule.up_to_hours, longer="refuse"))}
    others = {other: near.measured for other, near in own.items() if other != name}
    if rule.nearby and others:
        guesses[NEARBY] = by_inverse_distance(sensors.places[name], sensors.places, others)
    if rule.longer == "similar_days":
        guesses[SIMILAR] = by(Fill.model_construct(up_to_hours=0.0, longer="similar_days"))
    values = point.measured
    fills = {}
    for how, guess in guesses.items():
        hole = np.isnan(values) & np.isfinite(guess)
        values = np.where(hole, guess, values)
        fills[how] = int(hole.sum())
    return replace(point, filled=values, fills={how: count for how, count in fills.items() if count})


def by_inverse_distance(
    place: tuple[float, float], places: Mapping[str, tuple[float, float]], values: Mapping[str, FloatArray]
) -> FloatArray:
    """v[t] = sum of v_i[t] / d_i^2 over sum of 1 / d_i^2, of the points i that have a value at t, else NaN, (N,).

    Args:
        place: x and y of the place without values [m].
        places: x and y of each point [m], by name; d_i is its distance from ``place``.
        values: values of each point to be used, (N,), by name.

    Source: D. Shepard, A two-dimensional interpolation function for irregularly-spaced data, ACM 1968.
    """
    names = list(values)
    known = np.column_stack([values[name] for name in names])
    distance = np.array([np.hypot(places[name][0] - place[0], places[name][1] - place[1]) for name in names])
    weight = np.where(np.isfinite(known), 1.0 / np.maximum(distance, 1e-3) ** 2, 0.0)
    total = weight.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(total > 0, (weight * np.nan_to_num(known)).sum(axis=1) / total, np.nan))


def _refuse_placeless(own: Mapping[str, Point], rule: SensorFill, sensors: Sensors, series: str, shown: str) -> None:
    missing = [name for name in own if name not in sensors.places] if rule.nearby else []
    if missing:
        raise InputError(
            Problem(
                "the place of a point is not stated",
                shown,
                None,
                f"sensors.series.{series}.fill.nearby",
                ", ".join(missing[:4]) + (f" and {len(missing) - 4} more" if len(missing) > 4 else ""),
                "x and y in metres of each point under 'places'",
            )
        )
