"""A problem without its exclusions: in windows where that helps, else in one piece."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from microgrid.solve.highs import Answer, Session, dual_objective
from microgrid.solve.limits import Limits
from microgrid.solve.matrix import Matrix
from microgrid.solve.windows import NoWindowsError, Start, start_in_windows


def solve_relaxed(matrix: Matrix, steps: int, limits: Limits, say: Callable[[str], None]) -> tuple[Session, Answer]:
    """The optimum, and the session that stands at it.

    Where the time ends before the whole problem is finished, the schedule of the windows is the answer, with the bound
    that their prices prove.
    """
    started = time.perf_counter()
    try:
        start = start_in_windows(matrix, steps, limits, say)
    except NoWindowsError as reason:
        session = Session(matrix, limits.left_since(started))
        return session, replace(session.solve(), note=f"in one piece: {reason}")
    note = f"{start.windows} windows, {start.iterations} iterations before the last run"
    say("solve: the whole")
    session = Session(matrix, limits.left_since(started))
    session.begin(start.basis, start.split, start.at, start.minus, start.feasible)
    answer = session.solve()
    if answer.status == "time_limit" and not answer.found and start.feasible:
        answer = _as_joined(matrix, start)
    return session, replace(answer, note=note)


def _as_joined(matrix: Matrix, start: Start) -> Answer:
    """The windows' own schedule, when there was no time for more."""
    objective = float(matrix.cost @ start.x) + matrix.offset
    bound = dual_objective(matrix, start.row_dual)
    return Answer("time_limit", start.x, objective, bound, np.zeros(0), ways=("windows",))
