"""Generator: burns a fuel for electricity, at a cost and with emissions on the site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from microgrid.contract.asset import Check, Replay, SinglePort, Surplus, outside
from microgrid.contract.ledger import COST, EMISSIONS, Amount, Contribution, Entry, Term
from microgrid.contract.size import PowerSize, limit_by, size_variable
from microgrid.contract.variables import add_variable
from microgrid.documents.spelling import Name
from microgrid.horizon import FloatArray, Horizon
from microgrid.units import CarbonIntensity, Efficiency, EnergyPrice

FuelName = Annotated[
    str,
    Name(
        r"[^\W_]", r"[\w -]", 40, "a letter or digit first, then letters, digits, blanks, _ or -, up to 40 characters"
    ),
]


class Generator(SinglePort):
    """0 <= generation[t] <= capacity;  fuel[t] = generation[t] / efficiency.

    cost = fuel_price fuel h + maintenance_cost generation h
    scope 1, by the name of the fuel: fuel_carbon fuel h; scope 3, supply of the fuel: fuel_upstream_carbon fuel h.

    Prices and emissions of the fuel are per kWh of its heating value, to which the efficiency refers.
    """

    decisions: ClassVar = ("generation_kw",)
    role: ClassVar = "generation"
    ratings: ClassVar = ("capacity_kw",)
    baseline_role: ClassVar = "generation"

    kind: Literal["generator"]
    capacity_kw: PowerSize = Field(description="Rated electric power.")
    efficiency: Efficiency = Field(description="Electricity per fuel burnt.")
    fuel: FuelName = Field(description="Name of the fuel in the account lines.")
    fuel_price_per_kwh: EnergyPrice = Field(description="Price per kWh of fuel.")
    fuel_carbon_kgco2_per_kwh: CarbonIntensity = Field(description="Emitted on the site per kWh of fuel: scope 1.")
    fuel_upstream_carbon_kgco2_per_kwh: CarbonIntensity = Field(
        default=0.0, description="Emitted by the supply of a kWh of fuel: scope 3."
    )
    maintenance_cost_per_kwh: EnergyPrice = Field(default=0.0, ge=0, description="Cost per kWh generated.")

    def _lines(self, horizon: Horizon) -> list[tuple[str, str, FloatArray]]:
        """Account, item and amount per kW of generation in each step, (N,), of each account line."""
        burnt = horizon.step_hours / self.efficiency
        lines = [
            (COST, f"fuel, {self.fuel}", self.fuel_price_per_kwh * burnt),
            (COST, "maintenance", self.maintenance_cost_per_kwh * horizon.step_hours),
            (EMISSIONS, f"scope 1, {self.fuel}", self.fuel_carbon_kgco2_per_kwh * burnt),
            (EMISSIONS, f"scope 3, supply of {self.fuel}", self.fuel_upstream_carbon_kgco2_per_kwh * burnt),
        ]
        return [line for line in lines if line[2].any()]

    def build(self, block: Any, horizon: Horizon) -> Contribution:
        """Add generation to the block."""
        generation = add_variable(block, horizon, "generation_kw", upper=self.capacity_kw)
        size = size_variable(block, horizon, "capacity_kw", self.capacity_kw)
        if size is not None:
            limit_by(block, "generation_within_capacity", generation, size, 1.0)
        entries = [Entry(account, item, (Term(generation, rate),)) for account, item, rate in self._lines(horizon)]
        return Contribution({self.port: [Term(generation)]}, entries)

    def replay(self, decisions: Mapping[str, FloatArray], horizon: Horizon) -> Replay:
        """Fuel, cost, emissions and checks that follow from the generation alone."""
        generation = decisions["generation_kw"]
        columns = {"generation_kw": generation, "fuel_kw": generation / self.efficiency}
        off = outside(generation, self.capacity_kw)
        checks = [Check("generation outside its limits", off, "kW", max(self.capacity_kw, 1.0))]
        amounts = [Amount(account, item, rate * generation) for account, item, rate in self._lines(horizon)]
        return Replay(columns, {self.port: generation}, checks, amounts)

    def follow(self, horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """Generation of zero; ``give_way`` covers deficits."""
        return {"generation_kw": np.zeros(horizon.steps)}

    def give_way(self, decisions: dict[str, FloatArray], horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """Generation of the deficit that no other asset supplies, up to the capacity."""
        generation = decisions["generation_kw"]
        return {"generation_kw": np.clip(generation - surplus[self.port.at], 0, self.capacity_kw)}
