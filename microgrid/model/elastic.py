"""A problem whose rows may give way at a price: always possible, and its prices prove where the problem is not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from microgrid.horizon import FloatArray, IntArray
from microgrid.model.basis import BASIC, Basis
from microgrid.model.chain import Point
from microgrid.model.extended import Extended, with_columns
from microgrid.model.matrix import Family, Matrix


@dataclass(frozen=True)
class Elastic:
    """A x + short - over within the limits of the rows, short and over at least 0 and priced, for some of the rows.

    extended: the problem with the columns ``short`` and then ``over`` behind its own; rows: those that may give way.
    """

    extended: Extended
    rows: IntArray

    @property
    def matrix(self) -> Matrix:
        """The problem with its allowances."""
        return self.extended.matrix

    def missing(self, x: FloatArray) -> FloatArray:
        """What each row lacks, below zero what it has too much, (rows,)."""
        short, over = x[self.extended.columns :].reshape(2, -1)
        return np.asarray(short - over)

    def into(self, point: Point) -> Point:
        """Nothing gives way, and each allowance is nonbasic at zero."""
        return self.extended.into(point)

    def back(self, point: Point) -> Point:
        """The point of the problem itself: where a row gives way in the basis, it is the row that is basic."""
        columns = self.extended.columns
        if point.basis is None:
            return Point(point.x[:columns], point.row_dual)
        row = point.basis.row.copy()
        row[self.rows[(point.basis.column[columns:].reshape(2, -1) == BASIC).any(axis=0)]] = BASIC
        return Point(point.x[:columns], point.row_dual, Basis(point.basis.column[:columns], row))


def elastic(matrix: Matrix, rows: IntArray, price: FloatArray | float, steps: int = 0) -> Elastic:
    """The problem in which the rows give way at a price each; on/off decisions stay as they are.

    steps: of the horizon, if the rows are a whole number of times its steps, so that windows know their time.
    """
    count = len(rows)
    plus = sp.csc_matrix((np.ones(count), (rows, np.arange(count))), shape=(len(matrix.row_lower), count))
    prices = np.broadcast_to(np.asarray(price, dtype=float), (count,))
    size, over = (steps, "step") if steps else (count, "")
    extended = with_columns(
        matrix,
        sp.csc_matrix(sp.hstack([plus, -plus])),
        cost=np.concatenate([prices, prices]),
        lower=np.zeros(2 * count),
        upper=np.full(2 * count, np.inf),
        families=[Family("allowance", k, size, None, over) for k in range(0, 2 * count, size)] if count else [],
    )
    return Elastic(extended, rows)
