"""Sizes that are decided: solved by hand, refused where they make no sense, and as a published case has them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from microgrid import Limits, dispatch, load_case
from microgrid.contract.size import annuity
from microgrid.errors import InputError
from microgrid.report.write_result import write_result
from microgrid.result.solution import Solution
from microgrid.studies.verify import verify_result
from tests.conftest import GOLDEN, amounts, battery, check, column, cost, grid, load, make_case, solve, write_case

DERVET = GOLDEN / "dervet_bill_reduction"
YEARLY = {"yearly_cost": "876 EUR/kW/year"}  # 0.10 EUR per kW and hour


def solar(profile: Any = 0.5, **size: Any) -> dict[str, Any]:
    return {"kind": "solar", "capacity": {"max": "100 kW", **YEARLY, **size}, "profile": profile}


def size_of(solution: Solution, asset: str, field: str) -> float:
    return solution.sizes[asset][field]


def test_solar_is_built_where_it_pays() -> None:
    """Half of its power at all hours saves 0.5 x 0.3 EUR, more than the 0.1 that a kW costs an hour: 20 kW for a load
    of 10 kW, not more: 24 h x 20 x 0.1 = 48 EUR, where the grid would cost 72. At 0.15 EUR/kWh nothing is built.
    """
    solution = solve({"l": load(10.0), "g": grid(0.3), "pv": solar()}, hours=24)
    assert size_of(solution, "pv", "capacity_kw") == pytest.approx(20)
    assert cost(solution) == pytest.approx(48)
    assert amounts(solution, "pv")["investment, capacity"] == pytest.approx(48)
    assert size_of(solve({"l": load(10.0), "g": grid(0.15), "pv": solar()}, hours=24), "pv", "capacity_kw") == 0


def test_a_least_size_is_built_and_paid() -> None:
    """4 kW at least, 24 h x 4 x 0.1 = 9.60 EUR, which save 2 kW x 24 h x 0.15 = 7.20 of 36."""
    solution = solve({"l": load(10.0), "g": grid(0.15), "pv": solar(min="4 kW")}, hours=24)
    assert cost(solution) == pytest.approx(36 - 7.2 + 9.6)


def test_what_must_be_taken_grows_with_the_size() -> None:
    """All of it has to be taken and nothing may leave: 20 kW at half power fill the load of 10 kW, no more."""
    solution = solve({"l": load(10.0), "g": grid(9.0), "pv": {**solar(), "must_take": True}}, hours=2)
    assert size_of(solution, "pv", "capacity_kw") == pytest.approx(20)


def test_a_battery_of_the_right_size() -> None:
    """Energy is free in the first hour and costs 1 EUR in the second, in which 10 kWh are needed; 10 % are lost in
    charging. A kWh of capacity costs 0.2, a kW of power 0.3 EUR an hour: 10 kWh and 11.11 kW (to charge them in an
    hour) for two hours are 4 + 6.67 = 10.67 EUR: more than the 10 of the grid. At half the price of power: 7.33.
    """
    size = {"max": "50 kWh", "yearly_cost": "1752 EUR/kWh/year"}
    for price, capacity, total in ((2628, 0, 10), (1314, 10, 4 + 20 / 0.9 * 0.15)):
        power = {"max": "50 kW", "yearly_cost": f"{price} EUR/kW/year"}
        store = battery(capacity=size, charge_max=None, discharge_max=None, power_max=power, charge_efficiency=0.9)
        solution = solve({"l": load(0, 10), "g": grid([0, 1]), "b": store}, hours=2)
        assert size_of(solution, "b", "capacity_kwh") == pytest.approx(capacity)
        assert cost(solution) == pytest.approx(total)


def test_states_are_shares_of_the_size() -> None:
    """Empty is 20 % and the start is 50 %: 3 kWh to give need a capacity of 10 kWh."""
    store = battery(capacity={"max": "50 kWh", "yearly_cost": "8.76 EUR/kWh/year"}, start=0.5, min_state=0.2)
    solution = solve({"l": load(3.0), "g": grid(1.0), "b": store}, hours=1)
    assert size_of(solution, "b", "capacity_kwh") == pytest.approx(10)
    assert column(solution, "b.state_of_charge_fraction") == pytest.approx([0.2])


def test_a_grid_connection_of_the_right_size() -> None:
    """A connection costs 1 EUR per kW and hour; a battery spreads 20 kWh over two hours: 10 kW, 20 EUR."""
    connection = {**grid(0), "import_max": {"max": "100 kW", "yearly_cost": "8760 EUR/kW/year"}}
    solution = solve({"l": load(0, 20), "g": connection, "b": battery()}, hours=2)
    assert size_of(solution, "g", "import_max_kw") == pytest.approx(10)
    assert cost(solution) == pytest.approx(20)


def test_a_given_size_has_its_cost_too() -> None:
    """100 kW that cost 876 EUR a year each: 10 EUR an hour."""
    given = {"kind": "solar", "capacity": {"value": "100 kW", **YEARLY}, "profile": 0}
    assert cost(solve({"l": load(0.0), "g": grid(), "pv": given}, hours=1)) == pytest.approx(10)


def test_annuity() -> None:
    """1,000 EUR over 20 years at 6 %: 87.1846 EUR a year; without interest 50."""
    assert annuity(1000, 20, 0.06) == pytest.approx(87.1846, abs=1e-4)
    assert annuity(1000, 20, 0) == 50
    size = {"value": "1 kW", "cost": "1000 EUR/kW", "lifetime": "20 year", "discount_rate": "6 %"}
    size["fixed_om"] = "10 EUR/kW/year"
    found = solve({"l": load(0.0), "g": grid(), "w": {"kind": "wind", "capacity": size, "profile": 0}}, hours=8760)
    assert cost(found) == pytest.approx(97.1846, abs=1e-4)


def test_a_result_with_sizes_is_verified(tmp_path: Path) -> None:
    """The sizes are in summary.json; a changed one no longer fits the bill."""
    folder = write_case(tmp_path / "case", {"l": load(10.0), "g": grid(0.3), "pv": solar()}, hours=24)
    result, _ = write_result(dispatch(load_case(folder)), tmp_path / "results", {})
    assert verify_result(result).passed
    text = (result / "summary.json").read_text()
    summary = json.loads(text)
    summary["sizes"]["pv"]["capacity_kw"] = 30.0
    (result / "summary.json").write_text(json.dumps(summary))
    assert not verify_result(result).passed
    summary["sizes"]["pv"]["capacity_kw"] = 300.0
    (result / "summary.json").write_text(json.dumps(summary))
    with pytest.raises(InputError, match="from 0 to 100"):
        verify_result(result)


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ({"max": "10 kWh"}, "wrong dimension"),
        ({"min": "10 kW"}, "value, or max"),
        ({"min": "10 kW", "max": "5 kW"}, "min above max"),
        ({"max": "-10 kW"}, "below zero"),
        ({"max": "10 kW", "cost": "100 EUR/kW"}, "incomplete cost"),
        ({"max": "10 kW", "price": "100 EUR/kW"}, "unknown key"),
        ({"max": "10 kW", "cost": "1 EUR/kW", "lifetime": "0 year", "discount_rate": 0}, "no lifetime"),
        ("-5 kW", "below zero"),
        (["5 kW"], "not a quantity"),
    ],
)
def test_sizes_that_cannot_be(size: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make_case({"l": load(1.0), "g": grid(), "pv": {"kind": "solar", "capacity": size, "profile": 1}})


# A published case


@pytest.fixture(scope="module")
def dervet(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """DER-VET's bill reduction in this project's format: data, assets without the battery's size, published figures."""
    folder = tmp_path_factory.mktemp("dervet")
    limits = json.loads((DERVET / "params.json").read_text())
    table = pd.read_csv(DERVET / "timeseries.csv")
    table = table.rename(columns={"start": "time", "price_usd_per_kwh": "price_eur_per_kwh", "pv_pu": "pv_fraction"})
    table.to_csv(folder / "data.csv", index=False)
    store = limits["battery"]
    price = {"file": "data.csv", "column": "price_eur_per_kwh"}
    assets = {
        "load": {"kind": "load", "profile": {"file": "data.csv", "column": "load_kw"}},
        "pv": {
            "kind": "solar",
            "capacity": f"{limits['pv_kw']} kW",
            "profile": {"file": "data.csv", "column": "pv_fraction"},
            "must_take": True,
        },
        "battery": {
            "kind": "battery",
            "capacity": f"{store['energy_kwh']} kWh",
            "power_max": f"{store['power_kw']} kW",
            "charge_efficiency": store["eta_charge"],
            "discharge_efficiency": store["eta_discharge"],
            "start": store["soc_init"],
            "end": store["soc_final"],
        },
        "grid": {
            "kind": "grid",
            "import_max": "100 MW",
            "export_max": "100 MW",
            "tariff": {
                "name": "time of use and demand",
                "energy": [{"item": "energy", "series": price}],
                "export": [{"item": "export", "series": price}],
                "peaks": [{"item": "demand", "price": f"{limits['demand_charge_usd_per_kw_month']} EUR/kW"}],
            },
        },
    }
    return folder, {"limits": limits, "expected": json.loads((DERVET / "expected.json").read_text())}, assets


