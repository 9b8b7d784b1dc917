"""Root of a sum of squares in a linear model, bounded below by tangent planes at the optimum."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from microgrid.contract.variables import add_variable
from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.tariff.charges.charge import Connection

if TYPE_CHECKING:
    from microgrid.contract.linear import Variable, Vector

_TIGHT = 1e-6  # accepted error of the model's root, relative and in kW
_NEAR = 1e-3  # share of the limit; an interval below the limit by less is likely to exceed it in the next solution


@dataclass(frozen=True, eq=False)
class _Counted:
    """Intervals whose squares are counted: over[i] >= above[i] - limit, and the part of the root that each has."""

    interval: IntArray
    over: Variable
    part: Variable


@dataclass(eq=False)
class Cone:
    """root[m] >= root of the sum of (weight[i] max(0, above[i] - limit))^2 over the intervals i of month m.

    At first the root is bounded by each interval alone. Where ``tighten`` finds that this is too low, each interval
    above the limit, or near it, gets a part of the root:  part[i] >= (weight[i] over[i])^2 / root  by tangent planes,
    and the parts of a month add up to its root at most. So a year of intervals adds one row for each, and columns only
    where the limit is exceeded.

    above: power of each interval, less a chosen subscribed power if there is one, (intervals,) [kW]; room: greatest
    excess over the limit [kW]; step, month: of each interval.
    """

    connection: Connection
    above: Vector
    limit: float
    room: float
    weight: FloatArray
    step: IntArray
    month: IntArray
    root: Variable
    counted: list[_Counted] = field(default_factory=list)

    def __post_init__(self) -> None:
        alone = self.above * self.weight - self.root.at(self.month)
        self.connection.rows("root", alone, upper=self.limit * self.weight, step=self.step)

    def tighten(self, value_of: Callable[[Variable], FloatArray]) -> bool:
        """Add parts and tangent planes at a solution where the true root exceeds the model's; whether any were added.

        value_of: values of a variable in the solution.
        """
        above = self.above.value(value_of) - self.limit
        modelled = value_of(self.root)
        over = self.weight * above.clip(0)
        true = np.sqrt(np.bincount(self.month, over**2, len(modelled)))
        short = true > modelled * (1 + _TIGHT) + _TIGHT
        if not short.any():
            return False
        self._count(short[self.month] & (above > -_NEAR * max(self.limit, 1.0)))
        self._touch(np.where(short[self.month], over / np.maximum(true, 1e-12)[self.month], 0.0))
        return True

    def _count(self, wanted: BoolArray) -> None:
        """Add parts of the root for those wanted intervals that have none yet."""
        for known in self.counted:
            wanted[known.interval] = False
        new = np.flatnonzero(wanted)
        if not len(new):
            return
        step = self.step[new]
        over = self._variable("over", new, self.room)
        part = self._variable("part", new, self.room * self.weight[new])
        self.connection.rows("over", self.above.at(new) - over, upper=self.limit, step=step)
        self.counted.append(_Counted(new, over, part))
        months = np.unique(self.month[new])
        number = np.full(len(self.root), -1)
        number[months] = np.arange(len(months))
        sums = (known.part.all.summed(number[self.month[known.interval]], len(months)) for known in self.counted)
        self.connection.rows("root", functools.reduce(operator.add, sums) - self.root.at(months), upper=0.0)

    def _variable(self, stem: str, interval: IntArray, most: FloatArray | float) -> Variable:
        name = self.connection.name(stem, "kw")
        block = self.connection.block
        horizon = self.connection.horizon
        return add_variable(block, horizon, name, interval.tolist(), upper=most, step=self.step[interval])

    def _touch(self, slope: FloatArray) -> None:
        """part[i] >= 2 slope[i] weight[i] over[i] - slope[i]^2 root[m], a tangent plane where the slope is above 0."""
        for known in self.counted:
            at = np.flatnonzero(slope[known.interval] > 0)
            chosen = known.interval[at]
            rise = slope[chosen]
            month = self.month[chosen]
            line = known.over.at(at) * (2 * rise * self.weight[chosen]) - self.root.at(month) * rise**2
            self.connection.rows("root", line - known.part.at(at), upper=0.0)
