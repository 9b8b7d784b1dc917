"""Extensions: a small installed package adds a kind and a format; what is wrong with one names the package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import grid, write_case

KIND = '''
"""Lamp: a load."""
from typing import Literal
from microgrid.assets.load import Load

class Lamp(Load):
    """Demand that must be met as it comes."""
    kind: Literal["lamp"]
'''
FORMAT = '''
"""A format of one number a line, hours from the start of 2024 on."""
import numpy as np
from microgrid.formats.format import Format
from microgrid.formats.intervals import Recorded

def _read(source, options):
    numbers = np.array([float(line) for line in source.text().split("\\n")[1:] if line])
    begin = 1704067200 + 3600 * np.arange(len(numbers))
    return Recorded(begin, begin + 3600, {"power_kw": numbers}, np.arange(len(numbers)) + 2).table(source)

FORMAT = Format("Acme's logger", lambda head: head.startswith("ACME"), _read)
'''
STUDY = '''
"""Count of the assets of a case."""
import pandas as pd
from microgrid.studies.study import Study, StudyResult

def _count(question, _):
    """Count the assets of a case."""
    assets = question.case().assets
    table = pd.DataFrame({"asset": list(assets)})
    return StudyResult("Assets", {"count": len(assets)}, {"assets": table}, findings=["Only one."] * (len(assets) == 1))

STUDY = Study(_count, solves=False)
'''
SHADOWED = """
from pydantic import Field
from microgrid.parameters import Parameters
from microgrid.studies.study import Study
from acme.count import _count

class Options(Parameters):
    out: str = Field(description="Of the same name as a shared one.")

STUDY = Study(_count, Options)
"""
ENTRIES = {"microgrid.assets": {"lamp": "acme.lamp:Lamp"}, "microgrid.formats": {"acme": "acme.logger:FORMAT"}}


def install(folder: Path, name: str, entries: dict[str, dict[str, str]]) -> None:
    """What an installer leaves of a package: its files, and a folder that says what it adds."""
    about = folder / f"{name}_energy-1.2.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-energy\nVersion: 1.2\n")
    lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in lines.items()) for group, lines in entries.items()]
    (about / "entry_points.txt").write_text("\n".join(lines))
    (folder / name).mkdir(exist_ok=True)
    files = {"__init__": "", "lamp": KIND, "logger": FORMAT, "count": STUDY, "shadowed": SHADOWED}
    for file, text in {**files, "broken": '"""Broken."""\nimport nothing_of_this_name'}.items():
        (folder / name / f"{file}.py").write_text(text)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, with the packages in a folder installed."""
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH", ""))))
    command = [sys.executable, "-m", "microgrid", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONPATH": path})


def lamp_case(folder: Path) -> Path:
    profile = {"file": "log.txt", "column": "power_kw", "format": "acme"}
    assets = {"lamp": {"kind": "lamp", "profile": profile}, "grid": grid(0.1)}
    case = write_case(folder, assets, hours=2, start="2024-01-01", site={"timezone": "UTC"})
    (case / "log.txt").write_text("ACME logger\n2\n3\n")
    return case


def test_a_kind_and_a_format_of_another_package_are_used_as_our_own(tmp_path: Path) -> None:
    """2 kW and 3 kW for an hour each at 0.1 EUR/kWh."""
    install(tmp_path / "site", "acme", ENTRIES)
    case = lamp_case(tmp_path / "case")
    done = run(tmp_path / "site", "run", str(case), "--out", str(tmp_path / "out"), "--json", "--quiet")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["accounts"]["cost_eur"] == pytest.approx(0.5)
    found = run(tmp_path / "site", "import", "auto", str(case / "log.txt"))
    assert "acme" in found.stdout
    assert "Lamp" in run(tmp_path / "site", "schema").stdout


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"microgrid.assets": {"lamp": "acme.broken:Lamp"}}, "cannot be imported: ModuleNotFoundError"),
        ({"microgrid.assets": {"lamp": "acme.lamp:Literal"}}, "a class of a kind of asset"),
        ({"microgrid.assets": {"torch": "acme.lamp:Lamp"}}, "not a kind of asset of that name"),
        ({"microgrid.assets": {"battery": "acme.lamp:Lamp"}}, "microgrid itself has the name 'battery'"),
        ({"microgrid.formats": {"acme": "acme.lamp:Lamp"}}, "a Format, see microgrid.formats.format"),
    ],
)
def test_what_is_wrong_with_an_extension_names_its_package(
    entries: dict[str, dict[str, str]], words: str, tmp_path: Path
) -> None:
    install(tmp_path / "site", "acme", {**ENTRIES, **entries})
    done = run(tmp_path / "site", "check", str(lamp_case(tmp_path / "case")))
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert "an extension of package acme-energy 1.2" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_packages_that_add_one_name_are_refused(tmp_path: Path) -> None:
    install(tmp_path / "site", "acme", ENTRIES)
    install(tmp_path / "site", "other", {"microgrid.assets": {"lamp": "other.lamp:Lamp"}})
    done = run(tmp_path / "site", "check", str(lamp_case(tmp_path / "case")))
    assert done.returncode == 2
    assert "two packages add 'lamp'" in done.stderr
    assert "acme-energy 1.2" in done.stderr
    assert "other-energy 1.2" in done.stderr


