"""Arrivals and departures as instants: stamps of RFC 1123, or of the clock on the wall."""

from __future__ import annotations

import functools
import re
import zoneinfo
from datetime import date

import numpy as np

from microgrid.horizon import IntArray
from microgrid.profiles import ev_columns, stamps
from microgrid.profiles.delimited import Written, zone_of
from microgrid.profiles.dialect import Grid
from microgrid.profiles.ev_columns import Places
from microgrid.profiles.source import Source
from microgrid.profiles.stamps import Clock

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_RFC_1123 = re.compile(
    rf"({'|'.join(_DAYS)}), ([0-9]{{1,2}} (?:{'|'.join(_MONTHS)}) [0-9]{{4}}) ([0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}) "
    r"(?:GMT|UTC|[+-]0000)(?![A-Za-z0-9])"
)
_FRACTION = r"(:[0-9]{2}:[0-9]{2})[.,][0-9]{1,9}"


def refuse_wrong_weekday(source: Source, text: str) -> None:
    """An InputError that names a stamp of RFC 1123 whose weekday is another than that of its date."""
    for found in _RFC_1123.finditer(text):
        if _iso_day(found[1], found[2]) is None:
            line = text.count("\n", 0, found.start()) + 1
            expected = "a date that there is, with its own weekday"
            raise source.error("a stamp that contradicts itself", line=line, value=found[0], expected=expected)


def in_iso(text: str) -> tuple[str, int]:
    """A text with its stamps of RFC 1123 in ISO 8601, so that commas in them separate nothing; how many they are."""
    return _RFC_1123.subn(_iso, text)


def _iso(found: re.Match[str]) -> str:
    """A stamp of RFC 1123 as ISO 8601; as it is where there is no such day, or its weekday is another."""
    day = _iso_day(found[1], found[2])
    return f"{day}T{found[3]}Z" if day else found[0]


@functools.lru_cache(maxsize=10_000)
def _iso_day(weekday: str, text: str) -> str | None:
    day, month, year = text.split()
    try:
        found = date(int(year), _MONTHS.index(month) + 1, int(day))
    except ValueError:
        return None
    return found.isoformat() if _DAYS[found.weekday()] == weekday else None


def times(source: Source, grid: Grid, places: Places, options: Written) -> tuple[IntArray, IntArray, str]:
    """Arrivals and departures [s since 1970, UTC]; both tell the order of day and month."""
    import pyarrow as pa
    from pyarrow import compute as pc

    pair = [grid.cells[places.arrival], grid.cells[places.departure]]
    names = f"{grid.names[places.arrival]}, {grid.names[places.departure]}"
    whole = [pc.replace_substring_regex(cells, _FRACTION, r"\1") for cells in pair]
    cut = sum(int(pc.sum(pc.not_equal(a, b)).as_py()) for a, b in zip(pair, whole, strict=True))
    source.log.add(source.label, "time", "fractions of a second", cut, "cut off")
    for cells, place in zip(pair, (places.arrival, places.departure), strict=True):
        if not pc.any(pc.match_substring(cells, ":")).as_py():
            line, remedy = int(grid.line[0]), "put date and time into one column"
            raise source.error("days without a time", line=line, field=grid.names[place], value=cells[0], remedy=remedy)
    clock = stamps.parse(source, pa.concat_arrays(whole), np.tile(grid.line, 2), names, options.dates, None)
    zone = _zone(source, grid, places, clock.aware, options)
    seconds = _instants(source, clock, names, zone, options)
    local = "stamps have a UTC offset" if clock.aware else f"local time of {zone.key}"
    arrival, departure = np.split(seconds, 2)
    return arrival, departure, f"arrival and departure in {names}, {clock.told}, {local}"


def _zone(source: Source, grid: Grid, places: Places, aware: bool, options: Written) -> zoneinfo.ZoneInfo:
    """The zone of stamps without an offset; an InputError if the file names another one than the site's."""
    offset = next(
        filter(None, (ev_columns.offset_in(grid.names[at]) for at in (places.arrival, places.departure))), None
    )
    if offset and not aware and options.timezone is None:
        remedy = "state the clock of the stamps by the option timezone, as the names have it"
        line, expected = grid.header or None, "stamps of the site's clock, or with their offset"
        raise source.error("names with an offset from UTC", line=line, value=offset, expected=expected, remedy=remedy)
    said = all(ev_columns.in_utc(grid.names[place]) for place in (places.arrival, places.departure))
    zone = "UTC" if said else source.timezone
    column = ev_columns.zone_column(grid.names)
    if not aware and options.timezone is None and column is not None:
        cells = grid.cells[column].to_pylist()
        row = next((row for row, text in enumerate(cells) if text not in ("", zone)), None)
        if row is not None:
            remedy = (
                "state by the option timezone the clock that the stamps keep, if the source of the file confirms it"
            )
            line, value, expected = int(grid.line[row]), cells[row], f"{zone}, or stamps with an offset"
            what = "another time zone than that of the site"
            raise source.error(what, line=line, field=grid.names[column], value=value, expected=expected, remedy=remedy)
    if said and options.timezone not in (None, "UTC"):
        detail = f"UTC in the names of columns: the option timezone, {options.timezone}, is not that of the stamps"
        source.log.add(source.label, "time", "zone stated by the file", len(grid.line), detail)
    return zone_of(source, "UTC" if said else options.timezone or zone)


def _instants(source: Source, clock: Clock, names: str, zone: zoneinfo.ZoneInfo, options: Written) -> IntArray:
    """Stamps [s since 1970, UTC]. The order of rows says nothing of an hour that autumn doubles: cars overlap."""
    if clock.aware:
        return clock.seconds
    first, second = (stamps.at_clock(clock.seconds, zone, summer, "NaT") for summer in (True, False))
    absent, twice = first == np.iinfo(np.int64).min, first != second
    for wrong, what, remedy in (
        (
            absent,
            "a local time that does not exist",
            "correct the stamp; only if the clock of the file never changes, state it by the option timezone",
        ),
        (twice & (options.autumn_hour is None), "a local time that is there twice", "say autumn_hour: first or second"),
    ):
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            value = f"{np.datetime64(int(clock.seconds[row]), 's')} in {zone.key}"
            raise source.error(what, line=int(clock.line[row]), field=names, value=value, remedy=remedy)
    detail = f"taken as the {options.autumn_hour} of two"
    source.log.add(source.label, "time", "doubled hour", int(twice.sum()), detail)
    return second if options.autumn_hour == "second" else first
