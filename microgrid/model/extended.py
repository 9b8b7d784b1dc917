"""A problem with columns or rows appended, and the translation back, which drops them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from microgrid.horizon import BoolArray, FloatArray
from microgrid.model.basis import BASIC, LOWER, UPPER, Basis, at_limit
from microgrid.model.chain import Point
from microgrid.model.matrix import Family, Matrix


@dataclass(frozen=True)
class Extended:
    """A problem whose first ``columns`` columns and ``rows`` rows are those of the original problem."""

    matrix: Matrix
    columns: int
    rows: int

    def into(self, point: Point) -> Point:
        """Place new columns at a limit, or at 0 without one; new rows are basic, so that a basis stays regular."""
        lower, upper = self.matrix.lower[self.columns :], self.matrix.upper[self.columns :]
        status = at_limit(lower, upper)
        x = np.concatenate([point.x, np.where(status == LOWER, lower, np.where(status == UPPER, upper, 0.0))])
        free = np.zeros(len(self.matrix.row_lower) - self.rows)
        dual = np.concatenate([point.row_dual, free]) if len(point.row_dual) else point.row_dual
        if point.basis is None:
            return Point(x, dual)
        column = np.concatenate([point.basis.column, status])
        row = np.concatenate([point.basis.row, np.full(len(free), BASIC, np.int8)])
        return Point(x, dual, Basis(column, row))

    def back(self, point: Point) -> Point:
        """Drop the new columns and rows; there is no basis if a new column is basic, or a new row is nonbasic.

        The rest of such a basis could have too few or too many basic columns and rows.
        """
        x = point.x[: self.columns]
        dual = point.row_dual[: self.rows]
        basis = point.basis
        if basis is None or (basis.column[self.columns :] == BASIC).any() or (basis.row[self.rows :] != BASIC).any():
            return Point(x, dual)
        return Point(x, dual, Basis(basis.column[: self.columns], basis.row[: self.rows]))


def with_columns(
    matrix: Matrix,
    entries: sp.csc_matrix,
    *,
    cost: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    integer: BoolArray | None = None,
    families: Sequence[Family] = (),
) -> Extended:
    """The problem with k more columns.

    entries: coefficients of the new columns in the existing rows, (m, k); cost, lower, upper: of the new columns, (k,);
    integer: whether each new column takes whole numbers only, (k,), by default none; families: those of the new
    columns, with starts counted from the first new column; dropped if the columns of the problem have no families.
    """
    count = len(cost)
    whole = np.zeros(count, dtype=bool) if integer is None else integer
    made = replace(
        matrix,
        cost=np.concatenate([matrix.cost, cost]),
        lower=np.concatenate([matrix.lower, lower]),
        upper=np.concatenate([matrix.upper, upper]),
        integer=np.concatenate([matrix.integer, whole]),
        A=sp.csc_matrix(sp.hstack([matrix.A, entries])) if count else matrix.A,
        columns=_with_families(matrix.columns, families, len(matrix.cost)),
    )
    return Extended(made, len(matrix.cost), len(matrix.row_lower))


def with_rows(
    matrix: Matrix,
    entries: sp.csc_matrix,
    *,
    lower: FloatArray,
    upper: FloatArray,
    families: Sequence[Family] = (),
) -> Extended:
    """The problem with k more rows: lower <= entries . x <= upper, with entries of shape (k, n).

    families: those of the new rows, with starts counted from the first new row; dropped if the rows of the problem have
    no families.
    """
    count = len(matrix.row_lower)
    new = sp.csc_matrix(entries)
    # The new entries of a column follow its existing ones, since rows are in order within a column.
    place = np.repeat(matrix.A.indptr[1:], np.diff(new.indptr))
    parts = (
        np.insert(matrix.A.data, place, new.data),
        np.insert(matrix.A.indices, place, new.indices + count),
        matrix.A.indptr + new.indptr.astype(matrix.A.indptr.dtype),
    )
    made = replace(
        matrix,
        A=sp.csc_matrix(parts, shape=(count + new.shape[0], len(matrix.cost))),
        row_lower=np.concatenate([matrix.row_lower, lower]),
        row_upper=np.concatenate([matrix.row_upper, upper]),
        rows=_with_families(matrix.rows, families, count),
    )
    return Extended(made, len(matrix.cost), count)


def _with_families(known: tuple[Family, ...], new: Sequence[Family], count: int) -> tuple[Family, ...]:
    """Known families and new ones, shifted by the ``count`` existing columns or rows; none if these have none."""
    if count and not known:
        return ()
    return (*known, *(replace(family, start=count + family.start) for family in new))
