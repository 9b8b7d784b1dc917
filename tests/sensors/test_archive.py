"""What archives look like, and what is wrong with them: all of it is read, counted or refused with a sentence."""

from __future__ import annotations

import decimal
import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from microgrid import InputError, gather_sensors
from microgrid.sensors import archive as archive_module
from tests.conftest import grid, load, write_case
from tests.formats.fuzz import mutated
from tests.proofs import proof
from tests.sensors.made import (
    START,
    ZONE,
    every,
    gather,
    minutes,
    rows,
    sample_archive,
    survives,
    write_archive,
)

HOUR = [10.0] * 15 + [20.0] * 15 + [30.0] * 15 + [40.0] * 15  # one a minute


@pytest.mark.parametrize("file", ["archive.parquet", "archive.csv"])
def test_parquet_and_csv_say_the_same(tmp_path: Path, file: str) -> None:
    found = gather(tmp_path, every(1, "p", HOUR), file=file)
    assert found.gathered.series["a"].tolist() == pytest.approx([10, 20, 30, 40])
    assert found.gathered.rows == 60
    assert found.findings == ()


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("kind", ["numbers", "timestamps", "text"])
def test_stamps_of_any_kind(tmp_path: Path, kind: str, unit: str) -> None:
    """Numbers since 1970, time stamps of any resolution, text with offsets: the same instants."""
    stamps = minutes(*range(60))
    told: Any = {
        "numbers": stamps.as_unit(unit).asi8,
        "timestamps": stamps.as_unit(unit),
        "text": [s.tz_convert(ZONE).isoformat() for s in stamps],
    }[kind]
    assert gather(tmp_path, rows("p", told, HOUR)).gathered.series["a"].tolist() == pytest.approx([10, 20, 30, 40])


def test_local_stamps_over_the_autumn_hour(tmp_path: Path) -> None:
    """27 October 2024, 1:00 to 4:00 on the wall is four hours; the second 2:00 begins where the clock goes back."""
    start = pd.Timestamp("2024-10-27 01:00", tz=ZONE)
    instants = minutes(*range(0, 240, 5), start=start)
    wall = instants.tz_convert(ZONE).tz_localize(None)
    values = np.repeat([1.0, 2.0, 3.0, 4.0], 12)
    found = gather(tmp_path, rows("p", wall, values), hours=4, start=start, timezone=ZONE)
    assert found.gathered.series["a"].tolist() == pytest.approx(np.repeat([1.0, 2, 3, 4], 4))
    assert found.gathered.assumed == ("stamps without an offset, read as Europe/Paris",)


def test_local_stamps_that_the_clock_leaves_out(tmp_path: Path) -> None:
    """31 March 2024, 2:30 does not exist: left out and counted, the others stand where they are."""
    start = pd.Timestamp("2024-03-31 01:00", tz=ZONE)
    wall = [pd.Timestamp(f"2024-03-31 {t}") for t in ("01:00", "01:15", "01:30", "01:45", "02:30", "03:00", "03:15")]
    found = gather(tmp_path, rows("p", wall, [1.0, 1, 1, 1, 9, 2, 2]), hours=2, start=start, timezone=ZONE)
    assert found.gathered.points["p"].counts["no such local time"] == 1
    assert found.gathered.series["a"][:6].tolist() == [1.0, 1, 1, 1, 2, 2]


def test_units_and_qualities_row_by_row(tmp_path: Path) -> None:
    """10,000 W and 20 kW in turn, 8 to 7 within 15 min; what is called bad, or nothing, does not count."""
    table = every(1, "p", [10_000.0, 20.0] * 30, unit=["W", "kW"] * 30, quality="ok")
    table.loc[table.index[:4], "quality"] = "bad"
    table.loc[table.index[4:6], "quality"] = None
    columns = {"unit": "unit", "quality": "quality"}
    found = gather(tmp_path, table, series={"a": {"points": ["p"]}}, columns=columns, good=["ok"])
    assert found.gathered.series["a"][1:].tolist() == pytest.approx(
        [(8 * 20 + 7 * 10) / 15, (7 * 20 + 8 * 10) / 15, (8 * 20 + 7 * 10) / 15]
    )
    assert found.gathered.points["p"].counts["bad quality"] == 6
    assert found.gathered.points["p"].coverage.tolist() == pytest.approx([0.6, 1, 1, 1], abs=0.001)


