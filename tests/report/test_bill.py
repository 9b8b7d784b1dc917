"""The bill as its payer reads it: every page against the ledger, quantities by hand, sizes and emissions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from microgrid import Solution, dispatch, load_case
from microgrid.files import sha256, write_csv
from microgrid.report.pages.html import render_html
from microgrid.report.pages.markdown import render_markdown
from microgrid.report.tables.bill import over_months, price_text, view_bill
from microgrid.report.tables.carbon import cap_rows, emission_rows, scope_rows
from microgrid.report.tables.invoice import bill_pages, heads
from microgrid.report.view import ReportView
from microgrid.report.write_result import make_view, write_result
from microgrid.result.summary import EmissionFacts
from tests.conftest import battery, kw, load, solve, write_case
from tests.report.test_html import HOSTILE, Elements, hostile

TARIFF: dict[str, Any] = {
    "name": "test",
    "energy": [{"item": "energy", "periods": [{"price": "0.3 EUR/kWh", "hours": ["06:00-22:00"]},
                                              {"price": "0.1 EUR/kWh", "otherwise": True}]}],
    "export": [{"item": "feed-in", "price": "0.05 EUR/kWh"}],
    "peaks": [{"item": "peak", "price": "2 EUR/kW"}],
    "fixed": [{"item": "meter", "price": "365 EUR/year"}],
    "taxes": [{"item": "VAT", "rate": "20 %"}],
}  # fmt: skip
GRID = {"kind": "grid", "import_max": "100 kW", "export_max": "50 kW", "tariff": TARIFF}
TWO_DAYS: dict[str, Any] = {"start": "2018-01-31", "end": "2018-02-02"}


@pytest.fixture(scope="module")
def busy() -> Solution:
    """Two days in two months with a store that moves demand, wears, and lowers the peak."""
    generator = np.random.default_rng(5)
    demand = load(*generator.uniform(2, 12, 48).round(3))
    sun = {"kind": "solar", "capacity": "12 kW", "profile": {"values": generator.uniform(0, 1, 48).round(3).tolist()}}
    store = battery(wear_cost="0.01 EUR/kWh")
    return solve({"store": store, "sun": sun, "load": demand, "grid": GRID}, **TWO_DAYS)


def test_quantities_by_hand() -> None:
    """10 kW for a day in each month: 240 kWh for 16 x 3 + 8 x 1 = 56 EUR, a peak of 10 kW for 20, the meter 1, and
    VAT of 20 % on these 77 EUR.
    """
    bill = view_bill(make_view(solve({"load": load(10.0), "grid": GRID}, **TWO_DAYS)))
    expected = {
        "energy": (240.0, "kWh", 0.2333333, 56.0),
        "feed-in": (0.0, "kWh", None, 0.0),
        "peak": (10.0, "kW", 2.0, 20.0),
        "meter": (None, "", None, 1.0),
        "VAT": (77.0, "EUR", 0.2, 15.4),
    }
    for month in ("2018-01", "2018-02"):
        page = bill[bill["month"] == month]
        assert list(page["item"]) == list(expected)
        for line in page.to_dict("records"):
            quantity, unit, price, amount = expected[line["item"]]
            assert line["unit"] == unit
            assert line["quantity"] == pytest.approx(np.nan if quantity is None else quantity, nan_ok=True, abs=1e-5)
            assert line["unit_price"] == pytest.approx(np.nan if price is None else price, nan_ok=True, rel=1e-6)
            assert line["amount"] == pytest.approx(amount, abs=1e-5)
            assert line["baseline_quantity"] == pytest.approx(line["quantity"], nan_ok=True, abs=1e-5)
    year = over_months(bill).set_index("item")
    assert year.loc["energy", ["quantity", "unit"]].tolist() == [pytest.approx(480), "kWh"]
    assert year.loc["peak", ["quantity", "unit", "unit_price"]].tolist() == [pytest.approx(20), "kW·month", 2.0]
    assert year["amount"].sum() == pytest.approx(2 * 92.4, abs=1e-5)


def test_the_pages_add_up_to_the_ledger(busy: Solution) -> None:
    """Each line, each month and the horizon; the baseline's against the baseline's ledger, the differences between."""
    view = make_view(busy)
    bill = view_bill(view)
    keys = ["month", "asset", "item"]
    for column, plan in (("amount", busy.plan), ("baseline_amount", busy.baseline.plan)):
        ledger = plan.ledger[plan.ledger["account"] == "cost"]
        lines = ledger.groupby(keys)["amount"].sum()  # a tax on lines per step and per month has a row for each
        assert bill.set_index(keys)[column].to_dict() == pytest.approx(lines.to_dict(), abs=1e-6)
        place = 2 if column == "amount" else 4
        for page in bill_pages(bill, {}, "EUR"):
            part = ledger[ledger["month"] == page.month] if page.month else ledger
            exact = sum(float(row.cells[place].exact) for group in page.groups for row in group.rows)
            assert exact == pytest.approx(part["amount"].sum(), abs=1e-6)
            assert float(page.total.cells[place].exact) == pytest.approx(exact, abs=1e-6)
    total = bill_pages(bill, {}, "EUR")[0].total
    saved = busy.plan.accounts()["cost"] - busy.baseline.plan.accounts()["cost"]
    assert saved < 0
    assert float(total.cells[5].exact) == pytest.approx(saved, abs=1e-6)


def test_quantities_are_those_of_the_schedule_and_of_the_baseline(busy: Solution) -> None:
    """Energy is import times hours in either plan, and quantity times unit price is the amount."""
    bill = view_bill(make_view(busy))
    energy = bill[bill["item"] == "energy"]
    for column, plan in (("quantity", busy.plan), ("baseline_quantity", busy.baseline.plan)):
        assert energy[column].sum() == pytest.approx(plan.schedule["grid.import_kw"].sum(), abs=1e-5)
    counted = bill[bill["unit_price"].notna()]
    assert len(counted) >= 6
    assert (counted["quantity"] * counted["unit_price"]).to_numpy() == pytest.approx(
        counted["amount"].to_numpy(), rel=1e-6, abs=1e-5
    )
    assert list(bill["asset"].unique()) == ["grid", "store"]  # what is billed comes before what only wears


def test_the_file_is_written_whole_with_its_hash(tmp_path: Path) -> None:
    """bill.csv: the agreed columns, month after month, the same sums as ledger.csv, its hash in the manifest."""
    case = load_case(write_case(tmp_path / "case", {"load": load(10.0), "grid": GRID}, **TWO_DAYS))
    folder, summary = write_result(dispatch(case), tmp_path / "results")
    bill, ledger = (pd.read_csv(folder / name) for name in ("bill.csv", "ledger.csv"))
    assert list(bill.columns) == [
        "month", "asset", "item", "quantity", "unit", "unit_price_eur", "amount_eur", "baseline_quantity",
        "baseline_amount_eur",
    ]  # fmt: skip
    assert bill["month"].is_monotonic_increasing
    assert bill["amount_eur"].sum() == pytest.approx(ledger["amount"][ledger["account"] == "cost_eur"].sum(), abs=1e-6)
    assert bill["baseline_amount_eur"].sum() == pytest.approx(summary.baseline.accounts["cost_eur"], abs=1e-5)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["outputs"]["bill.csv"] == sha256(folder / "bill.csv")


def test_no_line_becomes_a_formula(tmp_path: Path, day_view: ReportView) -> None:
    """An item that a spreadsheet would run is kept as text."""
    ledger = day_view.plan.ledger.assign(item="=1+1")
    view = replace(day_view, plan=replace(day_view.plan, ledger=ledger))
    write_csv(tmp_path / "bill.csv", view_bill(view))
    assert "'=1+1" in (tmp_path / "bill.csv").read_text(encoding="utf-8")


def test_names_of_lines_stay_text(day_view: ReportView) -> None:
    """An item, an asset and a unit with markup are shown letter by letter on the bill, in the sizes and the caps."""
    item = "<b>peak & more</b>"
    view = hostile(day_view)
    ledger = day_view.plan.ledger.assign(item=item, asset=HOSTILE)
    emissions = {"total": 1.0, "by_scope": {HOSTILE: 1.0, item: 2.0}, "cap_prices_eur_per_t": {item: {HOSTILE: 1.0}}}
    summary = view.summary.with_parts(sizes={HOSTILE: {item: 1.0}}, emissions=emissions)
    ledger = ledger.assign(quantity=1.0, unit=HOSTILE)
    view = replace(view, plan=replace(view.plan, ledger=ledger), summary=summary)
    page = render_html(view)
    assert "b" not in Elements(page).tags
    assert "img" not in Elements(page).tags
    assert "&lt;b&gt;peak &amp; more&lt;/b&gt;" in page
    assert "<b>" not in render_markdown(view)


def test_markdown_has_the_horizon_s_bill(busy: Solution) -> None:
    """Quantity with its unit, unit price, amount, and the baseline's beside them."""
    text = render_markdown(make_view(busy))
    head = "| Quantity | Unit price | Amount,\u00a0€ | Baseline quantity | Baseline,\u00a0€ | Difference,\u00a0€ |"
    assert f"| Asset | Line {head}" in text
    line = next(row for row in text.splitlines() if row.startswith("| grid | Peak |"))
    peaks = busy.schedule["grid.import_kw"].groupby(busy.schedule.index.strftime("%Y-%m")).max()
    assert f"| {peaks.sum():.2f}\u00a0kW·month | 2.0000\u00a0€/kW·month | {2 * peaks.sum():.2f} |" in line
    assert "| 20.00\u00a0% |" in next(row for row in text.splitlines() if row.startswith("| grid | VAT |"))


