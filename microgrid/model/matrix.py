"""Compiled model: a sparse matrix with its limits, and the component and time of each column and row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyomo.core as pyo
import scipy.sparse as sp
from numpy.typing import NDArray
from pyomo.repn import generate_standard_repn

from microgrid.contract.linear import Rows, Variable, elements
from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.model.assembly import Model

_WATT_KW = 1e-3


@dataclass(frozen=True)
class Family:
    """Adjacent columns or rows of one Pyomo component, or of a change of the problem (component None).

    over: "step" or "point" if there is one column or row for each step or point of the horizon, in order, else "";
    step: the step that each column or row belongs to, (size,), None if it has none or ``over`` states it.
    """

    name: str
    start: int
    size: int
    component: Any = None
    over: str = ""
    step: IntArray | None = None

    @property
    def span(self) -> slice:
        """Places of the columns or rows in the matrix."""
        return slice(self.start, self.start + self.size)

    def labels(self) -> Sequence[Any]:
        """Label of each column or row: its index in the component, None without one; else its number in the family."""
        if self.component is None:
            return range(self.size)
        known = isinstance(self.component, (Variable, Rows))
        return list(self.component.index_set() if known else self.component.keys())

    def names(self) -> Iterator[str]:
        """Name of each column or row, as Pyomo writes it."""
        for label in self.labels():
            inside = ",".join(map(str, label)) if isinstance(label, tuple) else label
            yield self.name if label is None else f"{self.name}[{inside}]"


@dataclass(frozen=True)
class Matrix:
    """minimize cost . x + offset  subject to  row_lower <= A x <= row_upper,  lower <= x <= upper, some x integer.

    A has shape (m, n) and is stored by column; cost, lower, upper, integer: (n,); row_lower, row_upper: (m,); columns,
    rows: families of adjacent columns and of adjacent rows, in their order in the matrix.
    """

    cost: FloatArray
    offset: float
    lower: FloatArray
    upper: FloatArray
    integer: BoolArray
    A: sp.csc_matrix
    row_lower: FloatArray
    row_upper: FloatArray
    columns: tuple[Family, ...]
    rows: tuple[Family, ...]

    @property
    def size(self) -> dict[str, int]:
        """Numbers of columns, rows and nonzeros."""
        return {"columns": len(self.cost), "rows": len(self.row_lower), "nonzeros": int(self.A.nnz)}

    def objective(self, x: FloatArray) -> float:
        """The objective at x: cost . x + offset."""
        return float(self.cost @ x) + self.offset

    def turnover(self, x: FloatArray) -> float:
        """Scale of rounding of the objective at x:  |cost| . |x| + |offset| + max |cost| max(max |x|, 1 W).

        The last term gives a scale to an objective of 0: its rounding is measured by the greatest value, at least a
        watt, at the greatest price.
        """
        price = np.abs(self.cost)
        amount = np.abs(x)
        return float(price @ amount + price.max(initial=0.0) * amount.max(initial=_WATT_KW)) + abs(self.offset)

    @cached_property
    def _places(self) -> dict[int, slice]:
        return {id(f.component): f.span for f in (*self.columns, *self.rows) if f.component is not None}

    def span(self, component: Any) -> slice:
        """Places of the columns of a variable, or of the rows of a constraint."""
        return self._places[id(component)]

    def values(self, variable: Any, x: FloatArray) -> FloatArray:
        """Values of a variable at x, in the order of its index; empty if it has no elements."""
        return x[self.span(variable)] if len(variable) else np.zeros(0)


def compile_model(model: Model, like: Matrix | None = None) -> Matrix:
    """Compile the matrix of a model, in the order of its components; nothing is scaled or dropped.

    Components of ``microgrid.contract.linear`` are read as arrays. All other components of the Pyomo model, and those
    whose elements have been accessed (and so may have been changed), are read element by element, so that the matrix is
    always what Pyomo shows.

    like: the matrix of a similar model. If only costs, bounds and limits differ, its A is used again.
    """
    columns = _families(model.pyomo.component_objects(pyo.Var))
    rows = _families(model.pyomo.component_objects(pyo.Constraint, active=True))
    reader = _Reader(columns)
    lower, upper, integer = _joined(_bounds(family.component) for family in columns)
    cost, offset = reader.objective(model, len(lower))
    if like is not None and _same_entries(columns, rows, like):
        entries = like.A
        parts = [(family.component.lower, family.component.upper) for family in rows]
    else:
        read = [reader.rows(family) for family in rows]
        row, column, value = _joined(entries for entries, _ in read)
        parts = [limits for _, limits in read]
        entries = sp.csc_matrix((value, (row, column)), shape=(sum(f.size for f in rows), len(lower)))
    row_lower, row_upper = _joined(parts)
    return Matrix(
        cost=cost,
        offset=offset,
        lower=lower,
        upper=upper,
        integer=integer.astype(bool),
        A=entries,
        row_lower=row_lower,
        row_upper=row_upper,
        columns=columns,
        rows=rows,
    )


def _families(components: Iterable[Any]) -> tuple[Family, ...]:
    found = []
    start = 0
    for component in components:
        size = len(component)
        if size:
            found.append(Family(component.name, start, size, component, *_when(component)))
            start += size
    return tuple(found)


def _first_column(columns: Sequence[Family]) -> Callable[[Any], int]:
    """Function that gives the first column of a variable, and 0 for one without elements."""
    starts = {id(family.component): family.start for family in columns}
    return lambda variable: starts[id(variable)] if len(variable) else 0


def _when(component: Any) -> tuple[str, IntArray | None]:
    known = isinstance(component, (Variable, Rows))
    return (component.over, component.step) if known else ("", None)


def _same_entries(columns: Sequence[Family], rows: Sequence[Family], like: Matrix) -> bool:
    """Whether the rows have the coefficients and columns of the matrix ``like``, so that its A can be used again."""
    if _outline(columns) != _outline(like.columns) or _outline(rows) != _outline(like.rows):
        return False
    start, start_there = _first_column(columns), _first_column(like.columns)
    for family, other in zip(rows, like.rows, strict=True):
        here, there = (f.component for f in (family, other))
        if not all(isinstance(rule, Rows) and not rule.filled for rule in (here, there)):
            return False
        if len(here.vector.parts) != len(there.vector.parts):
            return False
        for part, known in zip(here.vector.parts, there.vector.parts, strict=True):
            if start(part.variable) != start_there(known.variable) or not part.equals(known):
                return False
    return True


def _outline(families: Sequence[Family]) -> list[tuple[str, int]]:
    return [(family.name, family.size) for family in families]


def _joined(parts: Iterable[tuple[NDArray[Any], ...]]) -> tuple[NDArray[Any], ...]:
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))


def _bounds(variable: Any) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Lower and upper limit of each element, and whether it is integer; both limits of a fixed one are its value."""
    if isinstance(variable, Variable) and not variable.filled:
        return variable.lower, variable.upper, np.full(len(variable), variable.integer)
    data = list(variable.values())
    pairs = [(v.value, v.value) if v.fixed else v.bounds for v in data]
    lower = np.array([-np.inf if low is None else low for low, _ in pairs], dtype=float)
    upper = np.array([np.inf if high is None else high for _, high in pairs], dtype=float)
    return lower, upper, np.array([not v.is_continuous() for v in data], dtype=bool)


