"""Long proofs run as the sample that they state, and whole with ``--proof``."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.proofs import spread

CONFTEST = """
from tests.proofs import cases, pytest_addoption, pytest_configure
from tests.proofs import pytest_collection_modifyitems, pytest_terminal_summary
"""
PROOFS = """
from hypothesis import given, strategies as st
from tests.proofs import proof

drawn = []

@proof(sample=3, whole=20)
@given(st.integers())
def test_property(number):
    drawn.append(number)

@proof(sample=5, whole=40)
def test_count(cases):
    print(f"<{len(drawn)} examples, {cases} cases>")

@proof(sample=2)
def test_all(cases):
    print(f"<{min(cases, 7)} of 7>")
"""


@pytest.mark.parametrize(
    ("options", "printed"),
    [([], ["3 examples, 5 cases", "2 of 7"]), (["--proof"], ["20 examples, 40 cases", "7 of 7"])],
)
def test_a_proof_runs_its_sample_or_its_whole(options: list[str], printed: list[str], tmp_path: Path) -> None:
    """Counted inside the tests; the list of what was proven is printed with the option only."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_made.py").write_text(PROOFS)
    (tmp_path / "pytest.ini").write_text(f"[pytest]\nmarkers = proof\npythonpath = {ROOT}\n")
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall("<(.*)>", done.stdout) == printed
    assert ("     20 cases" in done.stdout) == ("    all cases" in done.stdout) == bool(options)


def test_a_spread_begins_with_the_first_and_leaves_none_out_of_a_whole() -> None:
    assert spread(range(10), 3) == [0, 3, 6]
    assert spread("abc", 3) == spread("abc", 9) == ["a", "b", "c"]
