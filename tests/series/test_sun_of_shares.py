"""Solar generation from a file is held against the sun where the site's place is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pvlib import irradiance, solarposition

from microgrid import load_case
from microgrid.formats.weather.sun_position import OFF, report_in_the_dark
from microgrid.horizon import FloatArray
from microgrid.repairs import RepairLog
from tests.conftest import grid, load, write_case

PLACE = (48.0, 11.0)


def generation(begin: pd.DatetimeIndex, tilt: float, azimuth: float) -> FloatArray:
    """Power of a plane under a clear sky in the middle of hours, per rated power."""
    sun = solarposition.get_solarposition(begin + pd.Timedelta("30min"), *PLACE)
    zenith = np.asarray(sun["zenith"])
    height = np.cos(np.radians(zenith)).clip(0)
    beam = 900 * np.exp(-0.1 / height.clip(0.03)) * (height > 0)
    sky = 100 * np.sqrt(height)
    place = zenith, np.asarray(sun["azimuth"])
    plane = irradiance.get_total_irradiance(tilt, azimuth, *place, beam, beam * height + sky, sky)
    return np.round(np.nan_to_num(np.asarray(plane["poa_global"])).clip(0) / 1000, 4)


def told(share: FloatArray, begin: pd.DatetimeIndex, late_hours: float) -> list[str]:
    """What the log says where the stamps of a year are late by some hours."""
    log, seconds = RepairLog(), np.asarray(begin.as_unit("s").asi8) + round(late_hours * 3600)
    report_in_the_dark(log, "pv.csv", "pv", seconds, seconds + 3600, share, PLACE)
    return [repair.detail for repair in log.repairs if repair.what == OFF]


@pytest.mark.parametrize(("tilt", "azimuth"), [(30, 180), (30, 90), (60, 270), (90, 90)])
def test_a_shift_is_told_and_a_plane_to_the_east_is_none(tilt: float, azimuth: float) -> None:
    """A year of hours that is right says nothing, whichever way the plane faces; two hours off it names them."""
    begin = pd.date_range("2024-01-01", periods=24 * 366, freq="1h", tz="UTC")
    share = generation(begin, tilt, azimuth)
    assert told(share, begin, 0) == []
    assert told(np.full(len(share), 0.3), begin, 0) == []  # what does not follow the sun
    for late in (-2, 2, 6):
        [detail] = told(share, begin, late)
        assert f"a shift of {-late:+.1f} h fits" in detail


@pytest.mark.parametrize("late", [0, 2])
@pytest.mark.parametrize("located", [True, False])
def test_the_profile_of_a_solar_asset(tmp_path: Path, late: int, located: bool) -> None:
    """In a case with the site's place the log says it once; without a place nothing can be told."""
    begin = pd.date_range("2024-05-28", periods=24 * 20, freq="1h", tz="UTC")
    shown, share = begin + pd.Timedelta(hours=late), generation(begin, 30, 180)
    rows = [f"{t:%Y-%m-%dT%H:%M}Z,{v}" for t, v in zip(shown, share, strict=True)]
    solar = {"kind": "solar", "capacity": "10 kW", "profile": {"file": "pv.csv", "column": "pv"}}
    site = {"timezone": "UTC", **({"latitude": PLACE[0], "longitude": PLACE[1]} if located else {})}
    assets = {"pv": solar, "more": solar, "home": load(5.0), "grid": grid()}
    (tmp_path / "pv.csv").write_text("time,pv\n" + "\n".join(rows) + "\n", encoding="utf-8")
    case = load_case(write_case(tmp_path, assets, start="2024-06-01", hours=48, site=site))
    log = [repair for repair in case.repairs.repairs if repair.what == OFF]
    assert len(log) == (1 if late and located else 0)
