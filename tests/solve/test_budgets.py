"""Budgets: a row that binds a whole horizon, solved in windows, against an independent program and by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import HealthCheck, Phase, assume, given
from hypothesis import strategies as st

import microgrid.solve.windows.levels as windows
import microgrid.solve.windows.relaxed as relaxed
from microgrid import Case, InfeasibleError, Limits, dispatch
from microgrid.model.assembly import build_model
from microgrid.model.extended import with_rows
from microgrid.model.matrix import Family, Matrix, compile_model
from microgrid.solve.answer import Answer
from microgrid.solve.spending import Spending
from tests.conftest import grid, load, make_case
from tests.proofs import proof
from tests.solve.site_of_budgets import Site, groups_of, sites

HAIR = 1e-5
SAME = 1e-7  # relative; the budgets by a hair are a hundred times as far apart


@contextmanager
def windows_of(steps: int) -> Iterator[None]:
    """Windows of about so many steps, on horizons of a few days already; longer steps are solved in windows too."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"FEWEST_STEPS": 24, "_WINDOW": steps, "_ONE_PIECE": max(60, 2 * steps)}.items():
            patch.setattr(windows, name, value)
        yield


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


def between(tightest: float, slack: float, tight: float) -> float:
    """A budget so tight; a hair is measured by the greater of the tightest budget and a tenth of one without effect."""
    if abs(tight) == HAIR:
        return tightest + tight * max(tightest, slack / 10)
    return tightest + tight * (slack - tightest)


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
            assert_cost_budget(site, float(np.clip(tight, 1e-3, 1.0)))
        else:
            assert_cap(site, tight, per)


def assert_cap(site: Site, tight: float, per: str) -> None:
    group, share = groups_of(site, per)
    rows = site.within(site.emissions, group)
    tightest = site.tightest(rows, share)
    slack = 0.4 * float((site.load.sum() + 0.0) / share.sum())
    most = float(between(tightest, slack, tight))
    assume(most >= 0)  # a site that needs no emissions has no cap that is too tight
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


def two_suppliers(hours: int, **sections: Any) -> Case:
    """10 kW for some hours, from a connection of 0.1 EUR and 0.5 kg per kWh or a clean one of 0.3 EUR."""
    dirty = grid(0.1, import_max=10, carbon="0.5 kg/kWh")
    assets = {"load": load(10), "dirty": dirty, "clean": grid(0.3, import_max=10)}
    return make_case(assets, start="2018-01-01", hours=hours, **sections)


def yearly(kg: float, hours: int) -> dict[str, Any]:
    """A cap by year that allows so much in the given hours."""
    return {"emissions_caps": [{"max": f"{kg * 8760 / hours:.17g} kg", "per": "year"}]}


@pytest.mark.parametrize(("kg", "cost", "saved"), [(500, 400, 0.4), (1001, 200, 0.0), (0.001, 600, 0.4)])
def test_a_year_with_one_price_of_emissions(kg: float, cost: float, saved: float) -> None:
    """2000 kWh; half of the 1000 kg: 1000 kWh at 0.1 and 1000 at 0.3 EUR; a kg less costs 0.2 EUR for 2 kWh, 0.4 EUR.

    All hours change over at that one price, so no price makes the windows spend what is allowed: the last run has to
    choose the hours. A slack cap has no price.
    """
    with windows_of(20):
        answer = in_windows(compiled(two_suppliers(200, objective=yearly(kg, 200))), 200)
    assert "windows" in answer.note
    assert answer.objective == pytest.approx(cost, abs=0.001)
    assert -answer.row_dual[-1] == pytest.approx(saved)
    assert answer.bound == pytest.approx(answer.objective)


def test_an_impossible_cap_is_named_although_windows_are_used() -> None:
    """The clean connection covers 1000 of 2000 kWh, so 500 kg are the least."""
    assets = {
        "load": load(10),
        "dirty": grid(0.1, import_max=10, carbon="0.5 kg/kWh"),
        "clean": grid(0.3, import_max=5),
    }
    with windows_of(20):
        within = dispatch(make_case(assets, start="2018-01-01", hours=200, objective=yearly(500.01, 200)))
        with pytest.raises(InfeasibleError, match="emissions cap by year"):
            dispatch(make_case(assets, start="2018-01-01", hours=200, objective=yearly(499.99, 200)))
    assert within.plan.accounts()["emissions_kgco2"] == pytest.approx(500.01)


def varied(hours: int = 240) -> Site:
    """A site whose prices and intensities differ from hour to hour."""
    generator = np.random.default_rng(4)
    price, carbon = 0.05 + 0.3 * generator.random((2, hours))
    return Site(6 + 4 * generator.random(hours), 8 * generator.random(hours), price, carbon, 5.0, 0.5)


