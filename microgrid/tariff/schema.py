"""The tariff file: what each kWh, each kW, the subscription and the meter cost, with taxes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from microgrid.calendar import Months, When, Whens
from microgrid.parameters import Parameters, refuse
from microgrid.physics.size import PowerSize, Size
from microgrid.profiles.series import PriceSeries
from microgrid.tariff.periods import Per
from microgrid.units import Energy, EnergyPrice, Fraction, Number, Power, PowerPrice, Unit

PowerPricePerYear = Annotated[float, Unit("EUR/kW/year"), Field(ge=0)]
MoneyPerYear = Annotated[float, Unit("EUR/year")]
MoneyPerMonth = Annotated[float, Unit("EUR/month")]
MoneyPerDay = Annotated[float, Unit("EUR/d")]
Interval = Annotated[float, Unit("h"), Field(ge=1 / 60, le=24)]
MoneyPerHour = Annotated[float, Unit("EUR/h"), Field(ge=0)]


# A class of hours is a part of names of variables and columns.
ClassName = Annotated[str, Field(pattern=r"^[A-Za-z][\w-]{0,29}$")]

# A name on a bill ends in spreadsheets, where a text that begins with a sign would be a formula.
Item = Annotated[str, Field(pattern=r"^[^\W_][^\x00-\x1f]{0,79}$")]


def _check_instant(text: str) -> str:
    import pandas as pd

    try:
        pd.Timestamp(text)
    except ValueError:
        raise PydanticCustomError("instant", "not an instant", {"expected": 'such as "2018-01-17 18:00"'}) from None
    return text


Instant = Annotated[str, AfterValidator(_check_instant)]


class PricePeriod(When):
    """A price that holds in the given months, days and hours."""

    price: EnergyPrice = Field(description="Price in this period.")
    otherwise: bool = Field(default=False, description="Whether the price holds wherever no other period does.")

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.otherwise and (self.months or self.days or self.hours or self.dates):
            refuse("otherwise", True, "no months, days, hours or dates beside it")
        return self


class EnergyTier(Parameters):
    """A price for what is drawn above a volume, up to the next tier."""

    above_kwh: Energy = Field(description="Volume of the billing period from which the price holds.")
    price_eur_per_kwh: EnergyPrice = Field(description="Price of the kWh above it.")


class PowerTier(Parameters):
    """A price for the power above a threshold, up to the next tier."""

    above_kw: Power = Field(description="Power from which the price holds.")
    price_eur_per_kw: PowerPrice = Field(description="Price of the kW above it.")


class Net(Parameters):
    """Import less export of a billing period has a price; what is exported beyond it has a credit."""

    per: Per = Field(default="month", description="The billing period: month or (calendar) year.")
    credit: EnergyPrice | None = Field(default=None, description="Credit per kWh of net export; the price if left out.")


class EnergyLine(Parameters):
    """A line of the bill per kWh: one price, prices by period or class of hours, a series, tiers by volume, or net."""

    item: Item = Field(description="Name of the line on the bill.")
    price: EnergyPrice | None = Field(default=None, description="One price at all times.")
    periods: tuple[PricePeriod, ...] = Field(default=(), description="Prices by local months, days and hours.")
    by_class: dict[str, EnergyPrice] = Field(default_factory=dict, description="Prices by the tariff's classes.")
    series: PriceSeries | None = Field(default=None, description="A price series, for example day-ahead prices.")
    tiers: tuple[EnergyTier, ...] = Field(default=(), description="Prices by the volume of the billing period.")
    per: Per = Field(default="month", description="Billing period of the tiers: month or (calendar) year.")
    of: str = Field(default="", description="For export: the asset whose own export earns it; all other if left out.")
    when: Whens = Field(default=(When(),), description="With price or tiers: only within these hours, or any of them.")
    net: Net | None = Field(default=None, description="With price or by_class: import less export is billed.")

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        ways = ("price", "periods", "by_class", "series", "tiers")
        given = [name for name in ways if getattr(self, name) not in (None, (), {})]
        if len(given) != 1:
            refuse("item", self.item, f"exactly one of {', '.join(ways)}", "keep one of them")
        if sum(period.otherwise for period in self.periods) > 1:
            refuse("periods", "otherwise twice", "one price for all other hours", "keep one of them")
        if self.when != (When(),) and given[0] not in ("price", "tiers"):
            refuse("when", "given", f"no 'when' beside {given[0]}", "put the hours into the periods")
        if self.net and given[0] not in ("price", "by_class"):
            refuse("net", "given", f"price or by_class beside it, not {given[0]}")
        _refuse_disorder("tiers", [tier.above_kwh for tier in self.tiers])
        self._refuse_credit()
        return self

    def _refuse_credit(self) -> None:
        prices = [self.price] if self.price is not None else list(self.by_class.values())
        if self.net and self.net.credit is not None and self.net.credit > min(prices):
            refuse("net", self.net.credit, f"a credit up to the price, {min(prices):g} EUR/kWh")


class Measured(Parameters):
    """What was metered of the current month and interval before the horizon."""

    peak_kw: Power = Field(default=0.0, description="Highest metered mean of the month so far.")
    interval_mean_kw: Power = Field(default=0.0, description="Mean of the metering interval so far.")
    energy_kwh: Energy = Field(default=0.0, description="Drawn in the billing period so far; counts for tiers.")


class PastPeak(Parameters):
    """The peak of a month before the horizon."""

    month: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] = Field(description='Such as "2017-12".')
    peak_kw: Power = Field(description="Highest metered mean of that month.")


class Ratchet(Parameters):
    """A month is billed at least a share of the highest peak of months before it."""

    share: Fraction = Field(description="Share of the earlier peak.")
    months: Annotated[int, Field(ge=1, le=24)] = Field(default=11, description="How many months are looked back.")
    of_months: Months = Field(default=(), description="Only peaks of these months, 1 to 12; of all if left out.")
    past: tuple[PastPeak, ...] = Field(default=(), description="Peaks before the horizon; 0 where none is given.")
    repeats: bool = Field(
        default=False, description="Whether the year before was like this one; for a horizon of twelve months."
    )

    @model_validator(mode="after")
    def _one_past(self) -> Self:
        if self.repeats and self.past:
            refuse("past", "given", "either past peaks or repeats: true")
        return self


class MonthlyPrice(Parameters):
    """A price of each month's peak that holds in some months."""

    months: Annotated[Months, Field(min_length=1)] = Field(description="Months, 1 to 12.")
    price_eur_per_kw: PowerPrice = Field(description="Price per kW in these months.")


