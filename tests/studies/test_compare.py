"""Comparison of scenarios: what is stated beside the figures, and options that may be given once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from microgrid import compare
from microgrid.cli import main
from tests.conftest import battery, grid, load, write_case

_COST = {"yearly_cost": "10 EUR/kWh/year"}


def _notes(folder: Path, changes: dict[str, Any], **parts: Any) -> list[str]:
    assets = {"offices": load(1), "grid": grid(), "store": battery(**parts)}
    write_case(folder, assets, scenarios={"other": changes}, hours=2)
    found = compare(folder, out=folder / "out")
    page = (found.folder / "compare.html").read_text(encoding="utf-8")
    assert ("investment is not counted" in page) == bool(found.notes)
    return found.notes


@pytest.mark.parametrize("changes", [{"assets.store": None}, {"assets.store.capacity": "50 kWh"}])
def test_an_investment_that_is_not_counted_is_stated(changes: dict[str, Any], tmp_path: Path) -> None:
    """A battery that one scenario has not, or has larger, costs nothing to build: it is named, on page and screen.

    Without the sentence the one with more of everything looks best.
    """
    [note] = _notes(tmp_path, changes)
    assert "(store)" in note
    result = CliRunner().invoke(main, ["compare", str(tmp_path), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert "the investment is not counted" in result.output


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"assets.store.charge_efficiency": "90 %"}, {}),
        ({"assets.offices": None}, {}),
        ({"assets.grid.import_max": "9 kW"}, {}),
        ({"assets.store.capacity.value": "50 kWh"}, {"capacity": {"value": "10 kWh", **_COST}}),
    ],
)
def test_where_nothing_else_is_built_or_it_is_paid_for_nothing_is_stated(
    changes: dict[str, Any], parts: dict[str, Any], tmp_path: Path
) -> None:
    """Another efficiency, a load less, another connection, a battery with its cost."""
    assert _notes(tmp_path, changes, **parts) == []


@pytest.mark.parametrize("command", ["run", "sweep", "check", "rolling"])
def test_a_scenario_that_is_given_twice_is_refused(command: str, tmp_path: Path) -> None:
    """The last one would hold in silence; ``compare`` takes several."""
    folder = write_case(tmp_path, {"offices": load(1), "grid": grid()}, scenarios={"other": {"name": "x"}})
    more = {"sweep": ["--vary", "name=[a, b]"], "rolling": ["--window", "1 h", "--every", "1 h"]}.get(command, [])
    twice = ["--scenario", "base", "--scenario", "other"]
    result = CliRunner().invoke(main, [command, str(folder), *twice, *more])
    assert result.exit_code == 2
    assert "is given 2 times" in result.output
