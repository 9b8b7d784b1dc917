"""Gathering of an archive of sensors into series on the horizon of a case, with the quality of each point."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from microgrid.errors import InputError, Problem, nearest
from microgrid.horizon import BoolArray, FloatArray, Horizon, IntArray
from microgrid.repairs import RepairLog
from microgrid.sensors.archive import Archive, RawRows, is_good
from microgrid.sensors.cleaning import Span, in_the_dark
from microgrid.sensors.clock import clock_offset
from microgrid.sensors.filling import Point, fill_points, of_series
from microgrid.sensors.point import KINDS, ArchiveFacts, read_point
from microgrid.sensors.residual import Residual, residual
from microgrid.sensors.schema import Balance, Sensors, SensorSeries
from microgrid.sensors.signal import MS_PER_HOUR, Signal
from microgrid.sensors.tables import TableArchive

_LEAST_MARGIN_MS = 24 * MS_PER_HOUR  # local stamps differ from UTC by up to 14 h
_MOST_THREADS = 4  # each holds several copies of the samples of a point
_LEAST_FINE_MS = 60_000  # clocks are compared to the minute
_ROUNDING = 1e-9
_SUN_DOWN = -1.0  # elevation in degrees: allows for refraction, and for arrays on a hill


@dataclass(frozen=True)
class Gathered:
    """Result of gathering an archive.

    points_s: N+1 instants of the grid [s since 1970, UTC]; series: name -> values in the unit of the series, NaN where
    a hole was not filled, (N,); points, residuals: by name; not_mapped: points that no series names; assumed:
    assumptions about the archive as a whole; rows: number of rows in the archive.
    """

    sensors: Sensors
    points_s: IntArray
    series: Mapping[str, FloatArray]
    points: Mapping[str, Point]
    residuals: Mapping[str, Residual]
    not_mapped: tuple[str, ...]
    assumed: tuple[str, ...]
    rows: int

    def of(self, series: str) -> dict[str, Point]:
        """Points that belong to a series, by name."""
        return of_series(self.points, series)


@dataclass(frozen=True)
class Sky:
    """Grid of N+1 instants [ms], and whether the sun is down in each step, (N,); None where no series needs it."""

    grid: IntArray
    dark: BoolArray | None


@dataclass
class Gathering:
    """State of gathering: the case's rules, the grid, and signals of series whose clocks are trusted.

    trusted: series -> point -> signal; fine: (series, step [ms]) -> sum of the signals of a trusted series.
    """

    sensors: Sensors
    sky: Sky
    shown: str
    trusted: dict[str, dict[str, Signal]] = field(default_factory=dict)
    fine: dict[tuple[str, int], FloatArray] = field(default_factory=dict)

    @property
    def inner(self) -> Span:
        """Span of the horizon [ms]."""
        return Span(int(self.sky.grid[0]), int(self.sky.grid[-1]))

    @property
    def clocks(self) -> set[str]:
        """Names of the series whose clocks are trusted, by which the clocks of others are set."""
        return {rule.clock_like for rule in self.sensors.series.values()} - {""}

    def like(self, series: str, step_ms: int) -> FloatArray:
        """Sum of the points of a trusted series in fine steps, without points that have no value at all.

        The points are added in the order of their names, so that rounding is the same in every run.
        """
        if (series, step_ms) not in self.fine:
            grid = self.fine_grid(step_ms)
            means = [signal.on(grid)[0] for _, signal in sorted(self.trusted[series].items())]
            known = [mean for mean in means if np.isfinite(mean).any()]
            self.fine[series, step_ms] = np.sum(known, axis=0) if known else np.full(len(grid) - 1, np.nan)
        return self.fine[series, step_ms]

    def fine_grid(self, step_ms: int) -> IntArray:
        """Instants of the horizon in fine steps [ms]."""
        return np.arange(self.sky.grid[0], self.sky.grid[-1] + 1, step_ms)


def gather(
    sensors: Sensors,
    files: list[Path],
    horizon: Horizon,
    place: tuple[float, float] | None,
    shown: str,
    report_progress: Callable[[str], None] = lambda _: None,
    log: RepairLog | None = None,
) -> Gathered:
    """Gather all series of an archive on the horizon.

    Args:
        sensors: the section of the case.
        files: files of the archive.
        horizon: horizon of the case; the grid covers it from its first to its last instant.
        place: latitude and longitude of the site, for the sun.
        shown: the case file, as errors name it.
        report_progress: called with the name of each stage as it begins.
        log: gets the assumptions and repairs of the reader of files in a format.

    Raises:
        InputError: a fault in the archive, or a rule of the case that does not fit it.
    """
    grid = _grid(sensors, horizon, shown)
    work = Gathering(sensors, Sky(grid * 1000, _dark(grid, sensors, place, shown)), shown)
    margin = _margin(sensors)
    span = work.inner.begin - margin, work.inner.end + margin
    archive: Archive | TableArchive
    if sensors.format is None:
        archive = Archive(files, sensors, shown, *span)
    else:
        zone = sensors.timezone if "timezone" in sensors.model_fields_set else horizon.timezone
        archive = TableArchive(files, sensors, shown, *span, zone, log or RepairLog())
    report_progress("points")
    rows = archive.points()
    of_point = mapped(sensors, list(rows), shown)
    order = sorted(of_point, key=lambda name: (of_point[name] not in work.clocks, of_point[name]))
    points: dict[str, Point] = {}
    for group in archive.groups({name: rows[name] for name in order}):
        report_progress(f"{len(points) + len(group)} of {len(order)} points")
        _refuse_unread(archive)
        _read_group(group, of_point, archive, work, points)
    report_progress("series")
    points = fill_points(points, sensors, grid, horizon, shown)
    return Gathered(
        sensors,
        grid,
        {name: _combined(rule, of_series(points, name)) for name, rule in sensors.series.items()},
        points,
        {name: _residual(balance, sensors, points) for name, balance in sensors.balances.items()},
        tuple(name for name in rows if name not in of_point),
        _assumed(archive, sensors),
        sum(rows.values()),
    )


def _margin(sensors: Sensors) -> int:
    """Time before and after the horizon in which rows are read too [ms], as values hold and clocks may be wrong."""
    longest = max((rule.hold_hours or 0.0) + rule.clock_within_hours for rule in sensors.series.values())
    return max(_LEAST_MARGIN_MS, int(longest * MS_PER_HOUR))


def _refuse_unread(archive: Archive | TableArchive) -> None:
    """Raise an InputError if numbers have a decimal comma, or if no row has a good quality."""
    if archive.comma:
        message = "numbers with a decimal comma"
        raise archive.error(message, value=archive.comma, expected="decimal points", remedy="export the archive again")
    good = archive.sensors.good
    if good and not any(count and is_good(quality, good) for quality, count in archive.seen.items()):
        seen = ", ".join(repr(quality) for quality, count in archive.seen.most_common(6) if count)
        raise archive.error("no row has a good quality", value=f"good: {list(good)}", expected=f"one or more of {seen}")


def _assumed(archive: Archive | TableArchive, sensors: Sensors) -> tuple[str, ...]:
    """Sentences about what was assumed of the archive as a whole."""
    zone = f", read as {sensors.timezone}" if archive.stamps.naive else ""
    assumed = [f"stamps {kind}{zone}" for kind in archive.stamps.kinds if kind != "with an offset"]
    assumed += [f"{archive.nameless:,} rows without a point left out"] if archive.nameless else []
    return (*assumed, *([f"{archive.empty:,} empty files left out"] if archive.empty else []))


def _read_group(
    group: dict[str, RawRows],
    of_point: Mapping[str, str],
    archive: Archive | TableArchive,
    work: Gathering,
    points: dict[str, Point],
) -> None:
    """Read the points of a group in threads, those with trusted clocks first; numpy releases Python's lock."""
    zone = work.sensors.timezone if archive.stamps.naive else "UTC"
    facts = ArchiveFacts(zone, archive.units, work.inner, work.shown)

    def read(name: str) -> Point:
        return _point(name, of_point[name], group.pop(name), facts, work)

    for first in (True, False):
        names = [name for name in group if (of_point[name] in work.clocks) == first]
        with ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1)) as pool:
            points.update(zip(names, pool.map(read, names), strict=True))


