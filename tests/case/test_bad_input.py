"""Bad input: exit code 2, a message that a user can act on, never a traceback, never another exception."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from microgrid.cli import main
from tests.conftest import ONE_DAY
from tests.proofs import proof

# Lines are counted in the tests; the number after # is the line.
CASE = """\
version: 1
name: Bad input
site: {timezone: Europe/Paris, country: FR}
horizon: {start: 2018-06-21, end: 2018-06-22, step: 1 h}
assets:
  pv:
    kind: solar
    capacity: 50 kW
    profile: {file: profiles.csv, column: solar_fraction}
  battery:
    kind: battery  # 11
    capacity: 40 kWh
    charge_max: 15 kW
    discharge_max: 10 kW
    charge_efficiency: 80 %
    min_state: 10 %
    max_state: 90 %
    start: 50 %  # 18
  load:
    kind: load
    profile: {file: profiles.csv, column: load_kw}  # 21
  grid:
    kind: grid
    import_max: 100 kW
    tariff:
      name: two prices
      energy:
        - item: energy  # 28
          periods:
            - {price: 0.10 EUR/kWh, hours: ["22:00-06:00"]}
            - {price: 0.30 EUR/kWh, hours: ["06:00-22:00"]}
    carbon: 60 g/kWh  # 32
scenarios:
  none: {assets.battery: null}
  bad: {assets.battery.capacity: 5 kW}
"""
CSV = (ONE_DAY / "profiles.csv").read_text(encoding="utf-8")
ROWS = CSV.splitlines()


def lay_out(folder: Path, case: str | bytes = CASE, csv: str | bytes = CSV, **more: str | bytes) -> Path:
    """A case folder with these contents."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {"case.yaml": case, "profiles.csv": csv, **more}.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return folder


def refusal(folder: Path, *options: str, code: int = 2) -> str:
    """What ``microgrid check`` says on standard error; anything but the expected exit code fails."""
    result = CliRunner().invoke(main, ["check", str(folder), *options], catch_exceptions=False)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.stderr
    return result.stderr


def edit(*changes: tuple[str, str]) -> str:
    """The case with some texts replaced, each of which must stand in it once."""
    text = CASE
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def rows(change: Callable[[list[str]], list[str]]) -> str:
    """The profiles with a change of the rows below the header."""
    return "\n".join([ROWS[0], *change(ROWS[1:])]) + "\n"


def test_the_case_of_these_tests_is_good(tmp_path: Path) -> None:
    """Otherwise every test below would pass for the wrong reason."""
    assert refusal(lay_out(tmp_path), code=0) == ""


