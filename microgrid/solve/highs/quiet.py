"""HiGHS without output, as standard output is reserved for tables and JSON, and with a search that can be stopped."""

from __future__ import annotations

import highspy

from microgrid.solve.stop import stop_requested


class QuietHighs(highspy.Highs):  # type: ignore[misc]  # its types are not followed
    """HiGHS that is silent from the beginning; since 1.16 its first call, in the constructor, prints a banner."""

    def enableCallbacks(self) -> None:  # noqa: N802 (its constructor makes this call, and makes it first)
        """Silence HiGHS, then enable callbacks; the constructor makes this call first."""
        self.silent()
        super().enableCallbacks()

    def heed_stop(self) -> None:
        """End a search for on/off decisions where the run is asked to stop (``keeping_best``)."""
        self.cbMipInterrupt += _end_if_requested


def _end_if_requested(event: highspy.HighsCallbackEvent) -> None:
    if stop_requested():
        event.interrupt()
