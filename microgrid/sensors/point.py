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
from microgrid.sensors.cleaning import Believed, Span
from microgrid.sensors.schema import SensorSeries
from microgrid.sensors.signal import MS_PER_HOUR, Signal, held, usual_distance
from microgrid.sensors.stamps import instants

_NEARLY_ALL = 0.9
_GREATEST = 1e15
# What is counted, in the order in which it is told: key -> explanation. Left out, unless it says otherwise.
KINDS = {
    "not used": "rows long before or after the horizon",
    "no stamp": "rows without a stamp",
    "bad quality": "rows that the archive itself calls bad",
    "no number": "texts, empty values, and numbers beyond 1e15",
    "no such local time": "stamps that the clock leaves out in spring",
    "doubled hour": "rows of the hour that autumn doubles whose order does not tell which, taken as the first",
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
    "raised": "steps whose mean was below the floor, raised to it",
    "partly measured": "steps of which a part is measured, which stands for the whole",
}
# Of these, what takes rows away.
LEFT_OUT = (
    "no stamp", "bad quality", "no number", "no such local time", "contradicted", "impossible", "in the dark", "stuck",
    "spike", "reset",
)  # fmt: skip


@dataclass(frozen=True)
class Read:
    """A point's signal in the unit of its series; counts: what was found within the horizon, by kind of ``KINDS``.

    rows: of the horizon, and those without a stamp; usual_seconds: between rows; turned: whether it looks as though its
    sign is the other one.
    """

    signal: Signal
    counts: Counter[str]
    rows: int
    usual_seconds: float
    turned: bool


@dataclass(frozen=True)
class Told:
    """What holds for the whole archive. zone: of stamps, "UTC" if they are instants; units: by code; inner: counted."""

    zone: str
    units: list[str]
    inner: Span
    shown: str


def read_point(name: str, raw: Raw, rule: SensorSeries, told: Told) -> Read:
    """The rows of a point as a signal.

    Raises:
        InputError: a unit of another dimension.
    """
    counts: Counter[str] = Counter({"not used": raw.outside, "no stamp": raw.unstamped})
    ms, value = _on_the_clock(raw, _in_unit(name, raw, rule, told), told, counts)
    rows = int(told.inner.holds(ms).sum()) + counts["doubled"] + counts["no such local time"] + raw.unstamped
    ms, value = cleaning.in_order(ms, value, counts, told.inner)
    usual = usual_distance(ms)
    hold = None if rule.hold_hours is None else int(rule.hold_hours * MS_PER_HOUR)
    samples = Believed(ms, value * (1 if rule.quantity == "counter" else rule.sign), counts, told.inner)
    if rule.quantity == "counter":
        signal, turned = _counted(samples, rule, 3 * usual if hold is None else hold)
    else:
        turned = _believe(samples, rule)
        signal = held(ms, samples.value, rule.stamps, hold).only(samples.kept)
    return Read(signal, counts, rows, usual / 1000, turned)


def _on_the_clock(raw: Raw, value: FloatArray, told: Told, counts: Counter[str]) -> tuple[IntArray, FloatArray]:
    """Stamps as instants, with their values; what is no number is counted here, since its stamp is known now."""
    ms, bad = raw.ms, np.zeros(len(raw.ms), dtype=bool) if raw.bad is None else raw.bad
    if told.zone != "UTC" and len(ms):
        # The order of rows tells the doubled hour of autumn, and a row that says the same again would blur it.
        fresh = np.append(True, (np.diff(ms) != 0) | (np.diff(value) != 0))
        again, value, bad = ms[~fresh], value[fresh], bad[fresh]
        ms, there, unsure = instants(ms[fresh], told.zone)
        counts["doubled"] += int(told.inner.holds(instants(again, told.zone)[0]).sum()) if len(again) else 0
        counts["no such local time"] += int((~there & told.inner.holds(ms)).sum())
        counts["doubled hour"] += int((unsure & told.inner.holds(ms)).sum())
        ms, value, bad = ms[there], value[there], bad[there]
    inner = told.inner.holds(ms)
    counts["bad quality"] = int((bad & inner).sum())
    counts["no number"] = int((np.isnan(value) & ~bad & inner).sum())
    return ms, value


def _in_unit(name: str, raw: Raw, rule: SensorSeries, told: Told) -> FloatArray:
    """Values in the canonical unit of what is recorded; NaN where they are beyond all measure.

    Energy that intervals of a known length count is their mean power.
    """

    def ratio(unit: str) -> tuple[float, float, bool]:
        counted = raw.hours is not None and rule.quantity == "power" and units.same_dimension(unit, "kWh")
        canonical = "kWh" if counted else rule.canonical
        try:
            return units.factor(unit, canonical), units.convert(0.0, unit, canonical), counted
        except ValueError as error:
            remedy = "correct the quantity of the series, or its unit" if unit else "say 'unit' in the series"
            expected = f"a unit of {rule.quantity}, such as {rule.canonical}"
            what = f"unit of point {name!r}: {error}"
            raise InputError(Problem(what, told.shown, None, "sensors", unit or "none", expected, remedy)) from None

    hours = np.ones(len(raw.value)) if raw.hours is None else raw.hours
    if raw.unit is None:
        factor, offset, counted = (np.full(len(raw.value), part) for part in ratio(rule.unit))
    else:
        ratios = np.zeros((len(told.units), 3))
        for code in np.unique(raw.unit[np.isfinite(raw.value)]):
            ratios[code] = ratio(told.units[code].strip() or rule.unit)
        factor, offset, counted = ratios[raw.unit].T
    with np.errstate(over="ignore"):
        value = (raw.value * factor / np.where(counted, hours, 1.0) + offset) * rule.scale
    return np.asarray(np.where(np.abs(value) <= _GREATEST, value, np.nan))


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
    if len(other) <= len(value) / 2 or not np.isfinite(least):
        return False
    return bool(((other >= least) & (other <= most)).mean() > _NEARLY_ALL)


def _counted(samples: Believed, rule: SensorSeries, most_ms: int) -> tuple[Signal, bool]:
    """The register of a meter as mean power between its readings; the sign is that of the power."""
    samples.without(cleaning.stray_readings(samples.value[samples.kept]), "spike")
    least, most = rule.limits
    ms, register, counts, inner = samples.ms[samples.kept], samples.value[samples.kept], samples.counts, samples.inner
    greatest = max(abs(least), abs(most))
    begin, length, power = cleaning.increments(ms, register, rule.rolls_over_at_kwh, greatest, counts, inner)
    power = power * rule.sign
    wrong = (power < least) | (power > most)
    counts["impossible"] += int((wrong & inner.holds(begin)).sum())
    turned = _turned(wrong, power, least, most)
    signal = Signal(begin, length, power).only(~wrong)
    counts["spread"] += int(((signal.length > most_ms) & inner.holds(signal.begin)).sum())
    return signal, turned
