"""Clock of the stamps of a table: that which the file states, else that of the option, else the site's."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from microgrid.formats.clock import timestamps
from microgrid.formats.clock.timestamps import Clock
from microgrid.formats.source import Source
from microgrid.formats.text.dialect import Grid
from microgrid.formats.zones import stated_zones
from microgrid.formats.zones.stated import StatedClock, kind
from microgrid.formats.zones.zone_words import HOUR, interpreted_in
from microgrid.horizon import BoolArray

_BY_OPTION = (
    "state it by the option timezone of the format: --option timezone={0}, or in a case 'format: {{name: ..., "
    "timezone: {0}}}'"
)


def _stated(
    source: Source, grid: Grid, time: Sequence[int], clock: Clock, days: bool
) -> tuple[Clock, list[StatedClock]]:
    """Stamps with the offsets in a column of zones, and the statements of the file about the clock of all stamps.

    time: places of the columns of stamps; days: whether the table has a row for each day.

    A column of zones is not read if the stamps have offsets, nor in a table with a row for each day if its rows differ.
    """
    found = stated_zones.statements([grid.names[place] for place in time], grid.above, grid.header)
    place = _zone_column(grid, time)
    if place is None or clock.aware or (days and len(grid.cells[place].unique()) > 1):
        return clock, found
    own, ahead = stated_zones.beside(source, grid.names[place], grid.cells[place].to_pylist(), grid.line)
    if ahead is None:
        return clock, [*found, *own]
    return replace(clock, seconds=clock.seconds - ahead, aware=True, offset=ahead), found


def _zone_column(grid: Grid, time: Sequence[int]) -> int | None:
    """Place of the column of zones, None without one."""
    return next((place for place in stated_zones.places(grid.names, grid.cells) if place not in time), None)


def on_clock(
    source: Source, grid: Grid, time: Sequence[int], clock: Clock, option: zoneinfo.ZoneInfo | None,
    site: zoneinfo.ZoneInfo, empty: BoolArray, days: bool,
) -> tuple[Clock, zoneinfo.ZoneInfo, str]:  # fmt: skip
    """Stamps on the clock that the file states, else that of the option, else the site's; its zone; the clock in words.

    time: places of the columns of stamps; empty: rows without any value, (n,); days: whether the table has a row for
    each day.

    Raises:
        InputError: unknown or contradicting statements, or whether the clock has summer time remains open.
    """
    clock, found = _stated(source, grid, time, clock, days)
    usual = option or site
    found = _known(source, [interpreted_in(each, usual) for each in found], option, len(clock.seconds), clock.aware)
    if not found:
        return clock, usual, "stamps have a UTC offset" if clock.aware else f"local time of {usual.key}"
    whole = _together(source, found)
    _refuse_other_offsets(source, clock, whole)
    if clock.aware:
        return clock, usual, f"stamps have a UTC offset, as {whole.where} states"
    zone = None if whole.summer is False and not whole.named else _zone(source, whole, usual, option)
    if zone is not None and whole.summer is None and whole.zone is not None:
        zone = _by_steps(source, clock, whole, zone, option, empty)
    ahead = kind(usual)[0] if whole.ahead is None else whole.ahead
    shown = zone.key if zone is not None else f"UTC{ahead / HOUR:+g} h" if ahead else "UTC"
    same = zone == usual if zone is not None else kind(usual) == (ahead, False)
    _report(source, whole, shown, len(clock.seconds), None if same else usual, option is not None)
    if zone is not None:
        return clock, zone, f"local time of {zone.key}"
    return replace(clock, seconds=clock.seconds - ahead, aware=True), usual, f"time of {shown}"


def on_days(
    source: Source, grid: Grid, time: Sequence[int], option: zoneinfo.ZoneInfo | None, site: zoneinfo.ZoneInfo
) -> tuple[zoneinfo.ZoneInfo, str]:
    """Zone of the days in which a table numbers its intervals: that of the file, else of the option, else the site's.

    Raises:
        InputError: statements that contradict each other, a fixed clock that is off UTC by part of an hour, or a column
            of zones whose rows differ.
    """
    usual = option or site
    found = stated_zones.statements([grid.names[place] for place in time], grid.above, grid.header)
    place = _zone_column(grid, time)
    if place is not None:
        own, each = stated_zones.beside(source, grid.names[place], grid.cells[place].to_pylist(), grid.line)
        if each is not None:
            expected = "one zone in all rows of a table that numbers the intervals of its days"
            raise source.error("several time zones in one file", field=grid.names[place], expected=expected)
        found += own
    found = _known(source, [interpreted_in(each, usual) for each in found], option, len(grid.line), False)
    if not found:
        return usual, f"local time of {usual.key}"
    whole = _together(source, found)
    zone = None if whole.summer is False and not whole.named else _zone(source, whole, usual, option)
    if zone is None:
        ahead = kind(usual)[0] if whole.ahead is None else whole.ahead
        if ahead % HOUR or not -14 * HOUR <= -ahead <= 12 * HOUR:
            expected = "a clock that is a whole number of hours from UTC"
            raise source.error(
                "days on a clock that is not whole hours from UTC", line=whole.line, value=whole.text, expected=expected
            )
        zone = zoneinfo.ZoneInfo(fixed_zone(ahead))
    _report(source, whole, zone.key, len(grid.line), None if zone == usual else usual, option is not None)
    return zone, f"local time of {zone.key}"


def ahead_as_stated(grid: Grid, time: Sequence[int], clock: Clock) -> int | None:
    """Seconds by which the clock that the file states is ahead of UTC at the first stamp, None if it states none."""
    found = stated_zones.statements([grid.names[place] for place in time], grid.above, grid.header)
    stated = next((each for each in found if each.ahead is not None), None)
    if stated is None or stated.ahead is None or not stated.summer or stated.zone is None:
        return None if stated is None else stated.ahead
    return timestamps.at_clock(clock.seconds[:1], zoneinfo.ZoneInfo(stated.zone), True).item() * -1 + int(
        clock.seconds[0]
    )


def fixed_zone(ahead: int) -> str:
    """Name of the zone ahead of UTC by whole hours [s] all year; in names such as Etc/GMT-1 the sign is reversed."""
    return f"Etc/GMT{-ahead // HOUR:+d}" if ahead else "UTC"


def _report(
    source: Source, whole: StatedClock, shown: str, count: int, other: zoneinfo.ZoneInfo | None, option: bool
) -> None:
    """Log the clock that the file states, and the zone of the option or the result if it differs."""
    given = "the option timezone" if option else "the zone of the result"
    detail = f"{whole.text} in {whole.where}: stamps are read in {shown}"
    detail += f"; {other.key}, {given}, is not that of the stamps" if other else ""
    source.log.add(source.label, "time", "zone stated by the file", count, detail)


def _together(source: Source, found: Sequence[StatedClock]) -> StatedClock:
    whole = found[0]
    for other in found[1:]:
        if whole.contradicts(other):
            value = f"{whole.text} in {whole.where}, {other.text} in {other.where}"
            expected = "one clock for all stamps"
            remedy = "find out which is right, and correct the other in the file"
            raise source.error(
                "two time zones in one file",
                line=other.line,
                field="time",
                value=value,
                expected=expected,
                remedy=remedy,
            )
        whole = whole.combined_with(other)
    return whole


def _refuse_other_offsets(source: Source, clock: Clock, whole: StatedClock) -> None:
    """Raise an InputError for the first stamp whose offset the stated clock does not have, if any."""
    if clock.offset is None or whole.ahead is None:
        return
    wrong = clock.offset != whole.ahead
    if whole.summer is not False:
        wrong &= clock.offset != whole.ahead + HOUR
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        value = f"{whole.text} in {whole.where}, UTC{clock.offset[row] / HOUR:+g} h in the stamp"
        remedy = "find out which is right, and correct the other in the file"
        raise source.error(
            "two time zones in one file", line=int(clock.line[row]), field="time", value=value, remedy=remedy
        )


def _known(
    source: Source, found: Sequence[StatedClock], option: zoneinfo.ZoneInfo | None, count: int, aware: bool
) -> list[StatedClock]:
    """Statements of a known clock; others are ignored if stamps have offsets, and logged if the option states the zone.

    Raises:
        InputError: a statement of an unknown clock, without offsets and option.
    """
    unread = next((each for each in found if not each.known), None)
    if unread is not None and not aware:
        value = f"{unread.text} in {unread.where}"
        if option is None:
            remedy = _BY_OPTION.format("Europe/Paris")
            expected = "UTC, UTC+1, CET/CEST, Europe/Paris, or another zone that has one meaning"
            raise source.error("an unknown time zone", line=unread.line, field="time", value=value,
                               expected=expected, remedy=remedy)  # fmt: skip
        source.log.add(
            source.label, "time", "unknown time zone", count, f"{value}: read in {option.key}, the option timezone"
        )
    return [each for each in found if each.known]


def _zone(
    source: Source, whole: StatedClock, usual: zoneinfo.ZoneInfo, option: zoneinfo.ZoneInfo | None
) -> zoneinfo.ZoneInfo | None:
    """Zone with summer time of a statement: the zone that it names, that of option or site if it fits, or a usual one.

    None where the statement leaves summer time open, and the option is a fixed clock that fits.

    Raises:
        InputError: no zone is known for the statement.
    """
    if not whole.named:
        if kind(usual) == (whole.ahead, True) or (whole.zone is None and kind(usual)[0] == whole.ahead):
            return usual
        if option is not None and whole.summer is None and kind(usual) == (whole.ahead, False):
            return None
    if whole.zone is None:
        remedy = _BY_OPTION.format("Europe/Paris")
        raise source.error("an unknown time zone", line=whole.line, field="time", value=whole.text, remedy=remedy)
    return zoneinfo.ZoneInfo(whole.zone)


def _by_steps(
    source: Source,
    clock: Clock,
    whole: StatedClock,
    zone: zoneinfo.ZoneInfo,
    option: zoneinfo.ZoneInfo | None,
    empty: BoolArray,
) -> zoneinfo.ZoneInfo | None:
    """Zone of a statement such as CET, or None for its fixed clock: the reading with fewer breaks between the stamps.

    "CET" is written for a fixed clock all year, and for the local clock of a place as well.

    Raises:
        InputError: both readings have equally many breaks.
    """
    if zone == option:
        return zone
    wall, count = np.unique(clock.seconds[~empty], return_counts=True)
    early, late = (timestamps.at_clock(wall, zone, first, "NaT") for first in (True, False))
    fixed = wall - (whole.ahead or 0)
    if np.array_equal(early, fixed) and np.array_equal(late, fixed):
        return zone
    absent = early == np.iinfo(np.int64).min
    twice = (early != late) & (count > 1)
    local = np.concatenate([early[~absent], late[twice & ~absent]])
    step = timestamps.common_step(clock.seconds)
    breaks = [
        int((np.diff(np.sort(local)) != step).sum() + absent.sum() + (count[~twice] > 1).sum()),
        int((np.diff(fixed) != step).sum() + (count > 1).sum()),
    ]
    if breaks[0] == breaks[1]:
        raise source.error(
            "a time zone with or without summer time",
            line=whole.line,
            field="time",
            value=f"{whole.text} in {whole.where}",
            remedy="ask the source of the file. If its clock is an hour ahead in summer, "
            f"{_BY_OPTION.format(zone.key)}; if it never changes, state {fixed_zone(whole.ahead or 0)} in its place",
        )
    return zone if breaks[0] < breaks[1] else None
