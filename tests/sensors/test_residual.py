"""What is left over of measured flows, and whose fault it is. Import 30 to 130 kW and solar supply two loads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgrid.sensors.residual import Residual, residual

STEPS = 400


def flows(seed: int = 0) -> dict[str, tuple[float, np.ndarray]]:
    """solar + import = offices + hall, exactly."""
    rng = np.random.default_rng(seed)
    offices, hall, solar = (rng.uniform(a, b, STEPS) for a, b in ((20, 80), (40, 90), (0, 30)))
    return {
        "import": (1.0, offices + hall - solar),
        "solar": (1.0, solar),
        "offices": (-1.0, offices),
        "hall": (-1.0, hall),
    }


def judged(point: str, changed: np.ndarray | None = None, within: float = 0.01, **own: float) -> Residual:
    found = flows()
    sign, flow = found[point]
    found[point] = (sign, flow * own.get("times", 1.0) + own.get("plus", 0.0) if changed is None else changed)
    return residual(found, within)


def test_what_adds_up_accuses_nobody() -> None:
    found = residual(flows(), 0.01)
    assert found.within
    assert found.suspects == ()
    assert found.share == pytest.approx(0.0, abs=1e-12)
    assert found.steps == STEPS


@pytest.mark.parametrize("point", ["import", "solar", "offices", "hall"])
def test_a_sign_that_is_wrong(point: str) -> None:
    """Twice its flow is left over, and explains all of it: k = -1."""
    first = judged(point, times=-1.0).suspects[0]
    assert (first.point, first.fault) == (point, "has the opposite sign")
    assert first.explains == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("times", "told"), [(4.0, "reads 4 times"), (0.001, "reads 0.001 times"), (1.2, "reads 1.2 times")]
)
@pytest.mark.parametrize("point", ["import", "offices"])
def test_a_factor_that_is_wrong(point: str, times: float, told: str) -> None:
    first = judged(point, times=times).suspects[0]
    assert first.point == point
    assert first.fault.startswith(told)


def test_both_a_wrong_sign_and_a_wrong_factor() -> None:
    first = judged("offices", times=-10.0).suspects[0]
    assert first.fault == "has the opposite sign, and 10 times the true value"


@pytest.mark.parametrize("late", [-3, 1, 8])
def test_a_clock_that_is_wrong(late: int) -> None:
    """The flow of offices some steps later or earlier explains all but the edges; no factor does."""
    first = judged("offices", np.roll(flows()["offices"][1], late)).suspects[0]
    assert first.point == "offices"
    assert first.fault == f"its clock is {abs(late)} step(s) {'late' if late > 0 else 'early'}"
    assert first.explains > 0.9


def test_an_offset() -> None:
    """7 kW more import in each step: no course explains that better than a constant."""
    found = judged("import", plus=7.0)
    assert found.bias_kw == pytest.approx(7.0)
    assert found.suspects[0].point == ""
    assert "+7 kW" in found.suspects[0].fault


def test_a_flow_that_is_none_of_this_node() -> None:
    found = flows() | {"car park": (-1.0, np.random.default_rng(9).uniform(0, 50, STEPS))}
    first = residual(found, 0.01).suspects[0]
    assert (first.point, first.fault) == ("car park", "does not belong to this node")


def test_noise_accuses_nobody() -> None:
    """Independent noise of 5 kW on import: more than is allowed, yet no fault explains it."""
    noisy = flows()["import"][1] + np.random.default_rng(3).normal(0, 5, STEPS)
    found = judged("import", noisy)
    assert not found.within
    assert found.suspects == ()


def test_only_steps_in_which_all_was_measured_count() -> None:
    flow = flows()["solar"][1].copy()
    flow[:100] = np.nan
    found = judged("solar", flow)
    assert found.steps == 300
    assert found.within
    assert np.isnan(found.left_kw[:100]).all()
    assert not judged("solar", np.full(STEPS, np.nan)).within


@given(st.sampled_from(["import", "solar", "offices", "hall"]), st.floats(1.1, 50), st.integers(0, 1000))
def test_the_culprit_is_found_whatever_the_flows(point: str, times: float, seed: int) -> None:
    """Any flows, any factor: the point and the factor are named."""
    found = flows(seed)
    sign, flow = found[point]
    found[point] = (sign, flow * times)
    first = residual(found, 1e-6).suspects[0]
    assert first.point == point
    assert float(first.fault.split()[1]) == pytest.approx(times, rel=1e-3)
