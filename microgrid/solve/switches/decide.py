"""Decisions in windows: a first schedule, and its improvement where it costs more than the bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from microgrid.horizon import FloatArray, IntArray
from microgrid.model.chain import Point
from microgrid.solve.highs.mixed import run_mixed
from microgrid.solve.limits import Limits
from microgrid.solve.switches.bound import PricedWindow
from microgrid.solve.switches.part import Timeline

_MOST = 0.8  # share of a schedule's cost above the bound that a round tries to save
_OWN_SHARE = 0.2  # share of a window's own excess cost to which it is solved again


def decide_windows(
    timeline: Timeline, edges: IntArray, relaxed: FloatArray, gap: float, left: Callable[[], Limits], pool: Executor
) -> FloatArray | None:
    """Decide the switches of all windows, every second window first, side by side; returns values, (n,).

    None if a window has no schedule with everything outside held.

    A window decides the switches that begin in it. It also moves whatever its switches reach beyond its edges, where
    the switches of neighbours that are not decided yet may take fractions. Everything else is held.

    relaxed: optimum of the relaxation, (n,); gap: absolute gap of each window.
    """
    times = timeline.times
    x = relaxed.copy()
    owner = np.searchsorted(edges[1:-1], times.first, side="right")
    open_ = np.ones(len(times.columns), dtype=bool)

    def decide(number: int) -> _Change:
        mine = owner == number
        begin = min(float(edges[number]), times.first[mine].min(initial=np.inf))
        end = max(float(edges[number + 1]), times.last[mine].max(initial=-np.inf) + 1.0)
        begin = begin if number else -1.0
        end = end if number < len(edges) - 2 else times.axis.steps + 1.0
        loose = open_ & ~mine & (times.first >= begin) & (times.last < end)
        return _decided(timeline, x, begin, end, times.columns[mine], times.columns[loose], gap, left)

    for parity in (0, 1):
        numbers = [n for n in range(parity, len(edges) - 1, 2) if (owner == n).any()]
        changes = list(pool.map(decide, numbers))
        if not all(len(change.columns) for change in changes):
            return None
        for change in changes:
            change.write(timeline, x)
        open_ &= owner % 2 != parity
    return x


def improve(
    timeline: Timeline,
    windows: Sequence[PricedWindow],
    schedule: FloatArray,
    margin: float,
    gap: float,
    left: Callable[[], Limits],
    pool: Executor,
) -> FloatArray:
    """Decide again the windows in which a schedule costs most above their bound, the dearest first.

    Each reaches beyond its edges by a margin [steps]; everything else is held at the best so far. Windows that are
    solved side by side do not overlap. gap: least absolute gap of a window.
    """
    x = schedule.copy()
    times = timeline.times
    steps = times.axis.steps

    def again(window: PricedWindow) -> _Change:
        begin = window.begin - margin if window.begin - margin > 0 else -1.0
        end = window.end + margin if window.end + margin < steps else steps + 1.0
        decided = timeline.switches_within(begin, end)
        own_gap = max(gap, _OWN_SHARE * window.excess(schedule))
        return _decided(timeline, x, begin, end, decided, np.zeros(0, dtype=np.int64), own_gap, left, begin_at=x)

    rest = _dearest(windows, schedule)
    while rest:
        batch = _apart(rest, 2 * margin)
        rest = [window for window in rest if window not in batch]
        for change in list(pool.map(again, batch)):
            change.write(timeline, x)
    return x


def _dearest(windows: Sequence[PricedWindow], schedule: FloatArray) -> list[PricedWindow]:
    """Windows, the dearest first, that make up most of what a schedule costs above the bounds of all windows."""
    excess = np.array([window.excess(schedule) for window in windows]).clip(0.0)
    order = np.argsort(-excess, kind="stable")
    count = int(np.searchsorted(np.cumsum(excess[order]), _MOST * excess.sum())) + 1
    return [windows[k] for k in order[:count].tolist() if excess[k] > 0.0]


def _apart(windows: Sequence[PricedWindow], distance: float) -> list[PricedWindow]:
    """Windows that lie apart by a distance [steps], each taken if it is apart from all that were taken before it."""
    found: list[PricedWindow] = []
    for window in windows:
        if all(window.begin >= other.end + distance or other.begin >= window.end + distance for other in found):
            found.append(window)
    return found


@dataclass(frozen=True)
class _Change:
    """New values of some columns, each (k,); both empty if nothing better was found."""

    columns: IntArray
    values: FloatArray

    def write(self, timeline: Timeline, x: FloatArray) -> None:
        """Write the values into x in place; of a column without a time, the dearer of two windows' values counts."""
        timed = ~np.isnan(timeline.times.axis.column[self.columns]) | timeline.matrix.integer[self.columns]
        x[self.columns[timed]] = self.values[timed]
        shared = self.columns[~timed]
        level = self.values[~timed]
        rising = timeline.matrix.cost[shared] >= 0
        x[shared] = np.where(rising, np.maximum(x[shared], level), np.minimum(x[shared], level))


def _decided(
    timeline: Timeline,
    x: FloatArray,
    begin: float,
    end: float,
    decided: IntArray,
    loose: IntArray,
    gap: float,
    left: Callable[[], Limits],
    begin_at: FloatArray | None = None,
) -> _Change:
    """Decide switches of a range of steps; begin_at: a schedule that is to be improved on."""
    nothing = _Change(np.zeros(0, dtype=np.int64), np.zeros(0))
    part = timeline.part(x, begin, end, decided, loose)
    problem = part.problem
    before = None if begin_at is None else part.chain.into(Point(begin_at)).x
    run = run_mixed(problem, gap, left(), before)
    if not len(run.x) or (before is not None and problem.objective(run.x) >= problem.objective(before)):
        return nothing
    values = run.x.copy()
    values[problem.integer] = np.round(values[problem.integer])
    return _Change(part.columns, values)
