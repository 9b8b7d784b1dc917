"""Billing rules of REopt, with the figures that its tests publish, on tariffs of this project."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from microgrid.horizon import FloatArray
from microgrid.tariff.bill import bill
from microgrid.tariff.charges.charge import Meter
from microgrid.tariff.rates import expand
from microgrid.tariff.schema.tariff import Tariff
from tests.conftest import GOLDEN, cost, load, solve
from tests.test_horizon import horizon

SOURCE = GOLDEN / "reopt_tariff_rules"
pytestmark = pytest.mark.skipif(not SOURCE.is_dir(), reason=f"the golden case reopt_tariff_rules is not at {GOLDEN}")


@pytest.fixture(scope="module")
def rules() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SOURCE / "params.json").read_text())
    return found


def meter_of(power_kw: FloatArray, year: int = 2022, step: str = "1 h") -> Meter:
    axis = horizon(start=f"{year}-01-01", end=f"{year + 1}-01-01", step=step, zone="UTC")
    return Meter(np.broadcast_to(power_kw, (axis.steps,)), np.zeros(axis.steps), axis)


def spiked(base_kw: float, spikes: dict[str, float]) -> FloatArray:
    """A year with a base and spikes by the hour's number, from 1."""
    power = np.full(8760, float(base_kw))
    for hour, peak in spikes.items():
        power[int(hour) - 1] = peak
    return power


def billed(meter: Meter, **lines: Any) -> dict[str, float]:
    rates = expand(Tariff.model_validate({"name": "t", **lines}), meter.horizon)
    return {line.item: float(line.values.sum()) for line in bill(meter, rates)}


def demand(meter: Meter, **line: Any) -> list[float]:
    """Billed power of each month."""
    tariff = Tariff.model_validate({"name": "t", "peaks": [{"item": "demand", "price": "1 EUR/kW", **line}]})
    [line] = bill(meter, expand(tariff, meter.horizon))
    assert line.quantity is not None
    return [float(kw) for kw in line.quantity]


def test_blended_rate(rules: dict[str, Any]) -> None:
    rule = rules["blended"]
    found = billed(
        meter_of(np.array(rule["annual_kwh"] / 8760)),
        energy=[{"item": "energy", "price": f"{rule['energy']} EUR/kWh"}],
        peaks=[{"item": "demand", "price": f"{rule['demand_per_kw_month']} EUR/kW"}],
    )
    assert found["energy"] == pytest.approx(rule["expected_energy"])
    assert found["demand"] == pytest.approx(rule["expected_demand"], abs=5e-3)


def test_lookback_at_named_months(rules: dict[str, Any]) -> None:
    """Which costs 74,500 $ by the rates of its months."""
    rule = rules["lookback_months"]
    meter = meter_of(spiked(rule["base_kw"], rule["spikes"]), rule["year"])
    ratchet = {"share": rule["fraction"], "months": 12, "of_months": rule["months"], "repeats": True}
    assert demand(meter, ratchet=ratchet) == rule["expected_billed"]
    prices = [{"months": [k + 1], "price": f"{rate} EUR/kW"} for k, rate in enumerate(rule["rates"])]
    found = billed(meter, peaks=[{"item": "demand", "price_by_month": prices, "ratchet": ratchet}])
    assert found["demand"] == pytest.approx(74500)


def test_lookback_over_a_range_of_months(rules: dict[str, Any]) -> None:
    """Which costs 79,375 $ by the same rates."""
    year, rule = rules["lookback_months"], rules["lookback_range"]
    meter = meter_of(spiked(year["base_kw"], year["spikes"]), year["year"])
    ratchet = {"share": year["fraction"], "months": rule["range_months"], "repeats": True}
    assert demand(meter, ratchet=ratchet) == rule["expected_billed"]
    prices = [{"months": [k + 1], "price": f"{rate} EUR/kW"} for k, rate in enumerate(year["rates"])]
    found = billed(meter, peaks=[{"item": "demand", "price_by_month": prices, "ratchet": ratchet}])
    assert found["demand"] == pytest.approx(79375)


def test_lookback_of_a_published_rate(rules: dict[str, Any]) -> None:
    rule = rules["lookback_urdb"]
    warm = list(range(4, 4 + rule["warm_months"]))
    prices = [
        {"months": [m for m in range(1, 13) if m not in warm], "price": f"{rule['rate_cold']} EUR/kW"},
        {"months": warm, "price": f"{rule['rate_warm']} EUR/kW"},
    ]
    line = {"item": "demand", "price_by_month": prices, "ratchet": {"share": rule["fraction"], "months": 12}}
    found = billed(meter_of(spiked(rule["base_kw"], rule["spikes"])), peaks=[line])
    assert found["demand"] == pytest.approx(rule["expected"])


def test_coincident_peaks(rules: dict[str, Any]) -> None:
    """Each group of hours is a line, whose highest power in the year counts once."""
    rule = rules["coincident_peak"]
    axis = horizon(start="2022-01-01", end="2023-01-01", step="1 h", zone="UTC")
    lines = []
    for number, (hours, price) in enumerate(zip(rule["hours"], rule["charge_per_kw"], strict=True)):
        stamps = [axis.describe(hour - 1) for hour in hours]
        lines.append({"item": f"group {number}", "price_per_year": f"{price} EUR/kW/year", "coincident": stamps})
    found = billed(meter_of(np.array(rule["kw"])), peaks=lines)
    assert sum(found.values()) == pytest.approx(rule["expected"])


def test_a_year_of_quarters_of_an_hour(rules: dict[str, Any]) -> None:
    rule = rules["fifteen_minutes"]
    found = billed(meter_of(np.array(rule["kw"]), step="15 min"), energy=[{"item": "e", "price": "1 EUR/kWh"}])
    assert found["e"] == pytest.approx(rule["expected_kwh"])


def test_fuel_of_a_generator(rules: dict[str, Any]) -> None:
    """A gallon stands for a kWh of fuel."""
    rule = rules["offgrid_genset"]
    generator = {
        "kind": "generator",
        "capacity": "200 kW",
        "efficiency": 1.0,
        "fuel": "diesel",
        "fuel_price": f"{rule['gal_per_kwh'] * rule['usd_per_gal']} EUR/kWh",
        "fuel_carbon": "0 kg/kWh",
    }
    solution = solve({"l": load(float(rule["kwh"])), "gen": generator})
    assert cost(solution) == pytest.approx(rule["expected_cost"], abs=5e-3)
    assert cost(solution) / rule["usd_per_gal"] == pytest.approx(rule["expected_gal"], abs=5e-3)


def test_what_is_not_served_in_outages(rules: dict[str, Any]) -> None:
    """A load that may be shed at the value of lost load, without any supply, for the hours of each outage."""
    rule = rules["unserved"]
    tiers = [{"share": 1, "price": f"{rule['voll']} EUR/kWh"}]
    shed = {"kind": "flexible_load", "profile": f"{rule['critical_kw']} kW", "tiers": tiers}
    unserved = [
        float(solve({"l": shed, "m": load(0.0)}, hours=hours).schedule["l.unserved_kw"].sum())
        for hours in rule["durations_h"]
    ]
    assert sum(unserved) == pytest.approx(rule["expected_unserved_kwh"])
    growth = (1 + rule["escalation"]) / (1 + rule["discount"])
    worth = sum(growth**year for year in range(1, rule["years"] + 1))
    expected = sum(p * kwh for p, kwh in zip(rule["prob"], unserved, strict=True))
    assert expected * rule["voll"] * worth == pytest.approx(rule["expected_cost"], abs=1e-4)
