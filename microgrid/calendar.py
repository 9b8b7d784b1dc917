"""Local calendars: which part of each step lies in given months, days and hours of the site's own clock."""

from __future__ import annotations

import datetime as dt
import functools
import math
import re
import zoneinfo
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

import numpy as np
import pandas as pd
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from microgrid.errors import InputError
from microgrid.horizon import BoolArray, FloatArray, Horizon
from microgrid.parameters import refuse

DayType = Literal[
    "working", "weekend", "holiday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
]
Days = tuple[DayType, ...]
Months = tuple[Annotated[int, Field(ge=1, le=12)], ...]
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS = re.compile(r"^([01]\d|2[0-4]):([0-5]\d)\s*-\s*([01]\d|2[0-4]):([0-5]\d)$")


def minutes_of(hours: str) -> tuple[int, int]:
    """Minutes of the day at which a range of hours begins and ends: "22:00-06:00" -> (1320, 360); or ValueError."""
    match = _HOURS.match(hours.strip())
    if not match:
        raise ValueError("not a range of hours")
    start = int(match[1]) * 60 + int(match[2])
    end = int(match[3]) * 60 + int(match[4])
    if max(start, end) > 1440 or start == end:
        raise ValueError("not a range of hours")
    return start, end


def _check_hours(hours: str) -> str:
    try:
        minutes_of(hours)
    except ValueError as error:
        raise PydanticCustomError(
            "hours", "{reason}", {"reason": str(error), "expected": 'local hours such as "07:00-19:00"'}
        ) from None
    return hours


Hours = Annotated[str, AfterValidator(_check_hours)]


class _Dates:
    """Marks a field of dates: a list, or those rows of a file of the case that have a stated value."""

    @staticmethod
    def read(value: Any, info: ValidationInfo) -> tuple[dt.date, ...]:
        """The dates in order; a pydantic error names what is wrong."""
        try:
            if isinstance(value, Mapping):
                return tuple((info.context or {})["reading"].dates(value))
            listed = [value] if isinstance(value, str) else value
            return tuple(sorted(dt.date.fromisoformat(str(day)) for day in listed))
        except InputError as error:
            raise PydanticCustomError("problems", "see problems", {"problems": error.problems}) from None
        except (KeyError, TypeError, ValueError):
            expected = 'dates such as "2018-01-17", or {file, column, is}'
            raise PydanticCustomError("dates", "not a list of dates", {"expected": expected}) from None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        listed = {"type": "array", "items": {"type": "string", "format": "date"}}
        text = {"type": "string"}
        properties = {"file": text, "column": text, "is": text}
        required = ["file", "column", "is"]
        found = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
        return {"anyOf": [listed, found]}


Dates = Annotated[tuple[dt.date, ...], _Dates()]