def test_qualities_may_be_numbers(tmp_path: Path) -> None:
    table = every(1, "p", HOUR, quality=[192] * 59 + [0])
    found = gather(tmp_path, table, columns={"quality": "quality"}, good=[192])
    assert found.gathered.points["p"].counts == {"bad quality": 1, "partly measured": 1}


def test_texts_in_place_of_values_are_counted(tmp_path: Path) -> None:
    """Archives write states such as "I/O Timeout" into the column of values: 3 of 60 left out, as is infinity."""
    values: list[Any] = [str(v) for v in HOUR]
    values[5:8] = ["I/O Timeout", "", "inf"]
    found = gather(tmp_path, rows("p", minutes(*range(60)), values))
    assert found.gathered.points["p"].counts["no number"] == 3


def test_the_unit_of_a_row_counts_before_that_of_the_series(tmp_path: Path) -> None:
    """20 degC as 293.15 K, and 10 kW as 10,000 W beside rows without a unit, which are in kW."""
    kelvin = every(1, "p", [293.15] * 60, unit="K")
    columns = {"unit": "unit"}
    series = {"a": {"points": ["p"], "quantity": "level", "unit": "degC"}}
    level = gather(tmp_path / "a", kelvin, series=series, columns=columns).gathered
    assert level.series["a"].tolist() == pytest.approx([20.0] * 4)
    watts = every(1, "p", [10_000.0] * 30 + [10.0] * 30, unit=["W"] * 30 + [None] * 30)
    assert gather(tmp_path / "b", watts, columns=columns).gathered.series["a"].tolist() == pytest.approx([10.0] * 4)


def test_qualities_however_they_are_written(tmp_path: Path) -> None:
    """true, 192.0 for 192, codes without a sign with a null among them; none that is good at all is an error."""
    flags = every(1, "p", HOUR, quality=[True] * 59 + [False])
    columns = {"quality": "quality"}
    assert gather(tmp_path / "a", flags, columns=columns, good=[True]).gathered.points["p"].counts["bad quality"] == 1
    floats = every(1, "p", HOUR, quality=[192.0] * 59 + [0.0])
    found = gather(tmp_path / "b", floats, columns=columns, good=[192], file="archive.csv").gathered
    assert found.points["p"].counts["bad quality"] == 1
    with pytest.raises(InputError, match=r"no row has a good quality(.|\n)*one or more of '192"):
        gather(tmp_path / "c", floats, columns=columns, good=["OK"])


def test_codes_without_a_sign(tmp_path: Path) -> None:
    unit = pa.DictionaryArray.from_arrays(pa.array([0] * 59 + [None], pa.uint32()), ["kW"])
    case = write_archive(
        tmp_path, [every(1, "p", HOUR)], {"a": {"points": ["p"], "unit": "kW"}}, columns={"unit": "unit"}
    )
    stamps = pa.array(minutes(*range(60)).as_unit("us").asi8, pa.timestamp("us", "UTC"))
    table = pa.table({"time": stamps, "point": ["p"] * 60, "value": pa.array(HOUR, pa.float64()), "unit": unit})
    parquet.write_table(table, tmp_path / "archive.parquet")
    assert gather_sensors(case).gathered.series["a"].tolist() == pytest.approx([10, 20, 30, 40])


