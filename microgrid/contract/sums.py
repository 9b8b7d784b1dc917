"""Sums of account lines over groups of steps: months, days, a whole horizon."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from microgrid.contract.ledger import Amount, Term
from microgrid.horizon import FloatArray, Horizon, IntArray

if TYPE_CHECKING:
    from microgrid.contract.linear import Vector


def by_group(amount: Amount, horizon: Horizon, group: IntArray, groups: int) -> FloatArray:
    """Sum of an amount over each group of steps, (groups,); group: number of the group of each step, (N,).

    An amount by month is spread over the steps of its month by their hours.
    """
    if amount.over == "step":
        return np.bincount(group, amount.values, groups).astype(float)
    month, number, share = _overlaps(horizon, group)
    return np.bincount(number, amount.values[month] * share, groups).astype(float)


def terms_by_group(
    terms: Iterable[Term], horizon: Horizon, group: IntArray, groups: int
) -> tuple[Vector | None, FloatArray]:
    """Sums of terms over groups of steps: rows of their variables, None without variables, and constants, (groups,).

    group: number of the group of each step, (N,). A term by month is spread over the steps of its month by their hours.
    """
    month, number, share = _overlaps(horizon, group)
    constant = np.zeros(groups)
    vector: Vector | None = None
    for term in terms:
        by_step = term.over == "step"
        size = horizon.steps if by_step else len(horizon.months)
        at, to = (np.arange(size), group) if by_step else (month, number)
        weight = term.spread(size)[at] * (1.0 if by_step else share)
        if term.variable is None:
            constant += np.bincount(to, weight, groups)
            continue
        alone = len(term.variable) == 1
        part = (term.variable.at(np.zeros_like(at) if alone else at) * weight).summed(to, groups)
        vector = part if vector is None else vector + part
    return vector, constant


def _overlaps(horizon: Horizon, group: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Month, group and share of the month's hours, (pairs,) each, of every pair that has steps in common."""
    months = len(horizon.months)
    pair = group * months + horizon.month_of_step
    hours = np.bincount(pair, horizon.step_hours)
    found = np.flatnonzero(hours)
    month, number = found % months, found // months
    total = np.bincount(horizon.month_of_step, horizon.step_hours, months)
    return month, number, np.asarray(hours[found] / total[month])
