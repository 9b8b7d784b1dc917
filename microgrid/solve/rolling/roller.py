"""Rolling horizon on the compiled matrix: window after window, each continuing what those before it decided.

Nothing here knows what a state is. A window takes the columns of its time; what is decided already stands in its rows
as a number. So whatever reaches from the past into the window is handed on as it is: charge, temperature, the month's
peak so far, a run that has begun, energy still owed. Rules that reach beyond the window's end are kept as far as they
can be: a sum owed later is asked for only where the steps that are left could not make up for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.model.basis import BASIC, LOWER, UPPER, ZERO, Basis
from microgrid.model.matrix import Matrix
from microgrid.model.pairs import Pairs
from microgrid.model.time_of import Axis, axis_of
from microgrid.solve.exclusive.search import solve_exclusive
from microgrid.solve.highs.simplex import run_linear
from microgrid.solve.limits import Limits
from microgrid.solve.rolling.windows import Span

_ROUNDING = 1e-6  # by which limits that follow from decided values may contradict each other

_BEFORE = -1.0  # a time at which what is given was decided


@dataclass(frozen=True)
class Rolled:
    """Every column's value (n,), iterations in all, and how many windows needed another way than a warm simplex run."""

    x: FloatArray
    iterations: int
    others: int


class StuckError(Exception):
    """A window cannot continue what was decided; ``rest`` is the problem with that held fast."""

    def __init__(self, rest: Matrix, span: Span, status: str) -> None:
        super().__init__(status)
        self.rest, self.span, self.status = rest, span, status


def roll(
    matrix: Matrix,
    pairs: Pairs,
    steps: int,
    spans: Sequence[Span],
    begins: FloatArray,
    worth: FloatArray,
    limits: Limits,
    say: Callable[[int], None],
) -> Rolled:
    """Solve the windows one after another; the last one keeps all of its steps.

    begins: where columns of the first point stand that the last point has to come back to, else NaN, (n,).
    worth: what a column's unit is worth at a window's end, NaN where the window before tells, (n,).

    Raises:
        StuckError: no schedule of a window continues the ones before.
    """
    roller = _Roller(matrix, pairs, steps, worth, limits)
    if len(spans) > 1:
        roller.begin(begins)
    for number, span in enumerate(spans):
        say(number)
        roller.solve(span, len(spans) - number)
    return Rolled(roller.x, roller.iterations, roller.others)


@dataclass(frozen=True)
class _Piece:
    """The problem of a window: its columns and rows in the whole matrix; valued: columns that later rows need."""

    columns: IntArray
    rows: IntArray
    problem: Matrix
    valued: IntArray


