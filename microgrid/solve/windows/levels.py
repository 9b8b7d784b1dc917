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
from dataclasses import dataclass

import numpy as np

from microgrid.horizon import FloatArray, IntArray
from microgrid.model.basis import Basis, StatusArray
from microgrid.model.chain import Point
from microgrid.model.matrix import Matrix
from microgrid.model.time_of import Axis, axis_of, nested_cuts
from microgrid.solve.highs.simplex import run_elastic, run_linear
from microgrid.solve.limits import Limits
from microgrid.solve.warm_start import Begin
from microgrid.solve.windows.closed import WholeProblem
from microgrid.solve.windows.coarse import coarsen
from microgrid.solve.windows.joined import Joined, Task, WindowResult, begin, finish, gather
from microgrid.solve.windows.partition import Copy, Partition, Window, cut

_FEWEST_STEPS = 3000  # steps below which a solve in one piece is as fast
_WINDOW = 700  # steps of the shortest windows
_JOIN = 4  # number of windows that are joined to one
_COARSER = 4  # steps in a longer step, for a guess
_COARSEST = 3  # longer steps in a still longer one, for the guess of a problem that is solved in one piece
_ONE_PIECE = 5000  # longer steps up to which their problem is solved in one piece
_SHARED_MAX = 0.05  # greatest share of columns without a time with which windows are worth while

Progress = Callable[[str], None]


class NoWindowsError(Exception):
    """A problem cannot be solved in windows; the message states the reason."""


@dataclass(frozen=True)
class Start:
    """Start of the whole problem: values and a basis, with nonbasic columns between their limits.

    x: values, (n,); split, at, minus: columns between their limits, their values, and the statuses of their falling
    parts, (k,) each; feasible: whether x keeps every rule; row_dual: prices of the rows, which bound the optimum from
    below, (m,); windows: number of the shortest windows; iterations: number in all windows.
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


def start_in_windows(matrix: Matrix, steps: int, limits: Limits, report_progress: Progress) -> Start:
    """Find a start of the whole problem in windows.

    Raises:
        NoWindowsError: the problem is too short, has on/off decisions, too many columns without a time, or no solution
            in longer steps.
    """
    if steps < _FEWEST_STEPS:
        raise NoWindowsError(f"{steps} steps are solved in one piece")
    if matrix.integer.any():
        raise NoWindowsError("on/off decisions are solved in one piece")
    axis = axis_of(matrix, steps)
    if np.isnan(axis.column).mean() > _SHARED_MAX:
        raise NoWindowsError("too many variables belong to no single step")
    with ThreadPoolExecutor(limits.threads) as pool:
        return _Windows(pool, limits, time.perf_counter(), report_progress).start(matrix, axis)


@dataclass(frozen=True)
class _Windows:
    """Solver in windows, for the whole problem and for those in longer steps; began: when it began [s]."""

    pool: ThreadPoolExecutor
    limits: Limits
    began: float
    report_progress: Progress

    def start(self, matrix: Matrix, axis: Axis) -> Start:
        """Find a start of a problem in windows."""
        first = self._guess(matrix, axis)
        assert first.basis is not None
        whole = WholeProblem(matrix, axis, first.x, *axis.reach())
        levels = _levels(axis)
        joined = begin(whole, first.basis)
        children: list[Copy] = []
        iterations = 0
        for edges in levels:
            self.report_progress(f"solve: {axis.steps:,} steps, {len(edges) - 1} windows")
            found = self._level(whole, joined, cut(axis, edges), children)
            joined = gather(joined, found)
            children = [part.copy for part in found]
            iterations += sum(part.iterations for part in found)
            if all(child.feasible for child in children) and self._late():
                break
        last = finish(whole, joined, children)
        columns = last.columns
        which = last.columns.between
        feasible = all(child.feasible for child in children)
        at = columns.at[which]
        minus = columns.minus[which]
        count = len(levels[0]) - 1
        basis = Basis(columns.status, last.row)
        return Start(basis, columns.x, which, at, minus, feasible, last.row_dual, count, iterations)

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

    def _guess(self, matrix: Matrix, axis: Axis) -> Begin:
        """Guess values and a basis from the problem in longer steps."""
        coarse = coarsen(matrix, axis, _COARSER)
        found = coarse.back(self._solve(coarse.matrix, coarse.steps))
        return Begin(found.basis, np.clip(found.x, matrix.lower, matrix.upper))

    def _solve(self, matrix: Matrix, steps: int) -> Point:
        """Solve a problem in longer steps approximately: again in windows, or in one piece from still longer steps.

        Raises:
            NoWindowsError: it has no solution.
        """
        axis = axis_of(matrix, steps)
        if steps > _ONE_PIECE:
            start = self.start(matrix, axis)
            return Point(start.x, basis=start.basis)
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
        return run.point


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
