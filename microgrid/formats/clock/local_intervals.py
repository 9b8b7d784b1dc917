"""Stamps in a time zone as intervals: their side and length, and the hours in which the clock changes."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np

from microgrid.errors import InputError
from microgrid.formats.clock.timestamps import DAY, Clock, at_clock, common_step, distinct
from microgrid.formats.longer_steps import lengths
from microgrid.formats.source import Source
from microgrid.formats.timed_table import Side
from microgrid.horizon import BoolArray, IntArray


@dataclass(frozen=True)
class LocalStamps:
    """Stamps in a time zone.

    autumn: hour that a single row in the doubled hour of autumn belongs to; spring: whether rows at local times that do
    not exist are dropped; empty: rows without any value, (n,), which are dropped there in any case; offers: names of
    the options of the format, among which a remedy may name one.
    """

    source: Source
    clock: Clock
    zone: zoneinfo.ZoneInfo
    autumn: Literal["first", "second"] | None
    spring: Literal["drop"] | None
    empty: BoolArray
    offers: Collection[str] = ()

    def axis(self, side: Side, step: int | None, *, longer: bool = False) -> tuple[IntArray, IntArray, IntArray]:
        """Begin and end of the intervals of stamps [s since 1970, UTC], and positions of these stamps, (m,) each.

        step: length of the intervals [s]; if None, the most common distance of two stamps, of which all others must be
        multiples (holes). Days, and steps that are equal in local time only, end where the next begins in local time.
        longer: whether a run of equal, longer distances is of longer steps although ``step`` is stated, as it is if
        none is; otherwise each interval is as long as stated, and what lies between two of them is a hole.

        Raises:
            InputError: unequal spacing, a local time that does not exist, or a doubled hour that is not there twice.
        """
        side, moved, instant, rows = self._read(side, step or common_step(self.clock.seconds))
        if step is None and len(distinct(instant)) < 2:
            remedy = f"a series needs at least two stamps{', or the option step' * ('step' in self.offers)}"
            raise self.source.error("fewer than two rows", remedy=remedy)
        every = step or common_step(instant)
        wall = self.clock.seconds[rows] - moved
        uneven = _uneven(instant, every) if step is None else rows[:0]
        daily = every % DAY == 0 or (len(uneven) and not len(_uneven(wall, every)))
        if daily and not self.clock.aware and side != "center":
            other = at_clock(wall + (every if side == "begin" else -every), self.zone)
            return (instant, other, rows) if side == "begin" else (other, instant, rows)
        if len(uneven):
            also = ", or state the option step" * ("step" in self.offers)
            remedy = f"stamps are {every / 60:g} min apart, or a multiple of it: correct them{also}"
            raise self._refused(int(rows[uneven[0]]), "unequal steps", remedy)
        if side == "center":
            begin = instant - {"begin": 0, "end": every, "center": every // 2}[side]
            return begin, begin + every, rows
        known_length = step is not None and not longer
        length = np.full_like(instant, every) if known_length else self._lengths(instant, every, side)
        begin = instant - (length if side == "end" else 0)
        return begin, begin + length, rows

    def _lengths(self, instant: IntArray, every: int, side: Side) -> IntArray:
        """Length of each interval [s], (m,): ``every``, or that of a longer step among shorter ones, which are logged.

        instant: of each stamp [s since 1970, UTC], (m,).
        """
        known = distinct(instant)
        found = lengths(-known[::-1], every)[::-1] if side == "end" else lengths(known, every)
        length = np.asarray(found[np.searchsorted(known, instant)])
        longest = length.max(initial=every) / 60
        detail = f"up to {longest:g} min apart, with intervals of that length, among steps of {every / 60:g} min"
        self.source.log.add(self.source.label, "time", "longer steps", int((length > every).sum()), detail)
        return length

    def _read(self, side: Side, step: int) -> tuple[Side, int, IntArray, IntArray]:
        """Side of the stamps, the shift by which they are moved to it [s], their instants and positions.

        An end at 03:00 in autumn may be that instant, or a step after the second 02:45; of both readings the one with
        fewer doubled instants is chosen. A filler of spring is an interval that begins in the missing hour.
        """
        tries = []
        errors = []
        both = side == "end" and not self.clock.aware and step < DAY
        for moved in ((step, 0) if self.spring else (0, step)) if both else (0,):
            try:
                tries.append((moved, *self._instants(moved)))
            except InputError as error:
                errors.append(error)
        if not tries:
            raise errors[0]
        moved, instant, rows = min(tries, key=lambda found: len(found[1]) - len(distinct(found[1])))
        dropped = int((~self.empty).sum() - (~self.empty[rows]).sum())
        self.source.log.add(
            self.source.label, "time", "filler of spring", dropped, "at times that do not exist: left out"
        )
        return "begin" if moved else side, moved, instant, rows

    def _refused(self, row: int, message: str, remedy: str) -> InputError:
        value = f"{np.datetime64(int(self.clock.seconds[row]), 's')} in {self.zone.key}"
        return self.source.error(
            message, line=int(self.clock.line[row]) or None, field="time", value=value, remedy=remedy
        )

    @property
    def _other_clock(self) -> str:
        """Remedy for a file whose clock is not that of the zone."""
        how = "read it as format table, with its option timezone"
        if "timezone" in self.offers:
            how = "state by the option timezone which one its source confirms"
        return f"only if the clock of the file never changes, {how}"

    def _instants(self, moved: int) -> tuple[IntArray, IntArray]:
        """Instants of stamps that are moved back by ``moved`` [s], and their positions, without dropped rows.

        Raises:
            InputError: a local time that does not exist, or a doubled hour that is not there twice in order.
        """
        if self.clock.aware:
            return self.clock.seconds, np.arange(len(self.clock.seconds))
        wall = self.clock.seconds - moved
        found, second = (at_clock(wall, self.zone, first, "NaT") for first in (True, False))
        absent = found == np.iinfo(np.int64).min
        twice = ~absent & (found != second)
        kept = ~absent if self.spring else ~(absent & self.empty)
        if self.clock.spare is not None:
            kept &= twice | ~self.clock.spare
        if (absent & kept).any():
            row = int(np.flatnonzero(absent & kept)[0])
            remedy = "a filler on a clock that changes is left out" + (
                " by the option spring_hour: drop" if "spring_hour" in self.offers else " of the file: remove the line"
            )
            raise self._refused(row, "a local time that does not exist", f"{remedy}; {self._other_clock}")
        step = np.diff(wall)
        falling = bool((step < 0).sum() > (step > 0).sum())
        for day in distinct(wall[twice & kept] // DAY):
            rows = np.flatnonzero(twice & kept & (wall // DAY == day))
            late = _later(wall[rows], falling)
            if late is None and len(distinct(wall[rows])) == len(rows):
                if self.empty[rows].all():
                    kept[rows] = False
                    continue
                late = None if self.autumn is None else np.full(len(rows), self.autumn == "second")
            if late is None:
                remedy = "write both hours of the file in order of time, or remove the lines of this one"
                if "autumn_hour" in self.offers:
                    remedy = "state by the option autumn_hour whether it is the first or the second"
                message = "the hour of the autumn change is not there twice in order"
                raise self._refused(int(rows[0]), message, f"{remedy}; {self._other_clock}")
            found[rows] = np.where(late, second[rows], found[rows])
        return found[kept], np.flatnonzero(kept)


def _uneven(seconds: IntArray, every: int) -> IntArray:
    """Positions of stamps whose distance from the one before in time is no multiple of ``every`` [s]."""
    order = np.argsort(seconds, kind="stable")
    return np.asarray(order[1:][np.diff(seconds[order]) % every != 0])


def _later(wall: IntArray, falling: bool) -> BoolArray | None:
    """Whether each stamp of a doubled hour is of its second pass, (n,); None if their order leaves that open."""
    wall = wall[::-1] if falling else wall
    late = np.zeros(len(wall), dtype=bool)
    drops = np.flatnonzero(np.diff(wall) <= 0)
    if (np.unique(wall, return_counts=True)[1] == 2).all():
        late[np.argsort(wall, kind="stable")[1::2]] = True
    elif len(drops) == 1:
        late[drops[0] + 1 :] = True
    else:
        return None
    return late[::-1] if falling else late
