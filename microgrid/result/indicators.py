"""Key figures of a plan: every registered figure, of each carrier, of the site, and of each of several nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from microgrid.case.schema import Site
from microgrid.contract.asset import ELECTRICITY
from microgrid.contract.plan import Plan, to_digits
from microgrid.contract.ports import PortKey
from microgrid.horizon import FloatArray, Horizon
from microgrid.result.figures import figures
from microgrid.result.figures.figure import ABSENT, Figure
from microgrid.result.figures.flows import Flows
from microgrid.result.summary import Figures
from microgrid.result.tracing import trace

_DECIMALS = 6


@dataclass(frozen=True)
class KeyFigures:
    """Key figures by name: of the site, and of each node if there are several nodes."""

    site: Figures
    by_node: Mapping[str, Figures]


def key_figures(plan: Plan, horizon: Horizon, site: Site | None = None) -> KeyFigures:
    """Compute every registered figure of a plan.

    Figures about something that the plan does not have are left out, and a share of 0 is None. Names of figures begin
    with the carrier, except for electricity. site: stated size of the site.
    """
    flows, ports = plan.flow_of_port, plan.ports
    every = Flows(flows, ports, trace(flows, ports), horizon.step_hours)
    nodes = list(dict.fromkeys(key[0] for key in flows))
    accounts = plan.accounts() if len(plan.ledger) else {}
    return KeyFigures(
        site=_figures(replace(every, accounts=accounts, site=site)),
        by_node={node: _figures(_at(every, node), True) for node in nodes} if len(nodes) > 1 else {},
    )


def _at(flows: Flows, node: str) -> Flows:
    return replace(flows, flows={key: flow for key, flow in flows.flows.items() if key[0] == node})


def _figures(flows: Flows, one_node: bool = False) -> Figures:
    """Values of the figures of each carrier, then of those of all carriers together."""
    chosen = [figure for figure in figures().values() if figure.by_node or not one_node]
    found: Figures = {}
    for carrier in dict.fromkeys(key[1] for key in flows.flows):
        part = replace(flows, flows=_of_carrier(flows, carrier))
        prefix = "" if carrier == ELECTRICITY else f"{carrier}_"
        for figure in chosen:
            if figure.each == "carrier":
                value = figure.function(part)
                if value is not ABSENT:
                    found[f"{prefix}{figure.name}"] = _rounded(figure, value)
    for figure in chosen:
        if figure.each == "site":
            value = figure.function(replace(flows, known=found))
            if value is not ABSENT:
                found[figure.name] = _rounded(figure, value)
    return found


def _rounded(figure: Figure, value: float | None) -> float | None:
    if value is None:
        return None
    return float(to_digits(value)) if figure.exact else round(value, _DECIMALS) + 0.0


def _of_carrier(flows: Flows, carrier: str) -> dict[PortKey, FloatArray]:
    return {key: flow for key, flow in flows.flows.items() if key[1] == carrier}
