"""The same constant case on steps of any length: the same state, energy and cost at the same instants.

Inputs are constant (or change on the full two hours that all axes share) and leave nothing to be decided within them,
so finer steps have no more freedom and every number must agree to 1e-9.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.assets.test_building import CHILLER, HEAT_PUMP, building
from tests.conftest import battery, energy, flywheel, grid, load, solve

AXES: dict[str, Any] = {
    "1 h": "1 h",
    "30 min": "30 min",
    "15 min": "15 min",
    "uneven": [
        {"for": "2 h", "step": "15 min"},
        {"for": "2 h", "step": "1 h"},
        {"for": "2 h", "step": "40 min"},
        {"step": "2 h"},
    ],
}
NIGHT_AND_DAY = [
    {"price": "0.1 EUR/kWh", "hours": ["00:00-04:00"]},
    {"price": "0.3 EUR/kWh", "otherwise": True},
]


def two_prices() -> dict[str, Any]:
    """0.1 EUR/kWh before 04:00, 0.3 after."""
    connection = grid(peaks=[{"item": "peak", "price": "2 EUR/kW"}], carbon="60 g/kWh")
    connection["tariff"]["energy"] = [{"item": "energy", "periods": NIGHT_AND_DAY}]
    return connection


def sun(power: float) -> dict[str, Any]:
    return {"kind": "solar", "capacity": f"{power} kW", "profile": "1", "must_take": True}


LEAKY: dict[str, Any] = {
    "capacity": "1 MWh",
    "self_discharge": "5 %/h",
    "charge_efficiency": 0.9,
    "discharge_efficiency": 0.8,
}
# Every asset under test is called x.
CASES: dict[str, dict[str, Any]] = {
    "battery at rest": {"x": battery(**LEAKY, start=1), "load": load(0), "grid": grid()},
    "battery charging": {"x": battery(**LEAKY), "sun": sun(10)},
    "battery discharging": {"x": battery(**LEAKY, start=0.9, wear_cost="0.02 EUR/kWh"), "load": load(10)},
    "flywheel at rest": {"x": flywheel(idle_loss="2 kW", self_discharge="3 %/h"), "load": load(0), "grid": grid()},
    "flywheel charging": {
        "x": flywheel(idle_loss="2 kW", self_discharge="3 %/h", start=0.2, ramp="50 kW/h"),
        "sun": sun(8),
    },
    "flywheel discharging": {
        "x": flywheel(idle_loss="2 kW", self_discharge="3 %/h", discharge_efficiency=0.9),
        "load": load(6),
    },
    "building": {"x": building(0), "grid": grid(0.1)},
    "building without freedom": {"x": building(0, flexible=False), "grid": grid(0.1)},
    "building too cold": {
        "x": building(0, heating={**HEAT_PUMP, "max": "3 kW"}, cooling=CHILLER, violation_max="5 K"),
        "grid": grid(0.1),
    },
    "load": {"x": load(10), "grid": two_prices()},
    "generator": {
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
    },
    "solar": {"x": {**sun(30), "must_take": False}, "load": load(10), "grid": grid(0.1, sell=0.05, export_max=5)},
    "wind": {
        "x": {"kind": "wind", "capacity": "60 kW", "profile": "0.1", "availability": 0.9},
        "load": load(10),
        "grid": grid(0.1),
    },
    "flexible load": {
        "x": {
            "kind": "flexible_load",
            "profile": "10 kW",
            "share": 0.2,
            "rebound": 0.1,
            "raise_share": 0.3,
            "tiers": [{"share": 0.1, "price": "0.2 EUR/kWh"}],
        },
        "grid": {**two_prices(), "import_max": "20 kW"},
    },
    "shiftable load": {
        "x": {"kind": "shiftable_load", "power_max": "10 kW", "energy": "30 kWh", "runs": [{"hours": "00:00-08:00"}]},
        "grid": two_prices(),
    },
    "grid with a subscription": {
        "load": load(10),
        "x": grid(
            0.1,
            sell=0,
            carbon="60 g/kWh",
            fixed=[{"item": "meter", "price": "100 EUR/year"}],
            subscription={"power": "6 kW", "price": "12 EUR/kW/year", "overrun_price": "10 EUR/kW"},
        ),
    },
}


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("name", CASES)
def test_the_length_of_the_step_changes_nothing_that_is_constant(name: str, axis: str) -> None:
    """Eight hours: accounts, energies of all powers, and states at every second hour, as with steps of 2 h."""
    coarse, fine = (solve(CASES[name], hours=8, step=step) for step in ("2 h", AXES[axis]))
    accounts = coarse.plan.accounts()
    assert fine.plan.accounts() == pytest.approx(accounts, abs=2e-6)  # the ledger is kept to 1e-6
    assert fine.objective == pytest.approx(coarse.objective, rel=1e-9, abs=1e-9)
    ends = np.cumsum(fine.case.horizon.step_hours)
    shared = [int(np.flatnonzero(np.isclose(ends, hour))[0]) for hour in (2, 4, 6, 8)]
    for column in coarse.schedule.columns:
        if column.startswith("x.") and column.endswith("_kw"):
            assert energy(fine, column) == pytest.approx(energy(coarse, column), rel=1e-9, abs=1e-7), column
        if column.endswith(("state_of_charge_kwh", "mass_temperature_degc", "speed_fraction")):
            assert fine.schedule[column].iloc[shared].tolist() == pytest.approx(
                coarse.schedule[column].tolist(), rel=1e-9, abs=1e-7
            ), column


def test_every_kind_is_in_it() -> None:
    """A new kind has to show the same."""
    from microgrid.assets import kinds

    assert {case["x"]["kind"] for case in CASES.values()} == set(kinds())
