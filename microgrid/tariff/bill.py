"""The bill of a metered series, computed from the meter and the rates alone: no model, no solver."""

from __future__ import annotations

import numpy as np

from microgrid.horizon import FloatArray, Horizon
from microgrid.ledger import COST, Amount
from microgrid.tariff.rates import Rates


def bill(import_kw: FloatArray, export_kw: FloatArray, rates: Rates, horizon: Horizon) -> list[Amount]:
    """Every line of the bill, per step or per month [EUR]; what is earned is negative.

    energy: price * import * step_hours; export: -price * export * step_hours;
    peak: price * billed power of the month (``microgrid.tariff.peaks``);
    overrun: price * max(0, peak of the month - subscribed power).
    """
    hours = horizon.step_hours
    lines = [Amount(COST, item, price * import_kw * hours) for item, price in rates.energy]
    lines += [Amount(COST, item, -price * export_kw * hours) for item, price in rates.export]
    lines += [
        Amount(COST, peak.item, peak.price_eur_per_kw * peak.billed(import_kw, horizon), "month")
        for peak in rates.peaks
    ]
    if rates.subscription:
        over = (monthly_peak(import_kw, horizon) - rates.subscription.power_kw).clip(0)
        due = rates.subscription.overrun_price_eur_per_kw * over
        lines.append(Amount(COST, rates.subscription.overrun_item, due, "month"))
    return lines + [Amount(COST, item, amount, "month") for item, amount in rates.fixed]


def monthly_peak(power_kw: FloatArray, horizon: Horizon) -> FloatArray:
    """Highest mean power of each local month over a step [kW]."""
    peaks = np.zeros(len(horizon.months))
    np.maximum.at(peaks, horizon.month_of_step, power_kw)
    return peaks
