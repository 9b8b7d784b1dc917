"""The bill of a metered series, computed from the meter and the rates alone; and the same lines in the model."""

from __future__ import annotations

from microgrid.ledger import Amount, Entry
from microgrid.tariff.charge import Connection, Meter, Quantity
from microgrid.tariff.rates import Rates


def bill(meter: Meter, rates: Rates) -> list[Amount]:
    """Every line of the bill, per step or per month [EUR]; what is earned is negative.

    Each line's own equation stands with its class: ``microgrid.tariff.energy``, ``peaks``, ``subscription``,
    ``totals``. Taxes and the least that is billed follow from the lines before them.
    """
    lines = {charge.item: charge.amount(meter) for charge in rates.charges}
    for total in rates.totals:
        lines[total.item] = total.amounts(lines, meter.horizon)
    return list(lines.values())


def model_bill(connection: Connection, rates: Rates) -> list[Entry]:
    """The same lines in the model."""
    lines = {charge.item: charge.entry(connection) for charge in rates.charges}
    for total in rates.totals:
        lines[total.item] = total.entry(lines, connection)
    return list(lines.values())


def quantities(meter: Meter, rates: Rates) -> dict[str, Quantity]:
    """What each line of the bill counts, month by month; lines that count nothing are left out."""
    counted = {charge.item: charge.quantity(meter) for charge in rates.charges}
    return {item: quantity for item, quantity in counted.items() if quantity.unit}
