"""A restricted problem: some columns and rows of another one, with all other columns at given values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from microgrid.horizon import FloatArray, IntArray
from microgrid.model.basis import Basis
from microgrid.model.chain import Point
from microgrid.model.matrix import Matrix

_ROUNDING = 1e-6  # greatest contradiction between limits derived from given values that is taken for rounding


@dataclass(frozen=True)
class Restricted:
    """A problem made of some columns and rows of a whole problem.

    columns, rows: their places in the whole problem; outside: the point at which all other columns and rows of the
    whole stay. Columns and rows of the restricted problem have no families, since their places identify them.
    """

    matrix: Matrix
    columns: IntArray
    rows: IntArray
    outside: Point

    def into(self, point: Point) -> Point:
        """Restrict a point of the whole problem to this part."""
        dual = point.row_dual[self.rows] if len(point.row_dual) else point.row_dual
        basis = point.basis and Basis(point.basis.column[self.columns], point.basis.row[self.rows])
        return Point(point.x[self.columns], dual, basis)

    def back(self, point: Point) -> Point:
        """Extend a point of this part to the whole problem, with everything else as in ``outside``.

        The result has prices, and a basis, if both the part and ``outside`` have them.
        """
        x = self.outside.x.copy()
        x[self.columns] = point.x
        dual = np.zeros(0)
        basis = None
        if len(point.row_dual) and len(self.outside.row_dual):
            dual = self.outside.row_dual.copy()
            dual[self.rows] = point.row_dual
        if point.basis and self.outside.basis:
            column = self.outside.basis.column.copy()
            row = self.outside.basis.row.copy()
            column[self.columns], row[self.rows] = point.basis.column, point.basis.row
            basis = Basis(column, row)
        return Point(x, dual, basis)


def restricted(
    matrix: Matrix, columns: IntArray, rows: IntArray, outside: Point, by_row: sp.csr_matrix | None = None
) -> Restricted:
    """The problem of some columns in some rows, with all other columns fixed at ``outside``.

    The sum of the fixed columns in each row is subtracted from the row's limits. Their cost and the offset are left out
    of the objective. by_row: the coefficients of the whole problem by row, if they are already there, to save time.
    """
    given = _of_others(sp.csr_matrix(matrix.A) if by_row is None else by_row, rows, columns, outside.x)
    made = replace(
        matrix,
        cost=matrix.cost[columns],
        offset=0.0,
        lower=matrix.lower[columns],
        upper=matrix.upper[columns],
        integer=matrix.integer[columns],
        A=rows_of(matrix.A[:, columns], rows),
        row_lower=matrix.row_lower[rows] - given,
        row_upper=matrix.row_upper[rows] - given,
        columns=(),
        rows=(),
    )
    return Restricted(made, columns, rows, outside)


def _of_others(by_row: sp.csr_matrix, rows: IntArray, columns: IntArray, x: FloatArray) -> FloatArray:
    """Sum of A[row, j] x[j] over all columns j except ``columns``, for some rows, (rows,)."""
    entries = by_row[rows]
    among = np.zeros(len(x), dtype=bool)
    among[columns] = True
    row = np.repeat(np.arange(len(rows)), np.diff(entries.indptr))
    other = ~among[entries.indices]
    given = entries.data[other] * x[entries.indices[other]]
    return np.bincount(row[other], given, minlength=len(rows)).astype(float)


def rows_of(entries: sp.csc_matrix, rows: IntArray) -> sp.csc_matrix:
    """Some rows of a matrix that is stored by column, in the given order; far faster than indexing by rows."""
    place = np.full(entries.shape[0], -1, dtype=entries.indices.dtype)
    place[rows] = np.arange(len(rows))
    row = place[entries.indices]
    kept = row >= 0
    ends = np.concatenate([[0], np.cumsum(kept)])[entries.indptr].astype(entries.indptr.dtype)
    found = sp.csc_matrix((entries.data[kept], row[kept], ends), shape=(len(rows), entries.shape[1]))
    found.sort_indices()
    return found


def reduced(matrix: Matrix, outside: Point) -> Restricted:
    """The problem with each row of a single column made a limit of that column, and without rows that bind nothing.

    Limits of integer columns are rounded inwards. Where limits contradict each other by no more than rounding, the
    upper one counts. outside: a point of this problem, from which the rows that are left out keep their prices and
    statuses. The price of a row that has become a limit is in the reduced cost of its column.
    """
    count = np.bincount(matrix.A.indices, minlength=len(matrix.row_lower))
    column = np.repeat(np.arange(len(matrix.cost)), np.diff(matrix.A.indptr))
    alone = (count == 1)[matrix.A.indices]
    row, value = matrix.A.indices[alone], matrix.A.data[alone]
    ends = np.stack([matrix.row_lower[row], matrix.row_upper[row]]) / value
    lower, upper = matrix.lower.copy(), matrix.upper.copy()
    np.maximum.at(lower, column[alone], ends.min(axis=0))
    np.minimum.at(upper, column[alone], ends.max(axis=0))
    crossed = (lower > upper) & (lower - upper < _ROUNDING)
    lower[crossed] = upper[crossed]
    whole = matrix.integer
    lower[whole], upper[whole] = np.ceil(lower[whole] - _ROUNDING), np.floor(upper[whole] + _ROUNDING)
    kept = np.flatnonzero((count != 1) & (np.isfinite(matrix.row_lower) | np.isfinite(matrix.row_upper)))
    made = replace(
        matrix,
        lower=lower,
        upper=upper,
        A=rows_of(matrix.A, kept),
        row_lower=matrix.row_lower[kept],
        row_upper=matrix.row_upper[kept],
        rows=(),
    )
    return Restricted(made, np.arange(len(matrix.cost)), kept, outside)
