"""Subscribed power in the tariff file, and the price of drawing more."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from microgrid.contract.size import PowerSize, Size
from microgrid.parameters import Parameters, refuse
from microgrid.tariff.schema.fields import (
    ClassName,
    Interval,
    Item,
    MoneyPerHour,
    PowerPricePerYear,
)
from microgrid.units import Fraction, PowerPrice


class Overrun(Parameters):
    """Price of drawing more than the subscribed power; a tariff without it allows no more to be drawn."""

    rule: Literal["peak", "hours", "root_of_squares"] = Field(
        description="peak: per kW of the month's greatest overrun. hours: per hour with an overrun. "
        "root_of_squares: per kW of the root of the sum of squares of all overruns of the month."
    )
    price_per_kw: PowerPrice | None = Field(
        default=None, description="Price per kW, for the rules peak and root_of_squares."
    )
    share: Fraction | None = Field(
        default=None, description="Instead, for root_of_squares: share of each class's yearly price per kW."
    )
    price_per_hour: MoneyPerHour | None = Field(
        default=None, alias="price_per_hour", description="Price per hour with an overrun, for the rule hours."
    )
    interval_hours: Interval | None = Field(
        default=None, description="For root_of_squares: metering interval; the step if left out."
    )

    @model_validator(mode="after")
    def _one_price(self) -> Self:
        allowed = {"peak": ("price",), "hours": ("price_per_hour",), "root_of_squares": ("price", "share")}[self.rule]
        values = {"price": self.price_per_kw, "share": self.share, "price_per_hour": self.price_per_hour}
        given = [name for name, value in values.items() if value is not None]
        if len(given) != 1 or given[0] not in allowed:
            refuse("rule", self.rule, " or ".join(allowed), "give that price, and no other")
        if self.interval_hours is not None and self.rule != "root_of_squares":
            refuse("interval", self.interval_hours, "no interval with this rule")
        return self


class ClassPower(Parameters):
    """Subscribed power in one class of hours."""

    power_kw: PowerSize = Field(description="Subscribed power, or {min, max} where it is to be chosen.")
    price_per_kw_year: PowerPricePerYear = Field(
        alias="price", description="Price per kW and year of the power subscribed beyond that of the class before."
    )


class Subscription(Parameters):
    """Subscribed power, for all hours or by class of hours: its price per kW and year, and the price of overruns."""

    item: Item = Field(default="subscribed power", description="Name of the line on the bill.")
    power_kw: PowerSize | None = Field(
        default=None, description="Subscribed power, or {min, max} where it is to be chosen."
    )
    price_per_kw_year: PowerPricePerYear | None = Field(
        default=None, alias="price", description="Price per subscribed kW and year."
    )
    by_class: dict[ClassName, ClassPower] = Field(
        default_factory=dict,
        description="Instead: power and price by class of hours, in the tariff's order; no power below the one before.",
    )
    overrun_price_per_kw: PowerPrice | None = Field(
        default=None, description="Short form of overrun: {rule: peak, price: ...}."
    )
    overrun: Overrun | None = Field(default=None, description="Price of drawing more than the subscribed power.")

    @model_validator(mode="after")
    def _power_or_classes(self) -> Self:
        if bool(self.by_class) == (self.power_kw is not None):
            refuse("power", self.power_kw, "either power and price, or by_class")
        if (self.power_kw is None) != (self.price_per_kw_year is None):
            refuse("price", self.price_per_kw_year, "power and price together")
        if self.overrun and self.overrun_price_per_kw is not None:
            refuse("overrun_price", self.overrun_price_per_kw, "either overrun or overrun_price")
        powers = list(self.by_class.items())
        for (before, less), (name, more) in itertools.pairwise(powers):
            if more.power_kw < less.power_kw:
                refuse("by_class", f"{name}: {more.power_kw:g} kW", f"at least the {less.power_kw:g} kW of {before}")
        return self

    def sizes(self) -> dict[str, Size]:
        """Subscribed powers that the optimizer chooses, by the name of their variable."""
        powers = {subscribed_name(name): own.power_kw for name, own in self.by_class.items()}
        powers |= {subscribed_name(): self.power_kw} if self.power_kw is not None else {}
        return {name: power for name, power in powers.items() if isinstance(power, Size)}

    def sized(self, decided: Mapping[str, float]) -> Subscription:
        """Subscription with the powers that have been chosen in place of their ranges; decided: by variable."""
        known = {name: size.at(decided.get(name, size)) for name, size in self.sizes().items()}
        by_class = {
            name: own.model_copy(update={"power_kw": known.get(subscribed_name(name), own.power_kw)})
            for name, own in self.by_class.items()
        }
        power = known.get(subscribed_name(), self.power_kw)
        return self.model_copy(update={"by_class": by_class, "power_kw": power})


def subscribed_name(of_class: str = "") -> str:
    """Name of the variable of a subscribed power, that of a class of hours if one is given."""
    return f"subscribed_{of_class}_kw" if of_class else "subscribed_kw"