needs_dervet = pytest.mark.skipif(
    not DERVET.is_dir(), reason=f"the golden case dervet_bill_reduction is not at {GOLDEN}"
)
AXIS = {"start": "2017-01-01", "end": "2018-01-01", "site": {"timezone": "UTC"}}


@needs_dervet
def test_the_bill_of_dervet(dervet: tuple[Path, dict[str, Any], dict[str, Any]]) -> None:
    """4,422,052.13 $ a year with the battery, 4,889,067.13 without anything. Source: EPRI DER-VET,
    der_for_bill_reduction; monthly energy bills are published to the cent, so the sums to a few cents.
    """
    folder, known, assets = dervet
    found = check(dispatch(load_case(write_case(folder, assets, **AXIS)), Limits(gap=1e-9)))
    expected = known["expected"]
    total = sum(expected["monthly_energy"]) + sum(expected["monthly_demand"])
    assert total == pytest.approx(4422052.13)
    assert cost(found) == pytest.approx(total, rel=1e-6)
    bare = {name: asset for name, asset in assets.items() if name in ("load", "grid")}
    before = check(dispatch(load_case(write_case(folder, bare, **AXIS))))
    lines = amounts(before, "grid")
    assert lines["energy"] == pytest.approx(sum(expected["monthly_energy_before"]), abs=0.06)
    assert lines["demand"] == pytest.approx(sum(expected["monthly_demand_before"]), abs=0.06)


