"""Heat demand: heat that must be supplied as it is needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from microgrid.contract.asset import Replay, SinglePort, Surplus
from microgrid.contract.ledger import Contribution, Term
from microgrid.horizon import FloatArray, Horizon
from microgrid.series.series_field import PowerSeries


class HeatDemand(SinglePort):
    """heat[t] = profile[t], always met."""

    decisions: ClassVar = ()
    role: ClassVar = "demand"
    baseline_role: ClassVar = "demand"

    kind: Literal["heat_demand"]
    carrier: str = Field(default="heat", description="What is needed.")
    profile: PowerSeries = Field(description="Heat.")

    def build(self, block: Any, horizon: Horizon) -> Contribution:
        """Nothing to decide."""
        return Contribution({self.port: [Term(None, -self.profile.values)]})

    def replay(self, decisions: Mapping[str, FloatArray], horizon: Horizon) -> Replay:
        """The profile."""
        return Replay({"heat_kw": self.profile.values}, {self.port: -self.profile.values})

    def follow(self, horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """Nothing to decide."""
        return {}
