"""A size that is stated or decided: its limits, its yearly cost and emissions, and rules of the model that use it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import numpy as np
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from microgrid import units
from microgrid.contract.variables import add_rows, add_variable
from microgrid.horizon import FloatArray, Horizon
from microgrid.money import remedy_of

if TYPE_CHECKING:
    from microgrid.contract.linear import Variable

_HOURS_PER_YEAR = units.factor("year", "h")


class Size(float):
    """The greatest size as a number, with the least one, and the yearly cost and emissions of each unit [money, kgCO2].

    A known size is that number; for one that is ``open`` the model has a variable.
    """

    least: float
    yearly_cost: float
    yearly_kgco2: float

    def __new__(cls, most: float, least: float, yearly_cost: float, yearly_kgco2: float = 0.0) -> Size:
        """Build a size between two limits."""
        size = super().__new__(cls, most)
        size.least = least
        size.yearly_cost = yearly_cost
        size.yearly_kgco2 = yearly_kgco2
        return size

    @property
    def open(self) -> bool:
        """Whether the size is to be decided."""
        return self.least < self

    @property
    def costs(self) -> bool:
        """Whether the cost grows with the size."""
        return self.yearly_cost > 0

    def at(self, value: float) -> Size:
        """Size decided as ``value``, with the yearly cost and emissions of this one."""
        return Size(value, value, self.yearly_cost, self.yearly_kgco2)


def annuity(cost: float, lifetime_years: float, discount_rate: float) -> float:
    """Yearly payment that repays a cost over the lifetime: cost x i / (1 - (1 + i)^-n), or cost / n for i = 0."""
    if discount_rate == 0:
        return cost / lifetime_years
    return float(cost * discount_rate / -math.expm1(-lifetime_years * math.log1p(discount_rate)))


@dataclass(frozen=True)
class SizeIn:
    """Mark of a field that is a size in ``unit``: a quantity, or a mapping that states its cost and its limits."""

    unit: str

    @property
    def _keys(self) -> dict[str, str]:
        """Units of the values of the mapping: key -> unit."""
        return {
            "value": self.unit,
            "min": self.unit,
            "max": self.unit,
            "cost": f"money/{self.unit}",
            "lifetime": "h",
            "discount_rate": "",
            "fixed_om": f"money/{self.unit}/year",
            "yearly_cost": f"money/{self.unit}/year",
            "embodied": f"kg/{self.unit}",
        }

    def read(self, value: object) -> float:
        """Read a quantity as a number, a mapping as a ``Size``; raise PydanticCustomError for anything else."""
        if isinstance(value, Size):
            return value
        if not isinstance(value, Mapping):
            return self._not_negative(self._parse(value, self.unit), value)
        unknown = sorted(set(value) - set(self._keys))
        if unknown:
            self._refuse(f"unknown key {unknown[0]!r}", "keys " + ", ".join(self._keys))
        given = {key: self._parse(value[key], unit) for key, unit in self._keys.items() if key in value}
        for key, number in given.items():
            self._not_negative(number, value[key])
        fixed = "value" in given
        if fixed == ("max" in given) or (fixed and "min" in given):
            self._refuse("neither a fixed size nor limits, or both", "either value, or max with or without min")
        most = given["value"] if fixed else given["max"]
        least = most if fixed else given.get("min", 0.0)
        if least > most:
            self._refuse("min above max", f"a min of at most {most:g} {self.unit}")
        return Size(most, least, *self._yearly(given))

    def _yearly(self, given: Mapping[str, float]) -> tuple[float, float]:
        """Yearly cost and emissions of each unit of the size [money, kgCO2]."""
        if ("cost" in given) != ("discount_rate" in given):
            self._refuse("incomplete cost", "cost, lifetime and discount_rate together")
        self._refuse_short(given)
        yearly = given.get("fixed_om", 0.0) + given.get("yearly_cost", 0.0)
        years = given.get("lifetime", 0.0) / _HOURS_PER_YEAR
        if "cost" in given:
            yearly += annuity(given["cost"], years, given["discount_rate"])
        return yearly, given["embodied"] / years if "embodied" in given else 0.0

    def _refuse_short(self, given: Mapping[str, float]) -> None:
        """Refuse a cost or embodied emissions without a lifetime, or with one below 1 h, as no plant has."""
        if {"cost", "embodied"} & set(given) and given.get("lifetime", 0.0) < 1:
            self._refuse("no lifetime, or one below 1 h", 'a lifetime such as "20 year"')

    def _parse(self, value: object, unit: str) -> float:
        try:
            return units.parse(value, unit)
        except ValueError as error:
            self._refuse(str(error), f"a quantity such as {units.example(unit)}", **remedy_of(error))

    def _not_negative(self, number: float, value: object) -> float:
        if not math.isfinite(number):
            self._refuse("not a finite number", f"a quantity such as {units.example(self.unit)}")
        if number < 0:
            self._refuse("below zero", f"at least 0, not {value}")
        return number

    def _refuse(self, reason: str, expected: str, **more: str) -> NoReturn:
        raise PydanticCustomError("quantity", "{reason}", {"reason": reason, "expected": expected, **more})

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        text = {"type": "string", "examples": [units.example(self.unit)], "x-unit": self.unit}
        number = {"anyOf": [{"type": "number"}, {"type": "string"}]}
        properties = {key: number if not unit else {"type": "string"} for key, unit in self._keys.items()}
        decided = {"type": "object", "properties": properties, "additionalProperties": False}
        return {"anyOf": [text, decided], "x-unit": self.unit}


PowerSize = Annotated[float, SizeIn("kW")]
EnergySize = Annotated[float, SizeIn("kWh")]


def size_variable(block: Any, horizon: Horizon, field: str, size: float | None) -> Variable | None:
    """Variable ``block.<field>`` of one element for a size that is to be decided, None for any other."""
    if not isinstance(size, Size) or not size.open:
        return None
    return add_variable(block, horizon, field, ["size"], size.least, float(size))


def limit_by(
    block: Any,
    name: str,
    power: Variable,
    size: Variable,
    share: FloatArray | float,
    least: bool = False,
    unit: str = "kW",
) -> None:
    """Declare power <= share x size for each element, or power >= share x size with ``least``; size: one element."""
    shares = np.broadcast_to(np.asarray(share, dtype=float), (len(power),))
    # A least power of 0 needs no row, as the variable itself is not negative.
    at = np.flatnonzero(shares > 0) if least else np.arange(len(power))
    above = power.at(at) - size.at(np.zeros(len(at), dtype=np.int64)) * shares[at]
    if len(at):
        add_rows(block, name, -above if least else above, upper=0.0, step=at, unit=unit)
