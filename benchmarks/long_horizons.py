"""A year against the bare solver: microgrid in windows, HiGHS in one piece on the very matrix that microgrid exports.

    python benchmarks/long_horizons.py                             # plain year, hourly and at 15 min
    python benchmarks/long_horizons.py --steps "5 min" --limit 900
    python benchmarks/long_horizons.py --case cases/toulouse-eaz --steps "15 min" --limit 900

The plain year (solar, wind, battery, flywheel, shedding, monthly peaks) is synthetic, with a fixed seed. The time of
microgrid is that of a fresh process: import, read, build, compile, solve, read back. The solver's is its own run alone,
default options. A solver that reaches the limit counts with the limit. Objectives have to agree to 1e-6, or the
benchmark fails.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

import highspy
import numpy as np
import pandas as pd

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

MICROGRID = """
import gc, json, sys, time
gc.disable()  # as a run does
started = time.perf_counter()
from microgrid.solve.solving import solve_model
from microgrid.case.reading import load_case
from microgrid.model.assembly import build_model
case = load_case(sys.argv[1], settings={"horizon.step": sys.argv[2]})
solved = solve_model(build_model(case.assets, case.horizon, case.weights))
answer = solved.answer
print(json.dumps({"seconds": time.perf_counter() - started, "objective": answer.objective, "bound": answer.bound,
                  "size": dict(solved.size), "note": answer.note, **{k: v for k, v in solved.timing.items()}}))
"""


def write_plain_case(folder: Path) -> Path:
    """Profiles of 15 min from a fixed seed."""
    rng = np.random.default_rng(0)
    time_ = pd.date_range("2018-01-01", "2019-01-01", freq="15min", tz="Europe/Paris", inclusive="left")
    hour = np.arange(len(time_)) / 4
    sun = np.clip(np.sin((hour % 24 - 6) / 12 * np.pi), 0, 1)
    working = hour // 24 % 7 < 5
    table = pd.DataFrame({
        "time": [stamp.isoformat() for stamp in time_],
        "solar": sun * np.repeat(rng.uniform(0.2, 1, len(hour) // 96 + 1), 96)[: len(hour)],
        "wind": rng.beta(1.2, 3, len(hour)),
        "load_kw": (150 + 100 * sun * working + rng.normal(0, 5, len(hour))).clip(0),
        "price_eur_per_kwh": np.where((hour % 24 >= 7) & (hour % 24 < 22), 0.22, 0.12) + rng.normal(0, 0.01, len(hour)),
    })  # fmt: skip
    folder.mkdir()
    table.to_csv(folder / "profiles.csv", index=False)
    (folder / "case.yaml").write_text(CASE, encoding="utf-8")
    return folder


def in_windows(case: Path, step: str) -> dict:
    """The answer of microgrid in a fresh process."""
    command = [sys.executable, "-c", MICROGRID, str(case), step]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def in_one_piece(model: Path, limit: float) -> tuple[float, float | None]:
    """Seconds of the bare solver on an exported matrix, and its objective unless the limit came first."""
    highs = highspy.Highs()
    highs.silent()
    highs.setOptionValue("time_limit", limit)
    highs.readModel(str(model))
    started = time.perf_counter()
    highs.run()
    spent = time.perf_counter() - started
    optimal = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return spent, highs.getInfo().objective_function_value if optimal else None


def measure(case: Path, step: str, runs: int, limit: float, folder: Path) -> str:
    """One line of the table."""
    model = folder / "model.mps"
    export = [sys.executable, "-m", "microgrid", "export", str(case), str(model), "--set", f'horizon.step="{step}"']
    subprocess.run(export, check=True, capture_output=True)
    ours, bare, objective = [], [], None
    for _ in range(runs):
        found = in_windows(case, step)
        spent, objective = in_one_piece(model, limit)
        ours.append(found["seconds"])
        bare.append(spent)
        if objective is not None and abs(objective - found["objective"]) > 1e-6 * abs(objective):
            raise SystemExit(f"{step}: objectives differ: {found['objective']} and {objective}")
    mine, theirs = statistics.median(ours), statistics.median(bare)
    shown = f"{theirs:.1f}" if objective is not None else f"stopped at {theirs:.0f}"
    gap = abs(found["objective"] - found["bound"]) / max(abs(found["objective"]), 1.0)
    cells = [f"{case.name} {step}", f"{found['size']['columns']:,}", f"{mine:.1f}", f"{found['solve']:.1f}", shown]
    return "| " + " | ".join([*cells, f"{mine / theirs:.3f}", f"{gap:.0e}"]) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", type=Path, help="a case folder; the plain year if left out")
    parser.add_argument("--steps", nargs="+", default=["1 h", "15 min"])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=float, default=900.0, help="seconds for the bare solver")
    options = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}, highspy {metadata.version('highspy')}")
    print("| case | columns | microgrid [s] | of which solve [s] | HiGHS in one piece [s] | ratio | proven gap |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        case = options.case or write_plain_case(Path(name) / "plain")
        for step in options.steps:
            print(measure(case, step, options.runs, options.limit, Path(name)), flush=True)


if __name__ == "__main__":
    main()
