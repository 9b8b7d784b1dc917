"""A column of a table on the steps of a horizon: filled, aligned, checked for coverage and resampled."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microgrid.errors import InputError, Problem
from microgrid.formats.timed_table import Table
from microgrid.horizon import FloatArray, Horizon, IntArray
from microgrid.repairs import RepairLog
from microgrid.series.align import Alignment, lay_on_years, year_of
from microgrid.series.fill import Fill, fill_gaps
from microgrid.series.resample import mean_over


def onto_horizon(
    table: Table,
    column: str,
    numbers: FloatArray,
    horizon: Horizon,
    log: RepairLog,
    fill: Fill | None = None,
    align: Alignment | None = None,
) -> FloatArray:
    """Put a column on the steps of the horizon as means, (N,), whose integral over the horizon is that of the file.

    numbers: values of the column, one for each row of the table, NaN where missing.

    Raises:
        InputError: values that stay missing, stamps that do not fit, or a file that does not cover the horizon.
    """
    source = table.points
    if fill is not None:
        numbers, counts = fill_gaps(source, numbers, fill, horizon.timezone, horizon.country)
        for how, count in counts.items():
            log.add(table.label, column, "filled", count, f"holes, by {how}", of=len(numbers))
    if align is not None:
        source, numbers = _aligned(table, column, numbers, horizon, log, align)
    target = np.asarray(horizon.points.as_unit("s").asi8)
    _refuse_short(table, column, source, horizon)
    within = source[(source >= target[0]) & (source <= target[-1])]
    if len(within) and target[0] not in source and within[0] not in target:
        raise InputError(
            Problem(
                "the stamps of the series do not meet the steps of the horizon",
                file=table.name,
                field=column,
                value=f"stamps such as {pd.Timestamp(int(within[0]), unit='s', tz=horizon.timezone).isoformat()}",
                expected=f"stamps such as {horizon.describe(0)}",
                remedy="correct the stamps, or let the horizon start at a stamp of the file",
            )
        )
    unused = len(source) - 1 - int(((source[:-1] >= target[0]) & (source[:-1] < target[-1])).sum())
    if align is None:
        log.add(table.label, column, "not used", unused, "rows before or after the horizon")
    first = np.searchsorted(source, target[0], "right") - 1
    last = np.searchsorted(source, target[-1], "left")
    source = source[first : last + 1]
    numbers = numbers[first:last]
    _refuse_missing(table, column, source, numbers, horizon)
    _log_resampling(table, column, source, horizon, log)
    return mean_over(source, numbers, target)


def log_cut(table: Table, column: str, horizon: Horizon, log: RepairLog, scale: float) -> None:
    """Log the energy that stays, such as those of cars at a charger, draw before or after the horizon.

    scale: number that the series is multiplied by.
    """
    if table.stays is not None:
        begin, end = (int(point.timestamp()) for point in horizon.points[[0, -1]])
        count, outside_kwh = table.stays.cut(column, begin, end)
        detail = "stays that continue before or after the horizon, whose energy outside it is left out"
        log.add(table.label, column, "cut", count, detail, left_out_kwh=abs(scale) * outside_kwh)


def _aligned(
    table: Table, column: str, numbers: FloatArray, horizon: Horizon, log: RepairLog, align: Alignment
) -> tuple[IntArray, FloatArray]:
    """Points and values of a table's year, repeated on the years of the horizon and one more at each end."""
    first = horizon.points[0].year - 1
    last = horizon.points[-1].year + 1
    try:
        laid = lay_on_years(table.points, numbers, align, first, last)
    except ValueError as error:
        raise InputError(
            Problem(
                f"the series cannot be aligned with another year: {error}",
                file=table.name,
                field=column,
                value=f"{_utc_text(table.points[0])} to {_utc_text(table.points[-1])}",
                expected="one calendar year, from midnight to midnight, in equal steps that divide a day",
            )
        ) from None
    detail = f"the year {year_of(table.points)} on those of the horizon, by {align}"
    log.add(table.label, column, "aligned", len(numbers), detail)
    return laid


def _refuse_short(table: Table, column: str, source: IntArray, horizon: Horizon) -> None:
    """Raise an InputError if the points of a series do not cover the horizon."""
    begin = horizon.points[0].timestamp()
    end = horizon.points[-1].timestamp()
    for edge, missing in (("starts", source[0] - begin), ("ends", end - source[-1])):
        if missing > 0:
            when = "later" if edge == "starts" else "earlier"
            whole = year_of(table.points)
            year = (
                f", or align its year {whole} with that of the horizon by 'align: date' or 'align: weekday'"
                if whole
                else ""
            )
            raise InputError(
                Problem(
                    f"the series {edge} {missing / 3600:g} h {when} than the horizon",
                    file=table.name,
                    field=column,
                    expected=f"every step from {horizon.points[0].isoformat()} to {horizon.points[-1].isoformat()}",
                    remedy=f"complete the file or change the horizon{year}",
                )
            )


def _refuse_missing(table: Table, column: str, source: IntArray, numbers: FloatArray, horizon: Horizon) -> None:
    """Raise an InputError if a value is missing; it names the first row without one."""
    missing = np.isnan(numbers)
    if not missing.any():
        return
    row = int(np.flatnonzero(missing)[0])
    places = np.flatnonzero(table.points == source[row])
    raise InputError(
        Problem(
            f"column {column!r} has no value in {int(missing.sum())} interval(s) of the horizon",
            file=table.name,
            line=table.line(int(places[0])) if len(places) else None,
            field=column,
            value=f"nothing from {pd.Timestamp(int(source[row]), unit='s', tz=horizon.timezone).isoformat()}",
            expected="a value for every step, or a rule for missing values",
            remedy="complete the file, or add 'fill: {up_to: 2 h, longer: similar_days}' to the series",
        )
    )


def _log_resampling(table: Table, column: str, source: IntArray, horizon: Horizon, log: RepairLog) -> None:
    """Log the resampling of a series whose steps are not those of the horizon."""
    step = horizon.step_hours.min() * 60
    own = np.diff(source) / 60
    if np.isclose(own, step).all() and len(np.unique(horizon.step_hours)) == 1:
        return
    how = "held over shorter steps" if own.max() > step else "means over longer steps"
    lengths = f"{own.min():g} min" if own.min() == own.max() else f"{own.min():g} to {own.max():g} min"
    log.add(table.label, column, "resampled", len(own), f"from {lengths} onto the horizon ({how})")


def _utc_text(second: int) -> str:
    """ISO 8601 text of an instant [s since 1970], in UTC."""
    return pd.Timestamp(int(second), unit="s", tz="UTC").isoformat()
