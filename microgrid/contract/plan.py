"""A way to run a site over a horizon: decisions and states of each asset, flows, account lines."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from microgrid.contract.ports import Port, PortKey
from microgrid.horizon import FloatArray
from microgrid.money import MONEY, in_currency
from microgrid.suffixes import bare_name, coded_name

AMOUNT_DIGITS = 12
_MOST_DECIMALS = 300  # rounding multiplies by 10^decimals, which a double holds up to 10^308


@dataclass(frozen=True)
class Plan:
    """A dispatch, planned or rule-based.

    schedule: one row a step, index ``time`` (step start, tz-aware, site's local time); columns
        ``<asset>.<quantity_unit>`` such as ``li-ion.charge_kw`` or ``hvac.indoor_temperature_degc``.
        Powers are means over the step, states are at the step's end.
    flows: index of the schedule; columns a MultiIndex (node, carrier, asset): power that the asset supplies to the
        node [kW], negative where it draws. Each (node, carrier) group sums to zero in every step.
    ports: (node, carrier, asset) -> role of the asset there and series beside its flow, for every column of the flows.
    ledger: columns month ("2018-01"), account ("cost", "emissions_kgco2"), asset, item, amount, quantity that the
        line is charged on and its unit, NaN and "" where there is none.
    """

    schedule: pd.DataFrame
    flows: pd.DataFrame
    ledger: pd.DataFrame
    ports: Mapping[PortKey, Port] = field(default_factory=dict)

    def in_currency(self, currency: str) -> Plan:
        """The plan with its names as they are written, where amounts of money carry the code of their currency."""
        ledger = self.ledger.assign(
            account=[coded_name(str(name), currency) for name in self.ledger["account"]],
            unit=[in_currency(str(unit), currency) for unit in self.ledger["unit"]],
        )
        columns = [coded_name(str(name), currency) for name in self.schedule.columns]
        return replace(self, schedule=self.schedule.set_axis(columns, axis=1), ledger=ledger)

    @property
    def flow_of_port(self) -> dict[PortKey, FloatArray]:
        """Flows by port: (node, carrier, asset) -> power supplied [kW], (N,)."""
        found: dict[PortKey, FloatArray] = {}
        for column, flow in zip(self.flows.columns, self.flows.to_numpy(dtype=float).T, strict=True):
            node, carrier, asset = tuple(column)
            found[str(node), str(carrier), str(asset)] = flow
        return found

    def accounts(self) -> dict[str, float]:
        """Total of each account, the exact sum of its ledger lines."""
        groups = self.ledger.groupby("account", sort=False)["amount"]
        return {str(name): float(to_digits(math.fsum(amounts), amounts)) for name, amounts in groups}

    def weighted(self, weights: Mapping[str, float]) -> float:
        """Sum of the accounts, each times its weight in the objective [money]."""
        return sum(weights.get(account, 0.0) * total for account, total in self.accounts().items())

    def turnover(self, weights: Mapping[str, float]) -> float:
        """Sum of the absolute amounts of all ledger lines, each times its weight in the objective [money].

        It is the scale of the objective's rounding: costs and revenues may cancel, their rounding does not.
        """
        gross = self.ledger["amount"].abs().groupby(self.ledger["account"], sort=False).sum()
        return float(sum(abs(weights.get(str(account), 0.0)) * total for account, total in gross.items()))


def without_currency(table: pd.DataFrame, currency: str) -> pd.DataFrame:
    """A written schedule or ledger with its names as they stand inside the program; see ``Plan.in_currency``.

    Names with the code of another currency stay as they are; an amount of money without a code is no name of either.
    """

    def bare(name: object) -> str:
        found = bare_name(str(name))
        if coded_name(found, currency) == name:
            return found
        return str(name) if found != name else f"{name} without currency"

    if "account" not in table:
        return table.set_axis([bare(name) for name in table.columns], axis=1)
    units = [{currency: MONEY, MONEY: ""}.get(unit, unit) for unit in table["unit"]]
    return table.assign(account=[bare(name) for name in table["account"]], unit=units)


def to_digits(values: ArrayLike, scale: ArrayLike | None = None, digits: int = AMOUNT_DIGITS) -> FloatArray:
    """Values rounded to the last decimal place of the greatest number of ``scale``, written with ``digits`` digits.

    scale: numbers in the unit of the values, by default the values themselves. The rounding error of a sum that should
    be zero vanishes, whatever the unit is.
    """
    numbers = np.asarray(values, dtype=float)
    among = np.abs(numbers if scale is None else np.asarray(scale, dtype=float))
    most = float(among[np.isfinite(among)].max(initial=0.0)) if among.ndim else float(among)
    if not most or not math.isfinite(most):
        return numbers + 0.0
    return np.asarray(numbers.round(min(digits - 1 - math.floor(math.log10(most)), _MOST_DECIMALS)) + 0.0)


RELATIVE = 1e-6  # relative difference up to which two figures count as equal
ROUNDING = 1e-9  # rounding of a sum relative to its turnover, which remains where costs and revenues cancel


def relative_gap(objective: float, bound: float, turnover: float = 0.0) -> float:
    """|objective - bound| / |objective|: greatest relative distance of an objective from the best possible one.

    turnover: sum of the absolute parts of the objective; an objective below a billionth of it is replaced by that in
    the denominator. Infinite where the denominator is zero and the distance is not.
    """
    distance = abs(objective - bound)
    if not distance:
        return 0.0
    scale = max(abs(objective), ROUNDING * turnover)
    return distance / scale if scale else math.inf


def proven(objective: float, bound: float, gap: float, turnover: float) -> bool:
    """Whether |objective - bound| <= gap |objective| + rounding, with 1e-9 of the turnover as rounding."""
    return abs(objective - bound) <= gap * abs(objective) + ROUNDING * turnover
