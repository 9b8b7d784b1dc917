"""Building: steady states against the network solved by hand, comfort, machines, freedom."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from tests.assets.stated import listed, rounded
from tests.conftest import amounts, column, cost, energy, grid, make_case, solve

HEAT_PUMP = {"max": "20 kW", "supply_temperature": "35 degC"}
CHILLER = {"max": "20 kW", "supply_temperature": "12 degC"}
EXAMPLE = {
    "kind": "building",
    "floor_area": "100 m2",
    "opaque": "0.05 kW/K",
    "window": "0.1 kW/K",
    "ventilation": "0.05 kW/K",
    "ventilation_empty": "0.01 kW/K",
    "thermal_mass": "light",
    "solar_aperture": "10 m2",
    "irradiance": "0.1 kW/m2",
    "outdoor_temperature": {
        "values": [2, 4, 6, 12, 18, 22, 26, 30, 34, 36, 36, 36, 30, 24, 18, 12, 8, 6, 5, 4, 3, 2, 2, 2],
        "unit": "degC",
    },
    "gains": {"occupied": "10 W/m2"},
    "occupancy": {"hours": ["07:00-19:00"]},
    "comfort": {"occupied": ["21 degC", "24 degC"], "empty": ["19 degC", "26 degC"]},
    "discomfort": "1 EUR/K/h",
    "heating": {**HEAT_PUMP, "max": "8 kW"},
    "cooling": {**CHILLER, "max": "2 kW"},
    "violation_max": "10 K",
}

# Medium mass, 100 m2: H_ms = 9.1 W/m2K x 2.5 x 100 m2, H_is = 3.45 W/m2K x 4.5 x 100 m2.
H_MS, H_IS, H_OP, H_W, H_VE = 2.275, 1.5525, 0.05, 0.1, 0.05
# From air to outdoors: H_ve beside H_is in series with (H_w + H_op) = 0.18678 kW/K.
H_TOTAL = H_VE + 1 / (1 / H_IS + 1 / (H_W + H_OP))
COP = 0.4 * 308.15 / (35 - (0 - 5))  # 35 degC of supply, outdoors 0 degC, 5 K of approach: 3.0815
EER = 0.4 * 285.15 / ((35 + 5) - 12)  # 12 degC of supply, outdoors 35 degC: 4.0736


def building(outdoor: float | list[float] = 0.0, **changes: Any) -> dict[str, Any]:
    """100 m2 with one band of 20 to 25 degC at all times, and no gains."""
    series = f"{outdoor} degC" if isinstance(outdoor, int | float) else {"values": outdoor, "unit": "degC"}
    band = ["20 degC", "25 degC"]
    return {
        "kind": "building",
        "floor_area": "100 m2",
        "opaque": f"{H_OP} kW/K",
        "window": f"{H_W} kW/K",
        "ventilation": f"{H_VE} kW/K",
        "outdoor_temperature": series,
        "occupancy": {},
        "comfort": {"occupied": band, "empty": band},
        "heating": HEAT_PUMP,
        "cooling": CHILLER,
        **changes,
    }


STEADY = {
    "free": {"x": building(0), "grid": grid(0.1)},
    "without freedom": {"x": building(0, flexible=False), "grid": grid(0.1)},
    "too cold": {
        "x": building(0, heating={**HEAT_PUMP, "max": "3 kW"}, cooling=CHILLER, violation_max="5 K"),
        "grid": grid(0.1),
    },
}


def drawn(count: int) -> st.SearchStrategy[dict[str, Any]]:
    outdoor = listed(rounded(-5, 38), count).map(lambda values: {"values": values, "unit": "degC"})
    return st.fixed_dictionaries(
        {
            "floor_area": st.just("100 m2"),
            "opaque": st.just("0.05 kW/K"),
            "window": st.just("0.1 kW/K"),
            "ventilation": st.just("0.05 kW/K"),
            "occupancy": st.just({"hours": ["02:00-05:00"]}),
            "outdoor_temperature": outdoor,
            "comfort": st.just({"occupied": ["20 degC", "25 degC"], "empty": ["16 degC", "28 degC"]}),
            "heating": st.just(HEAT_PUMP),
            "cooling": st.just(CHILLER),
            "violation_max": st.just("20 K"),
            "flexible": st.booleans(),
        }
    )


def steady_air(outdoor: float, heat: float, internal: float = 0.0, sun: float = 0.0) -> float:
    """Air temperature of the network at rest, from its three nodes by a linear solve."""
    h_em = 1 / (1 / H_OP - 1 / H_MS)
    mass, surface = 250 / 450, 1 - 250 / 450 - H_W / (9.1e-3 * 450)
    half = 0.5 * internal + sun
    matrix = np.array([[h_em + H_MS, -H_MS, 0], [-H_MS, H_MS + H_IS + H_W, -H_IS], [0, -H_IS, H_IS + H_VE]])
    right = [h_em * outdoor + mass * half, H_W * outdoor + surface * half, H_VE * outdoor + 0.5 * internal + heat]
    return float(np.linalg.solve(matrix, right)[2])


def test_the_hand_formula_is_the_network() -> None:
    """H_total = H_ve + 1 / (1/H_is + 1/(H_w + H_op)): 10 kW above 0 degC at rest, against the linear solve."""
    assert steady_air(0, 10) == pytest.approx(10 / H_TOTAL)


def test_constant_cold_is_heated_at_the_rate_of_the_losses() -> None:
    """0 degC outside, 20 inside: 20 x 0.18678 = 3.7357 kW of heat, / 3.0815 of electricity, 24 h at 0.1 EUR/kWh.

    Were the coefficient of performance ignored, the cost would be three times as high.
    """
    solution = solve({"hvac": building(0), "grid": grid(0.1)}, hours=24)
    assert column(solution, "hvac.indoor_temperature_degc") == [pytest.approx(20, abs=1e-6)] * 24
    assert energy(solution, "hvac.heating_kw") == pytest.approx(24 * 20 * H_TOTAL)
    assert cost(solution) == pytest.approx(2.4 * 20 * H_TOTAL / COP)


def test_constant_heat_is_cooled() -> None:
    """35 degC outside, 25 inside: 10 x 0.18678 kW of cold, / 4.0736."""
    solution = solve({"hvac": building(35), "grid": grid(0.1)}, hours=24)
    assert energy(solution, "hvac.cooling_kw") == pytest.approx(24 * 10 * H_TOTAL)
    assert cost(solution) == pytest.approx(2.4 * 10 * H_TOTAL / EER, rel=1e-5)


def test_a_mild_day_costs_nothing() -> None:
    """22 degC outside lie within the band: neither heat nor cold."""
    assert cost(solve({"hvac": building(22), "grid": grid(0.1)}, hours=24)) == 0


def test_gains_replace_heat() -> None:
    """10 W/m2 inside and 0.1 kW/m2 on 10 m2: 1 kW each. Heat q solves steady_air(0, q, 1, 1) = 20 (linear in q)."""
    gains = {"gains": {"occupied": "10 W/m2"}, "solar_aperture": "10 m2", "irradiance": "0.1 kW/m2"}
    solution = solve({"hvac": building(0, **gains), "grid": grid(0.1)}, hours=24)
    needed = (20 - steady_air(0, 0, 1, 1)) / (steady_air(0, 1) - steady_air(0, 0))
    assert energy(solution, "hvac.heating_kw") == pytest.approx(24 * needed)
    assert needed < 20 * H_TOTAL - 1


def test_a_weak_heat_pump_leaves_a_priced_and_reported_violation() -> None:
    """3 kW of 3.7357: the air rests at 3 / 0.18678 = 16.06 degC, 3.94 K below the band, at 2 EUR/K/h."""
    weak = building(0, heating={**HEAT_PUMP, "max": "3 kW"}, violation_max="5 K", discomfort="2 EUR/K/h")
    solution = solve({"hvac": weak, "grid": grid(0.1)}, hours=24)
    short = 20 - 3 / H_TOTAL
    assert solution.plan.accounts()["inconvenience"] == pytest.approx(24 * 2 * short, abs=1e-5)
    assert solution.summary.kpis["discomfort_kh"] == pytest.approx(24 * short, abs=1e-5)
    assert cost(solution) == pytest.approx(2.4 * 3 / COP)


def test_discomfort_that_weighs_nothing_is_still_reported_as_it_is() -> None:
    """Weight 0: nothing is heated, the air falls to the furthest allowed, 20 - 5 = 15 degC; 5 K x 24 h x 50 EUR."""
    solution = solve(
        {"hvac": building(0, violation_max="5 K"), "grid": grid(0.1)}, hours=24, objective={"inconvenience": 0}
    )
    assert amounts(solution, "hvac") == {"outside the comfort band": pytest.approx(24 * 5 * 50, abs=1e-3)}


def test_a_night_is_colder_and_the_day_is_prepared() -> None:
    """Empty at night with 15 degC allowed: it is cheaper than 20 degC all day, and every step keeps its band."""
    night = {"comfort": {"occupied": ["20 degC", "25 degC"], "empty": ["15 degC", "30 degC"]}}
    solution = solve({"hvac": building(0, occupancy={"hours": ["08:00-18:00"]}, **night), "grid": grid(0.1)}, hours=24)
    assert cost(solution) < 2.4 * 20 * H_TOTAL / COP - 0.01
    assert column(solution, "hvac.comfort_min_degc") == [15] * 8 + [20] * 10 + [15] * 6
    inside = solution.schedule["hvac.indoor_temperature_degc"] - solution.schedule["hvac.comfort_min_degc"]
    assert inside.min() > -1e-6


def test_demand_response_moves_heat_into_cheap_hours() -> None:
    """0.1 by night, 0.5 by day: heat stored in the structure makes it cheaper than 20 degC throughout, and the mass
    ends as it began. Without freedom it costs what the thermostat costs, to the cent.
    """
    price = [0.1] * 8 + [0.5] * 10 + [0.1] * 6
    free = solve({"hvac": building(0), "grid": grid(price)}, hours=24)
    fixed = solve({"hvac": building(0, flexible=False), "grid": grid(price)}, hours=24)
    constant = 20 * H_TOTAL / COP * sum(price)
    assert cost(fixed) == pytest.approx(constant, rel=1e-6)
    assert cost(free) < 0.9 * constant
    assert fixed.plan.accounts() == fixed.baseline.plan.accounts()
    assert free.baseline.plan.accounts() == fixed.baseline.plan.accounts()


def test_never_heats_and_cools_at_once_at_negative_prices() -> None:
    """22 degC outside at -0.1 EUR/kWh: both at once would earn without an effect on the room."""
    solution = solve({"hvac": building(22), "grid": grid(-0.1)}, hours=4)
    both = np.minimum(solution.schedule["hvac.heating_kw"], solution.schedule["hvac.cooling_kw"])
    assert both.max() <= 1e-9
    assert solution.schedule["hvac.indoor_temperature_degc"].max() <= 25 + 1e-6


def test_coefficients_follow_outdoor_temperature_and_are_capped() -> None:
    """Heating at 0 degC: 3.0815; at 34 degC the lift is 6 K and 0.4 x 308.15 / 6 = 20.5 is capped at 6.

    Very cold with a poor machine it is 1: a heater.
    """
    case = make_case({"hvac": building([0, 34, -40]), "grid": grid()}, hours=3)
    heating = case.assets["hvac"].heating
    found = heating.coefficient_of_performance(np.array([0.0, 34.0, -40.0]), cooling=False)
    assert found.tolist() == pytest.approx([COP, 6, 0.4 * 308.15 / 80])
    poor = heating.model_copy(update={"quality": 0.1})
    assert poor.coefficient_of_performance(np.array([-40.0]), cooling=False).tolist() == [1.0]
    chiller = case.assets["hvac"].cooling
    assert chiller.coefficient_of_performance(np.array([35.0, 0.0]), cooling=True).tolist() == pytest.approx([EER, 6])


def test_occupancy_may_be_a_list() -> None:
    """Two ranges on weekdays as one mapping, or as a list of two: the same hours, and none at night."""
    both = {"hours": ["08:00-12:00", "14:00-18:00"]}
    listed = [{"hours": ["08:00-12:00"]}, {"hours": ["14:00-18:00"]}]
    found = []
    for occupancy in (both, listed):
        case = make_case({"b": building(occupancy=occupancy), "grid": grid()}, hours=24)
        found.append(case.assets["b"].occupied(case.horizon).tolist())  # type: ignore[attr-defined]
    assert found[0] == found[1] == [8 <= hour < 12 or 14 <= hour < 18 for hour in range(24)]
