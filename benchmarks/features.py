"""Every feature of the documentation on the Toulouse year, beside the plain year: is it solved, how well, how long.

    python benchmarks/features.py                       # a year at 1 h
    python benchmarks/features.py --step "15 min" --seconds 600 --only cap-month end-value

Small cases do not show what a year does: minutes for seconds, an answer that is none. Each feature is the reference
case with some settings of ``--set``, run in a process of its own as a user would; one that takes longer than
``--seconds`` is ended, and the table states it. It shows status, gap, objective, seconds, and how many times those of
the plain year.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

CASE = Path(__file__).resolve().parents[1] / "cases" / "toulouse-eaz"
FAR = "1000 GW"
PUMP = "{kind: shiftable_load, energy: 24 kWh, power_max: 12 kW, mode: on_off, runs: [{hours: '08:00-18:00'}]}"
SHAPE = (
    "{kind: shiftable_load, shape: {step: 1 h, power: [4 kW, 2 kW]}, runs: [{hours: '08:00-20:00', days: [working]}]}"
)
ENGINE = (
    "{kind: generator, capacity: 50 kW, efficiency: 0.38, fuel: gas, fuel_price: 0.07 EUR/kWh, fuel_carbon: 0.2 kg/kWh}"
)
OVERRUNS = (
    "{item: subscribed power, power: 100 kW, price: 14.41 EUR/kW/year, overrun: {rule: hours, price_per_hour: 1 EUR/h}}"
)
DOLLAR = "exchange_rates={USD: 0.9 EUR}"
SIZE = "{min: 0 kW, max: 600 kW, yearly_cost: 70 EUR/kW/year}"
ROLLING = ("rolling", "--window", "48h", "--every", "24h")

FEATURES: dict[str, Sequence[str]] = {
    "plain": (),
    # the objective
    "carbon-alone": ("objective.cost=0",),
    "carbon-weighs-little": ("objective.cost=0", "objective.carbon_price=0.01 EUR/t"),
    "cost-in-millionths": ("objective.cost=1e-6", "objective.carbon_price=0 EUR/t", "objective.inconvenience=1e-6"),
    "cap-year": ("objective.emissions_caps=[{max: 7 t}]",),
    "cap-month": ("objective.emissions_caps=[{max: 1200 kg, per: month}]",),
    "cap-day": ("objective.emissions_caps=[{max: 100 kg, per: day}]",),
    "least-emissions-0.2": ("objective.least_emissions_within=0.2 %",),
    "least-emissions-2": ("objective.least_emissions_within=2 %",),
    "least-emissions-5": ("objective.least_emissions_within=5 %",),
    # limits that mean none, and feeding in
    "no-limit-of-import": (f"assets.grid.import_max={FAR}",),
    "no-limit-of-storage": (f"assets.li-ion.charge_max={FAR}", f"assets.li-ion.discharge_max={FAR}"),
    "feed-in": ("assets.grid.export_max=300 kW",),
    "feed-in-without-limits": (f"assets.grid.import_max={FAR}", f"assets.grid.export_max={FAR}"),
    # stores
    "end-value": ("assets.li-ion.start=50 %", "assets.li-ion.end_value=0.05 EUR/kWh"),
    "start-outside-window": ("assets.li-ion.start=5 %",),
    # money
    "currency": ("currency=GBP", "exchange_rates={EUR: 0.86 GBP}"),
    # tariffs
    "tariff-library": ("assets.grid.tariff=library:us-synthetic-demand", DOLLAR),
    "tariff-price-set": ("assets.grid.tariff.peaks.0.price=4 EUR/kW",),
    "falling-tier": ("assets.grid.tariff.peaks.0={item: peak, tiers: [{above: 0 kW, price: 3 EUR/kW}, "
                     "{above: 80 kW, price: 1 EUR/kW}]}",),
    # assets
    "engine": (f"assets.engine={ENGINE}",),
    "size-of-solar": (f"assets.roof-pv.capacity={SIZE}", "assets.roof-pv.ac_limit=600 kW"),
    "run-on-off": (f"assets.pump={PUMP}",),
    "run-of-a-shape": (f"assets.wash={SHAPE}",),
    "run-and-cap": (f"assets.wash={SHAPE}", "objective.emissions_caps=[{max: 6.5 t}]"),
    "run-and-least-emissions": (f"assets.wash={SHAPE}", "objective.least_emissions_within=2 %"),
    "overruns-by-the-hour": (f"assets.grid.tariff.subscription={OVERRUNS}",),
    # limited foresight
    "rolling": ROLLING,
    "rolling-end-value": (*ROLLING, "--end-value", "0.05 EUR/kWh"),
}  # fmt: skip


def command(settings: Sequence[str], step: str, out: str) -> list[str]:
    """The command line of a feature."""
    verb, options = ("rolling", list(settings[1:])) if settings[:1] == ("rolling",) else ("run", [])
    sets = [] if verb == "rolling" else list(settings)
    given = [part for one in [f"horizon.step={step}", *sets] for part in ("--set", one)]
    return [sys.executable, "-m", "microgrid", verb, str(CASE), *options, *given, "--json", "--quiet", "--out", out]


def measure(settings: Sequence[str], step: str, seconds: float) -> dict[str, object]:
    """Seconds, exit code, status, gap and objective of a feature."""
    with tempfile.TemporaryDirectory() as out:
        started = time.perf_counter()
        try:
            done = subprocess.run(command(settings, step, out), capture_output=True, text=True, timeout=seconds)
        except subprocess.TimeoutExpired:
            return {"seconds": seconds, "exit": None, "status": f"not done after {seconds:g} s"}
        took = time.perf_counter() - started
    row: dict[str, object] = {"seconds": took, "exit": done.returncode}
    try:
        summary = json.loads(done.stdout)
        passed = summary["audit"]["passed"]
    except (ValueError, KeyError, TypeError):
        return {**row, "status": done.stderr.strip().splitlines()[-1][:60] if done.stderr.strip() else "no summary"}
    status = summary["status"] if passed else f"{summary['status']}, AUDIT FAILED"
    return {
        **row,
        "status": status,
        "gap": summary["gap"],
        "objective": next(value for name, value in summary.items() if name.startswith("objective_")),
    }


def main() -> int:
    """Print a row for each feature; exit code 1 if one is not solved and audited."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--step", default="1 h")
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--only", nargs="*", choices=sorted(FEATURES), default=list(FEATURES))
    asked = parser.parse_args()
    print(f"{'feature':24} {'seconds':>8} {'ratio':>6} {'exit':>5}  {'objective':>14} {'gap':>9}  status", flush=True)
    plain, failed = None, False
    for name in ["plain", *[name for name in asked.only if name != "plain"]]:
        row = measure(FEATURES[name], asked.step, asked.seconds)
        took = float(str(row["seconds"]))
        plain = took if plain is None else plain
        objective, gap = row.get("objective"), row.get("gap")
        figure = f"{objective:14,.4f}" if isinstance(objective, float) else f"{'':14}"
        distance = f"{gap:9.1e}" if isinstance(gap, float) else f"{'':9}"
        print(
            f"{name:24} {took:8.1f} {took / plain:6.1f} {row['exit']!s:>5}  {figure} {distance}  {row['status']}",
            flush=True,
        )
        failed |= row["exit"] != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
