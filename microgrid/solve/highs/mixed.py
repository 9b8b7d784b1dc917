"""Solution of one small problem with on/off decisions by the branch and bound of HiGHS, in a thread of its own."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from microgrid.horizon import FloatArray
from microgrid.model.matrix import Matrix
from microgrid.solve.highs.quiet import QuietHighs
from microgrid.solve.highs.to_highs import cost_scale, to_highs
from microgrid.solve.limits import Limits

_NODES = 400  # branches after which the best x so far is taken; a count, unlike a time, gives the same x in every run


@dataclass(frozen=True)
class MixedRun:
    """Result of a problem with on/off decisions.

    x: values of the columns, (n,), empty if none were found; bound: no x has a lower objective, minus infinity if
    nothing is proven; impossible: whether HiGHS has proven that no x exists.
    """

    x: FloatArray
    bound: float
    impossible: bool


def run_mixed(matrix: Matrix, gap: float, limits: Limits, begin: FloatArray | None = None) -> MixedRun:
    """Solve a problem with on/off decisions to an absolute gap, in one thread and at most ``_NODES`` branches.

    gap: in units of the objective; begin: an x from which the search begins, (n,).
    """
    highs = QuietHighs()
    highs.heed_stop()
    scale = cost_scale(matrix.cost)
    options = {"threads": 1, "mip_rel_gap": 0.0, "mip_abs_gap": gap * scale, "mip_max_nodes": _NODES}
    for name, value in options.items():
        highs.setOptionValue(name, value)
    if limits.seconds is not None:
        highs.setOptionValue("time_limit", limits.seconds)
    highs.passModel(to_highs(matrix, scale))
    if begin is not None:
        solution = highspy.HighsSolution()
        solution.col_value = begin.tolist()
        highs.setSolution(solution)
    highs.run()
    info = highs.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    solved = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    bound = info.mip_dual_bound if matrix.integer.any() else info.objective_function_value if solved else -np.inf
    return MixedRun(
        np.array(highs.getSolution().col_value) if found else np.zeros(0),
        float(bound) / scale if np.isfinite(bound) else -np.inf,
        highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible,
    )
