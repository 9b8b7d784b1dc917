"""Charging sessions that cannot be: each is refused with its line, or left out and counted if that is asked for."""

from __future__ import annotations

import pytest

from microgrid.errors import InputError
from microgrid.repairs import RepairLog
from tests.formats.reading import values
from tests.formats.vehicles.test_ev_sessions import HEAD, column, kwh, one, refused, sessions

GOOD = one("13:00", "14:00", "1", "11", "z,1")


@pytest.mark.parametrize(
    ("rows", "line", "words"),
    [
        (GOOD + one("09:00", "08:00"), 3, "a departure before the arrival"),
        (GOOD + one(energy="-1"), 3, "a negative energy"),
        (GOOD + one(energy="1e9"), 3, "an impossible energy"),
        (GOOD + one(energy="nan"), 3, "not a number"),
        (GOOD + one(energy="1e400"), 3, "not a number"),
        (GOOD + one(power="-11"), 3, "a negative power limit"),
        (GOOD + one(power="11000"), 3, "an impossible power limit"),
        (GOOD + one(power=""), 3, "without its power"),
        (GOOD + one(energy=""), 3, "without its energy"),
        (GOOD + "2024-05-06 08:00,,1,11,a,1\n", 3, "without its departure"),
        (GOOD + ",2024-05-06 08:00,1,11,a,1\n", 3, "without its arrival"),
        (GOOD + "2014-05-06 08:00,2024-05-06 12:00,1,11,a,1\n", 3, "an impossibly long stay"),
        (GOOD + "2124-05-06 08:00,2124-05-06 12:00,1,11,a,1\n", 3, "an impossibly long time without sessions"),
        (GOOD + "9999-12-31 08:00,2024-05-06 12:00,1,11,a,1\n", 3, "an impossible year"),
        (GOOD + "2024-05-06 08:00,2024-13-06 12:00,1,11,a,1\n", 3, "no such day"),
        (GOOD + "today,2024-05-06 12:00,1,11,a,1\n", 3, "not a time stamp"),
        (
            GOOD + '"Tue, 06 May 2024 08:00:00 GMT",2024-05-06 12:00,1,11,a,1\n',
            3,
            "a date that does not exist, or has another weekday",
        ),  # a Monday
        (GOOD + "2024-05-06 08:00Z,2024-05-06 12:00Z,1,11,a,1\n", 3, "some have none"),
        (GOOD + one("13:30", "15:00"), 3, "overlaps another session"),
        (GOOD + one(rest="z,2"), 3, "appears twice with different values"),
        (GOOD + "2024-05-06 08:00,2024-05-06 12:00\n", 3, "another length than the header"),
        ("", None, "no rows|no line with a stamp"),
    ],
)
def test_what_is_wrong_is_named(rows: str, line: int | None, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        sessions(HEAD + rows)
    assert line is None or caught.value.problems[0].line == line


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("arrival,when,energy_kwh,power_kw", "no column for the departure"),
        ("when,departure,energy_kwh,power_kw", "no column for the arrival"),
        ("arrival,departure,amount,power_kw", "no column for the energy"),
        ("arrival,departure,energy,power_kw", "state the option 'energy_unit: kWh'"),
        ("arrival,departure,energy_kwh,power", "state the option 'power_unit: kW'"),
        ("arrival,departure,energy_kwh,limit", "no power limit"),
        ("arrival,departure,energy_kwh,total_kwh", "several columns may be the energy"),
        ("arrival,departure,energy_kwh,energy_kwh", "two columns of one name"),
    ],
)
def test_a_column_that_lacks_is_asked_for(head: str, words: str) -> None:
    assert words in refused(f"{head}\n2024-05-06 08:00,2024-05-06 12:00,1.5,11.5\n")


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("Arrival GMT-7,Departure GMT-7", "15:00"),
        ("Arrival (UTC+01:00),Departure (UTC+01:00)", "07:00"),
        ("arrival [CET],departure [CET]", "a time zone with or without summer time"),
        ("Arrival (UTC+01:00),Departure", "one of two names states a clock"),
        ("Arrival (UTC+01:00),Departure (UTC+02:00)", "two time zones in one file"),
    ],
)
def test_names_that_state_a_clock(head: str, words: str) -> None:
    """08:00 at seven hours behind UTC is 15:00Z."""
    text = f"{head},energy_kwh,power_kw\n2024-05-06 08:00,2024-05-06 12:00,7.4,7.4\n"
    if words[0].isdigit():
        table = sessions(text)
        assert column(table, "charging_max_kw", words, 16) == [7.4] * 16
    else:
        assert words in refused(text)


