"""Transport of power in the baseline, along lines and through converters, to the assets that can serve or use it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from microgrid.contract.asset import Asset
from microgrid.contract.ledger import NodeCarrier
from microgrid.horizon import FloatArray

# Power that the serving side offers to a line or converter [kW], greater than any limit of these, so that their own
# limits decide.
_PLENTY_KW = 1e15
NOTHING_KW = 1e-9  # surplus or deficit below which nothing is carried or served: rounding of sums of flows

Surplus = dict[NodeCarrier, FloatArray]


@dataclass(frozen=True)
class Way:
    """Line or converter on the way to the roots, the nodes to be reached.

    near: its ports nearest to the roots; far: its ports behind it, as seen from the roots.
    """

    name: str
    near: tuple[NodeCarrier, ...]
    far: tuple[NodeCarrier, ...]

    def offered(self, surplus: Mapping[NodeCarrier, FloatArray]) -> Surplus:
        """Surplus at its ports [kW], (N,), as if the near side could supply, or use, all that the far side needs."""
        short = np.any([surplus[port] < -NOTHING_KW for port in self.far], axis=0)
        over = np.any([surplus[port] > NOTHING_KW for port in self.far], axis=0)
        offer = np.where(short, _PLENTY_KW, np.where(over, -_PLENTY_KW, 0.0))
        return {**surplus, **dict.fromkeys(self.near, offer)}


def ways_to(roots: Iterable[NodeCarrier], assets: Mapping[str, Asset]) -> list[Way]:
    """Lines and converters that lead to the roots, the farthest first.

    Distance is the number of lines and converters in between. At equal distance, lines come before converters, which
    have greater losses; else they are in the order of the case. A line whose ports are all equally far only balances
    them and is offered nothing. As there are no detours, a surplus may remain in a ring although a longer way has room.
    """
    movers = {name: asset for name, asset in assets.items() if asset.baseline_role == "transport"}
    distance = _distances(roots, movers.values())
    found: list[tuple[int, bool, Way]] = []
    for name, asset in movers.items():
        ports = asset.ports()
        places = [port.at for port in ports]
        if not all(place in distance for place in places):
            continue
        nearest = min(distance[place] for place in places)
        near = tuple(place for place in places if distance[place] == nearest)
        far = tuple(place for place in places if distance[place] > nearest)
        converts = any(port.role == "conversion" for port in ports)
        found.append((nearest, converts, Way(name, near if far else (), far or near)))
    return [way for _, _, way in sorted(found, key=lambda item: (-item[0], item[1]))]


def _distances(roots: Iterable[NodeCarrier], movers: Iterable[Asset]) -> dict[NodeCarrier, int]:
    """Number of lines and converters between each node and the nearest root."""
    groups = [{port.at for port in asset.ports()} for asset in movers]
    distance = dict.fromkeys(roots, 0)
    reached = set(distance)
    while reached:
        level = {place for group in groups if group & reached for place in group} - set(distance)
        distance |= dict.fromkeys(level, max(distance.values()) + 1)
        reached = level
    return distance


def carry(
    ways: Sequence[Way],
    surplus_for: Callable[[str], Surplus],
    follow: Callable[[str, Surplus], None],
    serve: Callable[[], None],
) -> None:
    """Carry surplus and deficit from behind the ways to the roots, have them served, and settle the flows.

    1. From the farthest to the nearest, each way takes over the surplus or deficit behind it, as if its near side could
       serve all of it.
    2. The assets at the roots serve what has arrived.
    3. From the nearest to the farthest, each way is decided again by the power that is available, so that it carries
       no more.

    Args:
        ways: lines and converters, the farthest first.
        surplus_for: gives the surplus that all others leave at the ports of an asset [kW], (N,).
        follow: decides an asset by its rule, given the surplus at its ports.
        serve: decides the assets at the roots.
    """
    for way in ways:
        surplus = surplus_for(way.name)
        follow(way.name, way.offered(surplus) if way.near else surplus)
    serve()
    for way in reversed(ways):
        follow(way.name, surplus_for(way.name))
