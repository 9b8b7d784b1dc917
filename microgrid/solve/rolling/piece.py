"""Problem of one window of a rolling horizon, as a chain of changes of the whole problem.

States have no special treatment. A window takes the columns of its time; earlier decisions are constants in its rows.
So everything that reaches from the past into the window is handed on: charge, temperature, the month's peak so far, a
run that has begun, energy still owed. Rules that reach beyond the window's end are kept as far as possible: a sum that
is due later is required only where the remaining steps could not make up for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.model.chain import Chain, Point
from microgrid.model.matrix import Matrix
from microgrid.model.pairs import Pairs
from microgrid.model.restricted import reduced, restricted
from microgrid.model.time_of import Axis, axis_of
from microgrid.model.verbs import fixed, with_costs, with_limits
from microgrid.solve.rolling.windows import Span

_BEFORE = -1.0  # time of decisions that are given before the first window


@dataclass(frozen=True)
class Lifetimes:
    """A problem on its time axis; first, last: earliest and latest time to decide each column [steps], each (n,)."""

    matrix: Matrix
    axis: Axis
    first: FloatArray
    last: FloatArray

    def decided(self, begin: int) -> BoolArray:
        """Whether each column is decided before a window that begins at step ``begin``, (n,)."""
        return self.last <= (begin or _BEFORE)

    def given(self, columns: IntArray) -> Lifetimes:
        """The problem with some columns decided before the first window."""
        last = self.last.copy()
        last[columns] = _BEFORE
        return replace(self, last=last)


@dataclass(frozen=True)
class Piece:
    """Problem of one window, and the translation of its points back to the whole problem.

    chain: changes from the whole problem to that of the window; columns: places of its columns in the whole problem;
    valued: places among ``columns`` of the states at its end, on which later rows depend.
    """

    chain: Chain
    columns: IntArray
    valued: IntArray

    @property
    def problem(self) -> Matrix:
        """Matrix of the window's problem."""
        return self.chain.matrix

    def priced(self, worth: FloatArray) -> Piece:
        """The piece with the worth of a unit of each valued column, (valued,), subtracted from its cost."""
        cost = self.problem.cost.copy()
        cost[self.valued] -= worth
        return replace(self, chain=self.chain.then(with_costs, cost))

    def pairs(self, pairs: Pairs, columns: int) -> Pairs:
        """Pairs with both columns in the window, by their places in it; columns: number in the whole problem."""
        place = np.full(columns, -1, dtype=np.int64)
        place[self.columns] = np.arange(len(self.columns))
        first, second = place[pairs.first], place[pairs.second]
        own = (first >= 0) & (second >= 0)
        return Pairs(first[own], second[own], pairs.first_max[own], pairs.second_max[own], pairs.group[own])


def cut_out(lifetimes: Lifetimes, span: Span, decided: Point) -> Piece:
    """Cut the problem of a window out of the whole problem.

    1. The whole problem is restricted to the window's columns, in those of their rows that begin before its end.
       Earlier decisions are constants in these rows; later columns are 0 there.
    2. The limits of the rows are widened by the most that later columns could add to them.
    3. A row with a single column left becomes a limit of that column, and a row that binds nothing is left out.

    decided: point of the whole problem with the decisions of the windows before, and 0 for columns of none of them.
    """
    matrix = lifetimes.matrix
    axis = lifetimes.axis
    past = lifetimes.decided(span.begin)
    columns = np.flatnonzero(~past & (lifetimes.first <= span.end))
    sub = matrix.A[:, columns]
    touched = np.zeros(len(matrix.row_lower), dtype=bool)
    touched[sub.indices] = True
    beyond = touched & (axis.first >= span.end) & np.isfinite(axis.first)
    rows = np.flatnonzero(touched & ~beyond)
    later = ~past
    later[columns] = False
    chain = Chain(matrix).then(restricted, columns, rows, decided, axis.by_row).then(_widened, lifetimes, rows, later)
    chain = chain.then(reduced, chain.into(decided))
    reaches = np.zeros(len(columns), dtype=bool)
    reaches[np.repeat(np.arange(len(columns)), np.diff(sub.indptr))[beyond[sub.indices]]] = True
    return Piece(chain, columns, np.flatnonzero(reaches & ~np.isnan(axis.column[columns])))


def rest(lifetimes: Lifetimes, span: Span, decided: Point) -> Matrix:
    """The whole problem with the decisions of all windows before ``span`` fixed."""
    past = np.flatnonzero(lifetimes.decided(span.begin))
    return fixed(lifetimes.matrix, past, decided.x[past])


def _widened(matrix: Matrix, lifetimes: Lifetimes, rows: IntArray, later: BoolArray) -> Matrix:
    """The problem with the limits of its rows widened by the most that columns of later windows could add or take."""
    entries = lifetimes.axis.by_row[rows]
    row = np.repeat(np.arange(len(rows)), np.diff(entries.indptr))
    there = later[entries.indices]
    row = row[there]
    column = entries.indices[there]
    value = entries.data[there]
    least, most = lifetimes.matrix.lower[column] * value, lifetimes.matrix.upper[column] * value
    falling = np.bincount(row, np.minimum(least, most), minlength=len(rows))
    rising = np.bincount(row, np.maximum(least, most), minlength=len(rows))
    return with_limits(matrix, row_lower=matrix.row_lower - rising, row_upper=matrix.row_upper - falling)


def lifetimes_of(matrix: Matrix, steps: int) -> Lifetimes:
    """Find the time at which each column of a problem can be decided: its own, else that of its rows, else any.

    A column that is only in rows without a time has the time of the other columns in these rows.
    """
    axis = axis_of(matrix, steps)
    first, last = axis.life()
    never = ~np.isfinite(first)
    first[never] = -np.inf
    last[never] = np.inf
    return Lifetimes(matrix, axis, first, last)
