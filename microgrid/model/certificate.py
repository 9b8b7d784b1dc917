"""What prices of rows prove, computed from the matrix alone: a bound of the objective, or that there is no x."""

from __future__ import annotations

import numpy as np

from microgrid.horizon import FloatArray
from microgrid.model.matrix import Matrix

_SURE = 1e-9  # of all parts of a proof without their signs: more than the rounding of their sum


def dual_objective(matrix: Matrix, row_dual: FloatArray) -> float:
    """B . y + sum over columns of the bound that its reduced cost z = c - A'y points at, times z.

    Computed here from the duals alone, so that it certifies the optimum independently of the solver's own word. By weak
    duality the value is a bound for any y whose signs fit the rows, so a y that points at an infinite side is set to
    zero before anything is made of it. The bound is minus infinity where z does so, beyond rounding.
    """
    side = np.where(row_dual > 0, matrix.row_lower, matrix.row_upper)
    dual = np.where(np.isfinite(side), row_dual, 0.0)
    reduced = matrix.cost - matrix.A.T @ dual
    bound = np.where(reduced > 0, matrix.lower, matrix.upper)
    free = ~np.isfinite(bound)
    if np.any(np.abs(reduced[free]) > _SURE * float(np.abs(matrix.cost).max(initial=0.0))):
        return -np.inf
    rows = np.dot(dual, np.where(dual == 0.0, 0.0, side))
    return float(rows + np.dot(reduced, np.where(free, 0.0, bound)) + matrix.offset)


def proves_infeasible(matrix: Matrix, y: FloatArray) -> bool:
    """Whether prices of the rows prove that no x keeps rows and limits (Farkas' lemma), checked on the matrix itself.

    Any x that keeps the rows has y . A x of at least the sum of y times the side that each y points at. If even the
    greatest y . A x within the limits of the columns is less, there is none.
    """
    side = np.where(y > 0, matrix.row_lower, matrix.row_upper)
    held = np.where(np.isfinite(side), y, 0.0)
    asked = np.where(held == 0.0, 0.0, side) * held
    slope, weight = matrix.A.T @ held, abs(matrix.A).T @ np.abs(held)
    limit = np.where(slope > 0, matrix.upper, matrix.lower)
    slope[~np.isfinite(limit) & (np.abs(slope) <= _SURE * weight)] = 0.0
    most = np.where(slope == 0.0, 0.0, limit) * slope
    if not np.isfinite(most).all():
        return False
    gross = float(np.abs(asked).sum() + np.abs(most).sum())
    return float(asked.sum() - most.sum()) > _SURE * gross
