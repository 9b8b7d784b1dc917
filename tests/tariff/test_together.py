"""Lines, caps and sizes that meet each other: what one of them alone does not show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from microgrid import Limits, dispatch, load_case
from microgrid.errors import InputError, OutOfTimeError
from microgrid.report.write_result import write_result
from microgrid.studies.billing import bill_meter
from microgrid.studies.rolling import rolling
from microgrid.studies.verify import verify_result
from tests.conftest import amounts, battery, check, cost, grid, load, make_case, solve, write_case

SUN: dict[str, Any] = {"kind": "solar", "capacity": "100 kW", "profile": {"values": [0.2, 0.8], "unit": ""}}
DEMAND = load(*[20, 80, 30, 120, 40, 10, 60, 90] * 3)


@pytest.mark.parametrize(
    "peaks",
    [
        [{"item": "p", "price": "5 EUR/kW"}],
        [{"item": "p", "tiers": [{"above": "0 kW", "price": "0.1 EUR/kW"}, {"above": "9 kW", "price": "0.2 EUR/kW"}]}],
    ],
)
def test_lines_below_a_minimum_are_split_as_they_are_billed(peaks: list[dict[str, Any]]) -> None:
    """While the minimum binds, a higher peak costs nothing more: the sum is right, the ledger shows the true split."""
    connection = grid(0.1, peaks=peaks, minimum={"price_per_month": "30000 EUR/month"})
    solution = solve({"g": connection, "l": load(*[50, 20] * 6), "b": battery(start=None)}, hours=12)
    assert cost(solution) == pytest.approx(30000 * 12 / 720)
    peak = float(solution.schedule["g.import_kw"].max())
    assert amounts(solution, "g")["p"] == pytest.approx(peak * 5 if "price" in peaks[0] else 0.9 + (peak - 9) * 0.2)


def with_roots(**changes: Any) -> dict[str, Any]:
    connection = grid([0.1, 0.3, 0.2, 0.4] * 6, import_max=500)
    overrun = {"rule": "root_of_squares", "price": "2 EUR/kW"}
    connection["tariff"]["subscription"] = {"power": "50 kW", "price": "0 EUR/kW/year", "overrun": overrun}
    connection["carbon"] = {"values": [0.1, 0.5, 0.3, 0.05] * 6, "unit": "kg/kWh"}
    store = battery(capacity="60 kWh", charge_max="40 kW", discharge_max="40 kW", start=None)
    return {"g": {**connection, **changes}, "l": DEMAND, "b": store}


def test_roots_of_squares_converge() -> None:
    """Thirty rounds bring the bill to a millionth of its bound."""
    solution = solve(with_roots(), hours=24)
    assert solution.status == "optimal"
    assert solution.gap < 1e-5


def test_roots_of_squares_in_windows_are_those_of_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """The winter at 1 h. Overruns have the time of their interval, so that the horizon can be cut; without it, half of
    all variables would be about no step, and the whole be solved in one piece.
    """
    wave = np.arange(24 * 140)
    demand = load(*(90 + 50 * np.sin(wave / 4) + 40 * np.sin(wave / 23)).tolist())
    connection = grid([0.1, 0.3, 0.2, 0.4] * 840, import_max=500)
    overrun = {"rule": "root_of_squares", "price": "2 EUR/kW"}
    connection["tariff"]["subscription"] = {"power": "120 kW", "price": "0 EUR/kW/year", "overrun": overrun}
    store = battery(capacity="60 kWh", charge_max="40 kW", discharge_max="40 kW", start=None)
    case = make_case({"g": connection, "l": demand, "b": store}, start="2017-11-01", hours=24 * 140)
    once = dispatch(case, margin=False)
    assert "no plan is cheaper" in once.notes[0]
    monkeypatch.setattr("microgrid.tariff.charges.root_of_squares.Cone.tighten", lambda *_: False)
    cut = dispatch(case, margin=False)
    assert "windows" in cut.solver["note"]
    monkeypatch.setattr("microgrid.solve.windows.levels.FEWEST_STEPS", 10**6)
    whole = dispatch(case, margin=False)
    assert "one piece" in whole.solver["note"]
    assert cut.bound == pytest.approx(whole.bound, rel=1e-9)
    assert cut.bound < once.bound  # planes at the optimum raise it


def test_roots_of_squares_are_sharpened_window_by_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """One window is the dispatch. Several are worse, but better than with the first planes, which know overruns that
    are all alike, and one alone.
    """
    case = make_case(with_roots(), hours=24)
    best = dispatch(case).objective
    assert rolling(case, 24, 24).objective == pytest.approx(best, rel=1e-5)
    sharp = rolling(case, 8, 4)
    monkeypatch.setattr("microgrid.solve.rolling.model._ROUNDS", 1)
    blunt = rolling(case, 8, 4)
    assert best < sharp.objective < blunt.objective - 0.01
    assert sharp.audit.passed
    assert blunt.audit.passed


def test_least_emissions_keep_a_cost_with_roots() -> None:
    """The cost that is capped is the bill's, roots and all."""
    alone = solve(with_roots(), hours=24)
    solution = solve(with_roots(), hours=24, objective={"least_emissions_within": "5 %"})
    assert cost(solution) <= cost(alone) * 1.05 + 1e-3
    assert solution.audit.passed


