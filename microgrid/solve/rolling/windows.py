"""Windows of a rolling horizon, on the local clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NoReturn

import numpy as np
import pandas as pd

from microgrid.errors import InputError, Problem
from microgrid.horizon import Horizon, IntArray

_DAY_HOURS = 24.0


@dataclass(frozen=True)
class Span:
    """Window over the steps begin .. end - 1, of which those before ``kept`` are carried out.

    like: points of the window before, or of the first window itself, whose mean worth of a state is taken for this
    window's end.
    """

    begin: int
    kept: int
    end: int
    like: IntArray


def cut_windows(horizon: Horizon, window_hours: float, every_hours: float) -> list[Span]:
    """Cut a horizon into windows, on the local clock; the last one reaches its end and keeps all of its steps.

    If less than ``every_hours`` would be left after a window, it reaches to the end, since a last window of an hour
    could hardly bring a store back to its start.

    Raises:
        InputError: ``every_hours`` is not above 0 h, exceeds ``window_hours``, or is shorter than a step.
    """
    if not 0 < every_hours <= window_hours:
        _refuse(f"window {window_hours:g} h, every {every_hours:g} h", "0 h < every <= window")
    if every_hours < horizon.step_hours.max() - 1e-9:
        _refuse(f"every {every_hours:g} h", f"at least a step, {horizon.step_hours.max():g} h")
    spans: list[Span] = []
    for begin, end in _edges(horizon, window_hours, every_hours):
        before = spans[-1] if spans else Span(begin, end, end, np.zeros(0, dtype=np.int64))
        if spans:
            spans[-1] = replace(before, kept=begin)
        spans.append(Span(begin, end, end, _alike(horizon, end, before.begin, before.end)))
    return spans


def _edges(horizon: Horizon, window_hours: float, every_hours: float) -> list[tuple[int, int]]:
    """First and last point of each window [steps]."""
    last = horizon.steps
    if window_hours >= horizon.total_hours:
        return [(0, last)]
    hours = np.concatenate([[0.0], np.cumsum(horizon.step_hours)])
    found: list[tuple[int, int]] = []
    begins, ends = _points(horizon, every_hours, 0.0), _points(horizon, every_hours, window_hours)
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        if found and begin == found[-1][0]:  # both begin in an hour that the clock skips
            found.pop()
        if hours[last] - hours[end] < every_hours - 1e-9:
            return [*found, (begin, last)]
        found.append((begin, end))
    return found


def _refuse(value: str, expected: str) -> NoReturn:
    raise InputError(Problem("not a rolling horizon", value=value, expected=expected))


def _points(horizon: Horizon, every_hours: float, ahead_hours: float) -> IntArray:
    """First point at or after each multiple of ``every_hours`` plus ``ahead_hours``, by the local clock."""
    local = horizon.points.tz_convert(horizon.timezone).tz_localize(None)
    hours = (local[-1] - local[0]).total_seconds() / 3600
    offsets = np.arange(int(np.ceil(hours / every_hours)) + 1) * every_hours + ahead_hours
    clock = local[0] + pd.to_timedelta(offsets, unit="h")
    instants = clock.tz_localize(
        horizon.timezone, ambiguous=np.ones(len(clock), dtype=bool), nonexistent="shift_forward"
    )
    found = np.searchsorted(horizon.points.as_unit("s").asi8, instants.as_unit("s").asi8)
    return np.minimum(found, horizon.steps).astype(np.int64)


def _alike(horizon: Horizon, end: int, begin: int, until: int) -> IntArray:
    """Latest point inside a window at the hour of the day of point ``end``; all points inside it if there is none."""
    inside = np.arange(begin + 1, until)
    hours = np.concatenate([[0.0], np.cumsum(horizon.step_hours)])
    apart = (hours[end] - hours[inside]) % _DAY_HOURS
    same = inside[np.minimum(apart, _DAY_HOURS - apart) < 1e-6]
    return same[-1:] if len(same) else inside
