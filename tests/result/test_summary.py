"""The typed summary: its schema, its statuses, the ledger's quantities, and a baseline that is no yardstick."""

from __future__ import annotations

import collections
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from microgrid import dispatch, load_case
from microgrid.assets import kinds
from microgrid.cli import main
from microgrid.cli.tables import result_rows
from microgrid.contract.ledger import LEDGER_COLUMNS
from microgrid.contract.status import Status
from microgrid.errors import ExitCode
from microgrid.report.pages.compare import render_compare_html
from microgrid.report.pages.html import render_html
from microgrid.report.pages.markdown import render_markdown
from microgrid.report.tables.summary_rows import solver_rows
from microgrid.report.write_result import make_view, write_result
from microgrid.result.summary import Summary, summary_schema
from microgrid.studies.compare import figures
from tests.conftest import ONE_DAY, ROOT, battery, grid, kw, load, make_case, solve, write_case
from tests.report.conftest import summary_of


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = summary_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_published_schema_is_the_one_of_the_model() -> None:
    """``microgrid schema --summary`` prints it; two schemas at once are refused."""
    done = CliRunner().invoke(main, ["schema", "--summary"], catch_exceptions=False)
    assert json.loads(done.stdout) == summary_schema()
    assert CliRunner().invoke(main, ["schema", "--summary", "--tariff"]).exit_code == 2


