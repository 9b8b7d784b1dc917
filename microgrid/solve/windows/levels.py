"""Levels of windows: a basis of the whole problem from closed windows, which are joined level by level.

1. The problem in longer steps (``coarse``), itself solved in windows if it is long, gives a guess of the states at the
   cuts, of shared columns such as peaks, and of the basis.
2. Windows are closed: columns that couple them are fixed at the guess, and shared columns are no cheaper than it. Each
   window begins from the coarse basis. The windows are solved in threads.
3. Neighbours are joined to longer windows, which begin from the bases of the shorter ones: columns that were fixed at
   the cut between them are freed. So most of the work is done on small problems. A freed column between its limits is
   written  x = v + plus - minus  with both parts at their limit 0, so that it may stay nonbasic at its value v.
4. The caller solves the whole problem from the last joined basis; that run proves the optimum.

The optimum does not depend on the windows: a poor guess costs time, not accuracy.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from microgrid.horizon import FloatArray, IntArray
from microgrid.model.basis import Basis
from microgrid.model.chain import Point
from microgrid.model.matrix import Matrix
from microgrid.model.priced import priced
from microgrid.model.time_of import Axis, axis_of, nested_cuts
from microgrid.solve.highs.simplex import run_elastic, run_linear
from microgrid.solve.limits import Limits
from microgrid.solve.windows.closed import WholeProblem
from microgrid.solve.windows.coarse import coarsen
from microgrid.solve.windows.joined import Joined, Task, WindowResult, begin, finish, gather, values
from microgrid.solve.windows.last_run import Start, finish_whole
from microgrid.solve.windows.long_rows import ROUNDS, Spending, crosses
from microgrid.solve.windows.partition import Copy, Partition, Window, cut

FEWEST_STEPS = 3000  # steps below which a solve in one piece is as fast
_WINDOW = 700  # steps of the shortest windows
_JOIN = 4  # number of windows that are joined to one
_COARSER = 4  # steps in a longer step, for a guess
_COARSEST = 3  # longer steps in a still longer one, for the guess of a problem that is solved in one piece
_ONE_PIECE = 5000  # longer steps up to which their problem is solved in one piece
_SHARED_MAX = 0.05  # greatest share of columns without a time with which windows are worth while

Progress = Callable[[str], None]


class NoWindowsError(Exception):
    """A problem cannot be solved in windows; the message states the reason."""


def start_in_windows(matrix: Matrix, steps: int, limits: Limits, report_progress: Progress, before: Point | None = None) -> Start:
    """Find a start of the whole problem in windows.

    Raises:
        NoWindowsError: the problem is too short, has on/off decisions, too many columns without a time, or no solution
            in longer steps.
    """
    if steps < FEWEST_STEPS:
        raise NoWindowsError(f"{steps} steps are solved in one piece")
    if matrix.integer.any():
        raise NoWindowsError("on/off decisions are solved in one piece")
    axis = axis_of(matrix, steps)
    if np.isnan(axis.column).mean() > _SHARED_MAX:
        raise NoWindowsError("too many variables belong to no single step")
    with ThreadPoolExecutor(limits.threads) as pool:
        return _Windows(pool, limits, time.perf_counter(), report_progress).start(matrix, axis, before)


@dataclass(frozen=True)
class _Windows:
    """Solver in windows, for the whole problem and for those in longer steps; began: when it began [s]."""

    pool: ThreadPoolExecutor
    limits: Limits
    began: float
    report_progress: Progress

    def start(self, matrix: Matrix, axis: Axis, before: Point | None = None) -> Start:
        """Find a start of a problem in windows; before: the optimum of a similar problem, whose prices may do."""
        rows = _long_rows(axis)
        first, spending = _from_before(matrix, rows, before) or self._guess(matrix, axis, rows)
        without = priced(matrix, rows, spending.price)
        axis = axis_of(without.matrix, axis.steps) if len(rows) else axis
        basis = without.into(first).basis
        assert basis is not None
        whole = WholeProblem(without.matrix, axis, first.x, *axis.reach())
        levels = _levels(axis)
        joined = begin(whole, basis)
        children: list[Copy] = []
        iterations = 0
        for edges in levels:
            self.report_progress(f"solve: {axis.steps:,} steps, {len(edges) - 1} windows")
            for _ in range(1 + (ROUNDS if edges is levels[0] else 0)):
                found = self._level(whole, joined, cut(axis, edges), children)
                joined = gather(joined, found)
                children = [part.copy for part in found]
                iterations += sum(part.iterations for part in found)
                if not len(rows):
                    break
                spending = spending.reached(without.entries @ values(whole, joined, children))
                import os
                if os.environ.get("DBG"):
                    print(axis.steps, len(edges)-1, "price", spending.price, "slope", spending.slope, "total", spending.total, spending.side, iterations, time.perf_counter()-self.began)
                spending, near = spending.sharpened(), spending.settled
                without = without.at(spending.price)
                whole = replace(whole, matrix=without.matrix)
                if near:
                    break
            if all(child.feasible for child in children) and self._late():
                break
        last = finish(whole, joined, children)
        columns = last.columns
        which = last.columns.between
        feasible = all(child.feasible for child in children)
        at = columns.at[which]
        minus = columns.minus[which]
        count = len(levels[0]) - 1
        point = without.back(Point(columns.x, last.row_dual, Basis(columns.status, last.row)))
        assert point.basis is not None
        return Start(
            point.basis, point.x, which, at, minus, feasible, point.row_dual, count, iterations, rows, spending
        )

    def _level(
        self, whole: WholeProblem, joined: Joined, partition: Partition, children: list[Copy]
    ) -> list[WindowResult]:
        """Solve all windows of a level in threads."""
        left = self.limits.left_since(self.began)
        runs = [
            self.pool.submit(Task(whole, joined, partition, number, _within(children, window)).solve, left)
            for number, window in enumerate(partition.windows)
        ]
        return [run.result() for run in runs]

    def _late(self) -> bool:
        """Whether the time limit is reached, so that a feasible schedule must do without further levels."""
        return self.limits.seconds is not None and time.perf_counter() - self.began > self.limits.seconds

    def _guess(self, matrix: Matrix, axis: Axis, rows: IntArray) -> tuple[Point, Spending]:
        """Guess values, a basis, and prices of some rows from the problem in longer steps."""
        coarse = coarsen(matrix, axis, _COARSER)
        rough, slope = self._solve(coarse.matrix, coarse.steps, coarse.row[rows])
        found = coarse.back(rough)
        point = Point(np.clip(found.x, matrix.lower, matrix.upper), basis=found.basis)
        return point, Spending.begin(matrix, rows, point.x, coarse.prices(rough.row_dual, rows), slope)

    def _solve(self, matrix: Matrix, steps: int, rows: IntArray) -> tuple[Point, FloatArray]:
        """Solve a problem in longer steps: again in windows, or in one piece from still longer steps.

        In windows it is solved approximately, unless prices of some rows are required. Returns the point, and how much
        the total of each of these rows rises with a unit of its price, (rows,), NaN if that is not known.

        Raises:
            NoWindowsError: it has no solution.
        """
        axis = axis_of(matrix, steps)
        if steps > _ONE_PIECE:
            start = self.start(matrix, axis)
            if not len(rows):
                return Point(start.x, basis=start.basis), np.zeros(0)
            last = finish_whole(matrix, start, self.limits.left_since(self.began))
            answer = last.answer
            if answer.basis is None or not len(answer.row_dual):
                raise NoWindowsError("the problem in longer steps has no solution")
            slope = np.full(len(rows), np.nan)
            for r, a in zip(start.rows, last.slope(start), strict=True):
                slope[rows == r] = a
            return Point(answer.x, answer.row_dual, answer.basis), slope
        self.report_progress(f"solve: {steps:,} longer steps")
        left = self.limits.left_since(self.began)
        first = coarsen(matrix, axis, _COARSEST)
        rough = run_linear(first.matrix, left)
        warm = run_linear(matrix, left, first.back(rough.point).basis) if rough.optimal and rough.basis else rough
        run = warm if warm is not rough and warm.optimal else run_linear(matrix, left)
        if not run.optimal:
            run = run_elastic(matrix, left)
        if run.basis is None:
            raise NoWindowsError("the problem in longer steps has no solution")
        return run.point, np.full(len(rows), np.nan)


def _from_before(matrix: Matrix, rows: IntArray, before: Point | None) -> tuple[Point, Spending] | None:
    """The optimum of a similar problem as a guess, if it has prices for all long rows that are violated; else None."""
    if before is None or not len(rows) or not len(before.row_dual):
        return None
    x = np.clip(before.x, matrix.lower, matrix.upper)
    unknown = np.full(len(rows), np.nan)
    spending = Spending.begin(matrix, rows, x, before.row_dual[rows], unknown).reached(matrix.A[rows] @ x)
    if ((spending.price == 0) & (spending.side != spending.total)).any():
        return None
    return Point(x, basis=before.basis), spending.sharpened()


def _long_rows(axis: Axis) -> IntArray:
    """Rows that couple many of the shortest windows."""
    return np.flatnonzero(crosses(axis, _levels(axis)[0]))


def _within(children: list[Copy], window: Window) -> list[Copy]:
    """Copies of the shorter windows in a window."""
    return [child for child in children if len(child.window.own) and child.window.own[0] in window.own]


def _levels(axis: Axis) -> list[IntArray]:
    """Edges of the windows of each level, the shortest windows first; the whole horizon is no level."""
    sizes = []
    size = _WINDOW
    while size * 1.8 < axis.steps:
        sizes.append(size)
        size *= _JOIN
    return nested_cuts(axis, sizes[::-1])[::-1]
