"""microgrid in the benchmarks; the last line printed is JSON.

python ours.py year CASE STEP         # import, read, build, compile, solve, read back; also of a SCENARIO to a GAP
python ours.py single CASE STEP       # the same with baseline and audit: a dispatch
python ours.py rolling CASE STEP      # the loop of 60 days alone
python ours.py sweep CASE STEP        # 50 dispatches by ``sweep``
"""

from __future__ import annotations

import time

STARTED = time.perf_counter()

import gc  # noqa: E402
import json  # noqa: E402
import resource  # noqa: E402
import sys  # noqa: E402
from importlib import metadata  # noqa: E402
from typing import Any  # noqa: E402

gc.disable()  # as a run does

# Without its losses the battery could stand in for the flywheel at any time, and each window would have many optima.
ROLLING = {
    "horizon.end": "2018-03-02",
    "assets.battery.start": "50 %",
    "assets.flywheel.start": "50 %",
    "assets.battery.self_discharge": "0.02 %/h",
}


def year(case: str, step: str, scenario: str = "base", gap: str = "1e-6") -> dict[str, Any]:
    from microgrid.case.reading import load_case
    from microgrid.model.assembly import build_model
    from microgrid.solve.limits import Limits
    from microgrid.solve.solve_model import solve_model

    read = load_case(case, scenario, {"horizon.step": step})
    solved = solve_model(build_model(read.assets, read.horizon, read.weights), Limits(gap=float(gap)))
    answer = solved.answer
    gap = abs(answer.objective - answer.bound) / max(abs(answer.objective), 1.0)
    return {"objective": answer.objective, "gap": gap, "size": dict(solved.size), "solve": solved.timing["solve"]}


def single(case: str, step: str, number: str) -> dict[str, Any]:
    from microgrid.case.reading import load_case
    from microgrid.studies.dispatch import dispatch
    from microgrid.studies.sweep import product

    settings = {"horizon.step": step, **variants(product)[int(number)]}
    return {"objective": dispatch(load_case(case, settings=settings), margin=False).objective}


def rolling(case: str, step: str) -> dict[str, Any]:
    """The horizon, the window, the step and the worth of what is left are those of ``peers/problem.py``."""
    from microgrid.case.reading import load_case
    from microgrid.contract.ledger import STORE_DRAWDOWN
    from microgrid.studies.rolling import rolling as roll

    read = load_case(case, settings={"horizon.step": step, **ROLLING})
    found = roll(read, 48.0, 24.0, end_value_per_kwh=0.15)
    assert found.audit.passed
    bill = found.plan.weighted({**read.weights, STORE_DRAWDOWN: 0.0})
    return {"objective": bill, "seconds": found.timing_seconds["solve"]}


def sweep(case: str, step: str) -> dict[str, Any]:
    from microgrid.solve.limits import cores
    from microgrid.studies.sweep import product
    from microgrid.studies.sweep import sweep as run

    found = run(case, variants(product), settings={"horizon.step": step}, workers=cores())
    assert found.exit_code == 0, found.findings
    return {"objectives": found.table["objective_eur"].tolist()}


def variants(product: Any) -> list[dict[str, Any]]:
    """50 settings: battery size, wear cost and solar capacity."""
    return product({
        "assets.pv.capacity": ["250 kW", "300 kW", "350 kW", "400 kW", "450 kW"],
        "assets.battery.wear_cost": ["0.02 EUR/kWh", "0.03 EUR/kWh"],
        "assets.battery.capacity": ["1 MWh", "1.25 MWh", "1.5 MWh", "1.75 MWh", "2 MWh"],
    })  # fmt: skip


if __name__ == "__main__":
    found = {"year": year, "single": single, "rolling": rolling, "sweep": sweep}[sys.argv[1]](*sys.argv[2:])
    found = {"seconds": time.perf_counter() - STARTED, **found}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    versions = {name: metadata.version(name) for name in ("microgrid-dispatch", "highspy", "pyomo")}
    print(json.dumps({**found, "memory_mb": memory, "versions": versions}))
