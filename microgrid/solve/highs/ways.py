"""Options of HiGHS for the methods by which a problem is solved."""

from __future__ import annotations

import highspy

Options = dict[str, object]

# Methods, tried in turn: the status "unbounded or infeasible" and a numerical failure lead to the next one.
DEFAULT: Options = {
    "presolve": "choose",
    "solver": "choose",
    "simplex_strategy": 1,
    "simplex_dual_edge_weight_strategy": -1,
    "dual_simplex_cost_perturbation_multiplier": 1.0,
    "simplex_iteration_limit": highspy.kHighsIInf,
}
WAYS: dict[str, Options] = {
    "default": DEFAULT,
    "without presolve": {**DEFAULT, "presolve": "off"},
    "interior point": {**DEFAULT, "presolve": "on", "solver": "ipm"},
}
# Steepest-edge weights have to be computed for a given basis, which costs more than they save; devex needs none.
FROM_BASIS: Options = {
    **DEFAULT,
    "presolve": "off",
    "solver": "simplex",
    "simplex_dual_edge_weight_strategy": 1,
}
PRIMAL_FROM_BASIS: Options = {**FROM_BASIS, "simplex_strategy": 4}
# A solve from the basis of a similar problem is short, so costs need not be perturbed against stalling. HiGHS then has
# no perturbation to remove at the end, for which it would set up the primal method too. A long solve could stall.
RESUMED: Options = {**FROM_BASIS, "dual_simplex_cost_perturbation_multiplier": 0.0}
SHARP: Options = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}
