"""At which end of its interval a stamp stands, and the day of a midnight."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid.errors import InputError
from microgrid.formats.clock.interval_ends import named_side
from microgrid.repairs import RepairLog
from tests.formats.reading import read, stamps, values

ENDS = [
    "Interval Ending", "Hour Ending", "HE", "PeriodEnd", "endTime", "Ending", "EndDateTime", "Slut", "Eind", "einde",
    "Hasta", "UTC Timestamp (Interval Ending)", "HourEndingUTC", "periodend", "Intervallende", "Endzeitpunkt",
    "sluttid", "eindtijd", "Fecha fin", "bis", "Bis-Zeit", "Heure de fin", "Data fine", "INTERVAL_END",
    "Au", "to_time", "Fim",
]  # fmt: skip
BEGINS = [
    "PeriodStart",
    "startTime",
    "Interval Beginning",
    "von",
    "Desde",
    "starttid",
    "begintijd",
    "Du",
    "HB",
    "Startzeit",
]
NEITHER = [
    "time",
    "Zeitpunkt",
    "total",
    "Trend",
    "Legende",
    "weekend",
    "Start to End",
    "Hora do dia",
    "Heure",
    "tomorrow",
]


@pytest.mark.parametrize(
    ("names", "side"), [(ENDS, "end"), (BEGINS, "begin"), (NEITHER, None)], ids=["ends", "begins", "neither"]
)
def test_the_name_tells_the_side(names: list[str], side: str | None) -> None:
    """Words of several languages, joined ones and those in the middle of a name too."""
    assert {name: named_side(name) for name in names} == dict.fromkeys(names, side)


def test_an_interval_ends_at_its_stamp() -> None:
    """03:00 under "Interval Ending" is the hour from 02:00, also where the date beside the time says so."""
    rows = "".join(f"2024-07-01 {n:02d}:00,{n}\n" for n in range(3, 9))
    assert stamps(read("Interval Ending,kw\n" + rows, "table", "UTC"))[0].hour == 2
    beside = "Period end date,Time,kw\n" + rows.replace(" ", ",")
    assert stamps(read(beside, "table", "UTC"))[0].hour == 2


def test_a_year_of_utc_on_a_stated_clock_is_at_the_begin() -> None:
    """01:00 to 00:00 in CET are whole days of UTC: no sign of ends. Elsewhere, or in quarters, it is one."""
    shown = pd.date_range("2024-01-01 01:00", "2024-02-01", freq="1h")
    rows = "".join(f"{t:%Y-%m-%d %H:%M},1\n" for t in shown)
    assert stamps(read("Time (CET),kw\n" + rows, "table", "Europe/Berlin"))[0] == pd.Timestamp("2024-01-01", tz="UTC")
    local = stamps(read("Time,kw\n" + rows, "table", "Europe/Berlin"))[0]
    assert local == pd.Timestamp("2023-12-31 23:00", tz="UTC")
    quarters = pd.date_range("2024-01-01 00:15", "2024-01-03", freq="15min")
    text = "Time (CET),kw\n" + "".join(f"{t:%Y-%m-%d %H:%M},1\n" for t in quarters)
    assert stamps(read(text, "table", "Europe/Berlin"))[0] == pd.Timestamp("2023-12-31 23:00", tz="UTC")


def under_the_day_that_ends(minutes: int, days: int, first: str = "2024-07-15") -> list[tuple[str, str]]:
    """Dates and times of ends of intervals whose midnight stands under the date of the day that it ends."""
    begin = pd.Timestamp(first)
    ends = pd.date_range(begin, periods=days * 1440 // minutes, freq=f"{minutes}min") + pd.Timedelta(minutes=minutes)
    return [(f"{t - pd.Timedelta(seconds=1):%Y-%m-%d}", f"{t:%H:%M}") for t in ends]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    minutes=st.sampled_from([15, 30, 60, 360]),
    days=st.integers(1, 4),
    falling=st.booleans(),
    together=st.booleans(),
    name=st.sampled_from(["Time", "bis", "Hour Ending"]),
)
def test_midnight_under_the_day_that_it_ends(minutes: int, days: int, falling: bool, together: bool, name: str) -> None:
    """In rows that rise or fall, as one stamp or as date and time: each value stands in its own place."""
    rows = under_the_day_that_ends(minutes, days)
    lines = [f"{date}{' ' if together else ','}{time},{n}\n" for n, (date, time) in enumerate(rows)]
    text = (f"{name},kw\n" if together else f"Date,{name},kw\n") + "".join(lines[::-1] if falling else lines)
    log = RepairLog()
    found = read(text, "table", "UTC", {}, log)
    assert values(found, "kw") == [float(n) for n in range(len(rows))]
    assert stamps(found)[0] == pd.Timestamp("2024-07-15", tz="UTC")
    assert [repair.count for repair in log.repairs if "midnight" in repair.what] == [days]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(days=st.integers(2, 4), order=st.sampled_from(["rising", "falling", "mixed"]), seed=st.integers(0, 1000))
def test_a_midnight_that_begins_its_day_stays_there(days: int, order: str, seed: int) -> None:
    """Begins in whatever order of rows: no midnight moves."""
    shown = pd.date_range("2024-07-15", periods=24 * days, freq="1h")
    lines = [f"{t:%Y-%m-%d %H:%M},{n}\n" for n, t in enumerate(shown)]
    if order == "mixed":
        lines = np.random.default_rng(seed).permutation(lines).tolist()
    found = read("time,kw\n" + "".join(lines[::-1] if order == "falling" else lines), "table", "UTC")
    assert stamps(found)[0] == shown[0].tz_localize("UTC")
    assert values(found, "kw") == [float(n) for n in range(len(shown))]


def test_midnights_of_both_kinds_are_refused() -> None:
    """One day ends with its midnight, the other begins with it: the file is out of its own order."""
    rows = [
        *under_the_day_that_ends(60, 1),
        *((f"{t:%Y-%m-%d}", f"{t:%H:%M}") for t in pd.date_range("2024-07-16", periods=24, freq="1h")),
    ]
    text = "Date,Time,kw\n" + "".join(f"{date},{time},1\n" for date, time in rows)
    with pytest.raises(InputError, match=":25: Time: a midnight in the wrong place"):
        read(text, "table", "UTC")
    with pytest.raises(InputError, match="a midnight in the wrong place"):
        read("\n".join(text.splitlines()[:25]), "table", "UTC", {"stamps": "begin"})
