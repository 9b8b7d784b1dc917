"""Charges per day, month and year count those of the local calendar, wherever and however clocks change."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import zoneinfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgrid import InputError
from microgrid.calendar import When
from microgrid.horizon import Horizon
from microgrid.tariff.charges.totals import FixedCharge
from microgrid.tariff.rates import expand
from microgrid.tariff.schema.tariff import Tariff
from tests.conftest import grid, solve
from tests.proofs import proof
from tests.test_horizon import horizon

_HOUR, _DAY = 3600, 86400
_EVERY_ZONE = sorted(zoneinfo.available_timezones())
# Midnights that are shown twice or not at all stand close together in these.
_ODD_ZONES = ["America/Havana", "America/Asuncion", "America/Santiago", "Africa/Cairo", "Asia/Beirut",
              "America/Sao_Paulo", "America/Scoresbysund", "America/St_Johns", "Asia/Tehran", "Pacific/Apia",
              "Atlantic/Azores", "Asia/Amman", "Australia/Lord_Howe", "Africa/Casablanca"]  # fmt: skip
_PER = {"day": "EUR/d", "month": "EUR/month"}


def charge(axis: Horizon, **line: object) -> float:
    """What a fixed line comes to on a horizon [EUR]."""
    tariff = Tariff.model_validate({"name": "t", "fixed": [{"item": "fee", **line}]})
    [found] = expand(tariff, axis).charges
    assert isinstance(found, FixedCharge)
    return float(found.monthly_amount.sum())


def fee(axis: Horizon, per: str) -> float:
    """One euro per day or month on a horizon."""
    return charge(axis, **{f"price_per_{per}": f"1 {_PER[per]}"})


@functools.cache
def first_instants(zone: str, year: int) -> dict[dt.date, int]:
    """Each local day of a year and the first quarter of an hour that shows its date, by the standard library."""
    begin = int(dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp()) - _DAY
    clock, found = zoneinfo.ZoneInfo(zone), {}
    for second in range(begin, begin + 369 * _DAY, 900):
        found.setdefault(dt.datetime.fromtimestamp(second, clock).date(), second)
    return found


def between(zone: str, begin: int, end: int, step: int = _HOUR) -> Horizon:
    """Steps of an hour between two instants; the last one is shorter where it has to be."""
    seconds = [*range(begin, end, step), end]
    return Horizon(pd.DatetimeIndex(pd.to_datetime(seconds, unit="s", utc=True)), zone)


def test_a_month_with_a_day_of_23_hours_has_31_days() -> None:
    """March in Paris: 31 x 0.50 = 15.50 EUR. By hours / 24 it would be 743 / 24 x 0.50 = 15.479 EUR."""
    axis = horizon(start="2024-03-01", end="2024-04-01")
    assert charge(axis, price_per_day="0.50 EUR/d") == pytest.approx(15.5, abs=1e-12)


def test_only_the_days_within_when_are_counted() -> None:
    """March 2024 has ten days of weekends, the short one of 23 hours among them: 10 EUR, not 31 x 239 / 743 = 9.97."""
    axis = horizon(start="2024-03-01", end="2024-04-01")
    assert charge(axis, price_per_day="1 EUR/d", when={"days": ["weekend"]}) == pytest.approx(10, abs=1e-12)


@pytest.mark.parametrize(
    ("zone", "start", "end", "first"),
    [
        ("America/Havana", "2026-11-01", "2026-12-01", "2026-11-01T00:00:00-04:00"),  # midnight twice
        ("America/Asuncion", "2023-10-01", "2023-11-01", "2023-10-01T01:00:00-03:00"),  # midnight left out
        ("America/Sao_Paulo", "2018-11-01", "2018-12-01", "2018-11-01T00:00:00-03:00"),  # left out within
        ("Africa/Cairo", "2023-04-01", "2023-05-01", "2023-04-01T00:00:00+02:00"),
        ("America/Santiago", "2024-09-01", "2024-10-01", "2024-09-01T00:00:00-04:00"),
        ("Asia/Beirut", "2024-03-01", "2024-04-01", "2024-03-01T00:00:00+02:00"),
    ],
)
def test_months_around_midnights_that_are_left_out_or_stand_twice(zone: str, start: str, end: str, first: str) -> None:
    """A case may start at such a midnight; its days are whole, and its month is one."""
    axis = horizon(zone, start=start, end=end)
    assert axis.describe(0) == first
    assert fee(axis, "day") == pytest.approx((dt.date.fromisoformat(end) - dt.date.fromisoformat(start)).days)
    assert fee(axis, "month") == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("zone", "day"), [("America/Santiago", "2024-09-08"), ("Africa/Cairo", "2024-04-26"), ("Asia/Beirut", "2024-03-31")]
)
def test_a_day_without_a_midnight_is_a_horizon(zone: str, day: str) -> None:
    """It begins at 01:00, has 23 hours, and counts as a day."""
    axis = horizon(zone, start=day, end=str(dt.date.fromisoformat(day) + dt.timedelta(days=1)))
    assert axis.steps == 23
    assert axis.describe(0).startswith(f"{day}T01:00:00")
    assert fee(axis, "day") == pytest.approx(1)


def test_a_day_of_a_month_that_begins_twice() -> None:
    """2 November 2026 in Havana is 24 of the 721 hours of its month: 30 EUR/month make 0.9986 EUR."""
    axis = horizon("America/Havana", start="2026-11-02", end="2026-11-03")
    assert charge(axis, price_per_month="30 EUR/month") == pytest.approx(30 * 24 / 721)


def test_a_day_that_the_calendar_leaves_out_is_no_start() -> None:
    """Samoa crossed the date line and had no 30 December 2011; the days around it are two days."""
    with pytest.raises(InputError, match="not a local time"):
        horizon("Pacific/Apia", start="2011-12-30", end="2011-12-31")
    axis = horizon("Pacific/Apia", start="2011-12-29", end="2012-01-01")
    assert fee(axis, "day") == pytest.approx(2)


def test_a_doubled_hour_other_than_midnight_is_still_refused_as_a_start() -> None:
    """02:30 stands twice on 27 October 2024 in Paris, and nothing says which is meant; an offset does."""
    with pytest.raises(InputError, match="exactly once"):
        horizon(start="2024-10-27T02:30:00", end="2024-10-28")


def test_a_year_in_which_the_offset_ends_otherwise_than_it_began() -> None:
    """Sao Paulo began 2019 in summer time and ended it without: 8,761 hours are one year."""
    axis = horizon("America/Sao_Paulo", start="2019-01-01", end="2020-01-01")
    assert axis.steps == 8761
    assert charge(axis, price="365 EUR/year") == pytest.approx(365)


def test_hours_within_a_step_in_which_the_clock_changes() -> None:
    """24 h from noon before the change in Paris: of 00:00 to 06:00 five hours are there, five 24ths of the step."""
    axis = horizon(start="2024-03-30T12:00:00", end="2024-03-31T13:00:00", step="24 h")
    assert axis.steps == 1
    assert When(hours=("00:00-06:00",)).coverage(axis)[0] == pytest.approx(5 / 24)


@proof(sample=15, whole=240)
@given(
    zone=st.one_of(st.sampled_from(_ODD_ZONES), st.sampled_from(_EVERY_ZONE)),
    year=st.integers(1990, 2036),
    data=st.data(),
)
def test_whole_days_are_counted_one_by_one(zone: str, year: int, data: st.DataObject) -> None:
    """From the begin of any day to that of a later one, a charge per day is the number of dates; at a local midnight a
    horizon may be split and the parts add up, for months as well.

    The dates and their begins come from the standard library, a quarter of an hour at a time. Hours / 24 fail on every
    day on which clocks change; a lookup of midnight fails where there is none or there are two.
    """
    begins = first_instants(zone, year)
    dates = [day for day in begins if day.year == year]
    odd = [place for place, day in enumerate(dates[:-1]) if begins[dates[place + 1]] - begins[day] != _DAY]
    anywhere = st.integers(0, len(dates) - 2)
    middle = data.draw(st.one_of(st.sampled_from(odd), anywhere) if odd else anywhere)
    low, high = max(0, middle - data.draw(st.integers(0, 3))), middle + 1
    high = min(len(dates) - 1, high + data.draw(st.integers(0, 40)))
    edges = [begins[dates[place]] for place in sorted({low, middle, high})]
    whole = between(zone, edges[0], edges[-1])
    assert fee(whole, "day") == pytest.approx(high - low, abs=1e-9)
    parts = [between(zone, a, b) for a, b in itertools.pairwise(edges)]
    for per in _PER:
        assert sum(fee(part, per) for part in parts) == pytest.approx(fee(whole, per), abs=1e-9)


@proof(sample=10, whole=160)
@given(
    zone=st.one_of(st.sampled_from(_ODD_ZONES), st.sampled_from(_EVERY_ZONE)),
    year=st.integers(1990, 2036),
    month=st.integers(1, 11),
)
def test_whole_months_are_one_each(zone: str, year: int, month: int) -> None:
    """Wherever the month's first midnight is shown twice or left out; with the hours of another month it is not 1."""
    begins = first_instants(zone, year)
    axis = between(zone, begins[dt.date(year, month, 1)], begins[dt.date(year, month + 1, 1)], 6 * _HOUR)
    assert fee(axis, "month") == pytest.approx(1, abs=1e-9)
    assert np.isclose(axis.days_in_step.sum(), sum(1 for day in begins if (day.year, day.month) == (year, month)))


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [("America/Asuncion", "2023-09-30", "2023-10-02"), ("America/Havana", "2026-10-31", "2026-11-02")],
)
def test_all_that_reads_the_calendar_holds_at_such_a_midnight(zone: str, start: str, end: str) -> None:
    """Caps by day, month and year, a run that ends at that midnight, windows of a day, a standard profile.

    A lookup of the midnight that fails would show itself as an error of any one of these.
    """
    assets = {
        "offices": {"kind": "load", "profile": {"standard_load": "g0", "yearly": "1000 kWh"}},
        "wash": {"kind": "shiftable_load", "energy": "2 kWh", "power_max": "1 kW", "runs": [{"hours": "18:00-24:00"}]},
        "moved": {"kind": "flexible_load", "profile": "1 kW", "share": 0.5},
        "grid": grid(carbon="60 g/kWh", fixed=[{"item": "fee", "price_per_day": "1 EUR/d"}]),
    }
    caps = [{"max": "9 t", "per": per} for per in ("day", "month", "year")]
    solution = solve(assets, start=start, end=end, site={"timezone": zone}, objective={"emissions_caps": caps})
    demand = solution.schedule["wash.demand_kw"].to_numpy()
    assert float(demand @ solution.case.horizon.step_hours) == pytest.approx(4)
    ledger = solution.plan.ledger
    assert ledger.loc[ledger["item"] == "fee", "amount"].sum() == pytest.approx(2)
