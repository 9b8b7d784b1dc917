"""Holes of points, filled by the rule of their series, and counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from microgrid.errors import InputError, Problem
from microgrid.horizon import FloatArray, Horizon, IntArray
from microgrid.sensors.clock import ClockOffset
from microgrid.sensors.schema import SensorFill, Sensors
from microgrid.series.fill import Fill, fill_gaps

STRAIGHT, NEARBY, SIMILAR = "straight line", "nearby points", "similar days"  # how a hole may be filled
FILLS = (STRAIGHT, NEARBY, SIMILAR)


@dataclass(frozen=True)
class Point:
    """A point on the steps of the grid.

    measured: what was measured, NaN in holes, (N,); filled: with what a rule made of the holes, (N,); coverage: share
    of each step that is known, (N,); rows: within the horizon; counts: what was found, by kind of
    ``microgrid.sensors.point.KINDS``; fills: how many steps were filled, by ``FILLS``.
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
        """Share of the steps that are no holes."""
        return float(np.isfinite(self.measured).mean())

    @property
    def filled_fraction(self) -> float:
        """Share of the steps that a rule filled."""
        return sum(self.fills.values()) / len(self.measured)


def of_series(points: Mapping[str, Point], series: str) -> dict[str, Point]:
    """The points of a series."""
    return {name: point for name, point in points.items() if point.series == series}


def fill_points(
    points: Mapping[str, Point], sensors: Sensors, grid: IntArray, horizon: Horizon, shown: str
) -> dict[str, Point]:
    """Each point with its holes filled as its series says: a straight line, its neighbours, similar days.

    Raises:
        InputError: neighbours are wished, and it is not said where a point is.
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

    # Each is made of what was measured alone, and fills what those before it have left open.
    guesses = {STRAIGHT: by(Fill.model_construct(up_to_hours=rule.up_to_hours, longer="refuse"))}
    others = {other: near.measured for other, near in own.items() if other != name}
    if rule.nearby and others:
        guesses[NEARBY] = by_inverse_distance(sensors.places[name], sensors.places, others)
    if rule.longer == "similar_days":
        guesses[SIMILAR] = by(Fill.model_construct(up_to_hours=0.0, longer="similar_days"))
    values, fills = point.measured, {}
    for how, guess in guesses.items():
        hole = np.isnan(values) & np.isfinite(guess)
        values = np.where(hole, guess, values)
        fills[how] = int(hole.sum())
    return replace(point, filled=values, fills={how: count for how, count in fills.items() if count})


def by_inverse_distance(
    place: tuple[float, float], places: Mapping[str, tuple[float, float]], values: Mapping[str, FloatArray]
) -> FloatArray:
    """v[t] = sum of v_i[t] / d_i^2 over sum of 1 / d_i^2, of the points i that have a value at t, NaN where none has.

    Args:
        place: where, x and y [m].
        places: of the other points.
        values: of each, (N,).

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
                "the place of a point is not known",
                shown,
                None,
                f"sensors.series.{series}.fill.nearby",
                ", ".join(missing[:4]) + (f" and {len(missing) - 4} more" if len(missing) > 4 else ""),
                "x and y in metres of each point under 'places'",
            )
        )
