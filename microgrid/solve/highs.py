"""HiGHS on one matrix: the only file that calls it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import highspy
import numpy as np
from numpy.typing import NDArray

from microgrid.errors import SolverError
from microgrid.horizon import FloatArray
from microgrid.plan import relative_gap
from microgrid.solve.limits import Limits
from microgrid.solve.matrix import Matrix


@dataclass(frozen=True)
class Answer:
    """What the solver found. status: optimal, infeasible, unbounded, or time_limit (with the best x so far, if any).

    objective: of x; bound: no x can be better; row_dual, shape (rows,): of a linear problem, else empty.
    """

    status: str
    x: FloatArray
    objective: float
    bound: float
    row_dual: FloatArray
    iterations: int = 0
    ways: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether there is a solution."""
        return len(self.x) > 0

    @property
    def certified(self) -> bool:
        """Whether the bound comes from the duals of a linear problem, and so has to meet the objective."""
        return self.status == "optimal" and len(self.row_dual) > 0

    @property
    def gap(self) -> float:
        """How far the objective may be from the best possible, relative."""
        return relative_gap(self.objective, self.bound) if self.found else np.inf


_STATUS = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kModelEmpty: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
    highspy.HighsModelStatus.kTimeLimit: "time_limit",
}

# What is tried in turn. "Unbounded or infeasible" and a break-off for numerical reasons go on to the next way.
_WAYS: dict[str, dict[str, object]] = {
    "default": {},
    "without presolve": {"presolve": "off"},
    "interior point": {"presolve": "on", "solver": "ipm"},
}


class Session:
    """One problem in HiGHS, which may be changed a little and solved again from where it was."""

    def __init__(self, matrix: Matrix, limits: Limits) -> None:
        self.matrix = matrix
        self.highs = highspy.Highs()
        self.highs.silent()
        self.highs.setOptionValue("mip_rel_gap", limits.gap)
        if limits.seconds is not None:
            self.highs.setOptionValue("time_limit", max(limits.seconds, 0.0))
        status = self.highs.passModel(to_highs(matrix))
        if status == highspy.HighsStatus.kError:
            raise SolverError("HiGHS refuses the model; this is a defect of microgrid, please report it")

    def solve(self) -> Answer:
        """Run from the current basis; where HiGHS breaks off without an answer, once more from scratch another way.

        Each further way is named in the answer's ``ways``, so that nothing is hidden.
        """
        ways = []
        for way, options in _WAYS.items():
            ways.append(way)
            if options:
                self.highs.clearSolver()
            for name, value in options.items():
                self.highs.setOptionValue(name, value)
            self.highs.run()
            status = self.highs.getModelStatus()
            if status in _STATUS:
                return self._answer(_STATUS[status], tuple(ways))
        raise SolverError(
            f"HiGHS stopped without an answer ({self.highs.modelStatusToString(status)}) after: {', '.join(ways)}"
        )

    def fix(self, columns: NDArray[np.int64], values: FloatArray) -> None:
        """Fix columns at values."""
        self.highs.changeColsBounds(len(columns), np.asarray(columns, dtype=np.int32), values, values)

    def polish(self, answer: Answer) -> Answer:
        """The best x with the integer columns fixed at whole numbers: exact where the mixed problem is only within
        its tolerances. The bound stays that of the mixed problem.
        """
        columns = np.flatnonzero(self.matrix.integer)
        self.highs.clearSolver()
        self.fix(columns, np.round(answer.x[columns]))
        kinds = np.full(len(columns), int(highspy.HighsVarType.kContinuous), dtype=np.uint8)
        self.highs.changeColsIntegrality(len(columns), columns.astype(np.int32), kinds)
        self.highs.setOptionValue("time_limit", np.inf)
        exact = self.solve()
        if not exact.found:
            return answer
        none = np.zeros(0)
        return replace(exact, status=answer.status, bound=min(answer.bound, exact.objective), row_dual=none)

    def _answer(self, status: str, ways: tuple[str, ...]) -> Answer:
        info = self.highs.getInfo()
        feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        none = np.zeros(0)
        if status in ("infeasible", "unbounded") or not feasible:
            return Answer(status, none, np.inf, -np.inf, none, ways=ways)
        solution = self.highs.getSolution()
        x, dual = np.array(solution.col_value), np.array(solution.row_dual)
        integer = bool(self.matrix.integer.any())
        bound = info.mip_dual_bound if integer else dual_objective(self.matrix, dual)
        return Answer(
            status,
            x,
            float(info.objective_function_value),
            float(bound),
            none if integer else dual,
            int(info.simplex_iteration_count),
            ways,
        )


def dual_objective(matrix: Matrix, row_dual: FloatArray) -> float:
    """B . y + sum over columns of the bound that its reduced cost z = c - A'y points at, times z.

    Computed here from the duals alone, so that it certifies the optimum independently of the solver's own word. By weak
    duality the value is a bound for any y whose signs fit the rows, so a y that points at an infinite side is set to
    zero before anything is made of it. The bound is minus infinity where z does so, beyond rounding.
    """
    side = np.where(row_dual > 0, matrix.row_lower, matrix.row_upper)
    dual = np.where(np.isfinite(side), row_dual, 0.0)
    reduced = matrix.cost - matrix.A.T @ dual
    bound = np.where(reduced > 0, matrix.lower, matrix.upper)
    free = ~np.isfinite(bound)
    if np.any(np.abs(reduced[free]) > 1e-9 * max(1.0, float(np.abs(matrix.cost).max(initial=0.0)))):
        return -np.inf
    rows = np.dot(dual, np.where(dual == 0.0, 0.0, side))
    return float(rows + np.dot(reduced, np.where(free, 0.0, bound)) + matrix.offset)


def to_highs(matrix: Matrix) -> highspy.HighsLp:
    """The matrix as HiGHS takes it."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(matrix.cost), len(matrix.row_lower)
    lp.col_cost_, lp.offset_ = matrix.cost, matrix.offset
    lp.col_lower_, lp.col_upper_ = matrix.lower, matrix.upper
    lp.row_lower_, lp.row_upper_ = matrix.row_lower, matrix.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.A.indptr, matrix.A.indices
    lp.a_matrix_.value_ = matrix.A.data
    if matrix.integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(flag)] for flag in matrix.integer]
    return lp
