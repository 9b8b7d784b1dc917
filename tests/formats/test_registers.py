"""Registers of one meter are one series: added in every format of meters, refused where they overlap or leave holes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgrid.errors import InputError
from microgrid.formats.registers import Registers, registers_in
from microgrid.repairs import RepairLog
from tests.formats.meters import test_enedis as enedis
from tests.formats.meters import test_green_button as green
from tests.formats.reading import read, values
from tests.proofs import proof

HOURS = list(range(24))
NIGHT = [hour for hour in HOURS if hour < 6 or hour >= 22]
DAY = [hour for hour in HOURS if hour not in NIGHT]


def in_green_button(parts: list[dict[int, float]], code: str = "tou", numbers: tuple[int, ...] = (1, 2, 3)) -> str:
    """Hours of registers in Wh, each a meter reading with a code of its own."""
    entries = [green.point()]
    for n, part in enumerate(parts):
        readings = "".join(green.reading(green.START + 3600 * h, round(1000 * v), 3600) for h, v in part.items())
        codes = {code: numbers[n], "intervalLength": 3600}
        entries += [green.kind(n + 1, **codes), green.meter(n + 1, readings, of=n + 1)]
    return green.feed(*entries)


def in_enedis(parts: list[dict[int, float]], column: str = "Cadran") -> str:
    """Hours of registers in W; a stamp is the end of its hour, in UTC."""
    lines = []
    for n, part in enumerate(parts):
        for hour, value in part.items():
            stamp = f"{pd.Timestamp('2024-06-01') + pd.Timedelta(hours=hour + 1):%Y-%m-%dT%H:%M:%S+00:00}"
            row = enedis.row(stamp, round(1000 * value), step="PT60M").strip()
            lines.append((hour, f"{row};L{n + 1}" if column == "Phase" else f"{row};HP{n}"))
    head = enedis.HEADER.strip() + f";{column}\n"
    return head + "".join(f"{line}\n" for _, line in sorted(lines))


def in_table(parts: list[dict[int, float]], names: tuple[str, ...] = ("Tariff 1", "Tariff 2", "Tariff 3")) -> str:
    """Rows of registers by time, as an export in long form has them."""
    rows = [(hour, names[n], value) for n, part in enumerate(parts) for hour, value in part.items()]
    return "time,register,kw\n" + "".join(
        f"{pd.Timestamp('2024-06-01') + pd.Timedelta(hours=h):%Y-%m-%d %H:%M},{name},{v:.4f}\n"
        for h, name, v in sorted(rows)
    )


FORMATS: dict[str, Any] = {"green-button": in_green_button, "enedis": in_enedis, "table": in_table}


def total(text: str, name: str, log: RepairLog | None = None, **options: Any) -> list[float]:
    table = read(text, name, "UTC", options, log, suffix=".xml" if name == "green-button" else ".csv")
    [column] = table.frame.columns
    return values(table, str(column))


def refused(text: str, name: str, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        total(text, name, **options)
    return str(caught.value)


@pytest.mark.parametrize("name", FORMATS)
def test_day_and_night_are_one_series(name: str) -> None:
    """10 kW by day, 1 by night: 168 kWh. One register alone would be 160 or 8; the log tells of two."""
    log = RepairLog()
    text = FORMATS[name]([dict.fromkeys(DAY, 10.0), dict.fromkeys(NIGHT, 1.0)])
    assert total(text, name, log) == [1.0 if h in NIGHT else 10.0 for h in HOURS]
    assert ["one at a time" in repair.detail for repair in log.repairs if repair.what == "registers added"] == [True]


@pytest.mark.parametrize("name", FORMATS)
def test_registers_with_zeros_in_the_hours_of_the_others(name: str) -> None:
    parts = [{h: 10.0 * (h in DAY) for h in HOURS}, {h: 1.0 * (h in NIGHT) for h in HOURS}]
    assert total(FORMATS[name](parts), name) == [1.0 if h in NIGHT else 10.0 for h in HOURS]


@pytest.mark.parametrize("name", FORMATS)
def test_registers_that_overlap_are_refused_with_the_hours(name: str) -> None:
    """Two registers that count at once are no day and night: a total beside its part, or two meters."""
    message = refused(FORMATS[name]([dict.fromkeys(range(14), 10.0), dict.fromkeys(range(12, 24), 1.0)]), name)
    assert "registers that overlap" in message
    assert "2 h: " in message
    assert "T12:00:00Z to " in message
    assert "T14:00:00Z" in message


@pytest.mark.parametrize("name", FORMATS)
def test_registers_that_leave_holes_are_refused_with_the_hours(name: str) -> None:
    """From 6 to 9 no register counts: a third one is missing, and what is there is less than the load."""
    message = refused(FORMATS[name]([dict.fromkeys(range(6), 10.0), dict.fromkeys(range(9, 24), 1.0)]), name)
    assert "registers that leave holes" in message
    assert "3 h: " in message
    assert "T06:00:00Z to " in message


def test_phases_are_added_and_lack_no_hour() -> None:
    """Three phases of 1, 2 and 3 kW are 6 kW in each hour; a phase without an hour would be 4 there, and is refused."""
    parts = [dict.fromkeys(HOURS, float(n)) for n in (1, 2, 3)]
    for text, name in (
        (in_table(parts, ("L1", "L2", "L3")), "table"),
        (in_table(parts, ("load phase a", "load phase b", "load phase c")), "table"),
        (in_green_button(parts, "phase", (128, 64, 32)), "green-button"),
        (in_enedis(parts, "Phase"), "enedis"),
    ):
        assert total(text, name) == [6.0] * 24
    del parts[1][7]
    message = refused(in_table(parts, ("L1", "L2", "L3")), "table")
    assert "a register lacks hours that another has" in message
    assert "1 h: 2024-06-01T07:00:00Z to 2024-06-01T08:00:00Z" in message


def test_offtake_and_injection_of_day_and_night() -> None:
    """As in Belgium: two series of two registers each, named after what they share, in the unit beside them."""
    head = "Van (datum);Van (tijdstip);Tot (datum);Tot (tijdstip);EAN-code;Register;Volume;Eenheid;Omschrijving\n"
    text = head
    for h in HOURS:
        end = pd.Timestamp("2024-05-27") + pd.Timedelta(hours=h + 1)
        for way, kwh in (("Afname", h / 10), ("Injectie", 2)):
            text += f"27-05-2024;{h:02d}:00:00;{end:%d-%m-%Y};{end:%H:%M:%S};"
            text += f'="5400";{way} {"Nacht" if h in NIGHT else "Dag"};{kwh:.1f};kWh;\n'.replace(".", ",")
    table = read("\ufeff" + text, "auto", "Europe/Brussels")
    assert values(table, "Afname_kwh") == pytest.approx([h / 10 for h in HOURS])
    assert values(table, "Injectie_kwh") == [2.0] * 24
    assert table.points[0] == pd.Timestamp("2024-05-27", tz="Europe/Brussels").timestamp()


def test_other_points_are_not_added() -> None:
    """Two buildings are no registers, nor is a total beside its parts; the user may state that they are."""
    parts = [dict.fromkeys(DAY, 10.0), dict.fromkeys(NIGHT, 1.0)]
    text = in_table(parts, ("north", "south"))
    assert "option registers" in refused(text, "table")
    assert total(text, "table", registers="in_turn") == [1.0 if h in NIGHT else 10.0 for h in HOURS]
    assert "overlap" in refused(in_table([dict.fromkeys(HOURS, 1.0)] * 2, ("a", "b")), "table", registers="in_turn")
    assert total(in_table([dict.fromkeys(HOURS, 1.0)] * 2, ("a", "b")), "table", registers="together") == [2.0] * 24
    assert "2 points" in refused(in_table(parts, ("day", "total")), "table")
    assert "several series" in refused(in_green_button(parts, numbers=(0, 1)), "green-button")
    assert "several series" in refused(in_green_button(parts, numbers=(1, 1)), "green-button")


def test_registers_of_the_meter_that_is_chosen() -> None:
    """Two meters with two registers each: the option point leaves the registers of one, and both are added."""
    one, two = (in_table([dict.fromkeys(DAY, k), dict.fromkeys(NIGHT, 1.0)], ("day", "night")) for k in (10.0, 20.0))
    lines = [f"{line},{m}" for m, text in ((1234, one), (5678, two)) for line in text.splitlines()[1:]]
    text = "\n".join(["time,register,kw,meter", *lines])
    assert total(text, "table", point="5678", point_column="meter") == [1.0 if h in NIGHT else 20.0 for h in HOURS]


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (["Afname Dag", "Afname Nacht"], {"Afname": ["Afname Dag", "Afname Nacht"]}),
        (["HP", "HC"], {"": ["HP", "HC"]}),
        (["1-0:1.8.1", "1-0:1.8.2", "1-0:2.8.1", "1-0:2.8.2"], {"1-0:1.8": 2, "1-0:2.8": 2}),
        (["Import (peak)", "Import (off-peak)", "Import (shoulder)"], {"Import": 3}),
        (["F1", "F2", "F3"], {"": 3}),
        (["north", "south"], None),
        (["day", "total"], None),
        (["1-0:1.8.0", "1-0:2.8.0"], None),
        (["Dagmar", "Nachtigall"], None),
        (["Afname Dag", "Injectie Nacht"], None),
        (["1", "2"], None),
        (["day"], None),
    ],
)
def test_names_of_registers(names: list[str], parts: dict[str, Any] | None) -> None:
    found = registers_in(names)
    if parts is None:
        assert found is None
        return
    assert isinstance(found, Registers)
    assert {name: its if isinstance(parts[name], list) else len(its) for name, its in found.parts.items()} == parts


@proof(sample=10, whole=160)
@given(st.data(), st.sampled_from(sorted(FORMATS)))
def test_any_split_of_a_series_adds_up_to_it(data: st.DataObject, name: str) -> None:
    """Each hour to one of three registers, whichever; then an hour to none, or to two: refused."""
    numbers = data.draw(st.lists(st.integers(1, 10**6), min_size=4, max_size=30))
    owner = data.draw(st.lists(st.integers(0, 2), min_size=len(numbers), max_size=len(numbers)))
    owner[:2] = [0, 1]
    series = [n / 1000 for n in numbers]
    parts = [{h: v for h, v in enumerate(series) if owner[h] == n} for n in range(3)]
    parts = [part for part in parts if part]
    assert total(FORMATS[name](parts), name) == pytest.approx(series)
    hour = data.draw(st.integers(1, len(series) - 2))
    mine = next(part for part in parts if hour in part)
    other = next(part for part in parts if part is not mine)
    other[hour] = 1.0
    assert "registers that overlap" in refused(FORMATS[name](parts), name)
    del other[hour]
    del mine[hour]
    if all(parts):
        assert "leave holes" in refused(FORMATS[name](parts), name)


def test_an_empty_value_stays_empty() -> None:
    """A meter that measured nothing at noon: no zero takes its place, from whichever register."""
    text = in_table([{h: 10.0 * (h in DAY) for h in HOURS}, {h: 1.0 * (h in NIGHT) for h in HOURS}])
    text = text.replace("2024-06-01 12:00,Tariff 1,10.0000", "2024-06-01 12:00,Tariff 1,")
    found = total(text, "table")
    assert np.flatnonzero(np.isnan(found)).tolist() == [12]


def _long(title: str, names: list[str], columns: str = "kWh", cells: str = "{}") -> str:
    """Rows of all names at each of eight hours: name k has the value k + 1."""
    rows = [f"2024-07-01 {n // len(names):02d}:00,{names[n % len(names)]}" for n in range(8 * len(names))]
    tail = [cells.format(n % len(names) + 1) for n in range(len(rows))]
    return f"time,{title},{columns}\n" + "".join(f"{row},{end}\n" for row, end in zip(rows, tail, strict=True))


@pytest.mark.parametrize(
    ("columns", "cells"),
    [
        ("kWh,price_eur_per_kwh,power_factor", "{},0.3,0.95"), ("kW,voltage_V", "{},230"), ("Wert,quality", "{},1"),
        ("value,Preis", "{},0.3"), ("import_kwh,I (A),temperature_degc", "{},5,20"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("names", [["L1", "L2", "L3"], ["Phase A", "Phase B", "Phase C"]])
def test_only_power_and_energy_are_added(columns: str, cells: str, names: list[str]) -> None:
    """Three phases at 0.3 EUR/kWh are no 0.9 EUR/kWh, and three of 230 V no 690 V: such columns are left out."""
    log = RepairLog()
    found = read(_long("phase", names, columns, cells), "table", "UTC", log=log)
    first, *others = columns.split(",")
    assert list(found.frame.columns) == [first]
    assert values(found, first) == [6.0] * 8
    assert {repair.column for repair in log.repairs if repair.what == "not added"} == set(others)


@pytest.mark.parametrize("column", ["voltage_V", "Spannung [V]", "temperature_degc", "price_eur_per_kwh", "cos phi"])
def test_phases_of_what_is_no_power_are_refused(column: str) -> None:
    with pytest.raises(InputError, match="no column of power or energy"):
        read(_long("phase", ["L1", "L2", "L3"], column), "table", "UTC")


@pytest.mark.parametrize("other", ["price_eur_per_kwh", "quality", "Preis"])
def test_a_price_beside_registers_in_turn_is_no_overlap(other: str) -> None:
    rows = "".join(
        f"2024-07-01 {n:02d}:00,{name},{(name == 'Day') == (n > 3)},0.3\n"
        for n in range(8)
        for name in ("Day", "Night")
    )
    text = f"time,register,kWh,{other}\n" + rows.replace("True", "1").replace("False", "0")
    assert values(read(text, "table", "UTC"), "kWh") == [1.0] * 8


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("phase", ["A", "B", "C"]), ("Phase", ["R", "S", "T"]), ("phase", ["P1", "P2", "P3"]),
        ("phase", ["1", "2", "3"]),
        ("Außenleiter", ["L1", "L2", "L3"]),
    ],
)  # fmt: skip
def test_phases_by_the_name_of_their_column(title: str, names: list[str]) -> None:
    text = _long(title, names)
    if names[0].isdigit():  # numbers are no points unless the column is named
        assert values(read(text, "table", "UTC", {"point_column": title}), "kWh") == [6.0] * 8
        return
    assert values(read(text, "table", "UTC"), "kWh") == [6.0] * 8


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("building", ["L1", "L2"]), ("site", ["A", "B"]), ("point", ["P1", "P2"]),
        ("register", ["Register 1", "Register 2"]),
        ("meter", ["High voltage", "Low voltage"]), ("phase", ["L1", "L2", "L3", "Sum"]),
        ("register", ["1.8.0", "1.8.1", "1.8.2"]), ("register", ["Offtake", "Injection"]),
    ],
)  # fmt: skip
def test_points_that_may_be_no_registers_are_refused(title: str, names: list[str]) -> None:
    """Two buildings, a total beside its parts, both directions: added, they would be readable and wrong."""
    with pytest.raises(InputError, match=f"{len(names)} points in one table"):
        read(_long(title, names), "table", "UTC")


@pytest.mark.parametrize(
    "names",
    [["Offtake", "Injection"], ["Bezug", "Lieferung"], ["1.8.0", "2.8.0"], ["L1", "L2", "Sum"], ["1.8.0", "1.8.1"]],
)
@pytest.mark.parametrize("sharing", ["in_turn", "together"])
def test_no_option_adds_a_total_or_the_other_direction(names: list[str], sharing: str) -> None:
    """The option is the remedy of a message; followed, it must not add what is fed in to what is drawn."""
    with pytest.raises(InputError) as caught:
        read(_long("register", names), "table", "UTC")
    assert "in_turn" not in str(caught.value)
    with pytest.raises(InputError, match=r"points of opposite directions|a total is among the registers"):
        read(_long("register", names), "table", "UTC", {"registers": sharing})


@pytest.mark.parametrize(
    "names", [["Low", "High"], ["normaal", "laag"], ["1.8.1*255", "1.8.2*255"], ["1.8.1", "1.8.2"]]
)
def test_registers_in_turn_with_one_row_an_interval(names: list[str]) -> None:
    """By night the one, by day the other; codes with dots are no numbers."""
    rows = "".join(f"2024-07-01 {n:02d}:00,{names[n > 5]},{n}\n" for n in range(12))
    [column] = read(f"time,register,kWh\n{rows}", "table", "UTC").frame.columns
    assert values(read(f"time,register,kWh\n{rows}", "table", "UTC"), str(column)) == list(range(12))


@pytest.mark.parametrize("other", ["direction", "meter"])
def test_rows_that_another_column_tells_apart_are_not_one(other: str) -> None:
    """Two meters with equal values are two, and not one that is written twice."""
    rows = "".join(f"2024-07-01 {n:02d}:00,{x},Night,{n}\n" for n in range(12) for x in ("M1", "M2"))
    text = f"time,{other},register,kWh\n{rows}{rows.replace('Night', 'Day').replace('07-01', '07-02')}"
    with pytest.raises(InputError, match=f"which differ in '{other}'"):
        read(text, "table", "UTC", {"point_column": "register"})


@pytest.mark.parametrize(
    ("codes", "added"),
    [
        ((128, 64, 32), True), ((129, 65, 33), True), ((256, 512), True), ((257, 513), True), ((128, 65), True),
        ((132, 32), True),
        ((224, 128, 64, 32), False), ((225, 129, 65, 33), False), ((769, 257, 513), False), ((768, 769), False),
        ((769, 128, 64, 32), False), ((224, 128), False), ((128, 129), False), ((132, 128), False),
        ((132, 66, 40), False),
        ((193, 128), False), ((1, 128), False), ((1024, 128), False), ((256, 128), False),
    ],
)  # fmt: skip
def test_codes_of_phases_are_bits(codes: tuple[int, ...], added: bool) -> None:
    """A total beside its parts, or a phase that two codes have, would count twice: 6 kW for 3."""
    hours = range(24)
    text = in_green_button([dict.fromkeys(hours, 1.0) for _ in codes], "phase", codes)
    if not added:
        with pytest.raises(InputError, match="several series"):
            read(text, "green-button", "UTC", suffix=".xml")
        return
    assert values(read(text, "green-button", "UTC", suffix=".xml"), "import_kw") == [float(len(codes))] * 24


def test_registers_in_turn_of_each_phase_in_enedis() -> None:
    """Three equal phases of 1 kW are 3 kW, by night in one register and by day in another."""
    lines = []
    for hour in HOURS:
        stamp = f"{pd.Timestamp('2024-06-01') + pd.Timedelta(hours=hour + 1):%Y-%m-%dT%H:%M:%S+00:00}"
        row = enedis.row(stamp, 1000, step="PT60M").strip()
        lines += [f"{row};{'HC' if hour in NIGHT else 'HP'};{phase}\n" for phase in ("L1", "L2", "L3")]
    text = enedis.HEADER.strip() + ";Cadran;Phase\n" + "".join(lines)
    assert values(read(text, "enedis", "UTC"), "consumption_kw") == [3.0] * 24


@pytest.mark.parametrize("total", ["Total", "Toutes", "Ensemble", "", "ABC", "Triphasé"])
def test_a_total_beside_phases_in_enedis_is_refused(total: str) -> None:
    """Whatever the total is called, it is no phase: 4 kW for 3."""
    rows = [
        enedis.row(f"2024-06-01T{h:02d}:00:00+00:00", 1000, step="PT60M").strip() + f";{phase}\n"
        for h in range(1, 9)
        for phase in ("1", "2", "3", total)
    ]
    with pytest.raises(InputError, match=r"phase: (?:a total is among the registers|not phases)"):
        read(enedis.HEADER.strip() + ";Phase\n" + "".join(rows), "enedis", "UTC")
