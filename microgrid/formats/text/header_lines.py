"""Kinds of lines above the data of a table: comments, pairs of a name and a value, units below the names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from microgrid.formats.text.notation import NUMBER, STAMP
from microgrid.formats.zones.stated_zones import is_zone_column

_UNIT = re.compile(
    r"[\[(]?(?:|-|%|[kMGT]?(?:W|VA|var|VAr|J|V|A)h?(?:p|/m2|/m²)?|°?[CKF]|degC|Hz|h|min|s|hPa|m?bar|Pa|m/s|km/h|mm|m3|m³"
    r"|(?:[A-Z]{3}|[A-Z]{0,2}[€£$¢]|cts?|cents?|c|p|pence|Rp\.?)/[kM]?Wh|k?g(?:CO2)?/[kM]?Wh)[\])]?"
)
# In a line of units the column of stamps has nothing, a unit of time, or a notation such as [dd.mm.yyyy hh:mm].
_OF_STAMPS = re.compile(
    r"[\[(]?(?:|-|h|min|s|UTC|GMT|MEZ|CET|ISO ?8601|units?|einheit(?:en)?|unit[ée]s?|eenheid|unidad"
    r"|[DMYJA]{2,4}[-/. ]?[DMYJA]{2}[-/. ]?[DMYJA]{2,4}[T ]?)(?:[Hh]{1,2}:?[Mm]{2}(?::?[Ss]{2})?)?[\])]?",
    re.IGNORECASE,
)
_TIME = re.compile(r"time|zeit|dat|stamp|hour|stunde|heure|hora|tijd|\bvon\b|\bbis\b|begin|start|end|from|\bto\b", re.I)
_ZONE = re.compile(r"UTC|GMT|MEZ|MESZ|CES?T|[A-Z]\w+/[A-Z]\w+")


def filled_cells(row: Sequence[str]) -> list[str]:
    """Fields of a line that are not empty, without spaces around them."""
    return [field.strip() for field in row if field.strip()]


def is_comment(row: Sequence[str]) -> bool:
    """Whether a row is a comment: a single text that begins with "#"."""
    cells = filled_cells(row)
    return len(cells) == 1 and cells[0].startswith("#")


def is_labelled(row: Sequence[str]) -> bool:
    """Whether a row begins with a text that is no stamp, and has no number."""
    cells = filled_cells(row)
    return bool(cells) and not STAMP.fullmatch(cells[0]) and not any(map(_is_number, cells))


def is_units(row: Sequence[str], above: Sequence[str], time: int) -> bool:
    """Whether a line holds the units of the names in the line above it.

    A header may have units as names ("Time;kWh") below a pair such as "Customer;ACME". Each unit must therefore stand
    below a name, and the column of stamps must have no text, or one that cannot be the name of the column.

    time: place of the column of stamps, -1 if there is none.
    """
    units = {place: field.strip() for place, field in enumerate(row) if place != time and field.strip()}
    names = {place: field.strip() for place, field in enumerate(above) if field.strip()}
    over = row[time].strip() if 0 <= time < len(row) else ""
    if not units or not all(map(_UNIT.fullmatch, units.values())) or not _OF_STAMPS.fullmatch(over):
        return False
    of_time = names.get(time, "")
    if is_zone_column(of_time) or (over and not _TIME.search(of_time)):
        return False
    return all(place in names and _is_name(names[place]) for place in units)


def _is_name(cell: str) -> bool:
    """Whether a cell may be the name of a column, and not a date, number or zone, which are values of a preamble."""
    return not (STAMP.fullmatch(cell) or _ZONE.fullmatch(cell) or _is_number(cell))


def _is_number(cell: str) -> bool:
    return re.fullmatch(NUMBER.replace(r"\.", "[.,]"), cell, re.ASCII) is not None
