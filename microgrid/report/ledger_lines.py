"""Lines of the ledger for a report: sums by month, of the optimized plan beside the baseline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from microgrid.result.summary import LineFacts


@dataclass
class Line:
    """One item of one asset in one account; amounts in the account's unit, negative for a revenue."""

    account: str
    asset: str
    item: str
    optimized: float = 0.0
    baseline: float | None = None
    months: dict[str, float] = field(default_factory=dict)

    @property
    def difference(self) -> float | None:
        """Difference plan - baseline, negative for a saving."""
        return None if self.baseline is None else self.optimized - self.baseline

    @property
    def is_empty(self) -> bool:
        """Whether the line is 0 in both plans in every month."""
        return not (self.optimized or self.baseline or any(self.months.values()))


def lines_of(ledger: pd.DataFrame, baseline: pd.DataFrame | None) -> list[Line]:
    """Lines of either plan, the largest first in each account; accounts are in the order of the ledger."""
    lines: dict[tuple[str, str, str], Line] = {}
    for account, asset, item, month, amount in _sums(ledger):
        line = lines.setdefault((account, asset, item), Line(account, asset, item))
        line.months[month] = line.months.get(month, 0.0) + amount
        line.optimized += amount
    if baseline is not None:
        for line in lines.values():
            line.baseline = 0.0
        for account, asset, item, _, amount in _sums(baseline):
            line = lines.setdefault((account, asset, item), Line(account, asset, item, 0.0, 0.0))
            line.baseline = (line.baseline or 0.0) + amount
    return _in_order(lines.values())


def lines_of_summary(rows: Iterable[LineFacts]) -> list[Line]:
    """Lines of a summary, which has sums over the horizon only."""
    return _in_order(Line(row.account, row.asset, row.item, row.amount) for row in rows)


def accounts_of(lines: Iterable[Line]) -> list[str]:
    """Accounts in order of appearance."""
    return list(dict.fromkeys(line.account for line in lines))


def months_of(lines: Iterable[Line]) -> list[str]:
    """Months with an amount in any line, in order of time."""
    return sorted({month for line in lines for month in line.months if month})


def _sums(ledger: pd.DataFrame) -> list[tuple[str, str, str, str, float]]:
    keys = ["account", "asset", "item", "month"]
    table = ledger.assign(month=ledger["month"].astype(object).where(ledger["month"].notna(), "").astype(str))
    sums = table.groupby(keys, sort=False, observed=True)["amount"].sum()
    return [
        (str(account), str(asset), str(item), str(month), float(amount))
        for (account, asset, item, month), amount in zip(sums.index, sums.to_numpy(), strict=True)
    ]


def _in_order(lines: Iterable[Line]) -> list[Line]:
    lines = list(lines)
    rank = {account: place for place, account in enumerate(accounts_of(lines))}
    return sorted(lines, key=lambda line: (rank[line.account], -_weight(line), line.asset, line.item))


def _weight(line: Line) -> float:
    return max(abs(line.optimized), abs(line.baseline or 0.0))