@pytest.mark.parametrize("value", ["decimal", "late fraction", "late text", "late values"])
@pytest.mark.parametrize("file", ["archive.parquet", "archive.csv"])
def test_values_of_any_type(tmp_path: Path, value: str, file: str) -> None:
    """Types do not follow from the first rows: what comes later may have a fraction, be a text, or be there at all."""
    many = 40_000
    course: list[Any] = [10] * many
    if value == "late fraction":
        course[-1] = 10.5
    elif value == "late text":
        course = [*map(str, course[:-1]), "I/O Timeout"]
    elif value == "late values":
        course = [None] * (many // 2) + course[: many // 2]
    else:
        course = [decimal.Decimal("10.000")] * many
    stamps = [START.tz_convert("UTC") + pd.Timedelta(seconds=s) for s in range(many)]
    found = gather(tmp_path, rows("p", stamps, course), hours=11, file=file, spikes=None).gathered
    assert found.series["a"][-2] == pytest.approx(10.0, rel=0.1)


def test_files_each_by_their_own_types(tmp_path: Path) -> None:
    """Whole numbers in one file and fractions in the next, columns in another order; an empty file is left out."""
    case = write_archive(tmp_path, [], {"a": {"points": ["p"], "unit": "kW"}}, files=["part-*"])
    whole, later = every(1, "p", [10] * 30), every(1, "p", [0.0] * 30 + [20.5] * 30).iloc[30:]
    whole.to_parquet(tmp_path / "part-0.parquet", index=False)
    later[["value", "point", "time"]].to_parquet(tmp_path / "part-1.parquet", index=False)
    (tmp_path / "part-2.csv").write_bytes(b"")
    found = gather_sensors(case).gathered
    assert found.series["a"].tolist() == pytest.approx([10, 10, 20.5, 20.5])
    assert found.assumed == ("1 empty files left out",)
    later.rename(columns={"value": "val"}).to_parquet(tmp_path / "part-1.parquet", index=False)
    with pytest.raises(InputError, match=r"part-1.parquet: no column for the value"):
        gather_sensors(case)


def test_stamps_of_two_kinds_are_refused(tmp_path: Path) -> None:
    case = write_archive(tmp_path, [], {"a": {"points": ["p"], "unit": "kW"}}, files=["part-*"], timezone=ZONE)
    table = every(1, "p", HOUR)
    table.to_parquet(tmp_path / "part-0.parquet", index=False)
    table.assign(time=table["time"].dt.tz_localize(None)).to_parquet(tmp_path / "part-1.parquet", index=False)
    with pytest.raises(InputError, match="stamps of two kinds"):
        gather_sensors(case)


def test_offsets_of_whole_hours(tmp_path: Path) -> None:
    """As PostgreSQL writes them: 2024-06-03 00:00:00+02."""
    text = [stamp.tz_convert(ZONE).strftime("%Y-%m-%d %H:%M:%S+02") for stamp in minutes(*range(60))]
    found = gather(tmp_path, rows("p", text, HOUR), timezone=ZONE).gathered
    assert found.series["a"].tolist() == pytest.approx([10, 20, 30, 40])


def test_a_stamp_of_garbage_spoils_no_other(tmp_path: Path) -> None:
    seconds = [*minutes(*range(59)).as_unit("s").asi8.tolist(), 10**15]
    found = gather(tmp_path, rows("p", seconds, HOUR)).gathered
    assert found.points["p"].measured[:3].tolist() == pytest.approx([10, 20, 30])
    assert found.points["p"].counts["no stamp"] == 1


def test_local_stamps_from_the_latest_on(tmp_path: Path) -> None:
    """The newest row first, and one row twice: the hours of autumn are the same as in order."""
    start = pd.Timestamp("2024-10-27 01:00", tz=ZONE)
    wall = minutes(*range(0, 240, 5), start=start).tz_convert(ZONE).tz_localize(None)
    table = rows("p", wall, np.repeat([1.0, 2.0, 3.0, 4.0], 12))
    turned = table.iloc[::-1]
    twice = pd.concat([table.iloc[:15], table.iloc[14:]])
    for name, frame in {"turned": turned, "twice": twice}.items():
        found = gather(tmp_path / name, frame, hours=4, start=start, timezone=ZONE).gathered
        assert found.series["a"].tolist() == pytest.approx(np.repeat([1.0, 2, 3, 4], 4)), name
    mixed = table.sample(frac=1, random_state=0)
    found = gather(tmp_path / "mixed", mixed, hours=4, start=start, timezone=ZONE).gathered
    assert found.points["p"].counts["doubled hour"] == 24


def test_numbers_beyond_all_measure(tmp_path: Path) -> None:
    """1e308 kW is no number; in GW it would be infinite."""
    found = gather(tmp_path, every(1, "p", [*HOUR[:59], 1e308]), unit="GW").gathered
    assert found.points["p"].counts["no number"] == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('time,point,value\n2024-06-03T00:00:00Z,p,"10,5"\n2024-06-03T00:01:00Z,p,"11,5"\n', "a decimal comma"),
        ("time;point;value\n2024-06-03T00:00:00Z;p;10\n", "no column for the time"),
        ("time,point,value\n", "the archive has no rows"),
        ("", "the archive is empty"),
        ("time,point,value\n2024-06-03T00:00:00Z,p,10,9\n", "CSV in UTF-8 with commas"),
    ],
)
def test_tables_of_another_kind(tmp_path: Path, text: str, told: str) -> None:
    case = write_archive(tmp_path, [], {"a": {"points": ["p"], "unit": "kW"}}, files=["x.csv"])
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        gather_sensors(case)


