"""Messages that can be read: of any length of input, of extreme numbers, and in words of this project."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import zoneinfo
from pathlib import Path

import pytest
from click.testing import CliRunner

from microgrid import InputError, load_case
from microgrid.cli import main
from microgrid.errors import Problem
from tests.case.test_bad_input import CASE, CSV, edit, lay_out, refusal
from tests.conftest import grid, write_case

LONG = "x" * 200_000
_SCALAR = re.compile(r"^(\s*(?:- )?)([\w-]+):( \S.*)?$")
_LINES = CASE.splitlines()
_NUMBER = re.compile(r"(?<=[ {\[])\d+(?:\.\d+)?(?= [%A-Za-z])")


def answer(*arguments: str) -> str:
    """All that a command prints; it ends with exit code 2, not with an exception."""
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == 2, (result.output[:500], result.exception)
    assert isinstance(result.exception, SystemExit)
    return result.output


@pytest.mark.parametrize("number", [n for n, line in enumerate(_LINES) if _SCALAR.match(line)])
def test_whatever_is_long_is_cut(number: int, tmp_path: Path) -> None:
    """A key or a value of 200,000 letters, on the lines of a case in turn: no line of the answer is longer."""
    indent, key, value = _SCALAR.match(_LINES[number]).groups()  # type: ignore[union-attr]
    line = f"{indent}{LONG}:{value or ''}" if number % 2 else f"{indent}{key}: {LONG}"
    text = "\n".join([*_LINES[:number], line, *_LINES[number + 1 :]])
    result = CliRunner().invoke(main, ["check", str(lay_out(tmp_path, text))])
    assert result.exit_code in (0, 2)  # a name of an asset or of a scenario that is not run may be as it likes
    assert max(map(len, result.output.splitlines())) < 2500


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", LONG),
        ("check", "SITE", "--scenario", LONG),
        ("check", "SITE", "--set", LONG),
        ("check", "SITE", "--set", f"assets.battery.capacity={LONG}"),
        ("check", "SITE", "--set", f"name={LONG}"),
        ("check", "SITE", f"--{LONG}"),
        (LONG,),
        ("run", "SITE", "--gap", LONG),
        ("import", LONG, "SITE/profiles.csv"),
        ("import", "auto", LONG),
        ("import", "table", "SITE/profiles.csv", "--option", LONG),
        ("import", "table", "SITE/profiles.csv", "--timezone", LONG),
        ("bill", LONG, "--tariff", LONG, "--timezone", "UTC"),
        ("sweep", "SITE", "--vary", LONG),
        ("sweep", "SITE", "--vary", f"assets.battery.capacity=[{LONG}]"),
    ],
)
def test_whatever_is_long_on_the_command_line_is_cut(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """A name of a file, an option, a setting: an answer of a screen at most, and no exception of the system."""
    site = str(lay_out(tmp_path))
    assert len(answer(*(argument.replace("SITE", site) for argument in arguments))) < 4000


def test_a_problem_is_cut_where_it_is_made() -> None:
    """Each part, and letters that a terminal would obey are written out."""
    problem = Problem("bad " + LONG, LONG, 1, LONG, LONG, LONG, LONG)
    assert len(str(problem)) < 5000
    assert "200,000 characters" in str(problem)
    assert "\x1b" not in str(Problem("bad", value="\x1b[2J"))


@pytest.mark.parametrize("value", ["1e306", "1e308", "1e400", "1e-320", "1" + "0" * 320])
def test_extreme_numbers_are_read_or_refused(value: str, tmp_path: Path) -> None:
    """Any number of a case made so great or small that hours in seconds are infinite: an answer with its line.

    An OverflowError or a division by zero would be called a defect of the program.
    """
    text = CASE.replace("kind: solar\n    capacity: 50 kW", "kind: solar\n    capacity: {max: 50 kW, cost: 900 EUR/kW, "
                        "lifetime: 25 year, discount_rate: 5 %, embodied: 8 kg/kW}")  # fmt: skip
    text = text.replace(
        "  load:\n", "  flex: {kind: flexible_load, profile: 2 kW, share: 10 %, window: 6 h}\n  load:\n"
    )
    places = list(_NUMBER.finditer(text))
    assert len(places) > 15
    for place in places:
        folder = lay_out(tmp_path, text[: place.start()] + value + text[place.end() :])
        with contextlib.suppress(InputError):
            assert load_case(folder).horizon.steps > 0


@pytest.mark.parametrize("load_kw", ["1e16 kW", "1e300 kW", {"values": [1, 1e16], "unit": "kW"}])
def test_what_no_sum_can_hold_is_refused_where_it_stands(load_kw: object, tmp_path: Path) -> None:
    """1e15 in any unit is the most: beside 1e20 the solver would take it for no limit at all, or refuse the model."""
    offices = {"kind": "load", "profile": load_kw}
    printed = answer("check", str(write_case(tmp_path, {"offices": offices, "grid": grid()}, hours=2)))
    assert "too large" in printed
    assert "assets.offices.profile" in printed


def test_a_number_in_quotes_is_told_from_the_number(tmp_path: Path) -> None:
    printed = answer("check", str(lay_out(tmp_path, CASE.replace("version: 1", 'version: "1"'))))
    assert "a text where a number belongs" in printed
    assert "leave out the quotes" in printed


@pytest.mark.parametrize("second", ["assets.b.capacity=2 kWh", "assets.b=null", "assets={}"])
def test_a_place_that_is_set_twice_is_refused(second: str, tmp_path: Path) -> None:
    """The last one would hold in silence."""
    printed = answer("run", str(tmp_path), "--set", "assets.b.capacity=1 kWh", "--set", second)
    assert "is set twice" in printed


def test_a_step_longer_than_the_horizon(tmp_path: Path) -> None:
    """30 h in a day, and more hours than seconds can count; in stretches too."""
    for step in ("30 h", "1e5 h", "[{for: 30 h, step: 1 h}, {step: 1 h}]"):
        assert "longer than the horizon" in refusal(lay_out(tmp_path, edit(("step: 1 h", f"step: {step}"))))
    text = refusal(lay_out(tmp_path, edit(("step: 1 h", "step: 1e306 h"))))
    assert "case.yaml:4" in text
    assert "1,000,000 h" in text


@pytest.mark.parametrize("pattern", ["data/*.csv", "../outside/*.csv"])
def test_an_archive_of_sensors_outside_of_the_case_is_refused_as_such(pattern: str, tmp_path: Path) -> None:
    """By a link, or by its path: in words, and blamed on the archive that names it, not on the profile that uses it."""
    outside, site = tmp_path / "outside", tmp_path / "site"
    outside.mkdir()
    (outside / "a.csv").write_text("time,point,value\n2018-06-21T00:00Z,p,1\n", encoding="utf-8")
    sensors = {"files": [pattern], "series": {"offices": {"points": ["p"]}}}
    assets = {"offices": {"kind": "load", "profile": {"sensors": "offices"}}, "grid": grid()}
    write_case(site, assets, hours=24, sensors=sensors)
    (site / "data").mkdir()
    try:
        (site / "data" / "a.csv").symlink_to(outside / "a.csv")
    except OSError:
        pytest.skip("this system does not let us make links")
    text = refusal(site)
    assert "sensors.files: path outside the case folder" in text
    assert f"value:    {pattern}" in text
    assert "used by assets.offices.profile" in text
    assert "subpath" not in text


def test_values_to_vary_without_brackets_are_refused_with_them(tmp_path: Path) -> None:
    """As written, "20 kWh, 40 kWh" is one text; the message writes the brackets. One value needs none."""
    text = answer("sweep", str(lay_out(tmp_path)), "--vary", "assets.battery.capacity=20 kWh, 40 kWh")
    assert 'write assets.battery.capacity="[20 kWh, 40 kWh]"' in text
    assert "brackets" in text


def _local(folder: Path, hours: int, minutes: int = 0) -> str:
    """A table with the stamps of a clock in Paris over the change in spring 2024."""
    zone, start = zoneinfo.ZoneInfo("Europe/Paris"), dt.datetime(2024, 3, 30, tzinfo=dt.UTC)
    stamps = [(start + dt.timedelta(hours=n)).astimezone(zone) for n in range(hours)]
    stamps[5] += dt.timedelta(minutes=minutes)
    rows = "".join(f"{stamp:%d/%m/%Y %H:%M};1.5\n" for stamp in stamps)
    (folder / "meter.csv").write_text("time;load_kw\n" + rows, encoding="utf-8")
    return str(folder / "meter.csv")


def test_stamps_that_are_taken_for_utc_are_stated(tmp_path: Path) -> None:
    """Without --timezone the answer names it, whether the file is read or its steps do not fit; with it, not."""
    file = _local(tmp_path, 48)
    runner = CliRunner()
    silent = runner.invoke(main, ["import", "table", file, "--timezone", "Europe/Paris"])
    assert silent.exit_code == 0
    assert "--timezone" not in silent.output
    stated = runner.invoke(main, ["import", "table", file])
    assert stated.exit_code == 0
    assert "unless --timezone is stated" in stated.output
    assert "state --timezone, such as Europe/Paris" in answer("import", "table", _local(tmp_path, 48, 20))


def test_a_case_without_these_faults_is_read(tmp_path: Path) -> None:
    """Otherwise the tests above would pass for the wrong reason."""
    assert load_case(lay_out(tmp_path, CASE, CSV)).horizon.steps == 24
