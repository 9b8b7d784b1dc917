"""Sheets of Excel and Parquet files as tables."""

from __future__ import annotations

import datetime as dt
import io
import random
import zipfile
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from microgrid.errors import InputError
from microgrid.formats.tables.table import FORMAT
from microgrid.formats.timed_table import Table
from tests.formats.fuzz import check, mutated
from tests.formats.reading import read, stamps, values
from tests.proofs import proof

HOURS = [dt.datetime(2018, 12, 31, hour) for hour in range(20, 24)]


def workbook(rows: list[list[Any]], sheets: tuple[str, ...] = ("Export",), epoch: Any = None) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    if epoch is not None:
        book.epoch = epoch
    for title in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def repacked(content: bytes, part: str, change: Any) -> bytes:
    """The workbook with one part changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if name == part else data)
    return file.getvalue()


def table(content: bytes, **options: Any) -> Table:
    return read(content, "table", options=options, suffix=".xlsx")


def refused(content: bytes, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        table(content, **options)
    return str(caught.value)


SERIALS = [(hour - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1) for hour in HOURS]
TITLE: list[list[Any]] = [["Meter 12"], [], ["Stamp", "Power (kW)"]]
PLAIN = workbook([*TITLE, *([hour, n + 0.5] for n, hour in enumerate(HOURS))])


@pytest.mark.parametrize(
    "rows",
    [
        HOURS,
        SERIALS,
        [round(serial, 7) for serial in SERIALS],
        [f"{hour:%d.%m.%Y %H:%M}" for hour in HOURS],
    ],
)
def test_stamps_as_dates_serial_numbers_and_text(rows: list[Any]) -> None:
    """20:00 in Paris is 19:00 UTC; a serial number of seven decimals is 0.004 s off."""
    found = table(workbook([*TITLE, *([stamp, n + 0.5] for n, stamp in enumerate(rows))]))
    assert values(found, "Power (kW)") == [0.5, 1.5, 2.5, 3.5]
    assert str(stamps(found)[0]) == "2018-12-31 19:00:00+00:00"
    assert found.line(0) == 4


def test_the_other_epoch() -> None:
    days = [(hour - dt.datetime(1904, 1, 1)) / dt.timedelta(days=1) for hour in HOURS]
    found = table(workbook([["t", "kw"], *([day, 1] for day in days)], epoch=openpyxl.utils.datetime.CALENDAR_MAC_1904))
    assert str(stamps(found)[0]) == "2018-12-31 19:00:00+00:00"


def test_dates_and_times_in_two_columns_and_a_row_for_each_day() -> None:
    rows = [["d", "t", "kw"], *([dt.date(2018, 12, 31), hour.time(), 1] for hour in HOURS)]
    assert str(stamps(table(workbook(rows)))[0]) == "2018-12-31 19:00:00+00:00"
    wide = [["Day", *(dt.time(hour) for hour in range(24))]]
    wide += [[dt.date(2018, 6, day), *range(24)] for day in (1, 2)]
    assert values(table(workbook(wide)), "value") == [*range(24)] * 2


def test_the_sheet_is_named_if_there_are_several() -> None:
    both = workbook([["t", "kw"], *([hour, 1] for hour in HOURS)], ("a", "b"))
    assert "a, b" in refused(both)
    assert "one of a, b" in refused(both, sheet="c")
    assert len(table(both, sheet="b").frame) == 4


def test_formulas_need_their_values() -> None:
    content = workbook([["t", "kw"], *([hour, f"=A{n + 2}*2" if n == 2 else 1] for n, hour in enumerate(HOURS))])
    message = refused(content)
    assert ":4: cell B4: a formula without its value" in message
    cached = repacked(content, "xl/worksheets/sheet1.xml", lambda data: data.replace(b"<v></v>", b"<v>7</v>").replace(
        b"<v />", b"<v>7</v>").replace(b"<v/>", b"<v>7</v>"))  # fmt: skip
    assert values(table(cached), "kw") == [1, 1, 7, 1]


def test_dates_that_a_spreadsheet_has_half_understood() -> None:
    """Text beside dates in one column: the dates may have day and month exchanged."""
    assert ":3: t: not a time stamp" in refused(workbook([["t", "kw"], [HOURS[0], 1], ["31/12/2018 21:00", 2]]))


def test_text_and_truth_are_no_numbers() -> None:
    for wrong in ("1,5", True, "#DIV/0!", dt.date(2018, 1, 1)):
        rows = [["t", "kw"], *([hour, wrong if n == 2 else 1] for n, hour in enumerate(HOURS))]
        assert ":4: kw: not a number" in refused(workbook(rows))


def test_what_is_no_workbook() -> None:
    assert ".xlsx" in refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 90)
    assert "not a readable Excel workbook" in refused(b"PK\x03\x04" + b"x" * 90)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as parts:
        parts.writestr("load.csv", "time,kw")
    assert "unpack it" in refused(file.getvalue())
    assert not FORMAT.recognises(file.getvalue().decode("latin-1"))


def test_bombs_are_refused() -> None:
    """600 MB of zeros in a part of 600 kB; an entity; a sheet that states a billion rows; a row far below."""
    part = "xl/worksheets/sheet1.xml"
    big = repacked(PLAIN, part, lambda data: data + b"\0" * 600_000_000)
    assert len(big) < 2_000_000
    assert "too large when unpacked" in refused(big)
    entity = repacked(PLAIN, part, lambda data: b'<!DOCTYPE x [<!ENTITY y "z">]>' + data)
    assert "entities" in refused(entity)
    assert len(table(repacked(PLAIN, part, lambda data: data.replace(b"A1:B7", b"A1:XFD999999999"))).frame) == 4
    far = repacked(PLAIN, part, lambda data: data.replace(b'<row r="7"', b'<row r="99999999"'))
    assert "too large" in refused(far)


def parquet(frame: pd.DataFrame, **options: Any) -> bytes:
    file = io.BytesIO()
    frame.to_parquet(file, **options)
    return file.getvalue()


@pytest.mark.parametrize("zone", [None, "Europe/Paris", "UTC"])
@pytest.mark.parametrize("index", [True, False])
def test_parquet(zone: str | None, index: bool) -> None:
    """Naive stamps are in the site's zone; numbers come back to the last digit, NaN as missing."""
    numbers = np.array([0.1 + 0.2, 1e-30, -12345678.9, np.nan])
    times = pd.date_range("2018-06-01", periods=4, freq="15min", tz=zone)
    frame = pd.DataFrame({"kw": numbers}, index=times) if index else pd.DataFrame({"stamp": times, "kw": numbers})
    found = read(parquet(frame), "auto", suffix=".parquet")
    assert np.array_equal(values(found, "kw"), numbers, equal_nan=True)
    assert stamps(found)[0] == (times.tz_localize("Europe/Paris") if zone is None else times)[0]
    assert found.line(2) == 3


