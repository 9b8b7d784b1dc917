"""Problem of one closed window: all columns that couple it with other windows are held at a guess."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from microgrid.horizon import FloatArray
from microgrid.model.chain import Chain, Point
from microgrid.model.matrix import Matrix
from microgrid.model.restricted import restricted
from microgrid.model.time_of import Axis
from microgrid.model.verbs import fixed, with_costs, with_limits
from microgrid.solve.windows.partition import Partition, Window

_LEAVING = 100.0  # price of leaving the guess, as a multiple of the greatest cost: it is left only where needed


@dataclass(frozen=True)
class WholeProblem:
    """The whole problem, its time axis and a guess of its columns, (n,).

    first, last: earliest and latest time of the rows of each column without a time, see ``Axis.reach``, each (n,).
    """

    matrix: Matrix
    axis: Axis
    guess: FloatArray
    first: FloatArray
    last: FloatArray

    @cached_property
    def price(self) -> float:
        """Price of a unit away from the guess."""
        return _LEAVING * max(1.0, float(np.abs(self.matrix.cost).max(initial=0.0)))


def close_window(whole: WholeProblem, partition: Partition, number: int) -> Chain:
    """Close a window: make its problem from its own, shared and outer columns, in this order, and its rows.

    1. All other columns are at the guess, and so constants in the rows.
    2. Own columns that other windows use are fixed at the guess.
    3. A shared column that other windows use too may not be cheaper than the guess: a peak of the month is at least it.
    4. Outer columns may rise above the guess at a price; splitting them lets them fall too (``split_columns``).
    """
    window = partition.windows[number]
    guess = whole.guess
    held = np.flatnonzero(partition.fixed[window.own])
    return (
        Chain(whole.matrix)
        .then(restricted, window.columns, window.all_rows, Point(guess), whole.axis.by_row)
        .then(fixed, held, guess[window.own[held]])
        .then(_not_cheaper, whole, partition, number)
        .then(_leaving_at_a_price, window, guess[window.outer], whole.price)
    )


def _not_cheaper(matrix: Matrix, whole: WholeProblem, partition: Partition, number: int) -> Matrix:
    """Limit the shared columns that other windows use too by the guess, on the side that costs less."""
    window = partition.windows[number]
    begin, end = partition.edges[number], partition.edges[number + 1]
    last = number == len(partition.windows) - 1
    partial = (whole.first[window.shared] < begin) | ((whole.last[window.shared] >= end) & (not last))
    lower = matrix.lower.copy()
    upper = matrix.upper.copy()
    here = window.shared_here
    level = np.clip(whole.guess[window.shared], lower[here], upper[here])
    rising = matrix.cost[here] >= 0
    lower[here] = np.where(partial & rising, level, lower[here])
    upper[here] = np.where(partial & ~rising, level, upper[here])
    return with_limits(matrix, lower=lower, upper=upper)


def _leaving_at_a_price(matrix: Matrix, window: Window, guess: FloatArray, price: float) -> Matrix:
    """Limit the outer columns to at least the guess, and replace their cost by the price of leaving it."""
    lower = matrix.lower.copy()
    cost = matrix.cost.copy()
    here = window.outer_here
    lower[here] = guess
    cost[here] = price
    return with_costs(with_limits(matrix, lower=lower), cost)
