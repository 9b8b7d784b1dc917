"""Heat from weather: degree days by hand, local days, energy of the year; the standard profiles of the gas industry."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgrid import InputError, load_case
from microgrid.horizon import Horizon
from microgrid.repairs import Repair
from microgrid.series.context import Reading
from microgrid.series.derived.heat_by_degree_days import HeatByDegreeDays
from microgrid.series.derived.standard_heat import StandardHeat
from tests.conftest import grid, load, make_case, write_case
from tests.proofs import proof

Values = np.ndarray[Any, np.dtype[np.float64]]
OFFICES = {"standard_heat": "w.csv", "building": "gko"}


def weather(folder: Path, degrees: Values, begin: str = "2018-01-01", zone: str = "UTC", step: str = "1h") -> Reading:
    """A file of temperatures from a local midnight, NaN as empty, and a reading of a site in UTC."""
    stamps = pd.date_range(pd.Timestamp(begin, tz=zone), periods=len(degrees), freq=step).tz_convert("UTC")
    rows = [f"{s.isoformat()},{'' if np.isnan(d) else repr(float(d))}" for s, d in zip(stamps, degrees, strict=True)]
    (folder / "w.csv").write_text("time,temperature_degc\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return reading(folder, pd.DatetimeIndex([*stamps, stamps[-1] + pd.Timedelta(step)]))


def reading(folder: Path, points: pd.DatetimeIndex, zone: str = "UTC", **kept: Any) -> Reading:
    return Reading(folder, Horizon(points.tz_convert("UTC"), zone), **kept)


def days(*first: float, year: int = 365, rest: float = 25.0) -> Values:
    """Hourly temperatures that are the same all day: these first days, then warm ones."""
    return np.repeat([*first, *[rest] * (year - len(first))], 24)


def heat(reading: Reading, **said: Any) -> Values:
    return HeatByDegreeDays(**{"heat_by_degree_days": "w.csv", "yearly": "720 kWh", **said}).on(reading, "kW")


def repair(reading: Reading, what: str) -> list[Repair]:
    return [repair for repair in reading.log.repairs if repair.what == what]


def test_degree_days_share_the_energy(tmp_path: Path) -> None:
    """Days of 0, 10 and 15 degC: 20, 10 and no degrees, since 15 is not below 15. 720 kWh over 30 K d: 20 and 10 kW.

    Counted from the base, as heating degree days are, the first two would have 18 and 6 kW.
    """
    found = heat(weather(tmp_path, days(0, 10, 15)))
    assert found[::24][:4].tolist() == pytest.approx([20, 10, 0, 0])
    assert found.sum() == pytest.approx(720)


def test_hot_water_is_the_same_at_all_hours(tmp_path: Path) -> None:
    """Half of 17,520 kWh over 8,760 h is 1 kW; the other half on one day of 24 h is 365 kW."""
    found = heat(weather(tmp_path, days(0)), yearly="17520 kWh", hot_water="50 %")
    assert found[[0, 23, 24, -1]].tolist() == pytest.approx([366, 366, 1, 1])
    assert heat(weather(tmp_path, days(20)), yearly="8.76 MWh", hot_water=1) == pytest.approx(np.ones(8760))


def test_the_limits_are_those_that_are_said(tmp_path: Path) -> None:
    """Base 12, indoor 18: days of 0, 10 and 13 degC have 18, 8 and no degrees, 624 kWh over 26 K d."""
    found = heat(weather(tmp_path, days(0, 10, 13)), base="12 degC", indoor="18 degC", yearly="624 kWh")
    assert found[::24][:3].tolist() == pytest.approx([18, 8, 0])


def test_the_mean_of_the_day_decides(tmp_path: Path) -> None:
    """Half a day at 20, half at 8 degC: the mean 14 is below 15, so both halves are heated with 6 of 26 degrees.

    Hour by hour, the warm half would have nothing and the other 12 degrees.
    """
    degrees = days(0, 8)
    degrees[24:36] = 20
    found = heat(weather(tmp_path, degrees), yearly="624 kWh")
    assert found[24:48] == pytest.approx(np.full(24, 6.0))


def test_days_are_those_of_the_site(tmp_path: Path) -> None:
    """UTC stamps in Paris: 23:00Z begins the next day. The year's last hour is the first of the local January 1."""
    degrees = np.full(8760, 25.0)
    degrees[23:47] = 0.0  # 2 January, local
    made = weather(tmp_path, degrees)
    local = reading(tmp_path, made.horizon.points, "Europe/Paris")
    found = heat(local, yearly="480 kWh")
    assert np.flatnonzero(found).tolist() == list(range(23, 47))
    assert found[23:47] == pytest.approx(np.full(24, 20.0))
    (joined,) = repair(local, "joined")
    assert (joined.count, joined.column) == (1, "temperature_degc")
    assert not repair(made, "joined")


