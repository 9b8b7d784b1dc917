"""Rows that couple many windows, such as a budget of the year."""

from __future__ import annotations

import numpy as np

from microgrid.horizon import BoolArray, IntArray
from microgrid.model.time_of import Axis
from microgrid.solve.windows.partition import place

# A row with many columns in other windows, or with some beyond the next one, gets a price. In any other row the columns
# of other windows are fixed (a state at a cut, a run across it, a closed cycle).
_FIXED_MAX = 500
_FEW = 4


def crosses(axis: Axis, edges: IntArray) -> BoolArray:
    """Whether each row couples more columns of different windows than can be held at a guess, (m,)."""
    placed = place(axis, edges)
    count = np.bincount(placed.entry_row[placed.abroad], minlength=len(placed.row))
    reached = placed.row.copy()
    np.maximum.at(reached, placed.entry_row[placed.abroad], placed.column[placed.entry_column[placed.abroad]])
    return np.asarray(((reached - placed.row > 1) & (count > _FEW)) | (count > _FIXED_MAX))
