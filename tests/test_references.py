"""The committed results of the shipped cases: a change that moves a number has to move its reference too."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
# What depends on the run and not on the case, and residuals of rounding.
_OF_THE_RUN = {"timing_seconds", "audit", "gap", "solver"}


def _numbers(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in _OF_THE_RUN:
                yield from _numbers(value, f"{path}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _numbers(value, f"{path}.{index}")
    else:
        yield path, node


def _references(case: str) -> list[str]:
    return sorted(folder.name for folder in (ROOT / "results" / case).iterdir() if folder.is_dir())


@pytest.mark.parametrize("case", ["one-day", "park-sensors", pytest.param("toulouse-eaz", marks=pytest.mark.slow)])
def test_a_run_reproduces_the_committed_summaries(case: str, tmp_path: Path) -> None:
    """All scenarios, run as a user would: status, accounts, lines, figures and baseline agree to 1e-6.

    Objectives are unique; figures such as energy that is stored or curtailed at no cost need not be. The same solver on
    the same matrix finds the same of several optima, so that there a difference says that the matrix has changed.
    Another version of the solver may take another of them: then these figures, and they alone, agree to 1e-3, and the
    shares that are traced through stores, which depend on the hour of each kWh stored, to 0.01.
    """
    command = [sys.executable, "-m", "microgrid", "compare", str(ROOT / "cases" / case), "--out", str(tmp_path)]
    done = subprocess.run([*command, "--jobs", "2", "--quiet"], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    assert _references(case) == sorted(folder.name for folder in (tmp_path / case).iterdir() if folder.is_dir())
    for scenario in _references(case):
        expected, found = (
            json.loads((base / case / scenario / "summary.json").read_text(encoding="utf-8"))
            for base in (ROOT / "results", tmp_path)
        )
        assert found["audit"]["passed"], (scenario, found["audit"]["findings"])
        expected_numbers, found_numbers = dict(_numbers(expected)), dict(_numbers(found))
        assert found_numbers.keys() == expected_numbers.keys(), scenario
        same_solver = expected["solver"]["version"] == found["solver"]["version"]
        for path, value in expected_numbers.items():
            if isinstance(value, float):
                unique = same_solver or not path.startswith(".kpis.")
                traced = not unique and path.endswith(("self_consumption_fraction", "self_sufficiency_fraction"))
                value = pytest.approx(value, rel=1e-6 if unique else 1e-3, abs=1e-2 if traced else 1e-6)
            assert found_numbers[path] == value, (scenario, path)


def test_the_optimum_is_never_above_the_baseline() -> None:
    """What is committed: for every scenario the weighted accounts of the optimum are at most the baseline's."""
    for path in sorted((ROOT / "results").glob("*/*/summary.json")):
        summary = json.loads(path.read_text(encoding="utf-8"))
        if summary["baseline"]["feasible"]:
            weighted = sum(
                weight * summary["baseline"]["accounts"].get(account, 0.0)
                for account, weight in summary["weights"].items()
            )
            assert summary["objective_eur"] <= weighted * (1 + 1e-9), path


def test_the_reference_case_saves_money_and_carbon() -> None:
    """The base scenario of the Toulouse zone, against its own baseline."""
    summary = json.loads((ROOT / "results/toulouse-eaz/base/summary.json").read_text(encoding="utf-8"))
    assert summary["baseline"]["feasible"]
    assert summary["accounts"]["cost_eur"] < summary["baseline"]["accounts"]["cost_eur"]
    assert summary["accounts"]["emissions_kgco2"] < summary["baseline"]["accounts"]["emissions_kgco2"]
