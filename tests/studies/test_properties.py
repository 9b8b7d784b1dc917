"""What holds for any case, tried on random ones over all kinds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from microgrid import Limits, Solution, dispatch
from microgrid.assets import kinds
from tests.assets.test_building import CHILLER, HEAT_PUMP
from tests.conftest import check, eur, kw, make_case
from tests.proofs import proof

# A case takes a tenth of a second to solve: a failure shows itself whole, rather than minutes later and smaller.
quick: dict[str, Any] = {
    "phases": [Phase.explicit, Phase.reuse, Phase.generate],
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}

STEPS: dict[str, Any] = {
    "1 h": "1 h",
    "30 min": "30 min",
    "uneven": [{"for": "2 h", "step": "30 min"}, {"step": "1 h"}],
}
COUNT = {"1 h": 6, "30 min": 12, "uneven": 8}  # over 6 h


def rounded(low: float, high: float, digits: int = 2) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda x: round(x, digits))


def listed(values: st.SearchStrategy[float], count: int) -> st.SearchStrategy[list[float]]:
    return st.lists(values, min_size=count, max_size=count)


def share(low: float = 0.0, high: float = 1.0) -> st.SearchStrategy[float]:
    return rounded(low, high)


def batteries() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "kind": st.just("battery"),
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


def flywheels() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "kind": st.just("flywheel"),
            "capacity": rounded(1, 30).map("{} kWh".format),
            "power_max": rounded(15, 60).map("{} kW".format),
            "min_speed": share(0, 0.8),
            "idle_loss": rounded(0, 0.1).map("{} kW".format),
            "self_discharge": rounded(0, 5).map("{} %/h".format),
        },
        optional={"ramp": rounded(10, 100).map("{} kW/h".format)},
    )


def generators(count: int) -> dict[str, st.SearchStrategy[dict[str, Any]]]:
    profile = listed(share(), count).map(lambda values: {"values": values})
    return {
        "solar": st.fixed_dictionaries(
            {
                "kind": st.just("solar"),
                "capacity": rounded(0, 60).map("{} kW".format),
                "profile": profile,
                "inverter_efficiency": share(0.8),
            },
            optional={"ac_limit": rounded(0, 40).map("{} kW".format)},
        ),
        "wind": st.fixed_dictionaries(
            {"kind": st.just("wind"), "capacity": rounded(0, 30).map("{} kW".format), "profile": profile}
        ),
        "generator": st.fixed_dictionaries(
            {
                "kind": st.just("generator"),
                "capacity": rounded(0, 20).map("{} kW".format),
                "efficiency": share(0.2, 0.5),
                "fuel": st.just("gas"),
                "fuel_price": rounded(0, 0.2).map("{} EUR/kWh".format),
                "fuel_carbon": st.just("0.2 kg/kWh"),
            }
        ),
    }


def demands(count: int) -> dict[str, st.SearchStrategy[dict[str, Any]]]:
    power = listed(rounded(0, 30), count).map(lambda values: kw(*values))
    tier = st.fixed_dictionaries({"share": share(0, 0.3), "price": share(0.05, 2).map("{} EUR/kWh".format)})
    return {
        "load": st.fixed_dictionaries({"kind": st.just("load"), "profile": power}),
        "flexible_load": st.fixed_dictionaries(
            {
                "kind": st.just("flexible_load"),
                "profile": power,
                "share": share(0, 0.4),
                "raise_share": share(),
                "window": st.sampled_from(["2 h", "3 h", "24 h"]),
                "move_cost": share(0, 0.02).map("{} EUR/kWh".format),
                "rebound": share(0, 0.3),
                "tiers": st.lists(tier, max_size=2),
            }
        ),
        "shiftable_load": st.fixed_dictionaries(
            {
                "kind": st.just("shiftable_load"),
                "power_max": st.just("10 kW"),
                "energy": st.sampled_from(["10 kWh", "20 kWh"]),
                "mode": st.sampled_from(["modulating", "on_off"]),
                "runs": st.just([{"hours": "01:00-05:00"}]),
            }
        ),
        "building": st.fixed_dictionaries(
            {
                "kind": st.just("building"),
                "floor_area": st.just("100 m2"),
                "opaque": st.just("0.05 kW/K"),
                "window": st.just("0.1 kW/K"),
                "ventilation": st.just("0.05 kW/K"),
                "occupancy": st.just({"hours": ["02:00-05:00"]}),
                "outdoor_temperature": listed(rounded(-5, 38), count).map(
                    lambda values: {"values": values, "unit": "degC"}
                ),
                "comfort": st.just({"occupied": ["20 degC", "25 degC"], "empty": ["16 degC", "28 degC"]}),
                "heating": st.just(HEAT_PUMP),
                "cooling": st.just(CHILLER),
                "violation_max": st.just("20 K"),
                "flexible": st.booleans(),
            }
        ),
    }


def connections(count: int, lowest: float) -> st.SearchStrategy[dict[str, Any]]:
    price = listed(rounded(lowest, 0.5), count)
    tariff = st.fixed_dictionaries(
        {
            "name": st.just("t"),
            "energy": price.map(lambda values: [{"item": "energy", "series": eur(*values)}]),
            "export": listed(rounded(-0.1, 0.3), count).map(
                lambda values: [{"item": "feed-in", "series": eur(*values)}]
            ),
        },
        optional={
            "peaks": rounded(0, 3).map(lambda value: [{"item": "peak", "price": f"{value} EUR/kW"}]),
            "subscription": st.just({"power": "20 kW", "price": "30 EUR/kW/year", "overrun_price": "2 EUR/kW"}),
        },
    )
    return st.fixed_dictionaries(
        {
            "kind": st.just("grid"),
            "import_max": st.just("200 kW"),
            "export_max": st.sampled_from(["0 kW", "40 kW"]),
            "tariff": tariff,
            "carbon": listed(share(), count).map(lambda values: {"values": values, "unit": "kg/kWh"}),
        }
    )


@st.composite
def cases(draw: st.DrawFn, lowest: float = -0.2) -> tuple[dict[str, Any], dict[str, Any]]:
    """Assets (always a grid, each other kind maybe) and the sections of the case."""
    step = draw(st.sampled_from(sorted(STEPS)))
    count = COUNT[step]
    possible = {"battery": batteries(), "flywheel": flywheels(), **generators(count), **demands(count)}
    chosen = draw(st.sets(st.sampled_from(sorted(possible)), min_size=1))
    assets = {name: draw(possible[name]) for name in sorted(chosen)}
    assets["grid"] = draw(connections(count, lowest))
    objective = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "carbon_price": st.just("300 EUR/t"),
                "inconvenience": st.just(0),
                "cost": st.sampled_from([0, 2]),
            },
        )
    )
    return assets, {"hours": 6, "step": STEPS[step], "objective": objective}


def run(assets: dict[str, Any], sections: dict[str, Any]) -> Solution:
    return dispatch(make_case(assets, **sections), Limits(gap=1e-7))


def test_the_random_cases_hold_every_kind() -> None:
    """A new kind has to be drawn too."""
    assert {"battery", "flywheel", "grid", *generators(1), *demands(1)} == set(kinds())


@proof(sample=4, whole=60, **quick)
@given(cases())
def test_any_case_is_solved_and_passes_its_audit(case: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Replay, balances, bill, bound; weighted ledger = objective; never two ways at once; never above the baseline."""
    solution = check(run(*case))
    schedule, hours = solution.schedule, solution.case.horizon.step_hours
    pairs = [
        ("charge_kw", "discharge_kw"),
        ("import_kw", "export_kw"),
        ("raised_kw", "lowered_kw"),
        ("heating_kw", "cooling_kw"),
    ]
    for name in solution.case.assets:
        for first, second in pairs:
            if f"{name}.{first}" in schedule:
                assert np.minimum(schedule[f"{name}.{first}"], schedule[f"{name}.{second}"]).max() <= 1e-5

    def energy(quantity: str) -> float:
        columns = [c for c in schedule.columns if c.rpartition(".")[2] == quantity]
        return float(hours @ schedule[columns].to_numpy(dtype=float).sum(axis=1)) if columns else 0.0

    supplied = energy("generation_kw") + energy("import_kw") + energy("discharge_kw")
    used = energy("demand_kw") + energy("export_kw") + energy("charge_kw")
    assert supplied == pytest.approx(used, rel=1e-6, abs=1e-4)
    # Cyclic stores give back less than they take.
    assert energy("discharge_kw") <= energy("charge_kw") + 1e-5

    scale = max(abs(solution.objective_eur), 1.0)
    assert -1e-6 * scale <= solution.objective_eur - solution.bound_eur <= 2e-6 * scale

    if solution.baseline.feasible:
        weights = solution.case.weights
        baseline = math.fsum(weights[a] * amount for a, amount in solution.baseline.plan.accounts().items())
        assert solution.objective_eur <= baseline + 1e-5 * max(abs(baseline), 1.0)


@proof(sample=4, whole=60, **quick)
@given(cases(lowest=0.0), batteries())
def test_a_battery_never_raises_the_objective(
    case: tuple[dict[str, Any], dict[str, Any]], store: dict[str, Any]
) -> None:
    """It may stay at rest; with self-discharge a cyclic battery rests at its floor, which has to be zero for that."""
    assets, sections = case
    without = run(assets, sections)
    store = {**store, "min_state": 0}
    with_it = run({**assets, "one more": store}, sections)
    assert with_it.objective_eur <= without.objective_eur + 1e-5 * max(abs(without.objective_eur), 1.0)
