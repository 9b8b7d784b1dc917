"""Coarse problem: a problem in longer steps, made from the matrix alone, for a guess of states, peaks and basis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from microgrid.horizon import FloatArray, IntArray
from microgrid.model.basis import BASIC, LOWER, Basis
from microgrid.model.chain import Point
from microgrid.model.matrix import Family, Matrix
from microgrid.model.time_of import Axis


@dataclass(frozen=True)
class Coarse:
    """A matrix in longer steps, each of which is a group of adjacent fine steps.

    Columns over steps become one column for each group, constant over it. Columns over points stay at the ends of the
    groups, with a straight line between them. The rows of a group become their mean. So  x_fine = spread . x_coarse  is
    a guess.

    steps: number of groups; spread: (n, coarse columns); column, row: coarse column of each fine column, (n,), and
    coarse row of each fine row, (m,), whose status it may begin with.
    """

    matrix: Matrix
    steps: int
    spread: sp.csr_matrix
    column: IntArray
    row: IntArray

    def back(self, point: Point) -> Point:
        """Guess a point of the fine problem; without prices, as those of longer steps do not hold for single steps."""
        return Point(self.spread @ point.x, basis=point.basis and self.basis(point.basis))

    def prices(self, row_dual: FloatArray, rows: IntArray) -> FloatArray:
        """Prices of some fine rows that a coarse row, which is the mean of its fine rows, stands for, (rows,)."""
        group = self.row[rows]
        found: FloatArray = row_dual[group] / np.bincount(self.row)[group]
        return found

    def basis(self, basis: Basis) -> Basis:
        """Translate a coarse basis to the fine matrix, with as many basic columns and rows as it has rows.

        Each fine column and row gets the status of its coarse one. A group of steps has several fine columns, but a
        peak, or the balance of a day, is there once only. So each basic column is paired with a nonbasic row of the
        coarse matrix. If a pair has more fine columns than rows, its last columns become nonbasic; if it has more rows,
        its last rows become basic.
        """
        column, row = basis.column[self.column], basis.row[self.row]
        columns, rows = np.flatnonzero(basis.column == BASIC), np.flatnonzero(basis.row != BASIC)
        square = sp.csr_matrix(self.matrix.A[:, columns])[rows]
        partner = sp.csgraph.maximum_bipartite_matching(square, perm_type="column")
        paired = partner >= 0
        pair_column = columns[partner[paired]]
        pair_row = rows[paired]
        kept = np.zeros(len(basis.column), dtype=np.int64)
        kept[pair_column] = np.bincount(self.row, minlength=len(basis.row))[pair_row]
        column[(column == BASIC) & (_rank(self.column) >= kept[self.column])] = LOWER
        needed = np.full(len(basis.row), np.iinfo(np.int64).max)
        needed[pair_row] = np.bincount(self.column, minlength=len(basis.column))[pair_column]
        row[(row != BASIC) & (_rank(self.row) >= needed[self.row])] = BASIC
        return Basis(column, row)


def coarsen(matrix: Matrix, axis: Axis, factor: int) -> Coarse:
    """Make a matrix in longer steps of ``factor`` fine steps each; the last one may be shorter."""
    spread, column, columns = _spread(matrix, axis, factor)
    row, rows = _row_groups(matrix, axis, factor)
    mean = sp.csr_matrix((1.0 / np.bincount(row)[row], (row, np.arange(len(row)))))
    gather = sp.csr_matrix(spread.T)
    share = sp.csr_matrix(sp.diags(1.0 / np.asarray(gather.sum(axis=1)).ravel()) @ gather)
    lower, upper = _mean(share, matrix.lower), _mean(share, matrix.upper)
    for fine, small in zip(matrix.columns, columns, strict=True):
        if fine.over == "point":
            stands = fine.start + _ends(axis.steps, factor)
            lower[small.span], upper[small.span] = matrix.lower[stands], matrix.upper[stands]
    smaller = Matrix(
        cost=gather @ matrix.cost,
        offset=matrix.offset,
        lower=lower,
        upper=upper,
        integer=np.zeros(spread.shape[1], dtype=bool),
        A=sp.csc_matrix(mean @ matrix.A @ spread),
        row_lower=_mean(mean, matrix.row_lower),
        row_upper=_mean(mean, matrix.row_upper),
        columns=columns,
        rows=rows,
    )
    return Coarse(smaller, -(-axis.steps // factor), spread, column, row)


def _rank(group: IntArray) -> IntArray:
    """Number of elements of its group that stand before each element, (k,)."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    first = np.searchsorted(ordered, ordered)
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - first
    return rank


