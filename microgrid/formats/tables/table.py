"""Any table with stamps and values: text with separators, a sheet of Excel, Parquet.

Its layout is detected from the whole file and logged; anything that the file leaves open requires an option. Nothing is
guessed.
"""

from __future__ import annotations

import zoneinfo
from dataclasses import replace
from typing import Any

import numpy as np

from microgrid.errors import nearest
from microgrid.formats.clock import numbered_hours, timestamps, which_clock
from microgrid.formats.clock.interval_ends import named_side, side_of
from microgrid.formats.clock.local_intervals import LocalStamps
from microgrid.formats.clock.midnight import at_end_of_day
from microgrid.formats.clock.timestamp_columns import kind_of
from microgrid.formats.clock.timestamps import Clock
from microgrid.formats.format import Format
from microgrid.formats.intervals import Recorded
from microgrid.formats.meters.enedis_lines import refuse_flux
from microgrid.formats.source import Source
from microgrid.formats.tables import reshape
from microgrid.formats.tables.register_table import of_registers
from microgrid.formats.tables.shaped import shaped
from microgrid.formats.tables.table_options import NotationOptions, Options
from microgrid.formats.tables.table_signs import HEAD_BYTES, OLE, recognises
from microgrid.formats.text import date_parts, dialect
from microgrid.formats.text.dialect import Grid, LayoutOptions
from microgrid.formats.text.encodings import decoded
from microgrid.formats.text.stated_units import units_beside
from microgrid.formats.text.workbook import read_parquet, read_workbook
from microgrid.formats.timed_table import Side, Table
from microgrid.formats.zones import stated_zones
from microgrid.horizon import FloatArray
from microgrid.parameters import offered_by

_OFFERS = offered_by(Options)


def read(source: Source, options: Options) -> Table:
    """Read the table, each row once and in order.

    Raises:
        InputError: an error in the file, with its line, or an option that is required.
    """
    option = zone_of(source, options.timezone) if options.timezone else None
    site = zone_of(source, source.timezone)
    step = _step_seconds(source, options)
    grid, daily = shaped(source, _grid(source, options), options.dates, options.form)
    if options.start is not None:
        return _from_start(source, grid, options, option or site, step or 0)
    time, others = _time(source, grid, options)
    labels = reshape.labels_of(source, grid, options.form == "wide") if daily else None
    point_options = (options.point_column, options.form == "long", options.registers)
    grid, point, parts = reshape.of_point(source, grid, time, options.point, *point_options)
    field = grid.names[time[-1]] or "time"
    numbered = len(time) == 2 and numbered_hours.are_numbers(grid.cells[time[1]])
    texts = grid.cells[time[0]] if numbered else _joined(grid, time)
    clock = timestamps.parse(source, texts, grid.line, field, options.dates, grid.epoch, _OFFERS)
    if labels is None:
        clock = clock if numbered else at_end_of_day(source, clock, options.stamps, field)
        places = _values(source, grid, [*time, *others, *([] if point is None else [point])])
        found, decimal = numbers_of(source, grid, places, options)
        values = {grid.names[place]: numbers for place, numbers in zip(places, found, strict=True)}
        ahead = which_clock.ahead_as_stated(grid, time, clock)
        side, why = side_of(source, [grid.names[place] for place in time], clock, options.stamps, ahead)
    else:
        clock, values, decimal = _unfolded(source, grid, clock, labels, options)
        side = options.stamps or ("end" if clock.to_midnight else "begin")
        why = "the option stamps" if options.stamps else "the names of the columns state it"
    empty = np.all([np.isnan(numbers) for numbers in values.values()], axis=0)
    if numbered:
        zone, local = which_clock.on_days(source, grid, time, option, site)
        clock = numbered_hours.clock_of(source, grid, clock, time[1], zone, options.stamps, step)
        side = "begin"
        why = "numbered within the day"
    else:
        clock, zone, local = which_clock.on_clock(
            source, grid, time, clock, option, site, empty, days=labels is not None
        )
    axis = LocalStamps(source, clock, zone, options.autumn_hour, options.spring_hour, empty, _OFFERS)
    notes = [decimal, f"stamps in {field!r}", clock.form, f"at the {side} of the interval ({why})", local]
    if point is not None and parts is not None:
        _log(source, grid, notes)
        return of_registers(source, grid, point, parts, values, axis, side, step)
    shape = "one row a day" if labels else "rows of one point" if point is not None else "one row an interval"
    return _recorded(source, grid, values, axis, side, step, [*notes, shape])


