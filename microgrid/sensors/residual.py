"""Balance of the measured flows of a node: the residual of their sum, and the point that explains it best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from microgrid.horizon import FloatArray

_MOST_LAG = 8  # steps
# Further suspects are reported if they leave as little unexplained as the first, absolutely or as a multiple of it.
_AS_GOOD = 0.02
_TIMES_WORSE = 3.0
# Limits of a scale factor that a wrong unit or transformer ratio can explain, and of one that is -1 but for noise.
_NO_FLOW = 1 / 2000
_DOUBTFUL = 20.0
_PLAIN = 0.03
_EXPLAINS = 0.3  # share of the residual's mean square that a fault must explain to be reported


@dataclass(frozen=True)
class Suspect:
    """Point with a suspected fault, and the share of the residual's mean square that the fault explains, 0 to 1."""

    point: str
    fault: str
    explains: float


@dataclass(frozen=True)
class Residual:
    """Residual of a balance.

    left_kw: in - out of each step [kW], NaN where a flow is missing, (N,); share: its root mean square divided by that
    of the flow through the node; bias_kw: its mean [kW]; steps: number of steps with all flows; within: whether the
    share is within the stated limit; suspects: likely faults, likeliest first.
    """

    left_kw: FloatArray
    share: float
    bias_kw: float
    steps: int
    within: bool
    suspects: tuple[Suspect, ...]


def residual(flows: Mapping[str, tuple[float, FloatArray]], within: float) -> Residual:
    """left[t] = sum of sign x flow[t] over all points, and the single faults that would explain it.

    For each point with flow x, by least squares:  left = a sign x  means that it reads k = 1 / (1 - a) times the true
    flow (k = -1: with the opposite sign);  left = sign (x(t) - x(t + lag))  means that its clock is late by the lag. A
    constant offset explains the mean of ``left``. The fault that explains most of the mean square of ``left`` is named
    first. Each fault is assumed to be the only one: two faults at once are not separated.

    Args:
        flows: point -> +1 into the node or -1 out of it, and its flow [kW], (N,), NaN where missing.
        within: largest share of the flow that is accepted as residual.
    """
    signed = {name: sign * flow for name, (sign, flow) in flows.items()}
    left = np.sum(list(signed.values()), axis=0)
    known = np.isfinite(left)
    if not known.any():
        return Residual(left, np.nan, np.nan, 0, False, ())
    through = np.sum(np.abs(list(signed.values())), axis=0)[known] / 2
    rest = left[known]
    scale = float(np.sqrt(np.mean(through**2)))
    share = float(np.sqrt(np.mean(rest**2))) / scale if scale else 0.0
    suspects = () if share <= within else tuple(_suspects(signed, left, known))
    return Residual(left, share, float(rest.mean()), int(known.sum()), share <= within, suspects)


def _suspects(signed: Mapping[str, FloatArray], left: FloatArray, known: FloatArray) -> list[Suspect]:
    rest = left[known]
    total = float(rest @ rest)
    spread = float(np.sum((rest - rest.mean()) ** 2))
    found = []
    for name, flow in signed.items():
        faults = (*_scale_fault(name, flow[known], rest, total), *_clock_fault(name, flow, left, total))
        best = max(faults, key=_explains, default=None)
        if best is not None and best.explains >= _EXPLAINS:
            found.append(best)
    found.sort(key=_explains, reverse=True)
    offset = 1 - spread / total
    if offset >= _EXPLAINS and (not found or found[0].explains < offset):
        found.insert(0, Suspect("", f"a constant {rest.mean():+,.3g} kW that the course of no point explains", offset))
    unexplained = max(_AS_GOOD, _TIMES_WORSE * (1 - found[0].explains)) if found else 0.0
    return [suspect for suspect in found if 1 - suspect.explains <= unexplained][:3]


def _explains(suspect: Suspect) -> float:
    return suspect.explains


def _scale_fault(name: str, flow: FloatArray, rest: FloatArray, total: float) -> list[Suspect]:
    """Fault by which a point would read a constant multiple of its true flow; empty for a flow of 0."""
    power = float(flow @ flow)
    if not power:
        return []
    a = float(flow @ rest) / power
    times = 1 / (1 - a) if abs(1 - a) > _NO_FLOW else np.inf
    if times == np.inf or times < -_DOUBTFUL:
        fault = "does not belong to this node"
    elif times < 0:
        factor = "" if abs(times + 1) < _PLAIN else f", and {-times:.4g} times the true value"
        fault = f"has the opposite sign{factor}"
    else:
        doubt = ", or does not belong to this node" if times > _DOUBTFUL else ""
        fault = f"reads {times:.4g} times the true value{doubt}"
    return [Suspect(name, fault, a * a * power / total)]


def _clock_fault(name: str, flow: FloatArray, left: FloatArray, total: float) -> list[Suspect]:
    """Fault by which the clock of a point would be off by some steps, at the lag that explains most."""
    best: Suspect | None = None
    for lag in (*range(-_MOST_LAG, 0), *range(1, _MOST_LAG + 1)):
        moved = np.full(len(flow), np.nan)
        if lag > 0:
            moved[:-lag] = flow[lag:]
        else:
            moved[-lag:] = flow[:lag]
        off = left - (flow - moved)
        off = off[np.isfinite(off)]
        if len(off) < len(flow) // 2:
            continue
        explains = 1 - float(off @ off) / total
        if best is None or explains > best.explains:
            best = Suspect(name, f"its clock is {abs(lag)} step(s) {'late' if lag > 0 else 'early'}", explains)
    return [] if best is None else [best]
