"""Blank lines at the end of a file are no rows, in any format that is text."""

from __future__ import annotations

import pytest

from microgrid.formats.registry import names
from tests.formats.reading import read, sample_module


@pytest.mark.parametrize("blank", [b"\n", b"\r\n", b"\n\n\n", b"  \n", b"\t\n \n"])
@pytest.mark.parametrize("name", names())
def test_blank_lines_at_the_end(name: str, blank: bytes) -> None:
    """Editors and scripts add them. The table is that of the sample, to the last value."""
    module = sample_module(name)
    suffix = str(getattr(module, "SUFFIX", ".csv"))
    first = read(module.SAMPLE, name, suffix=suffix)
    for ending in (blank, b"\n" + blank):
        found = read(module.SAMPLE + ending, name, suffix=suffix)
        assert found.points.tolist() == first.points.tolist()
        assert found.frame.equals(first.frame)


@pytest.mark.parametrize(
    ("name", "line"), [("table", b";;;;\n"), ("enedis", b";;;\n"), ("smard", b";;;\n"), ("epw", b",,\n")]
)
def test_lines_of_separators_at_the_end(name: str, line: bytes) -> None:
    """Spreadsheets leave them behind where rows were deleted."""
    module = sample_module(name)
    suffix = str(getattr(module, "SUFFIX", ".csv"))
    first = read(module.SAMPLE, name, suffix=suffix)
    assert read(module.SAMPLE + line * 2, name, suffix=suffix).frame.equals(first.frame)
