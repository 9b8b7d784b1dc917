"""Line: carries power between two nodes, with losses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from microgrid.contract.asset import ELECTRICITY, Asset, Check, Replay, Surplus, outside
from microgrid.contract.ledger import Contribution, Exclusive, Term
from microgrid.contract.ports import AssetPort
from microgrid.contract.variables import add_variable
from microgrid.horizon import FloatArray, Horizon
from microgrid.units import Fraction, Power


class Line(Asset):
    """What arrives at one end is (1 - loss) of what is drawn at the other.

    0 <= forward, backward <= power_max, never both; each is measured where it is drawn.
    """

    decisions: ClassVar = ("forward_kw", "backward_kw")
    baseline_role: ClassVar = "transport"

    kind: Literal["line"]
    first: str = Field(description="The node at one end.")
    second: str = Field(description="The node at the other end.")
    carrier: str = Field(default=ELECTRICITY, description="What it carries.")
    power_max_kw: Power = Field(default=1000.0, description="Greatest power that is drawn at an end.")
    loss: Fraction = Field(default=0.0, description="Share that is lost on the way.")

    def ports(self) -> tuple[AssetPort, ...]:
        """Both ends."""
        return AssetPort(self.first, self.carrier, "transfer"), AssetPort(self.second, self.carrier, "transfer")

    def build(self, block: Any, horizon: Horizon) -> Contribution:
        """Both directions on the block."""
        most, kept = self.power_max_kw, 1.0 - self.loss
        forward, backward = (add_variable(block, horizon, name, upper=most) for name in self.decisions)
        first, second = self.ports()
        flows = {
            first: [Term(forward, -1.0), Term(backward, kept)],
            second: [Term(forward, kept), Term(backward, -1.0)],
        }
        return Contribution(flows, exclusive=[Exclusive(forward, backward, most, most)])

    def replay(self, decisions: Mapping[str, FloatArray], horizon: Horizon) -> Replay:
        """What arrives from what is drawn."""
        forward, backward = (decisions[name] for name in self.decisions)
        first, second = self.ports()
        kept, most = 1.0 - self.loss, self.power_max_kw
        checks = [
            Check("power outside its limits", np.maximum(outside(forward, most), outside(backward, most)), "kW", 1.0),
            Check("both directions at once", np.minimum(forward, backward).clip(0), "kW", 1.0),
        ]
        flows = {first: kept * backward - forward, second: kept * forward - backward}
        return Replay({"forward_kw": forward, "backward_kw": backward}, flows, checks)

    def follow(self, horizon: Horizon, surplus: Surplus) -> dict[str, FloatArray]:
        """From the end that has something left over to the end where something is missing."""
        first, second = (surplus[port.at] for port in self.ports())
        kept, most = 1.0 - self.loss, self.power_max_kw
        return {
            "forward_kw": np.minimum(first, -second / kept).clip(0, most),
            "backward_kw": np.minimum(second, -first / kept).clip(0, most),
        }
