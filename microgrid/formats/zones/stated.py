"""Clocks as files state them."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class StatedClock:
    """A clock as a file states it.

    text: text of the statement; where: its place in words; line: its line in the file, None without; ahead: seconds
    ahead of UTC in standard time, None for that of the site; summer: whether the clock has summer time, None if the
    text leaves that open; zone: name of a usual zone with this clock, or of the zone that the text names; named:
    whether the text names the zone; known: False for the statement of a clock that is not recognised.
    """

    text: str
    where: str
    line: int | None
    ahead: int | None
    summer: bool | None
    zone: str | None = None
    named: bool = False
    known: bool = True

    def contradicts(self, other: StatedClock) -> bool:
        """Whether both statements cannot be true of one clock."""
        apart = self.ahead is not None and other.ahead is not None and self.ahead != other.ahead
        return apart or (self.summer is not None and other.summer is not None and self.summer != other.summer)

    def combined_with(self, other: StatedClock) -> StatedClock:
        """Statement with the facts of both; those of this one precede, but a named zone of the other."""
        ahead = other.ahead if self.ahead is None else self.ahead
        summer = other.summer if self.summer is None else self.summer
        zone = other.zone if other.named or self.zone is None else self.zone
        return replace(self, ahead=ahead, summer=summer, zone=zone, named=self.named or other.named)


def kind(zone: zoneinfo.ZoneInfo) -> tuple[int, bool]:
    """Offset of a zone in standard time [s ahead of UTC], and whether it has summer time."""
    offsets = {zone.utcoffset(dt.datetime(2024, month, 1)) for month in range(1, 13)}
    seconds = sorted(int(offset.total_seconds()) for offset in offsets if offset is not None)
    return seconds[0], len(seconds) > 1


def unknown(text: str, where: str, line: int | None) -> StatedClock:
    """Statement of a clock that is not recognised."""
    return StatedClock(text, where, line, None, None, known=False)
