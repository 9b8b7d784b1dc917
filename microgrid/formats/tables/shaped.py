"""A table as it is read: its stamps in a usual form, its dates and times in a column each, a row for each interval."""

from __future__ import annotations

from microgrid.formats.clock.time_parts import with_times
from microgrid.formats.clock.timestamp_columns import with_signs
from microgrid.formats.clock.timestamp_forms import in_usual_form
from microgrid.formats.clock.timestamps import Order
from microgrid.formats.source import Source
from microgrid.formats.tables.numbered_columns import unfolded
from microgrid.formats.text.dialect import Grid


def shaped(source: Source, grid: Grid, dates: Order | None, form: str) -> tuple[Grid, bool]:
    """The grid in that shape, and whether it still may have, or by its form must have, a row for each day.

    dates: the order of day and month as the user says; form: auto, long or wide, as the user says.

    Raises:
        InputError: years of two digits whose order nothing decides.
    """
    grid = with_times(with_signs(in_usual_form(source, grid, dates)))
    whole = grid if form == "long" else unfolded(source, grid)
    return whole, whole is grid and form != "long"