@pytest.mark.parametrize(("zone", "moved"), [("Pacific/Auckland", 13), ("America/New_York", 5)])
def test_far_from_utc_the_year_is_a_circle(tmp_path: Path, zone: str, moved: int) -> None:
    """Hours that are in another local year count to their date in this one, so that its days are whole."""
    made = weather(tmp_path, np.full(8760, 10.0))
    local = reading(tmp_path, made.horizon.points, zone)
    assert heat(local, yearly="8760 kWh") == pytest.approx(np.ones(8760))
    (joined,) = repair(local, "joined")
    assert joined.count == moved


def test_a_short_day_takes_less(tmp_path: Path) -> None:
    """At 10 degC on 25 March and 1 April 2018 in Paris, 23 and 24 hours: the same power, 23/24 of the energy."""
    axis = pd.date_range("2018-01-01", periods=8760, freq="h", tz="UTC").tz_convert("Europe/Paris")
    cold = np.isin(axis.strftime("%m-%d"), ["03-25", "04-01"])
    made = weather(tmp_path, np.where(cold, 10.0, 25.0))
    found = heat(reading(tmp_path, made.horizon.points, "Europe/Paris"), yearly="470 kWh")
    assert cold.sum() == 47
    assert found[cold] == pytest.approx(np.full(47, 10.0))


@pytest.mark.parametrize("wrong", [-9999.0, 999.0, 1e300, 293.15])
def test_temperatures_that_no_weather_has(tmp_path: Path, wrong: float) -> None:
    """-9999 for a missing value would make a day of 1,200 kW, 293 K one without heat: named with its line."""
    degrees = days(5, 5)
    degrees[7] = wrong
    with pytest.raises(InputError, match="impossible temperature") as caught:
        heat(weather(tmp_path, degrees))
    assert caught.value.problems[0].line == 9


def test_a_day_that_a_zone_left_out(tmp_path: Path) -> None:
    """Samoa had no 30 December 2011: 8,760 h of UTC are 364 local days, each with its mean; no warning, all energy."""
    read = weather(tmp_path, np.full(8760, 5.0), "2011-01-01")
    local = reading(tmp_path, read.horizon.points, "Pacific/Apia")
    assert heat(local).sum() == pytest.approx(720.0)


