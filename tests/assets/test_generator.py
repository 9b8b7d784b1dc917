"""Generator: fuel, its cost, and its emissions on the site."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from tests.assets.stated import rounded, share
from tests.conftest import amounts, column, cost, grid, load, solve

EXAMPLE: dict[str, Any] = {
    "capacity": "40 kW",
    "efficiency": "40 %",
    "fuel": "diesel",
    "fuel_price": "0.1 EUR/kWh",
    "fuel_carbon": "0.27 kg/kWh",
    "fuel_upstream_carbon": "0.06 kg/kWh",
    "maintenance_cost": "0.01 EUR/kWh",
}
STEADY = {
    "at its limit": {
        "x": {
            "kind": "generator",
            "capacity": "20 kW",
            "efficiency": 0.4,
            "fuel": "diesel",
            "fuel_price": "0.1 EUR/kWh",
            "fuel_carbon": "0.27 kg/kWh",
        },
        "load": load(30),
        "grid": grid(0.3),
    }
}


def drawn(_: int) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "capacity": rounded(0, 20).map("{} kW".format),
            "efficiency": share(0.2, 0.5),
            "fuel": st.just("gas"),
            "fuel_price": rounded(0, 0.2).map("{} EUR/kWh".format),
            "fuel_carbon": st.just("0.2 kg/kWh"),
        }
    )


def generator(**changes: Any) -> dict[str, Any]:
    return {"kind": "generator", **EXAMPLE, **changes}


def test_fuel_by_hand() -> None:
    """10 kWh need 25 kWh of fuel: 2.50 EUR and 0.10 of maintenance, 6.75 kg on the site and 1.5 kg upstream."""
    solution = solve({"l": load(10.0), "gen": generator()})
    lines = amounts(solution, "gen")
    assert (lines["fuel, diesel"], lines["maintenance"]) == pytest.approx((2.5, 0.1))
    assert column(solution, "gen.fuel_kw") == pytest.approx([25])
    assert solution.summary.emissions.by_scope == pytest.approx({"scope 1": 6.75, "scope 3": 1.5})


def test_a_diesel_set_off_grid() -> None:
    """99 kWh at 0.076 gal/kWh are 7.52 gal; at 3 $/gal 22.57 $. Source: REopt.jl. A gallon is one kWh of fuel here."""
    set_ = generator(capacity="99 kW", efficiency=1.0, fuel_price=f"{0.076 * 3} EUR/kWh", maintenance_cost="0 EUR/kWh")
    solution = solve({"l": load(99.0), "gen": set_})
    assert cost(solution) == pytest.approx(22.57, abs=5e-3)
    assert cost(solution) / 3 == pytest.approx(7.52, abs=5e-3)


def test_the_dearer_source_comes_last() -> None:
    """0.26 EUR a kWh against 0.30 of the grid: 40 kW of it, the rest from the grid."""
    solution = solve({"l": load(50.0), "gen": generator(), "g": grid(0.3)})
    assert column(solution, "gen.generation_kw") == pytest.approx([40])
    assert cost(solution) == pytest.approx(40 * 0.26 + 10 * 0.3)


def test_the_rules_start_it_for_what_is_missing() -> None:
    """The baseline draws 30 kW, all that the grid gives, and generates 20."""
    solution = solve({"l": load(50.0), "gen": generator(), "g": grid(0.1, import_max=30)})
    assert solution.baseline.feasible
    assert solution.baseline.plan.schedule["gen.generation_kw"].tolist() == pytest.approx([20])


def test_its_size_can_be_decided() -> None:
    """10 kW for an hour; a kW costs 0.1 EUR an hour and its kWh 0.26, the grid 0.4: 10 kW are built, 3.60 EUR."""
    size = {"max": "99 kW", "yearly_cost": "876 EUR/kW/year"}
    solution = solve({"l": load(10.0), "gen": generator(capacity=size), "g": grid(0.4)})
    assert solution.sizes["gen"]["capacity_kw"] == pytest.approx(10)
    assert cost(solution) == pytest.approx(3.6)
