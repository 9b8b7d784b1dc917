"""Every command and every line of Python in the README runs as it stands there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import inside

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def _commands() -> list[str]:
    lines = [line.split("  #")[0].strip() for block in _blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("microgrid ")]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "cases", tmp_path / "cases", ignore=shutil.ignore_patterns("data"))
    return tmp_path


def test_the_commands_run_in_order(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a folder that holds only cases/: each exits with 0. Fails when an option or a file name is renamed."""
    monkeypatch.chdir(project)
    commands = _commands()
    assert len(commands) >= 6
    for line in commands:
        if line == "microgrid verify results/one-day/base":
            assert (project / "results/one-day/base/summary.json").is_file()
        done = inside(*shlex.split(line)[1:])
        assert done.returncode == 0, (line, done.stderr)


def test_the_python_runs(project: Path) -> None:
    (block,) = _blocks("python")
    done = subprocess.run([sys.executable, "-c", block], cwd=project, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "'cost_eur': 25.0" in done.stdout


def test_the_files_it_names_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_main_commands_are_those_that_ci_runs() -> None:
    """The first two blocks install, run the main job and the tests; .ci/run takes them from here."""
    install, test = (block.strip() for block in _blocks("sh")[:2])
    assert install.endswith("microgrid run cases/toulouse-eaz")
    assert test.endswith("pytest")
