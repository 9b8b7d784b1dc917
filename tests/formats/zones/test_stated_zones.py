"""What a table says of its clock is believed before an option; what it leaves open, its steps tell or its user."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid.errors import InputError
from microgrid.formats.zones.zone_words import stated_in
from microgrid.repairs import RepairLog
from microgrid.studies.importing import read_profile
from tests.formats.reading import read, stamps, values
from tests.proofs import proof


def rows(first: str, count: int = 24, step: str = "1h", zone: str | None = None) -> str:
    """Stamps without an offset, of a zone whose clock they follow, and a value each."""
    shown = pd.date_range(first, periods=count, freq=step, tz=zone).tz_localize(None)
    return "".join(f"{t:%Y-%m-%d %H:%M},{n}\n" for n, t in enumerate(shown))


def first_of(text: str, timezone: str = "Europe/Berlin", **options: Any) -> tuple[str, str]:
    """The first instant, and what the log says of the zone."""
    log = RepairLog()
    table = read(text, "table", timezone, options, log)
    told = [repair.detail for repair in log.repairs if repair.what == "zone stated by the file"]
    return f"{stamps(table)[0]:%Y-%m-%d %H:%M}", "".join(told)


def refused(text: str, timezone: str = "Europe/Berlin", **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        read(text, "table", timezone, options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        ("time_utc", 0), ("Timestamp (UTC)", 0), ("UTCTime", 0), ("timestampUtc", 0), ("Zeit [GMT]", 0), ("ts_gmt", 0),
        ("Time (UTC+1)", 1), ("Time UTC-07:00", -7), ("Zeit (GMT+05:30)", 5.5), ("Zeit (MEZ/MESZ)", 2), ("CET/CEST", 2),
        ("time UTC+1/UTC+2", 2), ("Time (America/New_York)", -4), ("Time EST/EDT", -4), ("stamp CEST", 2),
        ("time", 2), ("Zeit", 2), ("est_time", 2), ("Begin (local)", 2), ("outcome_gmtx", 2),
    ],
)  # fmt: skip
def test_the_name_of_the_column_is_believed(name: str, hours: float) -> None:
    """Midnight of 1 July on the clock of the name, whatever the site's zone and the option say; else the site's."""
    expected = f"{pd.Timestamp('2024-07-01') - pd.Timedelta(hours=hours):%Y-%m-%d %H:%M}"
    text = f"{name},load_kw\n" + rows("2024-07-01")
    found, told = first_of(text)
    assert found == expected
    if "Berlin" in told or not told:
        return
    assert first_of(text, timezone="Asia/Tokyo")[0] == expected
    told = first_of(text, timezone="Asia/Tokyo")[1]
    assert "Asia/Tokyo, the zone of the result, is not that of the stamps" in told


def test_the_file_beats_the_option_and_the_log_names_both() -> None:
    text = "time_utc,load_kw\n" + rows("2024-07-01")
    log = RepairLog()
    table = read(text, "table", "Europe/Berlin", {"timezone": "Europe/Paris"}, log)
    assert f"{stamps(table)[0]:%H:%M}" == "00:00"
    [told] = [repair.detail for repair in log.repairs if repair.what == "zone stated by the file"]
    assert "read in UTC; Europe/Paris, the option timezone, is not that of the stamps" in told


def test_the_timezone_of_an_import_is_that_of_its_result(tmp_path: Any) -> None:
    """24 values of an hour in UTC, shown from 02:00 in Berlin; the same instants in Tokyo."""
    path = tmp_path / "load.csv"
    path.write_text("time_utc,load_kw\n" + rows("2024-07-01"), encoding="utf-8")
    berlin, tokyo = (read_profile(path, "table", timezone=zone) for zone in ("Europe/Berlin", "Asia/Tokyo"))
    assert berlin.frame.index[0].isoformat() == "2024-07-01T02:00:00+02:00"
    assert tokyo.frame.index[0].isoformat() == "2024-07-01T09:00:00+09:00"
    assert berlin.points.tolist() == tokyo.points.tolist()


@pytest.mark.parametrize(
    ("above", "hours"),
    [
        ("Time zone: UTC", 0), ("Zeitzone,UTC", 0), ("Fuseau horaire: UTC+1", 1), ("Time zone,(UTC+01:00) Berlin", 2),
        ("All times in UTC", 0), ("Timestamps are in GMT", 0), ("Tijdzone: Europe/Brussels", 2),
        ("UTC offset,-03:00", -3),        ("Report of the UTC meter", 2), ("Time zone: local", 2),
        ("Time zone: W. Europe Standard Time", 2),
        ("Time zone,Local standard time", 1), ("Zeitzone;Winterzeit", 1), ("Time zone: GMT Standard Time", 1),
    ],
)  # fmt: skip
def test_a_line_above_the_header_is_believed(above: str, hours: float) -> None:
    text = f"Meter 7\n{above}\n\ntime,load_kw\n" + rows("2024-07-01")
    expected = f"{pd.Timestamp('2024-07-01') - pd.Timedelta(hours=hours):%Y-%m-%d %H:%M}"
    assert first_of(text)[0] == expected


def test_a_column_of_zones() -> None:
    """One zone for all rows, or an offset in each: CEST and CET tell the two hours of autumn apart without an order."""
    lines = rows("2024-07-01").splitlines()
    for zone, first in (("UTC", "00:00"), ("America/New_York", "04:00"), ("", "22:00")):
        found, _ = first_of("time,load_kw,timezone\n" + "".join(f"{line},{zone}\n" for line in lines))
        assert found.endswith(first)
    text = "time,Time Zone,kw\n2024-10-27 02:00,CEST,1\n2024-10-27 02:00,CET,2\n2024-10-27 03:00,CET,3\n"
    table = read(text, "table", "Asia/Tokyo")
    assert [f"{t:%H:%M}" for t in stamps(table)] == ["00:00", "01:00", "02:00"]
    assert list(table.frame.columns) == ["kw"]
    numbers = "time,utc_offset,kw\n2024-10-27 02:00,2,1\n2024-10-27 02:00,1,2\n2024-10-27 03:00,1,3\n"
    assert read(numbers, "table").points.tolist() == table.points.tolist()
    assert "several time zones" in refused(text.replace("CET,2", "Europe/Berlin,2"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Zeitzone: Europe/Berlin\ntime_utc,kw\n" + rows("2024-07-01"), 1),
        ("Time zone: UTC+2\n\nTime (UTC+1),kw\n" + rows("2024-07-01"), 1),
        ("time_utc,kw\n2024-07-01T00:00+02:00,1\n2024-07-01T01:00+02:00,2\n", 2),
        ("Zeit (MEZ),kw\n2024-07-01T00:00+03:00,1\n2024-07-01T01:00+03:00,2\n", 2),
        ("time_utc,kw,timezone\n2024-07-01 00:00,1,Europe/Berlin\n2024-07-01 01:00,2,Europe/Berlin\n", 2),
    ],
)
def test_two_clocks_in_one_file_are_an_error(text: str, line: int) -> None:
    """Both are named; no option settles it."""
    for options in ({}, {"timezone": "UTC"}):
        message = refused(text, **options)
        assert f":{line}: time: two time zones in one file" in message
        assert " in " in message


def test_offsets_that_agree_with_the_name_are_read() -> None:
    text = "Zeit (MEZ),kw\n2024-03-31T01:00+01:00,1\n2024-03-31T03:00+02:00,2\n2024-03-31T04:00+02:00,3\n"
    assert first_of(text)[0] == "2024-03-31 00:00"
    assert first_of("time_utc,kw\n2024-07-01T00:00Z,1\n2024-07-01T01:00Z,2\n")[0] == "2024-07-01 00:00"


def test_an_abbreviation_of_winter_time_is_told_by_the_steps() -> None:
    """MEZ may be winter time all year, or the clock of the place. 96 quarters on the day of the change are the one, 92
    the other; a summer day alone tells neither, and both answers to the question are read as they say.
    """
    head, start = "Zeit (MEZ),kw\n", "2024-03-31"
    fixed, local = head + rows(start, 96, "15min"), head + rows(start, 92, "15min", "Europe/Berlin")
    for text, last in ((fixed, "22:45"), (local, "21:45")):
        table = read(text, "table", "UTC")
        assert f"{stamps(table)[-1]:%H:%M}" == last
        assert not np.isnan(values(table, "kw")).any()
    autumn = read(head + rows("2024-10-27", 100, "15min", "Europe/Berlin"), "table", "UTC")
    assert f"{stamps(autumn)[0]:%d %H:%M} {stamps(autumn)[-1]:%d %H:%M}" == "26 22:00 27 22:45"
    summer = head + rows("2024-07-01")
    assert "a time zone with or without summer time" in refused(summer, "Etc/UTC")
    table = read(summer, "table", "UTC", {"timezone": "Etc/GMT-1"})
    assert f"{stamps(table)[0]:%H:%M}" == "23:00"
    table = read(summer, "table", "UTC", {"timezone": "Europe/Vienna"})
    assert f"{stamps(table)[0]:%H:%M}" == "22:00"


def test_an_abbreviation_means_what_it_means_at_the_site() -> None:
    """CST is Shanghai's clock there, and Chicago's elsewhere."""
    text = "time (CST),kw\n" + rows("2024-01-10")
    assert first_of(text, "Asia/Shanghai")[0] == "2024-01-09 16:00"
    assert first_of(text, "America/Chicago")[0] == "2024-01-10 06:00"


@settings(max_examples=60, deadline=None)
@given(
    hours=st.integers(-12, 14),
    minutes=st.sampled_from([0, 30, 45]),
    style=st.sampled_from(["UTC{sign}{h}:{m:02d}", "GMT{sign}{h:02d}:{m:02d}", "utc {sign}{h:02d}{m:02d}"]),
    around=st.sampled_from(["Time ({})", "stamp {}", "Zeit [{}]", "{}"]),
    site=st.sampled_from(["Europe/Berlin", "UTC", "America/New_York", "Australia/Lord_Howe"]),
)
def test_any_offset_in_a_name_is_read(hours: int, minutes: int, style: str, around: str, site: str) -> None:
    """The first instant is midnight less the offset, wherever the site is."""
    sign = "-" if hours < 0 else "+"
    name = around.format(style.format(sign=sign, h=abs(hours), m=minutes))
    ahead = pd.Timedelta(hours=abs(hours), minutes=minutes) * (1 if sign == "+" else -1)
    found, _ = first_of(f"{name},kw\n" + rows("2024-07-01"), site)
    assert found == f"{pd.Timestamp('2024-07-01') - ahead:%Y-%m-%d %H:%M}"


@proof(sample=50, whole=800)
@given(st.text(max_size=40))
def test_any_text_states_a_clock_or_none(text: str) -> None:
    """No name of a column breaks the reader; what states a clock lies within a day of UTC."""
    found = stated_in(text, "a name")
    assert found is None or found.ahead is None or abs(found.ahead) <= 15 * 3600
