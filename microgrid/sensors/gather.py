"""From an archive of sensors to series on the horizon of a case, and to an account of the quality of each point."""

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
from microgrid.sensors.archive import Archive, Raw, is_good
from microgrid.sensors.cleaning import Span, in_the_dark
from microgrid.sensors.clock import clock_offset
from microgrid.sensors.filling import Point, fill_points, of_series
from microgrid.sensors.point import KINDS, Told, read_point
from microgrid.sensors.residual import Residual, residual
from microgrid.sensors.schema import Balance, Sensors, SensorSeries
from microgrid.sensors.signal import MS_PER_HOUR, Signal
from microgrid.sensors.tables import TableArchive

_LEAST_MARGIN_MS = 24 * MS_PER_HOUR  # local stamps are off by up to 14 h before their zone is applied
_MOST_THREADS = 4  # each holds the samples of a point several times over
_LEAST_FINE_MS = 60_000  # clocks are compared to the minute
_ROUNDING = 1e-9
_SUN_DOWN = -1.0  # degrees below the horizon: refraction, and a site that is seen from a hill


@dataclass(frozen=True)
class Gathered:
    """What came of an archive.

    points_s: N+1 instants of the grid [s since 1970, UTC]; series: name -> values in the unit of the series, NaN where
    a hole was not filled, (N,); not_mapped: points that no series names; assumed: of the archive as a whole.
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
        """The points of a series."""
        return of_series(self.points, series)


@dataclass(frozen=True)
class Sky:
    """The grid, and when the sun is down at the site: grid [ms], N+1 instants; dark: (N,), None if not asked for."""

    grid: IntArray
    dark: BoolArray | None


@dataclass
class Gathering:
    """What is needed on the way, and the signals of series by whose clock others are set."""

    sensors: Sensors
    sky: Sky
    shown: str
    trusted: dict[str, dict[str, Signal]] = field(default_factory=dict)
    fine: dict[tuple[str, int], FloatArray] = field(default_factory=dict)

    @property
    def inner(self) -> Span:
        """The horizon [ms]."""
        return Span(int(self.sky.grid[0]), int(self.sky.grid[-1]))

    @property
    def clocks(self) -> set[str]:
        """The series by whose clock others are set."""
        return {rule.clock_like for rule in self.sensors.series.values()} - {""}

    def like(self, series: str, step_ms: int) -> FloatArray:
        """The sum of a trusted series in fine steps, of its points that say anything; in the order of their names."""
        if (series, step_ms) not in self.fine:
            grid, trusted = self.fine_grid(step_ms), self.trusted[series]
            means = [trusted[name].on(grid)[0] for name in sorted(trusted)]
            telling = [mean for mean in means if np.isfinite(mean).any()]
            self.fine[series, step_ms] = np.sum(telling, axis=0) if telling else np.full(len(grid) - 1, np.nan)
        return self.fine[series, step_ms]

    def fine_grid(self, step_ms: int) -> IntArray:
        """The horizon in fine steps."""
        return np.arange(self.sky.grid[0], self.sky.grid[-1] + 1, step_ms)


def gather(
    sensors: Sensors,
    files: list[Path],
    horizon: Horizon,
    place: tuple[float, float] | None,
    shown: str,
    say: Callable[[str], None] = lambda _: None,
    log: RepairLog | None = None,
) -> Gathered:
    """All series of an archive on the horizon.

    Args:
        sensors: what the case says.
        files: of the archive.
        horizon: of the case; the grid goes from its first to its last instant.
        place: latitude and longitude of the site, for the sun.
        shown: the case file, as errors name it.
        say: called with each stage.
        log: of what a reader of files in a format assumes and does.

    Raises:
        InputError: what is wrong with the archive or with what is said of it.
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
    say("points")
    rows = archive.points()
    of_point = mapped(sensors, list(rows), shown)
    order = sorted(of_point, key=lambda name: (of_point[name] not in work.clocks, of_point[name]))
    points: dict[str, Point] = {}
    for group in archive.groups({name: rows[name] for name in order}):
        say(f"{len(points) + len(group)} of {len(order)} points")
        _refuse_unread(archive)
        _read_group(group, of_point, archive, work, points)
    say("series")
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
    """How long before and after the horizon rows are read [ms]: values hold into it, and clocks may be wrong."""
    longest = max((rule.hold_hours or 0.0) + rule.clock_within_hours for rule in sensors.series.values())
    return max(_LEAST_MARGIN_MS, int(longest * MS_PER_HOUR))


def _refuse_unread(archive: Archive | TableArchive) -> None:
    """An archive that is read, but of which nothing can be believed."""
    if archive.comma:
        expected = "decimal points"
        raise archive.error(
            "numbers with a decimal comma", value=archive.comma, expected=expected, remedy="export anew"
        )
    good = archive.sensors.good
    if good and not any(count and is_good(told, good) for told, count in archive.seen.items()):
        seen = ", ".join(repr(told) for told, count in archive.seen.most_common(6) if count)
        raise archive.error("no row has a good quality", value=f"good: {list(good)}", expected=f"some of {seen}")


