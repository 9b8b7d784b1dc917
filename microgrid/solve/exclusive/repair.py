"""A schedule that uses pairs at once, made to keep them apart with as little change as possible."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from microgrid.horizon import FloatArray, IntArray
from microgrid.model.matrix import Matrix
from microgrid.model.pairs import Pairs
from microgrid.model.time_of import axis_of
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
    closed = np.zeros(len(matrix.cost), dtype=bool)
    for _ in range(_ROUNDS):
        violated = pairs.violated(x)
        if not len(violated):
            return x
        first, second = pairs.first[violated], pairs.second[violated]
        closed[np.where(x[first] < x[second], first, second)] = True
        when = np.unique(axis.column[np.flatnonzero(closed)])
        free = np.flatnonzero(np.isin(axis.column, when) & ~matrix.integer)
        found = _decide_again(matrix, x, free, closed)
        if found is None:
            return None
        x = x.copy()
        x[free] = found
    return None


def _decide_again(matrix: Matrix, x: FloatArray, free: IntArray, closed: np.ndarray) -> FloatArray | None:
    """The best values of the free columns with all others as they are."""
    part = sp.csc_matrix(matrix.A[:, free])
    rows = np.unique(part.indices)
    here = sp.csc_matrix(sp.csr_matrix(part)[rows])
    held = (sp.csr_matrix(matrix.A)[rows] @ x) - here @ x[free]
    upper = np.where(closed[free], np.minimum(matrix.upper[free], 0.0), matrix.upper[free])
    problem = replace(
        matrix,
        cost=matrix.cost[free],
        offset=0.0,
        lower=matrix.lower[free],
        upper=upper,
        integer=np.zeros(len(free), dtype=bool),
        A=here,
        row_lower=matrix.row_lower[rows] - held - _SLACK,
        row_upper=matrix.row_upper[rows] - held + _SLACK,
        columns=(),
        rows=(),
    )
    run = run_linear(problem, Limits())
    return run.x if run.optimal else None