def _point(name: str, series: str, raw: RawRows, facts: ArchiveFacts, work: Gathering) -> Point:
    """Read one point onto the grid; its holes stay open."""
    rule = work.sensors.series[series]
    read = read_point(name, raw, rule, facts)
    signal = read.signal
    clock = None
    if series in work.clocks:
        work.trusted.setdefault(series, {})[name] = signal
    if rule.clock_like:
        step = max(_LEAST_FINE_MS, int(read.usual_seconds * 1000))
        own = signal.on(work.fine_grid(step))[0]
        clock = clock_offset(own, work.like(rule.clock_like, step), step, rule.clock_within_hours * MS_PER_HOUR)
        signal = signal.shifted(-clock.late_ms)
    if rule.dark_at_night and work.sky.dark is not None:  # by the corrected clock: a late one moves light into the dark
        dark = in_the_dark(signal.begin, signal.value, work.sky.grid, work.sky.dark)
        read.counts["in the dark"] = int(dark.sum())
        signal = signal.only(~dark)
    mean, coverage = signal.on(work.sky.grid)
    hole = coverage < max(rule.coverage, _ROUNDING)
    read.counts["partly measured"] = int((~hole & (coverage < 1 - _ROUNDING)).sum())
    measured = np.where(hole, np.nan, mean)
    if rule.floor_value is not None:
        read.counts["raised"] = int((measured < rule.floor_value).sum())
        measured = np.where(measured < rule.floor_value, rule.floor_value, measured)
    counts = {kind: read.counts[kind] for kind in KINDS if read.counts[kind]}
    hint = "nearly all values would be plausible with the opposite sign" if read.turned else ""
    return Point(series, measured, measured, coverage, read.rows, read.usual_seconds, counts, {}, clock, hint)


