"""Subscribed power by class of hours, and what drawing more than it costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from microgrid.horizon import FloatArray, IntArray
from microgrid.ledger import COST, Amount, Entry, Term
from microgrid.physics.variables import add_variable
from microgrid.tariff.charge import Connection, Meter, Quantity
from microgrid.tariff.peaks import Metering

if TYPE_CHECKING:
    from microgrid.linear import Variable, Vector


_TIGHT = 1e-6
_NEAR = 1e-6  # of the limit: a solver's rounding is no overrun


@dataclass(frozen=True, eq=False)
class Subscribed:
    """Subscribed power of each class of hours [kW], (classes,), and the class of each step, (N,)."""

    power_kw: FloatArray
    class_of_step: IntArray

    @property
    def limit_kw(self) -> FloatArray:
        """What may be drawn in each step, (N,)."""
        return np.asarray(self.power_kw[self.class_of_step])


@dataclass(frozen=True, eq=False)
class SubscriptionCharge:
    """share of the year x (price[0] x P[0] + sum over k of price[k] x (P[k] - P[k - 1])); P in their order [kW]."""

    item: str
    price_eur_per_kw_year: FloatArray
    power_kw: FloatArray
    share_of_year: FloatArray

    def amount(self, meter: Meter) -> Amount:
        """The yearly share of each month."""
        due = float(self.price_eur_per_kw_year @ np.diff(self.power_kw, prepend=0.0))
        return Amount(COST, self.item, due * self.share_of_year, "month")

    def quantity(self, meter: Meter) -> Quantity:
        """The greatest subscribed power."""
        return Quantity(np.full(len(self.share_of_year), self.power_kw.max(initial=0.0)), "kW")

    def entry(self, connection: Connection) -> Entry:
        """A constant."""
        due = float(self.price_eur_per_kw_year @ np.diff(self.power_kw, prepend=0.0))
        return Entry(COST, self.item, (Term(None, due * self.share_of_year, "month"),))


@dataclass(frozen=True, eq=False)
class PeakOverrun:
    """price x max(0, peak of the month in class k - P[k]), class by class; price (classes,) [EUR/kW]."""

    item: str
    subscribed: Subscribed
    price_eur_per_kw: FloatArray

    def _over(self, meter: Meter) -> FloatArray:
        """Greatest overrun of each class and month [kW], (classes, months)."""
        over = (meter.import_kw - self.subscribed.limit_kw).clip(0)
        found = np.zeros((len(self.subscribed.power_kw), len(meter.horizon.months)))
        np.maximum.at(found, (self.subscribed.class_of_step, meter.horizon.month_of_step), over)
        return found

    def amount(self, meter: Meter) -> Amount:
        """Each class's overrun at its price."""
        return Amount(COST, self.item, self.price_eur_per_kw @ self._over(meter), "month")

    def quantity(self, meter: Meter) -> Quantity:
        """The overruns of all classes."""
        return Quantity(self._over(meter).sum(axis=0), "kW")

    def entry(self, connection: Connection) -> Entry:
        """overrun[k, m] >= import[t] - P[k] in the steps of its class and month."""
        terms = []
        for number, price in enumerate(self.price_eur_per_kw):
            steps = np.flatnonzero(self.subscribed.class_of_step == number)
            subscribed = float(self.subscribed.power_kw[number])
            room = connection.import_max_kw - subscribed
            if room <= 0 or not len(steps):
                continue
            overrun = connection.monthly("overrun", "kw", room)
            above = connection.imported.at(steps) - overrun.at(connection.horizon.month_of_step[steps])
            connection.rows("overrun", above, upper=subscribed, step=steps)
            terms.append(Term(overrun, float(price), "month"))
        return Entry(COST, self.item, tuple(terms))


@dataclass(frozen=True, eq=False)
class HoursOverrun:
    """price x hours in which more is drawn than subscribed, by however little; price [EUR/h]."""

    item: str
    subscribed: Subscribed
    price_eur_per_hour: float

    def _hours(self, meter: Meter) -> FloatArray:
        limit = self.subscribed.limit_kw
        over = meter.import_kw > limit + _NEAR * np.maximum(limit, 1.0)
        return over * meter.horizon.step_hours

    def amount(self, meter: Meter) -> Amount:
        """Hours at their price."""
        return Amount(COST, self.item, self.price_eur_per_hour * self._hours(meter))

    def quantity(self, meter: Meter) -> Quantity:
        """The hours."""
        return Quantity(meter.monthly(self._hours(meter)), "h")

    def entry(self, connection: Connection) -> Entry:
        """import[t] <= P + (import_max - P) x over[t], with over[t] 0 or 1."""
        room = connection.import_max_kw - self.subscribed.limit_kw
        steps = np.flatnonzero(room > 0)
        if not len(steps):
            return Entry(COST, self.item, ())
        horizon = connection.horizon
        most = (room > 0).astype(float)
        name = connection.name("over", "count")
        over = add_variable(connection.block, horizon, name, "step", 0.0, most, binary=True)
        above = connection.imported.at(steps) - over.at(steps) * room[steps]
        connection.rows("over", above, upper=self.subscribed.limit_kw[steps], step=steps)
        return Entry(COST, self.item, (Term(over, self.price_eur_per_hour * horizon.step_hours),))


