"""Time of on/off decisions: every switch takes the time of its rows, and is known by how far they reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from microgrid.horizon import FloatArray, IntArray
from microgrid.model.matrix import Matrix
from microgrid.model.time_of import Axis, axis_of, axis_with

_BUDGET = 500  # columns above which a row is a budget of many decisions, and does not tie them to each other in time
_CYCLE = 0.25  # share of the horizon that a row of a few columns spans if it ties the end of a store to its start
_FEW = 4


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
    begin, end = _reach_of_rows(axis)
    first, last = _near(axis, begin)[columns], -_near(axis, -end)[columns]
    first, last = (np.where(np.isfinite(time), time, own[columns]) for time in (first, last))
    order = np.argsort(first, kind="stable")
    return SwitchTimes(axis, begin, columns[order], first[order], last[order])


def _near(axis: Axis, begin: FloatArray) -> FloatArray:
    """Earliest time of the rows of each column, and of the columns with a time that are in these rows, (n,).

    begin: earliest time of each row, (m,); infinite for a column in none of the rows that tie decisions to each other.
    """
    count = np.diff(axis.by_row.indptr)
    length = axis.last - axis.first
    cycle = (length > _CYCLE * axis.steps) & (count <= _FEW)
    tied = np.flatnonzero((count <= _BUDGET) & ~cycle & np.isfinite(begin))
    among = axis.by_row[tied]
    row = np.repeat(np.arange(len(tied)), count[tied])
    by_column = _least(begin[tied][row], among.indices, len(axis.column))
    timed = ~np.isnan(axis.column[among.indices])
    by_row = np.minimum(_least(by_column[among.indices][timed], row[timed], len(tied)), begin[tied])
    return _least(by_row[row], among.indices, len(axis.column))


def _least(values: FloatArray, group: IntArray, count: int) -> FloatArray:
    """The least value of each group 0 .. count - 1; infinite for an empty one."""
    found = np.full(count, np.inf)
    np.minimum.at(found, group, values)
    return found


def _reach_of_rows(axis: Axis) -> tuple[FloatArray, FloatArray]:
    """Earliest and latest time of each row; of a row without a time, those of its columns' other rows, (m,) each."""
    first, last = axis.reach()
    begin, end = axis.first.copy(), axis.last.copy()
    untimed = axis.untimed_rows
    among = axis.by_row[untimed]
    row = untimed[np.repeat(np.arange(len(untimed)), np.diff(among.indptr))]
    np.minimum.at(begin, row, first[among.indices])
    np.maximum.at(end, row, last[among.indices])
    return begin, end
