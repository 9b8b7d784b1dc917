"""Sensors: the archive of a case is gathered without solving anything, and its quality is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from microgrid.case.overrides import BASE
from microgrid.case.reading import open_case, result_name
from microgrid.errors import InputError, Problem
from microgrid.files import replaced_folder, write_csv, write_json, write_text
from microgrid.formats.unit_names import with_unit
from microgrid.horizon import FloatArray, Horizon
from microgrid.report.pages.sensors import quality_table, render_sensors_html, sensors_summary
from microgrid.report.write_result import stamps
from microgrid.sensors.gather import Gathered
from microgrid.sensors.of_case import SensorsOfCase


@dataclass(frozen=True)
class Sensing:
    """Gathered sensors of a case; name, title: of the case; findings: faults that the user should look at."""

    name: str
    title: str
    horizon: Horizon
    gathered: Gathered
    findings: tuple[str, ...]

    @property
    def quality(self) -> pd.DataFrame:
        """Table with a row for each point: its faults and repairs."""
        return quality_table(self.gathered)

    @property
    def frame(self) -> pd.DataFrame:
        """Table of the series, whose names end in their units, indexed by the local start of each step."""
        return pd.DataFrame(self._columns(), index=_axis(self.gathered, self.horizon).local.rename("time"))

    @property
    def summary(self) -> dict[str, Any]:
        """Summary of the sensors, as it is written to summary.json."""
        return {"case": self.name, "title": self.title, **sensors_summary(self.gathered), "findings": self.findings}

    def _columns(self) -> dict[str, FloatArray]:
        rules = self.gathered.sensors.series
        found = {}
        for name, values in self.gathered.series.items():
            column = with_unit(name, rules[name].gathered_unit)
            found[column if column not in found else f"{name} [{rules[name].gathered_unit}]"] = values
        return found

    def write(self, out: str | Path) -> Path:
        """Write sensors.html, quality.csv, series.csv and summary.json to ``out/<case>/sensors``, all or none."""
        folder = Path(out) / self.name / "sensors"
        with replaced_folder(folder) as new:
            write_text(new / "sensors.html", render_sensors_html(self.gathered, self.horizon, self.title))
            write_csv(new / "quality.csv", self.quality)
            axis = _axis(self.gathered, self.horizon)
            write_csv(new / "series.csv", pd.DataFrame({"time": stamps(axis), **self._columns()}))
            write_json(new / "summary.json", self.summary)
        return folder


def gather_sensors(
    path: str | Path,
    scenario: str = BASE,
    settings: Mapping[str, Any] | None = None,
    report_progress: Callable[[str], None] = lambda _: None,
) -> Sensing:
    """Gather the series of a case from its sensors, with the faults of each point; nothing is solved.

    Raises:
        InputError: the case has no sensors, or the case or the archive has an error.
    """
    file, document, _, content, reading = open_case(path, scenario, dict(settings or {}))
    if not isinstance(reading.sensors, SensorsOfCase):
        expected = "a section 'sensors' with files and series"
        raise InputError(Problem("the case has no sensors", document.name, None, "sensors", expected=expected))
    gathered = reading.sensors.gathered(reading, report_progress)
    findings = (*_holes(gathered), *_unbalanced(gathered), *_repaired(reading.log.repaired(), content.max_repaired))
    return Sensing(result_name(file), content.name, reading.horizon, gathered, findings)


def _axis(gathered: Gathered, horizon: Horizon) -> Horizon:
    points = pd.DatetimeIndex(pd.to_datetime(gathered.points_s, unit="s", utc=True))
    return Horizon(points, horizon.timezone, horizon.country)


def _holes(gathered: Gathered) -> list[str]:
    return [
        f"Series {name!r} has holes in {int(missing):,} of {len(values):,} steps that no rule fills."
        for name, values in gathered.series.items()
        if (missing := np.isnan(values).sum())
    ]


def _unbalanced(gathered: Gathered) -> list[str]:
    found = []
    for name, left in gathered.residuals.items():
        if left.within:
            continue
        if not left.steps:
            found.append(f"Balance {name!r} cannot be checked: its flows were not all measured in any step.")
            continue
        first = left.suspects[0] if left.suspects else None
        whose = (
            "no fault of a single point explains it"
            if first is None
            else f"likeliest cause: {first.point or 'an offset'}, {first.fault}"
        )
        found.append(f"Balance {name!r} does not add up: its residual is {left.share:.1%} of the flow; {whose}.")
    return found


def _repaired(shares: list[tuple[str, str, float]], most: float | None) -> list[str]:
    return [
        f"{share:.2%} of series {series!r} were filled, more than max_repaired, {most:.2%}."
        for _, series, share in shares
        if most is not None and share > most
    ]
