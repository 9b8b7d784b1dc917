"""Variables and rules on an asset's block, over steps, points, months or any list of labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from microgrid.horizon import FloatArray, Horizon, IntArray

if TYPE_CHECKING:
    from microgrid.contract.linear import Variable, Vector

Bound = FloatArray | float | None


def add_variable(
    block: Any,
    horizon: Horizon,
    name: str,
    over: Literal["step", "point", "month"] | Sequence[Any] = "step",
    lower: Bound = 0.0,
    upper: Bound = None,
    binary: bool = False,
    step: IntArray | None = None,
) -> Variable:
    """Declare ``block.<name>`` over steps (N), points (N+1), months or a list of labels, with lower <= x <= upper.

    A bound is one number, an array over the index, or None for no limit. ``name`` ends in the unit ("charge_kw").
    ``step``: the step that each label belongs to, so that a long horizon can be cut into windows.
    """
    import pyomo.core as pyo

    from microgrid.contract.linear import Variable

    if isinstance(over, str):
        size = {"step": horizon.steps, "point": horizon.steps + 1, "month": len(horizon.months)}[over]
        if block.component(over) is None:
            block.add_component(over, pyo.RangeSet(0, size - 1))
        index = block.component(over)
        axis: str = over
    else:
        index = list(over)
        size = len(index)
        axis = "label"
    low, high = (0.0, 1.0) if binary else (lower, upper)
    variable = Variable(index, axis, _filled(low, size, -np.inf), _filled(high, size, np.inf), binary, step)
    block.add_component(name, variable)
    return variable


def add_rows(
    block: Any,
    name: str,
    vector: Vector,
    *,
    lower: Bound = None,
    upper: Bound = None,
    equal: Bound = None,
    step: IntArray | Literal["each"] | None = "each",
    unit: str = "kW",
) -> None:
    """Declare ``block.<name>``: lower <= vector <= upper, or vector = equal, in every row.

    A limit is one number or an array over the rows. ``step``: the step that each row belongs to, by which it is named;
    None where rows belong to something else, such as a day. ``unit``: of both sides, shown with the violation of a row;
    "" for a count.
    """
    import pyomo.core as pyo

    from microgrid.contract.linear import Rows

    low, high = (lower, upper) if equal is None else (equal, equal)
    count = vector.size
    about = np.arange(count) if isinstance(step, str) else step
    in_order = about is None or np.array_equal(about, np.arange(count))
    index = pyo.RangeSet(0, count - 1) if in_order or about is None else about.tolist()
    block.add_component(
        name, Rows(index, vector, _filled(low, count, -np.inf), _filled(high, count, np.inf), about, unit)
    )


def _filled(bound: Bound, size: int, unlimited: float) -> FloatArray:
    found = np.asarray(unlimited if bound is None else bound, dtype=float)
    if found.ndim and len(found) != size:
        raise ValueError(f"a bound has {len(found)} values for an index of {size} elements")
    return np.broadcast_to(found, (size,))
