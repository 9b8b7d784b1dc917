"""The one table of the units that names end in: ``peak_import_kw`` is in kW, in a case, a file and a report alike."""

from __future__ import annotations

import functools
from dataclasses import dataclass


@dataclass(frozen=True)
class Suffix:
    """An ending of names and its unit.

    ending: without the underscore before it; unit: as ``microgrid.units`` reads it, "" for a number; shown: as a report
    writes it; scale: from the stored to the shown value; decimals: in tables; key: whether the key in a case file goes
    without the ending, since its value carries a unit; column: whether a column of a file may end so; word: whether the
    ending is a part of what a reader calls the quantity.
    """

    ending: str
    unit: str
    shown: str
    scale: float = 1.0
    decimals: int = 2
    key: bool = False
    column: bool = False
    word: bool = False

    def label(self, name: str) -> str:
        """The name without its unit."""
        return name if self.word else name.removesuffix(f"_{self.ending}")


_LISTED = (
    Suffix("eur_per_mwh", "EUR/MWh", "€/MWh", column=True),
    Suffix("eur_per_kwh", "EUR/kWh", "€/kWh", decimals=4, key=True, column=True),
    Suffix("kgco2_per_kwh", "kg/kWh", "kgCO₂/kWh", decimals=4, key=True, column=True),
    Suffix("gco2_per_kwh", "g/kWh", "gCO₂/kWh", column=True),
    Suffix("kgco2_per_mwh", "kg/MWh", "kgCO₂/MWh", column=True),
    Suffix("tco2_per_mwh", "t/MWh", "tCO₂/MWh", column=True),
    Suffix("kw_per_m2", "kW/m2", "kW/m²", decimals=4, key=True, column=True),
    Suffix("w_per_m2", "W/m2", "W/m²", column=True),
    Suffix("wh_per_m2", "Wh/m2", "Wh/m²", column=True),
    Suffix("m_per_s", "m/s", "m/s", column=True),
    Suffix("fraction", "count", "%", 100.0, column=True),
    Suffix("degc", "degC", "°C", key=True, column=True),
    Suffix("hpa", "hPa", "hPa", column=True),
    Suffix("pa", "Pa", "Pa", column=True),
    Suffix("kw", "kW", "kW", key=True, column=True),
    Suffix("mw", "MW", "MW", column=True),
    Suffix("w", "W", "W", column=True),
    Suffix("kwh", "kWh", "kWh", decimals=1, key=True, column=True),
    Suffix("mwh", "MWh", "MWh", column=True),
    Suffix("wh", "Wh", "Wh", column=True),
    Suffix("eur_per_kgco2", "EUR/kg", "€/kgCO₂", decimals=4, key=True),
    Suffix("eur_per_kw", "EUR/kW", "€/kW", key=True),
    Suffix("eur_per_kw_year", "EUR/kW/year", "€/(kW·year)", key=True),
    Suffix("eur_per_year", "EUR/year", "€/year", key=True),
    Suffix("eur_per_k_hour", "EUR/K/h", "€/(K·h)", key=True),
    Suffix("eur_per_kwh_hour", "EUR/kWh/h", "€/(kWh·h)", key=True),
    Suffix("kw_per_hour", "kW/h", "kW/h", key=True),
    Suffix("kw_per_degc", "kW/K", "kW/K", decimals=3),
    Suffix("kw_per_k", "kW/K", "kW/K", decimals=3, key=True),
    Suffix("kwh_per_k", "kWh/K", "kWh/K", key=True),
    Suffix("per_hour", "1/h", "1/h", decimals=5, key=True),
    Suffix("efficiency", "", "%", 100.0, 1),
    Suffix("performance", "", "", word=True),
    Suffix("kelvin_hours", "K*h", "K·h"),
    Suffix("kh", "K*h", "K·h"),
    Suffix("k", "K", "K", key=True),
    Suffix("seconds", "s", "s"),
    Suffix("hours", "h", "h", key=True),
    Suffix("kgco2", "kg", "kgCO₂", decimals=1),
    Suffix("eur", "EUR", "€"),
    Suffix("m3", "m3", "m³"),
    Suffix("m2", "m2", "m²", decimals=0, key=True),
)
# What figures of a site are divided by: an area of land or of floor, the people who work there.
_SIZES = (("ha", "ha", "ha"), ("m2", "m2", "m²"), ("person", "", "person"))
_DIVIDED = ("eur", "kgco2", "kwh", "kw")


def _per_size() -> list[Suffix]:
    """Every divided unit by every size that is not in the list, such as ``kwh_per_m2``."""
    known = {suffix.ending: suffix for suffix in _LISTED}
    found = []
    for name in _DIVIDED:
        for size, unit, shown in _SIZES:
            if f"{name}_per_{size}" not in known:
                of = known[name]
                full = f"{of.unit}/{unit}" if unit else of.unit
                found.append(Suffix(f"{name}_per_{size}", full, f"{of.shown}/{shown}", decimals=3))
    return found


SUFFIXES = (*_LISTED, *_per_size())
_LONGEST_FIRST = sorted(SUFFIXES, key=lambda suffix: -len(suffix.ending))


@functools.lru_cache(maxsize=4096)
def suffix_of(name: str) -> Suffix | None:
    """The longest ending of a name that is a unit ("carbon_price_eur_per_kgco2": EUR/kg, not kg); None without one."""
    for suffix in _LONGEST_FIRST:
        if name.endswith(f"_{suffix.ending}") and len(name) > len(suffix.ending) + 1:
            return suffix
    return None
