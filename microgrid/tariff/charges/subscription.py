"""Lines of the bill for subscribed power, by class of hours, and for drawing more than it."""

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


_NEAR = 1e-6  # share of the limit; a smaller excess is a solver's rounding and no overrun


@dataclass(frozen=True, eq=False)
class Subscribed:
    """Subscribed power of each class of hours by the name of its variable [kW], and the class of each step, (N,)."""

    powers: Mapping[str, float]
    class_of_step: IntArray

    @cached_property
    def power_kw(self) -> FloatArray:
        """Power of each class [kW], (classes,); its upper limit where the optimizer chooses it."""
        return np.array([float(power) for power in self.powers.values()])

    @cached_property
    def least_kw(self) -> FloatArray:
        """Power of each class [kW], (classes,); its lower limit where the optimizer chooses it."""
        return np.array([p.least if isinstance(p, Size) else p for p in self.powers.values()])

    @property
    def limit_kw(self) -> FloatArray:
        """Subscribed power in each step [kW], (N,)."""
        return np.asarray(self.power_kw[self.class_of_step])

    def variables(self, connection: Connection) -> list[Variable | None]:
        """Variable of each class whose power the optimizer chooses, else None; no power is less than the one before."""
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
        """Add the rule that a class has at least the power of the class before it."""
        if not before:
            return
        last = before[-1]
        least = float(self.power_kw[len(before) - 1])
        rule = -variable.all if last is None else last.all - variable.all
        connection.rows("order", rule, upper=-least if last is None else 0.0)

    def excess(self, connection: Connection, power: Vector, number: int) -> tuple[Vector, float]:
        """Left side and right side [kW] of  power <= subscribed power of a class, row by row."""
        variable = self.variables(connection)[number]
        if variable is None:
            return power, float(self.power_kw[number])
        return power - variable.at(np.zeros(power.size, dtype=np.int64)), 0.0


@dataclass(frozen=True, eq=False)
class SubscriptionCharge:
    """share of the year x (price[0] x P[0] + sum over k of price[k] x (P[k] - P[k - 1])) [money]

    P: subscribed power of each class in the tariff's order [kW]; price [money/kW/year], (classes,); share_of_year: of
    each month, (months,); limits: whether no more than the subscribed power may be drawn.
    """

    item: str
    price_per_kw_year: FloatArray
    subscribed: Subscribed
    share_of_year: FloatArray
    limits: bool

    @property
    def by_class(self) -> FloatArray:
        """Yearly cost of one more kW in one class alone [money/kW/year], (classes,)."""
        return np.asarray(self.price_per_kw_year - np.append(self.price_per_kw_year[1:], 0.0))

    def amount(self, meter: Meter) -> Amount:
        """Yearly cost x the share of the year in each month [money], (months,)."""
        return Amount(COST, self.item, float(self.by_class @ self.subscribed.power_kw) * self.share_of_year, "month")

    def quantity(self, meter: Meter) -> Quantity:
        """Greatest subscribed power of all classes in each month [kW], (months,)."""
        return Quantity(np.full(len(self.share_of_year), self.subscribed.power_kw.max(initial=0.0)), "kW")

    def entry(self, connection: Connection) -> Entry:
        """Constant cost of powers that are stated, and terms of those that the optimizer chooses, with their limits."""
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
    """price x max(0, peak of the month in class k - P[k]), class by class; price (classes,) [money/kW]."""

    item: str
    subscribed: Subscribed
    price_per_kw: FloatArray

    def _over(self, meter: Meter) -> FloatArray:
        """Greatest overrun of each class and month [kW], (classes, months)."""
        over = (meter.import_kw - self.subscribed.limit_kw).clip(0)
        found = np.zeros((len(self.subscribed.power_kw), len(meter.horizon.months)))
        np.maximum.at(found, (self.subscribed.class_of_step, meter.horizon.month_of_step), over)
        return found

    def amount(self, meter: Meter) -> Amount:
        """Overrun of each class at its price, by month [money], (months,)."""
        return Amount(COST, self.item, self.price_per_kw @ self._over(meter), "month")

    def quantity(self, meter: Meter) -> Quantity:
        """Sum of the overruns of all classes in each month [kW], (months,)."""
        return Quantity(self._over(meter).sum(axis=0), "kW")

    def entry(self, connection: Connection) -> Entry:
        """overrun[k, m] >= peak[k, m] - P[k], with the peak variable that lines metered alike share."""
        terms = []
        steps = np.arange(connection.horizon.steps)
        for number, price in enumerate(self.price_per_kw):
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
    """price x hours in which more is drawn than subscribed, by however little; price [money/h]."""

    item: str
    subscribed: Subscribed
    price_per_hour: float

    def _hours(self, meter: Meter) -> FloatArray:
        limit = self.subscribed.limit_kw
        over = meter.import_kw > limit + _NEAR * np.maximum(limit, 1.0)
        return over * meter.horizon.step_hours

    def amount(self, meter: Meter) -> Amount:
        """Hours with an overrun at their price, by step [money], (N,)."""
        return Amount(COST, self.item, self.price_per_hour * self._hours(meter))

    def quantity(self, meter: Meter) -> Quantity:
        """Hours with an overrun in each month [h], (months,)."""
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
        return Entry(COST, self.item, (Term(over, self.price_per_hour * horizon.step_hours),))


@dataclass(frozen=True, eq=False)
class SquaresOverrun:
    """price[k] x root of the sum of squares of the overruns of class k over the month's metering intervals.

    amount[m] = sum over k of price[k] x sqrt(sum over intervals i of count[i] max(0, mean[i] - P[k])^2)
    price: [money/kW]; count: number of the contract's intervals that each stands for, (intervals,).

    The root is convex, so the model bounds it from below by tangent planes, see
    ``microgrid.tariff.charges.root_of_squares``.
    """

    item: str
    subscribed: Subscribed
    metering: Metering
    count: FloatArray
    price_per_kw: FloatArray

    def _classes(self) -> IntArray:
        """Class of hours of each metering interval, which is that of its first step, (intervals,)."""
        return np.asarray(self.subscribed.class_of_step[self.metering.first])

    def _roots(self, meter: Meter) -> FloatArray:
        """Root of the sum of squares of each class and month [kW], (classes, months)."""
        means, month = self.metering.means(meter.import_kw, meter.horizon)
        classes = self._classes()
        squares = self.count * (means - self.subscribed.power_kw[classes]).clip(0) ** 2
        found = np.zeros((len(self.subscribed.power_kw), len(meter.horizon.months)))
        np.add.at(found, (classes, month), squares)
        return np.sqrt(found)

    def amount(self, meter: Meter) -> Amount:
        """Root of each class at its price, by month [money], (months,)."""
        return Amount(COST, self.item, self.price_per_kw @ self._roots(meter), "month")

    def quantity(self, meter: Meter) -> Quantity:
        """Sum of the roots of all classes in each month [kW], (months,)."""
        return Quantity(self._roots(meter).sum(axis=0), "kW")

    def entry(self, connection: Connection) -> Entry:
        """Terms of the price on a root variable for each class and month; ``tighten`` adds tangent planes to it."""
        horizon = connection.horizon
        classes = self._classes()
        mean = self._mean(connection)
        month = horizon.month_of_step[self.metering.first]
        terms = []
        cones = []
        for number, price in enumerate(self.price_per_kw):
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
