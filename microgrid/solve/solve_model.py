"""Solution of a model: compile, solve, certify the optimum, or explain why there is none."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from dataclasses import replace

from microgrid.contract.status import Status
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
from microgrid.solve.rolling.model import UNBOUNDED
from microgrid.solve.stop import keeping_best, stop_requested
from microgrid.solve.tighten import WIDE, Tight, tighten
from microgrid.solve.warm_start import Begin, Known, recall, remember

_ROUNDS = 30  # rounds of sharpening bounds
NO_DECISIONS = (
    "infeasible: no combination of on/off decisions keeps all limits. "
    "Widen the windows of the runs, or the limits of the assets beside them."
)
UNKNOWN = (
    "unknown: no schedule was found, and it is not proven that there is none. Loosen the tightest limits a little, try "
    "another step, or allow more time."
)


def solve_model(
    model: Model,
    limits: Limits | None = None,
    report_progress: Callable[[str], None] | None = None,
    known: Known | None = None,
    less: str | None = None,
) -> Solved:
    """Solve a model for its least objective.

    Args:
        model: the model.
        limits: gap, time and threads.
        report_progress: called with the name of each stage as it begins.
        known: result of a similar model, from which the solver begins.
        less: an account whose marginal price is to be found, see ``price_of_less``.

    Raises:
        InfeasibleError: no schedule exists, as is proven (with the reason), or the objective has no lower limit.
        OutOfTimeError: the time limit was reached before any schedule was found.
        SolverError: the solver stopped without an answer, or found neither a schedule nor a proof.
    """
    report_progress = report_progress or (lambda _: None)
    started = time.perf_counter()
    report_progress("compile")
    compact = compile_model(model, None if known is None else known.matrix)
    compiled = time.perf_counter()
    report_progress("solve")
    begin = None if known is None else recall(known, compact)
    limits = limits or Limits()
    with keeping_best():
        tight, answer = _solve_tight(model, compact, limits.left_since(compiled), report_progress, begin)
        _refuse_unsolved(answer)
        tight, answer = _sharpened(model, tight, answer, limits.left_since(compiled), report_progress)
        if stop_requested() and answer.status == Status.TIME_LIMIT:
            answer = replace(answer, status=Status.INTERRUPTED)
    solved = read_back(model, tight.matrix, answer, started, compiled)
    if less is None:
        return solved
    report_progress("margin")
    begun = time.perf_counter()
    price = price_of_less(model, tight.matrix, tight.pairs, answer, less, limits.left_since(compiled))
    return replace(solved, less_price=price, timing={**solved.timing, "margin": time.perf_counter() - begun})


def _solve_tight(
    model: Model, compact: Matrix, limits: Limits, report_progress: Callable[[str], None], begin: Begin | None
) -> tuple[Tight, Answer]:
    """Solve with tightened limits (``tighten``), and with wider boxes while a box may have changed the optimum."""
    started = time.perf_counter()
    steps = model.horizon.steps
    pairs = pairs_of(model, compact)
    tight = tighten(compact, pairs)
    answer = solve_exclusive(tight.matrix, tight.pairs, limits, steps, report_progress, begin)
    for least_box in (WIDE, math.inf):
        if _settled(tight, answer):
            break
        begin = Begin(None, answer.x) if answer.found else begin
        tight = tighten(compact, pairs, least_box)
        answer = solve_exclusive(tight.matrix, tight.pairs, limits.left_since(started), steps, report_progress, begin)
    if answer.status in (Status.INFEASIBLE, Status.UNKNOWN):
        report_progress("solve: why there is no schedule")
        answer = _asked_again(model, tight, answer, limits.left_since(started), report_progress)
    return tight, answer


def _settled(tight: Tight, answer: Answer) -> bool:
    """Whether wider boxes cannot change the optimum: prices prove it, or no limit up to a gigawatt has been cut."""
    if not len(tight.boxed) or answer.status == Status.TIME_LIMIT:
        return True
    return answer.found and not tight.reaches_box(answer.x) and (answer.certified or tight.box >= WIDE)


def _asked_again(
    model: Model, tight: Tight, answer: Answer, limits: Limits, report_progress: Callable[[str], None]
) -> Answer:
    """Diagnose why no schedule was found; if that finds a schedule after all, solve again from it.

    Raises:
        InfeasibleError: no schedule exists, as is proven.
        SolverError: no schedule was found, and none is proven not to exist.
    """
    matrix = tight.matrix
    steps = model.horizon.steps
    found = diagnose(model, matrix)
    if found.proven:
        raise InfeasibleError(found.text)
    begin = found.begin
    if matrix.integer.any() or answer.status == Status.INFEASIBLE:
        verdict = try_cases(matrix, tight.pairs)
        if verdict.impossible:
            raise InfeasibleError(found.text or NO_DECISIONS)
        begin = begin if verdict.x is None else Begin(None, verdict.x)
    if begin is not None:
        again = solve_exclusive(matrix, tight.pairs, limits, steps, report_progress, begin)
        if again.found:
            return replace(again, ways=(*answer.ways, *again.ways))
    raise SolverError(f"{UNKNOWN}\n{found.text.replace('infeasible: ', '')}".rstrip())


def _sharpened(
    model: Model, tight: Tight, answer: Answer, limits: Limits, report_progress: Callable[[str], None]
) -> tuple[Tight, Answer]:
    """Sharpen the lower bounds of amounts and solve again, until none can be sharpened or ``_ROUNDS`` are over."""
    started = time.perf_counter()
    for _ in range(_ROUNDS):
        if answer.status != Status.OPTIMAL or not model.tighten(functools.partial(tight.matrix.values, x=answer.x)):
            break
        known = remember(tight.matrix, answer.basis, answer.x)
        further = compile_model(model)
        then, found = _solve_tight(model, further, limits.left_since(started), report_progress, recall(known, further))
        if not found.found:
            break
        tight = then
        answer = found
    return tight, answer


def _refuse_unsolved(answer: Answer) -> None:
    if answer.status == Status.UNBOUNDED:
        raise InfeasibleError(UNBOUNDED)
    if not answer.found:
        raise OutOfTimeError("the time limit was reached before any schedule was found; allow more time")
