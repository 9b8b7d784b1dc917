"""Signal: values that hold over intervals, with gaps between some of them, and its means over the steps of a grid."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from microgrid.formats.clock.timestamps import distinct
from microgrid.horizon import BoolArray, FloatArray, IntArray

MS_PER_HOUR = 3_600_000
_TIMES_USUAL = 3.0  # usual distances of two samples over which a value may hold


@dataclass(frozen=True)
class Signal:
    """Values over intervals that do not overlap.

    begin: of each interval [ms], increasing, (n,); length: of each interval [ms], (n,); value: mean over it, (n,).
    """

    begin: IntArray
    length: IntArray
    value: FloatArray

    def shifted(self, by_ms: int) -> Signal:
        """Signal shifted to later times by ``by_ms`` [ms]."""
        return replace(self, begin=self.begin + by_ms)

    def only(self, kept: BoolArray | IntArray) -> Signal:
        """Signal with some of its values only; the others leave gaps."""
        return Signal(self.begin[kept], self.length[kept], self.value[kept])

    def on(self, grid: IntArray) -> tuple[FloatArray, FloatArray]:
        """Mean of the known part of each step, NaN where none is known, and the known share of each step, both (N,).

        mean[t] = sum of value x length / sum of length, over the parts of the intervals that lie in step t. So  mean x
        share x length of the step  is the integral over the step: no energy is lost, and rounding stays in its step.

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
    """Median distance between successive stamps [ms], 0 if there are fewer than two."""
    return int(np.median(np.diff(ms))) if len(ms) > 1 else 0


def held(ms: IntArray, value: FloatArray, stamps: str, hold_ms: int | None) -> Signal:
    """Turn samples into a signal: each value holds until the next stamp, from the one before, or halfway to both.

    Args:
        ms: stamps [ms], increasing, (n,).
        value: value of each sample, (n,).
        stamps: position of a stamp in its interval: begin, end or center.
        hold_ms: longest time that a value may hold [ms]. If None, three times the usual distance of two stamps; over a
            longer gap, and at the end, a value then holds for the usual distance.
    """
    usual = usual_distance(ms)
    gap = np.diff(ms)
    if hold_ms is not None:
        length = np.minimum(gap, hold_ms)
        edge = min(usual, hold_ms) if usual else hold_ms
    else:
        length = np.where(gap > _TIMES_USUAL * usual, usual, gap)
        edge = usual
    after = np.append(length, edge)
    before = np.concatenate([[edge], length])
    if stamps == "begin":
        return Signal(ms, after, value)
    if stamps == "end":
        return Signal(ms - before, before, value)
    return Signal(ms - before // 2, after - after // 2 + before // 2, value)
