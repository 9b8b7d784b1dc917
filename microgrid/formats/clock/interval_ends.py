"""At which end of its interval a stamp stands: what the name of its column says, and what all stamps tell."""

from __future__ import annotations

import re

from microgrid.formats.clock import timestamps
from microgrid.formats.clock.timestamps import Clock, Side
from microgrid.formats.source import Source

_BEGINS = {
    "begin",
    "beginn",
    "start",
    "from",
    "von",
    "ab",
    "van",
    "vanaf",
    "debut",
    "début",
    "anfang",
    "inicio",
    "inizio",
}
_ENDS = {"end", "ende", "bis", "to", "tot", "until", "till", "fin", "fine", "stop"}


def said_side(name: str) -> Side | None:
    """What the name of a column says about where in its interval a stamp is."""
    words = set(re.split(r"[\W\d_]+", name.lower()))
    begins, ends = bool(words & _BEGINS), bool(words & _ENDS)
    return None if begins == ends else "begin" if begins else "end"


def side_of(source: Source, name: str, clock: Clock, said: Side | None) -> tuple[Side, str]:
    """Where in its interval a stamp is, and how that is known."""
    named = said_side(name)
    if said is not None:
        return said, "said"
    if clock.to_midnight:
        if named == "begin":
            raise source.error("a begin at 24:00", field=name, remedy="say the option stamps: begin or end")
        return "end", "24:00 is an end"
    if named is not None:
        return named, "the name of the column tells"
    first, last = int(clock.seconds.min()), int(clock.seconds.max())
    if (
        not clock.aware
        and first % timestamps.DAY == timestamps.common_step(clock.seconds)
        and last % timestamps.DAY == 0
    ):
        return "end", "whole days from after midnight to midnight"
    return "begin", "assumed"
