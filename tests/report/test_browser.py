"""The page in a real browser: figures are drawn, nothing fails, nothing is fetched, nothing overflows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from microgrid.report.pages.compare import render_compare_html
from microgrid.report.pages.html import render_html
from microgrid.report.view import ReportView
from tests.report.browser import Browser
from tests.report.conftest import make_view, ports_of
from tests.report.test_html import HOSTILE, bare, hostile

# Colours in each canvas: a blank one has one. Canvases are read in the page; the file is its own origin.
COLOURS = """(() => Object.fromEntries([...document.querySelectorAll('.canvas')].map((host) => {
  const canvas = host.querySelector('canvas');
  if (!canvas) return [host.id, 0];
  const image = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return [host.id, new Set(new Uint32Array(image.data.buffer)).size];
})))()"""


def show(browser: Browser, folder: Path, page: str, width: int = 1280) -> dict[str, int]:
    """Open a page, check that it is quiet, and return the number of colours in each of its canvases."""
    path = folder / "report.html"
    path.write_text(page, encoding="utf-8")
    browser.open(path, width)
    colours: dict[str, int] = browser.ask(COLOURS)
    assert browser.errors == []
    assert browser.requests == [path.as_uri()], "the page asked for something beyond itself"
    return colours


def figures_of_year() -> set[str]:
    series = {"storages-12", "storages-14", "rooms-7"}  # places of these columns in the fixture's schedule
    accounts = {"months-0", "months-1", "accounts-0", "accounts-1"}
    return {"timeline", "balance", "explorer", "heatmap", "duration"} | series | accounts


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_year_draws_every_figure(browser: Browser, tmp_path: Path, year_view: ReportView, theme: str) -> None:
    """All twelve figures have more than background and one line, in both themes."""
    browser.prefer(theme)
    colours = show(browser, tmp_path, render_html(year_view))
    assert set(colours) == figures_of_year()
    assert min(colours.values()) > 8, colours


def test_day_draws_its_figures_without_those_of_a_year(browser: Browser, tmp_path: Path, day_view: ReportView) -> None:
    """One day: no heat map, no months, no buttons for lengths that it does not have."""
    colours = show(browser, tmp_path, render_html(day_view))
    assert set(colours) == figures_of_year() - {"heatmap", "months-0", "months-1"}
    assert min(colours.values()) > 8, colours
    assert browser.ask("document.getElementById('window-buttons').hidden") is True


def test_least_case_is_drawn_without_errors(browser: Browser, tmp_path: Path, day_view: ReportView) -> None:
    """No store, room, grid, bill or baseline: the scripts pass over what is not there."""
    colours = show(browser, tmp_path, render_html(bare(day_view)))
    assert set(colours) == {"timeline", "balance", "explorer"}
    assert min(colours.values()) > 8, colours


def test_finer_steps_appear_as_the_stretch_gets_shorter(
    browser: Browser, tmp_path: Path, fine_year_view: ReportView
) -> None:
    """Days over the year, hours over a month, quarters over a week; buttons choose whole calendar units."""
    show(browser, tmp_path, render_html(fine_year_view))
    label = "document.getElementById('window-label').textContent"
    assert "daily means" in browser.ask(label)
    browser.ask("document.querySelector('[data-unit=month]').click()")
    assert browser.ask(label) == "Sun 1 Jul to Tue 31 Jul 2018 \u00b7 hourly means"
    browser.ask("document.querySelector('[data-unit=week]').click()")
    assert "every step" in browser.ask(label)
    assert browser.ask("document.querySelector('[data-unit=week]').getAttribute('aria-pressed')") == "true"
    browser.ask("document.querySelector('[data-shift=\"-1\"]').click()")
    assert browser.ask(label).startswith("Mon 9 Jul to Sun 15 Jul 2018")
    assert browser.errors == []


def test_slider_and_figures_move_together(browser: Browser, tmp_path: Path, year_view: ReportView) -> None:
    """Moving the slider moves the balance, and zooming in the balance moves the slider."""
    show(browser, tmp_path, render_html(year_view))
    zoom = """(() => {
      const t = microgrid.timeline;
      const chart = (id) => echarts.getInstanceByDom(document.getElementById(id));
      const shown = (id) => (chart(id).getOption().dataZoom[0].startValue - t.start) / 86400;
      const move = (id, day) => chart(id).dispatchAction({
        type: 'dataZoom', startValue: t.start + day * 86400, endValue: t.start + (day + 7) * 86400 });
      move('timeline', 30);
      const first = shown('balance');
      move('balance', 60);
      return [first, shown('timeline')];
    })()"""
    assert browser.ask(zoom) == pytest.approx([30.0, 60.0], abs=0.01)
    assert browser.errors == []


def test_browser_decodes_the_numbers_that_python_wrote(
    browser: Browser, tmp_path: Path, fine_year_view: ReportView
) -> None:
    """The page's decoder is right to 0.005, and daily bins of 23 to 25 hours keep the energy."""
    show(browser, tmp_path, render_html(fine_year_view))
    schedule = fine_year_view.plan.schedule
    place = list(schedule.columns).index("grid.import_kw")
    shown = browser.ask(f"Array.from(microgrid.timeline.store.values({place}))")
    assert np.abs(np.array(shown) - schedule["grid.import_kw"].to_numpy()).max() <= 0.005 + 1e-9
    daily = browser.ask(
        f"(() => {{ const t = microgrid.timeline, level = t.levels[2], edges = level.edges;"
        f" return Array.from(t.store.stats({place}, level).mean,"
        " (value, bin) => value * (edges[bin + 1] - edges[bin]) / 3600); })()"
    )
    by_day = (schedule["grid.import_kw"] * 0.25).groupby(pd.DatetimeIndex(schedule.index).date).sum()
    assert len(daily) == 365
    assert np.abs(np.array(daily) - by_day.to_numpy()).max() <= 0.005 * 25


