"""Hourly market table: real price, average carbon intensity from real generation, estimated marginal intensity."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sources import Sources

# Direct emissions per kWh generated [kgCO2/kWh], as published by RTE with éCO2mix. Everything absent counts zero
# there: nuclear, hydro, wind, sun and biomass. RTE's bioenergy figure (0.494) is applied to waste alone; SOURCES.md
# shows why.
DIRECT_EMISSIONS = {"Fossil Hard coal": 0.986, "Fossil Oil": 0.777, "Fossil Gas": 0.429, "Waste": 0.494}
RESPONDING = ["Nuclear", "Fossil Gas", "Fossil Hard coal", "Fossil Oil"]
RESPONSE_HALF_WINDOW_HOURS = 3


def build_market(sources: Sources) -> pd.DataFrame:
    """Columns: price [EUR/MWh], average and marginal carbon intensity [kgCO2/kWh], per local hour."""
    return pd.DataFrame(
        {
            "day_ahead_price_eur_per_mwh": sources.price_eur_per_mwh,
            "carbon_intensity_kgco2_per_kwh": average_intensity(sources.generation_mw),
            "marginal_carbon_intensity_kgco2_per_kwh": marginal_intensity(sources.generation_mw),
        }
    )


def average_intensity(generation_mw: pd.DataFrame) -> pd.Series:
    """Sum of (generation x direct factor) over all generation, per hour of generation in France [kgCO2/kWh].

    Exchanges with neighbours and upstream emissions are outside, as in éCO2mix.
    """
    emitted = sum(generation_mw[kind] * factor for kind, factor in DIRECT_EMISSIONS.items())
    return emitted / generation_mw.sum(axis=1)


def marginal_intensity(generation_mw: pd.DataFrame) -> pd.Series:
    """Estimate: the direct factor of the thermal types that move with the thermal total, weighted by how far.

    For the changes d_i[h] from one hour to the next of type i and their sum D[h]:
    intensity[t] = sum_h sum_i f_i m_i[h] / sum_h sum_i m_i[h],  m_i[h] = max(0, sign(D[h]) d_i[h]),
    h within 3 hours of t. Hydro is left out: water is a stock, what it saves now it lacks later.
    """
    changes = generation_mw[RESPONDING].diff().fillna(0.0)
    direction = np.sign(changes.sum(axis=1))
    moved = changes.mul(direction, axis=0).clip(lower=0.0)
    window = 2 * RESPONSE_HALF_WINDOW_HOURS + 1
    near = moved.rolling(window, center=True, min_periods=1).sum()
    factors = pd.Series({kind: DIRECT_EMISSIONS.get(kind, 0.0) for kind in RESPONDING})
    return near.mul(factors, axis=1).sum(axis=1) / near.sum(axis=1)
