"""Quality of an archive of sensors: a table of its points, a summary, and a page that opens offline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from microgrid.horizon import FloatArray, Horizon, IntArray
from microgrid.report.figures.colours import line_colours
from microgrid.report.pages.page import render_page
from microgrid.report.quantities import MISSING, number
from microgrid.report.tables.cells import Cell, Row
from microgrid.sensors.filling import FILLS
from microgrid.sensors.point import KINDS, LEFT_OUT

if TYPE_CHECKING:
    from microgrid.sensors.filling import Point
    from microgrid.sensors.gather import Gathered

_MOST_BARS = 25
_SCRIPTS = ("series.js", "calendar.js", "heatmap.js", "sensors.js")


def quality_table(gathered: Gathered) -> pd.DataFrame:
    """Table with a row for each point: series, number and distance of rows, shares, clock, and count of each fault."""
    return pd.DataFrame([_quality(name, point) for name, point in gathered.points.items()])


def _quality(name: str, point: Point) -> dict[str, Any]:
    return {
        "point": name,
        "series": point.series,
        "rows": point.rows,
        "usual_distance_seconds": point.usual_seconds,
        "measured_fraction": point.measured_fraction,
        "filled_fraction": point.filled_fraction,
        "holes_fraction": float(np.isnan(point.filled).mean()),
        "known_fraction": float(point.coverage.mean()),
        "clock_late_minutes": point.clock.late_ms / 60_000 if point.clock and point.clock.sure else np.nan,
        "clock_likeness": point.clock.likeness if point.clock else np.nan,
        **{kind: point.counts.get(kind, 0) for kind in KINDS},
        **{f"filled by {how}": point.fills.get(how, 0) for how in FILLS},
        "hint": point.hint,
    }


def sensors_summary(gathered: Gathered) -> dict[str, Any]:
    """Summary of an archive: rows, series and the residual of each balance; values that are not finite become None."""
    return {
        "rows": gathered.rows,
        "points": len(gathered.points),
        "not_mapped": list(gathered.not_mapped),
        "assumed": list(gathered.assumed),
        "series": {name: _series_summary(gathered, name) for name in gathered.series},
        "balances": {
            name: {
                "within": found.within,
                "left_over_fraction": _finite(found.share),
                "bias_kw": _finite(found.bias_kw),
                "steps_with_all_flows": found.steps,
                "suspects": [
                    {"point": s.point, "fault": s.fault, "explains_fraction": round(s.explains, 4)}
                    for s in found.suspects
                ],
            }
            for name, found in gathered.residuals.items()
        },
    }


def _series_summary(gathered: Gathered, name: str) -> dict[str, Any]:
    points = gathered.of(name)
    values = gathered.series[name]
    known = values[np.isfinite(values)]
    return {
        "points": len(points),
        "unit": gathered.sensors.series[name].gathered_unit,
        "measured_fraction": float(np.mean([point.measured_fraction for point in points.values()])),
        "filled_fraction": float(np.mean([point.filled_fraction for point in points.values()])),
        "holes": int(np.isnan(values).sum()),
        "mean": float(known.mean()) if len(known) else None,
        "greatest": float(known.max()) if len(known) else None,
        "found": {
            kind: total for kind in KINDS if (total := sum(point.counts.get(kind, 0) for point in points.values()))
        },
    }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def render_sensors_html(gathered: Gathered, horizon: Horizon, title: str) -> str:
    """Render a page that opens offline: coverage of each point by day, repairs, and the residual of each balance."""
    day_of_step, first_day = _days(gathered.points_s, horizon.timezone)
    days = int(day_of_step[-1]) + 1
    names = list(gathered.points)
    data = {
        "first_day": first_day,
        "days": days,
        "points": names,
        "series": [gathered.points[name].series for name in names],
        "left_out": _left_out(gathered),
        "coverage": [_by_day(gathered.points[name].coverage, day_of_step, days, 100.0) for name in names],
        "balances": [
            {
                "mean": _by_day(found.left_kw, day_of_step, days, 1.0),
                "size": _by_day(np.abs(found.left_kw), day_of_step, days, 1.0),
            }
            for found in gathered.residuals.values()
        ],
    }
    summary = sensors_summary(gathered)
    return render_page(
        "sensors.html",
        data,
        _SCRIPTS,
        title=title,
        horizon=_span_text(horizon),
        facts=_facts(summary, gathered),
        left_out=data["left_out"],
        series=[_series_row(name, found) for name, found in summary["series"].items()],
        kinds=[(kind, KINDS[kind]) for kind in KINDS if any(kind in p.counts for p in gathered.points.values())],
        points=[_point_row(name, point) for name, point in gathered.points.items()],
        balances=[_balance_text(name, found) for name, found in summary["balances"].items()],
        height=26 + 28 + 13 * len(names),
    )


def _span_text(horizon: Horizon) -> str:
    """Text with the first and last day of a horizon."""
    last = (horizon.points[-1] - pd.Timedelta(1, "s")).tz_convert(horizon.timezone)
    days = dict.fromkeys((horizon.describe(0)[:10], last.isoformat()[:10]))
    return " to ".join(days)


def _left_out(gathered: Gathered) -> dict[str, Any]:
    """Rows that were left out, by kind, in percent of a point's rows; the points with the most come first."""
    lost = {name: sum(point.counts.get(kind, 0) for kind in LEFT_OUT) for name, point in gathered.points.items()}
    shares = {name: lost[name] / max(point.rows, 1) for name, point in gathered.points.items() if lost[name]}
    worst = sorted(shares, key=lambda name: -shares[name])[:_MOST_BARS]
    points = [gathered.points[name] for name in worst]
    kinds = [kind for kind in LEFT_OUT if any(kind in point.counts for point in points)]
    colours = line_colours((kind, "") for kind in kinds)
    return {
        "points": worst,
        "more": len(shares) - len(worst),
        "kinds": [
            {
                "name": kind,
                "colour": colours[kind, ""],
                "percent": [round(100 * point.counts.get(kind, 0) / max(point.rows, 1), 3) for point in points],
            }
            for kind in kinds
        ],
    }


