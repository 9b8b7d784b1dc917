"""End of the interval at which stamps stand, from the name of their column and from the stamps themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence

from microgrid.formats.clock import timestamps
from microgrid.formats.clock.timestamps import Clock
from microgrid.formats.source import Source
from microgrid.formats.timed_table import Side

_BEGINS = (
    "begin|begins|beginn|beginning|begintijd|start|starts|starting|started|from|von|ab|van|vanaf|debut|début|anfang|inicio"
    "|início|inizio|desde|dal|från|fra|alku|początek|hb"
)
_ENDS = (
    "end|ends|ending|ended|ende|endet|bis|to|tot|until|till|til|thru|through|fin|fine|final|fim|stop|stops|stopp|finish"
    "|slut|eind|einde|hasta|até|jusqu|konec|koniec|loppu|he"
)
# Words that are joined with a side without a sign between: endtime, Endzeitpunkt, Intervallende, sluttid, eindtijd.
_JOINED = (
    r"(?:period|perioden?|interval|intervall|hour|stunden?|time|times|date|datetime|datum|timestamp|stamp|zeit|zeitpunkt"
    r"|zeitraum|mess|reading|read|slot|utc|tijd|tijdstip|tid|tidspunkt|hora|heure)"
)
_BEGIN, _END = (re.compile(rf"{_JOINED}*(?:{words})s?{_JOINED}*") for words in (_BEGINS, _ENDS))
# Short words have other meanings within longer names, so that they state a side only as a whole name: "Du", "Au".
_ALONE = {"du": "begin", "od": "begin", "de": "begin", "da": "begin", "au": "end", "al": "end", "do": "end", "a": "end"}
_WORD = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][^\W\d_A-Z])")


def named_side(name: str) -> Side | None:
    """Side of the interval that the name of a column of stamps states; None where it states none, or both."""
    words = [word.lower() for part in _CAMEL.split(name) for word in _WORD.findall(part)]
    if len(words) == 1 and words[0] in _ALONE:
        return "begin" if _ALONE[words[0]] == "begin" else "end"
    begins, ends = (any(map(pattern.fullmatch, words)) for pattern in (_BEGIN, _END))
    return None if begins == ends else "begin" if begins else "end"


def side_of(
    source: Source, names: Sequence[str], clock: Clock, stated: Side | None, ahead: int | None = None
) -> tuple[Side, str]:
    """Side of the interval at which stamps stand, and the reason for the log.

    names: names of the columns of dates and of times; stated: side that the user states; ahead: seconds by which the
    clock that the file states is ahead of UTC, None if it states none: whole days of UTC begin after midnight on it.

    Raises:
        InputError: a column of begins with 24:00.
    """
    named = next((side for side in map(named_side, reversed(names)) if side is not None), None)
    if stated is not None:
        return stated, "the option stamps"
    if clock.to_midnight:
        if named == "begin":
            raise source.error(
                "a begin of an interval at 24:00", field=names[-1], remedy="state the option stamps: begin or end"
            )
        return "end", "24:00 is an end"
    if named is not None:
        return named, "the name of the column states it"
    first = int(clock.seconds.min()) % timestamps.DAY
    step = timestamps.common_step(clock.seconds)
    if not clock.aware and first == step and int(clock.seconds.max()) % timestamps.DAY == 0:
        if ahead is None or ahead != step:
            return "end", "whole days from after midnight to midnight"
        return "begin", "assumed: on the clock that the file states these are whole days of UTC"
    return "begin", "assumed"