def test_parquet_of_several_points_and_of_what_cannot_be() -> None:
    times = list(pd.date_range("2018-06-01", periods=4, freq="h")) * 2
    frame = pd.DataFrame({"time": times, "meter": ["a"] * 4 + ["b"] * 4, "kw": range(8)})
    assert "option point" in refused(parquet(frame))
    assert values(table(parquet(frame), point="b"), "kw") == [4, 5, 6, 7]
    assert "not a readable Parquet file" in refused(parquet(frame)[:100])
    infinite = pd.DataFrame({"time": times[:4], "kw": [1, 2, np.inf, 4]})
    assert ":3: kw: not a number" in refused(parquet(infinite))
    flags = pd.DataFrame({"time": times[:4], "kw": [True, False, True, True]})
    assert "no column of numbers" in refused(parquet(flags))


@proof(sample=60, whole=300)
@pytest.mark.parametrize("suffix", [".xlsx", ".parquet"])
def test_damage(suffix: str, cases: int) -> None:
    frame = pd.DataFrame({"time": HOURS, "kw": [1.0, 2.0, 3.0, 4.0]})
    content, chance = PLAIN if suffix == ".xlsx" else parquet(frame), random.Random(5)
    for _ in range(cases):
        check(mutated(content, chance), "table", suffix)
