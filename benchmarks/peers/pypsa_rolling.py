"""Rolling horizon by PyPSA, the network built anew for each window.   python pypsa_rolling.py FOLDER"""

from __future__ import annotations

from typing import Any

import numpy as np
import problem
from pypsa_year import add_peaks, build


def solve(part: Any, start: dict[str, float], end_value: dict[str, float], peak: dict[int, float]) -> dict[str, Any]:
    n = build(part, start)
    n.optimize.create_model()
    add_peaks(n, part, peak)
    state = n.model.variables["Store-e"].isel(snapshot=-1)
    for s, worth in end_value.items():
        n.model.objective = n.model.objective - worth * state.sel(name=s)
    status, _ = n.optimize.solve_model(solver_name="highs", io_api="direct", log_to_console=False)
    assert status == "ok"
    power, energy = n.c.generators.dynamic["p"], n.c.stores.dynamic["e"]
    found = {"import": power["import"].to_numpy(), "shed": power["shed"].to_numpy()}
    for s in problem.STORES:
        found[f"{s}.discharge"] = -n.c.links.dynamic["p1"][f"{s}.discharge"].to_numpy()
        found[f"{s}.state"] = np.append(start[s], energy[s].to_numpy())
    return found


if __name__ == "__main__":
    problem.run_loop(solve, "pypsa", "linopy", "highspy")
