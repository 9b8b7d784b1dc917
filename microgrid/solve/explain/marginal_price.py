"""What a trifle less of an account would cost: the slope of the best objective at the plan that was found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from microgrid.horizon import FloatArray
from microgrid.model.assembly import Model
from microgrid.model.basis import BASIC, Basis
from microgrid.model.matrix import Family, Matrix
from microgrid.model.pairs import Pairs, close
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
    less = _with_limit(matrix, row, amount * (1 - _LESS) - constant)
    steps = model.horizon.steps
    if answer.certified:
        begin = None
        if answer.basis is not None:
            begin = Begin(Basis(answer.basis.column, np.append(answer.basis.row, np.int8(BASIC))), answer.x)
        return _slope(solve_relaxed(less, steps, limits, _quiet, begin)[1])
    less = _held(less, pairs, answer.x)
    for _ in range(_ROUNDS):
        found = solve_relaxed(less, steps, limits, _quiet)[1]
        violated = pairs.violated(found.x) if found.certified else np.zeros(0, dtype=np.int64)
        if not len(violated):
            return _slope(found)
        less = close(less, pairs.smaller(found.x)[violated])
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


def _with_limit(matrix: Matrix, row: FloatArray, most: float) -> Matrix:
    """The matrix with one row more:  row . x <= most."""
    filled, count = np.flatnonzero(row), len(matrix.row_lower)
    ends, per_column = matrix.A.indptr[1:][filled], (row != 0).astype(matrix.A.indptr.dtype)
    entries = sp.csc_matrix(
        (
            np.insert(matrix.A.data, ends, row[filled]),
            np.insert(matrix.A.indices, ends, count),
            matrix.A.indptr + np.concatenate([[0], np.cumsum(per_column)]).astype(matrix.A.indptr.dtype),
        ),
        shape=(count + 1, len(row)),
    )
    return replace(
        matrix,
        A=entries,
        row_lower=np.append(matrix.row_lower, -np.inf),
        row_upper=np.append(matrix.row_upper, most),
        rows=(*matrix.rows, Family("less", count, 1)),
    )


def _held(matrix: Matrix, pairs: Pairs, x: FloatArray) -> Matrix:
    """Whole numbers as they are, and of each pair that is used the other one closed: a problem without decisions."""
    whole, used = matrix.integer, x[pairs.first] != x[pairs.second]
    fixed = np.where(whole, np.round(x), 0.0)
    held = replace(
        matrix,
        lower=np.where(whole, fixed, matrix.lower),
        upper=np.where(whole, fixed, matrix.upper),
        integer=np.zeros_like(whole),
    )
    return close(held, pairs.smaller(x)[used])
