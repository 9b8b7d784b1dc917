"""Rule-based baseline: operation without optimization, by rules of each asset, replayed by the code of the audit."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from microgrid.audit.audit import Audit, audit
from microgrid.audit.carrying import NOTHING_KW, Surplus, Way, carry, ways_to
from microgrid.audit.replay import make_plan, with_standing
from microgrid.contract.asset import Asset, BaselineRole, Replay
from microgrid.contract.ledger import NodeCarrier
from microgrid.contract.plan import Plan
from microgrid.horizon import FloatArray, Horizon

_SERVED: tuple[BaselineRole, ...] = ("flexible", "storage", "exchange")


@dataclass(frozen=True)
class Baseline:
    """A rule-based plan and its audit, which finds every limit and balance that the rules cannot keep."""

    plan: Plan
    audit: Audit

    @property
    def feasible(self) -> bool:
        """Whether the plan keeps all rules that an optimized plan must keep."""
        return self.audit.passed


def run_baseline(assets: Mapping[str, Asset], horizon: Horizon) -> Baseline:
    """Make the plan of the rules, which the assets follow in their order of merit.

    Demand is fixed, and all generation is used: for the demand of its own node, then of other nodes and carriers.
    Flexible consumers use the surplus, storage is charged on surplus and discharged on deficit, and connections to the
    outside serve the rest. A remaining surplus is curtailed, and a remaining deficit is supplied or shed, by the assets
    that can. Between nodes and carriers, lines and converters carry the power that the asset in turn can serve
    (``microgrid.audit.carrying``).
    """
    run = _Run(assets, horizon)
    for name in run.with_role("demand"):
        run.decide(name)
    for name in run.with_role("generation"):
        run.decide(name)
    run.bring_to(run.with_role("generation"), deciding=())
    for role in _SERVED:
        run.bring_to(run.with_role(role), deciding=run.with_role(role))
    for name in assets:
        run.let_give_way(name)
    for name in assets:
        run.complete_claims(name)
    replays = {name: with_standing(asset, run.replays[name], horizon) for name, asset in assets.items()}
    plan = make_plan(assets, replays, horizon)
    return Baseline(plan, audit(assets, plan, horizon, replays=replays))


class _Run:
    """Decisions of the assets so far, and the flows that follow from them."""

    def __init__(self, assets: Mapping[str, Asset], horizon: Horizon) -> None:
        self.assets = assets
        self.horizon = horizon
        self.decisions: dict[str, dict[str, FloatArray]] = {}
        self.replays: dict[str, Replay] = {}
        for name in self.with_role("transport"):
            self.follow(name, {port.at: np.zeros(horizon.steps) for port in assets[name].ports()})

    def with_role(self, role: BaselineRole) -> list[str]:
        """Names of the assets with a role, in the order of the case."""
        return [name for name, asset in self.assets.items() if asset.baseline_role == role]

    def surplus(self, name: str, without: str | None = None) -> Surplus:
        """Sum of all flows so far at each port of an asset [kW], (N,); the flows of ``without`` are left out."""
        total = {port.at: np.zeros(self.horizon.steps) for port in self.assets[name].ports()}
        for other, replay in self.replays.items():
            for port, flow in replay.flows.items() if other != without else ():
                if port.at in total:
                    total[port.at] = total[port.at] + flow
        return total

    def left_by_others(self, name: str) -> Surplus:
        """Sum of the flows of all other assets at each port of an asset [kW], (N,)."""
        return self.surplus(name, without=name)

    def follow(self, name: str, surplus: Surplus) -> None:
        """Decide an asset by its rule, given the surplus at its ports [kW], (N,)."""
        self._take(name, self.assets[name].follow(self.horizon, surplus))

    def decide(self, name: str) -> None:
        """Decide an asset by its rule, given the surplus that all others leave."""
        self.follow(name, self.left_by_others(name))

    def bring_to(self, names: Sequence[str], deciding: Sequence[str]) -> None:
        """Carry surplus and deficit to some assets that may serve them: first to all, each the nearest; then by place.

        The second round brings to each place what the assets nearest to it could not serve. deciding: names of the
        assets that then follow their rules; all others have decided before.
        """
        for group in self._groups(names):
            serve = functools.partial(self._decide_all, [name for name in group if name in deciding])
            carry(self._ways_to(group), self.left_by_others, self.follow, serve)

    def _decide_all(self, names: Sequence[str]) -> None:
        for name in names:
            self.decide(name)

    def _ways_to(self, names: Sequence[str]) -> list[Way]:
        return ways_to({port.at for name in names for port in self.assets[name].ports()}, self.assets)

    def _groups(self, names: Sequence[str]) -> Iterator[list[str]]:
        """All of some assets as one group; then, if they are at several places, those of each place."""
        by_place: dict[tuple[NodeCarrier, ...], list[str]] = {}
        for name in names:
            by_place.setdefault(tuple(port.at for port in self.assets[name].ports()), []).append(name)
        if names:
            yield list(names)
        if len(by_place) > 1:
            yield from by_place.values()

    def let_give_way(self, name: str) -> None:
        """Let an asset that can curtail or shed reduce the remaining surplus or deficit, also if carried to it."""
        if type(self.assets[name]).give_way is Asset.give_way:
            return
        serve = functools.partial(self._give_way, name)
        carry(self._ways_to([name]), self.left_by_others, self.follow, serve)

    def _give_way(self, name: str) -> None:
        surplus = self.surplus(name)
        if max(np.abs(left).max(initial=0.0) for left in surplus.values()) > NOTHING_KW:
            self._take(name, self.assets[name].give_way(self.decisions[name], self.horizon, surplus))

    def complete_claims(self, name: str) -> None:
        """Complete an asset's decisions by the sources of its power, given the supply of all others at its ports."""
        asset = self.assets[name]
        supplied: dict[NodeCarrier, dict[str, FloatArray]] = {port.at: {} for port in asset.ports()}
        for other, replay in self.replays.items():
            for port, flow in replay.flows.items():
                if port.at in supplied:
                    supplied[port.at][other] = flow.clip(0)
        self._take(name, asset.claim(self.decisions[name], self.horizon, supplied))

    def _take(self, name: str, decisions: dict[str, FloatArray]) -> None:
        """Record the decisions of an asset and their replay; unchanged decisions are not replayed again."""
        before = self.decisions.get(name)
        if before is None or any(decisions[key] is not values for key, values in before.items()):
            self.decisions[name] = decisions
            self.replays[name] = self.assets[name].replay(decisions, self.horizon)
