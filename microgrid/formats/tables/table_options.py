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

    separator: Literal[",", ";", "tab", "\t", "|"] | None = Field(None, description="Between the fields.")
    decimal: Literal[".", ","] | None = Field(None, description="Decimal sign.")
    thousands: Literal[".", ",", "space", " ", "'", "’"] | None = Field(None, description="Between groups of digits.")
    missing: Texts = Field((), description="Texts that stand for a missing value.")
    encoding: Literal["utf-8", "utf-16", "cp1252", "latin-1"] | None = Field(None, description="Of the text.")
    header: int | None = Field(None, ge=0, description="Line of the names of columns, 0 if there is none.")
    skip_footer: int = Field(0, ge=0, description="Lines at the end that are left out.")
    dates: Order | None = Field(None, description="Order of day, month and year.")
    timezone: str | None = Field(None, description="Of stamps without an offset.")
    autumn_hour: Literal["first", "second"] | None = Field(None, description="Which of the two it is if it is alone.")


class Options(NotationOptions):
    """Options of a table."""

    time: Text | None = Field(None, description="Column of stamps, or of times beside a column of dates.")
    date: Text | None = Field(None, description="Column of dates.")
    stamps: Side | None = Field(None, description="Where in its interval a stamp is.")
    spring_hour: Literal["drop"] | None = Field(None, description="drop: the hour that spring leaves out is a filler.")
    sheet: Text | None = Field(None, description="Sheet of a workbook.")
    form: Literal["auto", "long", "wide"] = Field("auto", description="Several points in rows, or a row for each day.")
    point: Text | None = Field(None, description="The point to read if the table holds several.")
    point_column: Text | None = Field(None, description="Column of the points.")
    registers: Sharing | None = Field(None, description="How points share the time that are registers of one series.")
    step_hours: Duration | None = Field(None, description="Length of the intervals.")
    start: Text | None = Field(None, description="First instant of a table of values without stamps.")
