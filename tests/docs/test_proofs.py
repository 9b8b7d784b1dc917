"""The page of proofs: its table is what the tests state, and its output is of these proofs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.proofs import ALL

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "proofs.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(tests/[^`]+)` \|[^|]+\| (\d+) \| ([\d,]+|all) \|$", re.MULTILINE)
LINE = re.compile(r"^ *([\d,]+|all) cases +\d+\.\d s  (tests/\S+)$", re.MULTILINE)


def count_of(text: str) -> int:
    return ALL if text == "all" else int(text.replace(",", ""))


def stated() -> dict[str, tuple[int, int]]:
    """The proofs of the tests by their names: cases of the sample and of the whole."""
    found = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef):
                continue
            for call in node.decorator_list:
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "proof":
                    counts = {word.arg: ast.literal_eval(word.value) for word in call.keywords if word.arg in COUNTS}
                    name = f"{file.relative_to(ROOT).as_posix()}::{node.name}"
                    found[name] = (counts["sample"], counts.get("whole", ALL))
    return found


COUNTS = ("sample", "whole")


def test_the_table_is_what_the_tests_state() -> None:
    """Every proof has its line, with its counts, and no line is of a proof that is gone."""
    rows = {name: (count_of(sample), count_of(whole)) for name, sample, whole in ROW.findall(PAGE)}
    assert len(rows) > 20
    assert rows == stated()


def test_the_output_is_of_these_proofs() -> None:
    """Each ran whole: as many cases as stated, for each of its parameters."""
    lines = {name: count_of(count) for count, name in LINE.findall(PAGE)}
    whole = {name: counts[1] for name, counts in stated().items()}
    assert lines.keys() == whole.keys()
    assert {name: lines[name] for name in whole if whole[name] != ALL and lines[name] % whole[name]} == {}
    assert {name for name in whole if whole[name] == ALL} == {name for name in lines if lines[name] == ALL}
