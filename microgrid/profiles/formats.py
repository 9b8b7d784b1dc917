"""The formats that can be read, each in a file of its own, and which of them a file is in."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from microgrid.errors import nearest
from microgrid.parameters import Parameters
from microgrid.profiles.source import Source
from microgrid.profiles.table import Table

# Name -> module of this package whose FORMAT it is; imported only when it is used. The order in which they are tried.
_MODULES = {
    "enedis": "enedis",
    "green-button": "green_button",
    "pvgis": "pvgis",
    "epw": "epw",
    "tmy3": "tmy3",
    "nsrdb": "nsrdb",
    "eco2mix": "eco2mix",
    "entsoe": "entsoe",
    "smard": "smard",
    "ev-sessions": "ev_sessions",
    "table": "delimited",
}
AUTO = "auto"


class NoOptions(Parameters):
    """A format that needs nothing to be said."""


@dataclass(frozen=True)
class Format:
    """A format of files.

    title: in a few words; recognises: whether the first 8 kB look like it (decoded as Latin-1); read: the table in a
    source, given the validated options; options: what may be said beside the file.
    """

    title: str
    recognises: Callable[[str], bool]
    read: Callable[[Source, Any], Table]
    options: type[Parameters] = NoOptions


def names() -> list[str]:
    """The names of all formats."""
    return list(_MODULES)


def module_of(name: str) -> str:
    """The module of this package that reads a format."""
    return _MODULES[name]


def format_of(name: str) -> Format:
    """The format of a name."""
    found: Format = importlib.import_module(f"microgrid.profiles.{module_of(name)}").FORMAT
    return found


def read_source(source: Source, name: str = AUTO, options: Mapping[str, Any] | None = None) -> Table:
    """The table in a source; ``auto`` recognises the format.

    Raises:
        InputError: no such format or option, or what is wrong with the file.
    """
    if name == AUTO:
        name = recognise(source)
    if name not in _MODULES:
        near = nearest(name, names())
        raise source.error(
            "unknown format",
            field="format",
            value=name,
            expected="one of " + ", ".join([AUTO, *names()]),
            remedy=f"did you mean {near!r}?" if near else None,
        )
    found = format_of(name)
    try:
        chosen = found.options.model_validate(dict(options or {}))
    except ValidationError as error:
        first = error.errors()[0]
        known = ", ".join(field.alias or key for key, field in found.options.model_fields.items()) or "none"
        place = ".".join(map(str, first["loc"]))
        raise source.error(
            f"option of format {name!r}: {first['msg']}",
            field=f"format.{place}" if place else "format",
            value=first.get("input"),
            expected=str(first.get("ctx", {}).get("expected") or f"options: {known}"),
        ) from None
    return found.read(source, chosen)


def recognise(source: Source) -> str:
    """The name of the format that a file is in; an InputError where it is none of them."""
    head = source.head()
    for name, found in _all():
        if found.recognises(head):
            return name
    raise source.error(
        "the format is not recognised",
        value=head[:60].encode("unicode_escape").decode("ascii"),
        expected="one of " + ", ".join(names()),
        remedy="name the format, or save the data as a table with stamps and values",
    )


def _all() -> Iterator[tuple[str, Format]]:
    for name in _MODULES:
        yield name, format_of(name)
