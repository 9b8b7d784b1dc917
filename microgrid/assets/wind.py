"""Wind: generation of turbines, up to the power that the wind makes available."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from microgrid.contract.size import PowerSize
from microgrid.horizon import FloatArray
from microgrid.physics.generation import WeatherGenerator
from microgrid.series.derived.windpower import WindSeries
from microgrid.units import Fraction


class Wind(WeatherGenerator):
    """available[t] = capacity * profile[t] * availability;  0 <= generation[t] <= available[t].

    profile is power per rated power, from the wind at hub height and the turbine's power curve.
    """

    kind: Literal["wind"]
    capacity_kw: PowerSize = Field(description="Rated electric power.")
    profile: WindSeries = Field(description="Power per rated power, or a weather file.")
    availability: Fraction = Field(default=1.0, description="Share of the time in which the turbine is fit to run.")

    def available_kw(self) -> FloatArray:
        """Power that the wind allows [kW], shape (N,)."""
        return self.uncut_kw()

    def uncut_kw(self) -> FloatArray:
        """Power that the wind allows [kW], (N,), as no limit other than the capacity exists."""
        return self.capacity_kw * self.availability * self.profile.values