class _Roller:
    def __init__(self, matrix: Matrix, pairs: Pairs, steps: int, worth: FloatArray, limits: Limits) -> None:
        self.matrix, self.pairs, self.steps, self.worth, self.limits = matrix, pairs, steps, worth, limits
        self.began = time.perf_counter()
        self.axis = axis_of(matrix, steps)
        self.first, self.last = _lifetimes(self.axis)
        self.x = np.clip(0.0, matrix.lower, matrix.upper)
        self.dual = np.zeros(len(matrix.row_lower))
        free = np.isinf(matrix.lower) & np.isinf(matrix.upper)
        self.column = np.where(free, ZERO, np.where(np.isinf(matrix.lower), UPPER, LOWER)).astype(np.int8)
        self.row = np.full(len(matrix.row_lower), BASIC, dtype=np.int8)
        self.place = np.full(len(matrix.cost), -1, dtype=np.int64)
        self.iterations = self.others = 0
        self.reached = 0

    def begin(self, values: FloatArray) -> None:
        """Take as decided what the columns of cycles over the whole horizon begin with."""
        cycles = (self.axis.first == 0.0) & (self.axis.last == self.steps)
        joined = np.unique(self.axis.by_row[np.flatnonzero(cycles)].indices)
        given = joined[(self.axis.column[joined] == 0.0) & ~np.isnan(values[joined])]
        self.x[given] = np.clip(values[given], self.matrix.lower[given], self.matrix.upper[given])
        self.last[given] = _BEFORE

    def solve(self, span: Span, left: int) -> None:
        """Decide the columns of a window, one of those that are left; later ones may change what is not kept."""
        self._extend(span)
        piece = self._piece(span)
        if span.begin == 0 and np.isnan(self.worth[piece.columns[piece.valued]]).any():
            self._take(piece, span, self._relaxed(piece))
        piece = self._priced(piece, span)
        relaxed = self._relaxed(piece)
        self._take(piece, span, relaxed)
        near = self._pairs(piece)
        if relaxed is not None and not piece.problem.integer.any() and not len(near.violated(relaxed)):
            return
        self.others += 1
        for limits in dict.fromkeys((self._share(left), self._share(1))):  # of its share; else of all that is left
            answer = solve_exclusive(piece.problem, near, limits)
            if answer.found and not len(near.violated(answer.x)):
                self.x[piece.columns] = answer.x
                return
            if answer.status != "time_limit":
                break
        raise StuckError(self._rest(span), span, answer.status)

    def _relaxed(self, piece: _Piece) -> FloatArray | None:
        """Without on/off decisions, from the basis of the window before; prices and basis are kept for the next."""
        linear = replace(piece.problem, integer=np.zeros(len(piece.columns), dtype=bool))
        basis = Basis(self.column[piece.columns], self.row[piece.rows])
        run = run_linear(linear, self.limits.left_since(self.began), basis)
        self.iterations += run.iterations
        if not run.optimal or run.basis is None:
            return None
        self.column[piece.columns], self.row[piece.rows] = run.basis.column, run.basis.row
        self.dual[piece.rows] = run.row_dual
        return run.x

    def _share(self, windows: int) -> Limits:
        """A window's share of the time that is left."""
        limits = self.limits.left_since(self.began)
        return limits if limits.seconds is None else replace(limits, seconds=limits.seconds / windows)

    def _take(self, piece: _Piece, span: Span, x: FloatArray | None) -> None:
        if x is not None:
            self.x[piece.columns] = x
        self.reached = span.end

    def _rest(self, span: Span) -> Matrix:
        """The whole problem with what was decided before the window held fast."""
        decided = self._decided(span.begin)
        lower, upper = (np.where(decided, self.x, limit) for limit in (self.matrix.lower, self.matrix.upper))
        return replace(self.matrix, lower=lower, upper=upper)

    def _decided(self, begin: int) -> BoolArray:
        return self.last <= (begin or _BEFORE)

    def _piece(self, span: Span) -> _Piece:
        matrix, axis = self.matrix, self.axis
        decided = self._decided(span.begin)
        columns = np.flatnonzero(~decided & (self.first <= span.end))
        sub = matrix.A[:, columns]
        touched = np.zeros(len(matrix.row_lower), dtype=bool)
        touched[sub.indices] = True
        beyond = touched & (axis.first >= span.end) & np.isfinite(axis.first)
        rows = np.flatnonzero(touched & ~beyond)
        entries = axis.by_row[rows]
        row, column = np.repeat(np.arange(len(rows)), np.diff(entries.indptr)), entries.indices
        self.place[columns] = np.arange(len(columns))
        place = self.place[column]
        self.place[columns] = -1
        lower, upper = self._limits(rows, row, column, entries.data, place, decided)
        timed = ~np.isnan(axis.column[columns])
        at_edge = np.zeros(len(columns), dtype=bool)
        crossing = beyond[sub.indices]
        at_edge[np.repeat(np.arange(len(columns)), np.diff(sub.indptr))[crossing]] = True
        valued = np.flatnonzero(at_edge & timed)
        own = place >= 0
        return self._assembled(columns, rows, (row[own], place[own], entries.data[own]), (lower, upper), valued)

    def _limits(
        self, rows: IntArray, row: IntArray, column: IntArray, value: FloatArray, place: IntArray, decided: BoolArray
    ) -> tuple[FloatArray, FloatArray]:
        """Limits of the rows without what is decided, and widened by all that what comes later could add to them."""
        matrix, count = self.matrix, len(rows)
        past = (place < 0) & decided[column]
        given = np.bincount(row[past], value[past] * self.x[column[past]], minlength=count)
        later = (place < 0) & ~decided[column]
        row, value, column = row[later], value[later], column[later]
        least, most = matrix.lower[column] * value, matrix.upper[column] * value
        falling = np.bincount(row, np.minimum(least, most), minlength=count)
        rising = np.bincount(row, np.maximum(least, most), minlength=count)
        return matrix.row_lower[rows] - given - rising, matrix.row_upper[rows] - given - falling

    def _assembled(
        self,
        columns: IntArray,
        rows: IntArray,
        entries: tuple[IntArray, IntArray, FloatArray],
        limits: tuple[FloatArray, FloatArray],
        valued: IntArray,
    ) -> _Piece:
        """Rows of one column become its limits; rows that bind nothing are left out."""
        matrix, (row, column, value), (row_lower, row_upper) = self.matrix, entries, limits
        lower, upper = matrix.lower[columns], matrix.upper[columns]
        single = np.bincount(row, minlength=len(rows)) == 1
        alone = single[row]
        ends = np.stack([row_lower[row[alone]], row_upper[row[alone]]]) / value[alone]
        np.maximum.at(lower, column[alone], ends.min(axis=0))
        np.minimum.at(upper, column[alone], ends.max(axis=0))
        crossed = lower > upper
        lower[crossed & (lower - upper < _ROUNDING)] = upper[crossed & (lower - upper < _ROUNDING)]
        whole = matrix.integer[columns]
        lower[whole], upper[whole] = np.ceil(lower[whole] - _ROUNDING), np.floor(upper[whole] + _ROUNDING)
        kept = ~single & (np.isfinite(row_lower) | np.isfinite(row_upper))
        number, own = np.cumsum(kept) - 1, kept[row]
        shape = (int(kept.sum()), len(columns))
        problem = replace(
            matrix,
            cost=matrix.cost[columns],
            offset=0.0,
            lower=lower,
            upper=upper,
            integer=whole,
            A=sp.csc_matrix((value[own], (number[row[own]], column[own])), shape=shape),
            row_lower=row_lower[kept],
            row_upper=row_upper[kept],
            columns=(),
            rows=(),
        )
        return _Piece(columns, rows[kept], problem, valued)

    def _priced(self, piece: _Piece, span: Span) -> _Piece:
        """What a state is worth at the window's end, from the prices of the window before.

        The cost of all later steps changes with a state x by  -(sum over later rows of A[row, x] price[row]).
        """
        cost = piece.problem.cost.copy()
        columns = piece.columns[piece.valued]
        told = [self._told(columns - (span.end - point), point) for point in span.like.tolist()]
        before = np.mean(told, axis=0) if told else np.zeros(len(columns))
        cost[piece.valued] += np.where(np.isnan(self.worth[columns]), before, -self.worth[columns])
        return replace(piece, problem=replace(piece.problem, cost=cost))

    def _told(self, columns: IntArray, point: int) -> FloatArray:
        part = self.matrix.A[:, columns]
        priced = np.where((self.axis.first >= point) & np.isfinite(self.axis.first), self.dual, 0.0)
        return np.asarray(-(part.T @ priced))

    def _pairs(self, piece: _Piece) -> Pairs:
        self.place[piece.columns] = np.arange(len(piece.columns))
        first, second = self.place[self.pairs.first], self.place[self.pairs.second]
        self.place[piece.columns] = -1
        own = (first >= 0) & (second >= 0)
        limits = self.pairs.first_max[own], self.pairs.second_max[own]
        return Pairs(first[own], second[own], *limits, self.pairs.group[own])

    def _extend(self, span: Span) -> None:
        """Steps that no window has seen yet begin from the basis of as many steps before."""
        for families, status in ((self.matrix.columns, self.column), (self.matrix.rows, self.row)):
            for family in families:
                first = self.reached + (family.over == "point")
                new = min(span.end - self.reached, first)  # finer steps may follow on coarser ones
                if span.begin and family.over and first + new <= family.size:
                    known = status[family.span]
                    known[first : first + new] = known[first - new : first]


def _lifetimes(axis: Axis) -> tuple[FloatArray, FloatArray]:
    """From when to when each column can be decided: its time, or that of the rows it is in; else always, each (n,).

    A column that is only in rows without a time lives as long as the others in these rows.
    """
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
    return first, last
