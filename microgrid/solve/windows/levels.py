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
from microgrid.model.chain import Point
from microgrid.model.matrix import Matrix
from microgrid.model.priced import priced
from microgrid.model.time_of import Axis, axis_of, nested_cuts
from microgrid.solve.highs.free_memory import return_free_memory
from microgrid.solve.highs.simplex import run_elastic, run_linear
from microgrid.solve.limits import Limits
from microgrid.solve.spending import Spending
from microgrid.solve.warm_start import Begin
from microgrid.solve.windows.closed import WholeProblem
from microgrid.solve.windows.coarse import coarsen
from microgrid.solve.windows.joined import Task, WindowResult, begin
from microgrid.solve.windows.last_run import Start, finish_whole
from microgrid.solve.windows.long_rows import crosses
from microgrid.solve.windows.partition import Copy, Partition, Window, cut
from microgrid.solve.windows.reached import Reached

FEWEST_STEPS = 3000  # steps below which a solve in one piece is as fast
_WINDOW = 700  # steps of the shortest windows
_JOIN = 4  # number of windows that are joined to one
_COARSER = 4  # steps in a longer step, for a guess
_COARSEST = 3  # longer steps in a still longer one, for the guess of a problem that is solved in one piece
_ONE_PIECE = 5000  # longer steps up to which their problem is solved in one piece
_SHARED_MAX = 0.05  # greatest share of columns without a time with which windows are worth while

_SIMILAR = 2  # level, counted from the longest windows, that is needed from the optimum of a similar problem
_ROUNDS = 5  # rounds of the shortest windows in which prices are sharpened
_SIMILAR_ROUNDS = 2  # rounds of windows from the optimum of a similar problem

Progress = Callable[[str], None]


class NoWindowsError(Exception):
    """A problem cannot be solved in windows; the message states the reason."""


@dataclass(frozen=True)
class Guess:
    """Guess of values and basis of a problem, and of the prices of its long rows, at the places ``rows``."""

    point: Point
    rows: IntArray
    spending: Spending


