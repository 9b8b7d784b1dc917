"""Recognition of columns of stamps, dates and times, and signs for stamps that are written without them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from microgrid.formats.text.dialect import Grid
from microgrid.formats.text.notation import CLOCK, COMPACT_STAMP, SERIAL, STAMP

TIME_NAMES = re.compile(r"time|hour|hhmm|zeit|heure|hora|\bora|tijd|tid|\bhh?\b", re.IGNORECASE)


def kind_of(cells: Any, epoch: int | None) -> str:
    """Kind of most of the first cells of a column: "stamp", "date", "clock", "serial", or "" for another."""
    sample = [text for text in cells.slice(0, 200).to_pylist() if text]
    kinds = [
        ("stamp", STAMP),
        ("clock", CLOCK),
        *([("serial", SERIAL)] if epoch is not None else []),
    ]
    for kind, pattern in kinds:
        if sum(pattern.fullmatch(text) is not None for text in sample) * 2 > len(sample):
            dates = kind == "stamp" and not any(":" in text for text in sample)
            return "date" if dates else kind
    return ""


def with_signs(grid: Grid) -> Grid:
    """Grid with stamps such as 2024052701 as 2024-05-27 01:00, and times such as 0130 beside a date as 01:30.

    Stamps without signs are read only in a table without others, and times without signs only in a column that is
    named as one of times.
    """
    return _with_times(_with_stamps(grid))


def _with_times(grid: Grid) -> Grid:
    from pyarrow import compute as pc

    kinds = [kind_of(cells, grid.epoch) for cells in grid.cells]
    if "date" not in kinds or "clock" in kinds or "stamp" in kinds:
        return grid
    for place, cells in enumerate(grid.cells):
        times = pc.match_substring_regex(cells, r"^(?:[01][0-9]|2[0-4])[0-5][0-9]$")
        if TIME_NAMES.search(grid.names[place]) and pc.all(times).as_py() and len(pc.unique(cells)) > 1:
            signed = pc.replace_substring_regex(cells, r"^(..)(..)$", r"\1:\2")
            notes = (*grid.notes, f"times such as {cells[0]} in {grid.names[place]!r}")
            return replace(grid, cells=[*grid.cells[:place], signed, *grid.cells[place + 1 :]], notes=notes)
    return grid


def _with_stamps(grid: Grid) -> Grid:
    kinds = [kind_of(cells, grid.epoch) for cells in grid.cells]
    if {"stamp", "date", "serial"} & set(kinds):
        return grid
    samples = [[text for text in cells.slice(0, 200).to_pylist() if text] for cells in grid.cells]
    compact = [n for n, sample in enumerate(samples) if sample and all(map(COMPACT_STAMP.fullmatch, sample))]
    moving = [n for n in compact if len(set(samples[n])) > 1] or compact
    if not moving:
        return grid
    place = moving[0]
    shown = samples[place][0]
    notes = (*grid.notes, f"stamps such as {shown} in {grid.names[place]!r}")
    return replace(grid, cells=[*grid.cells[:place], _iso(grid.cells[place]), *grid.cells[place + 1 :]], notes=notes)


def _iso(cells: Any) -> Any:
    """Stamps without signs in ISO; any other text is unchanged, to be refused with its line."""
    from pyarrow import compute as pc

    found = pc.extract_regex(cells, f"^(?:{COMPACT_STAMP.pattern})$")
    year, month, day, hour, minute, second, zone = (pc.struct_field(found, n) for n in range(7))
    whole = [pc.if_else(pc.equal(part, ""), "00", part) for part in (minute, second)]
    time = pc.binary_join_element_wise(pc.binary_join_element_wise(" ", hour, ""), *whole, ":")
    date = pc.binary_join_element_wise(year, month, day, "-")
    stamp = pc.binary_join_element_wise(date, pc.if_else(pc.equal(hour, ""), "", time), zone, "")
    return pc.if_else(pc.is_null(found), cells, stamp)