def test_unequal_steps_are_weighed(browser: Browser, tmp_path: Path) -> None:
    """Half an hour at 0 kW and a quarter each at 40 and 80 kW make an hour of 30 kW, not of 40."""
    base = make_view("2018-07-03", "2018-07-05", with_baseline=False)
    starts = pd.date_range("2018-07-03", "2018-07-05", freq="1h", tz="Europe/Paris", inclusive="left")
    offsets = pd.to_timedelta([0, 30, 45] * len(starts), unit="min")
    index = pd.DatetimeIndex(starts.repeat(3) + offsets)
    take = np.repeat(np.arange(48), 3)
    schedule = base.plan.schedule.iloc[take].set_axis(index, axis=0)
    schedule["grid.import_kw"] = [0.0, 40.0, 80.0] * 48
    flows = base.plan.flows.iloc[take].set_axis(index, axis=0)
    plan = replace(base.plan, schedule=schedule, flows=flows, ports=ports_of(schedule, "li-ion"))
    show(browser, tmp_path, render_html(replace(base, plan=plan, step_hours=[0.5, 0.25, 0.25] * 48)))
    place = list(schedule.columns).index("grid.import_kw")
    means = browser.ask(f"Array.from(microgrid.timeline.store.stats({place}, microgrid.timeline.levels[1]).mean)")
    assert means == [30.0] * 48


def test_local_times_are_right_around_the_change_of_the_clock(browser: Browser, tmp_path: Path) -> None:
    """28 October 2018 has 25 hours in Paris: two steps named 02:00, told apart by their distance from UTC."""
    show(browser, tmp_path, render_html(make_view("2018-10-28", "2018-10-29", with_baseline=False)))
    names = browser.ask(
        "(() => { const t = microgrid.timeline; return Array.from({length: 25}, (_, i) =>"
        " microgrid.spanText(t.edges[i], t.edges[i + 1], t.clock)); })()"
    )
    assert names[2] == "Sun 28 Oct 2018, 02:00\u201302:00, UTC+2"
    assert names[3] == "Sun 28 Oct 2018, 02:00\u201303:00, UTC+1"
    assert names[24] == "Sun 28 Oct 2018, 23:00\u201324:00, UTC+1"


def test_hostile_names_are_shown_as_text(browser: Browser, tmp_path: Path) -> None:
    """The name is in the legend, letter by letter, and nothing of it ran (a dialog would block the page)."""
    view = hostile(make_view("2018-07-03", "2018-07-04", battery=HOSTILE))
    show(browser, tmp_path, render_html(view))
    assert HOSTILE in browser.ask(
        "[...document.querySelectorAll('#balance-legend button')].map((one) => one.textContent)"
    )
    assert browser.ask("document.querySelectorAll('img').length") == 0


def test_the_bill_turns_its_pages(browser: Browser, tmp_path: Path, year_view: ReportView) -> None:
    """One page at a time by list, keyboard and button; on paper all thirteen, each with its month."""
    show(browser, tmp_path, render_html(year_view), 390)
    shown = (
        "[...document.querySelectorAll('.bill-page')].filter((one) => one.offsetHeight > 0)"
        ".map((one) => one.dataset.month)"
    )
    assert browser.ask(shown) == [""]
    browser.ask("document.querySelector('#bill-turn [data-turn=\"1\"]').click()")
    assert browser.ask(shown) == ["2018-01"]
    browser.ask("document.getElementById('bill-month').focus()")
    for kind in ("keyDown", "keyUp"):
        browser.call("Input.dispatchKeyEvent", type=kind, key="ArrowDown", code="ArrowDown", windowsVirtualKeyCode=40)
    assert browser.ask(shown) == ["2018-02"]
    assert browser.ask("document.querySelector('#bill-turn [data-turn=\"-1\"]').disabled") is False
    browser.call("Emulation.setEmulatedMedia", media="print")
    assert len(browser.ask(shown)) == 13
    assert browser.ask("document.querySelector('.bill-page:last-child h4').offsetHeight") > 0
    browser.call("Emulation.setEmulatedMedia", media="")
    assert browser.errors == []


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_never_scrolls_sideways(browser: Browser, tmp_path: Path, year_view: ReportView, width: int) -> None:
    """Wide tables scroll in their own box, also with all details open."""
    show(browser, tmp_path, render_html(year_view), width)
    browser.ask("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert browser.ask("document.documentElement.scrollWidth") == width


def test_theme_button_and_filter_work(browser: Browser, tmp_path: Path, day_view: ReportView) -> None:
    """The button turns light to dark; the filter leaves the one row that has both words."""
    browser.prefer("light")
    show(browser, tmp_path, render_html(day_view))
    background = "getComputedStyle(document.body).backgroundColor"
    before = browser.ask(background)
    browser.ask("document.getElementById('theme-toggle').click()")
    assert browser.ask(background) != before
    browser.ask(
        "(() => { const field = document.querySelector('.filter'); field.value = 'li-ion wear';"
        " field.dispatchEvent(new Event('input')); })()"
    )
    assert browser.ask("document.querySelectorAll('#assumptions tbody tr:not([hidden])').length") == 1
    assert browser.errors == []


def test_comparison_draws_bars_and_dots(browser: Browser, tmp_path: Path, year_view: ReportView) -> None:
    """One figure per account and the scatter of cost against emissions."""
    summary = year_view.summary
    colours = show(browser, tmp_path, render_compare_html([("a", summary), (HOSTILE, summary)], "Two"))
    assert set(colours) == {"scatter", "accounts-0", "accounts-1"}
    assert min(colours.values()) > 8, colours
