"""SMARD.de: German and English downloads, local time, energy as mean power."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from microgrid.errors import InputError
from microgrid.formats.market.operator_csv import on_clock
from microgrid.formats.market.smard import FORMAT
from microgrid.formats.source import Source
from microgrid.repairs import RepairLog
from tests.formats.reading import read, recognised, stamps, values

PRICE, BIOMASS = "Deutschland/Luxemburg [€/MWh] Berechnete Auflösungen", "Biomasse [MWh] Berechnete Auflösungen"
HEAD = f"\ufeffDatum von;Datum bis;{PRICE};{BIOMASS}\n"
SUFFIX = ".csv"


def german(value: float) -> str:
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def hours(first: str, count: int) -> Iterator[tuple[str, str]]:
    """Begin and end of hours on the German clock."""
    axis = pd.date_range(pd.Timestamp(first, tz="Europe/Berlin"), periods=count + 1, freq="h")
    shown = [stamp.strftime("%d.%m.%Y %H:%M") for stamp in axis]
    return itertools.pairwise(shown)


def written(first: str, series: list[float]) -> str:
    rows = zip(hours(first, len(series)), series, strict=True)
    return HEAD + "".join(f"{begin};{end};{german(value)};{german(1000 + value)}\n" for (begin, end), value in rows)


SAMPLE: bytes = (
    written("2022-10-29 20:00", [120.5 - 10 * hour for hour in range(30)]).replace(";-9,50;", ";-;").encode()
)


def test_prices_and_energy() -> None:
    """The first hour of 30 is 20:00 in summer time; energy of an hour is as many MW; the price -9.50 is made empty."""
    table = read(SAMPLE, "smard", timezone="Asia/Tokyo")
    assert stamps(table)[0] == pd.Timestamp("2022-10-29 18:00", tz="UTC")
    assert (np.diff(table.points) == 3600).all()
    assert len(table.frame) == 30
    price = values(table, "price_eur_per_mwh")
    assert price[:2] == [120.5, 110.5]
    assert np.flatnonzero(np.isnan(price)).tolist() == [13]
    assert values(table, "biomass_mw")[:2] == [1120.5, 1110.5]


def test_hours_in_a_file_of_quarters() -> None:
    """A price of an hour stands at its first quarter: it is that of all four. 10 MWh of an hour are 10 MW, not 40."""
    axis = pd.date_range("2024-06-01", periods=97, freq="15min").strftime("%d.%m.%Y %H:%M")
    cells = [(f"{n};{n / 4},0".replace(".0,0", ",00") if n % 4 == 0 else "-;-") for n in range(96)]
    text = HEAD + "".join(f"{a};{b};{cell}\n" for (a, b), cell in zip(itertools.pairwise(axis), cells, strict=True))
    log = RepairLog()
    table = read(text, "smard", log=log)
    assert values(table, "price_eur_per_mwh") == [4 * (n // 4) for n in range(96)]
    assert values(table, "biomass_mw") == [n // 4 for n in range(96)]
    assert {repair.column for repair in log.repairs if repair.what == "longer steps"} == set(table.frame.columns)


def test_the_doubled_hour_is_in_order() -> None:
    """30 October 2022: 02:00 is 00:00 and then 01:00 UTC, 6 and 7 hours after the first; four hours of 100 MWh."""
    log = RepairLog()
    table = read(SAMPLE, "smard", log=log)
    assert stamps(table)[6:8].strftime("%H:%M").tolist() == ["00:00", "01:00"]
    assert values(table, "biomass_mw")[6:8] == [1060.5, 1050.5]
    assert ("doubled hour", 2) in [(repair.what, repair.count) for repair in log.repairs]


def test_what_is_assumed_is_logged() -> None:
    log = RepairLog()
    read(SAMPLE, "smard", log=log)
    found = {(repair.column, repair.what) for repair in log.repairs}
    assert {("time", "local stamps"), ("biomass_mw", "unit converted")} <= found


def test_spring_leaves_an_hour_out() -> None:
    table = read(written("2022-03-27 00:00", [1, 2, 3]), "smard")
    assert np.diff(table.points).tolist() == [3600] * 3
    assert stamps(table)[2] == pd.Timestamp("2022-03-27 01:00", tz="UTC")


@pytest.mark.parametrize("end", ["02:00", "03:00"])
def test_an_end_in_the_hour_that_is_left_out(end: str) -> None:
    """The hour before the change ends at 03:00, whatever is written."""
    rows = f"27.03.2022 00:00;27.03.2022 01:00;1;1\n27.03.2022 01:00;27.03.2022 {end};2;2\n"
    assert np.diff(read(HEAD + rows, "smard").points).tolist() == [3600, 3600]


def test_days_have_23_and_25_hours() -> None:
    """2,300 MWh in the 23 hours of 27 March: 100 MW."""
    head = f"Datum von;Datum bis;{BIOMASS}\n"
    days = "26.03.2022;27.03.2022;2.400\n27.03.2022;28.03.2022;2.300\n"
    table = read(head + days, "smard")
    assert np.diff(table.points).tolist() == [86400, 82800]
    assert values(table, "biomass_mw") == [100, 100]


def test_english_numbers() -> None:
    """1,234.5 EUR/MWh; 1,000 MWh in a quarter of an hour are 4,000 MW; from 23:45 the end is the next day's 00:00."""
    titles = "Germany/Luxembourg [€/MWh] Calculated resolutions;Hard coal [MWh] Calculated resolutions"
    joined = f"Start date;End date;{titles}\nJan 1, 2022 11:30 PM;Jan 1, 2022 11:45 PM;1,234.5;1,000\n"
    joined += "Jan 1, 2022 11:45 PM;Jan 2, 2022 12:00 AM;-3;-\n"
    split = f"Date;Start;End;{titles}\nJan 1, 2022;11:30 PM;11:45 PM;1,234.5;1,000\n"
    split += "Jan 1, 2022;11:45 PM;12:00 AM;-3;-\n"
    for content in (joined, split):
        table = read(content, "smard")
        assert np.diff(table.points).tolist() == [900, 900]
        assert values(table, "price_eur_per_mwh") == [1234.5, -3]
        assert values(table, "hard_coal_mw")[0] == 4000
        assert np.isnan(values(table, "hard_coal_mw")[1])


