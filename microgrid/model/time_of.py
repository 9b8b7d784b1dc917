"""Position in time of the columns and rows of a matrix, and cuts of the horizon that separate the fewest of them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.model.matrix import Family, Matrix

# Penalty for a cut through the range of a column without a time, such as a month's peak, in crossing coefficients. As
# the windows on both sides then guess its value, such a cut is made only where there is no other.
_SHARED = 1000


@dataclass(frozen=True)
class Axis:
    """Time axis in steps from the start of the horizon: step t covers [t, t + 1), point p lies at p.

    column: middle of the step, or the point, of each column; NaN for one without a time (a peak, a capacity), (n,).
    first, last: earliest and latest time among the columns of each row, (m,); inf and -inf for a row without any.
    by_row: the coefficients of the matrix by row, (m, n).
    """

    steps: int
    column: FloatArray
    first: FloatArray
    last: FloatArray
    by_row: sp.csr_matrix

    @property
    def untimed_rows(self) -> IntArray:
        """Rows of which no column has a time."""
        return np.flatnonzero(np.isinf(self.first))

    def reach(self) -> tuple[FloatArray, FloatArray]:
        """Earliest and latest time of the rows of each column without a time, each (n,); else inf and -inf."""
        row = np.repeat(np.arange(len(self.first)), np.diff(self.by_row.indptr))
        column = self.by_row.indices
        derived = np.isnan(self.column[column]) & np.isfinite(self.first[row])
        first, last = np.full(len(self.column), np.inf), np.full(len(self.column), -np.inf)
        np.minimum.at(first, column[derived], self.first[row[derived]])
        np.maximum.at(last, column[derived], self.last[row[derived]])
        return first, last

    def life(self) -> tuple[FloatArray, FloatArray]:
        """Earliest and latest time of each column, each (n,); inf and -inf for a column that is tied to no time.

        A column without a time has that of its rows; if these have none either, that of the other columns in them.
        """
        first, last = self.reach()
        timed = ~np.isnan(self.column)
        first[timed] = last[timed] = self.column[timed]
        among = self.by_row[self.untimed_rows]
        row = np.repeat(np.arange(among.shape[0]), np.diff(among.indptr))
        while True:
            begin, end = row_span(among, first, last)
            unknown = np.isinf(first[among.indices]) & np.isfinite(begin[row])
            if not unknown.any():
                return first, last
            np.minimum.at(first, among.indices[unknown], begin[row[unknown]])
            np.maximum.at(last, among.indices[unknown], end[row[unknown]])

    def row_life(self) -> tuple[FloatArray, FloatArray]:
        """Earliest and latest time of each row or, if it has none, of its columns (``life``), each (m,)."""
        begin, end = self.first.copy(), self.last.copy()
        untimed = self.untimed_rows
        begin[untimed], end[untimed] = row_span(self.by_row[untimed], *self.life())
        return begin, end


def row_span(rows: sp.csr_matrix, first: FloatArray, last: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least of ``first`` and greatest of ``last`` over the columns of each row; inf and -inf for an empty row."""
    return _least(first[rows.indices], rows), -_least(-last[rows.indices], rows)


def axis_of(matrix: Matrix, steps: int) -> Axis:
    """The time axis of a matrix over ``steps`` steps."""
    column = np.concatenate([np.zeros(0), *(_times(family) for family in matrix.columns)])
    return _axis(steps, column, sp.csr_matrix(matrix.A))


def axis_with(axis: Axis, column: FloatArray) -> Axis:
    """The axis with other times of the columns, (n,), and with the times of the rows that follow from them."""
    return _axis(axis.steps, column, axis.by_row)


def _axis(steps: int, column: FloatArray, by_row: sp.csr_matrix) -> Axis:
    timed = ~np.isnan(column)
    span = row_span(by_row, np.where(timed, column, np.inf), np.where(timed, column, -np.inf))
    return Axis(steps, column, *span, by_row)


def _times(family: Family) -> FloatArray:
    if family.over == "step":
        return np.arange(family.size, dtype=float) + 0.5
    if family.over == "point":
        return np.arange(family.size, dtype=float)
    if family.step is not None:
        return np.asarray(family.step + 0.5, dtype=float)
    return np.full(family.size, np.nan)


def _least(values: FloatArray, by_row: sp.csr_matrix) -> FloatArray:
    """The least of the values in each row, (m,); infinite for an empty row."""
    found = np.full(by_row.shape[0], np.inf)
    filled = np.diff(by_row.indptr) > 0
    if filled.any():
        found[filled] = np.minimum.reduceat(values, by_row.indptr[:-1][filled])
    return found


def nested_cuts(axis: Axis, sizes: Sequence[int]) -> list[IntArray]:
    """Edges of windows of about each of ``sizes`` steps, each list contained in the next, both ends included.

    Each cut lies near the place that makes the windows equal, where the least crosses it: rows with columns on both
    sides, weighted by their number of columns, and ranges of columns without a time. Of all numbers of windows near
    steps / size, the one is taken whose longest window is shortest and whose cuts are crossed least: twelve for a year
    with monthly peaks.
    """
    crossing = _crossing(axis)
    levels = []
    edges = np.array([0, axis.steps], dtype=np.int64)
    for size in sizes:
        found = [edges[:1]]
        for begin, end in itertools.pairwise(edges.tolist()):
            found.append(_cuts_within(crossing, begin, end, size)[1:])
        edges = np.concatenate(found)
        levels.append(edges)
    return levels


def _cuts_within(crossing: FloatArray, begin: int, end: int, size: int) -> IntArray:
    wish = (end - begin) / size
    counts = range(max(1, round(wish * 0.75)), max(1, round(wish * 1.5)) + 1)
    edges = [_even_cuts(crossing, begin, end, count) for count in counts]

    def badness(found: IntArray) -> float:
        across = crossing[found[1:-1]].mean() / _SHARED if len(found) > 2 else 0.0
        return float(np.diff(found).max() * (1.0 + across))

    return min(edges, key=badness)


def _even_cuts(crossing: FloatArray, begin: int, end: int, count: int) -> IntArray:
    found = [begin]
    share = (end - begin) / count
    for part in range(1, count):
        target = begin + share * part
        near = np.arange(int(np.ceil(target - share / 3)), int(target + share / 3) + 1)
        found.append(int(near[np.argmin(crossing[near] + np.abs(near - target) / share)]))
    return np.array([*found, end], dtype=np.int64)


def _crossing(axis: Axis) -> FloatArray:
    """Weight of the rows and ranges that a cut before each step separates, (N + 1,)."""
    change = np.zeros(axis.steps + 2)

    def span(first: FloatArray, last: FloatArray, weight: NDArray[np.generic] | float) -> None:
        """Add a weight to each cut e with first < e <= last, which separates times before e from e and later."""
        begin, end = np.floor(first).astype(np.int64) + 1, np.floor(last).astype(np.int64) + 1
        np.add.at(change, begin, weight)
        np.add.at(change, end, np.negative(weight))

    rows: BoolArray = np.isfinite(axis.first)
    span(axis.first[rows], axis.last[rows], np.diff(axis.by_row.indptr)[rows].astype(float))
    first, last = axis.reach()
    known = np.isfinite(first)
    span(first[known], last[known], _SHARED)
    return np.cumsum(change)[: axis.steps + 1]
