"""What is wrong with the samples of one point: found, counted and left out, never corrected by guess."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.sensors.signal import MS_PER_HOUR

_GREAT_LEAP = 0.95  # quantile of a point's own leaps that counts as a great one
_ROUNDING = 1e-6
_TINY = 0.01  # share of a point's own greatest value that may be measured in the dark


@dataclass(frozen=True)
class Span:
    """From an instant to another [ms]: the horizon, whose faults are counted; those around it are only left out."""

    begin: int
    end: int

    def holds(self, ms: IntArray) -> BoolArray:
        """Which instants lie in it."""
        return np.asarray((ms >= self.begin) & (ms < self.end))


def in_order(ms: IntArray, value: FloatArray, counts: Counter[str], inner: Span) -> tuple[IntArray, FloatArray]:
    """Samples by their stamps, each stamp once: of several values at one stamp the last in the archive.

    value: NaN where there is none, which any other value at the same stamp outdoes; inner: what is counted.
    """
    if len(ms) and (np.diff(ms) <= 0).any():
        counts["sorted"] += int(((np.diff(ms) < 0) & inner.holds(ms[1:])).sum())
        order = np.lexsort((np.isfinite(value), ms))
        ms, value = ms[order], value[order]
        again = np.diff(ms) == 0
        told = again & inner.holds(ms[1:])
        counts["contradicted"] += int((told & (np.diff(value) != 0) & np.isfinite(value[:-1])).sum())
        counts["doubled"] += int((told & (np.diff(value) == 0)).sum())
        last = np.append(~again, True)
        ms, value = ms[last], value[last]
    return ms, value


class Believed:
    """Samples of a point with those that are believed; what is not is counted, and leaves silence behind.

    ms, value: all samples, (n,); kept: places of those that are believed so far; inner: what is counted.
    """

    def __init__(self, ms: IntArray, value: FloatArray, counts: Counter[str], inner: Span) -> None:
        self.ms, self.value, self.counts, self.inner = ms, value, counts, inner
        self.kept: IntArray = np.flatnonzero(np.isfinite(value))

    def without(self, wrong: BoolArray, what: str) -> None:
        """From now on some of ``kept`` are not believed."""
        if wrong.any():
            self.counts[what] += int(self.inner.holds(self.ms[self.kept[wrong]]).sum())
            self.kept = self.kept[~wrong]


def stuck(ms: IntArray, value: FloatArray, after_ms: float) -> BoolArray:
    """Samples that repeat the one before for longer than may be, zero apart; the first of them is believed."""
    if not len(value):
        return np.zeros(0, dtype=bool)
    begins = np.flatnonzero(np.append(True, np.diff(value) != 0))
    ends = np.append(begins[1:], len(value)) - 1
    long = (ms[ends] - ms[begins] > after_ms) & (value[begins] != 0)
    wrong = np.repeat(long, ends - begins + 1)
    wrong[begins] = False
    return np.asarray(wrong)


def spikes(value: FloatArray, times: float) -> BoolArray:
    """Single samples that leap up and back (or down and back), each by more than ``times`` a great leap of the point.

    A great leap is that which 95 in 100 do not exceed. A signal that hardly ever changes has none, and so no spikes.
    """
    wrong = np.zeros(len(value), dtype=bool)
    if len(value) < 3:
        return wrong
    leap = np.diff(value)
    great = float(np.quantile(np.abs(leap), _GREAT_LEAP, method="higher"))
    if great <= 0:
        return wrong
    away, back = leap[:-1], leap[1:]
    wrong[1:-1] = (away * back < 0) & (np.minimum(np.abs(away), np.abs(back)) > times * great)
    return wrong


def in_the_dark(ms: IntArray, value: FloatArray, grid: IntArray, dark: BoolArray) -> BoolArray:
    """Samples of a solar array that are more than a trifle while the sun is down.

    dark: whether the sun is down during the whole of each step of the grid, (N,).
    """
    if not len(value):
        return np.zeros(0, dtype=bool)
    step = np.clip(np.searchsorted(grid, ms, "right") - 1, 0, len(dark) - 1)
    within = (ms >= grid[0]) & (ms < grid[-1])
    least = _TINY * max(float(np.quantile(np.abs(value), 0.999)), 1e-9)
    return np.asarray(within & dark[step] & (np.abs(value) > least))


def stray_readings(register: FloatArray) -> BoolArray:
    """Single readings of a register that lie outside of those before and after it, where these do not fall."""
    wrong = np.zeros(len(register), dtype=bool)
    before, own, after = register[:-2], register[1:-1], register[2:]
    wrong[1:-1] = (after >= before) & ((own < before) | (own > after))
    return wrong


def increments(
    ms: IntArray, register: FloatArray, rolls_over_at: float | None, most_kw: float, counts: Counter[str], inner: Span
) -> tuple[IntArray, IntArray, FloatArray]:
    """Begin, length [ms] and mean power [kW] between readings of a register [kWh].

    power = (register[i+1] - register[i]) / hours between. Where the register falls, it has rolled over if that explains
    it with a power that can be; else it was reset, and what was used meanwhile is not known: that stretch is left out.
    """
    hours, told = np.diff(ms) / MS_PER_HOUR, inner.holds(ms[1:])
    used = np.diff(register)
    falls = used < 0
    if rolls_over_at is not None and falls.any():
        over = used + rolls_over_at
        most = np.where(np.isfinite(most_kw), most_kw * hours * (1 + _ROUNDING), rolls_over_at / 2)
        rolled = falls & (over >= 0) & (over <= most)
        counts["rolled over"] += int((rolled & told).sum())
        used = np.where(rolled, over, used)
        falls &= ~rolled
    counts["reset"] += int((falls & told).sum())
    kept = ~falls
    return ms[:-1][kept], np.diff(ms)[kept], used[kept] / hours[kept]
