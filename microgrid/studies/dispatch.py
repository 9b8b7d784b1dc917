"""Dispatch: the optimal schedule of a case, with its baseline and its audit."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from microgrid.audit.audit import Claim, audit
from microgrid.audit.baseline import Baseline, run_baseline
from microgrid.audit.replay import make_plan, replay_all
from microgrid.case.reading import Case
from microgrid.contract.asset import Replay
from microgrid.contract.ledger import COST, EMISSIONS, Amount, Cap
from microgrid.contract.plan import RELATIVE, ROUNDING, proven, relative_gap
from microgrid.contract.status import Status
from microgrid.errors import OutOfTimeError
from microgrid.model.assembly import build_model
from microgrid.result.outcome import objective_to_reach
from microgrid.result.solution import Solution
from microgrid.solve.limits import Limits
from microgrid.solve.read_back import Solved
from microgrid.solve.solve_model import solve_model
from microgrid.solve.warm_start import Known
from microgrid.studies.verdict import differences, shortfall, status_of

LEAST_COST = "least weighted cost, with what may be added"


def dispatch(
    case: Case,
    limits: Limits | None = None,
    say: Callable[[str], None] | None = None,
    *,
    like: Solution | Known | None = None,
    margin: bool = True,
) -> Solution:
    """The least-cost schedule of a case, audited and held against the baseline.

    Args:
        case: what ``load_case`` gave.
        limits: relative gap for cases with on/off decisions, and a time limit.
        say: called with the name of each stage as it begins.
        like: the solution of a similar case, or what is ``known`` of it, from which the solver begins: other prices,
            limits, profiles, or an asset more or less. It saves time, and changes nothing that is proven; of several
            schedules that cost the same, another one may come out.
        margin: whether to tell what one tonne of emissions less would cost, which takes one more short solve.

    Raises:
        InfeasibleError: with the first hour that cannot be balanced and what limits it.
        OutOfTimeError: no schedule within the time limit, nor a baseline that keeps all rules.
    """
    say = say or (lambda _: None)
    limits = limits or Limits()
    late: OutOfTimeError | None = None
    try:
        solved, caps, timing = _solve(case, limits, say, like.known if isinstance(like, Solution) else like, margin)
    except OutOfTimeError as error:
        late, timing = error, {}
    if late is None:
        sized = case.sized(_sizes(case, solved))
    say("baseline")
    begun = time.perf_counter()
    baseline = run_baseline((case if late else sized).assets, case.horizon)
    timing["baseline"] = time.perf_counter() - begun
    say("audit")
    if late is not None:
        if not _holds(case, baseline):
            raise late
        return _ruled(case, baseline, -np.inf, timing)
    solution = audited(sized, solved, baseline, limits, timing, caps=caps)
    if solution.status is Status.TIME_LIMIT and not solution.audit.passed and _holds(sized, baseline):
        return _ruled(sized, baseline, solution.bound_eur, solution.timing_seconds)
    return solution


def _holds(case: Case, baseline: Baseline) -> bool:
    """Whether the baseline keeps all rules and every cap of the case."""
    return baseline.feasible and audit(case.assets, baseline.plan, case.horizon, caps=case.caps).passed


def _solve(
    case: Case, limits: Limits, say: Callable[[str], None], known: Known | None, margin: bool
) -> tuple[Solved, tuple[Cap, ...], dict[str, float]]:
    """The plan of least weighted sum; then, where the case asks, the one of least emissions that is hardly dearer."""
    say("build")
    started = time.perf_counter()
    model = build_model(case.assets, case.horizon, case.first_weights, case.caps)
    built = time.perf_counter() - started
    within, caps = case.objective.least_emissions_within, case.caps
    asked = EMISSIONS if margin and within is None and case.first_weights[COST] else None
    solved = solve_model(model, limits, say, known, asked)
    if within is not None and solved.answer.found:
        least = solved.answer.objective
        most = np.array([least + max(within * abs(least), ROUNDING * solved.answer.turnover)])
        group = np.zeros(case.horizon.steps, dtype=np.int64)
        caps = (*caps, Cap(LEAST_COST, case.first_weights, most, group, ["the horizon"]))
        say("build")
        again = build_model(case.assets, case.horizon, case.weights, caps)
        before = solved.timing
        solved = solve_model(again, limits.left_since(started), say, solved.known)
        solved = replace(solved, timing={stage: before[stage] + spent for stage, spent in solved.timing.items()})
    return solved, caps, {"build": built, **solved.timing}


def _abatement(case: Case, solved: Solved) -> float | None:
    """What one kg less would cost: by the slope at the plan, or by the cap on the cost where emissions came last.

    (Carbon price + what a kg less costs the objective) / weight of a EUR [EUR/kg], which is the slope of the Pareto
    front from here on.
    """
    weights = case.first_weights
    price = solved.less_price
    if case.objective.least_emissions_within is not None:
        [saved] = solved.cap_price.get(LEAST_COST, [0.0])
        price = 1.0 / float(saved) if saved > 0 else None
    if price is None or not weights[COST]:
        return None
    return (weights[EMISSIONS] + price) / weights[COST]


def _ruled(case: Case, baseline: Baseline, bound: float, timing: Mapping[str, float]) -> Solution:
    """The baseline as the answer, where the time limit left no better schedule that holds."""
    plan, objective = baseline.plan, baseline.plan.weighted(case.weights)
    gap = relative_gap(objective, bound, plan.turnover(case.weights))
    return Solution(
        case=case,
        plan=plan,
        baseline=baseline,
        audit=audit(case.assets, plan, case.horizon, Claim(objective, bound, gap, case.weights)),
        status=Status.TIME_LIMIT,
        objective_eur=objective,
        bound_eur=bound,
        gap=gap,
        shadow_price=pd.DataFrame(index=plan.schedule.index),
        timing_seconds=timing,
        size={},
        solver={"iterations": 0, "ways": [], "note": "no better schedule in time: this is the rule-based baseline"},
        notes=("Within the time limit no schedule was found that is better than the rule-based baseline: this is it.",),
    )


def audited(
    case: Case,
    solved: Solved,
    baseline: Baseline,
    limits: Limits,
    timing: Mapping[str, float],
    study: str = "",
    caps: Sequence[Cap] = (),
) -> Solution:
    """The solution of solved values, held against the baseline and audited; timing: of the stages so far [s]."""
    begun = time.perf_counter()
    answer = solved.answer
    replays = _replays(case, solved)
    plan = make_plan(case.assets, replays, case.horizon, _ledger_lines(solved, replays, case.weights))
    # What the model bounds from below is billed as it is: the objective is the bill's, the bound the model's.
    objective = plan.weighted(case.weights) if solved.bounded else answer.objective
    if abs(objective) <= ROUNDING * answer.turnover and proven(objective, answer.bound, 0.0, answer.turnover):
        # An objective of nothing: its bound differs by rounding, which no share of nothing can measure.
        answer = replace(answer, bound=objective)
        solved = replace(solved, answer=answer)
    status = status_of(answer, objective, solved, limits)
    claim = _claim(case, solved, status, objective, baseline, limits)
    verdict = audit(case.assets, plan, case.horizon, claim, caps, replays)
    return Solution(
        case=case,
        plan=plan,
        baseline=baseline,
        audit=verdict,
        status=status,
        objective_eur=objective,
        bound_eur=answer.bound,
        gap=relative_gap(objective, answer.bound, plan.turnover(case.weights)),
        shadow_price=pd.DataFrame(solved.shadow_price, index=plan.schedule.index),
        timing_seconds={**timing, "audit": time.perf_counter() - begun},
        size=solved.size,
        solver={"iterations": answer.iterations, "ways": list(answer.ways), "note": answer.note},
        study=study,
        notes=(*shortfall(status, objective, answer), *differences(solved, plan)),
        known=solved.known,
        cap_prices=_binding(case, solved),
        abatement_eur_per_kgco2=_abatement(case, solved),
    )


def _binding(case: Case, solved: Solved) -> dict[str, dict[str, float]]:
    """Cap on emissions -> period -> what one kg more of it would save [EUR], where that is something."""
    caps, objective_eur = case.caps, case.first_weights[COST]
    if case.objective.least_emissions_within is not None:  # what is minimized is in kg: by what a kg costs
        objective_eur *= float(solved.cap_price.get(LEAST_COST, np.zeros(1))[0])
    if not objective_eur:
        return {cap.name: {} for cap in caps}
    prices = {cap.name: solved.cap_price.get(cap.name, np.zeros(len(cap.most))) / objective_eur for cap in caps}
    return {
        cap.name: {
            label: float(price) for label, price in zip(cap.labels, prices[cap.name], strict=True) if price > ROUNDING
        }
        for cap in caps
    }


def _sizes(case: Case, solved: Solved) -> dict[str, dict[str, float]]:
    """Asset -> field -> size, of those that were decided."""
    return {
        name: {
            field: float(np.clip(solved.values[name][field][0], size.least, size))
            for field, size in asset.sizes().items()
            if size.open
        }
        for name, asset in case.assets.items()
    }


def _replays(case: Case, solved: Solved) -> dict[str, Replay]:
    """The replay of each asset's solved decisions."""
    decisions = {name: asset.decide(solved.values[name]) for name, asset in case.assets.items()}
    return replay_all(case.assets, decisions, case.horizon)


