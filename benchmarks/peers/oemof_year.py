"""The plain year by oemof.solph, solved by its own HiGHS interface.   python oemof_year.py FOLDER

The monthly peaks are twelve variables and one rule per step that are added to the finished model.
"""

from __future__ import annotations

import time

STARTED = time.perf_counter()

import json  # noqa: E402
import sys  # noqa: E402
import warnings  # noqa: E402
from importlib import metadata  # noqa: E402
from types import SimpleNamespace  # noqa: E402

import pandas as pd  # noqa: E402
import problem  # noqa: E402
import pyomo.environ as pyo  # noqa: E402
from oemof import solph  # noqa: E402

warnings.simplefilter("ignore")


def build(data: SimpleNamespace) -> solph.EnergySystem:
    """The energy system: one bus, its sources and its load, and the stores."""
    step = pd.Timedelta(hours=data.step_hours)
    index = pd.date_range(data.time[0], periods=data.steps + 1, freq=step)  # points, so one more than steps
    system = solph.EnergySystem(timeindex=index, infer_last_interval=False)
    site = solph.Bus("site")
    flow, source = solph.Flow, solph.components.Source
    price, shed = data.price_per_kwh, data.shed_share * data.load_kw
    flows = {
        "import": flow(nominal_capacity=data.import_max_kw, variable_costs=price),
        "solar": flow(nominal_capacity=1.0, maximum=data.solar_kw),
        "wind": flow(nominal_capacity=1.0, maximum=data.wind_kw),
        "shed": flow(nominal_capacity=1.0, maximum=shed, variable_costs=data.shed_price_per_kwh),
    }
    system.add(site, *(source(label=name, outputs={site: f}) for name, f in flows.items()))
    system.add(solph.components.Sink("load", inputs={site: flow(nominal_capacity=1.0, fix=data.load_kw)}))
    for name in problem.STORES:
        store = getattr(data, name)
        charge = flow(nominal_capacity=store["charge_max_kw"])
        discharge = flow(nominal_capacity=store["discharge_max_kw"], variable_costs=store["wear_cost_per_kwh"])
        system.add(solph.components.GenericStorage(
            label=name, inputs={site: charge}, outputs={site: discharge},
            nominal_capacity=store["max_kwh"], min_storage_level=store["min_kwh"] / store["max_kwh"],
            inflow_conversion_factor=store["charge_efficiency"],
            outflow_conversion_factor=store["discharge_efficiency"],
            fixed_losses_absolute=store["idle_loss_kw"],  # per hour: solph multiplies it by the length of the step
            initial_storage_level=None, balanced=True,
        ))  # fmt: skip
    return system


def add_peaks(model: solph.Model, data: SimpleNamespace) -> None:
    """import[t] <= peak[month], at the price of the peak."""
    month = data.month.tolist()
    grid, site = model.es.node["import"], model.es.node["site"]
    model.peak = pyo.Var(sorted(set(month)), bounds=(0, data.import_max_kw))
    model.below_peak = pyo.Constraint(model.TIMESTEPS, rule=lambda m, t: m.flow[grid, site, t] <= m.peak[month[t]])
    model.objective.set_value(model.objective.expr + data.peak_price_per_kw * pyo.quicksum(model.peak.values()))


def main() -> None:
    data = problem.load(sys.argv[1])
    model = solph.Model(build(data))
    add_peaks(model, data)
    results = model.solve(solver="highs")
    schedule = {name: results[name] for name in ("flow", "storage_content")}
    objective = float(results["objective"])
    seconds = time.perf_counter() - STARTED
    assert len(schedule["flow"]) == data.steps
    versions = {name: metadata.version(name) for name in ("oemof.solph", "pyomo", "highspy")}
    print(json.dumps({"seconds": seconds, "objective": objective, "versions": versions}))


if __name__ == "__main__":
    main()
