"""Tables below lines that say whose they are, in text and in workbooks with numbers in cells of text."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from microgrid.errors import InputError
from microgrid.formats.column_units import values_in
from microgrid.formats.unit_names import unit_of
from microgrid.money import Money
from microgrid.studies.billing import bill_meter
from microgrid.studies.importing import read_profile
from tests.formats.fuzz import survivors
from tests.formats.reading import read, values
from tests.formats.tables.test_workbook import workbook
from tests.proofs import proof

DATA = "Meter;Date;Time;Use\n" + "".join(f"1;2024-05-27;0{n}:00;0.{n}\n" for n in range(6))
PAIRS = ["Name;A", "Account;0", "Title;CSV export", "Reading start;2024-05-27 00:00", "Reading end;2024-05-27 05:00"]


@pytest.mark.parametrize(
    "above",
    [
        PAIRS,
        [f"{pair};;" for pair in PAIRS],
        [*PAIRS, "", "Unit;kWh", ""],
        ["Period;2024-05-27;2024-05-28", *PAIRS],
        ["Exported on;2024-05-28"],
        [pair.replace(";", ": ") for pair in PAIRS],
    ],
)
def test_a_table_below_pairs_is_found(above: list[str]) -> None:
    """Dates among the pairs are no rows: neither padded with empty fields, nor two in a line, nor with colons."""
    found = read("\n".join([*above, DATA]), "auto", "UTC")
    assert values(found, "Use") == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]


def test_comments_above_and_below_the_names() -> None:
    """As weather services write them: the names stand in a line that begins with a mark, an empty comment below it."""
    above = "# SOURCE: SOMEBODY\n#\n# STN,YYYYMMDD,   HH,    T\n#\n"
    text = above + "".join(f"  260,20240527,{n:5d},{n:5d}\n" for n in range(1, 25))
    assert values(read(text, "auto", "UTC"), "T") == list(range(1, 25))


def test_first_rows_without_a_value_are_no_preamble() -> None:
    """Two stamps with an empty value begin the data: left out as a preamble, the file would silently be shorter."""
    rows = [f"a;2024-05-27 0{n}:00;{'' if n < 2 else n}" for n in range(6)]
    found = read("\n".join(["point;time;kw", *rows]), "table", "UTC")
    assert len(found.frame) == 6


def test_a_broken_row_is_no_header() -> None:
    """A stamp that is none is refused with its line; what stands above it is not thrown away."""
    rows = [f"2024-05-27 0{n}:00;{n}" if n != 2 else "n/a;2" for n in range(8)]
    with pytest.raises(InputError, match=":4: time: not a time stamp"):
        read("\n".join(["time;kw", *rows]), "table", "UTC")


def test_the_message_names_the_option_header() -> None:
    """Where the header that was taken is not the one of the rows, the option is the way out."""
    text = "a;b;c;d\n2024-05-27 00:00;1;2\n2024-05-27 01:00;1;2\n"
    with pytest.raises(InputError, match="header"):
        read(text, "table", "UTC")


def rows(value: Any) -> list[list[Any]]:
    return [["t", "kw"], *([dt.datetime(2024, 5, 27, n), value if n % 2 else 2.5] for n in range(4))]


def test_cells_of_text_with_a_decimal_comma() -> None:
    """ "1,5" as text beside 2.5 as a number: with decimal: "," both are read; without it the error names the option."""
    content = workbook(rows("1,5"))
    for name in ("table", "auto"):
        found = read(content, name, "UTC", {"decimal": ","}, suffix=".xlsx")
        assert values(found, "kw") == [2.5, 1.5, 2.5, 1.5]
    with pytest.raises(InputError, match="state the option decimal"):
        read(content, "table", "UTC", suffix=".xlsx")


def test_cells_of_text_with_thousands() -> None:
    """ "1.234,5" with thousands "." says the decimal comma as well; numbers in other cells stay what they are."""
    found = read(workbook(rows("1.234,5")), "table", "UTC", {"thousands": "."}, suffix=".xlsx")
    assert values(found, "kw") == [2.5, 1234.5, 2.5, 1234.5]


def test_columns_of_text_in_parquet(tmp_path: Any) -> None:
    """A column of text with commas beside one of numbers."""
    table = pa.table({"time": [f"2024-05-27T0{n}:00" for n in range(3)], "a": ["0,5", "1,5", ""], "b": [0.5, 1.5, 2.5]})
    parquet.write_table(table, tmp_path / "t.parquet")
    found = read((tmp_path / "t.parquet").read_bytes(), "table", "UTC", {"decimal": ","}, suffix=".parquet")
    assert values(found, "a")[:2] == values(found, "b")[:2] == [0.5, 1.5]


@proof(sample=40, whole=150)
def test_broken_tables_are_read_or_refused(cases: int) -> None:
    """Broken copies of a table below pairs: no traceback, no hang."""
    assert survivors("\n".join([*PAIRS, DATA]).encode(), "table", ".csv", cases) < cases


@pytest.mark.parametrize("time", ["Time", "Zeit", "Datum", "Date/Time", "t", "Horodate", "Stamp"])
@pytest.mark.parametrize(
    "above",
    ["Customer,ACME", "Export ACME", "Export date,2024-08-01", "UOM,kWh", "sep=,", "Meter,123", "Id,A\nUOM,kWh\n"],
)
def test_a_unit_as_the_only_name_is_the_header(above: str, time: str) -> None:
    """The line of names may look like units; taken for them, the pair above it would name the columns."""
    rows = "".join(f"2024-05-27 0{n}:00,{n}\n" for n in range(6))
    found = read(f"{above}\n{time},kWh\n{rows}", "auto", "UTC")
    assert list(found.frame.columns) == ["kWh"]
    assert found.points[0] == 1716768000


def test_what_pairs_state_holds_though_the_names_are_units() -> None:
    """The zone stands in a pair that must not become the header, and "End" there is not the name of the stamps."""
    rows = "".join(f"2024-05-27 0{n}:00;{n}\n" for n in range(6))
    found = read(f"Zeitzone;UTC\nZeit;kW\n{rows}", "auto", "Europe/Berlin")
    assert (list(found.frame.columns), found.points[0]) == (["kW"], 1716768000)
    span = "Start;2024-05-27 00:00\nEnd;2024-05-27 06:00\n"
    assert read(f"{span}Time;kWh\n{rows}", "auto", "UTC").points[0] == 1716768000


@pytest.mark.parametrize("over", ["", "-", "[h]", "[dd.mm.yyyy hh:mm]", "YYYY-MM-DD", "Unit", "UTC"])
def test_a_line_of_units_is_below_the_names(over: str) -> None:
    """Over the stamps it has nothing, how they are written, or that it is one of units."""
    rows = "".join(f"2024-05-27 0{n}:00;{n};{n}\n" for n in range(6))
    found = read(f"Customer;ACME\nZeit;Bezug;Druck\n{over};kWh;hPa\n{rows}", "auto", "UTC")
    assert list(found.frame.columns) == ["Bezug", "Druck"]


@pytest.mark.parametrize(
    ("currency", "unit", "price"),
    [
        ("GBP", "p/kWh", 0.06), ("GBP", "£/MWh", 0.006), ("GBP", "GBP/MWh", 0.006), ("CHF", "[CHF/MWh]", 0.006),
        ("CHF", "Rp./kWh", 0.06), ("CAD", "¢/kWh", 0.06), ("USD", "US$/MWh", 0.006), ("EUR", "EUR/MWh", 0.006),
    ],
)  # fmt: skip
def test_a_line_of_units_may_hold_a_price_in_any_currency(currency: str, unit: str, price: float) -> None:
    """Known for euros alone, the line would be a broken row of data to a user elsewhere."""
    rows = "".join(f"2024-05-27 0{n}:00;{n};6\n" for n in range(6))
    found = read(f"Zeit;Bezug;Spot\n;kWh;{unit}\n{rows}", "auto", "UTC")
    with Money(currency).in_force():
        assert values_in(found, "Spot", "money/kWh").tolist() == pytest.approx([price] * 6)


@pytest.mark.parametrize(
    "text",
    [
        "time,import\n,Wh\n{}", "time,import\n,[Wh]\n{}", "Unit: Wh\ntime,import\n{}", "Einheit,Wh\ntime,import\n{}",
        "time,import (Wh)\n{}", "time,import_wh\n{}",
    ],
)  # fmt: skip
def test_a_unit_that_the_file_states_is_not_overruled(text: str, tmp_path: Path) -> None:
    """1 kWh read for 1 Wh would be a thousand times too much: the unit of the file holds, another one is an error."""
    rows = "".join(f"2024-05-27 0{n}:00,1000\n" for n in range(6))
    found = read(text.format(rows), "table", "UTC")
    [column] = found.frame.columns
    assert values_in(found, str(column), "kW").tolist() == [1.0] * 6
    path = tmp_path / "m.csv"
    path.write_text(text.format(rows), encoding="utf-8")
    assert unit_of(next(iter(read_profile(path, "table").columns))) == "Wh"
    for other in ("kWh", "kW"):
        with pytest.raises(InputError, match=f"in Wh according to the file, but {other} is stated"):
            read_profile(path, "table", unit=other)
    assert any(repair.what == "not used" for repair in read_profile(path, "table", unit="Wh").log.repairs)


def test_a_column_of_units() -> None:
    """It holds for the values beside it; where it changes, no single unit does."""
    rows = [f"2024-05-27 0{n}:00,1000,Wh\n" for n in range(6)]
    assert values_in(read("".join(["time,import,unit\n", *rows]), "table", "UTC"), "import", "kW").tolist() == [1.0] * 6
    rows[3] = rows[3].replace("Wh", "kWh")
    with pytest.raises(InputError, match="several units"):
        read("".join(["time,import,unit\n", *rows]), "table", "UTC")
    with pytest.raises(InputError, match="differs from that in the name of the column"):
        read("".join(["time,import_kwh,unit\n", *rows[:3]]), "table", "UTC")


def test_a_name_that_is_stated_anew_keeps_the_unit_of_the_file(tmp_path: Path) -> None:
    """The remedy "state the unit" must not make 1000 Wh of a column that says Wh to 1000 kWh."""
    path = tmp_path / "m.csv"
    path.write_text("time,Verbrauch (Wh)\n" + "".join(f"2024-05-27 0{n}:00,1000\n" for n in range(6)), encoding="utf-8")
    (tmp_path / "t.yaml").write_text("name: t\nenergy: [{item: energy, price: 1 EUR/kWh}]\n", encoding="utf-8")
    columns = {"import": "Verbrauch (Wh)"}
    with pytest.raises(InputError, match="in Wh according to the file, but kWh is stated"):
        bill_meter(path, tmp_path / "t.yaml", timezone="UTC", columns=columns, unit="kWh")
    assert bill_meter(path, tmp_path / "t.yaml", timezone="UTC", columns=columns).lines[
        "amount"
    ].sum() == pytest.approx(6.0)


def test_a_unit_above_the_table_is_that_of_the_readings_alone(tmp_path: Path) -> None:
    """The number of the meter and the length of an interval are no energies, whatever unit stands above the table."""
    rows = "".join(f"7,2024-05-27 00:{n * 15:02d},15,0.1,0.0\n" for n in range(4))
    (tmp_path / "usage.csv").write_text(f"UOM,kWh\nMeter Number,Start Time,Duration,Consumption,Generation\n{rows}")
    found = read_profile(tmp_path / "usage.csv", "auto", timezone="UTC")
    assert list(found.frame) == ["Meter Number", "Duration", "Consumption_kwh", "Generation_kwh"]
