"""Lines of the bill per kWh: a price in each step, tiers by volume, net energy of a billing period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from microgrid.contract.ledger import COST, Amount, Entry, Term
from microgrid.horizon import FloatArray
from microgrid.tariff.charges.charge import Connection, Meter, Quantity
from microgrid.tariff.charges.tiers import Tiers
from microgrid.tariff.periods import Periods


@dataclass(frozen=True, eq=False)
class EnergyCharge:
    """price[t] x import[t] x h[t], or what export earns: -price[t] x export[t] x h[t]; price (N,) [money/kWh].

    of: the asset whose own export earns it; if empty, all export that is no asset's own does.
    """

    item: str
    price_per_kwh: FloatArray
    earned: bool = False
    of: str = ""

    def _power_kw(self, meter: Meter) -> FloatArray:
        if not self.earned:
            return meter.import_kw
        return meter.export_of.get(self.of, 0.0 * meter.export_kw) if self.of else meter.export_of_none_kw

    def amount(self, meter: Meter) -> Amount:
        """Energy x price in each step [money], (N,); negative for export."""
        sign = -1.0 if self.earned else 1.0
        return Amount(COST, self.item, sign * self.price_per_kwh * self._power_kw(meter) * meter.horizon.step_hours)

    def quantity(self, meter: Meter) -> Quantity:
        """Energy of each month in steps with a price that is not 0 [kWh], (months,)."""
        priced = self._power_kw(meter) * meter.horizon.step_hours * (self.price_per_kwh != 0)
        return Quantity(meter.monthly(priced), "kWh")

    def entry(self, connection: Connection) -> Entry:
        """Terms price x h on the variables of the power drawn, or -price x h on the power fed in."""
        price = self.price_per_kwh * connection.horizon.step_hours
        if not self.earned:
            return Entry(COST, self.item, (Term(connection.imported, price),))
        if connection.exported is None:
            return Entry(COST, self.item, ())
        if self.of:
            return Entry(COST, self.item, (Term(connection.export_of[self.of], -price),))
        others = [Term(part, price) for part in connection.export_of.values()]
        return Entry(COST, self.item, (Term(connection.exported, -price), *others))


@dataclass(frozen=True, eq=False)
class VolumeCharge:
    """cost(so_far + volume) - cost(so_far): a tiered price on the energy drawn in a billing period, in some hours.

    The price of the first tier is billed each month; what the other tiers add or deduct, in the period's last month.
    within: share of each step that counts, (N,); so_far_kwh: energy drawn in the first period before the horizon.
    """

    item: str
    within: FloatArray
    periods: Periods
    tiers: Tiers
    so_far_kwh: float = 0.0

    def _volume(self, meter: Meter) -> FloatArray:
        return meter.monthly(meter.import_kw * meter.horizon.step_hours * self.within)

    def amount(self, meter: Meter) -> Amount:
        """Cost of the volume on the horizon, beyond the cost of the volume before it, by month [money], (months,)."""
        monthly = self._volume(meter)
        first = float(self.tiers.price[0])
        volume = self.periods.sums(monthly)
        change = self.tiers.cost(volume, self.periods.at_first(self.so_far_kwh)) - first * volume
        return Amount(COST, self.item, first * monthly + change, "month")

    def quantity(self, meter: Meter) -> Quantity:
        """Energy of each month within the hours that count [kWh], (months,)."""
        return Quantity(self._volume(meter), "kWh")

    def entry(self, connection: Connection) -> Entry:
        """Terms of the first tier's price on each kWh, and of each change of price on the volume above it."""
        horizon = connection.horizon
        hours = self.within * horizon.step_hours
        months = len(horizon.months)
        at = self.periods.end[horizon.month_of_step]
        volume = (connection.imported * hours).summed(at, months)
        most = np.asarray(np.bincount(at, hours, months) * connection.import_max_kw, dtype=float)
        first = Term(connection.imported, float(self.tiers.price[0]) * hours)
        beyond = self.tiers.terms(connection, volume, most, self.periods.at_first(self.so_far_kwh), "kwh")
        return Entry(COST, self.item, (first, *beyond))


@dataclass(frozen=True, eq=False)
class NetCharge:
    """Net energy of a billing period: import less export is paid, export beyond the import is credited.

    net[c] = sum over the period of within[c] x (import - export) x h, for each class of hours c
    cost = sum over c of price[c] x max(0, net[c]) - credit[c] x max(0, -net[c])

    All net energy is billed at the credit each month; the higher price of a net import, in the period's last month.
    """

    item: str
    within: tuple[FloatArray, ...]
    periods: Periods
    price_per_kwh: tuple[float, ...]
    credit_per_kwh: tuple[float, ...]

    def _net(self, meter: Meter) -> FloatArray:
        """Net energy of each class of hours and month [kWh], (classes, months)."""
        drawn = (meter.import_kw - meter.export_kw) * meter.horizon.step_hours
        return np.array([meter.monthly(drawn * share) for share in self.within])

    def amount(self, meter: Meter) -> Amount:
        """Payment less credit, by month [money], (months,)."""
        net = self._net(meter)
        credit = np.array(self.credit_per_kwh)
        paid = np.array([self.periods.sums(row) for row in net]).clip(0)
        return Amount(COST, self.item, credit @ net + (np.array(self.price_per_kwh) - credit) @ paid, "month")

    def quantity(self, meter: Meter) -> Quantity:
        """Net energy of each month over all classes of hours [kWh], (months,)."""
        return Quantity(self._net(meter).sum(axis=0), "kWh")

    def entry(self, connection: Connection) -> Entry:
        """Cost = credit x net + (price - credit) x paid, with paid >= net and paid >= 0; needs price >= credit."""
        horizon = connection.horizon
        months = len(horizon.months)
        at = self.periods.end[horizon.month_of_step]
        terms: list[Term] = []
        for share, price, credit in zip(self.within, self.price_per_kwh, self.credit_per_kwh, strict=True):
            hours = share * horizon.step_hours
            net = (connection.imported * hours).summed(at, months)
            terms.append(Term(connection.imported, credit * hours))
            if connection.exported is not None:
                net = net - (connection.exported * hours).summed(at, months)
                terms.append(Term(connection.exported, -credit * hours))
            most = np.asarray(np.bincount(at, hours, months) * connection.import_max_kw, dtype=float)
            paid = connection.monthly("paid", "kwh", most)
            connection.rows("paid", net - paid, upper=0.0, unit="kWh")
            terms.append(Term(paid, price - credit, "month"))
        return Entry(COST, self.item, tuple(terms))
