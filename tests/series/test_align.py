"""A year laid on other years, counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from microgrid.series.align import lay_on_years, year_of


def year(number: int, timezone: str = "UTC") -> tuple[np.ndarray, np.ndarray]:
    """Daily points of a calendar year; each day has its number, from 1."""
    begin = int(pd.Timestamp(number, 1, 1, tz=timezone).timestamp())
    days = 366 if number % 4 == 0 else 365
    return begin + 86400 * np.arange(days + 1), np.arange(1.0, days + 1)


def day(points: np.ndarray, values: np.ndarray, date: str) -> float:
    return float(values[np.searchsorted(points, pd.Timestamp(date, tz="UTC").timestamp())])


@pytest.mark.parametrize("timezone", ["UTC", "Europe/Paris", "Asia/Kolkata", "America/Los_Angeles"])
def test_a_year_is_known_in_any_zone(timezone: str) -> None:
    points, _ = year(2018, timezone)
    assert year_of(points) == 2018
    assert year_of(points[:-1]) is None
    assert year_of(points[1:]) is None


def test_by_date_a_leap_day_takes_the_day_before() -> None:
    """2018 on 2020: March 1 is day 60 of 2018; February 29, 2020 takes February 28, day 59."""
    points, values = lay_on_years(*year(2018), "date", 2020, 2020)
    assert len(values) == 366
    assert [day(points, values, f"2020-{date}") for date in ("01-01", "02-28", "02-29", "03-01", "12-31")] == [
        1, 59, 59, 60, 365,
    ]  # fmt: skip


def test_by_date_a_leap_day_is_left_out() -> None:
    """2020 on 2019 and 2020: March 1 is day 61 of 2020."""
    points, values = lay_on_years(*year(2020), "date", 2019, 2020)
    assert len(values) == 365 + 366
    assert [day(points, values, date) for date in ("2019-02-28", "2019-03-01", "2020-02-29", "2020-03-01")] == [
        59, 61, 60, 61,
    ]  # fmt: skip


@pytest.mark.parametrize(("source", "target"), [(2018, 2019), (2018, 2020), (2020, 2023), (2016, 2018), (2017, 2022)])
def test_by_weekday_every_day_keeps_its_weekday(source: int, target: int) -> None:
    """Whatever the years: no day is more than a week off, and every weekday is right."""
    points, values = lay_on_years(*year(source), "weekday", target, target)
    here = pd.to_datetime(points[:-1], unit="s")
    there = pd.Timestamp(source, 1, 1) + pd.to_timedelta(values - 1, unit="D")
    assert (here.day_of_week == there.day_of_week).all()
    assert np.abs(here.day_of_year - there.day_of_year).max() <= 7


def test_what_is_no_year_is_refused() -> None:
    points, values = year(2018)
    with pytest.raises(ValueError, match="one calendar year"):
        lay_on_years(points[:-1], values[:-1], "date", 2019, 2019)
