"""CSV exports of the website of the ENTSO-E Transparency Platform."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from microgrid.formats.intervals import Recorded
from microgrid.formats.market.entsoe_series import (
    NO_SEQUENCE,
    TYPES,
    Options,
    accepted_names,
    join_series,
    power_column,
    price_column,
)
from microgrid.formats.market.operator_csv import PLAIN, Delimited, clock, intervals, numbers, recorded, slug
from microgrid.formats.source import Source
from microgrid.horizon import BoolArray, FloatArray, IntArray

_MISSING = ("n/e", "N/A", "-")
# The platform writes "CET" and the like for the local time of the place, not for winter time all year.
_ZONES = {
    "CET/CEST": "Europe/Brussels", "CET": "Europe/Brussels", "WET/WEST": "Europe/Lisbon", "WET": "Europe/Lisbon",
    "EET/EEST": "Europe/Helsinki", "EET": "Europe/Helsinki", "UTC": "UTC",
}  # fmt: skip
_AHEAD = {"CEST": 2, "CET": 1, "WEST": 1, "WET": 0, "EEST": 3, "EET": 2, "UTC": 0}  # hours ahead of UTC
_FORMATS = ("%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M:%S")
_INTERVAL = r"^ *([0-9./]+ [0-9:]+)(?: \((\w+)\))? - ([0-9./]+ [0-9:]+)(?: \((.+)\))? *$"
_PRICE = re.compile(r"Day-ahead Price [\[(](?P<currency>[A-Z]{3}|Currency)/MWh[\])]")
_WIDE = re.compile(r"(?P<type>.+?) ?- ?Actual (?P<way>Aggregated|Consumption) [\[(]MW[\])]")
_LOAD = re.compile(r"(?P<what>Actual Total Load|Day-ahead Total Load Forecast) [\[(]MW[\])].*")
TIME = r"(?:MTU|Time)(?: \((.*)\))?"
_SHOWN = {name.lower(): ours for name, ours in TYPES.values()} | {
    "hydro run-of-river and poundage": "hydro_run_of_river"
}


def read_csv(source: Source, table: Delimited, options: Options) -> Recorded:
    """Read the chosen area and sequence of an export with one column, or one row, for each type of generation."""
    time = next((name for name in table.columns if re.fullmatch(TIME, name)), None)
    if time is None:
        raise source.error("no column of intervals", line=1, expected="MTU (CET/CEST) or MTU (UTC)")
    for title, wanted, neutral in (("Area", options.area, ()), ("Sequence", options.sequence, NO_SEQUENCE)):
        names = [name.strip() for name in table.columns.get(title, ())]
        if names or wanted is not None:
            accepted = accepted_names(source, names, wanted, title.lower(), neutral)
            chosen = np.array([name in accepted for name in names])
            detail = f"of another {title.lower()}"
            source.log.add(source.label, "time", "rows left out", int((~chosen).sum()), detail)
            table = _rows(table, np.flatnonzero(chosen))
    if "Production Type" not in table.columns:
        return _wide(source, table, time)
    kinds = pd.Series(np.asarray(table.columns["Production Type"], dtype=object), dtype=object).str.strip()
    parts = []
    for kind in kinds.unique():
        part = _rows(table, np.flatnonzero(kinds == kind))
        rows = _wide(source, part, time, _type(source, kind, int(part.line[0])))
        parts += [(name, rows.begin, rows.end, values, rows.line) for name, values in rows.columns.items()]
    return join_series(source, parts)


def _rows(table: Delimited, rows: IntArray) -> Delimited:
    places = rows.tolist()
    return Delimited({t: [cells[row] for row in places] for t, cells in table.columns.items()}, table.line[rows])


def _wide(source: Source, table: Delimited, time: str, kind: str = "") -> Recorded:
    values: dict[str, FloatArray] = {}
    for title, cells in table.columns.items():
        name = _column(source, table, title, kind)
        if name:
            values[name] = numbers(source, cells, title, table.line, PLAIN, _MISSING)
        elif title not in (time, "Area", "Sequence", "Currency", "Production Type") and any(c.strip() for c in cells):
            source.log.add(
                source.label, slug(title)[:60], "column left out", len(cells), "this format does not read it"
            )
    if not values:
        raise source.error(
            "no column of prices, generation or load", line=1, expected="such as Day-ahead Price [EUR/MWh]"
        )
    empty = np.all([np.isnan(column) for column in values.values()], axis=0)
    begin, end, kept = _times(source, table, time, empty)
    means = {name: column[kept] for name, column in values.items()}
    if kind and empty.all():  # the area has no plants of this type; those of others have values
        return Recorded(begin[kept], end[kept], means, table.line[kept])
    return recorded(source, begin[kept], end[kept], means, table.line[kept])


def _column(source: Source, table: Delimited, title: str, kind: str) -> str:
    """Name of the column for a title, "" if it is not read; kind: name of the type of generation of all rows."""
    if price := _PRICE.fullmatch(title):
        currencies = {cell.strip() for cell in table.columns.get("Currency", ())} - {""} or {price["currency"]}
        currency = min(currencies)
        if (
            len(currencies) > 1
            or price["currency"] not in ("Currency", currency)
            or not re.fullmatch("[A-Z]{3}", currency)
        ):
            raise source.error(
                "the currency of the prices is unclear", line=1, field=title, value=", ".join(sorted(currencies))
            )
        return price_column(source, currency, len(table.line))
    if wide := _WIDE.fullmatch(title):
        return power_column(_type(source, wide["type"], 1), "_consumption" if wide["way"] == "Consumption" else "")
    if load := _LOAD.fullmatch(title):
        return "consumption_mw" if load["what"] == "Actual Total Load" else "forecast_day_ahead_mw"
    if kind and title in ("Generation (MW)", "Consumption (MW)"):
        return power_column(kind, "_consumption" if title.startswith("C") else "")
    return ""


def _type(source: Source, shown: str, line: int) -> str:
    name = _SHOWN.get(" ".join(shown.lower().split()))
    if name is None:
        raise source.error("unknown type of generation", line=line, value=shown, expected="such as Wind Onshore")
    return name


def _times(source: Source, table: Delimited, time: str, empty: BoolArray) -> tuple[IntArray, IntArray, BoolArray]:
    """Begin and end of the intervals [s since 1970, UTC], and whether each row is kept."""
    line = table.line
    text = pd.Series(np.asarray(table.columns[time], dtype=object), dtype=object)
    parts = text.str.extract(_INTERVAL)
    bad = np.flatnonzero(parts[0].isna())
    if len(bad):
        value = repr(text.iloc[bad[0]])
        expected = "such as 01.01.2022 00:00 - 01.01.2022 01:00"
        raise source.error("not an interval", line=int(line[bad[0]]), field=time, value=value, expected=expected)
    first, last = (clock(source, parts[part].tolist(), _FORMATS, line, time) for part in (0, 2))
    marked = parts[1].notna().to_numpy()
    named = re.fullmatch(TIME, time)
    of_rows = set(parts[3][~marked].fillna("none"))
    labels = {named[1]} if named and named[1] else of_rows or {"UTC"}
    label = re.sub(r" ?\(UTC[^)]*\)| ", "", labels.pop())
    other = sorted(of_rows - {"none", label}) if named and named[1] else []
    if other and label in _ZONES and _ZONES.get(other[0]) != _ZONES[label]:
        row = int(np.flatnonzero((parts[3] == other[0]).to_numpy() & ~marked)[0])
        value = f"{label} in {time!r}, {other[0]} in the row"
        remedy = "download the file again"
        raise source.error("two time zones in one file", line=int(line[row]), field=time, value=value, remedy=remedy)
    if labels or label not in _ZONES:
        raise source.error("stamps in an unknown zone", line=1, field=time, value=label, expected=", ".join(_ZONES))
    begin, end, kept = first.asi8.copy(), last.asi8.copy(), np.ones(len(line), dtype=bool)
    for stamps, marks in ((begin, parts[1]), (end, parts[3])):
        ahead = marks.map(_AHEAD)
        bad = np.flatnonzero(marked & ahead.isna())
        if len(bad):
            value, at = repr(text.iloc[bad[0]]), int(line[bad[0]])
            raise source.error(
                "stamps in an unknown zone", line=at, field=time, value=value, expected=", ".join(_AHEAD)
            )
        stamps[marked] -= ahead[marked].to_numpy().astype(np.int64) * 3600
    local = np.flatnonzero(~marked)
    if _ZONES[label] != "UTC" and len(local):
        begin[local], end[local], kept[local] = intervals(
            source, first[local], last[local], _ZONES[label], line[local], empty[local]
        )
    return begin, end, kept
