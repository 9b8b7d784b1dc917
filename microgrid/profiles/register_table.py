"""A table whose rows are those of several registers of a meter: one series of each kind, the sum of its registers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from microgrid.horizon import FloatArray
from microgrid.profiles.dialect import Grid
from microgrid.profiles.local_axis import Local
from microgrid.profiles.recorded import Recorded, beside
from microgrid.profiles.registers import Registers, added
from microgrid.profiles.source import Source
from microgrid.profiles.stamps import Side, common_step
from microgrid.profiles.table import Table
from microgrid.profiles.unit_names import with_unit


def of_registers(
    source: Source, grid: Grid, place: int, registers: Registers, values: Mapping[str, FloatArray], axis: Local,
    side: Side, step: int | None,
) -> Table:  # fmt: skip
    """The series of registers whose names stand in a column, each the sum of its parts."""
    of_row = np.asarray(grid.cells[place].to_pylist(), dtype=object)
    every, found = step or common_step(axis.clock.seconds), {}
    values = {column: numbers for column, numbers in values.items() if not np.isnan(numbers).all()}
    unit = _unit_beside(grid)
    for series, names in registers.parts.items():
        parts = {}
        for name in names:
            rows = np.flatnonzero(of_row == name)
            own = replace(axis, clock=axis.clock.rows(rows), empty=axis.empty[rows])
            begin, end, kept = own.axis(side, every)
            columns = {column: numbers[rows][kept] for column, numbers in values.items()}
            parts[name] = Recorded(begin, end, columns, own.clock.line[kept])
        whole = added(source, parts, registers.sharing)
        for column, numbers in whole.columns.items():
            alone = with_unit(series, unit) if len(values) == 1 and unit else f"{series} {column}"
            named = alone if series else column
            found[named] = Recorded(whole.begin, whole.end, {named: numbers}, whole.line)
    return beside(source, found)


def _unit_beside(grid: Grid) -> str:
    """The unit of power or energy that a column of text holds in every row, "" if there is none."""
    for cells in grid.cells:
        known = cells.unique().to_pylist()
        if len(known) == 1 and known[0] in ("W", "kW", "MW", "Wh", "kWh", "MWh"):
            return str(known[0])
    return ""
