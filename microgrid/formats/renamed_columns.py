"""Columns of a file under new names, those that a model expects, with their unit and a factor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import pandas as pd
from pydantic import Field, GetJsonSchemaHandler, TypeAdapter, ValidationError, model_validator
from pydantic_core import CoreSchema

from microgrid import units
from microgrid.errors import InputError, Problem
from microgrid.formats.additive import unit_word
from microgrid.formats.column_units import stated_unit, values_in
from microgrid.formats.timed_table import TIME, Table
from microgrid.formats.unit_names import unit_of, with_unit
from microgrid.horizon import FloatArray
from microgrid.parameters import Parameters, refuse
from microgrid.repairs import RepairLog
from microgrid.units import Number
from microgrid.wording import words_of


class Column(Parameters):
    """A column of a file: its name in the file, its unit where the name does not end in one, and a factor."""

    column: str = Field(min_length=1, description="Name of the column in the file.")
    unit: str = Field(
        default="",
        description="Unit of the column; by default that at the end of its name, else that at the end of the new name.",
    )
    scale: Number = Field(default=1.0, description="Number that every value is multiplied by.")

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, value: object) -> object:
        """Read a text as the name of a column without unit and factor."""
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _unit_known(self) -> Self:
        if self.unit and not units.is_unit(self.unit):
            refuse("unit", self.unit, "a unit such as kW, kWh or degC")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, handler(schema)]}


Columns = dict[str, Column]


def columns_of(stated: Mapping[str, object], file: str) -> Columns:
    """Columns by their new names; stated: new name -> name in the file, or {column, unit, scale}.

    Raises:
        InputError: an unknown key, or a value of the wrong type or size.
    """
    try:
        found: Columns = TypeAdapter(Columns).validate_python(dict(stated))
        return found
    except ValidationError as error:
        details = error.errors()[0]
        message, expected, remedy = words_of({**details, "loc": details["loc"][1:]}, Column)
        field = ".".join(map(str, ("columns", *details["loc"])))
        raise InputError(Problem(message, file, None, field, str(details["input"])[:60], expected, remedy)) from None


def renamed(table: Table, columns: Columns, log: RepairLog) -> Table:
    """Table with columns under new names, in the unit at the end of the new name, times their factor.

    All other columns stay. Energy that intervals count becomes mean power where the new name ends in a power.

    Raises:
        InputError: no such column, two columns of one name, a unit that does not fit the new name.
    """
    taken = {own.column for own in columns.values()}
    frame = table.frame[[name for name in table.frame.columns if name not in taken or name == TIME]].copy()
    added: dict[str, FloatArray] = {}
    known_units = {name: unit for name, unit in table.units.items() if name in frame.columns}
    longer = {name: waiting for name, waiting in table.longer.items() if name in frame.columns}
    for name, own in columns.items():
        if name in frame.columns:
            expected = "a name that no other column of the file has"
            raise InputError(Problem("two columns of one name", table.name, None, f"columns.{name}", name, expected))
        canonical = unit_of(name)
        if own.unit and not canonical:
            raise InputError(
                Problem(
                    "a unit is stated, but the new name does not end in one",
                    table.name,
                    None,
                    f"columns.{name}",
                    own.unit,
                    expected=f"a name that ends in its unit, such as {with_unit(name, own.unit)}",
                )
            )
        stated = own.unit or ("" if stated_unit(table, own.column) else canonical)
        if canonical:
            values = values_in(table, own.column, canonical, stated, holes=True, log=log)
        elif own.column in table.longer:
            longer[name] = table.longer[own.column].scaled(own.scale)
            values = table.frame[own.column].to_numpy(dtype=float)
        else:
            values = table.column(own.column, holes=True)
        unit = stated_unit(table, own.column) or unit_word(own.column)
        if unit and not canonical and own.scale == 1.0:
            known_units[name] = unit
        added[name] = values * own.scale
        if Column(column=name) == own:
            continue
        changed = f"{own.column!r}" + (f" in {own.unit}" if own.unit else "")
        changed += f" times {own.scale:g}" if own.scale != 1.0 else ""
        log.add(table.label, name, "column", len(values), f"of the file: {changed}")
    whole = pd.concat([frame, pd.DataFrame(added, index=frame.index)], axis=1)
    return replace(table, frame=whole, units=known_units, longer=longer)
