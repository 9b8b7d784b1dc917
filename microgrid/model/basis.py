"""A basis as arrays: what is basic, and at which limit everything else stands."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from microgrid.horizon import FloatArray

StatusArray = NDArray[np.int8]

LOWER, BASIC, UPPER, ZERO = (
    int(getattr(highspy.HighsBasisStatus, name)) for name in ("kLower", "kBasic", "kUpper", "kZero")
)
_STATUS = np.empty(4, dtype=object)
for _name in ("kLower", "kBasic", "kUpper", "kZero"):
    _STATUS[int(getattr(highspy.HighsBasisStatus, _name))] = getattr(highspy.HighsBasisStatus, _name)


@dataclass(frozen=True)
class Basis:
    """Status of each column (n,) and row (m,): LOWER, BASIC, UPPER or ZERO."""

    column: StatusArray
    row: StatusArray

    def to_highs(self) -> highspy.HighsBasis:
        """As HiGHS takes it; "alien": it may repair one that is not regular."""
        basis = highspy.HighsBasis()
        basis.col_status, basis.row_status = _STATUS[self.column].tolist(), _STATUS[self.row].tolist()
        basis.valid = basis.alien = True
        return basis


def read_basis(
    highs: highspy.Highs,
    columns: tuple[FloatArray, FloatArray, FloatArray],
    rows: tuple[FloatArray, FloatArray, FloatArray],
) -> Basis | None:
    """The basis that HiGHS ended with, or None; columns, rows: (value, lower, upper) of each.

    The list of basic variables comes as one array, the status of a million columns as a list of objects: so the
    nonbasic ones are placed by their values.
    """
    if not highs.getBasis().valid:
        return None
    basic = np.asarray(highs.getBasicVariables()[1])
    return Basis(_status(*columns, basic[basic >= 0]), _status(*rows, -1 - basic[basic < 0]))


def _status(value: FloatArray, lower: FloatArray, upper: FloatArray, basic: NDArray[np.integer]) -> StatusArray:
    with np.errstate(invalid="ignore"):
        nearer_upper = np.abs(value - lower) > np.abs(upper - value)
    found = np.where(nearer_upper, UPPER, LOWER).astype(np.int8)
    found[np.isinf(lower) & np.isinf(upper)] = ZERO
    found[basic] = BASIC
    return found
