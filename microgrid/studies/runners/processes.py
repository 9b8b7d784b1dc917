"""Processes that share the work of a study, and end with the one that began them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

from microgrid.errors import ExitCode


@contextmanager
def worker_pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """A pool of processes; they end at once where the block is left by an error, or this process ends in any way.

    Each worker waits for the end of a pipe whose other end only this process holds: the system closes it also when this
    process is killed.
    """
    context = multiprocessing.get_context("spawn")
    ended, alive = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with, initargs=(ended,))
    try:
        yield pool
        pool.shutdown()
    except BaseException:
        alive.close()
        pool.shutdown(cancel_futures=True)
        raise
    finally:
        alive.close()
        ended.close()


def _end_with(ended: Any) -> None:
    """In a worker: watch for the end of the process that began it, which also answers Ctrl-C for all."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=(ended,), daemon=True).start()


def _watch(ended: Any) -> None:
    ended.poll(None)
    os._exit(ExitCode.INTERRUPTED)
