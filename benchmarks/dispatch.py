"""Time and memory of whole commands: what a user waits for, and how much of it is not the solver.

    python benchmarks/dispatch.py                     # start-up, one-day, the Toulouse year at 1 h
    python benchmarks/dispatch.py --quarter-hours     # also the year at 15 min, everything but the solver

Each figure is the median of several runs in fresh processes. Absolute seconds depend on the machine and on what else it
does; the table names both. At 15 min the solver is left out: the schedule that is audited, written and reported is the
rule-based baseline, which has the same size.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOULOUSE = ROOT / "cases" / "toulouse-eaz"

_WITHOUT_SOLVER = """
import gc, json, resource, sys, time
gc.disable()  # as a run does
started = time.perf_counter()
import microgrid.studies.dispatch as study
from microgrid.audit.audit import audit
from microgrid.case.reading import load_case
from microgrid.model.assembly import build_model
from microgrid.report.files import write_result
from microgrid.solution import Solution
from microgrid.solve.highs import Session
from microgrid.solve.limits import Limits
from microgrid.solve.matrix import compile_model
import pandas as pd
laps, last = {}, started
def lap(name):
    global last
    now = time.perf_counter()
    laps[name], last = now - last, now
lap("import")
case = load_case(sys.argv[1], settings={"horizon.step": sys.argv[2]})
lap("read")
model = build_model(case.assets, case.horizon, case.weights)
lap("build")
matrix = compile_model(model)
lap("compile")
Session(matrix, Limits())
lap("hand over")
baseline = study.run_baseline(case.assets, case.horizon)
lap("baseline")
verdict = audit(case.assets, baseline.plan, case.horizon)
lap("audit")
none = pd.DataFrame()
solution = Solution(case, baseline.plan, baseline, verdict, "rule-based", 0.0, 0.0, 0.0, none, laps, matrix.size, {})
write_result(solution, sys.argv[3])
lap("report")
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"laps": laps, "total": time.perf_counter() - started, "memory_mb": memory, "size": matrix.size}))
"""


def seconds(command: list[str], runs: int) -> float:
    """Median wall time of a command in fresh processes."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def without_solver(step: str, out: str, runs: int) -> dict:
    """Stages of the year but for the solver; the run with the median total."""
    found = []
    for _ in range(runs):
        command = [sys.executable, "-c", _WITHOUT_SOLVER, str(TOULOUSE), step, out]
        found.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    return sorted(found, key=lambda run: run["total"])[len(found) // 2]


def show_stages(name: str, run: dict) -> None:
    """One line of stages."""
    stages = ", ".join(f"{stage} {lap:.2f}" for stage, lap in run["laps"].items())
    print(f"{name}: {run['total']:.1f} s, {run['memory_mb']:.0f} MB ({stages})")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quarter-hours", action="store_true")
    options = parser.parse_args()
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("pyomo", "highspy", "numpy", "pandas"))
    print(
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"
    )
    print(f"Python {platform.python_version()}, {versions}; medians of {options.runs} runs")
    command = [sys.executable, "-m", "microgrid"]
    with tempfile.TemporaryDirectory() as out:
        print(f"microgrid --help: {seconds([*command, '--help'], options.runs):.2f} s")
        one_day = [*command, "run", str(ROOT / "cases" / "one-day"), "--out", out]
        print(f"microgrid run cases/one-day: {seconds(one_day, options.runs):.2f} s")
        year = [*command, "run", str(TOULOUSE), "--out", out]
        print(f"microgrid run cases/toulouse-eaz: {seconds(year, max(1, options.runs // 2)):.1f} s")
        show_stages("the same year without the solver", without_solver("1 h", out, options.runs))
        if options.quarter_hours:
            show_stages("at 15 min without the solver", without_solver("15 min", out, max(1, options.runs // 2)))


if __name__ == "__main__":
    main()
