"""Rolling horizon: states, peaks, runs and debts go from window to window; nothing else about the model changes."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given

from microgrid.case.reading import Case
from microgrid.errors import InfeasibleError, InputError, OutOfTimeError
from microgrid.result.solution import Solution
from microgrid.solve.limits import Limits
from microgrid.solve.rolling import model
from microgrid.solve.rolling.windows import cut_windows
from microgrid.studies.dispatch import dispatch
from microgrid.studies.rolling import rolling
from tests.conftest import amounts, battery, column, flywheel, grid, kw, load, make_case
from tests.proofs import proof
from tests.solve.test_windows import cases, plain, series

PEAK = [{"item": "peak", "price": "10 EUR/kW"}]


def roll(case: Case, window: float, every: float) -> Solution:
    """A rolling run whose schedule passes the audit."""
    solution = rolling(case, window, every, limits=Limits(gap=1e-9))
    assert solution.audit.passed, [str(finding) for finding in solution.audit.findings]
    assert solution.status == "rolling"
    return solution


def rolled(assets: dict[str, Any], window: float, every: float, **sections: Any) -> Solution:
    return roll(make_case(assets, **sections), window, every)


def test_a_window_sees_no_further_than_its_end() -> None:
    """The price rises by the hour. A battery that is empty at the start: with 4 h of sight it buys ahead in
    the second window (at 2); with the whole it would buy at 1, for 10 x 1 EUR instead of 10 x 2.
    """
    assets = {"b": battery(start=0.0, end=0.0), "load": load(0, 0, 0, 10), "grid": grid([1, 2, 3, 9])}
    assert rolled(assets, 4, 4, hours=4).objective == pytest.approx(10.0)
    short = rolled(assets, 3, 1, hours=4)
    assert short.objective == pytest.approx(20.0)
    assert column(short, "b.charge_kw") == [0, 10, 0, 0]


def test_charge_goes_from_window_to_window() -> None:
    """Four hours at 1 EUR, then 9 EUR; windows of 4 h every 2 h. What the second window charges, the third uses:
    30 kWh of demand at 9 EUR less the 10 kWh of the battery. Forgotten charge would cost 270 instead of 190.
    """
    assets = {"b": battery(), "load": load(0, 0, 0, 0, 10, 10, 10, 0), "grid": grid([1, 1, 1, 1, 9, 9, 9, 9])}
    assert rolled(assets, 4, 2, hours=8).objective == pytest.approx(10 * 1 + 20 * 9)


def test_the_peak_so_far_is_paid_only_once() -> None:
    """A peak of 20 kW on the first day; on the second demand of 1 and, for two hours, 5 kW with a battery of 10 kWh.

    With the peak of the first day sunk, shaving saves nothing and wears the battery at 0.1 EUR/kWh. A window that had
    forgotten it would charge ahead, to pay for less than 5 kW at 10 EUR/kW: the day alone shows it.
    """
    second = [1.0] * 22 + [5.0] * 2
    assets = {"b": battery(wear_cost="0.1 EUR/kWh"), "grid": grid(0.1, peaks=PEAK)}
    found = rolled({**assets, "load": load(*[20.0] * 24, *second)}, 24, 24, hours=48)
    assert amounts(found, "grid")["peak"] == pytest.approx(200.0)
    assert max(column(found, "b.discharge_kw")[24:]) == 0.0
    alone = rolled({**assets, "load": load(*second)}, 24, 24, hours=24)
    assert max(column(alone, "b.discharge_kw")) > 0.0


def test_a_run_that_has_begun_goes_on() -> None:
    """A run of three hours, 1-2-3 kW, in a window of 8 h; cheapest begun in hour 2. Windows of 8 h every 3 h cut it
    after its first hour; it must go on as begun: 1 x 1 + 2 x 1 + 3 x 1 EUR.
    """
    shape = {"step": "1 h", "power": ["1 kW", "2 kW", "3 kW"]}
    assets = {
        "job": {"kind": "shiftable_load", "shape": shape, "runs": [{"hours": "00:00-08:00"}]},
        "grid": grid([5, 5, 1, 1, 1, 5, 5, 5, 5, 5, 5, 5]),
    }
    found = rolled(assets, 8, 3, hours=12)
    assert column(found, "job.demand_kw")[:8] == [0, 0, 1, 2, 3, 0, 0, 0]


def test_energy_owed_to_a_run_is_made_up_for() -> None:
    """8 kWh at 2 kW or less within 8 h, prices falling: each window of 2 h sees that it can be later still, until the
    four hours that are left are just enough. With sight of the whole it would take the last four hours as well.
    """
    assets = {
        "job": {
            "kind": "shiftable_load",
            "power_max": "2 kW",
            "energy": "8 kWh",
            "runs": [{"hours": "00:00-08:00"}],
        },
        "grid": grid([9, 8, 7, 6, 5, 4, 3, 2]),
    }
    found = rolled(assets, 2, 1, hours=8)
    assert column(found, "job.demand_kw") == [0, 0, 0, 0, 2, 2, 2, 2]


def test_energy_moved_in_a_day_is_made_up_for_in_it() -> None:
    """Demand of 10 kW of which half may move within the day; a window that ends at noon may leave the making up to the
    next, which must do it: the day's energy stays 240 kWh.
    """
    assets = {
        "flex": {"kind": "flexible_load", "profile": kw(*[10] * 48), "share": 0.5},
        "grid": grid([9, 9, 1, 1] * 12),
    }
    found = rolled(assets, 12, 6, hours=48)
    demand = np.array(column(found, "flex.demand_kw"))
    assert demand[:24].sum() == pytest.approx(240.0)
    assert demand[24:].sum() == pytest.approx(240.0)
    assert found.objective < 48 * 10 * 5


def test_what_is_stored_at_the_end_of_a_window_has_its_price() -> None:
    """Demand of 10 kW at 18:00, when a kWh costs 9 EUR, else 1 EUR, on three days; windows of 24 h every 24 h.

    From the second window on, a full battery at its end would be worth nothing without a price from the window before:
    each day it is charged within the day. Nothing is left over at the end of the horizon that was paid for.
    """
    prices = ([1.0] * 18 + [9.0] + [1.0] * 5) * 3
    assets = {"b": battery(), "load": load(*([0.0] * 18 + [10.0] + [0.0] * 5) * 3), "grid": grid(prices)}
    found = rolled(assets, 24, 24, hours=72)
    assert found.objective == pytest.approx(30.0)
    assert column(found, "b.state_of_charge_kwh")[-1] == 0.0


def test_stored_energy_is_carried_over_an_edge_at_its_price() -> None:
    """A kWh costs 1 EUR until 20:00 and 9 EUR at night; demand of 10 kW in the first hour after midnight, where the
    windows begin. A window values what is left at its end as the one before did at that hour, so it is full by then.
    Taken for worthless, each night but the first would cost 90 EUR instead of 10.
    """
    prices, demand = ([9.0] + [1.0] * 19 + [9.0] * 4) * 4, ([10.0] + [0.0] * 23) * 4
    assets = {"b": battery(start=1.0), "load": load(*demand), "grid": grid(prices)}
    found = rolled(assets, 48, 24, hours=96)
    assert found.objective == pytest.approx(30.0)
    short = rolled(assets, 24, 24, hours=96)
    assert column(short, "b.state_of_charge_kwh")[23] == pytest.approx(0.0)  # its first window knows no price yet


def test_a_cyclic_store_ends_as_it_began() -> None:
    """It begins as the baseline's does, so not with energy that nobody paid for; the last window comes back to it."""
    found = roll(plain(240), 48, 24)
    ruled = found.baseline.plan.schedule["b.state_of_charge_kwh"].iloc[-1]
    charge, discharge = (found.schedule[f"b.{name}_kw"].to_numpy() for name in ("charge", "discharge"))
    assert (0.9 * charge - discharge).sum() == pytest.approx(0.0, abs=1e-6)
    assert column(found, "b.state_of_charge_kwh")[-1] == pytest.approx(ruled)