@needs_dervet
def test_the_sizes_of_dervet(dervet: tuple[Path, dict[str, Any], dict[str, Any]]) -> None:
    """Relaxed 1,574.622 kW and 9,447.729 kWh, and 65,548,713.14 $ over its 20 years with the whole numbers 1575 and
    9450. Its annuity sums 20 terms, the first undiscounted: 13.954252954831796.
    """
    folder, _, assets = dervet
    factor = 13.954252954831796
    sized = dict(assets)
    sized["battery"] = assets["battery"] | {
        "capacity": {"max": "50 MWh", "yearly_cost": f"{250 / factor!r} EUR/kWh/year"},
        "power_max": {"max": "10 MW", "yearly_cost": f"{800 / factor + 10!r} EUR/kW/year"},
    }
    found = check(dispatch(load_case(write_case(folder, sized, **AXIS)), Limits(gap=1e-9)))
    assert size_of(found, "battery", "power_max_kw") == pytest.approx(1574.622, abs=1e-3)
    assert size_of(found, "battery", "capacity_kwh") == pytest.approx(9447.729, abs=1e-3)
    assert cost(found) * factor == pytest.approx(65548713.14, rel=1e-6)


def test_a_size_that_costs_nothing_is_stated() -> None:
    """A battery's capacity has a cost: its power, decided without one or given as a number, costs nothing.

    With a cost of their own, or where no size is decided, nothing is stated.
    """
    priced = {"max": "50 kWh", "yearly_cost": "10 EUR/kWh/year"}
    free = {"max": "10 kW"}
    power = {"max": "10 kW", "yearly_cost": "10 EUR/kW/year"}

    def stated(**changes: Any) -> list[str]:
        case = make_case({"l": load(1), "g": grid(), "b": battery(**changes)})
        assert all("costs nothing" in notice.message for notice in case.notices)
        return [notice.field.removeprefix("assets.") for notice in case.notices]

    one = {"charge_max": None, "discharge_max": None}
    assert stated(capacity=priced, **one, power_max=free) == ["b.power_max"]
    assert stated(capacity=priced, **one, power_max="5 kW") == ["b.power_max"]
    assert stated(capacity=priced) == ["b.charge_max", "b.discharge_max"]
    assert stated(capacity=priced, **one, power_max=power) == []
    assert stated(capacity={"max": "50 kWh"}) == ["b.capacity"]
    assert stated() == []
