"""`microgrid sensors` from outside: exit codes, files, what is told; and the page in a browser."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from microgrid import Sensing, gather_sensors
from microgrid.report.pages.sensors import render_sensors_html
from tests.command import inside, outside
from tests.conftest import ONE_DAY, ROOT
from tests.report.browser import Browser
from tests.report.test_browser import show
from tests.sensors.made import every, write_archive

CASE = ROOT / "cases" / "park-sensors"  # for the tests that every study has to pass
HOSTILE = "<img src=x onerror=alert(1)>"


def park(folder: Path, sign: int = 1, point: str = "hall") -> Path:
    """Two days: import and solar supply offices and a hall; a solar hole of an hour on the second day."""
    rng = np.random.default_rng(0)
    offices, hall, solar = (rng.uniform(a, b, 192) for a, b in ((20, 80), (40, 90), (0, 30)))
    frames = [
        every(15, "main", offices + hall - solar),
        every(15, "pv", solar).drop(index=range(120, 124)),
        every(15, "offices", np.where(np.arange(192) == 7, 1e6, offices)),
        every(15, point, sign * hall),
        every(60, "=unused", [1.0] * 48),
    ]
    fill = {"up_to": "2 h"}
    series = {
        "import": {"points": ["main"], "unit": "kW"},
        "solar": {"points": ["pv"], "unit": "kW", "fill": fill},
        "loads": {"points": ["offices", point.replace("[", "[[]")], "unit": "kW", "most": "100 kW", "fill": fill},
    }
    balances = {"board": {"in": ["import", "solar"], "out": ["loads"]}}
    return write_archive(folder, frames, series, hours=48, balances=balances)


def test_what_adds_up_exits_with_0(tmp_path: Path) -> None:
    case = park(tmp_path / "case")
    done = outside("sensors", str(case), "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert "Balance 'board' adds up to 0.00 % of the flow." in done.stdout
    *shown, files = done.stdout.splitlines()  # a path is as long as it is
    assert max(map(len, shown)) <= 80
    assert files.startswith("Files: ")
    folder = tmp_path / "out" / "case" / "base.sensors"
    assert sorted(f.name for f in folder.iterdir()) == ["quality.csv", "sensors.html", "series.csv", "summary.json"]
    quality = pd.read_csv(folder / "quality.csv").set_index("point")
    assert quality.loc["pv", "filled by straight line"] == 4
    assert quality.loc["pv", "measured_fraction"] == pytest.approx(188 / 192)
    series = pd.read_csv(folder / "series.csv")
    assert list(series.columns) == ["time", "import_kw", "solar_kw", "loads_kw"]
    assert series["time"][0] == "2024-06-03T00:00:00+02:00"


def test_what_does_not_add_up_exits_with_1_and_names_the_culprit(tmp_path: Path) -> None:
    done = inside("sensors", str(park(tmp_path / "case", sign=-1)), "--out", str(tmp_path / "out"), "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    [suspect, *_] = told["balances"]["board"]["suspects"]
    assert (suspect["point"], suspect["fault"]) == ("hall", "has the opposite sign")
    assert told["not_mapped"] == ["=unused"]
    assert "likeliest cause: hall, has the opposite sign" in told["findings"][0]
    assert told == json.loads((tmp_path / "out/case/base.sensors/summary.json").read_text(encoding="utf-8"))


def test_a_case_without_sensors_exits_with_2(tmp_path: Path) -> None:
    done = inside("sensors", str(ONE_DAY))
    assert done.returncode == 2
    assert "the case has no sensors" in done.stderr
    assert "Traceback" not in done.stderr


def page(found: Sensing) -> str:
    return render_sensors_html(found.gathered, found.horizon, found.title)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_draws_its_figures(browser: Browser, tmp_path: Path, theme: str) -> None:
    """Coverage and balance are drawn; the filter leaves the rows that hold the words."""
    browser.prefer(theme)
    colours = show(browser, tmp_path, page(gather_sensors(park(tmp_path / "case", sign=-1))))
    assert set(colours) == {"coverage-map", "balance-0", "left-out"}
    assert min(colours.values()) > 8, colours
    rows = "[...document.querySelectorAll('#point-table tbody tr')].filter((row) => !row.hidden).length"
    assert browser.ask(rows) == 4
    browser.ask("document.querySelector('.filter').value = 'solar'")
    browser.ask("document.querySelector('.filter').dispatchEvent(new Event('input'))")
    assert browser.ask(rows) == 1


def test_the_names_of_points_are_text(browser: Browser, tmp_path: Path) -> None:
    """A point called like markup is shown as it is called."""
    text = page(gather_sensors(park(tmp_path / "case", sign=-1, point=HOSTILE)))
    assert HOSTILE not in text
    show(browser, tmp_path, text)
    assert browser.ask("document.querySelectorAll('img').length") == 0
    assert HOSTILE in browser.ask("document.body.textContent")


def test_nothing_overflows_on_a_narrow_page(browser: Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, page(gather_sensors(park(tmp_path / "case"))), width=420)
    assert browser.ask("document.documentElement.scrollWidth <= window.innerWidth")
