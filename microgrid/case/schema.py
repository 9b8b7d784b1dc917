"""Sections and fields of case.yaml, apart from the parameters of the assets, which their kinds declare."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from microgrid.calendar import check_country, check_timezone
from microgrid.contract.asset import ELECTRICITY
from microgrid.documents.currencies import ExchangeRates, OwnCurrency
from microgrid.documents.spelling import Name
from microgrid.money import EURO
from microgrid.parameters import Parameters, refuse
from microgrid.sensors.schema import Sensors
from microgrid.units import Area, CarbonPrice, Duration, Fraction, Number, Unit

VERSION = 1


# The name of a scenario is that of a folder of results, which every operating system has to accept.
ScenarioName = Annotated[
    str,
    Name("[A-Za-z0-9]", "[A-Za-z0-9_-]", 60, "a letter of A to Z or a digit, then these, _ or -, up to 60 characters"),
]


NodeName = Annotated[
    str,
    Name(
        r"[^\W_]",
        r"[\w +&()'-]",
        60,
        "a letter or digit first, then these, blanks and _ + & ( ) ' -, up to 60 characters",
    ),
]
CarrierName = Annotated[
    str, Name("[a-z]", "[a-z0-9_]", 40, "a small letter of a to z, then these, digits or _, up to 40 characters")
]
WELL_KNOWN_CARRIERS = (ELECTRICITY, "heat", "cold", "gas", "hydrogen")


class Site(Parameters):
    """Place, clock and size of the site."""

    timezone: Annotated[str, AfterValidator(check_timezone)] = Field(description="IANA name, e.g. Europe/Paris.")
    country: Annotated[str, AfterValidator(check_country)] = Field(
        default="",
        description="Country (and region) whose public holidays apply, e.g. FR or DE-BY; none if empty.",
    )
    latitude: float | None = Field(default=None, ge=-90, le=90, description="Degrees north.")
    longitude: float | None = Field(default=None, ge=-180, le=180, description="Degrees east.")
    area_m2: Area | None = Field(default=None, description="Area of the land.")
    floor_area_m2: Area | None = Field(default=None, description="Floor area of the buildings.")
    occupants: int | None = Field(default=None, ge=0, description="Working population.")


class Node(Parameters):
    """A place on the site where flows are balanced, with its position and size."""

    description: str = Field(default="", description="What the node is, such as a building.")
    latitude: float | None = Field(default=None, ge=-90, le=90, description="Degrees north.")
    longitude: float | None = Field(default=None, ge=-180, le=180, description="Degrees east.")
    area_m2: Area | None = Field(default=None, description="Area of the land.")
    floor_area_m2: Area | None = Field(default=None, description="Floor area of the buildings.")
    occupants: int | None = Field(default=None, ge=0, description="Working population.")


class Carrier(Parameters):
    """A form of energy that flows between assets and nodes, beside the well-known carriers."""

    description: str = Field(default="", description="What it is, such as steam at 6 bar.")


class Segment(Parameters):
    """A stretch of the horizon with steps of one length."""

    for_hours: Duration | None = Field(default=None, description="Length of the stretch; to the end if left out.")
    step_hours: Duration = Field(description="Length of each step in it.")


def _written_date(value: object) -> object:
    if isinstance(value, str | dt.date):
        return value
    raise PydanticCustomError("date", "not a date", {"expected": "a date such as 2018-01-01 or 2018-01-01T06:00:00"})


# A date alone is a local midnight, which the format "date-time" of JSON Schema would refuse.
LocalTime = Annotated[
    dt.datetime,
    BeforeValidator(_written_date),
    WithJsonSchema({"type": "string", "examples": ["2018-01-01", "2018-01-01T06:00:00"]}),
]


def _one_length_or_stretches(value: object) -> str:
    return "stretches" if isinstance(value, list | tuple) else "length"


StepLengths = Annotated[
    Annotated[Duration, Tag("length")] | Annotated[tuple[Segment, ...], Field(min_length=1), Tag("stretches")],
    Discriminator(_one_length_or_stretches),
]


class HorizonSpec(Parameters):
    """Begin and end of the horizon, in the site's local time, and the length of its steps."""

    start: LocalTime = Field(description="Begin of the first step, local time.")
    end: LocalTime = Field(description="End of the last step, local time.")
    step_hours: StepLengths = Field(description="Length of every step, or stretches of steps.")


