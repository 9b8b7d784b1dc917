"""Extensions: what other installed packages add to this one, found through their entry points.

A package names what it adds in its own ``pyproject.toml``, one line each, under the group that it belongs to:

    [project.entry-points."microgrid.assets"]
    electrolyser = "their_package.electrolyser:Electrolyser"
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from microgrid.errors import InputError, Problem

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

Kind = TypeVar("Kind")


@functools.cache
def entries_outside(group: str) -> Mapping[str, Sequence[EntryPoint]]:
    """All entry points of other packages in a group, by name, in alphabetical order; nothing is imported.

    Several under one name are of different packages, or name different objects.
    """
    if not _may_be_named(group):
        return {}
    from importlib.metadata import entry_points

    found: dict[str, dict[tuple[str, str], EntryPoint]] = {}
    for entry in sorted(entry_points(group=group), key=lambda entry: entry.name):
        found.setdefault(entry.name, {})[entry.value, package_of(entry)] = entry
    return {name: tuple(entries.values()) for name, entries in found.items()}


def _may_be_named(group: str) -> bool:
    """Whether the metadata of any installed package may name a group.

    The module ``importlib.metadata`` takes half of the time of ``microgrid --help``, so it is left out where no folder
    of installed packages has a file with the name of the group; ``pathlib`` is left out for the same reason. A place
    that is no folder is left to that module.
    """
    for place in sys.path:
        try:
            folders = [entry for entry in os.scandir(place or ".") if entry.name.endswith((".dist-info", ".egg-info"))]
        except NotADirectoryError:
            return True
        except OSError:  # what cannot be read is no package for Python either
            continue
        if any(group.encode() in _entry_points(folder.path) for folder in folders):
            return True
    return False


def _entry_points(folder: str) -> bytes:
    """Content of the file of entry points in the metadata of a package, empty if there is none."""
    try:
        with open(f"{folder}/entry_points.txt", "rb") as file:  # noqa: PTH123 (see ``_may_be_named``)
            return file.read()
    except OSError:
        return b""


@functools.cache
def found_outside(group: str) -> Mapping[str, EntryPoint]:
    """Entry points of other packages in a group, by name, in alphabetical order; nothing is imported.

    Raises:
        InputError: two packages add something under the same name.
    """
    return {name: only_entry(entries) for name, entries in entries_outside(group).items()}


def only_entry(entries: Sequence[EntryPoint]) -> EntryPoint:
    """The one entry point of a name.

    Raises:
        InputError: there are two; the error names both packages.
    """
    first, *others = entries
    if others:
        message, expected = f"two packages add {first.name!r}", f"the other is {package_of(first)}"
        raise refuse_extension(others[0], message, expected)
    return first


def load_outside(group: str, own: Collection[str], expected: str, fits: type[Kind]) -> dict[str, Kind]:
    """Import everything that other packages add to a group, by name.

    Args:
        group: the group of the entry points, such as "microgrid.assets".
        own: names that this package uses itself.
        expected: what an entry point has to name, in words.
        fits: the type of which it has to be an instance.

    Raises:
        InputError: a package adds a name that exists already, cannot be imported, or adds something of another type.
    """
    found = {}
    for name, entry in found_outside(group).items():
        if name in own:
            raise refuse_extension(entry, f"microgrid itself has the name {name!r}", "another name")
        found[name] = load_entry(entry, expected, fits)
    return found


def load_entry(entry: EntryPoint, expected: str, fits: type[Kind]) -> Kind:
    """Import the object that one entry point names.

    Raises:
        InputError: it cannot be imported, or is of another type than ``fits``.
    """
    try:
        loaded = entry.load()
    except Exception as error:
        raise refuse_extension(entry, f"cannot be imported: {type(error).__name__}: {error}", expected) from error
    if not isinstance(loaded, fits):
        raise refuse_extension(entry, f"{entry.value} has the wrong type", expected)
    return loaded


def refuse_extension(entry: EntryPoint, message: str, expected: str) -> InputError:
    """InputError about an entry point, which names the package that it belongs to."""
    return InputError(
        Problem(
            f"an extension of package {package_of(entry)}: {message}",
            field=f"entry point {entry.name!r} of {entry.group}",
            value=entry.value,
            expected=expected,
            remedy="correct that package, or uninstall it",
        )
    )


def package_of(entry: EntryPoint) -> str:
    """Name and version of the package that an entry point belongs to."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown package"