@pytest.mark.parametrize("step", ["2 h", "1 h", "30 min"])
def test_the_step_does_not_matter(step: str) -> None:
    """A flywheel at rest loses 1 kW for 48 h whatever the step; it must buy back 48 kWh in windows of 12 h."""
    assets = {"fly": flywheel(start=0.5, end=0.5, idle_loss="1 kW"), "grid": grid(0.25)}
    found = rolled(assets, 12, 6, hours=48, step=step)
    assert found.objective == pytest.approx(12.0)


def test_steps_of_different_length() -> None:
    """Ten hours of half-hour steps, then hours: windows are hours, not counts of steps."""
    case = make_case(
        {"b": battery(), "load": load(*[5.0] * 34), "grid": grid([1.0, 3.0] * 17)},
        hours=24,
        step=[{"for": "10 h", "step": "30 min"}, {"step": "1 h"}],
    )
    assert [(s.begin, s.kept, s.end) for s in cut_windows(case.horizon, 12, 6)] == [
        (0, 12, 22),
        (12, 22, 28),
        (22, 34, 34),
    ]
    assert roll(case, 12, 6).objective >= dispatch(case).objective - 1e-9


def test_windows_follow_the_local_clock() -> None:
    """On the day that loses an hour, a window from midnight to midnight has 23 steps."""
    case = make_case({"load": load(*[1.0] * 71), "grid": grid()}, start="2018-03-24", end="2018-03-27")
    spans = cut_windows(case.horizon, 24, 24)
    assert [(s.begin, s.end) for s in spans] == [(0, 24), (24, 47), (47, 71)]


