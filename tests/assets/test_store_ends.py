"""Stores at the ends of the horizon: what is left is worth something, and a start outside the window comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from microgrid import InputError, dispatch, load_case, rolling, with_end_value
from microgrid.assets import kinds
from microgrid.cli import main
from microgrid.report.write_result import write_result
from microgrid.result.solution import Solution
from microgrid.studies.verify import verify_result
from tests.conftest import amounts, battery, check, column, cost, flywheel, grid, kw, load, make_case, solve, write_case
from tests.proofs import proof

TRADED: dict[str, Any] = {"load": load(1), "grid": grid(0.2, sell=0.05, import_max=10, export_max=20)}
STORES = sorted(name for name, kind in kinds().items() if kind.role == "storage")


def states(solution: Solution, name: str = "b") -> list[float]:
    return column(solution, f"{name}.state_of_charge_kwh")


def test_every_store_may_have_an_end_value_and_a_way_back() -> None:
    """A store of any kind has the fields; without them a rolling horizon would not know what its content is worth."""
    for name in STORES:
        assert {"end_value_per_kwh", "return_price_per_kwh_hour"} <= set(kinds()[name].model_fields), name


def test_what_is_left_is_worth_its_end_value() -> None:
    """A full battery of 10 kWh, 4 kWh of load at 0.2 EUR, feed-in at 0.05 EUR, 1 EUR for each kWh that is left: it
    stays full and the load is bought for 0.8 EUR. At 0.1 EUR the load is worth more than the end, and the end more
    than the feed-in: 4 kWh are used, 6 left. Without an end value it is emptied.
    """
    full = {**TRADED, "b": battery(start=1.0, end_value="1 EUR/kWh")}
    kept = solve(full, hours=4)
    assert states(kept)[-1] == 10
    assert kept.plan.accounts() == {"cost": 0.8, "store_drawdown": 0.0}
    used = solve({**TRADED, "b": battery(start=1.0, end_value="0.1 EUR/kWh")}, hours=4)
    assert states(used)[-1] == 6
    assert cost(used) == 0.0
    assert amounts(used, "b") == {"wear": 0.0, "stored energy used up": pytest.approx(0.4)}
    assert used.objective == pytest.approx(0.4)
    assert states(solve({**TRADED, "b": battery(start=1.0)}, hours=4))[-1] == 0


def test_the_bill_does_not_know_of_the_valuation(tmp_path: Path) -> None:
    """bill.csv has the lines of the cost alone; summary and ledger have the account, and the baseline counts it too."""
    case = load_case(write_case(tmp_path, {**TRADED, "b": battery(start=1.0, end_value="1 EUR/kWh")}, hours=4))
    folder, summary = write_result(check(dispatch(case)), tmp_path / "out")
    assert "used up" not in (folder / "bill.csv").read_text(encoding="utf-8")
    assert "used up" in (folder / "ledger.csv").read_text(encoding="utf-8")
    assert "A valuation, not a payment" in (folder / "report.html").read_text(encoding="utf-8")
    assert summary.baseline.accounts == {"cost_eur": 0.0, "store_drawdown_eur": 4.0}
    assert summary.savings["store_drawdown_eur"] == pytest.approx(4.0)


@pytest.mark.parametrize("window", [24.0, 2.0])
def test_an_end_value_holds_in_the_last_window_too(window: float) -> None:
    """With a window as long as the horizon the battery was emptied at 0.05 EUR/kWh although a kWh is worth 1 EUR."""
    found = rolling(make_case({**TRADED, "b": battery(start=1.0)}, hours=4), window, 2.0, end_value_per_kwh=1.0)
    assert found.audit.passed
    assert states(found)[-1] == 10
    assert cost(found) == pytest.approx(0.8)


def test_each_store_has_its_own_end_value() -> None:
    """A battery worth 0.5 EUR is filled by a flywheel of 5 kW worth 0.1 EUR, which serves the load too: 14 kWh.

    With a sight of 2 h the battery is to be full after 2 h, for which 2 kWh are bought at 0.2 EUR.
    """
    assets = {"load": load(1), "grid": grid(0.2), "b": battery(), "f": flywheel(power_max="5 kW")}
    case = with_end_value(make_case(assets, hours=4), {"b": 0.5, "f": 0.1})
    whole, rolled = check(dispatch(case)), rolling(case, 2, 2)
    assert rolled.audit.passed
    assert (states(whole)[-1], states(whole, "f")[-1]) == (10, 86)
    assert (states(rolled)[-1], states(rolled, "f")[-1]) == (10, 88)
    assert whole.plan.accounts() == {"cost": 0.0, "store_drawdown": pytest.approx(-5 + 1.4)}


def test_a_store_that_ends_as_it_began_has_nothing_left_over() -> None:
    """Without a start any level would be free, and a high price for it a gift: a cyclic store counts no end value."""
    found = solve({**TRADED, "b": battery(start=None, end_value="9 EUR/kWh")}, hours=4)
    assert "store_drawdown" not in found.plan.accounts()
    assert found.objective == pytest.approx(0.8)


def test_an_end_and_an_end_value_contradict_each_other(tmp_path: Path) -> None:
    """A limit and a price for the same thing: refused with place and remedy, in the case and by option."""
    with pytest.raises(InputError, match="end_value") as caught:
        make_case({**TRADED, "b": battery(end=0.5, end_value="1 EUR/kWh")}, hours=4)
    [problem] = caught.value.problems
    assert (problem.field, problem.expected) == (
        "assets.b.end_value",
        "either end (a least state) or end_value (a price)",
    )
    folder = write_case(tmp_path / "ended", {**TRADED, "b": battery(end=0.5)}, hours=4)
    for option, expected in (
        ("1 EUR/kWh", "--set assets.b.end=null"),
        ("c=1 EUR/kWh", "no such store"),
        ("b=1 EUR", "a price such as"),
        ("b=-1 EUR/kWh", "at least 0 EUR/kWh"),
    ):
        for command in ("run", "rolling"):
            done = CliRunner().invoke(
                main, [command, str(folder), "--end-value", option, "--out", str(tmp_path / "out")]
            )
            assert done.exit_code == 2, done.output
            assert expected in done.output
            assert not (tmp_path / "out").exists()


def test_an_option_is_traced_and_verified(tmp_path: Path) -> None:
    """An end value by option is a setting of the manifest, so that verify knows it."""
    folder = write_case(tmp_path / "case", {**TRADED, "b": battery(start=1.0)}, hours=4)
    for command, name in (("run", "base"), ("rolling", "base.rolling")):
        arguments = [command, str(folder), "--end-value", "b=1 EUR/kWh", "--out", str(tmp_path), "-q"]
        assert CliRunner().invoke(main, arguments).exit_code == 0
        assert '"assets.b.end_value": "1.0 EUR/kWh"' in (tmp_path / "case" / name / "manifest.json").read_text()
        assert verify_result(tmp_path / "case" / name).passed


def test_a_start_below_the_window_comes_back() -> None:
    """14 % of 10 kWh, window from 15 %: 0.1 kWh are charged in the first hour, as 10 EUR/kWh/h is more than any price.

    Before, such a measured state was refused. Nothing is left outside at the end of a step, so nothing is charged for.
    """
    store = battery(min_state=0.15, start=0.14, charge_max="5 kW")
    found = solve({"load": load(1), "b": store, "grid": grid(0.2, import_max=9)}, hours=4)
    assert states(found) == [1.5] * 4
    assert cost(found) == pytest.approx(0.2 * 4.1)
    assert found.plan.accounts()["inconvenience"] == 0
    assert found.summary.kpis["outside_window_hours"] == 1


def test_a_way_back_takes_as_long_as_the_power_needs_and_is_reported() -> None:
    """From 0 to 3 of 10 kWh at 1 kW: outside by 2 and 1 kWh at the ends of two hours, 3 kWh h x 10 EUR, as by rules."""
    store = battery(min_state=0.3, start=0.0, charge_max="1 kW")
    found = solve({"load": load(1), "b": store, "grid": grid([0.2, 0.9, 0.9, 0.1])}, hours=4)
    assert states(found) == [1, 2, 3, 3]
    assert amounts(found, "b")["state of charge outside its window"] == pytest.approx(30)
    assert found.summary.kpis["outside_window_hours"] == 3
    assert found.baseline.feasible
    assert column_of(found.baseline.plan.schedule["b.state_of_charge_kwh"]) == [1, 2, 3, 3]


def test_a_start_above_the_window_is_drawn_down_where_someone_takes_it() -> None:
    """9 of 10 kWh, window up to 7, a load of 1 kW and no export: it falls to 8, then 7, and a forced discharge at full
    power, which nobody could take, would have left no schedule. Worth 9 EUR a kWh at the end, it still comes back.
    """
    store = battery(max_state=0.7, start=0.9, end_value="9 EUR/kWh")
    found = solve({"load": load(1), "b": store, "grid": grid([0.2, 0.2, 0.1, 0.2])}, hours=4)
    assert states(found) == [8, 7, 7, 7]
    assert column_of(found.baseline.plan.schedule["b.state_of_charge_kwh"]) == [8, 7, 6, 5]
    assert found.baseline.feasible


def test_a_start_that_leaks_back_within_the_first_step_needs_no_rule() -> None:
    """From 7.1 of 7 kWh at a loss of 5 %/h: within the window after an hour, whatever is done."""
    store = battery(max_state=0.7, start=0.71, self_discharge="5 %/h")
    found = solve({"load": load(0, 0), "b": store, "grid": grid(0.2)}, hours=2)
    assert states(found) == [pytest.approx(7.1 * 0.95), pytest.approx(7.1 * 0.95**2)]
    assert found.summary.kpis["outside_window_hours"] == 1


def test_a_price_may_be_higher_than_the_way_back() -> None:
    """Below its minimum with power at 50 EUR for an hour and a return price of 1 EUR/kWh/h: it waits that hour."""
    store = battery(min_state=0.2, start=0.1, return_price="1 EUR/kWh/h")
    found = solve({"load": load(1), "b": store, "grid": grid([50, 0.1, 0.1])}, hours=3)
    assert states(found) == [1, 2, 2]


def test_a_flywheel_below_its_least_speed_spins_up() -> None:
    """Least energy 25 kWh at half speed, start at 10, 20 kW, idle loss 1 kW: 10 + 19 > 25 within the hour."""
    wheel = flywheel(min_speed=0.5, start=0.1, power_max="20 kW", idle_loss="1 kW")
    found = solve({"load": load(1), "f": wheel, "grid": grid(0.2)}, hours=3)
    assert (states(found, "f")[0], states(found, "f")[-1]) == (25, 25)
    assert found.baseline.feasible


def test_a_way_back_goes_through_windows_of_a_rolling_horizon() -> None:
    """The same states whether the whole is known or two hours of it."""
    store = battery(min_state=0.3, start=0.0, charge_max="1 kW")
    case = make_case({"load": load(1), "b": store, "grid": grid(0.2)}, hours=6)
    for found in (rolling(case, 2, 1), check(dispatch(case))):
        assert found.audit.passed
        assert states(found)[:3] == [1, 2, 3]
        assert states(found)[-1] == 3


def test_a_capacity_that_is_to_be_decided_has_no_measured_state() -> None:
    """Its window moves with its size, so a start outside is refused there as it was."""
    capacity = {"max": "10 kWh", "yearly_cost": "1 EUR/kWh/year"}
    with pytest.raises(InputError, match=r"within the window from 0\.2 to 1"):
        make_case({**TRADED, "b": battery(capacity=capacity, min_state=0.2, start=0.1)}, hours=4)


def test_a_scenario_can_be_read_with_an_end_value(tmp_path: Path) -> None:
    """The key of the case and the function give the same objective."""
    folder = write_case(tmp_path, {**TRADED, "b": battery(start=1.0)}, hours=4)
    by_setting = dispatch(load_case(folder, settings={"assets.b.end_value": "0.1 EUR/kWh"}))
    by_function = dispatch(with_end_value(load_case(folder), 0.1))
    assert by_setting.objective == pytest.approx(by_function.objective) == pytest.approx(0.4)


@proof(sample=6, whole=100)
@given(st.floats(0, 1), st.floats(0, 0.45), st.floats(0.55, 1), st.sampled_from([0.0, 0.1, 0.3]), st.integers(0, 10**6))
def test_any_measured_state_has_a_schedule(start: float, low: float, high: float, worth: float, seed: int) -> None:
    """Whatever the start, window and end value: a schedule that holds, not above the baseline; rolling too."""
    rng = np.random.default_rng(seed)
    power, prices = rng.uniform(0, 5, 6).round(2), rng.uniform(0.05, 0.5, 6).round(2)
    store = battery(
        start=round(start, 3), min_state=round(low, 3), max_state=round(high, 3),
        charge_max="2 kW", discharge_max="3 kW",
        self_discharge="2 %/h", end_value=f"{worth} EUR/kWh", charge_efficiency=0.9,
    )  # fmt: skip
    load_of = {"kind": "load", "profile": kw(*power.tolist())}
    found = solve({"load": load_of, "b": store, "grid": grid(prices.tolist(), import_max=20)}, hours=6)
    assert found.baseline.feasible, [str(f) for f in found.baseline.audit.findings]
    assert found.objective <= found.baseline.plan.weighted(found.case.weights) + 1e-6
    rolled = rolling(found.case, 3, 2)
    assert rolled.audit.passed, [str(finding) for finding in rolled.audit.findings]
    assert rolled.objective >= found.objective - 1e-6


def column_of(values: Any) -> list[float]:
    return (values.to_numpy(dtype=float).round(6) + 0.0).tolist()  # type: ignore[no-any-return]
