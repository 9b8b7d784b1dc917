"""Rolling horizon: a schedule decided window after window, as a controller with limited foresight would."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

import microgrid.model.lean_pyomo  # noqa: F401 (before all that loads scipy)
from microgrid.case.reading import Case
from microgrid.errors import InputError, Problem
from microgrid.horizon import Horizon, IntArray
from microgrid.model.assembly import build_model
from microgrid.plan import relative_gap
from microgrid.solution import Solution
from microgrid.solve.limits import Limits
from microgrid.solve.rolling import Span
from microgrid.solve.solving import roll_model
from microgrid.studies.baseline import run_baseline
from microgrid.studies.dispatch import audited, dispatch

_DAY_HOURS = 24.0


def rolling(
    case: Case,
    window_hours: float = 48.0,
    every_hours: float = 24.0,
    *,
    foresight: bool = False,
    limits: Limits | None = None,
    say: Callable[[str], None] | None = None,
) -> Solution:
    """The schedule of a case decided window after window, audited as any other.

    Each window sees its own hours exactly and nothing beyond. Its first ``every_hours`` are carried out; charge,
    temperatures, the month's peak so far, runs that have begun and energy still owed go to the next window. What is
    stored at a window's end is worth what it was worth at the same hour in the window before. A state that has to
    end as it began begins as the rule-based baseline's does. Windows follow the local clock. A window as long as the
    horizon gives what ``dispatch`` gives.

    Args:
        case: what ``load_case`` gave.
        window_hours: how far each window sees [h].
        every_hours: after how long the next window begins [h].
        foresight: dispatch the whole horizon too, for the bound: how much better any schedule could be.
        limits: relative gap with on/off decisions, and a time limit for all windows together.
        say: called with the name of each stage as it begins.

    Raises:
        InputError: hours that make no windows.
        InfeasibleError: a window cannot continue what the windows before it decided.
    """
    say = say or (lambda _: None)
    limits = limits or Limits()
    spans = cut_windows(case.horizon, window_hours, every_hours)
    say("build")
    started = time.perf_counter()
    model = build_model(case.assets, case.horizon, case.weights)
    built = time.perf_counter()
    say("baseline")
    baseline = run_baseline(case.assets, case.horizon)
    timing = {"build": built - started, "baseline": time.perf_counter() - built}
    solved = roll_model(model, spans, _ends(baseline.plan.schedule), limits, say)
    say("audit")
    solution = audited(case, solved, baseline, limits, {**timing, **solved.timing}, "rolling")
    if foresight:
        best = dispatch(case, limits, lambda stage: say(f"with foresight: {stage}"))
        gap = relative_gap(solution.objective_eur, best.bound_eur)
        solution = replace(solution, bound_eur=best.bound_eur, gap=gap)
    return solution


def _ends(schedule: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Of each asset: quantity -> its last value."""
    found: dict[str, dict[str, float]] = {}
    for column, value in schedule.iloc[-1].items():
        asset, _, quantity = str(column).rpartition(".")
        found.setdefault(asset, {})[quantity] = float(value)
    return found


def cut_windows(horizon: Horizon, window_hours: float, every_hours: float) -> list[Span]:
    """Windows over a horizon, on the local clock; the last one reaches its end and keeps all of its steps.

    Raises:
        InputError: a window that is shorter than the time after which the next begins, or than a step.
    """
    if not 0 < every_hours <= window_hours:
        _refuse(f"window {window_hours:g} h, every {every_hours:g} h", "0 h < every <= window")
    begins, ends = _points(horizon, every_hours, 0.0), _points(horizon, every_hours, window_hours)
    if (np.diff(begins) <= 0).any():
        _refuse(f"every {every_hours:g} h", f"at least a step, {horizon.step_hours.max():g} h")
    count = int(np.argmax(ends >= horizon.steps)) + 1
    spans: list[Span] = []
    for number, (begin, end) in enumerate(zip(begins[:count].tolist(), ends[:count].tolist(), strict=True)):
        last = number == count - 1
        before = spans[-1] if spans else Span(begin, end, end, np.zeros(0, dtype=np.int64))
        kept = end if last else int(begins[number + 1])
        spans.append(Span(begin, kept, end, _alike(horizon, end, before.begin, before.end)))
    return spans


def _refuse(value: str, expected: str) -> None:
    raise InputError(Problem("not a rolling horizon", value=value, expected=expected))


def _points(horizon: Horizon, every_hours: float, ahead_hours: float) -> IntArray:
    """The first point at or after each multiple of ``every``, so many hours ahead, by the local clock."""
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
    """The latest point inside a window at the same hour of the day as ``end``; all inside it if there is none."""
    inside = np.arange(begin + 1, until)
    hours = np.concatenate([[0.0], np.cumsum(horizon.step_hours)])
    apart = (hours[end] - hours[inside]) % _DAY_HOURS
    same = inside[np.minimum(apart, _DAY_HOURS - apart) < 1e-6]
    return same[-1:] if len(same) else inside
