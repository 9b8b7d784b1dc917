"""Rolling horizon on the compiled matrix: window after window, each continuing what those before it decided."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from microgrid.horizon import FloatArray, IntArray
from microgrid.model.basis import BASIC, Basis, StatusArray, at_limit
from microgrid.model.chain import Point
from microgrid.model.matrix import Family, Matrix
from microgrid.model.pairs import Pairs
from microgrid.model.verbs import without_decisions
from microgrid.solve.exclusive.search import solve_exclusive
from microgrid.solve.highs.simplex import run_linear
from microgrid.solve.limits import Limits
from microgrid.solve.rolling.piece import Lives, Piece, cut_out, lives_of, rest
from microgrid.solve.rolling.windows import Span


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
    began, state = time.perf_counter(), _State(_nothing_decided(matrix))
    lives = lives_of(matrix, steps)
    if len(spans) > 1:
        lives, state = _begun(lives, state, begins)
    for number, span in enumerate(spans):
        say(number)
        clock = _Clock(limits, began, len(spans) - number)
        state = _Window(lives, span, pairs, worth, clock).solve(state)
    return Rolled(state.point.x, state.iterations, state.others)


@dataclass(frozen=True)
class _State:
    """What has been decided so far, and the prices and basis that the next window begins from.

    reached: the end of the windows that were solved; iterations, others: see ``Rolled``.
    """

    point: Point
    reached: int = 0
    iterations: int = 0
    others: int = 0


@dataclass(frozen=True)
class _Clock:
    """The time that is left, and by how many windows it has to be shared."""

    limits: Limits
    began: float
    windows: int

    @property
    def left(self) -> Limits:
        """All that is left."""
        return self.limits.left_since(self.began)

    @property
    def share(self) -> Limits:
        """A window's share."""
        left = self.left
        return left if left.seconds is None else replace(left, seconds=left.seconds / self.windows)


def _nothing_decided(matrix: Matrix) -> Point:
    """Columns without a value yet, which are zero whatever their limits are, no prices, and no row that binds."""
    rows = len(matrix.row_lower)
    basis = Basis(at_limit(matrix.lower, matrix.upper), np.full(rows, BASIC, dtype=np.int8))
    return Point(np.zeros(len(matrix.cost)), np.zeros(rows), basis)


def _begun(lives: Lives, state: _State, begins: FloatArray) -> tuple[Lives, _State]:
    """Take as decided what the columns of cycles over the whole horizon begin with."""
    matrix, axis = lives.matrix, lives.axis
    cycles = (axis.first == 0.0) & (axis.last == axis.steps)
    joined = np.unique(axis.by_row[np.flatnonzero(cycles)].indices)
    given = joined[(axis.column[joined] == 0.0) & ~np.isnan(begins[joined])]
    x = state.point.x.copy()
    x[given] = np.clip(begins[given], matrix.lower[given], matrix.upper[given])
    return lives.given(given), replace(state, point=replace(state.point, x=x))


@dataclass(frozen=True)
class _Window:
    """One window of the rolling horizon; pairs, worth: of the whole problem."""

    lives: Lives
    span: Span
    pairs: Pairs
    worth: FloatArray
    clock: _Clock

    def solve(self, state: _State) -> _State:
        """Decide the window's columns; later windows may change what is not kept.

        1. Steps that no window has seen begin from the basis of as many steps before.
        2. The window is cut out of the whole. The first one is solved once without prices at its end, to learn them.
        3. What states at its end are worth is added to their costs, and the linear problem is solved.
        4. Where pairs are used at once, or something is on or off, the search for the best such schedule follows.

        Raises:
            StuckError: no schedule continues the ones before.
        """
        decided, state = state.point, replace(state, point=self._extended(state))
        piece = cut_out(self.lives, self.span, state.point)
        if self.span.begin == 0 and np.isnan(self.worth[piece.columns[piece.valued]]).any():
            state, _ = self._relaxed(piece, state)
        piece = piece.priced(self._worth_at_end(piece, state.point.row_dual))
        state, x = self._relaxed(piece, state)
        near = piece.pairs(self.pairs, len(self.worth))
        if x is not None and not piece.problem.integer.any() and not len(near.violated(x)):
            return state
        return self._with_decisions(piece, near, state, decided)

    def _relaxed(self, piece: Piece, state: _State) -> tuple[_State, FloatArray | None]:
        """The optimum of the window without on/off decisions, from the basis of the state, and the state with it.

        Its prices and basis are what the next window begins from. Without an optimum the state stays what it was.
        """
        run = run_linear(without_decisions(piece.problem), self.clock.left, piece.chain.into(state.point).basis)
        tried = replace(state, reached=self.span.end, iterations=state.iterations + run.iterations)
        if not run.optimal or run.basis is None:
            return tried, None
        return replace(tried, point=piece.chain.back(run.point)), run.x

    def _with_decisions(self, piece: Piece, near: Pairs, state: _State, decided: Point) -> _State:
        """The best schedule of the window with its on/off decisions, in its share of the time, else in all of it."""
        for limits in dict.fromkeys((self.clock.share, self.clock.left)):
            answer = solve_exclusive(piece.problem, near, limits)
            if answer.found and not len(near.violated(answer.x)):
                x = piece.chain.back(Point(answer.x)).x
                return replace(state, point=replace(state.point, x=x), others=state.others + 1)
            if answer.status != "time_limit":
                break
        raise StuckError(rest(self.lives, self.span, decided), self.span, answer.status)

    def _worth_at_end(self, piece: Piece, row_dual: FloatArray) -> FloatArray:
        """What a unit of each valued column is worth at the end of the window: as stated, else by earlier prices.

        By the prices of the window before, a unit of a state x is worth  sum over later rows of A[row, x] price[row].
        """
        columns, end = piece.columns[piece.valued], self.span.end
        seen = [self._worth_at(columns - (end - point), point, row_dual) for point in self.span.like.tolist()]
        before = np.mean(seen, axis=0) if seen else np.zeros(len(columns))
        return np.where(np.isnan(self.worth[columns]), before, self.worth[columns])

    def _worth_at(self, columns: IntArray, point: int, row_dual: FloatArray) -> FloatArray:
        later = (self.lives.axis.first >= point) & np.isfinite(self.lives.axis.first)
        return np.asarray(self.lives.matrix.A[:, columns].T @ np.where(later, row_dual, 0.0))

    def _extended(self, state: _State) -> Point:
        """The state's basis, in which steps that no window has seen yet stand as as many steps before."""
        basis, matrix = state.point.basis, self.lives.matrix
        if basis is None or not self.span.begin:
            return state.point
        column = _repeated(basis.column, matrix.columns, state.reached, self.span.end)
        row = _repeated(basis.row, matrix.rows, state.reached, self.span.end)
        return replace(state.point, basis=Basis(column, row))


def _repeated(status: StatusArray, families: Sequence[Family], reached: int, end: int) -> StatusArray:
    """Statuses in which the steps reached .. end - 1 stand as as many steps before them."""
    found = status.copy()
    for family in families:
        first = reached + (family.over == "point")
        new = min(end - reached, first)  # finer steps may follow on coarser ones
        if family.over and first + new <= family.size:
            known = found[family.span]
            known[first : first + new] = known[first - new : first]
    return found
