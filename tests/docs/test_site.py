"""The site builds without a warning, and holds a page for every kind and command."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from microgrid.assets import kinds

ROOT = Path(__file__).parents[2]
ELSEWHERE = re.compile(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=.(?:https?:)?//[^>]*")


def test_the_site_builds_without_warnings(tmp_path: Path) -> None:
    for package in ("sphinx", "myst_parser", "furo"):
        pytest.importorskip(package, reason="needs the extra 'docs'")
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("_build", "assets", "__pycache__"))
    for name in ("CONTRIBUTING.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path)
    built = tmp_path / "site"
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    done = subprocess.run(
        [*command, str(tmp_path / "docs"), str(built)], capture_output=True, text=True, encoding="utf-8", cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr

    assert {path.stem for path in (built / "assets").glob("*.html")} == {"index", *kinds()}
    commands = (built / "cli.html").read_text(encoding="utf-8")
    assert "microgrid verify" in commands
    assert "--time-limit" in commands
    assert "<!-- generated" not in commands
    equations = (built / "how-it-works.html").read_text(encoding="utf-8")
    assert "<math" in equations
    for page in built.rglob("*.html"):
        loaded = ELSEWHERE.findall(page.read_text(encoding="utf-8"))
        assert not loaded, f"{page.name} loads from elsewhere: {loaded}"
