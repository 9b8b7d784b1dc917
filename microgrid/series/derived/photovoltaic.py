"""Solar power from weather: irradiance on tilted or tracking arrays, cell temperature, DC power; by pvlib."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from microgrid.horizon import FloatArray
from microgrid.parameters import Parameters, refuse
from microgrid.series.derived.from_weather import FromWeather, Weather, WeatherModel, where_known
from microgrid.series.series_field import Series
from microgrid.units import Fraction, Number

_MOUNTS = {
    "open_rack": "open_rack_glass_polymer",
    "close_to_roof": "close_mount_glass_glass",
    "insulated_back": "insulated_back_glass_polymer",
}
_PLANE = ("poa_global_w_per_m2", "poa_beam_w_per_m2", "poa_diffuse_w_per_m2", "poa_reflected_w_per_m2")
Mount = Literal["open_rack", "close_to_roof", "insulated_back"]


class Array(Parameters):
    """Modules with one orientation, fixed or tracking the sun about one axis."""

    tilt: float = Field(default=30.0, ge=0, le=90, description="Degrees from the horizontal; of the axis if it tracks.")
    azimuth: float = Field(
        default=180.0,
        ge=0,
        le=360,
        description="Degrees from north through east: 180 is south; of the axis if it tracks.",
    )
    tracking: bool = Field(default=False, description="Whether it turns about one axis, with backtracking.")
    turn_max: float = Field(default=60.0, ge=0, le=90, description="Greatest turn of a tracker, degrees.")
    ground_coverage: Annotated[Number, Field(gt=0, le=1)] = Field(
        default=0.35, description="Width of the modules per distance of the rows of a tracker."
    )
    share: Annotated[Number, Field(gt=0)] = Field(default=1.0, description="Capacity relative to the other arrays.")
    mount: Mount = Field(default="open_rack", description="Mounting, on which the temperature of the cells depends.")
    shading: Fraction = Field(default=0.0, description="Share of the light that is lost to shading.")


class FromIrradiance(WeatherModel):
    """DC power per installed power = G / 1000 x (1 + gamma (T_cell - 25)) x (1 - soiling) (1 - snow) (1 - losses).

    G: irradiance in the plane of each array after reflection at the glass [W/m2], beam at the sun's position in the
    middle of each interval, sky diffuse by Hay and Davies, ground by the albedo; T_cell by the Sandia model. Without
    beam and diffuse columns the global irradiance is split by Erbs.

    Source: pvlib, and the authors named in its documentation.
    """

    follows_sun: ClassVar[bool] = True

    arrays: tuple[Array, ...] = Field(
        default=(), description="Arrays of modules; required unless the file has the irradiance in their plane."
    )
    albedo: Fraction = Field(default=0.2, description="Share of the light that the ground reflects.")
    temperature_coefficient: float = Field(
        default=-0.0035, ge=-0.02, le=0, description="Change of power per kelvin above 25 degC."
    )
    soiling: Fraction = Field(default=0.0, description="Share lost to dirt.")
    snow: Fraction = Field(default=0.0, description="Share lost to snow, as a mean over the whole time.")
    losses: Fraction = Field(default=0.0, description="Share lost to other causes: mismatch, wiring, age.")

    @model_validator(mode="after")
    def _orientation(self) -> Self:
        if any(array.tracking and array.tilt > 60 for array in self.arrays):
            refuse("arrays", "tracking", "a tilt of the axis of at most 60 degrees")
        return self

    def describe(self) -> str:
        """Arrays in a few words, for the log."""
        kinds = [f"{'tracker' if a.tracking else 'fixed'} {a.tilt:g}/{a.azimuth:g} deg" for a in self.arrays]
        return "solar power by pvlib, " + (", ".join(kinds) or "in the plane of the file")

    def fraction(self, weather: Weather) -> FloatArray:
        """DC power per installed power in each row of the file, (rows,)."""
        kept = (1 - self.soiling) * (1 - self.snow) * (1 - self.losses)
        air = weather.column("temperature_degc")
        wind = weather.column("wind_speed_m_per_s")
        if any(weather.has(name) for name in _PLANE):
            return kept * self._of_plane(weather, air, wind)
        if not self.arrays:
            raise ValueError(
                "the file has irradiance on the horizontal: state 'arrays', such as 'arrays: [{tilt: 30}]'"
            )
        sun = _Sun.of(weather)
        total = sum(array.share for array in self.arrays)
        parts = (a.share / total * (1 - a.shading) * self._power(sun, a, air, wind) for a in self.arrays)
        found = np.asarray(sum(parts, np.zeros(len(air))))
        return kept * where_known(found, air, wind, sun.ghi, sun.dni, sun.dhi)

    def _of_plane(self, weather: Weather, air: FloatArray, wind: FloatArray) -> FloatArray:
        if self.arrays:
            raise ValueError("the file has the irradiance in the plane of the modules: leave 'arrays' out")
        names = ["poa_global_w_per_m2"] if weather.has("poa_global_w_per_m2") else [n for n in _PLANE if weather.has(n)]
        irradiance = np.sum([weather.column(name) for name in names], axis=0)
        return where_known(self._dc(irradiance, irradiance, air, wind, "open_rack"), irradiance, air, wind)

    def _power(self, sun: _Sun, array: Array, air: FloatArray, wind: FloatArray) -> FloatArray:
        from pvlib import iam, irradiance

        tilt, azimuth = sun.plane(array)
        parts = irradiance.get_total_irradiance(
            tilt, azimuth, sun.zenith, sun.azimuth, sun.dni, sun.ghi, sun.dhi,
            dni_extra=sun.extra, albedo=self.albedo, model="haydavies",
        )  # fmt: skip
        angle = irradiance.aoi(tilt, azimuth, sun.zenith, sun.azimuth)
        beam, diffuse = (np.nan_to_num(np.asarray(parts[name], float)) for name in ("poa_direct", "poa_diffuse"))
        through = beam * np.asarray(iam.physical(angle)) + diffuse
        return self._dc(through, beam + diffuse, air, wind, array.mount)

    def _dc(
        self, through: FloatArray, hitting: FloatArray, air: FloatArray, wind: FloatArray, mount: Mount
    ) -> FloatArray:
        from pvlib import pvsystem, temperature

        model = temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"][_MOUNTS[mount]]
        cell = temperature.sapm_cell(hitting, air, wind, **model)
        return np.asarray(pvsystem.pvwatts_dc(through, cell, 1.0, self.temperature_coefficient), dtype=float).clip(0)


class _Sun:
    """Position of the sun in the middle of each interval [deg], and its irradiance [W/m2], all (rows,).

    extra: extraterrestrial irradiance; parts: global horizontal, direct normal and diffuse horizontal irradiance.
    """

    def __init__(self, zenith: FloatArray, azimuth: FloatArray, extra: FloatArray, parts: list[FloatArray]) -> None:
        self.zenith = zenith
        self.azimuth = azimuth
        self.extra = extra
        self.ghi, self.dni, self.dhi = parts

    @classmethod
    def of(cls, weather: Weather) -> _Sun:
        """Sun at the site, from the columns of a weather file; global irradiance without its parts is split by Erbs."""
        from pvlib import irradiance, solarposition

        latitude, longitude = weather.place()
        middle = weather.middle
        position = solarposition.get_solarposition(middle, latitude, longitude)
        zenith, azimuth = (np.asarray(position[name], float) for name in ("apparent_zenith", "azimuth"))
        day = np.asarray(middle.day_of_year)
        extra = np.asarray(irradiance.get_extra_radiation(day), float)
        ghi = weather.column("ghi_w_per_m2").clip(0)
        weather.report_off_sun(ghi)
        if weather.has("dni_w_per_m2") and weather.has("dhi_w_per_m2"):
            dni, dhi = (weather.column(name).clip(0) for name in ("dni_w_per_m2", "dhi_w_per_m2"))
        else:
            parted = irradiance.erbs(ghi, zenith, day)
            dni, dhi = (np.asarray(parted[name], float) for name in ("dni", "dhi"))
            weather.reading.log.add(weather.table.label, "ghi_w_per_m2", "parted", len(ghi), "beam and diffuse by Erbs")
        # A sun below the horizon sends no beam, whatever the mean of the hour is.
        return cls(zenith, azimuth, extra, [ghi, np.where(zenith < 90, dni, 0.0), dhi])

    def plane(self, array: Array) -> tuple[FloatArray, FloatArray]:
        """Tilt and azimuth of the modules of an array [deg], both (rows,)."""
        if not array.tracking:
            return np.full(len(self.zenith), array.tilt), np.full(len(self.zenith), array.azimuth)
        from pvlib import tracking

        turned = tracking.singleaxis(
            pd.Series(self.zenith), pd.Series(self.azimuth), array.tilt, array.azimuth, array.turn_max,
            backtrack=True, gcr=array.ground_coverage,
        )  # fmt: skip
        flat = np.isnan(np.asarray(turned["surface_tilt"], float))  # NaN at night, where the orientation has no effect
        tilt, azimuth = (np.asarray(turned[f"surface_{name}"], float) for name in ("tilt", "azimuth"))
        return np.where(flat, 0.0, tilt), np.where(flat, array.azimuth, azimuth)


SolarSeries = Annotated[Series, FromWeather("", ge=0, le=1.5, model=FromIrradiance)]
