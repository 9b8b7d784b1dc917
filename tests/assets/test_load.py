"""Load: demand that is met as it comes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from tests.assets.stated import powers, two_prices
from tests.conftest import column, cost, grid, load, make_case, solve

EXAMPLE = load(12.0)
STEADY = {"at two prices": {"x": load(10), "grid": two_prices()}}


def drawn(count: int) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"profile": powers(count)})


def test_a_load_is_met_at_the_price_of_its_hour() -> None:
    """10, 20, 30 kW at 0.1, 0.2, 0.3 EUR/kWh: 1 + 4 + 9 = 14 EUR. At a mean price of 0.2 it would be 12."""
    solution = solve({"load": load(10, 20, 30), "grid": grid([0.1, 0.2, 0.3])}, hours=3)
    assert cost(solution) == pytest.approx(14)
    assert column(solution, "load.demand_kw") == [10, 20, 30]
    assert column(solution, "grid.import_kw") == [10, 20, 30]


def test_energy_is_power_times_the_length_of_the_step() -> None:
    """10 kW over 15 min are 2.5 kWh, 0.25 EUR. With power taken for energy it would be 1 EUR."""
    assert cost(solve({"load": load(10), "grid": grid(0.1)}, hours=0.25, step="15 min")) == pytest.approx(0.25)


def test_two_loads_at_one_node_add_up() -> None:
    """10 + 5 kW for an hour at 0.1 EUR/kWh cost 1.50 EUR; with one of them lost it would be 1 or 0.50."""
    assert cost(solve({"a": load(10), "b": load(5), "grid": grid(0.1)})) == pytest.approx(1.5)


def test_each_node_has_its_own_balance() -> None:
    """A cheap grid at one node does not serve another: 10 kW x 0.3, not x 0.1, there."""
    assets = {
        "a": load(10),
        "cheap": grid(0.1),
        "b": {**load(10), "node": "annex"},
        "dear": {**grid(0.3), "node": "annex"},
    }
    solution = solve(assets)
    assert cost(solution) == pytest.approx(1 + 3)
    assert column(solution, "cheap.import_kw") == [10]
    assert set(solution.shadow_price.columns) == {("site", "electricity"), ("annex", "electricity")}
    assert solution.shadow_price["annex", "electricity"].tolist() == pytest.approx([0.3])


def test_a_scaled_series() -> None:
    """``scale`` multiplies: 2 x 10 kW; 0.02 MW is the same."""
    for profile in ({"values": [10], "unit": "kW", "scale": 2}, {"values": [0.02], "unit": "MW"}, "20 kW"):
        case = make_case({"load": {"kind": "load", "profile": profile}, "grid": grid()})
        assert case.assets["load"].profile.values.tolist() == [20.0]
