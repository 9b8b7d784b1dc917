"""Conversion of a matrix to the type of HiGHS, and the scale of its costs."""

from __future__ import annotations

import highspy
import numpy as np

from microgrid.horizon import FloatArray
from microgrid.model.matrix import Matrix

_NEAR_ONE = 5.0  # exponents of two within which costs stay unscaled, as usual costs do


def cost_scale(cost: FloatArray) -> float:
    """Power of two by which the median of the nonzero costs becomes about 1; 1 if it is near 1 already.

    HiGHS has an absolute tolerance for reduced costs, so that prices per Wh or a weight of 1e-6 would be lost in it.
    A power of two changes no digit of any cost.
    """
    priced = np.abs(cost[cost != 0])
    exponent = float(np.round(np.log2(np.median(priced)))) if len(priced) else 0.0
    return 1.0 if abs(exponent) <= _NEAR_ONE else 2.0**-exponent


def to_highs(matrix: Matrix, scale: float) -> highspy.HighsLp:
    """Convert the matrix to the type of HiGHS, with costs, and thus objective and prices, multiplied by a scale."""
    lp = highspy.HighsLp()
    lp.num_col_ = len(matrix.cost)
    lp.num_row_ = len(matrix.row_lower)
    lp.col_cost_ = matrix.cost * scale
    lp.offset_ = matrix.offset * scale
    lp.col_lower_ = matrix.lower
    lp.col_upper_ = matrix.upper
    lp.row_lower_, lp.row_upper_ = matrix.row_lower, matrix.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = matrix.A.indptr
    lp.a_matrix_.index_ = matrix.A.indices
    lp.a_matrix_.value_ = matrix.A.data
    if matrix.integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(flag)] for flag in matrix.integer]
    return lp
