"""Files on disk: those that are read are noted with a hash; those that are written are whole or absent."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import json
import math
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microgrid.errors import InputError, Problem, RunEnvironmentError, reason_of
from microgrid.staging import copy_missing, staged, swap

if TYPE_CHECKING:
    import pandas as pd

_NO_SPACE = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

# Writing


@contextmanager
def replaced_folder(folder: Path) -> Iterator[Path]:
    """Yield a new folder that takes the place of ``folder`` when the block ends without an error.

    Files that others put beside ours stay, also where ``folder`` is a link. On Linux the two folders change places in
    one step; elsewhere, for the moment between two renames, there is no folder.

    Raises:
        RunEnvironmentError: no space, or no right to write; nothing is left of the new folder.
        InputError: something else has the name of the folder or of one of its files.
    """
    target = folder.resolve()
    refuse_unwritable_folder(target)
    with _write_errors(folder), staged(target) as place:
        new = place / "new"
        new.mkdir()
        yield new
        if target.exists():
            _refuse_folders(target, new)
            shutil.copymode(target, new)
            copy_missing(target, new)
        old = swap(new, target)
        if old is not None:
            copy_missing(old, target)  # files that others put there in the meantime


def _refuse_folders(target: Path, new: Path) -> None:
    """Refuse, by an InputError, a folder in the target that has the name of a new file."""
    for file in sorted(new.iterdir()):
        if (target / file.name).is_dir():
            place = (target / file.name).as_posix()
            raise InputError(
                Problem("a folder has the name of a file of the result", file=place, remedy="rename the folder")
            )


@contextmanager
def replaced_file(path: Path) -> Iterator[Path]:
    """Yield the path of a new file that takes the place of ``path`` when the block ends without an error.

    Where ``path`` is a link, the file that it points to is replaced; a pipe or device is written to.

    Raises:
        RunEnvironmentError: no space, or no right to write; nothing is left of the new file.
        InputError: a folder has this name.
    """
    target = path.resolve()
    if target.is_dir():
        raise InputError(
            Problem("cannot be written: a folder has this name", file=path.as_posix(), remedy="choose another name")
        )
    with _write_errors(path):
        if target.exists() and not target.is_file():
            with tempfile.TemporaryDirectory() as place:
                yield (new := Path(place) / target.name)
                with new.open("rb") as source, target.open("wb") as stream:
                    shutil.copyfileobj(source, stream)
            return
        with staged(target) as place:
            yield (new := place / target.name)
            if target.exists():
                shutil.copymode(target, new)
            new.replace(target)


@contextmanager
def placed_files(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder whose files move into ``folder`` when the block ends without an error.

    After an error none of them is there; a kill while they are moved may leave some new files beside older ones.

    Raises:
        RunEnvironmentError: no space, or no right to write.
        InputError: the folder, or one above it, is a file.
    """
    refuse_unwritable_folder(folder)
    target = folder.resolve()
    with _write_errors(folder), staged(target / "files") as place:
        yield place
        for new in sorted(place.iterdir()):
            new.replace(target / new.name)


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8 with LF line ends, whole or not at all; see ``replaced_file`` for the errors."""
    # A path that the locale cannot spell has lone surrogates: they are written as JSON escapes, so that `verify` finds
    # the file again.
    with replaced_file(path) as new:
        new.write_text(text, encoding="utf-8", newline="\n", errors="backslashreplace")


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table as UTF-8 CSV with LF line ends; see ``csv_text`` for cells, ``replaced_file`` for errors."""
    write_text(path, csv_text(table))


def csv_text(table: pd.DataFrame) -> str:
    """Text of a CSV table: shortest numbers without loss; an apostrophe before any text that would be a formula."""
    from pandas.api.types import is_numeric_dtype

    shown = table.apply(lambda column: column if is_numeric_dtype(column) else column.map(no_formula))
    body: str = shown.to_csv(index=False, header=False, lineterminator="\n")
    return header_text(table.columns) + body


