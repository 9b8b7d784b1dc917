"""Stamps in less usual forms: names of months, years of two digits, zones behind the time, Unix time."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from microgrid.formats.clock.timestamp_columns import kind_of
from microgrid.formats.clock.timestamps import Order
from microgrid.formats.source import Source
from microgrid.formats.text.dialect import Grid
from microgrid.formats.text.notation import COMPACT_STAMP, OTHER, UNIX

_TIME_NAMES = re.compile(
    r"time|stamp|epoch|unix|zeit|heure|fecha|hora|datum|date|tijd|(?:^|[^a-z])(?:ts|t|tid)(?:[^a-z]|$)", re.IGNORECASE
)
_MONTHS = {
    "jan": 1, "ene": 1, "gen": 1, "jän": 1, "feb": 2, "fév": 2, "fev": 2, "mar": 3, "mär": 3, "mrz": 3, "maa": 3,
    "mrt": 3, "apr": 4, "avr": 4, "abr": 4, "may": 5, "mai": 5, "mei": 5, "mag": 5, "maj": 5, "juin": 6, "jun": 6,
    "giu": 6, "juil": 7, "jul": 7, "lug": 7, "aug": 8, "aoû": 8, "aou": 8, "ago": 8, "sep": 9, "set": 9, "oct": 10,
    "okt": 10, "ott": 10, "out": 10, "nov": 11, "dec": 12, "dez": 12, "déc": 12, "dic": 12,
}  # fmt: skip
_UNIVERSAL = {"utc", "gmt", "z", "zulu"}
_FAR_APART = 5  # factor by which dates in a wrong order of their parts lie further apart than in the right one


def in_usual_form(source: Source, grid: Grid, dates: Order | None) -> Grid:
    """Grid with the stamps of a column in ISO, or in the order of ``dates``, and their zones in a column of their own.

    dates: order of day and month that the user states. A text in an unknown form is unchanged, to be refused with its
    line.

    Raises:
        InputError: years of two digits whose dates are possible in several orders.
    """
    kinds = {kind_of(cells, grid.epoch) for cells in grid.cells}
    if {"stamp", "date", "serial"} & kinds:
        return grid
    samples = [[text for text in cells.slice(0, 200).to_pylist() if text] for cells in grid.cells]
    if any(sample and all(map(COMPACT_STAMP.fullmatch, sample)) for sample in samples):
        return grid
    for place, sample in enumerate(samples):
        if sample and 2 * sum(OTHER.fullmatch(text) is not None for text in sample) > len(sample):
            return _rewritten(source, grid, place, dates)
    for place, sample in enumerate(samples):
        if _TIME_NAMES.search(grid.names[place]) and len(set(sample)) > 1 and all(map(UNIX.fullmatch, sample)):
            return _of_unix(grid, place)
    return grid


def _of_unix(grid: Grid, place: int) -> Grid:
    """Grid with Unix time [s, ms, us or ns since 1970], by its number of digits, as stamps in UTC."""
    import pyarrow as pa

    texts = grid.cells[place].to_pylist()
    digits = next(len(text.split(".")[0]) for text in texts if text)
    unit = {10: "seconds", 13: "milliseconds", 16: "microseconds", 19: "nanoseconds"}[digits]
    found = pa.array([_unix(text, 10 ** (digits - 10)) for text in texts], pa.string())
    notes = (*grid.notes, f"Unix time in {unit} in {grid.names[place]!r}")
    return replace(grid, cells=[*grid.cells[:place], found, *grid.cells[place + 1 :]], notes=notes)


def _unix(text: str, per_second: int) -> str:
    if not UNIX.fullmatch(text):
        return text
    second, rest = divmod(int(text.split(".")[0]), per_second)
    if not 0 <= second < 1e10:
        return text
    stamp = dt.datetime.fromtimestamp(second, dt.UTC)
    return f"{stamp:%Y-%m-%d %H:%M:%S}" + (f".{rest:09d}"[:10] if rest else "") + "Z"


def _rewritten(source: Source, grid: Grid, place: int, dates: Order | None) -> Grid:
    import pyarrow as pa

    texts = grid.cells[place].to_pylist()
    found = {text: OTHER.fullmatch(text) for text in set(texts)}
    short = [match["short"] for match in found.values() if match is not None and match["short"]]
    order = dates or (_order(source, grid, place, short) if short else None)
    parts = {text: (text, "") if match is None else _usual(match, order, dates) for text, match in found.items()}
    cells = pa.array([parts[text][0] for text in texts], pa.string())
    notes = (*grid.notes, f"stamps such as {texts[0]} in {grid.names[place]!r}")
    notes += (f"years of two digits, {order.replace('_', ' ')}",) if short and order else ()
    grid = replace(grid, cells=[*grid.cells[:place], cells, *grid.cells[place + 1 :]], notes=notes)
    zones = [parts[text][1] for text in texts]
    if not any(zones):
        return grid
    name = f"behind {grid.names[place]}: time zone"
    return replace(grid, names=[*grid.names, name], cells=[*grid.cells, pa.array(zones, pa.string())])


def _usual(match: re.Match[str], order: Order | None, dates: Order | None) -> tuple[str, str]:
    """Stamp in a usual form, and the name of the zone behind it, "" for an offset or none."""
    whole = match[0]
    zone = ""
    offset = match["offset"] or ""
    date = match["plain"] or ""
    if match["short"]:
        a, b, c = re.split(r"[-/.]", match["short"])
        year, month, day = {"day_first": (c, b, a), "month_first": (c, a, b)}.get(order or "", (a, b, c))
        date = _date(int(year) + (2000 if int(year) < 70 else 1900), int(month), int(day), dates)
    elif not date:
        named = (match["month"] or match["month2"]).lower()
        month_number = _MONTHS.get(named[:4], _MONTHS.get(named[:3]))
        if month_number is None:
            return whole, ""
        date = _date(int(match["year"] or match["year2"]), month_number, int(match["day"] or match["day2"]), dates)
    if match["zone"] and match["zone"].lower() in _UNIVERSAL:
        offset = offset or "Z"
    elif match["zone"] or match["region"]:
        zone = "" if offset else match["region"] or match["zone"]
    time = _time(match)
    return f"{date} {time}{offset}" if time else date, zone


def _time(match: re.Match[str]) -> str:
    """Time of a stamp with colons; "" where it has none."""
    if not match["hour"]:
        return ""
    rest = re.findall(r"[0-9]{2}", match["rest"] or "")
    fraction = match["part"] or ""
    half = f" {match['half']}M" if match["half"] else ""
    return ":".join([match["hour"], *(rest or ["00"])]) + fraction + half


def _date(year: int, month: int, day: int, dates: Order | None) -> str:
    """Date in the order that the user states, by default in ISO."""
    if dates == "day_first":
        return f"{day:02d}.{month:02d}.{year}"
    return f"{month:02d}/{day:02d}/{year}" if dates == "month_first" else f"{year}-{month:02d}-{day:02d}"


def _order(source: Source, grid: Grid, place: int, short: Sequence[str]) -> Order:
    """Order of day, month and year of two digits, if the dates of the column allow only one.

    Raises:
        InputError: the dates allow several orders.
    """
    a, b, c = np.array([[int(part) for part in re.split(r"[-/.]", text)] for text in short], dtype=np.int64).T
    tries: dict[Order, Any] = {"day_first": (c, b, a), "month_first": (c, a, b), "iso": (a, b, c)}
    spans: dict[Order, float] = {}
    for order, (year, month, day) in tries.items():
        known = sorted({_ordinal(*parts) for parts in zip(year.tolist(), month.tolist(), day.tolist(), strict=True)})
        if known[0] > 0:
            spans[order] = (known[-1] - known[0]) / max(len(known) - 1, 1)
    least = min(spans.values(), default=0.0)
    likely = [order for order, span in spans.items() if span < _FAR_APART * least or span == least]
    certain = likely == ["iso"] or (len(likely) == 1 and ({"day_first", "month_first"} - set(spans)))
    if certain and least > 0:
        return likely[0]
    remedy = "state the option dates: day_first (31.12.24), month_first (12/31/24) or iso (24-12-31)"
    raise source.error("years of two digits leave the order of the date unclear", line=int(grid.line[0]) or None,
                       field=grid.names[place], value=grid.cells[place][0].as_py(), remedy=remedy)  # fmt: skip


def _ordinal(year: int, month: int, day: int) -> int:
    """Number of a day, with a year of two digits as 1970 to 2069; 0 for a date that does not exist."""
    try:
        return dt.date(year + (2000 if year < 70 else 1900), month, day).toordinal()
    except ValueError:
        return 0
