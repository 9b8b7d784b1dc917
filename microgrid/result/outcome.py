"""Results derived from a case, its plan and its baseline: accounts, key figures, savings, targets, emissions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

import numpy as np

from microgrid.audit.baseline import Baseline
from microgrid.case.reading import Case
from microgrid.contract.ledger import EMISSIONS
from microgrid.contract.plan import Plan, to_digits
from microgrid.contract.ports import Intensity
from microgrid.contract.status import Status
from microgrid.errors import nearest
from microgrid.horizon import FloatArray, Horizon
from microgrid.result.figures import figures, is_saving
from microgrid.result.indicators import KeyFigures, key_figures
from microgrid.result.summary import (
    VERSION,
    Amounts,
    BaselineFacts,
    EmissionFacts,
    Figures,
    HorizonFacts,
    LineFacts,
    NoticeFacts,
    TargetFacts,
)
from microgrid.suffixes import coded_name


def objective_to_reach(case: Case, baseline: Baseline, status: Status) -> float | None:
    """Objective of the baseline, if an answer claims to be no worse than it; else None.

    Only an optimal answer claims this; the gap of any other answer states its distance from the best plan. A baseline
    that violates a limit is no possible plan, and the rules of a baseline consider neither caps nor a second objective.
    """
    bound_to_rules = not case.caps and case.objective.least_emissions_within is None
    if status is Status.OPTIMAL and baseline.feasible and bound_to_rules:
        return baseline.plan.weighted(case.weights)
    return None


def outcome(case: Case, plan: Plan, baseline: Baseline) -> dict[str, Any]:
    """Fields of the summary derived from the plan and the baseline: accounts, figures, savings, lines, targets."""
    currency = case.money.currency
    accounts = _written(plan.accounts(), currency)
    found = _figures(plan, case)
    beside = _baseline_facts(case, baseline)
    lines = plan.ledger.groupby(["account", "asset", "item"], sort=False)["amount"].sum().reset_index()
    lines["amount"] = lines.groupby("account", sort=False)["amount"].transform(to_digits)
    lines["account"] = [coded_name(str(name), currency) for name in lines["account"]]
    return {
        "accounts": accounts,
        "baseline": beside,
        "savings": _savings(accounts, found.site, beside) if beside.feasible else None,
        **_kpis(found),
        "lines": [LineFacts.model_validate(line) for line in lines.to_dict("records")],
        "targets": check_targets(case, accounts, found),
    }


Named = TypeVar("Named", bound=float | None)


def _written(found: Mapping[str, Named], currency: str) -> dict[str, Named]:
    """Accounts or figures under their names in the summary, with the code of the currency."""
    return {coded_name(name, currency): value for name, value in found.items()}


def _figures(plan: Plan, case: Case) -> KeyFigures:
    """Key figures of a plan under their names in the summary."""
    found = key_figures(plan, case.horizon, case.site)
    currency = case.money.currency
    by_node = {node: _written(own, currency) for node, own in found.by_node.items()}
    return KeyFigures(_written(found.site, currency), by_node)


def _kpis(found: KeyFigures) -> dict[str, Any]:
    """Fields of the summary with key figures; by node only if there are several nodes."""
    return {"kpis": found.site, **({"kpis_by_node": dict(found.by_node)} if found.by_node else {})}


def _baseline_facts(case: Case, baseline: Baseline) -> BaselineFacts:
    currency = case.money.currency
    return BaselineFacts(
        feasible=baseline.feasible,
        findings=[str(finding.in_currency(currency)) for finding in baseline.audit.findings],
        accounts=_written(baseline.plan.accounts(), currency),
        **_kpis(_figures(baseline.plan, case)),
    )


def _savings(accounts: Amounts, kpis: Figures, beside: BaselineFacts) -> Amounts:
    """Savings = baseline - plan, of every account and of the figures that count as savings."""
    pairs = {name: (beside.accounts[name], accounts[name]) for name in accounts if name in beside.accounts}
    for name, value in kpis.items():
        before = beside.kpis.get(name)
        if is_saving(name) and value is not None and before is not None:
            pairs[name] = (before, value)
    return {name: float(to_digits(before - after, [before, after])) for name, (before, after) in pairs.items()}


def check_targets(case: Case, accounts: Amounts, kpis: KeyFigures) -> list[TargetFacts]:
    """Check each target of the case; a target whose figure has no value is not met.

    A target may name an account, a key figure of the site (``heat_demand_kwh``) or of a node (``north.demand_kwh``), or
    ``left_out_kwh``; an amount of money without or with the code of the currency (``cost``, ``cost_eur``). The result
    of a target with an unknown name has a similar known name as a hint.
    """
    found: Figures = {**accounts, **kpis.site, "left_out_kwh": case.left_out_kwh}
    found |= {f"{node}.{name}": value for node, own in kpis.by_node.items() for name, value in own.items()}
    currency = case.money.currency
    known = list(dict.fromkeys([*found, *(coded_name(name, currency) for name in figures())]))
    rows = []
    for stated, target in case.targets.items():
        name = coded_name(stated, currency)
        value = found.get(name)
        met = (
            value is not None
            and (target.min is None or value >= target.min)
            and (target.max is None or value <= target.max)
        )
        near = None if name in known else nearest(name, known)
        remedy = {"did_you_mean": near} if near else {}
        rows.append(TargetFacts(figure=name, min=target.min, max=target.max, value=value, met=met, **remedy))
    return rows


def describe(case: Case) -> dict[str, Any]:
    """Fields of the summary that describe the case."""
    return {
        "version": VERSION,
        "case": case.name,
        "title": case.title,
        "scenario": case.scenario,
        "horizon": HorizonFacts(
            start=case.horizon.local[0].isoformat(), steps=case.horizon.steps, hours=case.horizon.total_hours
        ),
        "currency": case.money.currency,
        "weights": _written(case.weights, case.money.currency),
        **({"aim": "emissions"} if case.objective.least_emissions_within is not None else {}),
        "left_out_kwh": case.left_out_kwh,
        "notices": [NoticeFacts(**asdict(notice)) for notice in case.notices],
        "investment_not_counted": _not_counted(case),
        "repairs": len(case.repairs.repairs),
        "repair_log": case.repairs.rows(),
    }


def _not_counted(case: Case) -> dict[str, Amounts]:
    """Sizes [kW, kWh] of generation and storage without a cost of investment, by asset."""
    built = {name: asset.uncosted_ratings() for name, asset in case.assets.items()}
    return {name: sizes for name, sizes in built.items() if sizes is not None}


def emissions(
    case: Case,
    plan: Plan,
    kpis: Figures,
    abatement_cost_per_kgco2: float | None,
    cap_prices: Mapping[str, Mapping[str, float]],
) -> EmissionFacts:
    """Emissions in total, by scope, at average and marginal intensity of the network, per kWh, m2 and person [kgCO2].

    by_scope: sums of the lines of the ledger with equal first words; at_average, at_marginal: total emissions with
    import counted at that intensity; per_kwh, per_m2, per_person: total by demand, floor area and working population;
    prices of abatement and of caps [money/t]. Empty if no asset states its emissions, since a 0 would be a claim.
    """
    lines = plan.ledger[plan.ledger["account"] == EMISSIONS]
    if lines.empty and not case.caps:
        return EmissionFacts()
    scopes = lines.groupby(lines["item"].str.split(",").str[0])["amount"].sum()
    total = float(lines["amount"].sum())
    found: dict[str, Any] = {
        "total": total,
        "by_scope": {str(k): float(to_digits(v, scopes)) for k, v in scopes.items()},
    }
    for name, more in (
        ("at_average", _at_intensity(plan, case.horizon, lambda network: network.average)),
        ("at_marginal", _at_intensity(plan, case.horizon, lambda network: network.marginal)),
    ):
        if more is not None:
            found[name] = float(to_digits(total + more, [total, more]))
    demand_kwh = kpis.get("demand_kwh")
    found |= {"per_kwh": float(to_digits(total / demand_kwh))} if demand_kwh else {}
    for per in ("per_m2", "per_person"):
        if f"{EMISSIONS}_{per}" in kpis:
            found[per] = kpis[f"{EMISSIONS}_{per}"]
    found["one_tonne_less_costs"] = _per_tonne(abatement_cost_per_kgco2)
    caps = {cap.name: cap_prices.get(cap.name, {}) for cap in case.caps}
    found["cap_prices_per_t"] = {
        name: {period: _per_tonne(price) for period, price in prices.items()} for name, prices in caps.items()
    }
    return EmissionFacts(**found)


def _per_tonne(price_per_kg: float | None) -> float | None:
    return None if price_per_kg is None else float(to_digits(1000 * price_per_kg))


def _at_intensity(plan: Plan, horizon: Horizon, intensity: Callable[[Intensity], FloatArray | None]) -> float | None:
    """Emissions of all import at another intensity, minus those as counted [kgCO2]; None if no network states it."""
    flows = plan.flow_of_port
    found = []
    for key, port in plan.ports.items():
        network = port.beside.intensity
        other = None if network is None else intensity(network)
        if network is not None and other is not None:
            found.append(float(np.dot(flows[key].clip(0) * (other - network.counted), horizon.step_hours)))
    return sum(found) if found else None
