"""Encoding of time series in a page: compact, exact, and decoded by thirty lines of JavaScript.

A series is rounded to a power of ten of at most 0.01, and so to whole multiples of it. Their differences are written as
variable-length integers (zigzag, seven bits per byte, low bits first), and the bytes as base64. Most steps then take
one or two bytes, and only the rounding is lost.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

COARSEST_DECIMALS = 2  # 0.01 in the unit of the series
FINEST_DECIMALS = 8


def decimals_for(values: Floats) -> int:
    """Number of decimals, at least two, that keeps five digits of the largest value."""
    finite = np.abs(values[np.isfinite(values)])
    largest = float(finite.max()) if finite.size else 0.0
    if largest == 0.0:
        return COARSEST_DECIMALS
    return int(np.clip(4 - np.floor(np.log10(largest)), COARSEST_DECIMALS, FINEST_DECIMALS))


def encode_series(values: Floats) -> dict[str, Any]:
    """Encode a series as ``{decimals, data, missing}``: value = integer / 10**decimals; missing = [start, count]."""
    decimals = decimals_for(values)
    missing = ~np.isfinite(values)
    whole = np.rint(np.where(missing, 0.0, values) * 10.0**decimals).astype(np.int64)
    encoded: dict[str, Any] = {"decimals": decimals, "data": encode_integers(np.diff(whole, prepend=0))}
    if missing.any():
        encoded["missing"] = _runs_of(missing)
    return encoded


def encode_integers(values: Integers) -> str:
    """Encode whole numbers as base64 of zigzag variable-length integers."""
    zigzag = ((values << 1) ^ (values >> 63)).astype(np.uint64)
    lengths = np.ones(len(zigzag), dtype=np.int64)
    for k in range(1, 10):
        lengths += zigzag >= np.uint64(1 << (7 * k))
    starts = np.cumsum(lengths) - lengths
    out = np.empty(int(lengths.sum()), dtype=np.uint8)
    for k in range(int(lengths.max(initial=0))):
        here = lengths > k
        bits = (zigzag[here] >> np.uint64(7 * k)) & np.uint64(0x7F)
        more = np.where(lengths[here] > k + 1, 0x80, 0).astype(np.uint64)
        out[starts[here] + k] = (bits | more).astype(np.uint8)
    return base64.b64encode(out.tobytes()).decode("ascii")


def encode_time(index: pd.DatetimeIndex, step_hours: Sequence[float]) -> dict[str, Any]:
    """Encode the time axis: UTC start, runs of equal steps, and every change of the local clock.

    Raises:
        ValueError: the index has no time zone, or its differences are not the step lengths, so that the page would show
            values at the wrong hour.
    """
    if index.tz is None:
        raise ValueError("schedule index has no time zone; local times cannot be shown")
    epoch = epoch_seconds(index)
    seconds = np.rint(np.asarray(step_hours, dtype=float) * 3600.0).astype(np.int64)
    if len(seconds) != len(epoch) or bool((np.diff(epoch) != seconds[:-1]).any()):
        raise ValueError("step_hours and the schedule's index disagree")
    changes = np.flatnonzero(np.diff(seconds)) + 1
    bounds = np.concatenate(([0], changes, [len(seconds)]))
    return {
        "start": int(epoch[0]),
        "count": len(epoch),
        "steps": [[int(b - a), int(seconds[a])] for a, b in pairwise(bounds)],
        "offsets": _clock_changes(index, epoch, int(seconds[-1])),
        "zone": str(index.tz),
    }


def epoch_seconds(index: pd.DatetimeIndex) -> Integers:
    """Instants [s since 1970, UTC] of an index of any resolution, (N,)."""
    return np.asarray(index.as_unit("s").asi8, dtype=np.int64)


def local_seconds(index: pd.DatetimeIndex) -> Integers:
    """Local time of the index [s since 1970-01-01 00:00 on the site's clock], (N,)."""
    return epoch_seconds(pd.DatetimeIndex(index.tz_localize(None)))


def _clock_changes(index: pd.DatetimeIndex, epoch: Integers, last_step: int) -> list[list[int]]:
    """[instant, offset] for each change of the offset of local time from UTC [s], until the end of the last step."""
    end = index[-1:] + pd.Timedelta(seconds=last_step)
    stamps = np.append(epoch, epoch[-1] + last_step)
    offsets = np.append(local_seconds(index) - epoch, local_seconds(end) - stamps[-1])
    places = np.concatenate(([0], np.flatnonzero(np.diff(offsets)) + 1))
    return [[int(stamps[i]), int(offsets[i])] for i in places]


def _runs_of(mask: npt.NDArray[np.bool_]) -> list[list[int]]:
    """Runs of a mask in which it is true, each as [start, count]."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [[int(a), int(b - a)] for a, b in zip(edges[::2], edges[1::2], strict=True)]
