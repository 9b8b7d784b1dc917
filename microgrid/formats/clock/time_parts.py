"""Times beside a date in two columns, as hour and minute, or written without a colon, as one column of times."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np

from microgrid.formats.clock.timestamp_columns import TIME_NAMES, kind_of
from microgrid.formats.text.dialect import Grid
from microgrid.horizon import IntArray

_HOUR = re.compile(
    r"^(?:h|hh|hr|hour|hours|hora|heure|stunde|std|ora|uur|timme|time|hour[ _]?ending|he)$", re.IGNORECASE
)
_MINUTE = re.compile(r"^(?:m|mm|mi|min|mins|minute|minutes|minuten|minuto|minutos|minuti|minuut)$", re.IGNORECASE)
_QUARTER = re.compile(
    r"^(?:q|qh|quarter|quarters|quarter[ _-]?hour|viertel|viertelstunde|quart|quart d.heure|cuarto|kwartier|kvart"
    r"|kwart)$",
    re.IGNORECASE,
)
_WHOLE = r"^[0-9]{1,4}(?:[.]0+)?$"


def with_times(grid: Grid) -> Grid:
    """Grid with one column of times in place of hours and minutes or quarters, and with 15 or 00.15 as 00:15.

    The grid is unchanged unless it has a column of dates, each in several rows, and no column of stamps or times.
    """
    kinds = [kind_of(cells, grid.epoch) for cells in grid.cells]
    if "date" not in kinds or "clock" in kinds or "stamp" in kinds:
        return grid
    if 2 * len(grid.cells[kinds.index("date")].unique()) > len(grid.line):
        return grid
    hour, minute, quarter = (_place(grid, pattern) for pattern in (_HOUR, _MINUTE, _QUARTER))
    if hour is not None and minute is not None:
        return _of_minutes(grid, hour, minute)
    if hour is not None and quarter is not None:
        return _of_quarters(grid, hour, quarter)
    return _without_colon(grid)


def _place(grid: Grid, pattern: re.Pattern[str]) -> int | None:
    from pyarrow import compute as pc

    found = [place for place, name in enumerate(grid.names) if pattern.match(name.strip())]
    found = [place for place in found if pc.all(pc.match_substring_regex(grid.cells[place], _WHOLE)).as_py()]
    return found[0] if len(found) == 1 else None


def _numbers(grid: Grid, place: int) -> IntArray:
    from pyarrow import compute as pc

    return np.asarray(pc.cast(pc.cast(grid.cells[place], "float64"), "int64"))


def _of_minutes(grid: Grid, hour: int, minute: int) -> Grid:
    """Grid with times in place of hours and minutes; minute 60 is that of the next hour."""
    hours, minutes = _numbers(grid, hour), _numbers(grid, minute)
    if minutes.max() > 60 or hours.max() > 24:
        return grid
    return _instead(grid, hour, minute, [f"{t // 60}:{t % 60:02d}" for t in (hours * 60 + minutes).tolist()], "times")


def _of_quarters(grid: Grid, hour: int, quarter: int) -> Grid:
    """Grid with numbers of quarters since midnight, from 1, in place of hours and quarters that count from 0 or 1."""
    hours, quarters = _numbers(grid, hour), _numbers(grid, quarter)
    first, most = int(quarters.min()), int(quarters.max())
    if (first, most) not in ((0, 3), (1, 4)) or hours.max() > 25 or (hours.min() > 0 and hours.max() < 23):
        return grid
    base = 0 if hours.min() == 0 else 1
    numbers = (hours - base) * 4 + quarters - first + 1
    return _instead(grid, hour, quarter, [str(n) for n in numbers.tolist()], "quarters of an hour")


def _instead(grid: Grid, hour: int, other: int, texts: list[str], what: str) -> Grid:
    """Grid with texts in place of the hours, without the other column; what: content of the texts, for the log."""
    import pyarrow as pa

    cells: list[Any] = [*grid.cells[:hour], pa.array(texts, pa.string()), *grid.cells[hour + 1 :]]
    notes = (*grid.notes, f"{what} from the columns {grid.names[hour]!r} and {grid.names[other]!r}")
    kept = [place for place in range(len(grid.names)) if place != other]
    return replace(grid, names=[grid.names[n] for n in kept], cells=[cells[n] for n in kept], notes=notes)


def _without_colon(grid: Grid) -> Grid:
    """Grid with a colon in times such as 0, 15, ..., 2345, or 00.15 if their minutes divide an hour."""
    import pyarrow as pa

    for place, name in enumerate(grid.names):
        if not TIME_NAMES.search(name):
            continue
        texts = grid.cells[place].to_pylist()
        found = _clock_times(texts)
        if found:
            notes = (*grid.notes, f"times such as {texts[len(texts) // 2]} in {name!r}")
            cells = [*grid.cells[:place], pa.array(found, pa.string()), *grid.cells[place + 1 :]]
            return replace(grid, cells=cells, notes=notes)
    return grid


def _clock_times(texts: list[str]) -> list[str]:
    """Times with a colon; none of them if any text is no time without a colon, or if all may be plain numbers."""
    if all(re.fullmatch(r"[0-9]{1,2}\.[0-9]{2}", text) for text in texts):
        parts = [(int(text[:-3]), int(text[-2:])) for text in texts]
        minutes = sorted({minute for _, minute in parts})
        step = minutes[1] - minutes[0] if len(minutes) > 1 else 60
        sure = minutes == list(range(0, 60, step)) and 60 % step == 0
    elif all(re.fullmatch(r"[0-9]{1,4}", text) for text in texts):
        parts = [divmod(int(text), 100) for text in texts]
        sure = max(hour for hour, _ in parts) > 0
    else:
        return []
    fits = sure and len(set(parts)) > 2 and all(hour <= 24 and minute < 60 for hour, minute in parts)
    return [f"{hour}:{minute:02d}" for hour, minute in parts] if fits else []
