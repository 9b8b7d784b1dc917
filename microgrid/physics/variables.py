"""Variables on an asset's block, indexed by step, point, month or any list of names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from microgrid.horizon import FloatArray, Horizon

Bound = FloatArray | float | None


def add_variable(
    block: Any,
    horizon: Horizon,
    name: str,
    over: Literal["step", "point", "month"] | Sequence[Any] = "step",
    lower: Bound = 0.0,
    upper: Bound = None,
    binary: bool = False,
) -> Any:
    """Declare ``block.<name>`` over steps (N), points (N+1), months or a list of labels, with lower <= x <= upper.

    A bound is one number, an array over the index, or None; labels take binary variables only. ``name`` carries the
    unit ("charge_kw").
    """
    import pyomo.core as pyo

    if not isinstance(over, str):
        index, size = over, len(over)
    else:
        size = {"step": horizon.steps, "point": horizon.steps + 1, "month": len(horizon.months)}[over]
        if block.component(over) is None:
            block.add_component(over, pyo.RangeSet(0, size - 1))
        index = block.component(over)
    if binary:
        variable = pyo.Var(index, domain=pyo.Binary)
    else:
        variable = pyo.Var(index, domain=pyo.Reals, bounds=_bounds(lower, upper, size))
    block.add_component(name, variable)
    return block.component(name)


def _bounds(lower: Bound, upper: Bound, size: int) -> Any:
    """What Pyomo takes as bounds: one pair where every index has the same, which spares a call for each."""
    if not isinstance(lower, np.ndarray) and not isinstance(upper, np.ndarray):
        return tuple(None if bound is None else float(bound) for bound in (lower, upper))
    low, high = _listed(lower, size), _listed(upper, size)
    return lambda _, t: (low[t], high[t])


def _listed(bound: Bound, size: int) -> Sequence[float | None]:
    if not isinstance(bound, np.ndarray):
        return [None if bound is None else float(bound)] * size
    if len(bound) != size:
        raise ValueError(f"a bound has {len(bound)} values for an index of {size}")
    listed: list[float | None] = bound.tolist()
    return listed