IN_THE_CASE: dict[str, tuple[str, int | None, list[str]]] = {
    # name: case, line, what the message has to say
    "wrong dimension": (
        edit(("capacity: 50 kW", "capacity: 300 kWh")),
        8,
        ["assets.pv.capacity", "wrong dimension", "300 kWh", "300 kW"],
    ),
    "missing unit": (
        edit(("capacity: 40 kWh", "capacity: 40")),
        12,
        ["assets.battery.capacity", "unit is missing", "40", "1.5 MWh"],
    ),
    "unknown unit": (
        edit(("capacity: 40 kWh", "capacity: 40 kWx")),
        12,
        ["assets.battery.capacity", "unknown unit", "kWx"],
    ),
    "no number": (
        edit(("capacity: 40 kWh", "capacity: forty kWh")),
        12,
        ["assets.battery.capacity", "not a quantity", "forty"],
    ),
    "a list for a quantity": (
        edit(("capacity: 40 kWh", "capacity: [40 kWh]")),
        12,
        ["assets.battery.capacity", "not a quantity"],
    ),
    "unknown key": (
        edit(("discharge_max: 10", "dischage_max: 10")),
        14,
        ["assets.battery.dischage_max", "unknown key", "did you mean 'discharge_max'"],
    ),
    "unknown key of the site": (
        edit(("timezone: ", "timezon: ")),
        3,
        ["site.timezon", "unknown key", "did you mean 'timezone'"],
    ),
    "unknown section": (edit(("scenarios:", "scenarioss:")), 33, ["scenarioss", "did you mean 'scenarios'"]),
    "unknown key of the tariff": (
        edit(("- item: energy  # 28", "- item: energy\n          pricee: 1 EUR/kWh")),
        29,
        ["assets.grid.tariff.energy.0.pricee", "unknown key", "did you mean 'price'"],
    ),
    "unknown kind": (
        edit(("kind: battery", "kind: batery")),
        11,
        ["assets.battery.kind", "unknown kind", "batery", "did you mean 'battery'"],
    ),
    "no kind": (edit(("    kind: battery  # 11\n", "")), 10, ["assets.battery.kind", "missing", "one of battery"]),
    "missing key": (edit(("    charge_max: 15 kW\n", "")), 10, ["assets.battery.charge_max", "missing"]),
    "missing file": (
        edit(("{file: profiles.csv, column: load_kw}", "{file: profile.csv, column: load_kw}")),
        21,
        ["assets.load.profile", "no such file", "profile.csv", "did you mean 'profiles.csv'"],
    ),
    "missing column": (
        edit(("column: load_kw", "column: loads_kw")),
        None,
        ["no column 'loads_kw'", "did you mean 'load_kw'", "assets.load.profile", "case.yaml:21"],
    ),
    "the time as a column": (
        edit(("column: load_kw", "column: time")),
        None,
        ["'time'", "assets.load.profile", "case.yaml:21"],
    ),
    "unknown key of a series": (edit(("column: load_kw}", "colum: load_kw}")), 21, ["assets.load.profile", "colum"]),
    "series of the wrong dimension": (
        edit(("column: load_kw}", "column: load_kw, unit: kWh}")),
        21,
        ["assets.load.profile", "wrong dimension"],
    ),
    "negative load": (
        edit(("profile: {file: profiles.csv, column: load_kw}", "profile: -5 kW")),
        21,
        ["assets.load.profile", "outside the possible range", "-5 kW", "at least 0"],
    ),
    "list too short": (
        edit(("{file: profiles.csv, column: load_kw}", "{values: [1, 2, 3], unit: kW}")),
        21,
        ["assets.load.profile", "too short", "3 values for 24 steps"],
    ),
    "list too long": (
        edit(("{file: profiles.csv, column: load_kw}", f"{{values: {[1] * 25}, unit: kW}}")),
        21,
        ["assets.load.profile", "too long", "25 values for 24 steps"],
    ),
    "text in a list": (
        edit(("{file: profiles.csv, column: load_kw}", f"{{values: {[1] * 23 + ['x']}, unit: kW}}")),
        21,
        ["assets.load.profile", "list of finite numbers"],
    ),
    "a list without its unit": (
        edit(("{file: profiles.csv, column: load_kw}", f"{{values: {[1] * 24}}}")),
        21,
        ["assets.load.profile", "unit is missing"],
    ),
    "min above max": (
        edit(("min_state: 10 %", "min_state: 95 %")),
        16,
        ["assets.battery.min_state", "contradicts", "0.95", "0.9"],
    ),
    "efficiency above 1": (
        edit(("charge_efficiency: 80 %", "charge_efficiency: 105 %")),
        15,
        ["assets.battery.charge_efficiency", "105 %", "at most 1"],
    ),
    "efficiency of 0": (
        edit(("charge_efficiency: 80 %", "charge_efficiency: 0")),
        15,
        ["assets.battery.charge_efficiency", "more than 0"],
    ),
    "negative capacity": (
        edit(("capacity: 40 kWh", "capacity: -40 kWh")),
        12,
        ["assets.battery.capacity", "-40 kWh", "at least 0"],
    ),
    "end outside the window": (
        edit(("start: 50 %", "end: 95 %")),
        18,
        ["assets.battery.end", "0.95", "from 0.1 to 0.9"],
    ),
    "syntax error": (
        edit(("    kind: load\n", "    kind: [load\n")),
        None,
        ["case.yaml:2", "not valid YAML", "remedy"],
    ),
    "tab as indentation": (edit(("    capacity: 50 kW", "\tcapacity: 50 kW")), 8, ["not valid YAML"]),
    "doubled key": (
        edit(("    capacity: 50 kW\n", "    capacity: 50 kW\n    capacity: 60 kW\n")),
        9,
        ["duplicate key", "capacity"],
    ),
    "doubled asset": (
        edit(("  battery:\n", "  pv: {kind: load, profile: 1 kW}\n  battery:\n")),
        10,
        ["duplicate key", "pv"],
    ),
    "python tag": (edit(("name: Bad input", "name: !!python/object/apply:os.system [ls]")), 2, ["tag"]),
    "own tag": (edit(("capacity: 50 kW", "capacity: !kw 50")), 8, ["tag"]),
    "not a finite number in YAML": (
        edit(("capacity: 40 kWh", "capacity: .nan")),
        12,
        ["assets.battery.capacity", "not a finite number"],
    ),
    "infinity in YAML": (
        edit(("name: two prices", "name: .inf")),
        26,
        ["assets.grid.tariff.name", "not a finite number"],
    ),
    "huge number": (edit(("capacity: 40 kWh", "capacity: 1e999 kWh")), 12, ["assets.battery.capacity", "finite"]),
    "huge number by its unit": (
        edit(("capacity: 40 kWh", "capacity: 1e308 MWh")),
        12,
        ["assets.battery.capacity", "finite"],
    ),
    "huge whole number": (
        edit(("charge_efficiency: 80 %", f"charge_efficiency: 1{'0' * 400}")),
        15,
        ["assets.battery.charge_efficiency"],
    ),
    "huge whole number in a list": (
        edit(("{file: profiles.csv, column: load_kw}", f"{{values: [1{'0' * 400}{', 1' * 23}], unit: kW}}")),
        21,
        ["assets.load.profile", "finite"],
    ),
    "a key that is a number and a text": (
        edit(("    kind: load\n", '    1: 2\n    "1": 3\n    kind: load\n')),
        21,
        ["duplicate key"],
    ),
    "a tag on a mapping": (edit(("site: {", "site: !site {")), 3, ["tag"]),
    "a tag that cannot be": (edit(("charge_efficiency: 80 %", "charge_efficiency: !!float nope")), 15, ["tag"]),
    "no assets": (CASE[: CASE.index("assets:")] + "assets: {}\n", 5, ["assets", "too few"]),
    "asset that is nothing": (
        edit(("    kind: load\n    profile: {file: profiles.csv, column: load_kw}  # 21\n", "")),
        19,
        ["assets.load"],
    ),
    "assets as a list": (CASE[: CASE.index("assets:")] + "assets: [a, b]\n", 5, ["assets"]),
    "only a text": ("hello\n", 1, ["not a mapping"]),
    "empty file": ("", 1, ["empty"]),
    "only a comment": ("# nothing\n", 1, ["empty"]),
    "two documents": (CASE + "---\n" + CASE, None, ["not valid YAML"]),
    "hours covered twice": (
        edit(("06:00-22:00", "05:00-22:00")),
        22,
        ["assets.grid", "tariff 'two prices'", "line 'energy'", "two prices in 1 step", "2018-06-21T05:00:00+02:00"],
    ),
    "hours not covered": (
        edit(("06:00-22:00", "07:00-22:00")),
        22,
        [
            "assets.grid",
            "tariff 'two prices'",
            "line 'energy'",
            "no price in 1 step",
            "2018-06-21T06:00:00+02:00",
            "otherwise",
        ],
    ),
    "hours that are none": (
        edit(("06:00-22:00", "6-22")),
        None,
        ["assets.grid.tariff.energy.0.periods.1.hours", "07:00-19:00", "6-22"],
    ),
    "unknown time zone": (
        edit(("Europe/Paris", "Europe/Toulouse")),
        3,
        ["site.timezone", "Europe/Toulouse", "Europe/Paris"],
    ),
    "time zone outside its folder": (
        edit(("Europe/Paris", "../../etc/passwd")),
        3,
        ["site.timezone", "unknown time zone"],
    ),
    "unknown country": (edit(("country: FR", "country: ZZ")), 3, ["site.country", "ZZ"]),
    "end before start": (edit(("end: 2018-06-22", "end: 2018-06-20")), 4, ["horizon.end", "2018-06-20"]),
    "step that does not divide": (edit(("step: 1 h", "step: 7 h")), 4, ["horizon.step", "420 min in 24 h"]),
    "step of nothing": (edit(("step: 1 h", "step: 0 h")), 4, ["horizon.step", "more than 0"]),
    "step without a unit": (edit(("step: 1 h", "step: 15")), 4, ["horizon.step", "unit is missing", "15 min"]),
    "steps without number": (edit(("step: 1 h", "step: 1e-5 s")), 4, ["horizon.step"]),
    "too many steps": (edit(("end: 2018-06-22, step: 1 h", "end: 2118-06-22, step: 1 min")), 4, ["too many steps"]),
    "a date that is none": (edit(("start: 2018-06-21", "start: 2018-06-31")), 4, ["horizon.start"]),
    "a start that no clock showed": (
        edit(("start: 2018-06-21, end", "start: 2018-03-25T02:30:00, end")),
        4,
        ["horizon.start", "not a local time"],
    ),
    "unknown version": (edit(("version: 1", "version: 2")), 1, ["version"]),
    "path above the case folder": (
        edit(("file: profiles.csv, column: load_kw", "file: ../profiles.csv, column: load_kw")),
        21,
        ["assets.load.profile", "outside the case folder", "../profiles.csv"],
    ),
    "absolute path": (
        edit(("file: profiles.csv, column: load_kw", "file: /etc/passwd, column: load_kw")),
        21,
        ["outside the case folder", "/etc/passwd"],
    ),
    "a folder as a file": (
        edit(("file: profiles.csv, column: load_kw", "file: ., column: load_kw")),
        21,
        ["no such file"],
    ),
    "a name that no system takes": (
        edit(("file: profiles.csv, column: load_kw", f"file: {'x' * 300}.csv, column: load_kw")),
        21,
        ["assets.load.profile", "no such file"],
    ),
    "a name with a zero": (
        edit(("file: profiles.csv, column: load_kw", 'file: "a\\0b.csv", column: load_kw')),
        21,
        ["assets.load.profile"],
    ),
    "a number as a file": (
        edit(("file: profiles.csv, column: load_kw", "file: 7, column: load_kw")),
        21,
        ["not a file name"],
    ),
    "a tariff file that is missing": (
        CASE[: CASE.index("    tariff:")] + "    tariff: tarif.yaml\n",
        25,
        ["assets.grid.tariff", "no such file"],
    ),
    "a source of nothing": (
        CASE + "sources: {assets.li-ion.capacity: data sheet}\n",
        36,
        ["sources", "assets.li-ion.capacity"],
    ),
    "a name of a scenario that is a path": (CASE + "  ../up: {assets.battery: null}\n", 36, ["scenarios"]),
    "a blank in the name of a class": (
        edit(("      name: two prices\n", "      name: two prices\n      classes: {off peak: otherwise}\n")),
        27,
        ["assets.grid.tariff.classes.off peak", "it contains a blank", "A to Z", "write 'off_peak'"],
    ),
    "a digit first in the name of a class": (
        edit(("      name: two prices\n", "      name: two prices\n      classes: {1st: otherwise}\n")),
        27,
        ["assets.grid.tariff.classes.1st", "it begins with '1'"],
    ),
    "a line break in the name of a line": (
        edit(("item: energy  # 28", 'item: "ener\\ngy"')),
        28,
        ["energy.0.item", "it contains a line break", "write 'ener_gy'"],
    ),
    "a name of a scenario that is too long": (
        CASE + f"  {'x' * 61}: {{}}\n",
        36,
        ["scenarios", "61 characters", "up to 60"],
    ),
    "an asset with a dot": (edit(("  pv:\n", "  pv.roof:\n")), 6, ["pv.roof", "not a name for an asset"]),
}


