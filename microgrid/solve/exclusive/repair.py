"""Repair of a schedule that uses both columns of an exclusive pair at once, with as little change as possible."""

from __future__ import annotations

import numpy as np

from microgrid.horizon import FloatArray, IntArray
from microgrid.model.chain import Point
from microgrid.model.matrix import Matrix
from microgrid.model.pairs import Pairs
from microgrid.model.restricted import restricted
from microgrid.model.time_of import axis_of
from microgrid.model.verbs import closed, with_limits
from microgrid.solve.highs.simplex import run_linear
from microgrid.solve.limits import Limits

_ROUNDS = 10
_SLACK = 1e-9  # widening of the limits of rows, as the schedule may violate them by rounding


def keep_apart(matrix: Matrix, pairs: Pairs, x: FloatArray, steps: int) -> FloatArray | None:
    """Repair x by setting the smaller column of each pair that is used at once to 0; None if that is impossible.

    Only the columns of the affected steps are decided again. States, on/off decisions and all other steps stay as they
    are, so the repair succeeds mainly where a pair wasted surplus energy that can be curtailed instead.
    """
    axis = axis_of(matrix, steps)
    shut = np.zeros(len(matrix.cost), dtype=bool)
    for _ in range(_ROUNDS):
        violated = pairs.violated(x)
        if not len(violated):
            return x
        first, second = pairs.first[violated], pairs.second[violated]
        shut[np.where(x[first] < x[second], first, second)] = True
        when = np.unique(axis.column[np.flatnonzero(shut)])
        free = np.flatnonzero(np.isin(axis.column, when) & ~matrix.integer)
        found = _decide_again(matrix, x, free, np.flatnonzero(shut))
        if found is None:
            return None
        x = found
    return None


def _decide_again(matrix: Matrix, x: FloatArray, free: IntArray, shut: IntArray) -> FloatArray | None:
    """Optimize the columns ``free`` of x, with those of ``shut`` at 0 and all others unchanged; None if impossible."""
    rows = np.unique(matrix.A[:, free].indices)
    part = restricted(closed(matrix, shut), free, rows, Point(x))
    held = part.matrix
    problem = with_limits(held, row_lower=held.row_lower - _SLACK, row_upper=held.row_upper + _SLACK)
    run = run_linear(problem, Limits())
    return part.back(run.point).x if run.optimal else None
