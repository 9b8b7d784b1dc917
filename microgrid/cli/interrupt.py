"""Interrupt by Ctrl-C, which ends a command even while the solver, which ignores it, runs in the main thread."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import suppress

import click

from microgrid.cli.output import echo
from microgrid.errors import ExitCode
from microgrid.solve.stop import request_stop

_GRACE_S = 1.0  # time for Python to handle the interrupt by itself, and to remove incomplete files


def end_on_interrupt(ctx: click.Context) -> None:
    """Make an interrupt that Python does not handle within a second end the process, until the command ends.

    The first one stops a search that has found a schedule, and keeps it (``microgrid.solve.stop``).
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(reading,), daemon=True).start()

    def stop() -> None:
        signal.set_wakeup_fd(before)
        os.close(writing)

    ctx.call_on_close(stop)


def _watch(reading: int) -> None:
    asked = False
    while number := os.read(reading, 1):
        if number[0] != signal.SIGINT:
            continue
        if not asked and request_stop():
            asked = True
            echo("stopping with the best schedule so far; interrupt again to end without it", err=True)
            continue
        time.sleep(_GRACE_S)
        with suppress(OSError):
            echo("interrupted", err=True)
        os._exit(ExitCode.INTERRUPTED)
    os.close(reading)