class PeakLine(Parameters):
    """A line per kW of the highest mean import of each month, season or year, within the given hours."""

    item: Item = Field(description="Name of the line on the bill.")
    price_eur_per_kw: PowerPrice | None = Field(default=None, description="Price per kW of each month's peak.")
    tiers: tuple[PowerTier, ...] = Field(default=(), description="Instead: prices of each month's peak by its height.")
    price_eur_per_kw_year: PowerPricePerYear | None = Field(
        default=None, alias="price_per_year", description="Instead: price per kW of the calendar year's peak and year."
    )
    price_eur_per_kw_season: PowerPrice | None = Field(
        default=None,
        alias="price_per_season",
        description="Instead: price per kW of the peak of each run of the months in when.months.",
    )
    price_by_month: tuple[MonthlyPrice, ...] = Field(
        default=(), description="Instead: a price per kW in some months; in the others the line costs nothing."
    )
    when: Whens = Field(
        default=(When(),), description="Only in these months, days and hours, or any of them; always if left out."
    )
    coincident: tuple[Instant, ...] = Field(
        default=(), description="Only in these hours, each by its local start: the network's own peaks."
    )
    interval_hours: Interval | None = Field(
        default=None, description="Metering interval that the mean is taken over; the step if left out."
    )
    ratchet: Ratchet | None = Field(default=None, description="Earlier peaks that are billed again in part.")

    @model_validator(mode="after")
    def _one_price(self) -> Self:
        ways = {
            "price": self.price_eur_per_kw,
            "tiers": self.tiers or None,
            "price_per_year": self.price_eur_per_kw_year,
            "price_per_season": self.price_eur_per_kw_season,
            "price_by_month": self.price_by_month or None,
        }
        given = [name for name, value in ways.items() if value is not None]
        if len(given) != 1:
            refuse("price", ", ".join(given), f"one of {', '.join(ways)}", "keep one")
        if self.ratchet and given[0] in ("price_per_year", "price_per_season"):
            refuse(
                "ratchet", f"with {given[0]}", "a price per month's peak", "such a peak holds in all its months anyway"
            )
        if given[0] == "price_per_season" and not all(when.months for when in self.when):
            refuse("when", "no months", "the months of the season", "add when: {months: [...]}")
        _refuse_disorder("tiers", [tier.above_kw for tier in self.tiers])
        named = [month for line in self.price_by_month for month in line.months]
        if len(set(named)) < len(named):
            refuse("price_by_month", named, "each month once")
        return self


