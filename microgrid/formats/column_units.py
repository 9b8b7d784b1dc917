"""The unit of a column: what its name ends in, what is stated beside it, and its values in the unit of a field."""

from __future__ import annotations

import re

import numpy as np

from microgrid import units
from microgrid.errors import InputError, Problem
from microgrid.formats.native_table import Table
from microgrid.horizon import FloatArray
from microgrid.repairs import RepairLog
from microgrid.suffixes import SUFFIXES

SUFFIX_UNITS = {suffix.ending: suffix.unit for suffix in SUFFIXES if suffix.column}
# What an interval of a file may have counted in place of the mean that a field is in: a mean times hours.
_PER_INTERVAL = {"kW": "kWh", "W": "Wh", "MW": "MWh", "kW/m2": "kWh/m2", "W/m2": "Wh/m2", "": "h"}
_BRACKETS = re.compile(r".*[\[(]\s*([^\[\]()]{1,30}?)\s*[\])]\s*", re.DOTALL)


def unit_of(column: str) -> str:
    """The unit that a column's name ends in ("import_kw" and "Import (kW)" -> "kW"), or ""."""
    bracketed = _BRACKETS.fullmatch(column)
    if bracketed:
        return _unit_in(bracketed[1])
    for suffix in sorted(SUFFIX_UNITS, key=len, reverse=True):
        if re.search(rf"(?:^|_){suffix}$", column.lower()):
            return SUFFIX_UNITS[suffix]
    return ""


def with_unit(name: str, unit: str) -> str:
    """A column's name that ends in a unit ("offices", "kW" -> "offices_kw"), in brackets where it has no ending."""
    if unit_of(name) == unit:
        return name
    suffix = next((suffix for suffix, known in SUFFIX_UNITS.items() if known == unit), "")
    return f"{name}_{suffix}" if suffix else f"{name} [{unit}]"


def _unit_in(text: str) -> str:
    """A unit in brackets as it is written, or in the capitals that units have ("kwh" -> "kWh").

    It is "" where it is none of a series: "G(h)" is irradiance on the horizontal, and not in hours.
    """
    if any(units.same_dimension(text, unit) for unit in SUFFIX_UNITS.values()):
        return text
    return next((unit for unit in SUFFIX_UNITS.values() if unit.lower() == text.lower()), "")


def values_in(
    table: Table, column: str, canonical: str, stated: str = "", *, holes: bool = False, log: RepairLog | None = None
) -> FloatArray:
    """The values of a column in the unit of a field, (rows,); energy[row] / hours[row] where intervals count energy.

    Args:
        table: the file.
        column: its name there.
        canonical: the unit of the field, "" for a share.
        stated: the unit as it is stated beside the column; by default the one that the name ends in.
        holes: whether empty values are NaN; else they are an error.
        log: where it is recorded that energy became power, or that the stated unit is not that of the name.

    Raises:
        InputError: no such column, no number, a unit that is unknown, of another dimension, or not that of the name.
    """
    numbers, named = table.column(column, holes=holes), unit_of(column)
    unit = stated or named
    if not unit:
        if canonical:
            raise InputError(_no_unit(table, column, canonical))
        return numbers
    if stated and named:
        _compare(table, column, stated, named, log)
    try:
        return numbers * units.factor(unit, canonical) + units.convert(0.0, unit, canonical)
    except ValueError as error:
        counted = _PER_INTERVAL.get(canonical)
        if counted is None or not units.same_dimension(unit, counted):
            raise InputError(_wrong_unit(table, column, unit, canonical, str(error))) from None
    if log is not None:
        log.add(table.label, column, "energy", len(numbers), f"{unit} of each interval over its length, as a mean")
    return np.asarray(numbers * units.factor(unit, counted) / table.step_hours)


def _compare(table: Table, column: str, stated: str, named: str, log: RepairLog | None) -> None:
    """A stated unit of another dimension than the name's is refused; of another size it counts, and is recorded."""
    if not units.is_unit(stated):
        return
    if not units.same_dimension(stated, named):
        raise InputError(
            Problem(
                f"column {column!r} is in {named} by its name, and in {stated} as stated: wrong dimension",
                file=table.name,
                field=column,
                value=stated,
                expected=f"{named}, or another unit of that dimension",
                remedy="leave the unit out: energy of an interval is read as its mean power; or correct the name",
            )
        )
    if log is not None and not np.isclose(units.factor(stated, named), 1.0):
        log.add(table.label, column, "unit", len(table.points) - 1, f"{stated} as stated, not {named} as its name ends")


def _no_unit(table: Table, column: str, canonical: str) -> Problem:
    counted = _PER_INTERVAL.get(canonical)
    return Problem(
        f"the unit of column {column!r} is not known",
        file=table.name,
        field=column,
        expected="a column name that ends in its unit, or a key 'unit'",
        remedy=f"state what the file holds: 'unit: {canonical}'"
        + (f", or 'unit: {counted}' where it is counted in each interval" if counted else ""),
    )


def _wrong_unit(table: Table, column: str, unit: str, canonical: str, error: str) -> Problem:
    counted = _PER_INTERVAL.get(canonical)
    return Problem(
        f"unit of column {column!r}: {error}",
        file=table.name,
        field=column,
        value=unit,
        expected=f"a unit such as {canonical or '%'}" + (f", or {counted} of each interval" if counted else ""),
        remedy="take another column, or correct the unit; a value is never read in another dimension",
    )
