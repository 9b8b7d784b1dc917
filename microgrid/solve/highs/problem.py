"""A session of HiGHS on one matrix, in which the problem may be changed a little and solved again."""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np
from numpy.typing import NDArray

from microgrid.contract.plan import RELATIVE, proven
from microgrid.contract.status import Status
from microgrid.errors import SolverError
from microgrid.horizon import FloatArray
from microgrid.model.basis import Basis
from microgrid.model.certificate import dual_objective, proves_infeasible
from microgrid.model.chain import Point
from microgrid.model.matrix import Matrix
from microgrid.model.split_columns import Split, SplitBasis
from microgrid.model.verbs import fixed, without_decisions
from microgrid.solve.answer import Answer
from microgrid.solve.highs.basis import read_basis, to_highs_basis
from microgrid.solve.highs.free_memory import return_free_memory
from microgrid.solve.highs.quiet import QuietHighs
from microgrid.solve.highs.to_highs import cost_scale, to_highs
from microgrid.solve.highs.ways import FROM_BASIS, PRIMAL_FROM_BASIS, RESUMED, SHARP, WAYS, Options
from microgrid.solve.limits import Limits

_STATUS = {
    highspy.HighsModelStatus.kOptimal: Status.OPTIMAL,
    highspy.HighsModelStatus.kModelEmpty: Status.OPTIMAL,
    highspy.HighsModelStatus.kInfeasible: Status.INFEASIBLE,
    highspy.HighsModelStatus.kUnbounded: Status.UNBOUNDED,
    highspy.HighsModelStatus.kTimeLimit: Status.TIME_LIMIT,
    highspy.HighsModelStatus.kInterrupt: Status.TIME_LIMIT,
}

# A solve from a similar problem is given up after max(_PATIENCE, rows / _PATIENT_ROWS) iterations.
_PATIENCE = 5000
_PATIENT_ROWS = 30
_WRONG_MAX = 0.02  # share of the columns with a price of the wrong sign above which a basis is far from an optimum
_LARGE = 100_000  # columns above which memory and time of a further run matter
_NO_PRICE = 1e-9  # a dual below this share of the greatest cost is rounding
_NO_GAP = 1e-9  # absolute gap that is rounding, as coefficients are scaled to about 1


