"""Rows and cells of a table, as finished text."""

from __future__ import annotations

from dataclasses import dataclass

from microgrid.report.quantities import Quantity


@dataclass(frozen=True)
class Cell:
    """A number as shown, in full (the cell's title), and a smaller one below it, such as a difference."""

    text: str
    exact: str = ""
    note: str = ""


@dataclass(frozen=True)
class Row:
    """A line of a table: words on the left, numbers on the right."""

    head: tuple[str, ...]
    cells: tuple[Cell, ...]
    colour: str = ""


def cell(about: Quantity, value: object, *, signed: bool = False, unit: bool = False) -> Cell:
    """A cell of one quantity; the exact value in its stored unit goes along."""
    text = about.with_unit(value, signed=signed) if unit else about.text(value, signed=signed)
    return Cell(text, "" if value is None or isinstance(value, str) else repr(value))
