"""Where the solver may stop."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Relative gap of a problem with on/off decisions, and seconds for the solver."""

    gap: float = 1e-4
    seconds: float | None = None
