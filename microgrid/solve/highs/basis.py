"""Translation of a basis to and from HiGHS."""

from __future__ import annotations

import highspy
import numpy as np
from numpy.typing import NDArray

from microgrid.horizon import FloatArray
from microgrid.model.basis import BASIC, LOWER, UPPER, ZERO, Basis, StatusArray

_STATUS = np.empty(4, dtype=object)
_STATUS[[LOWER, BASIC, UPPER, ZERO]] = [
    highspy.HighsBasisStatus.kLower,
    highspy.HighsBasisStatus.kBasic,
    highspy.HighsBasisStatus.kUpper,
    highspy.HighsBasisStatus.kZero,
]


def to_highs_basis(basis: Basis) -> highspy.HighsBasis:
    """Convert a basis to the type of HiGHS; marked as "alien", so that HiGHS repairs it if it is not regular."""
    found = highspy.HighsBasis()
    found.col_status = _STATUS[basis.column].tolist()
    found.row_status = _STATUS[basis.row].tolist()
    found.valid = found.alien = True
    return found


def read_basis(
    highs: highspy.Highs,
    columns: tuple[FloatArray, FloatArray, FloatArray],
    rows: tuple[FloatArray, FloatArray, FloatArray],
) -> Basis | None:
    """Read the basis with which HiGHS ended; None if it has none.

    columns, rows: (value, lower, upper), each (n,) or (m,). HiGHS gives the basic variables as one array, but the
    status of each column as an object, slow for a million columns. So the status of a nonbasic column or row is derived
    from its value.
    """
    if not highs.getBasis().valid:
        return None
    # Without any coefficient all rows are basic; HiGHS 1.16 ends the process on a request for them.
    empty = -1 - np.arange(highs.getNumRow())
    basic = np.asarray(highs.getBasicVariables()[1]) if highs.getNumNz() else empty
    return Basis(_status(*columns, basic[basic >= 0]), _status(*rows, -1 - basic[basic < 0]))


def _status(value: FloatArray, lower: FloatArray, upper: FloatArray, basic: NDArray[np.integer]) -> StatusArray:
    with np.errstate(invalid="ignore"):
        nearer_upper = np.abs(value - lower) > np.abs(upper - value)
    found = np.where(nearer_upper, UPPER, LOWER).astype(np.int8)
    found[np.isinf(lower) & np.isinf(upper)] = ZERO
    found[basic] = BASIC
    return found
