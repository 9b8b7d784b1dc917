"""Stamps of Enedis, ends of intervals in local time or with an offset, and the length of the intervals."""

from __future__ import annotations

import re
import zoneinfo
from collections import Counter

import numpy as np
import pandas as pd

from microgrid.formats.source import Source
from microgrid.formats.zones.stated import kind
from microgrid.horizon import BoolArray, IntArray

_CLOCK = "Europe/Paris"  # all customers of Enedis are in this zone
_STEPS_S = np.array([300, 600, 900, 1800, 3600])  # lengths of intervals that meters record
_STAMP = re.compile(
    r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)


def refuse(source: Source, rows: pd.DataFrame, wrong: BoolArray, field: str, what: str, expected: str) -> None:
    """Raise an InputError for the first row that is wrong, if any, with its line and the value of a field."""
    if wrong.any():
        row = rows.iloc[int(np.flatnonzero(wrong)[0])]
        raise source.error(what, line=int(row["line"]), field=field, value=repr(str(row[field])), expected=expected)


def ends_of(source: Source, rows: pd.DataFrame) -> tuple[IntArray, BoolArray]:
    """Ends of the intervals [s since 1970, UTC], (rows,), and whether the instant of each is known, (rows,)."""
    found = [_STAMP.fullmatch(text) for text in rows["horodate"].tolist()]
    stamps = pd.DatetimeIndex(pd.to_datetime(rows["horodate"], format="ISO8601", utc=True, errors="coerce"))
    wrong = np.array([match is None for match in found], dtype=bool) | stamps.isna()
    refuse(source, rows, wrong, "horodate", "not a time stamp", "such as 2023-10-27 00:30:00")
    seconds = np.array(stamps.as_unit("s").asi8)
    naive = np.array([match is not None and match[1] is None for match in found], dtype=bool)
    certain = np.ones(len(rows), dtype=bool)
    if naive.any():
        seconds[naive], certain[naive] = _local(source, rows[naive], stamps[naive].tz_localize(None))
    return seconds, certain


def _local(source: Source, rows: pd.DataFrame, clock: pd.DatetimeIndex) -> tuple[IntArray, BoolArray]:
    """Instants of local stamps of France [s since 1970, UTC], whatever the site's zone, and whether each is known.

    Of two equal stamps in the doubled hour of autumn the earlier row is in summer time, the later in winter time; a
    single one could be either, and counts as unknown.
    """
    zone = _CLOCK
    unsure = np.asarray(clock.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").isna())
    backwards = bool(len(clock) and clock[0] > clock[-1])
    again = pd.Series(clock[unsure])
    stands = again.groupby(again).transform("size").to_numpy()
    nth = again.groupby(again).cumcount().to_numpy()
    summer = np.ones(len(clock), dtype=bool)
    summer[unsure] = nth == (1 if backwards else 0)
    stamps = clock.tz_localize(zone, ambiguous=summer, nonexistent="NaT")
    gone = np.asarray(stamps.isna())
    refuse(source, rows, gone, "horodate", "a stamp that does not exist", f"the clock of {zone}, forward in spring")
    often = np.zeros(len(clock), dtype=bool)
    often[unsure] = stands > 2
    refuse(source, rows, often, "horodate", "a stamp that appears more than twice", f"at most two, in autumn in {zone}")
    certain = np.ones(len(clock), dtype=bool)
    certain[unsure] = stands == 2
    alike = kind(zoneinfo.ZoneInfo(source.timezone)) == kind(zoneinfo.ZoneInfo(zone))
    other = "" if alike else f", as Enedis writes them; {source.timezone}, the zone of the result, is not theirs"
    detail = f"read as local time of {zone}{other}"
    source.log.add(source.label, "time", "naive stamps", len(clock), detail)
    order = "second" if backwards else "first"
    order_note = f"of two alike, the {order} in the file is in summer time"
    source.log.add(source.label, "time", "doubled hour", int((stands == 2).sum()), order_note)
    source.log.add(
        source.label, "time", "doubled hour", int((~certain).sum()), "alone, in summer or in winter time: left empty"
    )
    return np.asarray(stamps.as_unit("s").asi8), certain


def spacing(source: Source, column: str, end: IntArray) -> IntArray:
    """Length of each interval [s], (rows,), from the distance to the stamp before; 0 if it is unknown.

    A distance that differs from both neighbouring ones may be a hole; the least of the three is taken instead.
    """
    points, place = np.unique(end, return_inverse=True)
    gap = np.diff(points).astype(float)
    gap[~np.isin(gap, _STEPS_S)] = np.inf
    before = np.append(np.inf, gap[:-1])
    after = np.append(gap[1:], np.inf)
    alone = np.isinf(gap) | (gap != before) & (gap != after)
    length = np.where(alone, np.minimum(gap, np.minimum(before, after)), gap)
    length = np.append(length[:1], length)[place] if len(gap) else np.full(len(end), np.inf)
    if np.isinf(length).all():
        expected = "stamps every 5, 10, 15, 30 or 60 min"
        raise source.error("the length of the intervals is unclear", field="horodate", expected=expected)
    found = np.where(np.isinf(length), 0, length).astype(np.int64)
    for seconds, count in Counter(found.tolist()).items():
        what = f"intervals of {seconds // 60} min" if seconds else "left out"
        how = "length taken from the spacing of stamps" if seconds else "length unknown: no stamp is near enough"
        source.log.add(source.label, column, what, count, how)
    return found
