"""The guide: every command and Python block is run in order, and prints what the guide says."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from microgrid.cli import main

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"(?:<!-- exit (\d) -->\n)?^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, text, and the exit code that is announced before it."""

    language: str
    text: str
    exit_code: int
    line: int


def blocks(page: str) -> Iterator[Block]:
    for found in FENCE.finditer(page):
        yield Block(found[2], found[3], int(found[1] or 0), page[: found.start()].count("\n") + 1)


def squeezed(text: str) -> list[str]:
    """Lines with single blanks, rules and empty lines left out."""
    lines = [" ".join(re.sub(r"[─━]+", " ", line).split()) for line in text.splitlines()]
    return [line for line in lines if line]


def assert_says(expected: str, printed: str, where: str) -> None:
    """Every expected line stands in what was printed, in order; "..." stands for any text."""
    lines, at = squeezed(printed), 0
    for wanted in squeezed(expected):
        if wanted == "...":
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in wanted.split("...")))
        found = next((i for i in range(at, len(lines)) if pattern.search(lines[i])), None)
        assert found is not None, f"{where}: {wanted!r} is not in\n" + "\n".join(lines[at:])
        at = found + 1


def run_shell(block: Block) -> str:
    printed = []
    for line in block.text.splitlines():
        program, *arguments = shlex.split(line)
        assert program == "microgrid", f"line {block.line}: {line}"
        result = CliRunner().invoke(main, arguments)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == block.exit_code, f"line {block.line}: {line}\n{result.output}"
        printed.append(result.output)
    return "\n".join(printed)


def test_every_block_of_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Would break with a renamed option or column, another exit code, or another optimum of the one-day case."""
    for case in ("one-day", "toulouse-eaz"):
        shutil.copytree(ROOT / "cases" / case, tmp_path / "cases" / case)
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": "guide"}
    printed, counts = "", {"shell": 0, "python": 0, "text": 0}
    for block in blocks(page):
        if block.language == "shell":
            printed = run_shell(block)
        elif block.language == "python":
            stream = io.StringIO()
            with contextlib.redirect_stdout(stream):
                exec(compile(block.text, f"guide.md, line {block.line}", "exec"), names)
            printed = stream.getvalue()
        elif block.language == "text":
            assert_says(block.text, printed, f"guide.md, line {block.line}")
        if block.language in counts:
            counts[block.language] += 1
    assert min(counts.values()) >= 4


def test_the_comparison_of_output_notices_a_wrong_number() -> None:
    assert_says("a 1.0\n...\nb ... 3", "a   1.0\nx\nb 2 3", "here")
    with pytest.raises(AssertionError, match=r"here: 'a 2\.0'"):
        assert_says("a 2.0", "a 1.0", "here")
