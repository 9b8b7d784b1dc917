"""On/off decisions in windows, against an independent program and by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

import microgrid.solve.switches.search as search
from microgrid import Case, InfeasibleError, Limits, dispatch
from microgrid.errors import SolverError
from microgrid.model.assembly import build_model
from microgrid.model.matrix import Matrix, compile_model
from tests.proofs import proof
from tests.solve.site_of_switches import Site, sites

ROUNDING = 1e-7


@contextmanager
def windows_of(steps: int) -> Iterator[None]:
    """Windows of about so many steps, on horizons of a few days already."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"_FEWEST_STEPS": 24, "_WINDOW": steps, "_SWITCHES": 10**6}.items():
            patch.setattr(search, name, value)
        yield


def compiled(case: Case) -> Matrix:
    return compile_model(build_model(case.assets, case.horizon, case.first_weights, case.caps))


@proof(sample=6, whole=500, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(site=sites(), size=st.integers(12, 60), gap=st.sampled_from([1e-3, 1e-5]))
def test_any_site_has_the_optimum_of_an_independent_program(site: Site, size: int, gap: float) -> None:
    """The schedule is within the gap, its bound is not above the optimum, and the audit passes.

    It would break if a window lost a run that reaches over its edge, or a price counted twice raised the bound.
    """
    optimum = site.program().least()
    if optimum is None:
        with windows_of(size), pytest.raises((InfeasibleError, SolverError)):
            dispatch(site.case(), Limits(gap=gap), margin=False)
        return
    with windows_of(size):
        solution = dispatch(site.case(), Limits(gap=gap), margin=False)
    scale = max(abs(optimum), 1.0)
    assert solution.status == "optimal"
    assert solution.audit.passed, solution.audit
    assert solution.bound <= optimum + ROUNDING * scale
    assert optimum - ROUNDING * scale <= solution.objective
    assert solution.objective - solution.bound <= gap * solution.plan.turnover(solution.case.weights) + ROUNDING
