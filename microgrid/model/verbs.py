"""Changes of a problem that keep its columns and rows: limits, costs, coefficients, decisions.

Each function returns a new matrix that shares all unchanged arrays with the original one. A point of one is a point of
the other, so nothing needs to be translated back.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from microgrid.horizon import FloatArray, IntArray
from microgrid.model.matrix import Matrix


def with_limits(
    matrix: Matrix,
    *,
    lower: FloatArray | None = None,
    upper: FloatArray | None = None,
    row_lower: FloatArray | None = None,
    row_upper: FloatArray | None = None,
) -> Matrix:
    """The problem with new limits of all columns, (n,), or of all rows, (m,); those that are left out stay."""
    return replace(
        matrix,
        lower=matrix.lower if lower is None else lower,
        upper=matrix.upper if upper is None else upper,
        row_lower=matrix.row_lower if row_lower is None else row_lower,
        row_upper=matrix.row_upper if row_upper is None else row_upper,
    )


def fixed(matrix: Matrix, columns: IntArray, values: FloatArray | float) -> Matrix:
    """The problem with x[columns] = values: the columns stay, with both limits at their values."""
    lower, upper = matrix.lower.copy(), matrix.upper.copy()
    lower[columns] = upper[columns] = values
    return with_limits(matrix, lower=lower, upper=upper)


def closed(matrix: Matrix, columns: IntArray) -> Matrix:
    """The problem with x[columns] <= 0; a column with a lower limit of 0 cannot be used any more."""
    upper = matrix.upper.copy()
    upper[columns] = np.minimum(upper[columns], 0.0)
    return with_limits(matrix, upper=upper)


def with_costs(matrix: Matrix, cost: FloatArray, offset: float = 0.0) -> Matrix:
    """The problem with the objective cost . x + offset and unchanged limits and rows."""
    return replace(matrix, cost=cost, offset=offset)


def without_costs(matrix: Matrix) -> Matrix:
    """The problem with costs of 0, so that any x that keeps the rules is an optimum."""
    return with_costs(matrix, np.zeros(len(matrix.cost)))


def without_decisions(matrix: Matrix) -> Matrix:
    """The linear relaxation, in which integer columns may take fractions."""
    return replace(matrix, integer=np.zeros(len(matrix.cost), dtype=bool)) if matrix.integer.any() else matrix


def with_entries(matrix: Matrix, entries: sp.csc_matrix) -> Matrix:
    """The problem with new coefficients, (m, n), stored by column.

    Raises:
        ValueError: the coefficients do not have the shape of the problem.
    """
    if entries.shape != matrix.A.shape:
        raise ValueError(f"coefficients of shape {entries.shape} for a problem of shape {matrix.A.shape}")
    return replace(matrix, A=entries)
