"""Dates with year, month and day in columns of their own, joined to one column of dates in the text of a file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from microgrid.formats.text.dialect import SEPARATORS, split

_HEAD_LINES = 1000
_NAMES = {
    "year": {"year", "yr", "yyyy", "jahr", "annee", "année", "an", "año", "ano", "anno", "jaar", "år", "rok"},
    "month": {"month", "mo", "mm", "mon", "monat", "mois", "mes", "mese", "maand", "måned", "månad", "mês"},
    "day": {"day", "dd", "dy", "tag", "jour", "dia", "día", "giorno", "dag"},
}
_NUMBER = re.compile(r"\s*([0-9]{1,4})(?:\.0+)?\s*", re.ASCII)


def joined(text: str, separator: str | None = None) -> tuple[str, str]:
    """Text with one column of dates in place of year, month and day, and the names of these in words for the log.

    A text without such columns is unchanged, with "" in words. Each line keeps its number. In a row without three
    numbers the parts are joined by "-", to be refused as no date.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines[:_HEAD_LINES]):
        for sign in (separator,) if separator else SEPARATORS:
            places = _places(split(line, sign)) if sign in line else None
            below = None if places is None else next((each for each in lines[number + 1 :] if each.strip()), None)
            if places is not None and below is not None and _date(split(below, sign), places):
                head = [_row(line, sign, places, header=True)]
                rows = [_row(each, sign, places) if each.strip() else each for each in lines[number + 1 :]]
                shown = ", ".join(split(line, sign)[place].strip() for place in places)
                return "\n".join([*lines[:number], *head, *rows]), f"dates from the columns {shown}"
    return text, ""


def _places(names: Sequence[str]) -> tuple[int, int, int] | None:
    """Places of year, month and day in a header, None unless each stands there exactly once."""
    words = [re.sub(r"[^\w]", "", name).lower() for name in names]
    found = [[place for place, word in enumerate(words) if word in _NAMES[part]] for part in ("year", "month", "day")]
    if any(len(places) != 1 for places in found):
        return None
    return found[0][0], found[1][0], found[2][0]


def _date(row: Sequence[str], places: tuple[int, int, int]) -> str:
    """Date of a row in ISO, "" for a row without one."""
    if len(row) <= max(places):
        return ""
    parts = [_NUMBER.fullmatch(row[place]) for place in places]
    if any(part is None for part in parts):
        return ""
    year, month, day = (int(part[1]) for part in parts if part is not None)
    return f"{year:04d}-{month:02d}-{day:02d}" if year > 99 else ""


def _row(line: str, sign: str, places: tuple[int, int, int], header: bool = False) -> str:
    """Line with its date, or the word "date" in a header, in the place of the first of its three parts."""
    row = split(line, sign)
    if len(row) <= max(places):
        return line
    date = "date" if header else _date(row, places) or "-".join(row[place].strip() for place in places)
    kept = [date if place == min(places) else field for place, field in enumerate(row)
            if place == min(places) or place not in places]  # fmt: skip
    if '"' not in line:
        return sign.join(kept)
    written = io.StringIO()
    csv.writer(written, delimiter=sign, lineterminator="").writerow(kept)
    return written.getvalue()
