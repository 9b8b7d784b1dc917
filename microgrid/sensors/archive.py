"""Archive of sensors: files in long form, read batch by batch and divided by point."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from microgrid.errors import InputError, Problem, nearest
from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.sensors.columns import coded, numbers, occurrences
from microgrid.sensors.schema import Sensors
from microgrid.sensors.stamps import NO_STAMP, Stamps

_BATCH_ROWS = 1 << 20
_MOST_POINTS = 20_000
MOST_ROWS = (
    100_000_000  # rows in memory at a time, 1.6 GB; a larger archive is read in several passes, by groups of points
)
_ENDINGS = (".parquet", ".csv")


@dataclass
class RawRows:
    """Rows of one point as they stand in the archive, in their order.

    ms: stamps [ms since 1970; UTC, or local time], (n,); value: NaN for a bad value or none, (n,); unit: code of each
    value's unit, (n,), if the archive has units; bad: whether the archive marks a value as bad, (n,), if it has
    qualities; hours: length of each value's interval, (n,), if known; outside: number of rows before or after the
    time that is read; unstamped: number of rows without a stamp. Rows outside and unstamped are left out.
    """

    ms: IntArray
    value: FloatArray
    unit: IntArray | None = None
    bad: BoolArray | None = None
    hours: FloatArray | None = None
    outside: int = 0
    unstamped: int = 0


@dataclass
class _Parts:
    """Columns of one point, collected part by part; outside, unstamped: as of ``RawRows``."""

    columns: dict[str, list[Any]] = field(default_factory=dict)
    outside: int = 0
    unstamped: int = 0

    def joined(self, kinds: Mapping[str, Any]) -> RawRows:
        """The parts joined to one; kinds: the type of each column, for a point without rows."""
        whole = {
            name: np.concatenate(self.columns[name]) if name in self.columns else np.zeros(0, dtype=kind)
            for name, kind in kinds.items()
        }
        return RawRows(**whole, outside=self.outside, unstamped=self.unstamped)


class Archive:
    """Files in long form, of which rows with stamps from ``begin`` to ``end`` [ms] are read.

    units: units by their code; stamps: how stamps were read; seen: number of rows by quality; nameless: number of rows
    without a point; comma: a text that looks like a number with a decimal comma, "" if there is none; empty: number of
    empty files.
    """

    def __init__(self, paths: list[Path], sensors: Sensors, shown: str, begin: int, end: int) -> None:
        self.sensors = sensors
        self.shown = shown
        self.begin = begin
        self.end = end
        self.units: list[str] = []
        self.stamps = Stamps()
        self.seen: Counter[str] = Counter()
        self.nameless = 0
        self.comma = ""
        self.empty = sum(path.stat().st_size == 0 for path in paths)
        self._files = [(path.name, self._opened(path)) for path in paths if path.stat().st_size]
        if not self._files:
            raise self.error("the archive is empty", value=f"{len(paths)} files", expected="rows of stamps and values")

    def rows(self) -> int:
        """Number of rows in all files."""
        return sum(int(dataset.count_rows()) for _, dataset in self._files)

    def points(self) -> dict[str, int]:
        """Number of rows of each point, by name."""
        counts: Counter[str] = Counter()
        for file, batch in self._batches([self.sensors.columns.point], None):
            names, code = self._coded(file, batch.column(0))
            found = np.bincount(code + 1, minlength=len(names) + 1)
            self.nameless += int(found[0])
            counts.update(dict(zip(names, found[1:].tolist(), strict=True)))
            if len(counts) > _MOST_POINTS:
                remedy = (
                    f"state the column of points under columns; {self.sensors.columns.point!r} seems to hold values"
                )
                raise self.error("too many points", value=f"over {_MOST_POINTS:,}", remedy=remedy)
        if not counts:
            raise self.error("the archive has no rows", expected="rows of stamps, points and values")
        return {name: counts[name] for name in sorted(counts) if counts[name]}

    def groups(self, wanted: dict[str, int]) -> Iterator[dict[str, RawRows]]:
        """Yield the wanted points with their rows, by name, in groups of at most ``MOST_ROWS`` rows."""
        names: list[str] = []
        held = 0
        choose = self.rows() > MOST_ROWS
        for name, count in wanted.items():
            if names and held + count > MOST_ROWS:
                yield self._read(names, choose)
                names = []
                held = 0
            names.append(name)
            held += count
        if names:
            yield self._read(names, choose)

    def _read(self, names: list[str], choose: bool) -> dict[str, RawRows]:
        """Read the rows of some points.

        choose: whether other points are filtered out while files are read, which is slower where all are wanted.
        """
        code = {name: number for number, name in enumerate(names)}
        parts = [_Parts() for _ in names]
        columns = self.sensors.columns
        needed = [c for c in (columns.time, columns.point, columns.value, columns.unit, columns.quality) if c]
        choice = pc.field(columns.point).isin(pa.array(names, pa.string())) if choose else None
        for file, batch in self._batches(needed, choice):
            try:
                self._part(file, batch, code, parts)
            except pa.ArrowException as error:
                raise self._damaged(file, error) from None
        kinds: dict[str, Any] = {"ms": np.int64, "value": float}
        kinds |= {"unit": np.int64} if columns.unit else {}
        kinds |= {"bad": bool} if self.sensors.good else {}
        return {name: part.joined(kinds) for name, part in zip(names, parts, strict=True)}

    def _batches(self, columns: list[str], choice: Any) -> Iterator[tuple[str, pa.RecordBatch]]:
        for file, dataset in self._files:
            try:
                scanner = dataset.scanner(columns=columns, filter=choice, batch_size=_BATCH_ROWS, batch_readahead=2)
                yield from ((file, batch) for batch in scanner.to_batches() if batch.num_rows)
            except (pa.ArrowException, OSError) as error:
                raise self._damaged(file, error) from None

    def _part(self, file: str, batch: pa.RecordBatch, code: dict[str, int], parts: list[_Parts]) -> None:
        """Append the rows of a batch to the parts of their points."""
        columns = self.sensors.columns
        names, places = self._coded(file, batch.column(columns.point))
        of_row = np.array([*(code.get(name, -1) for name in names), -1], dtype=np.int16)[places]
        ms = self.stamps.milliseconds(batch.column(columns.time), lambda *a, **k: self.error(*a, file=file, **k))
        inside = (ms >= self.begin) & (ms < self.end)
        wanted = of_row >= 0
        for number, count in occurrences(of_row[wanted & ~inside & (ms != NO_STAMP)]):
            parts[number].outside += count
        for number, count in occurrences(of_row[wanted & (ms == NO_STAMP)]):
            parts[number].unstamped += count
        rows = np.flatnonzero(wanted & inside)
        rows = rows[np.argsort(of_row[rows], kind="stable")]
        found: dict[str, Any] = {"ms": ms[rows], "value": self._values(file, batch.column(columns.value))[rows]}
        if columns.unit:
            found["unit"] = self._unit(file, batch.column(columns.unit))[rows]
        if self.sensors.good:
            found["bad"] = ~self._good(file, batch.column(columns.quality))[rows]
            found["value"] = np.where(found["bad"], np.nan, found["value"])
        edges = np.searchsorted(of_row[rows], np.arange(len(parts) + 1)).tolist()
        for number, span in enumerate(map(slice, edges[:-1], edges[1:])):
            if span.start < span.stop:
                for name, values in found.items():
                    parts[number].columns.setdefault(name, []).append(values[span])

    def _values(self, file: str, column: Any) -> FloatArray:
        found, comma = numbers(column)
        if found is None:
            raise self.error(
                "the column of values holds no numbers",
                file=file,
                value=str(column.type),
                expected="numbers, or text with numbers",
            )
        self.comma = self.comma or comma
        return found

    def _good(self, file: str, column: Any) -> BoolArray:
        """Whether the quality of each row is good; counts the qualities."""
        names, places = self._coded(file, column)
        counts = np.bincount(places + 1, minlength=len(names) + 1).tolist()
        self.seen.update(dict(zip(["", *names], counts, strict=True)))
        return np.array([*(is_good(name, self.sensors.good) for name in names), False])[places]

    def _unit(self, file: str, column: Any) -> IntArray:
        """Code of each row's unit in ``units``, to which new units are added."""
        names, places = self._coded(file, column)
        for name in (*names, ""):
            if name not in self.units:
                self.units.append(name)
        return np.array([self.units.index(name) for name in (*names, "")], dtype=np.int64)[places]

    def _coded(self, file: str, column: Any) -> tuple[list[str], IntArray]:
        try:
            return coded(column)
        except (pa.ArrowException, ValueError) as error:
            raise self._damaged(file, error) from None

    def _opened(self, path: Path) -> Any:
        """Open one file by itself, so that each keeps its own column types and errors name it."""
        ending = path.suffix.lower()
        if ending not in _ENDINGS:
            raise self.error("not a file of an archive", file=path.name, expected="files that end in .parquet or .csv")
        columns = self.sensors.columns
        form: Any = ds.ParquetFileFormat(dictionary_columns=[columns.point])
        if ending == ".csv":
            from pyarrow import csv

            text = [name for name in columns.model_dump().values() if name]
            form = ds.CsvFileFormat(convert_options=csv.ConvertOptions(column_types=dict.fromkeys(text, pa.string())))
        try:
            dataset = ds.dataset(path.as_posix(), format=form)
            found = dataset.schema.names
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._damaged(path.name, error) from None
        for role, name in columns.model_dump().items():
            if name and found.count(name) != 1:
                near = nearest(name, found)
                remedy = f"state 'columns: {{{role}: {near}}}'" if near else f"state it: 'columns: {{{role}: ...}}'"
                if ending == ".csv" and len(found) == 1:
                    remedy = "export the file with commas between fields"
                expected = "one of " + ", ".join(found[:12])
                raise self.error(
                    f"no column for the {role}", file=path.name, value=name, expected=expected, remedy=remedy
                )
        return dataset

    def _damaged(self, file: str, error: Exception) -> InputError:
        reason = str(error).splitlines()[0].rpartition("': ")[2][:160]
        remedy = "export the file again: Parquet, or CSV in UTF-8 with commas between fields and decimal points"
        return self.error("cannot be read", file=file, value=reason, remedy=remedy)

    def error(
        self, message: str, *, file: str = "", value: object = None, expected: str = "", remedy: str = ""
    ) -> InputError:
        """InputError about the archive, or about one of its files; the caller raises it."""
        shown = None if value is None else str(value)
        place = f"sensors, {file}" if file else "sensors"
        return InputError(Problem(message, self.shown, None, place, shown, expected or None, remedy or None))


def is_good(quality: str, good: tuple[bool | int | float | str, ...]) -> bool:
    """Whether a quality is one of the good ones: equal as a text in any case, or as a number in any notation."""
    for one in good:
        if quality.lower() == str(one).lower():
            return True
        if not isinstance(one, bool | str):
            try:
                if float(quality) == one:
                    return True
            except ValueError:
                continue
    return False
