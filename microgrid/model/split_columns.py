"""Columns that are neither basic nor at a limit: written as two, so that a basis can leave them where they stand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from microgrid.horizon import FloatArray, IntArray
from microgrid.model.basis import Basis, StatusArray
from microgrid.model.matrix import Matrix


@dataclass(frozen=True)
class Widened:
    """A problem with split columns at its end, and a basis of it; feasible: whether the basis keeps every rule."""

    problem: Matrix
    basis: Basis
    split: IntArray
    feasible: bool


def widen(
    problem: Matrix,
    basis: Basis,
    split: IntArray,
    at: FloatArray,
    minus: StatusArray,
    falling_cost: FloatArray,
    feasible: bool,
) -> Widened:
    """The problem with x = at + plus - minus for the split columns, 0 <= plus, minus; and the basis with it."""
    lower, low = problem.lower.copy(), problem.lower[split]
    at = np.clip(at, low, problem.upper[split])  # a guess may lie outside, by rounding or more: then no x would be left
    lower[split] = at
    wide = replace(
        problem,
        cost=np.concatenate([problem.cost, falling_cost]),
        lower=np.concatenate([lower, np.zeros(len(split))]),
        upper=np.concatenate([problem.upper, at - low]),
        integer=np.concatenate([problem.integer, np.zeros(len(split), dtype=bool)]),
        A=sp.csc_matrix(sp.hstack([problem.A, -problem.A[:, split]])) if len(split) else problem.A,
    )
    return Widened(wide, Basis(np.concatenate([basis.column, minus]), basis.row), split, feasible)
