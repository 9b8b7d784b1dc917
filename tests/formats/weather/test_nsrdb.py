"""NSRDB and SAM CSV: steps and minutes, time zones, names of SAM, years, what is wrong with a file."""

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
from tests.formats.reading import read, stamps, values

SUFFIX = ".csv"
KEYS = (
    "Source,Location ID,City,State,Country,Latitude,Longitude,Time Zone,Elevation,Local Time Zone,DHI Units,DNI Units,"
    "GHI Units,Temperature Units,Pressure Units,Wind Speed Units,Cloud Type 0,Version"
)
NAMES = (
    "Year,Month,Day,Hour,Minute,DHI,DNI,GHI,Cloud Type,Temperature,Pressure,Relative Humidity,Wind Direction,Wind Speed"
)


def site(zone: object = -7, local: object = -7, pressure: str = "mbar", elevation: object = 1829) -> str:
    return f"NSRDB,145809,-,-,-,39.73,-105.18,{zone},{elevation},{local},w/m2,w/m2,w/m2,c,{pressure},m/s,Clear,4.0.1"


def row(at: pd.Timestamp, ghi: object = 410, temperature: object = 7.3) -> str:
    return f"{at.year},{at.month},{at.day},{at.hour},{at.minute},60,520,{ghi},4,{temperature},812,33.1,270.4,2.8"


def rows(start: str, count: int, step: str = "1h", **cells: object) -> list[str]:
    return [row(at, **cells) for at in pd.date_range(start, periods=count, freq=step)]


def nsrdb(lines: list[str], about: str | None = None, names: str = NAMES, keys: str = KEYS) -> str:
    return "\n".join([keys, about or site(), names, *lines]) + "\n"


SAMPLE = nsrdb(rows("2019-06-30 00:30", 48)).encode()


def test_hours_stamped_in_their_middle() -> None:
    """00:30 at UTC-7 stands for 00:00 to 01:00 there, 07:00 to 08:00 UTC; 812 mbar are 81,200 Pa."""
    log = RepairLog()
    table = read(SAMPLE, "nsrdb", log=log)
    assert (str(stamps(table)[0]), len(table.frame)) == ("2019-06-30 07:00:00+00:00", 48)
    assert set(np.diff(table.points).tolist()) == {3600}
    assert {column: values(table, column)[0] for column in table.frame.columns} == {
        "ghi_w_per_m2": 410, "dni_w_per_m2": 520, "dhi_w_per_m2": 60, "temperature_degc": 7.3,
        "wind_speed_m_per_s": 2.8, "wind_direction_deg": 270.4, "relative_humidity_percent": 33.1, "pressure_pa": 81200,
    }  # fmt: skip
    told = {entry["what"]: str(entry["detail"]) for entry in log.rows()}
    assert told["stamps within the interval"].startswith("at minute 30: each stands for the 60 min")
    assert told["stamps in standard time"] == "UTC-7 h as line 2 states, without summer time"
    assert told["site of the file"] == "latitude 39.73, longitude -105.18, elevation 1829 m"


@pytest.mark.parametrize(
    ("start", "step", "begin", "minutes"),
    [
        ("2019-06-30 00:00", "1h", "2019-06-30 07:00", 60),
        ("2019-06-30 00:00", "30min", "2019-06-30 07:00", 30),
        ("2019-06-30 00:15", "30min", "2019-06-30 07:00", 30),
        ("2019-06-30 00:00", "15min", "2019-06-30 07:00", 15),
        ("2019-06-30 00:05", "5min", "2019-06-30 07:05", 5),
    ],
)
def test_steps(start: str, step: str, begin: str, minutes: int) -> None:
    table = read(nsrdb(rows(start, 13, step)), "nsrdb")
    assert str(stamps(table)[0]).startswith(begin)
    assert set(np.diff(table.points).tolist()) == {minutes * 60}


@pytest.mark.parametrize(("zone", "local", "hours"), [(0, -7, 0), (5.5, 5.5, 5.5), (-7, -7, -7), (9.5, 9.5, 9.5)])
def test_the_zone_of_the_stamps(zone: float, local: float, hours: float) -> None:
    """``Time Zone`` is 0 for a file in UTC, whatever the site's own; India and Australia have half hours."""
    table = read(nsrdb(rows("2019-06-30 00:30", 24), site(zone, local)), "nsrdb")
    assert table.points[0] == pd.Timestamp("2019-06-30", tz="UTC").timestamp() - hours * 3600


def test_the_zone_of_the_site_where_there_is_no_other() -> None:
    keys = KEYS.replace("Longitude,Time Zone", "Longitude,Old Zone")
    table = read(nsrdb(rows("2019-06-30 00:30", 24), site(3, -6), keys=keys), "nsrdb")
    assert str(stamps(table)[0]) == "2019-06-30 06:00:00+00:00"


