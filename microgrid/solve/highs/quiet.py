"""HiGHS without a word: standard output belongs to the tables and JSON of the commands."""

from __future__ import annotations

import highspy


class QuietHighs(highspy.Highs):  # type: ignore[misc]  # its types are not followed
    """Silent from the beginning: since 1.16 the first call announces the solver, even within the constructor."""

    def enableCallbacks(self) -> None:  # noqa: N802 (its constructor makes this call, and makes it first)
        """As HiGHS does, once it is silent."""
        self.silent()
        super().enableCallbacks()
