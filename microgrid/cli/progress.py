"""Progress on standard error: one changing line on a terminal, a plain line for each stage in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from microgrid.cli.output import echo
from microgrid.errors import plain


@contextmanager
def stages(label: str, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Context with a function to be called with the name of each stage as it begins; it shows the stage."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _on_terminal(label) as report_progress:
            yield report_progress
    else:
        yield _plain(label)


def _plain(label: str) -> Callable[[str], None]:
    started = time.perf_counter()

    def report_progress(stage: str) -> None:
        echo(f"{label}: {stage} ({time.perf_counter() - started:.1f} s)", err=True)

    return report_progress


@contextmanager
def _on_terminal(label: str) -> Iterator[Callable[[str], None]]:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(plain(label))
        yield lambda stage: progress.update(task, description=plain(f"{label}: {stage}"))
