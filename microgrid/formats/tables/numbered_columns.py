"""Tables with a row for each day and numbered columns of its intervals (H1 to H24), as a row for each interval."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from microgrid.formats.clock.numbered_hours import at_zero
from microgrid.formats.clock.timestamp_columns import kind_of
from microgrid.formats.source import Source
from microgrid.formats.tables.reshape import is_text
from microgrid.formats.text.dialect import Grid
from microgrid.formats.text.notation import interval_numbers


def unfolded(source: Source, grid: Grid) -> Grid:
    """Grid with a row for each interval, of its number and value, in place of a row for each day.

    Empty cells are left out, such as hour 24 in spring, and hour 25 on all days but that of autumn. Other columns of
    numbers are values of the day, and are left out as well (logged). A grid of another layout is unchanged.
    """
    import pyarrow as pa

    places = interval_numbers(grid.names)
    kinds = [kind_of(cells, grid.epoch) for cells in grid.cells]
    dates = [n for n, kind in enumerate(kinds) if kind == "date" or (kind == "stamp" and at_zero(grid.cells[n]))]
    if not places or not dates or "clock" in kinds or kinds.count("stamp") > len(dates):
        return grid
    rows = np.repeat(np.arange(len(grid.line)), len(places))
    numbers = np.tile(list(places.values()), len(grid.line))
    values = np.stack([np.asarray(grid.cells[place].to_pylist(), dtype=object) for place in places], axis=1).ravel()
    filled = values != ""
    kept = [n for n in range(len(grid.names)) if n not in places and (n in dates or is_text(grid.cells[n]))]
    for place in [n for n in range(len(grid.names)) if n not in places and n not in kept]:
        source.log.add(
            source.label, grid.names[place], "value of a day", len(grid.line), "left out beside its intervals"
        )
    taken = pa.array(rows[filled])
    cells = [grid.cells[place].take(taken) for place in kept]
    own = [pa.array([str(n) for n in numbers[filled]], pa.string()), pa.array(values[filled].tolist(), pa.string())]
    shown = f"columns {grid.names[min(places)]!r} to {grid.names[max(places)]!r}"
    notes = (*grid.notes, f"{shown} number the intervals of a day")
    names = [*(grid.names[place] for place in kept), "hour", "value"]
    return replace(grid, names=names, cells=[*cells, *own], line=grid.line[rows[filled]], notes=notes)
