"""HiGHS without output, since standard output is reserved for the tables and JSON of the commands."""

from __future__ import annotations

import highspy


class QuietHighs(highspy.Highs):  # type: ignore[misc]  # its types are not followed
    """HiGHS that is silent from the beginning; since 1.16 its first call, in the constructor, prints a banner."""

    def enableCallbacks(self) -> None:  # noqa: N802 (its constructor makes this call, and makes it first)
        """Silence HiGHS, then enable callbacks; the constructor makes this call first."""
        self.silent()
        super().enableCallbacks()
