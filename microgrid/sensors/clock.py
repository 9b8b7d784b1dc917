"""Difference between the clocks of two sensors, found from the changes of both signals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from microgrid.horizon import FloatArray

_LEAST_LIKENESS = 0.3  # correlation of the changes, below which two signals are unrelated
_BETTER = 1.02  # times the likeness without a lag: less does not prove a lag


@dataclass(frozen=True)
class ClockOffset:
    """Constant difference of one clock from a trusted one.

    late_ms: time by which the stamps are late, 0 if no difference is found [ms]; likeness: correlation of the changes
    at that difference, 0 to 1; sure: whether the likeness is high enough to compare the clocks at all.
    """

    late_ms: int
    likeness: float
    sure: bool

    @property
    def text(self) -> str:
        """The difference in words, such as "15 min late"."""
        if not self.sure:
            return "not found"
        return (
            f"{abs(self.late_ms) / 60_000:g} min {'late' if self.late_ms > 0 else 'early'}" if self.late_ms else "right"
        )


def clock_offset(signal: FloatArray, other: FloatArray, step_ms: int, within_ms: float) -> ClockOffset:
    """Lag at which the changes of two signals are most alike.

    likeness(k) = sum d(t + k) e(t) / sqrt(sum d^2 sum e^2), where d and e are the changes of both signals from step to
    step, 0 where a value is missing. Changes are used since a common daily course of the values would blur the lag.

    Args:
        signal: means over equal steps, (N,), NaN where missing.
        other: means of the signal whose clock is trusted, over the same steps, (N,), NaN where missing.
        step_ms: length of the steps [ms].
        within_ms: greatest lag in either direction [ms].
    """
    d = _changes(signal)
    e = _changes(other)
    scale = float(np.sqrt((d @ d) * (e @ e)))
    most = int(within_ms // step_ms)
    if scale == 0 or not most:
        return ClockOffset(0, 0.0, False)
    size = 1 << int(np.ceil(np.log2(len(d) + most + 1)))
    spectrum = np.fft.rfft(d, size) * np.conj(np.fft.rfft(e, size))
    likeness = np.fft.irfft(spectrum, size) / scale
    lags = np.arange(-most, most + 1)
    found = likeness[lags]
    best = int(np.argmax(found))
    # Opposite changes look alike one step beside the true lag.
    sure = bool(found[best] >= _LEAST_LIKENESS and found[best] > -found.min())
    moved = sure and found[best] > _BETTER * found[most]
    return ClockOffset(int(lags[best]) * step_ms if moved else 0, float(np.clip(found[best], 0, 1)), sure)


def _changes(signal: FloatArray) -> FloatArray:
    """Changes of a signal from step to step, 0 where a value is missing, (N-1,)."""
    changes = np.diff(signal)
    return np.where(np.isfinite(changes), changes, 0.0)
