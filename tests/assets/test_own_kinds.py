"""Kinds of somebody's own, with ports at several nodes and carriers: all of the package knows them without a change."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import microgrid.assets
from microgrid import InfeasibleError, Solution, dispatch
from microgrid.assets import kinds
from microgrid.audit.replay import make_plan, read_decisions, replay_all
from microgrid.contract.ports import AssetPort
from tests.conftest import battery, check, content, cost, energy, grid, kw, load, make_case, solve

FOLDER = Path(__file__).parent / "own_kinds"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))


@pytest.fixture(autouse=True)
def own_kinds() -> Iterator[None]:
    """The files of the folder beside those of the package."""
    microgrid.assets.__path__.append(str(FOLDER))
    kinds.cache_clear()
    yield
    microgrid.assets.__path__.remove(str(FOLDER))
    for name in NAMES:
        sys.modules.pop(f"microgrid.assets.{name}", None)
    kinds.cache_clear()


def heat(*values: float, **changes: Any) -> dict[str, Any]:
    profile = kw(*values) if len(values) > 1 else f"{values[0]} kW"
    return {"kind": "heat_demand", "profile": profile, **changes}


def heat_pump(**changes: Any) -> dict[str, Any]:
    return {"kind": "heat_pump", **changes}


def line(first: str, second: str, **changes: Any) -> dict[str, Any]:
    return {"kind": "line", "first": first, "second": second, **changes}


def sun(*values: float, **changes: Any) -> dict[str, Any]:
    most = max(values)
    profile = {"values": [value / most for value in values], "unit": ""}
    return {"kind": "solar", "capacity": f"{most} kW", "profile": profile, **changes}


def ruled(solution: Solution, name: str) -> list[float]:
    """A column of the baseline's schedule."""
    return (solution.baseline.plan.schedule[name].to_numpy(dtype=float).round(6) + 0.0).tolist()


def findings(solution: Solution) -> list[str]:
    return [str(found) for found in solution.baseline.audit.findings]


# ------------------------------------------------------------------------------------------- one day, two carriers


def test_a_day_of_load_and_heat(tmp_path: Path) -> None:
    """10 kW of load and 30 kW of heat by a heat pump of COP 3: 20 kW are drawn, 480 kWh in a day, none of it own.

    Would break with figures that add up carriers (960 kWh of demand), or that count heat as generation.
    """
    assets = {"l": load(10.0), "h": heat(30.0), "hp": heat_pump(), "g": grid(0.1)}
    solution = solve(assets, hours=24)
    figures = solution.summary["kpis"]
    assert figures["demand_kwh"] == pytest.approx(480)
    assert figures["heat_demand_kwh"] == pytest.approx(720)
    assert figures["self_sufficiency_fraction"] == 0
    assert figures["import_kwh"] == pytest.approx(480)
    assert "generation_kwh" not in figures
    assert "heat_generation_kwh" not in figures
    assert solution.baseline.feasible, findings(solution)
    assert ruled(solution, "hp.electric_kw") == [10] * 24
    assert solution.baseline.plan.accounts()["cost_eur"] == pytest.approx(48) == pytest.approx(cost(solution))

    from microgrid.report.write_result import write_result

    folder, _ = write_result(solution, tmp_path)
    assert "hp.electric_kw" in (folder / "schedule.csv").read_text()
    assert "hp" in (folder / "report.html").read_text(encoding="utf-8")


def test_the_ports_of_a_kind_are_those_of_its_plan() -> None:
    """Each with its role; a flow at a port that is not stated is a defect of the kind, and so is a second one there."""
    solution = solve({"h": heat(3.0), "hp": heat_pump(), "g": grid(0.1)})
    assert {key[:2]: p.role for key, p in solution.plan.ports.items() if key[2] == "hp"} == {
        ("site", "electricity"): "conversion",
        ("site", "heat"): "conversion",
    }
    case = solution.case
    replays = replay_all(case.assets, read_decisions(case.assets, solution.schedule), case.horizon)
    elsewhere = AssetPort("attic", "heat", "conversion")
    replays["hp"].flows[elsewhere] = replays["hp"].flows.popitem()[1]
    with pytest.raises(ValueError, match=r"hp: flows at .*attic"):
        make_plan(case.assets, replays, case.horizon)


