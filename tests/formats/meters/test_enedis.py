"""Enedis load curves: the shared sample read by hand, both layouts, and everything that can be wrong with them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from microgrid.errors import InputError
from microgrid.formats.registry import format_of
from microgrid.repairs import RepairLog
from tests.conftest import ROOT
from tests.formats.fuzz import survivors
from tests.formats.reading import read, recognised, stamps, values
from tests.formats.tables.test_workbook import workbook
from tests.proofs import proof

SHARED = ROOT.parent / "shared" / "formats" / "enedis_r63_synthetic.csv"
HEADER = (
    "Identifiant PRM;Date de début;Date de fin;Grandeur physique;Grandeur métier;Etape métier;Unité;"
    "Horodate;Valeur;Nature;Pas;Indice de vraisemblance;Etat complémentaire\n"
)
SUFFIX = ".csv"
ACCOUNT = (
    "Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;Grandeur metier;Etape metier;Unite;"
    "Pas en minutes\n"
    "30001234567890;Courbe de charge;01/06/2024;02/06/2024;Energie active;{flow};Comptage Brut;W;{step}\n\n"
    "Horodate;Valeur\n"
)


def row(
    stamp: str,
    value: object,
    prm: str = "30001234567890",
    physical: str = "PA",
    flow: str = "CONS",
    unit: str = "W",
    step: str = "PT30M",
    nature: str = "B",
    likely: str = "0",
) -> str:
    return f"{prm};2024-06-01;2024-06-03;{physical};{flow};BRUT;{unit};{stamp};{value};{nature};{step};{likely};0\n"


def rows(*stamps: str, first: int = 100) -> str:
    """Rows of one meter with the values 100, 101, ... W."""
    return "".join(row(stamp, first + number) for number, stamp in enumerate(stamps))


def account(*lines: str, flow: str = "Consommation", step: str = "") -> str:
    return ACCOUNT.format(flow=flow, step=step) + "".join(f"{line}\n" for line in lines)


def said(log: RepairLog, what: str) -> list[tuple[int, str]]:
    return [(repair.count, repair.detail) for repair in log.repairs if repair.what == what]


_HALF_HOURS = [f"2024-06-01 {hour:02d}:{minute}:00" for hour in range(1, 11) for minute in ("00", "30")]
SAMPLE = (HEADER + rows(*_HALF_HOURS) + row("2024-06-01 11:30:00", "", step="PT60M")).encode()


@pytest.mark.skipif(not SHARED.is_file(), reason=f"the shared samples are not at {SHARED.parent}")
def test_the_shared_sample() -> None:
    """Stamps are ends: 00:30 of October 27 at UTC+2 begins at 22:00Z; 170 half hours and 6 hours; the hour that stands
    twice is 984 W and 899 W in summer time, then 946 W and 796 W; from 02:30 to 08:30 of October 30 there is nothing.
    """
    log = RepairLog()
    table = read(SHARED.read_bytes(), "enedis", log=log)
    found, begin = values(table, "consumption_kw"), stamps(table)
    assert len(found) == 176 + 12
    assert begin[0] == pd.Timestamp("2023-10-26T22:00Z")
    assert found[:2] + found[-1:] == [0.9, 0.923, 0.802]
    at = dict(zip(begin.strftime("%dT%H:%M"), found, strict=True))
    assert [at[f"{s}"] for s in ("28T23:30", "29T00:00", "29T00:30", "29T01:00")] == [0.984, 0.899, 0.946, 0.796]
    lengths, counts = np.unique(np.diff(table.points), return_counts=True)
    assert dict(zip(lengths.tolist(), counts.tolist(), strict=True)) == {1800: 182, 3600: 6}
    assert np.isnan([at["30T01:30"], at["30T07:00"]]).all()
    assert at["30T07:30"] == at["30T08:00"] - 1.424 + 1.222
    total = sum(int(line.split(";")[8]) for line in SHARED.read_text().splitlines()[1:])
    assert np.nansum(found) == pytest.approx(total / 1000)
    assert table.lines is not None
    assert (table.lines[0], table.lines[-1]) == (2, 177)
    assert said(log, "naive stamps") == [(176, "read as local time of Europe/Paris")]
    assert said(log, "doubled hour") == [(4, "of two alike, the first in the file is in summer time")]
    assert said(log, "missing rows")[0][0] == 12
    assert format_of("enedis").recognises(SHARED.read_bytes()[:8192].decode("latin-1"))


@pytest.mark.parametrize("head", [SAMPLE, b"\xef\xbb\xbf" + SAMPLE, account().encode(), HEADER.encode("latin-1")])
def test_its_files_are_recognised(head: bytes) -> None:
    """Among all formats, with or without a mark of the encoding."""
    assert recognised(head) == "enedis"


@pytest.mark.parametrize("head", ["time;value\n", "Date;Heure;Consommation\n", "my Identifiant PRM;\n", ""])
def test_others_are_not(head: str) -> None:
    assert not format_of("enedis").recognises(head)


@settings(max_examples=30, deadline=None, phases=[Phase.generate], derandomize=True)
@given(
    numbers=st.lists(st.none() | st.integers(0, 250_000), min_size=2, max_size=200),
    first=st.integers(0, 8000),
    minutes=st.sampled_from([5, 10, 15, 30, 60]),
)
def test_a_series_comes_back(numbers: list[int | None], first: int, minutes: int) -> None:
    """Whatever is written, across changes of the clock, is read again at the same instants."""
    start = pd.Timestamp("2023-01-01T00:00Z") + pd.Timedelta(hours=first)
    # Whole days of the autumn change are in or out, so that no stamp of the doubled hour stands alone.
    ends = pd.date_range(start, periods=len(numbers) + 1, freq=f"{minutes}min")[1:]
    local = ends.tz_convert("Europe/Paris").tz_localize(None)
    twice = [t.strftime("%m-%d %H") == "10-29 02" for t in local]
    text = HEADER + "".join(
        row(t.isoformat(sep=" "), "" if v is None else v, step=f"PT{minutes}M")
        for t, v in zip(local, numbers, strict=True)
    )
    if any(twice) and sum(twice) != 120 // minutes:
        return
    table = read(text, "enedis")
    assert (table.points == [start.timestamp() + 60 * minutes * n for n in range(len(numbers) + 1)]).all()
    expected = [np.nan if v is None else v / 1000 for v in numbers]
    np.testing.assert_allclose(values(table, "consumption_kw"), expected)
    curve = account(*(f"{t.isoformat()};{'' if v is None else v}" for t, v in zip(ends, numbers, strict=True)))
    np.testing.assert_allclose(values(read(curve, "enedis"), "consumption_kw"), expected)


# Quirks


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_encodings_and_ends_of_lines(encoding: str) -> None:
    content = SAMPLE.decode().replace("\n", "\r\n").encode(encoding)
    assert len(read(content, "enedis").frame) == 21


@pytest.mark.parametrize(
    ("unit", "physical", "step", "expected"),
    [("W", "PA", "PT30M", 0.12), ("kW", "PA", "PT30M", 120), ("Wh", "EA", "PT30M", 0.24), ("kWh", "EA", "PT10M", 720)],
)
def test_units(unit: str, physical: str, step: str, expected: float) -> None:
    """120 W; 120 Wh in half an hour are 240 W, 120 kWh in 10 min 720 kW."""
    log, length = RepairLog(), {"PT30M": "30", "PT10M": "10"}[step]
    ends = ("2024-06-01 10:00:00", f"2024-06-01 10:{length}:00")
    text = HEADER + "".join(row(end, 120, unit=unit, physical=physical, step=step) for end in ends)
    assert values(read(text, "enedis", log=log), "consumption_kw") == pytest.approx([expected] * 2)
    assert said(log, "units converted") == ([] if unit == "kW" else [(2, f"{unit} to mean kW")])


def test_both_directions_beside_each_other() -> None:
    """The meter takes 100 and 101 W in two half hours, and gives 7 W in the second and a third."""
    text = HEADER + rows("2024-06-01 10:00:00", "2024-06-01 10:30:00")
    text += row("2024-06-01 11:00:00", 8, flow="PROD") + row("2024-06-01 10:30:00", 7, flow="PROD")
    table = read(text, "enedis")
    assert list(table.frame.columns) == ["consumption_kw", "production_kw"]
    np.testing.assert_equal(values(table, "consumption_kw"), [0.1, 0.101, np.nan])
    np.testing.assert_equal(values(table, "production_kw"), [np.nan, 0.007, 0.008])
    only = read(text, "enedis", options={"flow": "production"})
    assert values(only, "production_kw") == [0.007, 0.008]
    with pytest.raises(InputError, match="no production in the file"):
        read(SAMPLE, "enedis", options={"flow": "production"})


def test_directions_in_different_steps_are_refused() -> None:
    text = HEADER + rows("2024-06-01 10:00:00", "2024-06-01 10:30:00")
    text += "".join(row(f"2024-06-01 10:{m}:00", 7, flow="PROD", step="PT10M") for m in ("10", "20", "30"))
    with pytest.raises(InputError, match="intervals overlap"):
        read(text, "enedis")
    assert len(read(text, "enedis", options={"flow": "consumption"}).frame) == 2


def test_one_of_several_meters() -> None:
    text = HEADER + rows("2024-06-01 10:00:00", "2024-06-01 10:30:00")
    text += row("2024-06-01 10:00:00", 5, prm="00000000000007") + row("2024-06-01 10:30:00", 6, prm="00000000000007")
    with pytest.raises(InputError, match=r"(?s)several meters.*30001234567890, 00000000000007.*'prm'"):
        read(text, "enedis")
    log = RepairLog()
    assert values(read(text, "enedis", options={"prm": 7}, log=log), "consumption_kw") == [0.005, 0.006]
    assert said(log, "left out") == [(2, "rows of other meters than 00000000000007")]
    with pytest.raises(InputError, match=r"(?s)no such meter.*30001234567890"):
        read(text, "enedis", options={"prm": "8"})


def test_reactive_power_is_left_out() -> None:
    log = RepairLog()
    text = HEADER + row("2024-06-01 10:00:00", 5, physical="PRI", unit="VAr") + rows(*_HALF_HOURS[:3])
    assert values(read(text, "enedis", log=log), "consumption_kw") == [0.1, 0.101, 0.102]
    assert said(log, "left out") == [(1, "rows of 'PRI', not active power")]


def test_marks_on_values_are_told() -> None:
    log = RepairLog()
    text = HEADER + rows(*_HALF_HOURS[:2]) + row(_HALF_HOURS[2], 9, nature="E", likely="1")
    assert values(read(text, "enedis", log=log), "consumption_kw")[-1] == 0.009
    assert said(log, "nature") == [(1, "values with these marks are used as they are: E 1")]
    assert said(log, "indice de vraisemblance") == [(1, "values with these marks are used as they are: 1 1")]


def test_rows_in_any_order_and_said_twice() -> None:
    log = RepairLog()
    text = HEADER + rows(*_HALF_HOURS[4:1:-1]) + row(_HALF_HOURS[4], 100)
    assert values(read(text, "enedis", log=log), "consumption_kw") == [0.102, 0.101, 0.1]
    assert said(log, "doubled rows")[0][0] == 1


_AUTUMN = [f"2023-10-29 {t}:00" for t in ("01:30", "02:00", "02:30", "02:00", "02:30", "03:00")]


@pytest.mark.parametrize(("order", "expected"), [(1, [0.1 + n / 1000 for n in range(6)]), (-1, None)])
def test_the_doubled_hour_by_order(order: int, expected: list[float] | None) -> None:
    """Ends at 23:30Z to 02:00Z; a file from the latest to the first counts backwards."""
    table = read(HEADER + rows(*_AUTUMN[::order]), "enedis")
    assert stamps(table)[0] == pd.Timestamp("2023-10-28T23:00Z")
    assert len(table.frame) == 6
    found = values(table, "consumption_kw")
    assert found == pytest.approx(expected or [0.105 - n / 1000 for n in range(6)])


def test_half_of_the_doubled_hour_is_left_empty() -> None:
    """02:30 stands once: summer or winter, nobody knows."""
    log = RepairLog()
    table = read(HEADER + rows(*_AUTUMN[:4], _AUTUMN[5]), "enedis", log=log)
    assert np.isnan(values(table, "consumption_kw")).tolist() == [False, False, True, False, True, False]
    assert (1, "alone, in summer or in winter time: left empty") in said(log, "doubled hour")


def test_stamps_with_an_offset_need_no_order() -> None:
    ends = ["2023-10-29T02:30:00+02:00", "2023-10-29T02:00:00+02:00", "2023-10-29T02:00:00+01:00"]
    log = RepairLog()
    table = read(HEADER + rows(*ends), "enedis", log=log)
    assert stamps(table)[0] == pd.Timestamp("2023-10-28T23:30Z")
    assert values(table, "consumption_kw") == [0.101, 0.1, 0.102]
    assert not said(log, "naive stamps")


# The customer account


@pytest.mark.parametrize(
    ("flow", "column"), [("Consommation", "consumption_kw"), ("Production", "production_kw"), ("PROD", "production_kw")]
)
def test_the_curve_of_the_account(flow: str, column: str) -> None:
    """00:30 to 01:30 at UTC+2; an empty value, a decimal comma."""
    log = RepairLog()
    lines = ("2024-06-01T00:30:00+02:00;1200", "2024-06-01T01:00:00+02:00;", "2024-06-01T01:30:00+02:00;0,5")
    table = read(account(*lines, flow=flow), "auto", log=log)
    assert stamps(table)[0] == pd.Timestamp("2024-05-31T22:00Z")
    np.testing.assert_equal(values(table, column), [1.2, np.nan, 0.0005])
    assert said(log, "intervals of 30 min") == [(3, "length taken from the spacing of stamps")]
    assert said(log, "empty values")[0][0] == said(log, "decimal commas")[0][0] == 1
    assert table.lines is not None
    assert table.lines.tolist() == [5, 6, 7]


@pytest.mark.parametrize(
    ("minutes", "lengths"),
    [
        ((60, 120, 180, 210, 240), [60, 60, 60, 30, 30]),  # the collection changes from hours to half hours
        ((30, 60, 120, 150), [30, 30, 30, 30, 30]),  # a row is missing
        ((60, 180, 240), [60, 60, 60, 60]),  # 120 min is no step
        ((60, 90, 150), [30, 30, 30, 30]),  # a lone half hour, then a hole
        ((30, 60, 60, 60, 90), [30, 30, 30]),  # a row that stands three times
    ],
)
def test_steps_by_the_spacing(minutes: tuple[int, ...], lengths: list[int]) -> None:
    start = pd.Timestamp("2024-06-01T00:00+02:00")
    lines = [f"{(start + pd.Timedelta(minutes=m)).isoformat()};5" for m in minutes]
    assert (np.diff(read(account(*lines), "enedis").points) / 60).tolist() == lengths


def test_a_stated_step_counts() -> None:
    """Two half hours with a hole between them each, where the spacing would tell hours."""
    lines = [f"2024-06-01T0{hour}:00:00+02:00;5" for hour in (1, 2, 3)]
    table = read(account(*lines, step="30"), "enedis")
    assert np.isnan(values(table, "consumption_kw")).tolist() == [False, True, False, True, False]


def test_a_lone_stamp_is_left_out() -> None:
    log = RepairLog()
    lines = [f"2024-06-0{day}:00+02:00;5" for day in ("1T01:00", "1T01:30", "3T01:00", "5T01:00", "7T01:00", "7T01:30")]
    table = read(account(*lines), "enedis", log=log)
    assert int((~np.isnan(values(table, "consumption_kw"))).sum()) == 5
    assert said(log, "left out") == [(1, "length unknown: no stamp is near enough")]


def test_other_parts_of_the_file_are_left_out() -> None:
    log = RepairLog()
    other = account("2024-06-01T15:17:24+02:00;3695").replace("Courbe de charge", "Puissance maximale quotidienne")
    table = read(account("2024-06-01T00:30:00+02:00;1", "2024-06-01T01:00:00+02:00;2") + other, "enedis", log=log)
    assert len(table.frame) == 2
    assert said(log, "left out") == [(1, "a part of the file: Puissance maximale quotidienne")]


# What is wrong

_TWO = "2024-06-01T00:30:00+02:00;1", "2024-06-01T01:00:00+02:00;2"
_REGISTERS = account().replace("Courbe de charge", "Index").replace(
    "Horodate;Valeur", "Horodate;Type de releve;EAS F1\n2024-06-01T00:00:00+02:00;Arrêté quotidien;100"
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEADER + rows(*_HALF_HOURS[:2]) + row(_HALF_HOURS[2], "nan"), r":4: valeur: not a number\n.*'nan'"),
        (HEADER + row(_HALF_HOURS[0], "0x10"), ":2: valeur: not a number"),
        (HEADER + row(_HALF_HOURS[0], "1_000"), ":2: valeur: not a number"),
        (HEADER + row(_HALF_HOURS[0], "1e400"), ":2: valeur: not a number"),
        (HEADER + row(_HALF_HOURS[0], "=1+1"), ":2: valeur: not a number"),
        (HEADER + rows("2024-13-01 10:00:00"), ":2: horodate: not a time stamp"),
        (HEADER + rows("9999-12-31 10:00:00"), ":2: horodate: not a time stamp"),
        (HEADER + rows("0001-01-01 10:00:00"), ":2: horodate: not a time stamp"),
        (HEADER + rows(_HALF_HOURS[0], "01/06/2024 10:00"), ":3: horodate: not a time stamp"),
        (HEADER + rows("2024-03-31 01:30:00", "2024-03-31 02:30:00"), ":3: horodate: a stamp that does not exist"),
        (HEADER + rows(*_AUTUMN, _AUTUMN[1]), ":3: horodate: a stamp that appears more than twice"),
        (HEADER + rows(*_HALF_HOURS[:2]) + row(_HALF_HOURS[1], 5), r"(?s):4: .*two values.*0.101 and 0.005"),
        (HEADER + rows(_HALF_HOURS[0], "2024-06-01 01:10:00"), ":3: time: intervals overlap"),
        (HEADER + row(_HALF_HOURS[0], 5, step="P1D"), r"(?s):2: pas: not an interval of a load curve.*'P1D'"),
        (HEADER + row(_HALF_HOURS[0], 5, step=""), ":2: pas: not an interval"),
        (HEADER + row(_HALF_HOURS[0], 5, unit="VAr"), "(?s):2: unite: not a unit.*'VAr'"),
        (HEADER + row(_HALF_HOURS[0], 5, flow="X"), "(?s):2: grandeur metier: not a direction.*CONS or PROD"),
        (HEADER + row(_HALF_HOURS[0], 5, physical="PRI"), "(?s)no active power.*PRI"),
        (HEADER + rows(*_HALF_HOURS[:3])[:-14], r"(?s):4: a broken row.*13 fields"),
        (HEADER + rows(_HALF_HOURS[0]).replace("BRUT", "BR;UT"), ":2: a broken row"),
        (HEADER, "no rows below the header"),
        (HEADER + rows(_HALF_HOURS[0]), "fewer than two rows"),
        (HEADER.replace("Nature", "Valeur"), ":1: column 'valeur' appears twice"),
        (HEADER.replace("Unité", "Unit"), "(?s):1: no column 'unite'.*R63"),
        (HEADER.replace("Pas;", "Cadran;"), "(?s):1: not a load curve.*index.*load curve"),
        (_REGISTERS, "(?s):4: not a load curve.*Index.*registers"),
        (account(*_TWO).replace("Courbe de charge", "Consommation quotidienne"), "(?s)not a load curve.*quotidienne"),
        ("Horodate;Valeur\n" + "\n".join(_TWO), "(?s):1: not a load curve.*lines that state meter"),
        (account("2024-06-01T00:30:00+02:00"), ":5: a broken row"),
        (account("2024-06-01T00:30:00+02:00;1;2"), ":5: a broken row"),
        (account(*_TWO).replace(";W;", ";;"), ":4: no 'unite' is stated for this curve"),
        (account(*_TWO, step="x"), "(?s):5: pas: not an interval.*'x'"),
        (account("2024-06-01T00:00:00+02:00;1", "2024-06-02T00:00:00+02:00;2"), "horodate: the length of"),
        (account("2024-06-01T00:00:00+02:00;1"), "the length of the intervals"),
        (account(*_TWO) * 600, "(?s)too many parts in one file.*1200"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(text, "enedis")


@proof(sample=50, whole=300)
@pytest.mark.parametrize(
    "sample", [SAMPLE, account(*_TWO, *(f"2024-06-01T0{h}:00:00+02:00;3" for h in (2, 3))).encode()]
)
def test_broken_files_are_read_or_refused(sample: bytes, cases: int) -> None:
    assert 0 < survivors(sample, "enedis", SUFFIX, cases) < cases


@pytest.mark.parametrize("timezone", ["Europe/Paris", "UTC", "Asia/Tokyo"])
def test_naive_stamps_are_on_the_clock_of_france_in_any_zone(timezone: str) -> None:
    """An end at 08:30 in January is 07:30Z, so the half hour begins at 07:00Z, whatever the zone of the result."""
    log = RepairLog()
    table = read(HEADER + rows("2024-01-10 08:30:00", "2024-01-10 09:00:00"), "enedis", timezone=timezone, log=log)
    assert stamps(table)[0] == pd.Timestamp("2024-01-10T07:00Z")
    assert ("is not theirs" in said(log, "naive stamps")[0][1]) == (timezone != "Europe/Paris")


def _quoted(text: str, sign: str) -> str:
    return "\n".join(sign.join(f'"{cell}"' for cell in line.split(";")) for line in text.splitlines())


@pytest.mark.parametrize(
    "text", [HEADER + rows(*_HALF_HOURS), account(*(f"{t};{n}" for n, t in enumerate(_HALF_HOURS)))]
)
@pytest.mark.parametrize(
    "saved",
    [
        lambda t: t.replace(";", ","), lambda t: t.replace(";", "\t"), lambda t: "\n\n" + t, lambda t: ";;;\n" + t,
        lambda t: _quoted(t, ";"), lambda t: _quoted(t, ","), lambda t: "\n" + _quoted(t, "\t"),
    ],
)  # fmt: skip
def test_what_a_spreadsheet_saved_again(text: str, saved: Callable[[str], str]) -> None:
    """Other separators, quotes, blank lines: still Enedis, whose stamps are ends, and not a table half an hour late."""
    again = saved(text)
    assert recognised(again.encode()) == "enedis"
    assert read(again, "auto").points.tolist() == read(text, "enedis").points.tolist()
    column = "consumption_kw"
    assert values(read(again, "auto"), column) == values(read(text, "enedis"), column)


def test_a_line_above_the_header_and_a_workbook() -> None:
    text = HEADER + rows(*_HALF_HOURS)
    assert recognised(b"Export du 01/06\n" + text.encode()) == "enedis"
    assert read("Export du 01/06\n" + text, "auto").line(0) == 3
    with pytest.raises(InputError, match="a load curve of Enedis in a workbook"):
        read(workbook([line.split(";") for line in text.splitlines()]), "auto", suffix=".xlsx")


@pytest.mark.parametrize("head", ["Horodate;Puissance_kW\n", "Horodate,Site A,Site B\n"])
def test_a_table_with_a_column_horodate_is_none_of_these(head: str) -> None:
    sign = head[8]
    assert (
        recognised((head + "".join(f"2024-06-01 {h:02d}:00{sign}{h}{sign}{h}\n" for h in range(3))).encode()) == "table"
    )
