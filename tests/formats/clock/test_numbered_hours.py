"""Tables that number the intervals of a day: a date and an hour 1 to 24, 25 in autumn and 23 in spring."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid.errors import InputError
from tests.formats.fuzz import survivors
from tests.formats.reading import read, stamps, values
from tests.proofs import proof

MADRID = "Europe/Madrid"
SPRING, AUTUMN = dt.date(2024, 3, 31), dt.date(2024, 10, 27)


def table(rows: Iterable[tuple[dt.date, object]], name: str = "Hora", more: str = "") -> str:
    """Rows with a date, a number and a value that counts the rows."""
    lines = [f"{day:%d/%m/%Y};{hour};{n},5{more}" for n, (day, hour) in enumerate(rows)]
    return "\n".join([f"Fecha;{name};kWh" + more, *lines]) + "\n"


def begins(content: str, **options: object) -> list[str]:
    return [stamp.isoformat() for stamp in stamps(read(content, "table", MADRID, options)).tz_convert(MADRID)]


def hours_of(day: dt.date) -> int:
    begin = dt.datetime.combine(day, dt.time(), ZoneInfo(MADRID)).astimezone(dt.UTC)
    end = dt.datetime.combine(day + dt.timedelta(1), dt.time(), ZoneInfo(MADRID)).astimezone(dt.UTC)
    return round((end - begin).total_seconds() / 3600)


@pytest.mark.parametrize(("day", "count"), [(SPRING, 23), (AUTUMN, 25), (dt.date(2024, 5, 27), 24)])
def test_hours_count_what_has_passed_since_midnight(day: dt.date, count: int) -> None:
    """The hours of a day and of the one after it follow each other without a hole, as the clock has it."""
    after = day + dt.timedelta(1)
    rows = [*((day, n) for n in range(1, count + 1)), *((after, n) for n in range(1, 25))]
    found = read(table(rows), "table", MADRID)
    assert np.diff(found.points).tolist() == [3600] * (count + 24)
    assert stamps(found)[0].tz_convert(MADRID).isoformat().startswith(f"{day}T00:00")
    assert values(found, "kWh") == [n + 0.5 for n in range(count + 24)]


def test_hours_of_the_wall_leave_one_out_or_say_it_twice() -> None:
    """1, 2, 4, ..., 24 in spring and 1, 2, 3, 3, 4, ..., 24 in autumn are hours of the clock: none is moved."""
    spring = [(SPRING, n) for n in range(1, 25) if n != 3]
    assert begins(table(spring))[2] == "2024-03-31T03:00:00+02:00"
    autumn = [(AUTUMN, n) for n in sorted([*range(1, 25), 3])]
    assert begins(table(autumn))[2:5] == [
        "2024-10-27T02:00:00+02:00",
        "2024-10-27T02:00:00+01:00",
        "2024-10-27T03:00:00+01:00",
    ]


def test_hours_from_0() -> None:
    """Hour 0 begins at midnight, where hour 1 would have ended."""
    day = dt.date(2024, 5, 27)
    assert begins(table((day, n) for n in range(24)))[1] == "2024-05-27T01:00:00+02:00"
    assert begins(table((day, n) for n in range(1, 25)))[1] == "2024-05-27T01:00:00+02:00"


@pytest.mark.parametrize("written", ["{:02d}", "H{}", "{}.0", "HE {}"])
def test_hours_are_written_in_several_ways(written: str) -> None:
    rows = [(dt.date(2024, 5, 27), written.format(n)) for n in range(1, 25)]
    assert len(begins(table(rows))) == 24


@pytest.mark.parametrize(("per_hour", "minutes"), [(2, 30), (4, 15)])
def test_quarters_are_numbered_too(per_hour: int, minutes: int) -> None:
    """Periods 1 to 100 on the day of autumn are quarters of an hour, whatever their column is called."""
    rows = [(AUTUMN, n) for n in range(1, 25 * per_hour + 1)]
    found = read(table(rows, "Nr"), "table", MADRID)
    assert set(np.diff(found.points).tolist()) == {60 * minutes}


def test_the_date_without_signs_and_the_hour() -> None:
    """As weather services write it: 20240527 and 1 to 24."""
    text = "STN,YYYYMMDD,HH,T\n" + "".join(f"260,20240527,{n},1{n}\n" for n in range(1, 25))
    assert begins(text)[0] == "2024-05-27T00:00:00+02:00"
    assert values(read(text, "auto", MADRID), "T")[0] == 11


def test_the_date_at_midnight_and_the_hour() -> None:
    """A program that writes each date with 0:00 behind it tells the hour in its own column all the same."""
    text = "Fecha;Hora;kWh\n" + "".join(f"{day}/05/2024 0:00;{n};1\n" for day in (27, 28) for n in range(1, 25))
    assert begins(text)[25] == "2024-05-28T01:00:00+02:00"


def test_one_of_several_meters() -> None:
    """Two meters in one table: each hour is there twice, and the option point chooses; without it the error asks."""
    text = "CUPS;Fecha;Hora;kWh;Metodo\n" + "".join(
        f"ES{meter};27/05/2024;{n};{meter};R\n" for meter in (1, 2) for n in range(1, 25)
    )
    assert values(read(text, "table", MADRID, {"point": "ES2"}), "kWh") == [2.0] * 24
    with pytest.raises(InputError, match="2 points in one table"):
        begins(text)


def test_options_name_the_columns() -> None:
    """Where other columns hold whole numbers as well, the options date and time say which is the hour."""
    text = "A;Fecha;B\n" + "".join(f"{n};27/05/2024;{n % 3}\n" for n in range(1, 25))
    assert len(begins(text, date="Fecha", time="A")) == 24
    assert len(begins(text, time="A")) == 24


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([(dt.date(2024, 5, 27), n) for n in range(1, 26)], "an interval that its day does not have"),
        ([(dt.date(2024, 5, 27), n) for n in range(2, 20)], "numbers of intervals that may count from 0 or from 1"),
        ([(AUTUMN, n) for n in range(1, 25)], "the hour of the autumn change is not there twice"),
        ([(SPRING, n) for n in range(1, 25)], "does not exist"),
    ],
)
def test_what_the_numbers_leave_open_is_refused(rows: list[tuple[dt.date, int]], words: str) -> None:
    """An hour 25 on a day of 24, hours that may count from 0, a day of 25 with 24 rows, a day of 23 with 24."""
    with pytest.raises(InputError, match=words):
        begins(table(rows))


def test_the_option_stamps_says_where_hours_count_from() -> None:
    rows = [(dt.date(2024, 5, 27), n) for n in range(2, 20)]
    assert begins(table(rows), stamps="end")[0] == "2024-05-27T01:00:00+02:00"
    assert begins(table(rows), stamps="begin")[0] == "2024-05-27T02:00:00+02:00"


def test_a_value_of_each_day_is_no_hour() -> None:
    """Hours of sunshine by the day: whole numbers below 25, but each date is there once."""
    text = "Date;hours\n" + "".join(f"2024-05-{n:02d};{n % 14}\n" for n in range(1, 29))
    assert np.diff(read(text, "table", MADRID).points).tolist() == [86400] * 28


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.dates(dt.date(2018, 1, 1), dt.date(2026, 12, 28)), st.integers(2, 4), st.sampled_from([1, 4]))
def test_any_days_have_all_of_their_hours(first: dt.date, days: int, per_hour: int) -> None:
    """Of whatever days, each interval follows the one before and the first begins at midnight, also over a change."""
    rows = [
        (first + dt.timedelta(day), n)
        for day in range(days)
        for n in range(1, per_hour * hours_of(first + dt.timedelta(day)) + 1)
    ]
    found = read(table(rows), "table", MADRID, {"dates": "day_first"})
    assert set(np.diff(found.points).tolist()) == {3600 // per_hour}
    assert len(found.frame) == len(rows)
    assert stamps(found)[0].tz_convert(MADRID).hour == 0


@proof(sample=40, whole=150)
def test_broken_tables_are_read_or_refused(cases: int) -> None:
    """Broken copies of a table with numbered hours over the change of autumn: no traceback, no hang."""
    rows = [(AUTUMN, n) for n in range(1, 26)]
    assert survivors(table(rows, more=";R").encode(), "table", ".csv", cases) < cases