@proof(sample=2, whole=8, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_any_case_rolls_to_a_schedule_that_holds(case: Case) -> None:
    """Any mix of kinds: audited, never better than the optimum, and equal to it with a window over the horizon."""
    best = dispatch(case, Limits(gap=1e-9)).objective
    scale = max(abs(best), 1.0)
    assert roll(case, 72, 24).objective >= best - 1e-6 * scale
    whole = roll(case, case.horizon.total_hours, 24)
    assert whole.objective == pytest.approx(best, abs=1e-6 * scale)


def test_the_bound_of_the_whole_shows_what_foresight_is_worth() -> None:
    case = plain(240)
    found = rolling(case, 24, 24, foresight=True)
    best = dispatch(case).objective
    assert found.bound == pytest.approx(best)
    assert found.gap == pytest.approx((found.objective - best) / found.objective)


def test_a_window_that_cannot_go_on_says_from_when() -> None:
    """30 kWh at once from a battery of 10 kWh and a grid of 10 kW: a sight of one hour learns of it too late."""
    assets = {
        "b": battery(capacity="40 kWh", discharge_max="40 kW"),
        "load": load(0, 0, 0, 30),
        "grid": grid(0.1, import_max=10),
    }
    assert rolled(assets, 3, 1, hours=4).audit.passed
    with pytest.raises(InfeasibleError, match=r"begins at 2018-06-21T03:00:00\+02:00 cannot continue(.|\n)*lacks 20"):
        rolled(assets, 1, 1, hours=4)


@pytest.mark.parametrize(("window", "every"), [(1, 2), (24, 0), (24, 0.5)])
def test_hours_that_make_no_windows_are_refused(window: float, every: float) -> None:
    with pytest.raises(InputError, match="not a rolling horizon"):
        rolled({"load": load(*[1.0] * 24), "grid": grid()}, window, every, hours=24)


def on_off_case(days: int = 6) -> Case:
    """Two runs a day that are on or off, a battery, sun and a monthly peak."""
    generator = np.random.default_rng(3)
    steps = 24 * days
    pump = {"kind": "shiftable_load", "power_max": "12 kW", "power_min": "6 kW", "energy": "30 kWh", "mode": "on_off"}
    wash = {"kind": "shiftable_load", "shape": {"step": "1 h", "power": ["3 kW", "8 kW", "2 kW"]}}
    return make_case(
        {
            "b": battery(start=0.5, charge_efficiency=0.93, wear_cost="0.01 EUR/kWh"),
            "load": load(*series(generator, steps, 3, 20)),
            "pv": {"kind": "solar", "capacity": "30 kW", "profile": {"values": series(generator, steps, 0, 1)}},
            "pump": {**pump, "runs": [{"hours": "00:00-24:00"}]},
            "wash": {**wash, "runs": [{"hours": "06:00-20:00"}]},
            "grid": grid(
                series(generator, steps, 0.05, 0.4), import_max=60, peaks=[{"item": "p", "price": "5 EUR/kW"}]
            ),
        },
        hours=steps,
    )


def test_on_off_decisions_roll_to_no_better_than_the_optimum() -> None:
    """Windows of 48 h decide the same runs with less foresight."""
    case = on_off_case()
    best = dispatch(case, Limits(gap=1e-6))
    assert roll(case, 48, 24).objective >= best.objective * (1 - 2e-6)


def test_without_time_the_baseline_is_the_answer() -> None:
    """No schedule within a tenth of a millisecond: the rule-based one is known, holds, and is said to be it."""
    solution = dispatch(plain(2000), Limits(seconds=1e-4))
    assert solution.status == "time_limit"
    assert solution.audit.passed
    assert "rule-based baseline" in solution.solver["note"]
    assert solution.objective == pytest.approx(solution.baseline.plan.weighted(solution.case.weights))
    assert solution.summary.bound is None


def test_without_time_and_without_a_baseline_that_holds_there_is_none() -> None:
    """Demand of 20 kW every other hour, a grid of 10 kW: only a battery charged ahead helps, and no rule does that."""
    assets = {"b": battery(), "load": load(*[0.0, 20.0] * 1000), "grid": grid(0.1, import_max=10)}
    case = make_case(assets, hours=2000)
    assert dispatch(case).audit.passed
    with pytest.raises(OutOfTimeError, match="allow more time"):
        dispatch(case, Limits(seconds=1e-4))


def test_stored_energy_can_be_given_its_worth_at_the_end_of_a_window() -> None:
    """Power at 1 EUR/kWh always; the first window has no later one to ask. Worth 0.5 EUR, nothing is stored; worth 2
    EUR, the battery is full at the end of the first window.
    """
    case = make_case({"b": battery(), "load": load(1), "grid": grid(1.0)}, hours=8)
    for worth, state in ((0.5, 0.0), (2.0, 10.0)):
        found = rolling(case, 4, 4, end_value_per_kwh=worth)
        assert found.audit.passed
        assert column(found, "b.state_of_charge_kwh")[3] == state


@pytest.mark.parametrize(
    ("steps", "window", "every"),
    [
        ([{"for": "12 h", "step": "1 h"}, {"step": "1 min"}], 12, 6),
        ([{"for": "2 h", "step": "1 min"}, {"step": "2 h"}], 4, 2),
        ("1 h", 19, 9.5),
        ("15 min", 1e9, 7.0),
    ],
)
def test_windows_of_any_length_over_steps_of_any_length(steps: Any, window: float, every: float) -> None:
    """Finer steps after coarse ones have more to begin from than there is; windows need not be whole hours."""
    case = make_case({"b": battery(), "load": load(5), "grid": grid(0.1)}, hours=24, step=steps)
    assert roll(case, window, every).objective == pytest.approx(12.0)


def test_a_rolling_hour_over_the_day_that_loses_one() -> None:
    """02:00 does not exist on 25 March: 23 windows begin on that day, none twice."""
    case = make_case({"load": load(1), "grid": grid(0.1)}, start="2018-03-25", end="2018-03-26")
    assert [(s.begin, s.end) for s in cut_windows(case.horizon, 1, 1)] == [(k, k + 1) for k in range(23)]


def test_no_window_is_left_too_short_to_come_back() -> None:
    """73 h in windows of 24 h: the last one has 25 h, in which a cyclic store can come back to where it began."""
    case = plain(73)
    assert [(s.begin, s.end) for s in cut_windows(case.horizon, 24, 24)] == [(0, 24), (24, 48), (48, 73)]
    roll(case, 24, 24)


def test_a_window_over_the_whole_horizon_is_one_window_on_any_day() -> None:
    """71 h over the spring change are not 72 h of the clock."""
    case = make_case(
        {"b": battery(start=None), "load": load(5), "grid": grid(0.1)}, start="2018-03-24", end="2018-03-27"
    )
    assert len(cut_windows(case.horizon, case.horizon.total_hours, 24)) == 1


def test_a_start_that_was_imposed_is_named() -> None:
    """A cyclic battery begins empty, as the baseline's, and so the first hour lacks 10 kW; the whole has a schedule."""
    assets = {
        "b": battery(start=None, capacity="40 kWh"),
        "load": load(20, *[0.0] * 47),
        "grid": grid(0.1, import_max=10),
    }
    assert dispatch(make_case(assets, hours=48)).audit.passed
    with pytest.raises(InfeasibleError, match="start here from those of the rule-based baseline"):
        rolled(assets, 24, 24, hours=48)


def negative_prices(days: int) -> Case:
    """On/off runs and a battery that would like to burn energy at a negative price."""
    generator = np.random.default_rng(1)
    prices = (generator.random(24 * days) * 0.6 - 0.3).round(3).tolist()
    pump = {"kind": "shiftable_load", "power_max": "12 kW", "power_min": "6 kW", "energy": "30 kWh", "mode": "on_off"}
    assets = {
        "b": battery(start=0.5, charge_efficiency=0.9, discharge_efficiency=0.9),
        "load": load(2),
        "pump": {**pump, "runs": [{"hours": "00:00-24:00"}]},
        "grid": grid(prices, import_max=60),
    }
    return make_case(assets, hours=24 * days)


def test_pairs_are_kept_apart_in_windows_with_on_off_decisions() -> None:
    assert roll(negative_prices(4), 48, 24).solver["note"].startswith("3 windows; 3 of them")


@pytest.mark.parametrize("seconds", [0.3, 1.0, 3.0])
def test_whatever_the_time_what_is_left_holds(seconds: float) -> None:
    """With on/off decisions and negative prices: a schedule that passes, not above the baseline, and no bound above."""
    solution = dispatch(negative_prices(10), Limits(seconds=seconds))
    assert solution.audit.passed
    assert solution.objective <= solution.baseline.plan.weighted(solution.case.weights) + 1e-6
    assert solution.bound <= solution.objective + 1e-6


def test_foresight_that_takes_too_long_costs_the_bound_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: Any, **__: Any) -> Solution:
        raise OutOfTimeError("late")

    monkeypatch.setattr("microgrid.studies.rolling.dispatch", late)
    solution = rolling(plain(100), 48, 24, foresight=True)
    assert solution.summary.bound is None


def test_only_states_are_handed_to_the_first_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the baseline's last step nothing but the content of the battery, its floor of 2 kWh.

    Would break where any column of the schedule counts that has the name of a variable.
    """
    seen: list[Any] = []

    def spied(built: Any, spans: Any, ends: Any, *more: Any) -> Any:
        seen.append(ends)
        return model.roll_model(built, spans, ends, *more)

    monkeypatch.setattr(sys.modules[rolling.__module__], "roll_model", spied)
    rolling(
        make_case({"load": load(10), "store": battery(start=1.0, min_state=0.2), "grid": grid(0.1)}, hours=4), 2.0, 1.0
    )
    [ends] = seen
    assert {name: sorted(states) for name, states in ends.items() if states} == {"store": ["state_of_charge_kwh"]}
    assert ends["store"]["state_of_charge_kwh"] == pytest.approx(2.0)
