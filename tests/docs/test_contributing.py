"""CONTRIBUTING: what it adds works as it stands there, inside the tree with its contract tests, and from outside."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from microgrid.formats.clock.local_intervals import LocalStamps
from microgrid.formats.clock.timestamps import parse
from microgrid.formats.intervals import Recorded
from microgrid.formats.source import Source
from tests.test_extensions import install

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
_BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
KIND, KIND_TEST, FIGURE, FORMAT, FORMAT_TEST, STUDY, STUDY_TEST = _BLOCKS
STUDY_CONTRACT = ["tests/studies/test_peak_hours.py", "tests/studies/test_study_contract.py"]


def _python(*arguments: str, folder: Path, path: Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "COV"))}
    environment["PYTHONPATH"] = str(path)
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=folder, env=environment)


def _copy_tree(copy: Path) -> Path:
    for folder in ("microgrid", "tests", "docs/_ext", "cases/one-day", "cases/park-sensors"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with the files of the page where the page says that they belong."""
    copy = _copy_tree(tmp_path_factory.mktemp("tree"))
    for file, text in {
        "microgrid/assets/genset.py": KIND,
        "tests/assets/test_genset.py": KIND_TEST,
        "microgrid/formats/meters/acme_log.py": FORMAT,
        "tests/formats/meters/test_acme_log.py": FORMAT_TEST,
        "microgrid/studies/peak_hours.py": STUDY,
        "tests/studies/test_peak_hours.py": STUDY_TEST,
        "tests/docs/test_genset_page.py": _PAGE_TEST,
    }.items():
        assert f"`{file}`" in PAGE or file == "tests/docs/test_genset_page.py"
        (copy / file).write_text(text, encoding="utf-8")
    return copy


@pytest.mark.parametrize(
    ("name", "files", "least"),
    [
        ("genset", ["tests/assets/test_genset.py", "tests/assets/test_contract.py", "tests/assets/test_step_length.py",
                    "tests/studies/test_properties.py", "tests/docs/test_genset_page.py"], 19),
        ("acme", ["tests/formats/meters/test_acme_log.py", "tests/formats/test_all_formats.py",
                  "tests/formats/text/test_blank_end.py"], 15),
        ("peak", STUDY_CONTRACT, 10),
    ],
)  # fmt: skip
def test_what_it_adds_passes_its_own_tests_and_those_of_its_kind(
    name: str, files: list[str], least: int, tree: Path
) -> None:
    """Would break with another contract, or with a file that is not found by itself."""
    done = _python(
        "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *files, "-k", name, folder=tree, path=tree
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) >= least


def test_the_files_of_the_page_pass_the_linter(tree: Path) -> None:
    files = ["microgrid/assets/genset.py", "microgrid/formats/meters/acme_log.py", "microgrid/studies/peak_hours.py"]
    done = _python("-m", "ruff", "check", *files, folder=tree, path=tree)
    if "No module named ruff" in done.stderr:
        pytest.skip("ruff is a tool of developers")
    assert done.returncode == 0, done.stdout


