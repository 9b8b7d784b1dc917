"""Resampling: means over one set of intervals from means over another, with the same integral."""

from __future__ import annotations

import numpy as np

from microgrid.horizon import FloatArray, IntArray


def mean_over(source_points: IntArray, values: FloatArray, target_points: IntArray) -> FloatArray:
    """Time-weighted means of a step function over new intervals.

    mean[t] = (F(p[t+1]) - F(p[t])) / (p[t+1] - p[t]), where F is the integral of the source. So a power series keeps
    its energy, whatever the two step lengths are.

    Args:
        source_points: N+1 instants, increasing [any unit of time].
        values: N means between them.
        target_points: M+1 instants in that unit, increasing, within the range of the source.

    Returns:
        M means, shape (M,).
    """
    if len(source_points) == len(target_points) and np.array_equal(source_points, target_points):
        return values.copy()
    inside = np.searchsorted(source_points, target_points)
    if np.array_equal(source_points[np.minimum(inside, len(source_points) - 1)], target_points) and np.all(
        np.diff(inside) == 1
    ):
        return values[inside[:-1]]  # a part of the source's own steps: kept bit for bit
    origin = source_points[0]
    at = (source_points - origin).astype(float)
    integral = np.concatenate([[0.0], np.cumsum(values * np.diff(at))])
    target = (target_points - origin).astype(float)
    return np.asarray(np.diff(np.interp(target, at, integral)) / np.diff(target))
