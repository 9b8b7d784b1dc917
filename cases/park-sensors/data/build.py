"""Writes archive/*.parquet: a week of a park's sensors, SYNTHETIC, from a fixed seed, with faults put in on purpose.

    python cases/park-sensors/data/build.py

What is wrong with which point stands in SOURCES.md; `microgrid sensors cases/park-sensors` finds it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parents[1]
FIRST, LAST, STEP = "2018-06-04", "2018-06-11", 5
GOOD, BAD = 192, 0


def main() -> None:
    """All points, and the registers of the connection that their flows leave over."""
    rng = np.random.default_rng(2018)
    stamps = pd.date_range(FIRST, LAST, freq=f"{STEP}min", tz="Europe/Paris", inclusive="left")
    hour = np.asarray(stamps.hour + stamps.minute / 60)
    working = np.asarray((stamps.day_of_week < 5) & (hour >= 7) & (hour < 19))
    frames = [*loads(rng, stamps, working), *solar(rng, stamps, hour), *rooms(rng, stamps, hour, working)]
    flows = {frame["point"].iloc[0]: frame.pop("true").to_numpy() for frame in frames if "true" in frame}
    used = sum(flow for name, flow in flows.items() if not name.startswith("pv/"))
    net = used - sum(flow for name, flow in flows.items() if name.startswith("pv/"))
    frames += [
        register(stamps, "grid/import", net.clip(0), 99_500.0),
        register(stamps, "grid/export", (-net).clip(0), 812.0),
    ]
    whole = pd.concat(frames).sort_values(["time", "point"], kind="stable", ignore_index=True)
    whole["time"] = whole["time"].dt.as_unit("ms")
    days = whole["time"].dt.tz_convert("Europe/Paris").dt.date
    (HERE / "archive").mkdir(exist_ok=True)
    for day, part in whole.groupby(days):
        part.to_parquet(HERE / "archive" / f"{day}.parquet", index=False, compression="zstd")


def rows(stamps: pd.DatetimeIndex, point: str, value: np.ndarray, unit: str, **more: np.ndarray) -> pd.DataFrame:
    """Rows of a point; its ``true`` flow in kW goes into the balance."""
    found = {"time": stamps.tz_convert("UTC"), "point": point, "value": value, "unit": unit, "quality": GOOD, **more}
    return pd.DataFrame(found)


def loads(rng: np.random.Generator, stamps: pd.DatetimeIndex, working: np.ndarray) -> list[pd.DataFrame]:
    """Six floors and a heat pump [kW]."""
    found = []
    for floor in range(1, 7):
        true = (4 + 12 * working) * rng.uniform(0.8, 1.2) * (1 + 0.15 * rng.standard_normal(len(stamps))).clip(0.3)
        value = true.copy()
        if floor == 2:
            value[[300, 900, 1500]] = 400.0  # spikes
        if floor == 4:
            value[700:760] = value[700]  # stuck for five hours
        part = rows(stamps, f"offices/floor-{floor}", value.round(3), "kW", true=true)
        if floor == 5:
            part.loc[part.index[rng.random(len(stamps)) < 0.01], "quality"] = BAD
        found.append(part)
    true = (3 + 25 * working) * rng.uniform(0.7, 1.3, len(stamps))
    return [*found, rows(stamps, "hvac/heat-pump", true.round(3), "kW", true=true)]


def solar(rng: np.random.Generator, stamps: pd.DatetimeIndex, hour: np.ndarray) -> list[pd.DataFrame]:
    """Three inverters [W]; the clock of the third is 20 min late."""
    sun = np.clip(np.sin((hour - 6.5) / 14.5 * np.pi), 0, None) * ((hour > 6.5) & (hour < 21))
    sun *= np.repeat(rng.uniform(0.35, 1.0, len(stamps) // 6 + 1), 6)[: len(stamps)]
    found = []
    for inverter in range(1, 4):
        true = 95 * sun * rng.uniform(0.96, 1.0)
        late = pd.Timedelta(minutes=20 if inverter == 3 else 0)
        found.append(rows(stamps + late, f"pv/inverter-{inverter}", (1000 * true).round(), "W", true=true))
    return found


def rooms(
    rng: np.random.Generator, stamps: pd.DatetimeIndex, hour: np.ndarray, working: np.ndarray
) -> list[pd.DataFrame]:
    """Eight rooms [degC], every 15 min; the third is silent for a day."""
    found = []
    for room in range(1, 9):
        value = 21 + 2.5 * np.clip(np.sin((hour - 9) / 24 * 2 * np.pi), 0, None) + 0.5 * working + 0.1 * room
        value = (value + 0.1 * rng.standard_normal(len(stamps))).round(1)
        part = rows(stamps, f"rooms/{room}", value, "degC").iloc[::3]
        found.append(part[(part["time"] < "2018-06-06") | (part["time"] >= "2018-06-07")] if room == 3 else part)
    return found


def register(stamps: pd.DatetimeIndex, point: str, power: np.ndarray, begin: float) -> pd.DataFrame:
    """A register of 100,000 kWh that has counted what flowed before each stamp, with one reading more at the end."""
    counted = begin + np.concatenate([[0.0], np.cumsum(power) * STEP / 60])
    ends = stamps.append(pd.DatetimeIndex([stamps[-1] + pd.Timedelta(minutes=STEP)]))
    return rows(ends, point, (counted % 100_000).round(3), "kWh")


if __name__ == "__main__":
    main()
