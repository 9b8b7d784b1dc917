"""Search for the best schedule with exclusive pairs (charge and discharge, import and export) and few binaries."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from microgrid.contract.plan import proven
from microgrid.contract.status import Status
from microgrid.errors import SolverError
from microgrid.horizon import FloatArray
from microgrid.model.chain import Chain, Point
from microgrid.model.extended import with_columns, with_rows
from microgrid.model.matrix import Family, Matrix
from microgrid.model.pairs import Pairs
from microgrid.model.verbs import closed, fixed, without_decisions
from microgrid.solve.answer import Answer
from microgrid.solve.exclusive.repair import keep_apart
from microgrid.solve.highs.problem import Session
from microgrid.solve.limits import Limits
from microgrid.solve.switches.search import solve_switches
from microgrid.solve.warm_start import Begin
from microgrid.solve.windows.relaxed import keeps_rules, solve_relaxed

_SAME = 1e-9  # relative difference of the objective that is rounding
_NOTHING = 1e-6  # relative difference of the objective that is not worth a search
_ROUNDS = 20
_NEAR = 100  # steps before and after one with a pair used at once whose pairs may have to change with it
_SIDES = ("first", "second")


def solve_exclusive(
    matrix: Matrix,
    pairs: Pairs,
    limits: Limits,
    steps: int = 0,
    report_progress: Callable[[str], None] = lambda _: None,
    begin: Begin | None = None,
) -> Answer:
    """Find the best x in which at most one column of each pair differs from 0.

    1. The problem is solved without this condition, which gives a bound.
    2. Where both columns of a pair are used at once, another x that keeps the condition is sought; the bound proves
       that it is as good, or worse by next to nothing.
    3. If there is none, each violated pair gets a binary, until no pair is violated.

    steps: number of steps of the matrix's time axis, 0 if it has none; begin: basis and values of a similar problem. If
    its values keep all rules, the answer is at least as good.

    Raises:
        SolverError: pairs are still violated after many rounds of binaries, or HiGHS stops without an answer.
    """
    answer = _search(matrix, pairs, limits, steps, report_progress, begin)
    if (
        begin is None
        or answer.status == Status.UNBOUNDED
        or answer.within(_SAME)
        or not _keeps_all(matrix, pairs, begin.x)
    ):
        return answer
    known = _of_schedule(matrix, begin.x, answer, "as suggested")
    return answer if answer.found and answer.objective <= known.objective else known


def _search(
    matrix: Matrix,
    pairs: Pairs,
    limits: Limits,
    steps: int,
    report_progress: Callable[[str], None],
    begin: Begin | None,
) -> Answer:
    started = time.perf_counter()
    session = None
    if matrix.integer.any():
        relaxed = solve_switches(matrix, steps, limits, report_progress, begin)
    else:
        session, relaxed = solve_relaxed(matrix, steps, limits, report_progress, begin)
    if not relaxed.found or not len(pairs.violated(relaxed.x)):
        return relaxed
    if relaxed.status == Status.TIME_LIMIT:
        return _soon_apart(matrix, relaxed, pairs, steps)
    switches = np.flatnonzero(matrix.integer)
    held = fixed(without_decisions(matrix), switches, np.round(relaxed.x[switches]))
    session = session or _resumed(held, relaxed, limits.left_since(started))
    spared = None if session is None else _without_waste(session, held, relaxed, pairs)
    if spared is not None:
        return spared
    parted = _with_one_closed(held, relaxed, pairs, limits.left_since(started))
    most = limits.gap if len(switches) else min(limits.gap, _NOTHING)
    if parted is not None and proven(parted.objective, relaxed.bound, max(_SAME, most), relaxed.turnover):
        return parted
    first = parted.x if parted is not None else None if begin is None else begin.x
    again = _Again(limits, started, steps, report_progress)
    found = _with_binaries(matrix, relaxed, pairs, again, first)
    if parted is None or (found.found and found.objective <= parted.objective):
        return found
    return _of_schedule(matrix, parted.x, found if found.found else relaxed, parted.ways[-1])


def _resumed(matrix: Matrix, answer: Answer, limits: Limits) -> Session | None:
    """A session that has solved a linear problem again from an answer's basis; None if the answer has none."""
    if answer.basis is None:
        return None
    session = Session(matrix, limits)
    return None if session.resume(answer.basis, feasible=True) is None else session


def _keeps_all(matrix: Matrix, pairs: Pairs, x: FloatArray) -> bool:
    whole = x[matrix.integer]
    return keeps_rules(matrix, x) and not len(pairs.violated(x)) and bool((whole == np.round(whole)).all())


def _of_schedule(matrix: Matrix, x: FloatArray, bounded: Answer, way: str) -> Answer:
    """Answer with a schedule that keeps all rules, and with the bound of another answer to the problem."""
    late = bounded.status == Status.TIME_LIMIT
    none = np.zeros(0)
    return replace(
        bounded,
        status=Status.TIME_LIMIT if late else Status.OPTIMAL,
        x=x,
        objective=matrix.objective(x),
        turnover=matrix.turnover(x),
        row_dual=none,
        basis=None,
        ways=(*bounded.ways, way),
    )


def _soon_apart(matrix: Matrix, relaxed: Answer, pairs: Pairs, steps: int) -> Answer:
    """Answer when the time has ended: the relaxed schedule with its pairs repaired, if possible, and its bound."""
    late = replace(relaxed, status=Status.TIME_LIMIT, row_dual=np.zeros(0))
    x = keep_apart(matrix, pairs, relaxed.x, steps) if steps else None
    return late if x is None else _of_schedule(matrix, x, late, "pairs parted step by step")


