"""Time stamps of an archive as milliseconds since 1970, and conversion of local stamps to instants."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from microgrid.errors import InputError
from microgrid.formats.clock.timestamps import DAY, at_clock
from microgrid.horizon import BoolArray, IntArray

NO_STAMP = np.iinfo(np.int64).min
# Upper limit of the numbers in a unit, its name, and factor and divisor to ms: seconds reach the year 5138.
_UNITS = ((1e11, "seconds", 1000, 1), (1e14, "milliseconds", 1, 1), (1e17, "microseconds", 1, 1000))
_NANOSECONDS = ("nanoseconds", 1, 1_000_000)
_OFFSET = r":\d\d(?:[.,]\d+)?\s*(?:Z|[+-]\d\d(?::?\d\d)?)$"

Refuse = Callable[..., InputError]


@dataclass
class Stamps:
    """Reader of the stamps of an archive, all of which must be of one kind. kinds: the kinds found so far."""

    kinds: set[str] = field(default_factory=set)

    @property
    def naive(self) -> bool:
        """Whether the stamps are local time, without zone or offset."""
        return self.kinds == {"without an offset"}

    def milliseconds(self, column: Any, refuse: Refuse) -> IntArray:
        """Stamps of a batch [ms since 1970]: in UTC if they have a zone or offset, else in local time, (n,).

        A row without a stamp is NO_STAMP. Numbers are in seconds, ms, us or ns, as their size suggests.

        Raises:
            InputError: made by ``refuse``; no stamps, texts that are none, or stamps of two kinds.
        """
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if pa.types.is_timestamp(column.type):
            zone = column.type.tz
            self._note_kind("without an offset" if zone is None else "with an offset", refuse)
            plain = pc.cast(column, pa.timestamp("ms", zone), safe=False)
            return np.asarray(pc.cast(plain, pa.int64()).fill_null(NO_STAMP))
        if pa.types.is_floating(column.type):  # some programs store whole numbers as floats
            wild = pc.invert(pc.is_finite(column))
            column = pc.cast(pc.if_else(wild, None, pc.round(column)), pa.int64(), safe=False)
        if pa.types.is_integer(column.type):
            return self._from_numbers(np.asarray(pc.cast(column, pa.int64(), safe=False).fill_null(NO_STAMP)), refuse)
        if pa.types.is_null(column.type):
            return np.full(len(column), NO_STAMP)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            return self._from_texts(column, refuse)
        expected = "time stamps, ISO 8601 text, or numbers since 1970"
        raise refuse("a time column without time stamps", value=str(column.type), expected=expected)

    def _note_kind(self, kind: str, refuse: Refuse) -> None:
        self.kinds.add(kind)
        if len(self.kinds) > 1:
            value = " and ".join(sorted(self.kinds))
            raise refuse(
                "stamps of two kinds",
                value=value,
                expected="one kind in all files",
                remedy="write all stamps in one form",
            )

    def _from_numbers(self, found: IntArray, refuse: Refuse) -> IntArray:
        there = found != NO_STAMP
        if not there.any():
            return found
        size = float(np.median(np.abs(found[there].astype(float))))
        name, times, per = next((unit[1:] for unit in _UNITS if size < unit[0]), _NANOSECONDS)
        self._note_kind(f"in {name} since 1970", refuse)
        far = np.abs(found.astype(float)) * times / per > 1e17  # its product would overflow an int64
        return np.where(there & ~far, np.where(far, 0, found) * times // per, NO_STAMP)

    def _from_texts(self, column: Any, refuse: Refuse) -> IntArray:
        text = column.cast(pa.string()).to_pandas()
        text = text.where(text.str.strip() != "")
        known = text.dropna()
        if not len(known):
            return np.full(len(text), NO_STAMP)
        if known.str.fullmatch(r"\s*\d{9,19}\s*").all():
            counted = pd.to_numeric(text, errors="coerce").fillna(NO_STAMP)
            return self._from_numbers(np.asarray(counted.astype("int64")), refuse)
        parsed = pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce")
        wrong = np.flatnonzero(parsed.isna() & text.notna())
        if len(wrong):
            value = str(text.iloc[wrong[0]])[:60]
            expected = "ISO 8601 such as 2018-01-01T00:15:00+01:00"
            raise refuse("not a time stamp", value=value, expected=expected)
        aware = known.str.contains(_OFFSET, regex=True)
        if aware.any() and not aware.all():
            raise refuse("some stamps have a UTC offset and some have none", value=known[~aware].iloc[0])
        self._note_kind("with an offset" if aware.all() else "without an offset", refuse)
        missing = np.asarray(parsed.isna())
        return np.where(missing, NO_STAMP, np.asarray(parsed.dt.as_unit("ms").astype("int64")))


def instants(wall_ms: IntArray, zone: str) -> tuple[IntArray, BoolArray, BoolArray]:
    """Instants of local stamps [ms since 1970, UTC], whether each exists, and whether it is ambiguous, all (n,).

    For a stamp that clocks skip, which does not exist, the instant of the clock change stands. Of an hour that comes
    twice, rows belong to the second pass from the row at which the stamps go back; in files with the latest row first,
    rows are taken in reverse. Where the order does not show it, rows are ambiguous and belong to the first pass.
    """
    second, rest = np.divmod(wall_ms, 1000)
    key = zoneinfo.ZoneInfo(zone)
    early, late = (at_clock(second, key, first, "NaT") for first in (True, False))
    there = early != NO_STAMP
    twice = there & (early != late)
    found = early.copy()
    unsure = np.zeros(len(wall_ms), dtype=bool)
    moves = np.diff(wall_ms)
    falling = bool((moves < 0).sum() > (moves > 0).sum())
    day = second // DAY
    for one in np.unique(day[twice]):
        rows = np.flatnonzero(twice & (day == one))
        forward = rows[::-1] if falling else rows
        back = np.flatnonzero(np.diff(wall_ms[forward]) < 0)
        if len(back) == 1:
            again = forward[back[0] + 1 :]
            found[again] = late[again]
        else:
            unsure[rows] = True
    found[~there] = at_clock(second[~there], key)
    return found * 1000 + rest, there, unsure
