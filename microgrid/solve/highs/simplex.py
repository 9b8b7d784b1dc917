"""Solution of one linear problem by the simplex method of HiGHS, from a basis to a basis."""

from __future__ import annotations

from dataclasses import dataclass, replace

import highspy
import numpy as np

from microgrid.horizon import FloatArray
from microgrid.model.basis import Basis
from microgrid.model.chain import Point
from microgrid.model.elastic import elastic
from microgrid.model.matrix import Matrix
from microgrid.model.verbs import without_decisions
from microgrid.solve.highs.basis import read_basis, to_highs_basis
from microgrid.solve.highs.quiet import QuietHighs
from microgrid.solve.highs.to_highs import cost_scale, to_highs
from microgrid.solve.limits import Limits

_GIVING_WAY = 100.0  # price of violating a row, as a multiple of the greatest cost
_PATIENCE = 3  # iterations per row after which a start is given up as worse than none


@dataclass(frozen=True)
class Run:
    """Values (n,), row duals (m,) and basis with which HiGHS stopped; the basis is None if HiGHS has none.

    optimal: whether an optimum was found; feasible: whether x keeps all rules.
    """

    optimal: bool
    feasible: bool
    x: FloatArray
    row_dual: FloatArray
    basis: Basis | None
    iterations: int

    @property
    def point(self) -> Point:
        """Values, row duals and basis as a point."""
        return Point(self.x, self.row_dual, self.basis)


def run_linear(matrix: Matrix, limits: Limits, basis: Basis | None = None, primal: bool = False) -> Run:
    """Solve a linear problem by the simplex method.

    HiGHS releases Python's global lock while it runs, so that several threads solve at a time.

    Args:
        matrix: the problem; integer columns are not allowed.
        limits: the time limit counts.
        basis: from which to begin, if there is one.
        primal: whether to use the primal method, for a basis that is feasible.
    """
    highs = QuietHighs()
    highs.setOptionValue("solver", "simplex")
    if limits.seconds is not None:
        highs.setOptionValue("time_limit", limits.seconds)
    scale = cost_scale(matrix.cost)
    highs.passModel(to_highs(matrix, scale))
    if basis is not None:
        highs.setOptionValue("presolve", "off")
        highs.setOptionValue("simplex_strategy", 4 if primal else 1)
        highs.setOptionValue("simplex_iteration_limit", _PATIENCE * len(matrix.row_lower))
        highs.setBasis(to_highs_basis(basis))
    highs.run()
    solution = highs.getSolution()
    x, activity = np.array(solution.col_value), np.array(solution.row_value)
    found = None
    if len(x):
        columns, rows = (x, matrix.lower, matrix.upper), (activity, matrix.row_lower, matrix.row_upper)
        found = read_basis(highs, columns, rows)
    return Run(
        optimal=highs.getModelStatus() == highspy.HighsModelStatus.kOptimal,
        feasible=highs.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible,
        x=x,
        row_dual=np.array(solution.row_dual) / scale,
        basis=found,
        iterations=int(highs.getInfo().simplex_iteration_count),
    )


def run_elastic(matrix: Matrix, limits: Limits) -> Run:
    """Solve with every row violable at a price, for a problem that its longer steps have made infeasible.

    The basis is one of the original problem, in which each violated row is basic.
    """
    price = _GIVING_WAY * (float(np.abs(matrix.cost).max(initial=0.0)) or 1.0)
    loose = elastic(without_decisions(matrix), np.arange(len(matrix.row_lower)), price)
    run = run_linear(loose.matrix, limits)
    if run.basis is None:
        return run
    found = loose.back(run.point)
    return replace(run, x=found.x, basis=found.basis)
