"""Faults in the samples of one point: they are found, counted and left out, never corrected by guess."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.sensors.signal import MS_PER_HOUR

_GREAT_LEAP = 0.95  # quantile of the changes of a point between samples that is a great leap
_ROUNDING = 1e-6
_TINY = 0.01  # share of a point's greatest value that may be measured in the dark


@dataclass(frozen=True)
class Span:
    """Time from one instant to another [ms], such as the horizon, within which faults are counted."""

    begin: int
    end: int

    def holds(self, ms: IntArray) -> BoolArray:
        """Whether each instant lies in the span, same shape."""
        return np.asarray((ms >= self.begin) & (ms < self.end))


def in_order(ms: IntArray, value: FloatArray, counts: Counter[str], inner: Span) -> tuple[IntArray, FloatArray]:
    """Sort samples by stamp and keep each stamp once: of several values at one stamp, the last in the archive.

    value: NaN where there is none; any value takes precedence over NaN. counts: changes within ``inner`` are added.
    """
    if len(ms) and (np.diff(ms) <= 0).any():
        counts["sorted"] += int(((np.diff(ms) < 0) & inner.holds(ms[1:])).sum())
        order = np.lexsort((np.isfinite(value), ms))
        ms = ms[order]
        value = value[order]
        again = np.diff(ms) == 0
        counted = again & inner.holds(ms[1:])
        counts["contradicted"] += int((counted & (np.diff(value) != 0) & np.isfinite(value[:-1])).sum())
        counts["doubled"] += int((counted & (np.diff(value) == 0)).sum())
        last = np.append(~again, True)
        ms = ms[last]
        value = value[last]
    return ms, value


class CheckedSamples:
    """Samples of a point, of which some are rejected, step by step, and counted.

    ms, value: all samples, (n,); kept: positions of the samples that have not been rejected; counts: rejected samples
    within ``inner``, by fault.
    """

    def __init__(self, ms: IntArray, value: FloatArray, counts: Counter[str], inner: Span) -> None:
        self.ms = ms
        self.value = value
        self.counts = counts
        self.inner = inner
        self.kept: IntArray = np.flatnonzero(np.isfinite(value))

    def without(self, wrong: BoolArray, what: str) -> None:
        """Reject those of ``kept`` that are marked in ``wrong``, and count them as the fault ``what``."""
        if wrong.any():
            self.counts[what] += int(self.inner.holds(self.ms[self.kept[wrong]]).sum())
            self.kept = self.kept[~wrong]


def stuck(ms: IntArray, value: FloatArray, after_ms: float) -> BoolArray:
    """Whether each sample is stuck: it repeats a value other than 0 for longer than ``after_ms``; the first is not."""
    if not len(value):
        return np.zeros(0, dtype=bool)
    begins = np.flatnonzero(np.append(True, np.diff(value) != 0))
    ends = np.append(begins[1:], len(value)) - 1
    long = (ms[ends] - ms[begins] > after_ms) & (value[begins] != 0)
    wrong = np.repeat(long, ends - begins + 1)
    wrong[begins] = False
    return np.asarray(wrong)


def spikes(value: FloatArray, times: float) -> BoolArray:
    """Whether each sample is a spike: it leaps up and back (or down and back) by more than ``times`` great leaps.

    A great leap of a point is the size that 95 % of its changes do not exceed. A signal that hardly ever changes has
    none, and so no spikes.
    """
    wrong = np.zeros(len(value), dtype=bool)
    if len(value) < 3:
        return wrong
    leap = np.diff(value)
    great = float(np.quantile(np.abs(leap), _GREAT_LEAP, method="higher"))
    if great <= 0:
        return wrong
    away = leap[:-1]
    back = leap[1:]
    wrong[1:-1] = (away * back < 0) & (np.minimum(np.abs(away), np.abs(back)) > times * great)
    return wrong


def in_the_dark(ms: IntArray, value: FloatArray, grid: IntArray, dark: BoolArray) -> BoolArray:
    """Whether each sample of a solar array exceeds 1 % of its greatest value while the sun is down.

    dark: whether the sun is down during the whole of each step of the grid, (N,).
    """
    if not len(value):
        return np.zeros(0, dtype=bool)
    step = np.clip(np.searchsorted(grid, ms, "right") - 1, 0, len(dark) - 1)
    within = (ms >= grid[0]) & (ms < grid[-1])
    least = _TINY * max(float(np.quantile(np.abs(value), 0.999)), 1e-9)
    return np.asarray(within & dark[step] & (np.abs(value) > least))


def stray_readings(register: FloatArray) -> BoolArray:
    """Whether each reading of a register lies outside its two neighbours, where the second is not below the first."""
    wrong = np.zeros(len(register), dtype=bool)
    before = register[:-2]
    own = register[1:-1]
    after = register[2:]
    wrong[1:-1] = (after >= before) & ((own < before) | (own > after))
    return wrong


def increments(
    ms: IntArray, register: FloatArray, rolls_over_at: float | None, most_kw: float, counts: Counter[str], inner: Span
) -> tuple[IntArray, IntArray, FloatArray]:
    """Begin, length [ms] and mean power [kW] of the intervals between readings of a register [kWh].

    power[i] = (register[i+1] - register[i]) / hours between them. Where the register falls, it has rolled over if the
    power is then at most ``most_kw``; otherwise it was reset, its energy is unknown and the interval is left out.
    """
    hours = np.diff(ms) / MS_PER_HOUR
    counted = inner.holds(ms[1:])
    used = np.diff(register)
    falls = used < 0
    if rolls_over_at is not None and falls.any():
        over = used + rolls_over_at
        most = np.where(np.isfinite(most_kw), most_kw * hours * (1 + _ROUNDING), rolls_over_at / 2)
        rolled = falls & (over >= 0) & (over <= most)
        counts["rolled over"] += int((rolled & counted).sum())
        used = np.where(rolled, over, used)
        falls &= ~rolled
    counts["reset"] += int((falls & counted).sum())
    kept = ~falls
    return ms[:-1][kept], np.diff(ms)[kept], used[kept] / hours[kept]