def test_without_baseline_or_cost_nothing_is_made_up(day_view: ReportView) -> None:
    """Three columns of numbers without a baseline, and no pages without a cost."""
    alone = view_bill(replace(day_view, baseline=None))
    assert len(heads(alone, "EUR")) == 3
    assert {len(row.cells) for page in bill_pages(alone, {}, "EUR") for group in page.groups for row in group.rows} == {
        3
    }
    free = day_view.plan.ledger.iloc[:0]
    assert (
        bill_pages(view_bill(replace(day_view, baseline=None, plan=replace(day_view.plan, ledger=free))), {}, "EUR")
        == []
    )


def test_a_line_of_the_baseline_alone_is_on_the_bill(day_view: ReportView) -> None:
    """What the plan avoids altogether costs nought in it, and is not forgotten."""
    assert day_view.baseline is not None
    fine = ("2018-07", "cost_eur", "grid", "fine", 7.0, np.nan, "")
    extra = pd.DataFrame([fine], columns=list(day_view.plan.ledger.columns))
    baseline = replace(day_view.baseline, ledger=pd.concat([day_view.baseline.ledger, extra]))
    line = view_bill(replace(day_view, baseline=baseline)).set_index("item").loc["fine"]
    assert (line["amount"], line["baseline_amount"]) == (0.0, 7.0)


