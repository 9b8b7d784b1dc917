"""Solar: DC capacity, AC limit, curtailment, must-take."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from tests.assets.stated import rounded, share, shares
from tests.conftest import column, cost, grid, load, solve


def solar(*profile: float, **changes: Any) -> dict[str, Any]:
    return {"kind": "solar", "capacity": "100 kW", "profile": {"values": list(profile)}, **changes}


EXAMPLE = {
    "kind": "solar",
    "capacity": "60 kW",
    "ac_limit": "45 kW",
    "inverter_efficiency": "95 %",
    "generation_cost": "0.001 EUR/kWh",
    "profile": {"values": [0.0] * 8 + [0.3, 0.6, 0.9, 1.0] + [0.9] * 4 + [0.0] * 8},
}
STEADY = {
    "sold in part": {
        "x": {"kind": "solar", "capacity": "30 kW", "profile": "1"},
        "load": load(10),
        "grid": grid(0.1, sell=0.05, export_max=5),
    }
}


def drawn(count: int) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "capacity": rounded(0, 60).map("{} kW".format),
            "profile": shares(count),
            "inverter_efficiency": share(0.8),
        },
        optional={"ac_limit": rounded(0, 40).map("{} kW".format)},
    )


def test_inverter_loses_and_its_rating_clips() -> None:
    """100 kWp at 0.5 and 1.0, 90 %, 80 kW AC: 45 and min(90, 80) = 80 kW. A load of 100 kW imports 55 and 20 kW.

    Without the clip it would import 10 in the second hour, without the efficiency 50 in the first.
    """
    assets = {"pv": solar(0.5, 1, inverter_efficiency=0.9, ac_limit="80 kW"), "load": load(100), "grid": grid(0.1)}
    solution = solve(assets, hours=2)
    assert column(solution, "pv.available_kw") == [45, 80]
    assert column(solution, "grid.import_kw") == [55, 20]
    assert cost(solution) == pytest.approx(7.5)


def test_a_larger_array_scales_dc_and_clips_at_the_same_inverter() -> None:
    """200 kWp at 0.25 and 0.5 behind 80 kW: 50 and 80 kW (100 clipped). Were AC scaled, it would be 100."""
    solution = solve(
        {"pv": solar(0.25, 0.5, capacity="200 kW", ac_limit="80 kW"), "load": load(200), "grid": grid()}, hours=2
    )
    assert column(solution, "pv.available_kw") == [50, 80]


def test_what_nobody_takes_is_curtailed() -> None:
    """30 kW of sun, 10 kW of load, no export: 20 kW are curtailed and shown as such; nothing is paid."""
    solution = solve({"pv": solar(0.3), "load": load(10), "grid": grid(0.1)})
    assert column(solution, "pv.generation_kw") == [10]
    assert column(solution, "pv.curtailed_kw") == [20]
    assert cost(solution) == 0


def test_surplus_is_exported_where_that_pays() -> None:
    """20 kW of surplus at 0.05 EUR/kWh earn 1 EUR. With the import price of 0.10 they would earn 2."""
    solution = solve({"pv": solar(0.3), "load": load(10), "grid": grid(0.1, sell=0.05, export_max=100)})
    assert column(solution, "grid.export_kw") == [20]
    assert cost(solution) == pytest.approx(-1)


def test_must_take_is_exported_even_at_a_loss() -> None:
    """Feed-in at -0.05: taken in full it costs 1 EUR; where it may be curtailed it costs nothing."""
    free = {"load": load(10), "grid": grid(0.1, sell=-0.05, export_max=100)}
    assert cost(solve({"pv": solar(0.3, must_take=True), **free})) == pytest.approx(1)
    assert cost(solve({"pv": solar(0.3), **free})) == 0


def test_generation_that_costs_more_than_the_grid_stays_off() -> None:
    """0.05 EUR/kWh of generation against 0.04, then 0.06 from the grid: 10 x 0.04, then 10 x 0.05 = 0.90 EUR."""
    assets = {"pv": solar(1, 1, generation_cost="0.05 EUR/kWh"), "load": load(10), "grid": grid([0.04, 0.06])}
    solution = solve(assets, hours=2)
    assert column(solution, "pv.generation_kw") == [0, 10]
    assert cost(solution) == pytest.approx(0.9)
