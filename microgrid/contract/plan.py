"""One way to run a site over a horizon: what each asset does, what flows, what it costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from microgrid.contract.ports import Port, PortKey
from microgrid.horizon import FloatArray

AMOUNT_DIGITS = 12
_MOST_DECIMALS = 300  # what a double can be multiplied by


@dataclass(frozen=True)
class Plan:
    """A dispatch, planned or rule-based.

    schedule: one row a step, index ``time`` (step start, tz-aware, site's local time); columns
        ``<asset>.<quantity_unit>`` such as ``li-ion.charge_kw`` or ``hvac.indoor_temperature_degc``.
        Powers are means over the step, states are at the step's end.
    flows: same index; columns a MultiIndex (node, carrier, asset): power that the asset supplies to the
        node [kW], negative where it draws. Each (node, carrier) group sums to zero in every step.
    ports: (node, carrier, asset) -> what the asset is there, for every column of the flows.
    ledger: columns month ("2018-01"), account ("cost_eur", "emissions_kgco2"), asset, item, amount, and what the line
        counts: quantity and unit, NaN and "" where it counts nothing.
    """

    schedule: pd.DataFrame
    flows: pd.DataFrame
    ledger: pd.DataFrame
    ports: Mapping[PortKey, Port] = field(default_factory=dict)

    @property
    def flow_of_port(self) -> dict[PortKey, FloatArray]:
        """(node, carrier, asset) -> power supplied [kW], (N,)."""
        found: dict[PortKey, FloatArray] = {}
        for column, flow in zip(self.flows.columns, self.flows.to_numpy(dtype=float).T, strict=True):
            node, carrier, asset = tuple(column)
            found[str(node), str(carrier), str(asset)] = flow
        return found

    def accounts(self) -> dict[str, float]:
        """The total of each account: the exact sum of its ledger lines."""
        groups = self.ledger.groupby("account", sort=False)["amount"]
        return {str(name): float(to_digits(math.fsum(amounts), amounts)) for name, amounts in groups}

    def weighted(self, weights: Mapping[str, float]) -> float:
        """The accounts added up by their weights in the objective [EUR]."""
        return sum(weights.get(account, 0.0) * total for account, total in self.accounts().items())

    def turnover(self, weights: Mapping[str, float]) -> float:
        """Every line of the ledger without its sign, added up by the weights of the objective [EUR].

        It is the scale of the objective's rounding: costs and revenues may cancel, their rounding does not.
        """
        gross = self.ledger["amount"].abs().groupby(self.ledger["account"], sort=False).sum()
        return float(sum(abs(weights.get(str(account), 0.0)) * total for account, total in gross.items()))


def to_digits(values: ArrayLike, scale: ArrayLike | None = None, digits: int = AMOUNT_DIGITS) -> FloatArray:
    """Values rounded to the decimal place that is the last of so many digits of the greatest of ``scale``.

    scale: numbers in the same unit, by default the values themselves. What is left of a sum that should be zero
    vanishes, whatever the unit is.
    """
    numbers = np.asarray(values, dtype=float)
    among = np.abs(numbers if scale is None else np.asarray(scale, dtype=float))
    most = float(among[np.isfinite(among)].max(initial=0.0)) if among.ndim else float(among)
    if not most or not math.isfinite(most):
        return numbers + 0.0
    return np.asarray(numbers.round(min(digits - 1 - math.floor(math.log10(most)), _MOST_DECIMALS)) + 0.0)


RELATIVE = 1e-6  # of a figure: so near counts as equal
ROUNDING = 1e-9  # of a turnover: what is left of costs and revenues that cancel


def relative_gap(objective: float, bound: float, turnover: float = 0.0) -> float:
    """|objective - bound| / |objective|: how far an objective may be from the best possible one, relative to itself.

    turnover: the sum of all that was added up to the objective, each part without its sign; an objective that is
    nothing beside it is measured by a billionth of it.
    """
    distance, scale = abs(objective - bound), max(abs(objective), ROUNDING * turnover)
    if not distance:
        return 0.0
    return distance / scale if scale else math.inf


def proven(objective: float, bound: float, gap: float, turnover: float) -> bool:
    """Whether the objective lies within a relative gap of its bound, but for the rounding of what it is the sum of."""
    return abs(objective - bound) <= gap * abs(objective) + ROUNDING * turnover
