"""The formats that can be read, each in a file of its own, and which of them a file is in."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

import microgrid.formats
from microgrid.errors import InputError, Problem, nearest
from microgrid.extensions import found_outside, load_outside
from microgrid.formats.format import Format
from microgrid.formats.renamed_columns import columns_of, renamed
from microgrid.formats.service_answers import answer_in, is_page
from microgrid.formats.source import Source
from microgrid.formats.tables.native_table import read_table
from microgrid.formats.timed_table import NotPlainTableError, Table

AUTO = "auto"
GROUP = "microgrid.formats"
_EXPECTED = "a Format, see microgrid.formats.format"


def names() -> list[str]:
    """The names of all formats, in the order in which a file is held against them: general ones last."""
    return list(_all())


def format_of(name: str) -> Format:
    """The format of a name; its file alone is imported.

    Raises:
        InputError: what is wrong with a format of another package, by the name of the package.
    """
    if _is_own(name):
        found: Format = importlib.import_module(module_of(name)).FORMAT
        return found
    return load_outside(GROUP, _files(), _EXPECTED, Format)[name]


def module_of(name: str) -> str:
    """The module that reads a format: the file of its name in one of the rooms of this package."""
    return _files()[name]


@functools.cache
def _files() -> dict[str, str]:
    """Every file in a room of this package by its name with hyphens; some of them are no formats but help these."""
    found = {}
    for room in pkgutil.iter_modules(microgrid.formats.__path__):
        if room.ispkg:
            package = importlib.import_module(f"microgrid.formats.{room.name}")
            for file in pkgutil.iter_modules(package.__path__):
                found[file.name.replace("_", "-")] = f"{package.__name__}.{file.name}"
    return found


def _is_own(name: str) -> bool:
    return name in _files() and hasattr(importlib.import_module(module_of(name)), "FORMAT")


@functools.cache
def _all() -> dict[str, Format]:
    """Every format by its name."""
    own = {name: importlib.import_module(module) for name, module in _files().items()}
    formats = [(name, module.FORMAT) for name, module in own.items() if hasattr(module, "FORMAT")]
    formats += load_outside(GROUP, _files(), _EXPECTED, Format).items()
    return dict(sorted(formats, key=lambda pair: (pair[1].general, pair[0])))


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
    if not _is_own(name) and name not in found_outside(GROUP):
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
    head = source.head(max(found.head_bytes for found in _all().values()))
    if is_page(head):
        _refuse_answer(source, head)
    for name, found in _all().items():
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
