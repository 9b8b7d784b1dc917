"""Units at the end of the names of columns."""

from __future__ import annotations

import re

from microgrid import units
from microgrid.suffixes import SUFFIXES

SUFFIX_UNITS = {suffix.ending: suffix.unit for suffix in SUFFIXES if suffix.column}
_BRACKETS = re.compile(r".*[\[(]\s*([^\[\]()]{1,30}?)\s*[\])]\s*", re.DOTALL)


def unit_of(column: str) -> str:
    """Unit at the end of a column's name ("import_kw" and "Import (kW)" -> "kW"), "" without one."""
    bracketed = _BRACKETS.fullmatch(column)
    if bracketed:
        return known_unit(bracketed[1])
    for suffix in sorted(SUFFIX_UNITS, key=len, reverse=True):
        if re.search(rf"(?:^|_){suffix}$", column.lower()):
            return SUFFIX_UNITS[suffix]
    return ""


def with_unit(name: str, unit: str) -> str:
    """Name of a column with a unit at its end ("offices", "kW" -> "offices_kw"), in brackets if it has no suffix."""
    if unit_of(name) == unit:
        return name
    suffix = next((suffix for suffix, known in SUFFIX_UNITS.items() if known == unit), "")
    return f"{name}_{suffix}" if suffix else f"{name} [{unit}]"


def known_unit(text: str) -> str:
    """Unit as written, or with the usual capitals ("kwh" -> "kWh"); "" where the text is no unit of a series.

    "G(h)" is irradiance on the horizontal, and not in hours.
    """
    if any(units.same_dimension(text, unit) for unit in SUFFIX_UNITS.values()):
        return text
    return next((unit for unit in SUFFIX_UNITS.values() if unit.lower() == text.lower()), "")
