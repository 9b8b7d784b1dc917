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
    report_progress: Callable[[str], None] | None = None,
    *,
    like: Solution | Known | None = None,
    margin: bool = True,
) -> Solution:
    """Find the least-cost schedule of a case; it is audited and compared with the baseline.

    Args:
        case: a case read by ``load_case``.
        limits: relative gap for cases with on/off decisions, and a time limit.
        report_progress: called with the name of each stage as it begins.
        like: the solution of a similar case, or its ``known``, from which the solver begins: with other prices, limits,
            profiles, or an asset more or less. It saves time and does not affect any proof; of several schedules with
            equal cost, another one may be found.
        margin: whether to find the cost of one tonne of emissions less, which takes one more short solve.

    Raises:
        InfeasibleError: no schedule exists; states the first hour that cannot be balanced, and the limits in its way.
        OutOfTimeError: no schedule was found within the time limit, and the baseline violates a rule.
    """
    report_progress = report_progress or (lambda _: None)
    limits = limits or Limits()
    late: OutOfTimeError | None = None
    try:
        solved, caps, timing = _solve(
            case, limits, report_progress, like.known if isinstance(like, Solution) else like, margin
        )
    except OutOfTimeError as error:
        late = error
        timing = {}
    if late is None:
        sized = case.sized(_sizes(case, solved))
    report_progress("baseline")
    begun = time.perf_counter()
    baseline = run_baseline((case if late else sized).assets, case.horizon)
    timing["baseline"] = time.perf_counter() - begun
    report_progress("audit")
    if late is not None:
        if not _holds(case, baseline):
            raise late
        return _ruled(case, baseline, -np.inf, timing)
    solution = audited(sized, solved, baseline, limits, timing, caps=caps)
    if (
        solution.status in (Status.TIME_LIMIT, Status.INTERRUPTED)
        and not solution.audit.passed
        and _holds(sized, baseline)
    ):
        return _ruled(sized, baseline, solution.bound, solution.timing_seconds)
    return solution


def _holds(case: Case, baseline: Baseline) -> bool:
    """Whether the baseline keeps all rules and every cap of the case."""
    return baseline.feasible and audit(case.assets, baseline.plan, case.horizon, caps=case.caps).passed


def _solve(
    case: Case, limits: Limits, report_progress: Callable[[str], None], known: Known | None, margin: bool
) -> tuple[Solved, tuple[Cap, ...], dict[str, float]]:
    """Solve for the least weighted sum; then, if the case requires it, for the least emissions at hardly more cost."""
    report_progress("build")
    started = time.perf_counter()
    model = build_model(case.assets, case.horizon, case.first_weights, case.caps)
    built = time.perf_counter() - started
    within = case.objective.least_emissions_within
    caps = case.caps
    marginal = EMISSIONS if margin and within is None and case.first_weights[COST] else None
    before = known if known is None or within is None else known.first or known
    solved = solve_model(model, limits, report_progress, before, marginal)
    if within is not None and solved.answer.found:
        least = solved.answer.objective
        most = np.array([least + max(within * abs(least), ROUNDING * solved.answer.turnover)])
        group = np.zeros(case.horizon.steps, dtype=np.int64)
        caps = (*caps, Cap(LEAST_COST, case.first_weights, most, group, ["the horizon"]))
        report_progress("build")
        again = build_model(case.assets, case.horizon, case.weights, caps)
        first = solved
        similar = first.known if known is None or known.first is None or not known.columns else known
        solved = solve_model(again, limits.left_since(started), report_progress, similar)
        timing = {stage: first.timing[stage] + spent for stage, spent in solved.timing.items()}
        solved = replace(solved, timing=timing, known=solved.known and replace(solved.known, first=first.known))
    return solved, caps, {"build": built, **solved.timing}


