"""The archive of sensors: files in long form, streamed batch by batch and parted by point."""

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
from microgrid.sensors.columns import coded, numbers, told
from microgrid.sensors.schema import Sensors
from microgrid.sensors.stamps import NO_STAMP, Stamps

_BATCH_ROWS = 1 << 20
_MOST_POINTS = 20_000
MOST_ROWS = 100_000_000  # held at a time: 1.6 GB; a larger archive is read several times, some points each time
_ENDINGS = (".parquet", ".csv")


@dataclass
class Raw:
    """What the archive has of one point, in the order of its rows.

    ms: stamps [ms since 1970; UTC, or of the wall's clock], (n,); value: NaN where it is no number, or a bad one; unit:
    code of each value's unit, where the archive tells it; hours: length of its interval, where it is known; bad:
    whether the archive calls it bad, if it does so at all; outside: rows before or after the time that is wanted,
    unstamped: rows without a stamp, both left out.
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
    columns: dict[str, list[Any]] = field(default_factory=dict)
    outside: int = 0
    unstamped: int = 0

    def joined(self, kinds: Mapping[str, Any]) -> Raw:
        whole = {
            name: np.concatenate(self.columns[name]) if name in self.columns else np.zeros(0, dtype=kind)
            for name, kind in kinds.items()
        }
        return Raw(**whole, outside=self.outside, unstamped=self.unstamped)


class Archive:
    """Files of long form; only points that are wanted, and stamps from ``begin`` to ``end`` [ms], are kept.

    units: by code; stamps: how they were read; seen: qualities and how often; nameless: rows without a point; comma: a
    text that looks like a number with a decimal comma, if there was one.
    """

    def __init__(self, paths: list[Path], sensors: Sensors, shown: str, begin: int, end: int) -> None:
        self.sensors, self.shown, self.begin, self.end = sensors, shown, begin, end
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
        """How many there are in all."""
        return sum(int(dataset.count_rows()) for _, dataset in self._files)

    def points(self) -> dict[str, int]:
        """How many rows each point has, by name."""
        counts: Counter[str] = Counter()
        for file, batch in self._batches([self.sensors.columns.point], None):
            names, code = self._coded(file, batch.column(0))
            found = np.bincount(code + 1, minlength=len(names) + 1)
            self.nameless += int(found[0])
            counts.update(dict(zip(names, found[1:].tolist(), strict=True)))
            if len(counts) > _MOST_POINTS:
                remedy = f"name the column of points, {self.sensors.columns.point!r} looks like values"
                raise self.error("too many points", value=f"over {_MOST_POINTS:,}", remedy=remedy)
        if not counts:
            raise self.error("the archive has no rows", expected="rows of stamps, points and values")
        return {name: counts[name] for name in sorted(counts) if counts[name]}

    def groups(self, wanted: dict[str, int]) -> Iterator[dict[str, Raw]]:
        """The points that are wanted, with their rows by name, as many at a time as may be held."""
        names: list[str] = []
        held, choose = 0, self.rows() > MOST_ROWS
        for name, count in wanted.items():
            if names and held + count > MOST_ROWS:
                yield self._read(names, choose)
                names, held = [], 0
            names.append(name)
            held += count
        if names:
            yield self._read(names, choose)

    def _read(self, names: list[str], choose: bool) -> dict[str, Raw]:
        """choose: whether to leave other points out while reading, which costs more than it saves for all at once."""
        code = {name: number for number, name in enumerate(names)}
        parts, columns = [_Parts() for _ in names], self.sensors.columns
        asked = [c for c in (columns.time, columns.point, columns.value, columns.unit, columns.quality) if c]
        choice = pc.field(columns.point).isin(pa.array(names, pa.string())) if choose else None
        for file, batch in self._batches(asked, choice):
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
        """Append the rows of a batch to the points that they are of."""
        columns = self.sensors.columns
        names, places = self._coded(file, batch.column(columns.point))
        of_row = np.array([*(code.get(name, -1) for name in names), -1], dtype=np.int16)[places]
        ms = self.stamps.milliseconds(batch.column(columns.time), lambda *a, **k: self.error(*a, file=file, **k))
        inside, wanted = (ms >= self.begin) & (ms < self.end), of_row >= 0
        for number, count in told(of_row[wanted & ~inside & (ms != NO_STAMP)]):
            parts[number].outside += count
        for number, count in told(of_row[wanted & (ms == NO_STAMP)]):
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
                "values that are no numbers",
                file=file,
                value=str(column.type),
                expected="numbers, or text with numbers",
            )
        self.comma = self.comma or comma
        return found

    def _good(self, file: str, column: Any) -> BoolArray:
        names, places = self._coded(file, column)
        counts = np.bincount(places + 1, minlength=len(names) + 1).tolist()
        self.seen.update(dict(zip(["", *names], counts, strict=True)))
        return np.array([*(is_good(name, self.sensors.good) for name in names), False])[places]

    def _unit(self, file: str, column: Any) -> IntArray:
        """Code of each row's unit in ``units``."""
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
        """One file; so that each is read by its own types, and told by its own name."""
        ending = path.suffix.lower()
        if ending not in _ENDINGS:
            raise self.error("no archive of sensors", file=path.name, expected="files that end in .parquet or .csv")
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
                remedy = f"'{role}: {near}' under columns?" if near else f"say which: 'columns: {{{role}: ...}}'"
                if ending == ".csv" and len(found) == 1:
                    remedy = "export it with commas between fields"
                expected = "one of " + ", ".join(found[:12])
                raise self.error(
                    f"no column for the {role}", file=path.name, value=name, expected=expected, remedy=remedy
                )
        return dataset

    def _damaged(self, file: str, error: Exception) -> InputError:
        reason = str(error).splitlines()[0].rpartition("': ")[2][:160]
        remedy = "export it anew: Parquet, or CSV in UTF-8 with commas between fields and decimal points"
        return self.error("cannot be read", file=file, value=reason, remedy=remedy)

    def error(
        self, message: str, *, file: str = "", value: object = None, expected: str = "", remedy: str = ""
    ) -> InputError:
        """What is wrong with the archive, to be raised."""
        shown = None if value is None else str(value)
        place = f"sensors, {file}" if file else "sensors"
        return InputError(Problem(message, self.shown, None, place, shown, expected or None, remedy or None))


def is_good(told_quality: str, good: tuple[bool | int | float | str, ...]) -> bool:
    """Whether a quality is one of the good ones: as a text, or as a number, whatever way it is written."""
    for one in good:
        if told_quality.lower() == str(one).lower():
            return True
        if not isinstance(one, bool | str):
            try:
                if float(told_quality) == one:
                    return True
            except ValueError:
                continue
    return False
