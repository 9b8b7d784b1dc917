"""How much memory a model takes, and how much there is: to refuse before the machine is brought to its knees."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

_CGROUPS = (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"))
_UNKNOWN = 8 * 2**30  # what is taken for the memory of a machine that does not tell it


def available_bytes() -> int:
    """Memory that this process may still take: of the machine, of its container, and of its own limit [bytes]."""
    found = [_of_machine(), *_of_container(), *_of_process()]
    return max(min(found), 0)


def _of_machine() -> int:
    with suppress(OSError, ValueError, LookupError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    if sys.platform != "win32":
        with suppress(OSError, ValueError):  # all of it, where nothing says what is free
            return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return _UNKNOWN


def _of_container() -> list[int]:
    found = []
    for most, used in _CGROUPS:
        with suppress(OSError, ValueError):  # "max" is no number: no limit
            folder = Path("/sys/fs/cgroup")
            found.append(int((folder / most).read_text()) - int((folder / used).read_text()))
    return found


def _of_process() -> list[int]:
    if sys.platform == "win32":
        return []
    import resource

    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    if most == resource.RLIM_INFINITY:
        return []
    with suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        return [most - pages * os.sysconf("SC_PAGE_SIZE")]
    return [most]


def size_text(count: float) -> str:
    """A number of bytes for the eye: 512 MB, 3.4 GB, 80 TB."""
    for unit in ("MB", "GB", "TB"):
        count /= 1000
        if unit == "MB":
            count /= 1000
        if count < 1000:
            break
    return f"{count:.0f} {unit}" if count >= 10 else f"{count:.1f} {unit}"
