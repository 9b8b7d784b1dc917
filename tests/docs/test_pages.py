"""Generated pages and the case format: every kind has a page, examples are valid, links hold, messages are true."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from microgrid import load_case
from microgrid.assets import kinds
from microgrid.cli import main

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.fixture
def asset_pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    monkeypatch.syspath_prepend(str(DOCS / "_ext"))
    import asset_pages

    yield asset_pages
    for name in ("asset_pages", "parameters"):
        sys.modules.pop(name, None)


def case_block(name: str) -> str:
    page = (DOCS / "case-format.md").read_text(encoding="utf-8")
    return re.search(rf"<!-- example: {name} -->\n```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)[1]


@pytest.mark.parametrize("kind", kinds())
def test_a_kind_has_a_page_with_a_valid_example(kind: str, asset_pages: object) -> None:
    case = asset_pages.example_case(kind)
    assert case.assets[asset_pages.NAME].kind == kind
    text = asset_pages.page(kind)
    for heading in ("## Equations", "## Example", "## Keys", "## Columns in the schedule"):
        assert heading in text
    for info in kinds()[kind].model_fields.values():
        assert f"| `{info.alias}` |" in text
        assert info.description or info.alias == "kind", f"{kind}: {info.alias} has no description"


def test_pages_are_written_and_old_ones_removed(tmp_path: Path, asset_pages: object) -> None:
    (tmp_path / "gone.md").write_text("# A kind that was removed", encoding="utf-8")
    asset_pages.write_pages(tmp_path)
    assert {path.stem for path in tmp_path.glob("*.md")} == {"index", *kinds()}


def test_every_kept_example_belongs_to_a_kind() -> None:
    assert {path.stem for path in (DOCS / "_examples").glob("*.yaml")} <= set(kinds())


def test_the_complete_case_of_the_case_format_is_valid(tmp_path: Path) -> None:
    shutil.copy(ROOT / "cases" / "one-day" / "profiles.csv", tmp_path)
    (tmp_path / "case.yaml").write_text(case_block("case"), encoding="utf-8")
    (tmp_path / "tariff.yaml").write_text(case_block("tariff"), encoding="utf-8")
    case = load_case(tmp_path)
    assert load_case(tmp_path, "no-battery").assets.keys() == {"roof", "offices", "grid"}
    assert case.horizon.steps == 24


def test_the_scenarios_of_the_case_format_reach_into_its_tariff(tmp_path: Path) -> None:
    content = YAML(typ="safe", pure=True).load(case_block("case"))
    content |= YAML(typ="safe", pure=True).load(case_block("scenarios"))
    shutil.copy(ROOT / "cases" / "one-day" / "profiles.csv", tmp_path)
    (tmp_path / "tariff.yaml").write_text(case_block("tariff"), encoding="utf-8")
    with (tmp_path / "case.yaml").open("w", encoding="utf-8") as stream:
        YAML(typ="safe", pure=True).dump(content, stream)
    assert load_case(tmp_path, "dearer").assets["grid"].tariff.fixed[0].price_per_year == 400
    before, after = (load_case(tmp_path, name).assets["grid"].tariff.peaks for name in ("base", "one-peak-less"))
    assert after == before[1:]


def test_the_stretches_of_the_case_format_are_valid(tmp_path: Path) -> None:
    content = YAML(typ="safe", pure=True).load(case_block("case"))
    content["horizon"] = YAML(typ="safe", pure=True).load(case_block("horizon"))["horizon"]
    shutil.copy(ROOT / "cases" / "one-day" / "profiles.csv", tmp_path)
    (tmp_path / "tariff.yaml").write_text(case_block("tariff"), encoding="utf-8")
    with (tmp_path / "case.yaml").open("w", encoding="utf-8") as stream:
        YAML(typ="safe", pure=True).dump(content, stream)
    assert load_case(tmp_path).horizon.step_hours.tolist() == [0.25] * 8 + [1.0] * 22


def test_the_error_message_is_the_one_that_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("case.yaml").write_text(case_block("error"), encoding="utf-8")
    result = CliRunner().invoke(main, ["check", "case.yaml"])
    page = (DOCS / "case-format.md").read_text(encoding="utf-8")
    shown = re.search(r"^```text\n(case\.yaml:.*?)^```$", page, re.DOTALL | re.MULTILINE)[1]
    pattern = re.escape(shown.strip()).replace(re.escape("..."), "[^\n]*")
    assert re.fullmatch(pattern, result.output.strip()), result.output
    assert result.exit_code == 2


def pages() -> list[Path]:
    found = [path for path in DOCS.rglob("*.md") if not {"_build", "assets"} & set(path.relative_to(DOCS).parts)]
    return [*found, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]


def slugs(text: str) -> set[str]:
    bare = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    found = re.findall(r"^#+ (.+)$", bare, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", pages(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_pages_hold(page: Path, tmp_path_factory: pytest.TempPathFactory, asset_pages: object) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if file.parent == DOCS / "assets":
            assert file.stem in {"index", *kinds()}, target
            continue
        assert file.is_file(), f"{page.name}: {target}"
        if anchor:
            assert anchor in slugs(file.read_text(encoding="utf-8")), f"{page.name}: {target}"


def test_every_page_is_in_the_site() -> None:
    """Each decision is listed in their index, and no two have one number."""
    listed = (DOCS / "decisions" / "index.md").read_text(encoding="utf-8")
    names = sorted(path.stem for path in (DOCS / "decisions").glob("0*.md"))
    assert all(name in listed for name in names)
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_the_minimum_versions_are_those_that_are_declared() -> None:
    """What ``.ci/minimum`` installs is what pyproject.toml promises: a line for each package, at its lower bound.

    Pyomo alone has an upper bound too, since parts of it are used that it does not promise to keep.
    """
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    lines = (ROOT / ".ci" / "minimum.txt").read_text(encoding="utf-8").splitlines()
    lowest = [want.partition(",<")[0].replace(">=", "==", 1) for want in declared]
    assert [line for line in lines if not line.startswith("#")] == lowest
    assert all(re.match(r"[\w.-]+>=[\d.]+($|;)", want) for want in declared if not want.startswith("pyomo>="))
    assert [want for want in declared if ",<" in want] == ["pyomo>=6.10,<6.11"]


def test_every_dependency_has_its_reason() -> None:
    """A package that is added to pyproject.toml needs a row or a mention in decision 1."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    text = (DOCS / "decisions" / "0001-dependencies.md").read_text(encoding="utf-8")
    missing = [name for name in (re.match(r"[\w.-]+", want)[0] for want in wanted) if f"`{name}`" not in text]
    assert not missing
