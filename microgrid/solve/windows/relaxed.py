"""Solution of a problem without its exclusive pairs: in windows where that is faster, else in one piece."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from microgrid.contract.status import Status
from microgrid.horizon import FloatArray
from microgrid.model.basis import LOWER, UPPER, Basis
from microgrid.model.certificate import dual_objective
from microgrid.model.matrix import Matrix
from microgrid.solve.answer import Answer
from microgrid.solve.highs.problem import Session
from microgrid.solve.limits import Limits
from microgrid.solve.warm_start import Begin
from microgrid.solve.windows.last_run import Start, finish_whole
from microgrid.solve.windows.levels import Guess, NoWindowsError, guess_of_similar, start_in_windows

_FEASIBLE = 1e-7


def solve_relaxed(
    matrix: Matrix, steps: int, limits: Limits, report_progress: Callable[[str], None], begin: Begin | None = None
) -> tuple[Session, Answer]:
    """Solve a linear problem without its exclusive pairs; returns the answer and the session, which can go on from it.

    begin: basis and values of a similar problem; the whole problem is solved from them if that takes few iterations,
    else from scratch. If the time ends before the whole problem is solved, the answer is the schedule of the windows,
    with the bound that their prices prove.
    """
    started = time.perf_counter()
    if begin is None or begin.basis is None:
        return _from_scratch(matrix, steps, limits, report_progress)
    still = _stands(matrix, begin.basis, begin.x) and keeps_rules(matrix, begin.x)
    guess = guess_of_similar(matrix, steps, begin)
    if guess is None or guess.spending.settled:
        session = Session(matrix, limits)
        answer = session.resume(begin.basis, still, wary=guess is not None and not guess.spending.known)
        if answer is not None:
            return session, answer
        del session  # as it takes as much memory as the one that follows
    session, answer = _from_scratch(matrix, steps, limits.left_since(started), report_progress, guess)
    if answer.status == Status.UNKNOWN:
        session = Session(matrix, limits.left_since(started))
        found = session.resume(begin.basis, still, patient=True)
        if found is not None:
            answer = replace(found, ways=(*answer.ways, *found.ways))
    return session, answer


def _from_scratch(
    matrix: Matrix,
    steps: int,
    limits: Limits,
    report_progress: Callable[[str], None],
    guess: Guess | None = None,
) -> tuple[Session, Answer]:
    """Solve in windows, or else in one piece; guess: the optimum of a similar problem."""
    started = time.perf_counter()
    if guess is not None and not guess.spending.known:
        guess = None
    try:
        start = start_in_windows(matrix, steps, limits.left_since(started), report_progress, guess)
    except NoWindowsError as reason:
        session = Session(matrix, limits.left_since(started))
        return session, replace(session.solve(), note=f"in one piece: {reason}")
    note = f"{start.windows} windows, {start.iterations} iterations before the last run"
    report_progress("solve: the whole")
    last = finish_whole(matrix, start, limits.left_since(started))
    answer = last.answer
    if answer.status == Status.TIME_LIMIT and not answer.found and start.feasible and keeps_rules(matrix, start.x):
        answer = _as_joined(matrix, start)
    return last.session, replace(answer, note=note)


def keeps_rules(matrix: Matrix, x: FloatArray) -> bool:
    """Whether x keeps the limits of all rows, but for rounding; the limits of the columns are not checked."""
    activity = matrix.A @ x
    gross = abs(matrix.A) @ np.abs(x)
    off = np.maximum(matrix.row_lower - activity, activity - matrix.row_upper)
    return bool((off <= _FEASIBLE * np.maximum(1.0, gross)).all())


def _stands(matrix: Matrix, basis: Basis, x: FloatArray) -> bool:
    """Whether each nonbasic column of x is at its limit, which may have moved since the basis was found."""
    limit = np.where(basis.column == UPPER, matrix.upper, np.where(basis.column == LOWER, matrix.lower, x))
    return bool((np.abs(limit - x) <= _FEASIBLE * np.maximum(1.0, np.abs(x))).all())


def _as_joined(matrix: Matrix, start: Start) -> Answer:
    """The schedule of the windows as the answer, for when the time has ended before the whole problem was solved."""
    bound = dual_objective(matrix, start.row_dual)
    none = np.zeros(0)
    objective = matrix.objective(start.x)
    turnover = matrix.turnover(start.x)
    return Answer(Status.TIME_LIMIT, start.x, objective, bound, none, ways=("windows",), turnover=turnover)
