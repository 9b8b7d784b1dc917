"""Joining of windows: values and a basis of the whole problem are put together from windows, level by level.

The page ``docs/windows.md`` shows each step that changes the basis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from microgrid.horizon import BoolArray, FloatArray
from microgrid.model.basis import BASIC, LOWER, UPPER, Basis, StatusArray
from microgrid.model.matrix import Matrix
from microgrid.model.split_columns import Split, SplitBasis, split
from microgrid.solve.highs.simplex import Run, run_linear
from microgrid.solve.limits import Limits
from microgrid.solve.windows.closed import WholeProblem, close_window
from microgrid.solve.windows.column_states import EDGE, ColumnStates
from microgrid.solve.windows.merge import Merge, Merged, winner
from microgrid.solve.windows.partition import Copy, Partition, Window, cut


@dataclass(frozen=True)
class Joined:
    """Values, statuses and prices of the whole problem after a level of windows.

    columns: all columns, (n,); row, row_dual: statuses and prices of the rows, (m,); loose: whether another window had
    to move each column away from the guess, (n,); exact: whether the guess is the point of this basis.
    """

    columns: ColumnStates
    row: StatusArray
    row_dual: FloatArray
    loose: BoolArray
    exact: bool = False


@dataclass(frozen=True)
class WindowResult:
    """Result of a window: its own columns and rows, and its copy of the columns and rows that other windows have too.

    own: of its own columns, (k,); row, row_dual: statuses and prices of its rows; loose: whether another window had to
    move each of its own columns away from the guess, (k,); iterations: number in its run.
    """

    own: ColumnStates
    row: StatusArray
    row_dual: FloatArray
    loose: BoolArray
    copy: Copy
    iterations: int


def begin(whole: WholeProblem, basis: Basis, exact: bool) -> Joined:
    """State before the first level: the guess of the columns, and a guess of the basis.

    exact: whether the guess is the point of the basis, so that nonbasic columns stay at the guess.
    """
    columns = ColumnStates.begin(whole.guess, basis.column)
    if exact:
        nonbasic = np.flatnonzero(basis.column != BASIC)
        lower, upper = whole.matrix.lower[nonbasic], whole.matrix.upper[nonbasic]
        columns = columns.held(nonbasic, whole.guess[nonbasic], lower, upper)
    loose = np.zeros(len(whole.guess), dtype=bool)
    return Joined(columns, basis.row, np.zeros(len(basis.row)), loose, exact)


@dataclass(frozen=True)
class Task:
    """Solution of a window from the results of the level before; children: copies of the shorter windows in it."""

    whole: WholeProblem
    joined: Joined
    partition: Partition
    number: int
    children: list[Copy]

    @property
    def window(self) -> Window:
        """The window to be solved."""
        return self.partition.windows[self.number]

    def solve(self, limits: Limits) -> WindowResult:
        """Close the window, merge the bases of its children, split columns between their limits, solve, and read.

        Nothing outside the task is changed, so that windows can be solved in threads.
        """
        problem = close_window(self.whole, self.partition, self.number).matrix
        own, merged = self._from_children(problem)
        start = self._freed(problem, own, merged)
        run = run_linear(start.split.matrix, limits, start.basis, start.feasible)
        return self._nothing(own) if run.basis is None else self._read(own, start.split, run, run.basis)

    def _from_children(self, problem: Matrix) -> tuple[ColumnStates, Merged]:
        """States of its own columns, and statuses of its shared columns and rows merged from the shorter windows."""
        window = self.window
        columns = self.joined.columns
        own = columns.of(window.own)
        row = self.joined.row[window.all_rows]
        here = window.shared_here
        if self.joined.exact:
            fixed = np.flatnonzero(self.partition.fixed[window.own])
            own = own.held(fixed, own.x[fixed], own.x[fixed], own.x[fixed])
            return own, Merged(_at_guess(columns.of(window.shared), problem.lower[here], problem.upper[here]), row)
        if not self.children:
            return own, Merged(columns.status[window.shared], row)
        return own, merge(self.whole, self.joined, window, self.children, problem.lower[here], problem.upper[here])

    def _freed(self, problem: Matrix, own: ColumnStates, merged: Merged) -> SplitBasis:
        """The problem with its outer columns, and columns between their limits, split in two; and its basis."""
        window = self.window
        loose = self.joined.loose
        between = own.between[~self.partition.fixed[window.own[own.between]]]
        which = np.concatenate([between, np.arange(len(window.columns))[window.outer_here]])
        columns = window.columns[which]
        inner = which < len(window.own)
        at = np.concatenate([own.at[between], self.joined.columns.at[window.outer]])
        at = np.where(np.isnan(at) | loose[columns], self.whole.guess[columns], at)
        parted = split(problem, which, at, np.where(inner, -problem.cost[which], self.whole.price))
        status = np.where(loose[window.own], LOWER, own.status)
        outer = np.where(loose[window.outer], BASIC, LOWER)
        basis = Basis(np.concatenate([status, merged.shared, outer]).astype(np.int8), merged.row)
        minus = np.concatenate([own.minus[between], np.full(len(window.outer), LOWER, np.int8)])
        feasible = self.joined.exact or (bool(self.children) and all(child.feasible for child in self.children))
        return SplitBasis(parted, parted.with_falling(basis, minus), feasible)

    def _read(self, own: ColumnStates, parted: Split, run: Run, basis: Basis) -> WindowResult:
        """Read the result of the window from a run."""
        window = self.window
        count = len(self.window.columns)
        inner = parted.which < len(self.window.own)
        x = parted.back(run.point).x
        minus = basis.column[count:]
        mine = slice(len(window.own))
        own = own.solved(x[mine], basis.column[mine], parted.which[inner], minus[inner])
        fixed = self.partition.fixed[window.own]
        loose = self.joined.loose[window.own]
        held = np.flatnonzero(fixed & (own.status != BASIC))
        columns = window.own[held]
        matrix = self.whole.matrix
        own = own.held(held, self.whole.guess[columns], matrix.lower[columns], matrix.upper[columns])
        rows = slice(len(window.rows))
        copy = self._copy(x, minus[~inner], run, basis)
        return WindowResult(own, basis.row[rows], run.row_dual[rows], loose & ~fixed, copy, run.iterations)

    def _copy(self, x: FloatArray, outer_minus: StatusArray, run: Run, basis: Basis) -> Copy:
        """Read the window's copy of the columns and rows that other windows have too."""
        window = self.window
        shared = self.window.shared_here
        outer = self.window.outer_here
        moved = (basis.column[outer] != LOWER) | (outer_minus != LOWER)
        away = np.abs(x[outer] - self.whole.guess[window.outer]).max(initial=0.0)
        untimed = slice(len(window.rows), len(window.rows) + len(window.untimed))
        return Copy(
            window,
            run.feasible and bool(away <= EDGE),
            x[shared],
            basis.column[shared],
            basis.row[untimed],
            window.outer[moved],
        )

    def _nothing(self, own: ColumnStates) -> WindowResult:
        """Result of a window whose run ended without a basis: its state before the run."""
        window = self.window
        joined = self.joined
        untimed = np.full(len(window.untimed), BASIC, np.int8)
        shared = np.full(len(window.shared), LOWER, np.int8)
        none = np.zeros(0, dtype=np.int64)
        value = self.whole.guess[window.shared]
        copy = Copy(window, False, value, shared, untimed, none)
        return WindowResult(
            own, joined.row[window.rows], joined.row_dual[window.rows], joined.loose[window.own], copy, 0
        )


