"""Solution of a case: plan, baseline, verdict of the audit, and quality of the answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import metadata
from typing import Any

import pandas as pd

from microgrid.audit.audit import Audit
from microgrid.audit.baseline import Baseline
from microgrid.case.reading import Case
from microgrid.contract.plan import Plan
from microgrid.contract.status import Status
from microgrid.result.outcome import describe, emissions, outcome
from microgrid.result.summary import AuditFacts, Summary


@dataclass(frozen=True)
class Solution:
    """A solved case.

    objective: weighted sum of the accounts; bound: proven least objective; shadow_price: columns (node, carrier),
    change of the objective per kWh drawn [money/kWh]; timing_seconds: by stage; size: of the matrix; solver:
    iterations, and the methods that were tried after the first one had failed; study: name of the study, "" for a
    dispatch; notes: sentences that the report shows; known: start for a similar case, see ``dispatch``; cap_prices: cap
    on emissions -> period -> saving by one kg more of it [money]; abatement_cost_per_kgco2: cost of one kg of emissions
    less, None if it is not known.
    """

    case: Case
    plan: Plan
    baseline: Baseline
    audit: Audit
    status: Status
    objective: float
    bound: float
    gap: float
    shadow_price: pd.DataFrame
    timing_seconds: Mapping[str, float]
    size: Mapping[str, int]
    solver: Mapping[str, Any]
    study: str = ""
    notes: tuple[str, ...] = ()
    known: Any = field(default=None, repr=False)
    cap_prices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    abatement_cost_per_kgco2: float | None = None

    @property
    def sizes(self) -> dict[str, dict[str, float]]:
        """Sizes that have a cost, or were decided: asset -> field -> size [kW, kWh]."""
        found = {name: dict(asset.sizes()) for name, asset in self.case.assets.items()}
        return {name: {field: float(size) for field, size in sizes.items()} for name, sizes in found.items() if sizes}

    @property
    def schedule(self) -> pd.DataFrame:
        """The plan's schedule."""
        return self.plan.schedule

    @property
    def ledger(self) -> pd.DataFrame:
        """The plan's ledger."""
        return self.plan.ledger

    @cached_property
    def summary(self) -> Summary:
        """The content of summary.json."""
        case = self.case
        result = outcome(case, self.plan, self.baseline)
        return Summary(
            **describe(case),
            **result,
            status=self.status,
            objective=self.objective,
            bound=_known(self.bound),
            gap=_known(self.gap),
            sizes=self.sizes,
            emissions=emissions(case, self.plan, result["kpis"], self.abatement_cost_per_kgco2, self.cap_prices),
            notes=list(self.notes),
            audit=AuditFacts.model_validate(self.audit.summary()),
            timing_seconds={stage: round(seconds, 3) for stage, seconds in self.timing_seconds.items()},
            size=dict(self.size),
            solver={"version": f"HiGHS {metadata.version('highspy')}", **self.solver},
        )


def _known(value: float) -> float | None:
    """The value, or None if it is infinite because nothing was proven."""
    return value if math.isfinite(value) else None
