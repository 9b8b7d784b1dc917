"""Dates of a calendar file, such as the days of a tariff with colours."""

from __future__ import annotations

from pathlib import Path

import pytest

from microgrid import dispatch, load_case
from microgrid.errors import InputError
from tests.conftest import cost, grid, load, write_case

TEMPO = "date,colour\n2018-06-21,red\n2018-06-22,blue\n2018-06-23,red\n"


def case_with(folder: Path, text: str | bytes, column: str = "colour", kind: str = "red") -> Path:
    """48 h from June 21 with a red price of 1 and another of 0.1 EUR/kWh."""
    connection = grid(0)
    hours = [{"dates": {"file": "days.csv", "column": column, "is": kind}}]
    connection["tariff"] |= {
        "classes": {"red": hours, "other": "otherwise"},
        "energy": [{"item": "e", "by_class": {"red": "1 EUR/kWh", "other": "0.1 EUR/kWh"}}],
    }
    path = write_case(folder, {"l": load(1.0), "g": connection}, hours=48)
    (folder / "days.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_days_of_a_colour(tmp_path: Path) -> None:
    """24 h of 1 kW at 1, then 24 h at 0.1: 26.40 EUR."""
    assert cost(dispatch(load_case(case_with(tmp_path, TEMPO)))) == pytest.approx(26.4)


def test_blank_lines_at_the_end_are_read(tmp_path: Path) -> None:
    """A spreadsheet adds lines of separators, which are no dates."""
    load_case(case_with(tmp_path, TEMPO + ",\n\n , \n"))


@pytest.mark.parametrize(
    ("text", "column", "kind", "words"),
    [
        (TEMPO, "color", "red", "did you mean 'colour'"),
        (TEMPO, "colour", "white", "one of red, blue"),
        ("day,colour\n", "colour", "red", "no column 'date'"),
        ("date,colour\n21/06/2018,red\n", "colour", "red", "days.csv:2"),
        ("date,colour\n2017-06-21,red\n", "colour", "red", "no dates in 2018"),
        ("", "colour", "red", "not a readable CSV table"),
        (b"\xff\xfe\x00date", "colour", "red", "not a readable CSV table"),
    ],
)
def test_calendars_that_cannot_be_read(tmp_path: Path, text: str | bytes, column: str, kind: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        load_case(case_with(tmp_path, text, column, kind))
