"""What every reader keeps to, whatever its format: recognised as itself, and never broken by a broken file."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest

from microgrid.errors import InputError
from microgrid.formats.registry import format_of, names
from microgrid.formats.source import Source
from tests.formats.fuzz import check, mutated
from tests.formats.reading import read, sample_module
from tests.proofs import proof


def head_of(sample: bytes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data"
        path.write_bytes(sample)
        return Source(path, "data", "data", "UTC").head(1 << 20)


def suffix(name: str) -> str:
    return str(getattr(sample_module(name), "SUFFIX", ".csv"))


@pytest.mark.parametrize("name", names())
def test_a_file_is_recognised_as_what_it_is(name: str) -> None:
    """Fails when another reader claims the sample, or nobody does."""
    sample = sample_module(name).SAMPLE
    known = [other for other in names() if format_of(other).recognises(head_of(sample))]
    assert known[0] == name
    assert set(known) <= {name, "table"}
    assert len(read(sample, "auto", suffix=suffix(name)).frame) > 1


@proof(sample=150, whole=1000)
@pytest.mark.parametrize("name", names())
def test_a_broken_file_is_read_or_refused(name: str, cases: int) -> None:
    """Random mutations: a sound table or a sentence that says what is wrong; no traceback, no hang."""
    chance, sample, end = random.Random(20181), sample_module(name).SAMPLE, suffix(name)
    read_anyway = sum(check(mutated(sample, chance), name, end) for _ in range(cases))
    assert 0 < read_anyway < cases


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\x00" * 100, b"PK\x03\x04" + b"\x00" * 60, b"\xff" * 5000, b"a" * 200_000]
)
def test_what_is_no_such_file_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(InputError):
        read(content, name, suffix=suffix(name))


@pytest.mark.parametrize("name", names())
def test_an_option_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="option of format"):
        read(sample_module(name).SAMPLE, name, options={"colour": "red"}, suffix=suffix(name))


def test_an_unknown_format_is_named_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'enedis'"):
        read("a;b", "enedi")


def test_what_nobody_knows_is_not_recognised() -> None:
    with pytest.raises(InputError, match="not recognised"):
        read("Dear reader,\nthis is a letter.\n", "auto")