def test_the_csv_of_sam() -> None:
    """Its own names, no minutes, empty fields at the ends of lines as spreadsheets leave them."""
    keys = "Source,Location ID,City,State,Country,Latitude,Longitude,Time Zone,Elevation"
    about = "TMY3,723170,greensboro,NC,USA,36.1,-79.95,-5,273.5"
    lines = [f"1988,1,1,{hour},{hour},{2 * hour},{3 * hour},-1.5,88,993,6.2,200,," for hour in range(24)]
    text = nsrdb(lines, about, "Year,Month,Day,Hour,GHI,DNI,DHI,Tdry,RH,Pres,Wspd,Wdir,,", keys + ",,,")
    table = read(text, "nsrdb")
    assert format_of("nsrdb").recognises(text)
    assert (str(stamps(table)[0]), len(table.frame)) == ("1988-01-01 05:00:00+00:00", 24)
    assert values(table, "dhi_w_per_m2")[:3] == [0, 3, 6]
    assert values(table, "wind_direction_deg")[0] == 200
    assert values(table, "pressure_pa")[0] == 99300


def test_it_is_recognised() -> None:
    head = SAMPLE.decode()
    assert [name for name in ("pvgis", "epw", "tmy3", "nsrdb") if format_of(name).recognises(head)] == ["nsrdb"]
    assert not format_of("nsrdb").recognises("Year,Month,Day,Hour,load\n2018,1,1,0,5\n2018,1,1,1,5\n")


def test_months_of_different_years_are_laid_on_one() -> None:
    """January of 2010 and February of 2004 of a typical year, on 2018 or on a year that is chosen."""
    text = nsrdb(rows("2010-01-31 00:30", 24) + rows("2004-02-01 00:30", 24))
    log = RepairLog()
    table = read(text, "nsrdb", log=log)
    assert (str(stamps(table)[0]), len(table.frame)) == ("2018-01-31 07:00:00+00:00", 48)
    assert any("the file has Jan 2010, Feb 2004" in str(entry["detail"]) for entry in log.rows())
    assert str(stamps(read(text, "nsrdb", options={"year": 2030}))[0]) == "2030-01-31 07:00:00+00:00"


def test_increasing_months_far_apart_are_a_typical_year_too() -> None:
    text = nsrdb(rows("2001-01-31 00:30", 24) + rows("2004-02-01 00:30", 24))
    assert len(read(text, "nsrdb").frame) == 48


def test_two_years_one_after_the_other_are_no_typical_year() -> None:
    table = read(nsrdb(rows("2017-12-31 00:30", 8784 + 24)), "nsrdb")
    assert (str(stamps(table)[0]), len(table.frame)) == ("2017-12-31 07:00:00+00:00", 8808)


def test_a_slip_in_one_year_is_no_typical_year() -> None:
    """One row of 2091 among those of 2019; a period that ends in the month in which it began is as it should be."""
    lines = rows("2019-06-29 00:30", 48)
    lines[7] = lines[7].replace("2019,", "2091,")
    with pytest.raises(InputError, match="a month of several years") as raised:
        read(nsrdb(lines), "nsrdb")
    assert raised.value.problems[0].line == 11
    assert len(read(nsrdb(lines), "nsrdb", options={"year": 2019}).frame) == 48
    table = read(nsrdb(rows("2018-12-15 00:30", 360 * 24)), "nsrdb")
    assert (str(stamps(table)[0]), len(table.frame)) == ("2018-12-15 07:00:00+00:00", 8640)


def test_missing_values_are_empty() -> None:
    """-9999 and an empty field; what is left is read."""
    lines = [
        *rows("2019-06-30 00:30", 1, ghi=-9999),
        *rows("2019-06-30 01:30", 1, ghi=""),
        *rows("2019-06-30 02:30", 1),
    ]
    assert values(read(nsrdb(lines), "nsrdb"), "ghi_w_per_m2") == pytest.approx([np.nan, np.nan, 410], nan_ok=True)


def test_a_missing_row_is_a_hole() -> None:
    lines = rows("2019-06-30 00:30", 24)
    table = read(nsrdb(lines[:5] + lines[6:]), "nsrdb")
    assert np.flatnonzero(np.isnan(values(table, "ghi_w_per_m2"))).tolist() == [5]


