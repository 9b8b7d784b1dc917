"""The tariffs that ship with the package: which there are, and where their files lie."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from microgrid.errors import InputError, Problem, nearest

_SUFFIX = ".yaml"


def library() -> dict[str, Path]:
    """The file of each tariff by its name, without ".yaml", in alphabetical order."""
    folder = Path(str(files("microgrid.tariff"))) / "library"
    return {file.stem: file for file in sorted(folder.glob(f"*{_SUFFIX}"))}


def library_file(name: str) -> Path:
    """The file of one tariff, named with or without ".yaml".

    Raises:
        InputError: when there is no such tariff; it names the nearest one.
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
