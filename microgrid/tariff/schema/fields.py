"""Types and checks that fields of a tariff share: names, prices, intervals, thresholds."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from microgrid.documents.spelling import Name
from microgrid.parameters import refuse
from microgrid.units import Unit

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?([+-]\d\d:\d\d|Z)?")


def _check_instant(text: str) -> str:
    try:
        if not _INSTANT.fullmatch(text):
            raise ValueError
        dt.datetime.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("instant", "not an instant", {"expected": 'such as "2018-01-17 18:00"'}) from None
    return text


def _check_month(text: str) -> str:
    if not _MONTH.fullmatch(text):
        raise PydanticCustomError("month", "not a month", {"expected": 'a year and a month such as "2017-12"'})
    return text


PowerPricePerYear = Annotated[float, Unit("money/kW/year"), Field(ge=0)]
MoneyPerYear = Annotated[float, Unit("money/year")]
MoneyPerMonth = Annotated[float, Unit("money/month")]
MoneyPerDay = Annotated[float, Unit("money/d")]
Interval = Annotated[float, Unit("h"), Field(ge=1 / 60, le=24)]
MoneyPerHour = Annotated[float, Unit("money/h"), Field(ge=0)]

# The name of a class of hours becomes a part of names of variables and columns.
ClassName = Annotated[
    str, Name("[A-Za-z]", r"[\w-]", 30, "a letter of A to Z, then letters, digits, _ or -, up to 30 characters")
]

# Names on a bill are opened in spreadsheets, where a text that begins with a sign would be a formula.
Item = Annotated[
    str, Name(r"[^\W_]", r"[^\x00-\x1f]", 80, "a letter or digit first, no line breaks or tabs, up to 80 characters")
]

Instant = Annotated[str, AfterValidator(_check_instant)]
Month = Annotated[str, AfterValidator(_check_month)]


def refuse_disorder(field: str, above: list[float]) -> None:
    """Raise a pydantic error from a model validator unless the thresholds of tiers rise from 0."""
    if above and (above[0] != 0 or any(b <= a for a, b in itertools.pairwise(above))):
        refuse(field, ", ".join(f"{x:g}" for x in above), "thresholds that rise from 0")
