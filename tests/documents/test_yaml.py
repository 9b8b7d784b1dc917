"""YAML is read as it is defined: comments at any place change nothing, and no text ends in a traceback."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid import InputError
from microgrid.documents.yaml_file import parse_yaml
from tests.conftest import ONE_DAY
from tests.proofs import proof

CASE = (ONE_DAY / "case.yaml").read_text(encoding="utf-8")
LINES = CASE.splitlines()
PLAIN = parse_yaml(CASE, "case.yaml")
# A value that stands alone on its line after "key:", so that it may begin on the next one.
_SCALAR = re.compile(r"^( *)([\w-]+):( [^\[{|>\n#]+)$")
_PIECES = ["#", " # x", "\n", ":", ": ", "- ", "? ", "[", "]", "{", "}", '"', "'", "|", ">", "&a", "*a", "!", "%", "@",
           "`", "---", "...", "\t", "<<: ", "~", ".inf", "0x1", "1:30", "\\", "\u2028", "\x85", ",", "!!int ", "\x01",
           "? [a]\n: b\n", "? {a: b}\n: c\n", "{[a]: b}", "%YAML 1.1\n", "2024-01-01", "=", "1e999"]  # fmt: skip


def test_a_comment_between_a_key_and_its_value() -> None:
    """A comment after the key, the value on the next line, a blank line after it: "overlap in comment" it was."""
    document = parse_yaml("name:  # of the site\n  One day\n\nversion: 1\n", "case.yaml")
    assert document.data == {"name": "One day", "version": 1}
    assert document.lines[("version",)] == 4


@proof(sample=12, whole=200)
@given(data=st.data())
def test_comments_and_blank_lines_change_nothing(data: st.DataObject) -> None:
    """After any line, between any two, between a key and its value: the same data, each key on its moved line."""
    text: list[str] = []
    moved: dict[int, int] = {}
    for number, line in enumerate(LINES, start=1):
        text += data.draw(st.lists(st.sampled_from(["", "# x", "      # x: y", "#"]), max_size=2))
        moved[number] = len(text) + 1
        ending = data.draw(st.sampled_from(["", "  # x", " # 'x", " #", "   "]))
        split = _SCALAR.match(line)
        if split and data.draw(st.booleans()):
            text += [f"{split[1]}{split[2]}:{ending}", f"{split[1]}    {split[3].strip()}{ending}"]
        else:
            text.append(line + (ending if line.strip() else ""))
    document = parse_yaml("\n".join(text) + "\n", "case.yaml")
    assert document.data == PLAIN.data
    keys = {path: line for path, line in PLAIN.lines.items() if isinstance(path[-1], str)}
    assert {path: document.lines[path] for path in keys} == {path: moved[line] for path, line in keys.items()}


@settings(deadline=None, max_examples=120)
@given(data=st.data())
def test_any_text_is_read_or_refused(data: st.DataObject) -> None:
    """Pieces of YAML at any place: a document or an InputError, nothing else; mappings as keys were a TypeError."""
    text = data.draw(st.sampled_from([CASE, "a: {b: [1, 2], c: x}\nd:\n  - e\n  - f: g\n"]))
    for piece in data.draw(st.lists(st.sampled_from(_PIECES), min_size=1, max_size=4)):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + piece + text[at:]
    with contextlib.suppress(InputError):
        assert parse_yaml(text, "case.yaml").name == "case.yaml"


@pytest.mark.parametrize("text", ["? [a, b]\n: c\n", "? {a: b}\n: c\n", "a: &x [b]\n*x : c\n"])
def test_a_key_that_is_no_word_is_refused_with_its_line(text: str) -> None:
    """A list, a mapping, and a link to a list."""
    with pytest.raises(InputError, match="a key must be a plain word") as caught:
        parse_yaml(text, "case.yaml")
    assert caught.value.problems[0].line == text.count("\n") - (text[0] == "?")
