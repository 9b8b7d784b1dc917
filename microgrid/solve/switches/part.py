"""Problem of a range of steps of a problem with on/off decisions, with everything outside it held."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.model.chain import Chain, Point
from microgrid.model.matrix import Matrix
from microgrid.model.restricted import reduced, restricted
from microgrid.model.switch_times import SwitchTimes
from microgrid.model.time_of import nested_cuts
from microgrid.model.verbs import with_costs, with_limits
from microgrid.solve.windows.long_rows import crosses

_SLACK = 1e-8  # widening of the limits of rows, as the schedule outside may violate them by rounding


@dataclass(frozen=True)
class Timeline:
    """A problem with on/off decisions, of which any range of steps can be cut out.

    row_dual: prices of the rows of its relaxation, (m,); window: length of the windows [steps].
    """

    matrix: Matrix
    times: SwitchTimes
    row_dual: FloatArray
    window: float

    @cached_property
    def budgets(self) -> BoolArray:
        """Whether each row is a budget of several windows, which a window meets at its price, (m,)."""
        axis = self.times.axis
        return crosses(axis, nested_cuts(axis, [int(self.window)])[0])

    @cached_property
    def priced(self) -> Matrix:
        """The problem with the price of the budgets in its costs:  c - A'y  over their rows."""
        price = np.where(self.budgets, self.row_dual, 0.0)
        return with_costs(self.matrix, self.matrix.cost - self.matrix.A.T @ price) if price.any() else self.matrix

    @cached_property
    def _in_order(self) -> tuple[IntArray, FloatArray]:
        """All columns in order of time, and their times; those without a time come last."""
        time = np.where(np.isnan(self.times.axis.column), np.inf, self.times.axis.column)
        order = np.argsort(time, kind="stable")
        return order, time[order]

    def between(self, begin: float, end: float) -> IntArray:
        """Columns with a time in  begin <= time < end, in their order in the matrix."""
        order, time = self._in_order
        first, last = np.searchsorted(time, [begin, end])
        return np.sort(order[first:last])

    @cached_property
    def untimed(self) -> IntArray:
        """Columns without a time, such as a month's peak."""
        return np.flatnonzero(np.isnan(self.times.axis.column))

    def _untimed_in(self, rows: BoolArray) -> IntArray:
        """Columns without a time, other than switches, that are in some of the rows, (m,)."""
        columns = self.untimed[~self.matrix.integer[self.untimed]]
        entries = self.matrix.A[:, columns]
        column = np.repeat(np.arange(len(columns)), np.diff(entries.indptr))
        return columns[np.bincount(column[rows[entries.indices]], minlength=len(columns)) > 0]

    def switches_within(self, begin: float, end: float) -> IntArray:
        """Switches whose reach lies within begin .. end."""
        times = self.times
        return times.columns[(times.first >= begin) & (times.last <= end)]

    def part(self, x: FloatArray, begin: float, end: float, decided: IntArray, loose: IntArray) -> Part:
        """Cut out a range of steps, with all other columns held at x.

        Free are the columns with a time in the range, and those without a time that are in a row of theirs. Of the
        switches only those of ``decided`` are free, to be decided, and those of ``loose``, which may take fractions.
        """
        matrix = self.priced
        held = self.matrix.integer.copy()
        held[decided] = held[loose] = False
        columns = np.union1d(self.between(begin, end), decided)
        columns = columns[~held[columns]]
        touched = np.zeros(len(matrix.row_lower), dtype=bool)
        touched[matrix.A[:, columns].indices] = True
        touched &= ~self.budgets
        columns = np.union1d(columns, self._untimed_in(touched))
        touched[matrix.A[:, columns].indices] = True
        rows = np.flatnonzero(touched & ~self.budgets)
        whole = np.zeros(len(matrix.cost), dtype=bool)
        whole[decided] = True
        chain = (
            Chain(matrix)
            .then(restricted, columns, rows, Point(x), self.times.axis.by_row)
            .then(_decided, whole[columns])
            .then(_widened)
        )
        return Part(chain.then(reduced, chain.into(Point(x))), columns)


@dataclass(frozen=True)
class Part:
    """Problem of a range of steps; columns: places of its columns in the whole problem."""

    chain: Chain
    columns: IntArray

    @property
    def problem(self) -> Matrix:
        """Matrix of the part."""
        return self.chain.matrix


def _decided(matrix: Matrix, whole: BoolArray) -> Matrix:
    """The problem in which only some columns, (n,), have to be whole numbers."""
    return replace(matrix, integer=whole)


def _widened(matrix: Matrix) -> Matrix:
    """The problem with the limits of its rows widened by rounding."""
    lower, upper = matrix.row_lower, matrix.row_upper
    return with_limits(
        matrix,
        row_lower=lower - _SLACK * np.maximum(1.0, np.abs(lower)),
        row_upper=upper + _SLACK * np.maximum(1.0, np.abs(upper)),
    )