def test_a_study_of_another_package_is_a_command_of_its_own(tmp_path: Path) -> None:
    """Help, result folder, JSON, exit code 1 of a finding, 2 of a wrong case and of an option that is not there."""
    install(tmp_path / "site", "acme", {**ENTRIES, "microgrid.studies": {"count": "acme.count:STUDY"}})
    case, out = lamp_case(tmp_path / "case"), tmp_path / "out"
    listed = " ".join(run(tmp_path / "site", "--help").stdout.split())
    assert "count Count of the assets of a case. [acme-energy 1.2]" in listed
    assert "--gap" not in run(tmp_path / "site", "count", "--help").stdout
    done = run(tmp_path / "site", "count", str(case), "--out", str(out), "--json", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["count"] == 2
    assert (out / "case" / "base.count" / "assets.csv").read_text() == "asset\nlamp\ngrid\n"
    alone = run(tmp_path / "site", "count", str(case), "--set", "assets.grid=null", "--out", str(out), "--quiet")
    assert (alone.returncode, alone.stdout, alone.stderr) == (1, "", "Only one.\n")
    missing = run(tmp_path / "site", "count", str(tmp_path / "nothing"))
    assert missing.returncode == 2
    assert "1 problem found." in missing.stderr
    assert run(tmp_path / "site", "count", str(case), "--colour", "red").returncode == 2
    assert "Did you mean 'count'?" in run(tmp_path / "site", "cuont", str(case)).stderr


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("count", "acme.broken:STUDY", "cannot be imported: ModuleNotFoundError"),
        ("count", "acme.nothing:STUDY", "cannot be imported: ModuleNotFoundError"),
        ("count", "acme.count:_count", "a Study, see microgrid.studies.study"),
        ("count", "acme.shadowed:STUDY", "the option 'out' of a study has the name of an option of all studies"),
        ("check", "acme.count:STUDY", "'check' is in microgrid itself"),
        ("sensors", "acme.count:STUDY", "'sensors' is in microgrid itself"),
    ],
)
def test_a_faulty_study_names_its_package_and_stops_no_other_command(
    name: str, value: str, words: str, tmp_path: Path
) -> None:
    """Also with any arguments, and where the shell completes names, which looks at every command."""
    install(tmp_path / "site", "acme", {**ENTRIES, "microgrid.studies": {name: value}})
    case = str(lamp_case(tmp_path / "case"))
    for arguments in ([name, case], [name, "--help"], [name, "--no-such", case]):
        done = run(tmp_path / "site", *arguments)
        assert done.returncode == 2, done.stderr
        assert words in done.stderr
        assert "an extension of package acme-energy 1.2" in done.stderr
        assert "Traceback" not in done.stderr
    shown = run(tmp_path / "site", "--help")
    assert shown.returncode == 0
    assert "[acme-energy 1.2]" in shown.stdout
    assert run(tmp_path / "site", "schema").returncode == 0
    code = (
        "import click; from microgrid.cli import main; print(len(main.to_info_dict(click.Context(main))['commands']))"
    )
    path = os.pathsep.join([str(tmp_path / "site"), os.environ.get("PYTHONPATH", "")])
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert int(told.stdout) >= 15, told.stderr


def test_two_packages_that_add_one_study_are_refused(tmp_path: Path) -> None:
    for name in ("acme", "other"):
        install(tmp_path / "site", name, {"microgrid.studies": {"count": f"{name}.count:STUDY"}})
    done = run(tmp_path / "site", "count", "anything")
    assert done.returncode == 2
    assert "two packages add 'count'" in done.stderr
    assert "acme-energy 1.2" in done.stderr
    assert "other-energy 1.2" in done.stderr
    shown = "".join(run(tmp_path / "site", "--help").stdout.split())  # a long name may break the line at a hyphen
    assert "[acme-energy1.2andother-energy1.2]" in shown