class When(BaseModel):
    """Period of the site's calendar: validity, months, days, dates and hours; what is not stated does not restrict.

    ``working`` is Monday to Friday except public holidays, ``weekend`` is Saturday and Sunday, ``holiday`` a public
    holiday of the site's country. Several entries mean any one of them. Hours may cross midnight ("22:00-06:00").
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    from_date: dt.date | None = Field(default=None, alias="from", description="First day of the period.")
    until_date: dt.date | None = Field(default=None, alias="until", description="First day after the period.")
    months: Months = Field(default=(), description="Months, 1 to 12.")
    days: Days = Field(default=(), description="working, weekend, holiday, or names of weekdays in English.")
    dates: Dates = Field(
        default=(), description="Certain dates: a list, or {file, column, is}, the rows of a file with that value."
    )
    hours: tuple[Hours, ...] = Field(default=(), description='Ranges of local hours such as "07:00-19:00".')

    @model_validator(mode="after")
    def _until_after_from(self) -> Self:
        if self.from_date and self.until_date and self.from_date >= self.until_date:
            refuse("until", self.until_date, f"a day after {self.from_date}")
        return self

    def coverage(self, horizon: Horizon) -> FloatArray:
        """Fraction of each step that lies within the period, (N,), 0 to 1; the array is shared and read-only."""
        return _coverage(self, horizon)

    def resolution_seconds(self, horizon: Horizon) -> int:
        """Longest interval [s] of which the steps, the limits of the hours and the clock changes are multiples."""
        edges = [edge * 60 for hours in self.hours for edge in minutes_of(hours)]
        local = horizon.local
        starts = np.asarray(local.hour) * 3600 + np.asarray(local.minute) * 60 + np.asarray(local.second)
        lengths = np.rint(horizon.step_hours * 3600).astype(int)
        changes = horizon.clock_changes_seconds
        found = np.concatenate([np.unique(starts), np.unique(lengths), np.array([*edges, *changes, 86400], dtype=int)])
        return math.gcd(*found.tolist())

    def holds(self, local: pd.DatetimeIndex, country: str) -> BoolArray:
        """Whether each of n local instants lies within the period, (n,)."""
        inside = np.ones(len(local), dtype=bool)
        if self.from_date:
            inside &= np.asarray(local.tz_localize(None) >= pd.Timestamp(self.from_date))
        if self.until_date:
            inside &= np.asarray(local.tz_localize(None) < pd.Timestamp(self.until_date))
        if self.months:
            inside &= np.isin(local.month, self.months)
        if self.days:
            inside &= _is_day(local, self.days, country)
        if self.dates:
            inside &= np.asarray(local.tz_localize(None).normalize().isin(pd.DatetimeIndex(self.dates)))
        if self.hours:
            minute = np.asarray(local.hour) * 60 + np.asarray(local.minute)
            ranges = [minutes_of(hours) for hours in self.hours]
            inside &= np.any(
                [(minute >= a) & (minute < b) if a < b else (minute >= a) | (minute < b) for a, b in ranges],
                axis=0,
            )
        return inside


class _OneOrMore:
    """Marks a field that holds a list of values, or one value without a list."""

    @staticmethod
    def read(value: Any) -> Any:
        """A list or tuple as it stands; any other value as a tuple of one."""
        return value if isinstance(value, list | tuple) else (value,)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        several = handler(schema)
        return {"anyOf": [several["items"], several]}


Whens = Annotated[tuple[When, ...], Field(min_length=1), _OneOrMore()]


def coverage(whens: tuple[When, ...], horizon: Horizon) -> FloatArray:
    """Fraction of each step that lies in any of several periods, (N,), which must not overlap within a step."""
    return np.asarray(np.minimum(np.sum([when.coverage(horizon) for when in whens], axis=0), 1.0))


@functools.lru_cache(maxsize=256)
def _coverage(when: When, horizon: Horizon) -> FloatArray:
    parts, starts = _parts(horizon, when.resolution_seconds(horizon))
    inside = when.holds(starts, horizon.country)
    counts = np.bincount(parts, minlength=horizon.steps)
    covered = np.bincount(parts, weights=inside, minlength=horizon.steps) / counts
    covered.flags.writeable = False
    return covered


def _parts(horizon: Horizon, seconds: int) -> tuple[np.ndarray, pd.DatetimeIndex]:
    """Cut each step into parts of equal length: the step that each part belongs to, and the local start of the part."""
    counts = np.rint(horizon.step_hours * 3600 / seconds).astype(int)
    step = np.repeat(np.arange(horizon.steps), counts)
    if len(step) == horizon.steps:
        return step, horizon.local
    within = np.arange(len(step)) - np.repeat(np.cumsum(counts) - counts, counts)
    starts = horizon.points[:-1][step] + pd.to_timedelta(within * seconds, unit="s")
    return step, starts.tz_convert(horizon.timezone)


def _is_day(local: pd.DatetimeIndex, days: tuple[str, ...], country: str) -> BoolArray:
    weekday = np.asarray(local.day_of_week)
    holiday = is_holiday(local, country) if {"working", "holiday"} & set(days) else np.zeros(len(local), bool)
    inside = np.zeros(len(local), dtype=bool)
    for day in days:
        if day == "working":
            inside |= (weekday < 5) & ~holiday
        elif day == "weekend":
            inside |= weekday >= 5
        elif day == "holiday":
            inside |= holiday
        else:
            inside |= weekday == _WEEKDAYS.index(day)
    return inside


def is_holiday(local: pd.DatetimeIndex, country: str) -> BoolArray:
    """Whether each local instant lies on a public holiday of the country ("FR", or "DE-BY" with its region)."""
    days = local.tz_localize(None).normalize()
    dates = holiday_dates(country, tuple(int(year) for year in np.unique(local.year)))
    return np.asarray(days.isin(pd.DatetimeIndex(sorted(dates))))


@functools.cache
def holiday_dates(country: str, years: tuple[int, ...]) -> frozenset[dt.date]:
    """Public holidays of a country (and region), from the package ``holidays``; none for ""."""
    if not country:
        return frozenset()
    import holidays

    code, _, region = country.partition("-")
    return frozenset(holidays.country_holidays(code, subdiv=region or None, years=years))


def check_timezone(name: str) -> str:
    """The IANA name itself; a pydantic error if there is no such time zone."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise PydanticCustomError(
            "timezone", "unknown time zone", {"expected": "an IANA name such as Europe/Paris"}
        ) from None
    return name


def check_country(country: str) -> str:
    """The country code itself; a pydantic error if the package ``holidays`` does not have it."""
    if not country:
        return country
    code, _, region = country.partition("-")
    if code not in _known_countries() or ("-" in country and not _is_region(code, region)):
        raise PydanticCustomError(
            "country",
            "unknown country or region",
            {"expected": 'an ISO 3166 code such as FR or DE-BY, or "" for no public holidays'},
        )
    return country


@functools.cache
def _known_countries() -> frozenset[str]:
    """Country codes of the package ``holidays``, from its registry: its calendars of 250 countries are not loaded."""
    from holidays.registry import COUNTRIES

    return frozenset(name for names in COUNTRIES.values() for name in names if len(name) == 2)


def _is_region(code: str, region: str) -> bool:
    if not region:
        return False
    try:
        holiday_dates(f"{code}-{region}", (2018,))
    except NotImplementedError:
        return False
    return True
