"""Kind of the values of a column: amounts that add up over time, as energy, or means and prices, which do not."""

from __future__ import annotations

import re

from microgrid import units
from microgrid.formats.unit_names import unit_of

_AMOUNTS = ("kWh", "kWh/m2", "h", "m3", "kg", "money")
_TEXT_AMOUNT = re.compile(r"[kMGT]?(?:var|va|a)h|[kmgt]?wh|[kmgt]?j|l(?:it(?:er|re)s?)?", re.IGNORECASE)
_TEXT_LEVEL = re.compile(r"[kM]?(?:V|A|VA|var|VAr|Hz|lx)|°?[CFK]|%")
_OPEN = ("mm",)  # of rain, which adds up, or of the depth of snow, which does not
# The unit has to begin and end as a word, or follow small letters: "Gas kWh", "kWh_in", "gas_kvarh", "EnergykWh".
_ENERGY = re.compile(
    r"(?:(?<![A-Za-z])[kKmMgGtT]?(?:[wW]|[vV][aA][rR]?)[hH]|(?<![A-Za-z])[kKMGT]J|(?<![A-Za-z])[mg]j"
    r"|(?<=[a-zäöüé])[kKMG]Wh)(?![A-Za-z])(?P<per>[ _]?(?:/|per[ _]|pro[ _])[ _]?(?:h|d|s|hour|stunde|tag|day)\b)?"
)
_POWER = re.compile(r"(?:(?<![A-Za-z])[kKmMgG][wW]|(?<=[a-zäöüé])[kM]W)(?![A-Za-z])")
_RATE = re.compile(r"(?:/|per[ _]?|pro[ _]?|je[ _]?)[ _]?[kKmMgG]?[wW][hH](?![A-Za-z])")
_PRICE = re.compile(
    r"price|preis|prix|precio|prezzo|prijs|pre[cç]o|eur(?![a-z])|[€£$¢]|usd|(?<![a-z])(?:ct|cents?|pence|gbp|chf|cad)(?![a-z])",
    re.IGNORECASE,
)
_OTHER = re.compile(r"co2|emission|cost|kosten|tari", re.IGNORECASE)
_LEVEL = re.compile(r"temperatur|voltage|spannung|factor|faktor|cos ?phi|frequen|quality|status|flag", re.IGNORECASE)
_LEVEL_UNIT = re.compile(r"[\[(_ ](?:V|A|Hz|k?VA|°?[CFK]|%|lx)[\])]?$")


def adds_up(name: str, unit: str = "") -> bool | None:
    """Whether the values of a column add up over time, None where neither its unit nor its name determines it.

    Energies and volumes do: the value of an hour is spread over its quarters. Powers, prices and temperatures do not:
    the value of an hour holds in each of its quarters.

    unit: unit stated for the column; by default that at the end of its name, or elsewhere in it.
    """
    unit = unit or unit_of(name)
    if unit:
        return _unit_adds_up(unit)
    if _RATE.search(name):
        return False
    energy = _ENERGY.search(name)
    price = _PRICE.search(name)
    if energy and (price or _OTHER.search(name)):
        return None  # "price kWh" may be the price of an energy, or the energy beside a price
    if energy:
        return not energy["per"]
    return False if price or _POWER.search(name) or re.search("temperatur", name, re.IGNORECASE) else None


def unit_word(name: str) -> str:
    """Unit of power or energy anywhere in a name ("Gas kWh", "kW total"), or any unit at its end; "" without one."""
    if unit_of(name) or _RATE.search(name) or _PRICE.search(name) or _OTHER.search(name):
        return unit_of(name)
    found = _ENERGY.search(name) or _POWER.search(name)
    if not found or (found.re is _ENERGY and found["per"]):
        return ""
    known = {unit.lower(): unit for unit in ("W", "kW", "MW", "GW", "Wh", "kWh", "MWh", "GWh", "kJ", "MJ", "GJ")}
    return known.get(found[0].lower(), "")


def is_power_or_energy(name: str, unit: str = "") -> bool | None:
    """Whether a column is of power or energy, whose registers and phases are added; None where that is open."""
    unit = unit or unit_word(name)
    if unit:
        reactive = re.fullmatch(r"[kMG]?(?:var|VAr)h?", unit) is not None
        return reactive or any(units.same_dimension(unit, known) for known in ("kW", "kWh"))
    if re.search(r"(?<![A-Za-z])[kKM]?[vV][aA][rR]h?(?![A-Za-z])", name):
        return True
    if any(pattern.search(name) for pattern in (_RATE, _PRICE, _LEVEL, _LEVEL_UNIT, _OTHER)):
        return False
    return None


def _unit_adds_up(unit: str) -> bool | None:
    if unit in _OPEN:
        return None
    if _TEXT_AMOUNT.fullmatch(unit) or any(units.same_dimension(unit, known) for known in _AMOUNTS):
        return True
    return False if _TEXT_LEVEL.fullmatch(unit) or units.is_unit(unit) else None
