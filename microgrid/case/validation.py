"""Pydantic's findings as problems that a user can act on: file, line, field, value, expectation, remedy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from microgrid.case.yaml_file import Document, Path_
from microgrid.errors import InputError, Problem, nearest

ModelT = TypeVar("ModelT", bound=BaseModel)

# Pydantic's kinds of error in words, each with what would be right.
_PLAIN_WORDS = {
    "dict_type": ("not a mapping", "keys with values below this key"),
    "model_type": ("not a mapping", "keys with values below this key"),
    "model_attributes_type": ("not a mapping", "keys with values below this key"),
    "list_type": ("not a list", "values in square brackets, or lines that begin with '-'"),
    "tuple_type": ("not a list", "values in square brackets, or lines that begin with '-'"),
    "string_type": ("not a text", "a text, in quotes where it looks like a number"),
    "string_too_short": ("empty", "some text"),
    "string_pattern_mismatch": ("not a name", "a letter or digit first; no control characters"),
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


def validate(
    model: type[ModelT],
    data: object,
    document: Document,
    at: Path_ = (),
    context: Mapping[str, Any] | None = None,
) -> ModelT:
    """The model of plain data that stands at the path ``at`` of a document; an InputError lists all problems."""
    try:
        return model.model_validate(data, context=dict(context or {}))
    except ValidationError as error:
        raise InputError(
            problem for details in error.errors() for problem in _problems(details, model, document, at)
        ) from None


def _problems(details: ErrorDetails, model: type[BaseModel], document: Document, at: Path_) -> list[Problem]:
    context = details.get("ctx", {})
    loc = (*details["loc"], context["field"]) if details["type"] == "contradiction" else details["loc"]
    path = (*at, *_clean(loc, document, at))
    field, (file, line) = ".".join(str(part) for part in path), document.place(path)
    if details["type"] == "problems":
        return [placed(problem, file, line, field) for problem in context["problems"]]
    message, expected, remedy = _words(details, model)
    value = None if details["type"] == "missing" else _shown(context.get("value", details["input"]))
    return [Problem(message, file, line, field, value, expected, remedy)]


def placed(problem: Problem, file: str, line: int | None, field: str) -> Problem:
    """A problem found while reading a field: in the field's own place, unless it already has a file."""
    if problem.file:
        where = f"{problem.remedy}; " if problem.remedy else ""
        return Problem(
            problem.message,
            problem.file,
            problem.line,
            problem.field,
            problem.value,
            problem.expected,
            f"{where}used by {field} ({file}:{line})" if line else f"{where}used by {field} ({file})",
        )
    return Problem(problem.message, file, line, field, problem.value, problem.expected, problem.remedy)


def _clean(loc: Path_, document: Document, at: Path_) -> Path_:
    """Pydantic's location without the names of validators and union members, which the file does not have."""
    node: Any = document.data
    for part in at:
        node = node.get(part) if isinstance(node, dict) else None
    kept: list[str | int] = []
    for part in loc:
        if isinstance(node, dict) and part in node:
            node = node[str(part)]
        elif isinstance(node, list) and isinstance(part, int) and part < len(node):
            node = node[part]
        elif part != loc[-1] or (isinstance(part, str) and ("[" in part or not isinstance(node, dict))):
            continue
        kept.append(part)
    return tuple(kept)


def _words(details: ErrorDetails, model: type[BaseModel]) -> tuple[str, str | None, str | None]:
    """Message, expectation and remedy of one finding."""
    kind, context = details["type"], details.get("ctx", {})
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
        return "unknown choice", str(context["expected"]), None
    if kind in ("too_short", "too_long"):
        few, length = ("few", "at least {min_length}") if kind == "too_short" else ("many", "at most {max_length}")
        return f"too {few} entries", length.format(**context), None
    if kind in _PLAIN_WORDS:
        words, wanted = _PLAIN_WORDS[kind]
        return words, wanted, None
    expected = context.get("expected")
    return (
        details["msg"].removeprefix("Value error, "),
        str(expected) if expected else None,
        context.get("remedy"),
    )


def _known_keys(model: type[BaseModel], loc: Path_) -> list[str]:
    """The keys that the model at a location takes."""
    current: type[BaseModel] | None = model
    for part in loc:
        if current is None:
            break
        current = _field_model(current, part) or current
    assert current is not None
    return [info.alias or name for name, info in current.model_fields.items()]


def _field_model(model: type[BaseModel], key: str | int) -> type[BaseModel] | None:
    """The model inside a field's type, however it is wrapped."""
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


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, str | int | float) else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
