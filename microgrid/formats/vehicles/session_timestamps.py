"""Arrivals and departures as instants, from stamps of RFC 1123, with offsets, or in local time."""

from __future__ import annotations

import functools
import re
import zoneinfo
from dataclasses import replace
from datetime import date

import numpy as np

from microgrid.formats.clock import timestamps
from microgrid.formats.clock.timestamps import Clock
from microgrid.formats.clock.which_clock import on_clock
from microgrid.formats.source import Source
from microgrid.formats.tables.table import zone_of
from microgrid.formats.tables.table_options import NotationOptions
from microgrid.formats.text.dialect import Grid
from microgrid.formats.vehicles.session_columns import Places
from microgrid.formats.zones.zone_words import stated_in
from microgrid.horizon import IntArray
from microgrid.parameters import offered_by

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_RFC_1123 = re.compile(
    rf"({'|'.join(_DAYS)}), ([0-9]{{1,2}} (?:{'|'.join(_MONTHS)}) [0-9]{{4}}) ([0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}) "
    r"(?:GMT|UTC|[+-]0000)(?![A-Za-z0-9])"
)
_FRACTION = r"(:[0-9]{2}:[0-9]{2})[.,][0-9]{1,9}"


def refuse_wrong_weekday(source: Source, text: str) -> None:
    """Raise an InputError for the first stamp of RFC 1123 whose date does not exist or has another weekday, if any."""
    for found in _RFC_1123.finditer(text):
        if _iso_day(found[1], found[2]) is None:
            line = text.count("\n", 0, found.start()) + 1
            expected = "an existing date with the right weekday"
            raise source.error(
                "a date that does not exist, or has another weekday", line=line, value=found[0], expected=expected
            )


def in_iso(text: str) -> tuple[str, int]:
    """Text with its stamps of RFC 1123 in ISO 8601, whose commas would separate fields, and the number of these."""
    return _RFC_1123.subn(_iso, text)


def _iso(found: re.Match[str]) -> str:
    """Stamp of RFC 1123 in ISO 8601; unchanged if its date does not exist or has another weekday."""
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


def times(source: Source, grid: Grid, places: Places, options: NotationOptions) -> tuple[IntArray, IntArray, str]:
    """Arrivals and departures [s since 1970, UTC], (n,) each, with one order of day and month; and both in words.

    Raises:
        InputError: stamps without a time, a text that is no stamp, or a clock that remains open.
    """
    import pyarrow as pa
    from pyarrow import compute as pc

    pair = [grid.cells[places.arrival], grid.cells[places.departure]]
    names = f"{grid.names[places.arrival]}, {grid.names[places.departure]}"
    whole = [pc.replace_substring_regex(cells, _FRACTION, r"\1") for cells in pair]
    cut = sum(int(pc.sum(pc.not_equal(a, b)).as_py()) for a, b in zip(pair, whole, strict=True))
    source.log.add(source.label, "time", "fractions of a second", cut, "cut off")
    for cells, place in zip(pair, (places.arrival, places.departure), strict=True):
        if not pc.any(pc.match_substring(cells, ":")).as_py():
            line = int(grid.line[0])
            remedy = "put date and time into one column"
            raise source.error(
                "dates without a time", line=line, field=grid.names[place], value=cells[0], remedy=remedy
            )
    cells = pa.concat_arrays(whole)
    lines = np.tile(grid.line, 2)
    clock = timestamps.parse(source, cells, lines, names, options.dates, None, offered_by(options))
    clock, zone, local = _on_clock(source, grid, places, clock, options)
    seconds = _instants(source, clock, names, zone, options)
    arrival, departure = np.split(seconds, 2)
    return arrival, departure, f"arrival and departure in {names}, {clock.form}, {local}"


def _on_clock(
    source: Source, grid: Grid, places: Places, clock: Clock, options: NotationOptions
) -> tuple[Clock, zoneinfo.ZoneInfo, str]:
    """Stamps on the clock that the names of both columns, a line above them or a column of zones state; its zone.

    Raises:
        InputError: a name that states a clock beside one that does not, statements that contradict each other.
    """
    import pyarrow as pa

    pair = (places.arrival, places.departure)
    stated = [stated_in(grid.names[place], "the name of a column") for place in pair]
    if not clock.aware and (stated[0] is None) != (stated[1] is None):
        value = " beside ".join(repr(grid.names[place]) for place in pair)
        expected = "both on one clock"
        remedy = "find out the clock of each column, and state it in both names"
        raise source.error("one of two names states a clock", line=grid.header or None, value=value,
                           expected=expected, remedy=remedy)  # fmt: skip
    both = replace(grid, cells=[pa.concat_arrays([cells, cells]) for cells in grid.cells], line=np.tile(grid.line, 2))
    option = None if options.timezone is None else zone_of(source, options.timezone)
    full = np.zeros(len(both.line), dtype=bool)
    return on_clock(source, both, pair, clock, option, zone_of(source, source.timezone), full, False)


def _instants(source: Source, clock: Clock, names: str, zone: zoneinfo.ZoneInfo, options: NotationOptions) -> IntArray:
    """Instants of stamps [s since 1970, UTC], (n,); in the doubled hour of autumn that of the option autumn_hour.

    Sessions overlap, so that the order of rows does not determine the pass of a doubled hour.

    Raises:
        InputError: a local time that does not exist, or one in the doubled hour without the option.
    """
    if clock.aware:
        return clock.seconds
    first, second = (timestamps.at_clock(clock.seconds, zone, summer, "NaT") for summer in (True, False))
    absent = first == np.iinfo(np.int64).min
    twice = first != second
    for wrong, what, remedy in (
        (
            absent,
            "a local time that does not exist",
            "correct the stamp; or, if the clock of the file never changes, state that clock by the option timezone",
        ),
        (
            twice & (options.autumn_hour is None),
            "a local time that occurs twice",
            "state the option autumn_hour: first or second",
        ),
    ):
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            value = f"{np.datetime64(int(clock.seconds[row]), 's')} in {zone.key}"
            raise source.error(what, line=int(clock.line[row]), field=names, value=value, remedy=remedy)
    detail = f"taken as the {options.autumn_hour} of two"
    source.log.add(source.label, "time", "doubled hour", int(twice.sum()), detail)
    return second if options.autumn_hour == "second" else first
