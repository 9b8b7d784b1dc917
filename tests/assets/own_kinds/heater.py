"""Heater: a consumer that takes whatever is left over, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from microgrid.contract.asset import Check, Replay, SinglePort, Surplus, outside
from microgrid.contract.ledger import COST, Amount, Contribution, Entry, Term
from microgrid.contract.variables import add_variable
from microgrid.horizon import FloatArray, Horizon
from microgrid.units import EnergyPrice, Power


class Heater(SinglePort):
    """0 <= demand[t] <= power_max, each kWh of which is worth something."""

    decisions: ClassVar = ("demand_kw",)
    role: ClassVar = "demand"
    baseline_role: ClassVar = "flexible"

    kind: Literal["heater"]
    power_max_kw: Power = Field(description="Greatest power.")
    worth_per_kwh: EnergyPrice = Field(default=0.01, description="What a kWh earns.")

    def build(self, block: Any, horizon: Horizon) -> Contribution:
        """Its demand on the block."""
        demand = add_variable(block, horizon, "demand_kw", upper=self.power_max_kw)
        worth = Entry(COST, "heat", (Term(demand, -self.worth_per_kwh * horizon.step_hours),))
        return Contribution({self.port: [Term(demand, -1.0)]}, [worth])

    def replay(self, decisions: Mapping[str, FloatArray], horizon: Horizon) -> Replay:
        """Its demand alone."""
        demand = decisions["demand_kw"]
        worth = Amount(COST, "heat", -self.worth_per_kwh * demand * horizon.step_hours)
        checks = [Check("demand outside its limits", outside(demand, self.power_max_kw), "kW", 1.0)]
        return Replay({"demand_kw": demand}, {self.port: -demand}, checks, [worth])

    def follow(self, horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """What is left over."""
        return {"demand_kw": surplus[self.port.at].clip(0, self.power_max_kw)}