def start_in_windows(
    matrix: Matrix, steps: int, limits: Limits, report_progress: Progress, similar: Guess | None = None
) -> Start:
    """Find a start of the whole problem in windows; similar: a guess that takes the place of that from longer steps.

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
        return _Windows(pool, limits, time.perf_counter(), report_progress).start(matrix, axis, similar)


def guess_of_similar(matrix: Matrix, steps: int, begin: Begin) -> Guess | None:
    """The optimum of a similar problem as a guess; None for a problem without windows or long rows.

    Its prices of long rows that the similar problem did not have are NaN.
    """
    if steps < FEWEST_STEPS:
        return None
    rows = _long_rows(axis_of(matrix, steps))
    if not len(rows):
        return None
    unknown = np.full(len(rows), np.nan)
    price = begin.row_dual[rows] if len(begin.row_dual) else unknown
    slope = begin.slope[rows] if len(begin.slope) else unknown
    spending = Spending.begin(matrix, rows, begin.x, price, slope)
    return Guess(Point(begin.x, basis=begin.basis), rows, spending.reached(matrix.A[rows] @ begin.x))


@dataclass(frozen=True)
class _Windows:
    """Solver in windows, for the whole problem and for those in longer steps; began: when it began [s]."""

    pool: ThreadPoolExecutor
    limits: Limits
    began: float
    report_progress: Progress

    def start(self, matrix: Matrix, axis: Axis, similar: Guess | None = None) -> Start:
        """Find a start of a problem in windows."""
        guess = similar or self._guess(matrix, axis)
        without = priced(matrix, guess.rows, guess.spending.price)
        if len(guess.rows):
            axis = axis_of(without.matrix, axis.steps)
        basis = without.into(guess.point).basis
        assert basis is not None
        x = np.clip(guess.point.x, matrix.lower, matrix.upper)
        whole = WholeProblem(without.matrix, axis, x, *axis.reach())
        state = Reached(without, guess.spending, whole, begin(whole, basis, exact=similar is not None), [], 0)
        levels = _levels(axis)
        if similar is not None:
            levels = levels[-_SIMILAR:][:1]
            state = replace(state, spending=state.spending.measuring()).repriced()
        for edges in levels:
            self.report_progress(f"solve: {axis.steps:,} steps, {len(edges) - 1} windows")
            if similar is None:
                state = self._rounds(state, cut(axis, edges), first=edges is levels[0])
            else:
                state = self._similar_rounds(state, cut(axis, edges))
            if state.feasible and self._late():
                break
        start = state.start(len(levels[0]) - 1)
        return start if similar is None else replace(start, near=similar.spending)

    def _rounds(self, state: Reached, partition: Partition, first: bool) -> Reached:
        """Solve all windows of a level, those of the first one in rounds if the effect of prices is not known."""
        state = replace(state, spending=state.spending.fresh())
        if state.spending.sloped:
            return state.after(self._level(state, partition)).repriced()
        for _ in range(_ROUNDS if first else 1):
            state = state.after(self._level(state, partition))
            if state.spending.close and not first:
                break
            close = state.spending.close
            state = state.repriced()
            if close or self._late():
                break
        return state

    def _similar_rounds(self, state: Reached, partition: Partition) -> Reached:
        """Solve the windows of a level, which begin at the optimum of a similar problem, in rounds."""
        for _ in range(_SIMILAR_ROUNDS):
            state = state.after(self._level(state, partition))
            if state.spending.settled or self._late():
                break
            state = state.repriced()
        return state

    def _level(self, state: Reached, partition: Partition) -> list[WindowResult]:
        """Solve all windows of a level in threads."""
        left = self.limits.left_since(self.began)
        tasks = [
            Task(state.whole, state.joined, partition, number, _within(state.children, window))
            for number, window in enumerate(partition.windows)
        ]
        found = [run.result() for run in [self.pool.submit(task.solve, left) for task in tasks]]
        return_free_memory()
        return found

    def _late(self) -> bool:
        """Whether the time limit is reached, so that a feasible schedule must do without further levels."""
        return self.limits.seconds is not None and time.perf_counter() - self.began > self.limits.seconds

    def _guess(self, matrix: Matrix, axis: Axis) -> Guess:
        """Guess values, a basis, and prices of the long rows from the problem in longer steps."""
        rows = _long_rows(axis)
        coarse = coarsen(matrix, axis, _COARSER)
        rough, slope = self._solve(coarse.matrix, coarse.steps, coarse.row[rows])
        point = coarse.back(rough)
        price = coarse.prices(rough.row_dual, rows)
        return Guess(point, rows, Spending.begin(matrix, rows, point.x, price, slope))

    def _solve(self, matrix: Matrix, steps: int, rows: IntArray) -> tuple[Point, FloatArray]:
        """Solve a problem in longer steps: again in windows, or in one piece from still longer steps.

        In windows it is solved approximately, unless prices of some rows are required. Returns the point, and how much
        the total of each of these rows rises with its price, (rows,), NaN if that is not known.
        """
        axis = axis_of(matrix, steps)
        if steps <= _ONE_PIECE:
            return self._in_one_piece(matrix, axis), np.full(len(rows), np.nan)
        start = self.start(matrix, axis)
        if not len(rows):
            return Point(start.x, basis=start.basis), np.zeros(0)
        self.report_progress(f"solve: {steps:,} longer steps")
        answer = finish_whole(matrix, start, self.limits.left_since(self.began)).answer
        slope = np.full(len(matrix.row_lower), np.nan)
        if answer.basis is None or not len(answer.row_dual):  # a budget that longer steps just fail to keep
            slope[start.rows] = start.spending.slope
            return Point(start.x, start.row_dual, start.basis), slope[rows]
        slope = answer.slope if len(answer.slope) else slope
        return Point(answer.x, answer.row_dual, answer.basis), slope[rows]

    def _in_one_piece(self, matrix: Matrix, axis: Axis) -> Point:
        """Solve a problem in longer steps in one piece.

        Raises:
            NoWindowsError: it has no solution.
        """
        self.report_progress(f"solve: {axis.steps:,} longer steps")
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
