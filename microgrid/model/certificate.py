"""Proofs by prices of the rows, computed from the matrix alone: a bound of the objective, or that no x exists."""

from __future__ import annotations

import numpy as np

from microgrid.horizon import FloatArray
from microgrid.model.matrix import Matrix

_SURE = 1e-9  # relative to the sum of the absolute terms of a proof: exceeds the rounding of their sum


def dual_objective(matrix: Matrix, row_dual: FloatArray) -> float:
    """Dual objective  b . y + l . z + offset,  with reduced costs  z = c - A'y.

    b[i] is the lower limit of row i where y[i] > 0, else its upper limit; l[j] is the lower limit of column j where
    z[j] > 0, else its upper limit. The value is computed from the duals alone, so it certifies the optimum
    independently of the solver's report. By weak duality it is a bound for any y whose signs fit the rows, so each y[i]
    with an infinite b[i] is set to 0 first. The bound is minus infinity if some z[j] with an infinite l[j] exceeds
    rounding.
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
    """Whether prices y of the rows, (m,), prove that no x keeps rows and limits (Farkas' lemma).

    Any x that keeps the rows has  y . A x >= b . y,  where b[i] is the lower limit of row i if y[i] > 0, else its upper
    limit. If the greatest y . A x within the limits of the columns is less, no such x exists. The proof is checked on
    the matrix itself, whatever the solver reports.
    """
    side = np.where(y > 0, matrix.row_lower, matrix.row_upper)
    held = np.where(np.isfinite(side), y, 0.0)
    required = np.where(held == 0.0, 0.0, side) * held
    slope = matrix.A.T @ held
    weight = abs(matrix.A).T @ np.abs(held)
    limit = np.where(slope > 0, matrix.upper, matrix.lower)
    slope[~np.isfinite(limit) & (np.abs(slope) <= _SURE * weight)] = 0.0
    most = np.where(slope == 0.0, 0.0, limit) * slope
    if not np.isfinite(most).all():
        return False
    gross = float(np.abs(required).sum() + np.abs(most).sum())
    return float(required.sum() - most.sum()) > _SURE * gross
