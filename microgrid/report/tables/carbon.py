"""Emissions in a summary and their prices, as rows of formatted text."""

from __future__ import annotations

from microgrid.money import symbol
from microgrid.report.quantities import MISSING, Quantity, label, quantity
from microgrid.report.tables.cells import Cell, Row, cell
from microgrid.result.summary import EmissionFacts

_MASS = quantity("emissions_kgco2")
_FIGURES = (
    ("total", "In total", _MASS),
    ("at_average", "All import at average intensity", _MASS),
    ("at_marginal", "All import at marginal intensity", _MASS),
    ("per_kwh", "Per kWh of demand", Quantity("", "", "kgCO₂/kWh", 1.0, 4)),
    ("per_m2", "Per m² of floor", Quantity("", "", "kgCO₂/m²", 1.0, 3)),
    ("per_person", "Per person on site", Quantity("", "", "kgCO₂", 1.0, 2)),
)


def per_tonne(currency: str) -> Quantity:
    """Quantity of a price per tonne in a currency."""
    return Quantity("", "", f"{symbol(currency)}/t", 1.0, 2)


def emission_rows(emissions: EmissionFacts, currency: str) -> list[Row]:
    """Rows of emissions: total, at both intensities, per demand, floor area and person; and cost of a tonne less."""
    found = emissions.model_dump(exclude_unset=True)
    rows = [Row((words,), (cell(about, found[key], unit=True),)) for key, words, about in _FIGURES if key in found]
    if "one_tonne_less_costs" in found:
        price = emissions.one_tonne_less_costs
        shown = Cell("not known") if price is None else cell(per_tonne(currency), price, unit=True)
        rows.append(Row(("One tonne less would cost",), (shown,)))
    return rows


def scope_rows(emissions: EmissionFacts) -> list[Row]:
    """Rows of emissions by scope; none for a single scope, which is the total."""
    scopes = emissions.by_scope
    return [Row((label(name),), (cell(_MASS, amount),)) for name, amount in scopes.items() if len(scopes) > 1]


def cap_rows(emissions: EmissionFacts, currency: str) -> list[Row]:
    """Rows of the saving by one tonne more of each cap, for each period in which the cap binds."""
    rows = []
    for name, prices in emissions.cap_prices_per_t.items():
        rows += [Row((name, period), (cell(per_tonne(currency), price),)) for period, price in prices.items()]
        if not prices:
            rows.append(Row((name, "does not bind"), (Cell(MISSING),)))
    return rows
