"""Library of tariffs that the package ships: their names, titles and files."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

from microgrid.errors import InputError, Problem, nearest
from microgrid.files import write_text

_SUFFIX = ".yaml"


def library() -> dict[str, Path]:
    """Name of each shipped tariff, without ".yaml" -> its file, in alphabetical order."""
    folder = Path(str(files("microgrid.tariff"))) / "library"
    return {file.stem: file for file in sorted(folder.glob(f"*{_SUFFIX}"))}


def library_file(name: str) -> Path:
    """File of one shipped tariff, named with or without ".yaml".

    Raises:
        InputError: there is no such tariff; the error names the nearest one.
    """
    known = library()
    stem = name.removesuffix(_SUFFIX)
    if stem in known:
        return known[stem]
    near = nearest(stem, known)
    remedy = f"did you mean {near!r}?" if near else None
    raise InputError(
        Problem("no such tariff in the library", value=name, expected="one of " + ", ".join(known), remedy=remedy)
    )


def titles() -> dict[str, str]:
    """Name of each shipped tariff -> its title, which is the key ``name`` of its file."""
    from microgrid.documents.yaml_file import load_yaml

    return {name: str(load_yaml(file, file.name).data["name"]) for name, file in library().items()}


def write_tariff(name: str, out: str | Path) -> Path:
    """Write a copy of a shipped tariff, with its comments, to be edited and named by a case; returns its path.

    Raises:
        InputError: no such tariff, or a file that exists already.
        RunEnvironmentError: no space, or no right to write.
    """
    text = library_file(name).read_text(encoding="utf-8")
    path = Path(out)
    if os.path.lexists(path):
        raise InputError(Problem("exists already", str(out), remedy="choose a name that is not taken"))
    write_text(path, text)
    return path
