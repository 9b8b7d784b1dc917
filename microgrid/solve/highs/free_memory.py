"""Return of freed memory, which the allocator still holds, to the system."""

from __future__ import annotations

import ctypes
import platform


def return_free_memory() -> None:
    """Make glibc return freed memory to the system, as other allocators do by themselves.

    Otherwise it keeps the vectors of each run of the solver, in each thread, while the next run allocates new ones.
    """
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)
