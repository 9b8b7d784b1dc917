"""Sharing keys of an energy community: each participant's part of what its producers feed in, interval by interval.

In France (autoconsommation collective) what a consumer gets in an interval is a coefficient times the production, at
most what its meter shows; without coefficients, it is pro rata of consumption; the interval is that of the settlement
of imbalances (code de l'énergie, articles D315-1 to D315-6, décret 2017-676). Static and pro rata, at most the
consumption of a quarter of an hour, are also the two ways of § 42b EnWG (Germany; BDEW, Anwendungshilfe Solarpaket 1).
Luxembourg knows priority, percentage and pro rata of a quarter of an hour (weshareenergy.lu, "clés de répartition").
Italy counts as shared in an hour the lesser of what is fed in and what is drawn (energy.mapsgroup.it, FAQ): every key
here that leaves nothing unused adds up to that. Equal parts whose unused rest goes to the others: hubwatt.fr, "clés de
répartition".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from microgrid.errors import InputError, Problem, nearest
from microgrid.formats.timed_table import TIME, Table
from microgrid.horizon import FloatArray, Horizon, IntArray

Key = Literal["dynamic", "static", "own", "priority", "equal"]
TOLERANCE = 1e-6  # coefficients are written with few decimals: a sum of up to 1 + 1e-6 is rounding


def by_coefficients(generation_kwh: FloatArray, consumption_kwh: FloatArray, coefficients: FloatArray) -> FloatArray:
    """shared[j, i] = min(s[j, i] x G[i], C[j, i]): a part that its participant cannot use becomes surplus.

    Args:
        generation_kwh: G, energy that all producers feed in, (N,) [kWh], at least 0.
        consumption_kwh: C, energy that each participant draws, (J, N) [kWh], at least 0.
        coefficients: s, one for all intervals (J,) or one for each (J, N); at least 0. A sum over the participants
            that exceeds 1 by rounding, up to 1e-6, is scaled back to 1.

    Returns:
        Energy that each participant gets, (J, N) [kWh].

    Raises:
        ValueError: coefficients below 0, or a sum above 1 + 1e-6.

    Source: code de l'énergie, articles D315-1 to D315-6.
    """
    total = coefficients.sum(axis=0)
    if (coefficients < 0).any() or (total > 1 + TOLERANCE).any():
        raise ValueError("coefficients must be at least 0 and add up to 1 at most")
    share = coefficients / np.maximum(total, 1.0)
    columns = share if share.ndim == 2 else share[:, None]
    return np.asarray(np.minimum(columns * generation_kwh, consumption_kwh))


def pro_rata(generation_kwh: FloatArray, consumption_kwh: FloatArray) -> FloatArray:
    """shared[j, i] = C[j, i] x min(1, G[i] / sum of C[., i]): pro rata of consumption, the usual default.

    Args:
        generation_kwh: G, (N,) [kWh], at least 0.
        consumption_kwh: C, (J, N) [kWh], at least 0.

    Returns:
        Energy that each participant gets, (J, N) [kWh]; together min(G, sum of C).

    Source: code de l'énergie, article D315-6.
    """
    drawn = consumption_kwh.sum(axis=0)
    covered = np.divide(generation_kwh, drawn, out=np.ones(len(generation_kwh)), where=drawn > generation_kwh)
    return np.asarray(consumption_kwh * covered)


def in_order(generation_kwh: FloatArray, consumption_kwh: FloatArray) -> FloatArray:
    """shared[j, i] = min(C[j, i], max(0, G[i] - sum of C[k, i] over k before j)): one participant after the other.

    Args:
        generation_kwh: G, (N,) [kWh], at least 0.
        consumption_kwh: C, (J, N) [kWh], at least 0; the first row is served first.

    Returns:
        Energy that each participant gets, (J, N) [kWh]; together min(G, sum of C).
    """
    before = np.vstack([np.zeros(len(generation_kwh)), np.cumsum(consumption_kwh, axis=0)[:-1]])
    return np.asarray(np.minimum(consumption_kwh, (generation_kwh - before).clip(0)))


def in_equal_parts(generation_kwh: FloatArray, consumption_kwh: FloatArray) -> FloatArray:
    """shared[j, i] = min(C[j, i], L[i]), with the level L at which all of G is shared or everyone has enough.

    Repeated equal parts, whose unused rest goes to the other participants each time, end at this level. With C in
    rising order and S[k] the sum of the k lowest, min(C, L) adds up to the least of S[k] + (J - k) x L over k < J, so
    that L = greatest of (G - S[k]) / (J - k).

    Args:
        generation_kwh: G, (N,) [kWh], at least 0.
        consumption_kwh: C, (J, N) [kWh], at least 0.

    Returns:
        Energy that each participant gets, (J, N) [kWh]; together min(G, sum of C).
    """
    rising = np.sort(consumption_kwh, axis=0)
    lowest = np.vstack([np.zeros(len(generation_kwh)), np.cumsum(rising, axis=0)[:-1]])
    others = np.arange(len(consumption_kwh), 0, -1)[:, None]
    level = ((generation_kwh - lowest) / others).max(axis=0)
    return np.asarray(np.minimum(consumption_kwh, level))


def among_producers(generation_kwh: FloatArray, shared_kwh: FloatArray) -> FloatArray:
    """sold[p, i] = A[i] x G[p, i] / sum of G[., i]: each producer's part of what is shared, pro rata of feed-in.

    Args:
        generation_kwh: G, energy that each producer feeds in, (P, N) [kWh], at least 0.
        shared_kwh: A, energy that all participants get, (N,) [kWh], at most the sum of G.

    Returns:
        Energy that each producer sells to the community, (P, N) [kWh]; the rest of its generation is its surplus.
    """
    together = generation_kwh.sum(axis=0)
    part = np.divide(shared_kwh, together, out=np.zeros(len(shared_kwh)), where=together > 0)
    return np.asarray(generation_kwh * np.minimum(part, 1.0))


def read_coefficients(table: Table, names: list[str]) -> FloatArray:
    """Read the coefficients of each participant and row, (J, N), from a table with a column for each participant.

    Raises:
        InputError: a missing column, a column of no participant, a value below 0, a row with a sum above 1 + 1e-6.
    """
    unknown = [str(column) for column in table.frame.columns if column not in (TIME, *names)]
    if unknown:
        remedy = f"did you mean {nearest(unknown[0], names)!r}?" if nearest(unknown[0], names) else None
        raise InputError(
            Problem("no participant of this name", table.name, 1, unknown[0], expected=", ".join(names), remedy=remedy)
        )
    found = np.array([table.column(name) for name in names])
    wrong = np.flatnonzero((found < 0).any(axis=0) | (found.sum(axis=0) > 1 + TOLERANCE))
    if len(wrong):
        row = int(wrong[0])
        expected = "coefficients of at least 0 that add up to 1 at most"
        values = ", ".join(f"{value:g}" for value in found[:, row])
        raise InputError(Problem("impossible coefficients", table.name, row + 2, value=values, expected=expected))
    return found


def steps_per_interval(table: Table, interval_hours: float, timezone: str) -> int:
    """Number of rows of a table in a metering interval; intervals begin on the clock of the time zone.

    Raises:
        InputError: a step that does not divide the interval, or a table that begins or ends within an interval.
    """
    points = table.points
    interval = round(interval_hours * 3600)
    step = int(points[1] - points[0])
    begin = pd.Timestamp(int(points[0]), unit="s", tz=timezone)
    if interval % step:
        remedy = "choose an interval as long as the longest step of all meters"
        lengths = f"{step / 60:g} min in {interval / 60:g} min"
        raise InputError(Problem("the step does not divide the interval", table.name, value=lengths, remedy=remedy))
    if (begin.minute * 60 + begin.second) % interval or (points[-1] - points[0]) % interval:
        message = "the table begins or ends within a metering interval"
        expected = f"whole intervals of {interval / 60:g} min on the clock of {timezone}"
        raise InputError(Problem(message, table.name, value=span(points, timezone), expected=expected))
    return interval // step


def span(points: IntArray, timezone: str) -> str:
    """Text of the first and last of some instants [s since 1970]: "2024-01-01T00:00:00+01:00 to ..."."""
    begin, end = (pd.Timestamp(int(point), unit="s", tz=timezone) for point in points[[0, -1]])
    return f"{begin.isoformat()} to {end.isoformat()}"


@dataclass(frozen=True, eq=False)
class Curve:
    """Load curve of a meter: mean power of its steps [kW], (N x n,), n of which make one of N metering intervals."""

    power_kw: FloatArray
    horizon: Horizon
    per_interval: int

    @property
    def energy_kwh(self) -> FloatArray:
        """Energy of each metering interval [kWh], (N,)."""
        steps = self.power_kw * self.horizon.step_hours
        return np.asarray(steps.reshape(-1, self.per_interval).sum(axis=1))

    def shared_kw(self, shared_kwh: FloatArray) -> FloatArray:
        """Power x shared / energy: shared energy of each interval as power of its steps [kW], (N x n,)."""
        energy = self.energy_kwh
        part = np.divide(shared_kwh, energy, out=np.zeros(len(energy)), where=energy > 0).clip(0, 1)
        return np.asarray(self.power_kw * np.repeat(part, self.per_interval))
