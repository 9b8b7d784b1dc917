"""State between two rounds of windows, and the start of the whole problem that it leads to."""

from __future__ import annotations

from dataclasses import dataclass, replace

from microgrid.horizon import FloatArray
from microgrid.model.basis import Basis
from microgrid.model.chain import Point
from microgrid.model.priced import Priced
from microgrid.solve.spending import Spending
from microgrid.solve.windows.closed import WholeProblem
from microgrid.solve.windows.joined import Joined, WindowResult, finish, gather, values
from microgrid.solve.windows.last_run import Start
from microgrid.solve.windows.partition import Copy


@dataclass(frozen=True)
class Reached:
    """State between two rounds of windows: prices of the long rows, the problem with them, and all results so far.

    kept: values of the latest round that keeps the long rows too, (n,), None if there was none.
    """

    without: Priced
    spending: Spending
    whole: WholeProblem
    joined: Joined
    children: list[Copy]
    iterations: int
    kept: FloatArray | None = None

    @property
    def feasible(self) -> bool:
        """Whether all windows keep all rules but the long rows."""
        return all(child.feasible for child in self.children)

    def after(self, found: list[WindowResult]) -> Reached:
        """The state after a round, with the results of its windows, and with what they spend at the present prices."""
        joined = gather(self.joined, found)
        children = [part.copy for part in found]
        iterations = self.iterations + sum(part.iterations for part in found)
        state = replace(self, joined=joined, children=children, iterations=iterations)
        if not len(self.without.rows):
            return state
        x = values(self.whole, joined, children)
        spending = self.spending.reached(self.without.entries @ x)
        return replace(state, spending=spending, kept=x if state.feasible and spending.kept else self.kept)

    def repriced(self) -> Reached:
        """The state with prices that are expected to lead to the limits of the long rows."""
        if not len(self.without.rows):
            return self
        spending = self.spending.sharpened()
        without = self.without.at(spending.price)
        return replace(self, without=without, spending=spending, whole=replace(self.whole, matrix=without.matrix))

    def start(self, windows: int) -> Start:
        """Start of the whole problem, with the long rows, after the longest windows."""
        last = finish(self.whole, self.joined, self.children)
        which = last.columns.between
        basis = Basis(last.columns.status, last.row)
        point = self.without.at(self.spending.met).back(Point(last.columns.x, last.row_dual, basis))
        assert point.basis is not None
        return Start(
            basis=point.basis,
            x=point.x if self.kept is None else self.spending.blended(self.without.entries, point.x, self.kept),
            split=which,
            at=last.columns.at[which],
            minus=last.columns.minus[which],
            feasible=self.feasible,
            row_dual=point.row_dual,
            windows=windows,
            iterations=self.iterations,
            rows=self.without.rows,
            spending=self.spending,
        )
