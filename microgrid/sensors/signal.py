"""A signal: values that hold over intervals, with silence between some of them; means over the steps of a grid."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from microgrid.formats.clock.timestamps import distinct
from microgrid.horizon import BoolArray, FloatArray, IntArray

MS_PER_HOUR = 3_600_000
_TIMES_USUAL = 3.0  # a value holds up to so many times the usual distance of two


@dataclass(frozen=True)
class Signal:
    """Values over intervals that do not overlap.

    begin, length: of each interval [ms], increasing, (n,); value: its mean, (n,).
    """

    begin: IntArray
    length: IntArray
    value: FloatArray

    def shifted(self, by_ms: int) -> Signal:
        """The same later by so much."""
        return replace(self, begin=self.begin + by_ms)

    def only(self, kept: BoolArray | IntArray) -> Signal:
        """Without some of its values; where they were is silence."""
        return Signal(self.begin[kept], self.length[kept], self.value[kept])

    def on(self, grid: IntArray) -> tuple[FloatArray, FloatArray]:
        """Mean of what is known of each step, NaN where nothing is, and share of the step that is known.

        mean[t] = sum of value x length over sum of length, of the parts of the intervals that lie in step t. So mean x
        share x length of the step is the integral over it: no energy is lost, and steps do not share their rounding.

        Args:
            grid: N+1 instants [ms].
        """
        steps = len(grid) - 1
        if not len(self.begin):
            return np.full(steps, np.nan), np.zeros(steps)
        end = self.begin + self.length
        silent = np.append(end[:-1] != self.begin[1:], True)
        cuts = np.concatenate([self.begin, end[silent], grid])
        cuts = distinct(cuts[(cuts >= grid[0]) & (cuts <= grid[-1])])
        length = np.diff(cuts)
        of = np.maximum(np.searchsorted(self.begin, cuts[:-1], "right") - 1, 0)
        known = np.where((cuts[:-1] >= self.begin[of]) & (cuts[:-1] < end[of]), length, 0)
        step = np.repeat(np.arange(steps), np.diff(np.searchsorted(cuts, grid)))
        covered = np.bincount(step, known, minlength=steps)
        total = np.bincount(step, known * self.value[of], minlength=steps)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(covered > 0, total / covered, np.nan)
        return mean, covered / np.diff(grid)


def usual_distance(ms: IntArray) -> int:
    """The median distance of two stamps [ms], 0 where there are fewer than two."""
    return int(np.median(np.diff(ms))) if len(ms) > 1 else 0


def held(ms: IntArray, value: FloatArray, stamps: str, hold_ms: int | None) -> Signal:
    """Samples as a signal: each value holds until the next, or from the one before, or half of the way to both.

    Args:
        ms: stamps, increasing.
        value: of each.
        stamps: where in its interval one stands: begin, end, center.
        hold_ms: how long a value may hold. If None, up to three times the usual distance of two, and beyond that, and
            at the end, for the usual distance.
    """
    usual = usual_distance(ms)
    gap = np.diff(ms)
    if hold_ms is not None:
        length, edge = np.minimum(gap, hold_ms), min(usual, hold_ms) if usual else hold_ms
    else:
        length, edge = np.where(gap > _TIMES_USUAL * usual, usual, gap), usual
    after, before = np.append(length, edge), np.concatenate([[edge], length])
    if stamps == "begin":
        return Signal(ms, after, value)
    if stamps == "end":
        return Signal(ms - before, before, value)
    return Signal(ms - before // 2, after - after // 2 + before // 2, value)
