"""A problem with prices in place of some of its rows, such as a budget that couples all steps of a year."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from microgrid.horizon import FloatArray, IntArray
from microgrid.model.basis import BASIC, Basis
from microgrid.model.chain import Point
from microgrid.model.matrix import Matrix
from microgrid.model.restricted import rows_of
from microgrid.model.verbs import with_costs


@dataclass(frozen=True)
class Priced:
    """A problem without some rows  A_r, with the objective  (c - A_r' price) . x + offset.

    An x that is an optimum and has  A_r x  at the limits of the rows that have a price, and within the limits of all
    others, is an optimum of the original problem, in which the rows then have these prices.

    rows, kept: places of the rows that are left out, and of all others; price: of each of ``rows``; entries: their
    coefficients, (rows, n); cost: of the original problem, (n,).
    """

    matrix: Matrix
    rows: IntArray
    kept: IntArray
    price: FloatArray
    entries: sp.csr_matrix
    cost: FloatArray

    def at(self, price: FloatArray) -> Priced:
        """The problem with other prices of its priced rows."""
        return replace(self, matrix=with_costs(self.matrix, self.cost - self.entries.T @ price), price=price)

    def into(self, point: Point) -> Point:
        """Leave out the rows; a basis stays regular if they are basic in it."""
        dual = point.row_dual[self.kept] if len(point.row_dual) else point.row_dual
        return Point(point.x, dual, point.basis and Basis(point.basis.column, point.basis.row[self.kept]))

    def back(self, point: Point) -> Point:
        """Put the rows back: basic, so that a basis stays regular, and with their prices."""
        count = len(self.rows) + len(self.kept)
        dual = np.zeros(0)
        if len(point.row_dual):
            dual = np.empty(count)
            dual[self.kept], dual[self.rows] = point.row_dual, self.price
        if point.basis is None:
            return Point(point.x, dual)
        row = np.full(count, BASIC, np.int8)
        row[self.kept] = point.basis.row
        return Point(point.x, dual, Basis(point.basis.column, row))


def priced(matrix: Matrix, rows: IntArray, price: FloatArray) -> Priced:
    """The problem with a price in place of each of ``rows``: that of a unit of the row's limit, as a dual has it.

    The rows that are kept have no families, since their places identify them.
    """
    if not len(rows):
        every = np.arange(len(matrix.row_lower))
        return Priced(matrix, rows, every, price, sp.csr_matrix((0, len(matrix.cost))), matrix.cost)
    left = np.ones(len(matrix.row_lower), dtype=bool)
    left[rows] = False
    kept = np.flatnonzero(left)
    entries = sp.csr_matrix(rows_of(matrix.A, rows))
    made = replace(
        matrix,
        A=rows_of(matrix.A, kept),
        row_lower=matrix.row_lower[kept],
        row_upper=matrix.row_upper[kept],
        rows=(),
    )
    return Priced(made, rows, kept, price, entries, matrix.cost).at(price)
