"""Budgets: a row that binds a whole horizon, solved in windows, against an independent program and by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from scipy.optimize import linprog

import microgrid.solve.exclusive.relaxed as relaxed
import microgrid.solve.windows.levels as windows
from microgrid import Case, Limits, dispatch
from microgrid.horizon import FloatArray, IntArray
from microgrid.model.assembly import build_model
from microgrid.model.extended import with_rows
from microgrid.model.matrix import Family, Matrix, compile_model
from microgrid.solve.answer import Answer
from tests.conftest import battery, grid, load, make_case
from tests.proofs import proof

HAIR = 1e-5
PEAK_PRICE = 2.0
DAYS_IN_MONTH = {1: 31, 2: 28}
START = 20  # of January 2018: 12 days are in January, the others in February
SAME = 1e-7  # relative; the budgets by a hair are a hundred times as far apart


@contextmanager
def windows_of(steps: int) -> Iterator[None]:
    """Windows of about so many steps, on horizons of a few days already; longer steps are solved in windows too."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"FEWEST_STEPS": 24, "_WINDOW": steps, "_ONE_PIECE": max(60, 2 * steps)}.items():
            patch.setattr(windows, name, value)
        yield


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


@st.composite
def tightness(draw: st.DrawFn) -> float:
    """Share of the way from the tightest budget (0) to one without effect (1); or a hair on either side of 0."""
    return draw(st.sampled_from([HAIR, -HAIR, 1.5]) | st.floats(0.02, 0.98))


def compiled(case: Case) -> Matrix:
    return compile_model(build_model(case.assets, case.horizon, case.first_weights, case.caps))


def in_windows(matrix: Matrix, steps: int) -> Answer:
    return relaxed.solve_relaxed(matrix, steps, Limits(), lambda _: None)[1]


def assert_is(answer: Answer, expected: float | None) -> None:
    """The answer is the expected optimum, by its own proof too, or the problem is proven to have no solution."""
    assert answer.status == ("infeasible" if expected is None else "optimal")
    if expected is not None:
        assert answer.objective == pytest.approx(expected, rel=SAME, abs=SAME)
        assert answer.bound == pytest.approx(answer.objective, rel=1e-9, abs=1e-9)
        assert "windows" in answer.note


def groups_of(site: Site, per: str) -> tuple[IntArray, FloatArray]:
    """Day, month or year of each hour, and the share of it that the horizon covers."""
    day = np.arange(site.hours) // 24
    if per == "day":
        return day, np.ones(site.hours // 24)
    covered = np.bincount(site.month)
    if per == "month":
        return site.month, covered / 24 / np.array([DAYS_IN_MONTH[1], DAYS_IN_MONTH[2]])[: site.months]
    return np.zeros(site.hours, dtype=int), np.array([site.hours / 8760])


def between(tightest: float, slack: float, tight: float) -> float:
    """A budget so tight; by a hair, measured by the budget itself."""
    return tightest * (1 + tight) if abs(tight) == HAIR else tightest + tight * (slack - tightest)


@proof(sample=8, whole=500, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    site=sites(),
    tight=tightness(),
    per=st.sampled_from(["day", "month", "year", "owed", "cost"]),
    size=st.integers(9, 50),
)
def test_any_budget_has_the_optimum_of_an_independent_program(site: Site, tight: float, per: str, size: int) -> None:
    """Caps of emissions by day, month and year, energy owed in each month, emissions within a cost budget.

    Slack, tight, and a hair on either side of the tightest; windows of any length.
    """
    with windows_of(size):
        if per == "owed":
            assert_owed(site, tight)
        elif per == "cost":
            assert_cost_budget(site, max(tight, 1e-3))
        else:
            assert_cap(site, tight, per)


def assert_cap(site: Site, tight: float, per: str) -> None:
    group, share = groups_of(site, per)
    rows = site.within(site.emissions, group)
    tightest = site.tightest(rows, share)
    slack = 0.4 * float((site.load.sum() + 0.0) / share.sum())
    most = float(between(tightest, slack, tight))
    cap = {"max": f"{most:.17g} kg", "per": per}
    expected = site.least(site.cost, rows, most * share)
    assert (expected is None) == (tight == -HAIR)
    assert_is(in_windows(compiled(site.case(emissions_caps=[cap])), site.hours), expected)


def assert_owed(site: Site, tight: float) -> None:
    """So much energy has to be bought from the clean connection in each month, whatever it costs: an equation."""
    share = np.bincount(site.month) / site.hours
    rows = site.within(site.block(1, np.ones(site.hours)), site.month)
    greatest = -site.tightest(rows, share, sign=-1.0)
    owed = greatest * (1 - tight if abs(tight) == HAIR else max(0.9 - 0.8 * tight, 0.0)) * share
    expected = site.least(site.cost, rows, owed, equal=True)
    assert (expected is None) == (tight == -HAIR)
    matrix = compiled(site.case())
    [clean] = [f.span for f in matrix.columns if f.name.endswith("[clean].import_kw")]
    entries = sp.lil_matrix((site.months, len(matrix.cost)))
    entries[:, clean] = rows[:, site.hours : 2 * site.hours]
    family = [Family("owed", 0, site.months)]
    limited = with_rows(matrix, entries.tocsc(), lower=owed, upper=owed, families=family).matrix
    assert_is(in_windows(limited, site.hours), expected)


def assert_cost_budget(site: Site, within: float) -> None:
    """Least emissions at a cost that exceeds the least by a share; a row of costs with peaks in it."""
    least = site.least(site.cost)
    assert least is not None
    expected = site.least(site.emissions, site.cost[None, :], np.array([least * (1 + within)]))
    solution = dispatch(site.case(least_emissions_within=within), margin=False)
    assert solution.audit.passed, solution.audit.findings
    assert solution.objective == pytest.approx(expected, rel=1e-6, abs=1e-6)
    assert solution.bound == pytest.approx(solution.objective, rel=1e-6, abs=1e-6)
