"""However people write a clock, it is read, or refused by name with the option that says what it means."""

from __future__ import annotations

import zoneinfo

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from microgrid.errors import InputError
from microgrid.formats.zones.zone_tables import NO_ZONES
from microgrid.formats.zones.zone_words import stated_in
from tests.formats.reading import read, stamps
from tests.formats.zones.test_stated_zones import first_of, refused, rows


def midnight_less(hours: float, day: str = "2024-07-01") -> str:
    return f"{pd.Timestamp(day) - pd.Timedelta(hours=hours):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        ("local_time+01:00", 1), ("time+01:00", 1), ("Time_+01:00", 1), ("Zeit -03:30", -3.5),
        ("timestamp [+01:00]", 1), ("Time (UTC+5.5)", 5.5), ("time_utc_plus_1", 1), ("time_gmt_minus_4", -4),
        ("time_utcp01", 1),
        ("Time UTC+01:00:00", 1), ("Time (UTC0)", 0), ("Time GMT Summer Time", 1), ("Time MEZ Sommerzeit", 2),
        ("Zulu time", 0), ("time_z", 0), ("TimeStamp(Z)", 0), ("Time (universal time)", 0), ("Time (JST)", 9),
        ("Time (AWST)", 8), ("Time (NZST)", 12), ("Time (SGT)", 8), ("Time (MSK)", 3), ("Time (BRT)", -3),
        ("Time (Pacific)", -7), ("Time EPT", -4), ("Time (ET)", -4), ("Time (Eastern Prevailing Time)", -4),
        ("Time (Pacific Daylight Time)", -7), ("Time (Central European Summer Time)", 2), ("Time HNE/HAE", -4),
        ("Time (India Standard Time)", 5.5), ("Time (Romance Standard Time)", 2), ("Time (GMT/BST)", 1),
        ("timestamp_Europe_London", 1), ("timestamp_america_new_york", -4), ("time_london", 1), ("Time (New York)", -4),
        ("Zeit (MEZ ohne Sommerzeit)", 1), ("Zeit (MEZ mit Sommerzeit)", 2), ("Time (CET, all year)", 1),
        # No clock: a shift, a step, the way the time is written, a word that ends in T.
        ("Time (+15 min)", 2), ("Time (-1 h)", 2), ("Time (HH:MM)", 2), ("TIME START", 2), ("Time OUT", 2),
        ("Date/Time (LST)", 2),
    ],
)  # fmt: skip
def test_a_clock_in_a_name(name: str, hours: float) -> None:
    """Midnight of 1 July on the clock of the name; the site is in Berlin, two hours ahead, where it says nothing."""
    assert first_of(f'"{name}",load_kw\n' + rows("2024-07-01"))[0] == midnight_less(hours)


@pytest.mark.parametrize(
    "name",
    ["Time (IST)", "time_ist", "Time (BST)", "Time (XYZT)", "Time (UTC 1)", "time_gmt1", "Time (Europe/Berln)",
     "Zeit (Sommerzeit)", "Time UTC+25", "Time (Atlantis Standard Time)"],
)  # fmt: skip
def test_an_unknown_clock_in_a_name(name: str) -> None:
    """The error names the text and its remedy, which reads the file as it says."""
    text = f"{name},load_kw\n" + rows("2024-07-01")
    message = refused(text)
    assert ":1: time: an unknown time zone" in message
    assert "--option timezone=Europe/Paris" in message
    found = read(text, "table", "Europe/Berlin", {"timezone": "Asia/Kolkata"})
    assert f"{stamps(found)[0]:%Y-%m-%d %H:%M}" == midnight_less(5.5)


