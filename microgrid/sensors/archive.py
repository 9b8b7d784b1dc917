"""The archive of sensors: files in long form, streamed batch by batch and parted by point."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from numpy.typing import NDArray

from microgrid.errors import InputError, Problem, nearest
from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.sensors.schema import Columns, Sensors
from microgrid.sensors.stamps import milliseconds

_BATCH_ROWS = 1 << 20
_MOST_POINTS = 20_000
MOST_ROWS = 100_000_000  # held at a time: 1.6 GB; a larger archive is read several times, some points each time


@dataclass
class Raw:
    """What the archive has of one point, in the order of its rows.

    ms: stamps [ms since 1970; UTC, or of the wall's clock]; value: (n,), NaN where it is no number; unit: code of each
    value's unit, where the archive tells it; bad: rows of bad quality, whose value is NaN; outside: rows before or
    after the time that is wanted, which are left out.
    """

    ms: IntArray
    value: FloatArray
    unit: IntArray | None = None
    bad: int = 0
    outside: int = 0


@dataclass
class _Parts:
    ms: list[IntArray] = field(default_factory=list)
    value: list[FloatArray] = field(default_factory=list)
    unit: list[IntArray] = field(default_factory=list)
    bad: int = 0
    outside: int = 0

    def joined(self, has_unit: bool) -> Raw:
        ms = np.concatenate(self.ms) if self.ms else np.zeros(0, dtype=np.int64)
        value = np.concatenate(self.value) if self.value else np.zeros(0)
        unit = (np.concatenate(self.unit) if self.unit else np.zeros(0, dtype=np.int64)) if has_unit else None
        return Raw(ms, value, unit, self.bad, self.outside)


class Archive:
    """Files of one schema; only points that are wanted, and stamps from ``begin`` to ``end`` [ms], are kept."""

    def __init__(self, paths: list[Path], sensors: Sensors, shown: str, begin: int, end: int) -> None:
        self.sensors, self.shown, self.begin, self.end = sensors, shown, begin, end
        self.units: list[str] = []
        self.assumed: set[str] = set()
        self._dataset = _opened(paths, sensors.columns, shown)

    def rows(self) -> int:
        """How many there are in all."""
        return int(self._dataset.count_rows())

    def points(self) -> dict[str, int]:
        """How many rows each point has, by name."""
        counts: dict[str, int] = defaultdict(int)
        for batch in self._batches([self.sensors.columns.point], None):
            names, code = self._coded(batch.column(0))
            found = np.bincount(code + 1, minlength=len(names) + 1)
            for name, count in zip(names, found[1:].tolist(), strict=True):
                counts[name] += count
            if len(counts) > _MOST_POINTS:
                remedy = f"name the column of points, {self.sensors.columns.point!r} looks like values"
                raise self.error("too many points", value=f"over {_MOST_POINTS:,}", remedy=remedy)
        return {name: counts[name] for name in sorted(counts) if counts[name]}

    def groups(self, wanted: dict[str, int]) -> Iterator[dict[str, Raw]]:
        """The points that are wanted, with their rows by name, as many at a time as may be held."""
        names: list[str] = []
        held = 0
        for name, count in wanted.items():
            if names and held + count > MOST_ROWS:
                yield self._read(names)
                names, held = [], 0
            names.append(name)
            held += count
        if names:
            yield self._read(names)

    def _read(self, names: list[str]) -> dict[str, Raw]:
        code = {name: number for number, name in enumerate(names)}
        parts = [_Parts() for _ in names]
        columns = self.sensors.columns
        asked = [c for c in (columns.time, columns.point, columns.value, columns.unit, columns.quality) if c]
        # Where all are read at once, choosing while reading costs more than it saves.
        choice = pc.field(columns.point).isin(pa.array(names, pa.string())) if self.rows() > MOST_ROWS else None
        for batch in self._batches(asked, choice):
            try:
                self._part(batch, code, parts)
            except pa.ArrowException as error:
                raise self._damaged(error) from None
        return {name: part.joined(bool(columns.unit)) for name, part in zip(names, parts, strict=True)}

    def _batches(self, columns: list[str], choice: Any) -> Iterator[pa.RecordBatch]:
        try:
            scanner = self._dataset.scanner(
                columns=columns, filter=choice, batch_size=_BATCH_ROWS, batch_readahead=2, fragment_readahead=1
            )
            yield from (batch for batch in scanner.to_batches() if batch.num_rows)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> InputError:
        return self.error("cannot be read", value=str(error).splitlines()[0][:160], remedy="export the file anew")

    def _coded(self, column: Any) -> tuple[list[str], IntArray]:
        """The texts of a column and the place of each row's among them, -1 where there is none."""
        try:
            known = _dictionary(column)
            names, code = known.dictionary.to_pylist(), np.asarray(known.indices.fill_null(-1), dtype=np.int64)
        except (pa.ArrowException, UnicodeDecodeError) as error:
            raise self._damaged(error) from None
        if len(code) and not -1 <= code.min() <= code.max() < len(names):
            raise self._damaged(ValueError("codes of texts that are not there"))
        return ["" if name is None else name for name in names], code

    def _part(self, batch: pa.RecordBatch, code: dict[str, int], parts: list[_Parts]) -> None:
        """Append the rows of a batch to the points that they are of."""
        names, told = self._coded(batch.column(self.sensors.columns.point))
        of_row = np.array([*(code.get(name, -1) for name in names), -1], dtype=np.int16)[told]
        ms = milliseconds(batch.column(self.sensors.columns.time), self)
        inside = (ms >= self.begin) & (ms < self.end)
        good = self._good(batch)
        kept = (of_row >= 0) & inside
        for number, count in _counted(of_row[(of_row >= 0) & ~inside]):
            parts[number].outside += count
        for number, count in _counted(of_row[(of_row >= 0) & inside & ~good]):
            parts[number].bad += count
        rows = np.flatnonzero(kept)
        rows = rows[np.argsort(of_row[rows], kind="stable")]
        edges = np.searchsorted(of_row[rows], np.arange(len(parts) + 1)).tolist()
        ms, value = ms[rows], np.where(good, _numbers(batch.column(self.sensors.columns.value)), np.nan)[rows]
        unit = self._unit(batch)[rows] if self.sensors.columns.unit else None
        for number, span in enumerate(map(slice, edges[:-1], edges[1:])):
            if span.start == span.stop:
                continue
            parts[number].ms.append(ms[span])
            parts[number].value.append(value[span])
            if unit is not None:
                parts[number].unit.append(unit[span])

    def _good(self, batch: pa.RecordBatch) -> BoolArray:
        if not self.sensors.good:
            return np.ones(batch.num_rows, dtype=bool)
        names, told = self._coded(batch.column(self.sensors.columns.quality))
        good = {str(quality) for quality in self.sensors.good}
        return np.asarray(np.array([*(name in good for name in names), False])[told])

    def _unit(self, batch: pa.RecordBatch) -> IntArray:
        """Code of each row's unit in ``units``."""
        names, told = self._coded(batch.column(self.sensors.columns.unit))
        for name in (*names, ""):
            if name not in self.units:
                self.units.append(name)
        return np.array([self.units.index(name) for name in (*names, "")], dtype=np.int64)[told]

    def error(self, message: str, *, value: object = None, expected: str = "", remedy: str = "") -> InputError:
        """What is wrong with the archive, to be raised."""
        shown = None if value is None else str(value)
        return InputError(Problem(message, self.shown, None, "sensors", shown, expected or None, remedy or None))


def _opened(paths: list[Path], columns: Columns, shown: str) -> Any:
    endings = {path.suffix.lower() for path in paths}

    def refuse(message: str, value: str, expected: str, remedy: str | None = None) -> InputError:
        return InputError(Problem(message, shown, None, "sensors.files", value, expected, remedy))

    if endings not in ({".parquet"}, {".csv"}):
        raise refuse("no archive of sensors", ", ".join(sorted(endings)), "files that end in .parquet, or all in .csv")
    point = columns.point
    form: Any = (
        ds.ParquetFileFormat(dictionary_columns=[point])
        if endings == {".parquet"}
        else ds.CsvFileFormat(convert_options=_csv_types(columns))
    )
    try:
        dataset = ds.dataset([path.as_posix() for path in paths], format=form)
        found = dataset.schema.names
    except (pa.ArrowException, OSError, ValueError) as error:
        raise refuse("cannot be read", str(error).splitlines()[0][:160], "a table of stamps, points, values") from None
    for role, name in columns.model_dump().items():
        if name and found.count(name) != 1:
            near = nearest(name, found)
            remedy = f"'{role}: {near}' under columns?" if near else f"say which one it is: 'columns: {{{role}: ...}}'"
            raise refuse(f"no column for the {role}", name, "one of " + ", ".join(found[:12]), remedy)
    return dataset


def _csv_types(columns: Columns) -> Any:
    from pyarrow import csv

    text = [name for name in (columns.point, columns.unit, columns.quality) if name]
    return csv.ConvertOptions(column_types={name: pa.dictionary(pa.int32(), pa.string()) for name in text})


def _dictionary(column: Any) -> Any:
    """The column as texts with codes."""
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(pc.cast(column, pa.string()))
    if not pa.types.is_string(column.type.value_type):
        column = pc.dictionary_encode(pc.cast(column.dictionary_decode(), pa.string()))
    return column


def _numbers(column: Any) -> FloatArray:
    """Numbers, NaN for texts such as the states that some archives write in place of a value."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        import pandas as pd

        found = np.asarray(pd.to_numeric(column.to_pandas(), errors="coerce"), dtype=float)
    elif pa.types.is_boolean(column.type) or pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        found = np.asarray(pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=float)
    else:
        found = np.full(len(column), np.nan)
    return np.where(np.isfinite(found), found, np.nan)


def _counted(codes: NDArray[np.integer]) -> Iterator[tuple[int, int]]:
    counts = np.bincount(codes) if len(codes) else np.zeros(0, dtype=np.int64)
    return ((int(number), int(counts[number])) for number in np.flatnonzero(counts))
