"""Base of all parameter models: keys of their fields in a file, and refusal of a field that contradicts another."""

from __future__ import annotations

from typing import NoReturn

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

from microgrid.suffixes import suffix_of


def case_name(attribute: str) -> str:
    """Key of an attribute in a case file, where the value carries the unit: "capacity_kwh" -> "capacity"."""
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
        defer_build=True,  # a case uses few of all models, and building one takes time
    )


def offered_by(model: Parameters | type[Parameters]) -> frozenset[str]:
    """Keys of a model in a file, such as the names of the options of a format."""
    fields = model.model_fields if isinstance(model, type) else type(model).model_fields
    return frozenset(about.alias or name for name, about in fields.items())


def refuse(field: str, value: object, expected: str, remedy: str | None = None) -> NoReturn:
    """Raise the pydantic error by which a model validator refuses a field that is missing or contradicts another."""
    context = {"field": field, "value": value, "expected": expected, "remedy": remedy}
    what = "missing" if value is None else "contradicts another value"
    raise PydanticCustomError("contradiction", "{what}", {**context, "what": what})
