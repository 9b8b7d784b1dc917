"""Where the solver may stop."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace

from microgrid.errors import InputError, Problem


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Limits:
    """Relative gap of a problem with on/off decisions, seconds for the solver, and threads side by side."""

    gap: float = 1e-4
    seconds: float | None = None
    threads: int = field(default_factory=cores)

    def __post_init__(self) -> None:
        if not self.gap >= 0 or (self.seconds is not None and not self.seconds > 0):
            raise InputError(
                Problem(
                    "not a limit for the solver",
                    value=f"gap {self.gap}, {self.seconds} s",
                    expected="a gap of at least 0 and a time above 0 s",
                )
            )

    def left_since(self, started: float) -> Limits:
        """The same limits with what is left of the seconds since ``time.perf_counter()`` said ``started``."""
        if self.seconds is None:
            return self
        return replace(self, seconds=max(self.seconds - (time.perf_counter() - started), 0.01))
