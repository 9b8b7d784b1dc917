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
_FAR = 4e-3  # relative distance that is worth another round of long windows
_STEP = 0.7  # greatest relative change of a price in a round, as a logarithm
_TRIAL = 0.2  # the same where the effect of the price is not known
_GONE = 1.5  # fall of a price, as a logarithm, from which the row is expected to be slack
_ELASTIC = 20.0  # assumed relative change of a price that changes the total by a unit of itself
_TINY = 1e-9  # amount that counts as none
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

    lower, upper: limits of the rows; price: guess of the dual of each row; slope: rise of its total with the logarithm
    of its price, NaN if that is not known; given: whether the slope is that of longer steps or a similar problem;
    total, before: totals at ``price``, and prices of the round before, NaN if there are none; unit: a price that is
    small beside the costs; each (rows,).
    """

    lower: FloatArray
    upper: FloatArray
    price: FloatArray
    slope: FloatArray
    given: BoolArray
    unit: FloatArray
    total: FloatArray
    before: FloatArray

    @staticmethod
    def begin(matrix: Matrix, rows: IntArray, x: FloatArray, price: FloatArray, slope: FloatArray) -> Spending:
        """Prices and slopes as guessed from longer steps; x: the guess of the columns, (n,)."""
        none = np.full(len(rows), np.nan)
        amount = abs(rows_of(matrix.A, rows)) @ np.abs(x)
        spent = float(np.abs(matrix.cost) @ np.abs(x))
        unit = _SMALL * np.divide(spent, amount, out=np.ones(len(rows)), where=amount > _TINY)
        return Spending(
            matrix.row_lower[rows], matrix.row_upper[rows], price, slope, np.isfinite(slope), unit, none, none
        )

    @property
    def known(self) -> bool:
        """Whether all rows have a price."""
        return bool(np.isfinite(self.price).all())

    @property
    def sloped(self) -> bool:
        """Whether all rows with a price have a slope that was given."""
        return bool((self.given | (self.price == 0)).all())

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

    @property
    def far(self) -> bool:
        """Whether a total is so far from its limit that another round of long windows is worth its time."""
        return bool((np.abs(self.side - self.total) > _FAR * np.abs(self.side)).any())

    def reached(self, total: FloatArray) -> Spending:
        """The totals that the prices have led to; a slope that was not given follows from those of the round before."""
        slope = slope_of(total - self.total, self.before, self.price)
        measured = np.isfinite(slope) & ~self.given
        return replace(self, total=total, slope=np.where(measured, slope, self.slope))

    def since(self, price: FloatArray, total: FloatArray) -> Spending:
        """The slopes from totals at other prices, where the totals have risen with the prices."""
        slope = slope_of(self.total - total, price, self.price)
        return replace(self, slope=np.where(np.isfinite(slope), slope, self.slope))

    def fresh(self) -> Spending:
        """Prices and slopes without their totals, for other windows, whose totals cannot be compared with these."""
        none = np.full(len(self.price), np.nan)
        return replace(self, total=none, before=none)

    def sharpened(self) -> Spending:
        """Prices at which the totals are expected at the limits; they keep their sign, or become 0."""
        missing = self.side - self.total
        scale = np.maximum(np.maximum(np.abs(self.side), np.abs(self.total)), _TINY)
        known = np.isfinite(self.slope)
        slope = np.where(known, self.slope, np.sign(self.price) * scale / _ELASTIC)
        change = missing / np.where(slope == 0, 1.0, slope)
        most = np.where(known, _STEP, _TRIAL)
        price = self.price * np.exp(np.clip(change, -most, most))
        price[known & (change < -_GONE)] = 0.0
        price = np.where(self.price == 0, self.unit * np.sign(missing), price)
        return replace(self, price=price, before=self.price)


def slope_of(rise: FloatArray, before: FloatArray, price: FloatArray) -> FloatArray:
    """Rise of totals with the logarithm of their prices, each (rows,); NaN if it has not the sign of the price."""
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = rise / np.log(price / before)
    return np.asarray(np.where(np.isfinite(slope) & (slope * price > 0), slope, np.nan))
