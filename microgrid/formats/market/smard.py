"""SMARD.de (Bundesnetzagentur): prices, generation and load as CSV."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from microgrid.formats.format import Format, NoOptions
from microgrid.formats.longer_steps import on_steps
from microgrid.formats.market.operator_csv import (
    ENGLISH,
    GERMAN,
    Delimited,
    Style,
    clock,
    delimited,
    intervals,
    numbers,
    recorded,
    slug,
)
from microgrid.formats.source import Source
from microgrid.formats.timed_table import Table
from microgrid.horizon import FloatArray, IntArray

_ZONE = "Europe/Berlin"
_HOUR = 3600
_HEADERS = {
    ("Datum von", "Datum bis"): (GERMAN, ("%d.%m.%Y %H:%M", "%d.%m.%Y")),
    ("Datum", "Anfang", "Ende"): (GERMAN, ("%d.%m.%Y %H:%M",)),
    ("Start date", "End date"): (ENGLISH, ("%b %d %Y %I:%M %p", "%b %d %Y")),
    ("Date", "Start", "End"): (ENGLISH, ("%b %d %Y %I:%M %p",)),
}
_HOME = ("deutschland/luxemburg", "germany/luxembourg")
_NAMES = {
    "biomasse": "biomass", "wasserkraft": "hydro", "hydropower": "hydro", "photovoltaik": "solar",
    "photovoltaics": "solar", "sonstige erneuerbare": "other_renewable", "kernenergie": "nuclear",
    "braunkohle": "lignite", "steinkohle": "hard_coal", "erdgas": "gas", "fossil gas": "gas", "natural gas": "gas",
    "pumpspeicher": "hydro_pumped_storage", "sonstige konventionelle": "other_conventional",
    "netzlast": "consumption", "gesamt (netzlast)": "consumption", "grid load": "consumption",
    "total (grid load)": "consumption", "residuallast": "residual_load",
}  # fmt: skip
_COLUMN = re.compile(r"(?P<what>[^\[\]]+?) ?\[(?P<unit>[^\[\]]+)\].*")


def _recognises(head: str) -> bool:
    first = ";".join(map(str.strip, head.lstrip().partition("\n")[0].split(";")))
    return "MWh]" in first and any(first.startswith(";".join(start) + ";") for start in _HEADERS)


def _read(source: Source, _: NoOptions) -> Table:
    table = delimited(source, source.text("utf-8-sig"), ";")
    names = tuple(table.columns)
    start = next((start for start in _HEADERS if names[: len(start)] == start), None)
    if start is None:
        expected = " or ".join(";".join(start) for start in _HEADERS)
        raise source.error("not a header of SMARD", line=1, value=";".join(names[:3]), expected=expected)
    style = _HEADERS[start][0]
    line = table.line
    columns = {name: table.columns[name] for name in names[len(start) :]}
    values, energy = _values(source, columns, line, style)
    begin, end = _times(source, table, start)
    empty = np.all([np.isnan(column) for column in values.values()], axis=0)
    first, last, kept = intervals(source, begin, end, _ZONE, line, empty)
    first, last, line = first[kept], last[kept], line[kept]
    if (wrong := last <= first).any():
        raise source.error("an interval that ends before it begins", line=int(line[wrong][0]), field="time")
    hours = (last - first) / _HOUR
    means = {name: column[kept] for name, column in values.items()}
    for name in energy:
        means[name] = on_steps(source, first, last, name, means[name], energy=True) / hours
    for name in energy:
        source.log.add(
            source.label, name, "unit converted", len(line), "energy [MWh] divided by its hours, as mean power [MW]"
        )
    return recorded(source, first, last, means, line).table(source)


def _times(source: Source, table: Delimited, start: Sequence[str]) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    formats = _HEADERS[tuple(start)][1]
    cells = [[cell.replace(",", "") for cell in table.columns[name]] for name in start]
    if len(start) == 3:  # the day has a column of its own
        cells = [[f"{day} {time}" for day, time in zip(cells[0], times, strict=True)] for times in cells[1:]]
    begin = clock(source, cells[0], formats, table.line, start[0])
    end = clock(source, cells[1], formats, table.line, start[-1])
    midnight = (end == end.normalize()) & (end <= begin) & (len(start) == 3)
    return begin, end.where(~midnight, end + pd.Timedelta(days=1))


def _values(
    source: Source, columns: Mapping[str, Sequence[str]], line: IntArray, style: Style
) -> tuple[dict[str, FloatArray], list[str]]:
    """Values by the name of their column, (rows,) each, and the names of those that are energy."""
    values: dict[str, FloatArray] = {}
    energy: list[str] = []
    of_load = any(_name(name) == ("consumption_mw", "MWh") for name in columns)
    for title, cells in columns.items():
        name, unit = _name(title)
        if not name:
            detail = f"neither MWh, MW nor EUR/MWh: {title[:40]}"
            source.log.add(source.label, slug(title), "column left out", len(line), detail)
            continue
        if of_load and name == "hydro_pumped_storage_mw":  # in files of load it is the consumption of the pumps
            name = "hydro_pumped_storage_consumption_mw"
        if name in values:
            raise source.error(
                "two columns of one quantity", line=1, field=title, remedy="download the data in one resolution"
            )
        values[name] = numbers(source, cells, title, line, style, ("-",))
        if unit == "MWh":
            energy.append(name)
    if not values:
        raise source.error("no column of prices, generation or load", line=1, expected="such as Biomasse [MWh]")
    return values, energy


def _name(title: str) -> tuple[str, str]:
    """Name of a column and the unit in its title; an empty name if the unit is not read."""
    found = _COLUMN.fullmatch(title)
    what, unit = (found["what"].strip(), found["unit"].strip()) if found else ("", "")
    if unit in ("MWh", "MW") and slug(what):
        return f"{_NAMES.get(what.lower(), slug(what))}_mw", unit
    if unit in ("€/MWh", "Euro/MWh", "EUR/MWh") and slug(what):
        return "price_eur_per_mwh" if what.lower() in _HOME else f"price_{slug(what)}_eur_per_mwh", unit
    return "", unit


FORMAT = Format("SMARD.de CSV: prices, generation, load", _recognises, _read)
