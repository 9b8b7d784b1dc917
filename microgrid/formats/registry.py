"""Registry of the formats that can be read, and recognition of the format of a file."""

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
    """Names of all formats, in the order in which they are tried on a file: general ones last."""
    return list(_all())


def format_of(name: str) -> Format:
    """Format of a name, for which only its own module is imported.

    Raises:
        InputError: a format of another package is faulty; the error names the package.
    """
    if _is_own(name):
        found: Format = importlib.import_module(module_of(name)).FORMAT
        return found
    return load_outside(GROUP, _files(), _EXPECTED, Format)[name]


def module_of(name: str) -> str:
    """Name of the module of a format, which is called as the format is, in a subpackage of ``microgrid.formats``."""
    return _files()[name]


@functools.cache
def _files() -> dict[str, str]:
    """Modules in the subpackages of ``microgrid.formats`` by name with hyphens: of formats, and helpers of these."""
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
    """Formats of this project and of other packages by name, in the order in which they are tried."""
    own = {name: importlib.import_module(module) for name, module in _files().items()}
    formats = [(name, module.FORMAT) for name, module in own.items() if hasattr(module, "FORMAT")]
    formats += load_outside(GROUP, _files(), _EXPECTED, Format).items()
    return dict(sorted(formats, key=lambda pair: (pair[1].general, pair[0])))


def read_file(source: Source, form: object = None, columns: Mapping[str, object] | None = None) -> Table:
    """Table in a file that a case, a community, a section of sensors or the command line names.

    Args:
        source: the file.
        form: None for a plain table of this project's own; else the name of a format, "auto", or a mapping with the
            name and the options of the format.
        columns: new name -> name in the file, or {column, unit, scale}.

    Raises:
        InputError: an error in the file, its format or its columns; without ``form``, for a file in another known
            format, the error names that format.
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
    """Name and options of a format as one mapping, as in a case; None for a plain table.

    Raises:
        InputError: an option with the name ``name``, which is the key of the format.
    """
    if name is None and not options:
        return None
    if options and "name" in options:
        raise source.error(
            "not an option of a format", field="--option", value="name", remedy="state the name by --format"
        )
    return {"name": name or AUTO, **(options or {})}


def _in_another_format(source: Source, error: NotPlainTableError) -> InputError:
    """Error about a file that is no plain table, with the format that is recognised, if any."""
    try:
        name = recognise(source)
    except InputError:
        return error
    problem = error.problems[0]
    what = f"not a plain table; it looks like format {name!r} ({format_of(name).title}): {problem.message}"
    remedy = f"state its format: 'format: {name}', or 'format: auto' (--format on the command line)"
    expected = "a plain table with a column 'time', or the name of a format"
    return InputError(Problem(what, problem.file, problem.line, "format", problem.value, expected, remedy))


def read_source(source: Source, name: str = AUTO, options: Mapping[str, Any] | None = None) -> Table:
    """Table in a source; with ``auto`` the format is recognised.

    Raises:
        InputError: an unknown format or option, or an error in the file.
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
    """Name of the format of a file; ``table`` where the options ``start`` or ``header`` make any text readable.

    Raises:
        InputError: no format is recognised; with the message of a web service that the file holds in place of data.
    """
    head = source.head(max(found.head_bytes for found in _all().values()))
    if is_page(head):
        _refuse_answer(source, head)
    for name, found in _all().items():
        if found.recognises(head[: found.head_bytes]):
            return name
    _refuse_answer(source, head)
    if {"start", "header"} & set(options or {}):
        return "table"  # only this format reads values without stamps, or below any number of lines
    raise source.error(
        "the format is not recognised",
        value=head[:60].encode("unicode_escape").decode("ascii"),
        expected="one of " + ", ".join(names()),
        remedy="state the format, or save the data as a table with time stamps and values",
    )


def _refuse_answer(source: Source, head: str) -> None:
    """Raise an InputError with the message of a web service whose error or page the file holds in place of data."""
    if answer := answer_in(head.encode("latin-1", "replace").decode("utf-8", "replace")):
        remedy = "request the data again as the message demands; the file holds the answer of the service, and no data"
        raise source.error("the service answered with an error", value=answer, expected="a file of data", remedy=remedy)
