"""Time and memory of whole commands: what a user waits for, and which stages it is made of.

    python benchmarks/commands.py --runs 5     # start-up, one-day, the Toulouse year at 1 h and at 15 min

Each figure is the median of several runs in fresh processes. Absolute seconds depend on the machine and on what else it
does; ``import numpy, pandas`` is timed beside them as a measure of both.
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
MICROGRID = [sys.executable, "-m", "microgrid"]


def measure(command: list[str], runs: int) -> tuple[float, float]:
    """Median wall time [s] and greatest memory [MB] of a command in fresh processes."""
    times, memory = [], 0.0
    for _ in range(runs):
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        times.append(time.perf_counter() - started)
        memory = max(memory, usage.ru_maxrss / 1024)
        if status:
            raise SystemExit(f"{' '.join(command)} failed")
    return statistics.median(times), memory


def show(name: str, command: list[str], runs: int, result: Path | None = None) -> None:
    seconds, memory = measure(command, runs)
    stages = ""
    if result is not None:
        timing = json.loads((result / "summary.json").read_text(encoding="utf-8"))["timing_seconds"]
        stages = " (" + ", ".join(f"{stage} {spent:.2f}" for stage, spent in timing.items()) + ")"
    print(f"{name}: {seconds:.2f} s, {memory:.0f} MB{stages}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("pyomo", "highspy", "numpy", "pandas"))
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"Python {platform.python_version()}, {versions}; medians of {runs} runs, stages of the last one")
    with tempfile.TemporaryDirectory() as out:
        show("import numpy, pandas", [sys.executable, "-c", "import numpy, pandas"], runs)
        show("microgrid --help", [*MICROGRID, "--help"], runs)
        for case, step in (("one-day", "1 h"), ("toulouse-eaz", "1 h"), ("toulouse-eaz", "15 min")):
            command = [*MICROGRID, "run", str(ROOT / "cases" / case), "--set", f"horizon.step={step}", "--out", out]
            show(f"microgrid run cases/{case} at {step}", command, runs, Path(out) / case / "base")


if __name__ == "__main__":
    main()
