"""Contributions of an asset to the model, as data: flows, account entries, exclusive pairs. Every fact once.

The balance, the objective, the report and the audit all read these lists; none of them has a formula of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from microgrid.contract.plan import to_digits
from microgrid.contract.ports import AssetPort
from microgrid.horizon import FloatArray, Horizon, IntArray

Over = Literal["step", "month"]
NodeCarrier = tuple[str, str]

COST = "cost"
EMISSIONS = "emissions_kgco2"
INCONVENIENCE = "inconvenience"
STORE_DRAWDOWN = "store_drawdown"


@dataclass(frozen=True)
class Term:
    """coefficient x variable, for every index of the variable; without a variable, the coefficient itself.

    variable: a Pyomo variable indexed by step or month, or None for a constant, or one of a single element that holds
    for every index (a size); coefficient: a number or an array over the index; over: whether the index is of steps or
    of months.
    """

    variable: Any
    coefficient: FloatArray | float = 1.0
    over: Over = "step"

    def spread(self, size: int) -> FloatArray:
        """Coefficient at each index, (size,)."""
        return np.broadcast_to(np.asarray(self.coefficient, dtype=float), (size,))

    @property
    def by_element(self) -> FloatArray:
        """Coefficient of each element of the variable; that of a single element is the sum over the index."""
        found = self.spread(max(len(self.variable), np.size(self.coefficient)))
        return found if len(found) == len(self.variable) else found.sum(keepdims=True)


@dataclass(frozen=True)
class Entry:
    """A line of an account: account ("cost"), item ("monthly peak") and the terms that add up to it.

    bound: whether the terms are a lower bound of the line, whose true amount the asset's replay computes.
    tighten: given the solved values of a variable, adds a rule to the model that brings the terms nearer to the line;
    returns whether it did. pooled: whether the line may stand in for others of its account and asset, so that the model
    knows their sum alone.
    """

    account: str
    item: str
    terms: tuple[Term, ...]
    bound: bool = False
    tighten: Callable[[Callable[[Any], FloatArray]], bool] | None = None
    pooled: bool = False


@dataclass(frozen=True)
class Exclusive:
    """Two variables over the steps, of which at most one differs from zero in each step, with their upper limits."""

    first: Any
    second: Any
    first_max: FloatArray | float
    second_max: FloatArray | float


@dataclass(frozen=True)
class Claim:
    """A variable over the steps that is at most the supply of another asset to a node and carrier [kW]."""

    asset: str
    variable: Any
    at: NodeCarrier


@dataclass(frozen=True)
class State:
    """A state that an asset carries from one step to the next, such as the content of a store.

    variable: over the points, one of the asset's decisions, as what the rule-based baseline makes of it is known only
    then; end_value: worth of one unit of it where a window or the horizon ends, None where the asset does not state
    it.
    """

    variable: Any
    end_value: float | None = None


@dataclass(frozen=True)
class Contribution:
    """Contribution of one asset to the model.

    flows: port -> terms over the steps [kW], positive where they supply the node; states: states that the asset carries
    from step to step, each with its own worth at an end.
    """

    flows: Mapping[AssetPort, Sequence[Term]] = field(default_factory=dict)
    entries: Sequence[Entry] = ()
    exclusive: Sequence[Exclusive] = ()
    claims: Sequence[Claim] = ()
    states: Sequence[State] = ()

    def at(self, where: NodeCarrier) -> list[Term]:
        """Terms that enter the balance of a node and carrier."""
        return [term for port, terms in self.flows.items() if port.at == where for term in terms]


@dataclass(frozen=True, eq=False)
class Cap:
    """A limit of the weighted sum of accounts in every group of steps.

    sum over accounts of weight x amount in group g <= most[g]; group: of each step, (N,); labels: of the groups.
    """

    name: str
    weights: Mapping[str, float]
    most: FloatArray
    group: IntArray
    labels: Sequence[str]


@dataclass(frozen=True)
class Amount:
    """A line of an account as numbers: one amount per step or per month, in the account's unit.

    quantity: quantity that the line is charged on in each month, (months,), in ``unit`` ("kWh", "kW", "h"; "money"
    where the line is a share of other lines); None where there is none. scale: a usual amount of the line, by which its
    rounding is measured where the whole account is zero.
    """

    account: str
    item: str
    values: FloatArray
    over: Over = "step"
    quantity: FloatArray | None = None
    unit: str = ""
    scale: float = 0.0


# Readers look for money and carbon first; other accounts follow in the order in which they appear.
_FIRST_ACCOUNTS = (COST, EMISSIONS)
LEDGER_LINE = ["month", "account", "asset", "item"]
LEDGER_COLUMNS = [*LEDGER_LINE, "amount", "quantity", "unit"]

Quantities = Mapping[tuple[str, str, str, str], tuple[float, str]]
"""Quantities of ledger lines: (month, account, asset, item) -> (quantity, its unit)."""


def tabulate(
    amounts: Sequence[tuple[str, Amount]], horizon: Horizon, counted: Quantities | None = None
) -> pd.DataFrame:
    """Ledger of (asset, amount) pairs: one row per month, account, asset and item, account by account.

    counted: quantities of the lines, by default those of the amounts.
    """
    rows: list[tuple[str, str, str, str, float]] = []
    for asset, amount in sorted(amounts, key=lambda pair: _rank(pair[1].account)):
        monthly = amount.values
        if amount.over == "step":
            months = len(horizon.months)
            monthly = np.bincount(horizon.month_of_step, weights=amount.values, minlength=months).astype(float)
        rows += [
            (month, amount.account, asset, amount.item, float(value))
            for month, value in zip(horizon.months, monthly, strict=True)
        ]
    ledger = pd.DataFrame(rows, columns=[*LEDGER_LINE, "amount"])
    return with_quantities(ledger, quantities_of(amounts, horizon) if counted is None else counted)


def quantities_of(amounts: Iterable[tuple[str, Amount]], horizon: Horizon) -> Quantities:
    """Quantities of the lines of (asset, amount) pairs, without lines that have none."""
    return {
        (month, amount.account, asset, amount.item): (float(value), amount.unit)
        for asset, amount in amounts
        if amount.quantity is not None
        for month, value in zip(horizon.months, amount.quantity, strict=True)
    }


def with_quantities(ledger: pd.DataFrame, counted: Quantities) -> pd.DataFrame:
    """Ledger with the quantities of its lines; NaN and "" where there is none, and in all but a line's first row.

    A tax on lines by step and on lines by month has two rows, and one quantity.
    """
    first = ~ledger.duplicated(LEDGER_LINE).to_numpy(dtype=bool)
    keys = zip(*(ledger[name].astype(str) for name in LEDGER_LINE), strict=True)
    nothing = (np.nan, "")
    found = [counted.get(key, nothing) if own else nothing for key, own in zip(keys, first, strict=True)]
    quantities = pd.DataFrame(found, columns=["quantity", "unit"], index=ledger.index).astype({"quantity": float})
    quantities["quantity"] = quantities.groupby("unit")["quantity"].transform(to_digits)
    return ledger.drop(columns=["quantity", "unit"], errors="ignore").assign(**quantities)[LEDGER_COLUMNS]


def _rank(account: str) -> int:
    return _FIRST_ACCOUNTS.index(account) if account in _FIRST_ACCOUNTS else len(_FIRST_ACCOUNTS)
