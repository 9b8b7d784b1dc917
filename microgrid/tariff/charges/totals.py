"""Lines of the bill that do not depend on the meter itself: fixed amounts, taxes on other lines, minimum bill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from microgrid.contract.ledger import COST, Amount, Entry, Term
from microgrid.contract.sums import by_group, terms_by_group
from microgrid.horizon import FloatArray, Horizon
from microgrid.money import MONEY
from microgrid.tariff.charges.charge import Connection, Meter, Quantity


@dataclass(frozen=True, eq=False)
class FixedCharge:
    """Fixed amount in each month, (months,) [money]."""

    item: str
    monthly_amount: FloatArray

    def amount(self, meter: Meter) -> Amount:
        """Fixed amount of each month [money], (months,)."""
        return Amount(COST, self.item, self.monthly_amount, "month")

    def quantity(self, meter: Meter) -> Quantity:
        """No quantity: 0 in each month, without a unit."""
        return Quantity(np.zeros(len(self.monthly_amount)), "")

    def entry(self, connection: Connection) -> Entry:
        """Constant term of the fixed amounts."""
        return Entry(COST, self.item, (Term(None, self.monthly_amount, "month"),))


class Total(Protocol):
    """Line of the bill that follows from lines before it."""

    @property
    def item(self) -> str:
        """Name of the line on the bill."""
        ...

    def amounts(self, lines: Mapping[str, Amount], horizon: Horizon) -> Amount:
        """Amount of the line [money], by month."""
        ...

    def entry(self, lines: Mapping[str, Entry], connection: Connection) -> Entry:
        """Entry of the line in the model, from the entries of the lines before it."""
        ...


@dataclass(frozen=True, eq=False)
class Tax:
    """rate[m] x sum of the taxed lines in month m [money]

    rate: (months,), multiplied by the share of the month in which the tax holds; of: items of the taxed lines.
    """

    item: str
    rate: FloatArray
    of: tuple[str, ...]

    def amounts(self, lines: Mapping[str, Amount], horizon: Horizon) -> Amount:
        """Rate x sum of the taxed lines, by month [money], (months,)."""
        base = sum((_monthly(lines[item], horizon) for item in self.of), np.zeros(len(horizon.months)))
        return Amount(COST, self.item, self.rate * base, "month", base, MONEY)

    def entry(self, lines: Mapping[str, Entry], connection: Connection) -> Entry:
        """Every term of the taxed lines, multiplied by the rate of its month."""
        terms = [term for item in self.of for term in lines[item].terms]
        bound = any(lines[item].bound for item in self.of)
        rate = {"month": self.rate, "step": self.rate[connection.horizon.month_of_step]}
        scaled = (replace(term, coefficient=np.asarray(term.coefficient) * rate[term.over]) for term in terms)
        return Entry(COST, self.item, tuple(scaled), bound=bound)


@dataclass(frozen=True, eq=False)
class Minimum:
    """max(0, least[m] - sum of the lines before it in month m) [money]; least: minimum bill, (months,) [money]."""

    item: str
    least_amount: FloatArray

    def amounts(self, lines: Mapping[str, Amount], horizon: Horizon) -> Amount:
        """Amount by which the lines fall short of the minimum bill, by month [money], (months,)."""
        base = sum((_monthly(line, horizon) for line in lines.values()), np.zeros(len(horizon.months)))
        return Amount(COST, self.item, (self.least_amount - base).clip(0), "month")

    def entry(self, lines: Mapping[str, Entry], connection: Connection) -> Entry:
        """Term of a variable with  missing[m] + sum of the lines >= least[m]  and  missing[m] >= 0."""
        missing = connection.monthly("missing", "amount")
        horizon = connection.horizon
        terms = (term for line in lines.values() for term in line.terms)
        vector, constant = terms_by_group(terms, horizon, horizon.month_of_step, len(horizon.months))
        below = -missing.all if vector is None else -missing.all - vector
        connection.rows("missing", below, upper=constant - self.least_amount, unit=MONEY)
        bound = any(line.bound for line in lines.values())
        return Entry(COST, self.item, (Term(missing, 1.0, "month"),), bound=bound, pooled=True)


def _monthly(amount: Amount, horizon: Horizon) -> FloatArray:
    return by_group(amount, horizon, horizon.month_of_step, len(horizon.months))
