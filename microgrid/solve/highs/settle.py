"""Solution of a problem whose long rows have prices: first without these rows, then with them at their limits."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
import scipy.sparse as sp

from microgrid.horizon import FloatArray, IntArray
from microgrid.model.restricted import rows_of
from microgrid.solve.highs.problem import Session
from microgrid.solve.highs.ways import FROM_BASIS, PRIMAL_FROM_BASIS, RESUMED, WAYS, Options
from microgrid.solve.spending import Spending

_FAR = 0.004  # change of a stretched price from which another run at a better price is faster than dual steps
_RUNS = 3  # runs at prices


@dataclass(frozen=True)
class Settled:
    """Prices and totals at the optimum for them, NaN without one; iterations of all runs."""

    spending: Spending
    iterations: int


def settle(session: Session, rows: IntArray, spending: Spending, feasible: bool) -> Settled:
    """Lead the basis of a session, in which ``rows`` are basic, to one from which ``Session.solve`` needs few steps.

    1. The rows are free, and cost their price. The optimum needs few iterations, as the windows had these prices. While
       totals are far from their limits, this is repeated at better prices, if totals of the whole at other prices are
       known: those of windows depend less on prices.
    2. Each row with a price is an equation at its limit. The basis remains optimal but for its feasibility, so the dual
       simplex method goes on from it, a step for each change of the basis between this price and the right one.
    3. The session gets its own costs and limits back. The basis keeps them all; where a row should not reach its limit,
       the primal simplex method leaves it.

    spending: guess of the prices of the rows, and of the rise of their totals; feasible: whether the basis is feasible
    without the rows.
    """
    settling = _Settling(session, rows)
    settling.limit(-np.inf, np.inf)
    compared = bool(np.isfinite(spending.total_before).any())
    optimal = settling.run_at(spending.price, PRIMAL_FROM_BASIS if feasible else FROM_BASIS)
    for turn in range(_RUNS):
        if not optimal:
            break
        spending = spending.reached(settling.total())
        better = spending.sharpened()
        if spending.distance(better) <= _FAR or turn == _RUNS - 1 or not compared:
            settling.limit(*spending.sides)
            settling.run(RESUMED)
            break
        spending = better
        optimal = settling.run_at(spending.price, PRIMAL_FROM_BASIS)
    settling.limit(spending.lower, spending.upper)
    settling.cost(np.zeros(len(rows)))
    session.ways = {"windows": PRIMAL_FROM_BASIS, **WAYS}
    return Settled(spending, settling.iterations)


class _Settling:
    """Runs of a session at prices in place of some of its rows; iterations: of all runs."""

    def __init__(self, session: Session, rows: IntArray) -> None:
        self.problem = session.matrix if session.split is None else session.split.matrix
        self.entries = sp.csr_matrix(rows_of(self.problem.A, rows))
        self.session = session
        self.rows = rows.astype(np.int32)
        self.iterations = 0

    def limit(self, lower: FloatArray | float, upper: FloatArray | float) -> None:
        """Give the rows other limits."""
        count = len(self.rows)
        self.session.highs.changeRowsBounds(
            count, self.rows, np.broadcast_to(lower, count).copy(), np.broadcast_to(upper, count).copy()
        )

    def cost(self, price: FloatArray) -> None:
        """Give the columns the costs with a price of the rows."""
        cost = (self.problem.cost - self.entries.T @ price) * self.session.scale
        self.session.highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)

    def run_at(self, price: FloatArray, options: Options) -> bool:
        """Solve at a price of the rows; returns whether the optimum was found."""
        self.cost(price)
        return self.run(options)

    def run(self, options: Options) -> bool:
        """Solve; returns whether the optimum was found."""
        highs = self.session.highs
        for name, value in options.items():
            highs.setOptionValue(name, value)
        highs.run()
        self.iterations += int(highs.getInfo().simplex_iteration_count)
        return bool(highs.getModelStatus() == highspy.HighsModelStatus.kOptimal)

    def total(self) -> FloatArray:
        """Totals of the rows."""
        return np.asarray(self.entries @ np.array(self.session.highs.getSolution().col_value))
