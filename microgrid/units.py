"""Quantities with their unit at the edge of the program; plain floats in canonical units inside.

A field of a case declares its canonical unit once, ``Annotated[float, Unit("kW")]``, and accepts any text of the
same dimension ("0.3 MW"). A bare number is accepted only where the field has no dimension.
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from microgrid.money import MONEY, SIGNS, amount_first, money_in_force, remedy_of, shown_in_force, without_currency

if TYPE_CHECKING:
    import pint

_DEFINITIONS = """
micro- = 1e-6 = u-
milli- = 1e-3 = m-
centi- = 1e-2 = c-
kilo- = 1e3 = k-
mega- = 1e6 = M-
giga- = 1e9 = G-
meter = [length] = m = metre
second = [time] = s
minute = 60 * second = min
hour = 3600 * second = h = hr
day = 86400 * second = d
year = 8760 * hour = a
month = year / 12
kilogram = [mass] = kg
gram = 1e-3 * kilogram = g
tonne = 1000 * kilogram = t
kgCO2 = kilogram
gCO2 = gram
tCO2 = tonne
kelvin = [temperature]; offset: 0 = K
degree_Celsius = kelvin; offset: 273.15 = degC = celsius
degree_Fahrenheit = 5 / 9 * kelvin; offset: 233.15 + 200 / 9 = degF = fahrenheit
money = [currency]
watt = [power] = W
Wp = watt
joule = watt * second = J
Wh = watt * hour
pascal = kilogram / meter / second ** 2 = Pa
hPa = 100 * pascal
bar = 1e5 * pascal
m2 = meter ** 2
m3 = meter ** 3
mm2 = millimeter ** 2
cm2 = centimeter ** 2
km2 = kilometer ** 2
mm3 = millimeter ** 3
cm3 = centimeter ** 3
km3 = kilometer ** 3
kilometre_per_hour = 1000 * meter / hour = kmh
knot = 1852 * meter / hour = kn
hectare = 10000 * m2 = ha
count = [] = one = fraction
percent = 0.01 * count
"""

_EXAMPLES = {
    "kW": "300 kW",
    "kWh": "1.5 MWh",
    "h": "15 min",
    "1/h": "0.1 %/h",
    "": "0.95 or 95 %",
    "money/kWh": "0.12 money/kWh",
    "money/kW": "8 money/kW",
    "money/kg": "100 money/t",
    "money/year": "25 money/month",
    "kg/kWh": "60 g/kWh",
    "degC": "20 degC",
    "K": "2 K",
    "m2": "9000 m2",
    "kW/m2": "0.8 kW/m2",
    "kW/K": "1.2 kW/K",
    "kWh/K": "40 kWh/K",
    "kW/h": "200 kW/min",
    "money/K/h": "5 money/K/h",
    "money/kWh/h": "10 money/kWh/h",
    "money/kW/year": "30 money/kW/year",
    "m/s": "5 m/s",
}

# Only texts of this form are given to pint: its own grammar would evaluate powers and brackets of any size.
_NAME = rf"(?:Rp\.|[A-Za-z%µ°{SIGNS}][A-Za-z0-9°²³{SIGNS}]*(?:(?:\^|\*\*)[1-3])?)"
_UNIT = re.compile(rf"{_NAME}(?:\s*[*/·]\s*{_NAME})*")
_LONGEST = 60
_SIGNS = {"%": "percent", "·": "*", "°": "deg", "²": "2", "³": "3"}
MOST = 1e15  # in any canonical unit: a greater number is a typing error, and in a sum it would swallow all others
_QUANTITY = re.compile(r"\s*([-+]?(?:\d+(?:_\d+)*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*$")


@functools.cache
def _registry() -> pint.UnitRegistry[Any]:
    import pint

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(None)
    registry.load_definitions(_DEFINITIONS.strip().splitlines())
    return registry


def convert(number: float, unit: str, canonical: str) -> float:
    """Convert ``number`` [unit] to the canonical unit; ValueError if the dimensions differ or a unit is unknown."""
    return number * factor(unit, canonical) + _offset(unit, canonical)


def factor(unit: str, canonical: str) -> float:
    """Number of canonical units in one ``unit``; for temperatures, of differences.

    An amount of money is converted at the exchange rate that is in force, see ``microgrid.money``.

    Raises:
        ValueError: an unknown unit, one of another dimension, or a currency whose worth is not stated.
    """
    if canonical == unit:
        return 1.0
    if unit and (len(unit) > _LONGEST or not _UNIT.fullmatch(unit)):
        raise ValueError("unknown unit")
    code, plain = without_currency(unit)
    other, wanted = without_currency(canonical)
    found = _factor(plain, wanted)
    if code == other:
        return found
    worth = money_in_force().worth
    return found * (worth(code) if code else 1.0) / (worth(other) if other else 1.0)


@functools.cache
def _factor(unit: str, canonical: str) -> float:
    """Number of canonical units in one ``unit``, both without the code of a currency."""
    import pint

    try:
        registry = _registry()
        one, zero = (registry.Quantity(x, _spell(unit)).to(_spell(canonical)).magnitude for x in (1.0, 0.0))
    except pint.DimensionalityError:
        raise ValueError("wrong dimension") from None
    except pint.PintError:
        raise ValueError("unknown unit") from None
    return float(one - zero)


@functools.cache
def _offset(unit: str, canonical: str) -> float:
    if "degC" not in (unit, canonical) or unit == canonical:
        return 0.0
    return float(_registry().Quantity(0.0, _spell(unit)).to(_spell(canonical)).magnitude)


def _spell(unit: str) -> str:
    """Pint's spelling of a unit: percent in words, the empty unit as a count."""
    for sign, word in _SIGNS.items():
        unit = unit.replace(sign, word)
    return unit or "count"


