"""The page as text: what it holds, that data stays data, and what it costs to make."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

from microgrid.contract.plan import Plan
from microgrid.report.pages.html import render_html
from microgrid.report.pages.markdown import render_markdown
from microgrid.report.view import ReportView
from tests.report.conftest import decode_series, make_view, summary_of

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&\u2028'\"{{7*7}}"


def embedded(page: str) -> dict[str, Any]:
    """The data block as a browser would find it: up to the first end tag."""
    block = page.split('<script type="application/json" id="report-data">')[1].split("</script>")[0]
    data: dict[str, Any] = json.loads(block)
    return data


class Elements(HTMLParser):
    """Counts what a browser would make of the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def bare(view: ReportView) -> ReportView:
    """The least that a case can be: a roof and a load, no bill, no baseline, nothing assumed."""
    schedule = view.plan.schedule[["roof-pv.generation_kw", "offices.demand_kw"]]
    flows = view.plan.flows.loc[:, (slice(None), slice(None), ["roof-pv", "offices"])]
    summary = summary_of(status="optimal", accounts={"cost_eur": 0.0}, kpis={}, lines=[])
    ports = {key: port for key, port in view.plan.ports.items() if key[2] in ("roof-pv", "offices")}
    plan = Plan(schedule, flows, view.plan.ledger.iloc[:0], ports)
    return replace(view, plan=plan, baseline=None, summary=summary, assumptions=(), notes=())


def hostile(view: ReportView) -> ReportView:
    """The view with hostile text wherever a file or a user could put some."""
    evil = HOSTILE
    row = dict.fromkeys(("asset", "field", "value", "meaning", "source"), evil)
    repair = dict.fromkeys(("file", "column", "what", "count", "detail"), evil)
    summary = view.summary.with_parts(title=evil, notes=[evil], kpis={evil: 1.0, **view.summary.kpis})
    ledger = view.plan.ledger.assign(item=evil)
    return replace(
        view, case_name=evil, scenario=evil, title=evil, notes=(evil,), site={evil: evil}, assumptions=(row,),
        repairs=(repair,), summary=summary, plan=replace(view.plan, ledger=ledger),
    )  # fmt: skip


def test_hostile_text_never_becomes_markup() -> None:
    """Same elements as with harmless text: a name that closes the script would add a script and an image."""
    harmless = Elements(render_html(hostile_free := make_view("2018-07-03", "2018-07-04")))
    evil = Elements(render_html(hostile(make_view("2018-07-03", "2018-07-04", battery=HOSTILE))))
    assert evil.tags.count("script") == harmless.tags.count("script")
    assert "img" not in evil.tags
    assert not [name for name, _ in evil.attributes if name.startswith("on")]
    assert hostile_free.title  # the comparison above is with a real page


def test_hostile_name_arrives_unchanged_in_the_data() -> None:
    """Escaping must not alter the name: the figures show it as it is written in the case."""
    data = embedded(render_html(make_view("2018-07-03", "2018-07-04", battery=HOSTILE)))
    assert HOSTILE in {part["asset"] for part in data["balances"][0]["parts"]}
    assert HOSTILE in data["colours"]


def test_template_braces_in_data_are_not_run() -> None:
    """`{{7*7}}` in a title stays as written; a template of templates would show 49."""
    page = render_html(replace(make_view("2018-07-03", "2018-07-04"), title="{{7*7}}"))
    assert "<h1>{{7*7}}</h1>" in page


def test_policy_allows_our_scripts_by_hash_and_nothing_else(day_view: ReportView) -> None:
    """Without 'unsafe-inline' for scripts, and with no host: even injected markup could not run or load."""
    match = re.search(r'Content-Security-Policy" content="([^"]*)"', render_html(day_view))
    assert match
    rules = dict(rule.strip().split(" ", 1) for rule in match[1].replace("&#39;", "'").split(";"))
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in rules["script-src"]
    assert all(re.fullmatch(r"'sha256-[\w+/]+='", source) for source in rules["script-src"].split())
    assert "http" not in match[1]


