"""Carbon intensity from a generation mix in a case, by hand and against what a network states itself."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid import Case, InputError, load_case
from microgrid.formats.registry import read_source
from microgrid.formats.source import Source
from microgrid.horizon import Horizon
from microgrid.series.context import Reading
from microgrid.series.derived.mix import Mix
from tests.conftest import GOLDEN, check, column, dispatch, grid, load, write_case

SHARED = GOLDEN.parent / "formats" / "eco2mix_national_202112.csv"
HEAD = "time,nuclear_mw,coal_mw,pumping_mw\n"


def rows(*powers: str, start: str = "2018-06-21") -> str:
    """Hourly rows from a local midnight in Paris."""
    stamps = pd.date_range(start, periods=len(powers), freq="h", tz="Europe/Paris")
    return HEAD + "".join(f"{s.isoformat()},{p}\n" for s, p in zip(stamps, powers, strict=True))


def case(folder: Path, text: str, carbon: dict[str, Any] | None = None, hours: float = 2, **sections: Any) -> Case:
    (folder / "mix.csv").write_text(text, encoding="utf-8")
    said = {key: value for key, value in {"mix": "mix.csv", **(carbon or {})}.items() if value is not None}
    return load_case(write_case(folder, {"l": load(10), "g": {**grid(), "carbon": said}}, hours=hours, **sections))


def intensity(read: Case) -> list[float]:
    """Average intensity [kg/kWh]."""
    return read.assets["g"].carbon.average.values.tolist()


def test_a_mix_by_hand(tmp_path: Path) -> None:
    """300 MW at 12 and 100 MW at 820 g/kWh: 214 g = 0.214 kg; then nuclear alone, 0.012. Pumping does not count."""
    assert intensity(case(tmp_path, rows("300,100,-50", "50,0,-50"))) == pytest.approx([0.214, 0.012])


def test_the_emissions_of_a_run(tmp_path: Path) -> None:
    """10 kW for an hour at 0.214 and one at 0.012 kg/kWh: 2.26 kg. In g it would be 2,260, in t nothing to be seen."""
    solution = check(dispatch(case(tmp_path, rows("300,100,0", "50,0,0"))))
    assert solution.plan.accounts()["emissions_kgco2"] == pytest.approx(2.26)
    assert column(solution, "g.carbon_intensity_kgco2_per_kwh") == pytest.approx([0.214, 0.012])


def test_stated_factors_count_and_others_are_assumed(tmp_path: Path) -> None:
    """Nuclear at 4 g/kWh: (300 x 4 + 100 x 820) / 400 = 208 g. The log lists coal, the one that was not stated."""
    read = case(tmp_path, rows("300,100,0", "300,100,0"), {"factors": {"nuclear": "4 g/kWh"}})
    assert intensity(read) == pytest.approx([0.208, 0.208])
    (assumed,) = [row for row in read.repairs.rows() if row["what"] == "assumed"]
    assert (assumed["count"], assumed["detail"]) == (1, "factors that the case does not state [gCO2eq/kWh]: coal 820")
    stated = {"factors": {"nuclear": "4 kg/MWh", "coal": "0.9 t/MWh"}}
    read = case(tmp_path, rows("300,100,0", "300,100,0"), stated)
    assert intensity(read) == pytest.approx([0.228, 0.228])
    assert not [row for row in read.repairs.rows() if row["what"] == "assumed"]


def test_average_and_marginal_may_both_be_mixes(tmp_path: Path) -> None:
    """The rules of ``carbon`` stand around it: all nuclear on average, coal at the margin."""
    (tmp_path / "mix.csv").write_text(rows("10,0,0", "10,0,0"), encoding="utf-8")
    (tmp_path / "margin.csv").write_text(rows("0,10,0", "0,10,0"), encoding="utf-8")
    carbon = {"average": {"mix": "mix.csv"}, "marginal": {"mix": "margin.csv"}, "marginal_share": 1}
    read = load_case(write_case(tmp_path, {"l": load(1), "g": {**grid(), "carbon": carbon}}, hours=2))
    assert intensity(read) == pytest.approx([0.012, 0.012])
    assert read.assets["g"].carbon.counted().tolist() == pytest.approx([0.82, 0.82])


def test_holes_are_filled_and_counted(tmp_path: Path) -> None:
    """Coal is missing in the second of three hours: halfway between 0.012 and 0.82. One of three values is made up."""
    text = rows("10,0,0", "10,,0", "0,10,0")
    with pytest.raises(InputError, match=r"has no value in 1 interval(.|\n)*fill"):
        case(tmp_path, text, hours=3)
    read = case(tmp_path, text, {"fill": {"up_to": "1 h"}}, hours=3)
    assert intensity(read) == pytest.approx([0.012, 0.416, 0.82])
    (filled,) = [row for row in read.repairs.rows() if row["what"] == "filled"]
    assert (filled["count"], filled["of"]) == (1, 3)
    with pytest.raises(InputError, match="max_repaired"):
        case(tmp_path, text, {"fill": {"up_to": "1 h"}}, hours=3, max_repaired="2 %")


def test_another_year(tmp_path: Path) -> None:
    """The mix of 2017 by date on 2018: hour 4,104 of the year is 01:00 in summer time on 21 June."""
    powers = ["10,0,0"] * 8760
    powers[171 * 24] = "0,10,0"
    assert intensity(case(tmp_path, rows(*powers, start="2017-01-01"), {"align": "date"})) == pytest.approx(
        [0.012, 0.82]
    )


DAY = [f"{h},{24 - h},0" for h in range(24)]


@given(st.lists(st.integers(1, 23 * 60), min_size=1, max_size=20, unique=True).map(sorted))
@settings(max_examples=25, deadline=None)
def test_steps_change_no_emissions(tmp_path_factory: pytest.TempPathFactory, minutes: list[int]) -> None:
    """A steady consumer causes the same in any steps. Sampled at the starts it would not."""
    folder = tmp_path_factory.getbasetemp()
    (folder / "day.csv").write_text(rows(*DAY), encoding="utf-8")
    begin = pd.Timestamp("2018-06-21", tz="Europe/Paris").tz_convert("UTC")
    points = pd.DatetimeIndex([begin, *(begin + pd.Timedelta(m, "min") for m in minutes)])

    def emissions(points: pd.DatetimeIndex) -> float:
        horizon = Horizon(points, "Europe/Paris")
        return float(np.dot(Mix(mix="day.csv").on(Reading(folder, horizon), "kg/kWh"), horizon.step_hours))

    assert emissions(points) == pytest.approx(emissions(points[[0, -1]]), rel=1e-9)


@pytest.mark.parametrize(
    ("carbon", "words"),
    [
        (
            {"factors": {"nucler": "12 g/kWh"}},
            r"a factor of 'nucler', of which this file has no generation(.|\n)*did you mean 'nuclear'",
        ),
        (
            {"factors": {"gas": "490 g/kWh"}},
            r"a factor of 'gas', of which this file has no generation(.|\n)*one of nuclear, coal",
        ),
        ({"factors": {"coal": "820 g"}}, "factors.coal: wrong dimension"),
        ({"factors": {"coal": 820}}, "factors.coal: unit is missing"),
        ({"factors": {"coal": "-1 g/kWh"}}, "factors.coal: outside the possible range"),
        ({"factor": {"coal": "1 g/kWh"}}, "did you mean 'factors'"),
        ({"mix": "mx.csv"}, r"no such file(.|\n)*did you mean 'mix.csv'"),
        ({"format": "eco2mx"}, "did you mean 'eco2mix'"),
        ({"unit": "g/kWh"}, "unit: unknown key"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, carbon: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        case(tmp_path, rows("1,1,0", "1,1,0"), carbon)


def test_mixes_that_cannot_be(tmp_path: Path) -> None:
    """A technology without a known factor, a file without generation, a field that is no intensity."""
    good = rows("1,1,0", "1,1,0")
    with pytest.raises(InputError, match="no emission factor for thermal"):
        case(tmp_path, good.replace("coal", "thermal"))
    assert intensity(case(tmp_path, good.replace("coal", "thermal"), {"factors": {"thermal": "0.5 kg/kWh"}}))
    with pytest.raises(InputError, match="no generation in this table"):
        case(tmp_path, good.replace("nuclear_mw,coal_mw", "consumption_mw,residual_load_mw"))
    with pytest.raises(InputError, match="'mix' is a series in kg/kWh, which a field in kW does not take"):
        load_case(write_case(tmp_path, {"l": {"kind": "load", "profile": {"mix": "mix.csv"}}, "g": grid()}))


@pytest.mark.skipif(not SHARED.is_file(), reason=f"the shared samples are not at {SHARED.parent}")
def test_a_month_of_france_against_its_own_rate(tmp_path: Path) -> None:
    """RTE's rate is of burning in France alone: near 990 g/kWh of coal, 780 of oil, 430 of gas, 490 of bioenergy.

    With these and nothing for the others every quarter is within 10 % of it: RTE counts kinds of gas plants apart.
    The built-in factors are of the whole life: higher at all times, by 5 to 60 %, and of the same course.
    """
    shutil.copy(SHARED, tmp_path / "eco2mix.csv")
    burning = {"coal": "990 g/kWh", "oil": "780 g/kWh", "gas": "430 g/kWh", "bioenergy": "490 g/kWh"}
    burning |= dict.fromkeys(("nuclear", "wind", "solar", "hydro"), "0 g/kWh")
    points = pd.date_range("2021-11-30 23:00", "2021-12-31 23:00", freq="15min", tz="UTC")
    reading = Reading(tmp_path, Horizon(points, "Europe/Paris"))
    source = Source(SHARED, SHARED.name, SHARED.name, "Europe/Paris")
    stated = read_source(source, "eco2mix").column("carbon_intensity_gco2_per_kwh") / 1000
    own = Mix(mix="eco2mix.csv", format="eco2mix", factors=burning).on(reading, "kg/kWh")
    assert np.abs(own / stated - 1).max() < 0.1
    life = Mix(mix="eco2mix.csv", format="eco2mix").on(reading, "kg/kWh")
    assert 1.05 < (life / stated).min() < (life / stated).max() < 1.6
    assert np.corrcoef(life, stated)[0, 1] > 0.98
