"""Stamps in other forms: Unix time, a zone behind each, names of months, years of two digits, hours without a colon."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid.errors import InputError
from tests.formats.fuzz import survivors
from tests.formats.reading import read, stamps, values
from tests.proofs import proof

BERLIN = "Europe/Berlin"


def table(form: str, name: str = "time", first: str = "2024-07-15", count: int = 30, sign: str = ";") -> str:
    shown = pd.date_range(first, periods=count, freq="1h")
    return f"{name}{sign}load_kw\n" + "".join(f"{t.strftime(form)}{sign}{n}\n" for n, t in enumerate(shown))


@pytest.mark.parametrize(
    ("form", "hours"),
    [
        ("%Y-%m-%d %H:%M UTC", 0), ("%Y-%m-%d %H:%M:%S GMT", 0), ("%Y-%m-%d %H:%M CEST", 2), ("%d.%m.%Y %H:%M MESZ", 2),
        ("%Y-%m-%d %H:%M JST", 9), ("%Y-%m-%dT%H:%M:%S+01:00[Europe/London]", 1), ("%Y-%m-%d %H:%M [Europe/London]", 1),
        ("%Y-%m-%d %H:%M America/New_York", -4), ("%a %b %d %Y %H:%M:%S GMT+0300", 3), ("%d-%b-%Y %H:%M", 2),
        ("%d %B %Y %H:%M:%S", 2), ("%b %d, %Y %I:%M %p", 2), ("%Y-%m-%dT%H%M", 2), ("%Y-%m-%dT%HZ", 0),
        ("%Y-%m-%d %H.%M", 2), ("%Y-%m-%d-%H.%M.%S", 2), ("%Y-%m-%d %H", 2), ("%d.%m.%Y %H:%M Uhr", 2),
        ("%d.%m.%y %H:%M", 2), ("%m/%d/%y %I:%M %p", 2), ("%y-%m-%d %H:%M", 2), ("%d-%b-%Y %H:%M UTC", 0),
    ],
)  # fmt: skip
def test_a_form_is_read(form: str, hours: float) -> None:
    """30 hours from midnight of 15 July on the clock that stands behind them, else on that of Berlin; none is lost."""
    for name in ("auto", "table"):
        found = read(table(form), name, BERLIN)
        first = pd.Timestamp("2024-07-15", tz="UTC") - pd.Timedelta(hours=hours)
        assert stamps(found).tolist() == pd.date_range(first, periods=30, freq="1h").tolist()
        assert values(found, "load_kw") == [float(n) for n in range(30)]
        assert found.frame.columns.tolist() == ["load_kw"]


@pytest.mark.parametrize("name", ["time", "timestamp", "epoch", "unix", "ts", "Zeitstempel"])
@pytest.mark.parametrize("per_second", [1, 1000, 1_000_000])
def test_unix_time(name: str, per_second: int) -> None:
    """Seconds, milliseconds and microseconds since 1970 are UTC wherever the site is; another column is a number."""
    rows = "".join(f"{(1719784800 + 900 * n) * per_second};{1719784800 + n}\n" for n in range(8))
    found = read(f"{name};counter\n{rows}", "auto", "Asia/Tokyo")
    assert stamps(found)[0] == pd.Timestamp("2024-06-30 22:00", tz="UTC")
    assert values(found, "counter")[0] == 1719784800.0


def test_both_hours_of_autumn_have_their_own_zone_behind_them() -> None:
    text = "time;kw\n27.10.2024 02:00 CEST;1\n27.10.2024 02:00 CET;2\n27.10.2024 03:00 CET;3\n"
    found = read(text, "auto", "Asia/Tokyo")
    assert [f"{t:%H:%M}" for t in stamps(found)] == ["00:00", "01:00", "02:00"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (table("%d/%m/%y %H:%M", first="2024-07-01"), "years of two digits leave the order of the date unclear"),
        (
            table("%d/%m/%y %H:%M", first="2024-07-01", count=100),
            "years of two digits leave the order of the date unclear",
        ),
        (table("%Y-%m-%d %H:%M IST"), "an unknown time zone"),
        (table("%Y-%m-%d %H:%M XYZ"), "an unknown time zone"),
        (table("%d-%b-%Y %H:%M").replace("15-Jul-2024 04:00", "15-Foo-2024 04:00"), ":6: time: not a time stamp"),
        (table("%Y-%m-%d %H:%M UTC").replace("04:00 UTC", "04:00 CET"), "some have none"),
    ],
)
def test_what_is_open_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(text, "table", BERLIN)


def test_the_option_dates_says_the_order_of_a_short_year() -> None:
    text = table("%d/%m/%y %H:%M", first="2024-07-01")
    for dates, first in (("day_first", "2024-06-30 22:00"), ("month_first", "2024-01-06 23:00")):
        found = read(text, "table", BERLIN, {"dates": dates})
        assert f"{stamps(found)[0]:%Y-%m-%d %H:%M}" == first


@settings(max_examples=60, deadline=None)
@given(
    first=st.datetimes(dt.datetime(2002, 1, 1), dt.datetime(2033, 1, 1)),
    order=st.sampled_from(["%d.%m.%y", "%m/%d/%y", "%y-%m-%d"]),
    days=st.integers(2, 40),
)
def test_a_short_year_is_read_right_or_refused(first: dt.datetime, order: str, days: int) -> None:
    """Of whatever days: the dates that were written, or an error that asks; never other dates."""
    shown = pd.date_range(first.date(), periods=days, freq="1D")
    text = "date;kwh\n" + "".join(f"{t.strftime(order)};1\n" for t in shown)
    try:
        found = read(text, "table", "UTC")
    except InputError as error:
        assert "leave the order of the date unclear" in str(error)  # noqa: PT017
        return
    assert stamps(found).tz_localize(None).tolist() == shown.tolist()


@proof(sample=40, whole=150)
def test_broken_tables_are_read_or_refused(cases: int) -> None:
    """Broken copies of a table of such stamps: no traceback, no hang."""
    assert survivors(table("%d-%b-%Y %H:%M CEST").encode(), "table", ".csv", cases) < cases
    assert survivors(table("%d.%m.%y %H.%M").encode(), "table", ".csv", cases) < cases
