"""Rolling horizon by Pyomo, the model built anew for each window.   python pyomo_rolling.py FOLDER"""

from __future__ import annotations

import json
import sys
import time
from importlib import metadata
from typing import Any

import numpy as np
import problem
import pyomo.environ as pyo
from pyomo_year import build


def solve(part: Any, start: dict[str, float], end_value: dict[str, float], peak: dict[int, float]) -> dict[str, Any]:
    model = build(part, start, end_value, peak)
    pyo.SolverFactory("appsi_highs").solve(model)
    found = {"import": np.array([v.value for v in model.imported.values()])}
    found["shed"] = np.array([v.value for v in model.shed.values()])
    for s in problem.STORES:
        found[f"{s}.discharge"] = np.array([model.discharge[s, t].value for t in model.t])
        found[f"{s}.state"] = np.array([model.state[s, p].value for p in model.point])
    return found


def main() -> None:
    data = problem.load(sys.argv[1])
    started = time.perf_counter()
    objective = problem.roll(data, solve)
    seconds = time.perf_counter() - started
    versions = {name: metadata.version(name) for name in ("pyomo", "highspy")}
    print(json.dumps({"seconds": seconds, "objective": objective, "versions": versions}))


if __name__ == "__main__":
    main()
