"""Tables of any dialect: what is detected, what is asked for, what is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from microgrid.errors import InputError
from microgrid.formats.registry import recognise
from microgrid.formats.source import Source
from microgrid.formats.tables.table import FORMAT
from microgrid.formats.timed_table import Table
from microgrid.repairs import RepairLog
from tests.conftest import ROOT
from tests.formats.reading import read, stamps, values
from tests.formats.tables.test_workbook import workbook

SHARED = ROOT.parent / "shared" / "formats"
SUFFIX = ".csv"
LINES = [("2018-12-31 22:45", "1.5"), ("2018-12-31 23:00", ""), ("2018-12-31 23:15", "-2.25")]
ROWS = [
    f"31.12.2018;{n // 4:02d}:{n % 4 * 15:02d};{n // 4:02d}:59;{n * 5 // 4},{n * 125 % 100:02d};-{n}\n"
    for n in range(40)
]
HEADER = "Zählpunkt;DE0001\n\nDatum;von;bis;Leistung (kW);Temperatur\n;;;kW;°C\n"
SAMPLE: bytes = (HEADER + "".join(ROWS)).encode("cp1252")
DAY = "time;kw\n" + "".join(f"2018-01-01 {hour:02d}:00;{hour + 0.5}\n" for hour in range(24))


def table(content: str | bytes, timezone: str = "Europe/Paris", suffix: str = ".csv", **options: Any) -> Table:
    return read(content, "table", timezone, options, suffix=suffix)


def told(content: str | bytes, suffix: str = ".csv", **options: Any) -> str:
    """The one entry of the log that says how the file was read."""
    log = RepairLog()
    read(content, "table", options=options, log=log, suffix=suffix)
    [entry] = [repair for repair in log.repairs if repair.what == "read as"]
    return entry.detail


def refused(content: str | bytes, suffix: str = ".csv", **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        table(content, suffix=suffix, **options)
    return str(caught.value)


def test_the_sample() -> None:
    """Begin and end columns, units below the header, cp1252, decimal comma; 00:00 in Paris is 23:00 UTC."""
    found = table(SAMPLE)
    assert list(found.frame.columns) == ["Leistung (kW)", "Temperatur"]
    assert len(found.frame) == 40
    assert values(found, "Leistung (kW)")[:3] == [0, 1.25, 2.5]
    assert stamps(found)[0] == pd.Timestamp("2018-12-30T23:00Z")
    assert found.line(0) == 5
    said = told(SAMPLE)
    for words in ("cp1252", "semicolon", "header in line 3", "units in line 4", "','", "day first", "at the begin"):
        assert words in said


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"the samples are not at {SHARED}")
def test_the_export_of_a_grid_operator() -> None:
    """Of three columns of dates the one that moves; from 00:30 to midnight they are ends. Each value stands once: their
    sum is that of the column in the file (by awk). Hours among half hours leave a half open, beside a gap.
    """
    content = (SHARED / "enedis_r63_synthetic.csv").read_bytes()
    assert FORMAT.recognises(content[:8192].decode("latin-1"))
    found = table(content)
    power = np.array(values(found, "Valeur"))
    assert (len(power), int(np.isnan(power).sum())) == (194, 18)
    assert power[:3].tolist() == [900, 923, 878]
    assert str(stamps(found)[0]) == "2023-10-26 22:00:00+00:00"
    assert np.nansum(power) == 191225


# Dialects


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_separators_and_encodings(separator: str, encoding: str) -> None:
    text = "\n".join(separator.join(row) for row in [("Zeit", "Wärme"), *LINES])
    assert values(table(text.encode(encoding)), "Wärme") == pytest.approx([1.5, np.nan, -2.25], nan_ok=True)


@pytest.mark.parametrize(
    ("stamps_of", "words"),
    [
        (("31.12.2018 22:45", "31.12.2018 23:00"), "day first"),
        (("31/12/2018 22:45:00", "31/12/2018 23:00:00"), "day first"),
        (("12/31/2018 10:45 PM", "12/31/2018 11:00 PM"), "month first"),
        (("2018-12-31T22:45", "2018-12-31T23:00"), "year first"),
        (("2018/12/31 22:45", "2018/12/31 23:00"), "year first"),
        (("2018-12-31T22:45+01:00", "2018-12-31T23:00+01:00"), "UTC offset"),
        (("2018-12-31T21:45Z", "2018-12-31T22:00:00.000Z"), "UTC offset"),
    ],
)
def test_dates(stamps_of: tuple[str, str], words: str) -> None:
    """All of them are 22:45 and 23:00 in Paris on the last of December."""
    text = "time;kw\n" + "".join(f"{stamp};1\n" for stamp in stamps_of)
    assert [str(stamp) for stamp in stamps(table(text))] == ["2018-12-31 21:45:00+00:00", "2018-12-31 22:00:00+00:00"]
    assert words in told(text)


def test_a_value_behind_a_tab_is_no_offset() -> None:
    """The time, a tab and -1320 read as a stamp at UTC-13:20 if a tab may stand before an offset: a comma parts too."""
    text = "Zeit\tkW\n" + "".join(f"01.01.2006 {m:02}:00\t-{1320 + m},13\n" for m in range(4))
    assert values(table(text, dates="day_first"), "kW") == [-1320.13, -1321.13, -1322.13, -1323.13]


def test_the_whole_column_decides_the_order_of_day_and_month() -> None:
    """Hours of January 2 to 13: the last day is above 12, so that the first is in January, not in February."""
    index = pd.date_range("2018-01-02", "2018-01-13 23:00", freq="h")
    text = "time,kw\n" + "".join(f"{stamp:%d/%m/%Y %H:%M},1\n" for stamp in index)
    found = table(text, "UTC")
    assert len(found.frame) == len(index)
    assert stamps(found)[0] == pd.Timestamp("2018-01-02", tz="UTC")
    short = "time,kw\n01/02/2018 00:00,1\n01/02/2018 01:00,2\n"
    assert "dates: day_first or month_first" in refused(short)
    assert str(stamps(table(short, "UTC", dates="day_first"))[0]).startswith("2018-02-01")
    assert str(stamps(table(short, "UTC", dates="month_first"))[0]).startswith("2018-01-02")
    assert "year first" in refused(short, dates="iso")


def test_numbers_that_may_be_thousands() -> None:
    text = "time;kw\n2018-01-01 00:00;1.234\n2018-01-01 01:00;5\n"
    message = refused(text)
    assert ":2: kw" in message
    assert "option decimal" in message
    assert values(table(text, decimal="."), "kw") == [1.234, 5]
    assert values(table(text, thousands="."), "kw") == [1234, 5]
    assert values(table(text.replace("5", "0.5"))  , "kw") == [1.234, 0.5]  # fmt: skip
    grouped = text.replace("1.234", "1.234,5")
    assert "option thousands" in refused(grouped)
    assert values(table(grouped, thousands="."), "kw") == [1234.5, 5]
    for space in (" ", "\u00a0", "\u202f"):
        spaced = text.replace("1.234", f"1{space}234,5")
        assert "not a number" in refused(spaced)
        assert values(table(spaced, thousands="space", decimal=","), "kw") == [1234.5, 5]


def test_missing_values_are_said() -> None:
    text = DAY.replace(";3.5", ";NULL").replace(";4.5", ";-9999")
    assert ":5: kw: not a number" in refused(text)
    found = values(table(text, missing=["NULL", -9999]), "kw")
    assert np.isnan(found[3:5]).all()
    assert np.isfinite(found[5:]).all()


def test_the_autumn_hour_is_in_order() -> None:
    """02:00 and 02:30 twice: nine half hours from 00:00 to 03:30 local time, of five hours."""
    clock = ["00:00", "00:30", "01:00", "01:30", "02:00", "02:30", "02:00", "02:30", "03:00", "03:30"]
    lines = [f"28.10.2018 {time};{n}" for n, time in enumerate(clock)]
    for rows in (lines, lines[::-1]):
        found = table("\n".join(["time;kw", *rows]))
        assert values(found, "kw") == list(range(10))
        assert set(np.diff(found.points)) == {1800}
    once = "\n".join(["time;kw", *lines[:6], *lines[8:]])
    assert "twice in order" in refused(once)
    assert np.flatnonzero(np.isnan(values(table(once, autumn_hour="first"), "kw"))).tolist() == [6, 7]
    assert np.flatnonzero(np.isnan(values(table(once, autumn_hour="second"), "kw"))).tolist() == [4, 5]
    assert not np.isnan(values(table(once, timezone="Etc/GMT-1"), "kw")).any()


def test_the_spring_hour_does_not_exist() -> None:
    text = "time;kw\n25.03.2018 01:00;1\n25.03.2018 02:00;2\n25.03.2018 03:00;3\n"
    assert ":3: time: a local time that does not exist" in refused(text)
    assert values(table(text.replace(";2", ";")), "kw") == [1, 3]


def _filled(side: str, first: str = "2018-03-24", days: int = 3, step: int = 15) -> tuple[str, list[int]]:
    """Rows of every quarter of a clock that pays no heed to summer time, -1 in the hour that is none; what is right."""
    begins = pd.date_range(first, periods=days * 1440 // step, freq=f"{step}min")
    exists = ~begins.tz_localize("Europe/Paris", nonexistent="NaT", ambiguous=True).isna()
    numbers = np.where(exists, np.arange(len(begins)), -1)
    shown = begins + pd.Timedelta(minutes=step if side == "end" else 0)
    rows = "".join(f"{t:%d.%m.%Y %H:%M};{n}\n" for t, n in zip(shown, numbers, strict=True))
    return "time;kw\n" + rows, [int(n) for n in numbers if n >= 0]


@pytest.mark.parametrize("step", [15, 30, 60])
@pytest.mark.parametrize("side", ["begin", "end"])
def test_a_filler_in_the_hour_that_spring_leaves_out_is_dropped(side: str, step: int) -> None:
    """A day of 96 quarters in March: four of them are a filler. What is left follows each other without a hole, in its
    place before and after; a reading in UTC or in winter time would be off all summer, so none is offered.
    """
    text, right = _filled(side, step=step)
    message = refused(text)
    assert "spring_hour: drop" in message
    assert "UTC" not in message.replace("UTC+", "")
    assert "GMT" not in message
    log = RepairLog()
    found = read(text, "table", "Europe/Paris", {"spring_hour": "drop"}, log)
    assert values(found, "kw") == right
    assert str(stamps(found)[0]) == "2018-03-23 23:00:00+00:00"
    assert str(stamps(found)[-1]) == f"2018-03-26 21:{60 - step:02d}:00+00:00"
    assert ("filler of spring", 60 // step) in [(repair.what, repair.count) for repair in log.repairs]


@settings(max_examples=30, deadline=None)
@given(st.integers(1990, 2060), st.sampled_from(["begin", "end"]), st.sampled_from([5, 15, 30, 60]))
def test_a_filler_of_any_year_is_dropped(year: int, side: str, step: int) -> None:
    """The last Sunday of March, in every step and at both ends of the interval."""
    sunday = max(day for day in pd.date_range(f"{year}-03-25", periods=7) if day.day_of_week == 6)
    text, right = _filled(side, f"{sunday - pd.Timedelta(days=1):%Y-%m-%d}", step=step)
    found = table(text, spring_hour="drop", stamps=side, dates="day_first")
    assert values(found, "kw") == right
    assert set(np.diff(found.points)) == {step * 60}


def test_skipping_the_end_is_offered_at_the_end_only() -> None:
    """Leaving out the lines from a broken one on would leave out good ones after it."""
    assert "skip_footer" in refused(DAY + "sum;12\n")
    assert "skip_footer" not in refused(DAY.replace("2018-01-01 03:00", "at three"))


@pytest.mark.parametrize("late", ["02:00", "03:00"])
def test_ends_in_autumn_as_instants_or_after_the_begin(late: str) -> None:
    """The first 02:30 ends at 02:00 (winter time), or at 03:00 by the clock that it began on."""
    clock = ["01:30", "02:00", "02:30", late, "02:30", "03:00", "03:30"]
    text = "bis;kw\n" + "".join(f"28.10.2018 {time};{n}\n" for n, time in enumerate(clock))
    found = table(text)
    assert values(found, "kw") == list(range(7))
    assert str(stamps(found)[0]) == "2018-10-27 23:00:00+00:00"


def test_where_stamps_stand() -> None:
    """24:00, names and whole days tell the end; a centre is said."""
    assert "at the begin of the interval (assumed)" in told(DAY)
    assert "at the end of the interval (the name" in told(DAY.replace("time", "Bis (MEZ)"))
    ends = "time;kw\n" + "".join(f"2018-01-{1 + hour // 24:02d} {hour % 24:02d}:00;{hour}\n" for hour in range(1, 25))
    midnight = ends.replace("2018-01-02 00:00", "2018-01-01 24:00")
    for text in (ends, midnight):
        assert str(stamps(table(text))[0]) == "2017-12-31 23:00:00+00:00"
    centre = DAY.replace(":00;", ":30;")
    assert str(stamps(table(centre, stamps="center"))[0]) == "2017-12-31 23:00:00+00:00"
    assert "stamps: begin or end" in refused(midnight.replace("time", "from"))


# Shapes


def test_arrays_without_stamps() -> None:
    found = table("a;b\n1,5;2\n;4\n", start="2018-01-01", step="15 min")
    assert values(found, "a") == pytest.approx([1.5, np.nan], nan_ok=True)
    assert found.points.tolist() == [1514761200, 1514762100, 1514763000]
    assert values(table("1\n2\n3\n", start="2018-01-01T00:00Z", step="1 h"), "column_1") == [1, 2, 3]
    assert "options separator and decimal" in refused("1,5\n2,5\n", start="2018-01-01", step="1 h")
    assert values(table("1,5\n2,5\n", start="2018-01-01", step="1 h", separator=","), "column_2") == [5, 5]
    assert "the option start without the option step" in refused("1\n2\n", start="2018-01-01")
    assert ":3: a: not a number" in refused("a;b\n1;2\nx;4\n5;6\n7;8\n", start="2018-01-01", step="1 h", separator=";")


POINTS = [
    f"{point},2018-01-01 {hour:02d}:00,{hour + more}\n" for point, more in (("A", 0), ("B", 10)) for hour in range(4)
]
LONG = "meter,time,value\n" + "".join(POINTS)


def test_several_points() -> None:
    message = refused(LONG)
    assert ":6: meter: 2 points" in message
    assert "A, B" in message
    assert values(table(LONG, point="B"), "value") == [10, 11, 12, 13]
    assert "A, B" in refused(LONG, point="C")
    assert values(table(LONG.replace("A", "1").replace("B", "2"), point=2), "value") == [10, 11, 12, 13]
    assert "option point" in refused(LONG.replace("meter", "x"))
    assert "no such column" in refused(LONG, point_column="x")


def wide(day: int, month: int, labels: list[str], cells: list[object]) -> str:
    head = ";".join(["Datum", *labels])
    row = ";".join([f"{day:02d}.{month:02d}.2018", *map(str, cells)])
    ones = ["" if label in labels[:place] else "1" for place, label in enumerate(labels)]
    before = ";".join([f"{day - 1:02d}.{month:02d}.2018", *ones])
    return f"{head}\n{before}\n{row}\n"


HOURS = [f"{hour:02d}:00" for hour in range(24)]


def test_a_row_for_each_day() -> None:
    found = table(wide(20, 6, HOURS, list(range(24))))
    assert values(found, "value")[24:] == list(range(24))
    quarters = [f"{n // 4:02d}:{n % 4 * 15:02d}" for n in range(1, 97)]
    for last in ("24:00", "00:00"):
        found = table(wide(20, 6, [*quarters[:-1], last], list(range(96))))
        assert str(stamps(found)[0]) == "2018-06-18 22:00:00+00:00"
        assert values(found, "value")[96:] == list(range(96))


def test_days_of_25_and_23_hours() -> None:
    """In autumn a column appears twice, and is empty on other days; in spring the hour is empty."""
    twice = [*HOURS[:3], "02:00", *HOURS[3:]]
    found = table(wide(28, 10, twice, list(range(25))))
    assert values(found, "value") == [1] * 24 + list(range(25))
    last = table(wide(28, 10, [*HOURS, "02:00"], [*range(24), 99]))
    assert values(last, "value")[24:30] == [0, 1, 2, 99, 3, 4]
    spring = table(wide(25, 3, HOURS, [0, 1, "", *range(3, 24)]))
    assert values(spring, "value") == [1] * 24 + [0, 1, *range(3, 24)]
    assert "does not exist" in refused(wide(25, 3, HOURS, list(range(24))))
    assert "autumn_hour" in refused(wide(28, 10, HOURS, list(range(24))))
    empty = values(table(wide(28, 10, HOURS, [0, 1, "", *range(3, 24)])), "value")
    assert len(empty) == 49
    assert np.flatnonzero(np.isnan(empty)).tolist() == [26, 27]


def test_days_are_as_long_as_the_clock_makes_them() -> None:
    text = "time;kw\n" + "".join(f"2018-03-{day};1\n" for day in range(23, 28))
    assert (np.diff(table(text).points) // 3600).tolist() == [24, 24, 23, 24, 24]


# What is wrong, with its line


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (DAY + "Summe;300\n", {}, ":26: time: not a time stamp"),
        (DAY.replace("2018-01-01 03:00", ""), {}, ":5: time: not a time stamp"),
        (DAY.replace("2018-01-01 03:00", "2018-02-30 03:00"), {}, ":5: time: no such day"),
        (DAY.replace("2018-01-01 03:00", "2018-01-01 03:61"), {}, ":5: time: no such time"),
        (DAY.replace("2018-01-01 03:00", "9999-01-01 03:00"), {}, ":5: time: an impossible year"),
        (DAY.replace("2018-01-01 03:00", "2018-01-01 03:00Z"), {}, ":5: time: some stamps have a UTC offset"),
        (DAY.replace("2018-01-01 03:00", "2018-01-01 03:01"), {}, ":5: time: unequal steps"),
        (DAY.replace("2018-01-01 03:00", "2018-01-01 02:00"), {}, ":5: kw: two values"),
        (DAY.replace(";3.5", ";3.5;7"), {}, ":5: a row of another length"),
        (DAY.replace(";3.5", ""), {}, ":5: a row of another length"),
        (DAY.replace(";3.5", ";1e400"), {}, ":5: kw: not a number"),
        (DAY.replace(";3.5", ";=A1"), {}, ":5: kw: not a number"),
        (DAY.replace(";3.5", ';"3.5'), {}, ":5: not a readable line"),
        (DAY.replace(";3.5", ";3,5"), {}, ":5: kw: the decimal sign is unclear"),
        (DAY.replace("time;kw", "time;"), {}, ":1: no line with the names"),
        (DAY.replace("time;kw\n", "2018-13-01 00:00;5\n"), {}, ":1: column_1: no such day"),
        (DAY.replace("time;kw\n", "x;5\n"), {}, ":1: a number where the name"),
        (DAY.replace("kw\n", "kw;kw\n").replace(".5\n", ".5;1\n"), {}, ":1: kw: two columns of one name"),
        (DAY.replace("kw\n", ";kw\n").replace(".5\n", ".5;1\n"), {}, ":1: a column without a name"),
        (DAY, {"time": "tme"}, "did you mean 'time'"),
        (DAY, {"timezone": "Europe/Nowhere"}, "no such time zone"),
        (DAY, {"step": "0.3 s"}, "an impossible step"),
        (DAY, {"separator": "x"}, "format.separator"),
        (DAY, {"header": 40}, "no rows of data"),
        (DAY, {"form": "wide"}, ":1: no columns with times of day"),
        (DAY, {"decimal": ".", "thousands": "."}, "one sign for decimals and thousands"),
        (DAY + "\x00", {}, "not a text file"),
        ("a,b\n1,2\n", {}, "no line with a stamp"),
        (DAY.replace("kw\n", "kw\n2018-01-0x 00:00;-\n"), {}, ":2: not a time stamp"),
        ("time;kw\n2018-01-01;1\n", {}, "fewer than two rows"),
        ("time;kw\n2018-03-25 02:00;\n2018-03-25 02:15;\n", {"step": "15 min"}, "fewer than two rows"),
        ("time;kw\n01/13/2018;1\n13/01/2018;1\n", {}, ":3: time: a month above 12"),
        ("time,kw\n2018-01-01 00:00,1,5\n2018-01-01 01:00,2,5\n", {}, ":2: a row of another length"),
        ("time;kw\n2018-01-01 10:00 PM;1\n2018-01-01 11:00;2\n", {}, ":3: time: a time without AM or PM"),
        ("time;kw;status\n2018-01-01 00:00;;ok\n2018-01-01 01:00;;ok\n", {"time": "kw"}, ":2: kw: not a time stamp"),
        ("begin;other;kw\n" + "2018-01-01 00:00;2018-01-02 00:00;1\n2018-01-01 01:00;2018-01-03;2\n", {}, None),
        ("a;b;kw\n2018-01-01 00:00;2018-01-02 00:00;1\n2018-01-01 01:00;2018-01-03 01:00;2\n", {}, "option time"),
    ],
)
def test_errors(text: str, options: dict[str, Any], words: str | None) -> None:
    if words is None:
        assert len(table(text, **options).frame) == 2
    else:
        assert words in refused(text, **options)


def test_what_is_left_out_is_logged() -> None:
    log = RepairLog()
    text = DAY.replace("kw\n", "kw;status\n").replace(".5\n", ".5;ok\n") + "Summe;300;\n"
    found = read(text, "table", options={"skip_footer": 1}, log=log)
    assert list(found.frame.columns) == ["kw"]
    assert {(repair.column, repair.what) for repair in log.repairs} == {
        ("status", "text"),
        ("time", "footer"),
        ("time", "read as"),
    }


def test_recognised(tmp_path: Any) -> None:
    others = [(b"time;kw\n", False), (b"PK\x03\x04" + b"x" * 60, False), (b"PAR1", True)]
    for content, known in [(SAMPLE, True), (DAY.encode(), True), *others]:
        assert FORMAT.recognises(content.decode("latin-1")) is known
    path = tmp_path / "load.csv"
    path.write_bytes(SAMPLE)
    assert recognise(Source(path, "load.csv", "load.csv", "UTC")) == "table"


# Any dialect, and any damage


@st.composite
def dialects(draw: st.DrawFn) -> tuple[bytes, dict[str, Any], list[float], pd.DatetimeIndex]:
    """A series in a random dialect, what has to be said of it, and what it is."""
    numbers = draw(st.lists(st.integers(-(10**7), 10**7), min_size=2, max_size=80))
    minutes = draw(st.sampled_from([1, 5, 15, 30, 60]))
    start = draw(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2060, 1, 1))).replace(second=0, microsecond=0)
    index = pd.date_range(start, periods=len(numbers), freq=f"{minutes}min", tz="UTC").tz_convert("Europe/Paris")
    side = draw(st.sampled_from(["begin", "end", "center"] if minutes % 2 == 0 else ["begin", "end"]))
    shown = index + pd.Timedelta(minutes=minutes) * {"begin": 0, "end": 1, "center": 0.5}[side]
    order = draw(st.sampled_from(["iso", "day_first", "month_first"]))
    style = {"iso": "%Y-%m-%d", "day_first": "%d.%m.%Y", "month_first": "%m/%d/%Y"}[order]
    clock = draw(st.sampled_from([" %H:%M", " %H:%M:%S", " %I:%M %p"]))
    separator, decimal = draw(st.sampled_from([(";", ","), (";", "."), (",", "."), ("\t", ","), ("|", ".")]))
    texts = [f"{number / 100:.2f}".replace(".", decimal) for number in numbers]
    lines = [
        f"Zeit{separator}Wärme",
        *(f"{t:{style + clock}}{separator}{x}" for t, x in zip(shown, texts, strict=True)),
    ]
    content = "\r\n".join(lines).encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"])))
    changes = shown.map(lambda t: t.replace(tzinfo=None)).to_series()
    fold = (changes.dt.month == 10) & (changes.dt.hour == 2) & (changes.dt.day >= 25) & (changes.dt.day_of_week == 6)
    options: dict[str, Any] = {"stamps": side, "dates": order}
    if fold.any() or index[0].year < 1997:
        options["timezone"] = "Etc/GMT-1"
        shown = shown.tz_convert("Etc/GMT-1")
        lines = [lines[0], *(f"{t:{style + clock}}{separator}{x}" for t, x in zip(shown, texts, strict=True))]
        content = "\r\n".join(lines).encode("utf-8")
    return content, options, [number / 100 for number in numbers], index


@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.generate],
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(dialects())
def test_any_dialect_reads_back(case: tuple[bytes, dict[str, Any], list[float], pd.DatetimeIndex]) -> None:
    content, options, expected, index = case
    found = table(content, **options)
    assert values(found, "Wärme") == pytest.approx(expected)
    assert (stamps(found) == index).all()


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("1 000,5", {"thousands": "space", "decimal": ","}), ("1\u202f000,5", {"thousands": "space", "decimal": ","}),
        ("1'000.5", {"thousands": "'", "decimal": "."}), ("1’000.5", {"thousands": "’", "decimal": "."}),
        ("1 000", {"thousands": "space"}),
    ],
)  # fmt: skip
def test_the_message_names_the_options_of_grouped_numbers(text: str, options: dict[str, str]) -> None:
    """Followed, the remedy makes the number what it is."""
    rows = "".join(f"2024-07-15 0{n}:00;{text}\n" for n in range(4))
    said = refused(f"Zeit;kW\n{rows}")
    for name, value in options.items():
        assert f'{name}: "{value}"' in said
    assert values(table(f"Zeit;kW\n{rows}", **options), "kW") == [1000.5 if "5" in text else 1000.0] * 4


def test_grouped_numbers_in_cells_of_text() -> None:
    """In a workbook the signs are not told by the other cells: both options are named."""
    content = workbook([["Zeit", "kW"], *([dt.datetime(2024, 7, 15, n), "1.000,5"] for n in range(4))])
    said = refused(content, ".xlsx")
    assert 'thousands: "."' in said
    assert 'decimal: ","' in said
    assert values(table(content, suffix=".xlsx", thousands=".", decimal=","), "kW") == [1000.5] * 4


@pytest.mark.parametrize("before", [1, 11, 12, 40, 99])
def test_stamps_beyond_the_first_columns(before: int) -> None:
    head = ",".join(f"x{n}" for n in range(before))
    rows = "".join(f"{'1,' * before}2024-07-15 0{n}:00,{n}\n" for n in range(4))
    assert values(read(f"{head},time,load\n{rows}", "auto", "UTC"), "load") == [0, 1, 2, 3]


@pytest.mark.parametrize("mark", ["#", "%", "//"])
def test_more_comments_than_lines_that_are_looked_at(mark: str) -> None:
    rows = "".join(f"2024-07-15 0{n}:00,{n}\n" for n in range(4))
    text = f"{mark} a comment\n" * 1500 + f"time,load\n{rows}"
    assert values(read(text, "auto", "UTC"), "load") == [0, 1, 2, 3]


def test_a_header_below_any_number_of_lines() -> None:
    """Lines that are no comments are counted: the option is what the message names, and it is enough."""
    rows = "".join(f"2024-07-15 0{n}:00,{n}\n" for n in range(4))
    text = "about the meter\n" * 1500 + f"time,load\n{rows}"
    assert "the line of the header" in refused(text)
    for name in ("auto", "table"):
        assert values(read(text, name, "UTC", {"header": 1501}), "load") == [0, 1, 2, 3]
