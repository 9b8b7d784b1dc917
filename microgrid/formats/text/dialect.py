"""Text as a table: its separator, its header, its units and its data."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from microgrid.formats.source import Source
from microgrid.formats.text.header_lines import filled_cells, is_comment, is_labelled, is_units
from microgrid.formats.text.notation import CLOCK, COMPACT, NUMBER, SERIAL, STAMP, interval_numbers
from microgrid.horizon import IntArray

SEPARATORS = {";": "semicolon", "\t": "tab", ",": "comma", "|": "bar"}
_HEAD_LINES = 1000
_COMMENTS = ("#", "%", "//", "!")
_MOST_BEFORE_STAMPS = 100
_MOST_FIELDS = 20_000


@dataclass(frozen=True)
class Grid:
    """Cells of a table as text without spaces around it.

    names: names of the columns; cells: cells of each, a pyarrow array of strings, (n,); line: line of each row in the
    file, (n,); header: line of the names, 0 if there is none; notes: what was detected, in words for the log; decimal:
    decimal sign, None if it is unknown; epoch: day 0 of serial numbers that are stamps [days since 1970], None if no
    number is one; above: number and text of the lines above the header; units: texts below the names, empty if the file
    has no line of units.
    """

    names: list[str]
    cells: list[Any]
    line: IntArray
    header: int
    notes: tuple[str, ...] = ()
    decimal: str | None = None
    epoch: int | None = None
    above: tuple[tuple[int, str], ...] = ()
    units: tuple[str, ...] = ()

    def rows(self, chosen: IntArray) -> Grid:
        """Grid of selected rows."""
        return replace(self, cells=[cells.take(chosen) for cells in self.cells], line=self.line[chosen])


@dataclass(frozen=True)
class LayoutOptions:
    """Statements of the user about a text.

    header: line of the names, 0 for none, None if not stated; skip_footer: number of lines left out at the end; stamps:
    whether rows have stamps; epoch: day 0 of serial numbers that are stamps [days since 1970], None if no number is.
    """

    header: int | None
    skip_footer: int
    stamps: bool
    epoch: int | None = None


def read_text(source: Source, text: str, separator: str | None, options: LayoutOptions, decimal: str | None) -> Grid:
    """Read the table in a text.

    separator, decimal: signs that the user states, None to detect them.

    Raises:
        InputError: no separator or header is recognised, or a row has another length than the header.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    head = lines[: head_length(lines, options.header)]
    sign = separator or (_separator(source, head) if options.stamps else _array_separator(source, head, decimal))
    first = layout(source, [split(line, sign) for line in head], options)[2]
    rows: list[list[str]] = [split(line, sign) for line in lines[:first]]
    reader = csv.reader(lines[first:], delimiter=sign, strict=True)
    try:
        for number, row in enumerate(reader, start=1):
            if reader.line_num != number:
                raise source.error("a quoted field does not end in its line", line=first + number)
            rows.append(row)
    except csv.Error as error:
        raise source.error("not a readable line", line=len(rows) + 1, value=error) from None
    grid = grid_of(source, rows, options, sign == "," and options.stamps)
    return replace(grid, notes=(f"separator {SEPARATORS[sign]}", *grid.notes))


def head_length(lines: Iterable[str], header: int | None = None) -> int:
    """Number of lines from which the layout of a table is recognised: up to a fixed count of lines from its header on.

    Comments and blank lines are not counted. header: line of the names, if the user states it.
    """
    count = number = 0
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        count += bool(text) and not text.startswith(_COMMENTS) and number >= (header or 0)
        if count >= _HEAD_LINES:
            break
    return number


def split(line: str, separator: str) -> list[str]:
    """Split a line into fields; a line that the csv reader refuses is one field."""
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return [line]


def _separator(source: Source, head: Sequence[str]) -> str:
    """Separator that makes a stamp a field of its own in most lines; an InputError for none or two likely ones."""
    counts = stamped_lines(head)
    (best, most), (second, some) = counts.most_common(2)
    if not most:
        line = next(number for number, line in enumerate(head, start=1) if line.strip() or number == len(head))
        raise source.error(
            "no line with a stamp and a value",
            line=line,
            value=head[line - 1],
            expected="values beside stamps such as 2018-12-31 23:45, 31.12.2018 23:45, 12/31/2018 11:45 PM, 2018123123",
            remedy="state the separator, the line of the header, or start and step if the file holds values only",
        )
    if some * 2 >= most:
        both = f"{SEPARATORS[best]} and {SEPARATORS[second]}"
        raise source.error("two signs may be the separator", value=both, remedy="state the option separator")
    return best


