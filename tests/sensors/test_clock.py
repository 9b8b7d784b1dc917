"""The clock of one signal against that of another."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgrid.sensors.clock import clock_offset

MINUTE = 60_000


def wander(seed: int, length: int = 2000) -> np.ndarray:
    return np.cumsum(np.random.default_rng(seed).normal(size=length))


@given(st.integers(-100, 100), st.integers(0, 2**32))
def test_a_constant_difference_is_found(late: int, seed: int) -> None:
    """The same course so many steps later, at another scale, with a tenth of noise: found to the step, either way."""
    course = wander(seed, 2400)
    own, other = course[200 - late : 2200 - late], course[200:2200]
    noise = 0.1 * np.random.default_rng(seed + 1).normal(size=2000)
    found = clock_offset(3 * own + noise, other, MINUTE, 120 * MINUTE)
    assert found.late_ms == late * MINUTE
    assert found.likeness > 0.8
    assert found.sure


def test_signals_that_have_nothing_in_common_tell_nothing() -> None:
    """Two independent courses: no difference is claimed, though some lag is always the most alike."""
    found = clock_offset(wander(1), wander(2), MINUTE, 120 * MINUTE)
    assert found.late_ms == 0
    assert found.likeness < 0.3
    assert (found.sure, found.text) == (False, "not found")


@pytest.mark.parametrize("late", [0, 2])
def test_a_signal_that_moves_the_other_way_tells_nothing(late: int) -> None:
    """What is imported falls as solar power rises: beside the true lag they look alike, which is not believed."""
    course = np.random.default_rng(0).uniform(0, 10, 600)
    found = clock_offset(20 - course[10 - late : 510 - late], course[10:510], 15 * MINUTE, 120 * MINUTE)
    assert (found.sure, found.late_ms) == (False, 0)


@pytest.mark.parametrize("other", [np.zeros(500), np.full(500, np.nan)])
def test_a_signal_that_does_not_move_tells_nothing(other: np.ndarray) -> None:
    assert clock_offset(wander(1, 500), other, MINUTE, 60 * MINUTE).late_ms == 0


def test_holes_do_no_harm() -> None:
    """A fifth of the values missing: the lag is the same."""
    course = wander(5, 2400)
    own, other = course[193:2193].copy(), course[200:2200].copy()
    own[np.random.default_rng(0).random(2000) < 0.2] = np.nan
    assert clock_offset(own, other, MINUTE, 60 * MINUTE).late_ms == 7 * MINUTE
