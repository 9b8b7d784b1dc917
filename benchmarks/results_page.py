"""docs/benchmarks.md and its figure, from what ``run.py`` measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# Name -> title, description, and target of the ratio between the time of microgrid and that of each tool.
WORKS: dict[str, tuple[str, str, dict[str, float]]] = {
    "year-1h": (
        "Plain year, 1 h",
        "Solar, wind, battery, flywheel, load shedding and monthly peaks; 12 variables per step.",
        {"pypsa": 0.6, "oemof": 0.2, "calliope": 0.2},
    ),
    "year-15min": ("Plain year, 15 min", "The plain year in 35,040 steps.", {"HiGHS, its own run": 0.6}),
    "year-5min": ("Plain year, 5 min", "The plain year in 105,120 steps.", {"HiGHS, its own run": 0.15}),
    "toulouse-15min": (
        "cases/toulouse-eaz, 15 min",
        "With a building, demand response, a wind turbine and a subscribed power; 20 variables per step.",
        {"HiGHS, its own run": 0.05},
    ),
    "machine-1h": (
        "A machine, 1 h",
        "The scenario `machine` of cases/toulouse-eaz: a run of three hours on each of 252 working days, whose begin "
        "is decided. Until a gap of 0.001 is proven; only the time of the solve counts.",
        {"HiGHS, its own run": 1.0},
    ),
    "machine-1h-sharp": (
        "A machine, 1 h, to a tenth of that gap",
        "The same until a gap of 0.0001 is proven.",
        {"HiGHS, its own run": 0.25},
    ),
    "machine-15min": ("A machine, 15 min", "The same in 35,040 steps, until a gap of 0.001 is proven.", {}),
    "rolling": (
        "Rolling horizon",
        "60 days at 15 min in windows of 48 h, every 24 h; only the loop is timed. The battery leaks "
        "0.02 %/h, so that each window has a single optimum; stored energy is worth 0.15 EUR/kWh at a window's end for "
        "every tool.",
        {"pyomo": 0.1, "pypsa": 0.02, "HiGHS rebuilt from numpy, cold": 1.0},
    ),
    "sweep": (
        "50 scenarios",
        "Battery, wear cost and solar capacity of the plain year at 1 h, each dispatched, audited and compared with "
        "its baseline; beside as many single runs.",
        {"microgrid, 50 single runs": 0.25},
    ),
}
NAMES = {
    "pyomo": "Pyomo, appsi_highs",
    "pypsa": "PyPSA, direct hand-over",
    "oemof": "oemof.solph",
    "cvxpy": "cvxpy",
    "calliope": "Calliope",
    "HiGHS, its own run": "HiGHS in one piece, its own run",
}


NOTES = {
    "calliope": "Calliope 0.7 is a pre-release whose models the HiGHS interfaces of Pyomo refuse; here they are "
    "passed to HiGHS by a file. Its investment decisions are switched off, since the problem has none.",
    "oemof": "About a third of oemof.solph's time is its documented way to read results.",
}


def write_page(results: dict[str, Any], docs: Path) -> None:
    """The page, and images/benchmarks.svg beside it."""
    parts = [
        "# Benchmarks",
        "This page is written by `python benchmarks/run.py`, without any edit by hand. The time of a tool is that of "
        "its whole process: import, read, build, hand over, solve, read back. The time of HiGHS is that of a run on "
        "the matrix that `microgrid export` writes, with default options. All objectives agree to 1e-6. The tools "
        "took turns on one shared machine, whose speed changed by a factor of two, so only the ratios are "
        "meaningful. With on/off decisions, objectives agree to the stated gap. Except for the case of Toulouse, the "
        "data is synthetic, from a fixed seed.",
        f"Machine: {results['machine']}.",
        "![Seconds of each tool](images/benchmarks.svg)",
        "The bars are on a logarithmic scale.",
    ]
    for work, (title, text, wanted) in WORKS.items():
        if work in results:
            notes = [note for tool, note in NOTES.items() if tool in results[work]] if work == "year-1h" else []
            parts += [f"## {title}", text, _table(results[work], wanted), *notes]
    (docs / "benchmarks.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    _draw(results, docs / "images" / "benchmarks.svg")


def _table(found: dict[str, Any], wanted: dict[str, float]) -> str:
    rows = ["| | version | median [s] | time of microgrid / its time | target |", "|---|---|---|---|---|"]
    mine = found["microgrid"]["seconds"]
    for tool, answer in found.items():
        versions = answer.get("versions", {})
        shown = ", ".join(f"{name} {version}" for name, version in versions.items() if name != "microgrid-dispatch")
        seconds = (
            f"{answer['seconds']:.2f}" if answer["objective"] is not None else f"stopped at {answer['seconds']:.0f}"
        )
        ratio = "" if tool == "microgrid" else f"{mine / answer['seconds']:.3f}"
        want = f"{wanted[tool]:g} or less" if tool in wanted else ""
        rows.append(f"| {NAMES.get(tool, tool)} | {shown} | {seconds} | {ratio} | {want} |")
    ours = found["microgrid"]
    more = f"{ours['runs']} run{'s' if ours['runs'] > 1 else ''} each."
    if "size" in ours:
        size = ours["size"]
        more += f" {size['columns']:,} columns, {size['rows']:,} rows; proven gap {ours['gap']:.0e}"
        more += f"; {ours['memory_mb']:,.0f} MB at most."
    return "\n".join(rows) + f"\n\n{more}"


def _draw(results: dict[str, Any], file: Path) -> None:
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    mpl.rcParams.update({"svg.hashsalt": "microgrid", "svg.fonttype": "none", "font.size": 9})
    works = [work for work in WORKS if work in results]
    sizes = [len(results[work]) for work in works]
    figure, axes = plt.subplots(
        len(works), 1, figsize=(7.2, 0.34 * sum(sizes) + 0.62 * len(works)), height_ratios=sizes, layout="constrained"
    )
    for axis, work in zip(axes if len(works) > 1 else [axes], works, strict=True):
        found = dict(sorted(results[work].items(), key=lambda pair: pair[1]["seconds"]))
        names = [NAMES.get(tool, tool) for tool in found]
        seconds = [answer["seconds"] for answer in found.values()]
        colours = ["#0b6b57" if tool == "microgrid" else "#9aa5b1" for tool in found]
        bars = axis.barh(names, seconds, color=colours, height=0.7)
        stopped = ["" if a["objective"] is not None else ", stopped" for a in found.values()]
        axis.bar_label(
            bars, [f"{s:.2f} s{t}" for s, t in zip(seconds, stopped, strict=True)], padding=3, color="#7b8794"
        )
        axis.set_xscale("log")
        axis.set_xlim(min(seconds) / 2, max(seconds) * 4)
        axis.invert_yaxis()
        axis.set_title(WORKS[work][0], loc="left", fontsize=10, color="#7b8794")
        axis.tick_params(colors="#7b8794", left=False)
        axis.spines[:].set_visible(False)
        axis.xaxis.set_visible(False)
    figure.savefig(file, transparent=True, metadata={"Date": None})
