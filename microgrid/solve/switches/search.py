"""Search for the best schedule with on/off decisions over a long horizon, until the stated gap holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np

from microgrid.contract.status import Status
from microgrid.horizon import FloatArray, IntArray
from microgrid.model.basis import Basis
from microgrid.model.certificate import dual_objective
from microgrid.model.matrix import Matrix
from microgrid.model.switch_times import SwitchTimes, switch_times
from microgrid.model.time_of import nested_cuts
from microgrid.model.verbs import fixed, without_decisions
from microgrid.solve.answer import Answer
from microgrid.solve.highs.problem import Session
from microgrid.solve.limits import Limits
from microgrid.solve.stop import schedule_found
from microgrid.solve.switches.bound import PricedWindow, priced_windows, raised
from microgrid.solve.switches.decide import decide_windows, improve
from microgrid.solve.switches.part import Timeline
from microgrid.solve.warm_start import Begin
from microgrid.solve.windows.levels import NoWindowsError
from microgrid.solve.windows.relaxed import solve_relaxed

_FEWEST_STEPS = 500  # steps below which on/off decisions are as soon solved in one piece
_WINDOW = 200  # steps of a window, fewer if these would have more than ``_SWITCHES`` switches
_SWITCHES = 100
_FIRST = 1e-3  # relative gap that the first schedule aims at, as a sharper one is wasted before the bound is raised
_SHARE = 0.3  # share of that gap, and of the stated one, that the windows' own gaps may use up
_SHARPER = 0.1  # share of the gap so far that they may use up in a round that is to narrow it
_GROWTH = 2  # factor between the lengths of windows in successive rounds
_ROUNDS = 4
_WORTH_WHILE = 0.8  # a round that leaves more of the gap than this is followed by one in longer windows

Progress = Callable[[str], None]


def solve_switches(
    matrix: Matrix,
    steps: int,
    limits: Limits,
    report_progress: Progress,
    begin: Begin | None = None,
    bound: float = -np.inf,
) -> Answer:
    """Solve a problem with on/off decisions to the stated gap.

    1. The relaxation, in which switches take fractions, is solved in windows; its optimum is a bound.
    2. Windows are decided with everything outside held at the relaxation; one linear run with all switches held joins
       them to a schedule.
    3. Where the gap is too large, the bound is raised in windows at prices of what couples them, and the schedule is
       improved in overlapping windows where its cost exceeds the bound most.
    4. What windows do not close, branch and bound on the whole problem does, from the best schedule.

    begin: values of a similar problem, whose switches are tried first; bound: proven already, no schedule is better.

    Raises:
        SolverError: HiGHS stopped without an answer.
    """
    started = time.perf_counter()
    try:
        times = _times(matrix, steps)
        with ThreadPoolExecutor(limits.threads) as pool:
            found = _Search(matrix, times, limits, started, report_progress, pool, bound=bound).run(begin)
    except NoWindowsError as reason:
        return _in_one_piece(matrix, limits.left_since(started), begin, f"in one piece: {reason}")
    if found.status != Status.OPTIMAL or found.within(limits.gap):
        return found
    report_progress("solve: the whole, by branch and bound")
    return _finished(matrix, found, limits.left_since(started))


def _times(matrix: Matrix, steps: int) -> SwitchTimes:
    """Times of the switches of a problem that is worth cutting into windows.

    Raises:
        NoWindowsError: it is short, or its switches reach over most of it.
    """
    if steps < _FEWEST_STEPS:
        raise NoWindowsError(f"{steps} steps are solved in one piece")
    times = switch_times(matrix, steps)
    if not times.longest < steps / 2:
        raise NoWindowsError("on/off decisions that reach over most of the horizon are solved in one piece")
    return times


def _in_one_piece(matrix: Matrix, limits: Limits, begin: Begin | None, note: str) -> Answer:
    session = Session(matrix, limits)
    if begin is not None:
        session.suggest(begin.x)
        note = f"{note}, from a schedule that was found before"
    answer = session.solve()
    return replace(session.polish(answer) if answer.found else answer, note=note)


def _finished(matrix: Matrix, best: Answer, limits: Limits) -> Answer:
    """Go on by branch and bound on the whole problem, from the best schedule and with the better of both bounds."""
    whole = _in_one_piece(matrix, limits, Begin(None, best.x), best.note)
    if not whole.found:
        return replace(best, status=whole.status if whole.status == Status.TIME_LIMIT else best.status)
    better = whole if whole.objective <= best.objective else replace(best, status=whole.status)
    return replace(better, bound=max(best.bound, whole.bound), ways=(*best.ways, *whole.ways))


@dataclass
class _Search:
    """Search in windows; best: the best schedule so far; bound: proven, no schedule is better."""

    matrix: Matrix
    times: SwitchTimes
    limits: Limits
    started: float
    report_progress: Progress
    pool: ThreadPoolExecutor
    best: Answer | None = None
    bound: float = -np.inf
    windows: list[PricedWindow] = field(default_factory=list)

    def run(self, begin: Begin | None) -> Answer:
        """Search until the stated gap holds, the time is over, or longer windows gain nothing more."""
        steps = self.times.axis.steps
        if begin is not None and begin.basis is not None:
            self._hold(begin.x, begin.basis)
            if self._done():
                return self._answer("from a similar problem")
        relaxed = self._linear(without_decisions(self.matrix), begin)
        if relaxed.status != Status.OPTIMAL:
            return replace(relaxed, x=np.zeros(0)) if self.best is None else self._answer(relaxed.note)
        self.bound = max(self.bound, relaxed.bound)
        size = max(min(_WINDOW, _SWITCHES * steps / len(self.times.columns)), self.times.longest)
        timeline = Timeline(self.matrix, self.times, relaxed.row_dual, size)
        if begin is not None and self.best is None:
            self._hold(begin.x, relaxed.basis)
        if not self._done():
            size = self._decide(timeline, relaxed, size)
        assert self.best is not None
        # Where the relaxation is far off, as below a tier whose price falls, the prices of the schedule are the better.
        by_schedule = self._gap() > _FIRST * abs(self.bound)
        for _ in range(_ROUNDS):
            before = self._gap()
            if self._done() or size > steps / 2:
                break
            prices = self.best.row_dual if by_schedule else relaxed.row_dual
            priced = replace(timeline, row_dual=prices, window=size)
            self._raise(priced, self._cuts(size), relaxed)
            if not self._done():
                self._improve(priced, size)
            if self._gap() > _WORTH_WHILE * before:
                by_schedule = not by_schedule
                size *= _GROWTH
        return self._answer(relaxed.note)

    def _left(self) -> Limits:
        return self.limits.left_since(self.started)

    def _late(self) -> bool:
        return self.limits.over_since(self.started)

    def _gap(self) -> float:
        assert self.best is not None
        return self.best.objective - self.bound

    def _done(self) -> bool:
        if self.best is None:
            return False
        return replace(self.best, bound=self.bound).within(self.limits.gap) or self._late()

    def _cuts(self, size: float) -> IntArray:
        return nested_cuts(self.times.axis, [int(size)])[0]

    def _window_gap(self, windows: int) -> float:
        """Absolute gap of each of some windows in a round that is to narrow the gap so far."""
        value = abs(self.bound)
        sharper = min(_SHARPER * self._gap(), _SHARE * _FIRST * value)
        return max(_SHARE * self.limits.gap * value, sharper) / windows

    def _linear(self, matrix: Matrix, begin: Begin | None) -> Answer:
        usable = begin if begin is not None and begin.basis is not None else None
        return solve_relaxed(matrix, self.times.axis.steps, self._left(), self.report_progress, usable)[1]

    def _hold(self, x: FloatArray, basis: Basis | None) -> None:
        """Solve the problem with all switches held at those of x, and keep the schedule if it is the best."""
        columns = self.times.columns
        held = fixed(without_decisions(self.matrix), columns, np.round(x[columns]))
        begin = None if basis is None else Begin(basis, np.clip(x, held.lower, held.upper))
        answer = self._linear(held, begin)
        if answer.found and (self.best is None or answer.objective < self.best.objective):
            self.best = answer
            schedule_found()
        self._report()

    def _decide(self, timeline: Timeline, relaxed: Answer, size: float) -> float:
        """Find a first schedule, in longer windows where one finds none or they do not fit; returns their length.

        Raises:
            NoWindowsError: no schedule was found in windows, or no time is left.
        """
        while size <= self.times.axis.steps / 2 and not self._late():
            edges = self._cuts(size)
            gap = _SHARE * max(self.limits.gap, _FIRST) * abs(self.bound) / (len(edges) - 1)
            found = decide_windows(timeline, edges, relaxed.x, gap, self._left, self.pool)
            if found is not None:
                self._hold(found, relaxed.basis)
            if self.best is not None:
                return size
            size *= _GROWTH
        raise NoWindowsError("no schedule was found window by window")

    def _raise(self, timeline: Timeline, edges: IntArray, relaxed: Answer) -> None:
        windows = priced_windows(timeline, edges)
        before = sum(window.bound for window in windows)
        self.windows = raised(windows, relaxed.x, self._window_gap(len(windows)), self._left, self.pool)
        raised_by = sum(window.bound for window in self.windows) - before
        self.bound = max(self.bound, dual_objective(self.matrix, timeline.row_dual) + raised_by)
        self._report()

    def _improve(self, timeline: Timeline, size: float) -> None:
        assert self.best is not None
        gap = self._window_gap(len(self.windows))
        x = improve(timeline, self.windows, self.best.x, size / 2, gap, self._left, self.pool)
        self._hold(x, self.best.basis)

    def _report(self) -> None:
        if self.best is not None:
            answer = replace(self.best, bound=self.bound)
            self.report_progress(
                f"solve: schedule {answer.objective:,.2f}, bound {answer.bound:,.2f}, gap {answer.gap:.1e}"
            )

    def _answer(self, note: str) -> Answer:
        assert self.best is not None
        late = self._late() and not replace(self.best, bound=self.bound).within(self.limits.gap)
        return replace(
            self.best,
            status=Status.TIME_LIMIT if late else Status.OPTIMAL,
            bound=min(self.bound, self.best.objective),
            row_dual=np.zeros(0),
            ways=("switches in windows", *self.best.ways),
            note=note,
        )
