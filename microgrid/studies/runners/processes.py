"""Pool of processes that share the work of a study, and end with the process that started them."""

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
    """Pool of processes that end at once if an error leaves the block, or if this process ends in any way.

    Each worker waits for the end of a pipe whose other end only this process holds, because the system closes the pipe
    even if this process is killed.
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
    """Prepare a worker: it ends with the process that started it, and leaves Ctrl-C to that process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=(ended,), daemon=True).start()


def _watch(ended: Any) -> None:
    ended.poll(None)
    os._exit(ExitCode.INTERRUPTED)
