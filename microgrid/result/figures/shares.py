"""Figures of shares, by tracing where energy comes from: see ``microgrid.result.tracing``."""

from __future__ import annotations

import numpy as np

from microgrid.horizon import FloatArray
from microgrid.result.figures.figure import ABSENT, Value, figure
from microgrid.result.figures.flows import Flows


def _concerns(flows: Flows) -> bool:
    return flows.has("generation", "demand", "conversion")


@figure(by_node=False, better="higher", card=True)
def self_consumption_fraction(flows: Flows) -> Value:
    """1 - own export / generation, where own was generated on the site in the same carrier."""
    if not _concerns(flows):
        return ABSENT
    exported = flows.share(flows.drawn("exchange", share=lambda origin: origin.generated), flows.supplied("generation"))
    return None if exported is None else 1.0 - exported


@figure(better="lower")
def curtailed_kwh(flows: Flows) -> Value:
    """Sum over t of (available[t] - generation[t]) h[t], of assets that can be curtailed."""
    curtailed = _curtailed(flows)
    return ABSENT if curtailed is None else flows.energy(curtailed)


@figure(better="lower", card=True)
def curtailed_fraction(flows: Flows) -> Value:
    """Curtailed / (curtailed + generation), of assets that can be curtailed."""
    curtailed = _curtailed(flows)
    if curtailed is None:
        return ABSENT
    taken = flows.total(lambda key: None if flows.ports[key].beside.curtailed_kw is None else flows.flows[key].clip(0))
    return flows.share(curtailed, curtailed + (np.zeros_like(curtailed) if taken is None else taken))


@figure(better="higher")
def self_sufficiency_fraction(flows: Flows) -> Value:
    """Own use / use, where use is what demand and converters draw, and own was generated on the site in any carrier."""
    if not _concerns(flows):
        return ABSENT
    own_use = flows.drawn("demand", "conversion", share=lambda origin: origin.own)
    return flows.share(own_use, flows.drawn("demand", "conversion"))


def _curtailed(flows: Flows) -> FloatArray | None:
    return flows.beside(lambda beside: beside.curtailed_kw) if _concerns(flows) else None
