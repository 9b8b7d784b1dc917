"""Frozen parameter models: how their fields are called in a file, and how one of them is refused."""

from __future__ import annotations

from typing import NoReturn

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

from microgrid.suffixes import suffix_of


def case_name(attribute: str) -> str:
    """The key of an attribute in a case file, where the value carries the unit: "capacity_kwh" -> "capacity"."""
    suffix = suffix_of(attribute)
    return suffix.label(attribute) if suffix is not None and suffix.key else attribute


class Parameters(BaseModel):
    """Frozen parameters whose keys in a file are the attributes without their unit."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=case_name,
        arbitrary_types_allowed=True,
        allow_inf_nan=False,
        defer_build=True,  # a case validates few of the kinds that there are
    )


def refuse(field: str, value: object, expected: str, remedy: str | None = None) -> NoReturn:
    """From a model's own validator: this field contradicts another one."""
    context = {"field": field, "value": value, "expected": expected, "remedy": remedy}
    what = "missing" if value is None else "contradicts another value"
    raise PydanticCustomError("contradiction", "{what}", {**context, "what": what})
