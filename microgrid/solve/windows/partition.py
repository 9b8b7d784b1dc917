"""Partition of a horizon into windows: the columns and rows of each, and those that couple them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.model.basis import StatusArray
from microgrid.model.time_of import Axis


@dataclass(frozen=True)
class Window:
    """Places of a window's columns and rows in the whole matrix.

    own: columns with a time in the window; outer: columns of other windows in its rows; shared: columns without a time
    in its rows; rows: rows that begin in it; untimed: rows of shared columns only.
    """

    own: IntArray
    outer: IntArray
    shared: IntArray
    rows: IntArray
    untimed: IntArray

    @cached_property
    def columns(self) -> IntArray:
        """Columns of the window's problem, in order."""
        return np.concatenate([self.own, self.shared, self.outer])

    @property
    def shared_here(self) -> slice:
        """Places of the shared columns in the window's problem."""
        return slice(len(self.own), len(self.own) + len(self.shared))

    @property
    def outer_here(self) -> slice:
        """Places of the outer columns in the window's problem."""
        return slice(len(self.own) + len(self.shared), len(self.columns))

    @cached_property
    def all_rows(self) -> IntArray:
        """Rows of the window's problem, in order."""
        return np.concatenate([self.rows, self.untimed])


@dataclass(frozen=True)
class Copy:
    """A window's result for columns and rows that it has in common with other windows.

    feasible: whether it keeps all rules at the guess; value, shared: values and statuses of its shared columns;
    untimed: statuses of its untimed rows; loose: outer columns that it had to move away from the guess.
    """

    window: Window
    feasible: bool
    value: FloatArray
    shared: StatusArray
    untimed: StatusArray
    loose: IntArray

    def place(self, column: int) -> int:
        """Place of a column among the shared ones, -1 if it is none of them."""
        found = int(np.searchsorted(self.window.shared, column))
        return found if found < len(self.window.shared) and self.window.shared[found] == column else -1


@dataclass(frozen=True)
class Partition:
    """Windows between neighbouring edges [steps]; fixed: whether a row of another window uses each column, (n,)."""

    edges: IntArray
    windows: tuple[Window, ...]
    fixed: BoolArray


@dataclass(frozen=True)
class Placed:
    """Window of each column, (n,), and of each row, (m,), -1 without a time; row and column of each coefficient.

    abroad: whether the row of a coefficient and its column have different windows.
    """

    column: IntArray
    row: IntArray
    entry_row: IntArray
    entry_column: IntArray
    abroad: BoolArray


def place(axis: Axis, edges: IntArray) -> Placed:
    """Place the columns and rows of a problem in windows between the edges, (windows + 1,) [steps]."""
    inner = edges[1:-1]
    column = np.where(np.isnan(axis.column), -1, np.searchsorted(inner, axis.column, side="right"))
    row = np.where(np.isinf(axis.first), -1, np.searchsorted(inner, axis.first, side="right"))
    entry_row = np.repeat(np.arange(len(row)), np.diff(axis.by_row.indptr))
    entry_column = axis.by_row.indices
    timed = (column[entry_column] >= 0) & (row[entry_row] >= 0)
    abroad = timed & (column[entry_column] != row[entry_row])
    return Placed(column, row, entry_row, entry_column, abroad)


def cut(axis: Axis, edges: IntArray) -> Partition:
    """Cut a problem into windows between the edges, (windows + 1,) [steps]."""
    count = len(edges) - 1
    placed = place(axis, edges)
    entry_row, entry_column = placed.entry_row[placed.abroad], placed.entry_column[placed.abroad]
    fixed = np.zeros(len(placed.column), dtype=bool)
    fixed[entry_column] = True
    own = _grouped(placed.column, count)
    rows = _grouped(placed.row, count)
    outer = _grouped_pairs(np.unique(np.stack([entry_column, placed.row[entry_row]]), axis=1), count)
    windows = tuple(Window(own[k], outer[k], *_closure(axis, rows[k], placed.column < 0)) for k in range(count))
    return Partition(edges, windows, fixed)


def _grouped(group: IntArray, count: int) -> list[IntArray]:
    """Places of the elements of each group 0 .. count - 1; elements with a negative group belong to none."""
    order = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[order], np.arange(count + 1))
    return [order[begin:end] for begin, end in itertools.pairwise(bounds.tolist())]


def _grouped_pairs(pairs: IntArray, count: int) -> list[IntArray]:
    return [pairs[0][places] for places in _grouped(pairs[1], count)]


def _closure(axis: Axis, rows: IntArray, untimed_column: BoolArray) -> tuple[IntArray, IntArray, IntArray]:
    """The shared columns of some rows, these rows, and the untimed rows of these columns.

    Untimed rows may contain further shared columns, and these further untimed rows, until all are found.
    """
    shared = np.zeros(len(untimed_column), dtype=bool)
    shared[axis.by_row[rows].indices] = True
    shared &= untimed_column
    among = axis.by_row[axis.untimed_rows]
    pattern = abs(among)
    kept = np.zeros(among.shape[0], dtype=bool)
    while True:
        touched = pattern @ shared.astype(float) > 0
        if (touched == kept).all():
            return np.flatnonzero(shared), rows, axis.untimed_rows[kept]
        kept = touched
        shared[among[kept].indices] = True
