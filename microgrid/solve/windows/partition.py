"""A horizon cut into windows: what belongs to each, and what couples them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.model.basis import StatusArray
from microgrid.model.time_of import Axis

# A row with many columns in other windows, or with some beyond the next one, is shared out (a budget of the year); any
# other keeps its columns in other windows fixed (the state at a cut, a run that crosses it, a cycle that is closed).
_FIXED_MAX, _FEW = 500, 4


@dataclass(frozen=True)
class Window:
    """The places of a window's columns and rows in the whole matrix.

    own: its timed columns; outer: columns of other windows that its rows need; shared: columns without a time that they
    need; rows: those that begin in it; untimed: rows among shared columns; long: rows that several windows share out.
    """

    own: IntArray
    outer: IntArray
    shared: IntArray
    rows: IntArray
    untimed: IntArray
    long: IntArray

    @cached_property
    def columns(self) -> IntArray:
        """Columns of its problem, in order."""
        return np.concatenate([self.own, self.shared, self.outer])

    @property
    def shared_here(self) -> slice:
        """Where the shared columns stand in its problem."""
        return slice(len(self.own), len(self.own) + len(self.shared))

    @property
    def outer_here(self) -> slice:
        """Where the columns of other windows stand in its problem."""
        return slice(len(self.own) + len(self.shared), len(self.columns))

    @cached_property
    def all_rows(self) -> IntArray:
        """Rows of its problem, in order."""
        return np.concatenate([self.rows, self.untimed, self.long])


@dataclass(frozen=True)
class Copy:
    """How a window left what it has in common with others: shared columns, untimed rows, its parts of long rows.

    loose: columns of other windows that are basic here, as the guess cannot be kept; spare: for each part of a long row
    that binds, the basic column that depends on it most: it can be nonbasic instead.
    """

    window: Window
    feasible: bool
    value: FloatArray
    shared: StatusArray
    untimed: StatusArray
    long: StatusArray
    loose: IntArray
    spare: tuple[int, ...]

    def place(self, column: int) -> int:
        """Where a column stands among the shared ones, -1 if it is not one of them."""
        found = int(np.searchsorted(self.window.shared, column))
        return found if found < len(self.window.shared) and self.window.shared[found] == column else -1


@dataclass(frozen=True)
class Partition:
    """Windows between neighbouring edges [steps].

    fixed: columns that a row of another window uses, (n,); portions: how many windows share each long row, (m,).
    """

    edges: IntArray
    windows: tuple[Window, ...]
    fixed: BoolArray
    portions: IntArray


def cut(axis: Axis, edges: IntArray) -> Partition:
    """The windows between the edges."""
    inner, count = edges[1:-1], len(edges) - 1
    column = np.where(np.isnan(axis.column), -1, np.searchsorted(inner, axis.column, side="right"))
    row = np.where(np.isinf(axis.first), -1, np.searchsorted(inner, axis.first, side="right"))
    entry_row = np.repeat(np.arange(len(row)), np.diff(axis.by_row.indptr))
    entry_column = axis.by_row.indices
    timed = (column[entry_column] >= 0) & (row[entry_row] >= 0)
    abroad = timed & (column[entry_column] != row[entry_row])
    reached = np.zeros(len(row), dtype=np.int64)
    np.maximum.at(reached, entry_row[timed], column[entry_column[timed]])
    count_abroad = np.bincount(entry_row[abroad], minlength=len(row))
    long = ((reached - row > 1) & (count_abroad > _FEW)) | (count_abroad > _FIXED_MAX)
    fixed = np.zeros(len(column), dtype=bool)
    fixed[entry_column[abroad & ~long[entry_row]]] = True
    parted = timed & long[entry_row]
    pairs = np.unique(np.stack([entry_row[parted], column[entry_column[parted]]]), axis=1)
    own, rows = _grouped(column, count), _grouped(np.where(long, -1, row), count)
    parts = _grouped_pairs(pairs, count)
    across = abroad & ~long[entry_row]
    outer = _grouped_pairs(np.unique(np.stack([entry_column[across], row[entry_row[across]]]), axis=1), count)
    windows = tuple(Window(own[k], outer[k], *_closure(axis, rows[k], column < 0), parts[k]) for k in range(count))
    return Partition(edges, windows, fixed, np.bincount(pairs[0], minlength=len(row)))


def _grouped(group: IntArray, count: int) -> list[IntArray]:
    """The places in each group 0 .. count - 1; negative ones belong to none."""
    order = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[order], np.arange(count + 1))
    return [order[begin:end] for begin, end in itertools.pairwise(bounds.tolist())]


def _grouped_pairs(pairs: IntArray, count: int) -> list[IntArray]:
    return [pairs[0][places] for places in _grouped(pairs[1], count)]


def _closure(axis: Axis, rows: IntArray, untimed_column: BoolArray) -> tuple[IntArray, IntArray, IntArray]:
    """The shared columns of the rows, the rows, and the untimed rows among these, with all columns that they bring."""
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
