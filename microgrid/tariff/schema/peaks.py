"""Lines of the tariff file that are priced per kW of a peak."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from microgrid.calendar import Months, When, Whens
from microgrid.parameters import Parameters, refuse
from microgrid.tariff.schema.fields import (
    Instant,
    Interval,
    Item,
    Month,
    PowerPricePerYear,
    refuse_disorder,
)
from microgrid.units import Fraction, Power, PowerPrice


class PowerTier(Parameters):
    """Price of the power above a threshold, up to the threshold of the next tier."""

    above_kw: Power = Field(description="Power from which the price holds.")
    price_per_kw: PowerPrice = Field(description="Price of the kW above it.")


class PastPeak(Parameters):
    """Metered peak of a month before the horizon."""

    month: Month = Field(description='Such as "2017-12".')
    peak_kw: Power = Field(description="Highest metered mean of that month.")


class Ratchet(Parameters):
    """Ratchet: each month is billed for at least a share of the highest peak of earlier months."""

    share: Fraction = Field(description="Share of the earlier peak.")
    months: Annotated[int, Field(ge=1, le=24)] = Field(default=11, description="Number of earlier months that count.")
    of_months: Months = Field(default=(), description="Only peaks of these months, 1 to 12; of all if left out.")
    past: tuple[PastPeak, ...] = Field(default=(), description="Peaks before the horizon; 0 where none is stated.")
    repeats: bool = Field(
        default=False, description="Whether the year before was like this one; for a horizon of twelve months."
    )

    @model_validator(mode="after")
    def _one_past(self) -> Self:
        if self.repeats and self.past:
            refuse("past", "given", "either past peaks or repeats: true")
        return self


class MonthlyPrice(Parameters):
    """Price of each month's peak that holds in some months only."""

    months: Annotated[Months, Field(min_length=1)] = Field(description="Months, 1 to 12.")
    price_per_kw: PowerPrice = Field(description="Price per kW in these months.")


class PeakLine(Parameters):
    """Line of the bill per kW of the highest mean import of each month, season or year, within stated hours."""

    item: Item = Field(description="Name of the line on the bill.")
    price_per_kw: PowerPrice | None = Field(default=None, description="Price per kW of each month's peak.")
    tiers: tuple[PowerTier, ...] = Field(default=(), description="Instead: prices of each month's peak by its height.")
    price_per_kw_year: PowerPricePerYear | None = Field(
        default=None, alias="price_per_year", description="Instead: price per kW of the calendar year's peak and year."
    )
    price_per_kw_season: PowerPrice | None = Field(
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
            "price": self.price_per_kw,
            "tiers": self.tiers or None,
            "price_per_year": self.price_per_kw_year,
            "price_per_season": self.price_per_kw_season,
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
        refuse_disorder("tiers", [tier.above_kw for tier in self.tiers])
        named = [month for line in self.price_by_month for month in line.months]
        if len(set(named)) < len(named):
            refuse("price_by_month", named, "each month once")
        return self
