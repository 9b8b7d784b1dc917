"""Tables for the terminal, readable at 80 columns and in a pipe."""

from __future__ import annotations

import numbers
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from microgrid.errors import plain
from microgrid.report.quantities import Quantity, figure_quantity, quantity
from microgrid.result.figures import is_brief

if TYPE_CHECKING:
    import pandas as pd

    from microgrid.result.summary import Summary


def print_table(headers: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> None:
    """Print a table whose first column is text and whose others are numbers."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Text(plain(title)) if title else None
    table = Table(box=box.SIMPLE_HEAD, title=shown, title_justify="left", title_style="bold", pad_edge=False)
    for index, header in enumerate(headers):
        table.add_column(Text(plain(header)), justify="left" if index == 0 else "right", no_wrap=index > 0)
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    width = None if sys.stdout.isatty() else 80
    Console(width=width, highlight=False).print(table)


def amount(value: float | None) -> str:
    """Text of a number: without decimals from 1,000 on, with two below."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value + 0.0:,.2f}"


def cell_text(value: object) -> str:
    """Text of a cell of any table: a whole number with separators, other numbers as amounts, "-" where none is."""
    if value is None or value != value:
        return "-"
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return f"{int(value):,}"
    return amount(float(value)) if isinstance(value, numbers.Real) and not isinstance(value, bool) else str(value)


def result_rows(summary: Summary) -> list[tuple[str, str, str, str]]:
    """Rows of each account's lines and total, and of the brief key figures: optimized, baseline, and their difference.

    A baseline that violates a limit is left out.
    """
    rows = []
    for asset, sizes in summary.sizes.items():
        for name, size in sizes.items():
            about = quantity(name)
            rows.append((f"{asset}: {about.label} [{about.unit}]", amount(size), "", ""))
    accounts = summary.reference.accounts if summary.reference else {}
    for account, total in summary.accounts.items():
        lines = [line for line in summary.lines if line.account == account and abs(line.amount) >= 0.005]
        rows += [(f"  {line.asset}: {line.item}", amount(line.amount), "", "") for line in lines]
        rows.append(_compared(quantity(account), total, accounts.get(account)))
    kpis = summary.reference.figures if summary.reference else {}
    shown = {name: value for name, value in summary.figures.items() if is_brief(name)}
    rows += [_compared(figure_quantity(name), value, kpis.get(name)) for name, value in shown.items()]
    return rows


def _compared(about: Quantity, value: float | None, base: float | None) -> tuple[str, str, str, str]:
    gap = None if value is None or base is None else value - base
    shown = (None if number is None else about.scale * number for number in (value, base, gap))
    ours, theirs, difference = map(amount, shown)
    return f"{about.label} [{about.unit}]", ours, theirs, difference


def bill_rows(lines: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """Rows of the lines of a bill: quantity with unit, unit price and amount; "" for a line without a quantity."""
    from microgrid.report.tables.bill import price_text

    rows = []
    for line in lines.to_dict("records"):
        counted = f"{line['quantity'] + 0.0:,.2f} {line['unit']}" if line["unit"] else ""
        rows.append((str(line["item"]), counted, price_text(line["unit_price"]), f"{line['amount']:,.2f}"))
    return rows
