"""Tables of charging sessions of electric vehicles, such as exports of ACN-Data: a row for each stay of a car."""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from microgrid import units
from microgrid.formats.clock import timestamps
from microgrid.formats.format import Format
from microgrid.formats.source import Source
from microgrid.formats.tables.table import named, numbers_of, zone_of
from microgrid.formats.tables.table_options import NotationOptions, Text
from microgrid.formats.text import dialect
from microgrid.formats.text.dialect import Grid, LayoutOptions
from microgrid.formats.text.encodings import decoded
from microgrid.formats.timed_table import Table
from microgrid.formats.vehicles import session_columns, session_timestamps
from microgrid.formats.vehicles.session_charging import MOST_KW, Faulty, Overlaps, Sessions, on_steps, sound
from microgrid.formats.vehicles.session_columns import Places
from microgrid.horizon import FloatArray, IntArray
from microgrid.units import Duration

_PARTS = ("arrival", "departure", "energy", "power")
_MOST_STEPS = 5_000_000
_LONGEST_GAP_S = 1000 * timestamps.DAY


class Options(NotationOptions):
    """Options of a table of charging sessions."""

    power: Text | None = Field(
        None, description="Power limit of cars without one in the file, such as 7.4 kW; or the column of limits."
    )
    step_hours: Duration = Field(0.25, description="Length of the steps, a divisor of an hour; 15 min by default.")
    arrival: Text | None = Field(None, description="Column of arrivals.")
    departure: Text | None = Field(None, description="Column of departures.")
    energy: Text | None = Field(None, description="Column of the energy charged.")
    energy_unit: Literal["Wh", "kWh", "MWh"] | None = Field(None, description="If the name of the column states none.")
    power_unit: Literal["W", "kW", "MW"] | None = Field(None, description="If the name of the column states none.")
    start: date | None = Field(None, description="First day that the file covers.")
    end: date | None = Field(None, description="Day after the last that the file covers.")
    faulty: Faulty = Field("refuse", description="Impossible sessions: refuse or leave_out.")
    overlaps: Overlaps = Field("refuse", description="Overlapping sessions at one station: refuse, leave_out or keep.")


def recognises(head: str) -> bool:
    """Whether a line has names of arrival, departure and energy of sessions, and not of the intervals of a meter."""
    return session_columns.header_line(head) is not None


def read(source: Source, options: Options) -> Table:
    """Charging power of all cars in equal steps; see ``session_charging.on_steps`` for the equations.

    Columns: charging_kw (as soon as possible), latest_kw (as late as possible), charging_max_kw (sum of the limits of
    connected cars) [kW], connected_count (number of connected cars).

    Raises:
        InputError: an error in the file, with its line, or an option that is required.
    """
    step = _step_seconds(source, options)
    grid = _grid(source, options)
    stated, limit_kw = _stated_columns(source, grid, options)
    places = session_columns.places(source, grid, stated)
    if places.power is None and limit_kw is None:
        remedy = "state the option power: a limit such as 7.4 kW, or the name of its column"
        expected = "a column of power limits, such as max_power_kw"
        raise source.error("no power limit of the cars", line=grid.header or None, expected=expected, remedy=remedy)
    grid = _complete(source, grid, places, limit_kw, options)
    sessions, notes = _sessions(source, grid, places, limit_kw, options)
    sessions = sound(source, sessions, options.faulty, options.overlaps)
    begin, count = _axis(source, sessions, options, step)
    notes = [*grid.notes, *notes, f"no cars between the sessions, in whole days of {source.timezone}"]
    source.log.add(source.label, "time", "read as", len(grid.line), "; ".join(notes))
    frame = pd.DataFrame(on_steps(source, sessions, begin, count, step))
    points = begin + step * np.arange(count + 1)
    lines = np.zeros(count, dtype=np.int64)
    return Table(source.name, source.label, frame, points, lines, sessions)


def _step_seconds(source: Source, options: Options) -> int:
    seconds = round(min(options.step_hours, 24) * 3600)
    if seconds < 60 or 3600 % seconds or abs(seconds - options.step_hours * 3600) > 1e-6:
        expected = "a divisor of an hour: 1, 5, 15, 30 or 60 min"
        raise source.error("an impossible step", field="format.step", expected=expected)
    return seconds


