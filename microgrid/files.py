"""Files on disk: read ones known by the hash of their content, written ones whole or not at all."""

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
from microgrid.staging import carry, staged, swap

if TYPE_CHECKING:
    import pandas as pd

_NO_SPACE = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

# What is written


@contextmanager
def replaced_folder(folder: Path) -> Iterator[Path]:
    """A new folder that takes the place of ``folder`` when the block ends without an error.

    What others put beside our files stays, also where ``folder`` is a link. On Linux the two folders change places in
    one step; elsewhere there is no folder between two renames.

    Raises:
        RunEnvironmentError: no space, no right to write; nothing is left of the new folder.
        InputError: something else has this name.
    """
    target = folder.resolve()
    refuse_no_folder(target)
    with _told(folder), staged(target) as place:
        new = place / "new"
        new.mkdir()
        yield new
        if target.exists():
            _refuse_folders(target, new)
            shutil.copymode(target, new)
            carry(target, new)
        old = swap(new, target)
        if old is not None:
            carry(old, target)  # what was put there in the meantime


def _refuse_folders(target: Path, new: Path) -> None:
    """An InputError for a folder of someone else's that has the name of a file of ours."""
    for file in sorted(new.iterdir()):
        if (target / file.name).is_dir():
            place = (target / file.name).as_posix()
            raise InputError(Problem("a folder has the name of a result's file", file=place, remedy="move it away"))


@contextmanager
def replaced_file(path: Path) -> Iterator[Path]:
    """A new file that takes the place of ``path`` when the block ends without an error.

    A link keeps pointing where it does, and what is no file, such as a pipe, is written to.

    Raises:
        RunEnvironmentError: no space, no right to write; nothing is left of the new file.
        InputError: a folder has this name.
    """
    target = path.resolve()
    if target.is_dir():
        raise InputError(
            Problem("cannot be written: a folder has this name", file=path.as_posix(), remedy="choose another name")
        )
    with _told(path):
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
    """A temporary folder whose files take their places in ``folder`` when the block ends without an error.

    An error leaves none of them; a kill while they are put in place may leave some beside older ones.

    Raises:
        RunEnvironmentError: no space, no right to write.
        InputError: the folder, or one above it, is a file.
    """
    refuse_no_folder(folder)
    target = folder.resolve()
    with _told(folder), staged(target / "files") as place:
        yield place
        for new in sorted(place.iterdir()):
            new.replace(target / new.name)


def write_text(path: Path, text: str) -> None:
    """A text as UTF-8 with LF, whole or not at all; see ``replaced_file``."""
    # A path that the locale cannot name has lone surrogates: written as JSON's own escapes, verify finds it again.
    with replaced_file(path) as new:
        new.write_text(text, encoding="utf-8", newline="\n", errors="backslashreplace")


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """A table as UTF-8 CSV with LF, numbers as short as they can be without loss, no text a spreadsheet's formula."""
    write_text(path, csv_text(table))


def csv_text(table: pd.DataFrame) -> str:
    """The text of a CSV table; what a spreadsheet would take for a formula gets an apostrophe before it."""
    from pandas.api.types import is_numeric_dtype

    shown = table.apply(lambda column: column if is_numeric_dtype(column) else column.map(no_formula))
    body: str = shown.to_csv(index=False, header=False, lineterminator="\n")
    return header_text(table.columns) + body


def header_text(names: Iterable[Any]) -> str:
    """The header line of a CSV table, no name of which is a formula."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([no_formula(name) for name in names])
    return text.getvalue()


def no_formula(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Plain data as a JSON file, whole or not at all; see ``replaced_file``."""
    write_text(path, json_text(data) + "\n")


def json_text(data: Any) -> str:
    """Plain data as readable JSON; numbers that JSON does not know (infinity) become null."""
    text = json.dumps(_finite(data), indent=2, ensure_ascii=False, allow_nan=False, default=str)
    return re.sub(r"[\x7f-\x9f]", lambda found: f"\\u{ord(found[0]):04x}", text)  # control characters too


def _finite(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def refuse_no_folder(folder: Path) -> None:
    """Before the work is done: a folder that cannot be, since something else has its name, or one that is read-only.

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
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunEnvironmentError(_not_written(path, error)) from None


def _not_written(path: Path, error: OSError) -> Problem:
    if error.errno in _NO_SPACE:
        remedy = "free some space, or choose another place; nothing was written"
    else:
        remedy = "allow writing there, or choose another place; nothing was written"
    return Problem(f"cannot be written: {reason_of(error)}", file=path.as_posix(), remedy=remedy)


# What is read


class InputFiles:
    """The files that something is read from, each with the hash of what was read.

    A file is hashed before it is read and once more by ``settle`` when all is read, so that one that changes meanwhile
    is an error and no hash is of other bytes than those that were read.
    """

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[str, tuple[int, ...]]] = {}

    def add(self, path: Path) -> None:
        """Note a file that is about to be read; an error of reading is left to who reads it."""
        if path not in self._seen:
            with suppress(OSError):
                self._seen[path] = _state(path)

    def include(self, others: InputFiles) -> None:
        """Note files that have been noted elsewhere, as they were then."""
        self._seen = {**self._seen, **others._seen}

    def settle(self) -> dict[Path, str]:
        """The hash of each file that was read.

        Raises:
            RunEnvironmentError: a file changed or vanished while it was read.
        """
        problems = []
        for path, before in self._seen.items():
            change = _change(path, _state, before)
            if change:
                message, remedy = f"{change} while it was being read", "run again when nothing writes to it"
                problems.append(Problem(message, file=path.as_posix(), remedy=remedy))
        if problems:
            raise RunEnvironmentError(problems)
        return {path: digest for path, (digest, _) in sorted(self._seen.items())}


def changes(hashes: Mapping[Path, str]) -> dict[Path, str]:
    """Files that are no longer what they were, each with what became of it: "changed" or "vanished"."""
    found = {path: _change(path, sha256, digest) for path, digest in hashes.items()}
    return {path: change for path, change in found.items() if change}


def _change(path: Path, state: Callable[[Path], Any], before: Any) -> str:
    try:
        return "" if state(path) == before else "changed"
    except FileNotFoundError:
        return "vanished"
    except OSError as error:
        return f"could no longer be read ({reason_of(error)})"


def _state(path: Path) -> tuple[str, tuple[int, ...]]:
    digest, about = sha256(path), path.stat()
    return digest, (about.st_ino, about.st_size, about.st_mtime_ns)


def sha256(path: Path) -> str:
    """Hash of a file's content; line ends count as LF in text, so that a checkout elsewhere has the same."""
    content = path.read_bytes()
    if b"\x00" not in content:
        content = content.replace(b"\r\n", b"\n")
    return hashlib.sha256(content).hexdigest()