@pytest.mark.parametrize("name", IN_THE_CASE)
def test_mistakes_in_the_case_file(name: str, tmp_path: Path) -> None:
    """File and line, the dotted path with its asset, the value, and what would be right."""
    case, at, words = IN_THE_CASE[name]
    text = refusal(lay_out(tmp_path / "site", case))
    assert "site/" in text, "the file is not named"
    if at is not None:
        assert f"case.yaml:{at}" in text, text
    for word in words:
        assert word in text, f"{word!r} is not in:\n{text}"
    assert re.search(r"\d+ problems? found", text)


BROKEN_HOUR = "2018-06-21T12:00:00+02:00"
IN_THE_PROFILE: dict[str, tuple[str | bytes, int | None, list[str]]] = {
    "text in a series": (
        CSV.replace(f"{BROKEN_HOUR},0.5,10", f"{BROKEN_HOUR},0.5,n/a?"),
        14,
        ["load_kw", "n/a?", "finite number"],
    ),
    "empty value": (
        CSV.replace(f"{BROKEN_HOUR},0.5,10", f"{BROKEN_HOUR},0.5,"),
        14,
        ["load_kw", "empty", "state a rule 'fill' for the series"],
    ),
    "NaN": (CSV.replace(f"{BROKEN_HOUR},0.5,10", f"{BROKEN_HOUR},0.5,NaN"), 14, ["load_kw", "finite number"]),
    "infinity": (CSV.replace(f"{BROKEN_HOUR},0.5,10", f"{BROKEN_HOUR},0.5,inf"), 14, ["load_kw", "inf"]),
    "comma as decimal point": (
        CSV.replace(f"{BROKEN_HOUR},0.5,10", f'{BROKEN_HOUR},0.5,"10,5"'),
        14,
        ["load_kw", "10,5", "decimal point"],
    ),
    "truth instead of a number": (re.sub(r",10$", ",True", CSV, flags=re.M), None, ["load_kw", "True"]),
    "negative value": (
        CSV.replace(f"{BROKEN_HOUR},0.5,10", f"{BROKEN_HOUR},0.5,-10"),
        None,
        ["assets.load.profile", "-10 kW", "at least 0", "case.yaml:21"],
    ),
    "too short": (rows(lambda r: r[:-3]), None, ["ends 3 h earlier", "load_kw"]),
    "begins too late": (rows(lambda r: r[2:]), None, ["starts 2 h later", "load_kw"]),
    "another year": (CSV.replace("2018-", "2017-"), None, ["ends", "earlier than the horizon"]),
    "shifted by half an hour": (
        rows(
            lambda r: [
                r[0].replace("T00", "T23").replace("-21", "-20"),
                *r,
                r[-1].replace("-21", "-22").replace("T23", "T00"),
            ]
        ).replace(":00:00+", ":30:00+"),
        None,
        [
            "the stamps of the series do not meet the steps of the horizon",
            "2018-06-21T00:30:00+02:00",
            "2018-06-21T00:00:00+02:00",
        ],
    ),
    "doubled row": (rows(lambda r: [*r[:6], r[5], *r[6:]]), 8, ["duplicate stamp", "2018-06-21T05:00:00+02:00"]),
    "hole": (
        rows(lambda r: [*r[:6], *r[7:]]),
        8,
        ["hole", "2018-06-21T07:00:00+02:00 follows 2018-06-21T05:00:00+02:00", "60 min"],
    ),
    "out of order": (rows(lambda r: [*r[:6], r[7], r[6], *r[8:]]), 8, ["hole", "follows"]),
    "backwards": (rows(lambda r: r[::-1]), 3, ["out of order"]),
    "unequal steps": (CSV.replace("T12:00:00", "T12:20:00"), 14, ["hole", "60 min"]),
    "a stamp that is none": (CSV.replace(BROKEN_HOUR, "noon"), 14, ["time", "not a time stamp", "noon", "ISO 8601"]),
    "an empty stamp": (CSV.replace(BROKEN_HOUR, ""), 14, ["time", "not a time stamp"]),
    "offsets in some stamps only": (CSV.replace(BROKEN_HOUR, BROKEN_HOUR[:-6]), 14, ["UTC offset", "time"]),
    "no column of time": (CSV.replace("time,", "stamp,", 1), 1, ["no column 'time'", "stamp"]),
    "one row": (rows(lambda r: r[:1]), None, ["fewer than two rows"]),
    "header only": (ROWS[0] + "\n", None, ["fewer than two rows"]),
    "empty file": ("", None, ["not a readable CSV"]),
    "a column twice": ("\n".join([ROWS[0] + ",load_kw", *(row + ",20" for row in ROWS[1:])]), 1, ["load_kw", "twice"]),
    "binary": (bytes(range(256)) * 20, None, ["UTF-8"]),
    "zeros": (b"\x00" * 500, None, ["profiles.csv"]),
    "a spreadsheet": (b"PK\x03\x04" + bytes(range(200)), None, ["UTF-8"]),
    "semicolons": (CSV.replace(",", ";"), 1, ["no column 'time'"]),
    "more cells than columns": (
        CSV.replace(f"{BROKEN_HOUR},0.5,10", f"{BROKEN_HOUR},0.5,10,3,4"),
        None,
        ["not a readable CSV", "14"],
    ),
}


