"""TMY3: the files that pvlib brings along, hours at their ends, years, what is wrong with a file."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from microgrid.errors import InputError
from microgrid.formats.registry import format_of
from microgrid.repairs import RepairLog
from tests.formats.reading import read, stamps, values

SUFFIX = ".csv"
SITE = '724940,"MADE UP INTL AP",CA,-8.0,37.617,-122.400,2'
NAMES = (
    "Date (MM/DD/YYYY),Time (HH:MM),ETR (W/m^2),GHI (W/m^2),GHI source,DNI (W/m^2),DHI (W/m^2),Dry-bulb (C),"
    "RHum (%),Pressure (mbar),Wdir (degrees),Wspd (m/s),Hvis (m),PresWth source"
)


def row(date: str, time: str, ghi: object = 120, temperature: object = 11.5) -> str:
    return f"{date},{time},300,{ghi},1,80,60,{temperature},71,1013,250,4.1,-9900,C"


def day(date: str, **cells: object) -> list[str]:
    return [row(date, f"{hour:02d}:00", **cells) for hour in range(1, 25)]


def tmy3(rows: list[str], site: str = SITE, names: str = NAMES) -> str:
    return "\n".join([site, names, *rows]) + "\n"


SAMPLE = tmy3(day("01/31/1997") + day("02/01/2003")).encode()


def published(name: str) -> bytes:
    return (resources.files("pvlib") / "data" / name).read_bytes()


def test_sand_point() -> None:
    """8,760 hours of 2018 at UTC-9; the first row is 01:00 at the end; the first day and the last row read by hand."""
    log = RepairLog()
    table = read(published("703165TY.csv"), "tmy3", log=log)
    assert (len(table.frame), str(stamps(table)[0])) == (8760, "2018-01-01 09:00:00+00:00")
    assert (np.diff(table.points) == 3600).all()
    assert values(table, "temperature_degc")[-1] == -6.0
    assert values(table, "wind_direction_deg")[:2] == [320, 0]
    assert values(table, "wind_speed_m_per_s")[21:26] == [3.1, 2.6, 4.6, 4.1, 5.1]
    assert values(table, "pressure_pa")[0] == 101200
    told = {entry["what"]: str(entry["detail"]) for entry in log.rows()}
    assert "Jan 1997, Feb 1995" in told["laid on one year"]
    assert told["site of the file"] == "latitude 55.317, longitude -160.517, elevation 7 m"
    assert told["stamps in standard time"].startswith("UTC-9 h")


@pytest.mark.parametrize("name", ["703165TY.csv", "723170TYA.CSV"])
def test_as_pvlib_reads_it(name: str) -> None:
    """pvlib stamps the ends: an hour later than the begins here, and the last is in the next year."""
    from pvlib.iotools import read_tmy3

    frame, _ = read_tmy3(str(resources.files("pvlib") / "data" / name), coerce_year=2021, map_variables=False)
    table = read(published(name), "tmy3", options={"year": 2021})
    assert (stamps(table) + pd.Timedelta("1h")).equals(frame.index.tz_convert("UTC").as_unit("s"))
    for theirs, ours in (("GHI (W/m^2)", "ghi_w_per_m2"), ("Dry-bulb (C)", "temperature_degc")):
        assert values(table, ours) == frame[theirs].tolist()


def test_they_are_recognised() -> None:
    for content in (SAMPLE, published("723170TYA.CSV")):
        head = content[:8192].decode("latin-1")
        assert [name for name in ("pvgis", "epw", "tmy3", "nsrdb") if format_of(name).recognises(head)] == ["tmy3"]


def test_the_end_of_a_day_is_24() -> None:
    """31 January of 1997 ends with 24:00; the next row is 01:00 of February 2003, and both are in one year."""
    table = read(SAMPLE, "tmy3", options={"year": 2023})
    assert (str(stamps(table)[0]), len(table.frame)) == ("2023-01-31 08:00:00+00:00", 48)
    assert set(np.diff(table.points).tolist()) == {3600}


def test_midnight_as_the_begin_of_the_next_day() -> None:
    """SolarAnywhere writes 00:00 for the end of the day before."""
    rows = [row("06/30/2010", f"{hour:02d}:00") for hour in range(1, 24)] + [row("07/01/2010", "00:00")]
    table = read(tmy3(rows), "tmy3")
    assert (str(stamps(table)[-1]), len(table.frame)) == ("2010-07-01 07:00:00+00:00", 24)


def test_a_leap_day_is_kept_in_its_year_and_left_out_elsewhere() -> None:
    """pvlib would move it onto 1 March."""
    rows = day("02/28/2012") + day("02/29/2012") + day("03/01/2012")
    assert len(read(tmy3(rows), "tmy3").frame) == 72
    log = RepairLog()
    assert len(read(tmy3(rows), "tmy3", options={"year": 2018}, log=log).frame) == 48
    assert {entry["what"]: entry["count"] for entry in log.rows()}["leap day left out"] == 24


def test_missing_is_minus_9900() -> None:
    log = RepairLog()
    rows = [row("06/30/2010", "01:00", ghi=-9900), row("06/30/2010", "02:00", ghi=""), *day("06/30/2010")[2:]]
    table = read(tmy3([line.replace(",1013,", ",-9900,") for line in rows]), "tmy3", log=log)
    assert np.isnan(values(table, "ghi_w_per_m2")).tolist() == [True, True] + [False] * 22
    assert np.isnan(values(table, "pressure_pa")).all()
    counted = {entry["column"]: entry["count"] for entry in log.rows() if entry["what"] == "missing codes"}
    assert counted == {"ghi_w_per_m2": 1, "pressure_pa": 24}


def test_a_name_with_a_comma() -> None:
    assert len(read(tmy3(day("06/30/2010"), site=SITE.replace("MADE", "MADE,")), "tmy3").frame) == 24


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (row("06/30/2010", "02:00", ghi="nan"), "not a number"),
        (row("06/30/2010", "02:00", ghi="0x10"), "not a number"),
        (row("06/30/2010", "02:00", temperature="-1e999"), "not a finite number"),
        (row("06/30/2010", "02:00") + ",", "the wrong number of fields"),
        (row("06/30/2010", "02:00")[:30], "the wrong number of fields"),
        ("", "an empty line among the rows"),
        (row("2010-06-30", "02:00"), "not a value of this field"),
        (row("06/31/2010", "02:00"), "not a time stamp"),
        (row("30/06/2010", "02:00"), "not a time stamp"),
        (row("06/30/9999", "02:00"), "not a time stamp"),
        (row("06/30/2010", "25:00"), "not an hour"),
        (row("06/30/2010", "02:30"), "not an hour"),
        (row("06/30/2010", "01:00", ghi=5), "two values for one interval"),
    ],
)
def test_a_bad_row_is_named_by_its_line(bad: str, words: str) -> None:
    """Line 4 is the second row: two lines of header are before the first."""
    rows = day("06/30/2010")
    with pytest.raises(InputError, match=words) as raised:
        read(tmy3([rows[0], bad, *rows[2:]]), "tmy3")
    assert raised.value.problems[0].line == 4


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (tmy3([]), 3, "fewer than two rows"),
        (tmy3(day("06/30/2010")[:1]), 3, "fewer than two rows"),
        (SITE, 1, "the file ends within its header"),
        (tmy3(day("06/30/2010"), site="724940,X,CA,-8.0"), 1, "not the first line of a TMY3 file"),
        (tmy3(day("06/30/2010"), site=SITE.replace("-8.0", "PST")), 1, "time zone: not a valid value in the header"),
        (tmy3(day("06/30/2010"), site=SITE.replace("37.617", "north")), 1, "latitude: not a valid value in the header"),
        (tmy3(day("06/30/2010"), names="Date,Time,GHI"), 2, "not the columns of a TMY3 file"),
        (tmy3(day("06/30/2010"), names=NAMES.replace("DHI", "DNI")), 2, "a column appears twice"),
        (tmy3(day("01/01/2010") + day("01/01/2011")), 27, "rows of several years"),
    ],
)
def test_a_bad_header_is_named(text: str, line: int, words: str) -> None:
    with pytest.raises(InputError, match=words) as raised:
        read(text, "tmy3")
    assert raised.value.problems[0].line == line


@given(st.lists(st.floats(-60, 60).map(lambda x: round(x, 1)), min_size=2, max_size=60), st.integers(-12, 12))
@settings(max_examples=30, deadline=None, phases=[Phase.generate], derandomize=True)
def test_what_is_written_is_read(numbers: list[float], zone: int) -> None:
    at = pd.date_range("2011-06-29", periods=len(numbers), freq="h")
    rows = [row(f"{t:%m/%d/%Y}", f"{t.hour + 1:02d}:00", temperature=x) for t, x in zip(at, numbers, strict=True)]
    table = read(tmy3(rows, site=SITE.replace("-8.0", str(zone))), "tmy3")
    assert table.points[:-1].tolist() == (at.as_unit("s").asi8 - zone * 3600).tolist()
    assert values(table, "temperature_degc") == pytest.approx(numbers)