def _days(points_s: IntArray, timezone: str) -> tuple[IntArray, int]:
    """Local day of each step, counted from the first one, (N,); and the first day, counted from 1970-01-01."""
    local = pd.to_datetime(points_s[:-1], unit="s", utc=True).tz_convert(timezone).tz_localize(None)
    number_of_day = np.asarray(local.as_unit("s").asi8) // 86400
    return number_of_day - number_of_day[0], int(number_of_day[0])


def _by_day(values: FloatArray, day: IntArray, days: int, scale: float) -> list[float | None]:
    known = np.isfinite(values)
    count = np.bincount(day[known], minlength=days)
    total = np.bincount(day[known], values[known], minlength=days)
    return [round(scale * t / c, 2) if c else None for t, c in zip(total.tolist(), count.tolist(), strict=True)]


def _facts(summary: Mapping[str, Any], gathered: Gathered) -> list[Row]:
    points = gathered.points.values()
    measured = float(np.mean([point.measured_fraction for point in points]))
    filled = float(np.mean([point.filled_fraction for point in points]))
    facts = [
        ("Rows in the archive", number(summary["rows"], 0)),
        ("Points", number(len(points), 0)),
        ("Measured", f"{_percent(measured)}\u202f%"),
        ("Filled", f"{_percent(filled)}\u202f%"),
        ("Points in no series", number(len(summary["not_mapped"]), 0)),
    ]
    return [Row((head,), (Cell(text),)) for head, text in facts]


def _percent(share: float) -> str:
    return number(100 * share, 2)


def _series_row(name: str, found: Mapping[str, Any]) -> Row:
    shares = (_percent(found["measured_fraction"]), _percent(found["filled_fraction"]))
    counts = (number(found["points"], 0), *shares, number(found["holes"], 0))
    values = (MISSING if found[key] is None else number(found[key], 2) for key in ("mean", "greatest"))
    return Row((name, found["unit"]), tuple(map(Cell, (*counts, *values))))


def _point_row(name: str, point: Point) -> dict[str, Any]:
    found = ", ".join(f"{kind} {number(count, 0)}" for kind, count in point.counts.items())
    return {
        "name": name,
        "series": point.series,
        "every": f"{point.usual_seconds:g} s" if point.usual_seconds < 120 else f"{point.usual_seconds / 60:g} min",
        "measured": _percent(point.measured_fraction),
        "filled": _percent(point.filled_fraction),
        "clock": "" if point.clock is None else point.clock.text,
        "found": "; ".join(filter(None, [found, point.hint])) or "nothing",
    }


def _balance_text(name: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Text of the verdict on a balance."""
    if found["left_over_fraction"] is None:
        verdict = "Its flows were not all measured in any step, so it cannot be checked."
    else:
        share = number(100 * found["left_over_fraction"], 2)
        bias = number(found["bias_kw"], 2, signed=True)
        steps = number(found["steps_with_all_flows"], 0)
        verdict = (
            f"The residual is {share}\u202f% of the flow, on average {bias} kW, over {steps} steps in which all flows "
            "were measured."
        )
    suspects = [
        f"{s['point'] or 'An offset'}: {s['fault']} (explains {number(100 * s['explains_fraction'], 0)}\u202f%)"
        for s in found["suspects"]
    ]
    return {"name": name, "within": found["within"], "verdict": verdict, "suspects": suspects}
