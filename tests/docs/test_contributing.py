"""CONTRIBUTING: the kind that it adds works, by its own test, beside the kinds of the package."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# What a file in microgrid/assets/ would do, from a folder of its own.
_CONFTEST = """
import microgrid.assets

microgrid.assets.__path__.append({folder!r})
"""


def test_the_example_kind_passes_its_own_test(tmp_path: Path) -> None:
    """Would break with another contract of assets, or with a kind that is not found by itself."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    kind, test, _figure = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    kinds, tests = tmp_path / "kinds", tmp_path / "tests"
    kinds.mkdir()
    tests.mkdir()
    (kinds / "genset.py").write_text(kind, encoding="utf-8")
    (tests / "conftest.py").write_text(_CONFTEST.format(folder=str(kinds)), encoding="utf-8")
    (tests / "test_genset.py").write_text(test, encoding="utf-8")
    (tests / "test_page.py").write_text(_PAGE_TEST.format(ext=str(ROOT / "docs" / "_ext")), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "--rootdir", str(tests)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "COV"))}
    done = subprocess.run(
        [*command, str(tests)], capture_output=True, text=True, encoding="utf-8", cwd=tests, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


_PAGE_TEST = """
import sys

sys.path.insert(0, {ext!r})


def test_it_has_a_page():
    import asset_pages

    text = asset_pages.page("genset")
    assert "# Genset" in text
    assert "An engine with a generator that burns diesel." in text
    assert "| `fuel_price` | EUR/kWh | **needed** | Price per energy of the fuel. |" in text
    assert "`example.fuel_kw`" in text
    assert "`genset`" in asset_pages.index()


def test_the_schema_knows_it():
    from microgrid.case.json_schema import case_schema

    assert "Genset" in case_schema()["$defs"]
"""
