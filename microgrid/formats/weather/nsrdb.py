"""NSRDB of NREL (PSM3, PSM4) and the CSV of SAM: two lines about the site, then columns by their names."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from microgrid.formats.format import Format
from microgrid.formats.source import Source
from microgrid.formats.timed_table import Table
from microgrid.formats.weather.weather_rows import (
    NUMERIC,
    TEXT,
    WHOLE,
    WeatherOptions,
    check_rows,
    columns_of,
    fields_of,
    frame_of,
    lines_of,
    offset_seconds,
    seconds_of,
    site_of,
    to_table,
)
from microgrid.horizon import FloatArray, IntArray

# Column -> its names in lower case, first that of the NSRDB, then the others that SAM accepts.
_NAMES = {
    "ghi_w_per_m2": ("ghi", "global", "gh"),
    "dni_w_per_m2": ("dni", "beam", "dn"),
    "dhi_w_per_m2": ("dhi", "diffuse", "df"),
    "temperature_degc": ("temperature", "tdry", "dry bulb", "dry-bulb"),
    "wind_speed_m_per_s": ("wind speed", "wspd"),
    "wind_direction_deg": ("wind direction", "wdir"),
    "relative_humidity_percent": ("relative humidity", "rh", "rhum"),
    "pressure_pa": ("pressure", "pres"),
}
_STAMP = ("year", "month", "day", "hour", "minute")
# Name in line 1 for the unit of a column -> units that are read.
_UNITS = {
    "ghi units": ("w/m2", "w/m^2"),
    "dni units": ("w/m2", "w/m^2"),
    "dhi units": ("w/m2", "w/m^2"),
    "temperature units": ("c", "°c"),
    "wind speed units": ("m/s",),
    "wind direction units": ("degree", "degrees", "deg"),
    "relative humidity units": ("%",),
    "pressure units": ("mbar", "millibar", "hpa"),
}


def _recognises(head: str) -> bool:
    lines = head.replace("\r\n", "\n").split("\n")
    if len(lines) < 3:
        return False
    site, columns = ({name.strip().strip('"') for name in lines[n].lower().split(",")} for n in (0, 2))
    zone = {"time zone", "local time zone"} & site
    return bool(zone) and {"latitude", "longitude"} <= site and {"year", "month", "day", "hour"} <= columns


def _read(source: Source, options: WeatherOptions) -> Table:
    lines = lines_of(source, "utf-8-sig", "latin-1")
    site = _site(source, lines)
    place = site_of(source, site.get("latitude", ""), site.get("longitude", ""), site.get("elevation", ""), 2)
    _check_units(source, site)
    names = [name.lower() for name in columns_of(source, lines, 3)]
    for name in _STAMP[:4]:
        if name not in names:
            raise source.error(f"no column {name!r}", line=3, value=lines[2], expected="Year, Month, Day, Hour, Minute")
    found = _columns(source, names)
    rows = _without_tail(lines[3:], len(names))
    # "Time Zone" is the zone of the stamps, 0 where they are in UTC; "Local Time Zone" that of the site.
    zone = site.get("time zone", site.get("local time zone", ""))
    offset = offset_seconds(source, zone, 2, "Time Zone", len(rows))
    patterns = {name: WHOLE if name in _STAMP else NUMERIC if name in found.values() else TEXT for name in names}
    line = check_rows(source, rows, 4, patterns)
    frame = frame_of(rows, names, [*_STAMP, *found.values()], ())
    stamps = {name: frame[name].to_numpy().astype(np.int64) for name in _STAMP if name in names}
    begin, step = _begin(source, stamps, line)
    columns: dict[str, FloatArray] = {column: frame[name].to_numpy() for column, name in found.items()}
    if "pressure_pa" in columns:  # 1 mbar = 100 Pa
        columns["pressure_pa"] = columns["pressure_pa"] * 100.0
        source.log.add(source.label, "pressure_pa", "units converted", len(line), "mbar times 100")
    return to_table(source, columns, begin, step, line, place=place, options=options, offset=offset)


def _site(source: Source, lines: list[str]) -> dict[str, str]:
    """Values of the first two lines: name in lower case -> value; an InputError if they are no header."""
    keys = [key.lower() for key in fields_of(source, lines, 1)]
    values = fields_of(source, lines, 2)
    if "latitude" not in keys or len(values) > len(keys):
        expected = "names in line 1 and as many values in line 2"
        raise source.error("not the header of an NSRDB file", line=2, value=lines[1], expected=expected)
    return dict(zip(keys, values, strict=False))


def _check_units(source: Source, site: Mapping[str, str]) -> None:
    for key, known in _UNITS.items():
        unit = site.get(key, known[0]).lower()
        if unit not in (*known, "", "-", "n/a"):
            raise source.error(
                "a unit that this format does not have", line=2, field=key, value=unit, expected=" or ".join(known)
            )


def _columns(source: Source, names: list[str]) -> dict[str, str]:
    """Name of a column in the table -> its name in the file; an InputError for two columns of one meaning."""
    found = {}
    for column, known in _NAMES.items():
        present = [name for name in names if name in known]
        if len(present) > 1:
            raise source.error("two columns of one quantity", line=3, field=column, value=", ".join(present))
        if present:
            found[column] = present[0]
    return found


def _without_tail(rows: list[str], fields: int) -> list[str]:
    """Rows without the empty fields that spreadsheets add if the header is wider than the data."""
    return [
        row if row.count(",") < fields or row.rstrip(", ").count(",") >= fields else ",".join(row.split(",")[:fields])
        for row in rows
    ]


def _begin(source: Source, stamps: Mapping[str, IntArray], line: IntArray) -> tuple[IntArray, int]:
    """Begin of the interval that contains each stamp [s since 1970], (n,), and the length of all intervals [s].

    Raises:
        InputError: no time of day, or a step that does not divide an hour.
    """
    year, month, day, hour = (stamps[name] for name in _STAMP[:4])
    minute = stamps.get("minute", np.zeros_like(hour))
    wrong = np.flatnonzero((hour > 23) | (minute > 59))
    if len(wrong):
        row = int(wrong[0])
        value = f"{hour[row]:02d}:{minute[row]:02d}"
        raise source.error(
            "not a time of day", line=int(line[row]), field="hour", value=value, expected="00:00 to 23:59"
        )
    at = seconds_of(source, year, month, day, hour * 60 + minute, line)
    gaps = np.diff(np.unique(at))
    step = int(np.median(gaps)) if len(gaps) else 3600
    if step > 3600 or 3600 % step:
        value = f"{step / 60:g} min between rows"
        raise source.error("not the step of an NSRDB file", field="time", value=value, expected="60, 30, 15 or 5 min")
    at_minute = "/".join(map(str, np.unique(minute)[:4].tolist()))
    detail = f"at minute {at_minute}: each stands for the {step // 60} min that contain it, counted from the full hour"
    source.log.add(source.label, "time", "stamps within the interval", len(line), detail)
    return at // step * step, step


FORMAT = Format("NSRDB (PSM3, PSM4) and SAM CSV", _recognises, _read, WeatherOptions)
