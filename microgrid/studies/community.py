"""Schema of a community file: producers, participants, the key by which energy is shared, and its price."""

from __future__ import annotations

import math
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from microgrid.calendar import check_country, check_timezone
from microgrid.documents.currencies import ExchangeRates, OwnCurrency
from microgrid.formats.renamed_columns import Columns
from microgrid.money import EURO
from microgrid.parameters import Parameters, refuse
from microgrid.tariff import sharing
from microgrid.tariff.schema.fields import Item
from microgrid.units import Duration, EnergyPrice, Fraction, Number


class Member(Parameters):
    """Column of a meter file."""

    meter: str = Field(min_length=1, description="Meter file, in the community file's folder.")
    column: str = Field(min_length=1, description="Column of what is fed in or drawn, such as export_kw or import_kw.")
    unit: str = Field(default="", description="Unit of power or energy, if the column's name does not end in it.")
    scale: Number = Field(default=1.0, description="Number that every reading is multiplied by.")
    format: str | dict[str, Any] | None = Field(default=None, description="Format of the file, as of any series.")


class Producer(Member):
    """Producer: a meter whose feed-in is shared."""

    surplus_price_per_kwh: EnergyPrice = Field(
        description="Price paid to the producer for energy that no participant uses."
    )


class Participant(Member):
    """Participant: a meter that gets a part of the shared energy."""

    tariff: str = Field(min_length=1, description="Tariff file; its series are read from the community's folder.")
    share: Fraction | None = Field(default=None, description="Share of the generation; for key static.")
    network_items: tuple[str, ...] = Field(
        default=(), description="Energy lines of the tariff that are charged on shared energy too."
    )


class Shares(Parameters):
    """File of coefficients, with a column for each participant."""

    file: str = Field(min_length=1, description="Table with a column for each participant.")
    format: str | dict[str, Any] | None = Field(default=None, description="Format of the file, as of any series.")
    columns: Columns = Field(
        default_factory=dict, description="Columns under other names: participant -> name in the file."
    )


class Community(Parameters):
    """Community file."""

    name: str = Field(min_length=1, description="Title of the community.")
    timezone: Annotated[str, AfterValidator(check_timezone)] = Field(
        description="IANA name of the time zone, such as Europe/Paris."
    )
    country: Annotated[str, AfterValidator(check_country)] = Field(
        default="", description="Country of the public holidays."
    )
    interval_hours: Duration = Field(default=0.5, description="Metering interval in which energy is shared.")
    key: sharing.Key = Field(default="dynamic", description="Rule by which energy is shared.")
    currency: OwnCurrency = EURO
    exchange_rates: ExchangeRates = Field(default_factory=dict)
    shared_price_per_kwh: EnergyPrice = Field(description="Price that participants pay producers for shared energy.")
    shared_grid_price_per_kwh: EnergyPrice = Field(default=0.0, description="Network and taxes on shared energy.")
    producers: dict[Item, Producer] = Field(min_length=1, description="Meters that feed in, by name.")
    participants: dict[Item, Participant] = Field(min_length=1, description="Meters that draw, by name.")
    shares: Shares | None = Field(default=None, description="Coefficients of each interval; for key own.")
    priority: tuple[str, ...] = Field(
        default=(), description="Participants in the order of being served; for key priority."
    )

    @model_validator(mode="after")
    def _key_complete(self) -> Self:
        seconds = self.interval_hours * 3600
        if abs(seconds - round(seconds)) > 1e-6 or round(seconds) < 1 or 3600 % round(seconds):
            refuse("interval", f"{self.interval_hours * 60:g} min", "a length that divides the hour, such as 15 min")
        members: tuple[Member, ...] = (*self.producers.values(), *self.participants.values())
        readings = [f"{own.meter}: {own.column}" for own in members]
        twice = sorted({reading for reading in readings if readings.count(reading) > 1})
        if twice:
            refuse("participants", f"{twice[0]} is named twice", "a column of its own for each member")
        without = [name for name, own in self.participants.items() if own.share is None]
        if self.key == "static" and without:
            refuse("key", "static", "a share of each participant", f"add share: 40 % to {without[0]}")
        total = math.fsum(own.share or 0.0 for own in self.participants.values())
        if self.key == "static" and total > 1 + sharing.TOLERANCE:
            refuse("participants", f"shares of {total:.4%} together", "100 % at most")
        if self.key == "own" and self.shares is None:
            refuse("key", "own", "a file of coefficients", "add shares: {file: shares.csv}")
        if self.key == "priority" and sorted(self.priority) != sorted(self.participants):
            refuse("key", "priority", "a list 'priority' with each participant once", ", ".join(self.participants))
        return self