def test_as_pvlib_reads_it() -> None:
    """pvlib keeps the stamps in the middle; the values are the same."""
    from pvlib.iotools import read_nsrdb_psm4

    lines = [
        row(at, ghi=n, temperature=n / 10)
        for n, at in enumerate(pd.date_range("2019-01-01 00:30", periods=99, freq="h"))
    ]
    frame, _ = read_nsrdb_psm4(io.StringIO(nsrdb(lines)), map_variables=False)
    table = read(nsrdb(lines), "nsrdb")
    assert (stamps(table) + pd.Timedelta("30min")).equals(frame.index.tz_convert("UTC").as_unit("s"))
    assert values(table, "ghi_w_per_m2") == frame["GHI"].tolist()
    assert values(table, "temperature_degc") == frame["Temperature"].tolist()


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("2019,6,30,1,30,60,520,nan,4,7,812,33,270,2", "ghi: not a number"),
        ("2019,6,30,1,30,60,520,inf,4,7,812,33,270,2", "ghi: not a number"),
        ("2019,6,30,1,30,60,520,1_0,4,7,812,33,270,2", "ghi: not a number"),
        ("2019,6,30,1,30,60,520,1e400,4,7,812,33,270,2", "not a finite number"),
        ("2019,6,30,1,30,60,520,10,4,7", "the wrong number of fields"),
        ("2019,6,30,1,30,60,520,10,4,7,812,33,270,2,9", "the wrong number of fields"),
        ("2019,6,31,1,30,60,520,10,4,7,812,33,270,2", "not a time stamp"),
        ("9999,6,30,1,30,60,520,10,4,7,812,33,270,2", "not a time stamp"),
        ("2019.5,6,30,1,30,60,520,10,4,7,812,33,270,2", "year: not a number"),
        ("2019,6,30,24,30,60,520,10,4,7,812,33,270,2", "not a time of day"),
        ("2019,6,30,1,60,60,520,10,4,7,812,33,270,2", "not a time of day"),
        ("2019,6,30,0,45,60,520,10,4,7,812,33,270,2", "two values for one interval"),
        ("", "an empty line among the rows"),
    ],
)
def test_a_bad_row_is_named_by_its_line(bad: str, words: str) -> None:
    """Line 5 is the second row: three lines of header are before the first."""
    lines = rows("2019-06-30 00:30", 24)
    with pytest.raises(InputError, match=words) as raised:
        read(nsrdb([lines[0], bad, *lines[2:]]), "nsrdb")
    assert raised.value.problems[0].line == 5


GOOD = rows("2019-06-30 00:30", 24)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (nsrdb([]), 4, "fewer than two rows"),
        (nsrdb(GOOD[:1]), 4, "fewer than two rows"),
        (f"{KEYS}\n{site()}\n", 2, "the file ends within its header"),
        (nsrdb(GOOD, site("MST")), 2, "Time Zone: not a valid value in the header"),
        (nsrdb(GOOD, site(elevation="high")), 2, "elevation: not a valid value in the header"),
        (nsrdb(GOOD, site(pressure="psi")), 2, "a unit that this format does not have"),
        (nsrdb(GOOD, site() + ",5,6,7"), 2, "not the header of an NSRDB file"),
        (nsrdb(GOOD, names=NAMES.replace("Hour", "Our")), 3, "no column 'hour'"),
        (nsrdb(GOOD, names=NAMES.replace("DHI", "DNI")), 3, "a column appears twice"),
        (nsrdb(GOOD, names=NAMES.replace("DHI", "ghi")), 3, "a column appears twice"),
        (nsrdb(GOOD, names=NAMES.replace("DHI", "Global")), 3, "two columns of one quantity"),
        (nsrdb(rows("2019-06-30 00:00", 24, "2h")), None, "not the step of an NSRDB file"),
        (nsrdb(rows("2019-06-30 00:00", 24, "7min")), None, "not the step of an NSRDB file"),
    ],
)
def test_a_bad_header_is_named(text: str, line: int | None, words: str) -> None:
    with pytest.raises(InputError, match=words) as raised:
        read(text, "nsrdb")
    assert raised.value.problems[0].line == line


def test_columns_without_a_name_are_passed_over() -> None:
    """Two of them are two fields of each row all the same."""
    names = NAMES.replace("Cloud Type,", ",").replace("Relative Humidity", "")
    assert list(read(nsrdb(GOOD, names=names), "nsrdb").frame.columns) == [
        "ghi_w_per_m2", "dni_w_per_m2", "dhi_w_per_m2", "temperature_degc", "wind_speed_m_per_s", "wind_direction_deg",
        "pressure_pa",
    ]  # fmt: skip


@given(
    st.lists(st.floats(-60, 60).map(lambda x: round(x, 2)), min_size=2, max_size=60),
    st.sampled_from([5, 10, 15, 30, 60]),
    st.integers(-12, 12),
)
@settings(max_examples=30, deadline=None, phases=[Phase.generate], derandomize=True)
def test_what_is_written_is_read(numbers: list[float], minutes: int, zone: int) -> None:
    at = pd.date_range("2019-12-30", periods=len(numbers), freq=f"{minutes}min")
    lines = [row(t + pd.Timedelta(minutes=minutes // 2), temperature=x) for t, x in zip(at, numbers, strict=True)]
    table = read(nsrdb(lines, site(zone)), "nsrdb")
    assert table.points[:-1].tolist() == (at.as_unit("s").asi8 - zone * 3600).tolist()
    assert values(table, "temperature_degc") == pytest.approx(numbers)
