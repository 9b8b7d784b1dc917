"""The tariff file: what each kWh, each kW of peak, the subscription and the meter cost."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from microgrid.calendar import Months, When
from microgrid.parameters import Parameters, refuse
from microgrid.profiles.series import PriceSeries
from microgrid.units import Duration, EnergyPrice, Fraction, Power, PowerPrice, Unit

PowerPricePerYear = Annotated[float, Unit("EUR/kW/year"), Field(ge=0)]
MoneyPerYear = Annotated[float, Unit("EUR/year")]


# A name on a bill ends in spreadsheets, where a text that begins with a sign would be a formula.
Item = Annotated[str, Field(pattern=r"^[^\W_][^\x00-\x1f]{0,79}$")]


class PricePeriod(When):
    """A price that holds in the given months, days and hours."""

    price: EnergyPrice = Field(description="Price in this period.")
    otherwise: bool = Field(default=False, description="Whether the price holds wherever no other period does.")

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.otherwise and (self.months or self.days or self.hours):
            refuse("otherwise", True, "no months, days or hours beside it")
        return self


class EnergyLine(Parameters):
    """A line of the bill per kWh: one price, prices by period that cover each hour once, or a series."""

    item: Item = Field(description="Name of the line on the bill.")
    price: EnergyPrice | None = Field(default=None, description="One price at all times.")
    periods: tuple[PricePeriod, ...] = Field(default=(), description="Prices by local months, days and hours.")
    series: PriceSeries | None = Field(default=None, description="A price series, for example day-ahead prices.")

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        given = [name for name in ("price", "periods", "series") if getattr(self, name) not in (None, ())]
        if len(given) != 1:
            refuse("item", self.item, "exactly one of price, periods and series", "keep one of them")
        if sum(period.otherwise for period in self.periods) > 1:
            refuse("periods", "otherwise twice", "one price for all other hours", "keep one of them")
        return self


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


class PeakLine(Parameters):
    """A line per kW of the highest mean import of each calendar month, or year, within the given hours."""

    item: Item = Field(description="Name of the line on the bill.")
    price_eur_per_kw: PowerPrice | None = Field(default=None, description="Price per kW of each month's peak.")
    price_eur_per_kw_year: PowerPricePerYear | None = Field(
        default=None, alias="price_per_year", description="Instead: price per kW of the calendar year's peak and year."
    )
    when: When = Field(default_factory=When, description="Only in these months, days and hours; always if left out.")
    interval_hours: Duration | None = Field(
        default=None, description="Metering interval that the mean is taken over; the step if left out."
    )
    ratchet: Ratchet | None = Field(default=None, description="Earlier peaks that are billed again in part.")

    @model_validator(mode="after")
    def _one_price(self) -> Self:
        if (self.price_eur_per_kw is None) == (self.price_eur_per_kw_year is None):
            refuse("price", self.price_eur_per_kw, "either price (per month's peak) or price_per_year", "keep one")
        if self.ratchet and self.price_eur_per_kw_year is not None:
            refuse("ratchet", "with price_per_year", "a price per month's peak", "a year's peak holds all year anyway")
        return self


class Subscription(Parameters):
    """Subscribed power: a share per kW and year, and a price for each month's peak above it."""

    item: Item = Field(default="subscribed power", description="Name of the line on the bill.")
    power_kw: Power = Field(description="Subscribed power.")
    price_eur_per_kw_year: PowerPricePerYear = Field(description="Price per subscribed kW and year.")
    overrun_price_eur_per_kw: PowerPrice = Field(
        description="Price per kW of each month's peak above the subscription."
    )


class FixedLine(Parameters):
    """A line that does not depend on consumption."""

    item: Item = Field(description="Name of the line on the bill.")
    price_eur_per_year: MoneyPerYear = Field(description="Price per year, or per month.")


class Tariff(Parameters):
    """All that a supplier and a grid operator charge for one connection, in EUR."""

    name: str = Field(min_length=1, description="Name of the tariff.")
    energy: tuple[EnergyLine, ...] = Field(default=(), description="Lines per kWh imported.")
    export: tuple[EnergyLine, ...] = Field(default=(), description="Lines paid per kWh exported.")
    peaks: tuple[PeakLine, ...] = Field(default=(), description="Lines per kW of monthly peak import.")
    subscription: Subscription | None = Field(default=None, description="Subscribed power.")
    fixed: tuple[FixedLine, ...] = Field(default=(), description="Lines per month or year.")

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        groups = (self.energy, self.export, self.peaks, self.fixed, [self.subscription] if self.subscription else [])
        items = [line.item for group in groups for line in group]
        doubled = sorted({item for item in items if items.count(item) > 1})
        if doubled:
            refuse("name", doubled[0], "a different item for each line of the bill")
        return self
