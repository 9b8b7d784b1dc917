"""The bill of a metered series, computed from the meter and the rates alone; and the same lines in the model."""

from __future__ import annotations

from dataclasses import replace

from microgrid.ledger import Amount, Entry
from microgrid.tariff.charge import Connection, Meter, Quantity
from microgrid.tariff.rates import Rates
from microgrid.tariff.totals import Tax


def bill(meter: Meter, rates: Rates) -> list[Amount]:
    """Every line of the bill, per step or per month [EUR]; what is earned is negative.

    Each line's own equation stands with its class: ``microgrid.tariff.energy``, ``peaks``, ``subscription``,
    ``totals``. Taxes and the least that is billed follow from the lines before them. With each line goes what it
    counts; a tax counts the euros that it is due on.
    """
    counted = quantities(meter, rates)
    lines = {charge.item: _with(charge.amount(meter), counted.get(charge.item)) for charge in rates.charges}
    for total in rates.totals:
        due = total.amounts(lines, meter.horizon)
        taxed = Quantity(due.values / total.rate, "EUR") if isinstance(total, Tax) and total.rate else None
        lines[total.item] = _with(due, taxed)
    return list(lines.values())


def _with(amount: Amount, counted: Quantity | None) -> Amount:
    return replace(amount, quantity=counted.values, unit=counted.unit) if counted else amount


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
