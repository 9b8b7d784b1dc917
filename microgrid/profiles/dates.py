"""Dates of a calendar file: those whose row has a certain value, such as the red days of a tariff with day colours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from microgrid.errors import InputError, Problem, nearest
from microgrid.profiles.series import Reading

_KEYS = {"file", "column", "is"}


def read_dates(spec: Mapping[str, Any], reading: object) -> tuple[dt.date, ...]:
    """The dates of ``{file, column, is}``: a CSV with a column ``date`` (ISO) and one that tells the kind of day.

    Raises:
        InputError: an unreadable file or date, a column that is not there, a value that no row has, a year of the
            horizon without a row.
        ValueError: other keys than these.
    """
    import pandas as pd

    if set(spec) != _KEYS or not isinstance(reading, Reading):
        raise ValueError("not a list of dates")
    path, name = reading.resolve(spec["file"]), str(spec["file"])
    try:
        frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig")
    except (ValueError, UnicodeError) as error:  # pandas' own errors are ValueErrors
        raise InputError(
            Problem(f"not a table: {error}", file=name, expected="a CSV with columns date and a kind")
        ) from None
    for column in ("date", str(spec["column"])):
        if column not in frame:
            near = nearest(column, [str(known) for known in frame.columns])
            remedy = f"did you mean {near!r}?" if near else None
            raise InputError(Problem(f"no column {column!r}", file=name, remedy=remedy))
    dates = [_date(text, number, name) for number, text in enumerate(frame["date"].tolist(), start=2)]
    missing = sorted(set(reading.horizon.local.year) - {date.year for date in dates})
    if missing:
        raise InputError(
            Problem(f"no dates of {missing[0]}", file=name, expected="every year that the horizon touches")
        )
    kinds = frame[str(spec["column"])].str.strip()
    found = tuple(sorted(date for date, kind in zip(dates, kinds, strict=True) if kind == str(spec["is"])))
    if not found:
        known = ", ".join(map(str, kinds.dropna().unique()[:8]))
        raise InputError(Problem(f"no date is {spec['is']!r}", file=name, field=str(spec["column"]), expected=known))
    return found


def _date(text: object, line: int, name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(str(text).strip())
    except ValueError:
        problem = Problem(
            "not a date", file=name, line=line, field="date", value=str(text), expected="such as 2018-01-17"
        )
        raise InputError(problem) from None
