"""Rows of a file as intervals in order of time: sorted, without duplicates, with empty rows for missing ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from microgrid.formats.additive import adds_up
from microgrid.formats.longer_steps import longer_steps
from microgrid.formats.source import Source
from microgrid.formats.steps_awaiting_unit import LongerSteps
from microgrid.formats.timed_table import Side, Table
from microgrid.horizon import BoolArray, FloatArray, IntArray

# Enough for 1 s over eight weeks, or 1 min over a year in a hundred columns; the hole of a wrong stamp exceeds it.
_MOST_ROWS = 5_000_000
_MOST_VALUES = 60_000_000


@dataclass(frozen=True)
class Recorded:
    """Means over intervals, in any order.

    begin, end: of each interval [s since 1970, UTC], (n,); columns: name with its unit at the end -> numbers, NaN where
    the file has none, (n,); line: line of each row in the file, (n,); side: point of the intervals at which the stamps
    of the file stand; units: column -> unit that the file states apart from the name.
    """

    begin: IntArray
    end: IntArray
    columns: Mapping[str, FloatArray]
    line: IntArray
    side: Side = "begin"
    units: Mapping[str, str] = field(default_factory=dict)

    def table(self, source: Source) -> Table:
        """Table of the rows in order, each once, with an empty row for each that is missing.

        Raises:
            InputError: fewer than two rows, intervals that overlap, two values for one interval, a value that is not
                finite, a hole of more rows than a file may have.
        """
        if len(self.begin) < 2:
            raise source.error("fewer than two rows", remedy="a series needs at least two stamps")
        whole = self.once(source)
        begin, end, line = whole.begin, whole.end, whole.line
        points, place = _filled_up(source, begin, end, len(self.columns))
        columns = {name: np.full(len(points) - 1, np.nan) for name in whole.columns}
        longer: dict[str, LongerSteps] = {}
        for name, values in whole.columns.items():
            found = longer_steps(begin, end, values, self.side, source.timezone)
            adds = adds_up(name, self.units.get(name, ""))
            if found is None or adds is None or found.astray:
                columns[name][place] = values
            else:
                columns[name][place] = found.values(adds)
                source.log.add(source.label, name, "longer steps", found.count(), found.treatment(adds))
            if found and (adds is None or found.astray):
                longer[name] = found.placed(place, len(points) - 1)
        frame = pd.DataFrame(columns, index=range(len(points) - 1))
        lines = np.zeros(len(points) - 1, dtype=np.int64)
        lines[place] = line
        holes = len(lines) - len(line)
        source.log.add(
            source.label, "time", "missing rows", holes, "left empty: a series that uses them needs a rule to fill them"
        )
        return Table(source.name, source.label, frame, points, lines, units=self.units, longer=longer)

    def once(self, source: Source) -> Recorded:
        """Rows in order of time, each once.

        Raises:
            InputError: intervals that overlap, two values for one interval, a value that is not finite.
        """
        for name, values in self.columns.items():
            wild = np.flatnonzero(np.isinf(values))
            if len(wild):
                raise source.error("not a finite number", line=int(self.line[wild[0]]), field=name)
        order = np.argsort(self.begin, kind="stable")
        moved = int((np.diff(self.begin) < 0).sum())
        source.log.add(source.label, "time", "sorted", moved, "rows that followed a later one")
        rows = self._each_once(source, order)
        begin, end, line = self.begin[rows], self.end[rows], self.line[rows]
        _refuse_overlap(source, begin, end, line)
        columns = {name: values[rows] for name, values in self.columns.items()}
        return replace(self, begin=begin, end=end, columns=columns, line=line)

    def _each_once(self, source: Source, order: IntArray) -> IntArray:
        """Positions of the rows in order, without those that repeat interval and values of the row before.

        Raises:
            InputError: two values for one interval.
        """
        begin, end = self.begin[order], self.end[order]
        again = np.append(False, (np.diff(begin) == 0) & (np.diff(end) == 0))
        for name, values in self.columns.items():
            here, before = values[order][again], values[order][np.flatnonzero(again) - 1]
            differ = np.flatnonzero(~((here == before) | (np.isnan(here) & np.isnan(before))))
            if len(differ):
                row = order[np.flatnonzero(again)[differ[0]]]
                raise source.error(
                    "two values for one interval",
                    line=int(self.line[row]),
                    field=name,
                    value=f"{before[differ[0]]:g} and {here[differ[0]]:g} at {instant_text(self.begin[row])}",
                    remedy="find out which is right, and remove the other; parts of one series (registers, phases) "
                    "need a column that names them; local stamps of autumn must be in order of time",
                )
        source.log.add(
            source.label, "time", "doubled rows", int(again.sum()), "repeat another row; one of each is kept"
        )
        return np.asarray(order[~again])


def beside(source: Source, parts: Mapping[str, Recorded]) -> Table:
    """Table of series whose intervals may differ, each in a column; parts: name of the column -> its rows."""
    tables = {name: part.table(source) for name, part in parts.items()}
    if len(tables) == 1:
        return next(iter(tables.values()))
    whole = pd.DataFrame({"begin": [], "end": [], "line": []}, dtype=np.int64)
    for name, table in tables.items():
        assert table.lines is not None
        part = {"begin": table.points[:-1], "end": table.points[1:], "line": table.lines, name: table.frame[name]}
        found = pd.DataFrame(part)
        whole = whole.merge(found[found["line"] > 0], on=["begin", "end"], how="outer", suffixes=("", "_too"))
        whole["line"] = whole["line"].fillna(whole.pop("line_too"))
    begin, end, line = (whole[name].to_numpy(dtype=np.int64) for name in ("begin", "end", "line"))
    columns: dict[str, FloatArray] = {name: whole[name].to_numpy(dtype=float) for name in tables}
    units = {name: unit for table in tables.values() for name, unit in table.units.items()}
    side = next(iter(parts.values())).side
    return Recorded(begin, end, columns, line, side, units).table(source)


def _refuse_overlap(source: Source, begin: IntArray, end: IntArray, line: IntArray) -> None:
    wrong: BoolArray = np.append(False, begin[1:] < end[:-1]) | (end <= begin)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise source.error(
            "intervals overlap",
            line=int(line[row]),
            field="time",
            value=f"{instant_text(begin[row])} to {instant_text(end[row])}",
            expected="intervals that follow each other",
        )


def _filled_up(source: Source, begin: IntArray, end: IntArray, columns: int) -> tuple[IntArray, IntArray]:
    """Points of all rows, with those of missing rows in steps as long as the row before, and the place of each row."""
    gap = begin[1:] - end[:-1]
    step = end - begin
    inside: IntArray = np.append(np.where(gap > 0, -(-gap // step[:-1]), 0), 0)
    total = int(inside.sum()) + len(begin)
    if total > min(_MOST_ROWS, _MOST_VALUES // max(columns, 1)):
        widest = int(np.argmax(gap))
        raise source.error(
            "an impossibly long hole",
            field="time",
            value=f"{instant_text(end[widest])} to {instant_text(begin[widest + 1])}",
            expected="stamps of one period; one of these is probably wrong",
        )
    place = np.arange(len(begin)) + np.concatenate([[0], np.cumsum(inside)[:-1]])
    points = np.zeros(total + 1, dtype=np.int64)
    points[place] = begin
    for row in np.flatnonzero(inside):
        new = np.arange(int(inside[row]))
        points[place[row] + 1 + new] = end[row] + step[row] * new
    points[-1] = end[-1]
    return points, place


def instant_text(second: int) -> str:
    """Write an instant [s since 1970, UTC] as text."""
    try:
        return pd.Timestamp(int(second), unit="s", tz="UTC").isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return f"{second} s"
