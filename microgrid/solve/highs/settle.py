"""Solution of a problem whose long rows have prices: first without these rows, then with them at their limits."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
import scipy.sparse as sp

from microgrid.horizon import FloatArray, IntArray
from microgrid.model.restricted import rows_of
from microgrid.solve.highs.problem import Session
from microgrid.solve.highs.ways import FROM_BASIS, PRIMAL_FROM_BASIS, RESUMED, WAYS


@dataclass(frozen=True)
class Settled:
    """Totals A_r x of the rows at the optimum for their prices, (rows,), NaN without one; iterations of all runs."""

    total: FloatArray
    iterations: int


def settle(session: Session, rows: IntArray, price: FloatArray, feasible: bool) -> Settled:
    """Lead the basis of a session, in which ``rows`` are basic, to one from which ``Session.solve`` needs few steps.

    1. The rows are free, and cost their price. The optimum needs few iterations, as the windows had these prices.
    2. Each row with a price is an equation at its limit. The basis remains optimal but for its feasibility, so the dual
       simplex method goes on from it, a step for each change of the basis between this price and the right one.
    3. The session gets its own costs and limits back. The basis keeps them all; where a row should not reach its limit,
       the primal simplex method leaves it.

    price: guess of the dual of each row, (rows,); feasible: whether the basis is feasible without the rows.
    """
    matrix = session.matrix
    problem = matrix if session.split is None else session.split.matrix
    entries = sp.csr_matrix(rows_of(problem.A, rows))
    highs = session.highs
    count = len(problem.cost)
    every = np.arange(count, dtype=np.int32)
    which = rows.astype(np.int32)
    lower, upper = matrix.row_lower[rows], matrix.row_upper[rows]
    free = np.full(len(rows), np.inf)
    highs.changeColsCost(count, every, (problem.cost - entries.T @ price) * session.scale)
    highs.changeRowsBounds(len(rows), which, -free, free)
    total = np.full(len(rows), np.nan)
    iterations = 0
    optimal = _run(session, PRIMAL_FROM_BASIS if feasible else FROM_BASIS)
    iterations += int(highs.getInfo().simplex_iteration_count)
    if optimal:
        total = np.asarray(entries @ np.array(highs.getSolution().col_value))
        at = np.where(price > 0, lower, upper)
        highs.changeRowsBounds(len(rows), which, np.where(price != 0, at, lower), np.where(price != 0, at, upper))
        optimal = _run(session, RESUMED)
        iterations += int(highs.getInfo().simplex_iteration_count)
    highs.changeRowsBounds(len(rows), which, lower, upper)
    highs.changeColsCost(count, every, problem.cost * session.scale)
    session.ways = {"windows": PRIMAL_FROM_BASIS, **WAYS}
    return Settled(total, iterations)


def _run(session: Session, options: dict[str, object]) -> bool:
    for name, value in options.items():
        session.highs.setOptionValue(name, value)
    session.highs.run()
    return bool(session.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal)
