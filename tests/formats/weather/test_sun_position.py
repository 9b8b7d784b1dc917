"""Irradiance against the sun: every weather format reports a clock that is off, and none that is right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pvlib import solarposition

from microgrid import load_case
from microgrid.formats.weather.sun_position import OFF, hours_off
from microgrid.horizon import FloatArray
from microgrid.repairs import RepairLog
from tests.conftest import grid, load, write_case
from tests.formats.reading import read, stamps, values
from tests.formats.weather import test_epw, test_nsrdb, test_pvgis, test_tmy3

PVGIS = "LOCATION,unknown,-,unknown,ECMWF/ERA,unknown,{latitude:.6f},{longitude:.6f},{zone:g},250"


def sky(begin: pd.DatetimeIndex, latitude: float, longitude: float, clouds: int | None = None) -> FloatArray:
    """Global irradiance in the middle of hours that begin at instants [W/m2]; a seed makes half of the days cloudy."""
    middle = begin + pd.Timedelta("30min")
    height = 90 - np.asarray(solarposition.get_solarposition(middle, latitude, longitude)["zenith"], dtype=float)
    ghi = 1000 * np.sin(np.radians(height)).clip(0)
    if clouds is not None:
        chance = np.random.default_rng(clouds)
        day = np.asarray((middle + pd.Timedelta(minutes=round(4 * longitude))).day_of_year)  # at the place
        ghi *= np.where(chance.random(367)[day] < 0.5, chance.random(len(ghi)), 1.0)
    return np.round(ghi, 1)


def hours(first: str, days: int, zone_hours: float = 0.0) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """Begins of hours on a clock, and their instants."""
    clock = pd.date_range(first, periods=24 * days, freq="1h")
    return clock, (clock - pd.Timedelta(hours=zone_hours)).tz_localize("UTC")


def in_epw(ghi: FloatArray, clock: pd.DatetimeIndex, latitude: float, longitude: float, zone: float) -> str:
    rows = [test_epw.row(f"{t.year},{t.month},{t.day},{t.hour + 1},0", g) for t, g in zip(clock, ghi, strict=True)]
    return test_epw.epw(rows, zone=zone).replace("48.10,-1.70", f"{latitude},{longitude}")


def in_tmy3(ghi: FloatArray, clock: pd.DatetimeIndex, latitude: float, longitude: float, zone: float) -> str:
    rows = [test_tmy3.row(f"{t:%m/%d/%Y}", f"{t.hour + 1:02d}:00", g) for t, g in zip(clock, ghi, strict=True)]
    return test_tmy3.tmy3(rows, site=f"724940,A,CA,{zone},{latitude},{longitude},2")


def in_nsrdb(ghi: FloatArray, clock: pd.DatetimeIndex, latitude: float, longitude: float, zone: float) -> str:
    rows = [test_nsrdb.row(t + pd.Timedelta("30min"), g) for t, g in zip(clock, ghi, strict=True)]
    return test_nsrdb.nsrdb(rows, about=test_nsrdb.site(zone).replace("39.73,-105.18", f"{latitude},{longitude}"))


def in_pvgis(ghi: FloatArray, clock: pd.DatetimeIndex, latitude: float, longitude: float, zone: float) -> str:
    """PVGIS has no zone: its stamps are moved."""
    moved = clock - pd.Timedelta(hours=zone)
    cells = zip(moved, ghi, strict=True)
    rows = [f"{t:%Y%m%d}:{t:%H%M},1.5,90.0,{g},0.0,0.0,300.0,1.0,200.0,99000.0" for t, g in cells]
    text = test_pvgis.typical(rows, offset="0.5")
    return text.replace("48.100", f"{latitude}").replace("-1.700", f"{longitude}")


FORMATS: dict[str, Callable[[FloatArray, pd.DatetimeIndex, float, float, float], str]] = {
    "epw": in_epw,
    "tmy3": in_tmy3,
    "nsrdb": in_nsrdb,
    "pvgis": in_pvgis,
}


def off(text: str, name: str, **options: object) -> list[str]:
    """What the log says of the sun."""
    log = RepairLog()
    read(text, name, options=options, log=log)
    return [repair.detail for repair in log.repairs if repair.what == OFF]


@pytest.mark.parametrize("name", FORMATS)
def test_a_clock_that_is_off_is_reported_with_the_shift_that_fits(name: str) -> None:
    """Forty days at UTC+1. The zone that the file states makes it an hour late or two early: the shift is the reverse.

    Applied by the option it leaves nothing to report. A check of daylight alone would miss an hour in summer.
    """
    clock, instants = hours("2019-03-01", 40, 1.0)
    ghi = sky(instants, 45.0, 9.0)
    assert off(FORMATS[name](ghi, clock, 45.0, 9.0, 1.0), name) == []
    for zone, shift in ((0.0, "-1.0 h"), (3.0, "+2.0 h")):
        text = FORMATS[name](ghi, clock, 45.0, 9.0, zone)
        [told] = off(text, name)
        assert f"a shift of {shift} fits" in told
        assert off(text, name, shift=shift.replace("+", "")) == []


@settings(max_examples=25, deadline=None)
@given(
    latitude=st.floats(-65, 65),
    longitude=st.floats(-180, 180),
    shift=st.floats(-11, 11),
    first=st.sampled_from(["2019-01-01", "2019-04-10", "2019-07-01", "2019-10-20"]),
    clouds=st.integers(0, 1000),
)
def test_any_shift_is_found(latitude: float, longitude: float, shift: float, first: str, clouds: int) -> None:
    """To a quarter of an hour, anywhere, in any season, on half of the days under broken clouds."""
    _, instants = hours(first, 60)
    begin = np.asarray(instants.as_unit("s").asi8) + round(shift * 3600)
    found = hours_off(begin, begin + 3600, sky(instants, latitude, longitude, clouds), (latitude, longitude))
    assert found == pytest.approx(shift, abs=0.25) or (found is None and 0.4 < abs(shift) < 0.8)


def test_few_days_of_clouds_tell_nothing() -> None:
    """An afternoon of sun after a morning of fog is no wrong clock; nights and a constant are no sun."""
    _, instants = hours("2019-06-21", 1)
    begin, ghi = np.asarray(instants.as_unit("s").asi8), sky(instants, 45.0, 9.0)
    foggy = np.where(np.arange(24) < 9, 0.2 * ghi, ghi)
    assert hours_off(begin, begin + 3600, foggy, (45.0, 9.0)) is None
    assert hours_off(begin, begin + 3600, np.full(24, 100.0), (45.0, 9.0)) is None
    assert hours_off(begin, begin + 3600, np.zeros(24), (45.0, 9.0)) is None
    assert hours_off(begin, begin + 3600, np.full(24, np.nan), (45.0, 9.0)) is None


@pytest.mark.parametrize(("longitude", "zone"), [(8.0, 1.0), (151.2, 10.0), (-118.2, -8.0), (0.1, 0.0)])
def test_an_epw_of_pvgis_is_in_utc(longitude: float, zone: float) -> None:
    """It holds the rows of the CSV, in UTC, under the zone of the place: read by that zone it comes hours early.

    Both encodings of the same weather are alike, instant by instant, and the log says what was put right.
    """
    clock, instants = hours("2018-01-01", 365)
    ghi = sky(instants, 35.0, longitude)
    text = in_epw(ghi, clock, 35.0, longitude, zone)
    head = PVGIS.format(latitude=35.0, longitude=longitude, zone=zone)
    log = RepairLog()
    found = read("\n".join([head, *text.splitlines()[1:]]), "epw", log=log)
    other = read(in_pvgis(ghi, clock, 35.0, longitude, 0.0), "pvgis")
    assert stamps(found).equals(stamps(other))
    assert values(found, "ghi_w_per_m2") == values(other, "ghi_w_per_m2")
    told = {repair.what: repair.detail for repair in log.repairs}
    assert OFF not in told
    assert "read as UTC" in told["clock of the producer"]


def test_an_epw_of_pvgis_that_keeps_its_zone_is_believed() -> None:
    """Where the sun says that the rows are on the clock of line 1, what is known of the producer has changed."""
    clock, instants = hours("2018-01-01", 60, 10.0)
    text = in_epw(sky(instants, -33.9, 151.2), clock, -33.9, 151.2, 10.0)
    found = read("\n".join([PVGIS.format(latitude=-33.9, longitude=151.2, zone=10.0), *text.splitlines()[1:]]), "epw")
    assert str(stamps(found)[0]) == "2017-12-31 14:00:00+00:00"


@pytest.mark.parametrize(("zone", "told"), [("Europe/Paris", False), ("UTC", False), ("Asia/Tokyo", True)])
def test_a_table_in_a_case_is_held_against_the_sun_of_the_site(tmp_path: Path, zone: str, told: bool) -> None:
    """A table names no place, the case does: stamps of a clock in Tokyo put the sun of Toulouse eight hours early."""
    _, instants = hours("2018-06-21", 4)
    ghi = sky(instants, 43.57, 1.42)
    shown = instants.tz_convert("Europe/Paris" if zone == "Asia/Tokyo" else zone).tz_localize(None).tz_localize(zone)
    rows = [f"{t.isoformat()},{g},15,1" for t, g in zip(shown, ghi, strict=True)]
    head = "time,ghi_w_per_m2,temperature_degc,wind_speed_m_per_s"
    (tmp_path / "weather.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    profile = {"weather": "weather.csv", "arrays": [{"tilt": 30}]}
    assets = {"pv": {"kind": "solar", "capacity": "1 kW", "profile": profile}, "l": load(1), "g": grid()}
    site = {"timezone": "UTC", "latitude": 43.57, "longitude": 1.42}
    case = load_case(write_case(tmp_path, assets, start="2018-06-22", hours=24, site=site))
    assert [repair.what for repair in case.repairs.repairs if repair.what == OFF] == [OFF] * told
