"""A problem whose rows may give way at a price: always possible, and its prices prove where the problem is not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from microgrid.horizon import FloatArray, IntArray
from microgrid.model.basis import BASIC, Basis
from microgrid.model.matrix import Family, Matrix


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
