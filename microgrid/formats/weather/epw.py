"""EnergyPlus weather files (EPW): hours of local standard time, each stamped at its end."""

from __future__ import annotations

import io
import re

import numpy as np
import pandas as pd

from microgrid.formats.format import Format
from microgrid.formats.source import Source
from microgrid.formats.timed_table import Table
from microgrid.formats.weather.sun_position import hours_off
from microgrid.formats.weather.weather_rows import (
    NUMERIC,
    TEXT,
    WHOLE,
    WeatherOptions,
    by_pvlib,
    check_rows,
    fields_of,
    frame_of,
    header_number,
    lines_of,
    offset_seconds,
    seconds_of,
    site_of,
    to_table,
)
from microgrid.horizon import FloatArray, IntArray

# Name in pvlib -> column, and the least value that stands for a missing one (EPW Data Dictionary, \missing).
_COLUMNS = {
    "ghi": ("ghi_w_per_m2", 9999.0),
    "dni": ("dni_w_per_m2", 9999.0),
    "dhi": ("dhi_w_per_m2", 9999.0),
    "temp_air": ("temperature_degc", 99.9),
    "wind_speed": ("wind_speed_m_per_s", 999.0),
    "wind_direction": ("wind_direction_deg", 999.0),
    "relative_humidity": ("relative_humidity_percent", 999.0),
    "atmospheric_pressure": ("pressure_pa", 999999.0),
}
_IRRADIANCE = ("ghi", "dni", "dhi")
# Fields of a row in their order, by their names in pvlib, up to the wind, the last that is read.
_STAMP = ("year", "month", "day", "hour", "minute")
_FIELDS = (
    *_STAMP, "data_source_unct", "temp_air", "temp_dew", "relative_humidity", "atmospheric_pressure", "etr", "etrn",
    "ghi_infrared", "ghi", "dni", "dhi", "global_hor_illum", "direct_normal_illum", "diffuse_horizontal_illum",
    "zenith_luminance", "wind_direction", "wind_speed",
)  # fmt: skip
_MOST_FIELDS = 35
_HEADER_LINES = 8


def _recognises(head: str) -> bool:
    start = head.lstrip().upper()
    return start.partition(",")[0].strip() == "LOCATION" and ("\nDESIGN CONDITIONS" in start or "DATA PERIODS" in start)


def _read(source: Source, options: WeatherOptions) -> Table:
    lines = lines_of(source, "utf-8-sig", "latin-1")
    place = fields_of(source, lines, 1)
    if place[:1] != ["LOCATION"] or len(place) < 10:
        raise source.error(
            "not the first line of an EPW file", line=1, value=lines[0], expected="LOCATION and at least 9 fields"
        )
    latitude, longitude, zone, elevation = place[6:10]
    _refuse_unquoted(source, place[10:], lines[0])
    at = site_of(source, latitude, longitude, elevation, 1)
    stated = round(header_number(source, zone, 1, "time zone", -14, 14) * 3600)
    last, per_hour = _data_periods(source, lines)
    rows = lines[last:]
    line = check_rows(source, rows, last + 1, _patterns(source, rows, last + 1))
    begin = _begin(source, frame_of(rows, _FIELDS, _STAMP, ()), per_hour, line)
    frame = _parsed(source, rows, ",".join(["LOCATION", *"-----", latitude, longitude, zone, elevation]))
    columns = {column: np.asarray(frame[name], dtype=float) for name, (column, _) in _COLUMNS.items()}
    codes = dict(_COLUMNS.values())
    if per_hour > 1:
        _to_power(source, columns, codes, per_hour)
    step = 3600 // per_hour
    ghi = np.where(columns["ghi_w_per_m2"] < codes["ghi_w_per_m2"], columns["ghi_w_per_m2"], np.nan)
    if _is_of_pvgis(lines[:last]) and _fits_utc(begin, begin + step, ghi, at, stated):
        detail = f"PVGIS writes its rows in UTC, though line 1 states UTC{stated / 3600:+g} h: read as UTC"
        source.log.add(source.label, "time", "clock of the producer", len(rows), detail)
        offset = 0
    else:
        offset = offset_seconds(source, zone, 1, "time zone", len(rows))
    return to_table(source, columns, begin, step, line, place=at, options=options, offset=offset, codes=codes)


def _refuse_unquoted(source: Source, others: list[str], line: str) -> None:
    """Raise an InputError if a number follows the elevation: a comma in the name of the place has moved the fields.

    A text is accepted there, as some tools add the class of the climate.
    """
    if any(re.fullmatch(NUMERIC, field) for field in others if field):
        expected = "LOCATION, 5 fields of the place, latitude, longitude, time zone, elevation"
        remedy = "put names that contain commas into quotes"
        raise source.error("not the first line of an EPW file", line=1, value=line, expected=expected, remedy=remedy)


def _is_of_pvgis(header: list[str]) -> bool:
    """Whether PVGIS wrote the file, by the source of the weather in its header, and a place without a name."""
    return "PVGIS" in "".join(header) or re.match(r"LOCATION,unknown,[^,]*,unknown,ECMWF", header[0]) is not None


