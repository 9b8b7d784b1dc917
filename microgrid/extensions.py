"""Extensions: what other installed packages add to this one, found through their entry points.

A package names what it adds in its own ``pyproject.toml``, one line each, under the group that it belongs to:

    [project.entry-points."microgrid.assets"]
    electrolyser = "their_package.electrolyser:Electrolyser"
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from microgrid.errors import InputError, Problem

Kind = TypeVar("Kind")


@functools.cache
def found_outside(group: str) -> Mapping[str, EntryPoint]:
    """Entry points of other packages in a group, by name, in alphabetical order; nothing is imported.

    Raises:
        InputError: two packages add something under the same name.
    """
    found: dict[str, EntryPoint] = {}
    for entry in sorted(entry_points(group=group), key=lambda entry: entry.name):
        other = found.get(entry.name)
        if other is not None and (other.value, _package(other)) != (entry.value, _package(entry)):
            raise refuse_extension(entry, f"two packages add {entry.name!r}: {_package(other)} too", "another name")
        found[entry.name] = entry
    return found


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
            f"an extension of package {_package(entry)}: {message}",
            field=f"entry point {entry.name!r} of {entry.group}",
            value=entry.value,
            expected=expected,
            remedy="correct that package, or uninstall it",
        )
    )


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown package"