def test_out_of_time_no_cap_is_broken() -> None:
    """The rules know no cap: if they break it, there is no schedule to give."""
    connection = {**grid(0.1), "carbon": {"values": [0.5, 0.1] * 720, "unit": "kg/kWh"}}
    assets = {"g": connection, "l": load(*[5, 9] * 720), "b": battery(capacity="200 kWh", start=0.5)}
    case = make_case(assets, hours=1440, objective={"emissions_caps": [{"max": "30 kg", "per": "day"}]})
    with pytest.raises(OutOfTimeError):
        dispatch(case, Limits(seconds=1e-3))


@pytest.mark.parametrize(
    "objective",
    [
        {},
        {"carbon_price": "100 EUR/t"},
        {"cost": 2},
        {"least_emissions_within": "5 %"},
        {"least_emissions_within": "5 %", "carbon_price": "100 EUR/t"},
        {"least_emissions_within": "5 %", "cost": 2},
        {"emissions_caps": [{"max": "1 kg", "per": "day"}], "cost": 2},
    ],
)
def test_one_tonne_less_costs_the_same_however_it_is_asked(objective: dict[str, Any]) -> None:
    """1 kg a kWh of the grid at 0.10, none of the other source at 0.25: 150 EUR/t."""
    other = {"kind": "solar", "capacity": "50 kW", "profile": 1, "generation_cost": "0.25 EUR/kWh"}
    found = solve({"l": load(10.0), "g": grid(0.1, carbon="1 kg/kWh"), "pv": other}, hours=24, objective=objective)
    told = found.summary.emissions
    assert told.one_tonne_less_costs == pytest.approx(150, rel=1e-3)
    for prices in told.cap_prices_per_t.values():
        assert list(prices.values()) == [pytest.approx(150)]


def test_the_baseline_sells_where_it_earns_more() -> None:
    """Nothing can be decided, so nothing is saved: sun at 0.02, other export at 0.12."""
    lines = [{"item": "x", "price": "0.02 EUR/kWh", "of": "pv"}, {"item": "y", "price": "0.12 EUR/kWh"}]
    connection = grid(0.1, export_max=100)
    connection["tariff"]["export"] = lines
    solution = solve({"g": connection, "l": load(1.0), "pv": SUN}, hours=2)
    assert solution.summary.savings["cost_eur"] == pytest.approx(0)