class Session:
    """One problem in HiGHS, which may be changed a little and solved again from its last basis."""

    def __init__(self, matrix: Matrix, limits: Limits, start: SplitBasis | None = None) -> None:
        """Pass the problem to HiGHS; start: the problem with split columns, and a basis from which it begins."""
        self.matrix = matrix
        self.scale = cost_scale(matrix.cost)
        self.ways = WAYS
        self.own_costs = True  # so that prices of a solution can prove it
        self.split: Split | None = None if start is None else start.split
        if len(matrix.cost) > _LARGE:
            return_free_memory()
        self.highs = QuietHighs()
        self.highs.heed_stop()
        self.highs.setOptionValue("mip_rel_gap", limits.gap)
        self.highs.setOptionValue("mip_abs_gap", _NO_GAP)
        if limits.seconds is not None:
            self.highs.setOptionValue("time_limit", max(limits.seconds, 0.0))
        problem = matrix if self.split is None else self.split.matrix
        self.limits = problem.lower, problem.upper
        status = self.highs.passModel(to_highs(problem, self.scale))
        if status == highspy.HighsStatus.kError:
            raise SolverError("HiGHS refuses the model; this is a defect of microgrid, please report it")
        if start is not None:
            self.highs.setBasis(to_highs_basis(start.basis))
            first = {"windows": PRIMAL_FROM_BASIS} if start.feasible else {"windows, dual simplex": FROM_BASIS}
            self.ways = {**first, **WAYS}

    def resume(self, basis: Basis, feasible: bool, patient: bool = False, wary: bool = False) -> Answer | None:
        """Solve from the basis of a similar problem; None if that takes more iterations than it is likely to save.

        feasible: whether the basis is feasible, so that the primal method is used; patient: whether to go on without a
        limit on iterations; wary: whether the objective may be another one, so that a basis is given up at once if it
        is not feasible and has many prices of the wrong sign.
        """
        most = max(_PATIENCE, len(self.matrix.row_lower) // _PATIENT_ROWS)
        # A primal iteration takes at least twice as long as a dual one.
        way, most = (PRIMAL_FROM_BASIS, most // 2) if feasible else (RESUMED, most)
        self.highs.setBasis(to_highs_basis(basis))
        if not wary or feasible or self._priced_well(way):
            for name, value in {**way, "simplex_iteration_limit": highspy.kHighsIInf if patient else most}.items():
                self.highs.setOptionValue(name, value)
            self.highs.run()
            if self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal:
                return self._answer(Status.OPTIMAL, ("from a similar problem",))
        self.highs.clearSolver()
        return None

    def _priced_well(self, way: Options) -> bool:
        """Whether few columns have a price of the wrong sign in the basis, before any iteration."""
        for name, value in {**way, "simplex_iteration_limit": 0}.items():
            self.highs.setOptionValue(name, value)
        self.highs.run()
        return bool(self.highs.getInfo().num_dual_infeasibilities <= _WRONG_MAX * len(self.matrix.cost))

    def suggest(self, x: FloatArray) -> None:
        """Give HiGHS a schedule from which its search for on/off decisions begins."""
        solution = highspy.HighsSolution()
        solution.col_value = x.tolist()
        self.highs.setSolution(solution)

    def solve(self) -> Answer:
        """Solve from the current basis; where HiGHS stops without an answer, solve from scratch by the next method.

        All methods that were tried are named in the answer's ``ways``. The status "infeasible" is accepted if a ray of
        prices proves it; without a proof, and if no other method finds an x, the status is "unknown".

        Raises:
            SolverError: HiGHS stopped without an answer by every method.
        """
        ways = []
        claimed = False
        tried = self.ways
        self.ways = WAYS
        for way, options in tried.items():
            ways.append(way)
            if len(ways) > 1:
                self._from_scratch()
            for name, value in options.items():
                self.highs.setOptionValue(name, value)
            self.highs.run()
            if self._shows_another():
                self.highs.clearSolver()
                self.highs.run()
            status = _STATUS.get(self.highs.getModelStatus())
            # From a given start only an optimum, which its prices prove, or the end of the time is accepted.
            if status is None or (way not in WAYS and status not in (Status.OPTIMAL, Status.TIME_LIMIT)):
                continue
            if status != Status.INFEASIBLE or self.matrix.integer.any() or self._no_x():
                return self._sharpened(self._answer(status, tuple(ways)))
            claimed = True
            if len(self.matrix.cost) > _LARGE:
                break  # the diagnosis of a shortage is faster than another method
        if claimed:
            none = np.zeros(0)
            return Answer(Status.UNKNOWN, none, np.inf, -np.inf, none, ways=tuple(ways))
        stopped = self.highs.modelStatusToString(self.highs.getModelStatus())
        raise SolverError(f"HiGHS stopped without an answer ({stopped}) after: {', '.join(ways)}")

    def _shows_another(self) -> bool:
        """Whether the values do not have the stated objective: HiGHS 1.16 may return the suggested schedule instead."""
        values = np.array(self.highs.getSolution().col_value)
        info = self.highs.getInfo()
        if not self.matrix.integer.any() or len(values) != len(self.matrix.cost):
            return False
        stated = info.objective_function_value / self.scale
        shown = self.matrix.objective(values)
        return not proven(shown, stated, RELATIVE, self.matrix.turnover(values))

    def _from_scratch(self) -> None:
        """Discard the basis, and the splitting of columns for it."""
        self.highs.clearSolver()
        if self.split is None:
            return
        self.split = None
        self.limits = self.matrix.lower, self.matrix.upper
        self.highs.passModel(to_highs(self.matrix, self.scale))

    def _no_x(self) -> bool:
        """Whether a dual ray of HiGHS proves, checked on the matrix itself, that no x keeps all rules."""
        if len(self.matrix.cost) > _LARGE:
            return False  # HiGHS may have to solve the problem again to find a ray
        _, found, ray = self.highs.getDualRay()
        return bool(found) and (proves_infeasible(self.matrix, ray) or proves_infeasible(self.matrix, -ray))

    def _sharpened(self, answer: Answer) -> Answer:
        """The answer, or a better one with sharper tolerances if its prices do not prove it optimal (linear problems).

        The costs that matter at the optimum may be far smaller than the median cost; then they are scaled to about 1.
        """
        if not self.own_costs or not answer.certified or answer.within(RELATIVE):
            return answer
        self._scale_to(answer.x)
        before = {name: self.highs.getOptionValue(name)[1] for name in SHARP}
        for name, value in {**FROM_BASIS, **SHARP}.items():
            self.highs.setOptionValue(name, value)
        self.highs.run()
        again = answer
        if self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            again = self._answer(Status.OPTIMAL, (*answer.ways, "with sharper tolerances"))
        for name, value in before.items():
            self.highs.setOptionValue(name, value)
        return again if again.gap < answer.gap else answer

    def _scale_to(self, x: FloatArray) -> None:
        """Scale the objective up if the mean cost per unit at x is much smaller than the median of all costs."""
        paid = float(np.abs(self.matrix.cost) @ np.abs(x))
        units = float(np.abs(x[self.matrix.cost != 0]).sum())
        scale = cost_scale(np.array([paid / units])) if paid else 0.0
        if scale > self.scale:
            costs = np.asarray(self.highs.getLp().col_cost_) * (scale / self.scale)
            self.highs.changeColsCost(len(costs), np.arange(len(costs), dtype=np.int32), costs)
            self.scale = scale

    def fix(self, columns: NDArray[np.int64], values: FloatArray) -> None:
        """Fix columns at values, each (k,)."""
        self.highs.changeColsBounds(len(columns), np.asarray(columns, dtype=np.int32), values, values)
        if self.split is not None:
            falling = (len(self.matrix.cost) + np.flatnonzero(np.isin(self.split.which, columns))).astype(np.int32)
            self.highs.changeColsBounds(len(falling), falling, np.zeros(len(falling)), np.zeros(len(falling)))

    def hold_optimum(self) -> None:
        """Restrict the problem to its optima.

        Columns with a reduced cost are fixed at their values, and rows with a dual at their activities. All others stay
        free within their limits, as they cannot change the objective.
        """
        solution = self.highs.getSolution()
        cost = self.matrix.cost
        value, activity = np.array(solution.col_value), np.array(solution.row_value)
        held = _priced(np.array(solution.col_dual) / self.scale, cost)
        self.highs.changeColsBounds(len(held), held, value[held], value[held])
        bound = _priced(np.array(solution.row_dual) / self.scale, cost)
        self.highs.changeRowsBounds(len(bound), bound, activity[bound], activity[bound])

    def prefer_little(self, columns: NDArray[np.int64]) -> None:
        """Replace the objective by the sum of the columns, which is to be minimized."""
        cost = np.zeros(self.highs.getNumCol())
        cost[columns] = 1.0
        self.highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        self.own_costs = False
        self.ways = {"least of the best": PRIMAL_FROM_BASIS, **WAYS}

    def polish(self, answer: Answer) -> Answer:
        """Solve again with the integer columns fixed at exact whole numbers.

        The mixed problem reaches whole numbers within its tolerances only.
        The bound stays that of the mixed problem, or is the new objective if that is less.
        """
        columns = np.flatnonzero(self.matrix.integer)
        values = np.round(answer.x[columns])
        self.highs.clearSolver()
        self.fix(columns, values)
        self.matrix = fixed(without_decisions(self.matrix), columns, values)
        self.limits = self.matrix.lower, self.matrix.upper
        kinds = np.full(len(columns), int(highspy.HighsVarType.kContinuous), dtype=np.uint8)
        self.highs.changeColsIntegrality(len(columns), columns.astype(np.int32), kinds)
        self.highs.setOptionValue("time_limit", np.inf)
        exact = self.solve()
        if not exact.found:
            return answer
        bound = min(answer.bound, exact.objective)
        return replace(exact, status=answer.status, bound=bound, row_dual=np.zeros(0), note=answer.note)

    def _answer(self, status: Status, ways: tuple[str, ...]) -> Answer:
        info = self.highs.getInfo()
        feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        none = np.zeros(0)
        if status in (Status.INFEASIBLE, Status.UNBOUNDED) or not feasible:
            return Answer(status, none, np.inf, -np.inf, none, ways=ways)
        solution = self.highs.getSolution()
        integer = bool(self.matrix.integer.any())
        dual = np.array(solution.row_dual) / self.scale
        values = np.array(solution.col_value)
        basis = None if integer else self._basis(values, np.array(solution.row_value))
        point = Point(values, dual, basis)
        if self.split is not None:
            point = self.split.back(point)
        x = point.x
        bound = info.mip_dual_bound / self.scale if integer else dual_objective(self.matrix, dual)
        return Answer(
            status,
            x,
            self.matrix.objective(x),
            float(bound),
            none if integer else dual,
            int(info.simplex_iteration_count),
            ways,
            basis=point.basis,
            turnover=self.matrix.turnover(x),
        )

    def _basis(self, values: FloatArray, activity: FloatArray) -> Basis | None:
        limits = self.matrix.row_lower, self.matrix.row_upper
        return read_basis(self.highs, (values, *self.limits), (activity, *limits))


def _priced(dual: FloatArray, cost: FloatArray) -> NDArray[np.int32]:
    return np.flatnonzero(np.abs(dual) > _NO_PRICE * np.abs(cost).max(initial=0.0)).astype(np.int32)
