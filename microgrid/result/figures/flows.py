"""Input of a key figure: flows at ports by their roles, series beside the flows, and stated sizes of the site."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from microgrid.case.schema import Site
from microgrid.contract.ledger import NodeCarrier
from microgrid.contract.ports import Port, PortKey, PortSeries, Role
from microgrid.horizon import FloatArray
from microgrid.result.tracing import Origin

# Least energy of which a share is computed: less is shown as 0 kWh.
NOTHING_KWH = 0.5e-6
# Least energy of which a share is computed, relative to the energy of all flows: less may be rounding of a solver.
_NOTHING_OF_THROUGHPUT = 1e-9


@dataclass(frozen=True)
class Flows:
    """Ports with their flows: those of one carrier or of all, at one node or at all nodes.

    flows: power supplied at each port [kW], negative where it is drawn, (N,); hours: length of each step [h], (N,);
    origins: origins of the supply at each node and carrier; accounts, site: totals of the ledger and stated sizes of
    the site, for all nodes together only; known: figures that have been computed before, by name.
    """

    flows: Mapping[PortKey, FloatArray]
    ports: Mapping[PortKey, Port]
    origins: Mapping[NodeCarrier, Origin]
    hours: FloatArray
    accounts: Mapping[str, float] = field(default_factory=dict)
    site: Site | None = None
    known: Mapping[str, float | None] = field(default_factory=dict)

    def has(self, *roles: Role) -> bool:
        """Whether there is a port of one of the roles."""
        return any(self.ports[key].role in roles for key in self.flows)

    def energy(self, power: FloatArray) -> float:
        """Sum over t of power[t] h[t] [kWh]."""
        return float(np.dot(power, self.hours))

    def supplied(self, *roles: Role) -> FloatArray:
        """Power that all ports of the roles supply together [kW], (N,)."""
        found = self.total(lambda key: self.flows[key].clip(0) if self.ports[key].role in roles else None)
        return np.zeros_like(self.hours) if found is None else found

    def drawn(self, *roles: Role, share: Callable[[Origin], FloatArray] | None = None) -> FloatArray:
        """Power that all ports of the roles draw together, or only the share of an origin in it [kW], (N,)."""
        found = np.zeros_like(self.hours)
        for key, flow in self.flows.items():
            if self.ports[key].role in roles:
                found += (-flow).clip(0) * (1.0 if share is None else share(self.origins[key[:2]]))
        return found

    def beside(self, series: Callable[[PortSeries], FloatArray | None]) -> FloatArray | None:
        """Sum of a series beside the flows over all ports that have it, (N,); None if no port has it."""
        return self.total(lambda key: series(self.ports[key].beside))

    def total(self, of: Callable[[PortKey], FloatArray | None]) -> FloatArray | None:
        """Sum of ``of`` over all ports where it is not None, (N,); None if it is None at all ports."""
        parts = [part for part in map(of, self.flows) if part is not None]
        return np.sum(parts, axis=0) if parts else None

    def share(self, part: FloatArray, whole: FloatArray) -> float | None:
        """Energy of a part divided by that of the whole, 0 to 1; None if the whole is 0, but for rounding."""
        throughput = self.energy(np.sum([np.abs(flow) for flow in self.flows.values()], axis=0))
        energy = self.energy(whole)
        if energy <= max(NOTHING_KWH, _NOTHING_OF_THROUGHPUT * throughput):
            return None
        return float(np.clip(self.energy(part) / energy, 0.0, 1.0))