def test_every_schedule_column_survives_the_round_trip(fine_year_view: ReportView) -> None:
    """Each value comes back right to half of 0.01, by a decoder that shares no code with the writer."""
    data = embedded(render_html(fine_year_view))
    by_column = {data["series"][place]["column"]: data["series"][place] for place in data["schedule"]}
    schedule = fine_year_view.plan.schedule
    assert set(by_column) == set(schedule.columns)
    for column in (
        "grid.import_kw",
        "li-ion.state_of_charge_kwh",
        "grid.import_price_per_kwh",
        "sensor-0.power_kw",
    ):
        shown = decode_series(by_column[column], len(schedule))
        assert np.abs(shown - schedule[column].to_numpy()).max() <= 0.005 + 1e-12


def test_flows_that_repeat_a_column_are_stored_once_and_read_with_their_sign(day_view: ReportView) -> None:
    """The offices draw what their demand column says: no second copy, but the opposite sign."""
    data = embedded(render_html(day_view))
    part = next(part for part in data["balances"][0]["parts"] if part["asset"] == "offices")
    assert data["series"][part["series"]]["column"] == "offices.demand_kw"
    values = part["sign"] * decode_series(data["series"][part["series"]], 24)
    assert np.abs(values - day_view.plan.flows["site", "electricity", "offices"].to_numpy()).max() <= 0.005


def test_a_year_of_quarters_is_small_and_quick(fine_year_view: ReportView) -> None:
    """35,040 steps, 30 restless columns: below 4.5 MB, and a second of Python (two on a busy machine).

    The processor's time, as other processes may hold it up for any time.
    """
    assert fine_year_view.plan.schedule.shape == (35040, 30)
    render_html(make_view("2018-07-03", "2018-07-04"))  # imports are not what is measured
    started = time.process_time()
    page = render_html(fine_year_view)
    assert time.process_time() - started < 2.0
    assert len(page.encode()) < 4_500_000


def test_importing_the_package_loads_no_heavy_library() -> None:
    """A command that makes no report must not wait for what only reports need."""
    heavy = ("pandas", "numpy", "jinja2", "pyomo", "highspy")
    code = f"import sys, {{}}; print([name for name in {heavy} if name in sys.modules])"
    loaded = [
        subprocess.run([sys.executable, "-c", code.format(name)], capture_output=True, text=True, check=True)
        for name in ("microgrid", "microgrid.report")
    ]
    assert loaded[1].stdout == loaded[0].stdout


def test_parts_that_the_case_lacks_do_not_appear(day_view: ReportView) -> None:
    """One load and one roof: no store, room, grid or baseline, and no empty heading for them."""
    page, full = (render_html(view).split("<main>")[1].split("</main>")[0] for view in (bare(day_view), day_view))
    for words in (
        "State of charge</h3>",
        "Indoor temperature</h3>",
        "Import from the grid",
        "Baseline",
        'id="assumptions"',
    ):
        assert words in full
        assert words not in page
    assert 'id="balance"' in page


def test_year_figures_are_left_out_of_a_single_day(day_view: ReportView, year_view: ReportView) -> None:
    """A heat map of one day or monthly bars of one month would say nothing."""
    for mark in ('id="heatmap"', 'id="months-0"'):
        assert mark not in render_html(day_view)
        assert mark in render_html(year_view)


def test_headline_numbers_notes_and_badges_are_in_the_page(year_view: ReportView) -> None:
    """What a reader needs first is there without JavaScript, with thin spaces and the sign of the saving."""
    page = render_html(year_view)
    cost = round(year_view.summary.accounts["cost_eur"])
    assert f"{cost:,}".replace(",", "\u202f") in page
    assert "Weather is synthetic" in page
    assert "Audit passed" in page
    assert "Nothing was repaired" in page
    assert repr(year_view.summary.kpis["import_kwh"]) in page  # the exact value, as the cell's title


