"""One way to run a site over a horizon: what each asset does, what flows, what it costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

AMOUNT_DECIMALS = 6


@dataclass(frozen=True)
class Plan:
    """A dispatch, planned or rule-based.

    schedule: one row a step, index ``time`` (step start, tz-aware, site's local time); columns
        ``<asset>.<quantity_unit>`` such as ``li-ion.charge_kw`` or ``hvac.indoor_temperature_degc``.
        Powers are means over the step, states are at the step's end.
    flows: same index; columns a MultiIndex (node, carrier, asset): power that the asset supplies to the
        node [kW], negative where it draws. Each (node, carrier) group sums to zero in every step.
    ledger: columns month ("2018-01"), account ("cost_eur", "emissions_kgco2"), asset, item, amount.
    """

    schedule: pd.DataFrame
    flows: pd.DataFrame
    ledger: pd.DataFrame

    def accounts(self) -> dict[str, float]:
        """The total of each account: the exact sum of its ledger lines."""
        groups = self.ledger.groupby("account", sort=False)["amount"]
        return {str(name): round(math.fsum(amounts), AMOUNT_DECIMALS) for name, amounts in groups}

    def weighted(self, weights: Mapping[str, float]) -> float:
        """The accounts added up by their weights in the objective [EUR]."""
        return sum(weights.get(account, 0.0) * total for account, total in self.accounts().items())


def relative_gap(objective: float, bound: float) -> float:
    """How far an objective may be from the best possible one, relative to itself."""
    return abs(objective - bound) / max(abs(objective), 1e-9)
