"""The compiled model: one sparse matrix with its bounds, made straight from Pyomo's standard form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyomo.core as pyo
import scipy
import scipy.sparse as sp
from numpy.typing import NDArray
from pyomo.common.gc_manager import PauseGC
from pyomo.repn.plugins import standard_form

from microgrid.horizon import BoolArray, FloatArray
from microgrid.model.assembly import Model

# Pyomo's placeholder for scipy would import scipy.stats with it: a second that a sparse matrix does not need.
standard_form.scipy = scipy


@dataclass(frozen=True)
class Matrix:
    """minimize cost . x + offset  subject to  row_lower <= A x <= row_upper,  lower <= x <= upper, some x integer.

    columns, rows: the Pyomo variables and constraints behind them, in order; A has shape (rows, columns), by column.
    """

    cost: FloatArray
    offset: float
    lower: FloatArray
    upper: FloatArray
    integer: BoolArray
    A: sp.csc_matrix
    row_lower: FloatArray
    row_upper: FloatArray
    columns: Sequence[Any]
    rows: Sequence[Any]

    @cached_property
    def position(self) -> dict[int, int]:
        """Column of each Pyomo variable, by its identity."""
        return {id(variable): index for index, variable in enumerate(self.columns)}

    @property
    def size(self) -> dict[str, int]:
        """Columns, rows and nonzeros."""
        return {"columns": len(self.cost), "rows": len(self.row_lower), "nonzeros": int(self.A.nnz)}

    def find(self, variable: Any) -> NDArray[np.int64]:
        """Columns of an indexed Pyomo variable, in its order; -1 where no row and no cost has it."""
        position = self.position
        return np.array([position.get(id(v), -1) for v in variable.values()], dtype=np.int64)

    def values(self, variable: Any, x: FloatArray) -> FloatArray:
        """The solved values of an indexed Pyomo variable; a fixed one has its own, a free-standing one its bound."""
        where = self.find(variable)
        found = x[where] if len(x) else np.zeros(len(where))
        for index in np.flatnonzero(where < 0).tolist():
            found[index] = _standing(list(variable.values())[index])
        return found

    def with_bounds(self, lower: FloatArray, upper: FloatArray) -> Matrix:
        """The same matrix with other column bounds."""
        return replace(self, lower=lower, upper=upper)


def _standing(variable: Any) -> float:
    """Value of a variable that the matrix does not have: fixed, or with nothing that pulls at it."""
    if variable.fixed:
        return float(variable.value)
    return float(variable.lb if variable.lb is not None else min(variable.ub or 0.0, 0.0))


def compile_model(model: Model) -> Matrix:
    """The matrix of a model; nothing is reordered, scaled or dropped."""
    with PauseGC():
        form = standard_form.LinearStandardFormCompiler().write(model.pyomo, mixed_form=True)
        lower, upper = _bounds(form.columns)
        sense = np.array([row.bound_type for row in form.rows], dtype=np.int8)
        rhs = np.asarray(form.rhs, dtype=float)
        return Matrix(
            cost=np.asarray(form.c.todense(), dtype=float).reshape(-1),
            offset=float(form.c_offset[0]),
            lower=lower,
            upper=upper,
            integer=_integer(form.columns, model),
            A=sp.csc_matrix(form.A),
            row_lower=np.where(sense > 0, -np.inf, rhs),
            row_upper=np.where(sense < 0, np.inf, rhs),
            columns=form.columns,
            rows=[row.constraint for row in form.rows],
        )


def _bounds(columns: Sequence[Any]) -> tuple[FloatArray, FloatArray]:
    pairs = [variable.bounds for variable in columns]
    lower = np.array([-np.inf if low is None else low for low, _ in pairs], dtype=float)
    upper = np.array([np.inf if high is None else high for _, high in pairs], dtype=float)
    return lower, upper


def _integer(columns: Sequence[Any], model: Model) -> BoolArray:
    """Which columns are integer. A component is so as a whole, which spares a question for each of its variables."""
    components = model.pyomo.component_objects(pyo.Var)
    discrete = {id(v) for c in components if not next(iter(c.values())).is_continuous() for v in c.values()}
    if not discrete:
        return np.zeros(len(columns), dtype=bool)
    return np.array([id(variable) in discrete for variable in columns])
