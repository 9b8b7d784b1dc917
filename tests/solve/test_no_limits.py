"""Limits that stand for "none": from 1e3 to 1e12 kW they change no objective, and nothing is used both ways at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from microgrid import InfeasibleError, Solution, dispatch
from tests.conftest import battery, grid, load, make_case
from tests.proofs import proof

LIMITS = (1e3, 1e6, 1e9, 1e12)
STEPS = 4


def never_both(solution: Solution) -> None:
    """Of each pair of columns at most one is above a millionth of what flows."""
    schedule = solution.schedule
    for first, second in (("import_kw", "export_kw"), ("charge_kw", "discharge_kw")):
        for column in [name for name in schedule if name.endswith(f".{first}")]:
            one, other = schedule[column], schedule[column.replace(first, second)]
            assert np.minimum(one, other).max() <= 1e-6 * max(one.max(), other.max(), 1e-3)


@pytest.mark.parametrize("limit", LIMITS)
def test_a_connection_without_limits_does_not_import_and_export_at_once(limit: float) -> None:
    """Feed-in at 0.2 EUR pays more than import at 0.1 costs; a subscription of 50 kW holds the import.

    5 kW of load for 4 h cost 2.00 EUR and the subscription 50 x 10 x 4 / 8784 EUR. With a tolerance taken from a
    limit of 1e9 kW, 50 kW in and 45 kW out would count as nothing at once, and the site would earn 15.77 EUR.
    """
    connection = grid(0.1, sell=0.2, import_max=limit, export_max=limit)
    connection["tariff"]["subscription"] = {"power": "50 kW", "price": "10 EUR/kW/year"}
    case = make_case({"load": load(5), "grid": connection}, start="2024-06-03", hours=4)
    solution = dispatch(case)
    assert solution.audit.passed
    assert solution.objective == pytest.approx(2.0 + 50 * 10 * 4 / 8784, rel=1e-9)
    never_both(solution)


@pytest.mark.parametrize("limit", LIMITS)
def test_a_battery_without_limits_does_not_burn_what_it_is_paid_for(limit: float) -> None:
    """Import is paid with 0.1 EUR/kWh, at most 3 kW; the battery is full at both ends, 90 % each way.

    Discharging 1 kW for two hours takes 20/9 kWh; charging them back takes 200/81 kWh, of which 2 kW fit into the last
    hour: 4.469 kWh are imported. Charging and discharging at once would burn 12 kWh and earn 1.20 EUR.
    """
    store = battery(
        charge_max=f"{limit!r} kW",
        discharge_max=f"{limit!r} kW",
        charge_efficiency=0.9,
        discharge_efficiency=0.9,
        start=1,
        end=1,
    )
    solution = dispatch(make_case({"load": load(1), "b": store, "grid": grid(-0.1, import_max=3)}, hours=4))
    assert solution.audit.passed
    assert solution.objective == pytest.approx(-0.4469135802, rel=1e-9)
    never_both(solution)


@pytest.mark.parametrize("limit", LIMITS)
def test_a_falling_tier_needs_no_real_limit_of_the_import(limit: float) -> None:
    """24 h at 5 kW and 24 h at 9 kW: 33.60 EUR of energy, and a peak of 9 kW at 8 x 3 + 1 x 0.1 EUR.

    The binary of the tier is multiplied by the greatest peak. Taken from a limit of 1e7 kW, a binary of 1e-6 reaches
    the cheap tier without being one, and the optimizer believes in 34.50 EUR.
    """
    tiers = [{"above": "0 kW", "price": "3 EUR/kW"}, {"above": "8 kW", "price": "0.1 EUR/kW"}]
    connection = grid(0.1, import_max=limit, peaks=[{"item": "peak", "tiers": tiers}])
    store = battery(
        charge_max="5 kW", discharge_max="5 kW", charge_efficiency=0.9, discharge_efficiency=0.9, start=None
    )
    profile = load(*[5.0] * 24, *[9.0] * 24)
    solution = dispatch(make_case({"load": profile, "b": store, "grid": connection}, hours=48, start="2024-01-01"))
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(57.70, rel=1e-6)


@pytest.mark.parametrize("limit", [5.0, *LIMITS])
def test_a_surplus_that_nothing_can_take_is_infeasible_at_any_limit(limit: float) -> None:
    """10 kW must be taken, 4 kW are used, the battery is full at both ends: only burning would help."""
    sun = {"kind": "solar", "capacity": "10 kW", "profile": "1", "must_take": True}
    store = battery(charge_max=f"{limit!r} kW", discharge_max=f"{limit!r} kW", charge_efficiency=0.5, start=1, end=1)
    with pytest.raises(InfeasibleError):
        dispatch(make_case({"pv": sun, "load": load(4), "b": store, "grid": grid(0.1, import_max=limit)}, hours=3))


@pytest.mark.parametrize("limit", LIMITS)
def test_an_engine_that_could_sell_without_limit_but_does_not(limit: float) -> None:
    """Fuel at 0.3 / 0.4 EUR/kWh never pays for feed-in at 0.4; import at 0.3 and feed-in at 0.4 exclude each other.

    Engine and feed-in bound only each other, so nothing follows from the balance: 4 h x 5 kW x 0.3 = 6 EUR.
    """
    engine = {"kind": "generator", "capacity": f"{limit!r} kW", "efficiency": 0.4, "fuel": "gas"}
    engine |= {"fuel_price": "0.3 EUR/kWh", "fuel_carbon": "0.2 kg/kWh"}
    connection = grid(0.3, sell=0.4, import_max=limit, export_max=limit)
    solution = dispatch(make_case({"load": load(5), "engine": engine, "grid": connection}, hours=4))
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(6.0, rel=1e-6)
    never_both(solution)


def test_an_open_size_may_have_a_maximum_that_means_none() -> None:
    """Solar power at 8.76 EUR/kW a year is 0.024 EUR/kW for the day, and saves 0.1 EUR/kWh in each of 12 h of 10 kW.

    10 kW are built, whatever the greatest size is written as.
    """
    found = []
    for limit in LIMITS:
        size = {"min": "0 kW", "max": f"{limit!r} kW", "yearly_cost": "8.76 EUR/kW/year"}
        sun = {"kind": "solar", "capacity": size, "profile": {"values": [1.0] * 12 + [0.0] * 12}}
        solution = dispatch(make_case({"pv": sun, "load": load(10), "grid": grid(0.1, import_max=limit)}, hours=24))
        assert solution.status == "optimal"
        assert solution.sizes["pv"]["capacity_kw"] == pytest.approx(10.0, rel=1e-6)
        found.append(solution.objective)
    assert found == pytest.approx([found[0]] * len(found), rel=1e-6)


def _merchant(power_mw: float, demand_kw: float, **tariff: Any) -> dict[str, Any]:
    """A lossless battery of two hours beside a small load, on a connection that is a little larger."""
    most = power_mw * 1e3
    store = battery(capacity=f"{2 * most} kWh", charge_max=f"{most} kW", discharge_max=f"{most} kW")
    connection = grid(sell=0.2, import_max=1.2 * most, export_max=1.2 * most, **tariff)
    return {"load": load(demand_kw), "b": store, "grid": connection}


@pytest.mark.parametrize("demand_kw", [0.001, 1.0])
def test_a_large_store_beside_a_small_load_is_not_taken_for_no_limit(demand_kw: float) -> None:
    """100 MWh are bought at 0.3 EUR/kWh for the first 10 MWh and 0.01 beyond, and sold at 0.2: 3,000 + 900 - 20,000.

    The cheap tier pays only beyond a thousand times the load: with the limits of battery and connection taken for
    "none" nothing would be bought but the load, and that would be called optimal.
    """
    tiers = [{"above": "0 kWh", "price": "0.3 EUR/kWh"}, {"above": "10 MWh", "price": "0.01 EUR/kWh"}]
    solution = dispatch(make_case(_merchant(50, demand_kw, energy=[{"item": "e", "tiers": tiers}]), hours=4))
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(-16100 + 0.42 * demand_kw, rel=1e-9)


def test_an_overrun_that_pays_by_a_large_store_only() -> None:
    """100 MWh at 0.05, sold at 0.2 EUR/kWh, in two hours above the subscription at 1000 EUR each: 15,000 - 2,000."""
    overrun = {"rule": "hours", "price_per_hour": "1000 EUR/h"}
    subscription = {"power": "5 kW", "price": "0 EUR/kW/year", "overrun": overrun}
    plain = [{"item": "e", "price": "0.05 EUR/kWh"}]
    solution = dispatch(make_case(_merchant(50, 1.0, energy=plain, subscription=subscription), hours=4))
    assert solution.objective == pytest.approx(-13000 + 0.5, rel=1e-4)


@pytest.mark.parametrize("limit", LIMITS)
def test_a_few_watts_are_seen_beside_a_limit_that_means_none(limit: float) -> None:
    """4.01 kWh at 0.1 EUR. A hundredth of a kW is less than the rounding of a sum with 1e12 kW in it."""
    case = make_case({"load": load(1.0, 0.01, 3.0), "grid": grid(0.1, import_max=limit, export_max=limit)}, hours=3)
    assert dispatch(case).objective == pytest.approx(0.401, rel=1e-9)


@pytest.mark.parametrize("limit", LIMITS)
def test_a_store_without_limits_beside_a_few_watts(limit: float) -> None:
    """1 kWh in store at the start serves 4 h of 0.01 kW: nothing is bought."""
    store = battery(capacity="1 kWh", charge_max=f"{limit!r} kW", discharge_max=f"{limit!r} kW", start=1)
    case = make_case({"load": load(0.01), "b": store, "grid": grid(0.1, import_max=limit)}, hours=4)
    solution = dispatch(case)
    assert solution.audit.passed
    assert solution.objective == pytest.approx(0.0, abs=1e-9)


POWER, PRICE = (
    (st.floats(0, 10) | st.floats(0, 0.02)).map(lambda v: round(v, 3)),
    st.floats(-0.1, 0.4).map(lambda v: round(v, 3)),
)


def steps(of: st.SearchStrategy[float]) -> st.SearchStrategy[list[float]]:
    return st.lists(of, min_size=STEPS, max_size=STEPS)


@st.composite
def sites(draw: st.DrawFn) -> dict[str, Any]:
    """A site whose unlimited figures stand as None."""
    return {
        "load": draw(steps(POWER)),
        "price": draw(steps(PRICE)),
        "sell": draw(st.none() | steps(PRICE)),
        "sun": draw(st.none() | steps(st.floats(0, 1).map(lambda v: round(v, 2)))),
        "must_take": draw(st.booleans()),
        "store": draw(st.none() | st.floats(0.8, 0.99).map(lambda v: round(v, 2))),
        "tier": draw(st.none() | st.sampled_from([0.1, 5.0])),
    }


def assets_of(site: dict[str, Any], limit: float) -> dict[str, Any]:
    connection = grid(site["price"], sell=site["sell"], import_max=limit, export_max=limit if site["sell"] else 0.0)
    if site["tier"]:
        tiers = [{"above": "0 kW", "price": "3 EUR/kW"}, {"above": "4 kW", "price": f"{site['tier']} EUR/kW"}]
        connection["tariff"]["peaks"] = [{"item": "peak", "tiers": tiers}]
    found = {"load": load(*site["load"]), "grid": connection}
    if site["sun"]:
        sun = {"kind": "solar", "capacity": "8 kW", "profile": {"values": site["sun"]}}
        found["pv"] = {**sun, "must_take": site["must_take"]}
    if site["store"]:
        found["b"] = battery(
            charge_max=f"{limit!r} kW",
            discharge_max=f"{limit!r} kW",
            charge_efficiency=site["store"],
            discharge_efficiency=site["store"],
            start=None,
        )
    return found


def outcome(site: dict[str, Any], limit: float) -> float | None:
    """The objective, None where there is no schedule."""
    try:
        solution = dispatch(make_case(assets_of(site, limit), hours=STEPS))
    except InfeasibleError:
        return None
    assert solution.audit.passed, solution.audit.findings
    assert solution.status == "optimal"
    never_both(solution)
    return solution.objective


@proof(sample=3, whole=12, suppress_health_check=list(HealthCheck))
@given(site=sites())
def test_no_limit_is_no_limit_however_it_is_written(site: dict[str, Any]) -> None:
    """Any site: the same objective to 1e-6, or none at all, for every limit that nothing reaches."""
    first = outcome(site, LIMITS[0])
    for limit in LIMITS[1:]:
        assert outcome(site, limit) == (None if first is None else pytest.approx(first, rel=1e-6, abs=1e-9))
