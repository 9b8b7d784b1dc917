"""Values of a column in the unit of a field, from the unit that its name, its file or the user states."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from microgrid import units
from microgrid.errors import InputError, Problem
from microgrid.formats.additive import adds_up, unit_word
from microgrid.formats.timed_table import Table
from microgrid.formats.unit_names import unit_of
from microgrid.horizon import FloatArray
from microgrid.money import remedy_of, shown_in_force, without_currency
from microgrid.repairs import RepairLog

# Unit of a field -> unit of its integral over an interval, in which files may state it: mean x hours.
_PER_INTERVAL = {"kW": "kWh", "W": "Wh", "MW": "MWh", "kW/m2": "kWh/m2", "W/m2": "Wh/m2", "": "h"}


def values_in(
    table: Table, column: str, canonical: str, stated: str = "", *, holes: bool = False, log: RepairLog | None = None
) -> FloatArray:
    """Values of a column in the unit of a field, (rows,); energy[row] / hours[row] where intervals count energy.

    Args:
        table: table of the file.
        column: name of the column in the file.
        canonical: unit of the field, "" for a share.
        stated: unit that the user states for the column; by default the one that the file states.
        holes: whether empty values are NaN; otherwise they are an error.
        log: log of the conversion of energy to power, and of a stated unit that differs from that of the name.

    Raises:
        InputError: no such column, no number, a unit that is unknown, of another dimension, or not that of the name.
    """
    known = column in table.frame.columns
    named = stated_unit(table, column)
    unit = stated or named
    numbers = (_resolved(table, column, unit, canonical, log) if known else table).column(column, holes=holes)
    if not unit:
        if canonical:
            raise InputError(_no_unit(table, column, canonical))
        return numbers
    if stated and (named or unit_word(column)):
        _compare(table, column, stated, named or unit_word(column), log)
    try:
        return numbers * units.factor(unit, canonical) + units.convert(0.0, unit, canonical)
    except ValueError as error:
        counted = _PER_INTERVAL.get(canonical)
        if counted is None or not units.same_dimension(unit, counted):
            raise InputError(_wrong_unit(table, column, unit, canonical, error)) from None
    if log is not None:
        log.add(
            table.label, column, "energy", len(numbers), f"{unit} of each interval divided by its length, as a mean"
        )
    return np.asarray(numbers * units.factor(unit, counted) / table.step_hours)


def stated_unit(table: Table, column: str) -> str:
    """Unit that a file states for a column: at the end of its name, or beside or below it; "" without one."""
    return unit_of(column) or table.units.get(column, "")


def refuse_contradiction(table: Table, column: str, stated: str) -> None:
    """Raise an InputError if a unit stated for columns without one differs from that of the file for this column."""
    named = stated_unit(table, column) or unit_word(column)
    if stated and named and units.is_unit(stated) and units.is_unit(named) and not _same(stated, named):
        raise InputError(
            Problem(
                f"column {column!r} is in {named} according to the file, but {stated} is stated",
                file=table.name,
                field=column,
                value=f"unit {stated}",
                expected=named,
                remedy="leave the unit out, or correct it; it is for columns whose unit the file does not state",
            )
        )


def _same(unit: str, other: str) -> bool:
    return units.same_dimension(unit, other) and bool(np.isclose(units.factor(unit, other), 1.0))


def _resolved(table: Table, column: str, unit: str, canonical: str, log: RepairLog | None) -> Table:
    """Table with longer steps of a column spread or held on its rows, if its unit states which; a share is held."""
    found = table.longer.get(column)
    adds = adds_up(column, unit) if unit or canonical else False
    if found is None or adds is None or found.astray:
        return table
    if log is not None:
        log.add(table.label, column, "longer steps", found.count(), found.treatment(adds))
    longer = {name: other for name, other in table.longer.items() if name != column}
    return replace(table, frame=table.frame.assign(**{column: found.values(adds)}), longer=longer)


def _compare(table: Table, column: str, stated: str, named: str, log: RepairLog | None) -> None:
    """Refuse a stated unit of another dimension than the file's by an InputError; log one of another size."""
    if not units.is_unit(stated):
        return
    if not units.same_dimension(stated, named):
        code, plain = without_currency(stated)
        other, plain_named = without_currency(named)
        in_another = bool(code and other) and units.same_dimension(plain, plain_named)
        energy = "" if code or other else ": energy of an interval is read as its mean power"
        raise InputError(
            Problem(
                f"column {column!r} is in {named} according to its name, but {stated} is stated: "
                + ("another currency" if in_another else "wrong dimension"),
                file=table.name,
                field=column,
                value=stated,
                expected=f"{named}, or another unit of that {'currency' if in_another else 'dimension'}",
                remedy=f"leave the unit out{energy}; or correct the name",
            )
        )
    if log is not None and not np.isclose(units.factor(stated, named), 1.0):
        log.add(table.label, column, "unit", len(table.points) - 1, f"{stated} as stated, not {named} as its name ends")


def _no_unit(table: Table, column: str, canonical: str) -> Problem:
    counted = _PER_INTERVAL.get(canonical)
    return Problem(
        f"the unit of column {column!r} is not stated",
        file=table.name,
        field=column,
        expected="a column name that ends in its unit, or a key 'unit'",
        remedy=f"state the unit of the file: 'unit: {shown_in_force(canonical)}'"
        + (f", or 'unit: {counted}' if the values are totals of each interval" if counted else ""),
    )


def _wrong_unit(table: Table, column: str, unit: str, canonical: str, error: ValueError) -> Problem:
    usual = "name another column, or correct the unit"
    counted = _PER_INTERVAL.get(canonical)
    return Problem(
        f"unit of column {column!r}: {error}",
        file=table.name,
        field=column,
        value=unit,
        expected=f"a unit such as {shown_in_force(canonical) or '%'}"
        + (f", or {counted} of each interval" if counted else ""),
        remedy=remedy_of(error).get("remedy", usual),
    )
