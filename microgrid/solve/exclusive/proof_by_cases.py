"""A proof by cases that no schedule keeps on/off decisions and pairs: each case is linear, disproved by prices."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from microgrid.horizon import FloatArray
from microgrid.model.certificate import proves_infeasible
from microgrid.model.elastic import elastic
from microgrid.model.matrix import Matrix
from microgrid.model.pairs import Pairs
from microgrid.model.verbs import with_limits, without_costs, without_decisions
from microgrid.solve.highs.simplex import run_linear
from microgrid.solve.limits import Limits

_CASES = 400  # a proof with more cases, or one that takes longer, is not worth the wait
_SECONDS = 20.0
_WHOLE = 1e-6


@dataclass(frozen=True)
class Verdict:
    """Result of a proof by cases: ``impossible`` if no x exists, else an x, else None where the cases were too many."""

    impossible: bool
    x: FloatArray | None = None


def try_cases(matrix: Matrix, pairs: Pairs) -> Verdict:
    """Split a problem into cases until each is disproved, or one has an x that keeps all rules.

    A case is split where an on/off decision is fractional, or where both columns of a pair are used at once. It is
    linear, and disproved by the prices of its least violation (``proves_infeasible``).
    """
    partial = without_decisions(without_costs(matrix))
    rows = np.arange(len(matrix.row_lower))
    started = time.perf_counter()
    left = [(matrix.lower, matrix.upper)]
    for _ in range(_CASES):
        if not left:
            return Verdict(True)
        lower, upper = left.pop()
        case = with_limits(partial, lower=lower, upper=upper)
        seconds = _SECONDS - (time.perf_counter() - started)
        loose = elastic(case, rows, 1.0)
        run = run_linear(loose.matrix, Limits(seconds=max(seconds, 0.0) or _WHOLE))
        if not run.optimal:
            break
        if proves_infeasible(case, run.row_dual):
            continue
        x = loose.back(run.point).x
        branches = _branches(matrix, pairs, x, lower, upper)
        if not branches:
            return Verdict(False, np.where(matrix.integer, np.round(x), x))
        left += branches
    return Verdict(False)


def _branches(
    matrix: Matrix, pairs: Pairs, x: FloatArray, lower: FloatArray, upper: FloatArray
) -> list[tuple[FloatArray, FloatArray]]:
    """Limits (lower, upper) of both cases of the most fractional decision or of a pair; none if x keeps all rules."""
    parted = np.where(matrix.integer, np.abs(x - np.round(x)), 0.0)
    if parted.max(initial=0.0) > _WHOLE:
        column = int(parted.argmax())
        below, above = upper.copy(), lower.copy()
        below[column], above[column] = np.floor(x[column]), np.ceil(x[column])
        return [(lower, below), (above, upper)]
    violated = pairs.violated(x)
    if not len(violated):
        return []
    found = []
    for column in (pairs.first[violated[0]], pairs.second[violated[0]]):
        closed = upper.copy()
        closed[column] = 0.0
        found.append((lower, closed))
    return found
