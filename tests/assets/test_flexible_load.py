"""Flexible load: moved in windows, shed by tiers, under the manager's orders."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from tests.assets.stated import powers, share, two_prices
from tests.conftest import amounts, column, cost, energy, grid, kw, make_case, solve

EXAMPLE = {
    "kind": "flexible_load",
    "profile": {"values": [10, 12, 14, 16] * 6, "unit": "kW"},
    "share": 0.2,
    "window": "6 h",
    "raise_share": 0.4,
    "move_cost": "0.005 EUR/kWh",
    "rebound": 0.05,
    "tiers": [{"share": 0.1, "price": "0.25 EUR/kWh"}, {"share": 0.2, "price": "0.28 EUR/kWh"}],
    "orders": [{"state": "off", "hours": ["03:00-04:00"]}, {"state": "protected", "hours": ["12:00-13:00"]}],
}
STEADY = {
    "with shedding": {
        "x": {
            "kind": "flexible_load",
            "profile": "10 kW",
            "share": 0.2,
            "rebound": 0.1,
            "raise_share": 0.3,
            "tiers": [{"share": 0.1, "price": "0.2 EUR/kWh"}],
        },
        "grid": {**two_prices(), "import_max": "20 kW"},
    }
}


def drawn(count: int) -> st.SearchStrategy[dict[str, Any]]:
    tier = st.fixed_dictionaries({"share": share(0, 0.3), "price": share(0.05, 2).map("{} EUR/kWh".format)})
    return st.fixed_dictionaries(
        {
            "profile": powers(count),
            "share": share(0, 0.4),
            "raise_share": share(),
            "window": st.sampled_from(["2 h", "3 h", "24 h"]),
            "move_cost": share(0, 0.02).map("{} EUR/kWh".format),
            "rebound": share(0, 0.3),
            "tiers": st.lists(tier, max_size=2),
        }
    )


TOU = [0.1, 0.3, 0.1, 0.3]


def flexible(*profile: float, **changes: Any) -> dict[str, Any]:
    return {"kind": "flexible_load", "profile": kw(*(profile or (10,) * 4)), "share": 0.2, **changes}


def test_a_share_moves_to_cheap_hours() -> None:
    """10 kW, a fifth movable: 12, 8, 12, 8 kW at 0.1, 0.3, 0.1, 0.3 = 7.20 EUR; unmoved 8 EUR, all moved 4 EUR."""
    solution = solve({"load": flexible(), "grid": grid(TOU)}, hours=4)
    assert cost(solution) == pytest.approx(7.2)
    assert column(solution, "load.demand_kw") == [12, 8, 12, 8]
    assert energy(solution, "load.demand_kw") == pytest.approx(40)


def test_nothing_moves_out_of_its_window() -> None:
    """0.3, 0.3, 0.1, 0.1: in windows of 2 h there is nothing to gain, 8 EUR; in one of 4 h 7.20 EUR."""
    price = [0.3, 0.3, 0.1, 0.1]
    assert cost(solve({"load": flexible(window="2 h"), "grid": grid(price)}, hours=4)) == pytest.approx(8)
    assert cost(solve({"load": flexible(window="4 h"), "grid": grid(price)}, hours=4)) == pytest.approx(7.2)


def test_windows_begin_at_local_midnight() -> None:
    """From 23:00 to 01:00 lie two windows of 24 h: cheap 23:00 cannot serve dear 00:00: 4 EUR, not 3.60 EUR."""
    assets = {"load": flexible(10, 10), "grid": grid([0.1, 0.3])}
    assert cost(solve(assets, hours=2, start="2018-06-21T23:00:00")) == pytest.approx(4)
    assert cost(solve(assets, hours=2)) == pytest.approx(3.6)


def test_rebound_costs_extra_energy() -> None:
    """10 % rebound: 2 kW lowered, 2.2 kW raised (up to half is allowed): 12.2 x 0.1 + 8 x 0.3 = 3.62 EUR in 2 h.

    Without the rebound it would be 3.60 EUR.
    """
    solution = solve({"load": flexible(10, 10, rebound=0.1, raise_share=0.5), "grid": grid([0.1, 0.3])}, hours=2)
    assert column(solution, "load.raised_kw") == [2.2, 0]
    assert cost(solution) == pytest.approx(3.62)


def test_raising_is_limited_by_its_own_share() -> None:
    """Raised by 5 % at most: only 0.5 kW move, 10.5 x 0.1 + 9.5 x 0.3 = 3.90 EUR."""
    solution = solve({"load": flexible(10, 10, raise_share=0.05), "grid": grid([0.1, 0.3])}, hours=2)
    assert cost(solution) == pytest.approx(3.9)


def test_moving_costs_inconvenience_which_is_not_billed() -> None:
    """At 0.15 EUR/kWh a spread of 0.2 pays: bill 3.60, inconvenience 0.30. At 0.25 nothing moves."""
    assets = {"grid": grid([0.1, 0.3])}
    moved = solve({"load": flexible(10, 10, move_cost="0.15 EUR/kWh"), **assets}, hours=2)
    assert moved.plan.accounts() == {"cost": 3.6, "inconvenience": 0.3}
    assert moved.objective == pytest.approx(3.9)
    still = solve({"load": flexible(10, 10, move_cost="0.25 EUR/kWh"), **assets}, hours=2)
    assert column(still, "load.lowered_kw") == [0, 0]


def test_tiers_are_shed_where_the_price_is_above_theirs() -> None:
    """10 % at 0.2, 20 % at 1 EUR/kWh: at 0.5 EUR/kWh the first 1 kW is shed: bill 4.50, inconvenience 0.20.

    The dear tier stays: with it the bill would be 3.50.
    """
    tiers = [{"share": 0.2, "price": "1 EUR/kWh"}, {"share": 0.1, "price": "0.2 EUR/kWh"}]
    solution = solve({"load": flexible(10, share=0, tiers=tiers), "grid": grid(0.5)})
    assert solution.plan.accounts() == {"cost": 4.5, "inconvenience": 0.2}
    assert column(solution, "load.unserved_kw") == [1]
    assert column(solution, "load.demand_kw") == [9]


def test_tiers_are_shed_in_turn_where_supply_is_short() -> None:
    """8.5 kW of supply for 10 kW: 1 kW at 0.2 and 0.5 kW at 1 EUR/kWh, 0.70 EUR of inconvenience."""
    tiers = [{"share": 0.2, "price": "1 EUR/kWh"}, {"share": 0.1, "price": "0.2 EUR/kWh"}]
    solution = solve({"load": flexible(10, share=0, tiers=tiers), "grid": grid(0.1, import_max=8.5)})
    assert amounts(solution, "load")["shed demand"] == pytest.approx(0.7)


def test_order_off_switches_off_without_making_up() -> None:
    """Off from 01:00 to 02:00: 0 kW there, and 10 kW elsewhere: 30 kWh, 3 EUR, not 4."""
    solution = solve(
        {"load": flexible(share=0, orders=[{"state": "off", "hours": ["01:00-02:00"]}]), "grid": grid(0.1)}, hours=4
    )
    assert column(solution, "load.demand_kw") == [10, 0, 10, 10]
    assert cost(solution) == pytest.approx(3)


def test_order_off_for_a_part_of_a_step() -> None:
    """Off for half of the hour: 5 kW on the mean, not 0 and not 10."""
    solution = solve(
        {"load": flexible(10, share=0, orders=[{"state": "off", "hours": ["00:00-00:30"]}]), "grid": grid(0.1)}
    )
    assert column(solution, "load.demand_kw") == [5]


def test_order_on_may_be_raised_but_not_lowered_or_shed() -> None:
    """On in the dear hour: nothing is lowered there (8 -> 10 kW), so nothing moves: 4 EUR, not 3.60.

    On in the cheap hour: it may still take up 2 kW: 3.60 EUR.
    """
    tiers = [{"share": 0.5, "price": "0.01 EUR/kWh"}]
    dear = [{"state": "on", "hours": ["01:00-02:00"]}]
    cheap = [{"state": "on", "hours": ["00:00-01:00"]}]
    assets = {"grid": grid([0.1, 0.3])}
    assert cost(solve({"load": flexible(10, 10, orders=dear), **assets}, hours=2)) == pytest.approx(4)
    assert cost(solve({"load": flexible(10, 10, orders=cheap), **assets}, hours=2)) == pytest.approx(3.6)
    kept = solve({"load": flexible(10, 10, share=0, tiers=tiers, orders=dear), **assets}, hours=2)
    assert column(kept, "load.unserved_kw") == [5, 0]


def test_order_protected_keeps_the_profile() -> None:
    """Protected in the cheap hour: nothing can be taken up there, 4 EUR; only "on" it would be 3.60."""
    orders = [{"state": "protected", "hours": ["00:00-01:00"]}]
    solution = solve({"load": flexible(10, 10, orders=orders), "grid": grid([0.1, 0.3])}, hours=2)
    assert column(solution, "load.demand_kw") == [10, 10]


def test_the_first_order_that_applies_holds() -> None:
    """Protected before off: 10 kW stay; off before protected: 0 kW."""
    off, kept = {"state": "off", "hours": ["00:00-01:00"]}, {"state": "protected", "hours": ["00:00-01:00"]}
    for orders, demand in (([kept, off], 10), ([off, kept], 0)):
        solution = solve({"load": flexible(10, orders=orders), "grid": grid(0.1)})
        assert column(solution, "load.demand_kw") == [demand]


def test_never_raised_and_lowered_at_once_at_negative_prices() -> None:
    """With a rebound, raising and lowering at once would burn energy and earn at -0.1: -1 EUR for 10 kWh, no more."""
    solution = solve({"load": flexible(10, rebound=0.5, raise_share=0.5), "grid": grid(-0.1)})
    assert cost(solution) == pytest.approx(-1)
    assert column(solution, "load.raised_kw") == [0]


def test_without_any_flexibility_it_is_a_load() -> None:
    """Share 0, no tiers: 8 EUR, and the schedule is the profile."""
    solution = solve({"load": flexible(share=0), "grid": grid(TOU)}, hours=4)
    assert cost(solution) == pytest.approx(8)
    assert column(solution, "load.demand_kw") == [10] * 4


def test_days_of_25_hours_have_one_window() -> None:
    """28 October 2018: 25 hours from midnight to midnight are one window of 24 h; split, it would be two."""
    case = make_case(
        {"load": {"kind": "flexible_load", "profile": "10 kW", "share": 0.1}, "grid": grid()},
        start="2018-10-28",
        end="2018-10-29",
    )
    assert case.horizon.steps == 25
    assert set(case.assets["load"].windows(case.horizon).tolist()) == {0}


def test_a_horizon_that_cuts_windows_loses_no_demand() -> None:
    """From 21:00 to 03:00 two windows of 6 h are cut: each makes up within what is left of it, 60 kWh in all.

    That is the energy of the profile. It would be
    less if the parts of a window outside of the horizon made up for what was lowered inside.
    """
    price = [0.3, 0.3, 0.3, 0.1, 0.1, 0.1]
    load = flexible(*[10] * 6, window="6 h")
    solution = solve({"load": load, "grid": grid(price)}, hours=6, start="2018-06-21T21:00:00")
    assert energy(solution, "load.demand_kw") == pytest.approx(60)
    assert cost(solution) == pytest.approx(12)
    assert solution.summary.left_out_kwh == 0
