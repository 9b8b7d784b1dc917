"""Faults of samples, each by hand; and registers, whose energy is never lost."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgrid.sensors import cleaning
from microgrid.sensors.cleaning import Span

HOUR = 3_600_000
ALL = Span(0, 10**15)


def hours(*places: float) -> np.ndarray:
    return np.array([int(h * HOUR) for h in places], dtype=np.int64)


def test_of_several_values_at_one_stamp_the_last_holds() -> None:
    """Out of order, once doubled, once contradicted: each counted."""
    counts: Counter[str] = Counter()
    ms, value = cleaning.in_order(hours(1, 0, 2, 2, 1), np.array([5.0, 1, 7, 8, 5]), counts, ALL)
    assert (ms.tolist(), value.tolist()) == (hours(0, 1, 2).tolist(), [1.0, 5.0, 8.0])
    assert counts == {"sorted": 2, "doubled": 1, "contradicted": 1}


def test_a_sensor_that_says_the_same_for_too_long_is_stuck() -> None:
    """4 for 3 h is stuck after the first; 5 for 2 h may be; 0 for ever may be."""
    value = np.array([4.0, 4, 4, 4, 5, 5, 5, 0, 0, 0, 0, 0])
    wrong = cleaning.stuck(hours(*range(12)), value, 2 * HOUR)
    assert np.flatnonzero(wrong).tolist() == [1, 2, 3]


def test_a_spike_leaps_up_and_back() -> None:
    """Leaps of 1, one of 100 and back: a spike. A step of 100 that stays is none, nor is any leap of a flat signal."""
    course = np.arange(200) % 2 * 1.0
    spiked = course.copy()
    spiked[50] += 100
    assert np.flatnonzero(cleaning.spikes(spiked, 10)).tolist() == [50]
    assert not cleaning.spikes(course + 100 * (np.arange(200) > 99), 10).any()
    flat = np.zeros(1000)
    flat[500] = 5
    assert not cleaning.spikes(flat, 10).any()


def test_spikes_are_found_at_a_higher_bar_only_if_they_are_higher() -> None:
    course = np.arange(200) % 2 * 1.0
    course[50] += 15
    assert cleaning.spikes(course, 10).any()
    assert not cleaning.spikes(course, 20).any()


def test_a_register_that_rolls_over_goes_on() -> None:
    """995, 5 of 1000: 10 kWh in an hour are 10 kW."""
    counts: Counter[str] = Counter()
    begin, length, power = cleaning.increments(hours(0, 1, 2), np.array([990.0, 995, 5]), 1000.0, np.inf, counts, ALL)
    assert power.tolist() == [5.0, 10.0]
    assert counts["rolled over"] == 1
    assert counts["reset"] == 0
    assert length.tolist() == [HOUR, HOUR]
    assert begin.tolist() == hours(0, 1).tolist()


@pytest.mark.parametrize(("rolls_over_at", "most"), [(None, np.inf), (1000.0, 100.0), (1000.0, np.inf)])
def test_a_register_that_is_reset_loses_its_stretch(rolls_over_at: float | None, most: float) -> None:
    """From 300 to 2: 702 kWh in an hour cannot be at 100 kW, nor be believed of a register of 1,000."""
    counts: Counter[str] = Counter()
    _, _, power = cleaning.increments(hours(0, 1, 2, 3), np.array([290.0, 300, 2, 7]), rolls_over_at, most, counts, ALL)
    assert power.tolist() == [10.0, 5.0]
    assert counts["reset"] == 1


@given(
    st.lists(st.tuples(st.integers(1_000, HOUR), st.floats(0, 400)), min_size=1, max_size=50),
    st.floats(0, 999),
)
def test_the_energy_of_a_register_is_kept_over_its_roll_overs(steps: list[tuple[int, float]], begin: float) -> None:
    """Random readings of a register of 1,000 kWh, under 400 kWh apart: the powers add up to what was used."""
    used = np.array([kwh for _, kwh in steps])
    ms = np.concatenate([[0], np.cumsum([length for length, _ in steps])]).astype(np.int64)
    register = (begin + np.concatenate([[0.0], np.cumsum(used)])) % 1000.0
    _, length, power = cleaning.increments(ms, register, 1000.0, np.inf, Counter(), ALL)
    assert float(power @ length) / HOUR == pytest.approx(used.sum(), abs=1e-6)


def test_a_single_reading_that_strays() -> None:
    """1000, 1001, 0, 1003: the 0 is none of this register; nor is 999,999. A roll-over and a reset stay."""
    assert np.flatnonzero(cleaning.stray_readings(np.array([1000.0, 1001, 0, 1003, 1004]))).tolist() == [2]
    assert np.flatnonzero(cleaning.stray_readings(np.array([1000.0, 999_999, 1003]))).tolist() == [1]
    assert not cleaning.stray_readings(np.array([990.0, 995, 5, 10])).any()
    assert not cleaning.stray_readings(np.array([5.0, 5, 5, 6])).any()


def test_solar_power_while_the_sun_is_down() -> None:
    """Dark in the first hour: 5 of 50 kW cannot be there, 0.1 may be noise; in the second hour all may be."""
    wrong = cleaning.in_the_dark(
        hours(0, 0.5, 1, 1.5), np.array([5.0, 0.1, 5.0, 50.0]), hours(0, 1, 2), np.array([True, False])
    )
    assert wrong.tolist() == [True, False, False, False]
    outside = cleaning.in_the_dark(hours(-1, 2, 3), np.full(3, 5.0), hours(0, 1, 2), np.array([True, True]))
    assert not outside.any()
