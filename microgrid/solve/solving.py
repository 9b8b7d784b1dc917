"""From a model to solved values: compile, solve, certify, explain."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyomo.core as pyo

from microgrid.errors import InfeasibleError, OutOfTimeError, SolverError
from microgrid.horizon import FloatArray, Horizon
from microgrid.ledger import Amount, Term
from microgrid.model.assembly import Model
from microgrid.solve.diagnose import explain_infeasible
from microgrid.solve.exclusive import solve_exclusive
from microgrid.solve.highs import Answer
from microgrid.solve.known import Begin, Known, recall, remember
from microgrid.solve.limits import Limits
from microgrid.solve.matrix import Matrix, compile_model
from microgrid.solve.pairs import pairs_of
from microgrid.solve.rolling import StuckError, roll
from microgrid.solve.spans import Span, cut_windows

# A start for problems with on/off decisions: windows of so many hours, this gap in each, this share of the time limit.
_SIGHT_HOURS, _EVERY_HOURS, _ROUGH_GAP, _SHARE_OF_TIME = 36.0, 24.0, 0.05, 0.3
_UNBOUNDED = "unbounded: the objective can fall without limit; give the assets finite limits"


@dataclass(frozen=True)
class Solved:
    """Values of every variable, what the accounts amount to, shadow prices, and how good the answer is.

    values: asset -> variable -> numbers over its index; shadow_price: (node, carrier) -> change of the objective
    per kWh drawn there [EUR/kWh], (N,), for problems without binaries; known: where a similar model may begin.
    """

    values: Mapping[str, Mapping[str, FloatArray]]
    amounts: list[tuple[str, Amount]]
    shadow_price: Mapping[tuple[str, str], FloatArray]
    answer: Answer
    size: Mapping[str, int]
    timing: Mapping[str, float]
    known: Known | None


def solve_model(
    model: Model,
    limits: Limits | None = None,
    say: Callable[[str], None] | None = None,
    known: Known | None = None,
) -> Solved:
    """The least objective of a model; known: where a similar model stood when it was solved.

    Raises:
        InfeasibleError: no schedule exists (with the reason), or the objective has no lower limit.
        OutOfTimeError: the time ran out before any schedule was found.
        SolverError: the solver broke off.
    """
    say = say or (lambda _: None)
    started = time.perf_counter()
    say("compile")
    matrix = compile_model(model)
    compiled = time.perf_counter()
    say("solve")
    begin = None if known is None else recall(known, matrix)
    limits = limits or Limits()
    if matrix.integer.any():
        begin = _rolled(model, matrix, limits, say)
    left = limits.left_since(compiled)
    answer = solve_exclusive(matrix, pairs_of(model, matrix), left, model.horizon.steps, say, begin)
    _refuse_unsolved(answer, model, matrix)
    return _read_back(model, matrix, answer, started, compiled)


def _rolled(model: Model, matrix: Matrix, limits: Limits, say: Callable[[str], None]) -> Begin | None:
    """Some schedule with its on/off decisions, soon: from a rolling horizon; None if there is none."""
    horizon = model.horizon
    if horizon.total_hours <= 2 * _SIGHT_HOURS:
        return None
    say("solve: window by window")
    spans, unknown = cut_windows(horizon, _SIGHT_HOURS, _EVERY_HOURS), np.full(len(matrix.cost), np.nan)
    seconds = None if limits.seconds is None else limits.seconds * _SHARE_OF_TIME
    rough = replace(limits, gap=max(limits.gap, _ROUGH_GAP), seconds=seconds)
    try:
        rolled = roll(matrix, pairs_of(model, matrix), horizon.steps, spans, unknown, unknown, rough, lambda _: None)
    except (StuckError, SolverError):
        return None
    return Begin(None, rolled.x)


def roll_model(
    model: Model,
    spans: Sequence[Span],
    ends: Mapping[str, Mapping[str, float]],
    end_value_eur_per_kwh: float | None = None,
    limits: Limits | None = None,
    say: Callable[[str], None] | None = None,
) -> Solved:
    """A schedule decided window after window; its bound is minus infinity, since nothing is proven of the whole.

    ends: asset -> variable -> value at the last point, with which a state begins that has to end as it began;
    end_value_eur_per_kwh: of stored energy at a window's end, None for what the window before tells.

    Raises:
        InfeasibleError: a window cannot continue what the windows before it decided.
        OutOfTimeError: the time ran out.
    """
    say = say or (lambda _: None)
    started = time.perf_counter()
    say("compile")
    matrix = compile_model(model)
    compiled = time.perf_counter()
    horizon = model.horizon
    told = max(1, len(spans) // 10)

    def begin(number: int) -> None:
        if number % told == 0:
            say(f"solve: window {number + 1} of {len(spans)}")

    begins = np.full(len(matrix.cost), np.nan)
    for name, values in ends.items():
        for variable in model.pyomo.asset[name].component_objects(pyo.Var, descend_into=False):
            if variable.local_name in values:
                begins[matrix.span(variable).start] = values[variable.local_name]
    worth = np.full(len(matrix.cost), np.nan)
    if end_value_eur_per_kwh is not None:
        for family in matrix.columns:
            if family.over == "point" and family.component.local_name.endswith("_kwh"):
                worth[family.span] = end_value_eur_per_kwh
    try:
        rolled = roll(matrix, pairs_of(model, matrix), horizon.steps, spans, begins, worth, limits or Limits(), begin)
    except StuckError as stuck:
        _refuse_stuck(stuck, model)
        raise
    objective = float(matrix.cost @ rolled.x) + matrix.offset
    note = f"{len(spans)} windows; {rolled.others} of them not by the simplex method alone"
    answer = Answer("rolling", rolled.x, objective, -np.inf, np.zeros(0), rolled.iterations, ("rolling",), note)
    return _read_back(model, matrix, answer, started, compiled)


def _refuse_stuck(stuck: StuckError, model: Model) -> None:
    span, horizon = stuck.span, model.horizon
    if stuck.status == "time_limit":
        raise OutOfTimeError(f"the time limit was reached at {horizon.describe(span.begin)}; allow more time") from None
    if stuck.status == "unbounded":
        raise InfeasibleError(_UNBOUNDED) from None
    reason = explain_infeasible(model, stuck.rest)
    if span.begin:
        reason = (
            f"the window that begins at {horizon.describe(span.begin)} cannot continue what was decided before it.\n"
            f"{reason}\nA longer --window may see it coming; 'microgrid run' tells whether the whole has a schedule."
        )
    raise InfeasibleError(reason) from None


def _read_back(model: Model, matrix: Matrix, answer: Answer, started: float, compiled: float) -> Solved:
    solved = time.perf_counter()
    return Solved(
        values=_read_values(model, matrix, answer.x),
        amounts=_amounts(model, matrix, answer.x),
        shadow_price=_shadow_prices(model, matrix, answer),
        answer=answer,
        size=matrix.size,
        timing={
            "compile": compiled - started,
            "solve": solved - compiled,
            "read_back": time.perf_counter() - solved,
        },
        known=None if answer.basis is None else remember(matrix, answer.basis, answer.x),
    )


def _refuse_unsolved(answer: Answer, model: Model, matrix: Matrix) -> None:
    if answer.status == "infeasible":
        raise InfeasibleError(explain_infeasible(model, matrix))
    if answer.status == "unbounded":
        raise InfeasibleError(_UNBOUNDED)
    if not answer.found:
        raise OutOfTimeError("the time limit was reached before any schedule was found; allow more time")


def _read_values(model: Model, matrix: Matrix, x: FloatArray) -> dict[str, dict[str, FloatArray]]:
    """Every indexed variable of every asset; of states on points, those at the steps' ends."""
    found: dict[str, dict[str, FloatArray]] = {}
    for name in model.contributions:
        found[name] = {}
        for variable in model.pyomo.asset[name].component_objects(pyo.Var, descend_into=False):
            values = matrix.values(variable, x)
            on_points = len(values) == model.horizon.steps + 1
            found[name][variable.local_name] = values[1:] if on_points else values
    return found


def _amounts(model: Model, matrix: Matrix, x: FloatArray) -> list[tuple[str, Amount]]:
    found = []
    for asset, entry in model.entries():
        for over in ("step", "month"):
            terms = [term for term in entry.terms if term.over == over]
            if terms:
                values = np.sum([_evaluate(term, matrix, x, model.horizon) for term in terms], axis=0)
                found.append((asset, Amount(entry.account, entry.item, values, over)))
    return found


def _evaluate(term: Term, matrix: Matrix, x: FloatArray, horizon: Horizon) -> FloatArray:
    size = horizon.steps if term.over == "step" else len(horizon.months)
    coefficient = term.spread(size)
    return coefficient if term.variable is None else coefficient * matrix.values(term.variable, x)


def _shadow_prices(model: Model, matrix: Matrix, answer: Answer) -> dict[tuple[str, str], FloatArray]:
    if not len(answer.row_dual):
        return {}
    hours = model.horizon.step_hours
    balances = {node: model.pyomo.node[node].component("power_balance") for node in model.nodes}
    return {node: answer.row_dual[matrix.span(rows)] / hours for node, rows in balances.items() if rows is not None}
