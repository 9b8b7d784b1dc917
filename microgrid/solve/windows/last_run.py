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
from microgrid.solve.spending import Spending


@dataclass(frozen=True)
class Start:
    """Start of the whole problem: values and a basis, with nonbasic columns between their limits.

    x: values, (n,); split, at, minus: columns between their limits, their values, and the statuses of their falling
    parts, (k,) each; feasible: whether x keeps every rule but the long rows; row_dual: prices of the rows, which bound
    the optimum from below, (m,); windows: number of the shortest windows; iterations: number in all windows; rows:
    long rows, which are basic; spending: prices in their place; near: those of a similar problem, at its optimum.
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
    spending: Spending
    near: Spending | None = None

    def since(self, spending: Spending) -> Spending:
        """Spending whose next totals are compared with those of the similar problem, if there is one."""
        before = spending.fresh() if self.near is None else replace(self.near, slope=spending.slope)
        return before.measuring()


@dataclass(frozen=True)
class LastRun:
    """Session and answer of the last run; spending: prices at which the problem was solved first, and their totals."""

    session: Session
    answer: Answer
    spending: Spending

    def slope(self, start: Start) -> FloatArray:
        """Rise of the total of each long row with its price, NaN if that is not known, (m,)."""
        matrix = self.session.matrix
        found = np.full(len(matrix.row_lower), np.nan)
        if self.answer.certified:
            after = start.since(self.spending).at(self.answer.row_dual[start.rows])
            found[start.rows] = after.reached(matrix.A[start.rows] @ self.answer.x).slope
        return found


def finish_whole(matrix: Matrix, start: Start, limits: Limits) -> LastRun:
    """Solve the whole problem from the start of its windows."""
    parted = split(matrix, start.split, start.at, -matrix.cost[start.split])
    basis = parted.with_falling(start.basis, start.minus)
    session = Session(matrix, limits, SplitBasis(parted, basis, start.feasible))
    if not len(start.rows):
        return LastRun(session, session.solve(), start.spending)
    begin = start.since(start.spending).at(start.spending.price)
    settled = settle(session, start.rows, begin, start.feasible)
    answer = session.solve()
    last = LastRun(session, replace(answer, iterations=answer.iterations + settled.iterations), settled.spending)
    return replace(last, answer=replace(last.answer, slope=last.slope(start)))
