"""Solar: power of an array behind its inverter, with DC capacity and AC limit kept apart."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from microgrid.horizon import FloatArray
from microgrid.physics.generation import WeatherGenerator
from microgrid.profiles.series import FractionSeries
from microgrid.units import Efficiency, Power


class Solar(WeatherGenerator):
    """available[t] = min(capacity * profile[t] * inverter_efficiency, ac_limit);  0 <= generation <= available.

    profile is DC power per installed DC power, before the inverter, so that another capacity scales it and the AC
    limit clips it.
    """

    kind: Literal["solar"]
    capacity_kw: Power = Field(description="Installed DC power at standard test conditions (kWp).")
    profile: FractionSeries = Field(description="DC power per installed power.")
    inverter_efficiency: Efficiency = Field(default=1.0, description="AC power per DC power.")
    ac_limit_kw: Power | None = Field(default=None, description="AC rating of the inverters; none if left out.")

    def available_kw(self) -> FloatArray:
        """AC power that the weather allows [kW], shape (N,)."""
        power = self.capacity_kw * self.inverter_efficiency * self.profile.values
        return power if self.ac_limit_kw is None else np.minimum(power, self.ac_limit_kw)
