"""Stop on request: a first Ctrl-C ends the search for a better schedule, once there is one, and keeps the best."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_listening = threading.Event()
_found = threading.Event()
_requested = threading.Event()
_seen = threading.Event()  # whether Python has handled an interrupt, which it does only after a run of the solver


@contextmanager
def keeping_best() -> Iterator[None]:
    """Let a first interrupt stop the search, if a schedule has been found (``schedule_found``).

    Before that, and a second time, an interrupt raises KeyboardInterrupt as usual. Signals reach the main thread only,
    so in another thread, and where somebody else handles interrupts, nothing changes.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is not signal.default_int_handler:
        yield
        return
    for event in (_found, _requested, _seen):
        event.clear()
    _listening.set()
    signal.signal(signal.SIGINT, _interrupted)
    try:
        yield
    finally:
        _listening.clear()
        _requested.clear()
        signal.signal(signal.SIGINT, before)


def schedule_found() -> None:
    """State that there is a schedule to be kept from now on."""
    _found.set()


def stop_requested() -> bool:
    """Whether an interrupt has asked for the best schedule so far."""
    return _requested.is_set()


def request_stop() -> bool:
    """Ask for the best schedule so far; returns whether there is one, and the search that found it is still running."""
    if _listening.is_set() and _found.is_set():
        _requested.set()
        return True
    return False


def _interrupted(*_: object) -> None:
    if _seen.is_set() or not request_stop():
        raise KeyboardInterrupt
    _seen.set()
