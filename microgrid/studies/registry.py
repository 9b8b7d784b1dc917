"""Registry of the studies: files of this folder with a variable ``STUDY``, and those that other packages add."""

from __future__ import annotations

import functools
import importlib
import os
import re
from collections.abc import Mapping
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING

import microgrid.studies
from microgrid.errors import InputError, Problem, nearest
from microgrid.extensions import entries_outside, load_entry, only_entry, package_of, refuse_extension

if TYPE_CHECKING:
    from microgrid.studies.study import Study

GROUP = "microgrid.studies"
_DECLARED = re.compile(r"^STUDY\b.*=", re.MULTILINE)
_FIRST_LINE = re.compile(r"\A(?:\s|#[^\n]*\n)*[rR]?(\"{3}|'{3}|\"|')\s*(.+?)\s*(?:\1|\n)")


@functools.cache
def _own() -> Mapping[str, str]:
    """Name -> module of the studies of this package; the files are searched and not imported, to start fast."""
    found = {}
    for file in (entry for place in microgrid.studies.__path__ for entry in os.scandir(place)):
        stem = file.name.removesuffix(".py")
        if stem != file.name and _DECLARED.search(_text(file.path)):
            found[stem.replace("_", "-")] = f"{microgrid.studies.__name__}.{stem}"
    return dict(sorted(found.items()))


def study_names() -> list[str]:
    """Names of all studies, those of other packages last; nothing is imported."""
    return [*_own(), *(name for name in entries_outside(GROUP) if name not in _own())]


def study_of(name: str) -> Study:
    """Study of a name, for which only its own module is imported.

    Raises:
        InputError: no study of that name, two of it, or a study of another package that is faulty; errors about other
            packages name them.
    """
    from microgrid.studies.study import Study

    refuse_name(name, _own())
    if "_" in name and name in entries_outside(GROUP):
        expected = f"hyphens in the name of a study: {name.replace('_', '-')}"
        raise refuse_extension(entries_outside(GROUP)[name][0], f"{name!r} has an underscore", expected)
    if name in _own():
        own: Study = importlib.import_module(_own()[name]).STUDY
        return own
    entries = entries_outside(GROUP).get(name)
    if entries is None:
        near = nearest(name, study_names())
        raise InputError(
            Problem(
                "no such study",
                value=name,
                expected="one of " + ", ".join(study_names()),
                remedy=f"did you mean {near!r}?" if near else None,
            )
        )
    return load_entry(only_entry(entries), "a Study, see microgrid.studies.study", Study)


def refuse_name(name: str, taken: Mapping[str, object]) -> None:
    """Raise an InputError if another package adds a study under a name of ``taken``; it names the package."""
    if name in taken and name in entries_outside(GROUP):
        raise refuse_extension(entries_outside(GROUP)[name][0], f"{name!r} is in microgrid itself", "another name")


def summary_of(name: str) -> str:
    """First sentence of the file of a study, and the other packages that add it; nothing is imported."""
    entries = entries_outside(GROUP).get(name, ())
    packages = " and ".join(map(package_of, entries))
    sentence = _sentence(_own()[name] if name in _own() else entries[0].module)
    return f"{sentence} [{packages}]".strip() if entries else sentence


def _sentence(module: str) -> str:
    """First line of the docstring of a module, "" if it cannot be read; neither it nor its packages are imported."""
    place, name, file = None, "", ""
    for part in module.split("."):
        name = f"{name}.{part}".lstrip(".")
        spec = PathFinder.find_spec(name, place)
        if spec is None:
            return ""
        place, file = spec.submodule_search_locations, spec.origin or ""
    first = _FIRST_LINE.match(_text(file))
    return first[2].strip() if first else ""


def _text(file: str) -> str:
    """Text of a source file, "" if it cannot be read."""
    try:
        with open(file, encoding="utf-8") as stream:  # noqa: PTH123 (``pathlib`` takes a tenth of the time of --help)
            return stream.read()
    except (OSError, UnicodeError):
        return ""
