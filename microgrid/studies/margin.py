"""What one tonne of emissions less would cost, at the plan that was found."""

from __future__ import annotations

import math

import numpy as np

from microgrid.case.reading import Case
from microgrid.errors import MicrogridError
from microgrid.ledger import COST, EMISSIONS, Cap
from microgrid.model.assembly import build_model
from microgrid.solve.limits import Limits
from microgrid.solve.solved import Solved
from microgrid.solve.solving import solve_model

_CAP = "a trifle less emitted"
_LESS = 1e-5  # share of the emissions that the plan is to save
_LEAST = 1e-3  # kg: below that there is nothing to save


def abatement_price(case: Case, solved: Solved, limits: Limits) -> float | None:
    """(Carbon price + shadow price of a cap a trifle below the plan's emissions) / weight of a EUR [EUR/kg].

    That is the slope of the Pareto front from here on. None where nothing is emitted, no plan emits less, on/off
    decisions or an unproven plan make it unclear, or no time is left.
    """
    emitted = math.fsum(float(a.values.sum()) for _, a in solved.amounts if a.account == EMISSIONS)
    weights, left = case.first_weights, limits.seconds is None or limits.seconds > 0
    if emitted < _LEAST or not solved.answer.certified or not weights[COST] or not left:
        return None
    less = _LESS * emitted
    group = np.zeros(case.horizon.steps, dtype=np.int64)
    cap = Cap(_CAP, {EMISSIONS: 1.0}, np.array([emitted - less]), group, ["the horizon"])
    try:
        model = build_model(case.assets, case.horizon, weights, (*case.caps, cap))
        found = solve_model(model, limits, known=solved.known, prices_only=True)
    except MicrogridError:
        return None
    if not found.answer.certified:
        return None
    return (weights[EMISSIONS] + float(found.cap_price[_CAP][0])) / weights[COST]
