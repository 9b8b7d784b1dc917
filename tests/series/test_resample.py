"""Means of a step function over other intervals keep its integral."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid.series.resample import mean_over

finite = st.floats(-1e6, 1e6, allow_nan=False, width=32)
lengths = st.lists(st.integers(1, 7200), min_size=1, max_size=12)


def points(gaps: list[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(gaps)]).astype(np.int64) + 1_500_000_000


def test_hours_from_quarters_and_quarters_from_hours() -> None:
    """1, 2, 3, 4 are 2.5 on the mean; an hour at 2.5 is four quarters at 2.5; the first of the quarters would be 1."""
    quarters, hour = np.arange(5) * 900, np.array([0, 3600])
    assert mean_over(quarters, np.array([1.0, 2, 3, 4]), hour).tolist() == [2.5]
    assert mean_over(hour, np.array([2.5]), quarters).tolist() == [2.5] * 4


def test_intervals_that_do_not_line_up() -> None:
    """2 for 20 min, then 5 for 40 min; over two halves of an hour: (2 x 20 + 5 x 10) / 30 = 3 and 5."""
    found = mean_over(np.array([0, 1200, 3600]), np.array([2.0, 5.0]), np.array([0, 1800, 3600]))
    assert found.tolist() == pytest.approx([3, 5])


def test_a_stretch_of_the_same_steps_is_bit_for_bit() -> None:
    """A day out of a year is copied, not integrated: 0.1 + 0.2 stays what it is."""
    values = np.array([0.1, 0.1 + 0.2, 0.7, 1e-17])
    assert mean_over(np.arange(5) * 900, values, np.arange(1, 4) * 900).tolist() == values[1:3].tolist()


@settings(deadline=None, max_examples=60)
@given(gaps=lengths, data=st.data())
def test_the_integral_is_kept(gaps: list[int], data: st.DataObject) -> None:
    """Sum of value x length before and after, for any cut of the same stretch."""
    values = np.array(data.draw(st.lists(finite, min_size=len(gaps), max_size=len(gaps))))
    source = points(gaps)
    inner = data.draw(
        st.sets(st.integers(int(source[0]) + 1, max(int(source[-1]) - 1, int(source[0]) + 1)), max_size=12)
    )
    target = np.array(sorted({int(source[0]), *(i for i in inner if i < source[-1]), int(source[-1])}))
    found = mean_over(source, values, target)
    scale = float(np.abs(values) @ np.diff(source)) + 1.0
    assert found @ np.diff(target) == pytest.approx(values @ np.diff(source), abs=1e-9 * scale)


@settings(deadline=None, max_examples=60)
@given(gaps=lengths, data=st.data())
def test_a_mean_lies_between_the_extremes_and_a_constant_stays(gaps: list[int], data: st.DataObject) -> None:
    """No overshoot, as splines would have."""
    values = np.array(data.draw(st.lists(finite, min_size=len(gaps), max_size=len(gaps))))
    source = points(gaps)
    target = np.unique(np.linspace(source[0], source[-1], data.draw(st.integers(2, 9))).astype(np.int64))
    found = mean_over(source, values, target)
    slack = 1e-6 * (float(np.abs(values).max()) + 1e-3)
    assert found.min() >= values.min() - slack
    assert found.max() <= values.max() + slack
    constant = mean_over(source, np.full(len(gaps), 7.25), target)
    assert constant.tolist() == pytest.approx([7.25] * (len(target) - 1), rel=1e-9)


@settings(deadline=None, max_examples=60)
@given(gaps=lengths, values=st.data())
def test_refining_and_coarsening_again_gives_the_same(gaps: list[int], values: st.DataObject) -> None:
    """Onto a cut that holds all source points and back."""
    numbers = np.array(values.draw(st.lists(finite, min_size=len(gaps), max_size=len(gaps))))
    source = points(gaps)
    fine = np.union1d(source, np.arange(source[0], source[-1], 977))
    back = mean_over(fine, mean_over(source, numbers, fine), source)
    assert back == pytest.approx(numbers, rel=1e-6, abs=1e-6 * (float(np.abs(numbers).max()) + 1e-3))
