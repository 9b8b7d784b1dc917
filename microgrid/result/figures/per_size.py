"""Figures by the size of the site, where that is stated: per hectare of land, m2 of floor, person who works there."""

from __future__ import annotations

from typing import Literal

from microgrid.contract.ledger import COST, EMISSIONS
from microgrid.result.figures.figure import ABSENT, Figure, Value
from microgrid.result.figures.flows import Flows

_M2_PER_HA = 10_000
Per = Literal["ha", "m2", "person"]
_MEANINGS = {"ha": "hectares of land", "m2": "m2 of floor", "person": "working population"}
_FIGURES = ("demand_kwh", COST, EMISSIONS, "peak_import_kw")


def _size(flows: Flows, per: Per) -> float | None:
    if flows.site is None:
        return None
    area = flows.site.area_m2
    sizes = {"ha": area and area / _M2_PER_HA, "m2": flows.site.floor_area_m2, "person": flows.site.occupants}
    return sizes[per]


def _divided(name: str, per: Per) -> Figure:
    """Make a figure of an account, or of a figure of the whole site, divided by a size of the site."""

    def function(flows: Flows) -> Value:
        value = flows.accounts.get(name, flows.known.get(name))
        size = _size(flows, per)
        return ABSENT if value is None or not size else value / size

    function.__doc__ = f"{name} / {_MEANINGS[per]}, where that is stated."
    return Figure(
        f"{name}_per_{per}",
        function,
        each="site",
        by_node=False,
        better="lower",
        brief=False,  # the twelve figures of this module would hide the others in a short table
        exact=True,
        page="case-format.md#site",
    )


PER_HECTARE = tuple(_divided(name, "ha") for name in _FIGURES)
PER_M2 = tuple(_divided(name, "m2") for name in _FIGURES)
PER_PERSON = tuple(_divided(name, "person") for name in _FIGURES)
