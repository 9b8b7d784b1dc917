"""All benchmarks against the bare solver and against other tools; writes docs/benchmarks.md and its figure.

    python benchmarks/run.py                         # everything, three runs each: about two hours
    python benchmarks/run.py --only year-1h rolling  # some of it; the results of the others are kept
    python benchmarks/run.py --runs 1 --limit 900

Each tool runs in an environment of its own, made once under benchmarks/.envs. The tools take turns, so that a machine
whose speed changes is the same for all. Times are medians; what counts are the ratios. Objectives have to agree to
1e-6, or the benchmark fails.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import ours
import plain
from results_page import write_page

from microgrid.solve.limits import cores

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RESULTS = HERE / "results.json"
SOLVER = f"highspy=={metadata.version('highspy')}"  # the same for all
VERSIONS = {
    "pypsa": ["pypsa==1.4.0", SOLVER],
    "oemof": ["oemof.solph==0.6.5", SOLVER],
    "cvxpy": ["cvxpy==1.9.3", SOLVER],
    "calliope": ["calliope==0.7.0.dev7", "pandas<2.3", SOLVER],
}
TOLERANCE = 1e-6
MACHINE = {"machine-1h": "1 h", "machine-1h-sharp": "1 h", "machine-15min": "15 min"}  # on/off decisions
GAPS = {"machine-1h": 1e-3, "machine-1h-sharp": 1e-4, "machine-15min": 1e-3}

Run = Callable[[], dict[str, Any]]


def python_of(tool: str) -> str:
    """The interpreter of a tool's environment, which is made where it is missing; microgrid and Pyomo share ours."""
    if tool not in VERSIONS:
        return sys.executable
    folder = HERE / ".envs" / tool
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        print(f"making the environment of {tool}", flush=True)
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *VERSIONS[tool]], check=True)
    return str(python)


def call(tool: str, script: str, *arguments: str) -> dict[str, Any]:
    """The last line that a script prints."""
    command = [python_of(tool), str(HERE / script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{script} failed:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def measure(name: str, runs: int, tools: dict[str, Run], gap: float) -> dict[str, Any]:
    """Median seconds of each tool, taking turns; all objectives agree to the relative gap."""
    found: dict[str, list[dict[str, Any]]] = {tool: [] for tool in tools}
    for _ in range(runs):
        for tool, run in tools.items():
            found[tool].append(run())
            print(f"{name}: {tool} {found[tool][-1]['seconds']:.2f} s", flush=True)
    objective = found["microgrid"][0]["objective"]
    for tool, answers in found.items():
        for answer in answers:
            if answer["objective"] is None:  # stopped at its time limit
                continue
            if abs(answer["objective"] - objective) > gap * abs(objective):
                raise SystemExit(f"{name}: {tool} found {answer['objective']}, microgrid {objective}")
    return {
        tool: {**answers[0], "seconds": statistics.median(a["seconds"] for a in answers), "runs": runs}
        for tool, answers in found.items()
    }


def year(
    step: str,
    limit: float,
    others: list[str],
    case: Path | None = None,
    scenario: str = "base",
    gap: float = TOLERANCE,
) -> Callable[[Path, Path], dict[str, Run]]:
    """A year by all tools; the bare solver reads the matrix that microgrid exports."""

    def tools(plain_case: Path, folder: Path) -> dict[str, Run]:
        model, of = folder / "model.mps", case or plain_case
        exported = [sys.executable, "-m", "microgrid", "export", str(of), str(model), "--scenario", scenario]
        subprocess.run([*exported, "--set", f"horizon.step={step}"], check=True, capture_output=True)
        if case is None:
            plain.write_data(of, {"horizon.step": step}, folder)

        def mine() -> dict[str, Any]:
            answer = call("microgrid", "ours.py", "year", str(of), step, scenario, str(gap))
            return {**answer, "seconds": answer["solve"]} if scenario != "base" else answer

        found: dict[str, Run] = {"microgrid": mine}
        found["HiGHS, its own run"] = lambda: call("bare", "peers/bare_year.py", str(model), str(limit), str(gap))
        for tool in others:
            found[tool] = lambda tool=tool: call(tool, f"peers/{tool}_year.py", str(folder))  # type: ignore[misc]
        return found

    return tools


def rolling(plain_case: Path, folder: Path) -> dict[str, Run]:
    """60 days in windows of 48 h every 24 h, at 15 min: the loop alone."""
    plain.write_data(plain_case, {"horizon.step": "15 min", **ours.ROLLING}, folder)
    return {
        "microgrid": lambda: call("microgrid", "ours.py", "rolling", str(plain_case), "15 min"),
        "HiGHS rebuilt from numpy, cold": lambda: call("bare", "peers/bare_rolling.py", str(folder)),
        "pyomo": lambda: call("pyomo", "peers/pyomo_rolling.py", str(folder)),
        "pypsa": lambda: call("pypsa", "peers/pypsa_rolling.py", str(folder)),
    }


def sweep(plain_case: Path, _: Path) -> dict[str, Run]:
    """50 scenarios of the hourly year, against as many single dispatches, each in a process of its own."""

    def singles() -> dict[str, Any]:
        found = [call("microgrid", "ours.py", "single", str(plain_case), "1 h", str(k)) for k in range(50)]
        return {"seconds": sum(f["seconds"] for f in found), "objectives": [f["objective"] for f in found]}

    def checked(run: Run) -> Run:
        """The greatest relative difference from the first that was found counts as the objective."""

        def compared() -> dict[str, Any]:
            found = run()
            known = first.setdefault("objectives", found["objectives"])
            gaps = [abs(a - b) / abs(b) for a, b in zip(found.pop("objectives"), known, strict=True)]
            if max(gaps) > TOLERANCE:
                raise SystemExit(f"sweep: objectives differ by {max(gaps):.1e}")
            return {**found, "objective": sum(known)}

        return compared

    first: dict[str, list[float]] = {}
    together = checked(lambda: call("microgrid", "ours.py", "sweep", str(plain_case), "1 h"))
    return {"microgrid": together, "microgrid, 50 single runs": checked(singles)}


def machine() -> str:
    """Processor family, cores and Python, without the machine's name."""
    return f"{platform.system()} on {platform.machine()}, {cores()} cores, Python {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=float, default=900.0, help="seconds for the bare solver")
    parser.add_argument("--only", nargs="+", help="names of some benchmarks")
    options = parser.parse_args()
    toulouse = ROOT / "cases" / "toulouse-eaz"
    all_peers = ["cvxpy", "pypsa", "pyomo", "oemof", "calliope"]
    works = {
        "year-1h": year("1 h", options.limit, all_peers),
        "year-15min": year("15 min", options.limit, all_peers),
        "year-5min": year("5 min", options.limit, []),
        "toulouse-15min": year("15 min", options.limit, [], toulouse),
        **{name: year(step, options.limit, [], toulouse, "machine", GAPS[name]) for name, step in MACHINE.items()},
        "rolling": rolling,
        "sweep": sweep,
    }
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    with tempfile.TemporaryDirectory() as name:
        case = plain.write_case(Path(name) / "plain")
        for work, tools in works.items():
            if options.only is None or work in options.only:
                folder = Path(name) / work
                folder.mkdir()
                results[work] = measure(work, options.runs, tools(case, folder), GAPS.get(work, TOLERANCE))
                results["machine"] = machine()
                RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    write_page(results, ROOT / "docs")


if __name__ == "__main__":
    main()