def header_text(names: Iterable[Any]) -> str:
    """Header line of a CSV table; an apostrophe stands before any name that a spreadsheet would take for a formula."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([no_formula(name) for name in names])
    return text.getvalue()


def no_formula(cell: Any) -> Any:
    """The cell; a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write plain data as a JSON file, whole or not at all; see ``replaced_file`` for the errors."""
    write_text(path, json_text(data) + "\n")


def json_text(data: Any) -> str:
    """Plain data as readable JSON; numbers that JSON does not have (infinity, NaN) become null."""
    text = json.dumps(_finite(data), indent=2, ensure_ascii=False, allow_nan=False, default=str)
    # JSON allows control characters above 126, which a terminal would obey.
    return re.sub(r"[\x7f-\x9f]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _finite(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def refuse_unwritable_folder(folder: Path) -> None:
    """Refuse, before any work is done, a folder that cannot be made or written to.

    Raises:
        InputError: the folder, or one above it, is a file.
        RunEnvironmentError: nothing can be written there.
    """
    for part in (folder, *folder.absolute().parents):
        if part.exists():
            if not part.is_dir():
                message = f"cannot be a folder: {part.as_posix()} is not a folder"
                raise InputError(Problem(message, file=folder.as_posix(), remedy="choose another place"))
            if not os.access(part, os.W_OK | os.X_OK):
                raise RunEnvironmentError(_not_written(part, OSError(errno.EACCES, "")))
            return


@contextmanager
def _write_errors(path: Path) -> Iterator[None]:
    """Raise an OSError within the block as a RunEnvironmentError about writing ``path``."""
    try:
        yield
    except OSError as error:
        raise RunEnvironmentError(_not_written(path, error)) from None


def _not_written(path: Path, error: OSError) -> Problem:
    if error.errno in _NO_SPACE:
        remedy = "free some space, or choose another place; nothing was written"
    else:
        remedy = "grant write permission, or choose another place; nothing was written"
    return Problem(f"cannot be written: {reason_of(error)}", file=path.as_posix(), remedy=remedy)


# Reading


class InputFiles:
    """Files that are read, each with the hash of its content.

    A file is hashed before it is read and again by ``settle`` after all are read: a change in between is an error, so
    each hash is that of the bytes that were read.
    """

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[str, tuple[int, ...]]] = {}

    def add(self, path: Path) -> None:
        """Note a file that is about to be read; whether it can be read is for its reader to report."""
        if path not in self._seen:
            with suppress(OSError):
                self._seen[path] = _state(path)

    def include(self, others: InputFiles) -> None:
        """Add the files that another object has noted, with the hashes that they had then."""
        self._seen = {**self._seen, **others._seen}

    def settle(self) -> dict[Path, str]:
        """Hash of each file that was read.

        Raises:
            RunEnvironmentError: a file changed or vanished while it was read.
        """
        problems = []
        for path, before in self._seen.items():
            change = _change(path, _state, before)
            if change:
                message = f"{change} while it was being read"
                remedy = "run again when no other program writes to it"
                problems.append(Problem(message, file=path.as_posix(), remedy=remedy))
        if problems:
            raise RunEnvironmentError(problems)
        return {path: digest for path, (digest, _) in sorted(self._seen.items())}


def changes(hashes: Mapping[Path, str]) -> dict[Path, str]:
    """Files whose content no longer has the given hash, each with its state, such as "changed" or "vanished"."""
    found = {path: _change(path, sha256, digest) for path, digest in hashes.items()}
    return {path: change for path, change in found.items() if change}


def _change(path: Path, state: Callable[[Path], Any], before: Any) -> str:
    """Change of a file against an earlier state in words, such as "changed" or "vanished"; "" without one.

    state: computes what is compared of the file at a path, such as its hash; before: its earlier result.
    """
    try:
        return "" if state(path) == before else "changed"
    except FileNotFoundError:
        return "vanished"
    except OSError as error:
        return f"could no longer be read ({reason_of(error)})"


def _state(path: Path) -> tuple[str, tuple[int, ...]]:
    digest = sha256(path)
    about = path.stat()
    return digest, (about.st_ino, about.st_size, about.st_mtime_ns)


def sha256(path: Path) -> str:
    """SHA-256 of a file's content; line ends of text count as LF, so that checkouts on all systems agree."""
    content = path.read_bytes()
    if b"\x00" not in content:
        content = content.replace(b"\r\n", b"\n")
    return hashlib.sha256(content).hexdigest()
