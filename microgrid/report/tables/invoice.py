"""Pages of the bill as rows of formatted text: one for the horizon and one for each month."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from microgrid.money import symbol
from microgrid.report.quantities import MINUS, MISSING, THIN_SPACE, label, number
from microgrid.report.tables.bill import over_months, price_text
from microgrid.report.tables.cells import Cell, Row

PLAN_HEADS = ("Quantity", "Unit price", "Amount")
BASELINE_HEADS = ("Baseline quantity", "Baseline", "Difference")
_OF_MONEY = ("Amount", "Baseline", "Difference")

BillLine = Mapping[Any, Any]  # a row of ``read_bill``

_DECIMALS = {"kWh": 1}


@dataclass(frozen=True)
class Group:
    """Lines of one asset, and their sum if there are several."""

    asset: str
    rows: list[Row]
    total: Row | None


@dataclass(frozen=True)
class Page:
    """Bill of a month ("2018-01"), or of the horizon (""), asset by asset."""

    month: str
    title: str
    groups: list[Group]
    total: Row


def bill_pages(bill: pd.DataFrame, colours: Mapping[tuple[str, str], str], currency: str) -> list[Page]:
    """Pages of a bill: the horizon first, then each month if there are several; lines of 0 throughout are left out.

    bill: see ``read_bill``; colours: (asset, item) -> colour; currency: code of the currency of its amounts.
    """
    if bill.empty:
        return []
    bill = _without_nought(bill)
    horizon = over_months(bill).to_dict("records")
    by_month: dict[str, list[BillLine]] = {}
    for line in bill.to_dict("records"):
        by_month.setdefault(str(line["month"]), []).append(line)
    months = sorted(by_month)
    span = " to ".join(dict.fromkeys(map(month_text, (*months[:1], *months[-1:]))))
    pages = [_page("", span, horizon, colours, currency)]
    if len(months) > 1:
        pages += [_page(month, month_text(month), by_month[month], colours, currency) for month in months]
    return pages


def flat_rows(bill: pd.DataFrame, currency: str) -> tuple[list[Row], Row]:
    """Rows of the horizon's lines, with asset and line in one row, and their total."""
    lines: Sequence[BillLine] = over_months(_without_nought(bill)).to_dict("records")
    rows = [Row((str(line["asset"]), label(str(line["item"]))), _cells(line, currency)) for line in lines]
    return rows, Row(("Total", ""), _sum(lines))


def heads(bill: pd.DataFrame, currency: str) -> tuple[str, ...]:
    """Heads of the columns of numbers with the currency of amounts, including those of the baseline if there is one."""
    names = (*PLAN_HEADS, *BASELINE_HEADS) if bill["baseline_amount"].notna().any() else PLAN_HEADS
    return tuple(f"{name},\u00a0{symbol(currency)}" if name in _OF_MONEY else name for name in names)


@lru_cache
def month_text(month: str) -> str:
    """Text of a month: ``2018-01`` becomes ``January 2018``."""
    try:
        return f"{dt.datetime.strptime(month, '%Y-%m'):%B %Y}"
    except ValueError:
        return month


def _without_nought(bill: pd.DataFrame) -> pd.DataFrame:
    amounts = bill[["amount", "baseline_amount"]].fillna(0.0).abs().sum(axis=1)
    return bill[amounts.groupby([bill["asset"], bill["item"]]).transform("sum") > 0]


def _page(
    month: str, title: str, lines: Sequence[BillLine], colours: Mapping[tuple[str, str], str], currency: str
) -> Page:
    assets: dict[str, list[BillLine]] = {}
    for line in lines:
        assets.setdefault(str(line["asset"]), []).append(line)
    groups = []
    for asset, own in assets.items():
        items = [str(line["item"]) for line in own]
        rows = [
            Row((label(item),), _cells(line, currency), colours.get((asset, item), ""))
            for item, line in zip(items, own, strict=True)
        ]
        summed = len(rows) > 1 and len(assets) > 1
        groups.append(Group(asset, rows, Row(("Sum",), _sum(own)) if summed else None))
    return Page(month, title, groups, Row(("Total",), _sum(lines)))


def _cells(line: BillLine, currency: str) -> tuple[Cell, ...]:
    """Cells of a line: quantity, unit price and amount; with a baseline, its quantity, amount and the difference."""
    unit = str(line["unit"])
    price = float(line["unit_price"])
    own = (
        _quantity(line["quantity"], unit),
        Cell(_price(price, unit, currency), _exact(price)),
        _money(line["amount"]),
    )
    if math.isnan(line["baseline_amount"]):
        return own
    difference = line["amount"] - line["baseline_amount"]
    reference = (_quantity(line["baseline_quantity"], unit), _money(line["baseline_amount"]))
    return (*own, *reference, _money(difference, signed=True))


def _sum(lines: Sequence[BillLine]) -> tuple[Cell, ...]:
    amount, reference = (math.fsum(line[name] for line in lines) for name in ("amount", "baseline_amount"))
    own = (Cell(""), Cell(""), _money(amount))
    if math.isnan(reference):
        return own
    return (*own, Cell(""), _money(reference), _money(amount - reference, signed=True))


def _quantity(value: float, unit: str) -> Cell:
    if not unit or math.isnan(value):
        return Cell(MISSING)
    return Cell(f"{_number(value, _DECIMALS.get(unit, 2))}\u00a0{symbol(unit)}", _exact(value))


def _price(price: float, unit: str, currency: str) -> str:
    """Text of a unit price, ``0.13457 €/kWh``; the rate of a tax is in percent."""
    if math.isnan(price):
        return MISSING
    if unit == currency:
        return f"{number(100.0 * price, 2)}\u00a0%"
    return f"{price_text(price).replace(',', THIN_SPACE).replace('-', MINUS)}\u00a0{symbol(currency)}/{unit}"


def _money(value: float, signed: bool = False) -> Cell:
    return Cell(_number(value, 2, signed), _exact(value))


def _number(value: float, decimals: int, signed: bool = False) -> str:
    """Text of a number on a bill, on which less than half a cent is 0 and not a power of ten."""
    return number(round(value, decimals) + 0.0, decimals, signed=signed)


def _exact(value: float) -> str:
    return "" if math.isnan(value) else repr(float(value))