def _grid(sensors: Sensors, horizon: Horizon, shown: str) -> IntArray:
    """Instants between the gathered steps, from the first to the last instant of the horizon [s], (N+1,)."""
    first, last = (int(horizon.points[place].timestamp()) for place in (0, -1))
    step = round(sensors.step_hours * 3600)
    if step < 1 or abs(step - sensors.step_hours * 3600) > 1e-6 or (last - first) % step:
        message = "the step of the sensors does not divide the horizon"
        value = f"{sensors.step_hours * 60:g} min"
        expected = f"a whole number of steps in {(last - first) / 3600:g} h"
        remedy = "state the step of the horizon"
        raise InputError(Problem(message, shown, None, "sensors.step", value, expected, remedy))
    return np.arange(first, last + 1, step, dtype=np.int64)


def _dark(grid: IntArray, sensors: Sensors, place: tuple[float, float] | None, shown: str) -> BoolArray | None:
    """Whether the sun is down at both ends of each step, by pvlib, (N,); None if no series needs it."""
    if not any(rule.dark_at_night for rule in sensors.series.values()):
        return None
    if place is None:
        remedy = "give 'latitude' and 'longitude' under 'site'"
        raise InputError(Problem("the place of the site is not stated", shown, None, "sensors", remedy=remedy))
    from pvlib.solarposition import get_solarposition

    instants = pd.DatetimeIndex(pd.to_datetime(grid, unit="s", utc=True))
    down = np.asarray(get_solarposition(instants, *place)["elevation"]) < _SUN_DOWN
    return np.asarray(down[:-1] & down[1:])


def mapped(sensors: Sensors, names: list[str], shown: str) -> dict[str, str]:
    """Point -> the series that it belongs to; an InputError if a pattern fits no point, or two series fit one."""
    found: dict[str, str] = {}
    for series, rule in sensors.series.items():
        for pattern in rule.points:
            plain = pattern.replace("[", "[[]")  # only * and ? are wildcards
            fits = [pattern] if pattern in names else [name for name in names if fnmatch.fnmatchcase(name, plain)]
            place = f"sensors.series.{series}.points"
            if not fits:
                near = nearest(pattern, names)
                expected = "one of " + ", ".join(names[:6]) + (f", ... ({len(names)} in all)" if len(names) > 6 else "")
                remedy = f"did you mean {near!r}?" if near else "check the name, or its * and ?"
                raise InputError(Problem("no such point in the archive", shown, None, place, pattern, expected, remedy))
            for name in fits:
                if found.setdefault(name, series) != series:
                    value = f"{name}, in {found[name]!r} and in {series!r}"
                    raise InputError(Problem("a point in two series", shown, None, place, value, "one series for each"))
    return found


def _combined(rule: SensorSeries, points: Mapping[str, Point]) -> FloatArray:
    """Sum or mean of the points of a series, (N,), NaN where any of them has a hole."""
    values = np.array([point.filled for point in points.values()])
    return np.asarray(values.sum(axis=0) if rule.combine == "sum" else values.mean(axis=0))


def _residual(balance: Balance, sensors: Sensors, points: Mapping[str, Point]) -> Residual:
    """Residual of a balance of measured values; in a series that is a mean, each point counts by its share."""
    flows: dict[str, tuple[float, FloatArray]] = {}
    for sign, names in ((1.0, balance.into), (-1.0, balance.out)):
        for series in names:
            own = of_series(points, series)
            part = 1.0 / len(own) if sensors.series[series].combine == "mean" else 1.0
            flows |= {name: (sign, part * point.measured) for name, point in own.items()}
    return residual(flows, balance.within)