def test_a_leap_year(tmp_path: Path) -> None:
    """2020 has its energy over 366 days; laid on 2019 it is without that of 29 February, here all of it."""
    degrees = np.where(np.arange(8784) // 24 == 59, 0.0, 25.0)
    made = weather(tmp_path, degrees, "2020-01-01")
    assert heat(made).sum() == pytest.approx(720)
    common = pd.date_range("2019-01-01", "2020-01-01", freq="h", tz="UTC")
    assert heat(reading(tmp_path, common), align="date").sum() == 0
    (row,) = repair(made, "modelled")
    assert row.detail.startswith("20 K d on 1 days of 2020, w.csv: degree days 20/15 degC")


@pytest.mark.parametrize("step", ["15min", "3h", "1D"])
def test_other_rows_of_the_same_weather(tmp_path: Path, step: str) -> None:
    """Quarters, three hours or whole days of one temperature are the same degree days."""
    count = round(pd.Timedelta(365, "D") / pd.Timedelta(step))
    degrees = np.repeat([0.0, 10.0, *[25.0] * 363], count // 365)
    made = weather(tmp_path, degrees, step=step)
    found = heat(made)
    assert found[0] == pytest.approx(20)
    assert np.dot(found, made.horizon.step_hours) == pytest.approx(720)


@pytest.fixture(scope="module")
def random_year() -> Iterator[Reading]:
    with tempfile.TemporaryDirectory() as folder:
        seasons = 10 - 12 * np.cos(np.arange(8760) / 8760 * 2 * np.pi)
        yield weather(Path(folder), seasons + np.random.default_rng(1).normal(0, 4, 8760))


MINUTES = st.lists(st.integers(1, 4 * 1440), min_size=1, max_size=30, unique=True).map(sorted)


@proof(sample=8, whole=120)
@given(
    first=st.integers(0, 8600), minutes=MINUTES, share=st.floats(0, 1), which=st.sampled_from(["days", "gko", "efh"])
)
def test_steps_change_no_energy(random_year: Reading, first: int, minutes: list[int], share: float, which: str) -> None:
    """Any horizon in any steps: the energy is that in one step; of the whole year it is ``yearly``."""
    common = {"yearly": "400 MWh", "align": "date"}
    series: HeatByDegreeDays | StandardHeat
    if which == "days":
        series = HeatByDegreeDays(heat_by_degree_days="w.csv", hot_water=share, **common)
    else:
        dwelling = {"building_class": 3} if which == "efh" else {}
        series = StandardHeat(standard_heat="w.csv", building=which, **dwelling, **common)

    def energy(points: pd.DatetimeIndex) -> float:
        made = reading(random_year.folder, points, "Europe/Berlin", tables=random_year.tables)
        return float(np.dot(series.on(made, "kW"), made.horizon.step_hours))

    begin = pd.Timestamp("2018-01-01", tz="UTC") + pd.Timedelta(first, "h")
    points = pd.DatetimeIndex([begin, *(begin + pd.Timedelta(m, "min") for m in minutes)])
    assert energy(points) == pytest.approx(energy(points[[0, -1]]), rel=1e-9, abs=1e-6)
    assert energy(random_year.horizon.points) == pytest.approx(400_000, rel=1e-9)


def test_holes_are_filled_and_counted(tmp_path: Path) -> None:
    """One hour of 8,760 lies on a straight line; without a rule it is an error, even outside the horizon."""
    degrees = days(0, 10)
    degrees[12] = np.nan
    made = weather(tmp_path, degrees)
    with pytest.raises(InputError, match=r"w.csv:14(.|\n)*has no value in 1 row(.|\n)*fill"):
        heat(reading(tmp_path, made.horizon.points[5000:]))
    assert heat(made, fill={"up_to": "2 h"})[0] == pytest.approx(20)
    (filled,) = repair(made, "filled")
    assert (filled.count, filled.of) == (1, 8760)


def test_in_a_case(tmp_path: Path) -> None:
    """All keys at once, weather of 2018 on 2021."""
    weather(tmp_path, days(0, 10))
    profile = {"heat_by_degree_days": "w.csv", "yearly": "0.72 MWh", "base": "15 degC", "indoor": "20 degC",
               "hot_water": "0 %", "align": "date", "fill": {"up_to": "1 h"}}  # fmt: skip
    assets = {"h": {"kind": "load", "profile": profile}, "g": grid()}
    site = {"timezone": "UTC", "country": "FR"}
    case = load_case(write_case(tmp_path, assets, start="2021-01-01", hours=48, step="30 min", site=site))
    assert case.assets["h"].profile.values.tolist() == pytest.approx([20] * 48 + [10] * 48)
    assert case.assets["h"].profile.source == "w.csv: degree days 20/15 degC, 0.72 MWh a year"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"yearly": "400 kW"}, "yearly: wrong dimension"),
        ({"yearly": None}, "yearly: missing"),
        ({"base": "21 degC"}, r"base: contradicts another value(.|\n)*21 degC(.|\n)*at most the indoor temperature"),
        ({"base": "5 K/h"}, "base: wrong dimension"),
        ({"hot_water": "120 %"}, "hot_water: outside the possible range"),
        ({"base": "-5 degC"}, r"no day of the weather file is cold enough to be heated(.|\n)*raise 'base'"),
        ({"align": "dates"}, "did you mean 'date'"),
        ({"hotwater": "1 %"}, "did you mean 'hot_water'"),
        ({"heat_by_degree_days": "x.csv"}, "no such file"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, said: dict[str, Any], words: str) -> None:
    weather(tmp_path, days(0))
    profile = {"heat_by_degree_days": "w.csv", "yearly": "1 MWh", "align": "date", **said}
    profile = {key: value for key, value in profile.items() if value is not None}
    with pytest.raises(InputError, match=words):
        load_case(write_case(tmp_path, {"h": {"kind": "load", "profile": profile}, "g": grid()}))


