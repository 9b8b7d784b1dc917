"""Wind power from weather: wind at the hub, density of the air, a power curve; by windpowerlib."""

from __future__ import annotations

import itertools
import warnings
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from microgrid.errors import nearest
from microgrid.horizon import FloatArray
from microgrid.parameters import refuse
from microgrid.series.derived.from_weather import FromWeather, Weather, WeatherModel, where_known
from microgrid.series.series_field import Series
from microgrid.units import Fraction

_MEASURED_AT = 10.0  # m above ground, what weather services report


class FromWind(WeatherModel):
    """Power per rated power = curve(v_hub) x (1 - losses), 0 above the last speed of the curve.

    v_hub = v ln(hub_height / roughness) / ln(measured_at / roughness). With pressure and temperature in the file, the
    speeds of the curve are corrected for the density of the air, as IEC 61400-12 does and windpowerlib implements.
    Source: windpowerlib, and the authors named in its documentation; curves of turbines from the Open Energy Database.
    """

    turbine: str = Field(default="", description='A turbine of the Open Energy Database, such as "E-82/2300".')
    power_curve: tuple[tuple[float, float], ...] = Field(
        default=(),
        description="In place of a turbine: pairs of wind speed [m/s] and power per rated power, up to the cut-out.",
    )
    hub_height: float = Field(gt=0, le=300, description="Height of the hub above ground, metres.")
    measured_at: float = Field(
        default=_MEASURED_AT,
        gt=0,
        le=300,
        description="Height above ground at which the wind in the file was measured, metres.",
    )
    roughness: float = Field(default=0.15, gt=0, le=3, description="Roughness length of the surroundings, metres.")
    density_correction: bool = Field(
        default=True, description="Whether the density of the air is considered; needs its pressure and temperature."
    )
    losses: Fraction = Field(default=0.0, description="Share lost to wakes, icing and wear.")

    @model_validator(mode="after")
    def _one_curve(self) -> Self:
        if bool(self.turbine) == bool(self.power_curve):
            refuse("turbine", self.turbine or None, "either the name of a turbine or a power_curve")
        speeds = [speed for speed, _ in self.power_curve]
        if self.power_curve and (len(speeds) < 2 or any(b <= a for a, b in itertools.pairwise([-1e-9, *speeds]))):
            refuse("power_curve", speeds, "at least two speeds that rise from 0 m/s or more")
        if any(not 0 <= power <= 1.5 for _, power in self.power_curve):
            refuse(
                "power_curve",
                max(power for _, power in self.power_curve),
                "values of power per rated power from 0 to 1.5",
            )
        if self.roughness >= min(self.hub_height, self.measured_at):
            refuse("roughness", self.roughness, "less than hub_height and measured_at")
        return self

    def describe(self) -> str:
        """Turbine in a few words, for the log."""
        return f"wind power by windpowerlib, {self.turbine or 'own power curve'}, hub at {self.hub_height:g} m"

    def fraction(self, weather: Weather) -> FloatArray:
        """Power per rated power in each row of the file, (rows,)."""
        from windpowerlib import power_output, wind_speed

        measured = weather.column("wind_speed_m_per_s")
        speeds, powers = self._curve()
        hub = wind_speed.logarithmic_profile(measured, self.measured_at, self.hub_height, self.roughness)
        density = self._density(weather) if self.density_correction else None
        found = power_output.power_curve(hub, speeds, powers, density, density_correction=density is not None)
        needed = [measured] if density is None else [measured, density]
        return where_known(np.asarray(found, float) * (1 - self.losses), *needed)

    def _density(self, weather: Weather) -> FloatArray:
        """Density of the air at the hub in each row of the file, (rows,) [kg/m3]."""
        from windpowerlib import density, temperature

        if not (weather.has("pressure_pa") and weather.has("temperature_degc")):
            raise ValueError("the file has no pressure or temperature of the air: state 'density_correction: false'")
        air = temperature.linear_gradient(weather.column("temperature_degc") + 273.15, 2.0, self.hub_height)
        return np.asarray(density.ideal_gas(weather.column("pressure_pa"), 0.0, self.hub_height, air), dtype=float)

    def _curve(self) -> tuple[FloatArray, FloatArray]:
        """Wind speeds [m/s] and power per rated power at these; a ValueError for an unknown turbine."""
        if self.power_curve:
            speeds, powers = np.array(self.power_curve).T
            return speeds, powers
        import windpowerlib

        with warnings.catch_warnings():  # about the library's own use of pandas
            warnings.simplefilter("ignore")
            known = windpowerlib.get_turbine_types(print_out=False, filter_=True)
            names = sorted(known.loc[known["has_power_curve"], "turbine_type"])
            if self.turbine not in names:
                near = nearest(self.turbine, names)
                hint = f"did you mean {near!r}?" if near else f"one of {', '.join(names[:6])}, ..."
                raise ValueError(f"no turbine {self.turbine!r} with a power curve: {hint}")
            turbine = windpowerlib.WindTurbine(hub_height=self.hub_height, turbine_type=self.turbine)
        curve = turbine.power_curve
        return np.asarray(curve["wind_speed"], float), np.asarray(curve["value"], float) / float(turbine.nominal_power)


WindSeries = Annotated[Series, FromWeather("", ge=0, le=1.5, model=FromWind)]
