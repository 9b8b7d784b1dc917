"""Figures of comfort."""

from __future__ import annotations

from microgrid.result.figures.figure import ABSENT, Value, figure
from microgrid.result.figures.flows import Flows


@figure(each="site", better="lower", page="decisions/0010-inconvenience.md")
def discomfort_kh(flows: Flows) -> Value:
    """Sum over rooms and t of kelvins outside the band of comfort[t] h[t]."""
    outside = flows.beside(lambda beside: beside.room.outside_k if beside.room else None)
    return ABSENT if outside is None else flows.energy(outside)
