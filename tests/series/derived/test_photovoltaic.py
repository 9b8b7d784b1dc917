"""Solar power from weather files, by hand where a hand can follow, by order of size where not."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from microgrid import InputError, load_case
from tests.conftest import grid, load, write_case

SITE = {"timezone": "Europe/Paris", "latitude": 43.57, "longitude": 1.42}
CLEAR = "time,ghi_w_per_m2,dni_w_per_m2,dhi_w_per_m2,temperature_degc,wind_speed_m_per_s\n"


def fractions(
    folder: Path, rows: str, hours: int = 24, site: Any = None, head: str = CLEAR, **model: Any
) -> np.ndarray:
    """DC power per kWp on the steps of a summer day."""
    folder.mkdir(exist_ok=True)
    (folder / "weather.csv").write_text(head + rows, encoding="utf-8")
    profile = {"weather": "weather.csv", **model}
    assets = {"pv": {"kind": "solar", "capacity": "1 kW", "profile": profile}, "l": load(1), "g": grid()}
    case = load_case(write_case(folder, assets, start="2018-06-21", hours=hours, site=site or SITE))
    return np.asarray(case.assets["pv"].profile.values)


def day(ghi: Any, dni: Any, dhi: Any, air: float = 10.0, wind: float = 1.0) -> str:
    stamps = pd.date_range("2018-06-21", periods=24, freq="1h", tz="Europe/Paris")
    parts = (np.broadcast_to(np.asarray(p, float), 24) for p in (ghi, dni, dhi))
    return "".join(f"{s.isoformat()},{g},{b},{d},{air},{wind}\n" for s, g, b, d in zip(stamps, *parts, strict=True))


def sunny() -> str:
    """A bell of sun around 14:00 local time, 1,000 W/m2 of beam while it shines."""
    hour = np.arange(24) + 0.5
    height = np.cos((hour - 13.9) / 24 * 2 * math.pi).clip(0)
    return day(900 * height, np.where(height > 0.05, 800.0, 0.0), 100 * height)


def test_an_overcast_sky_on_a_flat_module(tmp_path: Path) -> None:
    """100 W/m2 from the whole sky. T_cell = 10 + 100 exp(-3.56 - 0.075) + 0.1 x 3 = 12.94 degC (Sandia, open rack,
    polymer back); 0.1 x (1 + 0.0035 x 12.06) = 0.1042; with 10 % dirt 0.0938.
    """
    cell = 10 + 100 * math.exp(-3.635) + 0.3
    expected = 0.1 * (1 + 0.0035 * (25 - cell))
    overcast = day(100, 0, 100)
    assert fractions(tmp_path / "a", overcast, arrays=[{"tilt": 0}])[12] == pytest.approx(expected, rel=1e-9)
    dirty = fractions(tmp_path / "b", overcast, arrays=[{"tilt": 0}], soiling="10 %")
    assert dirty[12] == pytest.approx(0.9 * expected, rel=1e-9)


def test_orientations_and_trackers(tmp_path: Path) -> None:
    """In the morning a module to the east has more, in the evening one to the west; half of each is their mean; a
    tracker about a north-south axis beats them all over the day.
    """

    def run(name: str, *arrays: dict[str, Any]) -> np.ndarray:
        return fractions(tmp_path / name, sunny(), arrays=list(arrays))

    east, west = (run(name, {"tilt": 40, "azimuth": azimuth}) for name, azimuth in (("e", 90), ("w", 270)))
    both = run("b", {"tilt": 40, "azimuth": 90, "share": 2}, {"tilt": 40, "azimuth": 270, "share": 2})
    tracker = run("t", {"tilt": 0, "azimuth": 180, "tracking": True})
    assert east[9] > west[9]
    assert east[18] < west[18]
    assert both == pytest.approx((east + west) / 2)
    assert tracker.sum() > 1.1 * max(east.sum(), west.sum(), both.sum())
    assert east[1] == 0


def test_shade_takes_its_share_of_one_array(tmp_path: Path) -> None:
    """Half of the capacity without light."""
    clear = fractions(tmp_path / "a", sunny(), arrays=[{}, {}])
    assert fractions(tmp_path / "b", sunny(), arrays=[{}, {"shading": 1}]) == pytest.approx(clear / 2)


def test_global_irradiance_alone_is_parted(tmp_path: Path) -> None:
    """Erbs's parts give a module to the south about what the measured parts do: within a fifth over the day."""
    head = "time,ghi_w_per_m2,temperature_degc,wind_speed_m_per_s\n"
    rows = "".join(f"{r.split(',')[0]},{r.split(',')[1]},10.0,1.0\n" for r in sunny().splitlines())
    parted = fractions(tmp_path / "a", rows, head=head, arrays=[{}])
    assert parted.sum() == pytest.approx(fractions(tmp_path / "b", sunny(), arrays=[{}]).sum(), rel=0.2)


def test_the_plane_of_the_file(tmp_path: Path) -> None:
    """500 + 250 + 50 W/m2 in the plane: T_cell = 10 + 800 exp(-3.635) + 2.4 = 33.5: 0.8 x (1 - 0.0035 x 8.5)."""
    head = "time,poa_beam_w_per_m2,poa_diffuse_w_per_m2,poa_reflected_w_per_m2,temperature_degc,wind_speed_m_per_s\n"
    rows = "".join(f"2018-06-21T{h:02}:00:00+02:00,500,250,50,10,1\n" for h in range(24))
    cell = 10 + 800 * math.exp(-3.635) + 2.4
    found = fractions(tmp_path / "a", rows, head=head)
    assert found == pytest.approx(np.full(24, 0.8 * (1 - 0.0035 * (cell - 25))), rel=1e-9)
    with pytest.raises(InputError, match="leave 'arrays' out"):
        fractions(tmp_path / "b", rows, head=head, arrays=[{}])


@pytest.mark.parametrize(
    ("model", "site", "words"),
    [
        ({}, SITE, "on the horizontal: state 'arrays'"),
        ({"arrays": [{}]}, {"timezone": "Europe/Paris"}, "give 'latitude' and 'longitude'"),
        ({"arrays": [{"tilt": 120}]}, SITE, "arrays.0.tilt: outside the possible range"),
        ({"arrays": [{"lean": 12}]}, SITE, "arrays.0.lean: unknown key"),
        ({"arrays": [{"tracking": True, "tilt": 80}]}, SITE, "at most 60 degrees"),
        ({"arrays": [{}], "weather": "none.csv"}, SITE, "no such file"),
    ],
)
def test_what_cannot_be_modelled_is_said(tmp_path: Path, model: dict[str, Any], site: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        fractions(tmp_path, sunny(), site=site, **model)


def test_missing_weather_is_missing_power_unless_it_is_filled(tmp_path: Path) -> None:
    """The air at noon is not known: an error for that hour, or a straight line by rule."""
    lines = sunny().splitlines()
    lines[12] = lines[12].replace(",10.0,", ",,")
    gap = "\n".join(lines) + "\n"
    with pytest.raises(InputError, match=r"has no value in 1 interval\(s\)"):
        fractions(tmp_path / "a", gap, arrays=[{}])
    filled = fractions(tmp_path / "b", gap, arrays=[{}], fill={"up_to": "1 h"})
    assert filled == pytest.approx(fractions(tmp_path / "c", sunny(), arrays=[{}]))
