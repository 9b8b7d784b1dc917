"""Tables with rows of several registers of a meter, read as series that are sums of registers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from microgrid.formats.additive import is_power_or_energy
from microgrid.formats.clock.local_intervals import LocalStamps
from microgrid.formats.clock.timestamp_columns import kind_of
from microgrid.formats.clock.timestamps import common_step
from microgrid.formats.intervals import Recorded, beside
from microgrid.formats.registers import Registers, added
from microgrid.formats.source import Source
from microgrid.formats.text.dialect import Grid
from microgrid.formats.text.stated_units import units_beside
from microgrid.formats.timed_table import Side, Table
from microgrid.formats.unit_names import with_unit
from microgrid.horizon import FloatArray, IntArray

_QUANTITY = re.compile(
    r"energ|power|load|import|export|consum|usage|demand|generation|value|reading|verbrauch|bezug|einspeis|leistung|arbeit"
    r"|wert|menge|last|liefer|entnahme|erzeug|puissance|soutir|inject|produc|valeur|offtake|afname|levering|verbruik|waarde"
    r"|potenza|potencia|valor",
    re.IGNORECASE,
)


def of_registers(
    source: Source, grid: Grid, place: int, registers: Registers, values: Mapping[str, FloatArray], axis: LocalStamps,
    side: Side, step: int | None,
) -> Table:  # fmt: skip
    """Table of series, each the sum of its registers.

    place: place of the column with the names of the registers; values: column -> numbers, (rows,) each; side: side of
    the intervals at which stamps stand; step: length of the intervals [s], by default the most common distance.

    Raises:
        InputError: no column of power or energy, registers that cannot be added, or rows of one register and interval
            that differ in another column.
    """
    of_row = np.asarray(grid.cells[place].to_pylist(), dtype=object)
    every = step or common_step(axis.clock.seconds)
    found = {}
    stated = units_beside(source, grid, values)
    chosen = _added_columns(source, grid, values, stated)
    for series, names in registers.parts.items():
        parts = {}
        for name in names:
            rows = np.flatnonzero(of_row == name)
            own = replace(axis, clock=axis.clock.rows(rows), empty=axis.empty[rows])
            begin, end, kept = own.axis(side, every, longer=True)
            _refuse_apart(source, grid, rows[kept], begin, [place, *map(grid.names.index, chosen)])
            columns = {column: numbers[rows][kept] for column, numbers in chosen.items()}
            parts[name] = Recorded(begin, end, columns, own.clock.line[kept], side)
        whole = added(source, parts, registers.sharing)
        for column, numbers in whole.columns.items():
            unit = stated.get(column, "")
            alone = with_unit(series, unit) if len(chosen) == 1 and unit else f"{series} {column}"
            named = alone if series else column
            own_unit = {named: unit} if unit else {}
            found[named] = Recorded(whole.begin, whole.end, {named: numbers}, whole.line, side, own_unit)
    return beside(source, found)


def _added_columns(
    source: Source, grid: Grid, values: Mapping[str, FloatArray], stated: Mapping[str, str]
) -> dict[str, FloatArray]:
    """Columns of power or energy, whose registers are added; others, such as prices, are left out and logged.

    Raises:
        InputError: no such column.
    """
    filled = {column: numbers for column, numbers in values.items() if not np.isnan(numbers).all()}
    kinds = {column: is_power_or_energy(column, stated.get(column, "")) for column in filled}
    chosen = [column for column in filled if kinds[column]]
    maybe = [column for column in filled if kinds[column] is None]
    if not chosen:
        chosen = maybe if len(maybe) == 1 else [column for column in maybe if _QUANTITY.search(column)]
    if not chosen:
        raise source.error(
            "no column of power or energy that registers could be parts of",
            line=grid.header or None,
            value=", ".join(filled),
            expected="a column such as value_kwh; prices and voltages of registers cannot be added",
            remedy="state its unit in the header, or one of the registers by the option point",
        )
    for column in filled:
        if column not in chosen:
            why = "left out: registers are added of power or energy only"
            source.log.add(source.label, column, "not added", len(grid.line), why)
    return {column: filled[column] for column in chosen}


def _refuse_apart(source: Source, grid: Grid, rows: IntArray, begin: IntArray, used: Sequence[int]) -> None:
    """Raise an InputError if two rows of one register and interval differ in another column, as of two meters."""
    order = np.argsort(begin, kind="stable")
    again = np.flatnonzero(np.diff(begin[order]) == 0)
    if not len(again):
        return
    first, second = rows[order[again]], rows[order[again + 1]]
    for place, name in enumerate(grid.names):
        if place in used or kind_of(grid.cells[place], grid.epoch):
            continue
        one, other = (grid.cells[place].take(part).to_pylist() for part in (first, second))
        differ = [n for n, (here, there) in enumerate(zip(one, other, strict=True)) if here != there]
        if differ:
            raise source.error(
                f"two rows of one register and interval, which differ in {name!r}",
                line=int(grid.line[second[differ[0]]]),
                field=name,
                value=f"{one[differ[0]]}, {other[differ[0]]}",
                expected="one row for each register and interval",
                remedy=f"choose one of them by the options point and 'point_column: {name}'",
            )
