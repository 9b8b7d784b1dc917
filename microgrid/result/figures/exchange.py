"""Figures of what crosses the boundary of the site."""

from __future__ import annotations

from microgrid.result.figures.figure import ABSENT, Value, figure
from microgrid.result.figures.flows import Flows


@figure(better="lower", card=True, saving=True, compared=True)
def peak_import_kw(flows: Flows) -> Value:
    """Max over t of import[t], of all connections together."""
    return float(flows.supplied("exchange").max()) if flows.has("exchange") else ABSENT


@figure(better="lower", compared=True)
def import_kwh(flows: Flows) -> Value:
    """Sum over t of import[t] h[t]."""
    return flows.energy(flows.supplied("exchange")) if flows.has("exchange") else ABSENT


@figure()
def export_kwh(flows: Flows) -> Value:
    """Sum over t of export[t] h[t]."""
    return flows.energy(flows.drawn("exchange")) if flows.has("exchange") else ABSENT


@figure()
def peak_export_kw(flows: Flows) -> Value:
    """Max over t of export[t], where anything is exported."""
    peak = float(flows.drawn("exchange").max(initial=0.0))
    return peak if peak > 0 else ABSENT
