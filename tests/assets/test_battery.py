"""Battery: arbitrage, losses, windows, wear, exclusivity."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import strategies as st

from tests.assets.stated import must_take_sun, rounded, share
from tests.conftest import amounts, battery, column, cost, grid, load, solve

EXAMPLE = {
    "kind": "battery",
    "capacity": "40 kWh",
    "charge_max": "15 kW",
    "discharge_max": "12 kW",
    "charge_efficiency": 0.9,
    "discharge_efficiency": 0.95,
    "min_state": 0.1,
    "max_state": 0.9,
    "self_discharge": "0.5 %/h",
    "wear_cost": "0.01 EUR/kWh",
    "start": 0.5,
    "end": 0.4,
}
LEAKY: dict[str, Any] = {
    "capacity": "1 MWh",
    "self_discharge": "5 %/h",
    "charge_efficiency": 0.9,
    "discharge_efficiency": 0.8,
}
STEADY = {
    "at rest": {"x": battery(**LEAKY, start=1), "load": load(0), "grid": grid()},
    "charging": {"x": battery(**LEAKY), "sun": must_take_sun(10)},
    "discharging": {"x": battery(**LEAKY, start=0.9, wear_cost="0.02 EUR/kWh"), "load": load(10)},
}


def drawn(_: int) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "capacity": rounded(0, 60).map("{} kWh".format),
            "charge_max": rounded(5, 30).map("{} kW".format),
            "discharge_max": rounded(0, 30).map("{} kW".format),
            "charge_efficiency": share(0.5),
            "discharge_efficiency": share(0.5),
            "min_state": share(0, 0.3),
            "max_state": share(0.6, 1),
            "self_discharge": rounded(0, 10).map("{} %/h".format),
            "wear_cost": share(0, 0.05).map("{} EUR/kWh".format),
        }
    )


def test_published_vector_of_energy_py_linear() -> None:
    """4 MW / 6 MWh without losses, 10, 50, 10, 5000, 10 EUR/MWh, empty at the start: 4, -4, 4, -4, 0 MW.

    Source: energy-py-linear, its battery example. 40 - 200 + 40 - 20,000 = -20,120 EUR; a battery that could foresee
    but not empty itself would keep 4 MWh and earn less.
    """
    price = [0.01, 0.05, 0.01, 5.0, 0.01]
    store = battery(capacity="6 MWh", charge_max="4 MW", discharge_max="4 MW")
    solution = solve({"battery": store, "grid": grid(price, sell=price, import_max=4000, export_max=4000)}, hours=5)
    net = solution.schedule["battery.charge_kw"] - solution.schedule["battery.discharge_kw"]
    assert net.tolist() == pytest.approx([4000, -4000, 4000, -4000, 0], abs=1e-6)
    assert cost(solution) == pytest.approx(-20_120)


def test_losses_on_both_ways() -> None:
    """10 kWh stored at 80 % cost 12.5 kWh x 0.1; at 50 % they supply 5 of the 10 kWh at 0.5: 1.25 + 2.5 = 3.75 EUR.

    Lossless it would be 1 EUR; with charging losses only 1.25; without a battery 5.
    """
    store = battery(charge_max="20 kW", charge_efficiency=0.8, discharge_efficiency=0.5)
    solution = solve({"b": store, "load": load(0, 10), "grid": grid([0.1, 0.5])}, hours=2)
    assert column(solution, "b.charge_kw") == [12.5, 0]
    assert column(solution, "b.discharge_kw") == [0, 5]
    assert column(solution, "b.state_of_charge_kwh") == [10, 0]
    assert cost(solution) == pytest.approx(3.75)


def test_self_discharge_is_compounded() -> None:
    """10 kWh that lose 10 %/h are 10 x 0.9^3 = 7.29 kWh after three hours; lost linearly they would be 7."""
    solution = solve({"b": battery(start=1, self_discharge="10 %/h"), "load": load(0), "grid": grid()}, hours=3)
    assert column(solution, "b.state_of_charge_kwh") == [9, 8.1, 7.29]
    assert column(solution, "b.state_of_charge_fraction") == [0.9, 0.81, 0.729]


def test_charging_against_self_discharge_follows_the_exact_solution() -> None:
    """E' = c - k E from 0, k = -ln 0.9: after an hour E = c (1 - e^-k) / k = 0.94912 c. Were it c or 0.9 c, the
    charge for 9 kWh would be 9 or 10 kW instead of 9.4824 kW.
    """
    rate = -math.log(0.9)
    solution = solve({"b": battery(self_discharge="10 %/h", end=0.9), "load": load(0), "grid": grid()})
    assert column(solution, "b.charge_kw") == [pytest.approx(9 * rate / 0.1, abs=1e-6)]


def test_wear_is_paid_per_energy_discharged_and_decides() -> None:
    """A spread of 0.1 EUR/kWh pays with a wear of 0.09 and does not with 0.11: 10 (0.1 + 0.09) = 1.90, else 2 EUR."""
    assets = {"load": load(0, 10), "grid": grid([0.1, 0.2])}
    used = solve({"b": battery(wear_cost="0.09 EUR/kWh"), **assets}, hours=2)
    assert cost(used) == pytest.approx(1.9)
    assert amounts(used, "b") == {"wear": 0.9}
    assert cost(solve({"b": battery(wear_cost="0.11 EUR/kWh"), **assets}, hours=2)) == pytest.approx(2)


def test_window_of_the_state_of_charge() -> None:
    """From 0.2 to 0.7 of 10 kWh: 5 kWh are of use, so 5 of 10 kWh are moved: 5 x 0.1 + 5 x 0.5 = 3 EUR, not 1."""
    solution = solve(
        {"b": battery(min_state=0.2, max_state=0.7, start=0.2), "load": load(0, 10), "grid": grid([0.1, 0.5])}, hours=2
    )
    assert column(solution, "b.state_of_charge_kwh") == [7, 2]
    assert cost(solution) == pytest.approx(3)


def test_power_limits_are_kept_apart() -> None:
    """3 kW in, 2 kW out: in two cheap hours 6 kWh go in, in two dear hours 4 kWh come out."""
    store = battery(charge_max="3 kW", discharge_max="2 kW", end=0.2)
    solution = solve({"b": store, "load": load(0, 0, 5, 5), "grid": grid([0.1, 0.1, 0.5, 0.5])}, hours=4)
    assert column(solution, "b.discharge_kw") == [0, 0, 2, 2]
    assert sum(column(solution, "b.charge_kw")) == pytest.approx(6)


def test_a_full_start_is_used_and_an_end_is_kept() -> None:
    """Full at the start: 10 kWh are free. To end at 0.4 leaves 6 kWh: 4 of 10 kWh are bought at 0.5, 2 EUR."""
    assets = {"load": load(10), "grid": grid(0.5)}
    assert cost(solve({"b": battery(start=1), **assets})) == 0
    assert cost(solve({"b": battery(start=1, end=0.4), **assets})) == pytest.approx(2)


def test_without_a_start_the_state_is_cyclic_and_free() -> None:
    """Dear, then cheap: a cyclic battery starts full, empties, and is filled again: 10 x 0.1 = 1 EUR.

    Empty at the start it would cost 5 EUR, full at the start without an end nothing.
    """
    assets = {"load": load(10, 0), "grid": grid([0.5, 0.1])}
    solution = solve({"b": battery(start=None), **assets}, hours=2)
    assert cost(solution) == pytest.approx(1)
    assert column(solution, "b.state_of_charge_kwh") == [0, 10]
    assert cost(solve({"b": battery(), **assets}, hours=2)) == pytest.approx(5)


def test_cyclic_is_not_a_source() -> None:
    """Constant prices: a cyclic battery with losses does nothing; 10 kWh x 2 h x 0.1 = 2 EUR."""
    store = battery(start=None, charge_efficiency=0.9)
    assert cost(solve({"b": store, "load": load(10), "grid": grid(0.1)}, hours=2)) == pytest.approx(2)


def test_a_full_battery_does_not_burn_energy_at_negative_prices() -> None:
    """Full, 90 % each way, -0.1 EUR/kWh: to charge and discharge 10 kW at once would import 1.9 kWh more and earn
    0.19 EUR. It must not: 5 kWh x -0.1 = -0.50 EUR, and the second hour is served from the battery.
    """
    store = battery(start=1, charge_efficiency=0.9, discharge_efficiency=0.9)
    solution = solve({"b": store, "load": load(5), "grid": grid([-0.1, 0.2])}, hours=2)
    assert cost(solution) == pytest.approx(-0.5)
    assert column(solution, "b.charge_kw") == [0, 0]
    assert column(solution, "b.discharge_kw") == [0, 5]


def test_a_battery_without_capacity_or_power_does_nothing() -> None:
    """0 kWh, or 0 kW: the cost is that without a battery, and no share of nothing is divided."""
    for changes in ({"capacity": "0 kWh"}, {"charge_max": "0 kW", "discharge_max": "0 kW"}):
        solution = solve({"b": battery(**changes), "load": load(0, 10), "grid": grid([0.1, 0.5])}, hours=2)
        assert cost(solution) == pytest.approx(5)
        assert column(solution, "b.state_of_charge_fraction") == [0, 0]