def _abatement(case: Case, solved: Solved) -> float | None:
    """Cost of one kg of emissions less [money/kg], which is the slope of the Pareto front at the plan; None if unknown.

    cost = (weight of a kg + increase of the objective per kg less) / weight of a unit of money. The increase is the
    marginal price of emissions, or, if emissions were minimized last, follows from the price of the cap on the cost.
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
    """Solution with the baseline as plan, for when no better valid schedule was found within the time limit."""
    plan = baseline.plan
    objective = plan.weighted(case.weights)
    gap = relative_gap(objective, bound, plan.turnover(case.weights))
    return Solution(
        case=case,
        plan=plan,
        baseline=baseline,
        audit=audit(case.assets, plan, case.horizon, Claim(objective, bound, gap, case.weights)).in_currency(
            case.money.currency
        ),
        status=Status.TIME_LIMIT,
        objective=objective,
        bound=bound,
        gap=gap,
        shadow_price=pd.DataFrame(index=plan.schedule.index),
        timing_seconds=timing,
        size={},
        solver={"iterations": 0, "ways": [], "note": "no better schedule in time: this is the rule-based baseline"},
        notes=(
            "No schedule better than the rule-based baseline was found within the time limit, so this is the baseline.",
        ),
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
    """Make the audited solution of solved values, with its baseline; timing: of the stages so far [s]."""
    begun = time.perf_counter()
    answer = solved.answer
    replays = _replays(case, solved)
    plan = make_plan(case.assets, replays, case.horizon, _ledger_lines(solved, replays, case.weights))
    # Amounts that the model knows by a lower bound are billed exactly, so the objective is that of the bill, while the
    # bound is that of the model.
    objective = plan.weighted(case.weights) if solved.bounded else answer.objective
    if abs(objective) <= ROUNDING * answer.turnover and proven(objective, answer.bound, 0.0, answer.turnover):
        # For an objective of 0, a relative gap would exaggerate the rounding by which its bound differs.
        answer = replace(answer, bound=objective)
        solved = replace(solved, answer=answer)
    status = status_of(answer, objective, solved, limits)
    claim = _claim(case, solved, status, objective, baseline, limits)
    verdict = audit(case.assets, plan, case.horizon, claim, caps, replays).in_currency(case.money.currency)
    return Solution(
        case=case,
        plan=plan,
        baseline=baseline,
        audit=verdict,
        status=status,
        objective=objective,
        bound=answer.bound,
        gap=relative_gap(objective, answer.bound, plan.turnover(case.weights)),
        shadow_price=pd.DataFrame(solved.shadow_price, index=plan.schedule.index),
        timing_seconds={**timing, "audit": time.perf_counter() - begun},
        size=solved.size,
        solver={"iterations": answer.iterations, "ways": list(answer.ways), "note": answer.note},
        study=study,
        notes=(*shortfall(status, objective, answer), *differences(solved, plan)),
        known=solved.known,
        cap_prices=_binding(case, solved),
        abatement_cost_per_kgco2=_abatement(case, solved),
    )


def _binding(case: Case, solved: Solved) -> dict[str, dict[str, float]]:
    """Cap on emissions -> period -> saving by one kg more of the cap [money], for periods in which it is above 0."""
    caps = case.caps
    weight = case.first_weights[COST]
    if case.objective.least_emissions_within is not None:  # the objective is in kg: its price in money converts it
        weight *= float(solved.cap_price.get(LEAST_COST, np.zeros(1))[0])
    if not weight:
        return {cap.name: {} for cap in caps}
    prices = {cap.name: solved.cap_price.get(cap.name, np.zeros(len(cap.most))) / weight for cap in caps}
    return {
        cap.name: {
            label: float(price) for label, price in zip(cap.labels, prices[cap.name], strict=True) if price > ROUNDING
        }
        for cap in caps
    }


def _sizes(case: Case, solved: Solved) -> dict[str, dict[str, float]]:
    """Sizes that were decided: asset -> field -> size [kW, kWh]."""
    return {
        name: {
            field: float(np.clip(solved.values[name][field][0], size.least, size))
            for field, size in asset.sizes().items()
            if size.open
        }
        for name, asset in case.assets.items()
    }


def _replays(case: Case, solved: Solved) -> dict[str, Replay]:
    """Replay of each asset's solved decisions, by asset."""
    decisions = {name: asset.decide(solved.values[name]) for name, asset in case.assets.items()}
    return replay_all(case.assets, decisions, case.horizon)


def _claim(case: Case, solved: Solved, status: Status, objective: float, baseline: Baseline, limits: Limits) -> Claim:
    """Claim of the answer about the plan of the solved values, for the audit."""
    answer = solved.answer
    gap = relative_gap(objective, answer.bound, answer.turnover)
    if status is Status.OPTIMAL:
        gap = 0.0 if answer.certified else limits.gap
    return Claim(objective, answer.bound, gap, case.weights, objective_to_reach(case, baseline, status))


def _sums(amounts: Iterable[tuple[str, Amount]]) -> dict[tuple[str, str], float]:
    """(asset, account) -> sum of its amounts."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for name, amount in amounts:
        found[name, amount.account] += float(amount.values.sum())
    return found


def _ledger_lines(
    solved: Solved, replays: Mapping[str, Replay], weights: Mapping[str, float]
) -> list[tuple[str, Amount]]:
    """Lines of the ledger: the solver's amounts where they count exactly in the objective, else those of the replay.

    The solver does not minimize variables of an account without weight (the bill of a site that minimizes emissions
    only), so a peak or a discomfort may be anywhere above the true one. The model knows some other lines by a lower
    bound, or by their sum with others only. If such a sum differs from that of the replay, the solver's lines stay, for
    the audit to find.
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
