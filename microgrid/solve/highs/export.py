"""A matrix as an MPS or LP file, written by HiGHS."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable
from pathlib import Path

from microgrid.errors import InputError, Problem
from microgrid.files import replaced_file
from microgrid.model.matrix import Matrix
from microgrid.solve.highs.quiet import QuietHighs
from microgrid.solve.highs.to_highs import to_highs

_ENDINGS = (".mps", ".lp")
_LAST_WORDS = (b"ENDATA", b"end")


def write_matrix(matrix: Matrix, path: Path) -> None:
    """Write the matrix with readable, unique names, whole or not at all.

    Raises:
        InputError: another ending than .mps or .lp, or no such folder.
        RunEnvironmentError: no space, or no right to write.
    """
    if path.suffix.lower() not in _ENDINGS:
        raise InputError(Problem("unknown format", value=path.name, expected="a file that ends in .mps or .lp"))
    if not path.absolute().parent.is_dir():
        raise InputError(Problem("no such folder", value=path.parent.as_posix(), remedy="create it first"))
    lp = to_highs(matrix, 1.0)
    lp.col_names_ = _unique(name for family in matrix.columns for name in family.names())
    lp.row_names_ = _unique(name for family in matrix.rows for name in family.names())
    highs = QuietHighs()
    highs.passModel(lp)
    with replaced_file(path) as new:
        written = new.with_name(f"model{path.suffix.lower()}")
        highs.writeModel(str(written))
        _refuse_incomplete(written)
        written.rename(new)


def _refuse_incomplete(file: Path) -> None:
    """HiGHS does not say that the disk is full: an OSError where the file lacks its last line."""
    content = file.read_bytes() if file.is_file() else b""
    if content.rstrip().endswith(_LAST_WORDS):
        return
    with file.open("ab") as stream:  # for the reason in the system's own words
        stream.write(bytes(1 << 16))
    raise OSError(errno.EIO, "the solver has written only a part")


def _unique(names: Iterable[str]) -> list[str]:
    """Names that MPS and LP both take: no blanks, brackets or operators, none twice, none that begins as a number."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        plain = re.sub(r"^(?:asset|node)\[([^\]]*)\]\.", r"\1.", name)
        plain = re.sub(r"[^A-Za-z0-9_.()]", "_", plain.replace("[", "(").replace("]", ")"))
        plain = plain if not re.match(r"[\d.()]|[eE]\d", plain) else f"_{plain}"
        seen[plain] = seen.get(plain, 0) + 1
        found.append(plain if seen[plain] == 1 else f"{plain}_{seen[plain]}")
    return found
