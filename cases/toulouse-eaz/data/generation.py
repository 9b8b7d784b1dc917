"""Power of one installed kilowatt of sun and of wind, from the weather table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib
from common import ALTITUDE_M, LATITUDE, LONGITUDE, STEP, TIMEZONE

# Solar array: flat roofs, rows facing south. Losses are the defaults of NREL PVWatts (NREL/TP-6A20-62641) for the
# items that stand between the module and the inverter; shading, age and availability are left out.
TILT_DEG = 20.0
AZIMUTH_DEG = 180.0
ALBEDO = 0.2
POWER_PER_KELVIN = -0.0037
DC_LOSSES = {"soiling": 0.02, "mismatch": 0.02, "wiring": 0.02, "connections": 0.005, "light_induced": 0.015}
DIFFUSE_ANGLE_FACTOR = 0.96

# Wind turbine: NPS60C-24 on its taller tower, in open country with scattered buildings.
HUB_HEIGHT_M = 37.0
ROUGHNESS_M = 0.1
RATED_KW = 60.0
CUT_OUT_M_PER_S = 25.0
WIND_LOSSES = {"availability": 0.05, "electrical": 0.02, "wakes_and_turbulence": 0.03}
STANDARD_DENSITY = 1.225
GAS_CONSTANT_DRY_AIR = 287.05


def build_generation(weather: pd.DataFrame, power_curve: pd.DataFrame) -> pd.DataFrame:
    """Columns solar_fraction (DC, at the inverter's input) and wind_fraction (AC), kW per kW installed."""
    return pd.DataFrame(
        {"solar_fraction": solar_fraction(weather), "wind_fraction": wind_fraction(weather, power_curve)},
        index=weather.index,
    )


def solar_fraction(weather: pd.DataFrame) -> pd.Series:
    """DC power per kWp: G_eff / 1 kW/m2 x (1 + gamma (T_cell - 25)) x (1 - losses). Neither clipped nor inverted.

    Plane-of-array irradiance by Hay-Davies, reflection by the physical model, cell temperature by Faiman.
    """
    site = pvlib.location.Location(LATITUDE, LONGITUDE, TIMEZONE, ALTITUDE_M)
    sun = site.get_solarposition(weather.index + STEP / 2).set_index(weather.index)
    plane = pvlib.irradiance.get_total_irradiance(
        TILT_DEG,
        AZIMUTH_DEG,
        sun["apparent_zenith"],
        sun["azimuth"],
        weather["direct_normal_irradiance_kw_per_m2"] * 1000.0,
        weather["global_horizontal_irradiance_kw_per_m2"] * 1000.0,
        weather["diffuse_horizontal_irradiance_kw_per_m2"] * 1000.0,
        dni_extra=pvlib.irradiance.get_extra_radiation(weather.index),
        albedo=ALBEDO,
        model="haydavies",
    ).fillna(0.0)
    angle = pvlib.irradiance.aoi(TILT_DEG, AZIMUTH_DEG, sun["apparent_zenith"], sun["azimuth"])
    reflected = pd.Series(pvlib.iam.physical(angle), index=weather.index).fillna(0.0)
    effective = plane["poa_direct"] * reflected + plane["poa_diffuse"] * DIFFUSE_ANGLE_FACTOR
    cell = pvlib.temperature.faiman(
        plane["poa_global"], weather["outdoor_temperature_degc"], weather["wind_speed_m_per_s"]
    )
    kept = np.prod([1.0 - loss for loss in DC_LOSSES.values()])
    return (effective / 1000.0 * (1.0 + POWER_PER_KELVIN * (cell - 25.0)) * kept).clip(lower=0.0)


def wind_fraction(weather: pd.DataFrame, power_curve: pd.DataFrame) -> np.ndarray:
    """Net AC power over the 60 kW rating: P(v_hub (rho / 1.225)^(1/3)) / 60 x (1 - losses).

    v_hub = v_10 ln(h / z0) / ln(10 / z0); zero from cut-out on; the small stand-by draw below cut-in is dropped.
    """
    shear = np.log(HUB_HEIGHT_M / ROUGHNESS_M) / np.log(10.0 / ROUGHNESS_M)
    hub = weather["wind_speed_m_per_s"].to_numpy() * shear
    kelvin = weather["outdoor_temperature_degc"].to_numpy() + 273.15
    pressure = 101325.0 * (1.0 - 2.25577e-5 * (ALTITUDE_M + HUB_HEIGHT_M)) ** 5.25588
    density = pressure / (GAS_CONSTANT_DRY_AIR * kelvin)
    equivalent = hub * (density / STANDARD_DENSITY) ** (1.0 / 3.0)
    power = np.interp(
        equivalent, power_curve["Wind Speed [m/s]"], power_curve["Power [kW]"].clip(lower=0.0), left=0.0, right=0.0
    )
    kept = np.prod([1.0 - loss for loss in WIND_LOSSES.values()])
    return np.where(hub < CUT_OUT_M_PER_S, power / RATED_KW * kept, 0.0)
