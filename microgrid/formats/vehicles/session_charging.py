"""Charging sessions: checks of their values, and their charging power in equal steps of time."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from microgrid.formats.clock.timestamps import DAY
from microgrid.formats.source import Source
from microgrid.horizon import BoolArray, FloatArray, IntArray

COLUMNS = ("charging_kw", "latest_kw", "charging_max_kw", "connected_count")
Faulty = Literal["refuse", "leave_out"]
Overlaps = Literal["refuse", "leave_out", "keep"]
# A car left at an airport stays for weeks; a longer stay is due to a wrong stamp.
_LONGEST_STAY_S = 92 * DAY
# Chargers of heavy lorries reach 3,750 kW (MCS), their batteries about 1,000 kWh; larger values are in a wrong unit.
MOST_KW = 5000.0
_MOST_KWH = 5000.0
# Pairs of a session and a step within it: handled at a time, to bound the memory, and in all.
_PAIRS_AT_ONCE = 1_000_000
_MOST_PAIRS = 500_000_000
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Sessions:
    """Stays of cars, in the order of the file, (n,) each.

    arrival, departure: [s since 1970, UTC]; energy_kwh: energy charged within the stay; power_kw: limit of the charging
    power; line: line in the file; identity, station: number of the name of session and station, -1 without a name.
    """

    arrival: IntArray
    departure: IntArray
    energy_kwh: FloatArray
    power_kw: FloatArray
    line: IntArray
    identity: IntArray
    station: IntArray

    def rows(self, kept: BoolArray | slice) -> Sessions:
        """Selected sessions."""
        return replace(self, **{name: getattr(self, name)[kept] for name in self.__dataclass_fields__})

    @property
    def stay_s(self) -> IntArray:
        """Length of each stay [s]."""
        return self.departure - self.arrival

    @property
    def undelivered_kwh(self) -> FloatArray:
        """Energy that each session lacks at departure, max(0, E - P (departure - arrival)) [kWh]; 0 within rounding."""
        lack = self.energy_kwh - self.power_kw * self.stay_s / 3600
        return np.where(lack > _ROUNDING * np.maximum(self.energy_kwh, 1.0), lack, 0.0)

    def cut(self, column: str, begin: int, end: int) -> tuple[int, float]:
        """Number of sessions that a span [s since 1970, UTC] cuts, and the energy that they charge outside it [kWh].

        column: charging_kw or latest_kw, which define when sessions charge; both results are 0 for any other.
        """
        spans = _charging_spans(self.arrival, self.departure, _charging_s(self))
        if column not in spans:
            return 0, 0.0
        first, last = spans[column]
        over = [(self.arrival < edge) & (edge < self.departure) for edge in (begin, end)]
        outside = (last - first) - np.maximum(np.minimum(last, end) - np.maximum(first, begin), 0.0)
        lost_kwh = np.where(over[0] | over[1], self.power_kw * outside / 3600, 0.0)
        return int((lost_kwh > 0).sum()), float(lost_kwh.sum())


def sound(source: Source, sessions: Sessions, faulty: Faulty, overlaps: Overlaps) -> Sessions:
    """Sessions without duplicates and, with the options leave_out, without impossible and overlapping ones.

    Raises:
        InputError: an impossible or overlapping session, with its line and the option that leaves it out.
    """
    total = len(sessions.line)
    sessions = _each_once(source, sessions)
    for fault, wrong in _FAULTS:
        sessions = _without(source, sessions, wrong(sessions), fault, faulty, total)
    if overlaps != "keep":
        sessions = _without(source, sessions, _overlapping(sessions), _OVERLAP, overlaps, total)
    if not len(sessions.line):
        raise source.error("no session is left", expected="at least one session without a fault")
    lack = sessions.undelivered_kwh
    detail = (
        f"{lack.sum():,.3f} of {sessions.energy_kwh.sum():,.3f} kWh cannot be charged at the power limit in the stay"
    )
    source.log.add(source.label, "energy", "clipped to what fits", int((lack > 0).sum()), detail, of=total)
    return sessions


def _each_once(source: Source, sessions: Sessions) -> Sessions:
    """Sessions without rows that repeat all values of another, if the session or its station is named."""
    again = pd.DataFrame({n: getattr(sessions, n) for n in sessions.__dataclass_fields__ if n != "line"}).duplicated()
    doubled = again.to_numpy() & ((sessions.identity >= 0) | (sessions.station >= 0))
    source.log.add(
        source.label, "session", "doubled rows", int(doubled.sum()), "repeat another row; one of each is kept"
    )
    return sessions.rows(~doubled)


def _known_before(sessions: Sessions) -> BoolArray:
    known: pd.Series = pd.Series(sessions.identity)
    return np.asarray(known.duplicated().to_numpy() & (sessions.identity >= 0))


@dataclass(frozen=True)
class _Fault:
    """A fault of sessions: part of the session, message, expectation, and the option that leaves such sessions out."""

    column: str
    what: str
    expected: str
    option: str = "faulty"


_LONGEST = f"up to {_LONGEST_STAY_S // DAY} days"
_MOST_E = f"up to {_MOST_KWH:,.0f} kWh"
_MOST_P = f"up to {MOST_KW:,.0f} kW"
_FAULTS: tuple[tuple[_Fault, Callable[[Sessions], BoolArray]], ...] = (
    (_Fault("departure", "a departure before the arrival", "a departure after it"), lambda s: s.stay_s < 0),
    (_Fault("departure", "an impossibly long stay", _LONGEST), lambda s: s.stay_s > _LONGEST_STAY_S),
    (_Fault("energy", "a negative energy", "0 kWh or more"), lambda s: s.energy_kwh < 0),
    (_Fault("energy", "an impossible energy", _MOST_E), lambda s: s.energy_kwh > _MOST_KWH),
    (_Fault("power", "a negative power limit", "0 kW or more"), lambda s: s.power_kw < 0),
    (_Fault("power", "an impossible power limit", _MOST_P), lambda s: s.power_kw > MOST_KW),
    (_Fault("session", "a session that appears twice with different values", "each session once"), _known_before),
)
_OVERLAP = _Fault("station", "overlaps another session of its station", "one car at a time at each station", "overlaps")


def _without(
    source: Source, sessions: Sessions, wrong: BoolArray, fault: _Fault, handling: str, total: int
) -> Sessions:
    """Sessions without those that have a fault, (n,) in ``wrong``; an InputError with the option "refuse"."""
    if wrong.any() and handling == "refuse":
        row = int(np.flatnonzero(wrong)[0])
        many = f", and {int(wrong.sum()) - 1:,} more" if wrong.sum() > 1 else ""
        raise source.error(
            fault.what,
            line=int(sessions.line[row]),
            field=fault.column,
            value=_described(sessions, row) + many,
            expected=fault.expected,
            remedy=f"correct it, or state the option {fault.option}: leave_out"
            + (" or keep" if fault is _OVERLAP else ""),
        )
    left = f"left out: {float(np.maximum(sessions.energy_kwh[wrong], 0).sum()):,.3f} kWh"
    source.log.add(source.label, fault.column, fault.what, int(wrong.sum()), left, of=total)
    return sessions.rows(~wrong)


def _described(sessions: Sessions, row: int) -> str:
    begin, end = (np.datetime64(int(at[row]), "s") for at in (sessions.arrival, sessions.departure))
    return f"{sessions.energy_kwh[row]:g} kWh, {begin}Z to {end}Z"


def _overlapping(sessions: Sessions) -> BoolArray:
    """Whether each session begins while an earlier one, itself without overlap, occupies its station, (n,)."""
    wrong = np.zeros(len(sessions.line), dtype=bool)
    order = np.lexsort((sessions.departure, sessions.arrival, sessions.station))
    order = order[sessions.station[order] >= 0]
    station, begin, end = (at[order] for at in (sessions.station, sessions.arrival, sessions.departure))
    same = station[1:] == station[:-1]
    if not (same & (begin[1:] < end[:-1])).any():
        return wrong
    here, until = -1, 0
    for place, (where, arrives, departs) in enumerate(zip(station.tolist(), begin.tolist(), end.tolist(), strict=True)):
        if where == here and arrives < until:
            wrong[order[place]] = True
        else:
            here, until = where, departs
    return wrong


def on_steps(source: Source, sessions: Sessions, begin: int, steps: int, step: int) -> dict[str, FloatArray]:
    """Mean charging power over steps, (N,) each, if cars charge as soon, or as late, as possible.

    With arrival a, departure d, limit P, and duration h = min(E / P, d - a) of a session:
    charging_kw = sum of P on [a, a + h], latest_kw = sum of P on [d - h, d], charging_max_kw = sum of P on [a, d],
    connected_count = number of sessions on [a, d]; each integrated over the step and divided by its length.

    begin: of the first step [s since 1970, UTC], not after the first arrival; steps: their number N, up to the last
    departure or later; step: their length [s]. The integral over a step is exact to the rounding of its sum.

    Raises:
        InputError: too many pairs of sessions and steps within them.
    """
    found = {name: np.zeros(steps) for name in COLUMNS}
    reach = np.cumsum(_spread(sessions, begin, step)[3])
    if reach[-1] > _MOST_PAIRS:
        expected = f"up to {_MOST_PAIRS:,} steps within sessions"
        raise source.error("the steps are too short", field="format.step", value=f"{reach[-1]:,}", expected=expected)
    edges = np.searchsorted(reach, np.arange(0, int(reach[-1]) + 1, _PAIRS_AT_ONCE))
    for low, high in itertools.pairwise([0, *edges[1:].tolist(), len(reach)]):
        _add(found, sessions.rows(slice(low, high)), begin, step)
    return found


def _spread(sessions: Sessions, begin: int, step: int) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """First step of each session, arrival and departure after the begin of that step [s], number of steps; (n,) each.

    Times from the begin of a step are small, and keep more digits than times since 1970.
    """
    first, inside = np.divmod(sessions.arrival - begin, step)
    until = inside + sessions.stay_s
    return first, inside, until, -(-until // step)


def _add(found: dict[str, FloatArray], sessions: Sessions, begin: int, step: int) -> None:
    """Add the sessions to the series in ``found``, each spread over the steps that it overlaps."""
    first, inside, until, count = _spread(sessions, begin, step)
    row = np.repeat(np.arange(len(first)), count)
    if not len(row):
        return
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    place = first[row] + nth
    low = (nth * step).astype(float)
    charging_s = _charging_s(sessions)
    power_kw = sessions.power_kw[row]
    spans = {**_charging_spans(inside, until, charging_s), "charging_max_kw": (inside, until)}
    least, most = int(place.min()), int(place.max()) + 1
    share = np.zeros(len(row))
    for name, (start, end) in spans.items():
        share = np.maximum(np.minimum(end[row], low + step) - np.maximum(start[row], low), 0.0) / step
        found[name][least:most] += np.bincount(place - least, share * power_kw, most - least)
    found["connected_count"][least:most] += np.bincount(place - least, share, most - least)


def _charging_spans(
    arrival: IntArray, departure: IntArray, charging_s: FloatArray
) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Begin and end of charging at the limit of each session [s], (n,) each, by column: charging_kw, latest_kw."""
    return {
        "charging_kw": (arrival, np.minimum(arrival + charging_s, departure)),
        "latest_kw": (np.maximum(departure - charging_s, arrival), departure),
    }


def _charging_s(sessions: Sessions) -> FloatArray:
    """Duration of charging at the limit of each session, min(E / P, stay) [s], (n,)."""
    stay = sessions.stay_s.astype(float)
    fits = sessions.power_kw * stay / 3600 > sessions.energy_kwh
    return np.where(fits, 3600 * sessions.energy_kwh / np.where(fits, sessions.power_kw, 1.0), stay)
