"""Rolling horizon: a schedule is decided window after window, as by a controller with limited foresight."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import pandas as pd

from microgrid.audit.baseline import run_baseline
from microgrid.audit.replay import read_decisions
from microgrid.case.end_value import with_end_value
from microgrid.case.reading import Case
from microgrid.contract.plan import relative_gap
from microgrid.errors import InputError, OutOfTimeError, Problem
from microgrid.model.assembly import Model, build_model
from microgrid.result.solution import Solution
from microgrid.solve.limits import Limits
from microgrid.solve.rolling.model import roll_model
from microgrid.solve.rolling.windows import cut_windows
from microgrid.studies.dispatch import audited, dispatch


def rolling(
    case: Case,
    window_hours: float = 48.0,
    every_hours: float = 24.0,
    *,
    end_value_per_kwh: float | Mapping[str, float] | None = None,
    foresight: bool = False,
    limits: Limits | None = None,
    report_progress: Callable[[str], None] | None = None,
) -> Solution:
    """Decide the schedule of a case window after window; it is audited like that of a dispatch.

    Each window has exact foresight of its own hours and none beyond. Its first ``every_hours`` are carried out; charge,
    temperatures, the month's peak so far, runs that have begun and energy still owed are handed on to the next window.
    Energy that is stored at a window's end is valued by the ``end_value`` of its store; without one, by its worth at
    that hour of the day in the window before. A state that must end as it began starts at its value in the rule-based
    baseline. Windows follow the local clock. A window as long as the horizon gives the result of ``dispatch``. Lines
    that the model knows by lower bounds only (the root of a sum of squares) are sharpened at the schedule found, and
    all windows are decided again, up to three times; a note states the remaining difference.

    Args:
        case: a case read by ``load_case``.
        window_hours: length of each window [h].
        every_hours: time from the start of a window to that of the next [h].
        end_value_per_kwh: value of stored energy at the end of each window and of the horizon [money/kWh]; see
            ``with_end_value``.
        foresight: whether to dispatch the whole horizon too, for a bound on the cost of any schedule.
        limits: relative gap with on/off decisions, and a time limit for all windows together.
        report_progress: called with the name of each stage as it begins.

    Raises:
        InputError: the hours are not valid, or the case has sizes to be decided, caps or least emissions.
        InfeasibleError: no schedule of a window is possible after the decisions of the windows before it.
        OutOfTimeError: the time limit was reached.
    """
    report_progress = report_progress or (lambda _: None)
    limits = limits or Limits()
    if end_value_per_kwh is not None:
        case = with_end_value(case, end_value_per_kwh)
    _refuse_whole_horizon(case)
    spans = cut_windows(case.horizon, window_hours, every_hours)
    report_progress("build")
    started = time.perf_counter()
    model = build_model(case.assets, case.horizon, case.weights)
    built = time.perf_counter()
    report_progress("baseline")
    baseline = run_baseline(case.assets, case.horizon)
    timing = {"build": built - started, "baseline": time.perf_counter() - built}
    solved = roll_model(model, spans, _ends(model, case, baseline.plan.schedule), limits, report_progress)
    report_progress("audit")
    solution = audited(case, solved, baseline, limits, {**timing, **solved.timing}, "rolling")
    if foresight:
        solution = _bounded(solution, limits.left_since(started), report_progress)
    sight = f"Decided window after window: each sees {window_hours:g} h, the next begins {every_hours:g} h later."
    note = f"{sight} A plan that knows the whole horizon would be at least as good."
    return replace(solution, notes=(note, *solution.notes))


def _refuse_whole_horizon(case: Case) -> None:
    """Raise an InputError for sizes, caps and least emissions, which are decided once for the whole horizon."""
    open_sizes = [
        f"assets.{name}.{field}" for name, a in case.assets.items() for field, s in a.sizes().items() if s.open
    ]
    asked = [*open_sizes, *(["objective.emissions_caps"] if case.caps else [])]
    if case.objective.least_emissions_within is not None:
        asked.append("objective.least_emissions_within")
    if asked:
        raise InputError(
            Problem(
                "decided once for the whole horizon",
                file=case.path.as_posix(),
                field=asked[0],
                expected="a case without it for a rolling horizon",
                remedy="use run, or give sizes by --set",
            )
        )


def _bounded(solution: Solution, limits: Limits, report_progress: Callable[[str], None]) -> Solution:
    """The solution with the bound of a dispatch of the whole horizon, if there is time for it."""
    try:
        best = dispatch(solution.case, limits, lambda stage: report_progress(f"with foresight: {stage}"), margin=False)
    except OutOfTimeError:
        return solution
    gap = relative_gap(solution.objective, best.bound)
    return replace(solution, bound=best.bound, gap=gap)


def _ends(model: Model, case: Case, schedule: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Last value of each state that is a decision, in a schedule: asset -> variable of the state -> value."""
    found = {}
    for name, decided in read_decisions(case.assets, schedule).items():
        states = {state.variable.local_name for state in model.contributions[name].states}
        found[name] = {variable: float(decided[variable][-1]) for variable in states & decided.keys()}
    return found
