"""Figures of what is generated, used and stored on the site."""

from __future__ import annotations

from microgrid.result.figures.figure import ABSENT, Value, figure
from microgrid.result.figures.flows import NOTHING_KWH, Flows


@figure()
def generation_kwh(flows: Flows) -> Value:
    """Sum over t of generation[t] h[t]."""
    return flows.energy(flows.supplied("generation")) if flows.has("generation") else ABSENT


@figure()
def demand_kwh(flows: Flows) -> Value:
    """Sum over t of (demand[t] + what converters draw[t]) h[t]."""
    use = flows.drawn("demand", "conversion")
    return flows.energy(use) if flows.has("demand", "conversion") else ABSENT


@figure(better="lower")
def unserved_kwh(flows: Flows) -> Value:
    """Sum over t of shed[t] h[t], of demand that may be shed."""
    unserved = flows.beside(lambda beside: beside.unserved_kw)
    return ABSENT if unserved is None else flows.energy(unserved)


@figure()
def shifted_kwh(flows: Flows) -> Value:
    """Sum over t of lowered[t] h[t], of demand that may be moved in time."""
    shifted = flows.beside(lambda beside: beside.shifted_kw)
    return ABSENT if shifted is None else flows.energy(shifted)


@figure()
def charge_kwh(flows: Flows) -> Value:
    """Sum over t of charge[t] h[t], what stores draw."""
    return flows.energy(flows.drawn("storage")) if flows.has("storage") else ABSENT


@figure()
def discharge_kwh(flows: Flows) -> Value:
    """Sum over t of discharge[t] h[t], what stores supply."""
    return flows.energy(flows.supplied("storage")) if flows.has("storage") else ABSENT


@figure(better="lower")
def outside_window_hours(flows: Flows) -> Value:
    """Sum over t of h[t] where a store that began outside its window is outside it."""
    outside = flows.beside(lambda beside: beside.outside_kwh)
    return ABSENT if outside is None else float(flows.hours[outside > NOTHING_KWH].sum())
