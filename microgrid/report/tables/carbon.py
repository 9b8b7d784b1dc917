"""What a summary tells of emissions and of their price, as rows of finished text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from microgrid.report.quantities import MISSING, Quantity, label, quantity
from microgrid.report.tables.cells import Cell, Row, cell

_MASS = quantity("emissions_kgco2")
_PER_TONNE = Quantity("", "", "€/t", 1.0, 2)
_FIGURES = (
    ("total", "In total", _MASS),
    ("at_average", "All import at average intensity", _MASS),
    ("at_marginal", "All import at marginal intensity", _MASS),
    ("per_kwh", "Per kWh of demand", Quantity("", "", "kgCO₂/kWh", 1.0, 4)),
    ("per_m2", "Per m² of floor", Quantity("", "", "kgCO₂/m²", 1.0, 3)),
    ("per_person", "Per person on site", Quantity("", "", "kgCO₂", 1.0, 2)),
)
_ABATEMENT = "one_tonne_less_costs_eur"


def emission_rows(summary: Mapping[str, Any]) -> list[Row]:
    """Total, by either intensity, by demand, floor and person, and what one tonne less would cost."""
    found: Mapping[str, Any] = summary.get("emissions") or {}
    rows = [Row((words,), (cell(about, found[key], unit=True),)) for key, words, about in _FIGURES if key in found]
    if _ABATEMENT in found:
        price = found[_ABATEMENT]
        shown = Cell("not told") if price is None else cell(_PER_TONNE, price, unit=True)
        rows.append(Row(("One tonne less would cost",), (shown,)))
    return rows


def scope_rows(summary: Mapping[str, Any]) -> list[Row]:
    """Emissions by scope; none where there is one scope only, which is the total."""
    scopes: Mapping[str, float] = (summary.get("emissions") or {}).get("by_scope", {})
    return [Row((label(name),), (cell(_MASS, amount),)) for name, amount in scopes.items() if len(scopes) > 1]


def cap_rows(summary: Mapping[str, Any]) -> list[Row]:
    """What one tonne more of each cap would save, period by period, where the cap binds."""
    caps: Mapping[str, Mapping[str, float]] = (summary.get("emissions") or {}).get("cap_prices_eur_per_t", {})
    rows = []
    for name, prices in caps.items():
        rows += [Row((name, period), (cell(_PER_TONNE, price),)) for period, price in prices.items()]
        if not prices:
            rows.append(Row((name, "binds nowhere"), (Cell(MISSING),)))
    return rows
