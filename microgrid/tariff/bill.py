"""Bill of a connection: amounts from a meter and the rates alone, and entries of the model, line by line."""

from __future__ import annotations

from dataclasses import replace

from microgrid.contract.ledger import Amount, Entry
from microgrid.tariff.charges.charge import Connection, Meter
from microgrid.tariff.rates import Rates


def bill(
    meter: Meter, rates: Rates, supplied: Meter | None = None, network_items: tuple[str, ...] = ()
) -> list[Amount]:
    """Amount of every line of the bill, per step or per month [money], with its quantity; earnings are negative.

    The equation of a line stands with its class in ``microgrid.tariff.charges``: ``energy``, ``peaks``,
    ``subscription``, ``totals``. Taxes and the minimum bill follow from the lines before them.

    Args:
        meter: readings of the meter.
        rates: of the tariff.
        supplied: readings less the energy that others share with the meter; lines per kWh are billed on these.
        network_items: lines per kWh that are billed on all readings of the meter nevertheless.
    """
    lines: dict[str, Amount] = {}
    for charge in rates.charges:
        billed = meter
        counted = charge.quantity(meter)
        if supplied is not None and counted.unit == "kWh" and charge.item not in network_items:
            billed = supplied
            counted = charge.quantity(supplied)
        amount = charge.amount(billed)
        lines[charge.item] = replace(amount, quantity=counted.values, unit=counted.unit) if counted.unit else amount
    for total in rates.totals:
        lines[total.item] = total.amounts(lines, meter.horizon)
    return list(lines.values())


def model_bill(connection: Connection, rates: Rates) -> list[Entry]:
    """Entry of every line of the bill in the model of a connection."""
    lines = {charge.item: charge.entry(connection) for charge in rates.charges}
    for total in rates.totals:
        lines[total.item] = total.entry(lines, connection)
    return list(lines.values())
