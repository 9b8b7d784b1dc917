"""Flywheel: floor of energy, idle loss, self-discharge, ramp."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import strategies as st

from tests.assets.stated import must_take_sun, rounded, share
from tests.conftest import column, cost, energy, flywheel, grid, load, solve

EXAMPLE = {
    "kind": "flywheel",
    "capacity": "20 kWh",
    "power_max": "40 kW",
    "min_speed": 0.4,
    "idle_loss": "0.2 kW",
    "self_discharge": "1 %/h",
    "ramp": "30 kW/h",
    "start": 0.5,
    "end": 0.3,
}
LOSSES: dict[str, Any] = {"idle_loss": "2 kW", "self_discharge": "3 %/h"}
STEADY = {
    "at rest": {"x": flywheel(**LOSSES), "load": load(0), "grid": grid()},
    "charging": {"x": flywheel(**LOSSES, start=0.2, ramp="50 kW/h"), "sun": must_take_sun(8)},
    "discharging": {"x": flywheel(**LOSSES, discharge_efficiency=0.9), "load": load(6)},
}


def drawn(_: int) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "capacity": rounded(1, 30).map("{} kWh".format),
            "power_max": rounded(15, 60).map("{} kW".format),
            "min_speed": share(0, 0.8),
            "idle_loss": rounded(0, 0.1).map("{} kW".format),
            "self_discharge": rounded(0, 5).map("{} %/h".format),
        },
        optional={"ramp": rounded(10, 100).map("{} kW/h".format)},
    )


def test_minimum_speed_leaves_a_floor_of_energy() -> None:
    """E = 100 (n / n_max)^2: at half speed 25 kWh remain, so 75 of 100 kWh are supplied and 25 bought for 2.50 EUR.

    Were the speed itself the share, 50 kWh would remain and 5 EUR be paid.
    """
    solution = solve({"fly": flywheel(min_speed=0.5), "load": load(100), "grid": grid(0.1)})
    assert cost(solution) == pytest.approx(2.5)
    assert column(solution, "fly.state_of_charge_kwh") == [25]
    assert column(solution, "fly.speed_fraction") == [0.5]


def test_idle_loss_is_a_power() -> None:
    """2 kW from 100 kWh: 98, 96, 94 kWh; a share of 2 % per hour would give 94.12 after three hours."""
    solution = solve({"fly": flywheel(idle_loss="2 kW"), "load": load(0), "grid": grid()}, hours=3)
    assert column(solution, "fly.state_of_charge_kwh") == [98, 96, 94]


def test_idle_loss_and_self_discharge_together() -> None:
    """E' = -2 - k E, k = -ln 0.9, from 100: E(1 h) = 90 - 2 (0.1 / k) = 88.1018 kWh; idle loss undamped gives 88."""
    solution = solve({"fly": flywheel(idle_loss="2 kW", self_discharge="10 %/h"), "load": load(0), "grid": grid()})
    assert column(solution, "fly.state_of_charge_kwh") == [round(90 - 2 * 0.1 / -math.log(0.9), 6)]


def test_a_cyclic_rotor_pays_for_its_losses() -> None:
    """2 kW for four hours are 8 kWh, at 80 % charging 10 kWh, at 0.1 EUR/kWh 1 EUR; losses ignored it costs 0."""
    store = flywheel(idle_loss="2 kW", charge_efficiency=0.8, start=None)
    solution = solve({"fly": store, "load": load(0), "grid": grid(0.1)}, hours=4)
    assert cost(solution) == pytest.approx(1)
    assert energy(solution, "fly.charge_kw") == pytest.approx(10)


def test_power_limit_and_both_efficiencies() -> None:
    """50 kW out at most: 50 of 60 kW; at 80 % out 62.5 kWh leave the rotor."""
    solution = solve(
        {"fly": flywheel(power_max="50 kW", discharge_efficiency=0.8), "load": load(60), "grid": grid(0.1)}
    )
    assert column(solution, "fly.discharge_kw") == [50]
    assert column(solution, "fly.state_of_charge_kwh") == [37.5]
    assert cost(solution) == pytest.approx(1)


def test_ramp_limits_the_change_of_net_power() -> None:
    """10 kW/h: with 0, 0, 30 kW of load at 0, 0, 1 EUR/kWh the rotor can only supply 10 more than an hour before.

    Net power may start anywhere: -10 kW at 0 EUR would only slow it; 10, 20, 30 kW cannot be, the load is 0 and
    nothing is exported, so net <= 0, <= 0, <= 10: 20 kWh are bought for 20 EUR. Without the ramp it costs nothing.
    """
    assets = {"load": load(0, 0, 30), "grid": grid([0, 0, 1])}
    assert cost(solve({"fly": flywheel(ramp="10 kW/h"), **assets}, hours=3)) == pytest.approx(20)
    assert cost(solve({"fly": flywheel(), **assets}, hours=3)) == 0


def test_ramp_counts_charging_to_discharging() -> None:
    """From 10 kW of charging to 10 kW of discharging is a change of 20 kW: at 15 kW/h it is 15 at most.

    Prices 0.1 and 1, start at the floor: charge c, then discharge min(c, 15 - c) of 30 kWh: best c = 7.5 kW,
    0.75 + 22.5 = 23.25 EUR; without a ramp 3 + 0 = 3 EUR.
    """
    assets = {"load": load(0, 30), "grid": grid([0.1, 1])}
    assert cost(solve({"fly": flywheel(start=0, ramp="15 kW/h"), **assets}, hours=2)) == pytest.approx(23.25)
    assert cost(solve({"fly": flywheel(start=0), **assets}, hours=2)) == pytest.approx(3)


def test_never_both_ways_at_once_at_negative_prices() -> None:
    """Full and at -0.1 EUR/kWh a lossy rotor would earn by charging and discharging at once: 0 EUR, not less."""
    store = flywheel(charge_efficiency=0.9, discharge_efficiency=0.9)
    solution = solve({"fly": store, "load": load(0), "grid": grid(-0.1)})
    assert cost(solution) == 0
    assert column(solution, "fly.charge_kw") == [0]
