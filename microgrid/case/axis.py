"""The time axis that a case file asks for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from microgrid.case.schema import HorizonSpec, Segment, Site
from microgrid.case.yaml_file import Document
from microgrid.errors import InputError, Problem
from microgrid.horizon import Horizon, local_instants

_MAX_STEPS = 2_000_000


def make_horizon(spec: HorizonSpec, site: Site, document: Document) -> Horizon:
    """The time axis of a case; an InputError when start, end and step do not fit each other."""

    def refuse(message: str, field: str, value: object, expected: str) -> InputError:
        line = document.line(("horizon", field))
        return InputError(Problem(message, document.name, line, f"horizon.{field}", str(value), expected))

    def local(field: str, instant: Any) -> pd.Timestamp:
        try:
            return _local(instant, site.timezone)
        except (ValueError, OverflowError):
            expected = f"a time that the clocks of {site.timezone} show exactly once, or one with its UTC offset"
            raise refuse("not a local time", field, instant, expected) from None

    start, end = local("start", spec.start), local("end", spec.end)
    if not start < end:
        raise refuse("the horizon is empty", "end", spec.end, f"later than {spec.start}")
    total = round((end - start).total_seconds())
    segments = spec.step_hours if isinstance(spec.step_hours, tuple) else (Segment(step=f"{spec.step_hours} h"),)
    seconds = [0]
    for segment in segments:
        longest = max(segment.step_hours, segment.for_hours or 0.0)
        if longest * 3600 > total:
            what = f"{longest:g} h in {total / 3600:g} h"
            raise refuse("longer than the horizon", "step", what, f"at most {total / 3600:g} h")
        step = round(segment.step_hours * 3600)
        length = total - seconds[-1] if segment.for_hours is None else round(segment.for_hours * 3600)
        if step < 1 or abs(step - segment.step_hours * 3600) > 1e-6 or length <= 0 or length % step:
            what = f"{segment.step_hours * 60:g} min in {length / 3600:g} h"
            raise refuse("the step does not divide the horizon", "step", what, "a whole number of steps")
        if length // step > _MAX_STEPS:
            raise refuse("too many steps", "step", f"{length // step:,}", f"at most {_MAX_STEPS:,}")
        seconds += range(seconds[-1] + step, seconds[-1] + length + 1, step)
    if seconds[-1] != total:
        raise refuse(
            "the stretches do not add up to the horizon",
            "step",
            f"{seconds[-1] / 3600:g} h",
            f"{total / 3600:g} h",
        )
    points = start.tz_convert("UTC") + pd.to_timedelta(np.array(seconds), unit="s")
    return Horizon(pd.DatetimeIndex(points), site.timezone, site.country)


def _local(instant: Any, timezone: str) -> pd.Timestamp:
    """The instant of a local time that clocks show once, or of a day's begin; raises ValueError for any other."""
    stamp = pd.Timestamp(instant)
    if stamp.tzinfo:
        return stamp.tz_convert(timezone)
    if stamp != stamp.normalize():
        return stamp.tz_localize(timezone)
    begin = local_instants(pd.DatetimeIndex([stamp]), timezone)[0]
    if begin.tz_localize(None).normalize() != stamp:
        raise ValueError("a day that the calendar leaves out")
    return begin
