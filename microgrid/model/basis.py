"""A basis as arrays: the basic columns and rows, and the limit at which each nonbasic one stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from microgrid.horizon import FloatArray

StatusArray = NDArray[np.int8]

LOWER, BASIC, UPPER, ZERO = range(4)


@dataclass(frozen=True)
class Basis:
    """Status of each column (n,) and row (m,): LOWER, BASIC, UPPER or ZERO."""

    column: StatusArray
    row: StatusArray


def at_limit(lower: FloatArray, upper: FloatArray) -> StatusArray:
    """Status of nonbasic columns, (n,): at the lower limit if it is finite, else at the upper one, else ZERO."""
    found = np.where(np.isfinite(lower), LOWER, np.where(np.isfinite(upper), UPPER, ZERO))
    return found.astype(np.int8)
