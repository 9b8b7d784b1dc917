"""Rolling horizon on a matrix: windows are solved one after another, each from the decisions of those before it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from microgrid.contract.status import Status
from microgrid.horizon import FloatArray, IntArray
from microgrid.model.basis import BASIC, Basis, StatusArray, at_limit
from microgrid.model.chain import Point
from microgrid.model.matrix import Family, Matrix
from microgrid.model.pairs import Pairs
from microgrid.model.verbs import without_decisions
from microgrid.solve.exclusive.search import solve_exclusive
from microgrid.solve.highs.simplex import run_linear
from microgrid.solve.limits import Limits
from microgrid.solve.rolling.piece import Lifetimes, Piece, cut_out, lifetimes_of, rest
from microgrid.solve.rolling.windows import Span
from microgrid.solve.warm_start import Begin


@dataclass(frozen=True)
class Rolled:
    """Result of a rolling horizon.

    x: values of the columns, (n,); iterations: number of all windows together; others: number of windows that needed a
    search for decisions after the simplex run.
    """

    x: FloatArray
    iterations: int
    others: int


class StuckError(Exception):
    """No schedule was found for window ``span``; rest: the whole problem with all earlier decisions fixed."""

    def __init__(self, rest: Matrix, span: Span, status: Status) -> None:
        super().__init__(status)
        self.rest = rest
        self.span = span
        self.status = status


def roll(
    matrix: Matrix,
    pairs: Pairs,
    steps: int,
    spans: Sequence[Span],
    begins: FloatArray,
    worth: FloatArray,
    limits: Limits,
    report_progress: Callable[[int], None],
) -> Rolled:
    """Solve the windows one after another; the last one keeps all of its steps.

    Args:
        matrix: the whole problem, (m, n).
        pairs: its exclusive pairs.
        steps: number of steps of its time axis.
        spans: the windows.
        begins: value of each column of the first point whose state must end as it began; else NaN, (n,).
        worth: worth of a unit of each column at the end of a window; NaN if it follows from the prices of the window
            before, (n,).
        limits: gap, and time limit of all windows together.
        report_progress: called with the number of each window as it begins.

    Raises:
        StuckError: no schedule of a window is possible, or found in time, after the decisions of those before.
    """
    began = time.perf_counter()
    state = _State(_nothing_decided(matrix))
    lifetimes = lifetimes_of(matrix, steps)
    if len(spans) > 1:
        lifetimes, state = _begun(lifetimes, state, begins)
    for number, span in enumerate(spans):
        report_progress(number)
        clock = _Clock(limits, began, len(spans) - number)
        state = _Window(lifetimes, span, pairs, worth, clock).solve(state)
    return Rolled(state.point.x, state.iterations, state.others)


@dataclass(frozen=True)
class _State:
    """State of a rolling horizon between two windows.

    point: decisions so far, with the prices and basis from which the next window begins; reached: end of the windows
    solved so far [steps]; iterations, others: see ``Rolled``.
    """

    point: Point
    reached: int = 0
    iterations: int = 0
    others: int = 0


@dataclass(frozen=True)
class _Clock:
    """Clock of a rolling horizon: when it began [s], its limits, and the number of windows that are left."""

    limits: Limits
    began: float
    windows: int

    @property
    def left(self) -> Limits:
        """Limits with all of the remaining time."""
        return self.limits.left_since(self.began)

    @property
    def share(self) -> Limits:
        """Limits with the remaining time divided by the number of windows that are left."""
        left = self.left
        return left if left.seconds is None else replace(left, seconds=left.seconds / self.windows)


def _nothing_decided(matrix: Matrix) -> Point:
    """Point before the first window: all columns 0, whatever their limits are, prices 0, and all rows basic."""
    rows = len(matrix.row_lower)
    basis = Basis(at_limit(matrix.lower, matrix.upper), np.full(rows, BASIC, dtype=np.int8))
    return Point(np.zeros(len(matrix.cost)), np.zeros(rows), basis)


def _begun(lifetimes: Lifetimes, state: _State, begins: FloatArray) -> tuple[Lifetimes, _State]:
    """Fix the start of states that must end as they began, so that each window knows the value at the horizon's end."""
    matrix = lifetimes.matrix
    axis = lifetimes.axis
    cycles = (axis.first == 0.0) & (axis.last == axis.steps)
    joined = np.unique(axis.by_row[np.flatnonzero(cycles)].indices)
    given = joined[(axis.column[joined] == 0.0) & ~np.isnan(begins[joined])]
    x = state.point.x.copy()
    x[given] = np.clip(begins[given], matrix.lower[given], matrix.upper[given])
    return lifetimes.given(given), replace(state, point=replace(state.point, x=x))