@pytest.mark.parametrize(
    ("price", "shown"),
    [(0.0225, "0.02250"), (0.134567, "0.13457"), (2.0, "2.0000"), (-0.05, "-0.05000"), (0.001234, "0.001234"),
     (123.456, "123.46"), (0.0, "0.00000"), (float("nan"), "")],
)  # fmt: skip
def test_unit_prices_have_four_to_six_digits(price: float, shown: str) -> None:
    """Neither 0.02 EUR/kWh nor 0.0225000001."""
    assert price_text(price) == shown


def test_decided_sizes_are_shown_on_top() -> None:
    """A store that is worth its full size: in the page before the figures, and in the short report."""
    size = {"max": "10 kWh", "yearly_cost": "1 EUR/kWh/year"}
    assets = {
        "store": battery(capacity=size, charge_max=None, discharge_max=None, power_max="10 kW"),
        "load": {"kind": "load", "profile": kw(*[0.0, 10.0] * 24)},
        "grid": GRID,
    }
    view = make_view(solve(assets, **TWO_DAYS))
    page, text = render_html(view), render_markdown(view)
    assert 0 < page.index("<dt>store \u00b7 Capacity</dt>") < page.index('id="time"')
    assert f"| store | Capacity | {view.summary.sizes['store']['capacity_kwh']:.1f}\u00a0kWh |" in text


def test_emissions_are_told_in_full() -> None:
    """Both intensities, what they are per kWh, m2 and person, what a tonne costs, and the caps that bind."""
    emissions: dict[str, Any] = {
        "total": 500.0, "by_scope": {"scope 2": 450.0, "scope 3": 50.0}, "at_average": 400.0, "at_marginal": 900.0,
        "per_kwh": 0.05, "per_m2": 0.25, "per_person": 12.5, "one_tonne_less_costs": 81.25,
        "cap_prices_per_t": {"emissions cap by month": {"2018-01": 120.0}, "emissions cap by year": {}},
    }  # fmt: skip
    shown = [row.cells[0].text.replace("\u00a0", " ") for row in emission_rows(EmissionFacts(**emissions), "EUR")]
    assert shown == [
        "500.0 kgCO₂", "400.0 kgCO₂", "900.0 kgCO₂", "0.0500 kgCO₂/kWh", "0.250 kgCO₂/m²", "12.50 kgCO₂", "81.25 €/t"
    ]  # fmt: skip
    untold = emission_rows(EmissionFacts(**{**emissions, "one_tonne_less_costs": None}), "EUR")
    assert untold[-1].cells[0].text == "not known"
    assert [row.cells[0].text for row in scope_rows(EmissionFacts(**emissions))] == ["450.0", "50.0"]
    caps = [(*row.head, row.cells[0].text) for row in cap_rows(EmissionFacts(**emissions), "EUR")]
    assert caps == [
        ("emissions cap by month", "2018-01", "120.00"),
        ("emissions cap by year", "does not bind", "\u2013"),
    ]
    assert (
        emission_rows(EmissionFacts(), "EUR") == scope_rows(EmissionFacts()) == cap_rows(EmissionFacts(), "EUR") == []
    )