def test_every_written_summary_validates(validator: jsonschema.Draft202012Validator, tmp_path: Path) -> None:
    """Those of the shipped cases, and one that is written now; each comes back from the model as it stands."""
    paths = sorted((ROOT / "results").glob("*/*/summary.json"))
    folder, returned = write_result(dispatch(load_case(ONE_DAY)), tmp_path)
    assert len(paths) > 5
    for path in (*paths, folder / "summary.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        validator.validate(content)
        assert Summary.model_validate(content).plain() == content
    assert returned.plain() == content


def test_the_schema_refuses_what_no_run_writes(validator: jsonschema.Draft202012Validator) -> None:
    """Another version, an unknown status, a key too many, one that is missing."""
    good = summary_of().plain()
    validator.validate(good)
    changes: list[dict[str, Any]] = [{"version": 2}, {"status": "perhaps"}, {"more": 1}, {"accounts": None}]
    for change in changes:
        assert not validator.is_valid({**good, **change}), change
        with pytest.raises(ValueError, match="validation error"):
            Summary.model_validate({**good, **change})


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_sentence_and_an_exit_code(status: Status) -> None:
    """Only what was proven as asked, or decided as asked, is fine; a failed audit or target is worse."""
    assert status.meaning
    assert status.fine == (status in ("optimal", "rolling"))
    assert status.has_schedule == (status not in ("infeasible", "unbounded", "unknown", "failed"))
    assert summary_of(status=status).exit_code == status.exit_code
    assert summary_of(status=status, audit={"passed": False}).exit_code >= ExitCode.NOT_HELD
    missed = [{"figure": "cost_eur", "min": None, "max": 1.0, "value": 2.0, "met": False}]
    assert summary_of(status=status, targets=missed).exit_code >= ExitCode.NOT_HELD


def test_the_guide_lists_every_status_of_a_schedule() -> None:
    """Whoever reads a status in a file finds it in the table of the summary."""
    guide = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    for status in Status:
        assert not status.has_schedule or f"`{status}`" in guide, status


def test_the_ledger_says_what_its_lines_count() -> None:
    """10 kW for two hours at 0.2 EUR/kWh, a peak at 2 EUR/kW and a tax of 20 % on both: 20 kWh, 10 kW, 24 EUR."""
    more: dict[str, Any] = {
        "peaks": [{"item": "peak", "price": "2 EUR/kW"}],
        "taxes": [{"item": "VAT", "rate": "20 %"}],
    }
    ledger = solve({"load": load(10.0), "grid": grid(0.2, **more)}, hours=2).ledger
    assert list(ledger.columns) == LEDGER_COLUMNS
    counted = ledger[ledger["quantity"].notna()].groupby("item").agg({"quantity": "sum", "unit": "first"})
    assert counted["quantity"].to_dict() == pytest.approx({"energy": 20.0, "peak": 10.0, "VAT": 24.0})
    assert counted["unit"].to_dict() == {"energy": "kWh", "peak": "kW", "VAT": "money"}
    assert set(ledger["unit"][ledger["quantity"].isna()]) <= {""}


def test_each_plan_is_replayed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the rules of the baseline, as it was solved, and as it is written: three times, where there were seven."""
    counts: collections.Counter[str] = collections.Counter()

    def counted(kind: str, replay: Any) -> Any:
        def inner(*given: Any) -> Any:
            counts[kind] += 1
            return replay(*given)

        return inner

    for kind, asset_type in kinds().items():
        monkeypatch.setattr(asset_type, "replay", counted(kind, asset_type.replay))
    write_result(dispatch(load_case(ONE_DAY)), tmp_path)
    assert counts == {"load": 3, "battery": 3, "grid": 3, "solar": 4}  # the roof gives way once more


@pytest.fixture(scope="module")
def unkept() -> Any:
    """2 kW and then 6 through a connection of 5 kW: the rules do not charge ahead, and the balance breaks."""
    demand = {"kind": "load", "profile": kw(2, 6)}
    found = solve({"load": demand, "store": battery(start=0.0), "grid": grid(0.2, import_max=5)}, hours=2)
    assert found.audit.passed
    assert not found.baseline.feasible
    return found


def test_nothing_is_compared_with_a_baseline_that_breaks_a_limit(unkept: Any, tmp_path: Path) -> None:
    """No difference and no saving: terminal, report, bill, comparison, rows of a sweep, JSON; but what it breaks."""
    summary = unkept.summary
    assert summary.reference is None
    assert summary.plain()["savings"] is None
    assert summary.plain()["baseline"]["findings"]
    assert {row[2:] for row in result_rows(summary)} <= {("", ""), ("-", "-")}
    assert not [name for name in figures(summary) if name.startswith(("baseline_", "saved_"))]
    view = make_view(unkept)
    for text in (render_html(view), render_markdown(view)):
        assert "Difference" not in text
        assert "nothing is compared with it" in text
    folder, _ = write_result(unkept, tmp_path)
    assert pd.read_csv(folder / "bill.csv")["baseline_amount_eur"].isna().all()
    assert "saved" not in render_compare_html([("base", summary)], "one")


def test_the_same_figures_are_compared_where_the_baseline_holds(tmp_path: Path) -> None:
    """The test above would pass as well if nothing were ever compared."""
    case = load_case(write_case(tmp_path / "case", {"load": load(10.0), "grid": grid(0.2)}, hours=2))
    summary = dispatch(case).summary
    assert summary.reference is not None
    assert summary.savings == {"cost_eur": 0.0, "peak_import_kw": 0.0}
    rows: Mapping[str, tuple[str, ...]] = {row[0]: row[1:] for row in result_rows(summary)}
    assert rows["Cost [€]"] == ("4.00", "4.00", "0.00")
    assert figures(summary)["baseline_cost_eur"] == pytest.approx(4.0)
    assert np.isfinite(summary.objective)


def test_an_objective_in_kg_is_not_called_an_amount_of_money() -> None:
    """Emissions are minimized last: objective and bound are kg of CO2, in the file, the schema and the report."""
    grids = {"clean": grid(0.3, carbon="0 kg/kWh"), "usual": grid(0.2, carbon="0.1 kg/kWh")}
    case = make_case({"load": load(10.0), **grids}, hours=2, objective={"least_emissions_within": "10 %"})
    summary = dispatch(case).summary
    written = summary.plain()
    assert written["objective_kgco2"] == pytest.approx(summary.objective) == pytest.approx(1.6)
    assert not [name for name in written if name in ("objective_eur", "bound_eur")]
    assert Summary.model_validate(written) == summary
    jsonschema.validate(written, summary_schema())
    assert [row.cells[0].text for row in solver_rows(summary) if row.head[0] == "Objective"] == ["1.6\u00a0kgCO₂"]
    assert "objective_kgco2" in figures(summary)
    value = written.pop("objective_kgco2")
    wrong = {**written, "objective_eur": value}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, summary_schema())
