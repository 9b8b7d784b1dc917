"""Notations of numbers, times and stamps in the cells of a table."""

from __future__ import annotations

import re
from collections.abc import Sequence

NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_DATE = r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4})"
# Blanks, but no tabs, which separate fields: a value such as "-1320" behind one would pass for an offset from UTC.
CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?:[ \u00a0\u202f]?[AaPp]\.?[Mm]\.?)?", re.ASCII)
_ZONE = r"(?: ?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?))?"
STAMP = re.compile(rf"{_DATE}(?:(?:T|,?[ \u00a0]+){CLOCK.pattern}{_ZONE})?", re.ASCII)
# Weather services write date and hours without signs between them: 2024052701, 20240527T0115Z.
COMPACT_STAMP = re.compile(
    r"(?P<year>(?:19|20|21)[0-9]{2})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12][0-9]|3[01])"
    r"(?:[T_ :]?(?P<hour>[01][0-9]|2[0-4])(?::?(?P<minute>[0-5][0-9])(?::?(?P<second>[0-5][0-9]))?)?"
    r" ?(?P<zone>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?",
    re.ASCII,
)
# Unix time from 2001 on has 10 digits in seconds, and 3, 6 or 9 more in ms, us or ns.
UNIX = re.compile(r"(?:1[0-9]{9}|2[01][0-9]{8})(?:[0-9]{3}){0,3}(?:\.0+)?", re.ASCII)
# Less usual forms: names of months, years of two digits, 2024-07-01T0000, 00.15, 00:15 Uhr, CEST or a region behind.
_MONTH = r"[^\W\d_]{3,10}"
OTHER = re.compile(
    r"(?:[^\W\d_]{2,10}\.?,?[ ]+)?"
    r"(?:(?P<plain>[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4})"
    r"|(?P<short>[0-9]{1,2}(?P<sign>[-/.])[0-9]{1,2}(?P=sign)[0-9]{2})"
    rf"|(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?\.?[- /]?(?:de )?(?P<month>{_MONTH})\.?,?[- /]?(?:de )?"
    r"(?P<year>[0-9]{4})"
    rf"|(?P<month2>{_MONTH})\.?[ ](?P<day2>[0-9]{{1,2}}),?[ ](?P<year2>[0-9]{{4}}))"
    r"(?:(?:T|,?[ \u00a0]+|[-_:](?=[0-9]{2}[:.]))(?P<hour>[0-9]{1,2})"
    r"(?P<rest>:[0-9]{2}(?::[0-9]{2})?|\.[0-9]{2}(?:\.[0-9]{2})?|[0-9]{2}(?:[0-9]{2})?)?(?P<part>[.,][0-9]{3,9})?"
    r"(?:[ ]?(?P<half>[AaPp])\.?[Mm]\.?(?![A-Za-z]))?(?:[ ]?(?:Uhr|uhr|h|hrs))?"
    r"(?:[ ]?(?:GMT|UTC)?(?P<offset>[+-][0-9]{2}(?::?[0-9]{2})?)"
    r"|[ ]?(?P<zone>Z|[A-Za-z]{2,5}|[A-Za-z_]+/[A-Za-z_/]+))?(?:[ ]?\[(?P<region>[^\]]+)\])?(?:[ ]\([^)]*\))?)?"
)
COMPACT = re.compile(
    rf"(?:{re.sub(r'[?]P<[a-z0-9]+>', '?:', COMPACT_STAMP.pattern)}|{UNIX.pattern}|"
    rf"{re.sub(r'[?]P<[a-z0-9]+>', '?:', OTHER.pattern).replace('(?P=sign)', '[-/.]')})"
)
SERIAL = re.compile(r"[0-9]{5}(?:[.,][0-9]+)?", re.ASCII)
_NUMBERED = re.compile(
    r"(?P<before>(?:|h|hh|hr|hour|he|hour ending|hora|heure|stunde|std|uur|ora|p|per|period|periode|periodo|pte|q|qh"
    r"|quarter|viertelstunde|interval|intervall|int|slot|value|val|wert|v|t|kwh|kw)[ _.-]?)(?P<number>[0-9]{1,3})",
    re.IGNORECASE | re.ASCII,
)
_COUNTS = (24, 25, 48, 50, 96, 100)


def interval_numbers(names: Sequence[str]) -> dict[int, int]:
    """Numbers of columns that number the intervals of a day: place -> number; empty where no columns do.

    Names of such columns are numbers, alone or after a word such as hour or period: 1 to 24 or 0 to 23, with another
    hour in autumn, or as many halves or quarters of an hour.
    """
    words: dict[str, dict[int, int]] = {}
    for place, name in enumerate(names):
        if found := _NUMBERED.fullmatch(name.strip()):
            words.setdefault(found["before"].lower(), {})[place] = int(found["number"])
    for places in words.values():
        known = list(places.values())
        if len(known) in _COUNTS and known[0] in (0, 1) and known == list(range(known[0], known[0] + len(known))):
            return places
    return {}