def _mean(share: sp.csr_matrix, limit: FloatArray) -> FloatArray:
    """Mean limit of each group; infinite if one of its limits is."""
    finite = np.isfinite(limit)
    found: FloatArray = share @ np.where(finite, limit, 0.0)
    if not finite.all():
        open_ended = share @ (~finite).astype(float) > 0
        found[open_ended] = limit[~finite][0]
    return found


def _spread(matrix: Matrix, axis: Axis, factor: int) -> tuple[sp.csr_matrix, IntArray, tuple[Family, ...]]:
    """Matrix from coarse to fine values, the coarse column of each fine one, (n,), and the coarse families."""
    fine = []
    coarse = []
    weight = []
    families = []
    start = 0
    of = np.zeros(len(axis.column), dtype=np.int64)
    for family in matrix.columns:
        place = np.arange(family.start, family.start + family.size)
        upper, lower, part = _groups(family, axis.steps, factor)
        fine += [place, place]
        coarse += [start + upper, start + lower]
        weight += [1.0 - part, part]
        of[place] = start + upper
        groups = None if family.step is None else np.unique(family.step // factor)
        families.append(Family(family.name, start, int(upper.max()) + 1, None, family.over, groups))
        start += families[-1].size
    where = (np.concatenate(fine), np.concatenate(coarse))
    value = np.concatenate(weight)
    found = sp.csr_matrix((value, where), shape=(len(axis.column), start))
    found.eliminate_zeros()
    return found, of, tuple(families)


def _ends(steps: int, factor: int) -> IntArray:
    """Points at the ends of the groups of steps, the first and the last point included."""
    return np.minimum(np.arange(-(-steps // factor) + 1) * factor, steps)


def _groups(family: Family, steps: int, factor: int) -> tuple[IntArray, IntArray, FloatArray]:
    """Coarse columns at and before each fine one, and the share of the latter: x = (1 - share) at + share before."""
    index = np.arange(family.size)
    if family.over == "step":
        return index // factor, index // factor, np.zeros(family.size)
    if family.over == "point":
        ends = _ends(steps, factor)
        at = np.searchsorted(ends, index)
        before = np.maximum(at - 1, 0)
        return at, before, (ends[at] - index) / np.maximum(ends[at] - ends[before], 1)
    if family.step is not None:
        index = np.unique(family.step // factor, return_inverse=True)[1].astype(np.int64)
    return index, index, np.zeros(family.size)


def _row_groups(matrix: Matrix, axis: Axis, factor: int) -> tuple[IntArray, tuple[Family, ...]]:
    """Coarse row of each row, (m,), for rows of a family that begin in one group; one for each row without a time."""
    found = np.zeros(len(axis.first), np.int64)
    families = []
    start = 0
    for family in matrix.rows:
        first = axis.first[family.span]
        untimed = np.isinf(first)
        group = np.where(untimed, -1.0 - np.arange(family.size), np.floor(np.where(untimed, 0.0, first) / factor))
        known, inverse = np.unique(group, return_inverse=True)
        found[family.span] = start + inverse
        families.append(Family(family.name, start, len(known)))
        start += len(known)
    return found, tuple(families)
