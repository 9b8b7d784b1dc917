"""Memory that is free, but still held by the allocator."""

from __future__ import annotations

import ctypes
import platform


def hand_back() -> None:
    """Let glibc return what was freed to the system, as other allocators do by themselves.

    It keeps the vectors of one run of the solver, while the next run asks for new ones, and does so for each thread.
    """
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)
