"""Standard load profiles: energy of the year in any steps, kinds of day, seasons, changes of the clock."""

from __future__ import annotations

import itertools
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid import InputError, load_case
from microgrid.calendar import holiday_dates
from microgrid.horizon import Horizon
from microgrid.series.context import Reading
from microgrid.series.derived.standard_load import Profile, StandardLoad
from tests.conftest import grid, load, make_case, write_case

YEARLY = 250_000.0
PROFILES = get_args(Profile)
Values = np.ndarray[Any, np.dtype[np.float64]]


def power(points: pd.DatetimeIndex, profile: str = "g1", zone: str = "Europe/Berlin", country: str = "") -> Values:
    """Mean power between the points of a profile with 250 MWh a year."""
    reading = Reading(Path(), Horizon(points.tz_convert("UTC"), zone, country))
    return StandardLoad(standard_load=profile, yearly="250 MWh").on(reading, "kW")


def local(start: str, end: str, step: str = "15min", zone: str = "Europe/Berlin") -> pd.DatetimeIndex:
    return pd.date_range(pd.Timestamp(start, tz=zone), pd.Timestamp(end, tz=zone), freq=step)


def day(date: str, profile: str = "g1", country: str = "") -> Values:
    """Quarters of a local day in Berlin."""
    after = (pd.Timestamp(date) + pd.Timedelta(1, "D")).date().isoformat()
    return power(local(date, after), profile, country=country)


def energy(points: pd.DatetimeIndex, **said: str) -> float:
    hours = np.diff(points.as_unit("s").asi8) / 3600
    return float(np.dot(power(points, **said), hours))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("year", [2023, 2024])
def test_a_calendar_year_has_its_energy(profile: str, year: int) -> None:
    """8,760 and 8,784 hours alike. By the tables alone, which are for 1,000 kWh or 1 GWh, it is up to 2 % off."""
    points = local(f"{year}-01-01", f"{year + 1}-01-01")
    assert energy(points, profile=profile, country="DE-BY") == pytest.approx(YEARLY, rel=1e-9)


