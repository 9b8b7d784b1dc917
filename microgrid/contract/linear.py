"""Variables and linear rules over whole axes, as numpy arrays that are also Pyomo components.

Each class here is a Pyomo component of a Pyomo model, and prints, exports and solves as such. Its elements are built
on first access; the solve of this project reads the arrays, which takes a hundredth of the time and memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.core as pyo
from pyomo.core.base.constraint import IndexedConstraint
from pyomo.core.base.objective import IndexedObjective
from pyomo.core.base.var import IndexedVar
from pyomo.core.expr.numeric_expr import LinearExpression

from microgrid.horizon import FloatArray, IntArray

Factor = FloatArray | float


class _Late:
    """A Pyomo component that constructs its elements on first access.

    Pyomo calls ``construct`` as the component is added to a block, and keeps the elements in ``_data``.
    """

    _elements: dict[Any, Any]
    _constructed: bool
    _added = False
    filled = False

    def construct(self, data: Any = None) -> None:
        """Record that the component is added to a block; construct its elements on the second call, on first access."""
        if self._added:
            super().construct(data)  # type: ignore[misc]
        self._added = self._constructed = True

    @property
    def _data(self) -> dict[Any, Any]:
        if self._added and not self.filled:
            self.filled = True
            self._constructed = False
            self.construct()
        return self._elements

    @_data.setter
    def _data(self, elements: dict[Any, Any]) -> None:
        self._elements = elements


class Variable(_Late, IndexedVar):  # type: ignore[misc]
    """lower <= x <= upper over an index; over: "step", "point", "month", or "label" for any other.

    lower, upper: shape (size,), infinite where there is no limit; step: with labels, the step that each belongs to, if
    any. In sums and products a variable stands for all its elements: ``charge - discharge * 0.5`` is a ``Vector``.
    """

    __array_ufunc__ = None  # numpy then leaves array * variable to this class, and does not multiply element by element

    def __init__(
        self,
        index: Any,
        over: str,
        lower: FloatArray,
        upper: FloatArray,
        integer: bool = False,
        step: IntArray | None = None,
    ) -> None:
        self.over = over
        self.lower = lower
        self.upper = upper
        self.integer = integer
        self.step = step
        kind = pyo.Binary if integer else pyo.Reals
        super().__init__(index, domain=kind, bounds=_bound_rule(lower, upper, index))

    def __len__(self) -> int:
        return len(self.lower)

    @property
    def all(self) -> Vector:
        """All elements, each once, in order."""
        return self.at(np.arange(len(self)))

    @property
    def start(self) -> Vector:
        """Values of a variable over points at the start of each step, (N,)."""
        return self.at(np.arange(len(self) - 1))

    @property
    def end(self) -> Vector:
        """Values of a variable over points at the end of each step, (N,)."""
        return self.at(np.arange(1, len(self)))

    def at(self, positions: IntArray | Sequence[int]) -> Vector:
        """Elements at the given positions, which may repeat."""
        where = np.asarray(positions, dtype=np.int64)
        return Vector(len(where), (Part(self, np.arange(len(where)), where, np.ones(len(where))),))

    def __neg__(self) -> Vector:
        return -self.all

    def __add__(self, other: Variable | Vector) -> Vector:
        return self.all + other

    def __sub__(self, other: Variable | Vector) -> Vector:
        return self.all - other

    def __mul__(self, factor: Factor) -> Vector:
        return self.all * factor

    def __rmul__(self, factor: float) -> Vector:
        return self.all * factor


@dataclass(frozen=True, eq=False)
class Part:
    """A sparse part of linear expressions: coefficient[k] x variable[position[k]] is added to row[k]."""

    variable: Variable
    row: IntArray
    position: IntArray
    coefficient: FloatArray

    def equals(self, other: Part) -> bool:
        """Whether rows, positions and coefficients equal those of another part, whatever the variables."""
        mine, theirs = ((p.row, p.position, p.coefficient) for p in (self, other))
        return all(a is b or np.array_equal(a, b) for a, b in zip(mine, theirs, strict=True))


@dataclass(frozen=True, eq=False)
class Vector:
    """A vector of ``size`` linear expressions, one per row, as the sum of its parts."""

    size: int
    parts: tuple[Part, ...]

    __array_ufunc__ = None

    def __add__(self, other: Variable | Vector) -> Vector:
        more = other.all if isinstance(other, Variable) else other
        if more.size != self.size:
            raise ValueError(f"a vector of {self.size} rows cannot be added to one of {more.size} rows")
        return Vector(self.size, self.parts + more.parts)

    def __neg__(self) -> Vector:
        return self * -1.0

    def __sub__(self, other: Variable | Vector) -> Vector:
        return self + -other

    def __mul__(self, factor: Factor) -> Vector:
        spread = np.broadcast_to(np.asarray(factor, dtype=float), (self.size,))
        scaled = (Part(p.variable, p.row, p.position, p.coefficient * spread[p.row]) for p in self.parts)
        return Vector(self.size, tuple(scaled))

    def __rmul__(self, factor: float) -> Vector:
        return self * factor

    def value(self, value_of: Callable[[Variable], FloatArray]) -> FloatArray:
        """Value of each row, (size,); value_of: variable -> values of its elements."""
        parts = ((p.row, p.coefficient * value_of(p.variable)[p.position]) for p in self.parts)
        return np.asarray(sum((np.bincount(*part, self.size) for part in parts), np.zeros(self.size)))

    def at(self, rows: IntArray) -> Vector:
        """Selected rows in the order of ``rows``, which names each at most once."""
        place = np.full(self.size, -1)
        place[rows] = np.arange(len(rows))
        return self.summed(place, len(rows))

    def summed(self, group: IntArray, groups: int) -> Vector:
        """Row g of the result is the sum of the rows k with group[k] = g; a negative group is left out."""
        if len(group) != self.size:
            raise ValueError(f"{len(group)} group numbers for {self.size} rows; each row needs one")
        found = []
        for part in self.parts:
            row = group[part.row]
            kept = row >= 0
            found.append(Part(part.variable, row[kept], part.position[kept], part.coefficient[kept]))
        return Vector(groups, tuple(found))


class Rows(_Late, IndexedConstraint):  # type: ignore[misc]
    """lower <= vector <= upper, row by row; step: the step that each row belongs to, or None; unit: of both sides.

    over: "step" where there is one row for each step from the first on, else "".
    """

    def __init__(
        self,
        index: Any,
        vector: Vector,
        lower: FloatArray,
        upper: FloatArray,
        step: IntArray | None,
        unit: str = "",
    ) -> None:
        self.vector = vector
        self.lower = lower
        self.upper = upper
        self.step = step
        self.unit = unit
        self.over = "step" if step is not None and np.array_equal(step, np.arange(vector.size)) else ""
        super().__init__(index, rule=_row_rule(self))

    def __len__(self) -> int:
        return self.vector.size


class Goal(_Late, IndexedObjective):  # type: ignore[misc]
    """The objective, whose one element is built on first access."""

    def __init__(self, expression: Callable[[], LinearExpression]) -> None:
        super().__init__(["total"], rule=lambda *_: expression())


def elements(variable: Any) -> list[Any]:
    """Pyomo variables of an indexed variable, in the order of its positions."""
    return (
        [variable[label] for label in variable.index_set()]
        if isinstance(variable, Variable)
        else list(variable.values())
    )


def _bound_rule(lower: FloatArray, upper: FloatArray, index: Any) -> Any:
    limits: dict[Any, tuple[float | None, float | None]] = {}

    def rule(_: Any, *label: Any) -> tuple[float | None, float | None]:
        if not limits:
            pairs = zip(map(_finite, lower.tolist()), map(_finite, upper.tolist()), strict=True)
            limits.update(zip(index, pairs, strict=True))
        return limits[label[0] if len(label) == 1 else label]

    return rule


def _finite(limit: float) -> float | None:
    return limit if np.isfinite(limit) else None


def _row_rule(rows: Rows) -> Any:
    written: dict[Any, Any] = {}

    def rule(_: Any, *label: Any) -> Any:
        if not written:
            written.update(zip(rows.index_set(), _expressions(rows), strict=True))
        return written[label[0] if len(label) == 1 else label]

    return rule


def _expressions(rows: Rows) -> list[Any]:
    terms: list[tuple[list[float], list[Any]]] = [([], []) for _ in range(rows.vector.size)]
    for part in rows.vector.parts:
        found = elements(part.variable)
        for row, position, coefficient in zip(
            part.row.tolist(), part.position.tolist(), part.coefficient.tolist(), strict=True
        ):
            terms[row][0].append(coefficient)
            terms[row][1].append(found[position])
    bodies = [LinearExpression(constant=0.0, linear_coefs=c, linear_vars=v) for c, v in terms]
    limits = zip(map(_finite, rows.lower.tolist()), bodies, map(_finite, rows.upper.tolist()), strict=True)
    return [(low, body, high) if low != high else body == low for low, body, high in limits]