@dataclass(frozen=True, eq=False)
class SquaresOverrun:
    """price[k] x root of the sum of squares of the overruns of class k over the month's metering intervals.

    amount[m] = sum over k of price[k] x sqrt(sum over intervals i of count[i] max(0, mean[i] - P[k])^2)
    price: [EUR/kW]; count: how many of the contract's intervals each stands for, (intervals,).

    The root is convex, so the model bounds it from below by planes: at first the greatest overrun, and the sum of all
    by the root of their number; then those that touch it where the optimum was.
    """

    item: str
    subscribed: Subscribed
    metering: Metering
    count: FloatArray
    price_eur_per_kw: FloatArray

    def _classes(self) -> IntArray:
        """Class of each interval: that of its first step."""
        return np.asarray(self.subscribed.class_of_step[self.metering.first])

    def _roots(self, meter: Meter) -> FloatArray:
        means, month = self.metering.means(meter.import_kw, meter.horizon)
        classes = self._classes()
        squares = self.count * (means - self.subscribed.power_kw[classes]).clip(0) ** 2
        found = np.zeros((len(self.subscribed.power_kw), len(meter.horizon.months)))
        np.add.at(found, (classes, month), squares)
        return np.sqrt(found)

    def amount(self, meter: Meter) -> Amount:
        """Each class's root at its price."""
        return Amount(COST, self.item, self.price_eur_per_kw @ self._roots(meter), "month")

    def quantity(self, meter: Meter) -> Quantity:
        """The roots of all classes."""
        return Quantity(self._roots(meter).sum(axis=0), "kW")

    def entry(self, connection: Connection) -> Entry:
        """over[i] >= mean[i] - P;  root >= over[i],  root x sqrt(n) >= sum over the month's n intervals of over[i]."""
        horizon, classes = connection.horizon, self._classes()
        mean = self._mean(connection)
        month = horizon.month_of_step[self.metering.first]
        terms, cones = [], []
        for number, price in enumerate(self.price_eur_per_kw):
            subscribed = float(self.subscribed.power_kw[number])
            room, at = connection.import_max_kw - subscribed, np.flatnonzero(classes == number)
            if room <= 0 or not len(at):
                continue
            name = connection.name("over", "kw")
            over = add_variable(connection.block, horizon, name, at.tolist(), 0.0, room)
            chosen = np.full(len(classes), -1)
            chosen[at] = np.arange(len(at))
            excess = mean.summed(chosen, len(at)) - over
            connection.rows("over", excess, upper=subscribed, step=self.metering.first[at])
            weight = np.sqrt(self.count[at])
            total = np.sqrt(np.bincount(month[at], self.count[at], len(horizon.months)))
            root = connection.monthly("root", "kw", room * total)
            each = over * weight - root.at(month[at])
            connection.rows("root", each, upper=0.0, step=self.metering.first[at])
            cone = _Cone(connection, over * weight, over, weight, root, month[at])
            cone.add(weight / np.maximum(total, 1e-12)[month[at]])
            cones.append(cone)
            terms.append(Term(root, float(price), "month"))

        def tighten(value_of: Callable[[Variable], FloatArray]) -> bool:
            return sum(cone.tighten(value_of) for cone in cones) > 0

        return Entry(COST, self.item, tuple(terms), bound=True, tighten=tighten)

    def _mean(self, connection: Connection) -> Vector:
        weights = self.metering.weights(connection.horizon)
        return (connection.imported * weights).summed(self.metering.interval, len(self.metering.first))


@dataclass(frozen=True, eq=False)
class _Cone:
    """root[m] >= root of the sum of (weight[i] over[i])^2 over the intervals i of month m, by planes that touch it."""

    connection: Connection
    weighted: Vector
    over: Variable
    weight: FloatArray
    root: Variable
    month: IntArray

    def add(self, slope: FloatArray) -> None:
        """root[m] >= sum of slope[i] x weight[i] x over[i]; the squares of a month's slopes add up to 1."""
        months = len(self.root)
        self.connection.rows("root", (self.weighted * slope).summed(self.month, months) - self.root, upper=0.0)

    def tighten(self, value_of: Callable[[Variable], FloatArray]) -> bool:
        """Planes where the overruns are now, if their root is more than the model believes."""
        over, believed = self.weight * value_of(self.over).clip(0), value_of(self.root)
        true = np.sqrt(np.bincount(self.month, over**2, len(believed)))
        if (true <= believed * (1 + _TIGHT) + _TIGHT).all():
            return False
        self.add(over / np.maximum(true, 1e-12)[self.month])
        return True
