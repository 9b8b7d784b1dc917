"""Stamps without signs between their parts, as weather services write them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid.errors import InputError
from tests.formats.fuzz import survivors
from tests.formats.reading import read, stamps, values
from tests.proofs import proof

PARIS = "Europe/Paris"


def table(texts: list[str]) -> str:
    """A station that is always the same, stamps, a quality that is a whole number, a value, a mark at the end."""
    rows = "".join(f"        999;{text};    3;{n}.5;eor\n" for n, text in enumerate(texts))
    return "STATIONS_ID;MESS_DATUM;QN_9;TT_TU;eor\n" + rows


@pytest.mark.parametrize(
    ("texts", "begin", "step"),
    [
        (["2024052700", "2024052701", "2024052702"], "2024-05-27T00:00:00+02:00", 3600),
        (["202405270010", "202405270020", "202405270030"], "2024-05-27T00:10:00+02:00", 600),
        (["20240527001000", "20240527002000", "20240527003000"], "2024-05-27T00:10:00+02:00", 600),
        (["20240527", "20240528", "20240529"], "2024-05-27T00:00:00+02:00", 86400),
        (["20240527T0000Z", "20240527T0015Z", "20240527T0030Z"], "2024-05-27T02:00:00+02:00", 900),
        (["20240527:0010", "20240527:0110", "20240527:0210"], "2024-05-27T00:10:00+02:00", 3600),
        (["20240527 01:00", "20240527 02:00", "20240527 03:00"], "2024-05-27T01:00:00+02:00", 3600),
        (["2024052701+0000", "2024052702+0000", "2024052703+0000"], "2024-05-27T03:00:00+02:00", 3600),
    ],
)
def test_stamps_without_signs(texts: list[str], begin: str, step: int) -> None:
    """Days, hours, minutes and seconds, with and without an offset; ``auto`` finds them too."""
    for name in ("table", "auto"):
        found = read(table(texts), name, PARIS, {"stamps": "begin"})
        assert stamps(found)[0].tz_convert(PARIS).isoformat() == begin
        assert np.diff(found.points).tolist() == [step] * 3
        assert values(found, "TT_TU") == [0.5, 1.5, 2.5]


def test_times_without_signs_beside_a_date() -> None:
    """20240527 and 0015: a date and a time of the day; under another name 0015 would stay a number."""
    text = "date,time,kwh\n" + "".join(f"20240527,{n:02d}{m},1\n" for n in range(24) for m in ("00", "30"))
    found = read(text, "auto", PARIS)
    assert set(np.diff(found.points).tolist()) == {1800}
    assert stamps(found)[0].tz_convert(PARIS).isoformat() == "2024-05-27T00:00:00+02:00"


def test_a_register_beside_stamps_is_no_stamp() -> None:
    """20240501 kWh look like a day: where there are stamps of another kind, it is a number."""
    text = "time;kwh\n" + "".join(f"2024-05-27 0{n}:00;2024050{n + 1}\n" for n in range(4))
    assert values(read(text, "table", PARIS), "kwh") == [20240501.0, 20240502.0, 20240503.0, 20240504.0]


def test_one_that_is_no_stamp_is_refused_with_its_line() -> None:
    """A month 13 among good ones: told as the stamp that it should be, and not made a number."""
    texts = [f"202405{day:02d}00" for day in range(1, 32)] * 8
    bad = table([*texts[:220], "2024130100"])
    with pytest.raises(InputError, match=r"data.csv:222: MESS_DATUM: not a time stamp"):
        read(bad, "table", PARIS)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2150, 1, 1)), st.sampled_from([60, 600, 3600]))
def test_any_instant_is_read_as_with_signs(first: dt.datetime, step: int) -> None:
    """The same table with and without signs in its stamps, in UTC."""
    times = [first.replace(second=0, microsecond=0) + dt.timedelta(seconds=n * step) for n in range(4)]
    plain, signed = (
        read(table([f"{t:{form}}" for t in times]), "table", "UTC") for form in ("%Y%m%d%H%M", "%Y-%m-%d %H:%M")
    )
    assert plain.points.tolist() == signed.points.tolist()


@proof(sample=40, whole=150)
def test_broken_tables_are_read_or_refused(cases: int) -> None:
    """Broken copies: no traceback, no hang."""
    texts = [f"20240527{n:02d}" for n in range(24)]
    assert survivors(table(texts).encode(), "table", ".csv", cases) < cases
