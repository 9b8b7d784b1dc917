"""Marginal price of an account: the slope of the best objective over its amount, at the plan that was found."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from microgrid.contract.status import Status
from microgrid.horizon import FloatArray
from microgrid.model.assembly import Model
from microgrid.model.chain import Point
from microgrid.model.extended import with_rows
from microgrid.model.matrix import Family, Matrix
from microgrid.model.pairs import Pairs
from microgrid.model.verbs import closed, fixed, without_decisions
from microgrid.solve.answer import Answer
from microgrid.solve.limits import Limits
from microgrid.solve.warm_start import Begin
from microgrid.solve.windows.relaxed import solve_relaxed

_LESS = 1e-5  # share by which the account is reduced to find the slope
_LEAST = 1e-3  # amount in the account's unit below which it counts as 0, so that nothing can be saved
_ROUNDS = 5


def price_of_less(
    model: Model, matrix: Matrix, pairs: Pairs, answer: Answer, account: str, limits: Limits
) -> float | None:
    """Marginal price of an account:  -d(best objective) / d(cap on the amount),  for a cap slightly below the amount.

    On/off decisions, and the used column of each pair, are held as in the answer, so the slope is that of all other
    decisions. None if the amount is 0, no plan has a smaller one, the answer is not proven, or no time is left.

    Args:
        model: the model that was solved.
        matrix: its matrix, (m, n).
        pairs: its exclusive pairs.
        answer: the answer whose plan is examined.
        account: name of the account.
        limits: time limit of the solve that finds the slope.
    """
    row, constant = _row_of(model, matrix, account)
    amount = float(row @ answer.x) + constant
    if amount < _LEAST or answer.status != Status.OPTIMAL or (limits.seconds is not None and limits.seconds <= 0):
        return None
    most = np.array([amount * (1 - _LESS) - constant])
    limited = with_rows(
        matrix, sp.csc_matrix(row[None, :]), lower=np.array([-np.inf]), upper=most, families=[Family("less", 0, 1)]
    )
    steps = model.horizon.steps
    there = limited.into(Point(answer.x, answer.row_dual, answer.basis))
    begin = None if there.basis is None else Begin(there.basis, there.x)
    if answer.certified:
        return _slope(solve_relaxed(limited.matrix, steps, limits, _quiet, begin)[1])
    less = _held(limited.matrix, pairs, answer.x)
    for _ in range(_ROUNDS):
        found = solve_relaxed(less, steps, limits, _quiet, begin)[1]
        begin = None if found.basis is None else Begin(found.basis, found.x)
        violated = pairs.violated(found.x) if found.certified else np.zeros(0, dtype=np.int64)
        if not len(violated):
            return _slope(found)
        less = closed(less, pairs.smaller(found.x)[violated])
    return None


def _quiet(_: str) -> None:
    """Ignore the name of a stage, since this short solve is not a stage of its own."""


def _slope(answer: Answer) -> float | None:
    return -float(answer.row_dual[-1]) if answer.certified else None


def _row_of(model: Model, matrix: Matrix, account: str) -> tuple[FloatArray, float]:
    """Coefficient of each column in an account, (n,), and the account's constant part."""
    row = np.zeros(len(matrix.cost))
    constant = 0.0
    sizes = {"step": model.horizon.steps, "month": len(model.horizon.months)}
    for term in (term for _, entry in model.entries() if entry.account == account for term in entry.terms):
        if term.variable is None:
            constant += float(term.spread(sizes[term.over]).sum())
        else:
            row[matrix.span(term.variable)] += term.by_element
    return row, constant


def _held(matrix: Matrix, pairs: Pairs, x: FloatArray) -> Matrix:
    """The problem without decisions: integer columns fixed at x, and the smaller column of each used pair closed."""
    whole = np.flatnonzero(matrix.integer)
    used = x[pairs.first] != x[pairs.second]
    held = without_decisions(fixed(matrix, whole, np.round(x[whole])))
    return closed(held, pairs.smaller(x)[used])