@pytest.mark.parametrize("name", IN_THE_PROFILE)
def test_mistakes_in_a_series(name: str, tmp_path: Path) -> None:
    """The data file with its line where one is wrong, the column, and which field of the case uses it."""
    csv, at, words = IN_THE_PROFILE[name]
    assert csv != CSV
    text = refusal(lay_out(tmp_path / "site", csv=csv))
    assert "profiles.csv" in text
    if at is not None:
        assert f"profiles.csv:{at}" in text, text
    for word in words:
        assert word in text, f"{word!r} is not in:\n{text}"
    assert "case.yaml:" in text, "the field that uses the file is not named"


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    """Three mistakes in three assets: three problems, each with its line."""
    case = edit(
        ("capacity: 50 kW", "capacity: 50"),
        ("start: 50 %", "end: 5 %"),
        ("import_max: 100 kW", "import_max: 100 kWh"),
    )
    text = refusal(lay_out(tmp_path, case))
    assert "3 problems found" in text
    for line in (8, 18, 24):
        assert f"case.yaml:{line}" in text


def test_files_that_are_not_text(tmp_path: Path) -> None:
    """A binary case.yaml, one in another encoding, and one with a zero byte: the line where it breaks."""
    assert "UTF-8" in refusal(lay_out(tmp_path / "a", bytes(range(256))))
    latin = CASE.replace("Bad input", "Zone d'activité").encode("latin-1")
    assert "case.yaml:2" in refusal(lay_out(tmp_path / "b", latin))
    assert "not a text file" in refusal(lay_out(tmp_path / "c", CASE.replace("Bad", "B\x00d")))
    assert "Parquet" in refusal(
        lay_out(tmp_path / "d", CASE.replace("profiles.csv", "p.parquet"), **{"p.parquet": CSV})
    )


