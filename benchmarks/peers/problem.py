"""The plain problem from data.csv and data.json as bare arrays: for the solver alone, and for tools that take matrices.

minimize  sum price import h + wear discharge h + shed price shed h + peak price peak[m]
import + solar + wind + discharge - charge (both stores) + shed = load;  import <= peak[month]
E[t+1] = retention E[t] + h (charge_efficiency charge - discharge / discharge_efficiency - idle_loss);  E[N] = E[0]
"""

from __future__ import annotations

import csv
import json
import sys
import time
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

STORES = ("battery", "flywheel")


def load(folder: str) -> SimpleNamespace:
    """Columns of data.csv as arrays, and data.json."""
    with (Path(folder) / "data.csv").open(encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    columns = dict(zip(head, zip(*rows, strict=True), strict=True))
    data = json.loads((Path(folder) / "data.json").read_text(encoding="utf-8"))
    numbers = {name: np.array(columns[name], dtype=float) for name in head if name not in ("time", "month")}
    month = np.array(columns["month"], dtype=int)
    return SimpleNamespace(**numbers, **data, month=month, time=columns["time"], steps=len(month))


def part(data: SimpleNamespace, begin: int, end: int) -> SimpleNamespace:
    """The steps begin .. end - 1."""
    cut = {k: v[begin:end] for k, v in vars(data).items() if isinstance(v, (np.ndarray, tuple))}
    return SimpleNamespace(**{**vars(data), **cut, "steps": end - begin})


def matrix(
    data: SimpleNamespace,
    start: dict[str, float] | None = None,
    end_value: dict[str, float] | None = None,
    peak: dict[int, float] | None = None,
) -> dict[str, Any]:
    """cost, lower, upper, row_lower, row_upper, and A as (row, column, value); ``columns`` says where each variable is.

    start: first state of each store, which then is not cyclic; end_value [EUR/kWh] of its last state; peak: so far.
    """
    n, h = data.steps, data.step_hours
    months, position = np.unique(data.month, return_inverse=True)
    names = ["import", "solar", "wind", "shed", *(f"{s}.{v}" for s in STORES for v in ("charge", "discharge"))]
    columns = {name: np.arange(n) + k * n for k, name in enumerate(names)}
    size = n * len(names)
    for s in STORES:
        columns[f"{s}.state"] = size + np.arange(n + 1)
        size += n + 1
    columns["peak"] = size + np.arange(len(months))
    size += len(months)
    cost, lower, upper = np.zeros(size), np.zeros(size), np.zeros(size)
    cost[columns["import"]], upper[columns["import"]] = data.price_per_kwh * h, data.import_max_kw
    upper[columns["solar"]], upper[columns["wind"]] = data.solar_kw, data.wind_kw
    cost[columns["shed"]], upper[columns["shed"]] = data.shed_price_per_kwh * h, data.shed_share * data.load_kw
    cost[columns["peak"]], upper[columns["peak"]] = data.peak_price_per_kw, data.import_max_kw
    lower[columns["peak"]] = [(peak or {}).get(int(m), 0.0) for m in months]
    rows, cols, values, low, high = [], [], [], [], []
    count = 0

    def add(parts: list[tuple[np.ndarray, float]], lo: Any, hi: Any) -> None:
        nonlocal count
        size = len(parts[0][0])
        for column, value in parts:
            rows.append(count + np.arange(size))
            cols.append(column)
            values.append(np.broadcast_to(np.asarray(value, dtype=float), (size,)))
        low.append(np.broadcast_to(np.asarray(lo, dtype=float), (size,)))
        high.append(np.broadcast_to(np.asarray(hi, dtype=float), (size,)))
        count += size

    supply = [(columns[k], 1.0) for k in ("import", "solar", "wind", "shed")]
    for s in STORES:
        store, c, d, e = getattr(data, s), *(columns[f"{s}.{v}"] for v in ("charge", "discharge", "state"))
        upper[c], upper[d] = store["charge_max_kw"], store["discharge_max_kw"]
        lower[e], upper[e] = store["min_kwh"], store["max_kwh"]
        cost[d] = store["wear_cost_per_kwh"] * h
        supply += [(c, -1.0), (d, 1.0)]
        inflow = [(c, -h * store["charge_efficiency"]), (d, h / store["discharge_efficiency"])]
        add(
            [(e[1:], 1.0), (e[:-1], -store["retention"]), *inflow],
            -h * store["idle_loss_kw"],
            -h * store["idle_loss_kw"],
        )
        if start is None:
            add([(e[:1], 1.0), (e[-1:], -1.0)], 0.0, 0.0)
        else:
            lower[e[0]] = upper[e[0]] = start[s]
        cost[e[-1]] -= (end_value or {}).get(s, 0.0)
    add(supply, data.load_kw, data.load_kw)
    add([(columns["import"], 1.0), (columns["peak"][position], -1.0)], -np.inf, 0.0)
    joined = [np.concatenate(x) for x in (rows, cols, values, low, high)]
    return {
        "cost": cost, "lower": lower, "upper": upper, "row_lower": joined[3], "row_upper": joined[4],
        "A": tuple(joined[:3]), "columns": columns, "months": months,
    }  # fmt: skip


WINDOW, EVERY, END_VALUE_EUR_PER_KWH, START = (
    192,
    96,
    0.15,
    0.5,
)  # steps of 15 min; of the energy; share of the capacity


def roll(data: SimpleNamespace, solve: Any) -> float:
    """The bill of a rolling horizon: windows of 48 h every 24 h, states and the month's peak handed on.

    solve(part, start, end_value, peak) returns import, shed, and of each store discharge (n,) and state (n + 1,).
    """
    kept: dict[str, list[np.ndarray]] = {}
    state, peak, begin = {s: START * getattr(data, s)["max_kwh"] for s in STORES}, {}, 0
    while True:
        end = min(begin + WINDOW, data.steps)
        last = end == data.steps
        count = end - begin if last else EVERY
        here = part(data, begin, end)
        found = solve(here, state, dict.fromkeys(STORES, END_VALUE_EUR_PER_KWH), peak)
        for name, values in found.items():
            kept.setdefault(name, []).append(values[:count])
        state = {s: float(found[f"{s}.state"][count]) for s in STORES}
        for month in np.unique(here.month[:count]).tolist():
            highest = float(found["import"][:count][here.month[:count] == month].max())
            peak[month] = max(peak.get(month, 0.0), highest)
        if last:
            return bill(data, {name: np.concatenate(values) for name, values in kept.items()}, peak)
        begin += EVERY


def bill(data: SimpleNamespace, schedule: dict[str, np.ndarray], peak: dict[int, float]) -> float:
    """What a schedule costs."""
    energy = data.price_per_kwh @ schedule["import"] + data.shed_price_per_kwh * schedule["shed"].sum()
    wear = sum(getattr(data, s)["wear_cost_per_kwh"] * schedule[f"{s}.discharge"].sum() for s in STORES)
    return float(data.step_hours * (energy + wear) + data.peak_price_per_kw * sum(peak.values()))


def run_loop(solve: Any, *packages: str) -> None:
    """Time the rolling horizon of the data in the folder that the command line names, and print it as JSON."""
    data = load(sys.argv[1])
    started = time.perf_counter()
    objective = roll(data, solve)
    seconds = time.perf_counter() - started
    versions = {name: metadata.version(name) for name in packages}
    print(json.dumps({"seconds": seconds, "objective": objective, "versions": versions}))
