"""One point of the archive: from its rows to a signal, with an account of what was left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from microgrid import units
from microgrid.errors import InputError, Problem
from microgrid.horizon import BoolArray, FloatArray
from microgrid.sensors import cleaning
from microgrid.sensors.archive import Raw
from microgrid.sensors.cleaning import Believed
from microgrid.sensors.schema import SensorSeries
from microgrid.sensors.signal import Signal, held, usual_distance
from microgrid.sensors.stamps import instants

MS_PER_HOUR = 3_600_000
_NEARLY_ALL = 0.9
# What is counted, in the order in which it is told: key -> explanation. Left out, unless it says otherwise.
KINDS = {
    "not used": "rows more than a day before or after the horizon",
    "bad quality": "rows that the archive itself calls bad",
    "no number": "texts and empty values",
    "no such local time": "stamps that the clock leaves out in spring",
    "sorted": "rows that followed a later one, put in order",
    "doubled": "rows that say the same again",
    "contradicted": "rows followed by another value at the same stamp, which holds",
    "impossible": "values outside of what can be",
    "in the dark": "solar power while the sun is down",
    "stuck": "values repeated for longer than can be",
    "spike": "single values that leap up and back",
    "rolled over": "registers that began again from 0, continued",
    "reset": "registers that fell without a reason; the stretch is left out",
    "spread": "stretches without readings whose energy is known, spread evenly",
    "partly measured": "steps of which a part is measured, which stands for the whole",
}
# Of these, what takes rows away.
LEFT_OUT = (
    "bad quality", "no number", "no such local time", "contradicted", "impossible", "in the dark", "stuck", "spike",
    "reset",
)  # fmt: skip


@dataclass(frozen=True)
class Read:
    """A point's signal in the unit of its series; counts: what was found, by kind; usual_seconds: between rows."""

    signal: Signal
    counts: Counter[str]
    rows: int
    usual_seconds: float
    turned: bool


def read_point(name: str, raw: Raw, rule: SensorSeries, zone: str, unit_names: list[str]) -> Read:
    """The rows of a point as a signal.

    Raises:
        InputError: a unit of another dimension.
    """
    counts: Counter[str] = Counter({"not used": raw.outside, "bad quality": raw.bad})
    ms, value = raw.ms, _in_unit(name, raw, rule, unit_names)
    counts["no number"] = int(np.isnan(value).sum()) - raw.bad
    if zone != "UTC" and len(ms):
        ms, there = instants(ms, zone)
        counts["no such local time"] = int((~there).sum())
        ms, value = ms[there], value[there]
    ms, value = cleaning.in_order(ms, value, counts)
    usual = usual_distance(ms)
    hold = None if rule.hold_hours is None else int(rule.hold_hours * MS_PER_HOUR)
    believed = cleaning.Believed(ms, value * (1 if rule.quantity == "counter" else rule.sign), counts)
    if rule.quantity == "counter":
        signal, turned = _counted(believed, rule, 3 * usual if hold is None else hold)
    else:
        turned = _believe(believed, rule)
        signal = held(ms, believed.value, rule.stamps, hold).only(believed.kept)
    return Read(signal, counts, len(raw.ms), usual / 1000, turned)


def _in_unit(name: str, raw: Raw, rule: SensorSeries, unit_names: list[str]) -> FloatArray:
    """Values in the canonical unit of what is recorded."""

    def ratio(unit: str) -> tuple[float, float]:
        try:
            return units.factor(unit, rule.canonical), units.convert(0.0, unit, rule.canonical)
        except ValueError as error:
            remedy = "say 'unit' in the series" if not unit else "correct the quantity of the series, or its unit"
            raise InputError(
                Problem(f"unit of point {name!r}: {error}", None, None, "sensors", unit or "none",
                        f"a unit of {rule.quantity}, such as {rule.canonical}", remedy)
            ) from None  # fmt: skip

    if raw.unit is None or rule.unit:
        factor, offset = ratio(rule.unit)
        return raw.value * factor + offset
    ratios = np.zeros((len(unit_names), 2))
    for code in np.unique(raw.unit):
        ratios[code] = ratio(unit_names[code])
    factors, offsets = ratios[raw.unit].T
    return np.asarray(raw.value * factors + offsets)


def _believe(samples: Believed, rule: SensorSeries) -> bool:
    """Leave out what cannot be, stuck values and spikes; whether most could be only with the other sign."""
    least, most = rule.limits
    value = samples.value[samples.kept]
    wrong = (value < least) | (value > most)
    turned = _turned(wrong, value, least, most)
    samples.without(wrong, "impossible")
    if rule.stuck_after_hours is not None:
        ms, value = samples.ms[samples.kept], samples.value[samples.kept]
        samples.without(cleaning.stuck(ms, value, rule.stuck_after_hours * MS_PER_HOUR), "stuck")
    if rule.spikes is not None:
        samples.without(cleaning.spikes(samples.value[samples.kept], rule.spikes), "spike")
    return turned


def _turned(wrong: BoolArray, value: FloatArray, least: float, most: float) -> bool:
    """Whether most values cannot be, and nearly all of these could with the other sign."""
    other = -value[wrong]
    return len(other) > len(value) / 2 and bool(((other >= least) & (other <= most)).mean() > _NEARLY_ALL)


def _counted(samples: Believed, rule: SensorSeries, most_ms: int) -> tuple[Signal, bool]:
    """The register of a meter as mean power between its readings; the sign is that of the power."""
    least, most = rule.limits
    ms, register, counts = samples.ms[samples.kept], samples.value[samples.kept], samples.counts
    greatest = max(abs(least), abs(most))
    begin, length, power = cleaning.increments(ms, register, rule.rolls_over_at_kwh, greatest, counts)
    power = power * rule.sign
    wrong = (power < least) | (power > most)
    counts["impossible"] += int(wrong.sum())
    turned = _turned(wrong, power, least, most)
    begin, length, power = begin[~wrong], length[~wrong], power[~wrong]
    counts["spread"] += int((length > most_ms).sum())
    return Signal(begin, length, power), turned