def _at_guess(shared: ColumnStates, lower: FloatArray, upper: FloatArray) -> StatusArray:
    """Statuses of shared columns: nonbasic where the guess, that other windows may need, is a limit in this window."""
    low, high = shared.x <= lower, shared.x >= upper
    return np.where(low, LOWER, np.where(high, UPPER, shared.status)).astype(np.int8)


def gather(joined: Joined, found: Sequence[WindowResult]) -> Joined:
    """Gather the results of all windows of a level.

    Columns that a window had to move away from the guess become basic, in a row of that window.
    """
    columns = joined.columns.copied()
    loose = joined.loose.copy()
    row = joined.row.copy()
    row_dual = joined.row_dual.copy()
    for part in found:
        window = part.copy.window
        columns.put(window.own, part.own)
        loose[window.own] = part.loose
        row[window.rows] = part.row
        row_dual[window.rows] = part.row_dual
    for part in found:
        moved = part.copy.loose[columns.status[part.copy.loose] != BASIC]
        columns.free(moved)
        loose[moved] = True
    return Joined(columns, row, row_dual, loose)


def values(whole: WholeProblem, joined: Joined, children: list[Copy]) -> FloatArray:
    """Values of all columns after a level, (n,); of the copies of a shared column the dearest counts."""
    x = joined.columns.x.copy()
    for column in np.unique(np.concatenate([child.window.shared for child in children])).tolist():
        best = winner(whole, column, children)
        if best is not None:
            x[column] = best[0].value[best[1]]
    return x


def finish(whole: WholeProblem, joined: Joined, children: list[Copy]) -> Joined:
    """Merge the longest windows to the whole problem, in which no column is held at the guess any more."""
    [window] = cut(whole.axis, np.array([0, whole.axis.steps])).windows
    lower, upper = whole.matrix.lower, whole.matrix.upper
    merged = merge(whole, joined, window, children, lower[window.shared], upper[window.shared])
    columns = joined.columns.copied()
    columns.status[window.shared] = merged.shared
    columns.x[window.shared] = values(whole, joined, children)[window.shared]
    row = joined.row.copy()
    row[window.all_rows] = merged.row
    return replace(joined, columns=columns, row=row)


def merge(
    whole: WholeProblem, joined: Joined, window: Window, children: list[Copy], lower: FloatArray, upper: FloatArray
) -> Merged:
    """Merge statuses of a window's shared columns, with limits lower and upper, and of its rows, from its children."""
    place = {int(r): k for k, r in enumerate(window.all_rows)}
    row = joined.row[window.all_rows]
    return Merge(whole, joined.columns.x, joined.row_dual, window, children, row, place).run(lower, upper)
