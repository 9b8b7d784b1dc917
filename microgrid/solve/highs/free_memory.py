"""Return of freed memory, which the allocator still holds, to the system."""

from __future__ import annotations

import ctypes
import platform

_M_MMAP_THRESHOLD = -3  # of glibc's malloc.h
_LARGE_BYTES = 1 << 20


def return_free_memory() -> None:
    """Make glibc return freed memory to the system, as other allocators do by themselves.

    Otherwise it keeps the vectors of each run of the solver, in each thread, while the next run allocates new ones.
    From now on it maps each large vector by itself, so that it is returned as soon as it is freed; left alone, it
    raises the size from which it does so with each vector that is freed.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        libc.malloc_trim(0)
