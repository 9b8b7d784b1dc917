"""A basis as arrays: what is basic, and at which limit everything else stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

StatusArray = NDArray[np.int8]

LOWER, BASIC, UPPER, ZERO = range(4)


@dataclass(frozen=True)
class Basis:
    """Status of each column (n,) and row (m,): LOWER, BASIC, UPPER or ZERO."""

    column: StatusArray
    row: StatusArray
