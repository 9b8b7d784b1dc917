"""What every study has to hold, of this package or of another that is installed.

A study is tried on ``cases/one-day``. Where that does not suit it, its own test file ``tests/studies/test_<study>.py``
states a ``CASE``, and as ``OPTIONS`` what it needs.
"""

from __future__ import annotations

import errno
import importlib
import importlib.util
import json
import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from microgrid import InputError, StudyRun, run_study
from microgrid.cli import main
from microgrid.errors import RunEnvironmentError
from microgrid.studies.registry import study_names, study_of, summary_of
from microgrid.studies.runners import one_study
from tests.conftest import ONE_DAY

STUDIES = study_names()
pytestmark = pytest.mark.parametrize("study", STUDIES)


def stated(study: str, name: str, default: Any) -> Any:
    """What the test file of a study states, if it has one that does."""
    module = f"tests.studies.test_{study.replace('-', '_')}"
    return getattr(importlib.import_module(module), name, default) if importlib.util.find_spec(module) else default


def case_of(study: str) -> Path:
    return Path(stated(study, "CASE", ONE_DAY))


def run(study: str, options: Mapping[str, Any] | None = None, **more: Any) -> StudyRun:
    return run_study(study, case_of(study), {**stated(study, "OPTIONS", {}), **(options or {})}, **more)


def command(study: str, *arguments: object) -> Result:
    given = [part for key, value in stated(study, "OPTIONS", {}).items() for part in (f"--{key}", str(value))]
    return CliRunner().invoke(main, [study, str(case_of(study)), *given, *map(str, arguments)])


def plain(data: Any) -> Any:
    """What JSON makes of plain data, which is all but numbers that are not finite, and of tuples a list."""
    if isinstance(data, Mapping):
        return {key: plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [plain(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_explains_itself(study: str) -> None:
    """A sentence in the list of commands, a docstring as help, and a line for each option with its description."""
    assert re.match(r"[A-Z].+\.( \[.+\])?$", summary_of(study)), "the file begins with a sentence"
    shown = " ".join(CliRunner().invoke(main, [study, "--help"], terminal_width=200).output.split())
    assert " ".join(study_of(study).help.split()) in shown
    for key, about in study_of(study).fields().items():
        assert f"--{key.replace('_', '-')} " in shown
        assert " ".join(str(about.description).split()) in shown
    assert summary_of(study).partition(".")[0] in " ".join(CliRunner().invoke(main, ["--help"]).output.split())


def test_the_command_writes_what_a_call_from_python_does(study: str, tmp_path: Path) -> None:
    """One folder with the files of the result, and the summary as JSON, of plain data only."""
    done = command(study, "--out", tmp_path / "a", "--json", "--quiet")
    assert done.exit_code in (0, 1), done.output
    found = run(study, out=tmp_path / "b")
    assert done.exit_code == found.result.exit_code
    case = found.summary["case"]
    assert found.folder is not None
    assert found.folder == tmp_path / "b" / case / f"base.{study}"
    tables = {f"{name}.csv" for name in found.result.tables}
    assert set(content(found.folder)) == {"summary.json", *tables, *found.result.pages}
    assert found.result.tables
    assert content(tmp_path / "a") == content(tmp_path / "b"), "the same each time, whoever calls"
    summary = json.loads(done.stdout)
    assert summary == json.loads((found.folder / "summary.json").read_text(encoding="utf-8"))
    assert (summary["study"], summary["scenario"]) == (study, "base")
    assert summary == plain(found.summary), "plain data only, which JSON does not turn into text"


def test_the_terminal_shows_it_within_80_columns(study: str, tmp_path: Path) -> None:
    done = command(study, "--out", tmp_path)
    assert done.exit_code in (0, 1), done.output
    *shown, last = done.stdout.splitlines()
    assert len(shown) >= 4
    assert max(map(len, shown)) <= 80
    assert last.startswith("Files: ")


def test_it_writes_nothing_itself(study: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither into its case nor where it is called; of a disk that is full halfway, nothing is left."""
    before = content(case_of(study))
    monkeypatch.chdir(tmp_path)
    assert run(study).folder is None
    assert content(case_of(study)) == before

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(one_study, "write_json", full)
    with pytest.raises(RunEnvironmentError, match="nothing was written"):
        run(study, out=tmp_path)
    assert not content(tmp_path)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"scenario": "of-no-such-name"}, "of-no-such-name"),
        ({"settings": {"no_such_section.key": 1}}, "no_such_section"),
        ({"options": {"no_such_option": 1}}, "no option of study"),
    ],
)
def test_scenario_settings_and_options_reach_it(study: str, wrong: Mapping[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        run(study, **wrong)


def test_a_case_that_is_not_there_is_an_error_in_our_form(study: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, [study, str(tmp_path / "nothing"), "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "1 problem found." in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_one_is_refused_before_any_work(study: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    stages: list[str] = []
    with pytest.raises(InputError, match="not a folder"):
        run(study, out=tmp_path / "file", report_progress=stages.append)
    assert not stages