class Overrun(Parameters):
    """What drawing more than the subscribed power costs; without it, no more can be drawn."""

    rule: Literal["peak", "hours", "root_of_squares"] = Field(
        description="peak: per kW of the month's greatest overrun. hours: per hour with an overrun. "
        "root_of_squares: per kW of the root of the sum of squares of all overruns of the month."
    )
    price_eur_per_kw: PowerPrice | None = Field(default=None, description="For peak and root_of_squares.")
    share: Fraction | None = Field(
        default=None, description="For root_of_squares: instead of a price, a share of each class's yearly price."
    )
    price_eur_per_hour: MoneyPerHour | None = Field(default=None, alias="price_per_hour", description="For hours.")
    interval_hours: Interval | None = Field(
        default=None, description="For root_of_squares: metering interval; the step if left out."
    )

    @model_validator(mode="after")
    def _one_price(self) -> Self:
        allowed = {"peak": ("price",), "hours": ("price_per_hour",), "root_of_squares": ("price", "share")}[self.rule]
        values = {"price": self.price_eur_per_kw, "share": self.share, "price_per_hour": self.price_eur_per_hour}
        given = [name for name, value in values.items() if value is not None]
        if len(given) != 1 or given[0] not in allowed:
            refuse("rule", self.rule, " or ".join(allowed), "give that price, and no other")
        if self.interval_hours is not None and self.rule != "root_of_squares":
            refuse("interval", self.interval_hours, "no interval with this rule")
        return self


class ClassPower(Parameters):
    """Subscribed power of a class of hours."""

    power_kw: PowerSize = Field(description="Subscribed power, or {min, max} where it is to be chosen.")
    price_eur_per_kw_year: PowerPricePerYear = Field(
        alias="price", description="Price per kW and year of what is subscribed beyond the class before."
    )


