"""RTE eCO2mix: open data and RTE's own files, national and regional."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from microgrid.errors import InputError
from microgrid.formats.market.eco2mix import FORMAT
from microgrid.repairs import RepairLog
from tests.conftest import GOLDEN
from tests.formats.fuzz import survivors
from tests.formats.reading import read, stamps, values
from tests.proofs import proof

SHARED = GOLDEN.parent / "formats" / "eco2mix_national_202112.csv"
needs_shared = pytest.mark.skipif(not SHARED.is_file(), reason=f"no sample at {SHARED}")
SUFFIX = ".csv"

HEAD = (
    "Périmètre;Nature;Date;Heure;Date - Heure;Consommation (MW);Nucléaire (MW);Pompage (MW);Ech. physiques (MW);"
    "Taux de CO2 (g/kWh);Ech. comm. Espagne (MW);Gaz - CCG (MW)\n"
)
OLD_HEAD = (
    "Périmètre\tNature\tDate\tHeures\tConsommation\tPrévision J-1\tNucléaire\tPompage\tEch. physiques\tTaux de Co2\t"
    "Gaz - Cogén.\tHydraulique - Fil de l?eau + éclusée\t Stockage batterie\t\n"
)
DISCLAIMER = "RTE ne pourra être tenu responsable de l'usage qui pourrait être fait des données mises à disposition."


def open_data(first: str, series: list[float], place: str = "France") -> str:
    """Quarter-hourly rows from a local time, the exchange with Spain at full and half hours only."""
    axis = pd.date_range(pd.Timestamp(first, tz="Europe/Paris"), periods=len(series), freq="15min")
    rows = []
    for stamp, value in zip(axis, series, strict=True):
        spain = f"{value / 10:g}" if stamp.minute % 30 == 0 else ""
        when = f"{stamp:%Y-%m-%d};{stamp:%H:%M};{stamp.isoformat()}"
        rows.append(f"{place};Données temps réel;{when};{value};{value / 2};-40;12;60;{spain};3\n")
    return HEAD + "".join(rows)


def old(first: str, series: list[float], minutes: int = 15) -> str:
    """RTE's own file: local time, a forecast in each row, the rest at full and half hours."""
    axis = pd.date_range(pd.Timestamp(first, tz="Europe/Paris"), periods=len(series), freq=f"{minutes}min")
    rows = []
    for stamp, value in zip(axis, series, strict=True):
        rest = (
            f"{value}\t{value + 1}\t{value}\t-5\tND\t70\t1\t2\t-"
            if stamp.minute % 30 == 0
            else f"\t{value + 1}" + "\t" * 7
        )
        rows.append(f"France\tDonnées définitives\t{stamp:%Y-%m-%d}\t{stamp:%H:%M}\t{rest}\t\n")
    return OLD_HEAD + "".join(rows) + DISCLAIMER + "\n"


SAMPLE: bytes = open_data("2022-10-30 01:00", [50_000 + 100 * quarter for quarter in range(24)]).encode()
OLD: bytes = old("2022-10-30 01:00", [50_000 + 100 * quarter for quarter in range(24)]).encode("latin-1")
SAMPLES = [OLD]


@needs_shared
def test_the_shared_sample() -> None:
    """December 2021: the file's first day starts at 23:00 UTC; rows are sorted; totals as awk finds them."""
    log = RepairLog()
    table = read(SHARED.read_bytes(), "eco2mix", timezone="UTC", log=log)
    axis = stamps(table)
    assert len(axis) == 2976
    assert (axis[0], axis[-1]) == (pd.Timestamp("2021-11-30 23:00Z"), pd.Timestamp("2021-12-31 22:45Z"))
    consumption, carbon = (values(table, name) for name in ("consumption_mw", "carbon_intensity_gco2_per_kwh"))
    assert (consumption[0], consumption[1], consumption[-1]) == (67200, 66606, 54732)
    assert (sum(consumption), sum(carbon)) == (193385571, 191501)
    row = axis.get_loc(pd.Timestamp("2021-12-11 10:15", tz="Europe/Paris"))
    expected = {
        "consumption_mw": 70290, "forecast_day_ahead_mw": 69350, "oil_mw": 186, "coal_mw": 1086, "gas_mw": 7277,
        "nuclear_mw": 42940, "wind_mw": 3021, "solar_mw": 1843, "hydro_mw": 7410, "pumping_mw": -42,
        "bioenergy_mw": 854, "physical_exchange_mw": 5715, "carbon_intensity_gco2_per_kwh": 74,
        "bioenergy_of_which_biogas_mw": 287,
    }  # fmt: skip
    assert {name: values(table, name)[row] for name in expected} == expected
    assert table.line(row) == 587
    spain = values(table, "exchange_spain_mw")
    assert (spain[0], spain[1], spain[-2], spain[-1]) == (-1250, -1250, -1835, -1835)
    repairs = {(repair.column, repair.what): repair.count for repair in log.repairs}
    assert repairs["exchange_spain_mw", "second quarters filled"] == 1488
    assert ("time", "sorted") in repairs
    assert ("consumption_mw", "second quarters filled") not in repairs


