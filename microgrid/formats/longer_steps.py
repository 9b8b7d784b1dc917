"""Values of longer steps among shorter ones, as of hours in a table of quarters: held over their rows, or spread."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microgrid.formats.source import Source
from microgrid.formats.steps_awaiting_unit import LongerSteps
from microgrid.formats.timed_table import Side
from microgrid.horizon import FloatArray, IntArray

_LONGEST = 3600
# Runs of equal distances, by their number of distances, and the share of other distances in such runs; see ``lengths``.
_LEAST_RUN = 3
_SURE_RUN = 12
_LEAST_SHARE = 0.9


def lengths(stamps: IntArray, every: int) -> IntArray:
    """Length of the interval that begins at each stamp [s], (n,): ``every``, or the distance in a run of longer ones.

    Lost rows leave single holes of any length. A run of equal distances therefore counts only if it has at least
    twelve, or three where nearly all distances other than ``every`` lie in such runs, each of at most an hour.

    stamps: instants [s] in order, each once.
    """
    gaps = np.diff(stamps)
    found = np.full(len(stamps), every, dtype=np.int64)
    first = np.flatnonzero(np.diff(gaps, prepend=-1))
    count = np.diff(np.append(first, len(gaps)))
    enough = (count >= _LEAST_RUN) | (len(first) == 1)
    long = (gaps[first] > every) & (gaps[first] <= _LONGEST) & (gaps[first] % every == 0) & enough
    usual = count[long].sum() >= _LEAST_SHARE * (gaps != every).sum()
    for run in np.flatnonzero(long & (usual | (count >= _SURE_RUN))):
        begin = first[run]
        end = begin + count[run]
        found[begin:end] = gaps[begin]
        if end == len(gaps) or gaps[end] >= gaps[begin]:  # the last of the run has no shorter distance behind it
            found[end] = gaps[begin]
    return found


def longer_steps(begin: IntArray, end: IntArray, values: FloatArray, side: Side, zone: str) -> LongerSteps | None:
    """Longer steps of a column that has a value in one of several rows only, repeatedly; None without such steps.

    With stamps at the end of intervals the value stands in the last row of its step, otherwise in the first.

    Args:
        begin: of each interval in order [s], (n,).
        end: of each interval [s], (n,).
        values: values of the column, NaN where it has none, (n,).
        side: point of the intervals at which the stamps of the file stand.
        zone: time zone of the site, whose hours need not begin with those of UTC.
    """
    known = np.flatnonzero(~np.isnan(values))
    step = int((end - begin).min()) if len(begin) else 0
    if len(known) < _LEAST_RUN + 1 or len(known) == len(values) or (end - begin != step).any():
        return None
    back = side == "end"
    length = lengths(-end[known][::-1], step)[::-1] if back else lengths(begin[known], step)
    if (length == step).all():
        return None
    held = values.copy()
    times = np.ones(len(values), dtype=np.int64)
    place = np.arange(len(values))
    for row, seconds in zip(known[length > step], length[length > step], strict=True):
        first = np.searchsorted(begin, end[row] - seconds) if back else row
        last = row + 1 if back else np.searchsorted(begin, begin[row] + seconds)
        held[first:last] = values[row]
        times[first:last] = seconds // step
        place[first:last] = first
    edge = (end if back else begin)[known][length > step]
    astray = _astray(edge, length[length > step], zone)
    return LongerSteps(held, times, place, (length.max() / 60, step / 60), astray)


def on_steps(source: Source, begin: IntArray, end: IntArray, name: str, values: FloatArray, energy: bool) -> FloatArray:
    """Values with those of longer steps spread over their rows (energy) or held in each, which the log counts."""
    found = longer_steps(begin, end, values, "begin", source.timezone)
    if found is None:
        return values
    source.log.add(source.label, name, "longer steps", found.count(), found.treatment(energy))
    return found.values(energy)


def _astray(edge: IntArray, length: IntArray, zone: str) -> str:
    """Stamp of the first value that is not at the edge of a step, in UTC or on the site's clock; "" without one."""
    ahead = pd.Timestamp(int(edge[0]), unit="s", tz=zone).utcoffset()
    for offset in (0, int(ahead.total_seconds()) if ahead else 0):
        wrong = np.flatnonzero((edge + offset) % length)
        if not len(wrong):
            return ""
    return f"{pd.Timestamp(int(edge[wrong[0]]), unit='s', tz=zone):%Y-%m-%d %H:%M}"