def test_failed_audit_and_repairs_are_said_plainly(day_view: ReportView) -> None:
    """A report of a failed audit must not look like one that passed."""
    summary = day_view.summary.with_parts(audit={"passed": False, "checks": {"limits": False}})
    repairs = ({"file": "meter.csv", "column": "kw", "what": "gap filled", "count": 4, "detail": "linear"},)
    page = render_html(replace(day_view, summary=summary, repairs=repairs))
    assert "Audit failed" in page
    assert "Audit passed" not in page
    assert "Nothing was repaired" not in page
    assert "meter.csv" in page


def test_no_saving_is_claimed_against_a_baseline_that_breaks_limits(day_view: ReportView) -> None:
    """A cheap baseline that lets the offices freeze is no yardstick: the page says so, and compares less."""
    baseline = {**day_view.summary.plain()["baseline"], "feasible": False, "findings": ["hvac is too cold for 3 h"]}
    view = replace(day_view, summary=day_view.summary.with_parts(baseline=baseline, savings=None))
    page = render_html(view)
    assert "hvac is too cold for 3 h" in page
    assert "against baseline</p>" not in page
    assert "against baseline</p>" in render_html(day_view)
    assert "Against the baseline:" not in page
    assert "Difference" not in page
    assert "Difference" in render_html(day_view)
    assert "Difference" not in render_markdown(view)


def test_wrong_time_axes_are_refused(day_view: ReportView) -> None:
    """A page with every number at the wrong hour is worse than none."""
    with pytest.raises(ValueError, match="disagree"):
        render_html(replace(day_view, step_hours=[0.5] * 24))
    schedule = day_view.plan.schedule.tz_localize(None)
    with pytest.raises(ValueError, match="time zone"):
        render_html(replace(day_view, plan=replace(day_view.plan, schedule=schedule)))


def test_heat_map_follows_the_local_clock_over_both_changes_of_it() -> None:
    """Import equal to the clock's hour: each cell holds its own; the skipped hour of March is missing."""
    for start, end, missing in (("2018-03-24", "2018-03-28", [(1, 2)]), ("2018-10-27", "2018-10-31", [])):
        view = make_view(start, end, "15min", with_baseline=False)
        index = pd.DatetimeIndex(view.plan.schedule.index)
        flows = view.plan.flows.copy()
        flows["site", "electricity", "grid"] = np.asarray(index.hour, dtype=float)
        data = embedded(render_html(replace(view, plan=replace(view.plan, flows=flows))))["heatmap"]
        cells = decode_series(data, 24 * data["days"]).reshape(-1, 24)
        assert [tuple(map(int, place)) for place in np.argwhere(np.isnan(cells))] == missing
        assert np.nanmax(np.abs(cells - np.arange(24))) <= 0.005


def test_duration_curve_weighs_unequal_steps() -> None:
    """2 h at 10 kW, 0.25 h at 30 and 0.25 h at 20: the peak lasts 0.25 h, 20 kW until 0.5 h, 10 until 2.5."""
    view = make_view("2018-07-03", "2018-07-03 04:00", with_baseline=False)
    index = pd.DatetimeIndex(["2018-07-03 00:00", "2018-07-03 02:00", "2018-07-03 02:15"]).tz_localize("Europe/Paris")
    schedule = pd.DataFrame({"grid.import_kw": [10.0, 30.0, 20.0]}, index=index)
    flows = view.plan.flows.iloc[:3].set_axis(index, axis=0)
    flows["site", "electricity", "grid"] = [10.0, 30.0, 20.0]
    connection = {key: port for key, port in view.plan.ports.items() if port.role == "exchange"}
    plan = Plan(schedule, flows[list(connection)], view.plan.ledger, connection)
    unequal = replace(view, plan=plan, step_hours=[2.0, 0.25, 0.25])
    data = embedded(render_html(unequal))
    assert data["duration"]["optimized"] == [[0.0, 30.0], [0.25, 20.0], [0.5, 10.0], [2.5, 10.0]]
    assert data["time"]["steps"] == [[1, 7200], [2, 900]]
    # 2 h at 10 kW + 0.25 h at 30 kW + 0.25 h at 20 kW = 32.5 kWh; unweighted steps would give another sum
    assert re.search(r"<td class=\"number\" title=\"32.5\">32.5</td>", render_html(unequal))
