"""Bill: each line of the cost in each month, with its quantity, unit price and amount."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microgrid.contract.ledger import COST
from microgrid.money import in_currency
from microgrid.report.view import ReportView
from microgrid.suffixes import coded_name

LINE = ["month", "asset", "item"]
BILL_COLUMNS = [*LINE, "quantity", "unit", "unit_price", "amount", "baseline_quantity", "baseline_amount"]
_PRICE_DIGITS = 7  # significant digits; further ones are rounding of the ledger


def view_bill(view: ReportView) -> pd.DataFrame:
    """Bill of the plan in a report; see ``read_bill``."""
    account = view.summary.written(COST)
    return read_bill(view.plan.ledger, view.reference.ledger if view.reference else None, account)


def read_bill(ledger: pd.DataFrame, baseline: pd.DataFrame | None = None, account: str = COST) -> pd.DataFrame:
    """Read the lines of the cost by month, with BILL_COLUMNS: amount [money], quantity [unit], unit_price [money/unit].

    unit_price = amount / quantity, the mean of the month. quantity is NaN for a line without one, and unit_price also
    if the quantity is 0; baseline_amount is NaN without a baseline. Within a month, assets with a quantity in any line
    come first, since their lines are on real bills; else the order is that of the ledger. account: name of the cost in
    the ledger.
    """
    own = _sums(ledger, account)
    theirs = _sums(ledger.iloc[:0] if baseline is None else baseline, account)
    index = own.index.append(theirs.index.difference(own.index, sort=False))
    ours, others = own.reindex(index), theirs.reindex(index)
    keys = [(str(month), str(asset), str(item)) for month, asset, item in index]
    table = pd.DataFrame(keys, columns=LINE)
    table["amount"] = ours["amount"].fillna(0.0).to_numpy(dtype=float)
    table["baseline_amount"] = np.nan if baseline is None else others["amount"].fillna(0.0).to_numpy(dtype=float)
    table["quantity"] = ours["quantity"].to_numpy(dtype=float)
    table["baseline_quantity"] = others["quantity"].to_numpy(dtype=float)
    units = zip(ours["unit"], others["unit"], strict=True)
    table["unit"] = [next((unit for unit in pair if isinstance(unit, str) and unit), "") for pair in units]
    return _in_order(_priced(table))


def written_bill(bill: pd.DataFrame, currency: str) -> pd.DataFrame:
    """A bill with its names as they are written: ``amount`` becomes ``amount_gbp``."""
    return written_units(bill, currency).set_axis([coded_name(str(name), currency) for name in bill.columns], axis=1)


def written_units(bill: pd.DataFrame, currency: str) -> pd.DataFrame:
    """A bill whose taxes are counted on amounts in a currency, and not on ``money``."""
    return bill.assign(unit=[in_currency(str(unit), currency) for unit in bill["unit"]])


def over_months(bill: pd.DataFrame) -> pd.DataFrame:
    """Sum the lines of a bill over all months.

    Powers are billed in each month, so their sum over several months is in kW·month.
    """
    labels = [name for name in ("asset", "item") if name in bill]
    numbers = [name for name in bill if name not in (*labels, "month", "unit", "unit_price")]
    groups = bill.groupby(labels, sort=False)
    table = groups[numbers].sum(min_count=1)
    table["unit"] = groups["unit"].max()
    if bill["month"].nunique() > 1:
        table["unit"] = table["unit"].replace("kW", "kW·month")
    return _priced(table.reset_index())


def price_text(price: float) -> str:
    """Text of a unit price with four to six significant digits: 0.02250, 0.13457, 7.5000, 120.50."""
    if not np.isfinite(price):
        return ""
    size = int(np.floor(np.log10(abs(price)))) if price else -1
    return f"{price:,.{max(3 - size + (size >= -1), 2)}f}"


def _sums(ledger: pd.DataFrame, account: str) -> pd.DataFrame:
    """Amount, quantity and unit of each line of the cost; NaN and "" for a line without a quantity."""
    groups = ledger[ledger["account"] == account].groupby(LINE, sort=False, observed=True)
    counted = groups["quantity"].sum(min_count=1)
    return pd.DataFrame({"amount": groups["amount"].sum(), "quantity": counted, "unit": groups["unit"].max()})


def _priced(table: pd.DataFrame) -> pd.DataFrame:
    quantity = table["quantity"].to_numpy(dtype=float)
    amount = table["amount"].to_numpy(dtype=float)
    counts = np.isfinite(quantity) & (quantity != 0)
    price = np.divide(amount, quantity, out=np.full(len(table), np.nan), where=counts)
    priced = table.assign(unit_price=[float(f"{value:.{_PRICE_DIGITS}g}") + 0.0 for value in price.tolist()])
    return priced[[column for column in BILL_COLUMNS if column in priced]]


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    counted = set(table["asset"][table["unit"] != ""])
    rank = ~table["asset"].isin(counted).to_numpy(dtype=bool)
    months = table["month"].to_numpy(dtype=str)
    return table.iloc[np.lexsort((rank, months))].reset_index(drop=True)