class EmissionsCap(Parameters):
    """Greatest emissions in each period; a part of a period has its share of the limit."""

    max_kgco2: Annotated[float, Unit("kg"), Field(ge=0)] = Field(alias="max", description="Greatest emissions.")
    per: Literal["day", "month", "year"] = Field(default="year", description="Period, on the site's calendar.")


class Objective(Parameters):
    """Minimize weight x cost + carbon_price x kgCO2 + weight x inconvenience, within caps on emissions.

    With least_emissions_within the sum is minimized first; of all plans whose sum exceeds the least by at most this
    share, the one with the least emissions is chosen.
    """

    cost: Annotated[Number, Field(ge=0)] = Field(default=1.0, description="Weight of the cost.")
    carbon_price_per_kgco2: CarbonPrice = Field(default=0.0, description="Weight of emissions, as a price.")
    inconvenience: Annotated[Number, Field(ge=0)] = Field(
        default=1.0,
        description="Weight of the prices of discomfort, moved and shed demand, and stores outside their window.",
    )
    emissions_caps: tuple[EmissionsCap, ...] = Field(default=(), description="Limits that emissions have to keep.")
    least_emissions_within: Fraction | None = Field(
        default=None,
        description="Minimize emissions next, among plans at most this share dearer than the best, such as 2 %.",
    )

    @model_validator(mode="after")
    def _one_cap_a_period(self) -> Self:
        periods = [cap.per for cap in self.emissions_caps]
        for per in periods:
            if periods.count(per) > 1:
                refuse("emissions_caps", per, "one cap for each of day, month and year", "keep the lower one")
        return self


class Target(Parameters):
    """Limits of a key figure or an account: quantities, or numbers in the unit at the end of its name.

    A run that misses one ends with exit code 1.
    """

    min: float | str | None = Field(default=None, description="Least value that meets the target, such as 90 %.")
    max: float | str | None = Field(default=None, description="Greatest value that meets the target, such as 200 kW.")

    @model_validator(mode="after")
    def _any_limit(self) -> Self:
        if self.min is None and self.max is None:
            refuse("max", None, "a least or a greatest value")
        return self


class CaseFile(Parameters):
    """Content of case.yaml."""

    version: Literal[1] = Field(default=1, description="Version of the format.")
    name: str = Field(min_length=1, max_length=200, description="Title of the case.")
    description: str = Field(default="", description="What the case is about.")
    currency: OwnCurrency = EURO
    exchange_rates: ExchangeRates = Field(default_factory=dict)
    site: Site = Field(description="The site.")
    nodes: dict[NodeName, Node] = Field(
        default_factory=dict, description="The nodes by name; if left out, those that the assets name, or one, site."
    )
    carriers: dict[CarrierName, Carrier] = Field(
        default_factory=dict, description="Carriers beside electricity, heat, cold, gas and hydrogen, by name."
    )
    horizon: HorizonSpec = Field(description="The time axis.")
    objective: Objective = Field(default_factory=Objective, description="What is minimized.")
    assets: dict[str, dict[str, Any]] = Field(min_length=1, description="The assets by name.")
    sensors: Sensors | None = Field(default=None, description="An archive of sensors, and the series made of it.")
    scenarios: dict[ScenarioName, dict[str, Any]] = Field(
        default_factory=dict, description="Changes by scenario: dotted path -> new value, null to remove."
    )
    targets: dict[str, Target] = Field(
        default_factory=dict,
        description="Limits by key figure or account, e.g. peak_import_kw: {max: 200}; checked, not enforced.",
    )
    max_repaired: Fraction | None = Field(
        default=None, description="Greatest share of a column's values that may be filled or altered, such as 2 %."
    )
    sources: dict[str, str] = Field(default_factory=dict, description="Sources of values: dotted path -> source.")
    notes: tuple[str, ...] = Field(default=(), description="Sentences that every report of the case shows.")
