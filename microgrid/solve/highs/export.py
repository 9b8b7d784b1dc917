"""Export of a matrix as an MPS or LP file, written by HiGHS."""

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
    """Write the matrix to a file with readable, unique names, completely or not at all.

    Raises:
        InputError: the ending is neither .mps nor .lp, or the folder does not exist.
        RunEnvironmentError: no space, or no permission to write.
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
    """Raise an OSError if the file lacks its last line, since HiGHS does not report a full disk."""
    content = file.read_bytes() if file.is_file() else b""
    if content.rstrip().endswith(_LAST_WORDS):
        return
    with file.open("ab") as stream:  # writing more raises the error of the system, which names the reason
        stream.write(bytes(1 << 16))
    raise OSError(errno.EIO, "the solver wrote only a part of the file")


def _unique(names: Iterable[str]) -> list[str]:
    """Unique names that MPS and LP both accept: no blanks, brackets or operators, and no number at the beginning."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        plain = re.sub(r"^(?:asset|node)\[([^\]]*)\]\.", r"\1.", name)
        plain = re.sub(r"[^A-Za-z0-9_.()]", "_", plain.replace("[", "(").replace("]", ")"))
        plain = plain if not re.match(r"[\d.()]|[eE]\d", plain) else f"_{plain}"
        seen[plain] = seen.get(plain, 0) + 1
        found.append(plain if seen[plain] == 1 else f"{plain}_{seen[plain]}")
    return found
