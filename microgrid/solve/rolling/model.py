"""Rolling horizon on a model: as a study, and as a first schedule for the search for on/off decisions."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from microgrid.contract.ledger import STORE_DRAWDOWN
from microgrid.contract.status import Status
from microgrid.errors import InfeasibleError, OutOfTimeError
from microgrid.horizon import FloatArray
from microgrid.model.assembly import Model
from microgrid.model.matrix import Matrix, compile_model
from microgrid.model.pairs import pairs_of
from microgrid.solve.answer import Answer
from microgrid.solve.explain.shortage import diagnose
from microgrid.solve.limits import Limits
from microgrid.solve.read_back import Solved, read_back
from microgrid.solve.rolling.roller import Rolled, StuckError, roll
from microgrid.solve.rolling.windows import Span

_ROUNDS = 4  # rounds of sharpening bounds, with several windows
_ROUNDS_OF_ONE = 30  # rounds of sharpening bounds, with one window
NOT_FOUND = "no schedule was found, although all balances can be met; widen the windows of on/off decisions"
_WHOLE = "'microgrid run' shows whether the whole horizon has a schedule."
UNBOUNDED = "unbounded: the objective can fall without limit; give the assets finite limits"


def roll_model(
    model: Model,
    spans: Sequence[Span],
    ends: Mapping[str, Mapping[str, float]],
    limits: Limits | None = None,
    report_progress: Callable[[str], None] | None = None,
) -> Solved:
    """Solve a model window after window; the bound is minus infinity, since nothing is proven for the whole horizon.

    ends: asset -> state -> value at the last point, with which a state begins that must end as it began.

    Raises:
        InfeasibleError: no schedule of a window is possible after the decisions of the windows before it.
        OutOfTimeError: the time limit was reached.
    """
    report_progress = report_progress or (lambda _: None)
    started = time.perf_counter()
    report_progress("compile")
    matrix = compile_model(model)
    compiled = time.perf_counter()
    report_every = max(1, len(spans) // 10)

    def begin(number: int) -> None:
        if number % report_every == 0:
            report_progress(f"solve: window {number + 1} of {len(spans)}")

    limits = limits or Limits()
    rounds = _ROUNDS if len(spans) > 1 else _ROUNDS_OF_ONE
    for number in range(rounds):
        begins = _begins(model, matrix, ends)
        worth = _worth(model, matrix)
        left = limits.left_since(started)
        try:
            rolled = roll(matrix, pairs_of(model, matrix), model.horizon.steps, spans, begins, worth, left, begin)
        except StuckError as stuck:
            if number and stuck.status == Status.TIME_LIMIT:
                break  # the schedule of the round before is complete, but with less sharp bounds
            _refuse_stuck(stuck, model, bool(np.isfinite(begins).any()) and len(spans) > 1)
            raise
        if number + 1 == rounds or not model.tighten(functools.partial(matrix.values, x=rolled.x)):
            break
        matrix = compile_model(model)
    return read_back(model, matrix, _answer(matrix, rolled, len(spans), number + 1), started, compiled)


def _answer(matrix: Matrix, rolled: Rolled, windows: int, rounds: int) -> Answer:
    """Answer of a rolling horizon, without a bound, after a number of rounds over all windows."""
    note = f"{windows} windows; {rolled.others} of them not by the simplex method alone"
    if rounds > 1:
        note = f"{note}; rolled {rounds} times, each time with sharper bounds of nonlinear charges"
    return Answer(
        Status.ROLLING,
        rolled.x,
        matrix.objective(rolled.x),
        -np.inf,
        np.zeros(0),
        rolled.iterations,
        ways=("rolling",),
        note=note,
        turnover=matrix.turnover(rolled.x),
    )


def _begins(model: Model, matrix: Matrix, ends: Mapping[str, Mapping[str, float]]) -> FloatArray:
    """Start of each state that must end as it began, in the column of its first point; else NaN, (n,)."""
    found = np.full(len(matrix.cost), np.nan)
    for name, contribution in model.contributions.items():
        known = ends.get(name, {})
        for state in contribution.states:
            if state.variable.local_name in known:
                found[matrix.span(state.variable).start] = known[state.variable.local_name]
    return found


def _worth(model: Model, matrix: Matrix) -> FloatArray:
    """Worth of a unit of each column at the end of a window in the objective, (n,); NaN where no asset states it."""
    found = np.full(len(matrix.cost), np.nan)
    weight = model.weights.get(STORE_DRAWDOWN, 0.0)
    for contribution in model.contributions.values() if weight else ():
        for state in contribution.states:
            if state.end_value is not None:
                found[matrix.span(state.variable)] = weight * state.end_value
    return found


def _refuse_stuck(stuck: StuckError, model: Model, begun: bool) -> None:
    span = stuck.span
    horizon = model.horizon
    if stuck.status == Status.TIME_LIMIT:
        raise OutOfTimeError(f"the time limit was reached at {horizon.describe(span.begin)}; allow more time") from None
    if stuck.status == Status.UNBOUNDED:
        raise InfeasibleError(UNBOUNDED) from None
    reason = diagnose(model, stuck.rest).text or NOT_FOUND
    if span.begin:
        reason = (
            f"the window that begins at {horizon.describe(span.begin)} cannot continue what was decided before it.\n"
            f"{reason}\nA longer --window may foresee it. {_WHOLE}"
        )
    elif begun:
        reason = (
            f"{reason}\nStates that have to end as they began start here from those of the rule-based baseline, which "
            f"may be the reason: give the asset a 'start'. {_WHOLE}"
        )
    raise InfeasibleError(reason) from None
