"""A year in windows: a basis of the whole problem from closed windows, joined level by level.

1. The problem in longer steps (``coarse``), solved in the same way, gives a guess of the states at the cuts, of shared
   columns such as peaks, and of the basis.
2. Windows are closed: the columns that couple them are fixed at the guess, shared columns are held at least at it. Each
   begins from the coarse basis. They are solved side by side.
3. Neighbours are joined to longer windows, from the basis of the shorter ones: what was fixed at the cut between them
   is freed. So most of the work is done on small problems. A freed column that stands between its limits is written
   x = v + plus - minus with both parts at their limit 0, so that it may stay nonbasic where it is.
4. The caller finishes the whole problem from the last joined basis; that run proves the optimum.

Nothing here decides what the optimum is: a poor guess costs time, not truth.
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
from microgrid.solve.windows.closed import Whole
from microgrid.solve.windows.coarse import coarsen
from microgrid.solve.windows.joined import Found, Joined, Task, begin, finish, gather
from microgrid.solve.windows.partition import Copy, Partition, Window, cut

_FEWEST_STEPS = 3000  # below, one piece is as fast
_WINDOW, _JOIN = 700, 4  # steps of a window; how many are joined to one
_COARSER, _COARSEST = 4, 3  # a guess has a quarter of the steps; the guess of what is solved in one piece, a third
_ONE_PIECE = 5000  # up to so many longer steps are solved in one piece
_SHARED_MAX = 0.05  # of the columns

Say = Callable[[str], None]


class NoWindowsError(Exception):
    """Windows cannot help with this problem; the message says why."""


@dataclass(frozen=True)
class Start:
    """Where the whole problem may begin: a basis, with columns that stand between their limits.

    split, at, minus: these columns, their values, and the status of their falling parts; feasible: whether x
    keeps every rule; row_dual: prices of the rows that bound the optimum from below.
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


def start_in_windows(matrix: Matrix, steps: int, limits: Limits, say: Say) -> Start:
    """A start of the whole problem from windows.

    Raises:
        NoWindowsError: they cannot help here.
    """
    if steps < _FEWEST_STEPS:
        raise NoWindowsError(f"{steps} steps are solved in one piece")
    if matrix.integer.any():
        raise NoWindowsError("on/off decisions are solved in one piece")
    axis = axis_of(matrix, steps)
    if np.isnan(axis.column).mean() > _SHARED_MAX:
        raise NoWindowsError("too many of the variables are not about a step")
    with ThreadPoolExecutor(limits.threads) as pool:
        return _Windows(pool, limits, time.perf_counter(), say).start(matrix, axis)


@dataclass(frozen=True)
class _Windows:
    """The same for the problem and for those in longer steps that it begins from."""

    pool: ThreadPoolExecutor
    limits: Limits
    began: float
    say: Say

    def start(self, matrix: Matrix, axis: Axis) -> Start:
        """A start of a problem from its windows."""
        first = self._guess(matrix, axis)
        assert first.basis is not None
        whole, levels = Whole(matrix, axis, first.x, *axis.reach()), _levels(axis)
        joined = begin(whole, first.basis)
        children: list[Copy] = []
        iterations = 0
        for edges in levels:
            self.say(f"solve: {axis.steps:,} steps, {len(edges) - 1} windows")
            found = self._level(whole, joined, cut(axis, edges), children)
            joined, children = gather(joined, found), [part.copy for part in found]
            iterations += sum(part.iterations for part in found)
            if all(child.feasible for child in children) and self._late():
                break
        last = finish(whole, joined, children)
        columns, which = last.columns, last.columns.between
        feasible = all(child.feasible for child in children)
        at, minus, count = columns.at[which], columns.minus[which], len(levels[0]) - 1
        basis = Basis(columns.status, last.row)
        return Start(basis, columns.x, which, at, minus, feasible, last.row_dual, count, iterations)

    def _level(self, whole: Whole, joined: Joined, partition: Partition, children: list[Copy]) -> list[Found]:
        """All windows between the same edges, solved side by side."""
        left = self.limits.left_since(self.began)
        runs = [
            self.pool.submit(Task(whole, joined, partition, number, _within(children, window)).solve, left)
            for number, window in enumerate(partition.windows)
        ]
        return [run.result() for run in runs]

    def _late(self) -> bool:
        """Whether the time has run out: what is feasible now is better than what may not get ready."""
        return self.limits.seconds is not None and time.perf_counter() - self.began > self.limits.seconds

    def _guess(self, matrix: Matrix, axis: Axis) -> Begin:
        """Values and basis from the problem in longer steps."""
        coarse = coarsen(matrix, axis, _COARSER)
        found = coarse.back(self._solve(coarse.matrix, coarse.steps))
        return Begin(found.basis, np.clip(found.x, matrix.lower, matrix.upper))

    def _solve(self, matrix: Matrix, steps: int) -> Point:
        """A problem in longer steps, nearly: again in windows, or in one piece from still longer steps."""
        axis = axis_of(matrix, steps)
        if steps > _ONE_PIECE:
            start = self.start(matrix, axis)
            return Point(start.x, basis=start.basis)
        self.say(f"solve: {steps:,} longer steps")
        left, first = self.limits.left_since(self.began), coarsen(matrix, axis, _COARSEST)
        rough = run_linear(first.matrix, left)
        warm = run_linear(matrix, left, first.back(rough.point).basis) if rough.optimal and rough.basis else rough
        run = warm if warm is not rough and warm.optimal else run_linear(matrix, left)
        if not run.optimal:
            run = run_elastic(matrix, left)
        if run.basis is None:
            raise NoWindowsError("the problem in longer steps has no solution")
        return run.point


def _within(children: list[Copy], window: Window) -> list[Copy]:
    """The shorter windows that a window is made of."""
    return [child for child in children if len(child.window.own) and child.window.own[0] in window.own]


def _levels(axis: Axis) -> list[IntArray]:
    """Edges of the windows, the shortest first; the whole horizon is not among them."""
    sizes = []
    size = _WINDOW
    while size * 1.8 < axis.steps:
        sizes.append(size)
        size *= _JOIN
    return nested_cuts(axis, sizes[::-1])[::-1]