@needs_shared
def test_the_mix_of_the_shared_sample() -> None:
    """1 December, 00:00, oil to bioenergy by hand: (650 x 204 + 820 x 992 + 490 x 6,917 + 12 x 43,662 + 11 x 11,613
    + 24 x 2,347 + 230 x 857) / 66,592 = 5,240,495 / 66,592 = 78.70; RTE's own rate, of burning only, is 70.
    """
    from microgrid.series.derived.carbon_of_mix import carbon_intensity

    found = carbon_intensity(read(SHARED.read_bytes(), "eco2mix"))
    assert found[0] == pytest.approx(5_240_495 / 66_592)
    assert np.isfinite(found).all()


def test_half_hourly_beside_quarter_hourly() -> None:
    log = RepairLog()
    table = read(SAMPLE, "eco2mix", log=log)
    assert values(table, "exchange_spain_mw")[:4] == [5000, 5000, 5020, 5020]
    assert values(table, "gas_of_which_combined_cycle_mw")[:2] == [3, 3]
    repairs = {(repair.column, repair.what): repair.count for repair in log.repairs}
    assert repairs["exchange_spain_mw", "second quarters filled"] == 12
    assert repairs["time", "stamps"] == 24


def test_a_second_quarter_without_a_first_stays_empty() -> None:
    lines = SAMPLE.decode().splitlines(keepends=True)
    table = read("".join(lines[:3] + lines[4:]), "eco2mix")  # 01:30 is not there
    spain = values(table, "exchange_spain_mw")
    assert spain[:2] == [5000, 5000]
    assert np.isnan(spain[2:4]).all()
    assert table.line(2) is None


def test_the_doubled_hour_by_offset_and_by_order() -> None:
    """30 October 2022, 01:00 local is 23:00 UTC; 24 quarters without a hole, in both kinds of file."""
    for content in (SAMPLE, OLD):
        table = read(content, "eco2mix", timezone="America/New_York")
        assert stamps(table)[0] == pd.Timestamp("2022-10-29 23:00Z")
        assert np.diff(table.points).tolist() == [900] * 24
    assert values(read(OLD, "eco2mix"), "forecast_day_ahead_mw") == [50_001 + 100 * quarter for quarter in range(24)]


def test_the_old_file() -> None:
    """Latin-1, tabs at the ends, ND and - are missing, a disclaimer; consumption stands at half hours."""
    log = RepairLog()
    table = read(OLD, "eco2mix", log=log)
    assert values(table, "consumption_mw")[:4] == [50_000, 50_000, 50_200, 50_200]
    assert values(table, "gas_of_which_cogeneration_mw")[:2] == [1, 1]
    assert values(table, "hydro_of_which_run_of_river_mw")[:2] == [2, 2]
    assert values(table, "carbon_intensity_gco2_per_kwh")[0] == 70
    details = {(repair.column, repair.what, repair.detail) for repair in log.repairs}
    assert ("time", "rows left out", "a disclaimer at the end") in details
    assert ("physical_exchange_mw", "column left out", "empty in every row") in details
    assert any("Europe/Paris" in detail for _, _, detail in details)


