"""The plain year by Pyomo as in its textbooks, solved through its own HiGHS interface.   python pyomo_year.py FOLDER"""

from __future__ import annotations

import time

STARTED = time.perf_counter()

import json  # noqa: E402
import sys  # noqa: E402
from importlib import metadata  # noqa: E402
from types import SimpleNamespace  # noqa: E402

import numpy as np  # noqa: E402
import problem  # noqa: E402
import pyomo.environ as pyo  # noqa: E402


def build(
    data: SimpleNamespace,
    start: dict[str, float] | None = None,
    end_value: dict[str, float] | None = None,
    peak: dict[int, float] | None = None,
) -> pyo.ConcreteModel:
    """The model; see ``problem.matrix`` for the arguments."""
    n, h = data.steps, data.step_hours
    m = pyo.ConcreteModel()
    m.t, m.point, m.month = (
        pyo.RangeSet(0, n - 1),
        pyo.RangeSet(0, n),
        pyo.Set(initialize=sorted(set(data.month.tolist()))),
    )
    month, price, load = data.month.tolist(), data.price_per_kwh.tolist(), data.load_kw.tolist()
    solar, wind, so_far = data.solar_kw.tolist(), data.wind_kw.tolist(), peak or {}
    m.imported = pyo.Var(m.t, bounds=(0, data.import_max_kw))
    m.solar = pyo.Var(m.t, bounds=lambda _, t: (0, solar[t]))
    m.wind = pyo.Var(m.t, bounds=lambda _, t: (0, wind[t]))
    m.shed = pyo.Var(m.t, bounds=lambda _, t: (0, data.shed_share * load[t]))
    m.peak = pyo.Var(m.month, bounds=lambda _, k: (so_far.get(k, 0.0), data.import_max_kw))
    stores = {name: getattr(data, name) for name in problem.STORES}
    m.store = pyo.Set(initialize=list(stores))
    m.charge = pyo.Var(m.store, m.t, bounds=lambda _, s, __: (0, stores[s]["charge_max_kw"]))
    m.discharge = pyo.Var(m.store, m.t, bounds=lambda _, s, __: (0, stores[s]["discharge_max_kw"]))
    m.state = pyo.Var(m.store, m.point, bounds=lambda _, s, __: (stores[s]["min_kwh"], stores[s]["max_kwh"]))
    m.balance = pyo.Constraint(m.t, rule=lambda m, t: (
        m.imported[t] + m.solar[t] + m.wind[t] + m.shed[t]
        + sum(m.discharge[s, t] - m.charge[s, t] for s in stores) == load[t]
    ))  # fmt: skip
    m.below_peak = pyo.Constraint(m.t, rule=lambda m, t: m.imported[t] <= m.peak[month[t]])
    m.energy = pyo.Constraint(m.store, m.t, rule=lambda m, s, t: (
        m.state[s, t + 1] == stores[s]["retention"] * m.state[s, t] + h * (
            stores[s]["charge_efficiency"] * m.charge[s, t]
            - m.discharge[s, t] / stores[s]["discharge_efficiency"] - stores[s]["idle_loss_kw"])
    ))  # fmt: skip
    m.first = pyo.Constraint(m.store, rule=lambda m, s: m.state[s, 0] == (m.state[s, n] if start is None else start[s]))
    m.cost = pyo.Objective(expr=(
        sum(h * price[t] * m.imported[t] + h * data.shed_price_per_kwh * m.shed[t] for t in m.t)
        + sum(h * stores[s]["wear_cost_per_kwh"] * m.discharge[s, t] for s in stores for t in m.t)
        + data.peak_price_per_kw * sum(m.peak[k] for k in m.month)
        - sum((end_value or {}).get(s, 0.0) * m.state[s, n] for s in stores)
    ))  # fmt: skip
    return m


def main() -> None:
    data = problem.load(sys.argv[1])
    model = build(data)
    pyo.SolverFactory("appsi_highs").solve(model)
    schedule = {v.name: np.array([x.value for x in v.values()]) for v in model.component_objects(pyo.Var)}
    objective = pyo.value(model.cost)
    seconds = time.perf_counter() - STARTED
    versions = {name: metadata.version(name) for name in ("pyomo", "highspy")}
    assert len(schedule["imported"]) == data.steps
    print(json.dumps({"seconds": seconds, "objective": objective, "versions": versions}))


if __name__ == "__main__":
    main()
