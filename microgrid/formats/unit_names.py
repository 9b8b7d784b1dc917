"""The unit that the name of a column ends in."""

from __future__ import annotations

import re

from microgrid import units
from microgrid.suffixes import SUFFIXES

SUFFIX_UNITS = {suffix.ending: suffix.unit for suffix in SUFFIXES if suffix.column}
_BRACKETS = re.compile(r".*[\[(]\s*([^\[\]()]{1,30}?)\s*[\])]\s*", re.DOTALL)


def unit_of(column: str) -> str:
    """The unit that a column's name ends in ("import_kw" and "Import (kW)" -> "kW"), or ""."""
    bracketed = _BRACKETS.fullmatch(column)
    if bracketed:
        return known_unit(bracketed[1])
    for suffix in sorted(SUFFIX_UNITS, key=len, reverse=True):
        if re.search(rf"(?:^|_){suffix}$", column.lower()):
            return SUFFIX_UNITS[suffix]
    return ""


def with_unit(name: str, unit: str) -> str:
    """A column's name that ends in a unit ("offices", "kW" -> "offices_kw"), in brackets where it has no ending."""
    if unit_of(name) == unit:
        return name
    suffix = next((suffix for suffix, known in SUFFIX_UNITS.items() if known == unit), "")
    return f"{name}_{suffix}" if suffix else f"{name} [{unit}]"


def known_unit(text: str) -> str:
    """A unit as it is written, or in the capitals that units have ("kwh" -> "kWh").

    It is "" where it is none of a series: "G(h)" is irradiance on the horizontal, and not in hours.
    """
    if any(units.same_dimension(text, unit) for unit in SUFFIX_UNITS.values()):
        return text
    return next((unit for unit in SUFFIX_UNITS.values() if unit.lower() == text.lower()), "")
