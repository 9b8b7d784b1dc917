"""Heat pump: makes heat out of electricity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from microgrid.contract.asset import ELECTRICITY, Asset, Check, Replay, Surplus, outside
from microgrid.contract.ledger import Contribution, Term
from microgrid.contract.ports import AssetPort
from microgrid.contract.variables import add_variable
from microgrid.horizon import FloatArray, Horizon
from microgrid.units import Number, Power


class HeatPump(Asset):
    """heat[t] = cop x electricity[t];  0 <= electricity[t] <= power_max."""

    decisions: ClassVar = ("electric_kw",)
    baseline_role: ClassVar = "transport"

    kind: Literal["heat_pump"]
    node: str = Field(default="site", description="The node that it draws from and heats.")
    power_max_kw: Power = Field(default=1000.0, description="Greatest electric power.")
    cop: Number = Field(default=3.0, description="Heat per electricity.")

    def ports(self) -> tuple[AssetPort, ...]:
        """Electricity in, heat out."""
        return AssetPort(self.node, ELECTRICITY, "conversion"), AssetPort(self.node, "heat", "conversion")

    def build(self, block: Any, horizon: Horizon) -> Contribution:
        """Electric power on the block."""
        electric = add_variable(block, horizon, "electric_kw", upper=self.power_max_kw)
        source, sink = self.ports()
        return Contribution({source: [Term(electric, -1.0)], sink: [Term(electric, self.cop)]})

    def replay(self, decisions: Mapping[str, FloatArray], horizon: Horizon) -> Replay:
        """Heat from the electricity alone."""
        electric = decisions["electric_kw"]
        source, sink = self.ports()
        checks = [Check("electricity outside its limits", outside(electric, self.power_max_kw), "kW", 1.0)]
        columns = {"electric_kw": electric, "heat_kw": self.cop * electric}
        return Replay(columns, {source: -electric, sink: self.cop * electric}, checks)

    def follow(self, horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """Heat that is missing, from electricity that is there."""
        source, sink = (surplus[port.at] for port in self.ports())
        return {"electric_kw": np.minimum(source, -sink / self.cop).clip(0, self.power_max_kw)}
