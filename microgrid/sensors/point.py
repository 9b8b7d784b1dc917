"""One point of the archive: its rows are turned into a signal, and faults are counted and left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from microgrid import units
from microgrid.errors import InputError, Problem
from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.sensors import cleaning
from microgrid.sensors.archive import RawRows
from microgrid.sensors.cleaning import CheckedSamples, Span
from microgrid.sensors.schema import SensorSeries
from microgrid.sensors.signal import MS_PER_HOUR, Signal, held, usual_distance
from microgrid.sensors.stamps import instants

_NEARLY_ALL = 0.9
_GREATEST = 1e15
# Kind of fault or repair -> explanation, in the order of reports; rows are left out unless it says otherwise.
KINDS = {
    "not used": "rows long before or after the horizon",
    "no stamp": "rows without a stamp",
    "bad quality": "rows that the archive itself calls bad",
    "no number": "texts, empty values, and numbers beyond 1e15",
    "no such local time": "stamps that the clock leaves out in spring",
    "doubled hour": "rows of the repeated hour of autumn whose order does not show which pass; read as the first",
    "sorted": "rows that followed a later one, put in order",
    "doubled": "rows that repeat the stamp and value of another",
    "contradicted": "rows with a later row of another value at their stamp, which is used",
    "impossible": "values outside of what can be",
    "in the dark": "solar power while the sun is down",
    "stuck": "values repeated for longer than can be",
    "spike": "single values that jump up or down and back",
    "rolled over": "registers that began again from 0, continued",
    "reset": "registers that fell without rolling over; the interval is left out",
    "spread": "long intervals between readings, whose energy is spread evenly",
    "raised": "steps whose mean was below the floor, raised to it",
    "partly measured": "steps of which a part is measured, which stands for the whole",
}
# Kinds of fault whose rows are left out and leave a hole.
LEFT_OUT = (
    "no stamp", "bad quality", "no number", "no such local time", "contradicted", "impossible", "in the dark", "stuck",
    "spike", "reset",
)  # fmt: skip


@dataclass(frozen=True)
class Read:
    """Signal of a point in the unit of its series, with the faults that were found.

    counts: faults and repairs within the horizon, by kind of ``KINDS``; rows: number of rows in the horizon and of
    those without a stamp; usual_seconds: median distance of two rows [s]; turned: whether its sign seems to be wrong.
    """

    signal: Signal
    counts: Counter[str]
    rows: int
    usual_seconds: float
    turned: bool


@dataclass(frozen=True)
class ArchiveFacts:
    """Facts about a whole archive, which reading a point needs.

    zone: time zone of the stamps, "UTC" if they are instants; units: units by their code; inner: span in which faults
    are counted; shown: the case file, as errors name it.
    """

    zone: str
    units: list[str]
    inner: Span
    shown: str


def read_point(name: str, raw: RawRows, rule: SensorSeries, facts: ArchiveFacts) -> Read:
    """Turn the rows of a point into a signal.

    Raises:
        InputError: a unit that is unknown or does not fit the quantity of the series.
    """
    counts: Counter[str] = Counter({"not used": raw.outside, "no stamp": raw.unstamped})
    ms, value = _on_the_clock(raw, _in_unit(name, raw, rule, facts), facts, counts)
    rows = int(facts.inner.holds(ms).sum()) + counts["doubled"] + counts["no such local time"] + raw.unstamped
    ms, value = cleaning.in_order(ms, value, counts, facts.inner)
    usual = usual_distance(ms)
    hold = None if rule.hold_hours is None else int(rule.hold_hours * MS_PER_HOUR)
    samples = CheckedSamples(ms, value * (1 if rule.quantity == "counter" else rule.sign), counts, facts.inner)
    if rule.quantity == "counter":
        signal, turned = _counted(samples, rule, 3 * usual if hold is None else hold)
    else:
        turned = _reject_faults(samples, rule)
        signal = held(ms, samples.value, rule.stamps, hold).only(samples.kept)
    return Read(signal, counts, rows, usual / 1000, turned)


def _on_the_clock(
    raw: RawRows, value: FloatArray, facts: ArchiveFacts, counts: Counter[str]
) -> tuple[IntArray, FloatArray]:
    """Convert stamps to instants [ms], with their values; counts rows by bad quality, without number or instant."""
    ms = raw.ms
    bad = np.zeros(len(raw.ms), dtype=bool) if raw.bad is None else raw.bad
    if facts.zone != "UTC" and len(ms):
        # The order of rows decides which pass of the doubled hour they are of; repeated rows would obscure it.
        fresh = np.append(True, (np.diff(ms) != 0) | (np.diff(value) != 0))
        again, value, bad = ms[~fresh], value[fresh], bad[fresh]
        ms, there, unsure = instants(ms[fresh], facts.zone)
        counts["doubled"] += int(facts.inner.holds(instants(again, facts.zone)[0]).sum()) if len(again) else 0
        counts["no such local time"] += int((~there & facts.inner.holds(ms)).sum())
        counts["doubled hour"] += int((unsure & facts.inner.holds(ms)).sum())
        ms, value, bad = ms[there], value[there], bad[there]
    inner = facts.inner.holds(ms)
    counts["bad quality"] = int((bad & inner).sum())
    counts["no number"] = int((np.isnan(value) & ~bad & inner).sum())
    return ms, value


def _in_unit(name: str, raw: RawRows, rule: SensorSeries, facts: ArchiveFacts) -> FloatArray:
    """Values in the canonical unit of the recorded quantity, (n,); NaN where they exceed 1e15.

    Energy of intervals of a known length is converted to their mean power.
    """

    def ratio(unit: str) -> tuple[float, float, bool]:
        counted = raw.hours is not None and rule.quantity == "power" and units.same_dimension(unit, "kWh")
        canonical = "kWh" if counted else rule.canonical
        try:
            return units.factor(unit, canonical), units.convert(0.0, unit, canonical), counted
        except ValueError as error:
            remedy = "correct 'quantity' or 'unit' of the series" if unit else "state 'unit' in the series"
            expected = f"a unit of {rule.quantity}, such as {rule.canonical}"
            what = f"unit of point {name!r}: {error}"
            raise InputError(Problem(what, facts.shown, None, "sensors", unit or "none", expected, remedy)) from None

    hours = np.ones(len(raw.value)) if raw.hours is None else raw.hours
    if raw.unit is None:
        factor, offset, counted = (np.full(len(raw.value), part) for part in ratio(rule.unit))
    else:
        ratios = np.zeros((len(facts.units), 3))
        for code in np.unique(raw.unit[np.isfinite(raw.value)]):
            ratios[code] = ratio(facts.units[code].strip() or rule.unit)
        factor, offset, counted = ratios[raw.unit].T
    with np.errstate(over="ignore"):
        value = (raw.value * factor / np.where(counted, hours, 1.0) + offset) * rule.scale
    return np.asarray(np.where(np.abs(value) <= _GREATEST, value, np.nan))


def _reject_faults(samples: CheckedSamples, rule: SensorSeries) -> bool:
    """Reject impossible values, stuck values and spikes; returns whether the sign of the series seems to be wrong."""
    least, most = rule.limits
    value = samples.value[samples.kept]
    wrong = (value < least) | (value > most)
    turned = _turned(wrong, value, least, most)
    samples.without(wrong, "impossible")
    if rule.stuck_after_hours is not None:
        ms = samples.ms[samples.kept]
        value = samples.value[samples.kept]
        samples.without(cleaning.stuck(ms, value, rule.stuck_after_hours * MS_PER_HOUR), "stuck")
    if rule.spikes is not None:
        samples.without(cleaning.spikes(samples.value[samples.kept], rule.spikes), "spike")
    return turned


def _turned(wrong: BoolArray, value: FloatArray, least: float, most: float) -> bool:
    """Whether most values are impossible, and nearly all of these would be possible with the other sign."""
    other = -value[wrong]
    if len(other) <= len(value) / 2 or not np.isfinite(least):
        return False
    return bool(((other >= least) & (other <= most)).mean() > _NEARLY_ALL)


def _counted(samples: CheckedSamples, rule: SensorSeries, most_ms: int) -> tuple[Signal, bool]:
    """Signal of a register, which is mean power between readings, and whether the sign of the series seems wrong."""
    samples.without(cleaning.stray_readings(samples.value[samples.kept]), "spike")
    least, most = rule.limits
    ms = samples.ms[samples.kept]
    register = samples.value[samples.kept]
    counts = samples.counts
    inner = samples.inner
    greatest = max(abs(least), abs(most))
    begin, length, power = cleaning.increments(ms, register, rule.rolls_over_at_kwh, greatest, counts, inner)
    power = power * rule.sign
    wrong = (power < least) | (power > most)
    counts["impossible"] += int((wrong & inner.holds(begin)).sum())
    turned = _turned(wrong, power, least, most)
    signal = Signal(begin, length, power).only(~wrong)
    counts["spread"] += int(((signal.length > most_ms) & inner.holds(signal.begin)).sum())
    return signal, turned
