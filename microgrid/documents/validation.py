"""Validation of documents: pydantic's errors become problems with file, line, field, value, expectation and remedy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from microgrid.documents.yaml_file import Document, FieldPath
from microgrid.errors import InputError, Problem
from microgrid.wording import words_of

ModelT = TypeVar("ModelT", bound=BaseModel)


def validate(
    model: type[ModelT],
    data: object,
    document: Document,
    at: FieldPath = (),
    context: Mapping[str, Any] | None = None,
) -> ModelT:
    """Validate plain data, which stands at the path ``at`` of a document, as a model.

    context: passed to the validators of fields.

    Raises:
        InputError: every problem that was found, each with its place in the file.
    """
    try:
        return model.model_validate(data, context=dict(context or {}))
    except ValidationError as error:
        raise InputError(
            problem for details in error.errors() for problem in _problems(details, model, document, at)
        ) from None


def _problems(details: ErrorDetails, model: type[BaseModel], document: Document, at: FieldPath) -> list[Problem]:
    context = details.get("ctx", {})
    loc = (*details["loc"], context["field"]) if details["type"] == "contradiction" else details["loc"]
    path = (*at, *_clean(loc, document, at))
    field = ".".join(str(part) for part in path)
    file, line = document.place(path)
    if details["type"] == "problems":
        return [placed(problem, file, line, field) for problem in context["problems"]]
    message, expected, remedy = words_of(details, model)
    value = None if details["type"] == "missing" else _shown(context.get("value", details["input"]))
    return [Problem(message, file, line, field, value, expected, remedy)]


def placed(problem: Problem, file: str, line: int | None, field: str) -> Problem:
    """Problem that was found while a field was read, with the place of the field unless it has a file already."""
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


def _clean(loc: FieldPath, document: Document, at: FieldPath) -> FieldPath:
    """Location of a pydantic error without names of validators and union members, which no file has."""
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


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, str | int | float) else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
