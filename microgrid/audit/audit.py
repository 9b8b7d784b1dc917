"""Audit of a plan: physics, limits, balances, bill, emissions and objective are each computed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from microgrid.audit.finding import Finding
from microgrid.audit.replay import make_plan, read_decisions, replay_all, scale_of_accounts
from microgrid.contract.asset import Asset, Check, ClaimedSupply, Replay
from microgrid.contract.ledger import LEDGER_LINE, Amount, Cap
from microgrid.contract.plan import RELATIVE, ROUNDING, Plan
from microgrid.contract.sums import by_group
from microgrid.horizon import FloatArray, Horizon
from microgrid.money import MONEY

# Least scale of a residual [kW, kWh or K]: below it the tolerance is absolute, since that of the solver is absolute.
_LEAST_SCALE = 1e-3


@dataclass(frozen=True)
class Audit:
    """Verdict on a plan.

    findings: violations; max_residual_kw: largest residual of a balance [kW]; checks: rule -> its largest residual, in
    its own unit.
    """

    findings: tuple[Finding, ...]
    max_residual_kw: float
    checks: Mapping[str, float]

    def in_currency(self, currency: str) -> Audit:
        """The verdict with the code of a currency as the unit of amounts of money."""
        return replace(self, findings=tuple(finding.in_currency(currency) for finding in self.findings))

    @property
    def passed(self) -> bool:
        """Whether no violation was found."""
        return not self.findings

    def summary(self) -> dict[str, object]:
        """The verdict as plain data, for the summary."""
        return {
            "passed": self.passed,
            "max_residual_kw": self.max_residual_kw,
            "checks": dict(self.checks),
            "findings": [str(finding) for finding in self.findings],
        }


@dataclass(frozen=True)
class Claim:
    """Claim of the solver about a plan, which the audit checks.

    objective: weighted sum of the accounts; bound: proven least objective, minus infinity if none is proven; gap:
    allowed relative gap; weights: of the accounts in the objective; at_most: objective of the baseline, where the plan
    claims to be no worse than it; else None.
    """

    objective: float
    bound: float
    gap: float
    weights: Mapping[str, float]
    at_most: float | None = None


def audit(
    assets: Mapping[str, Asset],
    plan: Plan,
    horizon: Horizon,
    claim: Claim | None = None,
    caps: Sequence[Cap] = (),
    replays: Mapping[str, Replay] | None = None,
) -> Audit:
    """Replay a plan from its decisions, and compare its columns, balances, bill and caps with the replay.

    A residual is a finding if it exceeds 1e-6 of the asset's own scale, or of the greatest flow on the site if that is
    less, so that a limit that stands for "none" does not widen the tolerance. For a balance the scale is the greatest
    flow at its node.

    Args:
        assets: the assets by name.
        plan: the plan to be checked.
        horizon: its time axis.
        claim: claim of the solver about the plan, if there is one.
        caps: limits on weighted sums of accounts.
        replays: replays of the plan's decisions, if they are already there; else the decisions are replayed here.
    """
    missing = _missing_columns(assets, plan)
    if missing:
        return Audit(tuple(missing), float("inf"), {})
    if replays is None:
        replays = replay_all(assets, read_decisions(assets, plan.schedule), horizon)
    auditor = _Auditor(horizon, replays)
    for name, replay in replays.items():
        for check in replay.checks:
            auditor.check(name, check)
        for column, values in replay.columns.items():
            auditor.column(name, column, values, plan.schedule)
    for name, replay in replays.items():
        auditor.claims(name, replay.claims, replays)
    residual = auditor.balances(replays)
    rounding = {} if claim is None else _rounding(plan, claim.weights)
    replayed = make_plan(assets, replays, horizon)
    auditor.ledger(plan, replayed, scale_of_accounts(replays), rounding)
    auditor.quantities(plan, replayed)
    for cap in caps:
        auditor.cap(cap, [amount for replay in replays.values() for amount in replay.amounts])
    if claim is not None:
        auditor.claim(plan, claim)
    return Audit(tuple(auditor.findings), residual, auditor.largest)


def _missing_columns(assets: Mapping[str, Asset], plan: Plan) -> list[Finding]:
    return [
        Finding(name, "column {name} is missing", None, float("nan"), "", f"{name}.{column}")
        for name, asset in assets.items()
        for column in asset.decision_names()
        if f"{name}.{column}" not in plan.schedule.columns
    ]


def _counted(ledger: pd.DataFrame) -> dict[tuple[str, ...], tuple[float, str]]:
    """Line of a ledger -> its quantity and unit, for lines with a quantity."""
    found: dict[tuple[str, ...], tuple[float, str]] = {}
    table = ledger[ledger["quantity"].notna()]
    for *line, quantity, unit in table[[*LEDGER_LINE, "quantity", "unit"]].itertuples(index=False):
        before, _ = found.get(tuple(map(str, line)), (0.0, ""))
        found[tuple(map(str, line))] = (before + float(quantity), str(unit))
    return found


def _rounding(plan: Plan, weights: Mapping[str, float]) -> dict[str, float]:
    """Account -> rounding of the objective in its unit, as a tolerance for an account whose own sum is about 0."""
    turnover = plan.turnover(weights)
    return {account: ROUNDING * turnover / abs(weight) for account, weight in weights.items() if weight}


class _Auditor:
    def __init__(self, horizon: Horizon, replays: Mapping[str, Replay]) -> None:
        self.horizon = horizon
        flow = max((float(np.abs(f).max(initial=0.0)) for r in replays.values() for f in r.flows.values()), default=0.0)
        self.flows = {"kW": flow, "kWh": flow * horizon.total_hours}
        self.findings: list[Finding] = []
        self.largest: dict[str, float] = {}

    def note(
        self,
        asset: str,
        what: str,
        residual: FloatArray,
        unit: str,
        limit: float,
        kept_as: str | None = None,
        name: str = "",
    ) -> None:
        """Record the largest residual, and a finding about the first step in which it exceeds the limit.

        residual: (N,) [unit]; kept_as: name of the rule in ``Audit.checks``, if it is not ``what``; name: see
        ``Finding``.
        """
        bad = np.flatnonzero(~(residual <= limit))
        key = kept_as or what
        self.largest[key] = max(self.largest.get(key, 0.0), float(residual.max(initial=0.0)))
        if len(bad):
            first = int(bad[0])
            more = f" (and in {len(bad) - 1} more steps)" if len(bad) > 1 else ""
            step = self.horizon.describe(first)
            self.findings.append(Finding(asset, f"{what}{more}", step, float(residual[first]), unit, name))

    def check(self, asset: str, check: Check) -> None:
        """Check a rule that an asset states for itself."""
        scale = min(check.scale, self.flows.get(check.unit, np.inf))
        self.note(asset, check.what, check.residual, check.unit, RELATIVE * max(scale, _LEAST_SCALE))

    def column(self, asset: str, column: str, values: FloatArray, schedule: pd.DataFrame) -> None:
        """Compare a column of the schedule with the replayed values, (N,)."""
        name = f"{asset}.{column}"
        if name not in schedule.columns:
            self.findings.append(Finding(asset, "column {name} is missing", None, float("nan"), "", name))
            return
        shown = schedule[name].to_numpy(dtype=float)
        limit = RELATIVE * max(float(np.abs(values).max(initial=0.0)), 1.0)
        what = "{name} is not what follows from the decisions"
        kept_as = "a column is not what follows from the decisions"
        self.note(asset, what, np.abs(shown - values), "", limit, kept_as, column)

    def claims(self, name: str, claims: Sequence[ClaimedSupply], replays: Mapping[str, Replay]) -> None:
        """Compare the power that an asset claims to get from other assets with the power that they supply."""
        for claim in claims:
            flows = replays[claim.asset].flows if claim.asset in replays else {}
            supplied = [flow for port, flow in flows.items() if port.at == claim.at]
            over = claim.power_kw - np.sum([0.0 * claim.power_kw, *supplied], axis=0).clip(0)
            limit = RELATIVE * max(float(claim.power_kw.max(initial=0.0)), 1.0)
            self.note(name, f"more power is attributed to {claim.asset} than it supplies", over.clip(0), "kW", limit)

    def balances(self, replays: Mapping[str, Replay]) -> float:
        """Check that the flows at each node sum to 0 in each step; returns the largest residual [kW]."""
        largest = 0.0
        every = [(port.at, flow) for replay in replays.values() for port, flow in replay.flows.items()]
        for node in dict.fromkeys(at for at, _ in every):
            flows = np.array([flow for at, flow in every if at == node])
            residual = np.abs(flows.sum(axis=0))
            limit = RELATIVE * max(float(np.abs(flows).max(initial=0.0)), _LEAST_SCALE)
            self.note(f"node {node[0]} ({node[1]})", "balance is not zero", residual, "kW", limit)
            largest = max(largest, float(residual.max(initial=0.0)))
        return largest

    def ledger(self, plan: Plan, replayed: Plan, scales: Mapping[str, float], rounding: Mapping[str, float]) -> None:
        """Compare the amount of each line of the plan's ledger with the replayed bill and emissions."""
        ours = plan.ledger.groupby(LEDGER_LINE, sort=False)["amount"].sum()
        true = replayed.ledger.groupby(LEDGER_LINE, sort=False)["amount"].sum()
        ours, true = ours.align(true, fill_value=0.0)
        for account in dict.fromkeys(true.index.get_level_values("account")):
            part = true.index.get_level_values("account") == account
            gross = float(true[part].abs().sum()) + scales.get(account, 0.0)
            limit = RELATIVE * gross + rounding.get(account, 0.0)
            gap = (ours[part] - true[part]).abs()
            what = "{name} in the ledger is not what follows from the schedule"
            self.largest[what.replace("{name}", account)] = float(gap.max())
            for key in gap.index[~(gap.to_numpy() <= limit)][:5]:
                month, _, asset, item = key
                about = f"{what}: {item}, {month}"
                self.findings.append(Finding(asset, about, None, float(gap[key]), "", account))

    def quantities(self, plan: Plan, replayed: Plan) -> None:
        """Compare the quantity of each line of the plan's ledger with the replay."""
        ours, true = (_counted(ledger) for ledger in (plan.ledger, replayed.ledger))
        wrong = []
        for line in dict.fromkeys([*true, *ours]):
            expected, its_unit = true.get(line, (0.0, ""))
            found, unit = ours.get(line, (0.0, its_unit))  # a ledger may leave out a line whose quantity is 0
            gap = abs(found - expected)
            if unit != its_unit or not gap <= RELATIVE * max(abs(expected), 1.0):
                month, _, asset, item = line
                what = f"quantity in the ledger is not what follows from the schedule: {item}, {month}"
                if unit != its_unit:
                    stated, expected_unit = ("{unit}" if text == MONEY else text for text in (unit, its_unit))
                    what += f", in {stated or 'no unit'} instead of {expected_unit or 'none'}"
                wrong.append(Finding(asset, what, None, gap, its_unit or unit))
        self.findings += wrong[:5]

    def cap(self, cap: Cap, amounts: Sequence[Amount]) -> None:
        """Check that the weighted sum of amounts in each group of a cap is within its limit."""
        counted = [amount for amount in amounts if cap.weights.get(amount.account)]
        sums = [cap.weights[a.account] * by_group(a, self.horizon, cap.group, len(cap.most)) for a in counted]
        over = np.sum(sums, axis=0) - cap.most if sums else np.zeros(len(cap.most))
        self.largest[cap.name] = float(over.clip(0).max(initial=0.0))
        parts = [replace(amount, values=np.abs(amount.values)) for amount in counted]
        gross = sum(
            (abs(cap.weights[a.account]) * by_group(a, self.horizon, cap.group, len(cap.most)) for a in parts),
            np.zeros(len(cap.most)),
        )
        for number in np.flatnonzero(over > RELATIVE * np.abs(cap.most) + ROUNDING * gross)[:5]:
            self.findings.append(Finding(cap.name, f"exceeded in {cap.labels[number]}", None, float(over[number]), ""))

    def claim(self, plan: Plan, claim: Claim) -> None:
        """Check that the weighted ledger equals the objective, which is within its gap of the proven bound."""
        weighted = plan.weighted(claim.weights)
        scale = abs(claim.objective)
        rounding = ROUNDING * plan.turnover(claim.weights)
        at_most = claim.objective if claim.at_most is None else claim.at_most
        for what, size, limit in (
            ("weighted ledger is not the objective", abs(weighted - claim.objective), RELATIVE * scale + rounding),
            (
                "objective above the proven bound",
                claim.objective - claim.bound,
                (claim.gap + RELATIVE) * scale + rounding,
            ),
            ("objective below the proven bound", claim.bound - claim.objective, RELATIVE * scale + rounding),
            (
                "objective above that of the baseline",
                claim.objective - at_most,
                (claim.gap + RELATIVE) * scale + rounding,
            ),
        ):
            if not np.isfinite(limit) or np.isneginf(size):
                continue
            self.largest[what] = max(size, 0.0)
            if not size <= limit:
                self.findings.append(Finding("objective", what, None, size, MONEY))
