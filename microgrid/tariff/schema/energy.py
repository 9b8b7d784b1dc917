"""Lines of the tariff file that are priced per kWh."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from microgrid.calendar import When, Whens
from microgrid.money import shown_in_force
from microgrid.parameters import Parameters, refuse
from microgrid.series.series_field import PriceSeries
from microgrid.tariff.periods import Per, TiersPer
from microgrid.tariff.schema.fields import (
    Item,
    refuse_disorder,
)
from microgrid.units import Energy, EnergyPrice


class PricePeriod(When):
    """Price that holds in stated months, days and hours."""

    price: EnergyPrice = Field(description="Price in this period.")
    otherwise: bool = Field(default=False, description="Whether the price holds wherever no other period does.")

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.otherwise and self.model_fields_set - {"price", "otherwise"}:
            refuse("otherwise", True, "nothing but a price beside it")
        return self


class EnergyTier(Parameters):
    """Price of the energy drawn above a volume, up to the volume of the next tier."""

    above_kwh: Energy = Field(description="Volume of the billing period from which the price holds.")
    price_per_kwh: EnergyPrice = Field(description="Price of the kWh above it.")


class Net(Parameters):
    """Net metering: a price for import less export of a billing period, a credit for export beyond the import."""

    per: Per = Field(default="month", description="The billing period: month or (calendar) year.")
    credit: EnergyPrice | None = Field(default=None, description="Credit per kWh of net export; the price if left out.")


class EnergyLine(Parameters):
    """Line of the bill per kWh: one price, prices by period or class of hours, a series, tiers, or net metering."""

    item: Item = Field(description="Name of the line on the bill.")
    price: EnergyPrice | None = Field(default=None, description="One price at all times.")
    periods: tuple[PricePeriod, ...] = Field(default=(), description="Prices by local months, days and hours.")
    by_class: dict[str, EnergyPrice] = Field(default_factory=dict, description="Prices by the tariff's classes.")
    series: PriceSeries | None = Field(default=None, description="A price series, for example day-ahead prices.")
    tiers: tuple[EnergyTier, ...] = Field(default=(), description="Prices by the volume of the billing period.")
    per: TiersPer = Field(
        default="month",
        description="Period of the thresholds of the tiers: month, (calendar) year, or day, where the thresholds of a "
        "month are those of a day times its days.",
    )
    of: str = Field(
        default="",
        description="For export: the asset whose own export earns the price; if left out, export of no such asset.",
    )
    when: Whens = Field(
        default=(When(),),
        description="Only within these days and hours, or within any of several such; not beside periods.",
    )
    net: Net | None = Field(default=None, description="With price or by_class: import less export is billed.")

    @model_validator(mode="after")
    def _one_price(self) -> Self:
        ways = ("price", "periods", "by_class", "series", "tiers")
        given = [name for name in ways if getattr(self, name) not in (None, (), {})]
        if len(given) != 1:
            refuse("item", self.item, f"exactly one of {', '.join(ways)}", "state one of them, and no other")
        if sum(period.otherwise for period in self.periods) > 1:
            refuse("periods", "otherwise twice", "one price for all other hours", "keep one of them")
        if self.when != (When(),) and self.periods:
            refuse("when", "given", "no 'when' beside periods", "put the days and hours into the periods")
        if self.net and given[0] not in ("price", "by_class"):
            refuse("net", "given", f"price or by_class beside it, not {given[0]}")
        refuse_disorder("tiers", [tier.above_kwh for tier in self.tiers])
        self._refuse_credit()
        return self

    def _refuse_credit(self) -> None:
        prices = [self.price] if self.price is not None else list(self.by_class.values())
        if self.net and self.net.credit is not None and self.net.credit > min(prices):
            refuse("net", self.net.credit, shown_in_force(f"a credit of at most the price, {min(prices):g} money/kWh"))
