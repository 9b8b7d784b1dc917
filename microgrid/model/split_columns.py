"""Columns that are neither basic nor at a limit: written as two, so that a basis can leave them where they stand."""

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

    The column itself stands for at + plus, from ``at`` up; minus is a column behind the problem's own, in the order of
    ``which``. So at the limit of both parts, which a basis can express, x is ``at``.
    """

    extended: Extended
    which: IntArray

    @property
    def matrix(self) -> Matrix:
        """The problem with the falling parts behind its own columns."""
        return self.extended.matrix

    def into(self, point: Point) -> Point:
        """Each value shared out between its parts; the falling parts are nonbasic at zero."""
        count = self.extended.columns
        at = self.matrix.lower[self.which]
        rising, value = point.x.copy(), point.x[self.which]
        rising[self.which] = np.maximum(value, at)
        x = np.concatenate([rising, np.maximum(at - value, 0.0)])
        minus = np.full(len(x) - count, LOWER, np.int8)
        return Point(x, point.row_dual, point.basis and self.with_falling(point.basis, minus))

    def with_falling(self, basis: Basis, minus: StatusArray) -> Basis:
        """The basis of the problem itself with the status of each falling part behind it."""
        return Basis(np.concatenate([basis.column, minus]), basis.row)

    def back(self, point: Point) -> Point:
        """The whole values; a column is basic where one of its parts is."""
        count = self.extended.columns
        x = point.x[:count].copy()
        x[self.which] -= point.x[count:]
        if point.basis is None:
            return Point(x, point.row_dual)
        column = point.basis.column[:count].copy()
        column[self.which[point.basis.column[count:] == BASIC]] = BASIC
        return Point(x, point.row_dual, Basis(column, point.basis.row))


def split(matrix: Matrix, which: IntArray, at: FloatArray, falling_cost: FloatArray) -> Split:
    """The problem with x[which] = at + plus - minus; each unit of minus costs ``falling_cost``."""
    lower, low = matrix.lower.copy(), matrix.lower[which]
    at = np.clip(at, low, matrix.upper[which])  # a guess may lie outside, by rounding or more: then no x would be left
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
    """A basis of a split problem that a solve may begin from; feasible: whether its point keeps every rule."""

    split: Split
    basis: Basis
    feasible: bool
