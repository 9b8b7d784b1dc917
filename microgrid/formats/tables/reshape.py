"""Cells as numbers, and tables of other layouts: a row for each day, or rows of several points."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from microgrid.errors import InputError
from microgrid.formats.clock.timestamps import DAY, Clock
from microgrid.formats.registers import OBIS, Registers, Sharing, never_added, registers_in
from microgrid.formats.source import Source
from microgrid.formats.text.dialect import Grid
from microgrid.formats.text.notation import NUMBER
from microgrid.formats.text.number_words import remedy_of
from microgrid.formats.zones.stated_zones import is_zone_column
from microgrid.horizon import BoolArray, FloatArray, IntArray

_SPACES = " \u00a0\u202f\u2009"  # plain, no-break, narrow no-break and thin
# A sign that cannot separate groups of three digits, as in 0.125 or 12.5, must be decimal.
_NOTATIONS = {
    f"{what} {sign}": pattern.replace("S", re.escape(sign)).replace("T", re.escape("." if sign == "," else ","))
    for sign in ".,"
    for what, pattern in {
        "either": "^[+-]?[1-9][0-9]{0,2}S[0-9]{3}$",
        "thousands": "^[+-]?[1-9][0-9]{0,2}(?:(?:S[0-9]{3}){2,}|(?:S[0-9]{3})+T[0-9]+)$",
        "decimal": "^[+-]?(?:(?:(?:0[0-9]*|[0-9]{4,})?S[0-9]*|[0-9]{1,3}S(?:[0-9]{0,2}|[0-9]{4,}))"
        "|[0-9]*S[0-9]*[eE][+-]?[0-9]{1,3})$",
    }.items()
}
_ONE_OF_THEM = "choose one of them by the option point"
_OR_REGISTERS = (
    "; if all are registers of one series and none is a total, state the option registers: in_turn (time of use) or "
    "together (phases)"
)
_LEAST_LABELS = 23  # a day in hours, without the hour that spring leaves out
_LABEL = re.compile(r"([0-9]{1,2})[:h]([0-9]{2})(?::00)?(?:\s*-\s*[0-9]{1,2}[:h][0-9]{2}(?::00)?)?", re.ASCII)
_POINT = re.compile(
    r"(?:^|[^a-z])(?:point|channel|meter|tag|sensor|device|register|kanal|z[aä]hler|z[aä]hlpunkt|messstelle|compteur|prm"
    r"|pdl|cups|nmi|mpan|mprn|pod|ean|esi|identifiant|obis|series|variable|name|id)(?:[^a-z]|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Labels:
    """Columns that are times of day.

    places: places of the columns, (k,); seconds: since midnight, (k,); again: whether an earlier column has the same
    time, as in the doubled hour, (k,); step: distance of the times [s].
    """

    places: IntArray
    seconds: IntArray
    again: BoolArray
    step: int


def labels_of(source: Source, grid: Grid, stated: bool) -> Labels | None:
    """Columns that are times of day, if the table has a row for each day; stated: whether the user states that.

    Raises:
        InputError: times that are not evenly spaced, both 00:00 and 24:00, or no such columns although stated.
    """
    found = [(place, match) for place, name in enumerate(grid.names) if (match := _LABEL.fullmatch(name))]
    if len(found) < (2 if stated else _LEAST_LABELS):
        if stated:
            raise source.error("no columns with times of day", line=grid.header or None, expected="00:00, 00:15, ...")
        return None
    seconds = np.array([int(match[1]) * 3600 + int(match[2]) * 60 for _, match in found], dtype=np.int64)
    if len(seconds) > 1 and seconds[-1] == 0 and seconds[0] > 0:
        seconds[-1] = DAY  # 00:00 in the last column is the end of the day
    known, first, counts = np.unique(seconds, return_index=True, return_counts=True)
    gaps = np.diff(known)
    wrong = len(known) < 2 or (gaps != gaps[0]).any() or (counts > 2).any() or known[-1] > DAY
    if wrong or known[-1] - known[0] >= DAY:
        raise source.error(
            "columns that are not the times of one day",
            line=grid.header,
            value=", ".join(match[0] for _, match in found),
            expected="evenly spaced times, once each, or twice in the doubled hour; not both 00:00 and 24:00",
        )
    again = np.ones(len(seconds), dtype=bool)
    again[first] = False
    return Labels(np.array([place for place, _ in found]), seconds, again, int(gaps[0]))


def unfolded(source: Source, days: Clock, labels: Labels, values: list[FloatArray]) -> tuple[Clock, FloatArray]:
    """Stamps and values of all cells, (n k,) each, day by day in the order of the columns.

    days: midnight of each row, (n,); values: numbers of each of the k columns of times, (n,) each.

    Raises:
        InputError: a row whose stamp is not a midnight in local time.
    """
    odd = np.flatnonzero(days.seconds % DAY != 0)
    if days.aware or len(odd):
        line = int(days.line[odd[0] if len(odd) else 0])
        raise source.error("a stamp with a time, in a table with one row for each day", line=line, field="time")
    cells = np.stack(values, axis=1).ravel()
    seconds = (days.seconds[:, None] + labels.seconds).ravel()
    spare = np.tile(labels.again, len(days.line)) & np.isnan(cells)
    lines = np.repeat(days.line, len(labels.seconds))
    to_midnight = bool((labels.seconds == DAY).any())
    return Clock(seconds, lines, False, days.form, to_midnight, spare), cells


def of_point(
    source: Source, grid: Grid, time: list[int], point: str | None, column: str | None, long: bool,
    sharing: Sharing | None = None,
) -> tuple[Grid, int | None, Registers | None]:  # fmt: skip
    """Rows of one point (a meter, a channel) of a table, or of registers; place of the column that names these.

    Place and registers are None where the table has none. time: places of the columns of stamps; point, column: options
    of the user; long: whether rows must be of points; sharing: how registers share the time, if the user states it.

    Raises:
        InputError: several points that are no registers, of which none is chosen, or an unknown point or column.
    """
    place = _point_column(source, grid, time, point, column, long)
    if place is None:
        return grid, None, None
    from pyarrow import compute as pc

    cells, name = grid.cells[place], grid.names[place]
    known = [text for text in pc.unique(cells).to_pylist() if text]
    parts = registers_in(known, name)
    if sharing and point is None and not parts and (why := never_added(known)):
        raise source.error(why, field=name, value=", ".join(known[:8]), remedy=_ONE_OF_THEM)
    if sharing and not never_added(known):
        parts = Registers({"": known}, sharing)
    if point is None and len(known) > 1 and parts:
        return grid, place, parts
    if point is None and len(known) > 1:
        raise _several_points(source, grid, place, known)
    wanted = point if point is not None else (known or [""])[0]
    rows = np.flatnonzero(np.asarray(pc.equal(cells, wanted)))
    if not len(rows):
        raise source.error(
            "no such point", field="format.point", value=wanted, expected="one of " + ", ".join(known[:8])
        )
    others = len(grid.line) - len(rows)
    source.log.add(source.label, name, "rows of other points", others, f"left out; the point is {wanted}")
    return _by_registers(grid.rows(rows), time, place)


def _several_points(source: Source, grid: Grid, place: int, known: list[str]) -> InputError:
    """InputError about a table of several points of which none is chosen, to be raised."""
    second = grid.cells[place].to_pylist().index(known[1])
    return source.error(
        f"{len(known)} points in one table",
        line=int(grid.line[second]),
        field=grid.names[place],
        value=", ".join(known[:8]) + (", ..." if len(known) > 8 else ""),
        remedy=_ONE_OF_THEM if never_added(known) else _ONE_OF_THEM + _OR_REGISTERS,
    )


def _by_registers(grid: Grid, time: list[int], place: int) -> tuple[Grid, int, Registers | None]:
    """Rows of one point, with place and registers of a column that distinguishes these, else the column of points."""
    import pyarrow as pa

    for other, name in enumerate(grid.names):
        known = [text for text in grid.cells[other].unique().to_pylist() if text]
        if other not in (*time, place) and _POINT.search(name) and (parts := registers_in(known, name)):
            cells = list(grid.cells)
            cells[place] = pa.array([""] * len(grid.line), pa.string())  # the number of a meter is not a value
            return replace(grid, cells=cells), other, parts
    return grid, place, None


def _point_column(
    source: Source, grid: Grid, time: list[int], point: str | None, column: str | None, long: bool
) -> int | None:
    """Place of the column of points, by option, name and texts; None without; an InputError for several likely ones."""
    if column is not None:
        if column not in grid.names:
            raise source.error("no such column", field="format.point_column", value=column, line=grid.header or None)
        return grid.names.index(column)
    others = [
        place
        for place, title in enumerate(grid.names)
        if place not in time and not is_zone_column(title, grid.cells[place])
    ]
    named = [place for place in others if _POINT.search(grid.names[place])]
    text = [place for place in others if is_text(grid.cells[place])]
    likely = [place for place in named if place in text]
    if not likely and (long or point is not None or _repeats(grid, time)):
        likely = named or text
    if point is not None:
        likely = [place for place in likely or text if _holds(grid.cells[place], point)] or likely
    if (long or point is not None) and not likely:
        raise source.error("no column of points", remedy="state the option point_column")
    telling = [place for place in likely if len(grid.cells[place].unique()) > 1]
    likely = telling or likely[:1]
    if len(likely) > 1:
        both = ", ".join(grid.names[place] for place in likely)
        raise source.error("several columns may name the points", value=both, remedy="state the option point_column")
    return likely[0] if likely else None


def is_text(cells: Any) -> bool:
    """Whether a column has text and no cell that begins like a number; codes of registers such as 1.8.2 are text."""
    from pyarrow import compute as pc

    filled = pc.any(pc.not_equal(cells, "")).as_py()
    like_numbers = pc.match_substring_regex(cells, r"^[+-]?[.,]?[0-9]")
    return bool(filled) and not pc.any(pc.and_not(like_numbers, pc.match_substring_regex(cells, f"^{OBIS}$"))).as_py()


def _holds(cells: Any, text: str) -> bool:
    from pyarrow import compute as pc

    return bool(pc.any(pc.equal(cells, text)).as_py())


def _repeats(grid: Grid, time: list[int]) -> bool:
    """Whether more stamps stand in the table repeatedly than the doubled hour of autumn can explain."""
    from pyarrow import compute as pc

    joined = pc.binary_join_element_wise(*(grid.cells[place] for place in time), " ")
    return len(grid.line) > 1.4 * len(pc.unique(joined))


def decimal_of(source: Source, columns: Mapping[str, Any], line: IntArray, thousands: str | None) -> str:
    """Decimal sign of all columns together; thousands: sign between groups of digits, if the user states it.

    Raises:
        InputError: both signs, or only numbers such as 1.234, which may be thousands as well.
    """
    from pyarrow import compute as pc

    if thousands in (".", ","):
        return "," if thousands == "." else "."
    found: dict[str, tuple[str, int, str]] = {}
    for name, cells in columns.items():
        for what, pattern in _NOTATIONS.items():
            hits = pc.match_substring_regex(cells, pattern)
            if what not in found and pc.any(hits).as_py():
                row = int(np.flatnonzero(np.asarray(hits))[0])
                found[what] = name, int(line[row]), str(cells[row])
    sure = [sign for sign in ".," if f"decimal {sign}" in found]
    groups = [what for what in found if what.startswith("thousands")]
    maybe = [sign for sign in ".," if f"either {sign}" in found]
    wrong = groups or [f"either {sign}" for sign in maybe if not sure]
    if wrong or len(sure) > 1:
        name, number, value = found[wrong[0] if wrong else f"decimal {sure[1]}"]
        raise source.error(
            "numbers with a sign between thousands" if groups else "the decimal sign is unclear",
            line=number,
            field=name,
            value=value,
            remedy="state the option thousands" if groups else 'state the option decimal: "." or ",", or thousands',
        )
    return sure[0] if sure else "."


def numbers(
    source: Source, cells: Any, name: str, line: IntArray, decimal: str, thousands: str | None, missing: Sequence[str]
) -> tuple[FloatArray, int]:
    """Column as numbers, (rows,), NaN where it is empty or has a text of ``missing``; and the count of such texts.

    Raises:
        InputError: a text that is not a number, with its line.
    """
    import pyarrow as pa
    from pyarrow import compute as pc

    gone = pc.is_in(cells, pa.array(list(missing), pa.string()))
    text = pc.if_else(gone, "", cells)
    good = f"^(?:{NUMBER})?$".replace(r"\.", re.escape(decimal))
    if thousands:
        group = f"[{_SPACES}]" if thousands in _SPACES or thousands == "space" else re.escape(thousands)
        grouped = rf"^[+-]?[0-9]{{1,3}}(?:{group}[0-9]{{3}})+(?:{re.escape(decimal)}[0-9]*)?$"
        is_grouped = pc.match_substring_regex(text, grouped)
        text = pc.if_else(is_grouped, pc.replace_substring_regex(text, group, ""), text)
    wrong = np.flatnonzero(~np.asarray(pc.match_substring_regex(text, good)))
    if decimal != ".":
        text = pc.replace_substring(text, decimal, ".")
    values = np.full(len(line), np.nan)
    if not len(wrong):
        plain = np.asarray(pc.if_else(pc.equal(text, ""), "nan", text).to_numpy(zero_copy_only=False))
        values = plain.astype(float)
        wrong = np.flatnonzero(np.isinf(values))
    if len(wrong):
        row = int(wrong[0])
        raise source.error(
            "not a number",
            line=int(line[row]),
            field=name,
            value=str(cells[row]),
            expected=f"a number with the decimal sign {decimal!r}"
            + (f" and {thousands!r} between thousands" if thousands else ""),
            remedy=remedy_of(str(cells[row])),
        )
    return values, int(pc.sum(gone).as_py() or 0)
