"""Rolling horizon: a schedule decided window after window, as a controller with limited foresight would."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import pandas as pd

from microgrid.audit.baseline import run_baseline
from microgrid.case.end_value import with_end_value
from microgrid.case.reading import Case
from microgrid.contract.plan import relative_gap
from microgrid.errors import InputError, OutOfTimeError, Problem
from microgrid.model.assembly import build_model
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
    end_value_eur_per_kwh: float | Mapping[str, float] | None = None,
    foresight: bool = False,
    limits: Limits | None = None,
    say: Callable[[str], None] | None = None,
) -> Solution:
    """The schedule of a case decided window after window, audited as any other.

    Each window sees its own hours exactly and nothing beyond. Its first ``every_hours`` are carried out; charge,
    temperatures, the month's peak so far, runs that have begun and energy still owed go to the next window. What is
    stored at a window's end is worth the ``end_value`` of its store; without one, what it was worth at the same hour in
    the window before. A state that has to end as it began begins as the rule-based baseline's does. Windows follow the
    local clock. A window as long as the horizon gives what ``dispatch`` gives. Lines that the model knows by bounds
    only (the root of a sum of squares) are sharpened where the schedule lies, and all windows decided anew, up to three
    times; a note tells what they come to.

    Args:
        case: what ``load_case`` gave.
        window_hours: how far each window sees [h].
        every_hours: after how long the next window begins [h].
        end_value_eur_per_kwh: of stored energy at each window's end and at the horizon's; see ``with_end_value``.
        foresight: dispatch the whole horizon too, for the bound: how much better any schedule could be.
        limits: relative gap with on/off decisions, and a time limit for all windows together.
        say: called with the name of each stage as it begins.

    Raises:
        InputError: hours that make no windows; sizes to be decided, caps, least emissions.
        InfeasibleError: a window cannot continue what the windows before it decided.
    """
    say = say or (lambda _: None)
    limits = limits or Limits()
    if end_value_eur_per_kwh is not None:
        case = with_end_value(case, end_value_eur_per_kwh)
    _refuse_whole_horizon(case)
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
        solution = _bounded(solution, limits.left_since(started), say)
    sight = f"Decided window after window: each sees {window_hours:g} h, the next begins {every_hours:g} h later."
    note = f"{sight} A plan that knows the whole horizon would be at least as good."
    return replace(solution, notes=(note, *solution.notes))


def _refuse_whole_horizon(case: Case) -> None:
    """What is decided once for the whole horizon cannot be decided window after window."""
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


def _bounded(solution: Solution, limits: Limits, say: Callable[[str], None]) -> Solution:
    """The solution with the bound of a dispatch that knows the whole horizon, if there is time for one."""
    try:
        best = dispatch(solution.case, limits, lambda stage: say(f"with foresight: {stage}"), margin=False)
    except OutOfTimeError:
        return solution
    gap = relative_gap(solution.objective_eur, best.bound_eur)
    return replace(solution, bound_eur=best.bound_eur, gap=gap)


def _ends(schedule: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Of each asset: quantity -> its last value."""
    found: dict[str, dict[str, float]] = {}
    for column, value in schedule.iloc[-1].items():
        asset, _, quantity = str(column).rpartition(".")
        found.setdefault(asset, {})[quantity] = float(value)
    return found
