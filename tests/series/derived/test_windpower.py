"""Wind power from weather files, each by hand."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from microgrid import InputError, load_case
from tests.conftest import grid, load, write_case

CURVE = [[3, 0], [13, 1], [25, 1]]


def fractions(folder: Path, speeds: list[Any], air: str = "101325,15", **model: Any) -> np.ndarray:
    """Power per rated power for these wind speeds, one an hour; air: pressure [Pa] and temperature [degC]."""
    folder.mkdir(exist_ok=True)
    rows = "".join(f"2018-06-21T{h:02}:00:00+02:00,{v},{air}\n" for h, v in enumerate(speeds))
    (folder / "w.csv").write_text("time,wind_speed_m_per_s,pressure_pa,temperature_degc\n" + rows, encoding="utf-8")
    profile = {"weather": "w.csv", "hub_height": 10, "power_curve": CURVE, "density_correction": False, **model}
    profile = {key: value for key, value in profile.items() if value is not None}
    assets = {"w": {"kind": "wind", "capacity": "1 kW", "profile": profile}, "l": load(1), "g": grid()}
    case = load_case(write_case(folder, assets, hours=len(speeds)))
    return np.asarray(case.assets["w"].profile.values)


def test_a_curve_is_straight_between_its_speeds(tmp_path: Path) -> None:
    """3 m/s nothing, 8 m/s half, 13 m/s all, 25 all; above the cut-out, and below the first speed, nothing."""
    assert fractions(tmp_path, [0, 3, 8, 13, 25, 25.1]).tolist() == pytest.approx([0, 0, 0.5, 1, 1, 0])
    assert fractions(tmp_path, [8, 13], losses="10 %").tolist() == pytest.approx([0.45, 0.9])


def test_wind_grows_with_the_height(tmp_path: Path) -> None:
    """From 10 to 40 m over roughness 0.1 m: ln 400 / ln 100 = 1.301; 8 m/s become 10.41: (10.41 - 3) / 10."""
    speed = 8 * math.log(400) / math.log(100)
    found = fractions(tmp_path, [8, 8], hub_height=40, roughness=0.1)
    assert found == pytest.approx([(speed - 3) / 10] * 2)


def test_thin_air_carries_less(tmp_path: Path) -> None:
    """At 1.225 kg/m3 nothing changes to a thousandth; at 800 hPa it is less."""
    plain = fractions(tmp_path / "a", [8, 8])
    dense = fractions(tmp_path / "b", [8, 8], density_correction=True)
    thin = fractions(tmp_path / "c", [8, 8], air="80000,15", density_correction=True)
    assert dense == pytest.approx(plain, rel=2e-3)
    assert thin.max() < 0.9 * plain.min()


def test_a_turbine_by_name(tmp_path: Path) -> None:
    """An Enercon E-82 gives its rated power at 15 m/s, and nothing in a calm."""
    found = fractions(tmp_path, [0, 15], turbine="E-82/2300", power_curve=None, hub_height=80, measured_at=80)
    assert found == pytest.approx([0, 1], abs=0.03)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({"turbine": "E-82/2300"}, "either the name of a turbine or a power_curve"),
        ({"power_curve": None}, "either the name of a turbine or a power_curve"),
        ({"turbine": "E-82/2301", "power_curve": None}, "did you mean 'E-82/"),
        ({"power_curve": [[3, 0], [2, 1]]}, "speeds that rise"),
        ({"power_curve": [[3, 0], [12, 300]]}, "power per rated power"),
        ({"roughness": 2, "measured_at": 1}, "less than hub_height and measured_at"),
        ({"hub_height": -5}, "hub_height"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, model: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        fractions(tmp_path, [5, 5], **model)
