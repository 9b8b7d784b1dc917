"""The rules over nodes and carriers: their order of merit, and what they carry along lines and through converters."""

from __future__ import annotations

import random
from typing import Any

import pytest

from microgrid import InfeasibleError, dispatch
from microgrid.audit.baseline import run_baseline
from microgrid.model.assembly import build_model
from microgrid.solve.solve_model import solve_model
from tests.assets.own import findings, heat, heat_pump, line, own_kinds, ruled, sun
from tests.conftest import battery, check, cost, energy, grid, load, make_case, solve

pytestmark = pytest.mark.usefixtures(own_kinds.__name__)


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


def test_in_a_ring_the_shortest_way_is_the_only_one() -> None:
    """The short way bears 4 of 10 kW. Round the ring there is room for the rest: the optimum uses it, no rule does."""
    wires = {"short": line("site", "a", power_max="4 kW"), "round": line("site", "b"), "last": line("b", "a")}
    solution = solve({"l": {**load(10.0), "node": "a"}, **wires, "g": grid(0.1)})
    assert [ruled(solution, f"{name}.forward_kw") for name in ("short", "round", "last")] == [[4], [0], [0]]
    assert findings(solution) == ["node a (electricity) at 2018-06-21T00:00:00+02:00: balance is not zero, by 6 kW"]
    assert solution.summary.savings is None


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
    assert solution.summary.savings is None


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
    assert solution.summary.kpis["heat_self_sufficiency_fraction"] == pytest.approx(1.0)


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


def test_energy_is_kept_by_every_plan() -> None:
    """Import = demand + what the line loses, in the optimum and in the baseline."""
    wire = line("site", "annex", loss=0.2)
    solution = solve({"l": {**load(4.0, 8.0), "node": "annex"}, "w": wire, "g": grid([0.1, 0.3])}, hours=2)
    assert energy(solution, "g.import_kw") == pytest.approx(15)
    assert sum(ruled(solution, "g.import_kw")) == pytest.approx(15)


def network(seed: int, power_max: list[float], import_max: list[float], stores: bool) -> dict[str, Any]:
    """A random tree of lines with loads, sun, heat, stores and one or two connections, in a random order."""
    pick = random.Random(seed)
    nodes, assets = [f"n{number}" for number in range(pick.randint(2, 5))], {}
    for number in range(1, len(nodes)):
        ends = pick.sample([nodes[number], nodes[pick.randrange(number)]], 2)
        most = f"{pick.choice(power_max)} kW"
        assets[f"line {number}"] = line(*ends, loss=pick.choice([0, 0.05, 0.3]), power_max=most)
    for node in nodes:
        here: dict[str, Any] = {
            "load": load(*(float(pick.randint(0, 6)) for _ in range(_HOURS))),
            "sun": sun(1, *(pick.choice([0, 3, 10]) for _ in range(_HOURS - 1))),
            "hp": heat_pump(),
            "heat": heat(*(float(pick.randint(0, 6)) for _ in range(_HOURS))),
        }
        here |= {"bat": battery(charge_efficiency=0.9), "tank": battery(carrier="heat")} if stores else {}
        chosen = {name for name in here if pick.random() < 0.6}
        chosen |= {"hp"} if chosen & {"heat", "tank"} else set()
        assets |= {f"{name} {node}": {**here[name], "node": node} for name in sorted(chosen)}
    for number in range(pick.randint(1, 2)):
        assets[f"grid {number}"] = {**grid(0.1, import_max=pick.choice(import_max)), "node": pick.choice(nodes)}
    return {name: assets[name] for name in pick.sample(sorted(assets), len(assets))}


_HOURS = 6


@pytest.mark.parametrize("seed", range(20))
def test_where_nothing_limits_it_every_network_balances(seed: int) -> None:
    """Lines and connections of 1,000 kW: demand is served and sun curtailed, wherever they stand."""
    case = make_case(network(seed, [1000], [1000], stores=True), hours=_HOURS)
    found = run_baseline(case.assets, case.horizon)
    assert found.feasible, [str(finding) for finding in found.audit.findings]


@pytest.mark.parametrize("seed", range(20))
def test_without_stores_the_rules_balance_every_tree_that_can_be_balanced(seed: int) -> None:
    """Lines and connections that bind: what the rules cannot serve, no schedule could. Stores would need foresight."""
    case = make_case(network(seed, [2, 5, 8, 20], [6, 12, 24], stores=False), hours=_HOURS)
    found = run_baseline(case.assets, case.horizon)
    if not found.feasible:
        with pytest.raises(InfeasibleError):
            solve_model(build_model(case.assets, case.horizon, case.weights))