def test_expansions_and_depth_are_bounded(tmp_path: Path) -> None:
    """A "billion laughs", a very deep document and a list that holds itself end in a message, in seconds."""
    laughs = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    for this, last in zip("bcdefghij", "abcdefghi", strict=True):
        laughs += f"{this}: &{this} [{', '.join([f'*{last}'] * 10)}]\n"
    assert "too many values" in refusal(lay_out(tmp_path / "a", laughs))
    assert "nested more than" in refusal(lay_out(tmp_path / "b", "name: " + "[" * 5000))
    assert "unknown key" in refusal(lay_out(tmp_path / "c", "a: &a [*a]\n" + CASE))


def test_a_link_out_of_the_case_folder_is_refused(tmp_path: Path) -> None:
    """The file is inside, what it leads to is not."""
    outside = tmp_path / "secret.csv"
    outside.write_text(CSV, encoding="utf-8")
    folder = lay_out(tmp_path / "site")
    (folder / "profiles.csv").unlink()
    try:
        (folder / "profiles.csv").symlink_to(outside)
    except OSError:
        pytest.skip("this system does not let us make links")
    assert "outside the case folder" in refusal(folder)


def test_mistakes_in_a_tariff_file_are_told_with_its_own_lines(tmp_path: Path) -> None:
    """File tariff.yaml, line 4, and the grid's name."""
    case = CASE[: CASE.index("    tariff:")] + "    tariff: tariff.yaml\n"
    tariff = "name: bad\nenergy:\n  - item: energy\n    price: 5 EUR\n"
    text = refusal(lay_out(tmp_path, case, **{"tariff.yaml": tariff}))
    assert "tariff.yaml:4" in text
    assert "wrong dimension" in text
    assert "assets.grid.tariff" in text


