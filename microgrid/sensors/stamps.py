"""Stamps of an archive as milliseconds since 1970, and local ones as instants."""

from __future__ import annotations

import zoneinfo
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from microgrid.horizon import BoolArray, IntArray

if TYPE_CHECKING:
    from microgrid.sensors.archive import Archive

NAIVE = "stamps without an offset"
_SECONDS_BELOW = 100_000_000_000  # as seconds the year 5138, as milliseconds 1973
_NO_STAMP = np.iinfo(np.int64).min
_HOUR = 3_600_000


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

    Of an hour that comes twice, rows are of its first pass until the clock goes back, then of its second.
    """
    index = pd.DatetimeIndex(wall_ms.astype("datetime64[ms]"))
    key = zoneinfo.ZoneInfo(zone)
    first, second = (
        index.tz_localize(key, ambiguous=np.full(len(index), early), nonexistent="NaT") for early in (True, False)
    )
    there = ~np.asarray(first.isna())
    early, late = (np.asarray(i.tz_convert("UTC").as_unit("ms").asi8) for i in (first, second))
    twice = there & (early != late)
    found = early.copy()
    day = wall_ms // (24 * _HOUR)
    for one in np.unique(day[twice]):
        rows = np.flatnonzero(twice & (day == one))
        back = np.flatnonzero(np.diff(wall_ms[rows]) < 0)
        if len(back):
            found[rows[back[0] + 1 :]] = late[rows[back[0] + 1 :]]
    return found, there
