"""Nodes and carriers of a case: declared or implied, misspelt ones refused or pointed out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from microgrid import InfeasibleError, InputError, dispatch, load_case
from microgrid.case.json_schema import case_schema
from microgrid.errors import Problem
from tests.conftest import battery, check, content, cost, grid, load, make_case, solve, write_case

NODES: dict[str, Any] = {"site": {}, "annex": {"description": "workshop", "floor_area": "300 m2", "occupants": 12}}


def problems(assets: dict[str, Any], **sections: Any) -> list[Problem]:
    with pytest.raises(InputError) as caught:
        make_case(assets, **sections)
    return list(caught.value.problems)


def test_declared_nodes_are_part_of_the_case() -> None:
    """Place, area and people are at hand for whoever reads the case; the schedule is as without them."""
    assets = {"l": {**load(1.0), "node": "annex"}, "g": {**grid(0.1), "node": "annex"}}
    case = make_case(assets, nodes=NODES)
    assert list(case.nodes) == ["site", "annex"]
    assert (case.nodes["annex"].floor_area_m2, case.nodes["annex"].occupants) == (300, 12)
    assert cost(check(dispatch(case))) == pytest.approx(0.1) == pytest.approx(cost(solve(assets)))


def test_a_misspelt_node_is_refused_with_the_nearest(tmp_path: Path) -> None:
    """With file and line, the key that names it, and the name that is meant."""
    folder = write_case(tmp_path / "park", {"l": {**load(1.0), "node": "anex"}, "g": grid()}, nodes=NODES)
    with pytest.raises(InputError) as caught:
        load_case(folder)
    [problem] = caught.value.problems
    text = (folder / "case.yaml").read_text().splitlines()
    assert problem.line is not None
    assert '"node": "anex"' in text[problem.line - 1]
    assert str(folder / "case.yaml") == problem.file
    assert (problem.message, problem.field, problem.value) == ("no such node", "assets.l.node", "anex")
    assert problem.expected == "one of site, annex"
    assert (problem.remedy or "").startswith("did you mean 'annex'?")


def test_an_asset_that_names_no_node_where_site_is_none() -> None:
    [problem] = problems({"l": load(1.0), "g": {**grid(), "node": "hub"}}, nodes={"hub": {}})
    assert (problem.field, problem.value) == ("assets.l.node", "site")
    assert problem.remedy == "state the node of the asset"
    assert problem.line is not None


def test_a_misspelt_carrier_is_refused_with_the_nearest() -> None:
    """Whether or not carriers are declared."""
    for sections in ({}, {"carriers": {"steam": {}}}):
        [problem] = problems({"l": {**load(1.0), "carrier": "electricty"}, "g": grid()}, **sections)
        assert (problem.message, problem.field, problem.value) == ("no such carrier", "assets.l.carrier", "electricty")
        assert (problem.remedy or "").startswith("did you mean 'electricity'?")
    [problem] = problems({"l": {**load(1.0), "carrier": "stream"}, "g": grid()}, carriers={"steam": {}})
    assert (problem.remedy or "").startswith("did you mean 'steam'?")


def test_a_carrier_of_ones_own_is_declared() -> None:
    """Steam is bought and used; nothing of it is electricity."""
    assets = {"l": {**load(2.0), "carrier": "steam"}, "main": {**grid(0.1), "carrier": "steam"}}
    solution = solve(assets, carriers={"steam": {"description": "at 6 bar"}})
    assert solution.baseline.feasible
    figures = solution.summary.kpis
    assert figures["steam_demand_kwh"] == pytest.approx(2)
    assert "demand_kwh" not in figures


@pytest.mark.parametrize("name", ["Steam", "high steam", "", "steam.hot"])
def test_a_carrier_has_a_name_that_figures_can_begin_with(name: str) -> None:
    [problem] = problems({"l": load(1.0), "g": grid()}, carriers={name: {}})
    assert problem.message.startswith("not a name")


def test_all_that_is_misspelt_is_listed_at_once() -> None:
    assets = {"l": {**load(1.0), "node": "anex", "carrier": "heet"}, "b": {**battery(), "node": "sight"}, "g": grid()}
    assert [problem.value for problem in problems(assets, nodes=NODES)] == ["anex", "heet", "sight"]


def test_every_kind_with_one_port_takes_a_carrier() -> None:
    """A heat network: a source with a price, a tank and a demand; no electricity anywhere."""
    assets = {name: {**asset, "carrier": "heat"} for name, asset in (("l", load(4.0, 6.0)), ("tank", battery()))}
    solution = solve({**assets, "source": {**grid([0.1, 0.5]), "carrier": "heat"}}, hours=2)
    assert cost(solution) == pytest.approx(1.0)
    assert set(solution.plan.flows.columns.get_level_values("carrier")) == {"heat"}
    assert solution.baseline.feasible


def test_a_lone_node_that_looks_like_another_is_pointed_out() -> None:
    """Nothing is declared, so it may be meant; what stands there alone can be of no use to anything."""
    assets = {"l": {**load(1.0), "node": "annex"}, "b": {**battery(), "node": "anex"}, "g": {**grid(), "node": "annex"}}
    [notice] = make_case(assets).notices
    assert notice.field == "assets.b"
    assert "nothing else is connected to node 'anex': if 'annex' is meant" in notice.message
    assert make_case(assets, nodes={"annex": {}, "anex": {}}).notices == ()


def test_a_node_of_ones_own_needs_no_hint() -> None:
    """Two nodes that look alike, each with its own supply, and a lone one that looks like no other."""
    assets = {
        **{f"l{node}": {**load(1.0), "node": node} for node in ("hall 1", "hall 2")},
        **{f"g{node}": {**grid(), "node": node} for node in ("hall 1", "hall 2")},
        "b": {**battery(), "node": "pier"},
    }
    assert make_case(assets).notices == ()


def test_a_demand_at_a_misspelt_node_says_which_may_be_meant() -> None:
    assets = {"l": {**load(1.0), "node": "anex"}, "g": {**grid(), "node": "annex"}}
    with pytest.raises(InfeasibleError, match=re.escape("nothing at it can be decided (is node 'annex' meant?)")):
        dispatch(make_case(assets))


def test_the_node_that_a_scenario_names_is_checked_too(tmp_path: Path) -> None:
    """The case as it stands is valid; the scenario that moves the load is not."""
    moved = {"moved": {"assets.l.node": "annexe"}}
    folder = write_case(tmp_path / "park", {"l": load(1.0), "g": grid()}, nodes=NODES, scenarios=moved)
    load_case(folder)
    with pytest.raises(InputError, match="did you mean 'annex'"):
        load_case(folder, "moved")


def test_the_schema_knows_nodes_and_carriers() -> None:
    good = content({"l": load(1.0), "g": grid()}, nodes=NODES, carriers={"steam": {}})
    jsonschema.validate(good, case_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**good, "nodes": {"annex": {"aera": "3 m2"}}}, case_schema())


def test_the_nodes_and_carriers_of_the_documentation_are_valid() -> None:
    page = (Path(__file__).parents[2] / "docs" / "case-format.md").read_text(encoding="utf-8")
    sections: dict[str, Any] = {}
    for name in ("nodes", "carriers"):
        block = re.search(rf"<!-- example: {name} -->\n```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
        assert block is not None
        sections |= YAML(typ="safe", pure=True).load(block[1])
    case = make_case({"l": load(1.0), "g": grid()}, **sections)
    assert list(case.nodes) == ["site", "annex"]
    assert list(case.carriers) == ["steam"]
