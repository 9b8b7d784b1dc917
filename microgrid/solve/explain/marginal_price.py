"""What a trifle less of an account would cost: the slope of the best objective at the plan that was found."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from microgrid.horizon import FloatArray
from microgrid.model.assembly import Model
from microgrid.model.chain import Point
from microgrid.model.extended import with_rows
from microgrid.model.matrix import Family, Matrix
from microgrid.model.pairs import Pairs
from microgrid.model.verbs import closed, fixed, without_decisions
from microgrid.solve.answer import Answer
from microgrid.solve.exclusive.relaxed import solve_relaxed
from microgrid.solve.limits import Limits
from microgrid.solve.warm_start import Begin

_LESS = 1e-5  # share of the account that the plan is to save
_LEAST = 1e-3  # of its unit: below that there is nothing to save
_ROUNDS = 5


def price_of_less(
    model: Model, matrix: Matrix, pairs: Pairs, answer: Answer, account: str, limits: Limits
) -> float | None:
    """- d(best objective) / d(most that the account may come to), a trifle below what it comes to.

    On/off decisions, and which of a pair runs, are held as they were found: it is the slope of what is left to decide.
    None where the account comes to nothing, no plan has less of it, the answer is not proven, or there is no time.
    """
    row, constant = _row_of(model, matrix, account)
    amount = float(row @ answer.x) + constant
    if amount < _LEAST or answer.status != "optimal" or (limits.seconds is not None and limits.seconds <= 0):
        return None
    most = np.array([amount * (1 - _LESS) - constant])
    limited = with_rows(
        matrix, sp.csc_matrix(row[None, :]), lower=np.array([-np.inf]), upper=most, families=[Family("less", 0, 1)]
    )
    steps = model.horizon.steps
    if answer.certified:
        there = limited.into(Point(answer.x, answer.row_dual, answer.basis))
        begin = None if there.basis is None else Begin(there.basis, there.x)
        return _slope(solve_relaxed(limited.matrix, steps, limits, _quiet, begin)[1])
    less = _held(limited.matrix, pairs, answer.x)
    for _ in range(_ROUNDS):
        found = solve_relaxed(less, steps, limits, _quiet)[1]
        violated = pairs.violated(found.x) if found.certified else np.zeros(0, dtype=np.int64)
        if not len(violated):
            return _slope(found)
        less = closed(less, pairs.smaller(found.x)[violated])
    return None


def _quiet(_: str) -> None:
    """A solve that nobody is told of."""


def _slope(answer: Answer) -> float | None:
    return -float(answer.row_dual[-1]) if answer.certified else None


def _row_of(model: Model, matrix: Matrix, account: str) -> tuple[FloatArray, float]:
    """What each column adds to an account, and what is in it whatever is decided."""
    row, constant = np.zeros(len(matrix.cost)), 0.0
    sizes = {"step": model.horizon.steps, "month": len(model.horizon.months)}
    for term in (term for _, entry in model.entries() if entry.account == account for term in entry.terms):
        if term.variable is None:
            constant += float(term.spread(sizes[term.over]).sum())
        else:
            row[matrix.span(term.variable)] += term.by_element
    return row, constant


def _held(matrix: Matrix, pairs: Pairs, x: FloatArray) -> Matrix:
    """Whole numbers as they are, and of each pair that is used the other one closed: a problem without decisions."""
    whole, used = np.flatnonzero(matrix.integer), x[pairs.first] != x[pairs.second]
    held = without_decisions(fixed(matrix, whole, np.round(x[whole])))
    return closed(held, pairs.smaller(x)[used])