class _Reader:
    """Reader of the rows and the objective of a model in terms of the columns of its matrix."""

    def __init__(self, columns: Sequence[Family]) -> None:
        self.columns = columns
        self.start = _first_column(columns)

    @cached_property
    def column(self) -> dict[int, int]:
        """Column of each Pyomo variable, by the variable's ``id``."""
        return {id(v): f.start + k for f in self.columns for k, v in enumerate(elements(f.component))}

    def rows(self, family: Family) -> tuple[tuple[NDArray[Any], ...], tuple[FloatArray, FloatArray]]:
        """Entries (row, column, coefficient) of a constraint, and the limits (lower, upper) of its rows."""
        constraint = family.component
        if isinstance(constraint, Rows) and not constraint.filled:
            row, column, value = _joined(
                (part.row + family.start, part.position + self.start(part.variable), part.coefficient)
                for part in constraint.vector.parts
            )
            return (row, column, value), (constraint.lower, constraint.upper)
        row_of, column_of, value_of, limits = [], [], [], []
        for number, data in enumerate(constraint.values(), start=family.start):
            found = _linear(data.body, data.name) if data.active else None
            if found is None:
                limits.append((-np.inf, np.inf))
                continue
            row_of += [number] * len(found.linear_vars)
            column_of += [self.column[id(v)] for v in found.linear_vars]
            value_of += found.linear_coefs
            limits.append(tuple(limit - found.constant for limit in _limits(data)))
        entries = np.array(row_of, np.int64), np.array(column_of, np.int64), np.array(value_of, float)
        lower, upper = np.array(limits, dtype=float).reshape(-1, 2).T
        return entries, (lower, upper)

    def objective(self, model: Model, count: int) -> tuple[FloatArray, float]:
        """Cost of each column, (count,), and the offset of the objective."""
        cost = np.zeros(count)
        if model.pyomo.objective.filled:
            [data] = model.pyomo.objective.values()
            found = _linear(data.expr, data.name)
            np.add.at(cost, [self.column[id(v)] for v in found.linear_vars], found.linear_coefs)
            return cost, float(found.constant)
        for weight, term in model.weighted_terms():
            if term.variable is not None:
                size = len(term.variable)
                start = self.start(term.variable)
                cost[start : start + size] += weight * term.by_element
        return cost, model.offset


def _linear(expression: Any, name: str) -> Any:
    found = generate_standard_repn(expression, compute_values=True, quadratic=False)
    if found.nonlinear_expr is not None:
        raise ValueError(f"{name} is not linear; the rules of an asset have to be linear")
    return found


def _limits(data: Any) -> tuple[float, float]:
    return (-np.inf if data.lb is None else data.lb, np.inf if data.ub is None else data.ub)
