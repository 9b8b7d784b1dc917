"""Prices in place of rows that couple a whole year, and the totals that the prices lead to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.model.matrix import Matrix
from microgrid.model.restricted import rows_of

_NEAR = 1e-3  # relative distance of a total from its limit from which the optimum of a similar problem is as good
_CLOSE = 5e-3  # the same that is left to the last run: windows depend less on prices than the whole
_STEP = 0.7  # greatest change of a stretched price in a round
_TRIAL = 0.2  # the same where the effect of the price is not known
_ELASTIC = 20.0  # assumed change of a stretched price that changes the total by a unit of itself
_MEASURED = 0.05  # change of a stretched price from which the rise of a total is measured
_TINY = 1e-9  # amount that counts as none
_SMALL = 0.1  # share of all costs that a price of one unit adds


@dataclass(frozen=True)
class Spending:
    """Prices of long rows and what they lead to: the totals of the rows, which rise with their prices.

    Totals fall ever slower as a price grows, and almost linearly while it is small. So they are taken as linear in the
    stretched price  s = sign(price) ln(1 + |price| / unit).

    lower, upper: limits of the rows; price: guess of the dual of each row; slope: rise of its total with its price, NaN
    if that is not known; given: whether the slope is that of longer steps or a similar problem; unit: a price that is
    small beside the costs; total: at ``price``, NaN if there is none; before, total_before: prices of the round before
    and the totals that they led to; each (rows,).
    """

    lower: FloatArray
    upper: FloatArray
    price: FloatArray
    slope: FloatArray
    given: BoolArray
    unit: FloatArray
    total: FloatArray
    before: FloatArray
    total_before: FloatArray

    @staticmethod
    def begin(matrix: Matrix, rows: IntArray, x: FloatArray, price: FloatArray, slope: FloatArray) -> Spending:
        """Prices and slopes as guessed from longer steps; x: the guess of the columns, (n,)."""
        none = np.full(len(rows), np.nan)
        amount = abs(rows_of(matrix.A, rows)) @ np.abs(x)
        spent = float(np.abs(matrix.cost) @ np.abs(x)) or 1.0
        unit = _SMALL * np.divide(spent, amount, out=np.ones(len(rows)), where=amount > _TINY)
        given = np.isfinite(slope)
        return Spending(matrix.row_lower[rows], matrix.row_upper[rows], price, slope, given, unit, none, none, none)

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
    def met(self) -> FloatArray:
        """The latest prices whose totals are known, (rows,)."""
        return np.asarray(np.where(np.isnan(self.total) & np.isfinite(self.before), self.before, self.price))

    @property
    def settled(self) -> bool:
        """Whether all totals are so near the limits that windows at better prices would gain nothing."""
        return self._within(_NEAR)

    @property
    def close(self) -> bool:
        """Whether all totals are so near the limits that the whole tells better prices than windows do."""
        return self._within(_CLOSE)

    def _within(self, share: float) -> bool:
        return bool((np.abs(self.side - self.total) <= share * np.abs(self.side)).all())

    @property
    def sides(self) -> tuple[FloatArray, FloatArray]:
        """Limits of the rows, of which those with a price are equations."""
        return np.where(self.price < 0, self.upper, self.lower), np.where(self.price > 0, self.lower, self.upper)

    def distance(self, other: Spending) -> float:
        """Greatest distance of a stretched price from that of another spending."""
        return float(np.abs(self.stretched(self.price) - self.stretched(other.price)).max(initial=0.0))

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
        """The totals that the prices have led to; a slope that was not given follows from those of the round before.

        If the price has hardly changed, what is known from before is more reliable than the rise of the total.
        """
        change = self.stretched(self.price) - self.stretched(self.before)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = (total - self.total_before) / change / self._stretch(self.price)
        measured = np.isfinite(slope) & (slope > 0) & ~self.given & (np.abs(change) > _MEASURED)
        return replace(self, total=total, slope=np.where(measured, slope, self.slope))

    def stretched(self, price: FloatArray) -> FloatArray:
        """Stretched prices, in which the totals are almost linear, (rows,)."""
        return np.asarray(np.sign(price) * np.log1p(np.abs(price) / self.unit))

    def _stretch(self, price: FloatArray) -> FloatArray:
        """Rise of a price with the stretched one, (rows,)."""
        return np.asarray(self.unit + np.abs(price))

    def fresh(self) -> Spending:
        """Prices and slopes without their totals, for other windows, whose totals cannot be compared with these."""
        none = np.full(len(self.price), np.nan)
        return replace(self, total=none, before=none, total_before=none)

    def measuring(self) -> Spending:
        """The same with slopes that follow from the next totals, even where they were given."""
        return replace(self, given=np.zeros(len(self.price), dtype=bool))

    def at(self, price: FloatArray) -> Spending:
        """Other prices, whose totals are not known yet."""
        none = np.full(len(self.price), np.nan)
        return replace(self, price=price, total=none, before=self.price, total_before=self.total)

    def sharpened(self) -> Spending:
        """Prices at which the totals are expected at the limits; that of an inequality keeps its sign, or becomes 0."""
        missing = self.side - self.total
        scale = np.maximum(np.maximum(np.abs(self.side), np.abs(self.total)), _TINY)
        known = np.isfinite(self.slope)
        rise = np.where(known, self.slope * self._stretch(self.price), scale / _ELASTIC)
        most = np.where(known, _STEP, _TRIAL)
        now = self.stretched(self.price)
        then = now + np.clip(missing / rise, -most, most)
        between = self._between()
        then = np.where(np.isnan(between), then, between)
        then[(now * then < 0) & (self.lower < self.upper)] = 0.0
        return self.at(np.sign(then) * self.unit * np.expm1(np.abs(then)))

    def _between(self) -> FloatArray:
        """Stretched price between the last two, where their totals enclose the limit; else NaN, (rows,)."""
        now, last = self.stretched(self.price), self.stretched(self.before)
        missing, missed = self.side - self.total, self.side - self.total_before
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(missing * missed < 0, now + (last - now) * missing / (missing - missed), np.nan))
