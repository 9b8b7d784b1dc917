"""From a model to solved values: compile, solve, certify, explain."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import replace

from microgrid.errors import InfeasibleError, OutOfTimeError
from microgrid.model.assembly import Model
from microgrid.solve.diagnose import explain_infeasible
from microgrid.solve.exclusive import solve_exclusive
from microgrid.solve.highs import Answer
from microgrid.solve.known import Known, recall, remember
from microgrid.solve.limits import Limits
from microgrid.solve.margin import price_of_less
from microgrid.solve.matrix import Matrix, compile_model
from microgrid.solve.pairs import pairs_of
from microgrid.solve.rolling_model import UNBOUNDED, schedule_soon
from microgrid.solve.solved import Solved, read_back
from microgrid.solve.tighten import tighten

_ROUNDS = 30


def solve_model(
    model: Model,
    limits: Limits | None = None,
    say: Callable[[str], None] | None = None,
    known: Known | None = None,
    less: str | None = None,
) -> Solved:
    """The least objective of a model; known: where a similar model stood when it was solved.

    less: an account of which it is to be told what a trifle less would cost.

    Raises:
        InfeasibleError: no schedule exists (with the reason), or the objective has no lower limit.
        OutOfTimeError: the time ran out before any schedule was found.
        SolverError: the solver broke off.
    """
    say = say or (lambda _: None)
    started = time.perf_counter()
    say("compile")
    compact = compile_model(model, None if known is None else known.matrix)
    matrix, pairs = tighten(compact, pairs_of(model, compact))
    compiled = time.perf_counter()
    say("solve")
    begin = None if known is None else recall(known, matrix)
    limits = limits or Limits()
    if begin is None and matrix.integer.any():
        begin = schedule_soon(model, matrix, limits, say)
    left = limits.left_since(compiled)
    answer = solve_exclusive(matrix, pairs, left, model.horizon.steps, say, begin)
    _refuse_unsolved(answer, model, matrix)
    matrix, answer = _tightened(model, matrix, answer, limits.left_since(compiled), say)
    solved = read_back(model, matrix, answer, started, compiled)
    if less is None:
        return solved
    say("margin")
    begun = time.perf_counter()
    price = price_of_less(model, matrix, pairs, answer, less, limits.left_since(compiled))
    return replace(solved, less_price=price, timing={**solved.timing, "margin": time.perf_counter() - begun})


def _tightened(
    model: Model, matrix: Matrix, answer: Answer, limits: Limits, say: Callable[[str], None]
) -> tuple[Matrix, Answer]:
    """The optimum once what the model bounds from below is known well where it lies, or after some rounds."""
    started = time.perf_counter()
    for _ in range(_ROUNDS):
        if answer.status != "optimal" or not model.tighten(functools.partial(matrix.values, x=answer.x)):
            break
        known = remember(matrix, answer.basis, answer.x)
        compact = compile_model(model)
        further, pairs = tighten(compact, pairs_of(model, compact))
        left = limits.left_since(started)
        found = solve_exclusive(further, pairs, left, model.horizon.steps, say, recall(known, further))
        if not found.found:
            break
        matrix, answer = further, found
    return matrix, answer


def _refuse_unsolved(answer: Answer, model: Model, matrix: Matrix) -> None:
    if answer.status == "infeasible":
        raise InfeasibleError(explain_infeasible(model, matrix))
    if answer.status == "unbounded":
        raise InfeasibleError(UNBOUNDED)
    if not answer.found:
        raise OutOfTimeError("the time limit was reached before any schedule was found; allow more time")
