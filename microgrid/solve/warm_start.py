"""Where a solved problem stood, by name: a similar one begins there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microgrid.horizon import FloatArray
from microgrid.model.basis import BASIC, Basis, StatusArray, at_limit
from microgrid.model.matrix import Family, Matrix


@dataclass(frozen=True)
class Known:
    """Name of a family of columns or rows -> what it stood at, see ``recall``; matrix: see ``compile_model``."""

    columns: Mapping[str, StatusArray]
    rows: Mapping[str, StatusArray]
    values: Mapping[str, FloatArray]
    matrix: Matrix | None = None

    def alone(self) -> Known:
        """Without the matrix, to be sent to another process."""
        return replace(self, matrix=None)


@dataclass(frozen=True)
class Begin:
    """Basis and values that a problem may begin from; neither has to be feasible, nor the basis regular.

    Without a basis: values with whole numbers where they are asked for, as a start of the search for better ones.
    """

    basis: Basis | None
    x: FloatArray


def remember(matrix: Matrix, basis: Basis | None, x: FloatArray) -> Known:
    """A solved problem by the names of its families; one with on/off decisions has no basis."""
    return Known(
        {family.name: basis.column[family.span] for family in matrix.columns} if basis else {},
        {family.name: basis.row[family.span] for family in matrix.rows} if basis else {},
        {family.name: x[family.span] for family in matrix.columns},
        matrix,
    )


def recall(known: Known, matrix: Matrix) -> Begin:
    """What is known of the families of a problem: those of the same name and length.

    Other columns begin at a limit, other rows as if they did not bind. With on/off decisions: values only.
    """
    x = np.clip(
        _recalled(known.values, matrix.columns, np.clip(0.0, matrix.lower, matrix.upper)), matrix.lower, matrix.upper
    )
    if matrix.integer.any() or not known.columns:
        return Begin(None, x)
    column = _recalled(known.columns, matrix.columns, at_limit(matrix.lower, matrix.upper))
    row = _recalled(known.rows, matrix.rows, np.full(len(matrix.row_lower), BASIC, dtype=np.int8))
    return Begin(Basis(column, row), x)


def _recalled(known: Mapping[str, NDArray[Any]], families: Sequence[Family], otherwise: NDArray[Any]) -> NDArray[Any]:
    for family in families:
        found = known.get(family.name)
        if found is not None and len(found) == family.size:
            otherwise[family.span] = found
    return otherwise
