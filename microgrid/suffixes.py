"""The one table of the units that names end in: ``peak_import_kw`` is in kW, in a case, a file and a report alike.

A name of money carries no currency inside the program (``cost``, ``import_price_per_kwh``); where it is written or
shown, the code of the currency stands before what it is divided by (``cost_gbp``, ``import_price_gbp_per_kwh``).
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace

from microgrid.money import CODES, MONEY, in_currency, symbol


@dataclass(frozen=True)
class Suffix:
    """An ending of names and its unit.

    ending: without the underscore before it; unit: as ``microgrid.units`` reads it, "" for a number, with ``money`` for
    an amount whose currency the name does not state; shown: as a report writes it; scale: from the stored to the shown
    value; decimals: in tables; key: whether the key in a case file goes without the ending, since its value carries a
    unit; column: whether a column of a file may end so; word: whether the ending is a part of what a reader calls the
    quantity; currency: code of the currency in the name, "" without one.
    """

    ending: str
    unit: str
    shown: str
    scale: float = 1.0
    decimals: int = 2
    key: bool = False
    column: bool = False
    word: bool = False
    currency: str = ""

    def label(self, name: str) -> str:
        """The name without its unit."""
        return name if self.word or not self.ending else name.removesuffix(f"_{self.ending}")

    @property
    def of_money(self) -> bool:
        """Whether it is an amount of money, in a stated currency or not."""
        return bool(self.currency) or MONEY in self.unit

    def in_currency(self, code: str) -> Suffix:
        """The ending of an amount of money with the code of a currency, such as "gbp_per_kwh"."""
        ending = "_".join(filter(None, (code.lower(), self.ending)))
        unit = in_currency(self.unit, code)
        shown = in_currency(self.shown, symbol(code))
        return replace(self, ending=ending, unit=unit, shown=shown, currency=code)


# An amount of money by what it is divided by; its name ends in the code of a currency or in one of the nouns before.
_OF_MONEY = (
    Suffix("", "money", "money"),
    Suffix("per_mwh", "money/MWh", "money/MWh", column=True),
    Suffix("per_kwh", "money/kWh", "money/kWh", decimals=4, key=True, column=True),
    Suffix("per_kgco2", "money/kg", "money/kgCO₂", decimals=4, key=True),
    Suffix("per_kw", "money/kW", "money/kW", key=True),
    Suffix("per_kw_year", "money/kW/year", "money/(kW·year)", key=True),
    Suffix("per_year", "money/year", "money/year", key=True),
    Suffix("per_k_hour", "money/K/h", "money/(K·h)", key=True),
    Suffix("per_kwh_hour", "money/kWh/h", "money/(kWh·h)", key=True),
    Suffix("per_t", "money/t", "money/t"),
)
MONEY_NOUNS = frozenset(
    (
        "amount", "bill", "bound", "charge", "charges", "cost", "costs", "credit", "discomfort", "drawdown",
        "fee", "income", "inconvenience", "investment", "objective", "payment", "price", "prices", "revenue",
        "saving", "savings", "tax", "taxes", "value", "worth",
    )
)  # fmt: skip
_LISTED = (
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
    Suffix("m3", "m3", "m³"),
    Suffix("m2", "m2", "m²", decimals=0, key=True),
)
# Sizes by which figures of a site are divided: an area of land or of floor, and the people who work there.
_SIZES = (("ha", "ha", "ha"), ("m2", "m2", "m²"), ("person", "", "person"))
_DIVIDED = ("", "kgco2", "kwh", "kw")


def _per_size(of: Suffix) -> list[Suffix]:
    """A unit by every size, such as ``kwh_per_m2``."""
    return [
        Suffix(
            "_".join(filter(None, (of.ending, "per", size))),
            f"{of.unit}/{unit}" if unit else of.unit,
            f"{of.shown}/{shown}",
            decimals=3,
        )
        for size, unit, shown in _SIZES
    ]


def _with_sizes(listed: tuple[Suffix, ...]) -> dict[str, Suffix]:
    """Endings of a table, and those of its divided units by every size, which a row of the table overrides."""
    divided = (some for of in listed if of.ending in _DIVIDED for some in _per_size(of))
    return {suffix.ending: suffix for suffix in (*divided, *listed)}


OF_MONEY = _with_sizes(_OF_MONEY)
_OTHERS = _with_sizes(_LISTED)
SUFFIXES = (*_LISTED, *(some for some in _OTHERS.values() if some not in _LISTED))
_LONGEST_FIRST = sorted(SUFFIXES, key=lambda suffix: -len(suffix.ending))
_CODED = re.compile(r".+_([a-z]{3})")


@functools.lru_cache(maxsize=4096)
def suffix_of(name: str) -> Suffix | None:
    """The longest ending of a name that is a unit ("carbon_price_per_kgco2": money/kg, not kg); None without one."""
    return _money_of(name) or next(
        (
            suffix
            for suffix in _LONGEST_FIRST
            if name.endswith(f"_{suffix.ending}") and len(name) > len(suffix.ending) + 1
        ),
        None,
    )


def _money_of(name: str) -> Suffix | None:
    """The unit of an amount of money at the end of a name, None for any other name.

    A code alone counts after a noun of money only, since some codes are words ("all", "top").
    """
    stem, per, divisor = name.partition("_per_")
    suffix = OF_MONEY.get(f"per_{divisor}" if per else "")
    if suffix is None:
        return None
    coded = _CODED.fullmatch(stem)
    if coded and coded[1].upper() in CODES and (per or _ends_in_noun(stem[:-4])):
        return suffix.in_currency(coded[1].upper())
    return suffix if _ends_in_noun(stem) else None


def _ends_in_noun(stem: str) -> bool:
    return stem.rpartition("_")[2] in MONEY_NOUNS


def coded_name(name: str, currency: str) -> str:
    """Name as it is written: an amount of money with the code of its currency, any other name as it stands.

    ``grid.import_price_per_kwh`` in GBP becomes ``grid.import_price_gbp_per_kwh``, and ``cost`` becomes ``cost_gbp``.
    """
    owner, dot, own = name.rpartition(".")
    suffix = suffix_of(own)
    if suffix is None or suffix.currency or MONEY not in suffix.unit:
        return name
    return f"{owner}{dot}{suffix.label(own)}_{suffix.in_currency(currency).ending}"


def bare_name(name: str) -> str:
    """Name as it stands inside the program, without the code of a currency: ``cost_gbp`` becomes ``cost``."""
    owner, dot, own = name.rpartition(".")
    suffix = suffix_of(own)
    if suffix is None or not suffix.currency:
        return name
    ending = suffix.ending.removeprefix(suffix.currency.lower())
    return f"{owner}{dot}{suffix.label(own)}{ending}"
