"""A signal: values that hold over intervals, with silence between some of them; means over the steps of a grid."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from microgrid.horizon import BoolArray, FloatArray, IntArray

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

    def only(self, kept: BoolArray) -> Signal:
        """Without some of its values; where they were is silence."""
        return Signal(self.begin[kept], self.length[kept], self.value[kept])

    def on(self, grid: IntArray) -> tuple[FloatArray, FloatArray]:
        """Mean of what is known of each step, NaN where nothing is, and share of the step that is known.

        mean[t] = (F(g[t+1]) - F(g[t])) / (C(g[t+1]) - C(g[t])), where F is the integral of the values and C that of
        the time in which there are any. So mean x share x length is the integral over the step, and no energy is lost.

        Args:
            grid: N+1 instants [ms].
        """
        steps = len(grid) - 1
        if not len(self.begin):
            return np.full(steps, np.nan), np.zeros(steps)
        middle = float(self.value.mean())  # sums of deviations stay small, and so does their rounding
        energy, known = self._integrals(grid, self.value - middle)
        covered, total = np.diff(known), np.diff(energy)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(covered > 0, total / covered + middle, np.nan)
        return mean, covered / np.diff(grid)

    def integral(self) -> float:
        """Sum of value x length [value ms]."""
        return float(self.value @ self.length)

    def _integrals(self, grid: IntArray, value: FloatArray) -> tuple[FloatArray, FloatArray]:
        energy = np.concatenate([[0.0], np.cumsum(value * self.length)])
        known = np.concatenate([[0], np.cumsum(self.length)])
        at = np.searchsorted(self.begin, grid, "right") - 1
        inside = np.maximum(at, 0)
        into = np.where(at < 0, 0, np.minimum(grid - self.begin[inside], self.length[inside]))
        return energy[inside] + value[inside] * into, (known[inside] + into).astype(float)


def usual_distance(ms: IntArray) -> int:
    """The median distance of two stamps [ms], 0 where there are fewer than two."""
    return int(np.median(np.diff(ms))) if len(ms) > 1 else 0


def held(ms: IntArray, value: FloatArray, stamps: str, hold_ms: int | None) -> Signal:
    """Samples as a signal: each value holds until the next, or from the one before, or half of the way to both.

    Args:
        ms: stamps, increasing.
        value: of each.
        stamps: where in its interval one stands: begin, end, center.
        hold_ms: how long a value may hold, three times the usual distance if None; beyond it, it holds for the usual
            distance, and then there is silence.
    """
    usual = usual_distance(ms)
    if not usual:
        return Signal(ms[:0], ms[:0], value[:0])
    most = int(_TIMES_USUAL * usual) if hold_ms is None else hold_ms
    gap = np.diff(ms)
    length = np.append(np.where(gap > most, min(usual, most), gap), min(usual, most))
    if stamps == "begin":
        return Signal(ms, length, value)
    before = np.concatenate([length[-1:], length[:-1]])
    if stamps == "end":
        return Signal(ms - before, before, value)
    begin = ms - before // 2
    return Signal(begin, length - length // 2 + before // 2, value)
