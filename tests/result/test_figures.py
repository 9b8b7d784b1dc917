"""Key figures: found by themselves, by carrier, node and size of the site, and shown wherever figures are shown."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import microgrid.result.figures as registry
from microgrid import dispatch, load_case
from microgrid.case.schema import Site
from microgrid.cli.tables import result_rows
from microgrid.contract.ports import PortSeries, Role, Room
from microgrid.report.pages.compare import render_compare_html
from microgrid.report.pages.html import render_html
from microgrid.report.pages.markdown import render_markdown
from microgrid.report.write_result import make_view, write_result
from microgrid.result.figures import figure_of, figures
from microgrid.result.figures.figure import figure
from microgrid.result.figures.flows import Flows
from microgrid.result.indicators import key_figures
from microgrid.result.outcome import check_targets
from microgrid.studies.sweep import sweep
from tests.conftest import ROOT, grid, load, make_case, solve, write_case
from tests.result.test_tracing import made

_SITE = {"timezone": "Europe/Paris", "area": "2 ha", "floor_area": "500 m2", "occupants": 40}


@pytest.fixture
def new_figure(tmp_path: Path) -> Iterator[None]:
    """The file that CONTRIBUTING shows, beside those of the package."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    [text] = [block for block in blocks if "@figure" in block]
    folder = tmp_path / "figures"
    folder.mkdir()
    (folder / "mean_load.py").write_text(text, encoding="utf-8")
    registry.__path__.append(str(folder))
    figures.cache_clear()
    yield
    registry.__path__.remove(str(folder))
    sys.modules.pop("microgrid.result.figures.mean_load", None)
    figures.cache_clear()


