"""Stamps of an archive as milliseconds since 1970, and local ones as instants."""

from __future__ import annotations

import zoneinfo
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from microgrid.horizon import BoolArray, IntArray
from microgrid.profiles.stamps import DAY, at_clock, later

if TYPE_CHECKING:
    from microgrid.sensors.archive import Archive

NAIVE = "stamps without an offset"
_SECONDS_BELOW = 100_000_000_000  # as seconds the year 5138, as milliseconds 1973
_NO_STAMP = np.iinfo(np.int64).min


def milliseconds(column: Any, archive: Archive) -> IntArray:
    """Stamps of a batch [ms]: UTC where they have a zone or offset, else those that the clock on the wall shows.

    A missing stamp is the smallest number, which no time that is wanted holds. Numbers are seconds or milliseconds
    since 1970, by their size.
    """
    if pa.types.is_timestamp(column.type):
        zone = column.type.tz
        if zone is None:
            archive.assumed.add(NAIVE)
        plain = pc.cast(column, pa.timestamp("ms", zone), safe=False)
        return np.asarray(pc.cast(plain, pa.int64()).fill_null(_NO_STAMP))
    if pa.types.is_integer(column.type):
        found = np.asarray(pc.cast(column, pa.int64()).fill_null(_NO_STAMP))
        in_seconds = bool((np.abs(found[found != _NO_STAMP]) < _SECONDS_BELOW).all())
        archive.assumed.add(f"stamps in {'seconds' if in_seconds else 'milliseconds'} since 1970, UTC")
        return np.where(found == _NO_STAMP, found, found * 1000) if in_seconds else found
    return _of_text(column, archive)


def _of_text(column: Any, archive: Archive) -> IntArray:
    if pa.types.is_date(column.type):
        raise archive.error("dates in place of stamps", expected="a date and a time, ISO 8601")
    text = column.cast(pa.string()).to_pandas()
    aware = text.str.contains(r"(?:Z|[+-]\d\d:?\d\d)$", regex=True, na=True)
    if aware.any() and not aware.all():
        raise archive.error("some stamps have a UTC offset and some have none", value=text[~aware].iloc[0])
    parsed = pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce")
    wrong = np.flatnonzero(parsed.isna() & text.notna())
    if len(wrong):
        value = str(text.iloc[wrong[0]])[:60]
        raise archive.error("not a stamp", value=value, expected="ISO 8601 such as 2018-01-01T00:15:00+01:00")
    if not aware.all():
        archive.assumed.add(NAIVE)
    missing = np.asarray(parsed.isna())
    return np.where(missing, _NO_STAMP, np.asarray(parsed.dt.as_unit("ms").astype("int64")))


def instants(wall_ms: IntArray, zone: str) -> tuple[IntArray, BoolArray]:
    """Instants of local stamps in the order of their rows [ms, UTC], and which of them exist.

    Of an hour that comes twice, rows are of its second pass from where the clock goes back; where it does not, or more
    than once, of the first.
    """
    second, rest = np.divmod(wall_ms, 1000)
    key = zoneinfo.ZoneInfo(zone)
    early, late = (at_clock(second, key, first, "NaT") for first in (True, False))
    there = early != _NO_STAMP
    twice = there & (early != late)
    found = early.copy()
    day = second // DAY
    for one in np.unique(day[twice]):
        rows = np.flatnonzero(twice & (day == one))
        again = later(wall_ms[rows], falling=False)
        if again is not None:
            found[rows] = np.where(again, late[rows], found[rows])
    return found * 1000 + rest, there
