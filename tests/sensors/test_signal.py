"""Values that hold, on the steps of a grid: nothing is lost and nothing is made up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgrid.sensors.signal import Signal, held

MINUTE = 60_000


def ms(*minutes: float) -> np.ndarray:
    return np.array([int(m * MINUTE) for m in minutes], dtype=np.int64)


def test_a_mean_is_weighted_by_time() -> None:
    """10 for 5 min, then 40 for 10 min: (10 x 5 + 40 x 10) / 15 = 30. The mean of the two samples would be 25."""
    mean, known = held(ms(0, 5), np.array([10.0, 40.0]), "begin", 10 * MINUTE).on(ms(0, 10))
    assert mean.tolist() == [pytest.approx(25.0)]  # 10 x 5 + 40 x 5
    mean, known = Signal(ms(0, 5), ms(5, 10), np.array([10.0, 40.0])).on(ms(0, 15))
    assert (mean.tolist(), known.tolist()) == ([pytest.approx(30.0)], [pytest.approx(1.0)])


def test_silence_is_not_filled() -> None:
    """Every minute, then silence from 3 to 20: a value holds for its minute, three tenths of ten minutes are known."""
    signal = held(ms(0, 1, 2, 20, 21, 22), np.array([6.0, 6, 6, 9, 9, 9]), "begin", None)
    mean, known = signal.on(ms(0, 10, 20, 30))
    assert mean[[0, 2]].tolist() == [6.0, 9.0]
    assert np.isnan(mean[1])
    assert known.tolist() == pytest.approx([0.3, 0.0, 0.3])


def test_how_long_a_value_may_hold() -> None:
    """10 min as it is said: 5 min to the next, then 10 of 75, then at the end the usual 5. One value alone, 10."""
    signal = held(ms(0, 5, 80), np.ones(3), "begin", 10 * MINUTE)
    assert signal.length.tolist() == ms(5, 10, 10).tolist()
    assert held(ms(0), np.ones(1), "begin", 10 * MINUTE).length.tolist() == ms(10).tolist()
    assert held(ms(0), np.ones(1), "begin", None).length.tolist() == [0]


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [("begin", [1, 2, 3]), ("end", [2, 3, np.nan]), ("center", [1.5, 2.5, 3.0])],
)
def test_where_a_stamp_stands(stamps: str, expected: list[float]) -> None:
    """1, 2, 3 at 0, 10, 20 min, on steps of 10 min: their own, those of the step before, or half and half."""
    mean, _ = held(ms(0, 10, 20), np.array([1.0, 2.0, 3.0]), stamps, None).on(ms(0, 10, 20, 30))
    assert mean.tolist() == pytest.approx(expected, nan_ok=True)


gaps = st.lists(st.integers(1_000, 3_600_000), min_size=2, max_size=60)


@given(gaps, st.integers(0, 10_000), st.sampled_from(["begin", "end", "center"]), st.integers(0, 2**32))
def test_energy_is_the_same_before_and_after(lengths: list[int], begin: int, stamps: str, seed: int) -> None:
    """Irregular stamps from 1 s to 1 h: mean x known share x length over the steps is the integral, to 1e-9."""
    rng = np.random.default_rng(seed)
    at = begin + np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    signal = held(at, rng.uniform(-1e3, 1e3, len(at)), stamps, None)
    grid = np.arange(at[0] - 7_200_000, at[-1] + 9_000_000, 900_000)
    mean, known = signal.on(grid)
    energy = np.nansum(mean * known * 900_000)
    size = np.abs(signal.value) @ signal.length
    assert abs(energy - signal.value @ signal.length) <= 1e-9 * size
    assert known.max() <= 1 + 1e-9


@given(gaps, st.integers(0, 2**32))
def test_halving_the_step_changes_nothing(lengths: list[int], seed: int) -> None:
    """The mean of two halves, weighted by what is known of each, is that of the whole."""
    rng = np.random.default_rng(seed)
    at = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    signal = held(at, rng.uniform(0, 100, len(at)), "begin", None)
    whole, known = signal.on(np.arange(0, at[-1] + 3_600_000, 1_800_000))
    halves, known_halves = signal.on(np.arange(0, at[-1] + 3_600_000, 900_000))
    pairs = len(whole)
    total = np.nansum((halves * known_halves)[: 2 * pairs].reshape(pairs, 2), axis=1) / 2
    assert total == pytest.approx(np.nan_to_num(whole) * known, abs=1e-6)
