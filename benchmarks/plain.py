"""The plain year that all tools solve: solar, wind, battery, flywheel, shedding, monthly peaks. Synthetic, fixed seed.

``write_case`` writes it for microgrid, ``write_data`` as bare numbers for the other tools.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from microgrid import load_case

CASE = """
name: Plain year
site: {timezone: Europe/Paris}
horizon: {start: 2018-01-01, end: 2019-01-01, step: 1 h}
assets:
  pv: {kind: solar, capacity: 300 kW, profile: {file: profiles.csv, column: solar}}
  wind: {kind: wind, capacity: 60 kW, profile: {file: profiles.csv, column: wind}}
  battery: {kind: battery, capacity: 1.5 MWh, charge_max: 500 kW, discharge_max: 500 kW, charge_efficiency: 95 %,
            discharge_efficiency: 95 %, min_state: 10 %, wear_cost: 0.02 EUR/kWh}
  flywheel: {kind: flywheel, capacity: 100 kWh, power_max: 200 kW, idle_loss: 0.5 kW}
  load: {kind: flexible_load, profile: {file: profiles.csv, column: load_kw},
         tiers: [{share: 10 %, price: 2 EUR/kWh}]}
  grid:
    kind: grid
    import_max: 600 kW
    tariff:
      name: spot with monthly peaks
      energy: [{item: energy, series: {file: profiles.csv, column: price_eur_per_kwh}}]
      peaks: [{item: peak, price: 8 EUR/kW}]
"""


def write_case(folder: Path) -> Path:
    """The case with profiles of 15 min."""
    rng = np.random.default_rng(0)
    time = pd.date_range("2018-01-01", "2019-01-01", freq="15min", tz="Europe/Paris", inclusive="left")
    hour = np.arange(len(time)) / 4
    sun = np.clip(np.sin((hour % 24 - 6) / 12 * np.pi), 0, 1)
    working = hour // 24 % 7 < 5
    table = pd.DataFrame({
        "time": [stamp.isoformat() for stamp in time],
        "solar": sun * np.repeat(rng.uniform(0.2, 1, len(hour) // 96 + 1), 96)[: len(hour)],
        "wind": rng.beta(1.2, 3, len(hour)),
        "load_kw": (150 + 100 * sun * working + rng.normal(0, 5, len(hour))).clip(0),
        "price_eur_per_kwh": np.where((hour % 24 >= 7) & (hour % 24 < 22), 0.22, 0.12) + rng.normal(0, 0.01, len(hour)),
    })  # fmt: skip
    folder.mkdir(parents=True)
    table.to_csv(folder / "profiles.csv", index=False)
    (folder / "case.yaml").write_text(CASE, encoding="utf-8")
    return folder


def write_data(case_folder: Path, settings: dict[str, Any], folder: Path) -> Path:
    """The same case as data.csv (one row a step) and data.json, for tools that know nothing of microgrid.

    data.csv: time (UTC, start of the step), month (0, 1, ...), solar_kw and wind_kw (available), load_kw,
    price_per_kwh. data.json: step_hours, and of each store min_kwh, max_kwh, charge_max_kw, discharge_max_kw,
    charge_efficiency, discharge_efficiency, idle_loss_kw, retention (share that is left after a step),
    wear_cost_per_kwh (per kWh discharged); shed_share, shed_price_per_kwh, import_max_kw, and
    peak_price_per_kw. Stores end as they began; where, is free.
    """
    case = load_case(case_folder, settings=settings)
    horizon, assets = case.horizon, {name: asset.__dict__ for name, asset in case.assets.items()}
    pd.DataFrame({
        "time": horizon.points[:-1].tz_localize(None),
        "month": horizon.month_of_step,
        "solar_kw": assets["pv"]["profile"].values * assets["pv"]["capacity_kw"],
        "wind_kw": assets["wind"]["profile"].values * assets["wind"]["capacity_kw"],
        "load_kw": assets["load"]["profile"].values,
        "price_per_kwh": case.assets["grid"].rates(horizon).import_price(),
    }).to_csv(folder / "data.csv", index=False)  # fmt: skip
    tier, tariff = assets["load"]["tiers"][0], assets["grid"]["tariff"]
    data = {
        "step_hours": float(horizon.step_hours[0]),
        "battery": _store(case.assets["battery"], horizon),
        "flywheel": _store(case.assets["flywheel"], horizon),
        "shed_share": tier.share,
        "shed_price_per_kwh": tier.price_per_kwh,
        "import_max_kw": assets["grid"]["import_max_kw"],
        "peak_price_per_kw": tariff.peaks[0].price_per_kw,
    }
    (folder / "data.json").write_text(json.dumps(data, indent=1), encoding="utf-8")
    return folder


def _store(asset: Any, horizon: Any) -> dict[str, float]:
    """Equal steps: the gain over a step, which is its length unless the store leaks, goes into the efficiencies."""
    store = asset.reservoir(horizon)
    gain = float(store.gain_hours[0] / horizon.step_hours[0])
    return {
        **{name: getattr(store, name) for name in ("min_kwh", "max_kwh", "charge_max_kw", "discharge_max_kw")},
        "charge_efficiency": store.charge_efficiency * gain,
        "discharge_efficiency": store.discharge_efficiency / gain,
        "idle_loss_kw": store.idle_loss_kw * gain,
        "retention": float(store.retention[0]),
        "wear_cost_per_kwh": getattr(asset, "wear_cost_per_kwh", 0.0),
    }
