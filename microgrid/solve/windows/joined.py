"""What windows have found together: values and a basis of the whole problem, pieced together level by level."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.model.basis import BASIC, LOWER, UPPER, Basis, StatusArray
from microgrid.model.matrix import Matrix
from microgrid.model.split_columns import widen
from microgrid.model.time_of import Axis
from microgrid.solve.highs.simplex import Run, run_linear
from microgrid.solve.limits import Limits
from microgrid.solve.windows.partition import Copy, Partition, Window, cut

_EDGE = 1e-9  # of a limit: a value so near stands at it
_LEAVING = 100.0  # times the greatest cost: price of leaving the guess, where a window cannot keep it


class Joined:
    """Values and basis of the whole problem.

    guess: what couples windows is held at it. at: where a column stands that is neither basic nor at a limit, else NaN;
    it is x = at + plus - minus in the problem that frees it, and ``minus`` the status of the falling part.
    """

    def __init__(self, matrix: Matrix, axis: Axis, guess: FloatArray, basis: Basis) -> None:
        self.matrix, self.axis, self.guess = matrix, axis, guess
        self.column, self.row = basis.column.copy(), basis.row.copy()
        self.x, self.row_dual = guess.copy(), np.zeros(len(basis.row))
        self.at, self.minus = np.full(len(guess), np.nan), np.full(len(guess), LOWER, np.int8)
        self.first, self.last = axis.reach()
        self.by_column = sp.csc_matrix(matrix.A)
        self.loose: BoolArray = np.zeros(len(guess), dtype=bool)
        self.price = _LEAVING * max(1.0, float(np.abs(matrix.cost).max(initial=0.0)))

    def solve(self, partition: Partition, number: int, children: list[Copy], limits: Limits) -> tuple[Copy, int]:
        """Solve a window from what its children left, write down what it found; the iterations that it took."""
        window = partition.windows[number]
        problem = self._problem(partition, number)
        row, shared = self.row[window.all_rows], self.column[window.shared]
        if children:
            here = slice(len(window.own), len(window.own) + len(window.shared))
            limits_here = problem.lower[here], problem.upper[here]
            shared, row = self._merged(window, children, limits_here, row)
        own = np.where(self.loose[window.own], LOWER, self.column[window.own])
        outer = np.where(self.loose[window.outer], BASIC, LOWER)
        free = np.isnan(self.at[window.own]) | partition.fixed[window.own]
        split = np.concatenate([np.flatnonzero(~free), len(own) + len(shared) + np.arange(len(outer))])
        which = window.columns[split]
        at = np.where(np.isnan(self.at[which]) | self.loose[which], self.guess[which], self.at[which])
        minus = np.where(split < len(own), self.minus[which], LOWER).astype(np.int8)
        basis = Basis(np.concatenate([own, shared, outer]).astype(np.int8), row)
        falling_cost = np.where(split < len(own), -problem.cost[split], self.price)
        primal = bool(children) and all(child.feasible for child in children)
        wide = widen(problem, basis, split, at, minus, falling_cost, primal)
        run = run_linear(wide.problem, limits, wide.basis, primal, len(window.long))
        return self._write(partition, window, run, split), run.iterations

    def close(self, copies: list[Copy]) -> None:
        """Columns that had to leave the guess are basic, in the row of the window that moved them."""
        for copy in copies:
            moved = copy.loose[self.column[copy.loose] != BASIC]
            self.loose[moved], self.column[moved], self.at[moved] = True, BASIC, np.nan

    def _problem(self, partition: Partition, number: int) -> Matrix:
        """The window by itself: what couples it is held at the guess."""
        window, whole, guess = partition.windows[number], self.matrix, self.guess
        columns, own, rows = window.columns, window.own, window.all_rows
        lower, upper = whole.lower[columns].copy(), whole.upper[columns].copy()
        held = np.flatnonzero(partition.fixed[own])
        lower[held] = upper[held] = guess[own[held]]
        partial = self._partial(partition, number)
        shared = slice(len(own), len(own) + len(window.shared))
        outer = slice(shared.stop, None)
        lower[outer] = guess[window.outer]
        rising = whole.cost[window.shared] >= 0
        level = np.clip(guess[window.shared], lower[shared], upper[shared])
        lower[shared] = np.where(partial & rising, level, lower[shared])
        upper[shared] = np.where(partial & ~rising, level, upper[shared])
        outside = guess.copy()
        outside[columns] = 0.0
        entries = self.axis.by_row[rows]
        given = entries @ outside
        inside = entries[:, columns].tocsc()
        row_lower, row_upper = whole.row_lower[rows] - given, whole.row_upper[rows] - given
        if len(window.long):
            first = len(rows) - len(window.long)
            parts, row_lower[first:], row_upper[first:] = self._shared_out(partition, window, entries[first:])
            inside = sp.csc_matrix(sp.vstack([inside[:first], parts]))
        cost = whole.cost[columns]
        cost[outer] = self.price
        return replace(
            whole,
            cost=cost,
            offset=0.0,
            lower=lower,
            upper=upper,
            integer=np.zeros(len(columns), dtype=bool),
            A=inside,
            row_lower=row_lower,
            row_upper=row_upper,
            columns=(),
            rows=(),
        )

    def _shared_out(
        self, partition: Partition, window: Window, rows: sp.csr_matrix
    ) -> tuple[sp.csr_matrix, FloatArray, FloatArray]:
        """A window's part of long rows and its limits: what the guess takes here, and an equal portion of the rest."""
        own, long, guess = window.own, window.long, self.guess
        here, total = rows[:, own] @ guess[own], rows @ guess
        lower, upper = (
            here + (limit[long] - total) / partition.portions[long]
            for limit in (self.matrix.row_lower, self.matrix.row_upper)
        )
        nothing = sp.csr_matrix((len(long), len(window.columns) - len(own)))
        return sp.csr_matrix(sp.hstack([rows[:, own], nothing])), lower, upper

    def _partial(self, partition: Partition, number: int) -> BoolArray:
        """Which of a window's shared columns other windows use too."""
        begin, end = partition.edges[number], partition.edges[number + 1]
        shared = partition.windows[number].shared
        last = number == len(partition.windows) - 1
        found: BoolArray = (self.first[shared] < begin) | ((self.last[shared] >= end) & (not last))
        return found

    def _merged(
        self, window: Window, children: list[Copy], limits: tuple[FloatArray, FloatArray], row: StatusArray
    ) -> tuple[StatusArray, StatusArray]:
        """Status of the shared columns and of all rows of a window from those of its children.

        Of the copies of a shared column the dearest wins (the highest peak). Where another child's copy was basic, one
        of the rows that bound it becomes basic instead, so that there are as many basic as there are rows. A copy that
        was held at the guess and is free now becomes basic, and the row that will stop it first does not.
        """
        found = np.full(len(window.shared), LOWER, np.int8)
        winners: dict[int, Copy] = {}
        place = {int(r): k for k, r in enumerate(window.all_rows)}
        for k, column in enumerate(window.shared.tolist()):
            best = self._winner(column, children)
            if best is None:
                continue
            winner, where = best
            winners[column], found[k], value = winner, winner.shared[where], winner.value[where]
            low, high = limits[0][k], limits[1][k]
            if found[k] != BASIC and low + _EDGE * max(1, abs(low)) < value < high - _EDGE * max(1, abs(high)):
                found[k] = self._engage(column, value, row, place)
        keepers = self._merge_untimed(window, children, winners, row, place)
        for child in children:
            self._release(child, winners, keepers, row, place)
        self._merge_long(children, row, place)
        return found, row

    def _winner(self, column: int, children: list[Copy]) -> tuple[Copy, int] | None:
        """The dearest copy of a shared column, and its place among the child's."""
        sign = 1.0 if self.matrix.cost[column] >= 0 else -1.0
        owners = [(child, place) for child in children if (place := child.place(column)) >= 0]
        return max(owners, key=lambda o: (sign * o[0].value[o[1]], o[0].shared[o[1]] == BASIC), default=None)

    def _rows_of(self, column: int, place: dict[int, int]) -> list[tuple[int, float]]:
        """Rows of a window that a column is in, with its coefficients."""
        span = slice(self.by_column.indptr[column], self.by_column.indptr[column + 1])
        entries = zip(self.by_column.indices[span].tolist(), self.by_column.data[span].tolist(), strict=True)
        return [(r, a) for r, a in entries if r in place]

    def _release(
        self, child: Copy, winners: dict[int, Copy], keepers: dict[int, Copy], row: StatusArray, place: dict[int, int]
    ) -> None:
        """Rows of a child become basic in the stead of its basic copies that are dropped.

        A nonbasic untimed row that is dropped as well makes up for one of them.
        """
        shared = child.window.shared.tolist()
        dropped = [c for c, s in zip(shared, child.shared, strict=True) if s == BASIC and winners[c] is not child]
        untimed = zip(child.window.untimed.tolist(), child.untimed, strict=True)
        needed = len(dropped) - sum(s != BASIC and keepers.get(r) is not child for r, s in untimed)
        mine = set(child.window.rows.tolist())
        for column in dropped:
            bound = [r for r, _ in self._rows_of(column, place) if r in mine and row[place[r]] != BASIC]
            if bound and needed > 0:
                row[place[max(bound, key=lambda r: abs(self.row_dual[r]))]] = BASIC
                needed -= 1

    def _engage(self, column: int, value: float, row: StatusArray, place: dict[int, int]) -> int:
        """BASIC, once the row that first stops the column's way to less cost is made nonbasic; LOWER if none does."""
        best, sign = (np.inf, -1, BASIC), 1.0 if self.matrix.cost[column] >= 0 else -1.0
        for r, a in self._rows_of(column, place):
            if row[place[r]] == BASIC and np.isfinite(self.axis.first[r]):
                span = slice(self.axis.by_row.indptr[r], self.axis.by_row.indptr[r + 1])
                activity = self.axis.by_row.data[span] @ self.x[self.axis.by_row.indices[span]]
                activity += a * (value - self.x[column])
                rising = -a * sign > 0
                room = self.matrix.row_upper[r] - activity if rising else activity - self.matrix.row_lower[r]
                best = min(best, (room / abs(a), r, UPPER if rising else LOWER))
        if best[1] < 0 or not np.isfinite(best[0]):
            return LOWER
        row[place[best[1]]] = best[2]
        return BASIC

    def _merge_untimed(
        self, window: Window, children: list[Copy], winners: dict[int, Copy], row: StatusArray, place: dict[int, int]
    ) -> dict[int, Copy]:
        """Status of each untimed row from the child that won its columns; which child that was."""
        keepers = {}
        for r in window.untimed.tolist():
            span = slice(self.axis.by_row.indptr[r], self.axis.by_row.indptr[r + 1])
            mine = [winners[c] for c in self.axis.by_row.indices[span].tolist() if c in winners]
            for child in [*mine, *children]:
                if r in child.window.untimed:
                    row[place[r]] = child.untimed[int(np.flatnonzero(child.window.untimed == r)[0])]
                    keepers[r] = child
                    break
        return keepers

    def _merge_long(self, children: list[Copy], row: StatusArray, place: dict[int, int]) -> None:
        """A row that several parts bind is nonbasic once; for each other part, its spare column is."""
        parts = [r for child in children for r in child.window.long.tolist() if r in place]
        row[[place[r] for r in parts]] = BASIC
        for child in children:
            for r, status, spare in zip(child.window.long.tolist(), child.long.tolist(), child.spare, strict=True):
                if r not in place or status == BASIC:
                    continue
                if row[place[r]] == BASIC:
                    row[place[r]] = status
                elif spare >= 0:
                    self._hold(np.array([spare]), self.x)

    def whole(self, children: list[Copy]) -> tuple[Basis, FloatArray]:
        """Basis and values of the whole problem from those of the longest windows."""
        [window] = cut(self.axis, np.array([0, self.axis.steps])).windows
        row, x = self.row.copy(), self.x.copy()
        limits = self.matrix.lower[window.shared], self.matrix.upper[window.shared]
        shared, row[window.all_rows] = self._merged(window, children, limits, row[window.all_rows])
        column = self.column.copy()
        column[window.shared] = shared
        for place, shared_column in enumerate(window.shared.tolist()):
            winner = self._winner(shared_column, children)
            if winner is not None:
                x[window.shared[place]] = winner[0].value[winner[1]]
        return Basis(column, row), x

    def _write(self, partition: Partition, window: Window, run: Run, split: IntArray) -> Copy:
        own, columns, count = window.own, window.columns, len(window.columns)
        if run.basis is None:
            empty = np.full(len(window.shared), LOWER, np.int8)
            untimed, long = (np.full(len(rows), BASIC, np.int8) for rows in (window.untimed, window.long))
            none = np.zeros(0, dtype=np.int64)
            return Copy(window, False, self.guess[window.shared], empty, untimed, long, none, (-1,) * len(long))
        x = run.x[:count].copy()
        x[split] -= run.x[count:]
        plus, minus = run.basis.column[:count], run.basis.column[count:]
        inner = split < len(own)
        self.x[own], self.column[own], self.minus[columns[split[inner]]] = x[: len(own)], plus[: len(own)], minus[inner]
        self._settle(columns[split[inner]], plus[split[inner]], minus[inner])
        held = own[partition.fixed[own]]
        self.loose[held] = False
        self._hold(held[self.column[held] != BASIC], self.guess)
        rows = len(window.rows)
        until = rows + len(window.untimed)
        self.row[window.rows], self.row_dual[window.rows] = run.basis.row[:rows], run.row_dual[:rows]
        moved = (plus[split[~inner]] != LOWER) | (minus[~inner] != LOWER)
        kept = np.abs(x[split[~inner]] - self.guess[window.outer]).max(initial=0.0) <= _EDGE
        shared = slice(len(own), len(own) + len(window.shared))
        return Copy(
            window,
            run.feasible and bool(kept),
            x[shared],
            plus[shared],
            run.basis.row[rows:until],
            run.basis.row[until:],
            window.outer[moved],
            tuple(int(columns[k]) if 0 <= k < len(own) else -1 for k in run.spare),
        )

    def _settle(self, columns: IntArray, plus: StatusArray, minus: StatusArray) -> None:
        """Columns of which a part is basic or at its limit are whole again; the others stay where they are."""
        basic, low, high = (plus == BASIC) | (minus == BASIC), minus == UPPER, plus == UPPER
        self.column[columns[basic]] = BASIC
        self.column[columns[low & ~basic]], self.column[columns[high & ~basic]] = LOWER, UPPER
        whole = columns[basic | low | high]
        self.at[whole], self.minus[whole] = np.nan, LOWER

    def _hold(self, columns: IntArray, values: FloatArray) -> None:
        """Columns become nonbasic where they stand."""
        value, lower, upper = values[columns], self.matrix.lower[columns], self.matrix.upper[columns]
        low = np.abs(value - lower) <= _EDGE * np.maximum(1.0, np.abs(lower))
        high = np.abs(value - upper) <= _EDGE * np.maximum(1.0, np.abs(upper))
        self.column[columns] = np.where(high & ~low, UPPER, LOWER)
        self.at[columns], self.minus[columns] = np.where(low | high, np.nan, value), LOWER