@pytest.mark.parametrize("model", [{"heat_by_degree_days": "w.csv"}, OFFICES])
def test_weather_that_will_not_do(tmp_path: Path, model: dict[str, str]) -> None:
    """Without temperatures; of half a year; of another year than the horizon's."""
    assets = {"h": {"kind": "load", "profile": {**model, "yearly": "1 MWh"}}, "g": grid()}
    write_case(tmp_path, assets)
    weather(tmp_path, days(0)[:4000])
    with pytest.raises(InputError, match=r"not the weather of one calendar year(.|\n)*2018-01-01(.|\n)*align: date"):
        load_case(tmp_path)
    weather(tmp_path, days(0), "2017-01-01")
    with pytest.raises(InputError, match="align: date"):
        load_case(tmp_path)
    text = (tmp_path / "w.csv").read_text(encoding="utf-8").replace("temperature_degc", "air_degc")
    (tmp_path / "w.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="no column 'temperature_degc'"):
        load_case(tmp_path)


def test_heat_is_no_price() -> None:
    series = {"heat_by_degree_days": "w.csv", "yearly": "1 MWh"}
    tariff = {"name": "t", "energy": [{"item": "e", "series": series}]}
    with pytest.raises(
        InputError, match="'heat_by_degree_days' is a series in kW, which a field in EUR/kWh does not take"
    ):
        make_case({"l": load(1), "g": {"kind": "grid", "import_max": "1 kW", "tariff": tariff}})


@pytest.mark.parametrize(("building", "dwelling"), [("gko", 0), ("gmk", 0), ("mfh", 11)])
def test_standard_heat_as_the_library_has_it(random_year: Reading, building: str, dwelling: int) -> None:
    """Of a site in UTC, whose clock never changes: the library's own profile of the hourly temperatures, scaled."""
    made = reading(random_year.folder, random_year.horizon.points, tables=random_year.tables)
    said = {"standard_heat": "w.csv", "building": building, "building_class": dwelling, "yearly": "1 MWh"}
    found = StandardHeat(**said, wind_class=1).on(made, "kW")
    degrees = random_year.tables[(random_year.folder / "w.csv").resolve(), "None"].column("temperature_degc")
    index = pd.date_range("2018-01-01", periods=8760, freq="h")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from demandlib import bdew

        model = bdew.HeatBuilding(
            index, temperature=pd.Series(degrees, index=index), shlp_type=building, building_class=dwelling,
            wind_class=1, annual_heat_demand=1000.0,
        )  # fmt: skip
        known = np.asarray(model.get_bdew_profile())
    assert found == pytest.approx(known / known.sum() * 1000, rel=1e-9)


def test_standard_heat_follows_the_clock(random_year: Reading) -> None:
    """At one temperature all year every Monday is alike on the clock of Berlin, in winter and in summer."""
    with tempfile.TemporaryDirectory() as name:
        made = weather(Path(name), np.full(8760, 5.0))
        local = reading(Path(name), made.horizon.points, "Europe/Berlin")
        found = StandardHeat(**OFFICES, yearly="1 MWh").on(local, "kW")
    clock = pd.Series(found, index=made.horizon.points[:-1].tz_convert("Europe/Berlin"))
    winter, summer = (clock[clock.index.strftime("%m-%d") == day].to_numpy() for day in ("01-15", "07-16"))
    assert winter == pytest.approx(summer)
    assert winter.max() > 1.2 * winter.min()
    assert [int((clock.index.strftime("%m-%d") == day).sum()) for day in ("03-25", "10-28")] == [23, 25]
    assert found.sum() == pytest.approx(1000)


def test_public_holidays_are_sundays(tmp_path: Path) -> None:
    """1 May 2018, a Tuesday, at one temperature: like Sunday 6 May in Germany, like 8 May without a country."""
    made = weather(tmp_path, np.full(8760, 5.0))
    for country, alike in (("DE", 125), ("", 127)):
        site = Reading(tmp_path, Horizon(made.horizon.points, "UTC", country))
        found = StandardHeat(standard_heat="w.csv", building="gha", yearly="1 MWh").on(site, "kW").reshape(-1, 24)
        assert found[120] == pytest.approx(found[alike])
        assert not np.allclose(found[120], found[{125: 127, 127: 125}[alike]])


@pytest.mark.parametrize(
    ("said", "degrees", "words"),
    [
        ({"building": "gkoo"}, 5.0, "did you mean 'gko'"),
        ({"building": "efh"}, 5.0, r"building_class(.|\n)*1 to 11 for efh and mfh"),
        ({"building_class": 3}, 5.0, r"building_class(.|\n)*0 for all others"),
        ({"building_class": 12}, 5.0, "at most 11"),
        ({"wind_class": 2}, 5.0, "wind_class"),
        ({}, -30.0, r"beyond -20 degC(.|\n)*-30.0 degC(.|\n)*heat_by_degree_days"),
        ({}, 45.0, "beyond 39 degC"),
    ],
)
def test_buildings_that_cannot_be(tmp_path: Path, said: dict[str, Any], degrees: float, words: str) -> None:
    weather(tmp_path, np.full(8760, degrees))
    profile = {**OFFICES, "yearly": "1 MWh", **said}
    site = {"timezone": "UTC"}
    with pytest.raises(InputError, match=words):
        load_case(write_case(tmp_path, {"h": {"kind": "load", "profile": profile}, "g": grid()}, site=site))


def test_standard_heat_needs_hours(tmp_path: Path) -> None:
    made = weather(tmp_path, np.full(2920, 5.0), step="3h")
    with pytest.raises(InputError, match="rows that are longer than an hour"):
        StandardHeat(**OFFICES, yearly="1 MWh").on(made, "kW")