def test_the_older_german_form() -> None:
    content = f"Datum;Anfang;Ende;{BIOMASS}\n01.01.2022;23:30;23:45;1.000,5\n01.01.2022;23:45;00:00;2\n"
    assert values(read(content, "smard"), "biomass_mw") == [4002, 8]


def test_names() -> None:
    """Prices of other zones carry their name; beside the load, "Pumpspeicher" is what the pumps draw."""
    titles = (
        "Dänemark 1 [€/MWh] Originalauflösungen;Gesamt (Netzlast) [MWh] x;Pumpspeicher [MWh] x;Wind Offshore [MWh] x"
    )
    rows = "01.01.2022 00:00;01.01.2022 01:00;1;2;3;4;5\n01.01.2022 01:00;01.01.2022 02:00;1;2;3;4;5\n"
    log = RepairLog()
    table = read(f"Datum von;Datum bis;{titles};Saldo [€] x\n{rows}", "smard", log=log)
    assert list(table.frame.columns) == [
        "price_danemark_1_eur_per_mwh",
        "consumption_mw",
        "hydro_pumped_storage_consumption_mw",
        "wind_offshore_mw",
    ]
    assert ("saldo_x", "column left out") in [(repair.column, repair.what) for repair in log.repairs]


def test_an_autumn_hour_that_stands_once_is_logged() -> None:
    rows = "30.10.2022 01:00;30.10.2022 02:00;1;1\n30.10.2022 02:00;30.10.2022 03:00;2;2\n"
    rows += "30.10.2022 03:00;30.10.2022 04:00;3;3\n"
    log = RepairLog()
    table = read(HEAD + rows, "smard", log=log)
    assert stamps(table).strftime("%H:%M").tolist() == ["23:00", "00:00", "01:00", "02:00"]
    assert any("alone" in repair.detail for repair in log.repairs)


def test_a_file_that_runs_backwards() -> None:
    lines = SAMPLE.decode().splitlines()
    turned = "\n".join([lines[0], *reversed(lines[1:])])
    assert read(turned, "smard").frame.equals(read(SAMPLE, "smard").frame)


def row(begin: str = "01.01.2022 00:00", end: str = "01.01.2022 01:00", price: str = "1", energy: str = "1") -> str:
    return f"{begin};{end};{price};{energy}\n"


