"""Lower bound of a problem with on/off decisions: windows are decided apart, at prices of what couples them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.model.certificate import dual_objective
from microgrid.model.matrix import Matrix
from microgrid.solve.highs.mixed import run_mixed
from microgrid.solve.limits import Limits
from microgrid.solve.switches.part import Timeline

_FRACTION = 1e-6  # distance from a whole number above which a switch is undecided


@dataclass(frozen=True)
class PricedWindow:
    """A window with a copy of every column in its rows, of which each costs what these rows pay for it.

    begin, end: its steps; columns: their places in the whole problem; problem: its matrix; bound: proven, no x of the
    window is cheaper.
    """

    begin: int
    end: int
    columns: IntArray
    problem: Matrix
    bound: float

    def excess(self, x: FloatArray) -> float:
        """Cost of a schedule in this window above its bound; the sum over all windows is the gap of the schedule."""
        return self.problem.objective(x[self.columns]) - self.bound


def priced_windows(timeline: Timeline, edges: IntArray) -> list[PricedWindow]:
    """Divide a problem into windows that share nothing but prices.

    Let y be prices of the rows, z = c - A'y the reduced costs, and let each row belong to one window. The window's copy
    of column j costs  sum of A[r, j] y[r] over its rows r,  and z[j] in addition in the window of the column's time. So
    the copies of a column cost c[j] together, but for rows that belong to no window, which are met at their price. As
    copies may differ, the sum of the windows' least costs is a lower bound. Without on/off decisions it is that of the
    prices themselves, b'y + l'z; with them it is greater.

    bound: that of the prices, for each window.
    """
    matrix = timeline.matrix
    times = timeline.times
    side = np.where(timeline.row_dual > 0, matrix.row_lower, matrix.row_upper)
    dual = np.where(np.isfinite(side), timeline.row_dual, 0.0)
    reduced = matrix.cost - matrix.A.T @ dual
    row_of = np.where(timeline.budgets | np.isinf(times.row_begin), -1, _window(edges, times.row_begin))
    time = times.axis.column.copy()
    time[times.columns] = np.where(np.isnan(time[times.columns]), times.first, time[times.columns])
    column_of = np.where(np.isnan(time), -1, _window(edges, time))
    found = []
    for number in range(len(edges) - 1):
        rows = np.flatnonzero(row_of == number)
        columns = np.unique(times.axis.by_row[rows].indices)
        own = np.where(column_of[columns] == number, reduced[columns], 0.0)
        problem = _copied(timeline, rows, columns, dual[rows], own)
        bound = dual_objective(problem, dual[rows])
        found.append(PricedWindow(int(edges[number]), int(edges[number + 1]), columns, problem, bound))
    return found


def _copied(timeline: Timeline, rows: IntArray, columns: IntArray, dual: FloatArray, cost: FloatArray) -> Matrix:
    """Problem of some rows and copies of their columns, which cost  cost + A'dual."""
    matrix = timeline.matrix
    part = sp.csc_matrix(timeline.times.axis.by_row[rows][:, columns])
    return replace(
        matrix,
        cost=part.T @ dual + cost,
        offset=0.0,
        lower=matrix.lower[columns],
        upper=matrix.upper[columns],
        integer=matrix.integer[columns],
        A=part,
        row_lower=matrix.row_lower[rows],
        row_upper=matrix.row_upper[rows],
        columns=(),
        rows=(),
    )


def raised(
    windows: Sequence[PricedWindow], relaxed: FloatArray, gap: float, left: Callable[[], Limits], pool: Executor
) -> list[PricedWindow]:
    """Raise the bounds of the windows in which the relaxation leaves switches undecided, side by side.

    relaxed: optimum of the relaxation, (n,); gap: absolute gap to which each window is solved.
    """

    def raise_one(window: PricedWindow) -> PricedWindow:
        if not _undecided(window.problem.integer, relaxed[window.columns]):
            return window
        return replace(window, bound=max(window.bound, run_mixed(window.problem, gap, left()).bound))

    return list(pool.map(raise_one, windows))


def _undecided(integer: BoolArray, x: FloatArray) -> bool:
    switches = x[integer]
    return bool((np.abs(switches - np.round(switches)) > _FRACTION).any())


def _window(edges: IntArray, time: FloatArray) -> IntArray:
    return np.searchsorted(edges[1:-1], time, side="right")
