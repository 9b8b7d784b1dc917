"""Values and statuses of columns between two levels of windows: basic, at a limit, or nonbasic in between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from microgrid.horizon import FloatArray, IntArray
from microgrid.model.basis import BASIC, LOWER, UPPER, StatusArray

EDGE = 1e-9  # relative distance from a limit below which a value is at it


@dataclass(frozen=True)
class ColumnStates:
    """Values and statuses of columns, each (k,).

    A basis cannot express a column that is nonbasic between its limits. Such a column has its value in ``at``, which is
    NaN for all others. The problem that frees it writes  x = at + plus - minus;  ``status`` is then the status of the
    rising part plus, and ``minus`` that of the falling part.
    """

    x: FloatArray
    status: StatusArray
    at: FloatArray
    minus: StatusArray

    @staticmethod
    def begin(x: FloatArray, status: StatusArray) -> ColumnStates:
        """States of columns that are all basic or at a limit."""
        return ColumnStates(x, status, np.full(len(x), np.nan), np.full(len(x), LOWER, np.int8))

    @property
    def between(self) -> IntArray:
        """Places of the columns that are neither basic nor at a limit."""
        return np.flatnonzero(~np.isnan(self.at))

    def of(self, columns: IntArray) -> ColumnStates:
        """Values and statuses of some of the columns."""
        return ColumnStates(self.x[columns], self.status[columns], self.at[columns], self.minus[columns])

    def copied(self) -> ColumnStates:
        """A copy with its own arrays, which may be changed in place."""
        return ColumnStates(self.x.copy(), self.status.copy(), self.at.copy(), self.minus.copy())

    def solved(self, x: FloatArray, status: StatusArray, split: IntArray, minus: StatusArray) -> ColumnStates:
        """Values and statuses after a solve in which the columns ``split`` had two parts.

        If one part is basic or has reached its upper limit, the column is whole again; all others stay in between.
        """
        plus = status[split]
        basic = (plus == BASIC) | (minus == BASIC)
        low = minus == UPPER
        high = plus == UPPER
        made = ColumnStates(x.copy(), status.copy(), self.at.copy(), self.minus.copy())
        made.minus[split] = minus
        made.status[split[low & ~basic]] = LOWER
        made.status[split[high & ~basic]] = UPPER
        made.status[split[basic]] = BASIC
        whole = split[basic | low | high]
        made.at[whole] = np.nan
        made.minus[whole] = LOWER
        return made

    def held(self, which: IntArray, value: FloatArray, lower: FloatArray, upper: FloatArray) -> ColumnStates:
        """A copy with some columns nonbasic at a value each: at a limit if the value lies on it, else in between."""
        low = np.abs(value - lower) <= EDGE * np.maximum(1.0, np.abs(lower))
        high = np.abs(value - upper) <= EDGE * np.maximum(1.0, np.abs(upper))
        made = self.copied()
        made.status[which] = np.where(high & ~low, UPPER, LOWER)
        made.at[which] = np.where(low | high, np.nan, value)
        made.minus[which] = LOWER
        return made

    def put(self, columns: IntArray, part: ColumnStates) -> None:
        """Write the values and statuses of some columns in place; only for a copy, see ``copied``."""
        self.x[columns] = part.x
        self.status[columns] = part.status
        self.at[columns] = part.at
        self.minus[columns] = part.minus

    def free(self, columns: IntArray) -> None:
        """Make some columns basic in place; only for a copy, see ``copied``."""
        self.status[columns] = BASIC
        self.at[columns] = np.nan
