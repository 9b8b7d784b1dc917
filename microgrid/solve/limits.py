"""Where the solver may stop."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Limits:
    """Relative gap of a problem with on/off decisions, and seconds for the solver."""

    gap: float = 1e-4
    seconds: float | None = None

    def left_since(self, started: float) -> Limits:
        """The same limits with what is left of the seconds since ``time.perf_counter()`` said ``started``."""
        if self.seconds is None:
            return self
        return replace(self, seconds=max(self.seconds - (time.perf_counter() - started), 0.01))