def _claim(case: Case, solved: Solved, status: Status, objective: float, baseline: Baseline, limits: Limits) -> Claim:
    """What the answer says of the plan of the solved values."""
    answer = solved.answer
    gap = relative_gap(objective, answer.bound, answer.turnover)
    if status is Status.OPTIMAL:
        gap = 0.0 if answer.certified else limits.gap
    return Claim(objective, answer.bound, gap, case.weights, objective_to_reach(case, baseline, status))


def _sums(amounts: Iterable[tuple[str, Amount]]) -> dict[tuple[str, str], float]:
    """(asset, account) -> the sum of its lines."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for name, amount in amounts:
        found[name, amount.account] += float(amount.values.sum())
    return found


def _ledger_lines(
    solved: Solved, replays: Mapping[str, Replay], weights: Mapping[str, float]
) -> list[tuple[str, Amount]]:
    """The solver's lines where they count in the objective, else the replay's.

    What weighs nothing (the bill of a site that minimizes emissions only) pulls at no variable, so the solver may
    leave a peak or a discomfort anywhere above the true one. And some lines the model knows by a bound only, or by a
    sum with others; a sum that is not the replay's stays the solver's, for the audit to find.
    """
    replayed = [(name, amount) for name, replay in replays.items() for amount in replay.amounts]
    ours, theirs = _sums(solved.amounts), _sums(replayed)
    gross = _sums((name, replace(amount, values=np.abs(amount.values))) for name, amount in replayed)
    close = {key for key in solved.pooled if abs(ours[key] - theirs[key]) <= RELATIVE * gross[key]}

    def from_solver(name: str, amount: Amount) -> bool:
        bounded = (name, amount.account, amount.item) in solved.bounded or (name, amount.account) in close
        return bool(weights.get(amount.account, 0.0)) and not bounded

    return [
        *((name, amount) for name, amount in solved.amounts if from_solver(name, amount)),
        *((name, amount) for name, amount in replayed if not from_solver(name, amount)),
    ]
