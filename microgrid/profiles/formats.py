"""The formats that can be read, each in a file of its own, and which of them a file is in."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from microgrid.answers import answer_in, is_page
from microgrid.errors import InputError, Problem, nearest
from microgrid.parameters import Parameters
from microgrid.profiles.columns import columns_of, renamed
from microgrid.profiles.source import Source
from microgrid.profiles.table import NotPlainTableError, Table, read_table

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

    title: in a few words; recognises: whether the beginning of a file looks like it (``Source.head``); read: the
    table in a source, given the validated options; options: what may be stated beside the file; head_bytes: how much of
    a file it needs to be recognised.
    """

    title: str
    recognises: Callable[[str], bool]
    read: Callable[[Source, Any], Table]
    options: type[Parameters] = NoOptions
    head_bytes: int = 1 << 16


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


def read_file(source: Source, form: object = None, columns: Mapping[str, object] | None = None) -> Table:
    """The table in a file, wherever one is named: in a case, a community, a section of sensors, on the command line.

    Args:
        source: the file.
        form: None for a plain table of this project's own; else the name of a format, "auto", or a mapping with the
            name and the options of the format.
        columns: new name -> name in the file, or {column, unit, scale}.

    Raises:
        InputError: what is wrong with the file, its format or its columns; for a file in a known format that was read
            as a plain table, which one.
    """
    if form is None:
        try:
            table = read_table(source.path, source.name, source.label, source.timezone, source.log)
        except NotPlainTableError as error:
            raise _in_another_format(source, error) from None
    else:
        options = dict(form) if isinstance(form, Mapping) else {"name": form}
        table = read_source(source, str(options.pop("name", "")), options)
    return renamed(table, columns_of(columns, source.name), source.log) if columns else table


def form_of(source: Source, name: str | None, options: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Format and options as one mapping, as a case has them; None for a plain table.

    Raises:
        InputError: an option that is called as the format is.
    """
    if name is None and not options:
        return None
    if options and "name" in options:
        raise source.error("no option of a format", field="--option", value="name", remedy="state it by --format")
    return {"name": name or AUTO, **(options or {})}


def _in_another_format(source: Source, error: NotPlainTableError) -> InputError:
    """The error of a file that is no plain table, with the format that it looks like."""
    try:
        name = recognise(source)
    except InputError:
        return error
    problem = error.problems[0]
    what = f"no plain table, but it looks like format {name!r} ({format_of(name).title}): {problem.message}"
    remedy = f"state its format: 'format: {name}', or 'format: auto' (--format on the command line)"
    expected = "a plain table with a column 'time', or the name of a format"
    return InputError(Problem(what, problem.file, problem.line, "format", problem.value, expected, remedy))


def read_source(source: Source, name: str = AUTO, options: Mapping[str, Any] | None = None) -> Table:
    """The table in a source; ``auto`` recognises the format.

    Raises:
        InputError: no such format or option, or what is wrong with the file.
    """
    if name == AUTO:
        name = recognise(source, options)
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
    head = source.head(found.head_bytes)
    if head.lstrip()[:1] in ("<", "{", "[") and (is_page(head) or not found.recognises(head)):
        _refuse_answer(source, head)
    return found.read(source, chosen)


def recognise(source: Source, options: Mapping[str, Any] | None = None) -> str:
    """The name of the format that a file is in, or of the one whose options make a file of values alone readable.

    Raises:
        InputError: it is none of them; with the words of a service that answered with an error in its place.
    """
    head = source.head(max(found.head_bytes for _, found in _all()))
    if is_page(head):
        _refuse_answer(source, head)
    for name, found in _all():
        if found.recognises(head[: found.head_bytes]):
            return name
    _refuse_answer(source, head)
    if {"start", "header"} & set(options or {}):
        return "table"  # the one format of values without stamps, or below lines of whatever length
    raise source.error(
        "the format is not recognised",
        value=head[:60].encode("unicode_escape").decode("ascii"),
        expected="one of " + ", ".join(names()),
        remedy="name the format, or save the data as a table with stamps and values",
    )


def _refuse_answer(source: Source, head: str) -> None:
    """An InputError with the words of a service that answered with an error, or with a page, in place of a file."""
    if said := answer_in(head.encode("latin-1", "replace").decode("utf-8", "replace")):
        remedy = "ask again as it says; the file is what the service sent in place of data"
        raise source.error("the service answered with an error", value=said, expected="a file of data", remedy=remedy)


def _all() -> Iterator[tuple[str, Format]]:
    for name in _MODULES:
        yield name, format_of(name)
