"""What follows from a case, its plan and its baseline: accounts, key figures, savings, lines, targets, emissions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from microgrid.audit.baseline import Baseline
from microgrid.case.reading import Case
from microgrid.contract.ledger import EMISSIONS
from microgrid.contract.plan import Plan
from microgrid.contract.status import Status
from microgrid.errors import nearest
from microgrid.horizon import Horizon
from microgrid.result.indicators import key_figures
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


def objective_to_reach(case: Case, baseline: Baseline, status: Status) -> float | None:
    """The objective of the baseline, where an answer claims to be no worse than it; else None.

    Rules that break a limit are no plan, and they know neither caps nor a second aim. Only an answer that is said to be
    optimal claims anything: a gap says how far the others are from the best plan, which is at least as good.
    """
    bound_to_rules = not case.caps and case.objective.least_emissions_within is None
    if status is Status.OPTIMAL and baseline.feasible and bound_to_rules:
        return baseline.plan.weighted(case.weights)
    return None


def outcome(case: Case, plan: Plan, baseline: Baseline) -> dict[str, Any]:
    """Fields of the summary that follow from the plan and the baseline: accounts, figures, savings, lines, targets."""
    accounts, kpis = plan.accounts(), key_figures(plan, case.horizon)
    beside = _baseline_facts(baseline, case.horizon)
    lines = plan.ledger.groupby(["account", "asset", "item"], sort=False)["amount"].sum().round(6).reset_index()
    return {
        "accounts": accounts,
        "baseline": beside,
        "savings": _savings(accounts, kpis, beside) if beside.feasible else None,
        "kpis": kpis,
        "lines": [LineFacts.model_validate(line) for line in lines.to_dict("records")],
        "targets": check_targets(case, accounts, kpis),
    }


def _baseline_facts(baseline: Baseline, horizon: Horizon) -> BaselineFacts:
    return BaselineFacts(
        feasible=baseline.feasible,
        findings=[str(finding) for finding in baseline.audit.findings],
        accounts=baseline.plan.accounts(),
        kpis=key_figures(baseline.plan, horizon),
    )


def _savings(accounts: Amounts, kpis: Figures, beside: BaselineFacts) -> Amounts:
    found = {name: beside.accounts[name] - accounts[name] for name in accounts if name in beside.accounts}
    peak, base_peak = kpis.get("peak_import_kw"), beside.kpis.get("peak_import_kw")
    if peak is not None and base_peak is not None:
        found["peak_import_kw"] = base_peak - peak
    return {name: round(value, 6) for name, value in found.items()}


def check_targets(case: Case, accounts: Amounts, kpis: Figures) -> list[TargetFacts]:
    """Each target of the case with the value found and whether it is met; an unknown figure is not met."""
    found: Figures = {**accounts, **kpis, "left_out_kwh": case.left_out_kwh}
    rows = []
    for name, target in case.targets.items():
        value = found.get(name)
        met = (
            value is not None
            and (target.min is None or value >= target.min)
            and (target.max is None or value <= target.max)
        )
        near = None if name in found else nearest(name, found)
        remedy = {"did_you_mean": near} if near else {}
        rows.append(TargetFacts(figure=name, min=target.min, max=target.max, value=value, met=met, **remedy))
    return rows


def describe(case: Case) -> dict[str, Any]:
    """Fields of the summary that say what the case is."""
    return {
        "version": VERSION,
        "case": case.name,
        "title": case.title,
        "scenario": case.scenario,
        "horizon": HorizonFacts(
            start=case.horizon.local[0].isoformat(), steps=case.horizon.steps, hours=case.horizon.total_hours
        ),
        "weights": case.weights,
        "left_out_kwh": case.left_out_kwh,
        "notices": [NoticeFacts(**asdict(notice)) for notice in case.notices],
        "investment_not_counted": _not_counted(case),
        "repairs": len(case.repairs.repairs),
        "repair_log": case.repairs.rows(),
    }


def _not_counted(case: Case) -> dict[str, Amounts]:
    """Generation and storage that has no cost of being built, with its powers and energies."""
    built = {name: asset.built_for_nothing() for name, asset in case.assets.items()}
    return {name: sizes for name, sizes in built.items() if sizes is not None}


def emissions(
    case: Case,
    plan: Plan,
    demand_kwh: float | None,
    abatement_eur_per_kgco2: float | None,
    cap_prices: Mapping[str, Mapping[str, float]],
) -> EmissionFacts:
    """Emissions by scope, with the network's average and marginal intensity, and by kWh, m2 and person [kgCO2].

    by_scope: the lines of the ledger by their first words; at_average, at_marginal: all of it, with import counted so;
    intensity of what the site uses: emissions by its demand, floor area, working population; abatement and cap prices.
    Nothing where no asset says what it emits: a zero would be a claim.
    """
    lines = plan.ledger[plan.ledger["account"] == EMISSIONS]
    if lines.empty and not case.caps:
        return EmissionFacts()
    scopes = lines.groupby(lines["item"].str.split(",").str[0])["amount"].sum()
    total = float(lines["amount"].sum())
    counted = _network(plan, case.horizon, "carbon_intensity_kgco2_per_kwh")
    found: dict[str, Any] = {"total": total, "by_scope": {str(k): round(float(v), 6) for k, v in scopes.items()}}
    for name in ("average", "marginal"):
        imported = _network(plan, case.horizon, f"carbon_{name}_kgco2_per_kwh")
        if imported is not None and counted is not None:
            found[f"at_{name}"] = round(total - counted + imported, 6)
    for name, size in (
        ("per_kwh", demand_kwh),
        ("per_m2", case.site.floor_area_m2),
        ("per_person", case.site.occupants),
    ):
        if size:
            found[name] = round(total / size, 6)
    price = abatement_eur_per_kgco2
    found["one_tonne_less_costs_eur"] = None if price is None else round(1000 * price, 4)
    caps = {cap.name: cap_prices.get(cap.name, {}) for cap in case.caps}
    found["cap_prices_eur_per_t"] = {
        name: {period: round(1000 * price, 4) for period, price in prices.items()} for name, prices in caps.items()
    }
    return EmissionFacts(**found)


def _network(plan: Plan, horizon: Horizon, quantity: str) -> float | None:
    """Emissions of all import by an intensity that the schedule shows, None if it shows none."""
    names = [str(c).rpartition(".")[0] for c in plan.schedule.columns if str(c).rpartition(".")[2] == quantity]
    parts = [plan.schedule[f"{n}.import_kw"] * plan.schedule[f"{n}.{quantity}"] * horizon.step_hours for n in names]
    return float(sum(part.sum() for part in parts)) if parts else None
