"""Calendar files: dates of the rows that have a value, such as the red days of a tariff with day colours."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from microgrid.errors import InputError, Problem, nearest
from microgrid.formats.tables.native_table import csv_text


def read_dates(path: Path, name: str, column: str, kind: str, years: Iterable[int]) -> tuple[dt.date, ...]:
    """Dates of the rows with the value ``kind`` in a column of a CSV file with a column ``date`` (ISO), in order.

    name: of the file in messages; years: years for each of which the file must have a date.

    Raises:
        InputError: an unreadable file or date, a missing column, a value that no row has, a year without a date.
    """
    try:
        frame = pd.read_csv(io.StringIO(csv_text(path)), dtype=str, keep_default_na=False)
    except (ValueError, UnicodeError) as error:  # pandas' own errors are ValueErrors
        expected = "a CSV with a column date and a column for the kind of day"
        raise InputError(
            Problem("not a readable CSV table", file=name, value=str(error)[:80], expected=expected)
        ) from None
    for wanted in ("date", column):
        if wanted not in frame:
            near = nearest(wanted, [str(known) for known in frame.columns])
            remedy = f"did you mean {near!r}?" if near else None
            raise InputError(Problem(f"no column {wanted!r}", file=name, remedy=remedy))
    dates = [_date(text, number, name) for number, text in enumerate(frame["date"].tolist(), start=2)]
    for year in years:
        if not any(date.year == year for date in dates):
            expected = "dates in every year that the horizon touches"
            raise InputError(Problem(f"no dates in {year}", file=name, expected=expected))
    kinds = frame[column].str.strip()
    found = tuple(sorted(date for date, of in zip(dates, kinds, strict=True) if of == kind))
    if not found:
        known = ", ".join(kinds.unique()[:8])
        raise InputError(
            Problem(f"no date has the value {kind!r}", file=name, field=column, expected=f"one of {known}")
        )
    return found


def _date(text: str, line: int, name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        expected = "an ISO date such as 2018-01-17"
        raise InputError(Problem("not a date", name, line, "date", text[:40], expected)) from None
