"""Schema of a whole tariff file: lines per kWh and per kW, subscription, fixed lines, minimum bill and taxes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ModelWrapValidatorHandler, model_validator
from pydantic_core import PydanticCustomError

from microgrid.calendar import When, Whens
from microgrid.contract.size import Size
from microgrid.money import CODES, Currency, CurrencyError, money_in_force, remedy_of
from microgrid.parameters import Parameters, refuse
from microgrid.tariff.schema.energy import EnergyLine
from microgrid.tariff.schema.fields import ClassName, Item, MoneyPerDay, MoneyPerMonth, MoneyPerYear
from microgrid.tariff.schema.peaks import PeakLine
from microgrid.tariff.schema.subscription import Subscription
from microgrid.units import Energy, Number, Power

_BEGIN_A_MONTH = "begin the horizon at the start of a month"


class Measured(Parameters):
    """Meter readings of the current month and metering interval from before the horizon."""

    peak_kw: Power = Field(default=0.0, description="Highest metered mean of the month so far.")
    interval_mean_kw: Power = Field(default=0.0, description="Mean of the metering interval so far.")
    energy_kwh: Energy = Field(default=0.0, description="Energy drawn in the billing period so far, for tiers.")


class FixedLine(Parameters):
    """Fixed line of the bill, which does not depend on consumption: per year, per month or per day."""

    item: Item = Field(description="Name of the line on the bill.")
    price_per_year: MoneyPerYear | None = Field(
        default=None, description="Price per year, spread over its hours; 25 a month is 300 a year."
    )
    price_per_month: MoneyPerMonth | None = Field(
        default=None, description="Instead: price per calendar month, pro rata for a part of one."
    )
    price_per_day: MoneyPerDay | None = Field(default=None, description="Instead: price per day.")
    when: Whens = Field(default=(When(),), description="Only within these days, by their share of the month's hours.")

    @model_validator(mode="after")
    def _one_price(self) -> Self:
        values = (self.price_per_year, self.price_per_month, self.price_per_day)
        if sum(value is not None for value in values) != 1:
            refuse("item", self.item, "exactly one of price, price_per_month and price_per_day")
        return self


class TaxLine(Parameters):
    """Tax as a rate on other lines of the bill, such as value added tax."""

    item: Item = Field(description="Name of the line on the bill.")
    rate: Annotated[Number, Field(gt=-1)] = Field(description="Share of the lines, such as 20 %.")
    of: tuple[str, ...] = Field(default=(), description="Items of the taxed lines; if left out, all but taxes.")
    when: Whens = Field(
        default=(When(),),
        description="Only within these days, by their share of the month's hours.",
    )


class Minimum(Parameters):
    """Minimum bill: the least amount that is due for all lines before taxes."""

    item: Item = Field(default="minimum bill", description="Name of the line that adds what is missing.")
    price_per_month: MoneyPerMonth = Field(description="Minimum bill per calendar month, pro rata for a part of one.")


class Tariff(Parameters):
    """All charges of a supplier and a grid operator for one connection."""

    __hash__ = object.__hash__  # a tariff is expanded once for each horizon; its fields are not all hashable

    name: str = Field(min_length=1, description="Name of the tariff.")
    source: str = Field(default="", description="Source of its figures, and the date from which they hold.")
    currency: Currency | None = Field(
        default=None, description="Currency that all prices are in; if left out, each is converted by its own unit."
    )
    classes: dict[ClassName, tuple[When, ...] | Literal["otherwise"]] = Field(
        default_factory=dict, description="Classes of hours by name, in the order of their subscribed powers."
    )
    energy: tuple[EnergyLine, ...] = Field(default=(), description="Lines per kWh imported.")
    export: tuple[EnergyLine, ...] = Field(default=(), description="Lines paid per kWh exported.")
    peaks: tuple[PeakLine, ...] = Field(default=(), description="Lines per kW of peak import.")
    subscription: Subscription | None = Field(default=None, description="Subscribed power.")
    fixed: tuple[FixedLine, ...] = Field(default=(), description="Lines per day, month or year.")
    minimum: Minimum | None = Field(default=None, description="Minimum bill.")
    taxes: tuple[TaxLine, ...] = Field(default=(), description="Taxes and levies, each a rate on lines before it.")
    measured: Measured | None = Field(default=None, description="Readings of this month before the horizon.")

    @model_validator(mode="wrap")
    @classmethod
    def _in_its_currency(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Read all prices in the currency that the tariff states, converted to that of the case."""
        code = data.get("currency") if isinstance(data, Mapping) else None
        if not isinstance(code, str) or code not in CODES:
            return handler(data)
        money = money_in_force()
        try:
            money.worth(code)
        except CurrencyError as error:
            raise PydanticCustomError(
                "contradiction",
                "{what}",
                {
                    "what": "another currency than that of the case",
                    "field": "currency",
                    "value": code,
                    "expected": money.currency,
                    **remedy_of(error),
                },
            ) from None
        with money.limited_to(code).in_force():
            return handler(data)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        items = list(self.items())
        doubled = sorted({item for item in items if items.count(item) > 1})
        if doubled:
            refuse("name", doubled[0], "a different item for each line of the bill")
        self._refuse_unknown_classes()
        known = items[: len(items) - len(self.taxes)]
        for tax in self.taxes:
            for item in tax.of:
                if item not in known:
                    refuse("taxes", item, "the items of lines before it: " + ", ".join(known))
            known.append(tax.item)
        for line in self.export:
            if line.net or line.tiers:
                refuse("export", line.item, "a price, periods, by_class or a series")
        self._refuse_measured()
        for line in self.energy:
            if line.of:
                refuse("of", line.of, "a line of export", "leave it out")
        return self

    def _refuse_measured(self) -> None:
        """Refuse ``measured`` beside overruns and net energy, whose part before the horizon it does not hold."""
        if self.measured is None:
            return
        if self.subscription and (self.subscription.overrun or self.subscription.overrun_price_per_kw is not None):
            refuse("measured", "given", "no overruns of a subscription beside it", _BEGIN_A_MONTH)
        if any(line.net for line in self.energy):
            refuse("measured", "given", "no net energy beside it", _BEGIN_A_MONTH)

    def sizes(self) -> dict[str, Size]:
        """Subscribed powers that the optimizer chooses, by the name of their variable."""
        return {} if self.subscription is None else self.subscription.sizes()

    def sized(self, decided: Mapping[str, float]) -> Tariff:
        """Tariff with the subscribed powers that have been chosen in place of their ranges; decided: by variable."""
        if self.subscription is None:
            return self
        return self.model_copy(update={"subscription": self.subscription.sized(decided)})

    def items(self) -> list[str]:
        """Names of all lines that may be on the bill, taxes last."""
        lines = [line.item for group in (self.energy, self.export, self.peaks, self.fixed) for line in group]
        if self.subscription:
            lines += [self.subscription.item, f"{self.subscription.item}: overrun"]
        if self.minimum:
            lines.append(self.minimum.item)
        return lines + [tax.item for tax in self.taxes]

    def _refuse_unknown_classes(self) -> None:
        known = list(self.classes)
        if sum(hours == "otherwise" for hours in self.classes.values()) > 1:
            refuse("classes", "otherwise twice", "one class for all other hours")
        for line in (*self.energy, *self.export):
            if line.by_class and sorted(line.by_class) != sorted(known):
                refuse("by_class", ", ".join(line.by_class), f"a price for each class: {', '.join(known) or 'none'}")
        if self.subscription and self.subscription.by_class and list(self.subscription.by_class) != known:
            given = ", ".join(self.subscription.by_class)
            refuse("subscription", given, f"the classes in their order: {', '.join(known) or 'none'}")
