"""A tariff on a horizon: its lines as charges, which both the model and the bill read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from microgrid.calendar import When, coverage
from microgrid.errors import InputError, Problem
from microgrid.horizon import FloatArray, Horizon, IntArray
from microgrid.once import once_for_each
from microgrid.tariff.charges.charge import Charge
from microgrid.tariff.charges.energy import EnergyCharge, NetCharge, VolumeCharge
from microgrid.tariff.charges.peaks import Metering, expand_peak, metering_intervals
from microgrid.tariff.charges.subscription import (
    HoursOverrun,
    PeakOverrun,
    SquaresOverrun,
    Subscribed,
    SubscriptionCharge,
)
from microgrid.tariff.charges.tiers import Tiers
from microgrid.tariff.charges.totals import FixedCharge, Minimum, Tax, Total
from microgrid.tariff.periods import days_of, periods_of
from microgrid.tariff.schema.energy import EnergyLine
from microgrid.tariff.schema.subscription import Overrun, Subscription, subscribed_name
from microgrid.tariff.schema.tariff import FixedLine, Tariff

_WHOLE = 1 - 1e-9


@dataclass(frozen=True, eq=False)
class Rates:
    """Lines of a bill on a horizon: charges on the meter's readings, totals on other lines.

    limit_kw: greatest import that the tariff allows, (N,), infinite where it has no limit; month_of_step: position of
    the month of each step, (N,).
    """

    charges: list[Charge]
    totals: list[Total]
    limit_kw: FloatArray
    month_of_step: IntArray

    def export_prices(self) -> dict[str, FloatArray]:
        """Asset -> price of the export that counts as its own [money/kWh], (N,), highest mean price first."""
        found: dict[str, FloatArray] = {}
        for line in self.charges:
            if isinstance(line, EnergyCharge) and line.of:
                found[line.of] = found.get(line.of, 0.0) + line.price_per_kwh
        return dict(sorted(found.items(), key=lambda pair: -float(pair[1].mean())))

    def import_price(self) -> FloatArray:
        """Cost of one more imported kWh in each step [money/kWh], (N,): lines with a price per kWh, taxes on them."""
        return self._price(earned=False)

    def export_price(self) -> FloatArray:
        """Earnings of one more exported kWh in each step [money/kWh], (N,), of export that is no asset's own."""
        return self._price(earned=True)

    def _price(self, earned: bool) -> FloatArray:
        known = (line for line in self.charges if isinstance(line, EnergyCharge))
        lines = [line for line in known if line.earned == earned and not line.of]
        taxed = {line.item: np.ones(1 + int(self.month_of_step[-1])) for line in self.charges}
        for total in reversed(self.totals):
            if isinstance(total, Tax):
                for item in total.of:
                    taxed[item] = taxed.get(item, 1.0) + total.rate * taxed.get(total.item, 1.0)
        prices = (taxed[line.item][self.month_of_step] * line.price_per_kwh for line in lines)
        return np.asarray(sum(prices, np.zeros(len(self.limit_kw))))


@once_for_each
def expand(tariff: Tariff, horizon: Horizon) -> Rates:
    """Expand a tariff onto the steps and months of a horizon.

    A price period that covers a part of a step counts with that part. A price per year is spread over the hours of its
    calendar year; a price of a month's peak is due in full even if the horizon has only a part of the month.

    Raises:
        InputError: the periods of a line leave an hour without a price, or give it two.
    """
    classes = _class_cover(tariff, horizon)
    measured = tariff.measured
    charges: list[Charge] = [_energy_charge(line, tariff, horizon, classes) for line in tariff.energy]
    charges += [
        EnergyCharge(line.item, _prices(line, tariff, horizon, classes), True, line.of) for line in tariff.export
    ]
    charges += [expand_peak(line, horizon, measured) for line in tariff.peaks]
    limit = np.full(horizon.steps, np.inf)
    if tariff.subscription:
        subscribed = _subscribed(tariff.subscription, tariff, horizon, classes)
        charges += _subscription(tariff.subscription, subscribed, horizon)
        if charges[-1].item == tariff.subscription.item:  # without a line for overruns, no more may be drawn
            limit = subscribed.limit_kw
    charges += [FixedCharge(line.item, _fixed(line, horizon)) for line in tariff.fixed]
    return Rates(charges, _totals(tariff, [charge.item for charge in charges], horizon), limit, horizon.month_of_step)


