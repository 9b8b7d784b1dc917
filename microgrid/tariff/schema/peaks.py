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
        default=False,
        description="Whether the year before had the peaks of this one; for a horizon of twelve months.",
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
    tiers: tuple[PowerTier, ...] = Field(default=(), description="Instead: prices per kW by tiers of power.")
    price_per_kw_year: PowerPricePerYear | None = Field(
        default=None, alias="price_per_year", description="Instead: price per kW and year of the calendar year's peak."
    )
    price_per_kw_season: PowerPrice | None = Field(
        default=None,
        alias="price_per_season",
        description="Instead: price per kW of each season's peak; a season is a run of months in when.months.",
    )
    price_by_month: tuple[MonthlyPrice, ...] = Field(
        default=(), description="Instead: a price per kW in some months; in the others the line costs nothing."
    )
    when: Whens = Field(
        default=(When(),),
        description="Only within these months, days and hours, or within any of several such; always if left out.",
    )
    coincident: tuple[Instant, ...] = Field(
        default=(),
        description="Coincident peaks: only in these hours of the network's own peak, each by its local start.",
    )
    interval_hours: Interval | None = Field(
        default=None, description="Metering interval that the mean is taken over; the step if left out."
    )
    ratchet: Ratchet | None = Field(default=None, description="Share of earlier peaks that is billed at least.")

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
            refuse("price", ", ".join(given) or None, f"exactly one of {', '.join(ways)}", "state one, and no other")
        if self.ratchet and given[0] in ("price_per_year", "price_per_season"):
            refuse(
                "ratchet",
                f"with {given[0]}",
                "a price per month's peak",
                "leave it out: a yearly or seasonal peak is billed in all its months anyway",
            )
        if given[0] == "price_per_season" and not all(when.months for when in self.when):
            refuse("when", "no months", "the months of the season", "add when: {months: [...]}")
        refuse_disorder("tiers", [tier.above_kw for tier in self.tiers])
        named = [month for line in self.price_by_month for month in line.months]
        if len(set(named)) < len(named):
            refuse("price_by_month", named, "each month once")
        return self
