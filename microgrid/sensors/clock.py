"""The clock of a sensor against another's: a constant difference, found from how both move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from microgrid.horizon import FloatArray

_LEAST_LIKENESS = 0.3  # correlation of the moves, below which the two do not tell anything of each other
_BETTER = 1.02  # times the likeness at no difference, to believe in one


@dataclass(frozen=True)
class ClockOffset:
    """late_ms: how much later the stamps are than the other's; likeness: 0 to 1; sure: whether that tells anything."""

    late_ms: int
    likeness: float
    sure: bool

    @property
    def text(self) -> str:
        """In words."""
        if not self.sure:
            return "not found"
        return (
            f"{abs(self.late_ms) / 60_000:g} min {'late' if self.late_ms > 0 else 'early'}" if self.late_ms else "right"
        )


def clock_offset(signal: FloatArray, other: FloatArray, step_ms: int, within_ms: float) -> ClockOffset:
    """The lag at which the moves of two signals are most alike.

    likeness(k) = sum d(t + k) e(t) / sqrt(sum d^2 sum e^2), where d and e are the differences of both signals from
    step to step, nothing where a value is missing. Differences, so that a common daily course does not blur the lag.

    Args:
        signal: means over equal steps, (N,), NaN where missing.
        other: the same of the one that is trusted.
        step_ms: their length.
        within_ms: greatest lag, either way.
    """
    d, e = _moves(signal), _moves(other)
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
    # Moves that are opposite look alike a step beside the true lag.
    sure = bool(found[best] >= _LEAST_LIKENESS and found[best] > -found.min())
    moved = sure and found[best] > _BETTER * found[most]
    return ClockOffset(int(lags[best]) * step_ms if moved else 0, float(np.clip(found[best], 0, 1)), sure)


def _moves(signal: FloatArray) -> FloatArray:
    moves = np.diff(signal)
    return np.where(np.isfinite(moves), moves, 0.0)
