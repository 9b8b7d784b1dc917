"""From points to the series of a case: limits, signs, registers, holes, neighbours, and the repair log."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from microgrid import InputError, dispatch, gather_sensors, load_case
from tests.conftest import grid, load, write_case
from tests.sensors.made import START, ZONE, every, gather, minutes, rows, write_archive

FLAT = [10.0] * 60


def test_points_add_up_or_are_averaged(tmp_path: Path) -> None:
    frames = [every(1, "x", FLAT), every(5, "y", [30.0] * 12)]
    assert gather(tmp_path / "a", *frames).gathered.series["a"].tolist() == pytest.approx([40.0] * 4)
    assert gather(tmp_path / "b", *frames, combine="mean").gathered.series["a"].tolist() == pytest.approx([20.0] * 4)


def test_values_that_cannot_be_and_a_sign_that_is_wrong(tmp_path: Path) -> None:
    """500 kW of at most 100 is left out and counted; a point that is always negative gets a hint, not a repair."""
    spiked = [*FLAT[:30], 500.0, *FLAT[31:]]
    found = gather(tmp_path, every(1, "x", spiked), every(1, "y", [-5.0] * 60), least="0 kW", most="100 kW").gathered
    assert found.points["x"].counts["impossible"] == 1
    assert found.points["x"].measured.tolist() == pytest.approx([10.0] * 4)
    assert found.points["x"].coverage.tolist() == pytest.approx([1, 1, 14 / 15, 1])  # not bridged by the value before
    assert found.points["y"].counts["impossible"] == 60
    assert "opposite sign" in found.points["y"].hint
    turned = gather(tmp_path / "b", every(1, "y", [-5.0] * 60), least="0 kW", sign=-1).gathered
    assert turned.series["a"].tolist() == pytest.approx([5.0] * 4)


def test_a_register_of_watt_hours_becomes_power(tmp_path: Path) -> None:
    """A reading every 5 min, 500 Wh more each: 6 kW. From 999,500 it begins again at 0."""
    readings = (998_000 + 500 * np.arange(14)) % 1_000_000
    found = gather(
        tmp_path, every(5, "m", readings.astype(float)), quantity="counter", unit="Wh", rolls_over_at="1 MWh"
    ).gathered
    assert found.series["a"].tolist() == pytest.approx([6.0] * 4)
    assert found.points["m"].counts["rolled over"] == 1


def test_what_a_register_counted_in_silence_is_not_lost(tmp_path: Path) -> None:
    """Readings at 0, 5, 10 and 60 min, 12 kWh in the last 50: 14.4 kW spread evenly, and said so."""
    found = gather(tmp_path, rows("m", minutes(0, 5, 10, 60, 65), [0.0, 1, 2, 14, 15]), quantity="counter", unit="kWh")
    energy = found.gathered.series["a"].sum() / 4
    assert energy == pytest.approx(14.0)
    assert found.gathered.points["m"].counts["spread"] == 1


def test_short_and_long_holes(tmp_path: Path) -> None:
    """15 min of silence are a straight line from 10 to 30; an hour is left open, and told with its place."""
    values = np.repeat([10.0, 20.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0], 15)
    table = every(1, "p", values).drop(index=range(15, 30))
    fill = {"up_to": "30 min"}
    short = gather(tmp_path / "a", table, hours=2, fill=fill).gathered
    assert short.series["a"][1] == pytest.approx(20.0)
    assert short.points["p"].fills == {"straight line": 1}
    long = gather(tmp_path / "b", table.drop(index=range(45, 105)), hours=2, fill=fill)
    assert np.isnan(long.gathered.series["a"]).sum() == 4
    assert long.findings == ("Series 'a' has holes in 4 of 8 steps that no rule fills.",)


def test_neighbours_fill_by_inverse_squared_distance(tmp_path: Path) -> None:
    """Neighbours at 10 m with 20 and at 20 m with 30: (20 / 100 + 30 / 400) / (1 / 100 + 1 / 400) = 22."""
    here = every(1, "x", [21.0] * 60).drop(index=range(15, 60))
    frames = [here, every(1, "y", [20.0] * 60), every(1, "z", [30.0] * 60)]
    series = {
        "a": {
            "points": ["*"], "quantity": "level", "unit": "degC", "combine": "mean",
            "fill": {"up_to": "15 min", "nearby": True},
        }
    }  # fmt: skip
    places = {"x": [0, 0], "y": [10, 0], "z": [0, 20]}
    found = gather(tmp_path, *frames, series=series, places=places).gathered
    assert found.points["x"].filled.tolist() == pytest.approx([21.0, 22.0, 22.0, 22.0])
    assert found.points["x"].fills == {"nearby points": 3}


def test_a_point_alone_has_no_neighbours(tmp_path: Path) -> None:
    here = every(1, "x", [21.0] * 60).drop(index=range(15, 60))
    found = gather(tmp_path, here, fill={"up_to": "15 min", "nearby": True}, places={"x": [0, 0]}).gathered
    assert np.isnan(found.series["a"]).sum() == 3


def test_similar_days_are_those_that_were_measured(tmp_path: Path) -> None:
    """Silent until Wednesday, 20; a neighbour with 1 fills Monday. Tuesday is 20; with what was filled it were 10.5."""
    day = np.repeat([9.0, 9.0, 20.0], 96)
    frames = [every(15, "x", day).drop(index=range(192)), every(15, "y", np.ones(96))]
    fill = {"up_to": "1 h", "longer": "similar_days", "nearby": True}
    found = gather(tmp_path, *frames, hours=72, fill=fill, spikes=None, places={"x": [0, 0], "y": [1, 0]}).gathered
    assert found.points["x"].filled.reshape(3, 96).mean(axis=1).tolist() == pytest.approx([1.0, 20.0, 20.0])


def test_a_floor_for_inverters_on_standby(tmp_path: Path) -> None:
    """-0.3 kW at night count as nothing, and are counted."""
    found = gather(tmp_path, every(1, "p", [-0.3] * 30 + [5.0] * 30), floor="0 kW", least="-1 kW").gathered
    assert found.series["a"].tolist() == pytest.approx([0, 0, 5, 5])
    assert found.points["p"].counts["raised"] == 2


def test_values_that_hold_from_long_before(tmp_path: Path) -> None:
    """A level three days before the horizon that may hold for a week; registers read once a week likewise."""
    level = rows("p", minutes(-3 * 1440, 4 * 1440), [20.0, 30.0])
    assert gather(tmp_path / "a", level, hold="7 d").gathered.series["a"].tolist() == [20.0] * 4
    readings = rows("m", minutes(-3 * 1440, 4 * 1440), [0.0, 168.0])
    found = gather(tmp_path / "b", readings, quantity="counter", unit="kWh", hold="7 d").gathered
    assert found.series["a"].tolist() == pytest.approx([1.0] * 4)


def test_faults_outside_of_the_horizon_do_not_count(tmp_path: Path) -> None:
    values = [10.0] * 60 + [1e6] * 600
    found = gather(tmp_path, every(1, "p", values), most="100 kW").gathered
    assert found.points["p"].counts == {}
    assert found.points["p"].hint == ""
    assert found.points["p"].rows == 60


def test_a_mean_has_one_part_in_a_balance(tmp_path: Path) -> None:
    """Two meters of one flow, averaged, against the flow itself: nothing is left over."""
    course = np.arange(10.0, 70.0)
    frames = [every(1, "m1", course), every(1, "m2", course), every(1, "l", course)]
    series = {"m": {"points": ["m*"], "unit": "kW", "combine": "mean"}, "l": {"points": ["l"], "unit": "kW"}}
    found = gather(tmp_path, *frames, series=series, balances={"n": {"in": ["m"], "out": ["l"]}}).gathered
    assert found.residuals["n"].share == pytest.approx(0.0, abs=1e-12)


def test_names_with_brackets_and_columns_that_would_be_one(tmp_path: Path) -> None:
    """Only * and ? stand for others; AHU[1] is AHU[1]. Series pv and pv_kw have a column each."""
    frames = [every(1, "AHU[1]/P", FLAT), every(1, "AHU1/P", [99.0] * 60)]
    series = {"pv": {"points": ["AHU[1]/*"], "unit": "kW"}, "pv_kw": {"points": ["AHU1/P"], "unit": "kW"}}
    found = gather(tmp_path, *frames, series=series)
    assert found.frame.iloc[0].to_dict() == {"pv_kw": 10.0, "pv_kw [kW]": 99.0}


def test_similar_days_fill_what_is_left(tmp_path: Path) -> None:
    """Tuesday is missing: Monday and Wednesday, 10 and 20, make 15."""
    day = np.repeat([10.0, 99.0, 20.0], 96)
    table = every(15, "p", day).drop(index=range(96, 192))
    found = gather(tmp_path, table, hours=72, fill={"up_to": "1 h", "longer": "similar_days"}, spikes=None).gathered
    assert found.series["a"].reshape(3, 96).mean(axis=1).tolist() == pytest.approx([10.0, 15.0, 20.0])
    assert found.points["p"].fills == {"similar days": 96}


def test_too_little_of_a_step_is_a_hole(tmp_path: Path) -> None:
    """6 of 15 min: a hole at 50 %, enough at 40 %, and counted as partly measured."""
    table = every(1, "p", FLAT).drop(index=range(6, 15))
    half = gather(tmp_path / "a", table, hold="1 min").gathered
    less = gather(tmp_path / "b", table, hold="1 min", coverage="40 %").gathered
    assert np.isnan(half.series["a"][0])
    assert less.series["a"][0] == pytest.approx(10.0)
    assert less.points["p"].counts["partly measured"] == 1


def test_a_clock_is_set_before_the_night_is_judged(tmp_path: Path) -> None:
    """An inverter whose clock is 40 min late still runs after sunset, by its stamps; set right, nothing is left out."""
    start = pd.Timestamp("2024-06-03", tz=ZONE)
    hour = np.arange(1440) / 60
    sun = np.clip(np.sin((hour - 7) / 14 * np.pi), 0, None) * ((hour > 7) & (hour < 21))
    sun *= np.repeat(np.random.default_rng(0).uniform(0.3, 1, 96), 15)
    frames = [every(1, "true", 50 * sun), rows("late", minutes(*(np.arange(1440) + 40)), 20 * sun)]
    rule = {"unit": "kW", "dark_at_night": True, "spikes": None, "hold": "1 h"}
    series = {"true": {"points": ["true"], **rule}, "pv": {"points": ["late"], **rule, "clock_like": "true"}}
    site = {"latitude": 43.6, "longitude": 1.4}
    found = gather(tmp_path / "a", *frames, series=series, hours=24, start=start, site=site).gathered
    clock = found.points["late"].clock
    assert clock is not None
    assert clock.late_ms == 40 * 60_000
    assert "in the dark" not in found.points["late"].counts
    series["pv"] = {"points": ["late"], **rule}
    alone = gather(tmp_path / "b", *frames, series=series, hours=24, start=start, site=site).gathered
    shifted = rows("night", minutes(*range(0, 60)), FLAT)
    assert alone.points["late"].clock is None
    night = gather(tmp_path / "c", shifted, series={"pv": {"points": ["night"], **rule}}, site=site).gathered
    assert night.points["night"].counts["in the dark"] == 60


def sensed(
    folder: Path, frames: list[pd.DataFrame], series: dict, profile: dict, step: str = "15 min", **sections
) -> Path:
    write_archive(folder, frames, series)
    end = (START + pd.Timedelta(hours=1)).isoformat()
    return write_case(
        folder,
        {"l": {"kind": "load", "profile": profile}, "g": grid()},
        horizon={"start": START.isoformat(), "end": end, "step": step},
        sensors={"files": ["archive.parquet"], "series": series},
        site={"timezone": ZONE},
        **sections,
    )


def test_a_case_runs_on_its_sensors(tmp_path: Path) -> None:
    """10 kW for an hour at 0.1 EUR/kWh cost 1 EUR; on steps of 30 min the energy is the same."""
    series = {"offices": {"points": ["p"], "unit": "kW"}}
    for step in ("15 min", "30 min"):
        case = load_case(sensed(tmp_path / step, [every(1, "p", FLAT)], series, {"sensors": "offices"}, step))
        assert case.assets["l"].profile.source == "sensors: offices"
        assert dispatch(case).summary.accounts["cost_eur"] == pytest.approx(1.0)
        told = [repair.what for repair in case.repairs.repairs]
        assert ("resampled" in told) == (step == "30 min")
        assert any(file.name == "archive.parquet" for file in case.files)


def test_what_was_filled_is_in_the_log_and_limited(tmp_path: Path) -> None:
    """One step of four filled is 25 %: told, and refused where a case allows 2 %."""
    series = {"offices": {"points": ["p"], "unit": "kW", "fill": {"up_to": "30 min"}}}
    frames = [every(1, "p", FLAT).drop(index=range(15, 30))]
    case = load_case(sensed(tmp_path / "a", frames, series, {"sensors": "offices"}))
    [filled] = [repair for repair in case.repairs.repairs if repair.what == "filled"]
    assert (filled.file, filled.column, filled.count, filled.of) == ("sensors", "offices", 1, 4)
    strict = sensed(tmp_path / "b", frames, series, {"sensors": "offices"}, max_repaired="2 %")
    with pytest.raises(InputError, match="more of the data had to be repaired"):
        load_case(strict)
    assert "25.00% of series 'offices' were filled" in gather_sensors(strict).findings[0]


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        ({"sensors": "ofices"}, "did you mean 'offices'?"),
        ({"sensors": "rooms"}, "wrong dimension"),
        ({"sensors": "offices", "scale": 2}, "unknown key"),
    ],
)
def test_a_series_that_is_asked_for_wrongly(tmp_path: Path, profile: dict, told: str) -> None:
    series = {
        "offices": {"points": ["p"], "unit": "kW"},
        "rooms": {"points": ["r"], "quantity": "level", "unit": "degC"},
    }
    with pytest.raises(InputError) as caught:
        load_case(sensed(tmp_path, [every(1, "p", FLAT), every(15, "r", [20.0] * 4)], series, profile))
    assert told in str(caught.value)


def test_holes_are_an_error_that_names_the_worst_point(tmp_path: Path) -> None:
    frames = [every(1, "p", FLAT).drop(index=range(15, 45)), every(1, "q", FLAT)]
    with pytest.raises(InputError) as caught:
        load_case(sensed(tmp_path, frames, {"offices": {"points": ["*"], "unit": "kW"}}, {"sensors": "offices"}))
    text = str(caught.value)
    assert "holes in 2 of 4 steps" in text
    assert "the worst point is p, 2 steps" in text
    assert "fill: {up_to: 2 h" in text


def test_a_case_without_sensors(tmp_path: Path) -> None:
    case = write_case(tmp_path, {"l": load(1), "g": grid()})
    with pytest.raises(InputError, match="the case has no sensors"):
        gather_sensors(case)
    case = write_case(tmp_path, {"l": {"kind": "load", "profile": {"sensors": "a"}}, "g": grid()})
    with pytest.raises(InputError, match="no section 'sensors'"):
        load_case(case)
