"""Charging sessions: exact integrals over steps, what is refused, and what is left out and counted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from microgrid import load_case
from microgrid.errors import InputError
from microgrid.formats.registry import format_of, names, recognise
from microgrid.formats.source import Source
from microgrid.formats.timed_table import Table
from microgrid.formats.vehicles.ev_sessions import FORMAT
from microgrid.formats.vehicles.session_columns import unit_in
from microgrid.repairs import RepairLog
from tests.conftest import grid, write_case
from tests.formats.reading import read, stamps, values

SUFFIX = ".csv"
HEAD = "arrival,departure,energy_kwh,max_power_kw,session_id,station\n"
_ACN = "connectionTime,disconnectTime,doneChargingTime,kWhDelivered,sessionID,stationID,timezone,userInputs"


def _gmt(hours: float) -> str:
    return (pd.Timestamp("2018-04-25 15:08:04") + pd.Timedelta(hours=hours)).strftime("%a, %d %b %Y %H:%M:%S GMT")


def _row(number: int) -> str:
    come, kwh = number * 1.37, 1.25 + number % 7 * 2.375
    asked = "\"[{'kWhRequested': 28.0}]\"" if number % 3 else ""
    times = ",".join(f'"{_gmt(come + more)}"' for more in (0, 3 + number % 5, 2))
    limit = 6.6 if number % 2 else 3.3
    return f"{times},{kwh},2_39_{number},2-39-{number % 9},America/Los_Angeles,{asked},{limit}\n"


SAMPLE: bytes = (f"{_ACN},maxPower_kW\n" + "".join(map(_row, range(30)))).encode()


def sessions(content: str | bytes, zone: str = "UTC", log: RepairLog | None = None, **options: Any) -> Table:
    return read(content, "ev-sessions", zone, options, log)


def one(
    arrival: str = "08:00", departure: str = "12:00", energy: str = "11", power: str = "11", rest: str = "a,1"
) -> str:
    return f"2024-05-06 {arrival},2024-05-06 {departure},{energy},{power},{rest}\n"


def column(table: Table, name: str, first: str, count: int) -> list[float]:
    """Some values from a time of day on."""
    at = stamps(table).get_loc(pd.Timestamp(f"2024-05-06 {first}", tz="UTC"))
    return values(table, name)[at : at + count]


def refused(content: str | bytes, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        sessions(content, **options)
    return str(caught.value)


def kwh(table: Table, name: str) -> np.ndarray:
    """Energy from the begin on, at the end of each step [kWh]."""
    return np.cumsum(np.array(values(table, name)) * np.diff(table.points) / 3600)


# Values


def test_a_session_in_the_middle_of_steps() -> None:
    """6 kW from 08:05 to 08:55, 3 kWh: soon until 08:35, late from 08:25; 10, 15 and 5 min of the quarters from 08:00.

    Counted from the begin of the step, or with whole steps, the first quarter would have 6 kW.
    """
    table = sessions(HEAD + one("08:05", "08:55", "3", "6"))
    assert column(table, "charging_kw", "07:45", 6) == pytest.approx([0, 4, 6, 2, 0, 0], abs=1e-12)
    assert column(table, "latest_kw", "07:45", 6) == pytest.approx([0, 0, 2, 6, 4, 0], abs=1e-12)
    assert column(table, "charging_max_kw", "07:45", 6) == pytest.approx([0, 4, 6, 6, 4, 0], abs=1e-12)
    assert column(table, "connected_count", "07:45", 6) == pytest.approx([0, 2 / 3, 1, 1, 2 / 3, 0], abs=1e-12)


def test_a_session_within_one_step() -> None:
    """5 min at 12 kW are 1 kWh; of a quarter of an hour that is a mean of 4 kW, and of an hour 1 kW."""
    content = HEAD + one("08:04", "08:12", "1", "12")
    for step, mean in (("15 min", 4), ("1 h", 1)):
        table = sessions(content, step=step)
        for name in ("charging_kw", "latest_kw"):
            assert column(table, name, "08:00", 2) == pytest.approx([mean, 0], abs=1e-12)


def test_cars_add_up() -> None:
    """Two cars of 11 and 4 kW; one alone after nine."""
    table = sessions(
        HEAD + one("08:00", "09:00", "11", "11", "a,1") + one("08:00", "10:00", "4", "4", "b,2"), step="1 h"
    )
    assert column(table, "charging_kw", "08:00", 3) == [15, 0, 0]
    assert column(table, "latest_kw", "08:00", 3) == [11, 4, 0]
    assert column(table, "charging_max_kw", "08:00", 3) == [15, 4, 0]
    assert column(table, "connected_count", "08:00", 3) == [2, 1, 0]


def test_the_axis_is_whole_local_days() -> None:
    """In Los Angeles 25 April begins at 07:00 UTC; the option start begins earlier, and adds steps without cars."""
    table = sessions(SAMPLE, "America/Los_Angeles")
    assert stamps(table)[0] == pd.Timestamp("2018-04-25 07:00", tz="UTC")
    assert len(table.frame) == 96 * 3
    assert set(np.diff(table.points)) == {900}
    longer = sessions(SAMPLE, "America/Los_Angeles", start="2018-04-01", end="2018-05-01")
    assert (stamps(longer)[0], len(longer.frame)) == (pd.Timestamp("2018-04-01 07:00", tz="UTC"), 30 * 96)
    assert kwh(longer, "charging_kw")[-1] == pytest.approx(kwh(table, "charging_kw")[-1], abs=1e-9)


def test_a_day_of_the_change_of_clocks_has_23_hours() -> None:
    content = HEAD + "2024-03-31 08:00,2024-03-31 09:00,1,11,a,1\n"
    assert len(sessions(content, "Europe/Paris").frame) == 23 * 4
    assert len(sessions(content, "Asia/Kolkata", step="1 h").frame) == 24
    assert sessions(content, "Asia/Kolkata", step="1 h").points[0] % 3600 == 1800  # hours of the clock, at half in UTC


def test_acn_data() -> None:
    """The file of ACN-Data has no limit: it is asked for. 7.932 is kWh, as nothing there separates thousands."""
    rows = '"Wed, 25 Apr 2018 11:08:04 GMT","Wed, 25 Apr 2018 13:20:10 GMT",,7.932,s,c,America/Los_Angeles,\n'
    assert "state the option power" in refused(f"{_ACN}\n{rows}")
    table = sessions(f"{_ACN}\n{rows}", power="7.4 kW")
    assert kwh(table, "charging_kw")[-1] == pytest.approx(7.932, abs=1e-9)
    assert max(values(table, "charging_kw")) == 7.4


def test_a_comma_in_a_stamp_that_is_not_quoted() -> None:
    bare = re.sub(rb'"([A-Z][a-z]{2}, [^"]*GMT)"', rb"\1", SAMPLE)
    assert bare.count(b'"') < SAMPLE.count(b'"') - 150
    assert sessions(bare).frame.equals(sessions(SAMPLE).frame)


# Energy that does not fit, and how it is told


def test_what_does_not_fit_is_clipped_and_counted() -> None:
    """30 kWh at 11 kW in 2 h: 8 cannot be charged, of 33 with the 3 of the other car. One of two sessions."""
    log = RepairLog()
    table = sessions(HEAD + one("08:00", "10:00", "30") + one("08:00", "10:00", "3", "11", "b,2"), log=log)
    [entry] = [repair for repair in log.repairs if repair.what == "clipped to what fits"]
    assert (entry.count, entry.of, entry.detail[:18]) == (1, 2, "8.000 of 33.000 kW")
    assert kwh(table, "charging_kw")[-1] == pytest.approx(25, abs=1e-9)
    assert kwh(table, "latest_kw")[-1] == pytest.approx(25, abs=1e-9)


@pytest.mark.parametrize(("name", "outside_kwh"), [("charging_kw", 7.0), ("latest_kw", 21.0), ("charging_max_kw", 0.0)])
def test_stays_that_a_horizon_cuts_are_stated(name: str, outside_kwh: float, tmp_path: Path) -> None:
    """One car stays from 22:00 to 04:00 with 7 kWh at 7 kW, one from 23:00 to 05:00 with 14 kWh; the day ends between.

    As soon as possible the first is done at 23:00, the second draws 7 of 14 kWh after midnight; as late as possible
    both charge after it. A third car that stays within the day is no matter. The column counts at half, so do these.
    """
    rows = "2024-05-06 22:00,2024-05-07 04:00,7,7,a,1\n2024-05-06 23:00,2024-05-07 05:00,14,7,b,2\n"
    (tmp_path / "cars.csv").write_text(HEAD + one(rest="c,3") + rows, encoding="utf-8")
    spec = {"file": "cars.csv", "format": "ev-sessions", "column": name, "scale": 0.5}
    cars = {"kind": "load", "profile": spec}
    site = {"timezone": "UTC"}
    case = load_case(write_case(tmp_path, {"cars": cars, "grid": grid()}, start="2024-05-06", hours=24, site=site))
    assert sum(notice.left_out_kwh for notice in case.notices) == pytest.approx(outside_kwh / 2)


@pytest.mark.parametrize("power", ["0", "11"])
def test_no_time_or_no_power_is_clipped_as_a_whole(power: str) -> None:
    log = RepairLog()
    table = sessions(HEAD + one("08:00", "08:00" if power == "11" else "09:00", "5", power), log=log)
    assert kwh(table, "charging_kw")[-1] == 0
    assert "clipped to what fits" in [repair.what for repair in log.repairs]


def test_a_session_that_just_fits_is_not_clipped() -> None:
    log = RepairLog()
    sessions(HEAD + one("08:00", "08:20", "2.2", "6.6"), log=log)
    assert [repair.what for repair in log.repairs] == ["read as"]


# Columns, units, dialects


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("kWhDelivered", "kWh"), ("kWhRequested", "kWh"), ("energy_kwh", "kWh"), ("ENERGY_KWH", "kWh"),
        ("EnergyKWh", "kWh"),
        ("power_kw", "kW"), ("max_power_w", "W"), ("Limit [MW]", "MW"), ("Energy (Wh)", "Wh"), ("powerKW", "kW"),
        ("Software", None), ("windowWidth", None), ("MaxPower", None),
    ],
)  # fmt: skip
def test_units_in_names(name: str, unit: str | None) -> None:
    assert unit_in(name) == unit


@pytest.mark.parametrize(
    ("head", "options"),
    [
        ("plug_in_time;plug_out_time;Energy [kWh];Power limit [kW]", {}),
        ("ConnectionStartDateTime;ConnectionEndDateTime;Energy;Power", {"energy_unit": "kWh", "power_unit": "kW"}),
        ("UTCTransactionStart;UTCTransactionStop;TotalEnergy;MaxPower", {"energy_unit": "kWh", "power_unit": "kW"}),
        ("Ankunft;Abfahrt;Energie kWh;Leistung kW", {}),
        ("Arrivée;Départ (a);Énergie kWh;Puissance kW", {"departure": "Départ (a)"}),
        ("a;b;c kWh;d kW", {"arrival": "a", "departure": "b", "energy": "c kWh", "power": "d kW"}),
    ],
)
def test_other_headings(head: str, options: dict[str, str]) -> None:
    """Semicolons, decimal commas, days first: 5.5 kWh at 11 kW are half an hour."""
    table = sessions(
        f"{head}\n06.05.2024 08:00;06.05.2024 18:30;5,5;11,0\n13.05.2024 08:00;13.05.2024 09:00;1,25;3,7\n", **options
    )
    assert column(table, "charging_kw", "08:00", 3) == [11, 11, 0]


def test_other_units() -> None:
    content = "start,end,energy_wh,power_w,session\n2024-05-06 08:00,2024-05-06 10:00,5500.5,11000.0,a\n"
    assert kwh(sessions(content), "charging_kw")[-1] == pytest.approx(5.5005, abs=1e-9)


def test_delivered_before_requested_and_stay_before_charging() -> None:
    head = (
        "connection_start,charging_start,charging_end,connection_end,kWhRequested,kWhDelivered,avg_power_kw,power_kw\n"
    )
    row = "2024-05-06 08:00,2024-05-06 08:30,2024-05-06 09:00,2024-05-06 12:00,20.5,5.5,3.5,11\n"
    table = sessions(head + row)
    assert kwh(table, "charging_kw")[-1] == pytest.approx(5.5, abs=1e-9)
    assert column(table, "connected_count", "07:45", 2) == [0, 1]
    assert sum(values(table, "connected_count")) == 16


def test_a_power_for_those_without_is_counted() -> None:
    log = RepairLog()
    table = sessions(HEAD + one(power="") + one(power="22", rest="b,2"), log=log, power="3.7 kW")
    assert max(values(table, "charging_max_kw")) == pytest.approx(25.7)
    assert ("filled", 1, 2) in [(repair.what, repair.count, repair.of) for repair in log.repairs]


def test_fractions_of_a_second_are_cut_off_and_counted() -> None:
    log = RepairLog()
    row = "2024-05-06T08:00:00.400812+00:00,2024-05-06T09:00:00.9+00:00,1,11,a,1\n"
    assert sum(values(sessions(HEAD + row, log=log), "connected_count")) == 4
    assert ("fractions of a second", 2) in [(repair.what, repair.count) for repair in log.repairs]


def test_lines_above_the_header() -> None:
    assert sessions("Export of May\n\n" + HEAD + one()).frame.equals(sessions(HEAD + one()).frame)


# Time zones


def test_naive_stamps_are_local_and_offsets_count() -> None:
    local = sessions(HEAD + one(), "Europe/Paris")
    aware = HEAD + "2024-05-06T08:00+02:00,2024-05-06T12:00+02:00,11,11,a,1\n"
    assert local.frame.equals(sessions(aware, "Europe/Paris").frame)
    assert sessions(HEAD + one(), "Europe/Paris", timezone="UTC").frame.equals(local.frame.shift(8, fill_value=0.0))


def test_the_doubled_hour_is_asked_for() -> None:
    content = HEAD + "2024-10-27 02:30,2024-10-27 06:00,11,11,a,1\n"
    with pytest.raises(InputError, match="a local time that occurs twice") as caught:
        sessions(content, "Europe/Paris")
    assert caught.value.problems[0].line == 2
    for hour, steps in (("first", 18), ("second", 14)):
        log = RepairLog()
        assert sum(values(sessions(content, "Europe/Paris", log, autumn_hour=hour), "connected_count")) == steps
        assert ("doubled hour", 1) in [(repair.what, repair.count) for repair in log.repairs]


def test_an_hour_that_does_not_exist_is_refused() -> None:
    content = HEAD + "2024-03-31 02:30,2024-03-31 06:00,11,11,a,1\n"
    with pytest.raises(InputError, match="does not exist"):
        sessions(content, "Europe/Paris")
    assert len(sessions(content, "Europe/Paris", timezone="UTC").frame) == 92


def test_names_that_say_utc() -> None:
    """08:00 UTC wherever the site is, if both names say so; which clock the other keeps is not guessed."""
    rows = "2024-05-06 08:00,2024-05-06 12:00,1.5,11.5\n"
    table = sessions(f"UTCTransactionStart,UTCTransactionStop,energy_kwh,power_kw\n{rows}", "Europe/Paris")
    assert column(table, "charging_max_kw", "08:00", 16) == [11.5] * 16
    with pytest.raises(InputError, match="one of two names states a clock"):
        sessions(f"UTCTransactionStart,end,energy_kwh,power_kw\n{rows}", "Europe/Paris")


def test_names_that_say_utc_beat_the_option() -> None:
    """08:00 UTC although the option says Tokyo; the log names both."""
    text = "UTCTransactionStart,UTCTransactionStop,energy_kwh,power_kw\n2024-05-06 08:00,2024-05-06 12:00,1.5,11.5\n"
    log = RepairLog()
    table = sessions(text, "Europe/Paris", log, timezone="Asia/Tokyo")
    assert column(table, "charging_max_kw", "08:00", 16) == [11.5] * 16
    assert [repair.detail for repair in log.repairs if "Asia/Tokyo" in repair.detail]


@pytest.mark.parametrize("title", ["timezone", "Time Zone", "site_timezone"])
@pytest.mark.parametrize("option", [{}, {"timezone": "UTC"}])
def test_a_zone_in_the_file_beats_the_site_and_the_option(title: str, option: dict[str, str]) -> None:
    """08:00 in Los Angeles in summer is 15:00Z."""
    content = f"connectionTime,disconnectTime,kWhDelivered,{title}\n"
    content += "2024-05-06 08:00,2024-05-06 12:00,5.5,America/Los_Angeles\n"
    log = RepairLog()
    table = sessions(content, "Europe/Paris", log, power="7.4 kW", **option)
    assert column(table, "charging_max_kw", "15:00", 16) == [7.4] * 16
    assert [repair.detail for repair in log.repairs if "America/Los_Angeles" in repair.detail]


# Properties

SECONDS, DAY = st.integers(0, 20 * 86400), 86400
SESSION = st.tuples(SECONDS, st.integers(0, 3 * DAY), st.integers(0, 90_000), st.integers(1, 350_000))


@settings(max_examples=60, deadline=None, phases=[Phase.generate], derandomize=True)
@given(st.lists(SESSION, min_size=1, max_size=40), st.sampled_from(["1 min", "15 min", "1 h"]), st.booleans())
def test_energy_is_kept_and_latest_is_never_before(drawn: list[tuple[int, ...]], step: str, named: bool) -> None:
    """Energy of each way of charging = sum over sessions of min(E, P stay), to 1e-9; the limits bound the power."""
    first, zone = pd.Timestamp("2024-03-25", tz="UTC"), "Europe/Paris"
    lines = []
    for come, stay, wh, watt in drawn:
        begin, end = (first + pd.Timedelta(seconds=s) for s in (come, come + stay))
        text = "%a, %d %b %Y %H:%M:%S GMT" if named else "%Y-%m-%dT%H:%M:%SZ"
        lines.append(f'"{begin.strftime(text)}","{end.strftime(text)}",{wh},{watt}\n')
    table = sessions("arrival,departure,energy_wh,power_w\n" + "".join(lines), zone, step=step)
    wanted = sum(min(wh, watt * stay / 3600) for _, stay, wh, watt in drawn) / 1000
    soon, late, most = (kwh(table, name) for name in ("charging_kw", "latest_kw", "charging_max_kw"))
    assert soon[-1] == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    assert late[-1] == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    assert most[-1] == pytest.approx(sum(watt * stay for _, stay, _, watt in drawn) / 3.6e6, rel=1e-9, abs=1e-9)
    assert (soon >= late - 1e-9 * max(wanted, 1)).all()
    limit, hours = np.array(values(table, "charging_max_kw")), np.diff(table.points) / 3600
    for name in ("charging_kw", "latest_kw"):
        assert (np.array(values(table, name)) <= limit * (1 + 1e-12)).all()
        assert (np.array(values(table, name)) >= 0).all()
    assert np.sum(values(table, "connected_count") * hours) == pytest.approx(sum(s[1] for s in drawn) / 3600, abs=1e-9)


def test_longer_steps_are_means_of_shorter_ones() -> None:
    short, long = (sessions(SAMPLE, step=step).frame.to_numpy() for step in ("5 min", "1 h"))
    assert short.reshape(-1, 12, short.shape[1]).mean(axis=1) == pytest.approx(long, abs=1e-9)


def test_many_sessions_are_added_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sessions(SAMPLE).frame
    monkeypatch.setattr("microgrid.formats.vehicles.session_charging._PAIRS_AT_ONCE", 10)
    assert sessions(SAMPLE).frame.to_numpy() == pytest.approx(whole.to_numpy(), abs=1e-12)
    monkeypatch.setattr("microgrid.formats.vehicles.session_charging._MOST_PAIRS", 10)
    assert "the steps are too short" in refused(SAMPLE)


# Recognising


def test_recognises() -> None:
    assert FORMAT.recognises(f"{_ACN}\n")
    assert FORMAT.recognises("Session ID;Start;Ende;Energie (kWh)\n")
    assert FORMAT.recognises("UTCTransactionStart;UTCTransactionStop;TotalEnergy\n")
    assert not FORMAT.recognises("TYPE,DATE,START TIME,END TIME,USAGE (kWh)\n")
    assert not FORMAT.recognises("start,end,charging_kwh\n")
    assert not FORMAT.recognises("Start date;End date;Biomass [MWh]\n")
    assert not FORMAT.recognises("connectionTime,disconnectTime\n")
    assert format_of("ev-sessions") is FORMAT
    assert names().index("ev-sessions") < names().index("table")


def test_a_meter_with_begin_and_end_stays_a_table(tmp_path: Any) -> None:
    path = tmp_path / "x.csv"
    path.write_text(
        "start,end,energy_kwh\n2024-05-06 08:00,2024-05-06 09:00,1.5\n2024-05-06 09:00,2024-05-06 10:00,1.5\n"
    )
    assert recognise(Source(path, "x", "x", "UTC")) == "table"
