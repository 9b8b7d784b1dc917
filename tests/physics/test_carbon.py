"""Emissions: by rules, by scope, embodied, capped, and least within a cost; each by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from microgrid import InfeasibleError, Limits, dispatch, load_case
from microgrid.errors import InputError
from microgrid.report.write_result import write_result
from microgrid.result.solution import Solution
from microgrid.studies.rolling import rolling
from microgrid.studies.verify import verify_result
from tests.conftest import amounts, battery, check, column, cost, grid, load, make_case, solve, write_case

SOLAR: dict[str, Any] = {"kind": "solar", "capacity": "10 kW", "profile": 1}


def emitted(solution: Solution) -> float:
    return float(solution.plan.accounts()["emissions_kgco2"])


def clean(price: float) -> dict[str, Any]:
    """10 kW without emissions, at a price in EUR/kWh."""
    return {**SOLAR, "generation_cost": f"{price} EUR/kWh"}


def network(**rules: Any) -> dict[str, Any]:
    average = {"values": [0.1, 0.2], "unit": "kg/kWh"}
    return {**grid(0.1, sell=0.0, export_max=50), "carbon": {"average": average, **rules}}


@pytest.mark.parametrize(
    ("rules", "total"),
    [
        ({}, 3.0),  # 10 x (0.1 + 0.2)
        ({"marginal": "0.5 kg/kWh"}, 3.0),
        ({"marginal": "500 kg/MWh", "marginal_share": 1}, 10.0),
        ({"marginal": "0.5 t/MWh", "marginal_share": "25 %"}, 4.75),
    ],
)
def test_average_marginal_or_a_blend_counts(rules: dict[str, Any], total: float) -> None:
    """10 kW of import for two hours; both figures are told whatever counts."""
    solution = solve({"l": load(10.0), "g": network(**rules)}, hours=2)
    assert emitted(solution) == pytest.approx(total)
    told = solution.summary.emissions
    assert told.at_average == pytest.approx(3)
    assert told.at_marginal == (pytest.approx(10) if rules else None)
    assert told.by_scope == {"scope 2": pytest.approx(total)}


@pytest.mark.parametrize(("export", "total"), [("none", 0.0), ("average", -3.0), ("marginal", -10.0)])
def test_what_export_is_credited_with(export: str, total: float) -> None:
    """10 kW that must be taken leave the site for two hours."""
    connection = network(marginal="0.5 kg/kWh", export=export)
    solution = solve({"pv": {**SOLAR, "must_take": True}, "l": load(0.0), "g": connection}, hours=2)
    assert emitted(solution) == pytest.approx(total)


def test_intensity_of_what_is_used() -> None:
    """6 kg for 20 kWh, 100 m2 and 4 persons."""
    site = {"timezone": "Europe/Paris", "floor_area": "100 m2", "occupants": 4}
    told = solve({"l": load(10.0), "g": grid(0.1, carbon="0.3 kg/kWh")}, hours=2, site=site).summary.emissions
    assert (told.total, told.per_kwh, told.per_m2, told.per_person) == pytest.approx((6, 0.3, 0.06, 1.5))


def test_embodied_by_use_year_and_size() -> None:
    """20 kWh of sun at 0.04 kg = 0.8; 8,760 kg a year are 2 in two hours; 10 kW of 876 kg each over 10 years are
    876 kg a year and 0.2 in two hours.
    """
    size = {"value": "10 kW", "embodied": "876 kg/kW", "lifetime": "10 year"}
    sun = {**SOLAR, "capacity": size, "embodied_per_kwh": "40 g/kWh", "embodied_per_year": "8.76 t/year"}
    solution = solve({"pv": sun, "l": load(10.0), "g": grid(0.5)}, hours=2)
    assert emitted(solution) == pytest.approx(0.8 + 2 + 0.2)
    assert solution.summary.emissions.by_scope == {"scope 3": pytest.approx(3)}


def test_embodied_use_counts_in_the_optimum() -> None:
    """A store saves 10 kWh x 0.10 EUR, but emits 0.2 kg a kWh: at 1 EUR/kg it stays empty."""
    store = battery(embodied_per_kwh="0.2 kg/kWh")
    assets = {"l": load(0, 10), "g": grid([0, 0.1]), "b": store}
    assert column(solve(assets, hours=2), "b.discharge_kw") == pytest.approx([0, 10])
    solution = solve(assets, hours=2, objective={"carbon_price": "1 EUR/kg"})
    assert column(solution, "b.discharge_kw") == pytest.approx([0, 0])


def test_a_cap_and_its_price() -> None:
    """20 kWh at 0.1 kg: at most 0.5 kg leaves 5 kWh of the grid at 0.10, the rest at 0.25: 4.25 EUR. One kg more would
    save 10 kWh x 0.15 = 1.50 EUR: 1,500 EUR/t, which is also what one tonne less costs.
    """
    assets = {"l": load(10.0), "g": grid(0.1, carbon="0.1 kg/kWh"), "pv": clean(0.25)}
    cap = {"max": "0.5 kg", "per": "day"}
    solution = solve(assets, start="2018-06-21", hours=2, objective={"emissions_caps": [{**cap, "max": "6 kg"}]})
    assert emitted(solution) == pytest.approx(0.5)
    assert cost(solution) == pytest.approx(4.25)
    told = solution.summary.emissions
    assert told.cap_prices_per_t == {"emissions cap by day": {"2018-06-21": pytest.approx(1500)}}
    assert told.one_tonne_less_costs == pytest.approx(1500)


@pytest.mark.parametrize(("per", "most"), [("day", 24.0), ("month", 24.0 * 30), ("year", 24.0 * 365)])
def test_a_cap_of_a_part_of_its_period(per: str, most: float) -> None:
    """1 kg an hour, by day, month or year: 2 kg in two hours, 20 kWh at 0.1."""
    assets = {"l": load(30.0), "g": grid(0.1, carbon="0.1 kg/kWh"), "pv": {**clean(0.25), "capacity": "50 kW"}}
    caps = {"emissions_caps": [{"max": f"{most} kg", "per": per}]}
    assert emitted(solve(assets, hours=2, objective=caps)) == pytest.approx(2)


def test_a_cap_by_day_binds_in_one_of_them() -> None:
    """2.4 kg a day are 24 kWh; the first day needs 48, the second 12: only the first has a price."""
    demand = load(*[2.0] * 24, *[0.5] * 24)
    assets = {"l": demand, "g": grid(0.1, carbon="0.1 kg/kWh"), "pv": clean(0.25)}
    solution = solve(assets, hours=48, objective={"emissions_caps": [{"max": "2.4 kg", "per": "day"}]})
    assert emitted(solution) == pytest.approx(2.4 + 1.2)
    assert list(solution.summary.emissions.cap_prices_per_t["emissions cap by day"]) == ["2018-06-21"]


def test_a_cap_that_cannot_be_kept() -> None:
    with pytest.raises(InfeasibleError):
        solve({"l": load(10.0), "g": grid(0.1, carbon="0.1 kg/kWh")}, objective={"emissions_caps": [{"max": "0 kg"}]})


def test_least_emissions_within_a_cost() -> None:
    """The grid for 2 EUR emits 2 kg. 10 % more, 0.20 EUR, buys 0.20 / 0.15 kWh without emissions: 0.1333 kg less."""
    assets = {"l": load(10.0), "g": grid(0.1, carbon="0.1 kg/kWh"), "pv": clean(0.25)}
    solution = solve(assets, hours=2, objective={"least_emissions_within": "10 %"})
    assert cost(solution) == pytest.approx(2.2)
    assert emitted(solution) == pytest.approx(2 - 0.2 / 0.15 * 0.1)
    assert solution.summary.emissions.one_tonne_less_costs == pytest.approx(1500)


def test_what_one_tonne_less_costs() -> None:
    """At a carbon price of 100 EUR/t the grid is still the cheaper; leaving it costs 1,500 EUR/t."""
    assets = {"l": load(10.0), "g": grid(0.1, carbon="0.1 kg/kWh"), "pv": clean(0.25)}
    told = solve(assets, hours=2, objective={"carbon_price": "100 EUR/t"}).summary.emissions
    assert told.one_tonne_less_costs == pytest.approx(1500, rel=1e-4)
    alone = solve({"l": load(10.0), "g": grid(0.1, carbon="0.1 kg/kWh")}, hours=2).summary.emissions
    assert alone.one_tonne_less_costs is None


def test_what_one_tonne_less_costs_with_on_off_decisions_as_they_are() -> None:
    """The pump runs in the two cheap hours, 0.4 kg/kWh. Without emissions there is 0.50 EUR/kWh: 0.40 more for 0.4 kg
    less are 1,000 EUR/t. Could a trifle of the pump move to 0.30 EUR and 0.1 kg, it would be 667.
    """
    pump = {"kind": "shiftable_load", "power_max": "10 kW", "energy": "20 kWh", "mode": "on_off"}
    connection = {**grid([0.1, 0.1, 0.3, 0.3]), "carbon": {"values": [0.4, 0.4, 0.1, 0.1], "unit": "kg/kWh"}}
    assets = {"p": {**pump, "runs": [{"hours": "00:00-04:00"}]}, "g": connection, "pv": clean(0.5)}
    solution = solve(assets, hours=4)
    assert emitted(solution) == pytest.approx(8)
    assert solution.summary.emissions.one_tonne_less_costs == pytest.approx(1000, rel=1e-4)


def test_what_one_tonne_less_costs_where_pairs_exclude_each_other() -> None:
    """Import pays 0.10 EUR/kWh, so the store is cycled for its losses as far as one thing at a time allows: a kg less
    is 10 kWh less of import, 1 EUR. Charging and discharging at once would be another plan, and is none.
    """
    assets = {"l": load(10.0), "g": grid(-0.1, carbon="0.1 kg/kWh"), "b": battery(charge_efficiency=0.5)}
    solution = solve(assets, hours=4)
    assert solution.shadow_price.empty  # binaries were needed
    assert solution.summary.emissions.one_tonne_less_costs == pytest.approx(1000, rel=1e-4)


def test_results_with_caps_are_verified(tmp_path: Path) -> None:
    assets = {"l": load(10.0), "g": grid(0.1, carbon="0.1 kg/kWh"), "pv": clean(0.25)}
    for number, objective in enumerate(
        ({"emissions_caps": [{"max": "6 kg", "per": "day"}]}, {"least_emissions_within": "10 %"})
    ):
        folder = write_case(tmp_path / f"case{number}", assets, hours=2, objective=objective)
        result, _ = write_result(check(dispatch(load_case(folder))), tmp_path / "results", {})
        assert verify_result(result).passed


@pytest.mark.parametrize("objective", [{"emissions_caps": [{"max": "6 kg"}]}, {"least_emissions_within": "10 %"}])
def test_a_rolling_horizon_refuses_what_is_decided_once(objective: dict[str, Any]) -> None:
    case = make_case({"l": load(10.0), "g": grid(0.1, carbon="0.1 kg/kWh")}, hours=48, objective=objective)
    with pytest.raises(InputError, match="once for the whole horizon"):
        rolling(case, 24, 24, limits=Limits())


def test_a_unit_that_is_no_intensity_is_refused() -> None:
    with pytest.raises(InputError, match="wrong dimension"):
        make_case({"l": load(1.0), "g": grid(0.1, carbon="0.1 kg/kW")})


def test_costs_only(tmp_path: Path) -> None:
    """Without carbon nothing is told of emissions, not even a zero, and the ledger has no line of it."""
    case = load_case(write_case(tmp_path / "case", {"l": load(10.0), "g": grid(0.1)}))
    solution = check(dispatch(case))
    assert solution.summary.plain()["emissions"] == {}
    folder, _ = write_result(solution, tmp_path / "results", {})
    assert "Emissions" not in (folder / "report.md").read_text(encoding="utf-8")
    assert "emissions_kgco2" not in set(solution.ledger["account"])
    assert amounts(solution, "g") == {"energy": pytest.approx(1)}
