"""HiGHS on one matrix: the only file that calls it."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from microgrid.errors import SolverError
from microgrid.horizon import FloatArray
from microgrid.solve.matrix import Matrix


@dataclass(frozen=True)
class Limits:
    """Where the solver may stop: relative gap of a mixed-integer problem, and seconds."""

    gap: float = 1e-4
    seconds: float | None = None


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

    @property
    def found(self) -> bool:
        """Whether there is a solution."""
        return len(self.x) > 0

    @property
    def gap(self) -> float:
        """How far the objective may be from the best possible, relative."""
        return abs(self.objective - self.bound) / max(abs(self.objective), 1e-9) if self.found else np.inf


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
        """Run from the current basis."""
        self.highs.run()
        status = self.highs.getModelStatus()
        if status == highspy.HighsModelStatus.kUnboundedOrInfeasible:
            self.highs.setOptionValue("presolve", "off")
            self.highs.run()
            status = self.highs.getModelStatus()
        return self._answer(status)

    def close(self, columns: FloatArray) -> None:
        """Fix columns at zero."""
        index = np.asarray(columns, dtype=np.int32)
        zeros = np.zeros(len(index))
        self.highs.changeColsBounds(len(index), index, zeros, zeros)

    def _answer(self, status: highspy.HighsModelStatus) -> Answer:
        names = {
            highspy.HighsModelStatus.kOptimal: "optimal",
            highspy.HighsModelStatus.kInfeasible: "infeasible",
            highspy.HighsModelStatus.kUnbounded: "unbounded",
            highspy.HighsModelStatus.kTimeLimit: "time_limit",
        }
        if status not in names:
            raise SolverError(f"HiGHS stopped without an answer: {self.highs.modelStatusToString(status)}")
        info = self.highs.getInfo()
        feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        none = np.zeros(0)
        if names[status] in ("infeasible", "unbounded") or not feasible:
            return Answer(names[status], none, np.inf, -np.inf, none)
        solution = self.highs.getSolution()
        x, dual = np.array(solution.col_value), np.array(solution.row_dual)
        integer = bool(self.matrix.integer.any())
        bound = info.mip_dual_bound if integer else dual_objective(self.matrix, dual)
        return Answer(
            names[status],
            x,
            float(info.objective_function_value),
            float(bound),
            none if integer else dual,
            int(info.simplex_iteration_count),
        )


def dual_objective(matrix: Matrix, row_dual: FloatArray) -> float:
    """b . y + sum over columns of the bound that its reduced cost z = c - A'y points at, times z.

    Computed here from the duals alone, so that it certifies the optimum independently of the solver's own word. A
    reduced cost within the solver's tolerance on a column without that bound counts as zero.
    """
    reduced = matrix.cost - matrix.A.T @ row_dual
    rows = _priced(row_dual, matrix.row_lower, matrix.row_upper)
    columns = _priced(reduced, matrix.lower, matrix.upper)
    return float(rows + columns + matrix.offset)


def _priced(dual: FloatArray, lower: FloatArray, upper: FloatArray) -> float:
    bound = np.where(dual > 0, lower, upper)
    free = ~np.isfinite(bound)
    if np.any(np.abs(dual[free]) > 1e-6):
        return -np.inf
    return float(np.dot(np.where(free, 0.0, dual), np.where(free, 0.0, bound)))


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
