"""Context in which the series of a case are read: folder, horizon, repair log, files, place and sensors."""

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
from microgrid.money import Money
from microgrid.repairs import RepairLog


class ArchiveOfCase(Protocol):
    """Sensors of a case, whose series are read by name."""

    def unit(self, name: str) -> str:
        """Unit of a series; an InputError if there is none of that name."""

    def series(self, name: str, unit: str, reading: Reading) -> FloatArray:
        """Values of a series on the steps of the horizon, (N,), in a unit."""


@dataclass
class Reading:
    """Context in which the series of a case are read.

    folder: folder of the case; log: gets every repair; tables: tables that have been read, by file and options; files:
    files that have been read, with their hashes; latitude, longitude: of the site [deg]; money: currency of all
    amounts.
    """

    folder: Path
    horizon: Horizon
    log: RepairLog = field(default_factory=RepairLog)
    tables: dict[tuple[Path, str], Table] = field(default_factory=dict)
    files: InputFiles = field(default_factory=InputFiles)
    latitude: float | None = None
    longitude: float | None = None
    sensors: ArchiveOfCase | None = None
    money: Money = field(default_factory=Money)

    def resolve(self, name: object) -> Path:
        """Path of a file that the case names, which is noted as read.

        Raises:
            InputError: it is missing, or outside the case's folder.
        """
        path = resolve(name, self.folder)
        self.files.add(path)
        return path

    def matching(self, pattern: str) -> list[Path]:
        """Files of the case that fit a pattern with * and ?, in alphabetical order, which are noted as read.

        Raises:
            InputError: no file fits, or one of them lies outside the case's folder.
        """
        try:
            found = sorted(path.resolve() for path in self.folder.glob(pattern) if path.is_file())
        except (ValueError, NotImplementedError, OSError):  # an absolute or invalid pattern
            found = []
        if not found:
            raise InputError(
                Problem("no such file", value=pattern, expected=f"at least one file in {self.folder.as_posix()}")
            )
        root = self.folder.resolve()
        return [self.resolve(_within(path, pattern, self.folder).relative_to(root).as_posix()) for path in found]

    def table(self, name: object, form: object = None, columns: Mapping[str, object] | None = None) -> Table:
        """Table in a file of the case, read once.

        form, columns: as of ``microgrid.formats.registry.read_file``.
        """
        path = self.resolve(name)
        key = repr((form, columns) if columns else form)
        if (path, key) not in self.tables:
            shown = (self.folder / str(name)).as_posix()
            source = Source(path, shown, str(name), self.horizon.timezone, self.log)
            self.tables[path, key] = read_file(source, form, columns)
        return self.tables[path, key]

    def dates(self, spec: Mapping[str, Any]) -> tuple[dt.date, ...]:
        """Dates of the rows of a calendar file that have a value; spec: the keys file, column and is.

        Raises:
            InputError: as ``microgrid.series.dates.read_dates``. ValueError: other keys.
        """
        from microgrid.series.dates import read_dates

        if set(spec) != {"file", "column", "is"}:
            raise ValueError("not a list of dates")
        name = str(spec["file"])
        years = np.unique(self.horizon.local.year).tolist()
        return read_dates(self.resolve(spec["file"]), name, str(spec["column"]), str(spec["is"]), years)


def resolve(name: object, folder: Path) -> Path:
    """Path of a file that a case names; an InputError if it is missing, or outside the case's folder."""
    if not isinstance(name, str) or not name:
        raise InputError(Problem("not a file name", value=repr(name), expected="the name of a file of the case"))
    path = _within((folder / name).resolve(), name, folder)
    if not is_file(path):
        expected = f"a file in {folder.as_posix()}"
        raise InputError(Problem("no such file", value=name, expected=expected, remedy=_near_file(path)))
    return path


def _within(path: Path, name: str, folder: Path) -> Path:
    """The path itself, whose links are resolved; an InputError if it is outside the case's folder."""
    if path.is_relative_to(folder.resolve()):
        return path
    expected = f"a file in {folder.as_posix()}; this one is {path}"
    remedy = "copy the file into the case folder"
    raise InputError(Problem("path outside the case folder", value=name, expected=expected, remedy=remedy))


def _near_file(path: Path) -> str:
    """Remedy for a missing file: the nearest name in its folder, if there is one."""
    names = [p.name for p in path.parent.iterdir() if p.is_file()] if path.parent.is_dir() else []
    near = nearest(path.name, names)
    return f"did you mean {near!r}?" if near else "check the name and the folder"
