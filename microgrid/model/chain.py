"""Changes of a problem one after another, and the way from a solution of the last problem back to the first one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Concatenate, ParamSpec, Protocol

import numpy as np

from microgrid.horizon import FloatArray
from microgrid.model.basis import Basis
from microgrid.model.matrix import Matrix

P = ParamSpec("P")


@dataclass(frozen=True)
class Point:
    """A place in a problem where a solve ended, or where one may begin.

    x: values of the columns, (n,); row_dual: prices of the rows, (m,), empty where none are known; basis: None where
    there is none.
    """

    x: FloatArray
    row_dual: FloatArray = field(default_factory=lambda: np.zeros(0))
    basis: Basis | None = None


class Change(Protocol):
    """A problem that was made from another one, and the translation of points between the two."""

    @property
    def matrix(self) -> Matrix:
        """The problem that was made."""

    def into(self, point: Point) -> Point:
        """The point of the problem that was made which stands for a point of the problem before."""

    def back(self, point: Point) -> Point:
        """The point of the problem before which a point of the problem that was made stands for."""


@dataclass(frozen=True)
class Renewed:
    """A problem with the columns and rows of the one before, so that a point of one is a point of the other."""

    matrix: Matrix

    def into(self, point: Point) -> Point:
        """The point itself."""
        return point

    def back(self, point: Point) -> Point:
        """The point itself."""
        return point


@dataclass(frozen=True)
class Chain:
    """Changes one after another: ``Chain(matrix).then(verb, ...).then(verb, ...)``; itself a change.

    A verb is a function that takes a matrix first and returns a changed matrix, or a change.
    """

    first: Matrix
    changes: tuple[Change, ...] = ()

    @property
    def matrix(self) -> Matrix:
        """The problem after the last change."""
        return self.changes[-1].matrix if self.changes else self.first

    def then(
        self, verb: Callable[Concatenate[Matrix, P], Matrix | Change], *args: P.args, **options: P.kwargs
    ) -> Chain:
        """The chain with one change more: the verb applied to the last problem."""
        made = verb(self.matrix, *args, **options)
        return Chain(self.first, (*self.changes, Renewed(made) if isinstance(made, Matrix) else made))

    def into(self, point: Point) -> Point:
        """A point of the first problem in terms of the last one."""
        for change in self.changes:
            point = change.into(point)
        return point

    def back(self, point: Point) -> Point:
        """A point of the last problem in terms of the first one: each change undone, the last one first."""
        for change in reversed(self.changes):
            point = change.back(point)
        return point
