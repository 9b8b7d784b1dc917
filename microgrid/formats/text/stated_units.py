"""Units that a table states apart from the names of its columns: below them, in a column, or in a line above them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from microgrid import units
from microgrid.formats.source import Source
from microgrid.formats.text.dialect import Grid
from microgrid.formats.unit_names import known_unit, unit_of

_WORD = (
    r"(?:units?(?: of measure(?:ment)?)?|uom|(?:mass)?einheit(?:en)?|unit[ée]s?(?: de mesure)?|eenheid|unidad|unit[àa])"
)
_COLUMN = re.compile(rf"(?:(?:value|energy|power|reading|wert|mess)[ _-]?)?{_WORD}", re.IGNORECASE)
_LINE = re.compile(
    rf"[\s#]*{_WORD}\s*[:;,=\t ]\s*[\[(\"]?\s*(?P<unit>[^\s\[\]();,\"]{{1,12}})\s*[\])\"]?[\s;,]*", re.IGNORECASE
)
# Columns with such names have units of their own, whatever the unit of the readings is.
_OF_ELSE = re.compile(
    r"(?<![a-zà-ÿ])(?:number|nummer|num[eé]ro|n[or]|id|serial|account|duration|dauer|dur[eé]e|duur|duraci[oó]n|minutes?|hours?"
    r"|count|quality|flag|status|code|line|row|price|cost|charge|preis|kosten|prix|precio|prijs|temp(?:erature)?|factor"
    r"|phase|period)(?![a-zà-ÿ])",
    re.IGNORECASE,
)
_CERTAIN = ("W", "kW", "MW", "Wh", "kWh", "MWh")


def units_beside(source: Source, grid: Grid, names: Iterable[str]) -> dict[str, str]:
    """Units of columns whose names end in none, as far as the file states them: column -> unit; logged.

    Raises:
        InputError: several units in one column, or a unit that differs from that in the name of the only column.
    """
    names = list(names)
    open_names = [name for name in names if not unit_of(name)]
    below = {name: unit for name, unit in zip(grid.names, grid.units, strict=False) if name in open_names and unit}
    found = {name: unit for name, text in below.items() if (unit := known_unit(text.strip("[]() ")))}
    unit, where = _of_all(source, grid)
    if unit and len(names) == 1 and unit_of(names[0]) and not units.same_dimension(unit, unit_of(names[0])):
        unit = ""  # a unit of another dimension is not that of the values
    if unit and len(names) == 1 and unit_of(names[0]) and units.factor(unit, unit_of(names[0])) != 1.0:
        raise source.error(
            "a unit that differs from that in the name of the column",
            line=grid.header or None,
            field=names[0],
            value=f"{unit} {where}",
            expected=unit_of(names[0]),
            remedy="find out which is right, and correct the other",
        )
    if unit:
        readings = [name for name in open_names if not _OF_ELSE.search(name)]
        found = dict.fromkeys(readings if len(open_names) > 1 else open_names, unit) | found
    for name, own in found.items():
        place = where if own == unit and name not in below else "below its name"
        source.log.add(source.label, name, "unit stated by the file", len(grid.line), f"{own} {place}")
    return found


def _of_all(source: Source, grid: Grid) -> tuple[str, str]:
    """Unit of all values and its place in words: a column, or a line above the header; "" for both without one."""
    for name, cells in zip(grid.names, grid.cells, strict=True):
        called = _COLUMN.fullmatch(name) is not None
        known = [text for text in cells.unique().to_pylist() if text]
        if called and len(known) > 1 and all(map(known_unit, known)):
            raise source.error(
                "values of several units in one column",
                line=int(grid.line[cells.to_pylist().index(known[1])]),
                field=name,
                value=", ".join(known[:8]),
                remedy="choose the rows of one unit by the options point and point_column, or split the file",
            )
        if len(known) == 1 and (known_unit(known[0]) if called else known[0] in _CERTAIN):
            return known_unit(known[0]), f"in column {name!r}"
    for line, text in grid.above:
        if (found := _LINE.fullmatch(text)) and known_unit(found["unit"]):
            return known_unit(found["unit"]), f"in line {line}"
    return "", ""
