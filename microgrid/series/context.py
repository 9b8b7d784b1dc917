"""What a field needs in order to read its series: the case's folder, its horizon, its log, the files so far."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from microgrid.errors import InputError, Problem, nearest
from microgrid.files import InputFiles
from microgrid.formats.registry import read_file
from microgrid.formats.source import Source, is_file
from microgrid.formats.timed_table import Table
from microgrid.horizon import FloatArray, Horizon
from microgrid.repairs import RepairLog


class ArchiveOfCase(Protocol):
    """The sensors of a case, from which a series is asked for by its name."""

    def unit(self, name: str) -> str:
        """The unit of a series."""

    def series(self, name: str, unit: str, reading: Reading) -> FloatArray:
        """Its values on the steps of the horizon, in a unit."""


@dataclass
class Reading:
    """What a field needs in order to read its series: the case's folder, its horizon, its log, the files so far."""

    folder: Path
    horizon: Horizon
    log: RepairLog = field(default_factory=RepairLog)
    tables: dict[tuple[Path, str], Table] = field(default_factory=dict)
    files: InputFiles = field(default_factory=InputFiles)
    latitude: float | None = None
    longitude: float | None = None
    sensors: ArchiveOfCase | None = None

    def resolve(self, name: object) -> Path:
        """The path of a file named in a case, which counts as read; raises InputError as the function ``resolve``."""
        path = resolve(name, self.folder)
        self.files.add(path)
        return path

    def matching(self, pattern: str) -> list[Path]:
        """The files of the case that a pattern with * and ? finds, in order.

        Raises:
            InputError: where there is none, or one of them lies outside the case's folder.
        """
        try:
            found = sorted(path.resolve() for path in self.folder.glob(pattern) if path.is_file())
        except (ValueError, NotImplementedError, OSError):  # an absolute pattern, or one that is none
            found = []
        if not found:
            raise InputError(Problem("no such file", value=pattern, expected=f"files in {self.folder.as_posix()}"))
        root = self.folder.resolve()
        return [self.resolve(_within(path, pattern, self.folder).relative_to(root).as_posix()) for path in found]

    def table(self, name: object, form: object = None, columns: Mapping[str, object] | None = None) -> Table:
        """The table in a file, read once; form and columns are those of ``read_file``."""
        path, key = self.resolve(name), repr((form, columns) if columns else form)
        if (path, key) not in self.tables:
            shown = (self.folder / str(name)).as_posix()
            source = Source(path, shown, str(name), self.horizon.timezone, self.log)
            self.tables[path, key] = read_file(source, form, columns)
        return self.tables[path, key]

    def dates(self, spec: Mapping[str, Any]) -> tuple[dt.date, ...]:
        """The dates of a calendar file whose row has a certain value; see ``microgrid.series.dates``."""
        from microgrid.series.dates import read_dates

        if set(spec) != {"file", "column", "is"}:
            raise ValueError("not a list of dates")
        name, years = str(spec["file"]), np.unique(self.horizon.local.year).tolist()
        return read_dates(self.resolve(spec["file"]), name, str(spec["column"]), str(spec["is"]), years)


def resolve(name: object, folder: Path) -> Path:
    """The path of a file named in a case; an InputError when it is missing or outside the case's folder."""
    if not isinstance(name, str) or not name:
        raise InputError(Problem("not a file name", value=repr(name), expected="the name of a file of the case"))
    path = _within((folder / name).resolve(), name, folder)
    if not is_file(path):
        expected = f"a file in {folder.as_posix()}"
        raise InputError(Problem("no such file", value=name, expected=expected, remedy=_near_file(path)))
    return path


def _within(path: Path, name: str, folder: Path) -> Path:
    """A path with all links followed, as it is; an InputError where that is outside the case's folder."""
    if path.is_relative_to(folder.resolve()):
        return path
    expected, remedy = f"a file within the folder; this is {path}", "copy the file into the case folder"
    raise InputError(Problem("path outside the case folder", value=name, expected=expected, remedy=remedy))


def _near_file(path: Path) -> str:
    names = [p.name for p in path.parent.iterdir() if p.is_file()] if path.parent.is_dir() else []
    near = nearest(path.name, names)
    return f"did you mean {near!r}?" if near else "check the name and the folder"
