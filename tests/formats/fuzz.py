"""Files that are broken in a random way: each is read, or refused with a reason."""

from __future__ import annotations

import random
import time

import numpy as np

from microgrid.errors import InputError
from tests.formats.reading import read

_GARBAGE = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"nan", b"inf", b"1e400", b"-9999", b"=1+1", b'"', b"'", b";", b",", b"\t",
    b"\n\n", b"0x10", b"1_000", b"9999-12-31", b"0001-01-01", b"2018-13-45", b"<!ENTITY x 'y'>", b"\xe2\x82\xac", b"\r",
    b" ", b"-", b"99" * 40,
)  # fmt: skip


def mutated(sample: bytes, chance: random.Random) -> bytes:
    """The sample after one to four random changes."""
    content = bytearray(sample)
    for _ in range(chance.randint(1, 4)):
        if not content:
            break
        at, kind = chance.randrange(len(content)), chance.randrange(8)
        if kind == 0:
            content[at] = chance.randrange(256)
        elif kind == 1:
            content[at:at] = chance.choice(_GARBAGE)
        elif kind == 2:
            del content[at : at + chance.randint(1, 40)]
        elif kind == 3:
            del content[at:]
        else:
            _mix_lines(content, chance, kind)
    return bytes(content)


def _mix_lines(content: bytearray, chance: random.Random, kind: int) -> None:
    lines = bytes(content).split(b"\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    if kind == 4:
        lines.insert(at, lines[other])
    elif kind == 5:
        del lines[at]
    elif kind == 6:
        lines[at], lines[other] = lines[other], lines[at]
    else:
        cells = lines[at].replace(b";", b",").split(b",")
        cells[chance.randrange(len(cells))] = chance.choice(_GARBAGE)
        lines[at] = b",".join(cells)
    content[:] = b"\n".join(lines)


def check(content: bytes, name: str, suffix: str) -> bool:
    """Whether the content was read; anything but a sound table or an InputError is a failure."""
    begun, table, refused = time.perf_counter(), None, None
    try:
        table = read(content, name, suffix=suffix)
    except InputError as error:
        refused = error
    assert time.perf_counter() - begun < 20, "a hang"
    if refused is not None:
        assert refused.problems
        assert all(problem.message and problem.file for problem in refused.problems), refused
        return False
    assert table is not None
    assert (np.diff(table.points) > 0).all()
    assert len(table.points) == len(table.frame) + 1
    for column in table.frame.columns:
        try:
            values = table.column(str(column), holes=True)
        except InputError:
            continue  # a cell that is no number is refused when its column is asked for
        assert not np.isinf(values).any(), column
    return True


def survivors(sample: bytes, name: str, suffix: str, trials: int) -> int:
    """How many of so many broken copies are read; the others are refused."""
    chance = random.Random(len(sample))
    return sum(check(mutated(sample, chance), name, suffix) for _ in range(trials))
