"""Rows that couple many windows, such as a budget of the year, and the prices that windows have in place of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.model.matrix import Matrix
from microgrid.model.restricted import rows_of
from microgrid.model.time_of import Axis
from microgrid.solve.windows.partition import place

# A row with many columns in other windows, or with some beyond the next one, gets a price. In any other row the columns
# of other windows are fixed (a state at a cut, a run across it, a closed cycle).
_FIXED_MAX = 500
_FEW = 4
ROUNDS = 5  # rounds of the shortest windows in which prices are sharpened
_NEAR = 1e-3  # relative distance of a total from its limit that is left to longer windows and the last run
_STEP = 0.4  # greatest change of a price in a round, as a share of it
_TRIAL = 0.2  # greatest change of a price whose effect is not known
_ELASTIC = 20.0  # assumed relative change of a price that changes the total by a unit of itself
_TINY = float(np.finfo(float).tiny)
_SMALL = 0.01  # share of all costs that a first price would add


def crosses(axis: Axis, edges: IntArray) -> BoolArray:
    """Whether each row couples more columns of different windows than can be held at a guess, (m,)."""
    placed = place(axis, edges)
    count = np.bincount(placed.entry_row[placed.abroad], minlength=len(placed.row))
    reached = placed.row.copy()
    np.maximum.at(reached, placed.entry_row[placed.abroad], placed.column[placed.entry_column[placed.abroad]])
    return np.asarray(((reached - placed.row > 1) & (count > _FEW)) | (count > _FIXED_MAX))


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
        unit = _SMALL * float(np.abs(matrix.cost) @ np.abs(x)) / np.maximum(amount, _TINY)
        return Spending(matrix.row_lower[rows], matrix.row_upper[rows], price, slope, unit, none, none)

    @property
    def known(self) -> bool:
        """Whether all rows have a price."""
        return bool(np.isfinite(self.price).all())

    @property
    def sloped(self) -> bool:
        """Whether all rows with a price have a slope."""
        return bool((np.isfinite(self.slope) | (self.price == 0)).all())

    @property
    def side(self) -> FloatArray:
        """Limit that each row is to reach: that of its price; without a price the nearest one, if it is violated."""
        at = np.where(self.price > 0, self.lower, self.upper)
        free = (self.price == 0) | np.isnan(self.price)
        return np.where(free, np.clip(self.total, self.lower, self.upper), at)

    @property
    def settled(self) -> bool:
        """Whether all totals are so near the limits that another round is not worth its time."""
        return bool((np.abs(self.side - self.total) <= _NEAR * np.abs(self.side)).all())

    @property
    def kept(self) -> bool:
        """Whether all totals are within the limits."""
        return bool(((self.lower <= self.total) & (self.total <= self.upper)).all())

    def blended(self, entries: sp.csr_matrix, x: FloatArray, kept: FloatArray) -> FloatArray:
        """Values as near to x as the rows allow on the line from ``kept``, which keeps them, (n,)."""
        begin = np.asarray(entries @ kept)
        way = np.asarray(entries @ x) - begin
        room = np.where(way > 0, self.upper, self.lower) - begin
        share = np.divide(room, way, out=np.ones(len(way)), where=way != 0).min(initial=1.0)
        return np.asarray(kept + share * (x - kept))

    def reached(self, total: FloatArray) -> Spending:
        """The totals that the prices have led to, and the slopes from those of the round before."""
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = (total - self.total) / (self.price - self.before)
        return replace(self, total=total, slope=np.where(np.isfinite(slope) & (slope > 0), slope, self.slope))

    def fresh(self) -> Spending:
        """The same prices and slopes for other windows, whose totals are not to be compared with those before."""
        none = np.full(len(self.price), np.nan)
        return replace(self, total=none, before=none)

    def sharpened(self) -> Spending:
        """Prices at which the totals are expected at the limits; each stays on its side, and changes by some share."""
        missing = self.side - self.total
        known = np.isfinite(self.slope)
        scale = np.where(self.price == 0, self.unit, np.abs(self.price))
        trial = scale * np.clip(_ELASTIC * missing / np.maximum(np.abs(self.side), _TINY), -_TRIAL, _TRIAL)
        step = np.where(known, missing / np.where(known, self.slope, 1.0), trial)
        price = self.price + np.where(known & (self.price == 0), step, np.clip(step, -_STEP * scale, _STEP * scale))
        one_sided = self.lower != self.upper
        price = np.where(one_sided & (np.sign(self.price + step) * np.sign(self.price) < 0), 0.0, price)
        return replace(self, price=price, before=self.price)
