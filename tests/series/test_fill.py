"""Holes filled by rule, each by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from microgrid.series.fill import Fill, fill_gaps

NAN = float("nan")


def hours(count: int, start: str = "2018-06-04") -> np.ndarray:
    """Points of so many hours from a local midnight (a Monday) on."""
    return int(pd.Timestamp(start, tz="Europe/Paris").timestamp()) + 3600 * np.arange(count + 1)


def fill(values: list[float], start: str = "2018-06-04", **rule: str) -> tuple[list[float], dict[str, int]]:
    found, counts = fill_gaps(
        hours(len(values), start), np.array(values, float), Fill.model_validate(rule), "Europe/Paris", "FR"
    )
    return found.tolist(), counts


def test_a_short_hole_is_a_straight_line() -> None:
    """1, ?, ?, 4: 2 and 3. Three hours are too long for a rule of two: they stay empty."""
    assert fill([1, NAN, NAN, 4]) == ([1, 2, 3, 4], {"straight line": 2})
    found, counts = fill([1, NAN, NAN, NAN, 5])
    assert np.isnan(found[1:4]).all()
    assert counts == {"straight line": 0}
    assert fill([1, NAN, NAN, NAN, 5], up_to="3 h")[0] == [1, 2, 3, 4, 5]


def test_a_hole_at_an_end_has_no_line() -> None:
    assert np.isnan(fill([NAN, 2, 3, NAN])[0]).tolist() == [True, False, False, True]


def test_steps_of_different_length_count_by_their_middle() -> None:
    """1 h at 0, then a missing hour, then 2 h at 6: middles 0.5, 1.5, 3: 6 x 1 / 2.5 = 2.4."""
    points = np.array([0, 3600, 7200, 14400])
    found, _ = fill_gaps(points, np.array([0, NAN, 6]), Fill(), "UTC", "")
    assert found.tolist() == [0, pytest.approx(2.4), 6]


def test_a_long_hole_takes_similar_days() -> None:
    """Two weeks of days that have their number, from Monday on. The second Wednesday (10) is missing: the nearest
    working days are Tuesday (9) and Thursday (11): 10. The second Sunday (14) takes the first (7), the only one.
    """
    values = np.repeat(np.arange(1.0, 15), 24)
    values[9 * 24 : 10 * 24] = NAN
    values[13 * 24 :] = NAN
    found, counts = fill(values.tolist(), longer="similar_days")
    assert found[9 * 24 : 10 * 24] == [10.0] * 24
    assert found[13 * 24 :] == [7.0] * 24
    assert counts == {"straight line": 0, "similar days": 48}


def test_a_holiday_is_like_a_sunday() -> None:
    """July 14, 2018 is a Saturday and a holiday: it takes Sunday the 15th (15) and the 8th (8), not a Saturday."""
    values = np.repeat(np.arange(1.0, 32), 24)
    values[13 * 24 : 14 * 24] = NAN
    found, _ = fill(values.tolist(), start="2018-07-01", longer="similar_days")
    assert found[13 * 24 : 14 * 24] == [11.5] * 24


def test_the_hour_that_comes_twice_is_filled_like_its_first() -> None:
    """October 28, 2018 has 25 hours; the whole day is missing and takes the Sundays before and after."""
    values = np.concatenate([np.full(24 * 7, 3.0), np.full(25, NAN), np.full(24 * 7, 5.0)])
    found, _ = fill(values.tolist(), start="2018-10-21", longer="similar_days")
    assert found[24 * 7 : 24 * 7 + 25] == [4.0] * 25


def test_nothing_known_fills_nothing() -> None:
    assert np.isnan(fill([NAN, NAN], longer="similar_days")[0]).all()