def _totals(tariff: Tariff, items: list[str], horizon: Horizon) -> list[Total]:
    totals: list[Total] = []
    if tariff.minimum:
        totals.append(Minimum(tariff.minimum.item, tariff.minimum.price_per_month * horizon.share_of_month))
        items = [*items, tariff.minimum.item]
    known = {*items, *(tax.item for tax in tariff.taxes)}
    totals += [
        Tax(
            tax.item,
            tax.rate * _share_of_month(tax.when, horizon),
            tuple(item for item in tax.of if item in known) or tuple(items),
        )
        for tax in tariff.taxes
    ]
    return totals


def _fixed(line: FixedLine, horizon: Horizon) -> FloatArray:
    """Price x days, months or years in those steps of each month in which the line holds, (months,) [money]."""
    ways = (
        (line.price_per_day, horizon.days_in_step),
        (line.price_per_month, horizon.months_in_step),
        (line.price_per_year, horizon.years_in_step),
    )
    price, periods = next((price, periods) for price, periods in ways if price is not None)
    return price * horizon.by_month(periods * coverage(line.when, horizon))


def _share_of_month(whens: tuple[When, ...], horizon: Horizon) -> FloatArray:
    """Share of each month's hours on the horizon that lies in any of several periods, (months,)."""
    hours = horizon.step_hours
    return np.asarray(horizon.by_month(hours * coverage(whens, horizon)) / horizon.by_month(hours))


def _energy_charge(line: EnergyLine, tariff: Tariff, horizon: Horizon, classes: dict[str, FloatArray]) -> Charge:
    if line.tiers:
        above, price = np.array([(tier.above_kwh, tier.price_per_kwh) for tier in line.tiers]).T
        so_far = tariff.measured.energy_kwh if tariff.measured else 0.0
        periods = periods_of("year" if line.per == "year" else "month", horizon)
        if line.per == "day":
            above = np.outer(days_of(horizon, since_first=so_far > 0), above)
        return VolumeCharge(line.item, coverage(line.when, horizon), periods, Tiers(above, price), so_far)
    if line.net:
        priced = line.by_class or {"": line.price or 0.0}
        held = coverage(line.when, horizon)
        within = tuple(held * classes[name] if name else held for name in priced)
        credits = tuple(price if line.net.credit is None else line.net.credit for price in priced.values())
        return NetCharge(line.item, within, periods_of(line.net.per, horizon), tuple(priced.values()), credits)
    return EnergyCharge(line.item, _prices(line, tariff, horizon, classes))


def _prices(line: EnergyLine, tariff: Tariff, horizon: Horizon, classes: dict[str, FloatArray]) -> FloatArray:
    """Price of a line per kWh in each step [money/kWh], (N,)."""
    held = coverage(line.when, horizon)
    if line.series is not None:
        return np.asarray(held * line.series.values)
    if line.price is not None:
        return line.price * held
    if line.by_class:
        return np.asarray(sum(price * held * classes[name] for name, price in line.by_class.items()))
    covers = {str(k): period.coverage(horizon) for k, period in enumerate(line.periods) if not period.otherwise}
    rest = next((str(k) for k, period in enumerate(line.periods) if period.otherwise), None)
    whole = _completed(covers, rest, f"tariff {tariff.name!r}, line {line.item!r}", line.item, "price", horizon)
    return np.asarray(sum(line.periods[int(k)].price * cover for k, cover in whole.items()))


def _class_cover(tariff: Tariff, horizon: Horizon) -> dict[str, FloatArray]:
    """Class of hours -> share of each step in it, (N,)."""
    covers = {}
    rest = None
    for name, hours in tariff.classes.items():
        if hours == "otherwise":
            rest = name
        else:
            covers[name] = np.asarray(sum((when.coverage(horizon) for when in hours), np.zeros(horizon.steps)))
    if not tariff.classes:
        return {}
    found = _completed(covers, rest, f"tariff {tariff.name!r}, classes", "classes", "class", horizon)
    return {name: found[name] for name in tariff.classes}


