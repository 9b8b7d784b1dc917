"""Statements of a file about the clock of its stamps: in names of columns, above its header, or beside each stamp."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from microgrid.formats.source import Source
from microgrid.formats.zones.stated import StatedClock, unknown
from microgrid.formats.zones.zone_words import HOUR, stated_in
from microgrid.horizon import IntArray

_UNIT = r"h|hrs?|hours?|std|stunden|heures|m|mins?|minutes|minuten|s|secs?|seconds|sekunden|secondes"
_KEY = re.compile(
    r"(?P<zone>time ?[_-]?zone|zeitzone|fuseau(?: horaire)?|tijdzone|(?:zona|huso|fuso) ?horari[ao]|fuso orario"
    r"|(?:utc|gmt)[ _-]?offset|(?:utc|gmt)-?versatz|(?<![A-Za-z])tz(?![A-Za-z]))"
    r"|^\W*(?P<clock>time[ _-]?(?:reference|standard|base|basis|system|scale)|zeit(?:basis|bezug|system)|clock|uhr)"
    r"(?=\s*[:;=,|\t(]|\s+\S+$)"
    r"|^\W*zone(?=\s*[:;=,|\t])"
    r"|\b(?:times?|stamps|timestamps|zeiten|zeitstempel|zeitangaben|uhrzeiten|zeitpunkte|heures|horaires|tijden|horas"
    r"|data|dates?|daten|werte|values|donn[ée]es|datos|dati|ore|orari)\b.*?\b(?:in|en|is|are|sind|ist|son|sono|sont)\b",
    re.IGNORECASE,
)
_WEAK = re.compile(r"\b(?:data|dates?|daten|werte|values|donn[ée]es|datos|dati)\b|^\W*zone$", re.IGNORECASE)
_COLUMN = re.compile(
    r"^(?:.*time ?[_-]?zone(?:[ _-]?offset)?|zeitzone|tz(?:info|name)?|fuseau(?: horaire)?|tijdzone|huso horario"
    r"|fuso orario|(?:utc|gmt|tz|zone)[ _-]?(?:offset|versatz|shift|diff(?:erence)?)"
    r"|offset[ _-]?(?:to|from)?[ _-]?(?:utc|gmt)"
    rf"|d[ée]calage[ _-]?utc)(?:[ _]*[(\[]?(?P<unit>{_UNIT})[)\]]?)?$",
    re.IGNORECASE,
)
_MAY_BE_ZONE = re.compile(r"^(?:offset|zone|time_?offset|zeitverschiebung|dst_?offset)$", re.IGNORECASE)
_LOCAL = re.compile(
    r"^\W*(?:site |standard )?(?:local|lokal|locale|ortszeit|lokale zeit|n/?a|none|default|heure locale|hora local)\b"
    r"|\b(?:begin|start|end|cent(?:er|re)\b|mid)",
    re.IGNORECASE,
)
_SAYS_LOCAL = re.compile(r"(?:^|[^a-z])(?:local|lokal|locale|ortszeit|lokaltid)(?:[^a-z]|$)", re.IGNORECASE)
_NUMBER = re.compile(r"[+\u2212-]?[0-9]{1,5}(?:[.,][0-9]+)?")
_WITH_UNIT = re.compile(
    rf"(?:[(\[]\s*(?P<before>{_UNIT})\s*[)\]]\W*?)?\s*(?P<number>{_NUMBER.pattern})\s*(?P<unit>{_UNIT})?", re.IGNORECASE
)
_FOUR = re.compile(r"[+\u2212-]?(?:0[0-9]|1[0-4])[0-5][0-9]|[+\u2212-]?[0-9]{1,2}:[0-5][0-9](?::00)?|Z|UTC")
_MOST = {HOUR: 15 * HOUR, 60: 14 * HOUR, 1: 14 * HOUR}


def statements(names: Iterable[str], above: Sequence[tuple[int, str]], header: int) -> list[StatedClock]:
    """Clocks that names of columns of stamps and lines above the header state, also unknown ones; header: its line."""
    titles = list(names)
    found = [stated_in(name, f"the name of column {name!r}", header or None) for name in titles]
    if any(each is not None and each.ahead == 0 and not each.named for each in found):
        local = next(
            (name for name, each in zip(titles, found, strict=True) if not each and _SAYS_LOCAL.search(name)), None
        )
        if local is not None:  # a date in UTC beside a local time is a contradiction
            where = f"the name of column {local!r}"
            found.append(StatedClock("local time", where, header or None, None, True))
    return [each for each in [*found, *(_above(line, text) for line, text in above)] if each is not None]


def _above(line: int, text: str) -> StatedClock | None:
    """Clock that a line above the header states, None without; unknown after a word for zones with no known clock."""
    key = _KEY.search(text)
    if key is None:
        return None
    where = f"line {line}"
    value = text[key.end() :].lstrip(" :;=,|\t")
    if key["zone"] and (number := _WITH_UNIT.fullmatch(value)) and not _FOUR.fullmatch(value):
        scaled = _scaled([number["number"]], _size(number["before"] or number["unit"]))
        return unknown(value, where, line) if scaled is None else _fixed(scaled[1][number["number"]], where, line)
    found = stated_in(value, where, line)
    if _WEAK.search(key[0]):  # "data in Paris" states a place, "data in UTC" a clock
        return found if found is not None and found.known and (not found.named or "/" in found.text) else None
    begins = not re.search(r"[A-Za-z]", text[: key.start()])
    strict = key["zone"] or (key["clock"] and re.match(r"\s*[:;=]", text[key.end() :]))
    if found is None and begins and strict and value and not _LOCAL.search(value):
        return unknown(value[:60], where, line)
    return found


def _size(unit: str | None) -> int:
    """Length of a unit of time, by its name or abbreviation [s]; 0 for None or ""."""
    return (
        {"h": HOUR, "m": 60, "s": 3600 if (unit or "").lower().startswith("st") else 1}[unit[0].lower()] if unit else 0
    )


def _fixed(ahead: int, where: str, line: int | None) -> StatedClock:
    """Clock that is ``ahead`` of UTC [s] all year."""
    return StatedClock(f"UTC{ahead / HOUR:+g} h", where, line, ahead, False)


def is_zone_column(name: str, cells: Any = None) -> bool:
    """Whether a column states the zone or the offset of its rows, by its name, or by its cells if it is "offset".

    cells: cells of the column, a pyarrow array of strings, None to decide by the name alone.
    """
    if _COLUMN.match(name.strip()):
        return True
    if cells is None or not _MAY_BE_ZONE.match(name.strip()):
        return False
    known = [text for text in cells.unique().to_pylist() if text]
    return bool(known) and all(not _NUMBER.fullmatch(text) and _of_cell(text) is not None for text in known)


def places(names: Sequence[str], cells: Sequence[Any]) -> list[int]:
    """Places of the columns of zones or offsets."""
    return [n for n, name in enumerate(names) if is_zone_column(name, cells[n])]


def _of_cell(text: str) -> StatedClock | None:
    found = stated_in(
        f"+{text}" if re.fullmatch(r"[0-9]{1,2}|[0-9]{1,2}:[0-9]{2}|[01][0-9][0-5][0-9]", text) else text, "", None
    )
    return found if found is not None and found.known else None


def _scaled(texts: Sequence[str], size: int) -> tuple[int, dict[str, int]] | None:
    """Unit of numbers that are offsets [s], and offset of each number [s]; None if they are no offsets in any unit.

    size: unit that the name of the column states [s], 0 if it states none. 2 and 5.5 are hours, 120 minutes, 7200
    seconds, as no clock is 15 h or more from UTC, and offsets are multiples of a quarter of an hour.
    """
    numbers = {text: float(text.replace("\u2212", "-").replace(",", ".")) for text in texts}
    most = max(map(abs, numbers.values()), default=0.0)
    unit = size or (HOUR if most <= 15 else 60 if most <= 840 else 1)
    ahead = {text: round(number * unit) for text, number in numbers.items()}
    fits = all(abs(second) <= _MOST[unit] and second % 900 == 0 for second in ahead.values())
    return (unit, ahead) if fits else None


def beside(
    source: Source, name: str, cells: Sequence[str], line: IntArray
) -> tuple[list[StatedClock], IntArray | None]:
    """Clocks that a column of zones states for all rows, and seconds ahead of UTC of each row, (n,), if rows differ.

    Raises:
        InputError: rows on several clocks, one of which is not a fixed offset; numbers that are no offsets.
    """
    where = f"column {name!r}"
    first = {text: row for row, text in reversed(list(enumerate(cells))) if text}
    known = _numbers(source, name, first, line) or {
        text: _stated(text, where, int(line[row])) for text, row in first.items()
    }
    found = {text: each for text, each in known.items() if each is not None}
    if len(first) < 2 or not found:
        return list(found.values()), None
    wrong = next((text for text in first if text not in found or found[text].ahead is None or found[text].summer), None)
    if wrong is not None or "" in cells:
        value = ", ".join(list(first)[:6])
        at = int(line[first.get(wrong or "", 0)])
        expected = "one zone, or a fixed offset in every row"
        raise source.error("several time zones in one file", line=at, field=name, value=value, expected=expected)
    ahead = {text: each.ahead for text, each in found.items()}
    return [], np.array([ahead[text] for text in cells], dtype=np.int64)


def _stated(text: str, where: str, line: int) -> StatedClock | None:
    """Clock of a cell in a column of zones; an unknown one for other texts, None for a word such as "local"."""
    found = _of_cell(text)
    if found is None:
        return None if _LOCAL.search(text) else unknown(text, where, line)
    return StatedClock(found.text, where, line, found.ahead, found.summer, found.zone, found.named)


def _numbers(source: Source, name: str, first: dict[str, int], line: IntArray) -> dict[str, StatedClock | None]:
    """Clocks of cells that are all numbers, in the unit of the column's name or by their size; empty for other cells.

    first: cell -> position of its first row.

    Raises:
        InputError: numbers that are no offsets in any unit.
    """
    if not first or not all(_NUMBER.fullmatch(text) and not _FOUR.fullmatch(text) for text in first):
        return {}
    title = _COLUMN.match(name.strip())
    unit = None if title is None else title["unit"]
    scaled = _scaled(list(first), _size(unit))
    if scaled is None:
        text = max(first, key=lambda each: abs(float(each.replace("\u2212", "-").replace(",", "."))))
        remedy = "write the offsets such as +02:00, or leave the column out and state the zone by the option timezone"
        at = int(line[first[text]])
        expected = "hours, minutes or seconds, a multiple of a quarter of an hour"
        raise source.error(
            "numbers that are not offsets from UTC", line=at, field=name, value=text, expected=expected, remedy=remedy
        )
    size, ahead = scaled
    if size != HOUR:
        detail = f"read in {'minutes' if size == 60 else 'seconds'}, as {'its name' if unit else 'their size'} suggests"
        source.log.add(source.label, name, "offsets from UTC", len(line), detail)
    return {text: _fixed(ahead[text], f"column {name!r}", int(line[row])) for text, row in first.items()}
