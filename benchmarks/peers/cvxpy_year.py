"""The plain year by cvxpy with HiGHS.   python cvxpy_year.py FOLDER"""

from __future__ import annotations

import time

STARTED = time.perf_counter()

import json  # noqa: E402
import sys  # noqa: E402
from importlib import metadata  # noqa: E402

import cvxpy as cp  # noqa: E402
import numpy as np  # noqa: E402
import problem  # noqa: E402
import scipy.sparse as sp  # noqa: E402


def main() -> None:
    data = problem.load(sys.argv[1])
    n, h = data.steps, data.step_hours
    months = data.month.max() + 1
    imported, solar, wind, shed = (cp.Variable(n, nonneg=True) for _ in range(4))
    peak = cp.Variable(months, nonneg=True)
    of_month = sp.csr_matrix((np.ones(n), (np.arange(n), data.month)), shape=(n, months))
    rules = [
        imported <= data.import_max_kw,
        imported <= of_month @ peak,
        solar <= data.solar_kw,
        wind <= data.wind_kw,
        shed <= data.shed_share * data.load_kw,
    ]
    supply, cost = imported + solar + wind + shed, h * (data.price_per_kwh @ imported)
    cost += h * data.shed_price_per_kwh * cp.sum(shed) + data.peak_price_per_kw * cp.sum(peak)
    found = {"import": imported, "solar": solar, "wind": wind, "shed": shed}
    for name in problem.STORES:
        store = getattr(data, name)
        charge, discharge, state = cp.Variable(n, nonneg=True), cp.Variable(n, nonneg=True), cp.Variable(n + 1)
        inflow = store["charge_efficiency"] * charge - discharge / store["discharge_efficiency"] - store["idle_loss_kw"]
        rules += [
            charge <= store["charge_max_kw"],
            discharge <= store["discharge_max_kw"],
            state >= store["min_kwh"],
            state <= store["max_kwh"],
            state[1:] == store["retention"] * state[:-1] + h * inflow,
            state[0] == state[n],
        ]
        supply += discharge - charge
        cost += h * store["wear_cost_per_kwh"] * cp.sum(discharge)
        found |= {f"{name}.charge": charge, f"{name}.discharge": discharge, f"{name}.state": state}
    year = cp.Problem(cp.Minimize(cost), [*rules, supply == data.load_kw])
    year.solve(solver=cp.HIGHS)
    schedule = {name: np.array(variable.value) for name, variable in found.items()}
    seconds = time.perf_counter() - STARTED
    versions = {name: metadata.version(name) for name in ("cvxpy", "highspy")}
    assert len(schedule["import"]) == n
    print(json.dumps({"seconds": seconds, "objective": float(year.value), "versions": versions}))


if __name__ == "__main__":
    main()
