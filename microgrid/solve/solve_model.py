"""From a model to solved values: compile, solve, certify, explain."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from dataclasses import replace

from microgrid.errors import InfeasibleError, OutOfTimeError, SolverError
from microgrid.model.assembly import Model
from microgrid.model.matrix import Matrix, compile_model
from microgrid.model.pairs import pairs_of
from microgrid.solve.answer import Answer
from microgrid.solve.exclusive.proof_by_cases import try_cases
from microgrid.solve.exclusive.search import solve_exclusive
from microgrid.solve.explain.marginal_price import price_of_less
from microgrid.solve.explain.shortage import diagnose
from microgrid.solve.limits import Limits
from microgrid.solve.read_back import Solved, read_back
from microgrid.solve.rolling.model import UNBOUNDED, schedule_soon
from microgrid.solve.tighten import WIDE, Tight, tighten
from microgrid.solve.warm_start import Begin, Known, recall, remember

_ROUNDS = 30
NO_DECISIONS = (
    "infeasible: its on/off decisions fit in part only, whichever way they are made. "
    "Widen the windows of its runs, or the limits of the assets beside them."
)
UNKNOWN = (
    "unknown: no schedule was found, and it is not proven that there is none. Loosen the tightest limits a little, try "
    "another step, or give it more time."
)


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
        InfeasibleError: it is proven that no schedule exists (with the reason), or the objective has no lower limit.
        OutOfTimeError: the time ran out before any schedule was found.
        SolverError: the solver broke off, or found no schedule and no proof either.
    """
    say = say or (lambda _: None)
    started = time.perf_counter()
    say("compile")
    compact = compile_model(model, None if known is None else known.matrix)
    compiled = time.perf_counter()
    say("solve")
    begin = None if known is None else recall(known, compact)
    limits = limits or Limits()
    if begin is None and compact.integer.any():
        begin = schedule_soon(model, compact, limits, say)
    tight, answer = _solve_tight(model, compact, limits.left_since(compiled), say, begin)
    _refuse_unsolved(answer)
    tight, answer = _sharpened(model, tight, answer, limits.left_since(compiled), say)
    solved = read_back(model, tight.matrix, answer, started, compiled)
    if less is None:
        return solved
    say("margin")
    begun = time.perf_counter()
    price = price_of_less(model, tight.matrix, tight.pairs, answer, less, limits.left_since(compiled))
    return replace(solved, less_price=price, timing={**solved.timing, "margin": time.perf_counter() - begun})


def _solve_tight(
    model: Model, compact: Matrix, limits: Limits, say: Callable[[str], None], begin: Begin | None
) -> tuple[Tight, Answer]:
    """The optimum within limits that follow from what can flow; as stated where those may have cost something."""
    started, steps, pairs = time.perf_counter(), model.horizon.steps, pairs_of(model, compact)
    tight = tighten(compact, pairs)
    answer = solve_exclusive(tight.matrix, tight.pairs, limits, steps, say, begin)
    for least_box in (WIDE, math.inf):
        if _settled(tight, answer):
            break
        begin = Begin(None, answer.x) if answer.found else begin
        tight = tighten(compact, pairs, least_box)
        answer = solve_exclusive(tight.matrix, tight.pairs, limits.left_since(started), steps, say, begin)
    if answer.status in ("infeasible", "unknown"):
        say("solve: why there is no schedule")
        answer = _asked_again(model, tight, answer, limits.left_since(started), say)
    return tight, answer


def _settled(tight: Tight, answer: Answer) -> bool:
    """Whether wider boxes would change nothing: prices prove it, or every limit up to a gigawatt is at its word."""
    if not len(tight.boxed) or answer.status == "time_limit":
        return True
    return answer.found and not tight.reaches_box(answer.x) and (answer.certified or tight.box >= WIDE)


def _asked_again(model: Model, tight: Tight, answer: Answer, limits: Limits, say: Callable[[str], None]) -> Answer:
    """The optimum after all, from a schedule that the search for the reason has found.

    Raises:
        InfeasibleError: it is proven that there is no schedule.
        SolverError: nothing is proven, and no schedule was found.
    """
    matrix, steps = tight.matrix, model.horizon.steps
    found = diagnose(model, matrix)
    if found.proven:
        raise InfeasibleError(found.text)
    begin = found.begin
    if matrix.integer.any() or answer.status == "infeasible":
        verdict = try_cases(matrix, tight.pairs)
        if verdict.impossible:
            raise InfeasibleError(found.text or NO_DECISIONS)
        begin = begin if verdict.x is None else Begin(None, verdict.x)
    if begin is not None:
        again = solve_exclusive(matrix, tight.pairs, limits, steps, say, begin)
        if again.found:
            return replace(again, ways=(*answer.ways, *again.ways))
    raise SolverError(f"{UNKNOWN}\n{found.text.replace('infeasible: ', '')}".rstrip())


def _sharpened(
    model: Model, tight: Tight, answer: Answer, limits: Limits, say: Callable[[str], None]
) -> tuple[Tight, Answer]:
    """The optimum once what the model bounds from below is known well where it lies, or after some rounds."""
    started = time.perf_counter()
    for _ in range(_ROUNDS):
        if answer.status != "optimal" or not model.tighten(functools.partial(tight.matrix.values, x=answer.x)):
            break
        known, further = remember(tight.matrix, answer.basis, answer.x), compile_model(model)
        then, found = _solve_tight(model, further, limits.left_since(started), say, recall(known, further))
        if not found.found:
            break
        tight, answer = then, found
    return tight, answer


def _refuse_unsolved(answer: Answer) -> None:
    if answer.status == "unbounded":
        raise InfeasibleError(UNBOUNDED)
    if not answer.found:
        raise OutOfTimeError("the time limit was reached before any schedule was found; allow more time")
