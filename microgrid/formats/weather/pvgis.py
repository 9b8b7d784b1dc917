"""PVGIS of the European Commission: hourly series and typical years, as CSV and as JSON, in UTC."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from microgrid.formats.format import Format
from microgrid.formats.source import Source
from microgrid.formats.timed_table import Table
from microgrid.formats.weather.weather_rows import (
    NUMERIC,
    TEXT,
    WeatherOptions,
    by_pvlib,
    check_rows,
    columns_of,
    frame_of,
    header_number,
    lines_of,
    seconds_of,
    site_of,
    to_table,
)
from microgrid.horizon import FloatArray, IntArray

_COLUMNS = {
    "G(h)": "ghi_w_per_m2",
    "Gb(n)": "dni_w_per_m2",
    "Gd(h)": "dhi_w_per_m2",
    "IR(h)": "infrared_w_per_m2",
    "G(i)": "poa_global_w_per_m2",
    "Gb(i)": "poa_beam_w_per_m2",
    "Gd(i)": "poa_diffuse_w_per_m2",
    "Gr(i)": "poa_reflected_w_per_m2",
    "P": "production_kw",
    "H_sun": "sun_height_deg",
    "T2m": "temperature_degc",
    "RH": "relative_humidity_percent",
    "SP": "pressure_pa",
    "WS10m": "wind_speed_m_per_s",
    "WD10m": "wind_direction_deg",
    "Int": "reconstructed",
}
# Name of the column of stamps in a typical year, and in an hourly series.
_TYPICAL = "time(UTC)"
_HOURLY = "time"
_STAMP = r"\d{8}:\d{4}"
_PLACE = ("Latitude (decimal degrees)", "Longitude (decimal degrees)", "Elevation (m)")
_OFFSET = "Irradiance Time Offset (h)"


@dataclass(frozen=True)
class _Content:
    """Content of a file in either encoding; stamp: "20180101:0010" as 201801010010, (n,)."""

    typical: bool
    stamp: IntArray
    columns: Mapping[str, FloatArray]
    line: IntArray
    offset_hours: float
    place: tuple[float, float]


def _recognises(head: str) -> bool:
    if re.search(r'"tmy_hourly"\s*:|"hourly"\s*:', head) and '"inputs"' in head and '"meteo_data"' in head:
        return True
    return "Latitude (decimal degrees):" in head and re.search(r"^time(\(UTC\))?,", head, re.MULTILINE) is not None


def _read(source: Source, options: WeatherOptions) -> Table:
    text = source.text()
    found = _from_json(source, text) if text.lstrip().startswith("{") else _from_csv(source)
    columns = dict(found.columns)
    begin = _begin(source, found)
    if "production_kw" in columns:
        columns["production_kw"] = columns["production_kw"] / 1000.0
        source.log.add(source.label, "production_kw", "units converted", len(begin), "W divided by 1000")
    reconstructed = int((columns.get("reconstructed", np.zeros(0)) == 1).sum())
    source.log.add(source.label, "reconstructed", "values reconstructed by PVGIS", reconstructed, "Int is 1; kept")
    return to_table(source, columns, begin, 3600, found.line, place=found.place, options=options, typical=found.typical)


def _begin(source: Source, found: _Content) -> IntArray:
    """Begin of the hour that contains each stamp [s since 1970, UTC], (n,)."""
    date, clock = np.divmod(found.stamp, 10_000)
    hour, minute = np.divmod(clock, 100)
    wrong = np.flatnonzero((hour > 23) | (minute > 59))
    if len(wrong):
        row = int(wrong[0])
        value = f"{hour[row]:02d}{minute[row]:02d}"
        expected = "0000 to 2359"
        raise source.error("not a time of day", line=int(found.line[row]), field="time", value=value, expected=expected)
    detail = f"each is an instant, at minute {'/'.join(map(str, np.unique(minute)[:4].tolist()))}"
    if found.offset_hours:
        detail += f", irradiance {found.offset_hours:g} h later"
    source.log.add(source.label, "time", "stamps within the hour", len(hour), f"{detail}: stands for its hour in UTC")
    return seconds_of(source, date // 10_000, date // 100 % 100, date % 100, hour * 60, found.line)


def _from_csv(source: Source) -> _Content:
    """Read a CSV, without pvlib, which requires exactly 8,760 rows of a typical year and no empty field."""
    lines = lines_of(source)
    header = next((n for n, text in enumerate(lines, 1) if re.match(r"time(\(UTC\))?,", text)), None)
    if header is None:
        expected = f"{_HOURLY},... or {_TYPICAL},..."
        raise source.error("no line with the names of the columns", expected=expected, remedy="download the file again")
    facts = {}
    for number, text in enumerate(lines[:header], start=1):
        key, _, value = text.partition(":")
        facts[key.strip()] = (value.strip(), number)
    latitude, longitude, elevation = (facts.get(key, ("", 1)) for key in _PLACE)
    at = site_of(source, latitude[0], longitude[0], elevation[0], latitude[1])
    offset, line_of_offset = facts.get(_OFFSET, ("0", 1))
    names = columns_of(source, lines, header)
    rows = _rows(source, lines, header)
    patterns = {name: NUMERIC if name in _COLUMNS else TEXT for name in names} | {names[0]: _STAMP}
    line = check_rows(source, rows, header + 1, patterns)
    frame = frame_of(rows, names, [name for name in names if name in _COLUMNS], names[:1])
    stamp = np.asarray(frame[names[0]].str.replace(":", ""), dtype=np.int64)
    columns = {_COLUMNS[name]: frame[name].to_numpy() for name in names if name in _COLUMNS}
    return _Content(names[0] == _TYPICAL, stamp, columns, line, _checked_offset(source, offset, line_of_offset), at)


def _rows(source: Source, lines: list[str], header: int) -> list[str]:
    """Rows up to the empty line before the legend; an InputError for a row after it."""
    end = next((n for n in range(header, len(lines)) if not lines[n].strip()), len(lines))
    for number, text in enumerate(lines[end:], start=end + 1):
        if re.match(r"\s*\d", text):
            raise source.error(
                "a row after the end of the data", line=number, value=text, remedy="remove the empty line"
            )
    return lines[header:end]


def _checked_offset(source: Source, value: object, line: int) -> float:
    """Delay of irradiance after its stamp [h]; an InputError from an hour on, as it would be that of another hour."""
    return header_number(source, value, line, _OFFSET, 0, 0.999)


def _from_json(source: Source, text: str) -> _Content:
    from pvlib.iotools import read_pvgis_hourly, read_pvgis_tmy

    outputs = _object(source, _document(source, text).get("outputs"), "outputs")
    typical = "tmy_hourly" in outputs
    read = read_pvgis_tmy if typical else read_pvgis_hourly
    frame, meta = by_pvlib(source, lambda: read(io.StringIO(text), pvgis_format="json", map_variables=False))
    place = _object(source, _object(source, meta["inputs"], "inputs").get("location"), "location")
    at = site_of(source, place.get("latitude", ""), place.get("longitude", ""), place.get("elevation", ""), 1)
    line = _lines_of_rows(text, len(frame))
    if frame.index.isna().any():
        row = int(np.flatnonzero(frame.index.isna())[0])
        raise source.error("a row without a stamp", line=int(line[row]), field="time", expected="20180101:0010")
    stamp = by_pvlib(source, lambda: np.asarray(frame.index.strftime("%Y%m%d%H%M"), dtype=np.int64))
    columns = {_COLUMNS[name]: _numbers(source, frame[name], line) for name in frame.columns if name in _COLUMNS}
    offset = _checked_offset(source, place.get("irradiance_time_offset", 0), 1)
    return _Content(typical, stamp, columns, line, offset, at)


def _document(source: Source, text: str) -> dict[str, Any]:
    """Object of a file in JSON; an InputError if it is not JSON, has NaN, or a key twice in an object."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not a number")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(found := dict(pairs)) != len(pairs):
            raise ValueError("a key appears twice in an object")
        return found

    try:
        return _object(source, json.loads(text, parse_constant=refuse, object_pairs_hook=once), "the file")
    except json.JSONDecodeError as error:
        raise source.error("not JSON", line=error.lineno, value=error.msg, remedy="download the file again") from None
    except (ValueError, RecursionError) as error:
        raise source.error("not JSON", value=error, remedy="download the file again") from None