def _install_page(site: Path) -> None:
    """A package with the files of the page and the entry points that stand there."""
    block = re.search(r"^```toml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    install(site, "acme", tomllib.loads(block[1])["project"]["entry-points"])
    (site / "acme_energy").mkdir()
    files = {"__init__": "", "genset": KIND, "acme_log": FORMAT, "mean_load": FIGURE, "peak_hours": STUDY}
    for file, text in files.items():
        (site / "acme_energy" / f"{file}.py").write_text(text, encoding="utf-8")


def test_a_study_of_a_package_of_its_own_passes_the_same_tests(tmp_path: Path) -> None:
    """The tree has no such study, the package has: its command, its test and the tests of all studies are the same."""
    site, copy = tmp_path / "site", _copy_tree(tmp_path / "tree")
    _install_page(site)
    (copy / "tests/studies/test_peak_hours.py").write_text(STUDY_TEST, encoding="utf-8")
    path = Path(f"{copy}{os.pathsep}{site}")
    done = _python(
        "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *STUDY_CONTRACT, "-k", "peak", folder=copy, path=path
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) >= 10
    shown = _python("-m", "microgrid", "--help", folder=copy, path=path).stdout
    assert "Peak hours: when the site draws most from outside. [acme-energy 1.2]" in " ".join(shown.split())


def test_a_package_of_its_own_adds_the_same_files(tmp_path: Path) -> None:
    """The grid gives 0.4 kW at 0.2 EUR; the genset burns 0.15 / 0.4 EUR for each kWh of the rest of 1 kW, for 2 h."""
    site = tmp_path / "site"
    _install_page(site)
    (tmp_path / "case.yaml").write_text(_CASE, encoding="utf-8")
    rows = "".join(f"2024-01-01T{n // 4:02d}:{n % 4 * 15:02d}:00+00:00 1000\n" for n in range(8))
    (tmp_path / "meter.log").write_text(f"ACME meter 7\n{rows}", encoding="utf-8")
    done = _python("-m", "microgrid", "run", str(tmp_path), "--out", str(tmp_path / "out"), folder=tmp_path, path=site)
    assert done.returncode == 0, done.stderr
    assert "Mean import" in done.stdout
    cost = re.search(r"Cost \[€\]\s+([\d.]+)", done.stdout)
    assert float(cost[1]) == pytest.approx(2 * (0.4 * 0.2 + 0.6 * 0.15 / 0.4), abs=0.005)


def test_local_time_is_read_as_the_page_shows() -> None:
    """The lines as they stand there: half hours that end at each stamp, all hours of a day but three of the morning."""
    lines = re.search(r"^- \*\*Local time\*\*.*?\n\n((?: {6}[^\n]*\n)+)", PAGE, re.DOTALL | re.MULTILINE)
    texts = [f"01.06.2024 {n // 2:02d}:{n % 2 * 30:02d}" for n in range(1, 48) if not 12 < n < 20]
    source = Source(Path("meter.log"), "meter.log", "meter.log", "Europe/Paris")
    names = {"np": np, "pa": pa, "ZoneInfo": ZoneInfo, "parse": parse, "LocalStamps": LocalStamps, "Recorded": Recorded}
    names |= {"source": source, "texts": texts, "line": np.arange(len(texts)) + 2, "kw": np.ones(len(texts))}
    *before, last = textwrap.dedent(lines[1]).splitlines()
    exec("\n".join([*before, f"found = {last}"]), names)
    table = names["found"].table(source)
    assert set(np.diff(table.points).tolist()) == {1800}
    assert np.isnan(table.frame["import_kw"]).sum() == 7
    assert [repair.count for repair in source.log.repairs if repair.what == "missing rows"] == [7]


_CASE = """
name: A genset of another package
site: {timezone: UTC}
horizon: {start: 2024-01-01, end: 2024-01-01T02:00, step: 15 min}
assets:
  load: {kind: load, profile: {file: meter.log, column: import_kw, format: acme-log}}
  grid: {kind: grid, import_max: 0.4 kW, tariff: {name: flat, energy: [{item: energy, price: 0.2 EUR/kWh}]}}
  genset: {kind: genset, capacity: 20 kW, efficiency: 40 %, fuel_price: 0.15 EUR/kWh}
"""

_PAGE_TEST = """
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "_ext"))


def test_genset_has_a_page():
    import asset_pages

    text = asset_pages.page("genset")
    assert "# Genset" in text
    assert "An engine with a generator that burns diesel." in text
    assert "| `fuel_price` | money/kWh | **needed** | Price per energy of the fuel. |" in text
    assert "`example.fuel_kw`" in text
    assert "`genset`" in asset_pages.index()


def test_the_schema_knows_genset():
    from microgrid.case.json_schema import case_schema

    assert "Genset" in case_schema()["$defs"]
"""
