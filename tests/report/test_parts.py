"""Names, numbers, the series codec, colours, Markdown and the comparison."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgrid.report.figures.colours import asset_colours
from microgrid.report.figures.series import encode_series, encode_time
from microgrid.report.pages.compare import render_compare_html
from microgrid.report.pages.markdown import render_markdown
from microgrid.report.quantities import number, quantity, split_column
from microgrid.report.tables.summary_rows import solver_rows
from microgrid.report.view import ReportView
from microgrid.result.summary import Summary
from tests.report.conftest import decode_series, summary_of
from tests.report.test_html import HOSTILE, Elements, embedded


@pytest.mark.parametrize(
    ("name", "label", "unit", "shown"),
    [
        ("peak_import_kw", "Peak import", "kW", "1\u202f234.50"),
        ("self_consumption_fraction", "Self consumption", "%", "123\u202f450.00"),
        ("carbon_price_eur_per_kgco2", "Carbon price", "€/kgCO₂", "1\u202f234.5000"),
        ("comfort_exceedance_kh", "Comfort exceedance", "K·h", "1\u202f234.50"),
        ("discomfort_kelvin_hours", "Discomfort", "K·h", "1\u202f234.50"),
        ("number_of_starts", "Number of starts", "", "1\u202f234.50"),
    ],
)
def test_names_carry_label_and_unit(name: str, label: str, unit: str, shown: str) -> None:
    """A KPI never heard of is shown right; suffixes in another order would make a price an emission."""
    about = quantity(name)
    assert (about.label, about.unit, about.text(1234.5)) == (label, unit, shown)


def test_numbers_keep_small_values_and_real_minus_signs() -> None:
    """3e-9 kW is not nought, -0.0 is not negative, and a saving has its sign."""
    assert number(3.2e-10, 2) == "3.2\u202f×\u202f10⁻¹⁰"
    assert number(-0.0, 1) == "0.0"
    assert number(-1234.56, 1) == "\u22121\u202f234.6"
    assert number(5.0, 0, signed=True) == "+5"
    assert number(float("nan"), 1) == "\u2013"


def test_asset_names_may_hold_dots() -> None:
    """Only the last dot ends the asset's name."""
    assert split_column("hall 1.2.charge_kw") == ("hall 1.2", "charge_kw")


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60))
def test_series_come_back_within_half_a_hundredth(values: list[float]) -> None:
    """For any values, jumps and signs; lost bits of large jumps or a wrong zigzag would show."""
    array = np.array(values)
    assert np.abs(decode_series(encode_series(array), len(array)) - array).max() <= 0.005 + 1e-6 * (
        np.abs(array).max() > 1e7
    )


def test_small_series_keep_five_digits_and_gaps_stay_gaps() -> None:
    """A price of 0.1432 EUR/kWh must not become 0.14, nor a missing value a nought."""
    values = np.array([0.14321, np.nan, np.nan, 0.0987])
    shown = decode_series(encode_series(values), 4)
    assert np.isnan(shown[1:3]).all()
    assert np.abs(shown[[0, 3]] - values[[0, 3]]).max() <= 5e-6


def test_time_axis_holds_both_changes_of_the_clock() -> None:
    """A year in Paris starts at UTC+1, and changes twice, at 01:00 UTC of 25 March and 28 October 2018."""
    index = pd.date_range("2018-01-01", "2019-01-01", freq="1h", tz="Europe/Paris", inclusive="left")
    time = encode_time(index, [1.0] * len(index))
    changes = [(pd.Timestamp(at, unit="s").isoformat(), offset) for at, offset in time["offsets"]]
    assert changes == [
        ("2017-12-31T23:00:00", 3600),
        ("2018-03-25T01:00:00", 7200),
        ("2018-10-28T01:00:00", 3600),
    ]
    assert time["count"] == 8760