@pytest.mark.parametrize(
    ("above", "hours"),
    [
        ("Zeitangaben in UTC", 0), ("TZ: UTC", 0), ("UTC offset (h),-5", -5), ("UTC offset (min): -300", -5),
        ("GMT offset [s],7200", 2), ("UTC offset: -5 hours", -5), ("Time zone: 5.5", 5.5), ("Time reference: UTC", 0),
        ("Clock: UTC", 0), ("Time standard: UTC", 0), ("All data in UTC", 0), ("Zone: Europe/London", 1),
        ("Zeitbasis: UTC+1", 1), ("Timezone: Eastern Time (US & Canada)", -4), ("Time Zone: Eastern", -4),
        ("Time zone: (UTC-05:00) Eastern Time (US & Canada)", -4), ("Time zone: (UTC+05:30) Chennai, Kolkata", 5.5),
        # No clock of the stamps.
        ("Report generated 2024-08-01 10:00 UTC", 2), ("Time zone: local", 2), ("Timezone:", 2), ("Zone: North", 2),
        ("Time reference: end of interval", 2), ("Data from Paris are in kW", 2), ("Clock change: none", 2),
    ],
)  # fmt: skip
def test_a_clock_above_the_header(above: str, hours: float) -> None:
    assert first_of(f"Meter 7\n{above}\ntime,load_kw\n" + rows("2024-07-01"))[0] == midnight_less(hours)


@pytest.mark.parametrize(
    "above", ["Time zone: Atlantis", "TZ: IST", "Zeitzone;XYZ", "UTC offset: 17", "Clock: Atlantis"]
)
def test_an_unknown_clock_above_the_header(above: str) -> None:
    """The line is named; beside stamps with an offset of their own it does not matter."""
    text = f"{above}\ntime,load_kw\n" + rows("2024-07-01")
    assert ":1: time: an unknown time zone" in refused(text)
    aware = f"{above}\ntime,load_kw\n2024-07-01T00:00Z,1\n2024-07-01T01:00Z,2\n"
    assert first_of(aware)[0] == midnight_less(0)


def test_what_an_abbreviation_of_several_zones_means_at_the_site() -> None:
    """IST in India and in Ireland, BST in Britain; EST in Australia is not that of America, and is asked for."""
    text = "Time ({}),kw\n" + rows("2024-07-01")
    assert first_of(text.format("IST"), "Asia/Kolkata")[0] == midnight_less(5.5)
    assert first_of(text.format("IST"), "Europe/Dublin")[0] == midnight_less(1)
    assert first_of(text.format("BST"), "Europe/London")[0] == midnight_less(1)
    assert "an unknown time zone" in refused(text.format("EST"), "Australia/Sydney")


def test_the_remedy_of_an_open_clock_names_both_answers() -> None:
    """--timezone is no answer, as it is the zone of the result; both options are written out, with their sign."""
    message = refused("Time (CET),kw\n" + rows("2024-07-01"), "Europe/Berlin")
    assert "--option timezone=Europe/Berlin" in message
    assert "Etc/GMT-1" in message


def test_a_date_in_utc_beside_a_local_time_is_an_error() -> None:
    text = "date_utc,time_local,kw\n" + "".join(f"2024-07-01,{n:02d}:00,{n}\n" for n in range(4))
    assert "two time zones in one file" in refused(text)


@settings(max_examples=80, deadline=None)
@given(
    key=st.sampled_from(sorted(key for key in zoneinfo.available_timezones() if key.startswith(("Europe/", "Asia/")))),
    around=st.sampled_from(["Time ({})", "stamp [{}]", "time_{}", "{}"]),
    written=st.sampled_from(["plain", "low", "joined"]),
)
def test_any_zone_by_name_is_found(key: str, around: str, written: str) -> None:
    """Names of the IANA database, in lower case or with _ for / as well."""
    shown = {"plain": key, "low": key.lower(), "joined": key.replace("/", "_")}[written]
    found = stated_in(around.format(shown), "a name")
    assert found is not None
    assert found.zone is not None
    assert found.zone.lower() == key.lower()


@settings(max_examples=60, deadline=None)
@given(st.from_regex(r"[A-Z]{2,3}T", fullmatch=True))
@example("DAT")
def test_no_letters_in_the_place_of_a_zone_are_passed_over(letters: str) -> None:
    """(ABT) is a known clock, one that the steps must tell, or an error; words that are no zones are passed over.

    Left to chance, DAT, SET, ACT, TOT and OUT are drawn once in some fifty runs.
    """
    text = f"Time ({letters}),kw\n" + rows("2024-07-01")
    try:
        _, told = first_of(text, "Asia/Tokyo")
    except InputError as error:
        told = str(error)
    assert letters in told or letters in NO_ZONES
