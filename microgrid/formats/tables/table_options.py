"""Options of tables: notation of the text, and meaning of the columns."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from microgrid.formats.clock.timestamps import Order
from microgrid.formats.registers import Sharing
from microgrid.formats.timed_table import Side
from microgrid.parameters import Parameters
from microgrid.units import Duration


def _plain(value: object) -> object:
    """Text of a number or date as YAML reads it, so that options take these without quotes."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(_plain)]
Texts = Annotated[tuple[str, ...], BeforeValidator(lambda v: [_plain(x) for x in (v if isinstance(v, list) else [v])])]


class NotationOptions(Parameters):
    """Options for the notation of a text, detected where they are not stated."""

    separator: Literal[",", ";", "tab", "\t", "|"] | None = Field(None, description="Sign between the fields.")
    decimal: Literal[".", ","] | None = Field(None, description="Decimal sign.")
    thousands: Literal[".", ",", "space", " ", "'", "’"] | None = Field(
        None, description="Sign between groups of three digits."
    )
    missing: Texts = Field((), description="Texts that stand for a missing value.")
    encoding: Literal["utf-8", "utf-16", "cp1252", "latin-1"] | None = Field(None, description="Encoding of the text.")
    header: int | None = Field(None, ge=0, description="Line of the names of columns, from 1; 0 if there is none.")
    skip_footer: int = Field(0, ge=0, description="Number of lines at the end that are left out.")
    dates: Order | None = Field(None, description="Order of day, month and year.")
    timezone: str | None = Field(None, description="Time zone of stamps without an offset.")
    autumn_hour: Literal["first", "second"] | None = Field(
        None, description="Which of the two hours of the autumn change a single one is."
    )


class Options(NotationOptions):
    """Options of a table."""

    time: Text | None = Field(None, description="Column of stamps, or of times beside a column of dates.")
    date: Text | None = Field(None, description="Column of dates.")
    stamps: Side | None = Field(None, description="Point of its interval at which a stamp stands.")
    spring_hour: Literal["drop"] | None = Field(
        None, description="drop: rows in the hour that spring leaves out are fillers, and are dropped."
    )
    sheet: Text | None = Field(None, description="Sheet of a workbook.")
    form: Literal["auto", "long", "wide"] = Field(
        "auto", description="long: rows of several points; wide: a row for each day."
    )
    point: Text | None = Field(None, description="Point that is read if the table holds several.")
    point_column: Text | None = Field(None, description="Column of the names of points.")
    registers: Sharing | None = Field(
        None, description="in_turn or together: how registers of one series share the time; they are added."
    )
    step_hours: Duration | None = Field(None, description="Length of the intervals.")
    start: Text | None = Field(None, description="First instant of a table of values without stamps.")
