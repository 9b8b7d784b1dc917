"""What a file says of the clock of its stamps: in the name of a column, above its header, or beside each stamp."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from microgrid.formats.source import Source
from microgrid.horizon import IntArray

HOUR = 3600
_MOST_AHEAD = 15 * HOUR
# Standard time, summer time, hours ahead of UTC, a zone that has both.
_PAIRS = (
    ("WET", "WEST", 0, "Europe/Lisbon"), ("GMT", "BST", 0, "Europe/London"), ("CET", "CEST", 1, "Europe/Berlin"),
    ("MEZ", "MESZ", 1, "Europe/Berlin"), ("HNEC", "HAEC", 1, "Europe/Paris"), ("EET", "EEST", 2, "Europe/Helsinki"),
    ("OEZ", "OESZ", 2, "Europe/Helsinki"), ("AST", "ADT", -4, "America/Halifax"),
    ("EST", "EDT", -5, "America/New_York"), ("CST", "CDT", -6, "America/Chicago"),
    ("MST", "MDT", -7, "America/Denver"), ("PST", "PDT", -8, "America/Los_Angeles"),
    ("AKST", "AKDT", -9, "America/Anchorage"), ("AEST", "AEDT", 10, "Australia/Sydney"),
)  # fmt: skip
_NAMED = re.compile(r"(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc|US)/[\w+/-]+")
_OFFSET = re.compile(
    r"(?:(?:utc|gmt)\s*|^\s*|\()(?P<sign>[+\u2212-])\s*(?:(?P<hh>\d\d):?(?P<mm>\d\d)|(?P<h>\d{1,2})(?::(?P<m>\d\d))?)(?!\d)"
    r"(?P<places>\)\s*[A-Za-z])?",
    re.IGNORECASE | re.ASCII,
)
_UTC = re.compile(r"(?<![A-Za-z])(?:utc|gmt|zulu)(?![A-Za-z])|UTC|GMT|(?<=[a-z0-9])(?:Utc|Gmt)(?![a-z])|^Z$", re.ASCII)
_ABBREVIATION = re.compile(r"(?:(?<![A-Za-z])[A-Z]{3,4}|(?<=_)[a-z]{3,4})(?![A-Za-z])", re.ASCII)
_STANDARD = re.compile(r"winter ?time|winterzeit|normalzeit|local standard ?time|heure d.hiver", re.IGNORECASE)
_WINDOWS = re.compile(r"standard time", re.IGNORECASE)  # in "Romance Standard Time", a zone that has summer time
_KEY = re.compile(
    r"time ?[_-]?zone|zeitzone|fuseau|tijdzone|(?:zona|huso|fuso) ?horari|fuso orario|(?:utc|gmt)[ _-]?offset"
    r"|\b(?:times?|stamps|timestamps|zeiten|zeitstempel|heures|horaires|tijden|horas)\b.*\b(?:in|en|is|are|sind)\b",
    re.IGNORECASE,
)
_COLUMN = re.compile(
    r"^(?:.*time ?[_-]?zone|zeitzone|tz|fuseau(?: horaire)?|tijdzone|(?:utc|gmt)[ _-]?offset)$", re.IGNORECASE
)


@dataclass(frozen=True)
class Stated:
    """A clock as a file states it.

    text: as it stands there; where: in words; line: in the file, None if it has none; ahead: of UTC in standard time
    [s], None for that of the site; summer: whether it has summer time, None if the text leaves that open; zone: one
    that is usual for it, or, if named, that stands there.
    """

    text: str
    where: str
    line: int | None
    ahead: int | None
    summer: bool | None
    zone: str | None = None
    named: bool = False

    def contradicts(self, other: Stated) -> bool:
        """Whether both cannot hold."""
        apart = self.ahead is not None and other.ahead is not None and self.ahead != other.ahead
        return apart or (self.summer is not None and other.summer is not None and self.summer != other.summer)

    def with_what(self, other: Stated) -> Stated:
        """What both of them state together."""
        ahead = other.ahead if self.ahead is None else self.ahead
        summer = other.summer if self.summer is None else self.summer
        zone = other.zone if other.named or self.zone is None else self.zone
        return replace(self, ahead=ahead, summer=summer, zone=zone, named=self.named or other.named)


def stated_in(text: str, where: str, line: int | None = None) -> Stated | None:
    """The clock that a text speaks of: a zone by name, an offset from UTC, UTC, or a usual abbreviation."""
    for name in _NAMED.findall(text):
        try:
            ahead, changes = kind(zoneinfo.ZoneInfo(name))
            return Stated(name, where, line, ahead, changes, name, named=True)
        except (KeyError, ValueError, OSError):
            continue
    offsets = [found for found in _OFFSET.finditer(text) if abs(_seconds(found)) <= _MOST_AHEAD]
    if offsets:
        seconds = sorted({_seconds(found) for found in offsets})
        open_ended = any(found["places"] for found in offsets)  # "(UTC+01:00) Berlin" names a zone by its standard time
        summer = True if len(seconds) > 1 else None if open_ended else False
        return Stated(offsets[0][0].strip("( "), where, line, seconds[0], summer)
    if found := _abbreviated(text, where, line):
        return found
    if _WINDOWS.search(text) and not _STANDARD.search(text):
        return None
    if utc := _UTC.search(text):
        return Stated(utc[0].upper(), where, line, 0, False)
    if winter := _STANDARD.search(text):
        return Stated(winter[0], where, line, None, False)
    return None


def _abbreviated(text: str, where: str, line: int | None) -> Stated | None:
    """The clock of an abbreviation: CEST is fixed, CET/CEST changes, CET alone may do either."""
    words = [word.upper() for word in _ABBREVIATION.findall(text)]
    for standard, daylight, hours, zone in _PAIRS:
        if daylight in words:
            both = standard in words or "/" in text
            ahead = hours * HOUR if both else (hours + 1) * HOUR
            return Stated(
                f"{standard}/{daylight}" if both else daylight, where, line, ahead, both, zone if both else None
            )
        if standard in words and standard != "GMT":
            fixed = False if _STANDARD.search(text) else None
            return Stated(standard, where, line, hours * HOUR, fixed, zone)
    return None


def _seconds(found: re.Match[str]) -> int:
    hours, minutes = int(found["hh"] or found["h"]), int(found["mm"] or found["m"] or 0)
    return (hours * HOUR + min(minutes, 59) * 60) * (1 if found["sign"] == "+" else -1)


def kind(zone: zoneinfo.ZoneInfo) -> tuple[int, bool]:
    """Seconds ahead of UTC in standard time, and whether there is summer time."""
    offsets = {zone.utcoffset(dt.datetime(2024, month, 1)) for month in range(1, 13)}
    seconds = sorted(int(offset.total_seconds()) for offset in offsets if offset is not None)
    return seconds[0], len(seconds) > 1


def statements(names: Iterable[str], above: Sequence[tuple[int, str]], header: int) -> list[Stated]:
    """What the names of columns of stamps and the lines above the header state."""
    found = [stated_in(name, f"the name of column {name!r}", header or None) for name in names]
    for line, text in above:
        if key := _KEY.search(text):
            found.append(stated_in(text[key.end() :].lstrip(" :;=,|\t"), f"line {line}", line))
    return [each for each in found if each is not None]


def is_zone_column(name: str) -> bool:
    """Whether a column names the zone or the offset of its row."""
    return _COLUMN.match(name.strip()) is not None


def beside(source: Source, name: str, cells: Sequence[str], line: IntArray) -> tuple[list[Stated], IntArray | None]:
    """What a column of zones states: a clock for all rows, or seconds ahead of UTC for each, (n,).

    Raises:
        InputError: rows on several clocks, one of which is not a fixed offset.
    """
    where = f"column {name!r}"
    first = {text: row for row, text in reversed(list(enumerate(cells))) if text}
    known = {
        text: stated_in(f"+{text}" if re.fullmatch(r"[0-9]{1,2}", text) else text, where, int(line[row]))
        for text, row in first.items()
    }
    found = {text: each for text, each in known.items() if each is not None}
    if len(first) < 2 or not found:
        return list(found.values()), None
    wrong = next((text for text in first if text not in found or found[text].ahead is None or found[text].summer), None)
    if wrong is not None or "" in cells:
        value, at = ", ".join(list(first)[:6]), int(line[first.get(wrong or "", 0)])
        expected = "one zone, or a fixed offset in every row"
        raise source.error("several time zones in one file", line=at, field=name, value=value, expected=expected)
    ahead = {text: each.ahead for text, each in found.items()}
    return [], np.array([ahead[text] for text in cells], dtype=np.int64)