@pytest.mark.parametrize("of", ["pvv", "g"])
def test_export_of_nobody_is_refused(of: str) -> None:
    connection = grid(0.1, export_max=100)
    connection["tariff"]["export"] = [{"item": "x", "price": "0.02 EUR/kWh", "of": of}]
    with pytest.raises(InputError, match="no such asset"):
        make_case({"g": connection, "l": load(1.0), "pv": SUN}, hours=2)


def test_a_scenario_may_remove_who_sells(tmp_path: Path) -> None:
    connection = grid(0.1, export_max=100)
    connection["tariff"]["export"] = [{"item": "x", "price": "0.02 EUR/kWh", "of": "pv"}]
    folder = write_case(
        tmp_path, {"g": connection, "l": load(1.0), "pv": SUN}, hours=2, scenarios={"dark": {"assets.pv": None}}
    )
    assert cost(check(dispatch(load_case(folder, "dark")))) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("tariff", "words"),
    [
        ({"subscription": {"power": {"max": "10 kW"}, "price": "1 EUR/kW/year"}}, "a power that is to be optimized"),
        ({"export": [{"item": "x", "price": "0.1 EUR/kWh", "of": "pv"}]}, "one asset's export"),
    ],
)
def test_a_meter_alone_is_not_billed_by_guesses(tmp_path: Path, tariff: dict[str, Any], words: str) -> None:
    import json

    (tmp_path / "tariff.yaml").write_text(json.dumps({"name": "t", **tariff}))
    (tmp_path / "meter.csv").write_text("time,import_kw\n2018-06-21T00:00,1\n2018-06-21T01:00,1\n")
    with pytest.raises(InputError, match=words):
        bill_meter(tmp_path / "meter.csv", tmp_path / "tariff.yaml", timezone="Europe/Paris")


@pytest.mark.parametrize("sizes", [{"pv": []}, {"pv": 5}, {"pv": None}, [], {"pv": {"capacity_kw": True}}])
def test_sizes_that_are_none_are_refused_by_verify(tmp_path: Path, sizes: object) -> None:
    import json

    pv = {**SUN, "capacity": {"max": "20 kW", "yearly_cost": "1 EUR/kW/year"}}
    folder = write_case(tmp_path / "case", {"g": grid(0.1), "l": load(1.0), "pv": pv}, hours=2)
    result, summary = write_result(dispatch(load_case(folder)), tmp_path / "out", {})
    (result / "summary.json").write_text(json.dumps({**summary.plain(), "sizes": sizes}))
    found = verify_result(result)
    assert not found.passed
    assert any(str(finding).startswith(("summary.json: sizes", "pv at ")) for finding in found.findings)


@pytest.mark.parametrize("instant", ["now", "today", "2018", "", "2018-02-30 10:00"])
def test_instants_are_written_in_full(instant: str) -> None:
    peak = {"item": "p", "price": "1 EUR/kW", "coincident": [instant]}
    with pytest.raises(InputError, match="not an instant"):
        make_case({"l": load(1.0), "g": grid(0.1, peaks=[peak])})


def test_an_hour_that_the_clocks_leave_out_is_refused() -> None:
    peak = {"item": "p", "price": "1 EUR/kW", "coincident": ["2018-03-25 02:30"]}
    with pytest.raises(InputError, match="not a local time"):
        make_case({"l": load(1.0), "g": grid(0.1, peaks=[peak])})


def test_a_size_with_on_off_decisions_makes_no_empty_rules() -> None:
    """Warnings are errors here: a rule of zeros would divide by them."""
    connection = grid(0.2, import_max=100)
    overrun = {"rule": "hours", "price_per_hour": "1 EUR/h"}
    connection["tariff"]["subscription"] = {"power": "8 kW", "price": "0 EUR/kW/year", "overrun": overrun}
    store = battery(capacity={"max": "60 kWh", "yearly_cost": "1 EUR/kWh/year"}, start=None)
    demand = (6 + 4 * (np.arange(96) % 24 > 16)).tolist()
    solution = solve({"g": connection, "b": store, "l": load(*demand)}, 1e-6, hours=96)
    assert solution.audit.passed
