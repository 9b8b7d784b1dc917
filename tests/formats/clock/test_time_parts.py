"""Dates and times in several columns, times without a colon, and days whose intervals are numbered columns."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid.errors import InputError
from tests.formats.clock.test_numbered_hours import AUTUMN, MADRID, SPRING, hours_of
from tests.formats.fuzz import survivors
from tests.formats.reading import read, stamps, values
from tests.proofs import proof

QUARTERS = pd.date_range("2024-07-15", periods=192, freq="15min")


def lines(header: str, form: str) -> str:
    return header + "\n" + "".join(f"{t.strftime(form)},{n}\n" for n, t in enumerate(QUARTERS))


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("Date,Hour,Minute,kW", "%Y-%m-%d,%H,%M"), ("Datum,Stunde,Min,kW", "%d.%m.%Y,%H,%M"),
        ("Year,Month,Day,Hour,Minute,kW", "%Y,%m,%d,%H,%M"), ("Tag,Monat,Jahr,Stunde,Minute,kW", "%d,%m,%Y,%H,%M"),
        ("yyyy,mm,dd,Time,kW", "%Y,%m,%d,%H:%M"), ("Datum,Uhrzeit,kW", "%d.%m.%Y,%H.%M"),
        ("date,time,kW", "%Y%m%d,%H%M"),
    ],
)  # fmt: skip
def test_parts_make_one_stamp(header: str, form: str) -> None:
    """192 quarters of an hour from midnight, none moved and none lost, by ``auto`` too."""
    for name in ("table", "auto"):
        found = read(lines(header, form), name, "UTC")
        assert stamps(found).tz_localize(None).tolist() == QUARTERS.tolist()
        assert values(found, "kW") == [float(n) for n in range(192)]


def test_times_without_leading_zeros() -> None:
    """0, 15, 30, 45, 100, ..., 2345; a daily value under the same name stays a number."""
    text = "date,time,kW\n" + "".join(f"{t:%Y-%m-%d},{t.hour * 100 + t.minute},{n}\n" for n, t in enumerate(QUARTERS))
    assert stamps(read(text, "auto", "UTC")).tz_localize(None).tolist() == QUARTERS.tolist()
    daily = "date,running time\n" + "".join(f"2024-07-{n:02d},{n * 100}\n" for n in range(1, 20))
    assert values(read(daily, "table", "UTC"), "running time")[:2] == [100.0, 200.0]


@pytest.mark.parametrize("first_hour", [0, 1])
@pytest.mark.parametrize("first_quarter", [0, 1])
def test_hours_and_quarters(first_hour: int, first_quarter: int) -> None:
    text = "Date,Hour,Quarter,kW\n" + "".join(
        f"{t:%Y-%m-%d},{t.hour + first_hour},{t.minute // 15 + first_quarter},{n}\n" for n, t in enumerate(QUARTERS)
    )
    assert stamps(read(text, "auto", "UTC")).tz_localize(None).tolist() == QUARTERS.tolist()


def test_a_row_without_a_date_is_named() -> None:
    text = lines("Year,Month,Day,Hour,Minute,kW", "%Y,%m,%d,%H,%M").replace("2024,07,15,01,00", "2024,x,15,01,00")
    with pytest.raises(InputError, match=r":6: .*not a time stamp"):
        read(text, "table", "UTC")


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    first=st.dates(dt.date(2018, 1, 1), dt.date(2026, 12, 28)),
    per_hour=st.sampled_from([1, 2, 4]),
    before=st.sampled_from(["H", "", "Hour ", "h_", "Wert "]),
)
def test_days_with_numbered_columns(first: dt.date, per_hour: int, before: str) -> None:
    """H1 to H24, with the 25th hour of autumn and without the 24th of spring: each value in its own interval."""
    days = [first + dt.timedelta(n) for n in range(3)]
    counts = [hours_of(day) * per_hour for day in days]
    width = max(*counts, 24 * per_hour)
    rows = [
        [f"{day:%Y-%m-%d}", *(str(n) for n in range(count)), *[""] * (width - count)]
        for day, count in zip(days, counts, strict=True)
    ]
    text = (
        ",".join(["date", *(f"{before}{n}" for n in range(1, width + 1))])
        + "\n"
        + "".join(",".join(row) + "\n" for row in rows)
    )
    found = read(text, "table", MADRID, {"form": "wide"}) if first.day % 2 else read(text, "auto", MADRID)
    assert set(np.diff(found.points).tolist()) == {3600 // per_hour}
    assert values(found, "value") == [float(n) for count in counts for n in range(count)]
    assert stamps(found)[0].tz_convert(MADRID).isoformat().startswith(f"{first}T00:00")


def test_dates_at_midnight_have_numbered_columns_and_sensors_are_none() -> None:
    """2024-07-15 00:00 beside H1 to H24 is a date; Sensor 1 to Sensor 24 are columns of the day."""
    row = "".join(f"2024-07-{day} 00:00," + ",".join(str(n) for n in range(24)) + "\n" for day in (15, 16))
    hours = read(",".join(["date", *(f"H{n}" for n in range(1, 25))]) + "\n" + row, "auto", "UTC")
    assert values(hours, "value") == [float(n) for n in range(24)] * 2
    sensors = read(",".join(["date", *(f"Sensor {n}" for n in range(1, 25))]) + "\n" + row, "auto", "UTC")
    assert np.diff(sensors.points).tolist() == [86400, 86400]


def test_the_day_of_spring_alone_counts_from_1() -> None:
    """1 to 23 on a day of 23 hours: from 0 there would be an hour too many. Other days leave it open."""
    text = "Fecha;Hora;kWh\n" + "".join(f"{{:%d/%m/%Y}};{n};{n}\n" for n in range(1, 24))
    found = read(text.replace("{:%d/%m/%Y}", f"{SPRING:%d/%m/%Y}"), "table", MADRID)
    assert stamps(found)[0].tz_convert(MADRID).isoformat() == "2024-03-31T00:00:00+01:00"
    assert len(found.frame) == 23
    with pytest.raises(InputError, match="numbers of intervals that may count from 0 or from 1"):
        read(text.replace("{:%d/%m/%Y}", f"{AUTUMN:%d/%m/%Y}"), "table", MADRID)


@proof(sample=40, whole=150)
def test_broken_tables_are_read_or_refused(cases: int) -> None:
    """Broken copies of a table with parts of dates: no traceback, no hang."""
    text = lines("Year,Month,Day,Hour,Minute,kW", "%Y,%m,%d,%H,%M")
    assert survivors(text.encode(), "table", ".csv", cases) < cases
