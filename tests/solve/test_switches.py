"""On/off decisions in windows, against an independent program and by hand."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

import microgrid.solve.switches.search as search
from microgrid import Case, InfeasibleError, Limits, dispatch
from microgrid.errors import SolverError
from microgrid.horizon import IntArray
from microgrid.model.assembly import build_model
from microgrid.model.matrix import Matrix, compile_model
from microgrid.model.switch_times import SwitchTimes, switch_times
from microgrid.model.time_of import nested_cuts
from microgrid.model.verbs import without_decisions
from microgrid.solve.highs.simplex import run_linear
from microgrid.solve.switches.bound import priced_windows
from microgrid.solve.switches.part import Timeline
from microgrid.solve.windows.relaxed import solve_relaxed
from tests.conftest import battery, grid, load, make_case
from tests.proofs import proof
from tests.solve.site_of_switches import Site, sites

ROUNDING = 1e-7


@contextmanager
def windows_of(steps: int) -> Iterator[None]:
    """Windows of about so many steps, on horizons of a few days already."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"_FEWEST_STEPS": 24, "_WINDOW": steps, "_SWITCHES": 10**6}.items():
            patch.setattr(search, name, value)
        yield


def compiled(case: Case) -> Matrix:
    return compile_model(build_model(case.assets, case.horizon, case.first_weights, case.caps))