def test_what_a_converter_supplies_counts_for_its_making() -> None:
    """10 g for each of 30 kWh of heat that a heat pump supplies, and 1 g for each of 9 that arrive on a line."""
    pump = heat_pump(embodied_per_kwh="10 g/kWh")
    wire = line("site", "annex", loss=0.1, embodied_per_kwh="1 g/kWh")
    solution = solve({"h": heat(30.0), "hp": pump, "w": wire, "l": {**load(9.0), "node": "annex"}, "g": grid(0.1)})
    assert solution.plan.accounts()["emissions_kgco2"] == pytest.approx(0.3 + 0.009)


def test_the_schema_knows_them() -> None:
    import jsonschema

    from microgrid.case.json_schema import case_schema

    jsonschema.validate(content({"hp": heat_pump(), "w": line("a", "b"), "h": heat(1.0)}), case_schema())


# ------------------------------------------------------------------------------------------- lines


def test_a_line_and_its_losses() -> None:
    """19 kW behind a line that loses 5 % cost 20 kWh; the rules carry the same."""
    solution = solve({"l": {**load(19.0), "node": "annex"}, "w": line("site", "annex", loss=0.05), "g": grid(0.1)})
    assert cost(solution) == pytest.approx(2.0)
    assert solution.baseline.feasible, findings(solution)
    assert ruled(solution, "w.forward_kw") == [20]


def test_the_direction_in_which_a_line_is_written_does_not_matter() -> None:
    solution = solve({"w": line("annex", "site", loss=0.05), "g": grid(0.1), "l": {**load(19.0), "node": "annex"}})
    assert ruled(solution, "w.backward_kw") == [20]
    assert solution.baseline.feasible, findings(solution)


def test_a_chain_of_lines() -> None:
    """Grid - a - b - c: each takes its own and hands on the rest: 1, 2, 3 kW at c, b, a."""
    loads = {f"l{node}": {**load(1.0), "node": node} for node in "abc"}
    wires = {"bc": line("b", "c"), "ga": line("site", "a"), "ab": line("a", "b")}
    solution = solve({**loads, **wires, "g": grid(0.1)})
    assert solution.baseline.feasible, findings(solution)
    assert [ruled(solution, f"{name}.forward_kw") for name in ("ga", "ab", "bc")] == [[3], [2], [1]]


def test_a_ring_of_lines() -> None:
    """The short way is taken first, up to its 4 kW; the other 6 go around."""
    wires = {"short": line("site", "a", power_max="4 kW"), "round": line("site", "b"), "last": line("b", "a")}
    solution = solve({"l": {**load(10.0), "node": "a"}, **wires, "g": grid(0.1)})
    assert ruled(solution, "short.forward_kw") == [4]
    assert sum(ruled(solution, "round.forward_kw")) <= 6


def test_sun_of_one_node_serves_another_before_it_is_stored() -> None:
    """10 kW at a, 4 are used at b, 6 go into the battery at a; in the second hour the battery serves b."""
    assets = {
        "pv": sun(10, 0, node="a"),
        "l": {**load(4.0), "node": "b"},
        "w": line("a", "b"),
        "bat": {**battery(), "node": "a"},
        "g": {**grid(0.1), "node": "b"},
    }
    solution = solve(assets, hours=2)
    assert solution.baseline.feasible, findings(solution)
    assert ruled(solution, "bat.charge_kw") == [6, 0]
    assert ruled(solution, "bat.discharge_kw") == [0, 4]
    assert ruled(solution, "w.forward_kw") == [4, 4]
    assert ruled(solution, "g.import_kw") == [0, 0]


def test_a_battery_behind_a_line_takes_what_the_line_bears() -> None:
    """10 kW left over at a, a line of 3 kW to the battery at b; 7 are curtailed."""
    assets = {
        "pv": sun(10, node="a"),
        "w": line("b", "a", power_max="3 kW"),
        "bat": {**battery(), "node": "b"},
        "g": {**grid(0.1), "node": "b"},
    }
    solution = solve(assets)
    assert solution.baseline.feasible, findings(solution)
    assert ruled(solution, "bat.charge_kw") == [3]
    assert ruled(solution, "pv.curtailed_kw") == [7]


