"""PVGIS: samples by hand, both encodings, what is wrong with a file."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from microgrid.errors import InputError
from microgrid.formats.registry import format_of
from microgrid.repairs import RepairLog
from tests.conftest import ROOT
from tests.formats.fuzz import survivors
from tests.formats.reading import read, stamps, values
from tests.proofs import proof

SHARED = ROOT.parent / "shared" / "formats"
HOURLY, TYPICAL = SHARED / "pvgis_hourly_45N_8E.csv", SHARED / "pvgis_tmy_45N_8E.csv"
needs_samples = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the sample files are not at {SHARED}")

SUFFIX = ".csv"
_HEAD = "Latitude (decimal degrees):\t48.100\nLongitude (decimal degrees):\t-1.700\nElevation (m):\t40\n"
_SERIES = _HEAD + "Radiation database:\tPVGIS-SARAH2\n\n\nSlope: 30 deg. \nAzimuth: 0 deg. \n"
_NAMES = "time,P,Gb(i),Gd(i),Gr(i),H_sun,T2m,WS10m,Int"
_LEGEND = "\nP: PV system power (W)\nT2m: 2-m air temperature (degree Celsius)\n\nPVGIS (c) European Union, 2001-2026\n"


def series(rows: list[str]) -> str:
    return _SERIES + "\n".join([_NAMES, *rows]) + "\n" + _LEGEND


ROWS = [
    f"20190630:{hour:02d}10,{1000 + 10 * hour}.0,{20 * hour}.5,{3 * hour}.25,1.0,{hour}.5,{hour - 3}.0,2.1,{hour % 2}.0"
    for hour in range(24)
]
SAMPLE = series(ROWS).encode()


def typical(rows: list[str], offset: str = "0.1761") -> str:
    """A typical year as far as these rows go; the header is as long as in a whole one."""
    months = "".join(f"{month},{2004 + month}\n" for month in range(1, 13))
    names = "time(UTC),T2m,RH,G(h),Gb(n),Gd(h),IR(h),WS10m,WD10m,SP\n"
    head = f"{_HEAD}Irradiance Time Offset (h): {offset}\nmonth,year\n{months}"
    return head + names + "\n".join(rows) + "\n" + _LEGEND


def typical_rows(day: str, temperature: float = 1.5) -> list[str]:
    return [f"{day}:{hour:02d}00,{temperature},90.0,0.0,-0.0,0.0,300.0,1.0,200.0,99000.0" for hour in range(24)]


def as_json(rows: list[dict[str, Any]], **location: float) -> str:
    """The rows as the JSON of PVGIS."""
    kind = "tmy_hourly" if "time(UTC)" in rows[0] else "hourly"
    place = {"latitude": 48.1, "longitude": -1.7, "elevation": 40.0, **location}
    outputs: dict[str, Any] = {"months_selected": [], kind: rows} if kind == "tmy_hourly" else {kind: rows}
    document = {"inputs": {"location": place, "meteo_data": {}}, "outputs": outputs, "meta": {"inputs": {}}}
    return json.dumps(document, indent=1)


def hourly_json(count: int = 4) -> list[dict[str, Any]]:
    return [
        {"time": f"20190630:{hour:02d}10", "P": 1500.0, "G(i)": 10.0 * hour, "T2m": -1.5, "WS10m": 2.0, "Int": 0.0}
        for hour in range(count)
    ]


@needs_samples
def test_the_published_series() -> None:
    """14 hours from 2016-01-01; 08:10 stands for 08:00 to 09:00; read by hand; beam sums to 49.95."""
    log = RepairLog()
    table = read(HOURLY.read_bytes(), "pvgis", log=log)
    assert stamps(table)[[0, 8, 13]].strftime("%Y-%m-%dT%H:%M").tolist() == [
        "2016-01-01T00:00", "2016-01-01T08:00", "2016-01-01T13:00",
    ]  # fmt: skip
    beam = values(table, "poa_beam_w_per_m2")
    assert (len(beam), beam[0], beam[8], beam[13]) == (14, 0, 26.71, 0)
    assert sum(beam) == pytest.approx(26.71 + 14.69 + 2.19 + 2.11 + 4.25)
    assert values(table, "poa_reflected_w_per_m2")[9] == 0.16
    assert values(table, "temperature_degc")[13] == 7.43
    assert values(table, "wind_speed_m_per_s")[12] == 0.4
    told = {row["what"]: row for row in log.rows()}
    assert "minute 10" in str(told["stamps within the hour"]["detail"])
    assert told["values reconstructed by PVGIS"]["count"] == 5
    assert told["site of the file"]["detail"] == "latitude 45, longitude 8, elevation 250 m"


@needs_samples
def test_the_published_typical_year() -> None:
    """8,760 hours of 2018 in order: January is of 2018, December of 2016; the sum of irradiance by hand with awk."""
    log = RepairLog()
    table = read(TYPICAL.read_bytes(), "pvgis", log=log)
    found = stamps(table)
    assert (len(found), str(found[0]), str(found[-1])) == (
        8760, "2018-01-01 00:00:00+00:00", "2018-12-31 23:00:00+00:00",
    )  # fmt: skip
    assert (np.diff(table.points) == 3600).all()
    ghi = values(table, "ghi_w_per_m2")
    assert ghi[8:12] == [32, 149, 165, 140]
    by_hand = [row.split(",") for row in TYPICAL.read_text().splitlines() if row[:4].isdigit()]
    assert sum(ghi) == pytest.approx(sum(float(row[3]) for row in by_hand)) == pytest.approx(1_435_861)
    assert values(table, "temperature_degc")[-1] == 2.1
    assert values(table, "pressure_pa")[0] == 99870
    dni = np.array(values(table, "dni_w_per_m2"))
    assert not np.signbit(dni[dni == 0]).any()  # -0.0 in the file
    told = {row["what"]: str(row["detail"]) for row in log.rows()}
    assert "0.1761 h later" in told["stamps within the hour"]
    assert told["laid on one year"].startswith("2018, the default of the option year; the file has Jan 2018, Feb 2007")


@needs_samples
def test_the_typical_year_as_pvlib_reads_it() -> None:
    """Another reader finds the same values in the same order."""
    from pvlib.iotools import read_pvgis_tmy

    frame, _ = read_pvgis_tmy(TYPICAL, map_variables=False)
    table = read(TYPICAL.read_bytes(), "pvgis", options={"year": 2021})
    for name, column in (("G(h)", "ghi_w_per_m2"), ("T2m", "temperature_degc"), ("WD10m", "wind_direction_deg")):
        assert values(table, column) == frame[name].tolist()


@needs_samples
@pytest.mark.parametrize("path", [HOURLY, TYPICAL])
def test_the_published_files_are_recognised(path: Any) -> None:
    head = path.read_bytes()[:8192].decode("latin-1")
    assert [name for name in ("pvgis", "epw", "tmy3", "nsrdb") if format_of(name).recognises(head)] == ["pvgis"]


@pytest.mark.parametrize("text", [SAMPLE.decode(), typical(typical_rows("20050101")), as_json(hourly_json())])
def test_each_kind_is_recognised(text: str) -> None:
    assert format_of("pvgis").recognises(text[:8192])
    assert not format_of("pvgis").recognises("time,load_kw\n2018-01-01T00:00,1\n")


def test_power_is_in_kw() -> None:
    """1,000 W is 1 kW."""
    log = RepairLog()
    table = read(SAMPLE, "pvgis", log=log)
    assert values(table, "production_kw")[:3] == [1.0, 1.01, 1.02]
    assert values(table, "poa_beam_w_per_m2")[2] == 40.5
    assert ("production_kw", "units converted") in [(row["column"], row["what"]) for row in log.rows()]


def test_months_of_different_years_are_laid_on_one() -> None:
    """The end of January 2010 and the begin of February 2005 follow each other in the year that is chosen."""
    rows = [*typical_rows("20100131", 3.0), *typical_rows("20050201", 5.0)]
    table = read(typical(rows), "pvgis", options={"year": 2019})
    assert str(stamps(table)[0]) == "2019-01-31 00:00:00+00:00"
    assert (len(table.frame), np.diff(table.points).tolist()) == (48, [3600] * 48)
    assert values(table, "temperature_degc")[23:25] == [3.0, 5.0]


def test_a_leap_year_has_a_hole() -> None:
    """28 February to 1 March on 2020: the 24 hours between are empty, not made up."""
    log = RepairLog()
    rows = [*typical_rows("20090228"), *typical_rows("20050301")]
    table = read(typical(rows), "pvgis", options={"year": 2020}, log=log)
    assert np.isnan(values(table, "temperature_degc")).sum() == 24
    assert {row["what"]: row["count"] for row in log.rows()}["missing rows"] == 24


def test_json_says_the_same_as_csv() -> None:
    """Both encodings of the same hours; null is missing, and lines are those of the stamps."""
    rows = hourly_json()
    rows[2]["T2m"] = None
    table = read(as_json(rows), "pvgis", suffix=".json")
    assert values(table, "poa_global_w_per_m2") == [0, 10, 20, 30]
    assert values(table, "production_kw") == [1.5] * 4
    assert np.isnan(values(table, "temperature_degc")).tolist() == [False, False, True, False]
    assert str(stamps(table)[3]) == "2019-06-30 03:00:00+00:00"
    text = as_json(rows).splitlines()
    assert table.lines is not None
    assert [text[line - 1].strip() for line in table.lines[:2]] == [
        '"time": "20190630:0010",',
        '"time": "20190630:0110",',
    ]


def test_json_of_a_typical_year() -> None:
    """With the offset of irradiance, which stands beside the place."""
    rows = [
        {"time(UTC)": f"{day}:{hour:02d}00", "G(h)": 5.0, "T2m": 1}
        for day in ("20070331", "20050401")
        for hour in range(24)
    ]
    log = RepairLog()
    table = read(as_json(rows, irradiance_time_offset=0.5), "pvgis", suffix=".json", log=log)
    assert str(stamps(table)[0]) == "2018-03-31 00:00:00+00:00"
    told = {row["what"]: str(row["detail"]) for row in log.rows()}
    assert "0.5 h later" in told["stamps within the hour"]
    assert told["laid on one year"].endswith("the file has Mar 2007, Apr 2005")


def test_a_series_is_left_in_its_own_years() -> None:
    """New Year from 2016 to 2017 is a series, and the option year cannot squeeze two Januaries into one."""
    rows = [row.replace("20190630", day) for day in ("20161231", "20170101") for row in ROWS]
    assert str(stamps(read(series(rows), "pvgis"))[-1]) == "2017-01-01 23:00:00+00:00"
    rows = [row.replace("20190630", day) for day in ("20160101", "20170101") for row in ROWS]
    with pytest.raises(InputError, match="rows of several years"):
        read(series(rows), "pvgis", options={"year": 2018})


FIRST = series([]).split("\n").index(_NAMES) + 2  # line of the first row


@pytest.mark.parametrize(
    ("row", "line", "words"),
    [
        ("20190630:0010,nan,1,1,1,1,1,1,0", FIRST, "P: not a number"),
        ("20190630:0010,1,1_000,1,1,1,1,1,0", FIRST, "not a number"),
        ("20190630:0010,1,1,0x10,1,1,1,1,0", FIRST, "not a number"),
        ("20190630:0010,1,1,inf,1,1,1,1,0", FIRST, "not a number"),
        ("20190630:0010,1,1,1e400,1,1,1,1,0", FIRST, "not a finite number"),
        ("20190630:0010,1,1,1", FIRST, "the wrong number of fields"),
        ("20190630:0010,1,1,1,1,1,1,1,0,7", FIRST, "the wrong number of fields"),
        ("2019-06-30 00:10,1,1,1,1,1,1,1,0", FIRST, "not a value of this field"),
        ("20190631:0010,1,1,1,1,1,1,1,0", FIRST, "not a time stamp"),
        ("00010101:0010,1,1,1,1,1,1,1,0", FIRST, "not a time stamp"),
        ("99991231:0010,1,1,1,1,1,1,1,0", FIRST, "not a time stamp"),
        ("20190630:2410,1,1,1,1,1,1,1,0", FIRST, "not a time of day"),
        ("20190630:1250,1,1,1,1,1,1,1,0", FIRST + 12, "two values for one interval"),
        ("", FIRST + 1, "a row after the end of the data"),
    ],
)
def test_a_bad_row_is_named_by_its_line(row: str, line: int, words: str) -> None:
    with pytest.raises(InputError, match=words) as raised:
        read(series([row, *ROWS[1:]]), "pvgis")
    assert raised.value.problems[0].line == line


def test_a_row_cut_in_its_middle_is_refused() -> None:
    text = series(ROWS).split(_LEGEND)[0].rstrip()[:-12]
    with pytest.raises(InputError, match="the wrong number of fields") as raised:
        read(text, "pvgis")
    assert raised.value.problems[0].line == FIRST + 23


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (_HEAD, "no line with the names"),
        (series([]), "fewer than two rows"),
        (series(ROWS[:1]), "fewer than two rows"),
        (series(ROWS).replace("48.100", "north"), "latitude: not a valid value in the header"),
        (series(ROWS).replace("48.100", "91"), "latitude: not a valid value in the header"),
        (series(ROWS).replace("Gd(i),Gr(i)", "Gd(i),Gd(i)", 1), "a column appears twice"),
        (series([row.split(",")[0] + ",1" for row in ROWS]).replace(_NAMES, "time,X"), "no known column"),
        (typical(typical_rows("20050101"), offset="1.5"), "not a valid value in the header"),
        ('{"inputs": ', "not JSON"),
        ('{"inputs": {"a": 1, "a": 2}}', "twice"),
        ("{" + '"a":[' * 100_000, "not JSON"),
        ('{"outputs": []}', "not the JSON of PVGIS"),
        ('{"outputs": {"hourly": []}}', "pvlib"),
        (as_json([{**hourly_json()[0], "T2m": "warm"}, *hourly_json()[1:]]), "T2m: not a number"),
        (as_json([{**hourly_json()[0], "T2m": True}, *hourly_json()[1:]]), "T2m: not a number"),
        (as_json([{**hourly_json()[0], "T2m": float("nan")}, *hourly_json()[1:]]), "NaN is not a number"),
        (as_json([{**hourly_json()[0], "T2m": 10**400}, *hourly_json()[1:]]), "pvlib"),
        (as_json([{**hourly_json()[0], "time": None}, *hourly_json()[1:]]), "a row without a stamp"),
        (as_json([{**hourly_json()[0], "time": "yesterday"}, *hourly_json()[1:]]), "pvlib"),
    ],
)
def test_what_is_no_such_file_says_why(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(text, "pvgis")


@given(st.lists(st.floats(-50, 1500).map(lambda x: round(x, 2)), min_size=2, max_size=60), st.integers(0, 59))
@settings(max_examples=30, deadline=None, phases=[Phase.generate], derandomize=True)
def test_what_is_written_is_read(numbers: list[float], minute: int) -> None:
    at = pd.date_range("2019-12-30", periods=len(numbers), freq="h", tz="UTC")
    rows = [f"{t:%Y%m%d:%H}{minute:02d},0,{x},0,0,0,{x},0,0" for t, x in zip(at, numbers, strict=True)]
    table = read(series(rows), "pvgis")
    assert stamps(table).equals(at.as_unit("s"))
    assert values(table, "poa_beam_w_per_m2") == values(table, "temperature_degc") == pytest.approx(numbers)


KINDS = {
    "series": SAMPLE,
    "typical year": typical([*typical_rows("20100131"), *typical_rows("20050201")]).encode(),
    "JSON": as_json(hourly_json(20)).encode(),
}


@proof(sample=50, whole=300)
@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_file_of_each_kind_is_read_or_refused(kind: str, cases: int) -> None:
    assert 0 < survivors(KINDS[kind], "pvgis", SUFFIX, cases) < cases
