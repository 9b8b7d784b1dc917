"""Units at the end of the names of columns."""

from __future__ import annotations

import re

from microgrid import units
from microgrid.money import CODES, in_currency, without_currency
from microgrid.suffixes import OF_MONEY, SUFFIXES, suffix_of

SUFFIX_UNITS = {suffix.ending: suffix.unit for suffix in SUFFIXES if suffix.column}
_PRICES = {suffix.unit: suffix for suffix in OF_MONEY.values() if suffix.column}
_BRACKETS = re.compile(r".*[\[(]\s*([^\[\]()]{1,30}?)\s*[\])]\s*", re.DOTALL)


def unit_of(column: str) -> str:
    """Unit at the end of a column's name ("import_kw" and "Import (kW)" -> "kW"), "" without one."""
    bracketed = _BRACKETS.fullmatch(column)
    if bracketed:
        return known_unit(bracketed[1])
    price = suffix_of(column.lower())
    if price is not None and price.of_money:  # without the code of a currency its unit is not known
        return price.unit if price.currency and price.column else ""
    for suffix in sorted(SUFFIX_UNITS, key=len, reverse=True):
        if re.search(rf"(?:^|_)(?<!_per_){suffix}$", column.lower()):  # "toll_per_kwh" is no energy
            return SUFFIX_UNITS[suffix]
    return ""


def with_unit(name: str, unit: str) -> str:
    """Name of a column with a unit at its end ("offices", "kW" -> "offices_kw"), in brackets if it has no suffix."""
    if unit_of(name) == unit:
        return name
    suffix = next((suffix for suffix, known in SUFFIX_UNITS.items() if known == unit), "")
    code, plain = without_currency(unit)
    if code and plain in _PRICES:
        suffix = _PRICES[plain].in_currency(code).ending
    return f"{name}_{suffix}" if suffix else f"{name} [{unit}]"


def known_unit(text: str) -> str:
    """Unit as written, or with the usual capitals ("kwh" -> "kWh"); "" where the text is no unit of a series.

    "G(h)" is irradiance on the horizontal, and not in hours.
    """
    if any(units.same_dimension(text, unit) for unit in (*SUFFIX_UNITS.values(), *_PRICES)):
        return text
    code = text[:3].upper()
    prices = (in_currency(unit, code) for unit in _PRICES if code in CODES)
    usual = next((unit for unit in prices if unit.lower() == text.lower()), "")
    if usual:
        return usual
    return next((unit for unit in SUFFIX_UNITS.values() if unit.lower() == text.lower()), "")
