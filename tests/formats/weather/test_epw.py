"""EPW: hours at their ends, missing codes, years, records of less than an hour, what is wrong with a file."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from microgrid.errors import InputError
from microgrid.formats.registry import format_of
from microgrid.repairs import RepairLog
from tests.formats.reading import read, recognised, stamps, values

SUFFIX = ".epw"


def row(stamp: str, ghi: object = 100, temperature: object = 5.5, wind: object = 3.5, fields: int = 35) -> str:
    """A record; stamp: year, month, day, hour, minute."""
    cells = [
        stamp, "?9?9?9?9E0?9?9*9", temperature, 1.5, 81, 101300, 400, 1300, 310, ghi, 200, 50, 9999, 9999, 9999, 99,
        180, wind, 5, 5, 9999, 77777, 9, 999999999, 15, 0.1, 0, 88, 0.2, 0, 1,
    ]  # fmt: skip
    return ",".join(str(cell) for cell in cells[: fields - 4])


def day(date: str, count: int = 24, **cells: object) -> list[str]:
    return [row(f"{date},{hour},0", **cells) for hour in range(1, count + 1)]  # type: ignore[arg-type]


def epw(rows: list[str], zone: object = 1.0, per_hour: object = 1, city: str = "Rennes") -> str:
    head = [
        f"LOCATION,{city},BRE,FRA,TMYx,071300,48.10,-1.70,{zone},40.0",
        "DESIGN CONDITIONS,0",
        "TYPICAL/EXTREME PERIODS,0",
        "GROUND TEMPERATURES,0",
        "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0",
        'COMMENTS 1,an "unbalanced quote',
        "COMMENTS 2,--",
        f"DATA PERIODS,1,{per_hour},Data,Sunday,1/ 1,12/31",
    ]
    return "\r\n".join([*head, *rows]) + "\r\n"


SAMPLE = epw(day("2019,6,30") + day("2019,7,1")).encode()


def test_an_hour_is_stamped_at_its_end_in_standard_time() -> None:
    """Hour 1 of 30 June at UTC+1, summer or not, is 23:00 to 24:00 UTC of 29 June."""
    log = RepairLog()
    table = read(SAMPLE, "epw", log=log)
    assert str(stamps(table)[0]) == "2019-06-29 23:00:00+00:00"
    assert (len(table.frame), set(np.diff(table.points).tolist())) == (48, {3600})
    found = {column: values(table, column)[0] for column in table.frame.columns}
    assert found == {
        "ghi_w_per_m2": 100, "dni_w_per_m2": 200, "dhi_w_per_m2": 50, "temperature_degc": 5.5,
        "wind_speed_m_per_s": 3.5, "wind_direction_deg": 180, "relative_humidity_percent": 81, "pressure_pa": 101300,
    }  # fmt: skip
    told = {entry["what"]: str(entry["detail"]) for entry in log.rows()}
    assert told["stamps in standard time"] == "UTC+1 h as line 1 states, without summer time"
    assert told["stamps at the end"].startswith("hour 1 is 00:00 to 01:00")
    assert told["site of the file"] == "latitude 48.1, longitude -1.7, elevation 40 m"


def test_it_is_recognised() -> None:
    """Among all formats, with or without a mark of the encoding."""
    assert recognised(SAMPLE) == "epw"
    assert recognised(b"\xef\xbb\xbf" + SAMPLE) == "epw"
    assert not format_of("epw").recognises("LOCATION,load\nParis,1\n")


@pytest.mark.parametrize("more", ["Csb", "Cfb,", ",,", "4A,mixed humid", '"warm, dry"'])
def test_a_class_after_the_elevation(more: str) -> None:
    """As tools write the class of the climate there: the place before it is read as without it."""
    text = epw(day("2019,6,30"), city='"Rennes, St Jacques"').replace(",40.0", f",40.0,{more}", 1)
    log = RepairLog()
    found = read(text, "epw", log=log)
    assert found.points.tolist() == read(epw(day("2019,6,30")), "epw").points.tolist()
    assert "latitude 48.1, longitude -1.7, elevation 40 m" in [repair.detail for repair in log.repairs]


@pytest.mark.parametrize("city", ["a, b", "a, b, c"])
def test_commas_in_a_name_move_no_field(city: str) -> None:
    """Without quotes a part of the name would be a field, and the station number a latitude: refused."""
    for more in ("", ",Csb"):
        text = epw(day("2019,6,30"), city=city).replace("071300", "0").replace(",40.0", f",40.0{more}", 1)
        with pytest.raises(InputError, match="not the first line of an EPW file") as raised:
            read(text, "epw")
        assert "quotes" in str(raised.value)


@pytest.mark.parametrize("zone", [-9.5, 0, 5.75, 12])
def test_offsets_of_part_of_an_hour(zone: float) -> None:
    table = read(epw(day("2019,6,30"), zone=zone), "epw")
    assert table.points[0] == pd.Timestamp("2019-06-30", tz="UTC").timestamp() - zone * 3600


def test_missing_codes_are_empty_and_counted() -> None:
    """9999 for irradiance, 99.9 for temperature, 999 for wind, by field; 99 m/s is no code, nor is 999 W/m2."""
    log = RepairLog()
    rows = [
        row("2019,6,30,1,60", 9999, 99.9, 999),
        row("2019,6,30,2,60", 999, -5, 99),
        row("2019,6,30,3,60", "", "", ""),
    ]
    table = read(epw(rows), "epw", log=log)
    for column, kept in (("ghi_w_per_m2", 999), ("temperature_degc", -5), ("wind_speed_m_per_s", 99)):
        assert values(table, column) == pytest.approx([np.nan, kept, np.nan], nan_ok=True)
    counted = {entry["column"]: entry["count"] for entry in log.rows() if entry["what"] == "missing codes"}
    assert counted == {"ghi_w_per_m2": 1, "temperature_degc": 1, "wind_speed_m_per_s": 1}


def test_pressure_and_direction_have_codes_of_their_own() -> None:
    rows = [line.replace(",101300,", ",999999,").replace(",180,", ",999,") for line in day("2019,6,30")]
    table = read(epw(rows), "epw")
    assert np.isnan(values(table, "pressure_pa")).all()
    assert np.isnan(values(table, "wind_direction_deg")).all()


def test_months_of_different_years_are_laid_on_one() -> None:
    """31 January of 2010 and 1 February of 2004, at UTC+1: on 2018 unless another year is asked for."""
    text = epw(day("2010,1,31") + day("2004,2,1"))
    log = RepairLog()
    assert str(stamps(read(text, "epw", log=log))[0]) == "2018-01-30 23:00:00+00:00"
    assert [str(entry["detail"]) for entry in log.rows() if entry["what"] == "laid on one year"] == [
        "2018, the default of the option year; the file has Jan 2010, Feb 2004"
    ]
    table = read(text, "epw", options={"year": "2021"})
    assert str(stamps(table)[0]) == "2021-01-30 23:00:00+00:00"
    assert set(np.diff(table.points).tolist()) == {3600}


def test_measured_rows_stay_in_their_years() -> None:
    """New Year from 2016 to 2017, and two years in one file."""
    table = read(epw(day("2016,12,31") + day("2017,1,1"), zone=0), "epw")
    assert str(stamps(table)[-1]) == "2017-01-01 23:00:00+00:00"
    with pytest.raises(InputError, match="rows of several years"):
        read(epw(day("2016,1,1") + day("2017,1,1"), zone=0), "epw", options={"year": 2018})


def test_a_leap_day() -> None:
    """It stays in its own year; on a year that has none it is left out, and that is said."""
    text = epw(day("2016,2,28") + day("2016,2,29") + day("2016,3,1"))
    assert len(read(text, "epw").frame) == 72
    log = RepairLog()
    table = read(text, "epw", options={"year": 2019}, log=log)
    assert (len(table.frame), set(np.diff(table.points).tolist())) == (48, {3600})
    assert {entry["what"]: entry["count"] for entry in log.rows()}["leap day left out"] == 24


@pytest.mark.parametrize("minutes", [(15, 30, 45, 60), (0, 15, 30, 45)])
def test_four_records_an_hour(minutes: tuple[int, ...]) -> None:
    """By their ends or by their begins; 100 Wh/m2 in a quarter of an hour are 400 W/m2, 9999 is still missing."""
    stamps_of = [f"2019,6,30,{hour},{minute}" for hour in (1, 2) for minute in minutes]
    rows = [row(stamp, ghi=9999 if n == 1 else 100) for n, stamp in enumerate(stamps_of)]
    table = read(epw(rows, zone=0, per_hour=4), "epw")
    assert table.points.tolist() == [pd.Timestamp("2019-06-30").value // 10**9 + 900 * n for n in range(9)]
    assert values(table, "ghi_w_per_m2") == pytest.approx([400, np.nan, *[400] * 6], nan_ok=True)
    assert values(table, "dni_w_per_m2") == [800] * 8
    assert values(table, "temperature_degc") == [5.5] * 8


def test_older_files_have_fewer_fields() -> None:
    assert len(read(epw(day("2019,6,30", fields=32)), "epw").frame) == 24


def test_a_place_with_a_comma_and_another_encoding() -> None:
    """Names of places are quoted or in Latin-1; the numbers after them count."""
    log = RepairLog()
    read(epw(day("2019,6,30"), city='"Saint-Étienne, Loire"').encode("latin-1"), "epw", log=log)
    assert "latitude 48.1" in str(log.rows()[0]["detail"])


def test_as_pvlib_reads_it() -> None:
    """Another reader gives the same hours and values."""
    from pvlib.iotools import read_epw

    rows = [row(f"2019,1,{d},{h},0", ghi=d * h, temperature=h - 12.5) for d in range(1, 8) for h in range(1, 25)]
    text = epw(rows, zone=-7.0).replace('"', "")
    frame, _ = read_epw(io.StringIO(text.replace("\r\n", "\n")))
    table = read(text, "epw")
    assert stamps(table).equals(frame.index.tz_convert("UTC").as_unit("s"))
    assert values(table, "ghi_w_per_m2") == frame["ghi"].tolist()
    assert values(table, "temperature_degc") == frame["temp_air"].tolist()


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (row("2019,6,30,2,0", ghi="nan"), "ghi: not a number"),
        (row("2019,6,30,2,0", ghi="1_0"), "ghi: not a number"),
        (row("2019,6,30,2,0", temperature="1e400"), "not a finite number"),
        (row("2019,6,30,2,0", wind="calm"), "wind_speed: not a number"),
        (row("2019,6,30,2,0").replace("?9", "?9,", 1), "the wrong number of fields"),
        (row("2019,6,30,2,0", fields=30), "the wrong number of fields"),
        (row("2019,6,31,2,0"), "not a time stamp"),
        (row("2019,13,1,2,0"), "not a time stamp"),
        (row("1,1,1,2,0"), "not a time stamp"),
        (row("9999,1,1,2,0"), "not a time stamp"),
        (row("2019,6,30,0,0"), "not an hour"),
        (row("2019,6,30,25,0"), "not an hour"),
        (row("2019,6,30,1,0", ghi=7), "two values for one interval"),
        ("", "an empty line among the rows"),
    ],
)
def test_a_bad_row_is_named_by_its_line(bad: str, words: str) -> None:
    """Line 10 is the second row: 8 lines of header are before the first."""
    rows = day("2019,6,30")
    with pytest.raises(InputError, match=words) as raised:
        read(epw([rows[0], bad, *rows[2:]]), "epw")
    assert raised.value.problems[0].line == 10


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (epw([]), 9, "fewer than two rows"),
        (epw(day("2019,6,30", 1)), 9, "fewer than two rows"),
        (epw(["1,2,3"] * 3), 9, "the wrong number of fields"),
        (epw(day("2019,6,30"), zone="CET"), 1, "time zone: not a valid value in the header"),
        (epw(day("2019,6,30"), zone=99), 1, "time zone: not a valid value in the header"),
        (epw(day("2019,6,30"), city="a, b"), 1, "not the first line of an EPW file"),
        (epw(day("2019,6,30"), per_hour=0), 8, "records per hour"),
        (epw(day("2019,6,30"), per_hour=7), 8, "not a divisor of 60"),
        (epw(day("2019,6,30"), per_hour=2), 9, "the wrong number of records an hour"),
        (epw([row(f"2019,6,30,1,{m}") for m in (10, 25, 40, 55)], per_hour=4), 9, "not a minute of a record"),
        (epw(day("2019,6,30")).replace("DATA PERIODS", "PERIODS"), None, "no line DATA PERIODS"),
    ],
)
def test_a_bad_header_is_named(text: str, line: int | None, words: str) -> None:
    with pytest.raises(InputError, match=words) as raised:
        read(text, "epw")
    assert raised.value.problems[0].line == line


@given(st.lists(st.floats(-60, 60).map(lambda x: round(x, 2)), min_size=2, max_size=60), st.integers(-12, 12))
@settings(max_examples=30, deadline=None, phases=[Phase.generate], derandomize=True)
def test_what_is_written_is_read(numbers: list[float], zone: int) -> None:
    at = pd.date_range("2019-12-30", periods=len(numbers), freq="h")
    rows = [
        row(f"{t.year},{t.month},{t.day},{t.hour + 1},60", ghi=x + 100, temperature=x)
        for t, x in zip(at, numbers, strict=True)
    ]
    table = read(epw(rows, zone=zone), "epw")
    assert table.points[:-1].tolist() == (at.as_unit("s").asi8 - zone * 3600).tolist()
    assert values(table, "temperature_degc") == pytest.approx(numbers)
