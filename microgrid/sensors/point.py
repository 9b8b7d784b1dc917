"""One point of the archive: from its rows to a signal, with an account of what was left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from microgrid import units
from microgrid.errors import InputError, Problem
from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.sensors import cleaning
from microgrid.sensors.archive import Raw
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
    rows = len(ms) + raw.bad
    ms, value = cleaning.without(np.isnan(value), "no number", ms, value, counts)
    if zone != "UTC" and len(ms):
        ms, there = instants(ms, zone)
        ms, value = cleaning.without(~there, "no such local time", ms, value, counts)
    ms, value = cleaning.in_order(ms, value, counts)
    usual = usual_distance(ms)
    hold = None if rule.hold_hours is None else int(rule.hold_hours * MS_PER_HOUR)
    if rule.quantity == "counter":
        signal, turned = _counted(ms, value, rule, 3 * usual if hold is None else hold, counts)
    else:
        value = value * rule.sign
        ms, value, turned = _possible(ms, value, rule, counts)
        ms, value = _believed(ms, value, rule, counts)
        signal = held(ms, value, rule.stamps, hold)
    return Read(signal, counts, rows, usual / 1000, turned)


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


def _possible(
    ms: IntArray, value: FloatArray, rule: SensorSeries, counts: Counter[str]
) -> tuple[IntArray, FloatArray, bool]:
    """Samples within the limits, and whether most would be so only with the other sign."""
    least, most = rule.limits
    wrong = (value < least) | (value > most)
    turned = _turned(wrong, value, least, most)
    return (*cleaning.without(wrong, "impossible", ms, value, counts), turned)


def _turned(wrong: BoolArray, value: FloatArray, least: float, most: float) -> bool:
    """Whether most values cannot be, and nearly all of these could with the other sign."""
    other = -value[wrong]
    return len(other) > len(value) / 2 and bool(((other >= least) & (other <= most)).mean() > _NEARLY_ALL)


def _believed(ms: IntArray, value: FloatArray, rule: SensorSeries, counts: Counter[str]) -> tuple[IntArray, FloatArray]:
    """Samples without stuck ones and spikes."""
    if rule.stuck_after_hours is not None:
        stuck = cleaning.stuck(ms, value, rule.stuck_after_hours * MS_PER_HOUR)
        ms, value = cleaning.without(stuck, "stuck", ms, value, counts)
    if rule.spikes is not None:
        ms, value = cleaning.without(cleaning.spikes(value, rule.spikes), "spike", ms, value, counts)
    return ms, value


def _counted(
    ms: IntArray, register: FloatArray, rule: SensorSeries, most_ms: int, counts: Counter[str]
) -> tuple[Signal, bool]:
    """The register of a meter as mean power between its readings; the sign is that of the power."""
    least, most = rule.limits
    greatest = max(abs(least), abs(most))
    begin, length, power = cleaning.increments(ms, register, rule.rolls_over_at_kwh, greatest, counts)
    power = power * rule.sign
    wrong = (power < least) | (power > most)
    counts["impossible"] += int(wrong.sum())
    turned = _turned(wrong, power, least, most)
    begin, length, power = begin[~wrong], length[~wrong], power[~wrong]
    counts["spread"] += int((length > most_ms).sum())
    return Signal(begin, length, power), turned
