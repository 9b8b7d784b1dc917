"""Sensors: the archive of a case is gathered and judged; no solve."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from microgrid.case.overrides import BASE
from microgrid.case.reading import open_case
from microgrid.errors import InputError, Problem
from microgrid.formats.unit_names import with_unit
from microgrid.horizon import FloatArray, Horizon
from microgrid.report.pages.sensors import quality_table, render_sensors_html, sensors_summary
from microgrid.report.write_result import stamps
from microgrid.sensors.gather import Gathered
from microgrid.sensors.of_case import SensorsOfCase
from microgrid.studies.study import NoOptions, Question, Study, StudyResult

_WORST = 8


@dataclass(frozen=True)
class Sensing:
    """Gathered sensors of a case; title: of the case; findings: faults that the user should look at."""

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

    def _columns(self) -> dict[str, FloatArray]:
        rules = self.gathered.sensors.series
        found = {}
        for name, values in self.gathered.series.items():
            column = with_unit(name, rules[name].gathered_unit)
            found[column if column not in found else f"{name} [{rules[name].gathered_unit}]"] = values
        return found

    def result(self) -> StudyResult:
        """Result of the study: page, table of the points, series, summary, and what the terminal shows of them."""
        series = pd.DataFrame({"time": stamps(_axis(self.gathered, self.horizon)), **self._columns()})
        summary = sensors_summary(self.gathered)
        return StudyResult(
            title=self.title,
            figures=summary,
            tables={"quality": self.quality, "series": series},
            pages={"sensors.html": render_sensors_html(self.gathered, self.horizon, self.title)},
            shown={self.title: _series_shown(summary), "Points with the most holes": _worst_points(self.quality)},
            notes=_notes(summary),
            findings=self.findings,
        )


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
    _, document, _, content, reading = open_case(path, scenario, dict(settings or {}))
    if not isinstance(reading.sensors, SensorsOfCase):
        expected = "a section 'sensors' with files and series"
        raise InputError(Problem("the case has no sensors", document.name, None, "sensors", expected=expected))
    gathered = reading.sensors.gathered(reading, report_progress)
    findings = (*_holes(gathered), *_unbalanced(gathered), *_repaired(reading.log.repaired(), content.max_repaired))
    return Sensing(content.name, reading.horizon, gathered, findings)


def _sensors(question: Question, _: NoOptions) -> StudyResult:
    """Gather the sensors of a case and judge their quality; nothing is solved.

    Writes a page with coverage, repairs and balances, a table with a row for each point, and the series. Exit code 1 if
    a balance does not add up, a hole is left, or more was filled than max_repaired allows.
    """
    return gather_sensors(question.path, question.scenario, question.settings, question.report_progress).result()


STUDY = Study(_sensors, solves=False)


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


def _series_shown(summary: Mapping[str, Any]) -> pd.DataFrame:
    """Table of the series for the terminal, a row each."""
    rows = [
        (
            name,
            series["points"],
            100 * series["measured_fraction"],
            100 * series["filled_fraction"],
            series["holes"],
            series["mean"],
            series["unit"],
        )
        for name, series in summary["series"].items()
    ]
    return pd.DataFrame(rows, columns=["", "points", "measured %", "filled %", "holes", "mean", "unit"])


def _worst_points(quality: pd.DataFrame) -> pd.DataFrame:
    """Table of the points of which least was measured, for the terminal."""
    worst = quality.sort_values("measured_fraction", kind="stable").head(_WORST)
    clock = [f"{late:+g} min" if late == late else None for late in worst["clock_late_minutes"]]
    shares = {f"{word} %": 100 * worst[f"{word}_fraction"] for word in ("measured", "filled")}
    return pd.DataFrame({"": worst["point"], **shares, "clock": clock})


def _notes(summary: Mapping[str, Any]) -> list[str]:
    """Sentences about an archive: its rows, points of no series, and balances that add up."""
    found = [f"{summary['rows']:,} rows, {summary['points']} points in series."]
    if left := summary["not_mapped"]:
        more = f" and {len(left) - _WORST} more" if len(left) > _WORST else ""
        found.append(f"In no series: {', '.join(left[:_WORST])}{more}")
    for name, balance in summary["balances"].items():
        if balance["within"]:
            found.append(f"Balance {name!r} adds up to {100 * balance['left_over_fraction']:.2f} % of the flow.")
    return found
