"""Last run on a whole problem, from the start that its windows have found."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from microgrid.horizon import FloatArray, IntArray
from microgrid.model.basis import Basis, StatusArray
from microgrid.model.matrix import Matrix
from microgrid.model.split_columns import SplitBasis, split
from microgrid.solve.answer import Answer
from microgrid.solve.highs.problem import Session
from microgrid.solve.highs.settle import settle
from microgrid.solve.limits import Limits
from microgrid.solve.windows.long_rows import slope_of

_MEASURED = 0.1  # relative change of a price from which the rise of the total is measured


@dataclass(frozen=True)
class Start:
    """Start of the whole problem: values and a basis, with nonbasic columns between their limits.

    x: values, (n,); split, at, minus: columns between their limits, their values, and the statuses of their falling
    parts, (k,) each; feasible: whether x keeps every rule but the long rows; row_dual: prices of the rows, which bound
    the optimum from below, (m,); windows: number of the shortest windows; iterations: number in all windows; rows,
    price, slope: long rows, which are basic, the prices in their place, and the rise of their totals with the
    logarithm of these prices, NaN if it is not known, each (rows,); near: prices and totals of a similar problem, at
    its optimum.
    """

    basis: Basis
    x: FloatArray
    split: IntArray
    at: FloatArray
    minus: StatusArray
    feasible: bool
    row_dual: FloatArray
    windows: int
    iterations: int
    rows: IntArray
    price: FloatArray
    slope: FloatArray
    near: tuple[FloatArray, FloatArray] | None = None


@dataclass(frozen=True)
class LastRun:
    """Session and answer of the last run; total: of the long rows at their prices of the start, NaN if unknown."""

    session: Session
    answer: Answer
    total: FloatArray

    def slope(self, start: Start) -> FloatArray:
        """Rise of the total of each row with the logarithm of its price, NaN if that is not known, (m,).

        If the price has hardly changed, what is known from before is more reliable than this rise.
        """
        matrix = self.session.matrix
        found = np.full(len(matrix.row_lower), np.nan)
        if not self.answer.certified:
            return found
        price, total = start.near or (start.price, self.total)
        rise = matrix.A[start.rows] @ self.answer.x - total
        dual = self.answer.row_dual[start.rows]
        slope = slope_of(rise, price, dual)
        measured = np.isfinite(slope) & (np.abs(dual - price) > _MEASURED * np.abs(price))
        found[start.rows] = np.where(measured, slope, start.slope)
        return found


def finish_whole(matrix: Matrix, start: Start, limits: Limits) -> LastRun:
    """Solve the whole problem from the start of its windows."""
    parted = split(matrix, start.split, start.at, -matrix.cost[start.split])
    basis = parted.with_falling(start.basis, start.minus)
    session = Session(matrix, limits, SplitBasis(parted, basis, start.feasible))
    total = np.zeros(0)
    iterations = 0
    if len(start.rows):
        settled = settle(session, start.rows, start.price, start.feasible)
        total = settled.total
        iterations = settled.iterations
    answer = session.solve()
    last = LastRun(session, replace(answer, iterations=answer.iterations + iterations), total)
    return replace(last, answer=replace(last.answer, slope=last.slope(start))) if len(start.rows) else last