@dataclass(frozen=True)
class _Window:
    """One window of a rolling horizon; pairs, worth: of the whole problem."""

    lifetimes: Lifetimes
    span: Span
    pairs: Pairs
    worth: FloatArray
    clock: _Clock

    def solve(self, state: _State) -> _State:
        """Decide the window's columns; later windows may change those beyond the steps that are kept.

        1. Steps that are in no window yet get the basis of an equal number of steps before them.
        2. The window is cut out of the whole problem. The first one is also solved without a worth of states at its
           end, to find prices.
        3. The worth of states at its end is subtracted from their costs, and the linear problem is solved.
        4. If pairs are used at once, or there are on/off decisions, the best schedule that keeps them is sought.

        Raises:
            StuckError: no schedule of the window is possible, or found in time, after the decisions of those before.
        """
        decided = state.point
        reached = state.reached
        state = replace(state, point=self._extended(state))
        piece = cut_out(self.lifetimes, self.span, state.point)
        if self.span.begin == 0 and np.isnan(self.worth[piece.columns[piece.valued]]).any():
            state, _ = self._relaxed(piece, state)
        piece = piece.priced(self._worth_at_end(piece, state.point.row_dual))
        state, x = self._relaxed(piece, state)
        near = piece.pairs(self.pairs, len(self.worth))
        if x is not None and not piece.problem.integer.any() and not len(near.violated(x)):
            return state
        return self._with_decisions(piece, near, state, decided, self._known(piece, reached, decided, x))

    def _relaxed(self, piece: Piece, state: _State) -> tuple[_State, FloatArray | None]:
        """Solve the window without on/off decisions from the basis of a state; returns the new state and the optimum.

        The next window begins from its prices and basis. Without an optimum the state keeps its point.
        """
        run = run_linear(without_decisions(piece.problem), self.clock.left, piece.chain.into(state.point).basis)
        tried = replace(state, reached=self.span.end, iterations=state.iterations + run.iterations)
        if not run.optimal or run.basis is None:
            return tried, None
        return replace(tried, point=piece.chain.back(run.point)), run.x

    def _known(self, piece: Piece, reached: int, decided: Point, relaxed: FloatArray | None) -> Begin | None:
        """The relaxed schedule, with the on/off decisions of the window before for the steps that both have."""
        known = piece.problem.integer & (self.lifetimes.last[piece.columns] < reached)
        if relaxed is None or not known.any():
            return None
        x = relaxed.copy()
        x[known] = decided.x[piece.columns[known]]
        x[piece.problem.integer] = np.round(x[piece.problem.integer])
        return Begin(None, x)

    def _with_decisions(self, piece: Piece, near: Pairs, state: _State, decided: Point, begin: Begin | None) -> _State:
        """Find the window's best schedule with on/off decisions, in its share of the time, else in all that is left."""
        for limits in dict.fromkeys((self.clock.share, self.clock.left)):
            answer = solve_exclusive(piece.problem, near, limits, begin=begin)
            if answer.found and not len(near.violated(answer.x)):
                x = piece.chain.back(Point(answer.x)).x
                return replace(state, point=replace(state.point, x=x), others=state.others + 1)
            if answer.status != Status.TIME_LIMIT:
                break
        raise StuckError(rest(self.lifetimes, self.span, decided), self.span, answer.status)

    def _worth_at_end(self, piece: Piece, row_dual: FloatArray) -> FloatArray:
        """Worth of a unit of each valued column at the window's end, (valued,): as stated, else by earlier prices.

        By the prices of the window before, a unit of a state x is worth  sum over later rows of A[row, x] price[row].
        """
        columns = piece.columns[piece.valued]
        end = self.span.end
        seen = [self._worth_at(columns - (end - point), point, row_dual) for point in self.span.like.tolist()]
        before = np.mean(seen, axis=0) if seen else np.zeros(len(columns))
        return np.where(np.isnan(self.worth[columns]), before, self.worth[columns])

    def _worth_at(self, columns: IntArray, point: int, row_dual: FloatArray) -> FloatArray:
        later = (self.lifetimes.axis.first >= point) & np.isfinite(self.lifetimes.axis.first)
        return np.asarray(self.lifetimes.matrix.A[:, columns].T @ np.where(later, row_dual, 0.0))

    def _extended(self, state: _State) -> Point:
        """Point of a state whose basis repeats known statuses in the steps that are in no window yet."""
        basis = state.point.basis
        matrix = self.lifetimes.matrix
        if basis is None or not self.span.begin:
            return state.point
        column = _repeated(basis.column, matrix.columns, state.reached, self.span.end)
        row = _repeated(basis.row, matrix.rows, state.reached, self.span.end)
        return replace(state.point, basis=Basis(column, row))


def _repeated(status: StatusArray, families: Sequence[Family], reached: int, end: int) -> StatusArray:
    """Statuses in which steps reached .. end - 1 have those of the equal number of steps before ``reached``."""
    found = status.copy()
    for family in families:
        first = reached + (family.over == "point")
        new = min(end - reached, first)  # fewer steps are known where finer ones follow coarser ones
        if family.over and first + new <= family.size:
            known = found[family.span]
            known[first : first + new] = known[first - new : first]
    return found
