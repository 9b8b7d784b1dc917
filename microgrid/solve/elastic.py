"""A problem whose rows may give way at a price: always possible, and its prices prove where the problem is not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from microgrid.horizon import FloatArray, IntArray
from microgrid.solve.basis import BASIC, Basis
from microgrid.solve.matrix import Family, Matrix

_SURE = 1e-9  # of all parts of a proof without their signs: more than the rounding of their sum


@dataclass(frozen=True)
class Elastic:
    """A x + short - over within the limits of the rows, short and over at least 0 and priced, for some of the rows.

    matrix: with the columns ``short`` and then ``over`` behind the problem's own; rows: those that may give way.
    """

    matrix: Matrix
    rows: IntArray
    columns: int

    def missing(self, x: FloatArray) -> FloatArray:
        """What each row lacks, below zero what it has too much, (rows,)."""
        count = len(self.rows)
        return np.asarray(x[self.columns : self.columns + count] - x[self.columns + count :])

    def basis(self, basis: Basis) -> Basis:
        """The basis of the problem itself: where a row gives way, it is the row that is basic."""
        row = basis.row.copy()
        row[self.rows[(basis.column[self.columns :].reshape(2, -1) == BASIC).any(axis=0)]] = BASIC
        return Basis(basis.column[: self.columns], row)


def loosen(matrix: Matrix, rows: IntArray, price: FloatArray | float, steps: int = 0) -> Elastic:
    """The problem in which the rows give way at a price each; on/off decisions stay as they are.

    steps: of the horizon, if the rows are a whole number of times its steps, so that windows know their time.
    """
    count, columns = len(rows), len(matrix.cost)
    plus = sp.csc_matrix((np.ones(count), (rows, np.arange(count))), shape=(len(matrix.row_lower), count))
    prices = np.broadcast_to(np.asarray(price, dtype=float), (count,))
    size, over = (steps, "step") if steps else (count, "")
    families = [Family("allowance", columns + k, size, None, over) for k in range(0, 2 * count, size)] if count else []
    loose = replace(
        matrix,
        cost=np.concatenate([matrix.cost, prices, prices]),
        lower=np.concatenate([matrix.lower, np.zeros(2 * count)]),
        upper=np.concatenate([matrix.upper, np.full(2 * count, np.inf)]),
        integer=np.concatenate([matrix.integer, np.zeros(2 * count, dtype=bool)]),
        A=sp.csc_matrix(sp.hstack([matrix.A, plus, -plus])),
        columns=(*matrix.columns, *families),
    )
    return Elastic(loose, rows, columns)


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
