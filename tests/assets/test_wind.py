"""Wind: rated power, availability, curtailment."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from tests.assets.stated import rounded, shares
from tests.conftest import column, cost, grid, load, solve

EXAMPLE = {
    "kind": "wind",
    "capacity": "60 kW",
    "availability": "95 %",
    "generation_cost": "0.001 EUR/kWh",
    "profile": {"values": [0.1, 0.5, 0.9, 1.0] * 6},
}
STEADY = {
    "beside a load": {
        "x": {"kind": "wind", "capacity": "60 kW", "profile": "0.1", "availability": 0.9},
        "load": load(10),
        "grid": grid(0.1),
    }
}


def drawn(count: int) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"capacity": rounded(0, 30).map("{} kW".format), "profile": shares(count)})


def wind(**changes: object) -> dict[str, object]:
    return {"kind": "wind", "capacity": "60 kW", "profile": {"values": [0.5, 1.0]}, **changes}


def test_power_is_rated_power_times_profile_times_availability() -> None:
    """60 kW x 0.5 and 1 x 90 % = 27 and 54 kW of 60 kW load: 33 + 6 kWh at 0.1 EUR/kWh cost 3.90 EUR.

    Without the availability it would be 3.00 EUR.
    """
    solution = solve({"wind": wind(availability="90 %"), "load": load(60), "grid": grid(0.1)}, hours=2)
    assert column(solution, "wind.available_kw") == [27, 54]
    assert cost(solution) == pytest.approx(3.9)


def test_surplus_is_curtailed() -> None:
    """30 and 60 kW of wind over a load of 10 kW: 20 and 50 kW are curtailed."""
    solution = solve({"wind": wind(), "load": load(10), "grid": grid(0.1)}, hours=2)
    assert column(solution, "wind.curtailed_kw") == [20, 50]


def test_must_take_goes_to_the_grid() -> None:
    """At a feed-in price of -0.1, 20 + 50 kWh that must be taken cost 7 EUR."""
    assets = {"wind": wind(must_take=True), "load": load(10), "grid": grid(0.1, sell=-0.1, export_max=100)}
    solution = solve(assets, hours=2)
    assert column(solution, "grid.export_kw") == [20, 50]
    assert cost(solution) == pytest.approx(7)
