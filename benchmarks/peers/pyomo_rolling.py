"""Rolling horizon by Pyomo, the model built anew for each window.   python pyomo_rolling.py FOLDER"""

from __future__ import annotations

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


if __name__ == "__main__":
    problem.run_loop(solve, "pyomo", "highspy")