def _array_separator(source: Source, head: Sequence[str], decimal: str | None) -> str:
    """Separator of a file of numbers only, by which all fields are numbers; an InputError for none or several."""
    lines = [line for line in head if line.strip()]
    fits: list[str] = []
    for sign in SEPARATORS:
        rows = [split(line, sign) for line in lines]
        wrong = [not _numeric(row, decimal) for row in rows]
        if not any(wrong[len(wrong) // 2 :]) and (sign == ";" or any(len(row) > 1 for row in rows[len(rows) // 2 :])):
            fits.append(sign)
    if len(fits) != 1:
        raise source.error(
            "the separator is unclear" if fits else "not a table of numbers",
            value=lines[-1],
            remedy="state the options separator and decimal",
        )
    return fits[0]


def _numeric(row: Sequence[str], decimal: str | None) -> bool:
    sign = re.escape(decimal) if decimal else "[.,]"
    number = re.compile(NUMBER.replace(r"\.", sign), re.ASCII)
    return any(field.strip() for field in row) and all(not f.strip() or number.fullmatch(f.strip()) for f in row)


def stamped_lines(head: Sequence[str]) -> Counter[str]:
    """Number of lines with a stamp as a field, by separator; less usual stamps count only if there are no others."""
    for compact in (False, True):
        found = {sign: [place_of_stamp(split(line, sign), None, compact) for line in head] for sign in SEPARATORS}
        counts = Counter({sign: sum(place is not None for place in places) for sign, places in found.items()})
        if counts.total():
            break
    return counts


def place_of_stamp(row: Sequence[str], epoch: int | None = None, compact: bool = False) -> int | None:
    """Place of the first stamp in a row of at least two fields, None without; compact: whether in a less usual form."""
    if len(row) < 2:
        return None
    pattern = COMPACT if compact else STAMP
    for place, field in enumerate(row[:_MOST_BEFORE_STAMPS]):
        if pattern.fullmatch(field.strip()) or (place == 0 and epoch is not None and SERIAL.fullmatch(field.strip())):
            return place
    return None


def layout(source: Source, head: Sequence[Sequence[str]], options: LayoutOptions) -> tuple[int, int, int]:
    """Lines of the header and of the units, from 1, 0 if there is none, and the number of lines before the data.

    Raises:
        InputError: no row of data, or a line above the data that cannot be a header.
    """
    filled = [number for number, row in enumerate(head, start=1) if any(field.strip() for field in row)]
    places = {number: place_of_stamp(head[number - 1], options.epoch) for number in filled}
    if not any(place is not None for place in places.values()):
        places = {number: place_of_stamp(head[number - 1], options.epoch, True) for number in filled}
    time = Counter(place for place in places.values() if place is not None).most_common(1)
    stamp = time[0][0] if options.stamps and time else -1
    if options.header is not None:
        below = [number for number in filled if number > options.header]
        with_units = len(below) > 1 and options.header and is_units(head[below[0] - 1], head[options.header - 1], stamp)
        units = below.pop(0) if with_units else 0
        return options.header, units, (below[0] if below else len(head) + 1) - 1
    begins = [n for n in filled if (places[n] == stamp if options.stamps else _numeric(head[n - 1], None))]
    begins = begins[_preamble(head, filled, begins) :]
    if not begins or (options.stamps and not time):
        raise source.error("no row with a stamp and a value", remedy="state the options header, time and dates")
    above = [number for number in filled if number < begins[0]]
    above = [number for number in above if not is_comment(head[number - 1])] or above
    units = above.pop() if len(above) > 1 and is_units(head[above[-1] - 1], head[above[-2] - 1], stamp) else 0
    if above:
        _check_header(source, head[above[-1] - 1], above[-1], stamp)
    return above[-1] if above else 0, units, begins[0] - 1


def _preamble(head: Sequence[Sequence[str]], filled: Sequence[int], begins: Sequence[int]) -> int:
    """Number of rows with a stamp that belong to a preamble: a name with a date beside it, above a later header."""
    last = 0
    for place, number in enumerate(begins[:-1], start=1):
        if not is_labelled(head[number - 1]):
            break
        between = (head[n - 1] for n in filled if number < n < begins[place])
        if any(is_labelled(row) and len(filled_cells(row)) > 1 for row in between):
            last = place
    return last


def _check_header(source: Source, row: Sequence[str], line: int, time: int) -> None:
    """Raise an InputError if a row cannot be a header, so that no unreadable row of data passes for one."""
    names = [field.strip() for place, field in enumerate(row) if place != time]
    if time >= 0 and not any(names):
        wrong, value = "no line with the names of columns above the data", ",".join(row)
    elif 0 <= time < len(row) and row[time].strip()[:1].isdigit() and not CLOCK.fullmatch(row[time].strip()):
        wrong, value = "not a time stamp", row[time]
    elif not interval_numbers(names) and any(
        re.fullmatch(NUMBER.replace(r"\.", "[.,]"), name, re.ASCII) for name in names
    ):
        wrong, value = "a number where the name of a column should be", ",".join(row)
    else:
        return
    raise source.error(wrong, line=line, value=value, remedy="state the option header, 0 if there are no names")


def grid_of(source: Source, rows: list[list[str]], options: LayoutOptions, commas: bool = False) -> Grid:
    """Grid of rows of fields, from line 1 on; an InputError as for ``read_text``; commas: whether they separate."""
    header, units, before = layout(
        source, rows[: head_length((next(iter(row), "") for row in rows), options.header)], options
    )
    kept = [number for number, row in enumerate(rows[before:], start=before) if any(map(str.strip, row))]
    source.log.add(source.label, "time", "footer", min(options.skip_footer, len(kept)), "lines at the end left out")
    kept = kept[: max(len(kept) - options.skip_footer, 0)]
    if not kept:
        raise source.error("no rows of data", line=min(before, len(rows)) or None)
    width = max(len(rows[number]) for number in kept)
    if width > _MOST_FIELDS:
        raise source.error("too many fields in a row", value=width, expected=f"up to {_MOST_FIELDS:,}")
    names = [" ".join(field.split()) for field in rows[header - 1]] if header else []
    if not header:
        names = [f"column_{place}" for place in range(1, width + 1)]
    least = max((place for place, name in enumerate(names, start=1) if name), default=0)
    for number in kept:
        row = rows[number]
        if len(row) < least or (len(row) > len(names) and any(map(str.strip, row[len(names) :]))):
            _refuse_width(source, row, number + 1, least, commas and len(row) > least)
    width = max(width, len(names))
    full = [row + [""] * (width - len(row)) if len(row) < width else row for row in map(rows.__getitem__, kept)]
    notes = [f"header in line {header}" if header else "no header"]
    notes += [f"units in line {units}: {' '.join(' '.join(rows[units - 1]).split())}"] if units else []
    lines = enumerate(rows[: (header or before + 1) - 1], start=1)
    above = tuple((line, " ".join(row)) for line, row in lines if any(map(str.strip, row)))
    notes += [f"{len(above)} line(s) above it left out"] if above else []
    grid = _named(source, names, full, np.array(kept, dtype=np.int64) + 1, header, tuple(notes))
    below = dict(zip(names, rows[units - 1], strict=False)) if units else {}
    return replace(grid, above=above, units=tuple(below.get(name, "").strip() for name in grid.names) if units else ())


def _refuse_width(source: Source, row: Sequence[str], line: int, least: int, commas: bool) -> None:
    raise source.error(
        "a row of another length than the header",
        line=line,
        value=f"{len(row)} fields",
        expected=f"{least} fields",
        remedy="state the line of the names (header); where commas are decimal signs too, write it with semicolons"
        if commas
        else "complete the row, leave it out (skip_footer), or state the line of the names (header)",
    )


def _named(
    source: Source, names: list[str], rows: list[list[str]], line: IntArray, header: int, notes: tuple[str, ...]
) -> Grid:
    """Grid of the columns that have a name or a value; an InputError for two columns of one name."""
    import pyarrow as pa
    from pyarrow import compute as pc

    names = names + [""] * (len(rows[0]) - len(names))
    chosen: list[str] = []
    cells: list[Any] = []
    for name, fields in zip(names, zip(*rows, strict=True), strict=True):
        column = pc.utf8_trim_whitespace(pa.array(fields, pa.string()))
        if name or pc.any(pc.not_equal(column, "")).as_py():
            chosen.append(name)
            cells.append(column)
    doubled = [name for name in chosen if name and chosen.count(name) > 1 and not CLOCK.fullmatch(name)]
    if doubled:
        raise source.error("two columns of one name", line=header, field=doubled[0], remedy="rename one of them")
    return Grid(chosen, cells, line, header, notes)
