"""Heat by degree days: heat demand of buildings from the mean outdoor temperature of each day."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from microgrid.errors import InputError, Problem
from microgrid.horizon import FloatArray
from microgrid.parameters import refuse
from microgrid.series.context import Reading
from microgrid.series.derived.from_file import FromFile
from microgrid.series.derived.from_weather import Weather
from microgrid.series.derived.local_days import local_days
from microgrid.series.registry import DerivedSeries
from microgrid.series.to_horizon import onto_horizon
from microgrid.units import Energy, Fraction, Temperature

_COLUMN = "heat by degree days"


class HeatByDegreeDays(DerivedSeries, FromFile):
    """heat[t] = yearly x ((1 - hot_water) G[day of t] / (sum of G[day] x h) + hot_water / (sum of h))
    G[day] = indoor - T[day] if T[day] < base, else 0

    T: mean outdoor temperature of the local day [degC], from a file of one calendar year; h: length of each row [h].
    Both sums are over that year, so that its energy is ``yearly``. Power is constant over each day, since degree days
    do not describe its course. The sum of G over the days is the number of degree days (Gradtagzahl) of VDI 2067 and
    VDI 3807: heating is to 20 degC, on days whose mean is below 15 degC. There the mean of a day is that of readings at
    7, 14 and 21 h; here it is that of all rows.

    Source: VDI 2067 part 1, VDI 3807 part 1.
    """

    fits: ClassVar[tuple[str, ...]] = ("kW",)

    heat_by_degree_days: str = Field(description="The weather file; its column `temperature_degc` is needed.")
    yearly_kwh: Energy = Field(le=1e12, description="Heat over the calendar year of the file, hot water included.")
    base_degc: Temperature = Field(
        default=15.0, description="Heating limit: days with a lower mean temperature are heated."
    )
    indoor_degc: Temperature = Field(
        default=20.0, description="Indoor temperature, from which degree days are counted."
    )
    hot_water: Fraction = Field(
        default=0.0, description="Share of the energy that is constant over the year, for hot water."
    )

    @model_validator(mode="after")
    def _warmer_inside(self) -> Self:
        if self.base_degc > self.indoor_degc:
            refuse("base", f"{self.base_degc:g} degC", f"at most the indoor temperature, {self.indoor_degc:g} degC")
        return self

    def describe(self) -> str:
        """File, temperatures and energy in a few words."""
        limits = f"degree days {self.indoor_degc:g}/{self.base_degc:g} degC"
        return f"{self.heat_by_degree_days}: {limits}, {self.yearly_kwh / 1000:g} MWh a year"

    def on(self, reading: Reading, unit: str) -> FloatArray:
        """Mean power over each step, (N,) [kW]."""
        table = self.table(reading, self.heat_by_degree_days)
        days = local_days(Weather(table, reading, self.fill))
        degrees = np.where(days.mean_degc < self.base_degc, self.indoor_degc - days.mean_degc, 0.0)
        heated = int((degrees > 0).sum())
        if not heated and self.hot_water < 1:
            raise InputError(
                Problem(
                    "no day of the weather file is cold enough to be heated",
                    file=table.name,
                    value=f"coldest day {days.mean_degc.min():.1f} degC",
                    expected=f"days below the base of {self.base_degc:g} degC",
                    remedy="raise 'base', or state 'hot_water: 100 %'",
                )
            )
        detail = f"{degrees.sum():.0f} K d on {heated} days of {days.year}, {self.describe()}"
        reading.log.add(table.label, _COLUMN, "modelled", len(days.day), detail)
        power = self._power(degrees[days.day], days.hours)
        return onto_horizon(table, _COLUMN, power, reading.horizon, reading.log, None, self.align)

    def _power(self, degrees: FloatArray, hours: FloatArray) -> FloatArray:
        """Heat in each row of the file, (rows,) [kW]; degrees, hours: of each row [K], [h]."""
        heating = (1 - self.hot_water) * degrees / np.dot(degrees, hours) if self.hot_water < 1 else 0.0 * degrees
        return np.asarray(self.yearly_kwh * (heating + self.hot_water / hours.sum()))


SERIES = HeatByDegreeDays
