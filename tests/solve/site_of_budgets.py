"""A site with budgets, as a case of the package and as an independent linear program."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from hypothesis import strategies as st
from scipy.optimize import linprog

from microgrid import Case
from microgrid.horizon import FloatArray, IntArray
from tests.conftest import battery, grid, load, make_case

PEAK_PRICE = 2.0
DAYS_IN_MONTH = {1: 31, 2: 28}
START = 20  # of January 2018: 12 days are in January, the others in February


@dataclass(frozen=True)
class Site:
    """A site with sun, a battery, a cheap dirty connection and a dear clean one, hour by hour.

    Its linear program is written here once more, in other variables than those of the package: powers drawn from both
    connections, charged and discharged power, energy at the ends of the hours, and one peak a month of the dirty one.
    """

    load: FloatArray
    sun: FloatArray
    price: FloatArray
    carbon: FloatArray
    clean_max: float
    clean_price: float

    @property
    def hours(self) -> int:
        return len(self.load)

    @cached_property
    def month(self) -> IntArray:
        """0 in January and 1 in February, of each hour."""
        return (np.arange(self.hours) // 24 + START > 31).astype(int)

    @cached_property
    def months(self) -> int:
        return int(self.month.max()) + 1

    def case(self, **objective: Any) -> Case:
        peaks = [{"item": "peak", "price": f"{PEAK_PRICE} EUR/kW"}]
        dirty = grid(self.price.tolist(), import_max=60, peaks=peaks)
        assets = {
            "load": load(*self.load),
            "sun": {"kind": "solar", "capacity": "12 kW", "profile": {"values": (self.sun / 12).tolist()}},
            "b": battery(start=0.5, end=0.5, charge_efficiency=0.9, discharge_efficiency=0.95),
            "dirty": {**dirty, "carbon": {"values": self.carbon.tolist(), "unit": "kg/kWh"}},
            "clean": grid(self.clean_price, import_max=self.clean_max),
        }
        return make_case(assets, start=f"2018-01-{START}", hours=self.hours, objective=objective or {"cost": 1})

    # The program, in the order dirty, clean, sun used, charge, discharge, energy, peaks.

    @cached_property
    def columns(self) -> int:
        return 6 * self.hours + self.months

    def block(self, number: int, values: FloatArray) -> FloatArray:
        row = np.zeros(self.columns)
        row[number * self.hours : (number + 1) * self.hours] = values
        return row

    @cached_property
    def cost(self) -> FloatArray:
        cost = self.block(0, self.price) + self.block(1, np.full(self.hours, self.clean_price))
        cost[6 * self.hours :] = PEAK_PRICE
        return cost

    @cached_property
    def emissions(self) -> FloatArray:
        return self.block(0, self.carbon)

    def within(self, row: FloatArray, group: IntArray) -> FloatArray:
        """The entries of a row in the hours of each group, (groups, columns)."""
        hour = np.tile(np.arange(self.hours), 6)
        found = np.zeros((int(group.max()) + 1, self.columns))
        for number in range(len(found)):
            found[number, : len(hour)] = np.where(group[hour] == number, row[: len(hour)], 0.0)
        return found

    @cached_property
    def _rules(self) -> dict[str, Any]:
        n = self.hours
        one = sp.eye(n)
        before = sp.eye(n, k=-1)
        none = sp.csr_matrix((n, n))
        peaks = sp.csr_matrix((np.ones(n), (np.arange(n), self.month)), shape=(n, self.months))
        no_peak = sp.csr_matrix((n, self.months))
        balance = sp.hstack([one, one, one, -one, one, none, no_peak])
        store = sp.hstack([none, none, none, -0.9 * one, one / 0.95, one - before, no_peak])
        start = np.zeros(n)
        start[0] = 5.0
        limits = [(0, 60)] * n + [(0, self.clean_max)] * n + [(0, s) for s in self.sun] + [(0, 10)] * (3 * n - 1)
        return {
            "A_eq": sp.vstack([balance, store]).tocsr(),
            "b_eq": np.concatenate([self.load, start]),
            "A_ub": sp.hstack([one, sp.csr_matrix((n, 5 * n)), -peaks]).tocsr(),
            "b_ub": np.zeros(n),
            "bounds": [*limits, (5, 10), *[(0, None)] * self.months],
        }

    def least(
        self, goal: FloatArray, rows: FloatArray | None = None, most: FloatArray | None = None, equal: bool = False
    ) -> float | None:
        """Least value of a goal, with further rows at most, or equal to, ``most``; None if there is none.

        A goal may have one variable more than the site, which then is the last one, and free.
        """
        rules = dict(self._rules)
        more = len(goal) - self.columns
        for name in ("A_eq", "A_ub"):
            rules[name] = sp.hstack([rules[name], sp.csr_matrix((rules[name].shape[0], more))]).tocsr()
        rules["bounds"] = [*rules["bounds"], *[(None, None)] * more]
        if rows is not None and most is not None:
            matrix, limit = ("A_eq", "b_eq") if equal else ("A_ub", "b_ub")
            rules[matrix] = sp.vstack([rules[matrix], sp.csr_matrix(rows)]).tocsr()
            rules[limit] = np.concatenate([rules[limit], most])
        found = linprog(goal, method="highs", **rules)
        assert found.status in (0, 2), found.message
        return float(found.fun) if found.status == 0 else None

    def tightest(self, rows: FloatArray, share: FloatArray, sign: float = 1.0) -> float:
        """Least z with which  sign . rows . x <= z share  has a solution."""
        goal = np.append(np.zeros(self.columns), 1.0)
        found = self.least(goal, np.hstack([sign * rows, -share[:, None]]), np.zeros(len(rows)))
        assert found is not None
        return found


@st.composite
def sites(draw: st.DrawFn) -> Site:
    hours = 24 * draw(st.integers(4, 16))
    generator = np.random.default_rng(draw(st.integers(0, 10**6)))
    day = 0.5 - 0.5 * np.cos(np.arange(hours) * 2 * np.pi / 24)
    flat = draw(st.booleans())  # two prices only, so that many hours have the same reduced cost
    price = np.where(day > 0.6, 0.3, 0.1) if flat else 0.05 + 0.3 * generator.random(hours)
    carbon = np.where(day > 0.5, 0.4, 0.2) if flat else 0.1 + 0.5 * generator.random(hours)
    return Site(
        load=(4 + 8 * day * generator.random(hours)).round(3),
        sun=12 * (day**3 * generator.random(hours)).round(3),
        price=price.round(3),
        carbon=carbon.round(3),
        clean_max=draw(st.sampled_from([2.0, 5.0])),
        clean_price=draw(st.sampled_from([0.35, 0.6])),
    )


def groups_of(site: Site, per: str) -> tuple[IntArray, FloatArray]:
    """Day, month or year of each hour, and the share of it that the horizon covers."""
    day = np.arange(site.hours) // 24
    if per == "day":
        return day, np.ones(site.hours // 24)
    covered = np.bincount(site.month)
    if per == "month":
        return site.month, covered / 24 / np.array([DAYS_IN_MONTH[1], DAYS_IN_MONTH[2]])[: site.months]
    return np.zeros(site.hours, dtype=int), np.array([site.hours / 8760])
