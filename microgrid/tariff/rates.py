"""A tariff on a horizon: prices per step, peaks by month, fixed amounts; what both the model and the bill read."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from microgrid.errors import InputError, Problem
from microgrid.horizon import FloatArray, Horizon
from microgrid.tariff.peaks import PeakRate, expand_peak
from microgrid.tariff.schema import EnergyLine, Tariff

HOURS_PER_YEAR = 8760.0


@dataclass(frozen=True)
class SubscriptionRate:
    """The subscribed power with its overrun."""

    overrun_item: str
    power_kw: float
    overrun_price_eur_per_kw: float


@dataclass(frozen=True)
class Rates:
    """energy, export: (item, price per step [EUR/kWh], shape (N,)); fixed: (item, amount per month [EUR])."""

    energy: list[tuple[str, FloatArray]]
    export: list[tuple[str, FloatArray]]
    peaks: list[PeakRate]
    subscription: SubscriptionRate | None
    fixed: list[tuple[str, FloatArray]]

    def import_price(self, steps: int) -> FloatArray:
        """What one more imported kWh costs in each step, peaks apart [EUR/kWh]."""
        return np.asarray(sum((price for _, price in self.energy), np.zeros(steps)))

    def export_price(self, steps: int) -> FloatArray:
        """What one more exported kWh earns in each step [EUR/kWh]."""
        return np.asarray(sum((price for _, price in self.export), np.zeros(steps)))


@functools.lru_cache(maxsize=16)
def expand(tariff: Tariff, horizon: Horizon) -> Rates:
    """The tariff on the steps and months of a horizon.

    A price period that covers a part of a step counts with that part. What is priced per year is spread over the
    hours of the horizon, 8,760 to the year; what is priced per month's peak is due in full for a part of a month.

    Raises:
        InputError: when the periods of a line leave an hour without a price or give it two.
    """
    share = np.bincount(horizon.month_of_step, weights=horizon.step_hours) / HOURS_PER_YEAR
    fixed = [(line.item, line.price_eur_per_year * share) for line in tariff.fixed]
    subscription = None
    if tariff.subscription:
        due = tariff.subscription.power_kw * tariff.subscription.price_eur_per_kw_year
        fixed.append((tariff.subscription.item, due * share))
        subscription = SubscriptionRate(
            f"{tariff.subscription.item}: overrun",
            tariff.subscription.power_kw,
            tariff.subscription.overrun_price_eur_per_kw,
        )
    return Rates(
        energy=[(line.item, _prices(line, horizon, tariff.name)) for line in tariff.energy],
        export=[(line.item, _prices(line, horizon, tariff.name)) for line in tariff.export],
        peaks=[expand_peak(line, horizon, share) for line in tariff.peaks],
        subscription=subscription,
        fixed=fixed,
    )


def _prices(line: EnergyLine, horizon: Horizon, tariff: str) -> FloatArray:
    if line.series is not None:
        return line.series.values
    if line.price is not None:
        return np.full(horizon.steps, line.price)
    covered, prices, rest = np.zeros(horizon.steps), np.zeros(horizon.steps), None
    for period in line.periods:
        if period.otherwise:
            rest = period.price
            continue
        share = period.coverage(horizon)
        covered += share
        prices += share * period.price
    _refuse_cover(covered > 1 + 1e-9, "two prices", line, horizon, tariff)
    if rest is None:
        _refuse_cover(covered < 1 - 1e-9, "no price", line, horizon, tariff)
        return prices
    return prices + (1.0 - covered) * rest


def _refuse_cover(wrong: np.ndarray, what: str, line: EnergyLine, horizon: Horizon, tariff: str) -> None:
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise InputError(
            Problem(
                f"tariff {tariff!r}, line {line.item!r}: {what} in {int(wrong.sum())} step(s)",
                field=line.item,
                value=f"first at {horizon.describe(first)}",
                expected="periods that cover each hour exactly once",
                remedy="correct months, days or hours, or add a period with 'otherwise: true'",
            )
        )