class Subscription(Parameters):
    """Subscribed power, one or one for each class: a share per kW and year, and what more than it costs."""

    item: Item = Field(default="subscribed power", description="Name of the line on the bill.")
    power_kw: PowerSize | None = Field(
        default=None, description="Subscribed power, or {min, max} where it is to be chosen."
    )
    price_eur_per_kw_year: PowerPricePerYear | None = Field(
        default=None, alias="price", description="Price per subscribed kW and year."
    )
    by_class: dict[ClassName, ClassPower] = Field(
        default_factory=dict,
        description="Instead: for each of the tariff's classes, in their order, none less than before.",
    )
    overrun_price_eur_per_kw: PowerPrice | None = Field(
        default=None, description="Short for overrun: {rule: peak, price: ...}."
    )
    overrun: Overrun | None = Field(default=None, description="What more than the subscribed power costs.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.by_class) == (self.power_kw is not None):
            refuse("power", self.power_kw, "either power and price, or by_class")
        if (self.power_kw is None) != (self.price_eur_per_kw_year is None):
            refuse("price", self.price_eur_per_kw_year, "power and price together")
        if self.overrun and self.overrun_price_eur_per_kw is not None:
            refuse("overrun_price", self.overrun_price_eur_per_kw, "either overrun or overrun_price")
        powers = list(self.by_class.items())
        for (before, less), (name, more) in itertools.pairwise(powers):
            if more.power_kw < less.power_kw:
                refuse("by_class", f"{name}: {more.power_kw:g} kW", f"at least the {less.power_kw:g} kW of {before}")
        return self

    def sizes(self) -> dict[str, Size]:
        """Powers that are to be chosen, by the name of their variable."""
        powers = {subscribed_name(name): own.power_kw for name, own in self.by_class.items()}
        powers |= {subscribed_name(): self.power_kw} if self.power_kw is not None else {}
        return {name: power for name, power in powers.items() if isinstance(power, Size)}

    def sized(self, decided: Mapping[str, float]) -> Subscription:
        """The same with powers that have been chosen."""
        known = {name: size.at(decided.get(name, size)) for name, size in self.sizes().items()}
        by_class = {
            name: own.model_copy(update={"power_kw": known.get(subscribed_name(name), own.power_kw)})
            for name, own in self.by_class.items()
        }
        power = known.get(subscribed_name(), self.power_kw)
        return self.model_copy(update={"by_class": by_class, "power_kw": power})


def subscribed_name(of_class: str = "") -> str:
    """Name of the variable of a subscribed power."""
    return f"subscribed_{of_class}_kw" if of_class else "subscribed_kw"


class FixedLine(Parameters):
    """A line that does not depend on consumption: per year, per month or per day."""

    item: Item = Field(description="Name of the line on the bill.")
    price_eur_per_year: MoneyPerYear | None = Field(
        default=None, description="Price per year, spread over its hours; 25 EUR/month is 300 EUR/year."
    )
    price_per_month: MoneyPerMonth | None = Field(
        default=None, description="Instead: price of each calendar month, in part for a part of it."
    )
    price_per_day: MoneyPerDay | None = Field(default=None, description="Instead: price per day.")

    @model_validator(mode="after")
    def _one_price(self) -> Self:
        values = (self.price_eur_per_year, self.price_per_month, self.price_per_day)
        if sum(value is not None for value in values) != 1:
            refuse("item", self.item, "one of price, price_per_month and price_per_day")
        return self


class TaxLine(Parameters):
    """A rate on other lines, such as value added tax."""

    item: Item = Field(description="Name of the line on the bill.")
    rate: Number = Field(description="Share of the lines, such as 20 %.")
    of: tuple[str, ...] = Field(default=(), description="Items of the lines; all that are not taxes if left out.")


class Minimum(Parameters):
    """The least that is billed for the lines before taxes."""

    item: Item = Field(default="minimum bill", description="Name of the line that makes up for what is missing.")
    price_per_month: MoneyPerMonth = Field(description="Least bill of each calendar month, in part for a part of it.")


class Tariff(Parameters):
    """All that a supplier and a grid operator charge for one connection, in EUR."""

    __hash__ = object.__hash__  # a tariff is expanded once for each horizon; its fields are not all hashable

    name: str = Field(min_length=1, description="Name of the tariff.")
    source: str = Field(default="", description="Where its figures come from, and from when on they hold.")
    currency: Literal["EUR"] = Field(default="EUR", description="Of all prices; convert others before.")
    classes: dict[ClassName, tuple[When, ...] | Literal["otherwise"]] = Field(
        default_factory=dict, description="Classes of hours by name, in the order of their subscribed powers."
    )
    energy: tuple[EnergyLine, ...] = Field(default=(), description="Lines per kWh imported.")
    export: tuple[EnergyLine, ...] = Field(default=(), description="Lines paid per kWh exported.")
    peaks: tuple[PeakLine, ...] = Field(default=(), description="Lines per kW of peak import.")
    subscription: Subscription | None = Field(default=None, description="Subscribed power.")
    fixed: tuple[FixedLine, ...] = Field(default=(), description="Lines per day, month or year.")
    minimum: Minimum | None = Field(default=None, description="The least that is billed.")
    taxes: tuple[TaxLine, ...] = Field(default=(), description="Taxes and levies in percent, one on another in order.")
    measured: Measured | None = Field(default=None, description="Metered of the current month before the horizon.")

    @model_validator(mode="after")
    def _distinct(self) -> Self:
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
        for line in self.energy:
            if line.of:
                refuse("of", line.of, "a line of export", "leave it out")
        return self

    def sizes(self) -> dict[str, Size]:
        """Subscribed powers that are to be chosen, by the name of their variable."""
        return {} if self.subscription is None else self.subscription.sizes()

    def sized(self, decided: Mapping[str, float]) -> Tariff:
        """The same tariff with subscribed powers that have been chosen."""
        if self.subscription is None:
            return self
        return self.model_copy(update={"subscription": self.subscription.sized(decided)})

    def items(self) -> list[str]:
        """Names of all lines; taxes last."""
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


def _refuse_disorder(field: str, above: list[float]) -> None:
    if above and (above[0] != 0 or any(b <= a for a, b in itertools.pairwise(above))):
        refuse(field, ", ".join(f"{x:g}" for x in above), "thresholds that rise from 0")
