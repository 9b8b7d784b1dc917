"""Answer of the solver, and how good it is proven to be."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from microgrid.contract.plan import proven, relative_gap
from microgrid.contract.status import Status
from microgrid.horizon import FloatArray
from microgrid.model.basis import Basis


@dataclass(frozen=True)
class Answer:
    """Answer of the solver to one problem.

    status: optimal, infeasible, unbounded, time_limit (with the best x so far, if any) or unknown (neither an x nor a
    proof that none exists); x: values of the columns, (n,), empty if none were found; objective: its value at x; bound:
    proven, no x is better; row_dual: prices of the rows of a linear problem, (m,), else empty; iterations: number in
    the last run; ways: names of the methods that were tried, in turn; note: how windows were used, or why they were
    not; basis: the last one of a linear problem, else None; turnover: scale of rounding, see ``Matrix.turnover``;
    slope: rise of the total of each row with its price, NaN where it is not known, (m,), or empty.
    """

    status: Status
    x: FloatArray
    objective: float
    bound: float
    row_dual: FloatArray
    iterations: int = 0
    ways: tuple[str, ...] = ()
    note: str = ""
    basis: Basis | None = None
    turnover: float = 0.0
    slope: FloatArray = field(default_factory=lambda: np.zeros(0))

    @property
    def found(self) -> bool:
        """Whether an x was found."""
        return len(self.x) > 0

    @property
    def certified(self) -> bool:
        """Whether the bound comes from the duals of a linear problem, so that it must equal the objective."""
        return self.status == Status.OPTIMAL and len(self.row_dual) > 0

    @property
    def gap(self) -> float:
        """Relative gap between the objective and its bound; infinite without an x."""
        return relative_gap(self.objective, self.bound, self.turnover) if self.found else np.inf

    def within(self, gap: float) -> bool:
        """Whether the bound proves that no x is better by more than a relative gap."""
        return self.found and proven(self.objective, self.bound, gap, self.turnover)