def _seen(colour: str, matrix: list[list[float]]) -> np.ndarray:
    """A colour in CIE Lab as seen through a matrix on linear RGB."""
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(matrix) @ linear, 0.0, 1.0)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    ratio = to_xyz @ seen / np.array([0.9505, 1.0, 1.089])
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize(
    "matrix",
    [
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    ],
    ids=["full", "deuteranopia", "protanopia"],
)  # matrices: Machado, Oliveira, Fernandes (2009), severity 1
def test_usual_assets_are_told_apart_by_colour_blind_readers(matrix: list[list[float]]) -> None:
    """A usual park: every pair at least 10 apart in Lab, four to five times what is just noticeable."""
    roles = {
        "pv": ["generation"],
        "wind": ["generation"],
        "store": ["storage"],
        "wheel": ["storage"],
        "grid": ["exchange"],
        "offices": ["demand"],
        "hvac": ["demand"],
    }
    colours = asset_colours(roles)
    distances = {
        (a, b): float(np.linalg.norm(_seen(colours[a], matrix) - _seen(colours[b], matrix)))
        for a, b in itertools.combinations(roles, 2)
    }
    assert min(distances.values()) >= 10.0, min(distances.items(), key=lambda item: item[1])


def test_colours_do_not_depend_on_the_order_of_columns() -> None:
    """The same asset has the same colour in every figure and run."""
    roles = {"b": ["storage"], "a": ["storage"], "grid": ["exchange"]}
    assert asset_colours(roles) == asset_colours(dict(reversed(roles.items())))


def test_markdown_has_bill_kpis_audit_and_notes(year_view: ReportView) -> None:
    """The CI log says the same numbers as the page."""
    text = render_markdown(year_view)
    total = f"{year_view.summary.accounts['cost_eur']:,.2f}".replace(",", "\u202f")
    assert f"| Total |  |  |  | {total} |" in text
    assert "Weather is synthetic" in text
    assert "audit **passed**" in text
    assert "all within their tolerance" in text
    assert "| Peak import | kW |" in text


def test_markdown_does_not_change_with_speed_or_size(year_view: ReportView) -> None:
    """It can be committed as a reference: another machine must give the same text."""
    slower = year_view.summary.with_parts(
        timing_seconds={"solve": 99.0}, size={"columns": 1}, solver={"version": "HiGHS 9"}
    )
    assert render_markdown(replace(year_view, summary=slower)) == render_markdown(year_view)


def test_markdown_escapes_data(day_view: ReportView) -> None:
    """A name with a bar must not add a table column, one with a tag must not become HTML."""
    text = render_markdown(replace(day_view, title="a|b <script>", notes=("line\nbreak",)))
    assert "# a\\|b &lt;script&gt;" in text
    assert "line break" in text


def _scenarios(view: ReportView) -> list[tuple[str, Summary]]:
    accounts = {**view.summary.accounts, "cost_eur": view.summary.accounts["cost_eur"] - 1000.0}
    lines = [line for line in view.summary.lines if line.asset != "li-ion"]
    return [("base", view.summary), ("no-storage", view.summary.with_parts(accounts=accounts, lines=lines))]


def test_comparison_shows_differences_to_the_first(year_view: ReportView) -> None:
    """1000 EUR less is shown as such; a line that a scenario lacks counts nought there."""
    page = render_compare_html(_scenarios(year_view), "Two ways")
    data = embedded(page)
    assert "\u22121\u202f000.00" in page
    wear = next(line for line in data["accounts"][0]["lines"] if line["asset"] == "li-ion")
    assert wear["totals"][0] > 0
    assert wear["totals"][1] == 0.0
    assert [point["name"] for point in data["scatter"]["points"]] == ["base", "no-storage"]


def test_comparison_escapes_scenario_names(year_view: ReportView) -> None:
    """Scenario names are data too."""
    summary = year_view.summary
    harmless = Elements(render_compare_html([("a", summary), ("b", summary)], "c"))
    evil = Elements(render_compare_html([(HOSTILE, summary), ("b", summary)], HOSTILE))
    assert evil.tags == harmless.tags


def test_nothing_to_compare_is_an_error() -> None:
    """An empty page would look like a result."""
    with pytest.raises(ValueError, match="no scenario"):
        render_compare_html([], "nothing")


def test_targets_are_sentences() -> None:
    """Value, limits and verdict; a figure that the plan does not have is a dash."""
    targets = [
        {"figure": "cost_eur", "min": None, "max": 6.0, "value": 5.76, "met": True},
        {"figure": "self_sufficiency_fraction", "min": 0.5, "max": 0.9, "value": None, "met": False},
    ]
    found = {row.head[0]: row.cells[0].text.replace("\u00a0", " ") for row in solver_rows(summary_of(targets=targets))}
    assert found["Target · Cost"] == "5.76 €, wanted at most 6.00 €: met"
    assert found["Target · Self sufficiency"] == "–, wanted at least 50.00 % and at most 90.00 %: missed"
