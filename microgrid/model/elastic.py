"""An elastic problem: its rows may be violated at a price, so that its prices show why the original is infeasible."""

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
    """A problem in which some rows may be violated:  row_lower <= A x + short - over <= row_upper,  short, over >= 0.

    extended: the problem with the priced columns ``short`` and then ``over`` appended; rows: the places of the rows
    that may be violated.
    """

    extended: Extended
    rows: IntArray

    @property
    def matrix(self) -> Matrix:
        """The problem with the columns ``short`` and ``over``."""
        return self.extended.matrix

    def missing(self, x: FloatArray) -> FloatArray:
        """Violation short - over of each of ``rows``, (rows,): positive below its limits, negative above them."""
        short, over = x[self.extended.columns :].reshape(2, -1)
        return np.asarray(short - over)

    def into(self, point: Point) -> Point:
        """Translate a point of the original problem, with ``short`` and ``over`` nonbasic at 0."""
        return self.extended.into(point)

    def back(self, point: Point) -> Point:
        """Translate a point back: where ``short`` or ``over`` of a row is basic, the row becomes basic instead."""
        columns = self.extended.columns
        if point.basis is None:
            return Point(point.x[:columns], point.row_dual)
        row = point.basis.row.copy()
        row[self.rows[(point.basis.column[columns:].reshape(2, -1) == BASIC).any(axis=0)]] = BASIC
        return Point(point.x[:columns], point.row_dual, Basis(point.basis.column[:columns], row))


def elastic(matrix: Matrix, rows: IntArray, price: FloatArray | float, steps: int = 0) -> Elastic:
    """Make some rows violable at a price for each; on/off decisions stay as they are.

    steps: number of steps of the horizon, if the rows are a multiple of it in order of time, so that the new columns
    have a place on the time axis; else 0.
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
