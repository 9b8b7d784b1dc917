"""Load: demand that must be met as it comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from microgrid.contract.asset import Replay, SinglePort, Surplus
from microgrid.contract.ledger import Contribution, Term
from microgrid.horizon import FloatArray, Horizon
from microgrid.series.series_field import PowerSeries


class Load(SinglePort):
    """demand[t] = profile[t], always met."""

    decisions: ClassVar = ()
    role: ClassVar = "demand"
    baseline_role: ClassVar = "demand"

    kind: Literal["load"]
    profile: PowerSeries = Field(description="Demand.")

    def build(self, block: Any, horizon: Horizon) -> Contribution:
        """Contribute the profile to the balance, without variables."""
        return Contribution({self.port: [Term(None, -self.profile.values)]})

    def replay(self, decisions: Mapping[str, FloatArray], horizon: Horizon) -> Replay:
        """Demand equal to the profile, without checks or amounts."""
        return Replay({"demand_kw": self.profile.values}, {self.port: -self.profile.values})

    def follow(self, horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """No decisions, since the load has none."""
        return {}