@pytest.fixture
def docs_extension(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    pytest.importorskip("sphinx", reason="needs the extra 'docs'")
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "_ext"))
    import generated

    yield generated
    for name in ("generated", "asset_pages", "parameters"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("new_figure")
def test_one_function_in_one_file_is_a_figure_everywhere(tmp_path: Path, docs_extension: object) -> None:
    """10 kW for an hour and 30 for another: 20 kW in summary, terminal, report, comparison, sweep, target and docs."""
    targets = {"mean_import_kw": {"max": 15}}
    folder = write_case(tmp_path / "case", {"load": load(10, 30), "grid": grid(0.1)}, hours=2, targets=targets)
    solution = dispatch(load_case(folder))
    assert solution.summary.kpis["mean_import_kw"] == pytest.approx(20)
    [target] = solution.summary.targets
    assert (target.value, target.met) == (pytest.approx(20), False)
    written, _ = write_result(solution, tmp_path / "out")
    assert json.loads((written / "summary.json").read_text(encoding="utf-8"))["kpis"]["mean_import_kw"] == 20
    assert ("Mean import [kW]", "20.00", "20.00", "0.00") in result_rows(solution.summary)
    view = make_view(solution)
    for text in (render_html(view), render_markdown(view), render_compare_html([("base", solution.summary)], "one")):
        assert "Mean import" in text
    found = sweep(folder, [{"assets.grid.import_max": "90 kW"}])
    assert found.table["mean_import_kw"].tolist() == [pytest.approx(20)]
    assert list(found.compared) == ["cost_eur", "peak_import_kw"]
    page = docs_extension.fill((ROOT / "docs" / "figures.md").read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    assert "| `mean_import_kw` | kW | carrier, node | sum over t of import[t] h[t] / sum over t of h[t]." in page


def test_the_page_has_every_figure_with_its_definition(docs_extension: object) -> None:
    """Name, unit, what it is computed for, and the formula."""
    page = docs_extension.fill((ROOT / "docs" / "figures.md").read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    assert len(figures()) > 25
    for name, one in figures().items():
        assert f"| `{name}` |" in page
        assert one.definition.endswith("."), name
        assert one.suffix is not None, name
        file = ROOT / "docs" / one.page.partition("#")[0]
        assert file.is_file(), name


def test_a_figure_without_a_unit_or_a_definition_is_refused(tmp_path: Path) -> None:
    """And so are two of one name: which of them a target means could not be said."""

    def nameless(flows: Flows) -> float:
        """A number of no unit."""
        return 0.0

    with pytest.raises(ValueError, match="does not end in a unit"):
        figure()(nameless)
    nameless.__name__, nameless.__doc__ = "import_kwh", None
    with pytest.raises(ValueError, match="no definition"):
        figure()(nameless)
    text = (Path(registry.__file__).parent / "comfort.py").read_text(encoding="utf-8")
    (tmp_path / "again.py").write_text(text, encoding="utf-8")
    registry.__path__.append(str(tmp_path))
    figures.cache_clear()
    with pytest.raises(ValueError, match="two key figures are called 'discomfort_kh'"):
        figures()
    registry.__path__.remove(str(tmp_path))
    sys.modules.pop("microgrid.result.figures.again", None)
    figures.cache_clear()


@pytest.mark.parametrize(
    ("name", "figure_name"),
    [("import_kwh", "import_kwh"), ("heat_import_kwh", "import_kwh"), ("north.heat_peak_import_kw", "peak_import_kw"),
     ("cost_eur", None), ("hall 1.2.import_kwh", "import_kwh"), ("cost_eur_per_ha", "cost_per_ha"),
     ("cost_per_ha", "cost_per_ha")],
)  # fmt: skip
def test_a_value_finds_its_figure(name: str, figure_name: str | None) -> None:
    """By its ending, whatever node and carrier stand before it."""
    found = figure_of(name)
    assert (found.name if found else None) == figure_name


def test_figures_by_the_size_of_the_site() -> None:
    """10 kW for two hours at 0.5 EUR and 0.3 kg a kWh, on 2 ha, 500 m2 and 40 people; none if not stated."""
    assets = {"load": load(10.0), "grid": grid(0.5, carbon="0.3 kg/kWh")}
    kpis = solve(assets, hours=2, site=_SITE).summary.kpis
    for quantity, total in (("demand_kwh", 20), ("cost_eur", 10), ("emissions_kgco2", 6), ("peak_import_kw", 10)):
        for per, size in (("ha", 2), ("m2", 500), ("person", 40)):
            assert kpis[f"{quantity}_per_{per}"] == pytest.approx(total / size)
    assert not [name for name in solve(assets, hours=2).summary.kpis if "_per_" in name]


def test_figures_by_the_size_stand_in_the_report_and_not_in_the_short_table() -> None:
    """Twelve of them in the terminal would hide what a reader looks for."""
    solution = solve({"l": load(10), "g": grid(0.1)}, hours=2, site=_SITE)
    assert {"demand_kwh_per_ha", "cost_eur_per_person"} <= solution.summary.kpis.keys()
    assert not [row for row in result_rows(solution.summary) if "/ha" in row[0] or "/person" in row[0]]
    assert "/ha" in render_html(make_view(solution))


def test_discomfort_is_what_rooms_hand_over() -> None:
    """1 K too cold for an hour, 2 K too warm for another, in two rooms: 6 K h; a column's name plays no part."""
    room = Room(np.array([19.0, 27.0, 22.0]), np.full(3, 20.0), np.full(3, 25.0))
    rows: list[tuple[str, Role, list[float]]] = [("a", "demand", [-1.0] * 3), ("b", "demand", [-1.0] * 3)]
    found = made(*rows, a=PortSeries(room=room), b=PortSeries(room=room)).figures()
    assert found["discomfort_kh"] == pytest.approx(6)


def test_each_of_several_nodes_has_its_figures_and_targets() -> None:
    """A line brings 4 of the roof's 10 kW to a load in the north; the rest is used in the south."""
    site = made(
        ("roof@south:electricity", "generation", [10.0]), ("shop@south:electricity", "demand", [-6.0]),
        ("line@south:electricity", "transfer", [-4.0]), ("line@north:electricity", "transfer", [4.0]),
        ("mill@north:electricity", "demand", [-4.0]),
    )  # fmt: skip
    plan, horizon = site.plan()
    found = key_figures(plan, horizon, Site(timezone="UTC"))
    assert found.site["demand_kwh"] == pytest.approx(10)
    assert {node: own["demand_kwh"] for node, own in found.by_node.items()} == pytest.approx({"south": 6, "north": 4})
    assert "self_consumption_fraction" not in found.by_node["north"]
    assert found.by_node["north"]["self_sufficiency_fraction"] == pytest.approx(1)
    limits = {"north.demand_kwh": {"max": 5}, "north.demand_kw": {"max": 5}, "unserved_kwh": {"max": 0}}
    case = make_case({"load": load(1), "grid": grid(0.1)}, hours=1, targets=limits)
    known, misspelt, nothing = check_targets(case, {"cost_eur": 1.0}, found)
    assert (known.value, known.met) == (pytest.approx(4), True)
    assert (misspelt.met, misspelt.did_you_mean) == (False, "north.demand_kwh")
    assert (nothing.value, nothing.met, nothing.did_you_mean) == (None, False, None)


def test_the_names_of_columns_play_no_part_in_summary_and_report() -> None:
    """With every column of the schedule under another name: the same figures, stores, rooms, import and colours."""
    solution = solve({"load": load(2, 6), "grid": grid(0.2, carbon="0.1 kg/kWh")}, hours=2)
    schedule = solution.plan.schedule
    names = {name: f"{name.rpartition('.')[0]}.x{number}_kw" for number, name in enumerate(schedule.columns)}
    other = replace(solution, plan=replace(solution.plan, schedule=schedule.rename(columns=names)))
    assert other.summary.kpis == solution.summary.kpis
    assert other.summary.emissions == solution.summary.emissions
    pages = [render_html(make_view(one)) for one in (solution, other)]
    data = [json.loads(page.split('id="report-data">')[1].split("</script>")[0]) for page in pages]
    for part in ("colours", "duration", "heatmap", "accounts"):
        assert data[0][part] == data[1][part], part
    assert [len(one["balances"][0]["parts"]) for one in data] == [2, 2]
    assert solution.summary.kpis["import_kwh"] == pytest.approx(8)
