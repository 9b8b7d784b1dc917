"""Targets of a case: limits of figures as numbers in the unit of each figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from microgrid.case.schema import Target
from microgrid.documents.yaml_file import Document
from microgrid.errors import InputError, Problem
from microgrid.money import remedy_of
from microgrid.suffixes import suffix_of
from microgrid.units import example, parse


@dataclass(frozen=True)
class Limits:
    """Least and greatest value of a figure, in the unit at the end of its name; None where there is no limit."""

    min: float | None
    max: float | None


def read_targets(targets: Mapping[str, Target], document: Document) -> dict[str, Limits]:
    """Limits by the name of their figure; money is read in the currency in force.

    Raises:
        InputError: a quantity in another unit than the figure's, or a least value above the greatest.
    """
    return {name: _limits(name, target, document) for name, target in targets.items()}


def _limits(name: str, target: Target, document: Document) -> Limits:
    least = _limit(name, "min", target.min, document)
    most = _limit(name, "max", target.max, document)
    if least is not None and most is not None and least > most:
        raise _error(name, "min", "contradicts another value", str(target.min), f"at most max, {most:g}", document)
    return Limits(least, most)


def _limit(name: str, key: str, value: float | str | None, document: Document) -> float | None:
    if not isinstance(value, str):
        return value
    suffix = suffix_of(name.rpartition(".")[2])
    unit = "" if suffix is None or suffix.unit == "count" else suffix.unit
    try:
        return parse(value, unit)
    except ValueError as error:
        expected = f"a number, or a quantity such as {example(unit)}"
        raise _error(name, key, str(error), value, expected, document, remedy_of(error).get("remedy")) from None


def _error(
    name: str, key: str, message: str, value: str, expected: str, document: Document, remedy: str | None = None
) -> InputError:
    file, line = document.place(("targets", name, key))
    return InputError(Problem(message, file, line, f"targets.{name}.{key}", value, expected, remedy))
