"""Sensors of a case: gathered once, when the first series is needed, and resampled onto its horizon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from microgrid import units
from microgrid.errors import InputError, Problem, nearest
from microgrid.horizon import FloatArray, Horizon
from microgrid.repairs import RepairLog
from microgrid.sensors.schema import Sensors
from microgrid.series.context import Reading
from microgrid.series.registry import DerivedSeries
from microgrid.series.resample import mean_over

if TYPE_CHECKING:
    from microgrid.sensors.gather import Gathered


class FromSensors(DerivedSeries):
    """Series of a field that is taken from the section ``sensors``."""

    fits: ClassVar[tuple[str, ...]] = ()

    sensors: str = Field(description="Name of a series under sensors.series.")
    per: str = Field(
        default="",
        description="Divisor, such as 300 kW, for fields that take a share of it.",
    )

    def on(self, reading: Reading, unit: str) -> FloatArray:
        """Values of the series on the steps of the horizon, (N,), in the unit of the field."""
        if reading.sensors is None:
            raise ValueError("the case has no section 'sensors'")
        if not self.per:
            return reading.sensors.series(self.sensors, unit, reading)
        own = reading.sensors.unit(self.sensors)
        whole = units.parse(self.per, own)
        if whole <= 0:
            raise ValueError("'per' must be more than 0")
        return reading.sensors.series(self.sensors, own, reading) / whole * units.factor("", unit)

    def describe(self) -> str:
        """Source of the series, for the report."""
        return f"sensors: {self.sensors}" + (f" per {self.per}" if self.per else "")


SERIES = FromSensors


class SensorsOfCase:
    """Section ``sensors`` of a case, with the gathered archive once it has been needed."""

    def __init__(self, sensors: Sensors, shown: str) -> None:
        self.sensors = sensors
        self.shown = shown
        self._gathered: Gathered | None = None

    def gathered(self, reading: Reading, report_progress: Callable[[str], None] = lambda _: None) -> Gathered:
        """All series of the archive, which is read on the first call."""
        if self._gathered is None:
            from microgrid.sensors.gather import gather

            files = [path for pattern in self.sensors.files for path in self._matching(pattern, reading)]
            place = reading.latitude, reading.longitude
            known = None if place[0] is None or place[1] is None else (place[0], place[1])
            found = gather(
                self.sensors,
                list(dict.fromkeys(files)),
                reading.horizon,
                known,
                self.shown,
                report_progress,
                reading.log,
            )
            _log_findings(found, reading.log)
            self._gathered = found
        return self._gathered

    def _matching(self, pattern: str, reading: Reading) -> list[Path]:
        """Files that a pattern fits; an error names the section ``sensors``, not the field that needs a series."""
        try:
            return reading.matching(pattern)
        except InputError as error:
            raise InputError(
                replace(problem, file=self.shown, field="sensors.files") for problem in error.problems
            ) from None

    def unit(self, name: str) -> str:
        """Unit of a series; an InputError if there is no series of that name."""
        rule = self.sensors.series.get(name)
        if rule is None:
            near = nearest(name, self.sensors.series)
            expected = "one of " + ", ".join(self.sensors.series)
            remedy = f"did you mean {near!r}?" if near else "define the series under sensors.series"
            raise InputError(Problem("no such series of sensors", self.shown, None, "sensors", name, expected, remedy))
        return rule.gathered_unit

    def series(self, name: str, unit: str, reading: Reading) -> FloatArray:
        """Values of a series on the steps of the horizon, (N,), in a unit.

        Raises:
            InputError: no such series, or holes that no rule fills.
            ValueError: a unit of another dimension.
        """
        own = self.unit(name)
        factor = units.factor(own, unit)
        offset = units.convert(0.0, own, unit)
        gathered = self.gathered(reading)
        values = gathered.series[name]
        horizon = reading.horizon
        if np.isnan(values).any():
            raise InputError(_holes(name, gathered, horizon, self.shown))
        target = np.asarray(horizon.points.as_unit("s").asi8)
        if len(target) != len(gathered.points_s) or (target != gathered.points_s).any():
            step = self.sensors.step_hours * 60
            reading.log.add(
                "sensors", name, "resampled", len(values), f"from steps of {step:g} min onto those of the horizon"
            )
        return mean_over(gathered.points_s, values * factor + offset, target)


def _holes(name: str, gathered: Gathered, horizon: Horizon, shown: str) -> Problem:
    """Problem of a series with holes: how many, where the first is, and which point has most."""
    missing = np.isnan(gathered.series[name])
    first = pd.Timestamp(int(gathered.points_s[int(np.argmax(missing))]), unit="s", tz=horizon.timezone)
    worst = max(gathered.of(name).items(), key=lambda entry: int(np.isnan(entry[1].filled).sum()))
    return Problem(
        f"the series has holes in {int(missing.sum()):,} of {len(missing):,} steps",
        shown,
        None,
        f"sensors.series.{name}",
        f"first at {first.isoformat()}; the worst point is {worst[0]}, {int(np.isnan(worst[1].filled).sum()):,} steps",
        "values in every step",
        "state a rule, such as 'fill: {up_to: 2 h, longer: similar_days}'; see 'microgrid sensors' for the points",
    )


def _log_findings(gathered: Gathered, log: RepairLog) -> None:
    """Log faults and repairs by series; ``microgrid sensors`` lists them point by point."""
    from microgrid.sensors.point import KINDS

    for assumed in gathered.assumed:
        log.add("sensors", "archive", "read as", gathered.rows, assumed)
    for series in gathered.series:
        points = gathered.of(series)
        by_point = [{**p.counts, **{f"filled by {how}": n for how, n in p.fills.items()}} for p in points.values()]
        of_all = len(points) * (len(gathered.points_s) - 1)
        for kind in dict.fromkeys(kind for counts in by_point for kind in counts):
            found = [counts[kind] for counts in by_point if kind in counts]
            filled = kind.startswith("filled by ")
            what = "filled" if filled else kind
            how = kind.removeprefix("filled ") if filled else KINDS[kind]
            detail = f"{how}; in {len(found)} of {len(points)} points"
            log.add("sensors", series, what, sum(found), detail, of=of_all if filled else 0)
        for name, point in points.items():
            if point.clock is not None and point.clock.late_ms:
                late = point.clock.late_ms / 60_000
                log.add(
                    "sensors", series, "clock set", 1, f"{name} was {abs(late):g} min {'late' if late > 0 else 'early'}"
                )
