"""Shiftable load: modulating, on/off, fixed shape; windows of local time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from microgrid import InputError
from microgrid.report.pages.html import render_html
from microgrid.report.pages.markdown import render_markdown
from microgrid.report.write_result import make_view
from tests.assets.stated import two_prices
from tests.conftest import column, cost, energy, grid, make_case, solve

EXAMPLE = {
    "kind": "shiftable_load",
    "shape": {"step": "1 h", "power": ["4 kW", "6 kW"]},
    "runs": [{"hours": "01:00-06:00"}, {"hours": "10:00-15:00"}],
}
STEADY = {
    "in eight hours": {
        "x": {"kind": "shiftable_load", "power_max": "10 kW", "energy": "30 kWh", "runs": [{"hours": "00:00-08:00"}]},
        "grid": two_prices(),
    }
}


def drawn(_: int) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "power_max": st.just("10 kW"),
            "energy": st.sampled_from(["10 kWh", "20 kWh"]),
            "mode": st.sampled_from(["modulating", "on_off"]),
            "runs": st.just([{"hours": "01:00-05:00"}]),
        }
    )


PRICES = [0.4, 0.1, 0.2, 0.3]


def run(*hours: str, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "shiftable_load",
        "power_max": "10 kW",
        "energy": "20 kWh",
        "runs": [{"hours": h} for h in hours or ("00:00-04:00",)],
        **changes,
    }


def shape(*power: str, step: str = "1 h", hours: str = "00:00-04:00") -> dict[str, Any]:
    return {"kind": "shiftable_load", "shape": {"step": step, "power": list(power)}, "runs": [{"hours": hours}]}


def test_modulating_takes_the_cheapest_hours() -> None:
    """25 kWh with 10 kW: 10 at 0.1, 10 at 0.2, 5 at 0.3 = 4.50 EUR; at once from 00:00 it would be 6 EUR."""
    solution = solve({"car": run(energy="25 kWh"), "grid": grid(PRICES)}, hours=4)
    assert column(solution, "car.demand_kw") == [0, 10, 10, 5]
    assert cost(solution) == pytest.approx(4.5)


def test_on_off_runs_at_full_power_or_not_at_all() -> None:
    """20 kWh at 10 kW: hours 2 and 3 in full, 3 EUR, though 0.15 EUR/kWh on the mean could be had by no other."""
    solution = solve({"pump": run(mode="on_off"), "grid": grid(PRICES)}, hours=4)
    assert column(solution, "pump.demand_kw") == [0, 10, 10, 0]


def test_on_off_may_pause() -> None:
    """0.1, 0.4, 0.1, 0.4: the two cheap hours, 2 EUR; in one piece it would be 5 EUR."""
    solution = solve({"pump": run(mode="on_off"), "grid": grid([0.1, 0.4, 0.1, 0.4])}, hours=4)
    assert column(solution, "pump.demand_kw") == [10, 0, 10, 0]


def test_on_off_with_a_least_power() -> None:
    """13 kWh, 5 to 10 kW while on: 8 at 0.1 and 5 at 0.2 = 1.80 EUR; modulating 10 and 3, 1.60 EUR."""
    assets = {"grid": grid([0.1, 0.2, 0.3, 0.4])}
    least = run(mode="on_off", energy="13 kWh", power_min="5 kW")
    assert cost(solve({"pump": least, **assets}, hours=4)) == pytest.approx(1.8)
    assert cost(solve({"pump": run(energy="13 kWh"), **assets}, hours=4)) == pytest.approx(1.6)


def test_a_shape_keeps_its_order() -> None:
    """10 then 20 kW: started at 00:00 6, at 01:00 5, at 02:00 8 EUR. Were the order free, 20 kW at 0.1 make 4 EUR."""
    solution = solve({"wash": shape("10 kW", "20 kW"), "grid": grid(PRICES)}, hours=4)
    assert column(solution, "wash.demand_kw") == [0, 10, 20, 0]
    assert cost(solution) == pytest.approx(5)


def test_a_shape_finer_than_the_step_keeps_its_energy() -> None:
    """10, 20, 30 kW for 30 min each in steps of 1 h: 15 kW, then 15 kW on the mean: 30 kWh."""
    solution = solve({"wash": shape("10 kW", "20 kW", "30 kW", step="30 min"), "grid": grid(PRICES)}, hours=4)
    assert column(solution, "wash.demand_kw") == [0, 15, 15, 0]


def test_a_shape_coarser_than_the_step() -> None:
    """An hour at 10 kW in steps of 30 min: four half hours of choice, one hour in one piece at the cheapest pair."""
    price = [0.4, 0.1, 0.1, 0.3]
    solution = solve({"wash": shape("10 kW", hours="00:00-02:00"), "grid": grid(price)}, hours=2, step="30 min")
    assert column(solution, "wash.demand_kw") == [0, 10, 10, 0]


def test_several_windows_a_day_are_served_each() -> None:
    """10 kWh in each of two windows, also where the second is dear: 1 + 5 EUR; all in the first would be 2 EUR."""
    load = run("00:00-02:00", "02:00-04:00", energy="10 kWh")
    solution = solve({"car": load, "grid": grid([0.1, 0.1, 0.5, 0.5])}, hours=4)
    assert cost(solution) == pytest.approx(6)


def test_the_same_window_on_each_day() -> None:
    """Three days, one run each: 3 x 20 kWh; with one run in all it would be 20 kWh."""
    solution = solve({"car": run(), "grid": grid(0.1)}, hours=72)
    assert energy(solution, "car.demand_kw") == pytest.approx(60)


def test_windows_over_midnight_and_those_that_the_horizon_cuts() -> None:
    """22:00-02:00 in two days: one whole window. The night before and the last one are cut, and the log says so."""
    solution = solve({"car": run("22:00-02:00"), "grid": grid(0.1)}, hours=48)
    demand = column(solution, "car.demand_kw")
    assert energy(solution, "car.demand_kw") == pytest.approx(20)
    assert sum(demand[22:26]) == pytest.approx(20)
    left_out = [row for row in solution.case.repairs.rows() if row["what"] == "left out"]
    assert [row["count"] for row in left_out] == [2]


def test_what_the_horizon_cuts_is_stated_with_the_result() -> None:
    """20:00-06:00 in one day: the night before and the next are cut, 2 x 8 kWh, beside a cost of 0 EUR.

    In the summary, in both reports and at the top: a bill of nothing must not look like a car that charges for nothing.
    """
    ev = run("20:00-06:00", energy="8 kWh", power_max="3 kW")
    solution = solve({"ev": ev, "grid": grid(0.2)}, hours=24)
    assert solution.summary.left_out_kwh == pytest.approx(16)
    assert solution.summary.notices[0].left_out_kwh == pytest.approx(16)
    [target] = solve({"ev": ev, "grid": grid(0.2)}, hours=24, targets={"left_out_kwh": {"max": 0}}).summary.targets
    assert not target.met
    view = make_view(solution)
    for text in (render_markdown(view), render_html(view)):
        assert "16.000 kWh of demand are not served" in text
    assert solve({"ev": run(), "grid": grid(0.2)}, hours=24).summary.notices == []


@pytest.mark.parametrize("hours", [24, 96])
def test_no_run_at_all_is_a_schedule(hours: int) -> None:
    """From Thursday on nothing runs on Saturdays within a day, and one run within four: starts, on/off, or any power.

    A variable without elements was a KeyError.
    """
    for load in (shape("2 kW", "1 kW"), run(mode="on_off"), run(mode="on_off", power_min="5 kW"), run()):
        load["runs"] = [{"hours": "08:00-20:00", "days": ["saturday"]}]
        solution = solve({"wash": load, "grid": grid(0.1)}, hours=hours)
        expected = 0 if hours == 24 else 3 if "shape" in load else 20
        assert energy(solution, "wash.demand_kw") == pytest.approx(expected)


def test_only_on_the_days_that_are_named() -> None:
    """Friday to Sunday: one working day, one run."""
    load = run()
    load["runs"][0]["days"] = ["working"]
    solution = solve({"car": load, "grid": grid(0.1)}, hours=72, start="2018-06-22")
    assert energy(solution, "car.demand_kw") == pytest.approx(20)


def test_the_autumn_window_has_one_hour_more_and_the_spring_window_one_less() -> None:
    """00:00-06:00 lasts 7 h on 28 October and 5 h on 25 March 2018: 70 and 50 kWh at 10 kW fit, 60 in spring do not."""
    for day, after, possible in (("2018-10-28", "2018-10-29", 70), ("2018-03-25", "2018-03-26", 50)):
        load = run("00:00-06:00", energy=f"{possible} kWh")
        solution = solve({"car": load, "grid": grid(0.1)}, start=day, end=after)
        assert energy(solution, "car.demand_kw") == pytest.approx(possible)
        assert sum(value > 0 for value in column(solution, "car.demand_kw")) == possible // 10
    with pytest.raises(InputError, match="at least 6 h for a run"):
        make_case({"car": run("00:00-06:00", energy="60 kWh"), "grid": grid()}, start="2018-03-25", end="2018-03-26")


def test_runs_that_cannot_be_are_refused() -> None:
    """Too long for the window; half a step at full power; overlapping windows; a shape beside an energy."""
    for load, words in (
        (run(energy="50 kWh"), "at least 5 h"),
        (run(mode="on_off", energy="25 kWh"), "whole number of steps"),
        (run("00:00-03:00", "02:00-04:00"), "do not overlap"),
        ({**shape("1 kW"), "energy": "1 kWh", "power_max": "1 kW"}, "either energy and power_max, or a shape"),
        (run(power_min="11 kW", mode="on_off"), "at most power_max"),
    ):
        with pytest.raises(InputError, match=words):
            make_case({"car": load, "grid": grid()}, hours=24)
