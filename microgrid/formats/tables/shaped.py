"""Layout in which tables are read: stamps in a usual form, dates and times in one column each, intervals in rows."""

from __future__ import annotations

from microgrid.formats.clock.time_parts import with_times
from microgrid.formats.clock.timestamp_columns import with_signs
from microgrid.formats.clock.timestamp_forms import in_usual_form
from microgrid.formats.clock.timestamps import Order
from microgrid.formats.source import Source
from microgrid.formats.tables.numbered_columns import unfolded
from microgrid.formats.text.dialect import Grid


def shaped(source: Source, grid: Grid, dates: Order | None, form: str) -> tuple[Grid, bool]:
    """Grid with usual stamps and a row for each interval, and whether it may still have a row for each day.

    dates: order of day and month that the user states; form: auto, long or wide, as the user states.

    Raises:
        InputError: years of two digits whose dates are possible in several orders.
    """
    grid = with_times(with_signs(in_usual_form(source, grid, dates)))
    whole = grid if form == "long" else unfolded(source, grid)
    return whole, whole is grid and form != "long"