def test_names_as_the_archive_has_them(tmp_path: Path) -> None:
    table = every(1, "p", HOUR).rename(columns={"time": "ts", "point": "tag", "value": "val"})
    columns = {"time": "ts", "point": "tag", "value": "val"}
    assert gather(tmp_path, table, columns=columns).gathered.series["a"].tolist() == pytest.approx([10, 20, 30, 40])


def test_many_files_in_any_order(tmp_path: Path) -> None:
    """Four files, the last quarter of an hour first: sorted, nothing lost."""
    table = every(1, "p", HOUR)
    case = write_archive(tmp_path, [table], {"a": {"points": ["p"], "unit": "kW"}}, files=["part-*.parquet"])
    for k in range(4):
        table.iloc[15 * k : 15 * k + 15].to_parquet(tmp_path / f"part-{3 - k}.parquet", index=False)
    found = gather_sensors(case).gathered
    assert found.series["a"].tolist() == pytest.approx([10, 20, 30, 40])
    assert found.points["p"].counts == {"sorted": 3}


def test_an_archive_that_is_larger_than_may_be_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read point by point, several times over: the same in every figure, clocks too."""
    course = np.random.default_rng(0).uniform(0, 50, 240)
    frames = [every(1, "b-true", course), *(every(1, f"a-{k}", np.roll(course, 5)) for k in range(3))]
    series = {
        "true": {"points": ["b-*"], "unit": "kW"},
        "late": {"points": ["a-*"], "unit": "kW", "clock_like": "true"},
    }
    case = write_archive(tmp_path, frames, series, hours=4)
    whole = gather_sensors(case).gathered
    monkeypatch.setattr(archive_module, "MOST_ROWS", 250)
    parts = gather_sensors(case).gathered
    assert {name: point.clock and point.clock.late_ms for name, point in parts.points.items()} == {
        "b-true": None, "a-0": 300_000, "a-1": 300_000, "a-2": 300_000,
    }  # fmt: skip
    for name in series:
        assert np.array_equal(whole.series[name], parts.series[name], equal_nan=True)


GOOD = every(1, "p", HOUR)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"files": ["nothing-*.parquet"]}, "no such file"),
        ({"files": ["../*.parquet"]}, "no such file"),
        ({"files": ["/etc/*"]}, "no such file"),
        ({"files": ["case.yaml"]}, "files that end in .parquet"),
        ({"columns": {"value": "valeu"}}, "state 'columns: {value: value}'"),
        ({"columns": {"quality": "quality"}}, "no column for the quality"),
        ({"series": {"a": {"points": ["q*"], "unit": "kW"}}}, "no such point in the archive"),
        ({"series": {"a": {"points": ["p"], "unit": "kWh"}}}, "wrong dimension"),
        ({"series": {"a": {"points": ["p"]}}}, "state 'unit' in the series"),
        (
            {"series": {"a": {"points": ["p"], "unit": "kW"}, "b": {"points": ["*"], "unit": "kW"}}},
            "a point in two series",
        ),
        ({"series": {"a": {"points": ["p"], "unit": "kW", "clock_like": "b"}}}, "the name of another series"),
        ({"series": {"a": {"points": ["p"], "quantity": "level"}}}, "the unit of the level"),
        ({"series": {"a": {"points": ["p"], "unit": "kW", "least": "5 kWh"}}}, "wrong dimension"),
        ({"series": {"a": {"points": ["p"], "unit": "kW", "least": "5"}}}, "unit is missing"),
        (
            {"series": {"a": {"points": ["p"], "unit": "kW", "rolls_over_at": "5 kWh"}}},
            "except with 'quantity: counter'",
        ),
        ({"series": {"a": {"points": ["p"], "unit": "kW", "dark_at_night": True}}}, "'latitude' and 'longitude'"),
        ({"series": {"a": {"points": ["p"], "unit": "kW", "fill": {"nearby": True}}}}, "the place of a point"),
        ({"step": "7 min"}, "does not divide the horizon"),
        ({"good": ["ok"]}, "the name of the column"),
        ({"columns": {"value": "time"}}, "a column of its own"),
        (
            {"series": {"a": {"points": ["p"], "unit": "kWh", "quantity": "counter", "stuck_after": "1 h"}}},
            "no stuck_after for a counter",
        ),
        ({"balances": {"n": {"in": ["a"], "out": ["a"]}}}, "each series once"),
        ({"balances": {"n": {"in": ["a"], "out": ["zz"]}}}, "the name of a series under 'series'"),
        ({"timezone": "Mars"}, "unknown time zone"),
        ({"seires": {}}, "did you mean 'series'?"),
    ],
)
def test_what_is_said_wrong_is_told(tmp_path: Path, said: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as caught:
        gather(tmp_path, GOOD, **said)
    assert told in str(caught.value)
    assert "case.yaml" in str(caught.value) or "value:" in str(caught.value)


@pytest.mark.parametrize(
    ("stamps", "told"),
    [
        (["yesterday"] * 60, "not a time stamp"),
        ([f"2024-06-03T00:{m:02}:00{'Z' if m % 2 else ''}" for m in range(60)], "some stamps have a UTC offset"),
    ],
)
def test_stamps_that_are_none(tmp_path: Path, stamps: list[str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        gather(tmp_path, rows("p", stamps, HOUR))


def test_a_column_of_values_in_place_of_points(tmp_path: Path) -> None:
    """Thousands of "points" are a wrong name of a column, not a reason to fill the memory."""
    table = every(1, "p", np.arange(30_000.0)).assign(point=[f"{k}" for k in range(30_000)])
    with pytest.raises(InputError, match="too many points"):
        gather(tmp_path, table)


@proof(sample=150, whole=1000)
@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_broken_archives_are_read_or_refused(ending: str, cases: int) -> None:
    """Each time: a sound result or a sentence; never a traceback or a hang."""
    chance, sample = random.Random(20181), sample_archive(ending)
    read = sum(survives(mutated(sample, chance), ending) for _ in range(cases))
    assert 0 < read < cases


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Random points with random stamps and values, shuffled: each mean is that of its own samples."""
    folder = tmp_path_factory.mktemp("case")
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    count = data.draw(st.integers(1, 5))
    values = rng.uniform(-50, 50, (count, 60))
    table = pd.concat([every(1, f"p{k}", values[k]) for k in range(count)]).sample(frac=1, random_state=1)
    found = gather(folder, table, spikes=None).gathered
    for k in range(count):
        assert found.points[f"p{k}"].measured == pytest.approx(
            values[k].reshape(4, 15).mean(axis=1), rel=1e-9, abs=1e-9
        )
    assert found.series["a"] == pytest.approx(values.sum(axis=0).reshape(4, 15).mean(axis=1), abs=1e-9)


def test_points_that_are_coded(tmp_path: Path) -> None:
    """Names as a dictionary of the file, in a Parquet without pandas' own metadata, with an empty name."""
    names = pa.DictionaryArray.from_arrays(pa.array([0] * 59 + [None], pa.int8()), ["p"])
    stamps = pa.array(minutes(*range(60)).as_unit("us").asi8, pa.timestamp("us", "UTC"))
    write_case(
        tmp_path,
        {"l": load(1), "g": grid()},
        horizon={"start": START.isoformat(), "end": (START + pd.Timedelta(hours=1)).isoformat(), "step": "15 min"},
        sensors={"files": ["x.parquet"], "series": {"a": {"points": ["p"], "unit": "kW"}}},
    )
    table = pa.table({"time": stamps, "point": names, "value": pa.array(HOUR, pa.float32())})
    parquet.write_table(table, tmp_path / "x.parquet")
    found = gather_sensors(tmp_path).gathered
    assert found.rows == 59
    assert found.series["a"].tolist() == pytest.approx([10, 20, 30, 40])
