"""Midnights that stand under the date of the day that they end, recognised by the order of the rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from microgrid.formats.clock.timestamps import DAY, Clock
from microgrid.formats.source import Source
from microgrid.formats.timed_table import Side
from microgrid.horizon import BoolArray, IntArray

_LEAST_TOGETHER = 4


def at_end_of_day(source: Source, clock: Clock, stated: Side | None, field: str) -> Clock:
    """Stamps with each 00:00 read as 24:00 of its date, if all midnights stand behind the other times of their date.

    A file with the rows 01:00, 02:00, ..., 23:00, 00:00 under one date goes back in time at each midnight, unlike a
    file whose midnights begin their days. Stamps of rows that are in no order are unchanged.

    Raises:
        InputError: midnights of both kinds in one file, or a midnight that ends its date in a file whose stamps the
            user states to be begins.
    """
    if clock.aware or clock.to_midnight or len(clock.seconds) < 3:
        return clock
    date = clock.seconds // DAY
    order = np.arange(len(date)) if date[-1] > date[0] or _rises(clock.seconds, date) else np.arange(len(date))[::-1]
    behind, ahead = _midnights(clock.seconds[order])
    if not behind.any():
        return clock
    moved = np.zeros(len(date), dtype=bool)
    moved[order] = behind
    row = int(np.flatnonzero(moved)[0])
    shown = f"00:00 behind the other times of {np.datetime64(int(date[row]), 'D')}"
    if ahead.any() or stated == "begin":
        expected = "midnight before the other times of its date, or behind them as 24:00, in the whole file"
        remedy = "write the midnight that ends a day under the next date" + ", or leave out the option stamps" * bool(
            stated
        )
        raise source.error("a midnight in the wrong place", line=int(clock.line[row]), field=field, value=shown,
                           expected=expected, remedy=remedy)  # fmt: skip
    detail = f"{shown}, and others like it, end their days: read as 24:00"
    source.log.add(source.label, "time", "midnight at the end of its date", int(moved.sum()), detail)
    return replace(clock, seconds=clock.seconds + moved * DAY, to_midnight=True)


def _rises(seconds: IntArray, date: IntArray) -> bool:
    """Whether all stamps have one date, and its times rise, not counting midnights."""
    times = seconds[(seconds % DAY) > 0]
    return bool(date[0] == date[-1] and (np.diff(times) > 0).sum() > (np.diff(times) < 0).sum())


def _midnights(seconds: IntArray) -> tuple[BoolArray, BoolArray]:
    """Whether each row is a midnight behind, or one before, the other times of its date, (n,) each.

    Both are False everywhere if rows are in no order: a date whose rows stand apart, or whose times fall more than
    once, as they do once in the doubled hour of autumn.
    """
    nothing = np.zeros(len(seconds), dtype=bool)
    behind = nothing.copy()
    ahead = nothing.copy()
    date = seconds // DAY
    midnight = seconds % DAY == 0
    first = np.flatnonzero(np.diff(date, prepend=date[0] - 1))
    if len(first) != len(np.unique(date)) and len(date) < _LEAST_TOGETHER * len(first):
        return nothing, nothing  # dates return often, so that rows are in no order
    for begin, end in zip(first, np.append(first[1:], len(date)), strict=True):
        own = midnight[begin:end]
        times = seconds[begin:end][~own]
        if not own.any() or len(times) < 1:
            continue
        if (np.diff(times) < 0).sum() > 1:
            return nothing, nothing
        place = np.flatnonzero(own)
        if place[0] == len(own) - len(place):
            behind[begin:end] = own
        elif place[-1] == len(place) - 1:
            ahead[begin:end] = own
        else:
            return nothing, nothing
    return behind, ahead