@proof(sample=6, whole=500, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(site=sites(), size=st.integers(12, 60), gap=st.sampled_from([1e-3, 1e-4]))
def test_any_site_has_the_optimum_of_an_independent_program(site: Site, size: int, gap: float) -> None:
    """The schedule is within the gap, its bound is not above the optimum, and the audit passes.

    It would break if a window lost a run that reaches over its edge, or a price counted twice raised the bound.
    """
    optimum = site.program().least()
    if optimum is None:
        with windows_of(size), pytest.raises((InfeasibleError, SolverError)):
            dispatch(site.case(), Limits(gap=gap), margin=False)
        return
    with windows_of(size):
        solution = dispatch(site.case(), Limits(gap=gap), margin=False)
    scale = max(abs(optimum), 1.0)
    assert solution.status == "optimal"
    assert solution.audit.passed, solution.audit
    assert solution.bound <= optimum + ROUNDING * scale
    assert optimum - ROUNDING * scale <= solution.objective
    assert solution.objective - solution.bound <= gap * solution.plan.turnover(solution.case.weights) + ROUNDING


def machine(hours: str = "00:00-24:00", power: str = "10 kW", length: int = 1) -> dict[str, object]:
    """A run of ``length`` hours at one power on every day."""
    shape = {"step": "1 h", "power": [power] * length}
    return {"kind": "shiftable_load", "shape": shape, "runs": [{"hours": hours}]}


def days_with_a_cheap_noon(days: int) -> Case:
    """A load of 12 kW at noon and 2 kW else, at 0.05 EUR/kWh at noon and 0.10 else; a kW of the peak costs 1 EUR."""
    day = np.arange(24)
    load_kw = np.where(day == 12, 12.0, 2.0)
    price = np.where(day == 12, 0.05, 0.1)
    assets = {
        "load": load(*np.tile(load_kw, days)),
        "m": machine(),
        "grid": grid(np.tile(price, days).tolist(), peaks=[{"item": "peak", "price": "1 EUR/kW"}]),
    }
    return make_case(assets, start="2018-01-01", hours=24 * days)


@pytest.mark.parametrize(("days", "at_noon"), [(10, False), (30, True)])
def test_windows_see_the_peak_that_all_of_them_share(days: int, at_noon: bool) -> None:
    """A run of 10 kWh at noon saves 0.50 EUR and raises the peak from 12 to 22 kW, which costs 10 EUR once: for 10 days
    it does not pay, for 30 it does. The load of a day costs 23 x 2 kWh x 0.1 + 12 kWh x 0.05 EUR.

    It would break if each window paid the peak by itself: then no run of the 30 would move.
    """
    with windows_of(48):
        solution = dispatch(days_with_a_cheap_noon(days), Limits(gap=1e-6), margin=False)
    load_cost = days * (23 * 2 * 0.1 + 12 * 0.05)
    runs, peak = (days * 0.5, 22) if at_noon else (days * 1.0, 12)
    assert "switches in windows" in solution.solver["ways"]
    assert solution.objective == pytest.approx(load_cost + runs + peak, rel=1e-6)


def times_of(case: Case, name: str) -> tuple[SwitchTimes, IntArray]:
    """Times of all switches of a case, and the places among them of those of a variable."""
    matrix = compiled(case)
    times = switch_times(matrix, case.horizon.steps)
    [span] = [family.span for family in matrix.columns if name in family.name]
    return times, np.flatnonzero((times.columns >= span.start) & (times.columns < span.stop))


def test_every_decision_of_a_run_has_a_time_and_reaches_over_the_window_of_the_run() -> None:
    """Runs of 3 h from 20:00 to 06:00: nights of 10 h with 8 starts each, at the steps 20, 21, ... of the first day."""
    assets = {"load": load(1), "m": machine("20:00-06:00", length=3), "grid": grid(0.1)}
    times, here = times_of(make_case(assets, start="2018-06-01", hours=72), "start")
    assert len(here) == 16
    assert sorted(set(times.first[here])) == [20.5, 44.5]
    assert sorted(set(times.last[here])) == [29.5, 53.5]
    starts = times.axis.column[times.columns[here]]
    assert sorted(starts) == [*np.arange(20.5, 28), *np.arange(44.5, 52)]


def test_a_load_that_is_on_or_off_reaches_over_its_run_and_a_tier_over_its_month() -> None:
    pump = {"kind": "shiftable_load", "mode": "on_off", "power_max": "4 kW", "energy": "8 kWh"}
    tiers = [{"above": "0 kW", "price": "3 EUR/kW"}, {"above": "4 kW", "price": "1 EUR/kW"}]
    assets = {
        "load": load(1),
        "p": {**pump, "runs": [{"hours": "08:00-12:00"}]},
        "grid": grid(0.1, peaks=[{"item": "peak", "tiers": tiers}]),
    }
    case = make_case(assets, start="2018-01-31", hours=48)
    times, here = times_of(case, "].on")
    assert sorted(set(zip(times.first[here], times.last[here], strict=True))) == [(8.5, 11.5), (32.5, 35.5)]
    times, here = times_of(case, "reached")
    assert list(zip(times.first[here], times.last[here], strict=True)) == [(0.5, 23.5), (24.5, 47.5)]


@pytest.fixture(scope="module")
def some_days() -> Case:
    """Ten days of a battery, a peak, and two machines, at prices that leave the relaxation undecided."""
    generator = np.random.default_rng(7)
    assets = {
        "b": battery(start=0.5, charge_efficiency=0.9),
        "load": load(*(3 + 4 * generator.random(240)).round(2)),
        "m": machine("06:00-20:00", "7 kW", 3),
        "n": machine("20:00-06:00", "5 kW", 2),
        "grid": grid(
            (0.05 + 0.3 * generator.random(240)).round(3).tolist(), peaks=[{"item": "peak", "price": "1 EUR/kW"}]
        ),
    }
    return make_case(assets, start="2018-01-27", hours=240)


def test_prices_divide_the_cost_of_the_relaxation_among_the_windows(some_days: Case) -> None:
    """Without decisions each window's least cost is what the prices prove for it, and the relaxation has no excess.

    It would break if the price of a row counted in two windows, or a copy of a column were free in one.
    """
    matrix = compiled(some_days)
    steps = some_days.horizon.steps
    _, relaxed = solve_relaxed(without_decisions(matrix), steps, Limits(), lambda _: None)
    times = switch_times(matrix, steps)
    windows = priced_windows(Timeline(matrix, times, relaxed.row_dual, 24), nested_cuts(times.axis, [24])[0])
    assert len(windows) > 5
    for window in windows:
        least = window.problem.objective(run_linear(without_decisions(window.problem), Limits()).x)
        assert least == pytest.approx(window.bound, rel=1e-7, abs=1e-7)
        assert window.excess(relaxed.x) == pytest.approx(0.0, abs=1e-6)


def test_progress_states_schedule_bound_and_gap(some_days: Case) -> None:
    said: list[str] = []
    with windows_of(24):
        solution = dispatch(some_days, Limits(gap=5e-3), said.append, margin=False)
    rows = [re.fullmatch(r"solve: schedule ([\d,.]+), bound ([\d,.]+), gap ([\d.e-]+)", text) for text in said]
    found = [[float(part.replace(",", "")) for part in row.groups()] for row in rows if row]
    assert len(found) > 1
    assert found[0][2] > found[-1][2]
    assert all(schedule >= bound for schedule, bound, _ in found)
    assert found[-1][0] == pytest.approx(solution.objective, abs=0.01)


def test_an_interrupt_keeps_the_best_schedule_and_a_second_one_ends_the_run(some_days: Case) -> None:
    """Sent to the process itself when the first schedule is shown, so that it is a matter of order and not of time."""

    def interrupting(times: int) -> None:
        left = [times]

        def report(text: str) -> None:
            while "schedule" in text and left[0]:
                left[0] -= 1
                os.kill(os.getpid(), signal.SIGINT)

        with windows_of(24):
            solution = dispatch(some_days, Limits(gap=0.0), report, margin=False)
        assert solution.status == "interrupted"
        assert solution.audit.passed
        assert -np.inf < solution.bound < solution.objective

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        interrupting(1)
        with pytest.raises(KeyboardInterrupt):
            interrupting(2)
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_end_of_the_time_keeps_the_best_schedule(some_days: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is over as soon as the first schedule is shown; the schedule holds, and the bound is that so far."""
    seen: list[str] = []
    left_since = Limits.left_since

    def over(limits: Limits, started: float) -> Limits:
        return replace(limits, seconds=0.01) if seen else left_since(limits, started)

    monkeypatch.setattr(Limits, "left_since", over)
    with windows_of(24):
        solution = dispatch(
            some_days,
            Limits(gap=1e-9, seconds=1000),
            lambda text: seen.append(text) if "schedule" in text else None,
            margin=False,
        )
    assert solution.status == "time_limit"
    assert solution.audit.passed
    assert 0 < solution.bound < solution.objective < 1.05 * solution.bound


def test_a_similar_case_begins_from_the_schedule_before(some_days: Case) -> None:
    """The second dispatch needs no windows: the decisions of the first, held, are within the gap of its relaxation."""
    with windows_of(24):
        first = dispatch(some_days, Limits(gap=2e-2), margin=False)
        again: list[str] = []
        second = dispatch(some_days, Limits(gap=2e-2), again.append, like=first, margin=False)
    assert second.objective == pytest.approx(first.objective, rel=1e-9)
    assert not [text for text in again if "windows" in text]
    assert second.bound <= second.objective