def is_unit(text: str) -> bool:
    """Whether a text is a known unit, of any dimension."""
    import pint

    if len(text) > _LONGEST or not _UNIT.fullmatch(text) or MONEY in text:
        return False
    try:
        _registry().Unit(_spell(without_currency(text)[1]))
    except (pint.PintError, AttributeError):
        return False
    return True


def same_dimension(unit: str, other: str) -> bool:
    """Whether two texts are known units of one dimension, so that a value converts from one to the other.

    Each currency is a dimension of its own, and ``money`` is any of them.
    """
    if unit == other:
        return True
    if unit and (len(unit) > _LONGEST or not _UNIT.fullmatch(unit)):
        return False
    code, plain = without_currency(unit)
    another, wanted = without_currency(other)
    try:
        _factor(plain, wanted)
    except ValueError:
        return False
    return code == another or not code or not another


def parse(text: object, canonical: str) -> float:
    """Read one quantity: ``parse("0.3 MW", "kW") == 300``.

    Args:
        text: a text with its unit, or a bare number where the canonical unit is "" (no dimension).
        canonical: the unit that the result is in.

    Raises:
        ValueError: no number, no unit, an unknown unit or a wrong dimension; its message names which.
    """
    if isinstance(text, dict):
        raise ValueError("a mapping where one quantity belongs")
    if isinstance(text, bool) or not isinstance(text, int | float | str):
        raise ValueError("not a quantity")
    if isinstance(text, str):
        match = _QUANTITY.match(amount_first(text))
        if not match:
            raise ValueError("not a quantity")
        number = float(match[1])
        unit = match[2]
        if MONEY in unit:
            raise ValueError("unknown unit")
    else:
        unit = ""
        try:
            number = float(text)
        except OverflowError:
            raise ValueError("not a finite number") from None
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    if not unit and canonical:
        raise ValueError("unit is missing")
    found = convert(number, unit, canonical) if unit else number
    if not math.isfinite(found):
        raise ValueError("not a finite number")
    if abs(found) > MOST and canonical != "h":  # a duration has its own limit, see _check_duration
        raise ValueError(f"too large, more than {MOST:g} {shown_in_force(canonical)}".rstrip())
    return found


def example(canonical: str) -> str:
    """Example of a text that a field of this unit accepts, for error messages and the documentation."""
    return shown_in_force(_EXAMPLES.get(canonical, f"1 {canonical}"))


@dataclass(frozen=True)
class Unit:
    """Marks a float field as a quantity whose value inside the program is in ``unit``."""

    unit: str

    def read(self, value: object) -> float:
        """Value of a text with its unit, in the canonical unit; a pydantic error names what is expected."""
        try:
            return parse(value, self.unit)
        except ValueError as error:
            expected = f"a quantity such as {example(self.unit)}"
            context = {"reason": str(error), "expected": expected, **remedy_of(error)}
            raise PydanticCustomError("quantity", "{reason}", context) from None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        text: dict[str, Any] = {"type": "string", "examples": [example(self.unit)], "x-unit": self.unit}
        if self.unit:
            return text
        return {"anyOf": [{"type": "number"}, text], "x-unit": ""}


LEAST_HOURS = 1 / 3_600_000
MOST_HOURS = 1_000_000
Power = Annotated[float, Unit("kW"), Field(ge=0)]
Energy = Annotated[float, Unit("kWh"), Field(ge=0)]
Fraction = Annotated[float, Unit(""), Field(ge=0, le=1)]
Efficiency = Annotated[float, Unit(""), Field(gt=0, le=1)]
Number = Annotated[float, Unit("")]
RatePerHour = Annotated[float, Unit("1/h"), Field(ge=0, lt=1)]
Ramp = Annotated[float, Unit("kW/h"), Field(gt=0)]


def _check_duration(hours: float) -> float:
    """The duration itself [h]; a pydantic error beyond limits, where it is a typing error or overflows a time stamp."""
    if not LEAST_HOURS <= hours <= MOST_HOURS:
        expected = f"from a thousandth of a second to {MOST_HOURS:,} h, which are 114 years"
        details = {"expected": expected, "remedy": "check the number and its unit"}
        raise PydanticCustomError("duration", "too long" if hours > MOST_HOURS else "too short", details)
    return hours


Duration = Annotated[float, Unit("h"), Field(gt=0), AfterValidator(_check_duration)]
Temperature = Annotated[float, Unit("degC"), Field(ge=-273.15)]
TemperatureDifference = Annotated[float, Unit("K"), Field(ge=0)]
EndValuePrice = Annotated[float, Unit("money/kWh"), Field(ge=0)]
ReturnPrice = Annotated[float, Unit("money/kWh/h"), Field(gt=0)]
EnergyPrice = Annotated[float, Unit("money/kWh")]
PowerPrice = Annotated[float, Unit("money/kW"), Field(ge=0)]
AmountOfMoney = Annotated[float, Unit("money"), Field(ge=0)]
CarbonPrice = Annotated[float, Unit("money/kg"), Field(ge=0)]
CarbonIntensity = Annotated[float, Unit("kg/kWh"), Field(ge=0)]
Area = Annotated[float, Unit("m2"), Field(ge=0)]
PowerPerArea = Annotated[float, Unit("kW/m2"), Field(ge=0)]
HeatTransfer = Annotated[float, Unit("kW/K"), Field(ge=0)]
