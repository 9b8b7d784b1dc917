"""Pairs of columns of which at most one may differ from zero: charge and discharge, import and export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from microgrid.contract.ledger import Exclusive
from microgrid.horizon import FloatArray
from microgrid.model.assembly import Model
from microgrid.model.matrix import Matrix

_BOTH = 1e-7  # share of the greatest possible flow below which using both at once is rounding


@dataclass(frozen=True)
class Pairs:
    """Pairs of columns that exclude each other.

    first, second: columns of each pair, (p,); first_max, second_max: the most that each column can be while the other
    is 0 [kW], (p,); group: number of the two variables that a pair belongs to, (p,). The pairs of a group are in order
    of time.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    first_max: FloatArray
    second_max: FloatArray
    group: NDArray[np.int64]

    def around(self, chosen: NDArray[np.int64], reach: int) -> NDArray[np.int64]:
        """The chosen pairs, with up to ``reach`` pairs of their group before and after each."""
        near = (chosen[:, None] + np.arange(-reach, reach + 1)[None, :]).clip(0, len(self.first) - 1)
        return np.unique(near[self.group[near] == self.group[chosen][:, None]])

    def violated(self, x: FloatArray) -> NDArray[np.int64]:
        """Pairs of which both columns differ from 0 by more than rounding at x."""
        first = x[self.first]
        second = x[self.second]
        flow = max(first.max(initial=0.0), second.max(initial=0.0))
        scale = np.minimum(np.minimum(self.first_max, self.second_max), flow)
        return np.flatnonzero(np.minimum(first, second) > _BOTH * scale)

    def within(self, upper: FloatArray) -> Pairs:
        """The pairs of which both columns can differ from 0 under the limits ``upper``, (n,)."""
        first_max = np.minimum(self.first_max, upper[self.first])
        second_max = np.minimum(self.second_max, upper[self.second])
        open_ = (first_max > 0) & (second_max > 0)
        return Pairs(self.first[open_], self.second[open_], first_max[open_], second_max[open_], self.group[open_])

    def smaller(self, x: FloatArray) -> NDArray[np.int64]:
        """Column of each pair with the smaller value at x, (p,)."""
        return np.where(x[self.first] < x[self.second], self.first, self.second)


def pairs_of(model: Model, matrix: Matrix) -> Pairs:
    """All pairs of a model of which both columns can differ from 0."""
    parts = [_pairs(exclusive, matrix) for exclusive in _exclusives(model)]
    if not parts:
        return no_pairs()
    first, second, first_max, second_max = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    group = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    return Pairs(first, second, first_max, second_max, group).within(matrix.upper)


def no_pairs() -> Pairs:
    """An empty set of pairs, for a model in which nothing excludes anything."""
    index = np.zeros(0, dtype=np.int64)
    number = np.zeros(0)
    return Pairs(index, index, number, number, index)


def _exclusives(model: Model) -> Iterator[Exclusive]:
    for contribution in model.contributions.values():
        yield from contribution.exclusive


def _pairs(exclusive: Exclusive, matrix: Matrix) -> tuple[NDArray[np.int64], ...]:
    first, second = (np.arange(len(matrix.cost))[matrix.span(v)] for v in (exclusive.first, exclusive.second))
    limits = [
        np.broadcast_to(np.asarray(limit, dtype=float), first.shape)
        for limit in (exclusive.first_max, exclusive.second_max)
    ]
    return first, second, *limits
