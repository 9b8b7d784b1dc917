"""Checks that stop the build, and the figures that SOURCES.md quotes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from common import FLOOR_AREA_M2, day_axis
from sources import Sources

MAY_BE_NEGATIVE = {"outdoor_temperature_degc", "day_ahead_price_eur_per_mwh"}


def check_table(name: str, table: pd.DataFrame, axis: pd.DatetimeIndex) -> None:
    """Complete axis, no blanks, nothing negative that cannot be, no sun at night."""
    if not table.index.equals(axis):
        raise RuntimeError(f"{name}: the stamps are not the complete local year")
    if not np.isfinite(table.to_numpy()).all():
        raise RuntimeError(f"{name}: blanks or infinite values")
    for column in table.columns.difference(list(MAY_BE_NEGATIVE)):
        if table[column].min() < 0.0:
            raise RuntimeError(f"{name}: {column} is negative")
    for column in table.columns[table.columns.str.contains("irradiance|solar")]:
        if table.loc[table.index.hour.isin([0, 1, 2, 3, 23]), column].max() > 0.0:
            raise RuntimeError(f"{name}: {column} is positive at night")


def print_report(tables: dict[str, pd.DataFrame], sources: Sources) -> None:
    """Repairs, monthly table, annual figures and correlations."""
    print("\n".join(sources.repairs))
    print(monthly_table(tables).round(3).to_string())
    for label, value in {**annual_figures(tables), **correlations(tables, sources)}.items():
        print(f"{label}: {value:.4g}")


def monthly_table(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Monthly means and sums of the quantities that have published counterparts."""
    weather, generation = tables["weather"], tables["generation"]
    month = weather.index.month
    day = weather.index.dayofyear
    temperature = weather["outdoor_temperature_degc"]
    extremes = temperature.groupby(day).agg(["min", "max"]).groupby(day_axis().month).mean()
    market_month = tables["market"].index.month
    price = tables["market"]["day_ahead_price_eur_per_mwh"]
    carbon = tables["market"]["carbon_intensity_kgco2_per_kwh"]
    return pd.DataFrame(
        {
            "minimum_degc": extremes["min"],
            "maximum_degc": extremes["max"],
            "mean_degc": temperature.groupby(month).mean(),
            "ghi_kwh_per_m2": weather["global_horizontal_irradiance_kw_per_m2"].groupby(month).sum() / 4.0,
            "wind_m_per_s": weather["wind_speed_m_per_s"].groupby(month).mean(),
            "solar_kwh_per_kwp": generation["solar_fraction"].groupby(month).sum() / 4.0,
            "wind_capacity_factor": generation["wind_fraction"].groupby(month).mean(),
            "price_eur_per_mwh": price.groupby(market_month).mean(),
            "carbon_g_per_kwh": carbon.groupby(market_month).mean() * 1000.0,
        }
    )


def annual_figures(tables: dict[str, pd.DataFrame]) -> dict[str, float]:
    """Annual sums, means and peaks."""
    weather, generation, demand, market = (tables[name] for name in ("weather", "generation", "demand", "market"))
    base = demand["offices_kw"] + demand["services_kw"]
    figures = {
        "GHI [kWh/m2]": weather["global_horizontal_irradiance_kw_per_m2"].sum() / 4.0,
        "facade irradiation [kWh/m2]": weather["facade_irradiance_kw_per_m2"].sum() / 4.0,
        "diffuse share": weather["diffuse_horizontal_irradiance_kw_per_m2"].sum()
        / weather["global_horizontal_irradiance_kw_per_m2"].sum(),
        "temperature mean [degC]": weather["outdoor_temperature_degc"].mean(),
        "temperature minimum [degC]": weather["outdoor_temperature_degc"].min(),
        "temperature maximum [degC]": weather["outdoor_temperature_degc"].max(),
        "wind mean [m/s]": weather["wind_speed_m_per_s"].mean(),
        "wind maximum [m/s]": weather["wind_speed_m_per_s"].max(),
        "solar yield DC [kWh/kWp]": generation["solar_fraction"].sum() / 4.0,
        "solar maximum [kW/kWp]": generation["solar_fraction"].max(),
        "wind capacity factor": generation["wind_fraction"].mean(),
        "base load peak [kW]": base.max(),
        "base load minimum [kW]": base.min(),
        "base load [kWh/m2]": base.sum() / 4.0 / FLOOR_AREA_M2,
    }
    for column in demand:
        figures[f"{column} sum [MWh]"] = demand[column].sum() / 4000.0
        figures[f"{column} peak [kW]"] = demand[column].max()
    for column in market:
        figures[f"{column} mean"] = market[column].mean()
        figures[f"{column} minimum"] = market[column].min()
        figures[f"{column} maximum"] = market[column].max()
    return figures


def correlations(tables: dict[str, pd.DataFrame], sources: Sources) -> dict[str, float]:
    """Correlation of daily anomalies (31-day running mean taken off) of the site with those of France."""

    def anomaly(series: pd.Series) -> pd.Series:
        daily = series.resample("D").mean()
        usual = daily.rolling(31, center=True, min_periods=15).mean()
        return daily / usual - 1.0 if usual.min() > 0.0 else daily - usual

    temperature = tables["weather"]["outdoor_temperature_degc"] + 50.0
    pairs = {
        "site sun, French sun": (tables["generation"]["solar_fraction"], sources.generation_mw["Solar"]),
        "site wind speed, French wind": (
            tables["weather"]["wind_speed_m_per_s"],
            sources.generation_mw["Wind Onshore"],
        ),
        "site wind power, French wind": (tables["generation"]["wind_fraction"], sources.generation_mw["Wind Onshore"]),
        "site wind speed, price": (tables["weather"]["wind_speed_m_per_s"], sources.price_eur_per_mwh),
        "site sun, site wind speed": (tables["generation"]["solar_fraction"], tables["weather"]["wind_speed_m_per_s"]),
        "site temperature, price": (temperature, sources.price_eur_per_mwh),
    }
    return {f"daily correlation {name}": anomaly(a).corr(anomaly(b)) for name, (a, b) in pairs.items()}
