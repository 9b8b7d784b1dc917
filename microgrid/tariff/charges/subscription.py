"""Subscribed power by class of hours, and what drawing more than it costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from microgrid.contract.ledger import COST, Amount, Entry, Term
from microgrid.contract.size import Size, size_variable
from microgrid.contract.variables import add_variable
from microgrid.horizon import FloatArray, IntArray
from microgrid.tariff.charges.charge import Connection, Meter, Quantity
from microgrid.tariff.charges.peaks import Metering
from microgrid.tariff.charges.root_of_squares import Cone

if TYPE_CHECKING:
    from microgrid.contract.linear import Variable, Vector


_NEAR = 1e-6  # of the limit: a solver's rounding is no overrun


@dataclass(frozen=True, eq=False)
class Subscribed:
    """Subscribed power of each class of hours by the name of its variable [kW], and the class of each step, (N,)."""

    powers: Mapping[str, float]
    class_of_step: IntArray

    @cached_property
    def power_kw(self) -> FloatArray:
        """Power of each class, the greatest where it is to be chosen, (classes,)."""
        return np.array([float(power) for power in self.powers.values()])

    @cached_property
    def least_kw(self) -> FloatArray:
        """Least power of each class, (classes,)."""
        return np.array([p.least if isinstance(p, Size) else p for p in self.powers.values()])

    @property
    def limit_kw(self) -> FloatArray:
        """What may be drawn in each step, (N,)."""
        return np.asarray(self.power_kw[self.class_of_step])

    def variables(self, connection: Connection) -> list[Variable | None]:
        """A variable for each class whose power is to be chosen, in the order that powers have to keep."""
        if not (self.least_kw < self.power_kw).any():
            return [None] * len(self.powers)
        found: list[Variable | None] = []
        for name, power in self.powers.items():
            key = name.encode()
            if key not in connection.shared:
                variable = size_variable(connection.block, connection.horizon, name, power)
                if variable is None:
                    found.append(None)
                    continue
                connection.shared[key] = variable
                self._keep_order(connection, found, variable)
            found.append(connection.shared[key])
        return found

    def _keep_order(self, connection: Connection, before: list[Variable | None], variable: Variable) -> None:
        """No class has less than the one before it."""
        if not before:
            return
        last = before[-1]
        least = float(self.power_kw[len(before) - 1])
        rule = -variable.all if last is None else last.all - variable.all
        connection.rows("order", rule, upper=-least if last is None else 0.0)

    def excess(self, connection: Connection, power: Vector, number: int) -> tuple[Vector, float]:
        """Left side and limit of: power - subscribed power of a class <= 0, row by row."""
        variable = self.variables(connection)[number]
        if variable is None:
            return power, float(self.power_kw[number])
        return power - variable.at(np.zeros(power.size, dtype=np.int64)), 0.0


@dataclass(frozen=True, eq=False)
class SubscriptionCharge:
    """share of the year x (price[0] x P[0] + sum over k of price[k] x (P[k] - P[k - 1])); P in their order [kW].

    limits: whether nothing may be drawn beyond it.
    """

    item: str
    price_eur_per_kw_year: FloatArray
    subscribed: Subscribed
    share_of_year: FloatArray
    limits: bool

    @property
    def by_class(self) -> FloatArray:
        """Yearly cost of a kW more in one class alone, (classes,)."""
        return np.asarray(self.price_eur_per_kw_year - np.append(self.price_eur_per_kw_year[1:], 0.0))

    def amount(self, meter: Meter) -> Amount:
        """The yearly share of each month."""
        return Amount(COST, self.item, float(self.by_class @ self.subscribed.power_kw) * self.share_of_year, "month")

    def quantity(self, meter: Meter) -> Quantity:
        """The greatest subscribed power."""
        return Quantity(np.full(len(self.share_of_year), self.subscribed.power_kw.max(initial=0.0)), "kW")

    def entry(self, connection: Connection) -> Entry:
        """A constant, or the powers that are chosen."""
        terms = []
        for number, variable in enumerate(self.subscribed.variables(connection)):
            due = float(self.by_class[number]) * self.share_of_year
            fixed = float(self.subscribed.power_kw[number])
            terms.append(Term(None, due * fixed, "month") if variable is None else Term(variable, due, "month"))
            steps = np.flatnonzero(self.subscribed.class_of_step == number)
            if self.limits and variable is not None and len(steps):
                within, _ = self.subscribed.excess(connection, connection.imported.at(steps), number)
                connection.rows("within", within, upper=0.0, step=steps)
        return Entry(COST, self.item, tuple(terms))


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
        """overrun[k, m] >= peak[k, m] - P[k], where other lines may have the same peak."""
        terms, steps = [], np.arange(connection.horizon.steps)
        for number, price in enumerate(self.price_eur_per_kw):
            inside = self.subscribed.class_of_step == number
            room = connection.import_max_kw - float(self.subscribed.least_kw[number])
            if room <= 0 or not inside.any():
                continue
            overrun = connection.monthly("overrun", "kw", room)
            above = Metering(inside, steps).variable(connection) - overrun
            excess, limit = self.subscribed.excess(connection, above, number)
            connection.rows("overrun", excess, upper=limit)
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
        room = connection.import_max_kw - self.subscribed.least_kw
        if not (room > 0).any():
            return Entry(COST, self.item, ())
        horizon = connection.horizon
        over = add_variable(connection.block, horizon, connection.name("over", "count"), binary=True)
        for number in np.flatnonzero(room > 0):
            steps = np.flatnonzero(self.subscribed.class_of_step == number)
            if len(steps):
                above = connection.imported.at(steps) - over.at(steps) * float(room[number])
                excess, limit = self.subscribed.excess(connection, above, int(number))
                connection.rows("over", excess, upper=limit, step=steps)
        return Entry(COST, self.item, (Term(over, self.price_eur_per_hour * horizon.step_hours),))


@dataclass(frozen=True, eq=False)
class SquaresOverrun:
    """price[k] x root of the sum of squares of the overruns of class k over the month's metering intervals.

    amount[m] = sum over k of price[k] x sqrt(sum over intervals i of count[i] max(0, mean[i] - P[k])^2)
    price: [EUR/kW]; count: how many of the contract's intervals each stands for, (intervals,).

    The root is convex, so the model bounds it from below by planes, see ``microgrid.tariff.charges.root_of_squares``.
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
        """A root for each class and month, above the overruns of its intervals."""
        horizon, classes = connection.horizon, self._classes()
        mean = self._mean(connection)
        month = horizon.month_of_step[self.metering.first]
        terms, cones = [], []
        for number, price in enumerate(self.price_eur_per_kw):
            room = connection.import_max_kw - float(self.subscribed.least_kw[number])
            at = np.flatnonzero(classes == number)
            if room <= 0 or not len(at):
                continue
            chosen = np.full(len(classes), -1)
            chosen[at] = np.arange(len(at))
            above, limit = self.subscribed.excess(connection, mean.summed(chosen, len(at)), number)
            weight = np.sqrt(self.count[at])
            total = np.sqrt(np.bincount(month[at], self.count[at], len(horizon.months)))
            root = connection.monthly("root", "kw", room * total)
            cones.append(Cone(connection, above, limit, room, weight, self.metering.first[at], month[at], root))
            terms.append(Term(root, float(price), "month"))

        def tighten(value_of: Callable[[Variable], FloatArray]) -> bool:
            return sum(cone.tighten(value_of) for cone in cones) > 0

        return Entry(COST, self.item, tuple(terms), bound=True, tighten=tighten)

    def _mean(self, connection: Connection) -> Vector:
        weights = self.metering.weights(connection.horizon)
        return (connection.imported * weights).summed(self.metering.interval, len(self.metering.first))
