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
    low, high = _listed(lower, size), _listed(upper, size)

    def bounds(_: Any, t: int) -> tuple[float | None, float | None]:
        return low[t], high[t]

    if binary:
        block.add_component(name, pyo.Var(index, domain=pyo.Binary))
    else:
        block.add_component(name, pyo.Var(index, domain=pyo.Reals, bounds=bounds))
    return block.component(name)


def _listed(bound: Bound, size: int) -> Sequence[float | None]:
    if bound is None or np.ndim(bound) == 0:
        return [None if bound is None else float(bound)] * size
    values = np.asarray(bound, dtype=float)
    if len(values) != size:
        raise ValueError(f"a bound has {len(values)} values for an index of {size}")
    listed: list[float | None] = values.tolist()
    return listed
