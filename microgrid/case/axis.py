"""The time axis that a case file states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from microgrid.case.memory import available_bytes, size_text
from microgrid.case.schema import HorizonSpec, Segment, Site
from microgrid.documents.yaml_file import Document
from microgrid.errors import InputError, Problem
from microgrid.horizon import Horizon, local_instants

# Memory was measured from reading to the report, beyond the 200 MB of the libraries: 6 kB per step for ten years at 1 h
# with four assets, 19 kB per step for a year at 15 min with seven, one of them a building with heating and cooling.
_BYTES_A_STEP = 1_000
_BYTES_AN_ASSET_AND_STEP = 2_000


@dataclass(frozen=True)
class _Axis:
    """Inputs of a horizon: its specification, the site with its clock, and the document that errors refer to."""

    spec: HorizonSpec
    site: Site
    document: Document

    def local(self, field: str, instant: Any) -> pd.Timestamp:
        """Instant of a local time of the site; an InputError where its clock does not show that time exactly once."""
        try:
            return _local(instant, self.site.timezone)
        except (ValueError, OverflowError):
            expected = f"a time that the clocks of {self.site.timezone} show exactly once, or one with its UTC offset"
            raise self.error("not a local time", field, instant, expected) from None

    def stretches(self, total: int) -> list[tuple[int, int]]:
        """Length and step of each stretch [s]; an InputError unless steps divide stretches that add up to ``total``."""
        steps = self.spec.step_hours
        segments = steps if isinstance(steps, tuple) else (Segment(step=f"{steps} h"),)
        found: list[tuple[int, int]] = []
        for segment in segments:
            longest = max(segment.step_hours, segment.for_hours or 0.0)
            if longest * 3600 > total:
                what = f"{longest:g} h in {total / 3600:g} h"
                expected = f"at most {total / 3600:g} h"
                raise self.error("a step or stretch longer than the horizon", "step", what, expected)
            step = round(segment.step_hours * 3600)
            begin = sum(length for length, _ in found)
            length = total - begin if segment.for_hours is None else round(segment.for_hours * 3600)
            if step < 1 or abs(step - segment.step_hours * 3600) > 1e-6 or length <= 0 or length % step:
                what = f"{segment.step_hours * 60:g} min in {length / 3600:g} h"
                whole = "the stretch that it belongs to" if isinstance(steps, tuple) else "the horizon"
                raise self.error(f"the step does not divide {whole}", "step", what, "a whole number of steps")
            found.append((length, step))
        reached = sum(length for length, _ in found)
        if reached != total:
            what = f"{reached / 3600:g} h"
            expected = f"{total / 3600:g} h"
            raise self.error("the stretches do not add up to the horizon", "step", what, expected)
        return found

    def refuse_beyond_memory(self, steps: int, assets: int) -> None:
        """Raise an InputError if a model of so many steps and assets exceeds the memory available."""
        needed = steps * (_BYTES_A_STEP + _BYTES_AN_ASSET_AND_STEP * assets)
        there = available_bytes()
        if needed > there:
            what = f"{steps:,} steps of {assets} assets, which take about {size_text(needed)} of memory"
            fitting = max(there // (needed // steps), 1)
            expected = f"at most {fitting:,} steps: {size_text(there)} are free"
            remedy = "take longer steps or a shorter horizon, or run it on a machine with more memory"
            raise self.error("too many steps", "step", what, expected, remedy)

    def error(self, message: str, field: str, value: object, expected: str, remedy: str | None = None) -> InputError:
        """InputError about a field of the horizon, to be raised."""
        line = self.document.line(("horizon", field))
        name = self.document.name
        return InputError(Problem(message, name, line, f"horizon.{field}", str(value), expected, remedy))


def make_horizon(spec: HorizonSpec, site: Site, document: Document, assets: int = 1) -> Horizon:
    """Time axis of a case; assets: their number, by which the memory of the model is estimated.

    Raises:
        InputError: start, end and step do not fit each other, or a model of so many steps does not fit in memory.
    """
    axis = _Axis(spec, site, document)
    start, end = axis.local("start", spec.start), axis.local("end", spec.end)
    if not start < end:
        raise axis.error("the horizon is empty", "end", spec.end, f"later than {spec.start}")
    stretches = axis.stretches(round((end - start).total_seconds()))
    axis.refuse_beyond_memory(sum(length // step for length, step in stretches), assets)
    seconds = [0]
    for length, step in stretches:
        seconds += range(seconds[-1] + step, seconds[-1] + length + 1, step)
    points = start.tz_convert("UTC") + pd.to_timedelta(np.array(seconds), unit="s")
    return Horizon(pd.DatetimeIndex(points), site.timezone, site.country)


def _local(instant: Any, timezone: str) -> pd.Timestamp:
    """Instant of a local time that clocks show exactly once, or of the begin of a day.

    Raises:
        ValueError: any other local time.
    """
    stamp = pd.Timestamp(instant)
    if stamp.tzinfo:
        return stamp.tz_convert(timezone)
    if stamp != stamp.normalize():
        return stamp.tz_localize(timezone)
    begin = local_instants(pd.DatetimeIndex([stamp]), timezone)[0]
    if begin.tz_localize(None).normalize() != stamp:
        raise ValueError("a day that the calendar leaves out")
    return begin
