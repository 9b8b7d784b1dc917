"""Merging of the bases of neighbouring windows to one basis of the longer window that they form.

Each shorter window has a regular basis: as many basic columns and rows as it has rows. The longer window has all their
rows, but one column only for the copies of a shared column (a month's peak). For each basic copy that is dropped,
another column or row becomes basic, so that their number is again that of the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from microgrid.horizon import FloatArray
from microgrid.model.basis import BASIC, LOWER, UPPER, StatusArray
from microgrid.solve.windows.closed import WholeProblem
from microgrid.solve.windows.column_states import EDGE
from microgrid.solve.windows.partition import Copy, Window


@dataclass(frozen=True)
class Merged:
    """Statuses of a window's shared columns and of all its rows."""

    shared: StatusArray
    row: StatusArray


@dataclass(frozen=True)
class Merge:
    """Merge of shorter windows, ``children``, to a longer window.

    x, row_dual: values, (n,), and prices, (m,), from the level before; row: statuses of the window's rows, which the
    steps of the merge change in place; place: row of the matrix -> its place in ``row``.
    """

    whole: WholeProblem
    x: FloatArray
    row_dual: FloatArray
    window: Window
    children: list[Copy]
    row: StatusArray
    place: dict[int, int]

    def run(self, lower: FloatArray, upper: FloatArray) -> Merged:
        """Merge the statuses; lower, upper: limits of the shared columns in the longer window, (shared,).

        1. Of the copies of a shared column the dearest wins: the highest peak.
        2. A copy that was held at the guess and is free now becomes basic, and the row that limits it first nonbasic.
        3. A row of shared columns only takes its status from the window whose copy of its columns has won.
        4. Where the copy of another window was basic, one of the rows that limited it becomes basic instead.
        """
        shared, winners = self._shared(lower, upper)
        keepers = self._untimed(winners)
        for child in self.children:
            self._release(child, winners, keepers)
        return Merged(shared, self.row)

    def _shared(self, lower: FloatArray, upper: FloatArray) -> tuple[StatusArray, dict[int, Copy]]:
        """Status of each shared column, (shared,), and column -> copy of the window that has won."""
        found = np.full(len(self.window.shared), LOWER, np.int8)
        winners = {}
        for k, column in enumerate(self.window.shared.tolist()):
            best = winner(self.whole, column, self.children)
            if best is None:
                continue
            child, where = best
            winners[column] = child
            found[k] = child.shared[where]
            value = child.value[where]
            inside = lower[k] + EDGE * max(1, abs(lower[k])) < value < upper[k] - EDGE * max(1, abs(upper[k]))
            if found[k] != BASIC and inside:
                found[k] = self._engage(column, value)
        return found, winners

    def _engage(self, column: int, value: float) -> int:
        """Make the row nonbasic that first limits a column on its way to less cost; BASIC, or LOWER without one."""
        matrix = self.whole.matrix
        by_row = self.whole.axis.by_row
        sign = 1.0 if matrix.cost[column] >= 0 else -1.0
        best = (np.inf, -1, BASIC)
        for r, a in self._rows_of(column):
            if self.row[self.place[r]] == BASIC and np.isfinite(self.whole.axis.first[r]):
                span = slice(by_row.indptr[r], by_row.indptr[r + 1])
                activity = by_row.data[span] @ self.x[by_row.indices[span]]
                activity += a * (value - self.x[column])
                rising = -a * sign > 0
                room = matrix.row_upper[r] - activity if rising else activity - matrix.row_lower[r]
                best = min(best, (room / abs(a), r, UPPER if rising else LOWER))
        if best[1] < 0 or not np.isfinite(best[0]):
            return LOWER
        self.row[self.place[best[1]]] = best[2]
        return BASIC

    def _rows_of(self, column: int) -> list[tuple[int, float]]:
        """Rows of the window that contain a column, with its coefficients."""
        matrix = self.whole.matrix.A
        span = slice(matrix.indptr[column], matrix.indptr[column + 1])
        entries = zip(matrix.indices[span].tolist(), matrix.data[span].tolist(), strict=True)
        return [(r, a) for r, a in entries if r in self.place]

    def _untimed(self, winners: dict[int, Copy]) -> dict[int, Copy]:
        """Set each untimed row's status to that in the window whose columns have won; returns row -> that window."""
        keepers = {}
        by_row = self.whole.axis.by_row
        for r in self.window.untimed.tolist():
            span = slice(by_row.indptr[r], by_row.indptr[r + 1])
            won = [winners[c] for c in by_row.indices[span].tolist() if c in winners]
            for child in [*won, *self.children]:
                if r in child.window.untimed:
                    self.row[self.place[r]] = child.untimed[int(np.flatnonzero(child.window.untimed == r)[0])]
                    keepers[r] = child
                    break
        return keepers

    def _release(self, child: Copy, winners: dict[int, Copy], keepers: dict[int, Copy]) -> None:
        """Make rows of a shorter window basic, one for each of its basic copies that is dropped.

        Each nonbasic untimed row that is dropped as well makes up for one of them.
        """
        shared = child.window.shared.tolist()
        dropped = [c for c, s in zip(shared, child.shared, strict=True) if s == BASIC and winners[c] is not child]
        untimed = zip(child.window.untimed.tolist(), child.untimed, strict=True)
        needed = len(dropped) - sum(s != BASIC and keepers.get(r) is not child for r, s in untimed)
        mine = set(child.window.rows.tolist())
        for column in dropped:
            bound = [r for r, _ in self._rows_of(column) if r in mine and self.row[self.place[r]] != BASIC]
            if bound and needed > 0:
                self.row[self.place[max(bound, key=lambda r: abs(self.row_dual[r]))]] = BASIC
                needed -= 1


def winner(whole: WholeProblem, column: int, children: list[Copy]) -> tuple[Copy, int] | None:
    """The dearest copy of a shared column, and the column's place among the shared ones of its window; None if none."""
    sign = 1.0 if whole.matrix.cost[column] >= 0 else -1.0
    owners = [(child, place) for child in children if (place := child.place(column)) >= 0]
    return max(owners, key=lambda o: (sign * o[0].value[o[1]], o[0].shared[o[1]] == BASIC), default=None)
