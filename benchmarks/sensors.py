"""A year of many sensors, gathered: how long it takes and how much memory. The archive is synthetic, of a fixed seed.

    python benchmarks/sensors.py                  # 150 points x 1 year x 1 min, 79 million rows, in Parquet
    python benchmarks/sensors.py --points 40 --days 60

Rows stand in the order of time, all points of a minute together, in one file a month, as archives write them. Each
point has holes, repeated rows, spikes, stretches that are stuck and bad qualities; a third are registers of meters.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

CASE = """
name: Many sensors
site: {{timezone: Europe/Paris, latitude: 43.57, longitude: 1.42}}
horizon: {{start: 2018-01-01, end: {end}, step: 15 min}}
sensors:
  files: ["archive/*.parquet"]
  columns: {{quality: quality}}
  good: [good]
  series:
    meters: {{points: ["meter-*"], quantity: counter, unit: kWh, least: 0 kW, most: 100 kW, rolls_over_at: 100000 kWh,
             fill: {{up_to: 2 h, longer: similar_days}}}}
    loads: {{points: ["load-*"], unit: kW, least: 0 kW, most: 100 kW, stuck_after: 6 h,
            fill: {{up_to: 2 h, longer: similar_days}}}}
    rooms: {{points: ["room-*"], quantity: level, unit: degC, least: 0 degC, most: 50 degC, combine: mean,
            fill: {{up_to: 2 h, longer: similar_days}}}}
assets:
  meters: {{kind: load, profile: {{sensors: meters}}}}
  loads: {{kind: load, profile: {{sensors: loads}}}}
  grid: {{kind: grid, import_max: 100 MW, tariff: {{name: flat, energy: [{{item: energy, price: 0.2 EUR/kWh}}]}}}}
"""


def write_case(folder: Path, points: int, days: int) -> Path:
    """The case with its archive."""
    (folder / "archive").mkdir(parents=True)
    end = np.datetime64("2018-01-01") + days
    (folder / "case.yaml").write_text(CASE.format(end=end), encoding="utf-8")
    names = [f"{('meter', 'load', 'room')[k % 3]}-{k:03d}" for k in range(points)]
    rng = np.random.default_rng(0)
    register = rng.uniform(0, 90_000, points)
    for first in range(0, days, 30):
        minutes = 1440 * min(30, days - first)
        stamps = np.datetime64("2018-01-01", "ms") + (first * 1440 + np.arange(minutes)).astype("timedelta64[m]")
        values, register = _values(rng, minutes, points, register)
        kept = rng.random((minutes, points)) > 0.002
        quality = np.where(rng.random((minutes, points)) > 0.001, 0, 1)
        of_point = np.broadcast_to(np.arange(points), (minutes, points))
        time_of = np.broadcast_to(stamps[:, None], (minutes, points))
        table = pa.table({
            "time": pa.array(time_of[kept], pa.timestamp("ms", "UTC")),
            "point": pa.DictionaryArray.from_arrays(pa.array(of_point[kept].astype(np.int32)), names),
            "value": pa.array(values[kept]),
            "quality": pa.DictionaryArray.from_arrays(pa.array(quality[kept].astype(np.int32)), ["good", "bad"]),
        })  # fmt: skip
        parquet.write_table(table, folder / "archive" / f"{first:03d}.parquet")
    return folder


def _values(rng: np.random.Generator, minutes: int, points: int, register: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Loads [kW], room temperatures [degC], registers [kWh], and where the registers end."""
    day = 1 + 0.5 * np.sin(np.arange(minutes) / 1440 * 2 * np.pi)[:, None]
    power = (20 * day * rng.uniform(0.5, 1.5, points) + rng.normal(0, 1, (minutes, points))).clip(0)
    found = power.copy()
    found[rng.random(found.shape) < 1e-5] += 60
    for point in range(points):
        begin = int(rng.integers(0, minutes - 600))
        found[begin : begin + 600, point] = found[begin, point]
    meters, rooms = np.arange(points) % 3 == 0, np.arange(points) % 3 == 2
    counted = (register + np.cumsum(power / 60, axis=0)) % 100_000
    found[:, meters] = counted[:, meters]
    found[:, rooms] = 20 + found[:, rooms] / 20
    return found, counted[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=150)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--case", type=Path, help="keep the case here, and use it if it is there")
    parser.add_argument("--only-read", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only_read:
        read(options.case)
        return
    with tempfile.TemporaryDirectory() as name:
        case = options.case or Path(name) / "case"
        if not case.exists():
            write_case(case, options.points, options.days)
        command = [sys.executable, __file__, "--only-read", "--case", str(case)]
        print(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


def read(folder: Path) -> None:
    """Gather in a process of its own, whose memory is told; import to result."""
    started = time.perf_counter()
    from microgrid import gather_sensors

    found = gather_sensors(folder).gathered
    seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": found.rows, "points": len(found.points), "seconds": seconds, "memory_mb": memory}))


if __name__ == "__main__":
    main()