def _object(source: Source, value: object, field: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise source.error("not the JSON of PVGIS", field=field, value=repr(value), expected="an object")
    return value


def _lines_of_rows(text: str, count: int) -> IntArray:
    """Line of each row, (count,), by the keys of the stamps; 1 for all if there are not as many keys as rows."""
    starts = np.array([match.start() for match in re.finditer(r'"time(?:\(UTC\))?"\s*:', text)], dtype=np.int64)
    if len(starts) != count:
        return np.ones(count, dtype=np.int64)
    ends = np.array([match.start() for match in re.finditer("\n", text)], dtype=np.int64)
    return np.asarray(np.searchsorted(ends, starts) + 1, dtype=np.int64)


def _numbers(source: Source, column: pd.Series, line: IntArray) -> FloatArray:
    """Column as floats, (n,), NaN for null; an InputError for the first value that is no number in JSON."""
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        for row, value in enumerate(column.tolist()):
            if isinstance(value, bool) or not (value is None or isinstance(value, int | float)):
                name = str(column.name)
                raise source.error(
                    "not a number", line=int(line[row]), field=name, value=repr(value), expected="a number"
                )
    return by_pvlib(source, lambda: np.asarray(column, dtype=float))


FORMAT = Format("PVGIS hourly series and typical years", _recognises, _read, WeatherOptions)
