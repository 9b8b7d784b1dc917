"""Values of longer steps among shorter ones, as hours in a table of quarters: held over their time, or spread on it."""

from __future__ import annotations

import numpy as np

from microgrid import units
from microgrid.formats.column_units import unit_of
from microgrid.formats.source import Source
from microgrid.horizon import FloatArray, IntArray

_LONGEST = 3600
_LEAST_RUN, _SURE_RUN, _MOST_SHARE = 3, 12, 0.9


def is_energy(name: str) -> bool:
    """Whether the unit in a name is one of energy, and not a price or an emission of it."""
    unit = unit_of(name)
    return bool(unit) and units.same_dimension(unit, "kWh")


def lengths(stamps: IntArray, every: int) -> IntArray:
    """Length of the interval that begins at each stamp [s], (n,): ``every``, or the distance in a run of longer ones.

    Lost rows leave single holes of any length. So a run counts if it has twelve equal distances, or three where nearly
    all distances other than ``every`` lie in such runs; up to an hour.

    stamps: in order, each once.
    """
    gaps = np.diff(stamps)
    found = np.full(len(stamps), every, dtype=np.int64)
    first = np.flatnonzero(np.diff(gaps, prepend=-1))
    count = np.diff(np.append(first, len(gaps)))
    enough = (count >= _LEAST_RUN) | (len(first) == 1)
    long = (gaps[first] > every) & (gaps[first] <= _LONGEST) & (gaps[first] % every == 0) & enough
    usual = count[long].sum() >= _MOST_SHARE * (gaps != every).sum()
    for run in np.flatnonzero(long & (usual | (count >= _SURE_RUN))):
        begin, end = first[run], first[run] + count[run]
        found[begin:end] = gaps[begin]
        if end == len(gaps) or gaps[end] >= gaps[begin]:  # the last of the run, before nothing or a hole
            found[end] = gaps[begin]
    return found


def on_steps(source: Source, begin: IntArray, end: IntArray, name: str, values: FloatArray, energy: bool) -> FloatArray:
    """value[t] = value of the longer step that t lies in; of an energy its share, value / number of steps

    Where a column has a value at the first of several steps only, again and again, it is one of longer steps.

    Args:
        source: whose log counts the steps that were filled.
        begin: of each interval in order [s], (n,).
        end: of each interval, (n,).
        name: of the column.
        values: NaN where there is none, (n,).
        energy: whether they are energies of the interval, and not means or prices.
    """
    known = np.flatnonzero(~np.isnan(values))
    step = int((end - begin).min()) if len(begin) else 0
    if len(known) < _LEAST_RUN + 1 or len(known) == len(values) or (end - begin != step).any():
        return values
    length = lengths(begin[known], step)
    if (length == step).all():
        return values
    filled, number = values.copy(), length // step
    for row, times in zip(known[number > 1], number[number > 1], strict=True):
        last = np.searchsorted(begin, begin[row] + times * step)
        filled[row:last] = values[row] / times if energy else values[row]
    how = f"values of {length.max() / 60:g} min among steps of {step / 60:g} min: {'spread' if energy else 'held'}"
    source.log.add(source.label, name, "longer steps", int((number > 1).sum()), how)
    return filled
