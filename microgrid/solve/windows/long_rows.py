"""Rows that couple many windows, such as a budget of the year, and the prices that windows have in place of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.model.matrix import Matrix
from microgrid.model.restricted import rows_of
from microgrid.model.time_of import Axis

# A row with many columns in other windows, or with some beyond the next one, gets a price. In any other row the columns
# of other windows are fixed (a state at a cut, a run across it, a closed cycle).
_FIXED_MAX = 500
_FEW = 4
ROUNDS = 4  # rounds of the shortest windows in which prices are sharpened
_NEAR = 1e-3  # relative distance of a total from its limit that is left to longer windows and the last run
_STEP = 0.6  # greatest change of a price in a round, as a share of it
_TRIAL = 0.2  # change of a price whose effect is not known
_SMALL = 0.01  # share of all costs that a first price would add


def crosses(axis: Axis, edges: IntArray) -> BoolArray:
    """Whether each row couples more columns of different windows than can be held at a guess, (m,)."""
    inner = edges[1:-1]
    column = np.where(np.isnan(axis.column), -1, np.searchsorted(inner, axis.column, side="right"))
    row = np.where(np.isinf(axis.first), -1, np.searchsorted(inner, axis.first, side="right"))
    entry_row = np.repeat(np.arange(len(row)), np.diff(axis.by_row.indptr))
    entry_column = axis.by_row.indices
    timed = (column[entry_column] >= 0) & (row[entry_row] >= 0)
    abroad = timed & (column[entry_column] != row[entry_row])
    reached = np.zeros(len(row), dtype=np.int64)
    np.maximum.at(reached, entry_row[timed], column[entry_column[timed]])
    count = np.bincount(entry_row[abroad], minlength=len(row))
    return np.asarray(((reached - row > 1) & (count > _FEW)) | (count > _FIXED_MAX))


@dataclass(frozen=True)
class Spending:
    """Prices of long rows and what they lead to: the totals of the rows, which rise with their prices.

    lower, upper: limits of the rows; price: guess of the dual of each row; slope: rise of its total with a unit of its
    price, NaN if that is not known; total, before: totals at ``price`` and prices of the round before, NaN if there are
    none; unit: a price that is small beside the costs; each (rows,).
    """

    lower: FloatArray
    upper: FloatArray
    price: FloatArray
    slope: FloatArray
    unit: FloatArray
    total: FloatArray
    before: FloatArray

    @staticmethod
    def begin(matrix: Matrix, rows: IntArray, x: FloatArray, price: FloatArray, slope: FloatArray) -> Spending:
        """Prices and slopes as guessed from longer steps; x: the guess of the columns, (n,)."""
        none = np.full(len(rows), np.nan)
        amount = abs(rows_of(matrix.A, rows)) @ np.abs(x)
        unit = _SMALL * float(np.abs(matrix.cost) @ np.abs(x)) / np.maximum(amount, np.finfo(float).tiny)
        return Spending(matrix.row_lower[rows], matrix.row_upper[rows], price, slope, unit, none, none)

    @property
    def side(self) -> FloatArray:
        """Limit that each row is to reach: that of its price; without a price the nearest one, if it is violated."""
        at = np.where(self.price > 0, self.lower, self.upper)
        return np.where(self.price == 0, np.clip(self.total, self.lower, self.upper), at)

    @property
    def settled(self) -> bool:
        """Whether all totals are so near the limits that another round is not worth its time."""
        return bool((np.abs(self.side - self.total) <= _NEAR * np.abs(self.side)).all())

    def reached(self, total: FloatArray) -> Spending:
        """The totals that the prices have led to, and the slopes from those of the round before."""
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = (total - self.total) / (self.price - self.before)
        return replace(self, total=total, slope=np.where(np.isfinite(slope) & (slope > 0), slope, self.slope))

    def sharpened(self) -> Spending:
        """Prices at which the totals are expected at the limits; each stays on its side, and changes by some share."""
        missing = self.side - self.total
        known = np.isfinite(self.slope)
        scale = np.where(self.price == 0, self.unit, np.abs(self.price))
        step = np.where(known, missing / np.where(known, self.slope, 1.0), _TRIAL * scale * np.sign(missing))
        price = self.price + np.where(known & (self.price == 0), step, np.clip(step, -_STEP * scale, _STEP * scale))
        one_sided = self.lower != self.upper
        price = np.where(one_sided & (np.sign(self.price + step) * np.sign(self.price) < 0), 0.0, price)
        return replace(self, price=price, before=self.price)
