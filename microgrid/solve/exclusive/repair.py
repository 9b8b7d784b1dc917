"""A schedule that uses pairs at once, made to keep them apart with as little change as possible."""

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
_SLACK = 1e-9  # what rounding may have left of a row


def keep_apart(matrix: Matrix, pairs: Pairs, x: FloatArray, steps: int) -> FloatArray | None:
    """X with the smaller of each pair that is used at once at zero; None if that cannot be done.

    Only what happens in these very steps is decided again; states, on/off decisions and all other steps stay as they
    are. Where energy was free to be burnt, it can be curtailed instead.
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
    """X with the best values of the free columns, of which some are shut, and all others as they are."""
    rows = np.unique(matrix.A[:, free].indices)
    part = restricted(closed(matrix, shut), free, rows, Point(x))
    held = part.matrix
    problem = with_limits(held, row_lower=held.row_lower - _SLACK, row_upper=held.row_upper + _SLACK)
    run = run_linear(problem, Limits())
    return part.back(run.point).x if run.optimal else None
