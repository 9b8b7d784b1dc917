"""TMY3 files of NREL: a typical year, hours of local standard time, each stamped at its end."""

from __future__ import annotations

import io

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
    fields_of,
    lines_of,
    offset_seconds,
    seconds_of,
    site_of,
    to_table,
)
from microgrid.horizon import IntArray

_DATE = "Date (MM/DD/YYYY)"
_TIME = "Time (HH:MM)"
_PRESSURE = "Pressure (mbar)"
# Name of a column in the file -> in the table.
_COLUMNS = {
    "GHI (W/m^2)": "ghi_w_per_m2",
    "DNI (W/m^2)": "dni_w_per_m2",
    "DHI (W/m^2)": "dhi_w_per_m2",
    "Dry-bulb (C)": "temperature_degc",
    "Wspd (m/s)": "wind_speed_m_per_s",
    "Wdir (degrees)": "wind_direction_deg",
    "RHum (%)": "relative_humidity_percent",
    _PRESSURE: "pressure_pa",
}
_PATTERNS = {_DATE: r"\d{1,2}/\d{1,2}/\d{4}", _TIME: r"\d{1,2}:\d{2}"}


def _recognises(head: str) -> bool:
    return f"{_DATE},{_TIME}" in head


def _read(source: Source, options: WeatherOptions) -> Table:
    lines = lines_of(source, "utf-8-sig", "latin-1")
    place = fields_of(source, lines, 1)
    if len(place) != 7:
        expected = "number, name, state, time zone, latitude, longitude, elevation"
        raise source.error("not the first line of a TMY3 file", line=1, value=lines[0], expected=expected)
    zone, latitude, longitude, elevation = place[3:]
    at = site_of(source, latitude, longitude, elevation, 1)
    names = columns_of(source, lines, 2)
    if names[:2] != [_DATE, _TIME]:
        expected = f"{_DATE},{_TIME}, ..."
        raise source.error("not the columns of a TMY3 file", line=2, value=lines[1], expected=expected)
    rows = lines[2:]
    offset = offset_seconds(source, zone, 1, "time zone", len(rows))
    patterns = {name: _PATTERNS.get(name, NUMERIC if name in _COLUMNS else TEXT) for name in names}
    line = check_rows(source, rows, 3, patterns)
    begin = _begin(source, rows, line)
    frame = _parsed(source, rows, names, ",".join(["0", "-", "-", zone, latitude, longitude, elevation]))
    columns = {_COLUMNS[name]: np.asarray(frame[name], dtype=float) for name in names if name in _COLUMNS}
    if _PRESSURE in names:  # 1 mbar = 100 Pa
        columns["pressure_pa"] = columns["pressure_pa"] * 100.0
        source.log.add(source.label, "pressure_pa", "units converted", len(line), "mbar times 100")
    return to_table(source, columns, begin, 3600, line, place=at, options=options, offset=offset, typical=True)


def _parsed(source: Source, rows: list[str], names: list[str], first_line: str) -> pd.DataFrame:
    """Table of the rows from pvlib under the file's names; pvlib needs a header without quoted names."""
    from pvlib.iotools import read_tmy3

    known = (*_PATTERNS, *_COLUMNS)
    plain = ",".join(name if name in known else f"column {number}" for number, name in enumerate(names, start=1))
    text = "\n".join([first_line, plain, *rows])
    frame: pd.DataFrame = by_pvlib(source, lambda: read_tmy3(io.StringIO(text), map_variables=False))[0]
    return frame


def _begin(source: Source, rows: list[str], line: IntArray) -> IntArray:
    """Begin of each hour in local standard time [s since 1970], (n,); 01:00 ends the first hour of a day.

    The calendar of pvlib is not used, as it moves 29 February onto 1 March.
    """
    parts = pd.Series(rows, dtype=str).str.extract(r"^(\d+)/(\d+)/(\d+),(\d+):(\d+)").astype(np.int64)
    month, day, year, hour, minute = (parts[name].to_numpy() for name in parts.columns)
    wrong = np.flatnonzero((hour > 24) | (minute != 0))
    if len(wrong):
        row = int(wrong[0])
        value = f"{hour[row]:02d}:{minute[row]:02d}"
        raise source.error("not an hour", line=int(line[row]), field=_TIME, value=value, expected="01:00 to 24:00")
    source.log.add(source.label, "time", "stamps at the end", len(line), "01:00 is 00:00 to 01:00")
    return seconds_of(source, year, month, day, hour * 60, line) - 3600


FORMAT = Format("NREL typical year (TMY3)", _recognises, _read, WeatherOptions)
