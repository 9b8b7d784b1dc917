"""Limits of the solver: gap, time and threads."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace

from microgrid.errors import InputError, Problem
from microgrid.solve.stop import stop_requested

_NO_TIME_S = 0.01  # time limit that ends a run of the solver at once


def cores() -> int:
    """Number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Limits:
    """Limits of the solver.

    gap: relative gap at which a problem with on/off decisions counts as solved; seconds: time for the solver [s], None
    for no limit; threads: number of windows that are solved at a time.
    """

    gap: float = 1e-3
    seconds: float | None = None
    threads: int = field(default_factory=cores)

    def __post_init__(self) -> None:
        if not self.gap >= 0 or (self.seconds is not None and not self.seconds > 0):
            raise InputError(
                Problem(
                    "impossible limits for the solver",
                    value=f"gap {self.gap}, {self.seconds} s",
                    expected="a gap of at least 0 and a time above 0 s",
                )
            )

    def left_since(self, started: float) -> Limits:
        """These limits with the time that is left since ``started``, a value of ``time.perf_counter()`` [s].

        Almost no time is left if the run has been asked to stop.
        """
        if stop_requested():
            return replace(self, seconds=_NO_TIME_S)
        if self.seconds is None:
            return self
        return replace(self, seconds=max(self.seconds - (time.perf_counter() - started), _NO_TIME_S))

    def over_since(self, started: float) -> bool:
        """Whether no time is left since ``started``, or the run has been asked to stop."""
        left = self.left_since(started).seconds
        return left is not None and left <= _NO_TIME_S
