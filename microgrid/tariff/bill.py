"""The bill of a metered series, computed from the meter and the rates alone; and the same lines in the model."""

from __future__ import annotations

from dataclasses import replace

from microgrid.contract.ledger import Amount, Entry
from microgrid.tariff.charges.charge import Connection, Meter
from microgrid.tariff.rates import Rates


def bill(
    meter: Meter, rates: Rates, supplied: Meter | None = None, network_items: tuple[str, ...] = ()
) -> list[Amount]:
    """Every line of the bill, per step or per month [EUR], with what it counts; what is earned is negative.

    Each line's own equation stands with its class: ``microgrid.tariff.charges.energy``, ``peaks``, ``subscription``,
    ``totals``. Taxes and the least that is billed follow from the lines before them.

    Args:
        meter: what the meter shows.
        rates: of the tariff.
        supplied: the same less what others share with the meter; lines per kWh are on that.
        network_items: lines per kWh that are due on all that the meter shows even so.
    """
    lines: dict[str, Amount] = {}
    for charge in rates.charges:
        counted, on = charge.quantity(meter), meter
        if supplied is not None and counted.unit == "kWh" and charge.item not in network_items:
            counted, on = charge.quantity(supplied), supplied
        amount = charge.amount(on)
        lines[charge.item] = replace(amount, quantity=counted.values, unit=counted.unit) if counted.unit else amount
    for total in rates.totals:
        lines[total.item] = total.amounts(lines, meter.horizon)
    return list(lines.values())


def model_bill(connection: Connection, rates: Rates) -> list[Entry]:
    """The same lines in the model."""
    lines = {charge.item: charge.entry(connection) for charge in rates.charges}
    for total in rates.totals:
        lines[total.item] = total.entry(lines, connection)
    return list(lines.values())
