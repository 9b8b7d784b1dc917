"""Time of on/off decisions: every switch takes the time of its rows, and is known by how far they reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.model.matrix import Matrix
from microgrid.model.time_of import Axis, axis_of, axis_with

# A row that spans much of the horizon ties no decisions to each other if it has a few columns, as the end of a store
# and its start, or many switches, as a budget. Rows of the columns beside a switch do not if they have many columns.
_SPAN = 0.25
_FEW = 4
_SWITCHES = 100
_COLUMNS = 500


@dataclass(frozen=True)
class SwitchTimes:
    """A time axis on which each switch that is in a row with a time has a time.

    columns: the switches, in order of time, (k,); first, last: earliest and latest time that their rows reach [steps],
    (k,) each, NaN if none of their rows has a time; row_begin: earliest time of each row or, if it has none, of its
    columns' other rows, (m,), infinite for a row without either.
    """

    axis: Axis
    row_begin: FloatArray
    columns: IntArray
    first: FloatArray
    last: FloatArray

    @property
    def longest(self) -> float:
        """Length of the longest reach [steps]; infinite if a switch has no time, 0 without switches."""
        length = np.where(np.isnan(self.first), np.inf, self.last - self.first)
        return float(length.max(initial=0.0))


def switch_times(matrix: Matrix, steps: int) -> SwitchTimes:
    """Find the times of all switches of a problem.

    A switch without a time of its own takes the earliest time of the rows that it is in, so that the start of a run
    belongs to the step in which its course begins. It reaches as far as these rows do, and as the rows of the columns
    beside it in them do: all decisions of a run reach over the window of the run, whose energy is one row. A row
    without a time reaches as far as its columns do: a month, for the tier of a monthly sum.
    """
    axis = axis_of(matrix, steps)
    columns = np.flatnonzero(matrix.integer)
    part = matrix.A[:, columns]
    column = np.repeat(columns, np.diff(part.indptr))
    time = _least(axis.first[part.indices], column, len(matrix.cost))
    own = axis.column.copy()
    untimed = columns[np.isnan(own[columns]) & np.isfinite(time[columns])]
    own[untimed] = time[untimed]
    axis = axis_with(axis, own)
    begin, end = axis.row_life()
    tied = _tied(axis, begin, end, matrix.integer)
    first, last = _near(axis, begin, tied)[columns], -_near(axis, -end, tied)[columns]
    first, last = (np.where(np.isfinite(time), time, own[columns]) for time in (first, last))
    order = np.argsort(first, kind="stable")
    return SwitchTimes(axis, begin, columns[order], first[order], last[order])


def _tied(axis: Axis, begin: FloatArray, end: FloatArray, integer: BoolArray) -> BoolArray:
    """Whether each row ties the decisions in it to each other, (m,)."""
    count = np.diff(axis.by_row.indptr)
    switches = axis.by_row.astype(bool) @ integer.astype(float)
    wide = end - begin > _SPAN * axis.steps
    cycle = np.isfinite(axis.first) & (count <= _FEW)
    return np.asarray(np.isfinite(begin) & ~(wide & (cycle | (switches > _SWITCHES))))


def _near(axis: Axis, begin: FloatArray, tied: BoolArray) -> FloatArray:
    """Earliest time of the rows of each column, and of the columns with a time that are in these rows, (n,).

    begin: earliest time of each row, (m,); tied: whether it counts, (m,). Infinite for a column in no row that counts.
    """
    rows = np.flatnonzero(tied)
    among = axis.by_row[rows]
    count = np.diff(among.indptr)
    row = np.repeat(np.arange(len(rows)), count)
    narrow = (count <= _COLUMNS)[row]
    by_column = _least(begin[rows][row][narrow], among.indices[narrow], len(axis.column))
    timed = ~np.isnan(axis.column[among.indices])
    by_row = np.minimum(_least(by_column[among.indices][timed], row[timed], len(rows)), begin[rows])
    return _least(by_row[row], among.indices, len(axis.column))


def _least(values: FloatArray, group: IntArray, count: int) -> FloatArray:
    """The least value of each group 0 .. count - 1; infinite for an empty one."""
    found = np.full(count, np.inf)
    np.minimum.at(found, group, values)
    return found