def _completed(
    covers: dict[str, FloatArray], rest: str | None, where: str, field: str, what: str, horizon: Horizon
) -> dict[str, FloatArray]:
    """Shares of each step by period, with the rest of each step given to the period ``rest``, if there is one.

    Raises:
        InputError: an hour that no period covers, or more than one.
    """
    covered = np.asarray(sum(covers.values(), np.zeros(horizon.steps)))
    _refuse_cover(covered > 2 - _WHOLE, f"two {what}{'es' if what == 'class' else 's'}", where, field, horizon)
    if rest is None:
        _refuse_cover(covered < _WHOLE, f"no {what}", where, field, horizon)
        return covers
    return {**covers, rest: 1.0 - covered}


def _refuse_cover(wrong: np.ndarray, what: str, where: str, field: str, horizon: Horizon) -> None:
    """Raise an InputError if periods cover any step wrongly; it names the first such step."""
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise InputError(
            Problem(
                f"{where}: {what} in {int(wrong.sum())} step(s)",
                field=field,
                value=f"first at {horizon.describe(first)}",
                expected="periods that cover each hour exactly once",
                remedy="correct months, days or hours, or let one of them be 'otherwise'",
            )
        )


def _subscribed(
    subscription: Subscription, tariff: Tariff, horizon: Horizon, classes: dict[str, FloatArray]
) -> Subscribed:
    if not subscription.by_class:
        assert subscription.power_kw is not None
        return Subscribed({subscribed_name(): subscription.power_kw}, np.zeros(horizon.steps, dtype=np.int64))
    covers = np.array([classes[name] for name in subscription.by_class])
    mixed = covers.max(axis=0) < _WHOLE
    _refuse_cover(mixed, "two classes of subscribed power", f"tariff {tariff.name!r}", "subscription", horizon)
    powers = {subscribed_name(name): own.power_kw for name, own in subscription.by_class.items()}
    return Subscribed(powers, covers.argmax(axis=0))


def _subscription(subscription: Subscription, subscribed: Subscribed, horizon: Horizon) -> list[Charge]:
    prices = [own.price_per_kw_year for own in subscription.by_class.values()]
    yearly = np.array(prices or [subscription.price_per_kw_year or 0.0])
    share = horizon.share_of_year
    free = subscription.overrun is None and subscription.overrun_price_per_kw is None
    charges: list[Charge] = [SubscriptionCharge(subscription.item, yearly, subscribed, share, free)]
    overrun = subscription.overrun
    item = f"{subscription.item}: overrun"
    if subscription.overrun_price_per_kw is not None:
        charges.append(PeakOverrun(item, subscribed, np.full(len(yearly), subscription.overrun_price_per_kw)))
    elif overrun is not None and overrun.price_per_hour is not None:
        charges.append(HoursOverrun(item, subscribed, overrun.price_per_hour))
    elif overrun is not None:
        share_of = overrun.share
        price = yearly * share_of if share_of is not None else np.full(len(yearly), overrun.price_per_kw)
        if overrun.rule == "peak":
            charges.append(PeakOverrun(item, subscribed, price))
        else:
            charges.append(SquaresOverrun(item, subscribed, *_means(overrun, item, horizon), price))
    return charges


def _means(overrun: Overrun, item: str, horizon: Horizon) -> tuple[Metering, FloatArray]:
    """Metering intervals, and the number of the contract's intervals in each: a step may be longer than several."""
    length = overrun.interval_hours
    longer = length is not None and bool((horizon.step_hours > length * (2 - _WHOLE)).any())
    interval, _ = metering_intervals(None if longer else length, item, horizon)
    counts = horizon.step_hours / length if longer and length is not None else np.ones(int(interval[-1]) + 1)
    return Metering(np.ones(horizon.steps, dtype=bool), interval), counts