def _grid(source: Source, options: Options) -> Grid:
    """Cells of the file, with stamps of RFC 1123 in ISO 8601."""
    content = source.content()
    if content[:2] in (b"PK", b"\x1f\x8b"):
        raise source.error("a workbook or a compressed file", remedy="save the sheet as CSV, or unpack the file")
    text, encoding = decoded(source, content, options.encoding)
    session_timestamps.refuse_wrong_weekday(source, text)
    text, count = session_timestamps.in_iso(text)
    header = session_columns.header_line(text) if options.header is None else options.header
    separator = "\t" if options.separator == "tab" else options.separator
    grid = dialect.read_text(source, text, separator, LayoutOptions(header, options.skip_footer, True), options.decimal)
    return replace(grid, notes=(f"encoding {encoding}", *grid.notes, *(["stamps of RFC 1123"] if count else [])))


def _stated_columns(source: Source, grid: Grid, options: Options) -> tuple[dict[str, int], float | None]:
    """Places of the columns that options name, by part, and the power limit for all cars [kW], None without one.

    Raises:
        InputError: an unknown column, or a power that is no limit of a car.
    """
    texts = {key: text for key in _PARTS if (text := getattr(options, key)) is not None}
    limit_kw = None
    if "power" in texts and texts["power"] not in grid.names and re.match(r"\s*[-+.0-9]", texts["power"]):
        text = texts.pop("power")
        try:
            limit_kw = units.parse(text, "kW")
        except ValueError as error:
            expected = "a power such as 7.4 kW, or the name of a column"
            raise source.error(str(error), field="format.power", value=text, expected=expected) from None
        if not 0 < limit_kw <= MOST_KW:
            expected = f"more than 0, up to {MOST_KW:,.0f} kW"
            raise source.error("an impossible power limit", field="format.power", value=text, expected=expected)
    return {key: named(source, grid, key, text) for key, text in texts.items()}, limit_kw


def _complete(source: Source, grid: Grid, places: Places, limit_kw: float | None, options: Options) -> Grid:
    """Rows with an arrival, a departure, an energy and a power limit.

    Raises:
        InputError: an incomplete row, unless the option ``faulty`` leaves it out; no complete row.
    """
    total = len(grid.line)
    for part in _PARTS if limit_kw is None else _PARTS[:3]:
        place = getattr(places, part)
        gone = np.isin(np.asarray(grid.cells[place].to_pylist(), dtype=object), ["", *options.missing])
        if gone.any() and options.faulty == "refuse":
            line = int(grid.line[np.flatnonzero(gone)[0]])
            remedy = "complete it, or state the option 'faulty: leave_out'"
            what = f"a session without its {part}, one of {int(gone.sum()):,}"
            raise source.error(what, line=line, field=grid.names[place], value="empty", remedy=remedy)
        source.log.add(source.label, grid.names[place], "empty", int(gone.sum()), f"no {part}: left out", of=total)
        grid = grid.rows(np.flatnonzero(~gone))
    if not len(grid.line):
        raise source.error("no complete session", expected="an arrival, a departure, an energy and a power limit")
    return grid


def _sessions(
    source: Source, grid: Grid, places: Places, limit_kw: float | None, options: Options
) -> tuple[Sessions, list[str]]:
    """Sessions of complete rows, and the way in which they were read, in words for the log."""
    energy_kwh, power_kw, notes = _amounts(source, grid, places, options)
    usual_kw = np.nan if limit_kw is None else limit_kw
    if power_kw is None:
        power_kw = np.full(len(grid.line), usual_kw)
        notes.append(f"power limit {usual_kw:g} kW for all cars")
    lacking = np.isnan(power_kw)
    detail = f"no limit in the file: {usual_kw:g} kW, the option power"
    source.log.add(source.label, "power", "filled", int(lacking.sum()), detail, of=len(lacking))
    power_kw = np.where(lacking, usual_kw, power_kw)
    arrival, departure, time_note = session_timestamps.times(source, grid, places, options)
    identity = _codes(grid, () if places.identity is None else (places.identity,))
    station = _codes(grid, places.station)
    sessions = Sessions(arrival, departure, energy_kwh, power_kw, grid.line, identity, station)
    return sessions, [time_note, *filter(None, notes)]


