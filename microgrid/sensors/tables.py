"""Archive of sensors in files of a format that ``import`` reads: each column is a point."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from microgrid.errors import InputError, Problem
from microgrid.formats.column_units import stated_unit
from microgrid.formats.registry import read_file
from microgrid.formats.source import Source
from microgrid.formats.timed_table import TIME, Table
from microgrid.horizon import IntArray
from microgrid.repairs import RepairLog
from microgrid.sensors.archive import RawRows
from microgrid.sensors.schema import Sensors
from microgrid.sensors.stamps import Stamps


class TableArchive:
    """Archive whose points are the columns of all files, by name; rows from ``begin`` to ``end`` [ms] are read.

    Its attributes are those of ``microgrid.sensors.archive.Archive``. The names of columns end in their units.
    """

    def __init__(
        self, paths: list[Path], sensors: Sensors, shown: str, begin: int, end: int, zone: str, log: RepairLog
    ) -> None:
        self.sensors = sensors
        self.shown = shown
        self.begin = begin
        self.end = end
        self.units: list[str] = [""]
        self.stamps = Stamps()
        self.seen: Counter[str] = Counter()
        self.nameless = 0
        self.empty = 0
        self.comma = ""
        sources = [Source(path, path.as_posix(), path.name, zone, log) for path in paths]
        self._tables = [read_file(source, sensors.format) for source in sources]

    def points(self) -> dict[str, int]:
        """Number of rows of each point, by name."""
        counts: Counter[str] = Counter()
        for table in self._tables:
            rows = len(self._rows(table))
            counts.update({str(name): rows for name in table.frame.columns if name != TIME})
        return {name: counts[name] for name in sorted(counts)}

    def groups(self, wanted: dict[str, int]) -> Iterator[dict[str, RawRows]]:
        """Yield the wanted points with their rows, by name, all in one group."""
        yield {name: self._raw(name) for name in wanted}

    def error(
        self, message: str, *, file: str = "", value: object = None, expected: str = "", remedy: str = ""
    ) -> InputError:
        """InputError about the archive; the caller raises it."""
        shown = None if value is None else str(value)
        return InputError(Problem(message, self.shown, None, "sensors", shown, expected or None, remedy or None))

    def _rows(self, table: Table) -> IntArray:
        """Positions of the rows that stand in the file, without rows that its reader added for a hole."""
        there = np.ones(len(table.frame), dtype=bool) if table.lines is None else table.lines > 0
        return np.flatnonzero(there)

    def _raw(self, name: str) -> RawRows:
        """Rows of a point in all files that have its column."""
        parts = [self._part(table, name) for table in self._tables if name in table.frame.columns]
        ms, value, hours = (np.concatenate([getattr(p, key) for p in parts]) for key in ("ms", "value", "hours"))
        unit = next((stated for table in self._tables if (stated := stated_unit(table, name))), "")
        if unit not in self.units:
            self.units.append(unit)
        code = np.full(len(ms), self.units.index(unit), dtype=np.int64)
        return RawRows(ms, value, code, hours=hours, outside=sum(part.outside for part in parts))

    def _part(self, table: Table, name: str) -> RawRows:
        whole = self._whole(table, name)
        kept = (whole.ms >= self.begin) & (whole.ms < self.end)
        assert whole.hours is not None
        within = replace(whole, ms=whole.ms[kept], value=whole.value[kept], hours=whole.hours[kept])
        return replace(within, outside=int((~kept).sum()))

    def _whole(self, table: Table, name: str) -> RawRows:
        """The values of a table with the length of their intervals; those of longer steps once, over all of it."""
        rows = self._rows(table)
        longer = table.longer.get(name)
        if longer is None or longer.astray:
            return RawRows(
                table.points[rows] * 1000, table.column(name, holes=True)[rows], hours=table.step_hours[rows]
            )
        rows = rows[longer.place[rows] == rows]
        hours = table.step_hours[rows] * longer.times[rows]
        return RawRows(table.points[rows] * 1000, longer.held[rows], hours=hours)
