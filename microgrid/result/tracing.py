"""Tracing of energy to its origin, through nodes, lines, converters and stores, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from microgrid.contract.ledger import NodeCarrier
from microgrid.contract.ports import Port, PortKey, Role
from microgrid.horizon import FloatArray, IntArray

# Relative loss at each node. It keeps the equations regular for a ring of lines without a source, in which the origin
# of the flow is not known.
_LEAK = 1e-12


@dataclass(frozen=True)
class Origin:
    """Shares of the supply at a node and carrier by origin, each (N,), 0 to 1.

    generated: generated on the site in this carrier; own: generated on the site in any carrier, before or after
    conversion. The rest was imported, or was in a store at the start.
    """

    generated: FloatArray
    own: FloatArray


def trace(flows: Mapping[PortKey, FloatArray], ports: Mapping[PortKey, Port]) -> dict[NodeCarrier, Origin]:
    """Find the origin of the supply at each node and carrier.

    In each step the supplies of a node are mixed in proportion. Let x[n] be the share of generation in the mixture at
    node n, which all that is drawn there has too:

        supply[n] x[n] = generation[n] + sum over stores of discharge[s] m[s] + sum over lines of carried[n, k] x[k]

    where a line or converter carries power from node k with the mixture that it draws there in that step. A store is a
    tank with the share m[s] of generation in it. Discharge and losses do not change m, and inflow brings the mixture of
    the node:

        m' = m + (inflow / content at the step's end) (x[n] - m)

    The content of a store at the start has no known origin, m = 0. A store is counted by its net flow, so it does not
    feed itself within a step. With several nodes the equations of a step are solved together.

    flows: (node, carrier, asset) -> power supplied [kW], negative where it is drawn, (N,).
    """
    if not flows:
        return {}
    mesh = _Mesh(flows, ports)
    generated = mesh.mixture(mesh.passed("transfer"))
    converted = mesh.passed("conversion")
    own = mesh.mixture(mesh.passed("transfer") + converted) if converted.any() else generated
    return {pool: Origin(generated[:, place], own[:, place]) for pool, place in mesh.place.items()}


class _Mesh:
    """Nodes with their supply and generation [kW], (N, P) each, in N steps at P nodes and carriers."""

    def __init__(self, flows: Mapping[PortKey, FloatArray], ports: Mapping[PortKey, Port]) -> None:
        self.flows = flows
        self.ports = ports
        self.place = {pool: number for number, pool in enumerate(dict.fromkeys(key[:2] for key in flows))}
        self.steps = len(next(iter(flows.values())))
        self.supply, self.generation = (np.zeros((self.steps, len(self.place))) for _ in range(2))
        for key, flow in flows.items():
            self.supply[:, self.place[key[:2]]] += flow.clip(0)
            if ports[key].role == "generation":
                self.generation[:, self.place[key[:2]]] += flow.clip(0)

    def passed(self, role: Role) -> FloatArray:
        """Power that assets of a role carry to each node (row) from each node (column) [kW], (N, P, P)."""
        found = np.zeros((self.steps, len(self.place), len(self.place)))
        groups: dict[str, list[PortKey]] = {}
        for key in self.flows:
            if self.ports[key].role == role:
                groups.setdefault(key[2], []).append(key)
        for keys in groups.values():
            drawn = np.sum([(-self.flows[key]).clip(0) for key in keys], axis=0)
            for source in keys:
                share = _ratio((-self.flows[source]).clip(0), drawn)
                for sink in keys:
                    at = self.place[sink[:2]], self.place[source[:2]]
                    found[:, at[0], at[1]] += self.flows[sink].clip(0) * share
        return found

    def mixture(self, passed: FloatArray) -> FloatArray:
        """Share of generation in the mixture at each node and step, (N, P)."""
        diagonal = np.where(self.supply > 0, self.supply * (1.0 + _LEAK), 1.0)
        system = diagonal[:, :, None] * np.eye(len(self.place)) - passed
        stores = [key for key in self.flows if self.ports[key].role == "storage"]
        direct = np.asarray(np.linalg.solve(system, self.generation[:, :, None])[:, :, 0], dtype=float)
        if not stores:
            return direct.clip(0.0, 1.0)
        at = np.array([self.place[key[:2]] for key in stores])
        discharge = np.zeros((self.steps, len(self.place), len(stores)))
        for number, key in enumerate(stores):
            discharge[:, at[number], number] = self.flows[key].clip(0)
        of_store = np.asarray(np.linalg.solve(system, discharge), dtype=float)
        tanks = _tanks(self._renewed(stores), direct, of_store, at)
        return np.asarray((direct + np.einsum("tps,ts->tp", of_store, tanks)).clip(0.0, 1.0))

    def _renewed(self, stores: Sequence[PortKey]) -> FloatArray:
        """Share of each store's content at a step's end that came in during the step, (N, S)."""
        found = np.zeros((self.steps, len(stores)))
        for number, key in enumerate(stores):
            beside = self.ports[key].beside
            if beside.inflow_kwh is not None and beside.stored_kwh is not None:
                inflow = beside.inflow_kwh.clip(0)
                found[:, number] = _ratio(inflow, np.maximum(beside.stored_kwh, inflow))
        return found


def _tanks(renewed: FloatArray, direct: FloatArray, of_store: FloatArray, at: IntArray) -> FloatArray:
    """Share of generation in each store at each step's start, (N, S):  m' = m + renewed (direct + of_store m - m)."""
    steps, count = renewed.shape
    added = renewed * direct[:, at]
    kept = np.eye(count) * (1.0 - renewed)[:, None, :] + renewed[:, :, None] * of_store[:, at, :]
    changing = np.flatnonzero(renewed.any(axis=1))
    history = np.zeros((len(changing) + 1, count))
    for number, step in enumerate(changing.tolist()):
        history[number + 1] = kept[step] @ history[number] + added[step]
    begun = np.searchsorted(changing, np.arange(steps))  # number of changes before each step
    return history[begun]


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