def test_the_second_connection_serves_what_the_first_cannot() -> None:
    """12 kW at a; the grid there gives 5, the one at b 4 over the line, and a generator at c the other 3."""
    generator = {"kind": "generator", "capacity": "9 kW", "efficiency": 0.4, "fuel": "gas", "fuel_price": "1 EUR/kWh"}
    assets = {
        "near": {**grid(0.1, import_max=5), "node": "a"},
        "far": {**grid(0.2, import_max=4), "node": "b"},
        "set": {**generator, "fuel_carbon": "0 g/kWh", "node": "c"},
        "l": {**load(12.0), "node": "a"},
        "ab": line("a", "b"),
        "bc": line("b", "c"),
    }
    solution = solve(assets)
    assert solution.baseline.feasible, findings(solution)
    shares = [ruled(solution, name) for name in ("near.import_kw", "far.import_kw", "set.generation_kw")]
    assert shares == [[5], [4], [3]]
    assert ruled(solution, "ab.backward_kw") == [7]
    assert ruled(solution, "bc.backward_kw") == [3]


def test_what_no_rule_can_serve_is_named_where_it_is_missing() -> None:
    """The line bears 6 of 10 kW: 4 are missing at the annex, and nothing is claimed to be saved."""
    battery_there = {**battery(start=0.8, discharge_max="4 kW"), "node": "annex"}
    assets = {
        "l": {**load(0.0, 10.0, 10.0), "node": "annex"},
        "w": line("site", "annex", power_max="6 kW"),
        "bat": battery_there,
        "late": {**load(4.0, 0.0, 0.0), "node": "annex"},
        "g": grid(0.1),
    }
    solution = check(dispatch(make_case(assets, hours=3)))
    assert not solution.baseline.feasible
    assert findings(solution) == ["node annex (electricity) at 2018-06-21T02:00:00+02:00: balance is not zero, by 4 kW"]
    assert solution.summary["savings"] is None


# ------------------------------------------------------------------------------------------- converters


def test_the_order_of_merit_across_carriers() -> None:
    """Sun of 14 kW: 2 for the load, 1 for the heat pump's 3 kW of heat, 4 for the heater, 5 stored, 2 exported.

    In the second hour the 5 kWh serve load and heat pump, 2 + 1 = 3 of them; in the third what is left, and the grid.
    """
    assets = {
        "g": grid(0.1, sell=0.02, export_max=100),
        "bat": battery(capacity="5 kWh"),
        "heater": {"kind": "heater", "power_max": "4 kW"},
        "hp": heat_pump(),
        "h": heat(3.0),
        "pv": sun(14, 0, 0),
        "l": load(2.0),
    }
    solution = solve(assets, hours=3)
    assert solution.baseline.feasible, findings(solution)
    assert ruled(solution, "hp.electric_kw") == [1, 1, 1]
    assert ruled(solution, "heater.demand_kw") == [4, 0, 0]
    assert ruled(solution, "bat.charge_kw") == [5, 0, 0]
    assert ruled(solution, "bat.discharge_kw") == [0, 3, 2]
    assert ruled(solution, "g.export_kw") == [2, 0, 0]
    assert ruled(solution, "g.import_kw") == [0, 0, 1]


def test_a_heat_store_is_filled_by_the_heat_pump_with_what_is_left_over() -> None:
    """2 kW of sun more than the load are 6 kWh of heat in the tank, which serves the demand of the second hour."""
    tank = battery(carrier="heat", capacity="6 kWh")
    assets = {"pv": sun(4, 0), "l": load(2.0, 0.0), "hp": heat_pump(), "tank": tank, "h": heat(0, 6), "g": grid(0.1)}
    solution = solve(assets, hours=2)
    assert solution.baseline.feasible, findings(solution)
    assert ruled(solution, "tank.charge_kw") == [6, 0]
    assert ruled(solution, "g.import_kw") == [0, 0]
    assert solution.summary["kpis"]["heat_self_sufficiency_fraction"] == pytest.approx(1.0)


