"""The kinds of ``own_kinds``, which are somebody's own, for tests that need several nodes or carriers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import microgrid.assets
from microgrid import Solution
from microgrid.assets import kinds
from tests.conftest import kw

FOLDER = Path(__file__).parent / "own_kinds"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))


@pytest.fixture
def own_kinds() -> Iterator[None]:
    """The files of the folder beside those of the package."""
    microgrid.assets.__path__.append(str(FOLDER))
    kinds.cache_clear()
    yield
    microgrid.assets.__path__.remove(str(FOLDER))
    for name in NAMES:
        sys.modules.pop(f"microgrid.assets.{name}", None)
    kinds.cache_clear()


def heat(*values: float, **changes: Any) -> dict[str, Any]:
    profile = kw(*values) if len(values) > 1 else f"{values[0]} kW"
    return {"kind": "heat_demand", "profile": profile, **changes}


def heat_pump(**changes: Any) -> dict[str, Any]:
    return {"kind": "heat_pump", **changes}


def line(first: str, second: str, **changes: Any) -> dict[str, Any]:
    return {"kind": "line", "first": first, "second": second, **changes}


def sun(*values: float, **changes: Any) -> dict[str, Any]:
    most = max(values)
    profile = {"values": [value / most for value in values], "unit": ""}
    return {"kind": "solar", "capacity": f"{most} kW", "profile": profile, **changes}


def ruled(solution: Solution, name: str) -> list[float]:
    """A column of the baseline's schedule."""
    return (solution.baseline.plan.schedule[name].to_numpy(dtype=float).round(6) + 0.0).tolist()


def findings(solution: Solution) -> list[str]:
    return [str(found) for found in solution.baseline.audit.findings]
