"""Kinds of somebody's own, with ports at several nodes and carriers: all of the package knows them without a change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from microgrid import InfeasibleError, dispatch, load_case
from microgrid.audit.replay import make_plan, read_decisions, replay_all
from microgrid.contract.ports import AssetPort
from microgrid.studies.rolling import rolling
from tests.assets.own import findings, heat, heat_pump, line, own_kinds, ruled
from tests.conftest import battery, content, cost, grid, load, make_case, solve, write_case

pytestmark = pytest.mark.usefixtures(own_kinds.__name__)


def test_a_day_of_load_and_heat(tmp_path: Path) -> None:
    """10 kW of load and 30 kW of heat by a heat pump of COP 3: 20 kW are drawn, 480 kWh in a day, none of it own.

    Would break with figures that add up carriers (960 kWh of demand), or that count heat as generation.
    """
    assets = {"l": load(10.0), "h": heat(30.0), "hp": heat_pump(), "g": grid(0.1)}
    solution = solve(assets, hours=24)
    figures = solution.summary.kpis
    assert figures["demand_kwh"] == pytest.approx(480)
    assert figures["heat_demand_kwh"] == pytest.approx(720)
    assert figures["self_sufficiency_fraction"] == 0
    assert figures["import_kwh"] == pytest.approx(480)
    assert "generation_kwh" not in figures
    assert "heat_generation_kwh" not in figures
    assert solution.baseline.feasible, findings(solution)
    assert ruled(solution, "hp.electric_kw") == [10] * 24
    assert solution.baseline.plan.accounts()["cost"] == pytest.approx(48) == pytest.approx(cost(solution))

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


def test_what_is_written_verifies(tmp_path: Path) -> None:
    """The files alone, read and replayed again."""
    from microgrid.report.write_result import write_result
    from microgrid.studies.verify import verify_result

    assets = {
        "h": heat(3.0),
        "hp": heat_pump(),
        "w": line("site", "annex", loss=0.1),
        "g": {**grid(0.1), "node": "annex"},
    }
    folder, _ = write_result(dispatch(load_case(write_case(tmp_path / "site", assets))), tmp_path / "out")
    assert verify_result(folder).passed


def test_it_rolls_window_by_window() -> None:
    """A cyclic tank behind a heat pump ends as it began, and what is dear to make is made in the cheap hours."""
    tank = battery(carrier="heat", start=None)
    assets = {"h": heat(3.0), "hp": heat_pump(), "tank": tank, "g": grid([0.1] * 6 + [0.3] * 6)}
    rolled = rolling(make_case(assets, hours=12), 8, 4)
    assert rolled.audit.passed, [str(found) for found in rolled.audit.findings]
    assert cost(rolled) >= cost(solve(assets, hours=12)) - 1e-6


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
        "Limits reached in this step:\n"
        "  w: forward_kw 7.000 (at most 1,000.000), behind it node 'site' (electricity):\n"
        "    g: import_kw 7.000 (at most 7.000)\n"
    ) in text


def test_a_line_at_its_limit_is_what_limits() -> None:
    """A line of 4 kW, whatever stands behind it."""
    text = refused({"l": {**load(10.0), "node": "annex"}, "w": line("site", "annex", power_max="4 kW"), "g": grid()})
    assert "Limits reached in this step:\n  w: forward_kw 4.000 (at most 4.000)\n" in text
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
