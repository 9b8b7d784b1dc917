"""Quantities: label, unit and format of numbers, derived from a name that ends in its unit.

Names follow one pattern, noun_qualifier_unit: ``peak_import_kw`` becomes "Peak import" in kW. As no particular KPI,
account or asset is named here, a new one is shown correctly if its name ends in its unit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from microgrid.suffixes import suffix_of

THIN_SPACE = "\u202f"  # narrow and non-breaking, so that a number is never split over two lines
MINUS = "\u2212"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
MISSING = "\u2013"

_WORDS = {"co2": "CO₂", "pv": "PV", "lp": "LP", "mip": "MIP", "kwh": "kWh", "kw": "kW"}


@dataclass(frozen=True)
class Quantity:
    """Label and unit of a name, and the format of its numbers."""

    name: str
    label: str
    unit: str
    scale: float
    decimals: int

    def text(self, value: object, *, signed: bool = False) -> str:
        """Text of a number in the quantity's unit, without the unit: ``12 345.67``."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return MISSING if value is None else str(value)
        return number(value * self.scale, self.decimals, signed=signed)

    def with_unit(self, value: object, *, signed: bool = False) -> str:
        """Text of a number with its unit: ``12 345.67 kWh``."""
        shown = self.text(value, signed=signed)
        return f"{shown}\u00a0{self.unit}" if self.unit and shown != MISSING else shown


def quantity(name: str) -> Quantity:
    """Read label and unit from a name; a name without a known suffix has no unit."""
    suffix = suffix_of(name)
    if suffix is None:
        return Quantity(name, label(name), "", 1.0, 2)
    return Quantity(name, label(suffix.label(name)), suffix.shown, suffix.scale, suffix.decimals)


def figure_quantity(name: str) -> Quantity:
    """Read label and unit of a key figure, also of a node: ``north.demand_kwh`` becomes "Demand, north" in kWh."""
    node, own = split_column(name)
    about = quantity(own)
    return replace(about, name=name, label=f"{about.label}, {node}") if node else about


def label(name: str) -> str:
    """Label of a name without its unit: ``peak_import`` becomes ``Peak import``."""
    words = [_WORDS.get(word, word) for word in name.replace("_", " ").split()]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def split_column(column: str) -> tuple[str, str]:
    """Split ``<asset>.<quantity_unit>`` into its two parts; the asset's name may contain dots."""
    asset, dot, name = column.rpartition(".")
    return (asset, name) if dot else ("", column)


def number(value: float, decimals: int, *, signed: bool = False) -> str:
    """Format a number for a reader, with thin spaces between thousands and a real minus sign.

    A number that would be rounded to 0 is written in powers of ten instead, such as 3e-9.
    """
    if not math.isfinite(value):
        return MISSING
    text = f"{value:,.{decimals}f}"
    if not text.strip("-0.,"):
        if abs(value) > 1e-15:
            mantissa, power = f"{value:.1e}".split("e")
            return f"{mantissa}\u202f×\u202f10{str(int(power)).translate(_SUPERSCRIPT)}".replace("-", MINUS)
        text = f"{0:.{decimals}f}"
    elif signed and value > 0:
        text = "+" + text
    return text.replace(",", THIN_SPACE).replace("-", MINUS)
