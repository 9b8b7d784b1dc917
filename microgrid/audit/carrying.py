"""How the baseline carries power along lines and through converters, towards whoever can serve or take it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from microgrid.contract.asset import Asset
from microgrid.contract.ledger import NodeCarrier
from microgrid.horizon import FloatArray

# What a line or converter is offered by the side that may serve it: more than any of them can use [kW].
_PLENTY_KW = 1e15
NOTHING_KW = 1e-9

Surplus = dict[NodeCarrier, FloatArray]


@dataclass(frozen=True)
class Way:
    """A line or converter on the way: its name, its ports nearest to the roots, and the ports behind it."""

    name: str
    near: tuple[NodeCarrier, ...]
    far: tuple[NodeCarrier, ...]

    def offered(self, surplus: Mapping[NodeCarrier, FloatArray]) -> Surplus:
        """The surplus at its ports as if the near side could serve, or take, whatever the far side wants."""
        short = np.any([surplus[port] < -NOTHING_KW for port in self.far], axis=0)
        over = np.any([surplus[port] > NOTHING_KW for port in self.far], axis=0)
        offer = np.where(short, _PLENTY_KW, np.where(over, -_PLENTY_KW, 0.0))
        return {**surplus, **dict.fromkeys(self.near, offer)}


def ways_to(roots: Iterable[NodeCarrier], assets: Mapping[str, Asset]) -> list[Way]:
    """The lines and converters that lead to some nodes, the farthest first.

    Distance counts lines and converters. Of equal distance, lines come before converters, which lose more, and else the
    order of the case holds. One that has all its ports equally far levels them and is offered nothing: there are no
    detours, so in a ring something may be left where a longer way still had room.
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
    """How many lines and converters lie between a node and the nearest root."""
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
    """Bring to the roots what is missing or left over behind the ways, let them serve it, and settle what they did.

    From the farthest way to the nearest each one takes over what is wanted behind it, as if it were there to be had.
    Then ``serve`` asks those at the roots. From the nearest to the farthest each way is then asked again with what is
    really there, so that nothing is carried that nobody gave. surplus_for: what all others leave over at an asset's
    ports; follow: asks an asset by its rule, given a surplus at its ports.
    """
    for way in ways:
        surplus = surplus_for(way.name)
        follow(way.name, way.offered(surplus) if way.near else surplus)
    serve()
    for way in reversed(ways):
        follow(way.name, surplus_for(way.name))
