"""The plain year by PyPSA, its model handed to HiGHS directly.   python pypsa_year.py FOLDER"""

from __future__ import annotations

import time

STARTED = time.perf_counter()

import json  # noqa: E402
import logging  # noqa: E402
import sys  # noqa: E402
import warnings  # noqa: E402
from importlib import metadata  # noqa: E402
from types import SimpleNamespace  # noqa: E402

import pandas as pd  # noqa: E402
import problem  # noqa: E402
import pypsa  # noqa: E402

logging.disable(logging.WARNING)
warnings.simplefilter("ignore")


def build(data: SimpleNamespace, start: dict[str, float] | None = None) -> pypsa.Network:
    """The network; stores begin at ``start``, or end as they began."""
    n = pypsa.Network()
    n.set_snapshots(pd.DatetimeIndex(data.time))
    n.snapshot_weightings = n.snapshot_weightings.astype(float) * data.step_hours

    def series(values: object) -> pd.Series:
        return pd.Series(values, index=n.snapshots)

    n.add("Bus", "site")
    n.add("Load", "load", bus="site", p_set=series(data.load_kw))
    n.add("Generator", "import", bus="site", p_nom=data.import_max_kw, marginal_cost=series(data.price_per_kwh))
    for name in ("solar", "wind"):
        available = getattr(data, f"{name}_kw")
        most = float(available.max()) or 1.0
        n.add("Generator", name, bus="site", p_nom=most, p_max_pu=series(available / most))
    most = float(data.load_kw.max())
    shed = series(data.shed_share * data.load_kw / most)
    n.add("Generator", "shed", bus="site", p_nom=most, p_max_pu=shed, marginal_cost=data.shed_price_per_kwh)
    for name in problem.STORES:
        _add_store(n, name, getattr(data, name), None if start is None else start[name], data.step_hours)
    return n


def _add_store(n: pypsa.Network, name: str, store: dict[str, float], start: float | None, step_hours: float) -> None:
    size = store["max_kwh"]
    n.add("Bus", name)
    # PyPSA takes no standing loss from the initial energy in the first step.
    first = {"e_cyclic": True} if start is None else {"e_initial": start * store["retention"]}
    loss = 1.0 - store["retention"] ** (1.0 / step_hours)
    n.add("Store", name, bus=name, e_nom=size, e_min_pu=store["min_kwh"] / size, standing_loss=loss, **first)
    n.add("Link", f"{name}.charge", bus0="site", bus1=name, p_nom=store["charge_max_kw"],
          efficiency=store["charge_efficiency"])  # fmt: skip
    n.add("Link", f"{name}.discharge", bus0=name, bus1="site", efficiency=store["discharge_efficiency"],
          p_nom=store["discharge_max_kw"] / store["discharge_efficiency"],
          marginal_cost=store["wear_cost_per_kwh"] * store["discharge_efficiency"])  # fmt: skip
    if store["idle_loss_kw"]:
        n.add("Load", f"{name}.idle", bus=name, p_set=float(store["idle_loss_kw"]))


def add_peaks(n: pypsa.Network, data: SimpleNamespace, so_far: dict[int, float] | None = None) -> None:
    """import[t] <= peak[month], at the price of the peak."""
    m = n.model
    months = sorted(set(data.month.tolist()))
    lower = pd.Series([(so_far or {}).get(k, 0.0) for k in months], index=pd.Index(months, name="month"))
    peak = m.add_variables(lower=lower, upper=data.import_max_kw, coords=[lower.index], name="peak")
    of_step = pd.Series(data.month, index=n.snapshots, name="month").to_xarray()
    imported = m.variables["Generator-p"].sel(name="import")
    m.add_constraints(imported - peak.sel(month=of_step) <= 0, name="below-peak")
    m.objective = m.objective + data.peak_price_per_kw * peak.sum()


def main() -> None:
    data = problem.load(sys.argv[1])
    n = build(data)
    n.optimize.create_model()
    add_peaks(n, data)
    status, _ = n.optimize.solve_model(solver_name="highs", io_api="direct", log_to_console=False)
    schedule = {"generators": n.c.generators.dynamic["p"], "stores": n.c.stores.dynamic["e"]}
    seconds = time.perf_counter() - STARTED
    assert status == "ok"
    assert len(schedule["generators"]) == data.steps
    versions = {name: metadata.version(name) for name in ("pypsa", "linopy", "highspy")}
    print(json.dumps({"seconds": seconds, "objective": float(n.model.objective.value), "versions": versions}))


if __name__ == "__main__":
    main()
