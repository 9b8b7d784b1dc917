"""Warm start: statuses and values of a solved problem by name, from which a similar problem begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microgrid.horizon import FloatArray
from microgrid.model.basis import BASIC, Basis, StatusArray, at_limit
from microgrid.model.matrix import Family, Matrix


@dataclass(frozen=True)
class Known:
    """Result of a solved problem by name of family.

    columns, rows: name -> statuses of the family, empty without a basis; values: name -> values of the columns; prices,
    slopes: name -> duals of the rows, and rise of their totals with these, NaN where it is not known,
    both empty if there are none; matrix: the matrix, whose A a similar model may use again, see ``compile_model``;
    first: result of the objective that was minimized first, if this one was minimized within a limit of it.
    """

    columns: Mapping[str, StatusArray]
    rows: Mapping[str, StatusArray]
    values: Mapping[str, FloatArray]
    prices: Mapping[str, FloatArray] = field(default_factory=dict)
    slopes: Mapping[str, FloatArray] = field(default_factory=dict)
    matrix: Matrix | None = None
    first: Known | None = None

    def alone(self) -> Known:
        """A copy without the matrix, small enough to be sent to another process."""
        return replace(self, matrix=None, first=None if self.first is None else self.first.alone())


@dataclass(frozen=True)
class Begin:
    """Basis and values from which a problem may begin; they need not be feasible, nor the basis regular.

    basis: None if only the values are known; of a problem with on/off decisions, that of the run in which all of them
    were held; x: values, (n,); row_dual: prices of the rows, NaN where none is known, (m,), or empty; slope: rise of
    their totals with their prices, NaN where it is not known, (m,), or empty.
    """

    basis: Basis | None
    x: FloatArray
    row_dual: FloatArray = field(default_factory=lambda: np.zeros(0))
    slope: FloatArray = field(default_factory=lambda: np.zeros(0))


def remember(
    matrix: Matrix,
    basis: Basis | None,
    x: FloatArray,
    row_dual: FloatArray | None = None,
    slope: FloatArray | None = None,
) -> Known:
    """Record a solved problem by the names of its families."""
    return Known(
        {family.name: basis.column[family.span] for family in matrix.columns} if basis else {},
        {family.name: basis.row[family.span] for family in matrix.rows} if basis else {},
        {family.name: x[family.span] for family in matrix.columns},
        _by_row(matrix, row_dual),
        _by_row(matrix, slope),
        matrix,
    )


def _by_row(matrix: Matrix, values: FloatArray | None) -> Mapping[str, FloatArray]:
    if values is None or not len(values):
        return {}
    return {family.name: values[family.span] for family in matrix.rows}


def recall(known: Known, matrix: Matrix) -> Begin:
    """Start of a problem from the recorded families that have the name and size of its own.

    All other columns begin at a limit, and all other rows basic, as if they did not bind.
    """
    x = np.clip(
        _recalled(known.values, matrix.columns, np.clip(0.0, matrix.lower, matrix.upper)), matrix.lower, matrix.upper
    )
    if not known.columns:
        return Begin(None, x)
    column = _recalled(known.columns, matrix.columns, at_limit(matrix.lower, matrix.upper))
    row = _recalled(known.rows, matrix.rows, np.full(len(matrix.row_lower), BASIC, dtype=np.int8))
    unknown = np.full(len(matrix.row_lower), np.nan)
    dual = _recalled(known.prices, matrix.rows, unknown.copy())
    return Begin(Basis(column, row), x, dual, _recalled(known.slopes, matrix.rows, unknown))


def _recalled(known: Mapping[str, NDArray[Any]], families: Sequence[Family], otherwise: NDArray[Any]) -> NDArray[Any]:
    for family in families:
        found = known.get(family.name)
        if found is not None and len(found) == family.size:
            otherwise[family.span] = found
    return otherwise
