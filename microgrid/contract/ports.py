"""Ports of assets at nodes: carrier, role, and the series beside the flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from microgrid.horizon import FloatArray

PortKey = tuple[str, str, str]
"""Key of a port: (node, carrier, asset)."""

Role = Literal["demand", "generation", "storage", "conversion", "transfer", "exchange"]
"""Role of an asset at a port.

demand: energy is used; generation: energy of the site comes into being; storage: energy is kept for later; conversion:
one side of a converter between carriers; transfer: one end of a line or pipe between nodes; exchange: energy crosses
the boundary of the site. A flow that goes both ways is split by its sign.
"""


class AssetPort(NamedTuple):
    """A port of an asset: the node and carrier that it connects to, and its role there.

    An asset has at most one port at a node and carrier, so that its flow there has one meaning.
    """

    node: str
    carrier: str
    role: Role

    @property
    def at(self) -> tuple[str, str]:
        """Node and carrier whose balance the flow of the port enters."""
        return self.node, self.carrier


@dataclass(frozen=True)
class Room:
    """Indoor temperature and the limits of comfort [degC], each (N,)."""

    temperature_degc: FloatArray
    lowest_degc: FloatArray
    highest_degc: FloatArray

    @property
    def outside_k(self) -> FloatArray:
        """Distance of the temperature from the limits of comfort, zero within them [K], (N,)."""
        below, above = self.lowest_degc - self.temperature_degc, self.temperature_degc - self.highest_degc
        return np.maximum(below, 0) + np.maximum(above, 0)


@dataclass(frozen=True)
class Intensity:
    """Emissions per kWh that a network supplies [kg/kWh], each (N,): as counted, on average, at the margin."""

    counted: FloatArray
    average: FloatArray
    marginal: FloatArray | None = None


@dataclass(frozen=True)
class PortSeries:
    """Series of a port beside its flow, each (N,), or None where the asset has none.

    curtailed_kw: generation that was available and not taken; unserved_kw: demand that was shed; shifted_kw: demand
    that was moved to another time; stored_kwh: content of a store at each step's end; inflow_kwh: the part of that
    content that came in during the step; outside_kwh: by how much the content lay outside its window at each step's
    begin; room: of an asset that heats or cools one; intensity: of an asset that exchanges with a network.
    """

    curtailed_kw: FloatArray | None = None
    unserved_kw: FloatArray | None = None
    shifted_kw: FloatArray | None = None
    stored_kwh: FloatArray | None = None
    inflow_kwh: FloatArray | None = None
    outside_kwh: FloatArray | None = None
    room: Room | None = None
    intensity: Intensity | None = None


@dataclass(frozen=True)
class Port:
    """The role of an asset at a node and carrier, and the series beside its flow."""

    role: Role
    beside: PortSeries = PortSeries()
