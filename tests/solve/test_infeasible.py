"""Impossible cases: which hour, how much, what limits it."""

from __future__ import annotations

from typing import Any

import pytest

from microgrid import InfeasibleError, dispatch
from tests.assets.test_building import HEAT_PUMP, building
from tests.conftest import battery, flywheel, grid, load, make_case


def refused(assets: dict[str, Any], **sections: Any) -> str:
    with pytest.raises(InfeasibleError) as caught:
        dispatch(make_case(assets, **sections))
    assert caught.value.exit_code == 3
    return str(caught.value)


def test_a_load_above_all_supply() -> None:
    """30 kW at 02:00 and 40 kW at 03:00, grid 20, sun 5 kW: 5 kW are missing first at 02:00; in all 5 + 15 = 20 kWh."""
    pv = {"kind": "solar", "capacity": "5 kW", "profile": "1"}
    text = refused({"load": load(10, 10, 30, 40), "grid": grid(0.1, import_max=20), "pv": pv}, hours=4)
    assert "2018-06-21T02:00:00+02:00" in text
    assert "lacks 5.000 kW" in text
    assert "2 step(s)" in text
    assert "20.000 kWh" in text
    assert "grid: import_kw 20.000 (at most 20.000)" in text
    assert "pv: generation_kw 5.000 (at most 5.000)" in text
    assert "Remedy" in text


def test_an_empty_battery_is_named() -> None:
    """Battery of 10 kWh, 10 kW, full at the start, grid 5 kW, load 15 kW: from 01:00 on nothing is left in it."""
    text = refused({"b": battery(start=1), "load": load(15, 15), "grid": grid(0.1, import_max=5)}, hours=2)
    assert "b: discharge_kw" in text
    assert "10.000 kWh" in text
    assert "state_of_charge_kwh at its lowest, 0.000" in text


def test_a_surplus_that_must_be_taken() -> None:
    """30 kW must be taken, 10 kW are used, 5 kW exported at most: 15 kW cannot be got rid of."""
    pv = {"kind": "solar", "capacity": "30 kW", "profile": "1", "must_take": True}
    text = refused({"pv": pv, "load": load(10), "grid": grid(0.1, export_max=5, sell=0.05)})
    assert "cannot get rid of 15.000 kW" in text
    assert "grid: export_kw 5.000 (at most 5.000)" in text


def test_a_node_without_supply() -> None:
    """A load at a node of its own, to which no line leads."""
    text = refused({"load": {**load(10), "node": "annex"}, "grid": grid()})
    assert "lacks 10.000 kW" in text
    assert "2018-06-21T00:00:00+02:00" in text
    assert "annex" in text


def test_a_node_with_a_battery_but_too_little_in_it() -> None:
    """4 kWh for two hours at 3 kW: 2 kWh are missing, at the node 'annex'."""
    assets = {
        "load": {**load(3), "node": "annex"},
        "b": {**battery(start=0.4), "node": "annex"},
        "home": load(1),
        "grid": grid(),
    }
    text = refused(assets, hours=2)
    assert "'annex'" in text
    assert "2.000 kWh" in text


def test_start_and_end_that_contradict_each_other() -> None:
    """Empty, 10 kW at most, 10 of 10 kWh after half an hour: the battery's own rules contradict each other."""
    text = refused({"b": battery(end=1), "load": load(1), "grid": grid()}, hours=0.5, step="30 min")
    assert "b" in text
    assert "energy balance, 2018-06-21T00:00:00+02:00: by 5.000" in text
    assert "start, end" in text


def test_comfort_that_cannot_be_kept() -> None:
    """1 kW of heat at 0 degC: 5.35 degC inside, 14.6 K below the band of which 3 K are allowed."""
    text = refused({"hvac": building(0, heating={**HEAT_PUMP, "max": "1 kW"}), "grid": grid()}, hours=24)
    assert "hvac" in text


def test_an_on_off_load_that_fits_in_part_only() -> None:
    """A pump of 10 kW beside a load of 5 kW and a grid of 12 kW: spread over two hours it fits, on or off it lacks
    3 kW in one of them.
    """
    pump = {
        "kind": "shiftable_load",
        "power_max": "10 kW",
        "energy": "10 kWh",
        "mode": "on_off",
        "runs": [{"hours": "00:00-02:00"}],
    }
    text = refused({"pump": pump, "load": load(5), "grid": grid(0.1, import_max=12)}, hours=2)
    assert "lacks 3.000 kW" in text
    assert "2018-06-21T0" in text
    assert "grid: import_kw 12.000 (at most 12.000)" in text


def test_a_surplus_that_could_only_be_burnt_in_a_store() -> None:
    """10 kW that must be taken for two hours into 8 kWh at 50 %: 16 kWh fit, 4 cannot be got rid of. Charging with 20
    and discharging with 10 kW at once would take it all, for ever, and is forbidden.
    """
    pv = {"kind": "solar", "capacity": "10 kW", "profile": "1", "must_take": True}
    text = refused({"pv": pv, "b": battery(charge_efficiency=0.5, charge_max="20 kW", capacity="8 kWh")}, hours=2)
    assert "cannot get rid of" in text
    assert "by 4.000 kWh" in text


def test_an_innocent_limit_is_not_named_as_the_cause() -> None:
    """A flywheel of 10 kW that changes its power by 2 kW an hour, and 4 kW for one hour between two without any.

    Its power has a limit that does not bind: the message states that another rule holds it back, and
    where to look. To name the 10 kW as what limits it would send the reader after an innocent figure.
    """
    wheel = flywheel(capacity="20 kWh", power_max="10 kW", min_speed=0, ramp="2 kW/h", start=0.5)
    text = refused({"load": load(0, 4, 0), "fly": wheel}, hours=3)
    assert "Limits reached in this step" not in text
    assert "At no limit in this step, but held back by another rule:\n  fly: discharge_kw" in text
    assert "a ramp" in text
    assert "-0.000" not in text


def test_a_cap_that_holds_everything_back_is_named_and_no_limit_beside_it() -> None:
    """A cap of 1 kg a day lets 10 of 24 kWh be imported, far below the connection's 100 kW."""
    connection = {**grid(0.2, import_max=100), "carbon": "100 g/kWh"}
    caps = [{"max": "1 kg", "per": "day"}]
    text = refused({"load": load(1), "g": connection}, hours=24, objective={"emissions_caps": caps})
    assert "by 14.000 kWh" in text
    assert "Limits reached in this step:\n  emissions cap by day in 2018-06-21: at most 1.000\n" in text
    assert "import_kw" not in text
    assert "-0.000" not in text


def test_what_would_have_to_give_way_has_its_unit() -> None:
    """2 kW at 90 % for two hours store 3.6 kWh of the 10 that the end asks for: 6.4 kWh are missing."""
    store = battery(charge_max="2 kW", charge_efficiency=0.9, end=1)
    assert "by 6.400 kWh" in refused({"load": load(1), "b": store, "g": grid(0.2)}, hours=2)
