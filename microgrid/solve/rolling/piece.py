"""The problem of one window of a rolling horizon, as a chain of changes of the whole problem.

Nothing here knows what a state is. A window takes the columns of its time; what is decided already stands in its rows
as a number. So whatever reaches from the past into the window is handed on as it is: charge, temperature, the month's
peak so far, a run that has begun, energy still owed. Rules that reach beyond the window's end are kept as far as they
can be: a sum owed later is asked for only where the steps that are left could not make up for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.model.chain import Chain, Point
from microgrid.model.matrix import Matrix
from microgrid.model.pairs import Pairs
from microgrid.model.restricted import lean, restricted
from microgrid.model.time_of import Axis, axis_of
from microgrid.model.verbs import fixed, with_costs, with_limits
from microgrid.solve.rolling.windows import Span

_BEFORE = -1.0  # a time at which what is given was decided


@dataclass(frozen=True)
class Lives:
    """A problem on its time axis; first, last: from when to when each column can be decided, each (n,)."""

    matrix: Matrix
    axis: Axis
    first: FloatArray
    last: FloatArray

    def decided(self, begin: int) -> BoolArray:
        """The columns that are decided before a window begins, (n,)."""
        return self.last <= (begin or _BEFORE)

    def given(self, columns: IntArray) -> Lives:
        """The problem in which some columns are decided before any window begins."""
        last = self.last.copy()
        last[columns] = _BEFORE
        return replace(self, last=last)


@dataclass(frozen=True)
class Piece:
    """A window's problem, and the way back from it.

    columns: its columns in the whole problem; valued: places among them of states at its end, which later rows need.
    """

    chain: Chain
    columns: IntArray
    valued: IntArray

    @property
    def problem(self) -> Matrix:
        """The window's problem."""
        return self.chain.matrix

    def priced(self, worth: FloatArray) -> Piece:
        """The piece in which a unit of each valued column at the window's end is worth so much, (valued,)."""
        cost = self.problem.cost.copy()
        cost[self.valued] -= worth
        return replace(self, chain=self.chain.then(with_costs, cost))

    def pairs(self, pairs: Pairs, columns: int) -> Pairs:
        """The pairs of which both columns are in the window, by their places in it; columns: of the whole problem."""
        place = np.full(columns, -1, dtype=np.int64)
        place[self.columns] = np.arange(len(self.columns))
        first, second = place[pairs.first], place[pairs.second]
        own = (first >= 0) & (second >= 0)
        return Pairs(first[own], second[own], pairs.first_max[own], pairs.second_max[own], pairs.group[own])


def cut_out(lives: Lives, span: Span, decided: Point) -> Piece:
    """The problem of a window; decided: where the windows before it stand, and zero for what no window has seen.

    1. The window's columns, in those of their rows that begin before its end: a restriction of the whole. What is
       decided is in the rows as a number; what comes later is at zero there.
    2. The rows' limits are widened by all that what comes later could add to them.
    3. A row with a single column left becomes a limit of that column, and a row that binds nothing is left out.
    """
    matrix, axis, past = lives.matrix, lives.axis, lives.decided(span.begin)
    columns = np.flatnonzero(~past & (lives.first <= span.end))
    sub = matrix.A[:, columns]
    touched = np.zeros(len(matrix.row_lower), dtype=bool)
    touched[sub.indices] = True
    beyond = touched & (axis.first >= span.end) & np.isfinite(axis.first)
    rows = np.flatnonzero(touched & ~beyond)
    later = ~past
    later[columns] = False
    chain = Chain(matrix).then(restricted, columns, rows, decided, axis.by_row).then(_widened, lives, rows, later)
    chain = chain.then(lean, chain.into(decided))
    reaches = np.zeros(len(columns), dtype=bool)
    reaches[np.repeat(np.arange(len(columns)), np.diff(sub.indptr))[beyond[sub.indices]]] = True
    return Piece(chain, columns, np.flatnonzero(reaches & ~np.isnan(axis.column[columns])))


def rest(lives: Lives, span: Span, decided: Point) -> Matrix:
    """The whole problem with what was decided before a window held fast."""
    past = np.flatnonzero(lives.decided(span.begin))
    return fixed(lives.matrix, past, decided.x[past])


def _widened(matrix: Matrix, lives: Lives, rows: IntArray, later: BoolArray) -> Matrix:
    """The problem with limits of its rows widened by the most that the later columns could add or take."""
    entries = lives.axis.by_row[rows]
    row, there = np.repeat(np.arange(len(rows)), np.diff(entries.indptr)), later[entries.indices]
    row, column, value = row[there], entries.indices[there], entries.data[there]
    least, most = lives.matrix.lower[column] * value, lives.matrix.upper[column] * value
    falling = np.bincount(row, np.minimum(least, most), minlength=len(rows))
    rising = np.bincount(row, np.maximum(least, most), minlength=len(rows))
    return with_limits(matrix, row_lower=matrix.row_lower - rising, row_upper=matrix.row_upper - falling)


def lives_of(matrix: Matrix, steps: int) -> Lives:
    """When each column of a problem can be decided: at its time, or that of the rows it is in; else always.

    A column that is only in rows without a time lives as long as the others in these rows.
    """
    axis = axis_of(matrix, steps)
    first, last = axis.reach()
    timed = ~np.isnan(axis.column)
    first[timed] = last[timed] = axis.column[timed]
    known = np.isfinite(first)
    among = axis.by_row[axis.untimed_rows]
    row = np.repeat(np.arange(among.shape[0]), np.diff(among.indptr))
    begin, end = np.full(among.shape[0], np.inf), np.full(among.shape[0], -np.inf)
    np.minimum.at(begin, row, first[among.indices])
    np.maximum.at(end, row, last[among.indices])
    unknown = ~known[among.indices]
    np.minimum.at(first, among.indices[unknown], begin[row[unknown]])
    np.maximum.at(last, among.indices[unknown], end[row[unknown]])
    never = ~np.isfinite(first)
    first[never], last[never] = -np.inf, np.inf
    return Lives(matrix, axis, first, last)