def _unfolded(
    source: Source, grid: Grid, days: Clock, labels: reshape.Labels, options: Options
) -> tuple[Clock, dict[str, FloatArray], str]:
    """Stamps and values of the cells of a table with a row for each day, and its decimal sign in words."""
    found, decimal = numbers_of(source, grid, labels.places.tolist(), options)
    clock, cells = reshape.unfolded(source, days, labels, found)
    return clock, {"value": cells}, decimal


def _recorded(
    source: Source,
    grid: Grid,
    values: dict[str, FloatArray],
    axis: LocalStamps,
    side: Side,
    step: int | None,
    notes: list[str],
) -> Table:
    """Table of the rows on the axis of time; notes: how the file was read, in words for the log."""
    begin, end, rows = axis.axis(side, step, longer=True)
    _log(source, grid, [*notes, f"steps of {(end - begin).min() / 60:g} min" if len(begin) else ""])
    chosen = {name: numbers[rows] for name, numbers in values.items()}
    column_units = units_beside(source, grid, chosen)
    return Recorded(begin, end, chosen, axis.clock.line[rows], side, column_units).table(source)


def zone_of(source: Source, name: str) -> zoneinfo.ZoneInfo:
    """Time zone of a name; an InputError for an unknown one."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        expected = "a name such as Europe/Paris, UTC, or Etc/GMT-1 for one hour before UTC all year"
        raise source.error("no such time zone", field="format.timezone", value=name, expected=expected) from None


def _grid(source: Source, options: Options) -> Grid:
    """Cells of the file: of a sheet, of Parquet or of text."""
    content = source.content()
    layout = LayoutOptions(options.header, options.skip_footer, options.start is None)
    if content.startswith(OLE.encode("latin-1")):
        raise source.error("an Excel file of the old format (.xls)", remedy="save it as .xlsx or as CSV")
    if content.startswith(b"PK\x03\x04"):
        sheet = read_workbook(source, content, options.sheet, layout, options.decimal, options.thousands)
        return refuse_flux(source, sheet)
    if content.startswith(b"PAR1"):
        return read_parquet(source, content, options.decimal, options.thousands)
    if content.startswith(b"\x1f\x8b"):
        raise source.error("a compressed file", remedy="unpack it first")
    text, encoding = decoded(source, content, options.encoding)
    separator = "\t" if options.separator == "tab" else options.separator
    text, dates = date_parts.joined(text, separator) if layout.stamps else (text, "")
    grid = dialect.read_text(source, text, separator, layout, options.decimal)
    return replace(grid, notes=(f"encoding {encoding}", *filter(None, [dates]), *grid.notes))


def _step_seconds(source: Source, options: Options) -> int | None:
    if options.step_hours is None:
        if options.start is not None:
            raise source.error(
                "the option start without the option step",
                field="format.step",
                remedy="state the option step, such as 15 min",
            )
        return None
    seconds = round(min(options.step_hours, 1e6) * 3600)
    if not 1 <= seconds <= 366 * timestamps.DAY or abs(seconds - options.step_hours * 3600) > 1e-6:
        raise source.error("an impossible step", field="format.step", expected="whole seconds, up to a year")
    return seconds


def _from_start(source: Source, grid: Grid, options: Options, zone: zoneinfo.ZoneInfo, step: int) -> Table:
    """Table of values without stamps, in steps [s] from the option ``start`` on."""
    import pyarrow as pa

    start = timestamps.parse(
        source, pa.array([options.start]), np.zeros(1, dtype=np.int64), "format.start", "iso", None, _OFFERS
    )
    axis = LocalStamps(source, start, zone, options.autumn_hour, None, np.zeros(1, dtype=bool), _OFFERS)
    places = _values(source, grid, [])
    found, decimal = numbers_of(source, grid, places, options)
    begin = axis.axis("begin", step)[0][0] + np.arange(len(grid.line)) * step
    _log(source, grid, [decimal, f"stamps from {options.start} on in steps of {step / 60:g} min, {zone.key}"])
    values = {grid.names[place]: numbers for place, numbers in zip(places, found, strict=True)}
    column_units = units_beside(source, grid, values)
    return Recorded(begin, begin + step, values, grid.line, units=column_units).table(source)


def _log(source: Source, grid: Grid, notes: list[str]) -> None:
    source.log.add(source.label, "time", "read as", len(grid.line), "; ".join([*grid.notes, *filter(None, notes)]))


def _time(source: Source, grid: Grid, options: Options) -> tuple[list[int], list[int]]:
    """Places of the column of stamps, or of dates and of times; and of all columns of stamps, times or zones.

    Raises:
        InputError: no such column, or several without an option that names one.
    """
    kinds = [kind_of(cells, grid.epoch) for cells in grid.cells]
    stamped, dates, clocks = ([n for n, kind in enumerate(kinds) if kind == k] for k in ("stamp", "date", "clock"))
    like_stamps = [*stamped, *dates, *clocks, *stated_zones.places(grid.names, grid.cells)]
    stated = {
        key: named(source, grid, key, name) for key, name in (("date", options.date), ("time", options.time)) if name
    }
    if len(stated) == 2:
        return [stated["date"], stated["time"]], like_stamps
    if stated.get("time") in clocks or (
        "time" in stated and numbered_hours.are_numbers(grid.cells[stated["time"]]) and dates
    ):
        return [_pick(source, grid, dates, "date"), stated["time"]], like_stamps
    if "time" in stated:
        return [stated["time"]], like_stamps
    if stamped and "date" not in stated and not clocks and numbered_hours.at_midnight(grid, stamped[0]):
        dates = [stamped[0]]
        stamped = []
    if stamped and "date" not in stated:
        return [_pick(source, grid, stamped, "time")], like_stamps
    if dates or "date" in stated:
        date = stated["date"] if "date" in stated else _pick(source, grid, dates, "date")
        hours = None if clocks else numbered_hours.column_of(grid, date)
        times = [_pick(source, grid, clocks, "time")] if clocks else [] if hours is None else [hours]
        return [date, *times], like_stamps
    if kinds[0] == "serial":
        return [0], like_stamps
    raise source.error("no column of stamps", line=grid.header or None, remedy="state the options time and dates")


def named(source: Source, grid: Grid, key: str, name: str) -> int:
    """Place of the column that the option ``key`` names; an InputError for an unknown name."""
    if name not in grid.names:
        near = nearest(name, grid.names)
        remedy = f"did you mean {near!r}?" if near else "name a column of this file"
        raise source.error(f"no column {name!r}", line=grid.header or None, field=f"format.{key}", remedy=remedy)
    return grid.names.index(name)


def _pick(source: Source, grid: Grid, places: list[int], key: str) -> int:
    """Place of the column of stamps among several: the one whose stamps change, or of these the one of begins."""
    moving = [place for place in places if len(grid.cells[place].unique()) > 1] or places
    ends_only = all(named_side(grid.names[place]) == "end" for place in moving)  # a column of begins may be constant
    begins = [place for place in (places if ends_only else moving) if named_side(grid.names[place]) == "begin"]
    chosen = begins if len(begins) == 1 else moving
    if len(chosen) != 1:
        shown = ", ".join(grid.names[place] for place in chosen) or None
        wrong = "several columns of stamps" if chosen else f"no column for the {key}"
        raise source.error(wrong, line=grid.header or None, value=shown, remedy=f"state the option {key}")
    return chosen[0]


def _joined(grid: Grid, time: list[int]) -> Any:
    """Stamps of one column, or of dates and times joined by a blank."""
    if len(time) == 1:
        return grid.cells[time[0]]
    from pyarrow import compute as pc

    return pc.utf8_trim_whitespace(pc.binary_join_element_wise(*(grid.cells[place] for place in time), " "))


def _values(source: Source, grid: Grid, used: list[int]) -> list[int]:
    """Places of the columns of numbers, without those in ``used``; columns of text are left out and logged."""
    places = [place for place in range(len(grid.names)) if place not in used]
    for place in [place for place in places if reshape.is_text(grid.cells[place])]:
        places.remove(place)
        source.log.add(source.label, grid.names[place], "text", len(grid.line), "left out: a column without any number")
    if not places:
        raise source.error("no column of numbers", line=grid.header or None)
    unnamed = [place for place in places if not grid.names[place]]
    if unnamed:
        raise source.error("a column without a name", line=grid.header or None, value=f"column {unnamed[0] + 1}")
    return places


def numbers_of(source: Source, grid: Grid, places: list[int], options: NotationOptions) -> tuple[list[FloatArray], str]:
    """Columns as numbers, (rows,) each, and their decimal sign in words, "" where it was known beforehand."""
    texts = {f"{grid.names[place]}": grid.cells[place] for place in places}
    thousands = options.thousands
    decimal = grid.decimal or options.decimal or reshape.decimal_of(source, texts, grid.line, thousands)
    if decimal == thousands:
        raise source.error("one sign for decimals and thousands", field="format.thousands", value=thousands)
    found = []
    for place in places:
        name = grid.names[place]
        cells = grid.cells[place]
        numbers, gone = reshape.numbers(source, cells, name, grid.line, decimal, thousands, options.missing)
        source.log.add(source.label, name, "missing", gone, f"{', '.join(options.missing)} made empty")
        found.append(numbers)
    return found, "" if grid.decimal else f"decimal sign {decimal!r}"


FORMAT = Format(
    "A table with stamps and values (CSV, Excel, Parquet)", recognises, read, Options, HEAD_BYTES, general=True
)
