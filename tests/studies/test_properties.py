"""What holds for any case, tried on random ones over all kinds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from microgrid import Limits, Solution, dispatch
from microgrid.assets import kinds
from microgrid.audit.replay import read_decisions
from microgrid.contract.ports import Port, PortKey
from microgrid.model.assembly import build_model
from tests.assets.stated import beside, constant, draws
from tests.assets.test_battery import drawn as batteries
from tests.assets.test_grid import drawn as connections
from tests.conftest import check, make_case
from tests.proofs import proof

# A case takes a tenth of a second to solve: a failure shows itself whole, rather than minutes later and smaller.
quick: dict[str, Any] = {
    "phases": [Phase.explicit, Phase.reuse, Phase.generate],
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}

STEPS: dict[str, Any] = {
    "1 h": "1 h",
    "30 min": "30 min",
    "uneven": [{"for": "2 h", "step": "30 min"}, {"step": "1 h"}],
}
COUNT = {"1 h": 6, "30 min": 12, "uneven": 8}  # over 6 h


LEFT_OUT = {kind: draws(kind, 1) for kind in kinds() if isinstance(draws(kind, 1), str)}
KINDS = sorted(set(kinds()) - set(LEFT_OUT))


def drawn(kind: str, count: int) -> st.SearchStrategy[dict[str, Any]]:
    found = draws(kind, count)
    assert not isinstance(found, str)
    return found


@st.composite
def cases(draw: st.DrawFn, kind: str = "", lowest: float = -0.2) -> tuple[dict[str, Any], dict[str, Any]]:
    """Assets (a grid and ``kind`` always, each other kind maybe, with what it needs) and the sections of the case."""
    step = draw(st.sampled_from(sorted(STEPS)))
    count = COUNT[step]
    possible = [name for name in KINDS if name != "grid"]
    chosen = draw(st.sets(st.sampled_from(possible), min_size=1)) | ({kind} - {"", "grid"})
    assets = {name: draw(drawn(name, count)) for name in sorted(chosen)}
    for name in sorted(chosen):
        assets |= {f"{other} of {name}": constant(spec) for other, spec in beside(name).items()}
    assets["grid"] = {"kind": "grid", **draw(connections(count, lowest))}
    objective = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "carbon_price": st.just("300 EUR/t"),
                "inconvenience": st.just(0),
                "cost": st.sampled_from([0, 2]),
            },
        )
    )
    return assets, {"hours": 6, "step": STEPS[step], "objective": objective}


def run(assets: dict[str, Any], sections: dict[str, Any]) -> Solution:
    return dispatch(make_case(assets, **sections), Limits(gap=1e-7))


def test_a_kind_that_stands_on_no_random_site_says_why() -> None:
    assert all(reason.endswith(".") for reason in LEFT_OUT.values())
    assert set(KINDS) >= {"battery", "building", "flexible_load", "grid", "solar"}


def energies(solution: Solution, of: Callable[[PortKey, Port], bool]) -> tuple[float, float]:
    """Energy that the selected ports supply, and that they draw [kWh]."""
    plan, hours = solution.plan, solution.case.horizon.step_hours
    flows = [flow for key, flow in plan.flow_of_port.items() if of(key, plan.ports[key])]
    return math.fsum(hours @ flow.clip(0) for flow in flows), math.fsum(hours @ -flow.clip(None, 0) for flow in flows)


def check_pairs(solution: Solution) -> None:
    """Of each pair that an asset states as exclusive at most one is used in each step."""
    case = solution.case
    decisions = read_decisions(case.assets, solution.schedule)
    for name, contribution in build_model(case.assets, case.horizon, case.weights).contributions.items():
        for pair in contribution.exclusive:
            first, second = (decisions[name][variable.local_name] for variable in (pair.first, pair.second))
            assert np.minimum(first, second).max() <= 1e-5


@pytest.mark.parametrize("kind", KINDS)
@proof(sample=2, whole=20, **quick)
@given(data=st.data())
def test_any_case_is_solved_and_passes_its_audit(kind: str, data: st.DataObject) -> None:
    """Replay, balances, bill, bound; weighted ledger = objective; never two ways at once; never above the baseline."""
    solution = check(run(*data.draw(cases(kind))))
    check_pairs(solution)
    for at in {key[:2] for key in solution.plan.ports}:
        supplied, used = energies(solution, lambda key, _, at=at: key[:2] == at)
        assert supplied == pytest.approx(used, rel=1e-6, abs=1e-4)
    # Cyclic stores give back less than they take.
    given_back, taken = energies(solution, lambda _, port: port.role == "storage")
    assert given_back <= taken + 1e-5

    scale = max(abs(solution.objective), 1.0)
    assert -1e-6 * scale <= solution.objective - solution.bound <= 2e-6 * scale

    if solution.baseline.feasible:
        weights = solution.case.weights
        baseline = math.fsum(weights[a] * amount for a, amount in solution.baseline.plan.accounts().items())
        assert solution.objective <= baseline + 1e-5 * max(abs(baseline), 1.0)


@proof(sample=4, whole=60, **quick)
@given(cases(lowest=0.0), batteries(1))
def test_a_battery_never_raises_the_objective(
    case: tuple[dict[str, Any], dict[str, Any]], store: dict[str, Any]
) -> None:
    """It may stay at rest; with self-discharge a cyclic battery rests at its floor, which has to be zero for that."""
    assets, sections = case
    without = run(assets, sections)
    store = {"kind": "battery", **store, "min_state": 0}
    with_it = run({**assets, "one more": store}, sections)
    assert with_it.objective <= without.objective + 1e-5 * max(abs(without.objective), 1.0)