NEXT = row("01.01.2022 01:00", "01.01.2022 02:00")


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (HEAD + row(price="1.5") + NEXT, 2, "not a number"),  # no German number: 1.5 would be a broken thousand
        (HEAD + NEXT + row(price="nan"), 3, "not a number"),
        (HEAD + NEXT + row(price="1e400"), 3, "not a number"),
        (HEAD + NEXT + row(price="9" * 400), 3, "not a number"),
        (HEAD + NEXT + row(energy="1_000"), 3, "not a number"),
        (HEAD + NEXT + row(energy="=1+1"), 3, "not a number"),
        (HEAD + row("1. Januar"), 2, "not a time stamp"),
        (HEAD + NEXT + row("01.01.0001 00:00"), 3, "not a time stamp"),
        (HEAD + NEXT + row("01.01.9999 00:00"), 3, "not a time stamp"),
        (HEAD + row("27.03.2022 02:00", "27.03.2022 03:00"), 2, "spring leaves out"),
        (HEAD + NEXT + "01.01.2022 02:00;01.01.2022 03:00;1", 3, "cut off or too long"),
        (HEAD + NEXT + "01.01.2022 02:00;01.01.2022 03:00;1;2;3", 3, "cut off or too long"),
        (HEAD + row(end="31.12.2021 23:00"), 2, "ends before it begins"),
        (HEAD + row() + row(price="2"), 3, "two values for one interval"),
        (HEAD + row("30.10.2022 02:00", "30.10.2022 03:00") * 3, 2, "more than two rows"),
        (HEAD, None, "no rows"),
        (HEAD + row(), None, "fewer than two rows"),
        (f"Datum von;Datum bis;{BIOMASS};{BIOMASS}\n", 1, "appears twice"),
        (f"Datum von;Datum bis;{BIOMASS};Biomasse [MWh] x\n" + row(), 1, "two columns of one quantity"),
        ("Datum von;Datum bis;Preis\n" + row()[:-2] + "\n", 1, "no column of prices"),
        ("Von;Bis;Preis\n1;2;3\n", 1, "not a header of SMARD"),
        (HEAD + '01.01.2022 00:00;"01.01.2022 01:00;1;1\n', None, "not a table"),
        (HEAD.encode("latin-1", "replace") + b"\xe9", None, "not a text file in the encoding"),
        (b"PK\x03\x04", None, "compressed"),
        (b"Datum von\x00", None, "not a text file"),
    ],
)
def test_what_is_wrong_is_named(content: str | bytes, line: int | None, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read(content, "smard")
    assert caught.value.problems[0].line == line


def test_on_clock_refuses_nothing_that_exists(tmp_path: Any) -> None:
    axis = pd.date_range("2022-01-01", "2023-01-01", freq="15min", tz="Europe/Berlin", inclusive="left")
    naive = axis.tz_localize(None)
    line = np.arange(len(naive))
    source = Source(tmp_path / "x", "x", "x", "UTC")
    seconds, kept = on_clock(source, naive.as_unit("s"), "Europe/Berlin", line, np.zeros(len(line), dtype=bool))
    assert kept.all()
    assert (np.diff(seconds) == 900).all()


@settings(max_examples=30, deadline=None, phases=[Phase.generate], derandomize=True)
@given(
    st.lists(st.integers(-(10**7), 10**7), min_size=2, max_size=60),
    st.sampled_from(["2022-10-29 12:00", "2022-03-26 20:00", "2021-12-31 22:00"]),
)
def test_what_is_written_is_read(cents: list[int], first: str) -> None:
    series = [cent / 100 for cent in cents]
    table = read(written(first, series), "smard")
    assert values(table, "price_eur_per_mwh") == series
    assert stamps(table)[0] == pd.Timestamp(first, tz="Europe/Berlin")
    assert (np.diff(table.points) == 3600).all()


def test_recognises() -> None:
    assert recognised(SAMPLE) == "smard"
    assert FORMAT.recognises("Date;Start;End;Germany/Luxembourg [EUR/MWh] x\n")
    assert not FORMAT.recognises("Datum von;Datum bis;Energiemenge in kWh\n")
    assert not FORMAT.recognises("time,price\n2022-01-01,5 [MWh]\n")
