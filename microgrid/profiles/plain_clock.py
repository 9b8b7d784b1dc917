"""The clock of a plain table whose stamps have no offset: what a column of zones beside them says, else the site's."""

from __future__ import annotations

import zoneinfo

import numpy as np
import pandas as pd

from microgrid.horizon import IntArray
from microgrid.profiles import clocks, zones
from microgrid.profiles.dialect import Grid
from microgrid.profiles.source import Source
from microgrid.profiles.stamps import Clock


def zone_column(frame: pd.DataFrame, time: str) -> str | None:
    """The name of the column that holds the zone or the offset of each row, None where there is none."""
    names = (str(name) for name in frame.columns if name != time)
    return next((name for name in names if zones.is_zone_column(name, _texts(frame[name]))), None)


def beside(source: Source, frame: pd.DataFrame, column: str, naive: pd.DatetimeIndex) -> IntArray | str:
    """The instants of stamps [s since 1970, UTC], (n,), where a column of zones tells them; else the zone of all.

    Raises:
        InputError: a column of several zones, or of zones or numbers that are not known.
    """
    line = np.arange(len(frame)) + 2
    cells = _texts(frame[column])
    grid = Grid([column], [cells], line, 1)
    clock = Clock(np.asarray(naive.as_unit("s").asi8), line, False, "")
    site, full = zoneinfo.ZoneInfo(source.timezone), np.zeros(len(line), dtype=bool)
    clock, zone, _ = clocks.on_clock(source, grid, [], clock, None, site, full, days=False)
    return clock.seconds if clock.aware else zone.key


def _texts(column: pd.Series) -> object:
    """Cells as a pyarrow array of strings without spaces around them, empty where there is nothing."""
    import pyarrow as pa

    return pa.array(["" if pd.isna(cell) else str(cell).strip() for cell in column], pa.string())
