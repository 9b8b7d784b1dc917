"""Rows and cells of a table, as formatted text."""

from __future__ import annotations

from dataclasses import dataclass

from microgrid.report.quantities import Quantity


@dataclass(frozen=True)
class Cell:
    """Cell of a table: a number as shown, in full as its title, and a smaller one below, such as a difference."""

    text: str
    exact: str = ""
    note: str = ""


@dataclass(frozen=True)
class Row:
    """Row of a table: words on the left, numbers on the right."""

    head: tuple[str, ...]
    cells: tuple[Cell, ...]
    colour: str = ""


def cell(about: Quantity, value: object, *, signed: bool = False, unit: bool = False) -> Cell:
    """Make the cell of a quantity, with the exact value in its stored unit as title."""
    text = about.with_unit(value, signed=signed) if unit else about.text(value, signed=signed)
    return Cell(text, "" if value is None or isinstance(value, str) else repr(value))
