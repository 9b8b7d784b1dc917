"""Chain of changes of a problem, and the translation of points between the first problem and the last one."""

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
    """Values, prices and basis of a problem, with which a solve ended or may begin.

    x: values of the columns, (n,); row_dual: prices of the rows, (m,), empty if none are known; basis: None if none is
    known.
    """

    x: FloatArray
    row_dual: FloatArray = field(default_factory=lambda: np.zeros(0))
    basis: Basis | None = None


class Change(Protocol):
    """A changed problem, and the translation of points between the original problem and the changed one."""

    @property
    def matrix(self) -> Matrix:
        """The changed problem."""

    def into(self, point: Point) -> Point:
        """Translate a point of the original problem into one of the changed problem."""

    def back(self, point: Point) -> Point:
        """Translate a point of the changed problem into one of the original problem."""


@dataclass(frozen=True)
class Renewed:
    """A change that keeps all columns and rows, so that a point of one problem is a point of the other."""

    matrix: Matrix

    def into(self, point: Point) -> Point:
        """Return the point unchanged."""
        return point

    def back(self, point: Point) -> Point:
        """Return the point unchanged."""
        return point


@dataclass(frozen=True)
class Chain:
    """Chain of changes, itself a change: ``Chain(matrix).then(verb, ...).then(verb, ...)``.

    A verb is a function that takes a matrix first and returns a changed matrix, or a change.
    """

    first: Matrix
    changes: tuple[Change, ...] = ()

    @property
    def matrix(self) -> Matrix:
        """The problem after all changes."""
        return self.changes[-1].matrix if self.changes else self.first

    def then(
        self, verb: Callable[Concatenate[Matrix, P], Matrix | Change], *args: P.args, **options: P.kwargs
    ) -> Chain:
        """The chain with one more change: the verb applied to the problem after all changes so far."""
        made = verb(self.matrix, *args, **options)
        return Chain(self.first, (*self.changes, Renewed(made) if isinstance(made, Matrix) else made))

    def into(self, point: Point) -> Point:
        """Translate a point of the first problem into one of the last problem."""
        for change in self.changes:
            point = change.into(point)
        return point

    def back(self, point: Point) -> Point:
        """Translate a point of the last problem into one of the first problem, from the last change to the first."""
        for change in reversed(self.changes):
            point = change.back(point)
        return point
