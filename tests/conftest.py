"""Small cases built in Python, written in the project's own format, read and dispatched."""

from __future__ import annotations

import datetime as dt
import json
import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import settings

from microgrid import Case, Limits, Solution, dispatch, load_case
from tests.proofs import (  # noqa: F401 (pytest finds hooks and fixtures by their names here)
    cases,
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_report_header,
    pytest_terminal_summary,
)

if TYPE_CHECKING:
    from tests.report.browser import Browser

# Properties try the same cases in every run, so that a red run can be repeated and a green one is no luck.
settings.register_profile("same cases", derandomize=True)
settings.load_profile("same cases")

ROOT = Path(__file__).resolve().parents[1]
ONE_DAY = ROOT / "cases" / "one-day"
GOLDEN = ROOT.parent / "shared" / "golden"
SITE = {"timezone": "Europe/Paris"}

Assets = Mapping[str, Mapping[str, Any]]


def kw(*values: float) -> dict[str, Any]:
    """A power series, one value a step."""
    return {"values": list(values), "unit": "kW"}


def eur(*values: float) -> dict[str, Any]:
    """A price series, one value a step."""
    return {"values": list(values), "unit": "EUR/kWh"}


def load(*values: float) -> dict[str, Any]:
    """A load: one constant, or one value a step."""
    return {"kind": "load", "profile": kw(*values) if len(values) > 1 else f"{values[0]} kW"}


def line(price: float | Sequence[float], item: str) -> list[dict[str, Any]]:
    """The energy lines of a tariff with one price, or one a step."""
    if isinstance(price, int | float):
        return [{"item": item, "price": f"{price!r} EUR/kWh"}]
    return [{"item": item, "series": eur(*price)}]


def grid(
    price: float | Sequence[float] = 0.1,
    sell: float | Sequence[float] | None = None,
    import_max: float = 1000.0,
    export_max: float = 0.0,
    carbon: str | None = None,
    **tariff: Any,
) -> dict[str, Any]:
    """A grid connection; further keywords are parts of the tariff (peaks, subscription, fixed)."""
    lines: dict[str, Any] = {"name": "test", "energy": line(price, "energy"), **tariff}
    if sell is not None:
        lines["export"] = line(sell, "feed-in")
    found = {"kind": "grid", "import_max": f"{import_max!r} kW", "export_max": f"{export_max!r} kW", "tariff": lines}
    return found if carbon is None else {**found, "carbon": carbon}


def battery(**changes: Any) -> dict[str, Any]:
    """A lossless battery of 10 kWh and 10 kW, empty at the start."""
    base = {
        "kind": "battery",
        "capacity": "10 kWh",
        "charge_max": "10 kW",
        "discharge_max": "10 kW",
        "charge_efficiency": 1.0,
        "discharge_efficiency": 1.0,
        "start": 0.0,
    }
    return {key: value for key, value in {**base, **changes}.items() if value is not None}


def flywheel(**changes: Any) -> dict[str, Any]:
    """A flywheel of 100 kWh and 200 kW without losses, at full speed."""
    base = {
        "kind": "flywheel",
        "capacity": "100 kWh",
        "power_max": "200 kW",
        "charge_efficiency": 1.0,
        "discharge_efficiency": 1.0,
        "min_speed": 0.0,
        "start": 1.0,
    }
    return {key: value for key, value in {**base, **changes}.items() if value is not None}


def content(
    assets: Assets,
    hours: float = 1.0,
    step: str | list[dict[str, str]] = "1 h",
    start: str = "2018-06-21",
    end: str | None = None,
    **sections: Any,
) -> dict[str, Any]:
    """The data of a case.yaml whose horizon lasts some hours from ``start`` (or to ``end``), local time."""
    last = end or (dt.datetime.fromisoformat(start) + dt.timedelta(hours=hours)).isoformat()
    return {
        "name": "test",
        "site": SITE,
        "horizon": {"start": start, "end": last, "step": step},
        "assets": assets,
        **sections,
    }


def write_case(folder: Path, assets: Assets, **sections: Any) -> Path:
    """Write a case folder (JSON is YAML) and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "case.yaml").write_text(json.dumps(content(assets, **sections), indent=1), encoding="utf-8")
    return folder


def make_case(assets: Assets, **sections: Any) -> Case:
    """A case of some assets, read from a file that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        return load_case(write_case(Path(folder), assets, **sections))


def solve(assets: Assets, gap: float = 1e-9, **sections: Any) -> Solution:
    """Dispatch assets on a horizon; whatever comes out is proven optimal and passes its audit."""
    return check(dispatch(make_case(assets, **sections), Limits(gap=gap)))


def check(solution: Solution) -> Solution:
    """Optimal, audited, and the weighted ledger is the objective."""
    assert solution.audit.passed, [str(finding) for finding in solution.audit.findings]
    assert solution.status == "optimal"
    weights, totals = solution.case.weights, solution.plan.accounts()
    weighted = math.fsum(weights[account] * amount for account, amount in totals.items())
    assert weighted == pytest.approx(solution.objective, rel=1e-6, abs=1e-5)
    return solution


def column(solution: Solution, name: str) -> list[float]:
    """A column of the schedule, rounded to what the files show."""
    return (solution.schedule[name].to_numpy(dtype=float).round(6) + 0.0).tolist()


def energy(solution: Solution, name: str) -> float:
    """Energy of a column of powers [kWh]."""
    return float(np.dot(solution.schedule[name].to_numpy(dtype=float), solution.case.horizon.step_hours))


def cost(solution: Solution) -> float:
    """The account cost [money]."""
    return solution.plan.accounts()["cost"]


def amounts(solution: Solution, asset: str) -> dict[str, float]:
    """The lines of an asset: item -> amount over all months."""
    rows = solution.ledger[solution.ledger["asset"] == asset]
    return {str(item): round(float(sum(part)), 6) for item, part in rows.groupby("item")["amount"]}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all pages of a module."""
    from tests.report.browser import Browser, find_browser  # its library is that of the tests of pages alone

    binary = find_browser()
    if binary is None:
        pytest.skip("NO BROWSER: the pages are NOT tested (install chromium or google-chrome)")
    opened = Browser(binary, tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()
