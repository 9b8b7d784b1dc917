"""Generation that weather makes available and that may be curtailed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from microgrid.contract.asset import Check, Replay, SinglePort, Surplus
from microgrid.contract.ledger import COST, Amount, Contribution, Entry, Term
from microgrid.contract.ports import PortSeries
from microgrid.contract.size import PowerSize, limit_by, size_variable
from microgrid.contract.variables import add_variable
from microgrid.horizon import FloatArray, Horizon
from microgrid.units import EnergyPrice

if TYPE_CHECKING:
    from microgrid.contract.linear import Variable

_COST_ITEM = "generation"


class WeatherGenerator(SinglePort):
    """0 <= generation[t] <= available[t], generation = available with must_take; a kind states what is available."""

    decisions: ClassVar = ("generation_kw",)
    role: ClassVar = "generation"
    ratings: ClassVar[tuple[str, ...]] = ("capacity_kw",)
    baseline_role: ClassVar = "generation"

    capacity_kw: PowerSize
    generation_cost_per_kwh: EnergyPrice = Field(default=0.0, description="Cost per energy generated.")
    must_take: bool = Field(default=False, description="Whether all available power has to be taken.")

    @abstractmethod
    def available_kw(self) -> FloatArray:
        """Power that the weather allows [kW], shape (N,)."""

    @abstractmethod
    def uncut_kw(self) -> FloatArray:
        """Power that the weather allows, without limits that do not grow with the capacity [kW], shape (N,)."""

    def build(self, block: Any, horizon: Horizon) -> Contribution:
        """Add generation to the block."""
        available = self.available_kw()
        size = size_variable(block, horizon, "capacity_kw", self.capacity_kw)
        lower = available if self.must_take and size is None else 0.0
        generation = add_variable(block, horizon, "generation_kw", lower=lower, upper=available)
        self._shrink(block, generation, size)
        price = self.generation_cost_per_kwh
        entries = [Entry(COST, _COST_ITEM, (Term(generation, price * horizon.step_hours),))] if price else []
        return Contribution({self.port: [Term(generation)]}, entries)

    def _shrink(self, block: Any, generation: Variable, size: Variable | None) -> None:
        """Limit generation to share x size, for a capacity that is decided, or set it to that with must_take."""
        if size is not None:
            share = self.uncut_kw() / size.upper[0]
            limit_by(block, "generation_within_capacity", generation, size, share)
            if self.must_take:
                limit_by(block, "all_is_taken", generation, size, share, least=True)

    def replay(self, decisions: Mapping[str, FloatArray], horizon: Horizon) -> Replay:
        """Curtailment, checks and cost that follow from the generation alone."""
        available = self.available_kw()
        generation = decisions["generation_kw"]
        curtailed = available - generation
        scale = max(float(available.max(initial=0.0)), 1.0)
        checks = [
            Check("generation above the available power", (-curtailed).clip(0), "kW", scale),
            Check("generation below zero", (-generation).clip(0), "kW", scale),
        ]
        if self.must_take:
            checks.append(Check("must-take generation curtailed", curtailed.clip(0), "kW", scale))
        price = self.generation_cost_per_kwh
        amounts = [Amount(COST, _COST_ITEM, price * generation * horizon.step_hours)] if price else []
        columns = {"generation_kw": generation, "available_kw": available, "curtailed_kw": curtailed}
        beside = {self.port: PortSeries(curtailed_kw=curtailed)}
        return Replay(columns, {self.port: generation}, checks, amounts, beside=beside)

    def follow(self, horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """Generation of all that is available."""
        return {"generation_kw": self.available_kw()}

    def give_way(self, decisions: dict[str, FloatArray], horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """Generation less the surplus that no other asset takes; unchanged with must_take."""
        generation = decisions["generation_kw"]
        if self.must_take:
            return decisions
        return {"generation_kw": generation - np.clip(surplus[self.port.at], 0, generation)}