def test_a_unit_that_looks_like_a_power() -> None:
    """kW.h is an energy, not the limit of power."""
    found = sessions("arrival,departure,energy (kW.h),max_power_w\n2024-05-06 08:00,2024-05-06 12:00,7.4,7400\n")
    assert found.frame["charging_max_kw"].max() == pytest.approx(7.4)
    assert found.frame["charging_kw"].sum() / 4 == pytest.approx(7.4)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"power": "7.4"}, "unit is missing"),
        ({"power": "7.4 kWh"}, "wrong dimension"),
        ({"power": "0 kW"}, "an impossible power limit"),
        ({"power": "max_pow_kw"}, "did you mean 'max_power_kw'"),
        ({"arrival": "arival"}, "did you mean 'arrival'"),
        ({"arrival": "arrival", "departure": "arrival"}, "one column for the arrival and the departure"),
        ({"start": "2024-05-07"}, "outside the days that the options start and end state"),
        ({"end": "2024-05-06"}, "outside the days that the options start and end state"),
        ({"step": "7 min"}, "an impossible step"),
        ({"step": "2 h"}, "an impossible step"),
        ({"step": "1 s"}, "an impossible step"),
        ({"step": "1e300 h"}, "too long"),
        ({"faulty": "ignore"}, "option of format"),
        ({"start": "2024-13-01"}, "option of format"),
        ({"start": "0001-01-01"}, "an impossible day"),
        ({"end": "9999-12-31"}, "an impossible day"),
        ({"timezone": "Mars"}, "no such time zone"),
    ],
)
def test_an_option_that_is_wrong(options: dict[str, str], words: str) -> None:
    assert words in refused(HEAD + one(), **options)


def test_days_without_a_time_are_refused() -> None:
    """A stay from midnight to midnight would be made up."""
    rows = "2024-05-06,08:00,2024-05-06,12:00,1.5,11.5\n"
    assert "dates without a time" in refused(f"arrival_date,a,departure_date,b,energy_kwh,power_kw\n{rows}")


def test_one_column_tells_the_decimal_sign_of_both() -> None:
    """7.932 alone may be a thousand; beside 11.5 it is not."""
    rows = "2024-05-06 08:00,2024-05-06 12:00,7.932,"
    head = "arrival,departure,energy_kwh,power_kw\n"
    assert "the decimal sign is unclear" in refused(f"{head}{rows}11\n")
    assert kwh(sessions(f"{head}{rows}11.5\n"), "charging_kw")[-1] == pytest.approx(7.932, abs=1e-9)


def test_a_workbook_is_refused() -> None:
    assert "save the sheet as CSV" in refused(b"PK\x03\x04" + b"x" * 100)


# What is left out


def test_faulty_sessions_are_left_out_and_counted() -> None:
    """Of eight rows six are wrong, each in its own way, and one says the same again; 11 kWh are left."""
    rows = [
        one(rest="a,1"), one(rest="a,1"), one(departure="07:00", rest="b,2"), one(energy="-1", rest="c,3"),
        one(energy="", rest="d,4"), "2024-05-06 08:00,,1,11,e,5\n", "2014-05-06 08:00,2024-05-06 12:00,1,11,f,6\n",
        one(energy="12", rest="a,7"),
    ]  # fmt: skip
    log = RepairLog()
    table = sessions(HEAD + "".join(rows), log=log, faulty="leave_out")
    assert kwh(table, "charging_kw")[-1] == pytest.approx(11, abs=1e-9)
    found = {(repair.column, repair.what): repair.count for repair in log.repairs}
    assert found.pop(("time", "read as"))
    assert found == {
        ("departure", "empty"): 1,
        ("energy_kwh", "empty"): 1,
        ("session", "doubled rows"): 1,
        ("departure", "a departure before the arrival"): 1,
        ("departure", "an impossibly long stay"): 1,
        ("energy", "a negative energy"): 1,
        ("session", "a session that appears twice with different values"): 1,
    }
    assert "no session is left" in refused(HEAD + one(energy="-1"), faulty="leave_out")
    assert "no complete session" in refused(HEAD + one(energy=""), faulty="leave_out")


def test_overlaps_are_left_out_or_kept() -> None:
    """At station 1 from 8 to 12, 9 to 13 and 12 to 14: without the second the third fits. Two plugs are two places."""
    rows = one("08:00", "12:00", rest="a,1") + one("09:00", "13:00", rest="b,1") + one("12:00", "14:00", rest="c,1")
    assert sum(values(sessions(HEAD + rows, overlaps="leave_out"), "connected_count")) == 6 * 4
    assert sum(values(sessions(HEAD + rows, overlaps="keep"), "connected_count")) == 10 * 4
    plugs = HEAD.replace("station", "station,connector") + one(rest="a,1,1") + one(rest="b,1,2")
    assert max(values(sessions(plugs), "connected_count")) == 2


def test_texts_for_missing_values() -> None:
    content = HEAD + one() + one(energy="NULL", rest="b,2")
    assert "not a number" in refused(content)
    assert max(values(sessions(content, missing="NULL", faulty="leave_out"), "connected_count")) == 1