def test_each_point_of_a_front_goes_on_from_the_point_before() -> None:
    """From 90 to 60 % of the free emissions and back to 75 %: the optimum of the independent program each time."""
    site = varied()
    free = dispatch(site.case(), margin=False).plan.accounts()["emissions_kgco2"]
    before = None
    with windows_of(30):
        for share in (0.9, 0.8, 0.7, 0.6, 0.75):
            case = site.case(**yearly(share * free, site.hours))
            before = dispatch(case, margin=False, like=before)
            expected = site.least(site.cost, site.emissions[None, :], np.array([share * free]))
            assert before.objective == pytest.approx(expected, rel=SAME)
            assert before.gap <= 1e-9


def test_a_front_of_least_emissions_remembers_both_objectives() -> None:
    """Within 1, 2 and 5 % of the least cost: the first objective is found without a step, the second goes on."""
    site = varied()
    least = site.least(site.cost)
    assert least is not None
    before = None
    with windows_of(30):
        for within in (0.01, 0.02, 0.05):
            before = dispatch(site.case(least_emissions_within=within), margin=False, like=before)
            expected = site.least(site.emissions, site.cost[None, :], np.array([least * (1 + within)]))
            assert before.objective == pytest.approx(expected, rel=1e-6)
            assert before.known.first is not None


def test_without_time_for_the_last_run_the_schedule_of_the_windows_keeps_the_cap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What two rounds of windows spend too much and too little is blended; the bound is that of their prices."""
    site = varied()
    free = dispatch(site.case(), margin=False).plan.accounts()["emissions_kgco2"]
    matrix = compiled(site.case(**yearly(0.8 * free, site.hours)))
    optimum = site.least(site.cost, site.emissions[None, :], np.array([0.8 * free]))
    assert optimum is not None
    none = np.zeros(0)
    out_of_time = Answer("time_limit", none, np.inf, -np.inf, none)
    monkeypatch.setattr("microgrid.solve.windows.last_run.Session.solve", lambda _: out_of_time)
    with windows_of(30):
        answer = in_windows(matrix, site.hours)
    assert answer.found
    assert answer.status == "time_limit"
    assert relaxed.keeps_rules(matrix, answer.x)
    assert answer.bound <= optimum + 1e-7 <= answer.objective + 2e-7
    assert answer.objective < 1.1 * optimum
    assert np.isfinite(answer.bound)


def at(stretched: float) -> float:
    """The price whose stretched price is this, for a unit of 1."""
    return float(np.sign(stretched) * np.expm1(abs(stretched)))


def spending(stretched: float, rise: float, total: float) -> Spending:
    """One row, at most 100, of a unit of 1; rise: of its total with the stretched price."""
    one = np.ones(1)
    price = at(stretched) * one
    slope = rise / (1 + np.abs(price))
    none = np.nan * one
    return Spending(-np.inf * one, 100 * one, price, slope, np.isfinite(slope), one, total * one, none, none)


@pytest.mark.parametrize(
    ("stretched", "rise", "total", "expected"),
    [
        (-2.0, 100, 110, -2.1),  # 10 too much, 100 less for each unit of the stretched price
        (-2.0, 100, 90, -1.9),
        (-2.0, 5, 110, -2.7),  # no more at once
        (-2.0, 5, 90, -1.3),
        (-0.5, 15, 90, 0.0),  # a cap that would be slack has no price
        (0.0, np.nan, 90, 0.0),
        (0.0, 100, 110, -0.1),
        (-2.0, np.nan, 100.5, -2 - 10 / 100.5),  # a relative change of 20 times that of the total is guessed
    ],
)
def test_the_next_price(stretched: float, rise: float, total: float, expected: float) -> None:
    assert spending(stretched, rise, total).sharpened().price[0] == pytest.approx(at(expected))


def test_the_slope_is_that_of_two_rounds() -> None:
    """From 110 to 104 while the stretched price grows by 0.2: 30 for each unit, so that 4 more take 0.4 / 3."""
    second = spending(-2.0, np.nan, 110.0).sharpened()
    assert second.price[0] == pytest.approx(at(-2.2))
    third = second.reached(np.array([104.0]))
    assert third.slope[0] == pytest.approx(30 / (1 - at(-2.2)))
    assert third.sharpened().price[0] == pytest.approx(at(-2.2 - 0.4 / 3))


def test_totals_on_both_sides_of_the_limit_enclose_the_next_price() -> None:
    """110 at -2 and 95 at -2.1, so that 100 is expected at two thirds of the way, whatever slope is known."""
    second = spending(-2.0, 100, 110.0).sharpened()
    third = second.reached(np.array([95.0])).sharpened()
    assert third.price[0] == pytest.approx(at(-2 - 0.2 / 3))


def test_a_slope_is_not_measured_over_a_rounding_error() -> None:
    """From 100.5 to 100.2 while the stretched price grows by 0.005: the slope of 100 stays."""
    second = spending(-2.0, 100, 100.5).measuring().sharpened()
    assert second.price[0] == pytest.approx(at(-2.005))
    third = second.reached(np.array([100.2]))
    assert third.slope[0] == pytest.approx(second.slope[0])