def _amounts(
    source: Source, grid: Grid, places: Places, options: Options
) -> tuple[FloatArray, FloatArray | None, list[str]]:
    """Energies [kWh] and power limits [kW], (n,) each, NaN for empty cells, with the decimal sign of both together.

    The limits are None without a column of them; the last item describes the columns in words for the log.
    """
    from pyarrow import compute as pc

    columns = [(places.energy, "energy", "Wh"), *([] if places.power is None else [(places.power, "power", "W")])]
    found = [_unit(source, grid, place, part, ending, options) for place, part, ending in columns]
    cells = [grid.cells[place] for place, _, _ in columns]
    commas = any(pc.any(pc.match_substring(column, ",")).as_py() for column in cells)
    if grid.names[places.energy] == "kWhDelivered" and not commas:
        options = options.model_copy(update={"decimal": options.decimal or "."})  # 7.932 of ACN-Data is a fraction
    numbers, decimal = numbers_of(source, grid, [place for place, _, _ in columns], options)
    amounts = [column * session_columns.to_kilo(unit) for column, unit in zip(numbers, found, strict=True)]
    notes = [f"{part} in {grid.names[at]!r} [{unit}]" for (at, part, _), unit in zip(columns, found, strict=True)]
    return amounts[0], amounts[1] if len(amounts) > 1 else None, [*notes, decimal]


def _unit(source: Source, grid: Grid, place: int, part: str, ending: str, options: Options) -> str:
    """Unit of a column of energies or powers; an InputError if neither its name nor an option states it."""
    name = grid.names[place]
    unit: str | None = getattr(options, f"{part}_unit") or session_columns.unit_in(name)
    if unit is None or not unit.endswith(ending):
        what = f"no unit of {part} in the name of its column"
        remedy = f"state the option '{part}_unit: k{ending}', or another column by the option {part}"
        raise source.error(what, line=grid.header or None, field=name, remedy=remedy)
    return unit


def _codes(grid: Grid, columns: tuple[int, ...]) -> IntArray:
    """Number of the name that the cells of some columns form together, (n,), -1 where the first is empty."""
    if not columns:
        return np.full(len(grid.line), -1)
    texts = [grid.cells[place].to_pylist() for place in columns]
    joined = np.array(["\t".join(row) if row[0] else None for row in zip(*texts, strict=True)], dtype=object)
    return np.asarray(pd.factorize(joined)[0], dtype=np.int64)


def _axis(source: Source, sessions: Sessions, options: Options, step: int) -> tuple[int, int]:
    """Begin of the first step [s since 1970, UTC] and number of steps, for whole local days around all sessions.

    Raises:
        InputError: a very long time without sessions, days of the options without all sessions, or too many steps.
    """
    zone = zone_of(source, source.timezone)
    order = np.argsort(sessions.arrival, kind="stable")
    begin = sessions.arrival[order]
    end = np.maximum.accumulate(sessions.departure[order])
    gap = begin[1:] - end[:-1]
    if len(gap) and gap.max() > _LONGEST_GAP_S:
        row = int(order[int(np.argmax(gap)) + 1])
        value = f"{gap.max() // timestamps.DAY:,} days"
        expected = f"up to {_LONGEST_GAP_S // timestamps.DAY:,} days"
        line = int(sessions.line[row])
        raise source.error("an impossibly long time without sessions", line=line, value=value, expected=expected)
    come, leave = (_local_day(second, zone) for second in (begin[0], max(begin[0], end[-1] - 1)))
    for key, day in (("start", options.start), ("end", options.end)):
        if day and not 1900 <= day.year <= 2200:
            raise source.error("an impossible day", field=f"format.{key}", value=day, expected="1900 to 2200")
    first, last = options.start or come, options.end or leave + timedelta(days=1)
    if first > come or last <= leave:
        key, day = ("start", first) if first > come else ("end", last)
        expected = f"days that cover all sessions, {come} to {leave}"
        raise source.error(
            "sessions outside the days that the options start and end state",
            field=f"format.{key}",
            value=day,
            expected=expected,
        )
    edges = np.array([first, last], dtype="datetime64[s]").astype(np.int64)
    low, high = timestamps.at_clock(edges, zone, first=True).tolist()
    count = -(-(high - low) // step)
    if count > _MOST_STEPS:
        raise source.error("too many steps", field="format.step", value=f"{count:,}", expected=f"up to {_MOST_STEPS:,}")
    return low, count


def _local_day(second: int, zone: zoneinfo.ZoneInfo) -> date:
    """Day in a zone that contains an instant [s since 1970, UTC]."""
    return datetime.fromtimestamp(int(second), zone).date()


FORMAT = Format("Charging sessions of electric vehicles (such as ACN-Data)", recognises, read, Options)
