"""Clock of a plain table whose stamps have no offset: that of a column of zones beside them, else the site's."""

from __future__ import annotations

import zoneinfo

import numpy as np
import pandas as pd

from microgrid.errors import InputError, Problem
from microgrid.formats.clock import which_clock
from microgrid.formats.clock.timestamps import Clock
from microgrid.formats.source import Source
from microgrid.formats.text.dialect import Grid
from microgrid.formats.zones import stated_zones


def zone_column(frame: pd.DataFrame, time: str) -> str | None:
    """Name of the column that holds the zone or the offset of each row, None without such a column."""
    names = (str(name) for name in frame.columns if name != time)
    return next((name for name in names if stated_zones.is_zone_column(name, _texts(frame[name]))), None)


def in_utc(source: Source, frame: pd.DataFrame, column: str | None, naive: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Stamps as instants: on the clock that a column of zones states, else in the local time of the site (logged).

    Raises:
        InputError: a column of several zones, or of unknown zones or offsets; stamps that do not fit the change between
            summer and winter time.
    """
    zone = source.timezone
    if column is not None:
        line = np.arange(len(frame)) + 2
        site = zoneinfo.ZoneInfo(source.timezone)
        grid = Grid([column], [_texts(frame[column])], line, 1)
        clock = Clock(np.asarray(naive.as_unit("s").asi8), line, False, "")
        full = np.zeros(len(line), dtype=bool)
        clock, stated, _ = which_clock.on_clock(source, grid, [], clock, None, site, full, days=False)
        if clock.aware:
            return pd.DatetimeIndex(pd.to_datetime(clock.seconds, unit="s", utc=True))
        zone = stated.key
    source.log.add(source.label, "time", "naive stamps", len(naive), f"read as local time of {zone}")
    return _localize(naive, source.name, zone)


def _localize(naive: pd.DatetimeIndex, name: str, timezone: str) -> pd.DatetimeIndex:
    """Naive stamps as local time of a zone; an InputError unless both hours of the autumn change are there in order."""
    try:
        return naive.tz_localize(timezone, ambiguous="infer", nonexistent="raise")
    except ValueError as error:
        raise InputError(
            Problem(
                "local stamps do not fit the change between summer and winter time",
                file=name,
                field="time",
                value=str(error).splitlines()[0][:100],
                expected=f"the spring hour missing and the autumn hour twice, as clocks in {timezone} show",
                remedy="write each stamp with its UTC offset, or state how to read these hours by "
                "'format: {name: table, ...}' with its options spring_hour and autumn_hour",
            )
        ) from None


def _texts(column: pd.Series) -> object:
    """Cells as a pyarrow array of strings without spaces around them, "" for a missing value."""
    import pyarrow as pa

    return pa.array(["" if pd.isna(cell) else str(cell).strip() for cell in column], pa.string())
