"""The plain year by Calliope 0.7, its Pyomo model handed to HiGHS as a file.   python calliope_year.py FOLDER

Calliope's own equations of supply, demand and storage, without its investment; its extra math adds the idle loss
and the monthly peaks. Calliope's flows are energies per step. The HiGHS interfaces of Pyomo refuse the kernel
models of this Calliope, so ``HighsByFile`` does what Pyomo does for other solvers: write, solve, load.
"""

from __future__ import annotations

import time

STARTED = time.perf_counter()

import json  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import warnings  # noqa: E402
from importlib import metadata  # noqa: E402
from pathlib import Path  # noqa: E402
from types import SimpleNamespace  # noqa: E402
from typing import Any  # noqa: E402

import calliope  # noqa: E402
import highspy  # noqa: E402
import pandas as pd  # noqa: E402
import problem  # noqa: E402
from pyomo.opt import Solution, SolverFactory, SolverResults, TerminationCondition  # noqa: E402

warnings.simplefilter("ignore")

OFF = {"active": False}
MATH: dict[str, Any] = {
    "dimensions": {"months": {"dtype": "string", "ordered": False, "iterator": "month"}},
    "parameters": {
        "idle_loss": {"default": 0, "unit": "power"},
        "peak_price": {"default": 0, "unit": "cost per power"},
        "storage_min": {"default": 0, "unit": "energy"},
        "flow_in_limit": {"default": float("inf"), "unit": "energy"},
        "flow_out_limit": {"default": float("inf"), "unit": "energy"},
    },
    "lookups": {"in_month": {"dtype": "bool", "default": False}},
    "variables": {
        "import_peak": {"foreach": ["months"], "unit": "power", "bounds": {"min": 0, "max": float("inf")}},
        "flow_in": {"bounds": {"min": 0, "max": "flow_in_limit"}},
        "flow_out": {"bounds": {"min": 0, "max": "flow_out_limit"}},
        "storage": {"bounds": {"min": "storage_min", "max": "storage_cap_max"}},
        **dict.fromkeys(("flow_cap", "source_cap", "storage_cap"), OFF),
    },
    "constraints": {
        "below_peak": {
            "foreach": ["nodes", "techs", "carriers", "months", "timesteps"],
            "where": "[import] in techs AND carrier_out AND in_month",
            "equations": [{"expression": "flow_out <= timestep_resolution * import_peak"}],
        },
        "balance_storage": {"equations": [{"expression": (
            "storage == $storage_previous_step - sum(flow_out_inc_eff, over=carriers)"
            " + sum(flow_in_inc_eff, over=carriers) - idle_loss * timestep_resolution"
        )}]},
        **dict.fromkeys(("flow_out_max", "flow_in_max", "source_max", "storage_max"), OFF),
    },
    "objectives": {"min_cost_optimisation": {"equations": [{"expression": (
        "sum(sum(cost, over=[nodes, techs]) * objective_cost_weights, over=costs)"
        " + peak_price * sum(import_peak, over=months)"
    )}]}},
}  # fmt: skip


@SolverFactory.register("highs_by_file", doc="HiGHS, given a file")
class HighsByFile:
    """As much of a Pyomo solver as Calliope calls."""

    def __init__(self, **_: Any) -> None:
        self.options: dict[str, Any] = {}

    def solve(self, model: Any, **_: Any) -> SolverResults:
        """Write the model, solve it, and return all its values."""
        highs, found, results = highspy.Highs(), Solution(), SolverResults()
        highs.silent()
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "year.lp")
            found.symbol_map = model.write(path)
            highs.readModel(path)
        highs.run()
        assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        values = highs.getSolution().col_value
        found.variable.update((name, {"Value": x}) for name, x in zip(highs.getLp().col_names_, values, strict=True))
        results.solver.termination_condition = TerminationCondition.optimal
        results.solution.insert(found)
        return results


def build(data: SimpleNamespace) -> calliope.Model:
    """The model: one node, one carrier."""
    h, index = data.step_hours, pd.DatetimeIndex(data.time, name="timesteps")
    limits = {"solar": data.solar_kw, "wind": data.wind_kw, "shed": data.shed_share * data.load_kw}
    series = {("load", "sink_use_equals"): data.load_kw * h}
    series |= {(name, "source_use_max"): most * h for name, most in limits.items()}
    frames = {
        "flows": pd.DataFrame(series, index=index).rename_axis(columns=["techs", "parameters"]),
        "price": pd.DataFrame({"import": data.price_per_kwh}, index=index).rename_axis(columns="techs"),
        "month": pd.get_dummies(pd.Series(data.month, index=index).map("m{}".format)).rename_axis(columns="months"),
    }

    def cost(value: float) -> dict[str, Any]:
        return {"data": value, "index": "monetary", "dims": "costs"}

    supply = {"base_tech": "supply", "carrier_out": "power"}
    techs = {"solar": supply, "wind": supply, "load": {"base_tech": "demand", "carrier_in": "power"}}
    techs["import"] = supply | {"flow_out_limit": data.import_max_kw * h}
    techs["shed"] = supply | {"cost_flow_out": cost(data.shed_price_per_kwh)}
    for name in problem.STORES:
        store = getattr(data, name)
        techs[name] = {
            "base_tech": "storage", "carrier_in": "power", "carrier_out": "power", "cyclic_storage": True,
            "flow_in_limit": store["charge_max_kw"] * h, "flow_out_limit": store["discharge_max_kw"] * h,
            "flow_in_eff": store["charge_efficiency"], "flow_out_eff": store["discharge_efficiency"],
            "storage_min": store["min_kwh"], "storage_cap_max": store["max_kwh"],
            "idle_loss": store["idle_loss_kw"], "cost_flow_out": cost(store["wear_cost_per_kwh"]),
        }  # fmt: skip
    tables: dict[str, dict[str, Any]] = {
        "flows": {"columns": ["techs", "parameters"]},
        "price": {"columns": "techs", "add_dims": {"parameters": "cost_flow_out", "costs": "monetary"}},
        "month": {"columns": "months", "add_dims": {"parameters": "in_month"}},
    }
    solve = {"solver": "highs_by_file", "postprocessing_active": False, "zero_threshold": 0}
    definition = {
        "config": {"init": {"extra_math": ["year"]}, "solve": solve}, "techs": techs,
        "nodes": {"site": {"techs": dict.fromkeys(techs)}},
        "data_definitions": {"peak_price": data.peak_price_per_kw},
        "data_tables": {name: {"data": name, "rows": "timesteps", **table} for name, table in tables.items()},
    }  # fmt: skip
    return calliope.read_dict(definition, math_dict={"year": MATH}, data_table_dfs=frames)


def main() -> None:
    data = problem.load(sys.argv[1])
    model = build(data)
    model.build()
    model.solve()
    schedule = {name: model.results[name] for name in ("flow_in", "flow_out", "storage", "import_peak")}
    objective = float(model.backend.objectives["min_cost_optimisation"].item()())
    seconds = time.perf_counter() - STARTED
    assert schedule["flow_out"].sizes["timesteps"] == data.steps
    versions = {name: metadata.version(name) for name in ("calliope", "pyomo", "highspy")}
    print(json.dumps({"seconds": seconds, "objective": objective, "versions": versions}))


if __name__ == "__main__":
    main()