def _without_waste(session: Session, matrix: Matrix, relaxed: Answer, pairs: Pairs) -> Answer | None:
    """Find another optimum of the relaxed problem that uses no pair at once; None if none is found.

    Where energy is free, there are many optima, and some of them waste it by using a pair at once. The optimum with the
    least use of the pairs is sought first; where it still uses one at once, the smaller of its columns is closed.
    """
    session.hold_optimum()
    violated = pairs.violated(relaxed.x)
    near = np.zeros(0, dtype=np.int64)
    answer = relaxed
    for _ in range(_ROUNDS):
        again = violated[np.isin(violated, near)]
        smaller = pairs.smaller(answer.x)[again]
        session.fix(smaller, np.zeros(len(smaller)))
        near = np.union1d(near, pairs.around(violated, _NEAR))
        session.prefer_little(np.concatenate([pairs.first[near], pairs.second[near]]))
        answer = session.solve()
        objective = matrix.objective(answer.x) if answer.found else np.inf
        if answer.status != Status.OPTIMAL or not proven(objective, relaxed.objective, _SAME, relaxed.turnover):
            return None
        violated = pairs.violated(answer.x)
        if not len(violated):
            return replace(relaxed, x=answer.x, objective=objective)
    return None


def _with_one_closed(matrix: Matrix, relaxed: Answer, pairs: Pairs, limits: Limits) -> Answer | None:
    """Find an x by closing the smaller column of each pair used at once; None if none is found.

    The bound of the answer is that of the relaxed problem.
    """
    answer = relaxed
    for _ in range(_ROUNDS):
        violated = pairs.violated(answer.x)
        bounded = replace(answer, bound=relaxed.bound)
        if not len(violated):
            dual = relaxed.row_dual if bounded.within(_SAME) else np.zeros(0)
            ways = (*relaxed.ways, "with the smaller of a pair closed")
            return replace(bounded, row_dual=dual, ways=ways, note=relaxed.note)
        if answer.basis is None:
            return None
        matrix = closed(matrix, pairs.smaller(answer.x)[violated])
        found = Session(matrix, limits).resume(answer.basis, feasible=False)
        if found is None:
            return None
        answer = found
    return None


@dataclass(frozen=True)
class _Again:
    """How further problems with on/off decisions are solved; began: when the search began [s]."""

    limits: Limits
    began: float
    steps: int
    report_progress: Callable[[str], None]

    def solve(self, matrix: Matrix, begin: Begin, bound: float) -> Answer:
        """Solve a problem with on/off decisions in the time that is left; bound: proven already."""
        left = self.limits.left_since(self.began)
        return solve_switches(matrix, self.steps, left, self.report_progress, begin, bound)


def _with_binaries(matrix: Matrix, relaxed: Answer, pairs: Pairs, again: _Again, first: FloatArray | None) -> Answer:
    """Find the best x with binaries for the violated pairs only; first: a schedule from which the search begins.

    Raises:
        SolverError: pairs are violated that have binaries already, or still after ``_ROUNDS`` rounds.
    """
    chosen = np.zeros(0, dtype=np.int64)
    answer = relaxed
    for turn in range(_ROUNDS):
        # Binaries in one step often shift the violation to the next: from the second turn on, neighbours get them too.
        reach = 4**turn if turn else 0
        before = len(chosen)
        chosen = np.union1d(chosen, pairs.around(pairs.violated(answer.x), reach))
        if len(chosen) == before:
            break
        decided = with_binaries(matrix, pairs, chosen)
        known = decided.into(Point(answer.x if first is None else first, basis=answer.basis))
        sides = known.x[pairs.first[chosen]] > known.x[pairs.second[chosen]]
        begin = Begin(known.basis, np.concatenate([known.x[: len(matrix.cost)], sides.astype(float)]))
        found = again.solve(decided.matrix, begin, answer.bound)
        if not found.found:
            return _soon_apart(matrix, relaxed, pairs, again.steps) if found.status == Status.TIME_LIMIT else found
        point = decided.back(Point(found.x, basis=found.basis))
        answer = replace(found, x=point.x, basis=point.basis or answer.basis, note=relaxed.note)
        if not len(pairs.violated(answer.x)):
            return answer
    raise SolverError(f"pairs that exclude each other are still used at once with {len(chosen)} binaries")


def with_binaries(matrix: Matrix, pairs: Pairs, chosen: NDArray[np.int64]) -> Chain:
    """Add binaries u for the chosen pairs:  first <= first_max u,  second <= second_max (1 - u)."""
    count = len(chosen)
    columns = len(matrix.cost)
    index = np.arange(count)
    nothing = np.zeros(count)
    one = np.ones(count)
    first, second = pairs.first_max[chosen], pairs.second_max[chosen]
    sides = sp.csc_matrix(
        (
            np.concatenate([one, one, -first, second]),
            (
                np.concatenate([index, count + index, index, count + index]),
                np.concatenate([pairs.first[chosen], pairs.second[chosen], columns + index, columns + index]),
            ),
        ),
        shape=(2 * count, columns + count),
    )
    families = [Family(f"{side}_of_exclusive", k * count, count) for k, side in enumerate(_SIDES)]
    with_decisions = Chain(matrix).then(
        with_columns,
        sp.csc_matrix((len(matrix.row_lower), count)),
        cost=nothing,
        lower=nothing,
        upper=one,
        integer=one.astype(bool),
        families=[Family("exclusive", 0, count)],
    )
    none = np.full(2 * count, -np.inf)
    most = np.concatenate([nothing, second])
    return with_decisions.then(with_rows, sides, lower=none, upper=most, families=families)
