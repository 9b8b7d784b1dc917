"""A clock as a file states it."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Stated:
    """A clock as a file states it.

    text: as it stands there; where: in words; line: in the file, None if it has none; ahead: of UTC in standard time
    [s], None for that of the site; summer: whether it has summer time, None if the text leaves that open; zone: one
    that is usual for it, or, if named, that stands there; known: False where the text speaks of a clock, but not of
    one that is known.
    """

    text: str
    where: str
    line: int | None
    ahead: int | None
    summer: bool | None
    zone: str | None = None
    named: bool = False
    known: bool = True

    def contradicts(self, other: Stated) -> bool:
        """Whether both cannot hold."""
        apart = self.ahead is not None and other.ahead is not None and self.ahead != other.ahead
        return apart or (self.summer is not None and other.summer is not None and self.summer != other.summer)

    def with_what(self, other: Stated) -> Stated:
        """What both of them state together."""
        ahead = other.ahead if self.ahead is None else self.ahead
        summer = other.summer if self.summer is None else self.summer
        zone = other.zone if other.named or self.zone is None else self.zone
        return replace(self, ahead=ahead, summer=summer, zone=zone, named=self.named or other.named)


def kind(zone: zoneinfo.ZoneInfo) -> tuple[int, bool]:
    """Seconds ahead of UTC in standard time, and whether there is summer time."""
    offsets = {zone.utcoffset(dt.datetime(2024, month, 1)) for month in range(1, 13)}
    seconds = sorted(int(offset.total_seconds()) for offset in offsets if offset is not None)
    return seconds[0], len(seconds) > 1


def unknown(text: str, where: str, line: int | None) -> Stated:
    """A text that stands where a clock is stated, and states none that is known."""
    return Stated(text, where, line, None, None, known=False)
