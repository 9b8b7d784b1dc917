"""A column of zones or offsets beside the stamps is obeyed or refused, in a plain table as in any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from microgrid.errors import InputError
from microgrid.formats.registry import read_file
from microgrid.formats.source import Source
from microgrid.formats.timed_table import Table
from microgrid.repairs import RepairLog
from tests.formats.reading import stamps


def table(name: str, cells: list[str], day: str = "2024-07-01") -> str:
    return f"time,{name},load_kw\n" + "".join(f"{day} {n:02d}:00,{cell},{n}\n" for n, cell in enumerate(cells))


def read(tmp_path: Path, text: str, form: Any, log: RepairLog | None = None) -> Table:
    path = tmp_path / "load.csv"
    path.write_text(text, encoding="utf-8")
    return read_file(Source(path, "load.csv", "load.csv", "Europe/Berlin", log or RepairLog()), form)


@pytest.mark.parametrize("form", [None, "auto"])
@pytest.mark.parametrize(
    ("name", "cell", "first"),
    [
        ("timezone", "UTC", "01 00:00"), ("timezone", "Europe/London", "30 23:00"), ("tz_offset", "+01:00", "30 23:00"),
        ("utc_offset", "-300", "01 05:00"), ("utcoffset", "7200", "30 22:00"), ("UTC offset (hours)", "-5", "01 05:00"),
        ("UTC offset [min]", "60", "30 23:00"), ("utc_offset", "-0500", "01 05:00"), ("GMT offset", "5.5", "30 18:30"),
        ("offset", "+00:00", "01 00:00"), ("zone", "UTC", "01 00:00"), ("timezone", "", "30 22:00"),
        ("timezone", "local", "30 22:00"), ("Time Zone", "JST", "30 15:00"),
    ],
)  # fmt: skip
def test_the_clock_beside_the_stamps(tmp_path: Path, form: Any, name: str, cell: str, first: str) -> None:
    """Midnight of 1 July on that clock, in a plain table as in one whose format is found; the column is no value."""
    found = read(tmp_path, table(name, [cell] * 4), form)
    assert f"{stamps(found)[0]:%d %H:%M}" == first
    assert "load_kw" in found.frame.columns
    assert name not in found.frame.columns


@pytest.mark.parametrize("form", [None, "auto"])
def test_an_offset_in_each_row(tmp_path: Path, form: Any) -> None:
    """The two hours of autumn are told apart by minutes ahead of UTC, and the log says that they are minutes."""
    text = "time,utc_offset,kw\n2024-10-27 02:00,120,1\n2024-10-27 02:00,60,2\n2024-10-27 03:00,60,3\n"
    log = RepairLog()
    assert [f"{t:%H:%M}" for t in stamps(read(tmp_path, text, form, log))] == ["00:00", "01:00", "02:00"]
    assert any("read in minutes, as their size suggests" in repair.detail for repair in log.repairs)


@pytest.mark.parametrize("form", [None, "auto"])
@pytest.mark.parametrize(
    ("name", "cells", "words"),
    [
        ("timezone", ["Atlantis"] * 4, "an unknown time zone"),
        ("utc_offset", ["19"] * 4, "numbers that are not offsets from UTC"),
        ("utc_offset", ["2000"] * 4, "numbers that are not offsets from UTC"),
        ("timezone", ["UTC", "UTC", "Europe/Berlin", "Europe/Berlin"], "several time zones in one file"),
    ],
)
def test_what_is_no_clock_is_refused(tmp_path: Path, form: Any, name: str, cells: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(tmp_path, table(name, cells), form)


@pytest.mark.parametrize("form", [None, "auto"])
@pytest.mark.parametrize("name", ["zone", "offset"])
def test_a_number_under_a_common_word_stays_a_value(tmp_path: Path, form: Any, name: str) -> None:
    """The number of a district, or an offset of a sensor: only +02:00 or UTC make these words a clock."""
    found = read(tmp_path, table(name, ["5"] * 4), form)
    assert name in found.frame.columns
    assert f"{stamps(found)[0]:%d %H:%M}" == "30 22:00"


def test_a_column_of_zones_beside_numbered_hours(tmp_path: Path) -> None:
    """Hours 1 to 24 of days in UTC, as the column says; an offset that changes from row to row is refused."""
    rows = [f"2024-07-01,{n},{{}},{n}\n" for n in range(1, 25)]
    text = "date,hour,timezone,kwh\n" + "".join(rows)
    assert f"{stamps(read(tmp_path, text.replace('{}', 'UTC'), 'table'))[0]:%d %H:%M}" == "01 00:00"
    with pytest.raises(InputError, match="several time zones"):
        read(
            tmp_path,
            "date,hour,timezone,kwh\n" + "".join(r.format(f"+0{n % 2}:00") for n, r in enumerate(rows)),
            "table",
        )
