"""The root of a sum of squares in a linear model, by planes that touch it where the optimum is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from microgrid.horizon import FloatArray, IntArray
from microgrid.tariff.charge import Connection

if TYPE_CHECKING:
    from microgrid.linear import Variable, Vector

_TIGHT = 1e-6


@dataclass(frozen=True, eq=False)
class Cone:
    """root[m] >= root of the sum of (weight[i] over[i])^2 over the intervals i of month m, by planes that touch it.

    (weight over)^2 / root <= part, interval by interval, and the parts of a month add up to its root at most: planes
    that touch the parts one by one come nearer in fewer rounds than planes that touch the root.
    """

    connection: Connection
    weighted: Vector
    over: Variable
    weight: FloatArray
    root: Variable
    part: Variable
    month: IntArray

    def __post_init__(self) -> None:
        months = len(self.root)
        self.connection.rows("root", self.part.all.summed(self.month, months) - self.root, upper=0.0)

    def add(self, slope: FloatArray) -> None:
        """part[i] >= 2 slope[i] weight[i] over[i] - slope[i]^2 root[m], where the slope is above 0."""
        at = np.flatnonzero(slope > 0)
        row = np.full(len(slope), -1)
        row[at] = np.arange(len(at))
        touching = (self.weighted * (2 * slope)).summed(row, len(at)) - self.root.at(self.month[at]) * slope[at] ** 2
        self.connection.rows("root", touching - self.part.at(at), upper=0.0)

    def tighten(self, value_of: Callable[[Variable], FloatArray]) -> bool:
        """Planes where the overruns are now, if their root is more than the model believes."""
        over, believed = self.weight * value_of(self.over).clip(0), value_of(self.root)
        true = np.sqrt(np.bincount(self.month, over**2, len(believed)))
        if (true <= believed * (1 + _TIGHT) + _TIGHT).all():
            return False
        self.add(over / np.maximum(true, 1e-12)[self.month])
        return True
