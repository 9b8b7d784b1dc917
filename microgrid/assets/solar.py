"""Solar: power of an array behind its inverter, with DC capacity and AC limit kept apart."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from microgrid.contract.size import PowerSize, Size
from microgrid.horizon import FloatArray
from microgrid.parameters import refuse
from microgrid.physics.generation import WeatherGenerator
from microgrid.series.derived.photovoltaic import SolarSeries
from microgrid.units import Efficiency, Power


class Solar(WeatherGenerator):
    """available[t] = min(capacity * profile[t] * inverter_efficiency, ac_limit);  0 <= generation <= available.

    profile is DC power per installed DC power, before the inverter, so that another capacity scales it and the AC
    limit clips it.
    """

    ratings: ClassVar = ("capacity_kw", "ac_limit_kw")

    kind: Literal["solar"]
    capacity_kw: PowerSize = Field(description="Installed DC power at standard test conditions (kWp).")
    profile: SolarSeries = Field(description="DC power per installed power, or a weather file.")
    inverter_efficiency: Efficiency = Field(default=1.0, description="AC power per DC power.")
    ac_limit_kw: Power | None = Field(default=None, description="AC rating of the inverters; none if left out.")

    def available_kw(self) -> FloatArray:
        """AC power that the weather allows [kW], shape (N,)."""
        power = self.uncut_kw()
        return power if self.ac_limit_kw is None else np.minimum(power, self.ac_limit_kw)

    def uncut_kw(self) -> FloatArray:
        """AC power that the weather allows, without the AC limit [kW], (N,)."""
        return self.capacity_kw * self.inverter_efficiency * self.profile.values

    @model_validator(mode="after")
    def _taken_within_limits(self) -> Self:
        decided = isinstance(self.capacity_kw, Size) and self.capacity_kw.open
        if decided and self.must_take and self.ac_limit_kw is not None:
            refuse("must_take", True, "no AC limit beside a capacity that is to be decided", "leave one of them out")
        return self
