"""Profiles of generation that are computed from a weather file: base of their models, and their field."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field, GetJsonSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema

from microgrid.errors import InputError, Problem
from microgrid.formats.timed_table import TIME, Table
from microgrid.formats.weather import sun_position
from microgrid.horizon import FloatArray
from microgrid.series.context import Reading
from microgrid.series.derived.from_file import FromFile
from microgrid.series.fill import Fill, fill_gaps
from microgrid.series.registry import validated
from microgrid.series.series_field import Series, SeriesOf
from microgrid.series.to_horizon import onto_horizon


@dataclass(frozen=True)
class Weather:
    """Weather file whose columns are read by name, filled by the rule of the case."""

    table: Table
    reading: Reading
    fill: Fill | None

    @property
    def middle(self) -> pd.DatetimeIndex:
        """Middle of each interval of the file, in UTC, (rows,)."""
        points = self.table.points
        return pd.DatetimeIndex(pd.to_datetime((points[:-1] + points[1:]) // 2, unit="s", utc=True))

    def has(self, column: str) -> bool:
        """Whether the file has a column."""
        return column in self.table.frame.columns

    def column(self, column: str) -> FloatArray:
        """Values of a column, filled by the rule of the case, NaN where they stay missing, (rows,).

        Raises:
            InputError: the file has no such column.
        """
        if not self.has(column):
            names = [str(name) for name in self.table.frame.columns if name != TIME]
            raise InputError(
                Problem(
                    f"no column {column!r}",
                    file=self.table.name,
                    field=column,
                    expected="one of " + ", ".join(names[:12]) + (", ..." if len(names) > 12 else ""),
                    remedy=f"state which column of the file it is: 'columns: {{{column}: NAME}}'",
                )
            )
        values = self.table.column(column, holes=True)
        if self.fill is None:
            return values
        horizon = self.reading.horizon
        filled, counts = fill_gaps(self.table.points, values, self.fill, horizon.timezone, horizon.country)
        for how, count in counts.items():
            self.reading.log.add(self.table.label, column, "filled", count, f"holes, by {how}", of=len(values))
        return filled

    def place(self) -> tuple[float, float]:
        """Latitude and longitude of the site [deg]; a ValueError if they are not stated."""
        latitude = self.reading.latitude
        longitude = self.reading.longitude
        if latitude is None or longitude is None:
            raise ValueError(
                "a series from weather needs the place of the site: give 'latitude' and 'longitude' under 'site'"
            )
        return latitude, longitude

    def report_off_sun(self, ghi: FloatArray) -> None:
        """Log irradiance that does not fit the sun at the site, unless the reader did so for the place of the file."""
        log = self.reading.log
        label = self.table.label
        points = self.table.points
        if not any((repair.file, repair.what) == (label, sun_position.OFF) for repair in log.repairs):
            sun_position.report_off_sun(log, label, points[:-1], points[1:], {"ghi_w_per_m2": ghi}, self.place())


class WeatherModel(FromFile):
    """Model that computes power per rated power from a weather file."""

    follows_sun: ClassVar[bool] = False

    weather: str = Field(description="The weather file.")

    @abstractmethod
    def fraction(self, weather: Weather) -> FloatArray:
        """Power per rated power in each interval of the file, (rows,), NaN where the weather is missing."""

    @abstractmethod
    def describe(self) -> str:
        """Model in a few words, for the log."""

    def on(self, reading: Reading) -> FloatArray:
        """Power per rated power on the steps of the horizon, (N,)."""
        table = self.table(reading, self.weather)
        fraction = self.fraction(Weather(table, reading, self.fill))
        reading.log.add(table.label, "weather", "modelled", len(fraction), self.describe())
        return onto_horizon(table, "weather", fraction, reading.horizon, reading.log, None, self.align)


@dataclass(frozen=True, kw_only=True)
class FromWeather(SeriesOf):
    """Marks a field as a series of power per rated power, which may be computed from a weather file."""

    model: type[WeatherModel]

    def _from_spec(self, value: object, reading: Reading) -> Series:
        if not isinstance(value, Mapping) or "weather" not in value:
            series = super()._from_spec(value, reading)
            if self.model.follows_sun and isinstance(value, Mapping) and "file" in value:
                _report_generation_in_the_dark(value, reading)
            return series
        model = validated(self.model, value)
        return Series(model.on(reading), f"{model.weather}: {model.describe()}")

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        plain = super().__get_pydantic_json_schema__(schema, handler)
        own = handler(TypeAdapter(self.model).core_schema)
        return {**plain, "anyOf": [*plain["anyOf"], own]}


def _report_generation_in_the_dark(value: Mapping[str, Any], reading: Reading) -> None:
    """Report generation from a file that comes in the dark at the site, where its place is known."""
    if reading.latitude is None or reading.longitude is None:
        return
    table = reading.table(value["file"], value.get("format"))
    column = str(value["column"])
    share = table.column(column, holes=True)
    place = (reading.latitude, reading.longitude)
    sun_position.report_in_the_dark(reading.log, table.label, column, table.points[:-1], table.points[1:], share, place)


def where_known(values: FloatArray, *needed: FloatArray) -> FloatArray:
    """Values, with NaN wherever any of the values that they are computed from is missing."""
    missing = np.any([np.isnan(part) for part in needed], axis=0)
    return np.where(missing, np.nan, values)