def _fits_utc(begin: IntArray, end: IntArray, ghi: FloatArray, place: tuple[float, float], stated: int) -> bool:
    """Whether irradiance of PVGIS fits the sun in UTC at least as well as in the zone of line 1.

    begin, end: of each interval in UTC if the rows are [s since 1970], (N,); stated: offset of line 1 from UTC [s].
    True where the irradiance leaves it open, as PVGIS is known to write rows in UTC below the zone of the place.
    """
    in_utc = hours_off(begin, end, ghi, place)
    in_zone = hours_off(begin - stated, end - stated, ghi, place)
    return in_utc is None or in_zone is None or abs(in_utc) <= abs(in_zone)


def _data_periods(source: Source, lines: list[str]) -> tuple[int, int]:
    """Number of the last line of the header, and number of records per hour."""
    for line, text in enumerate(lines[:100], start=1):
        if text.strip().upper().startswith("DATA PERIODS"):
            fields = fields_of(source, lines, line)
            per_hour = header_number(source, fields[2] if len(fields) > 2 else "", line, "records per hour", 1, 60)
            if 60 % per_hour:
                raise source.error("not a divisor of 60", line=line, field="records per hour", value=per_hour)
            return line, int(per_hour)
    raise source.error("no line DATA PERIODS", expected="the header of an EPW file, 8 lines")


def _patterns(source: Source, rows: list[str], first: int) -> dict[str, str]:
    """Patterns of the fields of each row, by name, as many as the first row has; first: its line."""
    count = rows[0].count(",") + 1 if rows else len(_FIELDS)
    if not len(_FIELDS) <= count <= _MOST_FIELDS:
        expected = f"{len(_FIELDS)} to {_MOST_FIELDS} fields"
        raise source.error("the wrong number of fields", line=first, value=f"{count} fields", expected=expected)
    patterns = {name: WHOLE if name in _STAMP else NUMERIC if name in _COLUMNS else TEXT for name in _FIELDS}
    return patterns | {f"field {number}": TEXT for number in range(len(_FIELDS) + 1, count + 1)}


def _parsed(source: Source, rows: list[str], first_line: str) -> pd.DataFrame:
    """Table of the rows from pvlib, which needs a header without quoted names of places, and all fields in each row."""
    from pvlib.iotools import read_epw

    absent = "," * (_MOST_FIELDS - 1 - rows[0].count(","))
    text = "\n".join([first_line, *["-"] * (_HEADER_LINES - 1), *(row + absent for row in rows)])
    frame: pd.DataFrame = by_pvlib(source, lambda: read_epw(io.StringIO(text)))[0]
    return frame


def _begin(source: Source, frame: pd.DataFrame, per_hour: int, line: IntArray) -> IntArray:
    """Begin of each record in local standard time [s since 1970], (n,); hour 1 is 00:00 to 01:00."""
    year, month, day, hour, minute = (np.asarray(frame[name], dtype=np.int64) for name in _STAMP)
    wrong = np.flatnonzero((hour < 1) | (hour > 24))
    if len(wrong):
        row = int(wrong[0])
        raise source.error("not an hour", line=int(line[row]), field="hour", value=hour[row], expected="1 to 24")
    detail = f"hour 1 is 00:00 to 01:00; {per_hour} record(s) an hour"
    if per_hour == 1:
        minute = np.zeros_like(minute)  # files state 0 or 60 for an hour, without a difference in meaning
    else:
        if len(np.unique(minute)) != per_hour:
            found = f"{len(np.unique(minute))} different minutes"
            expected = f"{per_hour}, the records per hour of the line DATA PERIODS"
            raise source.error("the wrong number of records an hour", line=int(line[0]), value=found, expected=expected)
        at_end = bool(minute.max() == 60 or minute.min() > 0)
        minute = minute - (60 // per_hour if at_end else 0)
        detail += f", the minute is the {'end' if at_end else 'begin'} of the record"
        wrong = np.flatnonzero((minute % (60 // per_hour) != 0) | (minute < 0) | (minute >= 60))
        if len(wrong):
            row = int(wrong[0])
            value = f"{frame['minute'].iloc[row]} at {per_hour} records an hour"
            raise source.error("not a minute of a record", line=int(line[row]), field="minute", value=value)
    source.log.add(source.label, "time", "stamps at the end", len(line), detail)
    return seconds_of(source, year, month, day, (hour - 1) * 60 + minute, line)


def _to_power(source: Source, columns: dict[str, FloatArray], codes: dict[str, float], per_hour: int) -> None:
    """Convert irradiance in place: mean [W/m2] = energy of the record [Wh/m2] x records per hour, as well as codes."""
    for name in _IRRADIANCE:
        column = _COLUMNS[name][0]
        columns[column] = columns[column] * per_hour
        codes[column] *= per_hour
        detail = f"Wh/m2 of a record times {per_hour} records an hour"
        source.log.add(source.label, column, "units converted", len(columns[column]), detail)


FORMAT = Format("EnergyPlus weather (EPW)", _recognises, _read, WeatherOptions)
