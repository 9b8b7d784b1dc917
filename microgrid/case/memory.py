"""Memory that is still free, so that a model that needs more is refused before the machine stalls."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

_CGROUPS = (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"))
_UNKNOWN = 8 * 2**30  # assumed memory of a machine that does not report it


def available_bytes() -> int:
    """Memory that this process may still take [bytes]: the least that machine, container and process limit leave."""
    found = [_free_of_machine(), *_free_of_container(), *_free_of_process()]
    return max(min(found), 0)


def _free_of_machine() -> int:
    with suppress(OSError, ValueError, LookupError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    if sys.platform != "win32":
        with suppress(OSError, ValueError):  # the whole memory, where free memory is not reported
            return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return _UNKNOWN


def _free_of_container() -> list[int]:
    found = []
    for most, used in _CGROUPS:
        with suppress(OSError, ValueError):  # "max" stands for no limit
            folder = Path("/sys/fs/cgroup")
            found.append(int((folder / most).read_text()) - int((folder / used).read_text()))
    return found


def _free_of_process() -> list[int]:
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
    """Number of bytes as a short text: 512 MB, 3.4 GB, 80 TB."""
    for unit in ("MB", "GB", "TB"):
        count /= 1000
        if unit == "MB":
            count /= 1000
        if count < 1000:
            break
    return f"{count:.0f} {unit}" if count >= 10 else f"{count:.1f} {unit}"