@pytest.mark.parametrize("step", ["1min", "7min", "15min", "1h", "4h", "24h"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe", "UTC"])
def test_of_any_step_and_in_any_zone(step: str, zone: str) -> None:
    """Offsets of 5:45 h, changes of the clock by 30 min, steps that straddle quarters (7 min) and years (24 h)."""
    begin, end = (pd.Timestamp(f"{year}-01-01", tz=zone).tz_convert("UTC") for year in (2023, 2024))
    points = pd.date_range(begin, end, freq=step)
    points = points if points[-1] == end else points.append(pd.DatetimeIndex([end]))
    assert energy(points, zone=zone) == pytest.approx(YEARLY, rel=1e-9)


MINUTES = st.lists(st.integers(0, 5 * 1440), min_size=2, max_size=30, unique=True).map(sorted)


@given(first=st.integers(0, 800), minutes=MINUTES, profile=st.sampled_from(PROFILES))
@settings(max_examples=30, deadline=None)
def test_steps_change_no_energy(first: int, minutes: list[int], profile: str) -> None:
    """Any horizon of 2018 to 2020: the energy is that in one step. Sampled at the starts it would not be."""
    begin = pd.Timestamp("2018-01-01", tz="Europe/Berlin").tz_convert("UTC") + pd.Timedelta(first, "D")
    points = pd.DatetimeIndex([begin + pd.Timedelta(m, "min") for m in minutes])
    assert energy(points, profile=profile) == pytest.approx(energy(points[[0, -1]], profile=profile), rel=1e-9)


def test_years_follow_each_other() -> None:
    """Half of 2023, all of 2024, half of 2025: what the parts have by themselves, and 2024 its energy."""
    bounds = ("2023-07-01", "2024-01-01", "2025-01-01", "2025-07-01")
    parts = [power(local(a, b), "h0") for a, b in itertools.pairwise(bounds)]
    assert power(local(bounds[0], bounds[-1]), "h0") == pytest.approx(np.concatenate(parts), rel=1e-9)
    assert parts[1].sum() / 4 == pytest.approx(YEARLY, rel=1e-9)


def test_a_step_over_the_turn_of_the_year_has_a_part_of_both() -> None:
    """23:00 to 01:00 in one step: the mean of the eight quarters."""
    quarters = power(local("2023-12-31 23:00", "2024-01-01 01:00"), "h0")
    whole = power(local("2023-12-31 23:00", "2024-01-01 01:00", "2h"), "h0")
    assert whole.tolist() == pytest.approx([quarters.mean()])


def test_the_values_are_those_of_the_table() -> None:
    """g0 on a working day in summer: 71.56 and 68.96 W per 1,000 kWh a year in the first two quarters."""
    found = day("2018-06-18", "g0")
    assert found[0] / found[1] == pytest.approx(71.56 / 68.96)
    assert found[0] == pytest.approx(0.07156 * YEARLY / 1000, rel=0.02)


def test_saturdays_sundays_and_holidays() -> None:
    """Corpus Christi, Thursday 31 May 2018, is a holiday in Bavaria and none in Berlin; others are alike."""
    thursday, sunday = day("2018-05-24"), day("2018-06-03")
    assert not np.allclose(thursday, sunday)
    assert not np.allclose(day("2018-06-02"), sunday)
    by, be = day("2018-05-31", country="DE-BY"), day("2018-05-31", country="DE-BE")
    assert by == pytest.approx(day("2018-06-03", country="DE-BY"))
    assert be == pytest.approx(day("2018-05-24", country="DE-BE"))


def test_christmas_eve_and_new_years_eve_are_saturdays() -> None:
    """Mondays in 2018; in 2023 Sundays, which they stay. The library that holds the tables leaves them working days."""
    for date in ("2018-12-24", "2018-12-31"):
        assert day(date) == pytest.approx(day("2018-12-15"))
    for date in ("2023-12-24", "2023-12-31"):
        assert day(date) == pytest.approx(day("2023-12-17"))


def test_seasons_begin_on_their_day() -> None:
    """Summer from 15 May to 14 September, winter from 1 November to 20 March; working days of 2018 and 2019."""
    alike = [("2018-05-15", "2018-09-14"), ("2018-05-14", "2018-03-21"), ("2018-09-17", "2018-10-31")]
    alike += [("2018-03-20", "2018-11-01")]
    for one, other in alike:
        assert day(one) == pytest.approx(day(other))
    for one, other in (("2018-05-15", "2018-05-14"), ("2018-10-31", "2018-11-01"), ("2018-03-20", "2018-03-21")):
        assert not np.allclose(day(one), day(other))


def test_households_follow_the_seasons_smoothly() -> None:
    """h0 on 2 January and 27 February 2019, both winter: 1.2439 and 1.1836 times the table by the published formula."""
    first, later = day("2019-01-02", "h0"), day("2019-02-27", "h0")
    assert later / first == pytest.approx(np.full(96, 1.183646974 / 1.243921754), rel=1e-6)


def test_the_day_of_23_hours_lacks_an_hour_and_that_of_25_has_it_twice() -> None:
    """Sundays of one season: quarters 8 to 11 are left out on 25 March 2018 and stand twice on 28 October."""
    spring, autumn = day("2018-03-25"), day("2018-10-28")
    assert (len(spring), len(autumn)) == (92, 100)
    assert spring == pytest.approx(np.delete(day("2018-04-08"), range(8, 12)))
    sunday = day("2018-10-21")
    assert autumn == pytest.approx(np.concatenate([sunday[:12], sunday[8:]]))


def test_the_29th_of_february_is_a_day_of_its_month() -> None:
    """A Thursday of 2024 like the one a week before; 2024 has 366 days of them all."""
    assert day("2024-02-29") == pytest.approx(day("2024-02-22"))
    assert len(power(local("2024-01-01", "2025-01-01"))) == 366 * 96


@pytest.mark.parametrize("profile", ["h25", "g25", "l25", "p25", "s25"])
def test_as_the_library_lays_them(profile: str) -> None:
    """The same but for the scale and for 24 and 31 December. With months or days in another order it would not be."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from demandlib import bdew

        index = pd.date_range("2024-01-01", periods=366 * 96, freq="15min")
        known = np.asarray(getattr(bdew, profile.upper())(index, holidays=sorted(holiday_dates("DE", (2024,)))))
    found = power(pd.date_range("2024-01-01", "2025-01-01", freq="15min", tz="UTC"), profile, "UTC", "DE")
    usual = ~((index.month == 12) & index.day.isin([24, 31]))
    assert found[usual] / found[0] == pytest.approx(known[usual] / known[0], rel=1e-9)


def test_in_a_case(tmp_path: Path) -> None:
    """The log says what was worked out, and nothing counts as repaired."""
    profile = {"standard_load": "g4", "yearly": "250 MWh"}
    site = {"timezone": "Europe/Berlin", "country": "DE"}
    folder = write_case(
        tmp_path, {"l": {"kind": "load", "profile": profile}, "g": grid()}, hours=24, site=site, max_repaired="0 %"
    )
    case = load_case(folder)
    assert case.assets["l"].profile.values.mean() > 20
    assert case.assets["l"].profile.source == "standard load g4 of the BDEW, 250 MWh a year"
    (row,) = case.repairs.rows()
    assert (row["file"], row["column"], row["what"], row["count"], row["of"]) == (
        "standard load", "g4", "modelled", 24, 0,
    )  # fmt: skip
    assert "holidays of DE as Sundays" in str(row["detail"])


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"standard_load": "G1"}, "did you mean 'g1'"),
        ({"standard_load": "gg25"}, "did you mean 'g25'"),
        ({"standard_load": 25}, "expected"),
        ({"yearly": "250 kW"}, r"yearly: wrong dimension(.|\n)*such as 1.5 MWh"),
        ({"yearly": 250}, "yearly: unit is missing"),
        ({"yearly": "-1 kWh"}, "at least 0"),
        ({"yearly": None}, "yearly: missing"),
        ({"annual": "1 MWh"}, "annual: unknown key"),
        ({"yearl": "1 MWh"}, "did you mean 'yearly'"),
    ],
)
def test_what_cannot_be_is_said(said: dict[str, Any], words: str) -> None:
    profile = {"standard_load": "g1", "yearly": "1 MWh", **said}
    profile = {key: value for key, value in profile.items() if value is not None}
    with pytest.raises(InputError, match=words):
        make_case({"l": {"kind": "load", "profile": profile}, "g": grid()})


def test_only_powers_are_loads() -> None:
    tariff = {"name": "t", "energy": [{"item": "e", "series": {"standard_load": "g1", "yearly": "1 MWh"}}]}
    with pytest.raises(InputError, match="'standard_load' is a series in kW, which a field in EUR/kWh does not take"):
        make_case({"l": load(1), "g": {"kind": "grid", "import_max": "1 kW", "tariff": tariff}})


def test_the_schema_needs_no_tables() -> None:
    """What every case and the help load must not load the library."""
    code = (
        "import sys, microgrid.series.registry as made\n"
        "models = made.for_unit('kW')\n"
        "sys.exit(','.join({'demandlib'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
