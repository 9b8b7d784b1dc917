"""What the solver found, and how good it is proven to be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from microgrid.contract.plan import proven, relative_gap
from microgrid.horizon import FloatArray
from microgrid.model.basis import Basis


@dataclass(frozen=True)
class Answer:
    """What the solver found. status: optimal, infeasible, unbounded, time_limit (with the best x so far, if any) or
    unknown (neither an x nor a proof that there is none).

    objective: of x; bound: no x can be better; turnover: what the objective is the sum of, each part without its sign;
    row_dual, shape (rows,): of a linear problem, else empty.
    iterations: of the last run; ways: what was tried in turn; note: how, or why not, windows were used; basis: where a
    linear problem ended.
    """

    status: str
    x: FloatArray
    objective: float
    bound: float
    row_dual: FloatArray
    iterations: int = 0
    ways: tuple[str, ...] = ()
    note: str = ""
    basis: Basis | None = None
    turnover: float = 0.0

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
        return relative_gap(self.objective, self.bound, self.turnover) if self.found else np.inf

    def within(self, gap: float) -> bool:
        """Whether the bound proves that no x is better by more than a relative gap."""
        return self.found and proven(self.objective, self.bound, gap, self.turnover)
