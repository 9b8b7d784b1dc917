"""Standard heat profiles of the German gas industry: demand by type of building, temperature, day and hour."""

from __future__ import annotations

import datetime as dt
import warnings
from typing import ClassVar, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from microgrid.calendar import holiday_dates
from microgrid.errors import InputError, Problem
from microgrid.formats.timed_table import Table
from microgrid.horizon import FloatArray
from microgrid.parameters import refuse
from microgrid.series.context import Reading
from microgrid.series.derived.from_file import FromFile
from microgrid.series.derived.from_weather import Weather
from microgrid.series.derived.local_days import LocalDays, local_days
from microgrid.series.registry import DerivedSeries
from microgrid.series.to_horizon import onto_horizon
from microgrid.units import Energy

_COLUMN = "standard heat"
_COLDEST = -20.0  # degC, from which the profiles are defined
_WARMEST = 39.0  # degC, up to which they are
Building = Literal[
    "efh", "mfh", "gmk", "gha", "gko", "gbd", "gga", "gbh", "gwa", "ggb", "gba", "gpd", "gmf", "ghd"
]  # fmt: skip


class StandardHeat(DerivedSeries, FromFile):
    """heat[t] = yearly x s[t] / (sum of s x hours over the year of the file)
    s = h(T) F[weekday] SF[weekday, hour, T]
    h(T) = A / (1 + (B / (T - 40))^C) + D

    T: mean temperature of the local day and the three before it, weighted 8 : 4 : 2 : 1 [degC], where the end of the
    year precedes its begin; A to D, F and SF: tables for a type of building, hot water included. Weekdays, public
    holidays (as Sundays) and the clock are those of the file's year: ``align: weekday`` keeps Sundays Sundays. The hour
    that clocks skip in spring is left out, the hour that they repeat in autumn comes twice; the energy of the year is
    ``yearly`` nevertheless.

    Source: BDEW, VKU, GEODE, Abwicklung von Standardlastprofilen Gas (2018); implemented by demandlib.
    """

    fits: ClassVar[tuple[str, ...]] = ("kW",)

    standard_heat: str = Field(description="The weather file; its column `temperature_degc` is needed.")
    building: Building = Field(
        description="One family `efh`, several `mfh`; businesses `g..`: retail `gha`, offices `gko`, all `ghd`, ..."
    )
    building_class: int = Field(
        default=0, ge=0, le=11, description="For dwellings 1 to 11, as in the industry's guide; 0 for businesses."
    )
    wind_class: Literal[0, 1] = Field(default=0, description="1 for windy locations.")
    yearly_kwh: Energy = Field(le=1e12, description="Heat over the calendar year of the file, hot water included.")

    @model_validator(mode="after")
    def _class_of_dwellings(self) -> Self:
        dwelling = self.building in ("efh", "mfh")
        if dwelling != bool(self.building_class):
            refuse("building_class", self.building_class, "1 to 11 for efh and mfh, 0 for all others")
        return self

    def describe(self) -> str:
        """File, building and energy in a few words."""
        kind = f"{self.building}{f' class {self.building_class}' if self.building_class else ''}"
        return f"{self.standard_heat}: standard heat {kind}, {self.yearly_kwh / 1000:g} MWh a year"

    def on(self, reading: Reading, unit: str) -> FloatArray:
        """Mean power over each step, (N,) [kW]."""
        table = self.table(reading, self.standard_heat)
        days = local_days(Weather(table, reading, self.fill))
        _refuse_outside(table, days)
        shape = self._shape(days, holiday_dates(reading.horizon.country, (days.year,)))[days.day, days.clock_hour]
        power = self.yearly_kwh * shape / np.dot(shape, days.hours)
        reading.log.add(table.label, _COLUMN, "modelled", len(power), self.describe())
        return onto_horizon(table, _COLUMN, power, reading.horizon, reading.log, None, self.align)

    def _shape(self, days: LocalDays, holidays: frozenset[dt.date]) -> FloatArray:
        """Heat by day and hour of the clock, (D, 24), in an arbitrary unit."""
        hours = pd.date_range(f"{days.year}-01-01", periods=24 * len(days.mean_degc), freq="h")
        with warnings.catch_warnings():  # about the library's own use of pandas
            warnings.simplefilter("ignore")
            from demandlib import bdew

            building = bdew.HeatBuilding(
                hours,
                temperature=pd.Series(np.repeat(days.mean_degc, 24), index=hours),
                shlp_type=self.building,
                building_class=self.building_class,
                wind_class=self.wind_class,
                holidays=sorted(holidays),
            )
            shape = building.get_normalized_bdew_profile()
        return np.asarray(shape, dtype=float).reshape(-1, 24)


def _refuse_outside(table: Table, days: LocalDays) -> None:
    """Raise an InputError for rows longer than an hour, or a daily mean outside the range of the profiles."""
    if days.hours.max() > 1:
        raise InputError(
            Problem(
                "rows that are longer than an hour",
                file=table.name,
                value=f"{days.hours.max():g} h",
                expected="temperatures at least every hour",
            )
        )
    coldest = float(days.mean_degc.min())
    warmest = float(days.mean_degc.max())
    for limit, found, beyond in ((_COLDEST, coldest, coldest < _COLDEST), (_WARMEST, warmest, warmest > _WARMEST)):
        if beyond:
            raise InputError(
                Problem(
                    f"the mean temperature of a day is beyond {limit:g} degC, the limit of the standard profiles",
                    file=table.name,
                    value=f"{found:.1f} degC",
                    expected=f"{_COLDEST:g} to {_WARMEST:g} degC",
                    remedy="correct the temperature, or use heat_by_degree_days",
                )
            )


SERIES = StandardHeat