def test_unknown_scenario_and_bad_scenario(tmp_path: Path) -> None:
    """The nearest name; and what a scenario sets is told with the scenario's line."""
    folder = lay_out(tmp_path)
    text = refusal(folder, "--scenario", "nome")
    assert "no scenario 'nome'" in text
    assert "did you mean 'none'" in text
    text = refusal(folder, "--scenario", "bad")
    assert "case.yaml:35" in text
    assert "assets.battery.capacity" in text
    assert "wrong dimension" in text
    assert refusal(folder, "--scenario", "none", code=0) == ""


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        (
            "assets.batery.capacity=2 MWh",
            ["no such path", "assets.batery.capacity", "did you mean 'assets.battery.capacity'"],
        ),
        ("assets.battery.capacity=2 MW", ["assets.battery.capacity", "wrong dimension", "2 MW"]),
        ("assets.battery.capacity", ["not a setting", "horizon.step=15 min"]),
        ("=5", ["not a setting"]),
        ("assets.battery.capacity=[1", ["--set", "not valid YAML"]),
        ("assets.battery.capacity=2 kW", ["--set: assets.battery.capacity", "wrong dimension", "2 kW"]),
        ("assets.battery.wheels=4", ["assets.battery.wheels", "unknown key"]),
        ("assets.battery.capacity.deep=4", ["no such path"]),
        ("assets.wind=null", ["no such path"]),
        ("assets=null", ["assets", "missing"]),
        ("nonsense=1", ["nonsense", "unknown key"]),
        ("objective.cost=-1", ["objective.cost", "at least 0"]),
        ("assets.battery.capacity=", ["assets.battery"]),
        ("horizon.step=!!python/name:os.system", ["tag"]),
    ],
)
def test_bad_settings(setting: str, words: list[str], tmp_path: Path) -> None:
    """``--set`` is told like the file: path, value, nearest."""
    text = refusal(lay_out(tmp_path), "--set", setting)
    for word in words:
        assert word in text, text


