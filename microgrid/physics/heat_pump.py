"""Heat pumps and chillers: heat or cold moved per kilowatt-hour of electricity."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from microgrid.horizon import FloatArray
from microgrid.parameters import Parameters
from microgrid.units import Fraction, Power, Temperature, TemperatureDifference

KELVIN = 273.15


class Machine(Parameters):
    """A heat pump or chiller: coefficient of performance = quality x Carnot between its two temperatures, capped.

    heating: quality (T_s) / (T_s - (T_o - approach)); cooling: quality (T_s) / ((T_o + approach) - T_s), in kelvin.

    T_s is the temperature of the supply, T_o that of the outdoor air.
    """

    max_kw: Power = Field(description="Greatest thermal power.")
    supply_temperature_degc: Temperature = Field(description="Temperature of the water or air that it supplies.")
    quality: Fraction = Field(default=0.4, gt=0, description="Share of the Carnot efficiency that it reaches.")
    approach_k: TemperatureDifference = Field(
        default=5.0, description="Difference between outdoor air and refrigerant in the outdoor unit."
    )
    coefficient_of_performance_max: float = Field(default=6.0, gt=1, description="Greatest coefficient of performance.")

    def coefficient_of_performance(self, outdoor_degc: FloatArray, cooling: bool) -> FloatArray:
        """Thermal power per electric power in each step, (N,), from 1 to the cap; lifts below 1 K count as 1 K."""
        supply = self.supply_temperature_degc + KELVIN
        outdoor = outdoor_degc + KELVIN
        lift = outdoor + self.approach_k - supply if cooling else supply - outdoor + self.approach_k
        carnot = supply / np.maximum(lift, 1.0)
        return np.clip(self.quality * carnot, 1.0, self.coefficient_of_performance_max)