def test_half_hours_and_the_order_of_days() -> None:
    """A half-hourly file; the date as 31/12/2015; a decimal comma."""
    content = old("2015-12-31 22:00", [1.5, 2.5, 3.5], 30).replace("2015-12-31", "31/12/2015").replace("1.5", "1,5")
    table = read(content, "eco2mix")
    assert np.diff(table.points).tolist() == [1800] * 3
    assert values(table, "consumption_mw") == [1.5, 2.5, 3.5]


def test_spring() -> None:
    """The open data has offsets; in the old file a row of the hour that is left out may be there, if it is empty."""
    assert np.diff(read(open_data("2022-03-27 01:00", [1.0] * 8), "eco2mix").points).tolist() == [900] * 8
    lines = old("2022-03-27 01:00", [1.0] * 8).splitlines(keepends=True)
    empty = "France\tDonnées définitives\t2022-03-27\t02:00" + "\t" * 10 + "\n"
    log = RepairLog()
    table = read("".join([*lines[:5], empty, *lines[5:]]), "eco2mix", log=log)
    assert np.diff(table.points).tolist() == [900] * 8
    assert any("spring" in repair.detail for repair in log.repairs)
    with pytest.raises(InputError, match="spring leaves out") as caught:
        read("".join([*lines[:5], empty.replace("02:00\t", "02:00\t5"), *lines[5:]]), "eco2mix")
    assert caught.value.problems[0].line == 6
    filled = "".join([*lines[:5], empty.replace("02:00\t", "02:00\t5"), *lines[5:]])
    log = RepairLog()
    assert read(filled, "eco2mix", options={"spring_hour": "drop"}, log=log).points.tolist() == table.points.tolist()
    assert ("filler of spring", 1) in [(repair.what, repair.count) for repair in log.repairs]


def test_an_empty_row_of_a_doubled_stamp_is_left_out() -> None:
    lines = SAMPLE.decode().splitlines(keepends=True)
    empty = ";".join(lines[1].split(";")[:5]) + ";" * 7 + "\n"
    log = RepairLog()
    assert len(read("".join([*lines, empty]), "eco2mix", log=log).frame) == 24
    assert any("an interval that another row has values of" in repair.detail for repair in log.repairs)


def regional(code: bool = True) -> str:
    first, second = open_data("2022-01-01", [5.0] * 4, "Bretagne"), open_data("2022-01-01", [7.0] * 4, "Occitanie")
    joined = first + second.removeprefix(HEAD)
    if not code:
        return joined
    lines = joined.replace("Périmètre", "Région").splitlines(keepends=True)
    codes = ["Code INSEE région", *["53"] * 4, *["76"] * 4]
    return "".join(f"{number};{line}" for number, line in zip(codes, lines, strict=True))


@pytest.mark.parametrize(
    ("code", "region", "expected"),
    [(True, "Occitanie", 7), (True, 53, 5), (True, "53", 5), (True, "bretagne", 5), (False, "Occitanie", 7)],
)
def test_a_region(code: bool, region: str | int, expected: float) -> None:
    log = RepairLog()
    table = read(regional(code), "eco2mix", options={"region": region}, log=log)
    assert values(table, "consumption_mw") == [expected] * 4
    assert ("rows left out", 4) in [(repair.what, repair.count) for repair in log.repairs]


