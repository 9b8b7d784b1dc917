"""Splitting of columns that are neither basic nor at a limit in two, so that a basis can express their values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from microgrid.horizon import FloatArray, IntArray
from microgrid.model.basis import BASIC, LOWER, Basis, StatusArray
from microgrid.model.chain import Point
from microgrid.model.extended import Extended, with_columns
from microgrid.model.matrix import Family, Matrix
from microgrid.model.verbs import with_limits


@dataclass(frozen=True)
class Split:
    """A problem with x = at + plus - minus for some columns, where plus and minus are at least 0.

    The column itself becomes the rising part at + plus, with the lower limit ``at``; the falling part minus is an
    appended column, in the order of ``which``. With both parts at their lower limits, which a basis can express, x is
    ``at``.
    """

    extended: Extended
    which: IntArray

    @property
    def matrix(self) -> Matrix:
        """The problem with the falling parts appended."""
        return self.extended.matrix

    def into(self, point: Point) -> Point:
        """Divide each value of a split column between its parts; the falling parts are nonbasic at their limit 0."""
        count = self.extended.columns
        at = self.matrix.lower[self.which]
        rising = point.x.copy()
        value = point.x[self.which]
        rising[self.which] = np.maximum(value, at)
        x = np.concatenate([rising, np.maximum(at - value, 0.0)])
        minus = np.full(len(x) - count, LOWER, np.int8)
        return Point(x, point.row_dual, point.basis and self.with_falling(point.basis, minus))

    def with_falling(self, basis: Basis, minus: StatusArray) -> Basis:
        """The basis of the original problem with the status of each falling part appended."""
        return Basis(np.concatenate([basis.column, minus]), basis.row)

    def back(self, point: Point) -> Point:
        """Add up the parts of each split column, which is basic if one of its parts is."""
        count = self.extended.columns
        x = point.x[:count].copy()
        x[self.which] -= point.x[count:]
        if point.basis is None:
            return Point(x, point.row_dual)
        column = point.basis.column[:count].copy()
        column[self.which[point.basis.column[count:] == BASIC]] = BASIC
        return Point(x, point.row_dual, Basis(column, point.basis.row))


def split(matrix: Matrix, which: IntArray, at: FloatArray, falling_cost: FloatArray) -> Split:
    """Split the columns ``which`` into x = at + plus - minus; each unit of minus costs ``falling_cost``."""
    lower = matrix.lower.copy()
    low = matrix.lower[which]
    at = np.clip(at, low, matrix.upper[which])  # a guess outside the limits would leave no feasible x
    lower[which] = at
    extended = with_columns(
        with_limits(matrix, lower=lower),
        -matrix.A[:, which],
        cost=falling_cost,
        lower=np.zeros(len(which)),
        upper=at - low,
        families=[Family("falling", 0, len(which))],
    )
    return Split(extended, which)


@dataclass(frozen=True)
class SplitBasis:
    """A basis of a split problem from which a solve may begin; feasible: whether its point keeps every rule."""

    split: Split
    basis: Basis
    feasible: bool
