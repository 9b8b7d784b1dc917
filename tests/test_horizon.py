"""The time axis: local at the edge, UTC inside, steps of any length."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid import InputError
from microgrid.calendar import When
from microgrid.horizon import Horizon
from tests.conftest import grid, load, make_case


def horizon(zone: str = "Europe/Paris", country: str = "", **sections: Any) -> Horizon:
    site = {"timezone": zone, **({"country": country} if country else {})}
    return make_case({"load": load(1), "grid": grid()}, site=site, **sections).horizon


def test_points_and_steps() -> None:
    """24 steps lie between 25 points; local midnight in summer is 22:00 UTC."""
    axis = horizon(hours=24)
    assert (axis.steps, len(axis.points), axis.total_hours) == (24, 25, 24)
    assert axis.points[0].isoformat() == "2018-06-20T22:00:00+00:00"
    assert axis.describe(0) == "2018-06-21T00:00:00+02:00"


@pytest.mark.parametrize(
    ("day", "after", "hours"), [("2018-03-25", "2018-03-26", 23), ("2018-10-28", "2018-10-29", 25)]
)
def test_days_of_the_change_have_23_and_25_hours(day: str, after: str, hours: int) -> None:
    """At 1 h and at 15 min."""
    assert horizon(start=day, end=after).steps == hours
    assert horizon(start=day, end=after, step="15 min").steps == 4 * hours


def test_uneven_steps() -> None:
    """Two hours of 1 min, the rest by the hour."""
    axis = horizon(hours=24, step=[{"for": "2 h", "step": "1 min"}, {"step": "1 h"}])
    assert axis.steps == 120 + 22
    assert axis.step_hours[:120].tolist() == pytest.approx([1 / 60] * 120)
    assert axis.total_hours == pytest.approx(24)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ([{"for": "2 h", "step": "7 min"}, {"step": "1 h"}], "does not divide"),
        ([{"for": "2 h", "step": "1 h"}], "add up"),
        ([{"for": "20 h", "step": "1 h"}, {"for": "20 h", "step": "1 h"}], "add up"),
        ([{"step": "1 h"}, {"step": "1 h"}], "does not divide"),
        ([{"for": "2 h"}], "missing"),
    ],
)
def test_stretches_that_do_not_fit(step: object, words: str) -> None:
    """Told with the field."""
    with pytest.raises(InputError, match=words) as caught:
        horizon(hours=24, step=step)
    assert "horizon.step" in str(caught.value)


def test_months_are_local() -> None:
    """31 January 23:00 UTC is February in Paris: of 3 hours from 23:00 local, one lies in January."""
    axis = horizon(start="2018-01-31T23:00:00", hours=3)
    assert axis.months == ["2018-01", "2018-02"]
    assert axis.month_of_step.tolist() == [0, 1, 1]


def test_an_offset_in_the_horizon_is_taken_as_it_is() -> None:
    """00:00Z is 02:00 in Paris in summer."""
    axis = horizon(start="2018-06-21T00:00:00Z", end="2018-06-21T02:00:00Z")
    assert axis.describe(0) == "2018-06-21T02:00:00+02:00"
    assert axis.steps == 2


def test_coverage_over_midnight_and_of_parts() -> None:
    """22:30-06:00 covers half of the hour of 22:00, and 7.5 h in all."""
    covered = When(hours=("22:30-06:00",)).coverage(horizon(hours=24))
    assert covered[22] == pytest.approx(0.5)
    assert covered.sum() == pytest.approx(7.5)
    assert covered[:6].tolist() == [1] * 6


def test_working_days_weekends_holidays_and_months() -> None:
    """The week of 1 May 2018 (a Tuesday) in France: four working days, one holiday, two days of weekend."""
    week = horizon(country="FR", start="2018-04-30", hours=24 * 7)
    hours = {day: When(days=(day,)).coverage(week).sum() for day in ("working", "holiday", "weekend", "tuesday")}
    assert hours == {"working": 96, "holiday": 24, "weekend": 48, "tuesday": 24}
    assert When(months=(4,)).coverage(week).sum() == 24


@settings(deadline=None, max_examples=25)
@given(
    begin=st.integers(0, 95),
    length=st.integers(1, 95),
    minutes=st.sampled_from([5, 15, 60, 240]),
    day=st.sampled_from(["2018-06-21", "2018-01-10"]),
)
def test_hours_and_the_hours_that_are_left_make_a_day(begin: int, length: int, minutes: int, day: str) -> None:
    """For any range on quarters, over midnight or not, at any step: it and its complement cover every step once."""
    end = (begin + length) % 96
    clock = [f"{q // 4:02d}:{q % 4 * 15:02d}" for q in (begin, end)]
    axis = horizon(start=day, hours=24, step=f"{minutes} min")
    inside, outside = (When(hours=(f"{a}-{b}",)).coverage(axis) for a, b in (clock, clock[::-1]))
    assert (inside + outside).tolist() == pytest.approx([1.0] * axis.steps)
    assert float(np.dot(inside, axis.step_hours)) == pytest.approx(length / 4)
