"""RTE eCO2mix: the French mix, national or regional, as open data (CSV) or as RTE's own files named .xls (text)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from microgrid.formats.format import Format
from microgrid.formats.market.operator_csv import FRENCH, Delimited, clock, delimited, numbers, on_clock, recorded, slug
from microgrid.formats.source import Source
from microgrid.formats.timed_table import Table
from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.parameters import Parameters

_ZONE = "Europe/Paris"
_QUARTER = 900
_HALF = 1800
_MISSING = ("ND", "-", "N/A")
_STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:?[0-9]{2})")
_PLACES = ("region", "perimetre")
_CODES = ("codeinseeregion",)
_WHEN = ("dateheure", "date", "heure", "heures", "nature")

# The open data, its API and RTE's own files write titles differently, so that they are compared without accents,
# signs and units.
_NAMES = {
    "consommation": "consumption_mw", "previsionj1": "forecast_day_ahead_mw", "previsionj": "forecast_same_day_mw",
    "fioul": "oil_mw", "charbon": "coal_mw", "gaz": "gas_mw", "nucleaire": "nuclear_mw", "eolien": "wind_mw",
    "solaire": "solar_mw", "hydraulique": "hydro_mw", "pompage": "pumping_mw", "bioenergies": "bioenergy_mw",
    "thermique": "thermal_mw", "echphysiques": "physical_exchange_mw",
    "tauxdeco2": "carbon_intensity_gco2_per_kwh", "tauxco2": "carbon_intensity_gco2_per_kwh",
    "echcommangleterre": "exchange_united_kingdom_mw", "echcommespagne": "exchange_spain_mw",
    "echcommitalie": "exchange_italy_mw", "echcommsuisse": "exchange_switzerland_mw",
    "echcommallemagnebelgique": "exchange_germany_belgium_mw",
    "fioultac": "oil_of_which_turbine_mw", "fioulcogeneration": "oil_of_which_cogeneration_mw",
    "fioulcogen": "oil_of_which_cogeneration_mw", "fioulautres": "oil_of_which_other_mw",
    "gaztac": "gas_of_which_turbine_mw", "gazcogeneration": "gas_of_which_cogeneration_mw",
    "gazcogen": "gas_of_which_cogeneration_mw", "gazccg": "gas_of_which_combined_cycle_mw",
    "gazautres": "gas_of_which_other_mw",
    "hydrauliquefildeleaueclusee": "hydro_of_which_run_of_river_mw",
    "hydrauliquefileaueclusee": "hydro_of_which_run_of_river_mw", "hydrauliquelacs": "hydro_of_which_lakes_mw",
    "hydrauliquestepturbinage": "hydro_of_which_pumped_storage_mw",
    "bioenergiesdechets": "bioenergy_of_which_waste_mw", "bioenergiesbiomasse": "bioenergy_of_which_biomass_mw",
    "bioenergiesbiogaz": "bioenergy_of_which_biogas_mw",
    "eolienterrestre": "wind_of_which_onshore_mw", "eolienoffshore": "wind_of_which_offshore_mw",
    "stockagebatterie": "battery_charging_mw", "destockagebatterie": "battery_discharging_mw",
}  # fmt: skip


class Options(Parameters):
    """Options of the format: region by its name or INSEE code, if the file has several.

    spring_hour: drop, if rows in the hour that spring leaves out are fillers.
    """

    region: str | int | None = None
    spring_hour: Literal["drop"] | None = None


def _recognises(head: str) -> bool:
    first = head.lstrip().partition("\n")[0].lower()
    separator = "\t" if "\t" in first else ";"
    words = {word.strip(' "').replace(" (mw)", "").replace("_", " ") for word in first.split(separator)}
    return {"nature", "date", "consommation", "pompage"} <= words and bool(words & {"ech. physiques", "ech physiques"})


def _read(source: Source, options: Options) -> Table:
    text = source.text("utf-8-sig", "latin-1")
    first = text.lstrip().partition("\n")[0]
    if "Ã" in first:
        raise source.error("text in two encodings", expected="UTF-8 or Latin-1 throughout", remedy="export it again")
    body = text.rstrip("\r\n")
    last = body.rpartition("\n")[2]
    if last.startswith("RTE "):  # a disclaimer of RTE below the data
        body = body.removesuffix(last)
        source.log.add(source.label, "time", "rows left out", 1, "a disclaimer at the end")
    table = _of_region(source, delimited(source, body, "\t" if "\t" in first else ";"), options.region)
    values = _values(source, table)
    empty = np.all([np.isnan(column) for column in values.values()], axis=0)
    begin, kept = _begin(source, table, empty, options.spring_hour == "drop")
    step = _step(source, begin[kept], table.line[kept])
    means = {name: column[kept] for name, column in values.items()}
    rows = recorded(source, begin[kept], begin[kept] + step, means, table.line[kept])
    if step == _QUARTER:
        for name, column in rows.columns.items():
            _fill_second_quarters(source, rows.begin, name, column)
    return rows.table(source)


def _key(title: str) -> str:
    """Title in plain letters, by which a column is known, without its unit if that is the usual one."""
    return slug(title.removesuffix("(MW)").removesuffix("(g/kWh)")).replace("_", "")


def _of_region(source: Source, table: Delimited, region: str | int | None) -> Delimited:
    """Rows of one region; an InputError lists the regions if none of several, or an unknown one, is chosen."""
    keys = {_key(title): title for title in table.columns}
    place = next((keys[key] for key in _PLACES if key in keys), None)
    if place is None:
        if region is not None:
            raise source.error("no column of regions", line=1, field="format.region", value=region)
        return table
    names = np.array([name.strip() for name in table.columns[place]], dtype=object)
    code = next((keys[key] for key in _CODES if key in keys), None)
    codes = np.array([name.strip() for name in table.columns[code]], dtype=object) if code else names
    known = sorted({f"{name} ({number})" if code else name for name, number in zip(names, codes, strict=True)})
    if region is None:
        chosen = np.full(len(names), len(known) == 1)
    else:
        wanted = str(region).strip()
        chosen = np.array([slug(name) == slug(wanted) for name in names]) | (codes == wanted)
    if not chosen.any():
        raise source.error(
            "several regions in one file" if region is None else "no such region",
            field="format.region",
            value=region,
            expected="one of " + ", ".join(known[:20]),
            remedy="state the option 'region'",
        )
    source.log.add(source.label, "time", "rows left out", int((~chosen).sum()), "of other regions")
    rows = np.flatnonzero(chosen)
    cells = {title: [column[row] for row in rows.tolist()] for title, column in table.columns.items()}
    return Delimited(cells, table.line[rows])


def _values(source: Source, table: Delimited) -> dict[str, FloatArray]:
    """Values by the name of their column, (rows,) each; unknown columns are left out and logged."""
    values: dict[str, FloatArray] = {}
    for title, cells in table.columns.items():
        key = _key(title)
        if key in (*_PLACES, *_CODES, *_WHEN):
            continue
        name = _NAMES.get(key)
        if name is None:
            shown = slug(title)[:60] or "unnamed"
            source.log.add(source.label, shown, "column left out", len(cells), "not a power or intensity of eCO2mix")
            continue
        if name in values:
            raise source.error(
                "two columns of one quantity", line=1, field=title, value=name, remedy="keep one of them"
            )
        values[name] = numbers(source, cells, title, table.line, FRENCH, _MISSING)
    if not values:
        raise source.error("no column of eCO2mix", line=1, expected="such as Consommation (MW)")
    return values


def _begin(source: Source, table: Delimited, empty: BoolArray, drop: bool) -> tuple[IntArray, BoolArray]:
    """Begin of each interval [s since 1970, UTC], and whether its row is kept; with offsets where the file has them."""
    keys = {_key(title): title for title in table.columns}
    if "dateheure" in keys:
        return _with_offset(source, table.columns[keys["dateheure"]], keys["dateheure"], table.line)
    hour = keys.get("heures", keys.get("heure"))
    if "date" not in keys or hour is None:
        raise source.error("no stamps", line=1, expected="a column Date - Heure, or Date and Heures")
    days = table.columns[keys["date"]]
    times = table.columns[hour]
    cells = [f"{day.strip()} {time.strip()}" for day, time in zip(days, times, strict=True)]
    formats = ("%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S")
    shown = clock(source, cells, formats, table.line, "Date, Heures")
    return on_clock(source, shown, _ZONE, table.line, empty, drop)


def _with_offset(source: Source, cells: Sequence[str], title: str, line: IntArray) -> tuple[IntArray, BoolArray]:
    text = pd.Series(np.asarray(cells, dtype=object), dtype=object).str.strip()
    shaped = np.array([_STAMP.fullmatch(cell) is not None for cell in text])
    stamps = pd.DatetimeIndex(pd.to_datetime(text.where(shaped), format="ISO8601", utc=True, errors="coerce"))
    bad = np.flatnonzero(~np.asarray((stamps.year >= 1990) & (stamps.year < 2100)))
    if len(bad):
        raise source.error(
            "not a time stamp",
            line=int(line[bad[0]]),
            field=title,
            value=repr(cells[bad[0]]),
            expected="such as 2021-12-31T23:45:00+01:00",
        )
    return stamps.as_unit("s").asi8, np.ones(len(stamps), dtype=bool)


def _step(source: Source, begin: IntArray, line: IntArray) -> int:
    """Length of all intervals [s]: the shortest distance of two stamps, a quarter, half or whole hour.

    Raises:
        InputError: another distance, or a stamp that is not at a multiple of it.
    """
    gaps = np.diff(np.unique(begin))
    if not len(gaps):
        raise source.error("fewer than two rows", remedy="a series needs at least two stamps")
    step = int(gaps.min())
    usual = step in (_QUARTER, _HALF, 2 * _HALF)
    wrong = np.flatnonzero(begin % (step if usual else _QUARTER))
    if not usual and not len(wrong):
        wrong = np.argsort(begin)[:1]
    if len(wrong):
        value = pd.Timestamp(int(begin[wrong[0]]), unit="s", tz="UTC").isoformat()
        at = int(line[wrong[0]])
        expected = "stamps at full hours, half hours or quarters of an hour"
        raise source.error(f"stamps {step} s apart", line=at, field="time", value=value, expected=expected)
    source.log.add(
        source.label, "time", "stamps", len(begin), f"assumed to be the begin of intervals of {step // 60} min"
    )
    return step


def _fill_second_quarters(source: Source, begin: IntArray, name: str, column: FloatArray) -> None:
    """Fill the second quarters of a column with values at full and half hours only, each from the quarter before."""
    second = begin % _HALF == _QUARTER
    if not np.isnan(column[second]).all() or np.isnan(column).all():
        return
    order = np.argsort(begin, kind="stable")
    places = np.searchsorted(begin[order], begin[second] - _QUARTER)
    before = order[places]
    values = np.where(begin[before] == begin[second] - _QUARTER, column[before], np.nan)
    column[second] = values
    detail = "a half-hourly value stands for both quarters"
    source.log.add(source.label, name, "second quarters filled", int((~np.isnan(values)).sum()), detail)


FORMAT = Format("RTE eCO2mix: the French mix", _recognises, _read, Options)