def test_of_two_converters_the_one_that_stands_first_in_the_case_comes_first() -> None:
    """Two heat pumps of 2 kW each beside 9 kW of heat: the first gives 6, the second the other 3."""
    pumps = {"one": heat_pump(power_max="2 kW"), "two": heat_pump(power_max="2 kW")}
    for order in (["one", "two"], ["two", "one"]):
        solution = solve({**{name: pumps[name] for name in order}, "h": heat(9.0), "g": grid(0.1)})
        assert solution.baseline.feasible, findings(solution)
        assert [ruled(solution, f"{name}.electric_kw") for name in order] == [[2], [1]]


def test_load_comes_before_conversion_when_power_is_short() -> None:
    """A grid of 12 kW for a load of 10 and a heat pump that needs 10: the load is served, 24 kW of heat are missing.

    Nothing can be drawn from the network that is then not used.
    """
    spare = {"kind": "generator", "capacity": "8 kW", "efficiency": 1, "fuel": "wood", "fuel_price": "1 EUR/kWh"}
    assets = {"l": load(10.0), "h": heat(30.0), "hp": heat_pump(), "g": grid(0.1, import_max=12)}
    solution = solve({**assets, "spare": {**spare, "fuel_carbon": "0 g/kWh"}})
    assert solution.baseline.feasible, findings(solution)
    assert ruled(solution, "spare.generation_kw") == [8]
    small = {**assets, "spare": {**spare, "fuel_carbon": "0 g/kWh", "capacity": "24 kW", "carrier": "heat"}}
    solution = solve(small)
    assert ruled(solution, "hp.electric_kw") == [2]
    assert ruled(solution, "spare.generation_kw") == [24]
    assert solution.baseline.feasible, findings(solution)


# ------------------------------------------------------------------------------------------- why there is no schedule


def refused(assets: dict[str, Any], **sections: Any) -> str:
    with pytest.raises(InfeasibleError) as caught:
        dispatch(make_case(assets, **sections))
    return str(caught.value)


def test_a_shortage_names_what_stands_behind_the_line() -> None:
    """10 kW behind a line that loses half, from a grid of 7: 6.5 kW are missing, and it is the grid that limits."""
    wire = line("site", "annex", loss=0.5)
    text = refused({"l": {**load(10.0), "node": "annex"}, "w": wire, "g": grid(0.1, import_max=7)})
    assert "node 'annex' lacks 6.500 kW of electricity" in text
    assert (
        "What limits it then:\n"
        "  w: forward_kw 7.000 (at most 1,000.000), behind it node 'site' (electricity):\n"
        "    g: import_kw 7.000 (at most 7.000)\n"
    ) in text


def test_a_line_at_its_limit_is_what_limits() -> None:
    """A line of 4 kW, whatever stands behind it."""
    text = refused({"l": {**load(10.0), "node": "annex"}, "w": line("site", "annex", power_max="4 kW"), "g": grid()})
    assert "What limits it then:\n  w: forward_kw 4.000 (at most 4.000)\n" in text
    assert "import_kw" not in text


def test_a_shortage_of_heat_names_the_connection_behind_the_heat_pump() -> None:
    text = refused({"h": heat(30.0), "hp": heat_pump(cop=0.5), "g": grid(0.1, import_max=6)})
    assert "lacks 27.000 kW of heat" in text
    assert "hp: electric_kw 6.000 (at most 1,000.000), behind it node 'site' (electricity):\n    g: import_kw 6" in text


def test_a_ring_of_lines_is_walked_once() -> None:
    """Two ways to nodes with nothing at them: each node is described once, and no way leads back."""
    wires = {"ab": line("a", "b", loss=0.1), "bc": line("b", "c", loss=0.1), "ca": line("c", "a", loss=0.1)}
    text = refused({"l": {**load(10.0), "node": "a"}, **wires, "g": grid()})
    assert text.count("behind it node 'b'") == 1
    assert text.count("behind it node 'c'") == 2
    assert text.count("which is described here already") == 1
    assert text.count("nothing at this node can supply more") == 1


def test_energy_is_kept_by_every_plan() -> None:
    """Import = demand + what the line loses, in the optimum and in the baseline."""
    wire = line("site", "annex", loss=0.2)
    solution = solve({"l": {**load(4.0, 8.0), "node": "annex"}, "w": wire, "g": grid([0.1, 0.3])}, hours=2)
    assert energy(solution, "g.import_kw") == pytest.approx(15)
    assert sum(ruled(solution, "g.import_kw")) == pytest.approx(15)
