"""Writing whole or not at all: files are built in a temporary folder beside their target, then moved in one step."""

from __future__ import annotations

import ctypes
import errno
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_MARK = re.compile(r"\.(?P<name>.+)\.[a-z0-9_]{8}\.microgrid-new", re.DOTALL)
_LONGEST = 200  # bytes of a name: file systems take 255, and the temporary name adds some
_A_DAY_S = 86_400.0
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """Yield a temporary folder beside the target, after removing those that killed runs left there."""
    made = [part for part in target.parents if not part.exists()]
    lock = None
    place: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(target.parent)
        place, lock = _new_place(target)
        yield place
    except BaseException:
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)
        for part in made:
            with suppress(OSError):  # another process uses it by now
                part.rmdir()
        raise
    finally:
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _new_place(target: Path) -> tuple[Path, int | None]:
    """Make a temporary folder, locked until its descriptor is closed or this process ends."""
    name = os.fsdecode(os.fsencode(target.name)[:_LONGEST])
    while True:
        place = Path(tempfile.mkdtemp(".microgrid-new", f".{name}.", target.parent))
        try:
            lock = _lock(place)
        except OSError:  # a file system without locks
            return place, None
        if place.exists():  # else another run took it for abandoned and removed it before it was locked
            return place, lock
        if lock is not None:
            os.close(lock)


def _lock(folder: Path) -> int | None:
    """Descriptor that locks a folder until it is closed or the process ends; None on Windows, without such locks."""
    if sys.platform == "win32":
        return None
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _remove_abandoned(parent: Path) -> None:
    """Remove temporary folders of killed runs; a result that such a run had moved away is put back."""
    for place in list(parent.iterdir()):
        mark = _MARK.fullmatch(place.name)
        if mark is None or place.is_symlink():
            continue
        lock = None
        with suppress(OSError):
            try:
                lock = _lock(place)
            except BlockingIOError:
                continue
            except OSError:
                lock = None
            if lock is None and time.time() - place.stat().st_mtime < _A_DAY_S:
                continue
            if (place / "old").is_dir() and not (parent / mark["name"]).exists():
                (place / "old").rename(parent / mark["name"])
            shutil.rmtree(place, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def copy_missing(source: Path, into: Path) -> None:
    """Copy what one folder has and the other has not, as hard links where the file system has them."""
    for left in source.iterdir():
        taken = into / left.name
        if os.path.lexists(taken):
            continue
        if left.is_dir() and not left.is_symlink():
            shutil.copytree(left, taken, symlinks=True, copy_function=_link)
        else:
            _link(left, taken)


def _link(source: str | Path, taken: str | Path) -> None:
    try:
        os.link(source, taken, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(source, taken, follow_symlinks=False)


def swap(new: Path, target: Path) -> Path | None:
    """Put a folder in the place of another; returns the new path of the other, None if there was none."""
    if not target.exists():
        try:
            new.rename(target)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):  # another run was faster
                raise
        else:
            return None
    if _exchange(new, target):
        return new
    old = new.with_name("old")
    target.rename(old)
    try:
        new.rename(target)
    except BaseException:
        old.rename(target)
        raise
    return old


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where the system or the file system cannot."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if sys.platform == "linux" else None
    if call is None:
        return False
    if call(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM):
        return False
    raise OSError(code, os.strerror(code), str(other))