@pytest.mark.parametrize(
    ("options", "words"),
    [({}, "several regions"), ({"region": "Corse"}, "no such region"), ({"regions": "x"}, "option")],
)
def test_regions_are_named(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read(regional(), "eco2mix", options=options)
    if "regions" not in options:
        assert caught.value.problems[0].expected == "one of Bretagne (53), Occitanie (76)"


def test_names_of_the_interface() -> None:
    """The names that the API of the open data gives to its columns."""
    head = (
        "perimetre;nature;date;heure;date_heure;consommation;prevision_j1;pompage;ech_physiques;taux_co2;fioul_cogen\n"
    )
    rows = "".join(f"France;x;2022-01-01;0{h}:00;2022-01-01T0{h}:00:00+00:00;1;2;3;4;5;6\n" for h in range(3))
    names = ["consumption_mw", "forecast_day_ahead_mw", "pumping_mw", "physical_exchange_mw"]
    table = read(head + rows, "eco2mix")
    assert list(table.frame.columns) == [*names, "carbon_intensity_gco2_per_kwh", "oil_of_which_cogeneration_mw"]
    assert FORMAT.recognises(head)


def test_columns_that_are_not_known_are_left_out() -> None:
    log = RepairLog()
    table = read(SAMPLE.decode().replace("Gaz - CCG (MW)", "TCO Gaz (%)"), "eco2mix", log=log)
    assert "gas_of_which_combined_cycle_mw" not in table.frame
    assert ("tco_gaz", "column left out") in [(repair.column, repair.what) for repair in log.repairs]
    kilowatts = read(SAMPLE.decode().replace("Nucléaire (MW)", "Nucléaire (kW)"), "eco2mix")
    assert "nuclear_mw" not in kilowatts.frame


LINES = SAMPLE.decode().splitlines(keepends=True)


def with_cell(place: int, cell: str, line: int = 3) -> str:
    cells = LINES[line - 1].split(";")
    cells[place] = cell
    return "".join([*LINES[: line - 1], ";".join(cells), *LINES[line:]])


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (with_cell(5, "nan"), 3, "not a number"),
        (with_cell(5, "inf"), 3, "not a number"),
        (with_cell(5, "0x10"), 3, "not a number"),
        (with_cell(5, "9" * 400), 3, "not a number"),
        (with_cell(4, "2022-10-30T01:15:00"), 3, "not a time stamp"),  # no offset
        (with_cell(4, "9999-10-30T01:15:00+01:00"), 3, "not a time stamp"),
        (with_cell(4, "0001-10-30T01:15:00+01:00"), 3, "not a time stamp"),
        (with_cell(4, "2022-10-30T01:16:00+02:00"), 3, "stamps .* apart"),
        (with_cell(4, "2022-10-30T01:00:00+02:00"), 3, "two values"),
        ("".join(LINES[:-1]) + "France;Données temps", 25, "cut off or too long"),
        (LINES[0], None, "no rows"),
        ("".join(LINES[:2]), None, "fewer than two rows"),
        (SAMPLE.decode().replace("Nucléaire", "Consommation"), 1, "appears twice"),
        (SAMPLE.decode().replace("Date - Heure", "Instant").replace("Heure;", "Minute;"), 1, "no stamps"),
        (SAMPLE.replace(b"r\xc3\xa9el", b"r\xe9el"), None, "two encodings"),
        (OLD.replace(b"2022-10-30\t01:15", b"2022-10-32\t01:15"), 3, "not a time stamp"),
        (b"PK\x03\x04", None, "compressed"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00", None, "not a text file"),
    ],
)
def test_what_is_wrong_is_named(content: str | bytes, line: int | None, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read(content, "eco2mix")
    assert caught.value.problems[0].line == line


@settings(max_examples=30, deadline=None, phases=[Phase.generate], derandomize=True)
@given(
    st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=60),
    st.sampled_from(["2022-10-30 00:00", "2022-03-27 00:00", "2021-12-31 22:00"]),
    st.booleans(),
)
def test_what_is_written_is_read(tenths: list[int], first: str, latin: bool) -> None:
    series = [tenth / 10 for tenth in tenths]
    content = old(first, series, 30).encode("latin-1") if latin else open_data(first, series).encode()
    table = read(content, "eco2mix")
    assert values(table, "consumption_mw") == series
    assert stamps(table)[0] == pd.Timestamp(first, tz="Europe/Paris")
    assert (np.diff(table.points) == (1800 if latin else 900)).all()


def test_recognises() -> None:
    assert FORMAT.recognises(SAMPLE[:8192].decode("latin-1"))
    assert FORMAT.recognises(OLD[:8192].decode("latin-1"))
    assert FORMAT.recognises(regional().encode()[:8192].decode("latin-1"))
    assert not FORMAT.recognises("Date;Heure;Consommation (MW)\n")


@needs_shared
def test_recognises_the_shared_sample() -> None:
    assert FORMAT.recognises(SHARED.read_bytes()[:8192].decode("latin-1"))


@proof(sample=50, whole=300)
@pytest.mark.parametrize("sample", [SAMPLE, OLD])
def test_broken_files(sample: bytes, cases: int) -> None:
    assert 0 < survivors(sample, "eco2mix", ".csv", cases) < cases
