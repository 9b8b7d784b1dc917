"""Lines of an export of Enedis, also if a spreadsheet saved it with other separators, quotes or blank lines."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Sequence

from microgrid.formats.source import Source
from microgrid.formats.text.dialect import Grid

_SEPARATORS = (";", ",", "\t")
_FIRST = ("identifiant prm", "horodate")
_HEAD_LINES = 30
_BLANK = ' \t;,"'


def key(text: str) -> str:
    """Header word in lower case without accents, as the key of its column."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).strip().lower()


def plain_lines(text: str) -> list[str]:
    """Lines of a text with fields between semicolons, without quotes; each keeps its line number."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    sign = _separator(lines[first_line(lines)])
    if sign == ";" and '"' not in text:
        return lines
    return [";".join(field.replace(";", ",") for field in _fields(line, sign)) for line in lines]


def first_line(lines: Sequence[str]) -> int:
    """Index of the header: that of a flux R63, which may follow other lines, else of the first line with text."""
    for number, line in enumerate(lines[:_HEAD_LINES]):
        if is_flux(_fields(line, _separator(line))):
            return number
    return next((number for number, line in enumerate(lines) if line.strip(_BLANK)), 0)


def is_export(head: str) -> bool:
    """Whether the header is that of an export of Enedis: with the number of the meter, or of stamps and values alone.

    Other tables whose first column is called Horodate are not exports of Enedis.
    """
    lines = head.split("\n")
    line = lines[first_line(lines)]
    words = [key(word) for word in _fields(line, _separator(line)) if word.strip()]
    return len(words) > 1 and ("identifiant prm" in words or words == ["horodate", "valeur"])


def is_flux(names: Sequence[str]) -> bool:
    """Whether names of columns are those of a flux R63, whose stamps are ends of intervals."""
    return {"identifiant prm", "horodate", "valeur"} <= {key(name) for name in names}


def refuse_flux(source: Source, grid: Grid) -> Grid:
    """Return the sheet of a workbook unchanged; an InputError for a flux R63, which only the format enedis reads."""
    if is_flux(grid.names):
        remedy = "save the sheet as CSV, which the format enedis reads: its stamps are ends of intervals"
        raise source.error("a load curve of Enedis in a workbook", line=grid.header, remedy=remedy)
    return grid


def _separator(line: str) -> str:
    """Separator that makes a known word of the header a field of its own, by default a semicolon."""
    found = (sign for sign in _SEPARATORS if any(key(word) in _FIRST for word in _fields(line, sign)))
    return next(found, ";")


def _fields(line: str, sign: str) -> list[str]:
    if '"' not in line:
        return line.split(sign)
    try:
        return next(csv.reader([line], delimiter=sign), [])
    except csv.Error:
        return [line]
