"""The same constant case on steps of any length: the same state, energy and cost at the same instants.

Inputs are constant (or change on the full two hours that all axes share) and leave nothing to be decided within them,
so finer steps have no more freedom and every number must agree to 1e-9.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from microgrid import Solution
from microgrid.assets import kinds
from microgrid.audit.replay import read_decisions
from microgrid.horizon import FloatArray
from microgrid.model.assembly import build_model
from tests.assets.stated import steady
from tests.conftest import energy, solve

AXES: dict[str, Any] = {
    "1 h": "1 h",
    "30 min": "30 min",
    "15 min": "15 min",
    "uneven": [
        {"for": "2 h", "step": "15 min"},
        {"for": "2 h", "step": "1 h"},
        {"for": "2 h", "step": "40 min"},
        {"step": "2 h"},
    ],
}
STEADY = {kind: steady(kind) for kind in kinds()}
CASES = {
    f"{kind} {name}": (kind, assets)
    for kind, cases in STEADY.items()
    if not isinstance(cases, str)
    for name, assets in cases.items()
}


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("name", CASES)
def test_the_length_of_the_step_changes_nothing_that_is_constant(name: str, axis: str) -> None:
    """Eight hours: accounts, energies of all powers, and states at every second hour, as with steps of 2 h."""
    kind, assets = CASES[name]
    assert assets["x"]["kind"] == kind
    coarse, fine = (solve(assets, hours=8, step=step) for step in ("2 h", AXES[axis]))
    accounts = coarse.plan.accounts()
    assert fine.plan.accounts() == pytest.approx(accounts, abs=2e-6)  # the ledger is kept to 1e-6
    assert fine.objective == pytest.approx(coarse.objective, rel=1e-9, abs=1e-9)
    ends = np.cumsum(fine.case.horizon.step_hours)
    shared = [int(np.flatnonzero(np.isclose(ends, hour))[0]) for hour in (2, 4, 6, 8)]
    for column in coarse.schedule.columns:
        if column.startswith("x.") and column.endswith("_kw"):
            assert energy(fine, column) == pytest.approx(energy(coarse, column), rel=1e-9, abs=1e-7), column
    at_ends = states(coarse)
    for state, values in states(fine).items():
        assert values[shared] == pytest.approx(at_ends[state], rel=1e-9, abs=1e-7), state


def states(solution: Solution) -> dict[tuple[str, ...], FloatArray]:
    """Every state that an asset hands over from step to step, and every content of a store, at the steps' ends."""
    case = solution.case
    built = build_model(case.assets, case.horizon, case.weights).contributions
    decisions = read_decisions(case.assets, solution.schedule)
    found: dict[tuple[str, ...], FloatArray] = {
        (name, state.variable.local_name): decisions[name][state.variable.local_name]
        for name, contribution in built.items()
        for state in contribution.states
    }
    stored = {key: port.beside.stored_kwh for key, port in solution.plan.ports.items()}
    return found | {key: content for key, content in stored.items() if content is not None}


@pytest.mark.parametrize("kind", STEADY)
def test_a_kind_is_compared_or_its_file_says_why_it_cannot_be(kind: str) -> None:
    """One case at least, or a sentence."""
    cases = STEADY[kind]
    assert cases
    assert not isinstance(cases, str) or cases.endswith(".")


def test_the_stores_and_the_building_hand_states_over() -> None:
    """Of each of them a state is compared; would break with states that no contribution names."""
    handed_over = {kind: states(solve(assets, hours=8, step="2 h")) for kind, assets in CASES.values()}
    assert {kind for kind, found in handed_over.items() if found} >= {"battery", "flywheel", "building"}