def _assumed(archive: Archive | TableArchive, sensors: Sensors) -> tuple[str, ...]:
    """What was assumed of the archive as a whole."""
    zone = f", read as {sensors.timezone}" if archive.stamps.naive else ""
    assumed = [f"stamps {kind}{zone}" for kind in archive.stamps.kinds if kind != "with an offset"]
    assumed += [f"{archive.nameless:,} rows without a point left out"] if archive.nameless else []
    return (*assumed, *([f"{archive.empty:,} empty files left out"] if archive.empty else []))


def _read_group(
    group: dict[str, Raw],
    of_point: Mapping[str, str],
    archive: Archive | TableArchive,
    work: Gathering,
    points: dict[str, Point],
) -> None:
    """The points of a group, in threads, since numpy lets go of Python's lock; first those whose clocks are trusted."""
    zone = work.sensors.timezone if archive.stamps.naive else "UTC"
    told = Told(zone, archive.units, work.inner, work.shown)

    def read(name: str) -> Point:
        return _point(name, of_point[name], group.pop(name), told, work)

    for first in (True, False):
        names = [name for name in group if (of_point[name] in work.clocks) == first]
        with ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1)) as pool:
            points.update(zip(names, pool.map(read, names), strict=True))


def _point(name: str, series: str, raw: Raw, told: Told, work: Gathering) -> Point:
    """One point on the grid, with its holes."""
    rule = work.sensors.series[series]
    read = read_point(name, raw, rule, told)
    signal, clock = read.signal, None
    if series in work.clocks:
        work.trusted.setdefault(series, {})[name] = signal
    if rule.clock_like:
        step = max(_LEAST_FINE_MS, int(read.usual_seconds * 1000))
        own = signal.on(work.fine_grid(step))[0]
        clock = clock_offset(own, work.like(rule.clock_like, step), step, rule.clock_within_hours * MS_PER_HOUR)
        signal = signal.shifted(-clock.late_ms)
    if rule.dark_at_night and work.sky.dark is not None:  # by the clock as it is set
        dark = in_the_dark(signal.begin, signal.value, work.sky.grid, work.sky.dark)
        read.counts["in the dark"], signal = int(dark.sum()), signal.only(~dark)
    mean, coverage = signal.on(work.sky.grid)
    hole = coverage < max(rule.coverage, _ROUNDING)
    read.counts["partly measured"] = int((~hole & (coverage < 1 - _ROUNDING)).sum())
    measured = np.where(hole, np.nan, mean)
    if rule.floor_value is not None:
        read.counts["raised"] = int((measured < rule.floor_value).sum())
        measured = np.where(measured < rule.floor_value, rule.floor_value, measured)
    counts = {kind: read.counts[kind] for kind in KINDS if read.counts[kind]}
    hint = "nearly all values could be with the other sign" if read.turned else ""
    return Point(series, measured, measured, coverage, read.rows, read.usual_seconds, counts, {}, clock, hint)


def _grid(sensors: Sensors, horizon: Horizon, shown: str) -> IntArray:
    """Instants of the gathered steps, from the beginning of the horizon to its end [s]."""
    first, last = (int(horizon.points[place].timestamp()) for place in (0, -1))
    step = round(sensors.step_hours * 3600)
    if step < 1 or abs(step - sensors.step_hours * 3600) > 1e-6 or (last - first) % step:
        value = f"{sensors.step_hours * 60:g} min"
        raise InputError(
            Problem(
                "the step of the sensors does not divide the horizon",
                shown,
                None,
                "sensors.step",
                value,
                f"a whole number of steps in {(last - first) / 3600:g} h",
                "take the step of the horizon",
            )
        )
    return np.arange(first, last + 1, step, dtype=np.int64)


def _dark(grid: IntArray, sensors: Sensors, place: tuple[float, float] | None, shown: str) -> BoolArray | None:
    """Whether the sun is down at both ends of each step; by pvlib."""
    if not any(rule.dark_at_night for rule in sensors.series.values()):
        return None
    if place is None:
        remedy = "give 'latitude' and 'longitude' under 'site'"
        raise InputError(Problem("where the sun is down is not known", shown, None, "sensors", remedy=remedy))
    from pvlib.solarposition import get_solarposition

    instants = pd.DatetimeIndex(pd.to_datetime(grid, unit="s", utc=True))
    down = np.asarray(get_solarposition(instants, *place)["elevation"]) < _SUN_DOWN
    return np.asarray(down[:-1] & down[1:])


def mapped(sensors: Sensors, names: list[str], shown: str) -> dict[str, str]:
    """Point -> the series that it belongs to; an InputError where a pattern finds nothing, or two find the same."""
    found: dict[str, str] = {}
    for series, rule in sensors.series.items():
        for pattern in rule.points:
            plain = pattern.replace("[", "[[]")  # only * and ? stand for others
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
    values = np.array([point.filled for point in points.values()])
    return np.asarray(values.sum(axis=0) if rule.combine == "sum" else values.mean(axis=0))


def _residual(balance: Balance, sensors: Sensors, points: Mapping[str, Point]) -> Residual:
    """What is left over of what was measured; a series that is a mean counts with each point's part of it."""
    flows: dict[str, tuple[float, FloatArray]] = {}
    for sign, names in ((1.0, balance.into), (-1.0, balance.out)):
        for series in names:
            own = of_series(points, series)
            part = 1.0 / len(own) if sensors.series[series].combine == "mean" else 1.0
            flows |= {name: (sign, part * point.measured) for name, point in own.items()}
    return residual(flows, balance.within)
