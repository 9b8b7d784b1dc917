"""Wording of pydantic's errors: what is wrong, what is expected, what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from microgrid.errors import nearest

# Type of pydantic error -> message, and what is expected.
_PLAIN_WORDS = {
    "dict_type": ("not a mapping", "keys with values below this key"),
    "model_type": ("not a mapping", "keys with values below this key"),
    "model_attributes_type": ("not a mapping", "keys with values below this key"),
    "list_type": ("not a list", "values in square brackets, or lines that begin with '-'"),
    "tuple_type": ("not a list", "values in square brackets, or lines that begin with '-'"),
    "string_type": ("not a text", "a text, in quotes where it looks like a number"),
    "string_too_short": ("empty", "some text"),
    "date_type": ("not a date", "a date such as 2018-01-01"),
    "date_parsing": ("not a date", "a date such as 2018-01-01"),
    "date_from_datetime_inexact": ("not a date", "a date such as 2018-01-01, without a time"),
    "int_parsing_size": ("a whole number with too many digits", "a smaller whole number"),
    "bool_type": ("neither true nor false", "true or false"),
    "bool_parsing": ("neither true nor false", "true or false"),
    "int_type": ("not a whole number", "a whole number"),
    "int_parsing": ("not a whole number", "a whole number"),
    "int_from_float": ("not a whole number", "a whole number"),
    "float_type": ("not a number", "a number"),
    "float_parsing": ("not a number", "a number"),
    "finite_number": ("not a finite number", "a finite number"),
    "datetime_type": ("not a date", "a date such as 2018-01-01 or 2018-01-01T06:00:00"),
    "datetime_parsing": ("not a date", "a date such as 2018-01-01 or 2018-01-01T06:00:00"),
    "datetime_from_date_parsing": ("not a date", "a date such as 2018-01-01 or 2018-01-01T06:00:00"),
    "date_from_datetime_parsing": ("not a date", "a date such as 2018-01-01"),
}
_LIMITS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}


def words_of(details: ErrorDetails, model: type[BaseModel]) -> tuple[str, str | None, str | None]:
    """Message, expectation and remedy of one error that pydantic found in a model."""
    kind = details["type"]
    context = details.get("ctx", {})
    if kind == "missing":
        return "missing", "a value for this key", "add the key"
    if kind == "extra_forbidden":
        known = _known_keys(model, details["loc"][:-1])
        near = nearest(str(details["loc"][-1]), known)
        return "unknown key", "one of " + ", ".join(known), f"did you mean {near!r}?" if near else "remove it"
    if kind in _LIMITS:
        key, words = _LIMITS[kind]
        return "outside the possible range", f"{words} {context[key]:g}", None
    if kind == "literal_error":
        choices = str(context["expected"])
        if str(details["input"]) in re.split(r", | or ", choices):
            return "a text where a number belongs", choices, "leave out the quotes"
        near = nearest(str(details["input"]).lower(), re.findall(r"'([^']*)'", choices))
        return "unknown choice", choices, f"did you mean {near!r}?" if near else None
    if kind in ("too_short", "too_long"):
        if kind == "too_short":
            return "too few entries", "at least {min_length}".format(**context), None
        return "too many entries", "at most {max_length}".format(**context), None
    if kind == "string_too_long":
        return "too long", "at most {max_length} characters".format(**context), None
    if kind in _PLAIN_WORDS:
        words, wanted = _PLAIN_WORDS[kind]
        return words, wanted, None
    expected = context.get("expected")
    return (
        details["msg"].removeprefix("Value error, "),
        str(expected) if expected else None,
        context.get("remedy"),
    )


def _known_keys(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """Keys of the model at a location within another model."""
    current: type[BaseModel] | None = model
    for part in loc:
        if current is None:
            break
        current = _field_model(current, part) or current
    assert current is not None
    return [info.alias or name for name, info in current.model_fields.items()]


def _field_model(model: type[BaseModel], key: str | int) -> type[BaseModel] | None:
    """Model in the type of a field, also within Optional, tuple, dict or Annotated; None if there is none."""
    for name, info in model.model_fields.items():
        if key in (name, info.alias):
            return _inner_model(info.annotation)
    return None


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _inner_model(argument)
        if found:
            return found
    return None