def test_no_case_there(tmp_path: Path) -> None:
    """An empty folder, nothing at all, and a file that is no case."""
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "nothing"):
        text = refusal(path)
        assert "no case here" in text
        assert "case.yaml" in text


def test_from_outside_there_is_no_traceback(tmp_path: Path) -> None:
    """The command itself, in a process of its own: exit code 2, the message on standard error, nothing else."""
    name = "wrong dimension"
    folder = lay_out(tmp_path, IN_THE_CASE[name][0])
    done = subprocess.run(
        [sys.executable, "-m", "microgrid", "run", str(folder), "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr + done.stdout
    for word in IN_THE_CASE[name][2]:
        assert word in done.stderr
    assert not (tmp_path / "out").exists()


def mutate(content: bytes, generator: np.random.Generator) -> bytes:
    """A few bytes flipped, cut out, doubled or put in."""
    data = bytearray(content)
    for _ in range(int(generator.integers(1, 5))):
        at = int(generator.integers(0, max(len(data), 1)))
        match generator.integers(0, 5):
            case 0:
                data[at : at + 1] = bytes([int(generator.integers(0, 256))])
            case 1:
                del data[at : at + int(generator.integers(1, 30))]
            case 2:
                data[at:at] = data[at : at + int(generator.integers(1, 60))]
            case 3:
                data[at:at] = bytes(generator.choice(list(b"[]{}:-#&*!|>%@`'\",\n\t 0e9.")) for _ in range(1))
            case _:
                data[at : at + 1] = bytes(generator.choice(list(b"0123456789-.eE:+ ")) for _ in range(1))
    return bytes(data)


def solved_of_50(seed: int, tmp_path: Path) -> int:
    """How many of 50 mutations of the day by hand are solved; the others end in an error meant for the user."""
    from microgrid import Limits, MicrogridError, dispatch, load_case

    generator = np.random.default_rng(seed)
    contents = {name: (ONE_DAY / name).read_bytes() for name in ("case.yaml", "profiles.csv")}
    solved, told = 0, []
    for number in range(50):
        changed = dict(contents)
        name = "case.yaml" if generator.random() < 0.7 else "profiles.csv"
        changed[name] = mutate(contents[name], generator)
        folder = tmp_path / str(number)
        folder.mkdir(parents=True)
        for file, data in changed.items():
            (folder / file).write_bytes(data)
        try:
            case = load_case(folder)
            if case.horizon.steps <= 5000:
                dispatch(case, Limits(seconds=20))
                solved += 1
        except MicrogridError as error:
            told.append(str(error))
        except Exception as error:
            error.add_note(f"mutation {number} of {name}:\n{changed[name][:4000].decode('utf-8', 'replace')}")
            raise
    assert all(text.strip() for text in told)
    return solved


@proof(sample=50, whole=300)
def test_mutated_files_are_solved_or_refused(tmp_path: Path, cases: int) -> None:
    """A result or an error meant for the user; nothing else. Of the mutations from each seed some are solved."""
    for seed in range(20180621, 20180621 + cases // 50):
        assert 0 < solved_of_50(seed, tmp_path / str(seed)) < 50
