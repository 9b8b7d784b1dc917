"""What would happen without optimization: rules asset by asset, replayed by the code of the audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np

from microgrid.audit.audit import Audit, audit
from microgrid.audit.replay import make_plan, with_standing
from microgrid.contract.asset import Asset, BaselineRole, Replay
from microgrid.contract.plan import Plan
from microgrid.horizon import FloatArray, Horizon


@dataclass(frozen=True)
class Baseline:
    """A rule-based plan and its audit: where the rules cannot keep a limit or a balance, the audit says so."""

    plan: Plan
    audit: Audit

    @property
    def feasible(self) -> bool:
        """Whether the rules keep all that the optimizer has to keep."""
        return self.audit.passed


def run_baseline(assets: Mapping[str, Asset], horizon: Horizon) -> Baseline:
    """Demand as it comes, all generation, storage charged on surplus and discharged on deficit, the grid for the rest.

    What remains of a surplus is curtailed and what remains of a deficit is shed, by the assets that can.
    """
    run = _Run(assets, horizon)
    for role in get_args(BaselineRole):
        for name, asset in assets.items():
            if asset.baseline_role == role:
                run.ask(name)
    for name in assets:
        run.ask_to_give_way(name)
    for name in assets:
        run.ask_to_claim(name)
    replays = {name: with_standing(asset, run.replays[name], horizon) for name, asset in assets.items()}
    plan = make_plan(assets, replays, horizon)
    return Baseline(plan, audit(assets, plan, horizon, replays=replays))


class _Run:
    def __init__(self, assets: Mapping[str, Asset], horizon: Horizon) -> None:
        self.assets, self.horizon = assets, horizon
        self.decisions: dict[str, dict[str, FloatArray]] = {}
        self.replays: dict[str, Replay] = {}

    def surplus(self, asset: Asset) -> FloatArray:
        """What the assets so far leave over at the node of this one [kW], (N,)."""
        total = np.zeros(self.horizon.steps)
        for replay in self.replays.values():
            total = total + replay.flows.get(asset.bus, 0.0)
        return total

    def ask(self, name: str) -> None:
        """Let the asset follow its rule."""
        asset = self.assets[name]
        self._take(name, asset.follow(self.horizon, self.surplus(asset)))

    def ask_to_give_way(self, name: str) -> None:
        """Let the asset take away what it can of what nobody took."""
        asset = self.assets[name]
        surplus = self.surplus(asset)
        if np.abs(surplus).max(initial=0.0) > 1e-9:
            self._take(name, asset.give_way(self.decisions[name], self.horizon, surplus))

    def ask_to_claim(self, name: str) -> None:
        """Let the asset say where its power comes from."""
        asset = self.assets[name]
        flows = {other: replay.flows for other, replay in self.replays.items()}
        supplied = {other: own[asset.bus].clip(0) for other, own in flows.items() if asset.bus in own}
        self._take(name, asset.claim(self.decisions[name], self.horizon, supplied))

    def _take(self, name: str, decisions: dict[str, FloatArray]) -> None:
        """Remember the decisions with what follows from them; those that stay as they were are not replayed again."""
        before = self.decisions.get(name)
        if before is None or any(decisions[key] is not values for key, values in before.items()):
            self.decisions[name] = decisions
            self.replays[name] = self.assets[name].replay(decisions, self.horizon)
