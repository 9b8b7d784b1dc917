"""Pairs that exclude each other (charge and discharge, import and export), binaries only where they are needed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from microgrid.contract.plan import proven
from microgrid.errors import SolverError
from microgrid.horizon import FloatArray
from microgrid.model.chain import Chain, Point
from microgrid.model.extended import with_columns, with_rows
from microgrid.model.matrix import Family, Matrix
from microgrid.model.pairs import Pairs
from microgrid.model.verbs import closed
from microgrid.solve.answer import Answer
from microgrid.solve.exclusive.relaxed import keeps_rules, solve_relaxed
from microgrid.solve.exclusive.repair import keep_apart
from microgrid.solve.highs.problem import Session
from microgrid.solve.limits import Limits
from microgrid.solve.warm_start import Begin

_SAME, _NOTHING = 1e-9, 1e-6  # of the objective
_ROUNDS = 20
_NEAR = 100  # steps before and after one in which a pair burns energy that may have to change with it
_SIDES = ("first", "second")


def solve_exclusive(
    matrix: Matrix,
    pairs: Pairs,
    limits: Limits,
    steps: int = 0,
    say: Callable[[str], None] = lambda _: None,
    begin: Begin | None = None,
) -> Answer:
    """The best x in which no pair is used at once; ``steps`` of the matrix's time axis, 0 if it has none.

    begin: where a similar problem stood. If its x keeps all rules, the answer is at least as good.

    The problem is solved without the condition. Where a pair is used at once, another optimum that does not is looked
    for, and the relaxed bound proves that nothing was lost, or next to nothing. Where there is none, exactly these
    pairs get a binary each, until none is violated.
    """
    answer = _search(matrix, pairs, limits, steps, say, begin)
    if begin is None or answer.status == "unbounded" or answer.within(_SAME) or not _keeps_all(matrix, pairs, begin.x):
        return answer
    known = _of_schedule(matrix, begin.x, answer, "as suggested")
    return answer if answer.found and answer.objective <= known.objective else known


def _search(
    matrix: Matrix, pairs: Pairs, limits: Limits, steps: int, say: Callable[[str], None], begin: Begin | None
) -> Answer:
    started = time.perf_counter()
    session, relaxed = solve_relaxed(matrix, steps, limits, say, begin)
    if relaxed.found and matrix.integer.any():
        relaxed = session.polish(relaxed)
    if not relaxed.found or not len(pairs.violated(relaxed.x)):
        return relaxed
    if relaxed.status == "time_limit":
        return _soon_apart(matrix, relaxed, pairs, steps)
    parted = None
    if not matrix.integer.any():
        spared = _without_waste(session, matrix, relaxed, pairs)
        if spared is not None:
            return spared
        parted = _with_one_closed(matrix, relaxed, pairs, limits.left_since(started))
        most = max(_SAME, min(limits.gap, _NOTHING))
        if parted is not None and proven(parted.objective, relaxed.objective, most, relaxed.turnover):
            return parted
    first = parted.x if parted is not None else None if begin is None else begin.x
    found = _with_binaries(matrix, relaxed, pairs, limits, started, steps, first)
    if parted is None or (found.found and found.objective <= parted.objective):
        return found
    return _of_schedule(matrix, parted.x, found if found.found else relaxed, parted.ways[-1])


def _keeps_all(matrix: Matrix, pairs: Pairs, x: FloatArray) -> bool:
    whole = x[matrix.integer]
    return keeps_rules(matrix, x) and not len(pairs.violated(x)) and bool((whole == np.round(whole)).all())


def _of_schedule(matrix: Matrix, x: FloatArray, bounded: Answer, way: str) -> Answer:
    """A schedule that keeps all rules as the answer, with the bound that was proven by then."""
    late, none = bounded.status == "time_limit", np.zeros(0)
    return replace(
        bounded,
        status="time_limit" if late else "optimal",
        x=x,
        objective=matrix.objective(x),
        turnover=matrix.turnover(x),
        row_dual=none,
        basis=None,
        ways=(*bounded.ways, way),
    )


def _soon_apart(matrix: Matrix, relaxed: Answer, pairs: Pairs, steps: int) -> Answer:
    """A schedule that keeps pairs apart when there is no time for the best one; the bound is the relaxed one's."""
    late = replace(relaxed, status="time_limit", row_dual=np.zeros(0))
    x = keep_apart(matrix, pairs, relaxed.x, steps) if steps else None
    return late if x is None else _of_schedule(matrix, x, late, "pairs parted step by step")


def _without_waste(session: Session, matrix: Matrix, relaxed: Answer, pairs: Pairs) -> Answer | None:
    """An x that is as good and uses no pair at once, or None if it is not found.

    Where energy is free, there are many optima, and in some of them it is burnt in a pair. Of all optima the one that
    uses the pairs least is sought first; where it still uses one at once, the smaller of the two is closed.
    """
    session.hold_optimum()
    violated, near, answer = pairs.violated(relaxed.x), np.zeros(0, dtype=np.int64), relaxed
    for _ in range(_ROUNDS):
        again = violated[np.isin(violated, near)]
        smaller = pairs.smaller(answer.x)[again]
        session.fix(smaller, np.zeros(len(smaller)))
        near = np.union1d(near, pairs.around(violated, _NEAR))
        session.prefer_little(np.concatenate([pairs.first[near], pairs.second[near]]))
        answer = session.solve()
        objective = matrix.objective(answer.x) if answer.found else np.inf
        if answer.status != "optimal" or not proven(objective, relaxed.objective, _SAME, relaxed.turnover):
            return None
        violated = pairs.violated(answer.x)
        if not len(violated):
            return replace(relaxed, x=answer.x, objective=objective)
    return None


def _with_one_closed(matrix: Matrix, relaxed: Answer, pairs: Pairs, limits: Limits) -> Answer | None:
    """An x for which the smaller of each pair that is used at once is closed, with the bound of the relaxed problem."""
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


def _with_binaries(
    matrix: Matrix, relaxed: Answer, pairs: Pairs, limits: Limits, started: float, steps: int, first: FloatArray | None
) -> Answer:
    """The best x with a binary for exactly the pairs that offend; first: a schedule that the search begins from."""
    chosen = np.zeros(0, dtype=np.int64)
    answer = relaxed
    for turn in range(_ROUNDS):
        # Where binaries close one step, the next is often used at once: from the second turn on, take stretches.
        reach = 4**turn if turn else 0
        before, chosen = len(chosen), np.union1d(chosen, pairs.around(pairs.violated(answer.x), reach))
        if len(chosen) == before:
            break
        decided = with_binaries(matrix, pairs, chosen)
        session = Session(decided.matrix, limits.left_since(started))
        if first is not None:
            sides = first[pairs.first[chosen]] > first[pairs.second[chosen]]
            session.suggest(np.concatenate([first, sides.astype(float)]))
        answer = session.solve()
        if not answer.found:
            return _soon_apart(matrix, relaxed, pairs, steps) if answer.status == "time_limit" else answer
        answer = session.polish(answer)
        answer = replace(answer, x=decided.back(Point(answer.x)).x, note=relaxed.note)
        if not len(pairs.violated(answer.x)):
            return answer
    raise SolverError(f"pairs that exclude each other are still used at once with {len(chosen)} binaries")


def with_binaries(matrix: Matrix, pairs: Pairs, chosen: NDArray[np.int64]) -> Chain:
    """First <= first_max u,  second <= second_max (1 - u),  u binary, for the chosen pairs."""
    count, columns = len(chosen), len(matrix.cost)
    index, nothing, one = np.arange(count), np.zeros(count), np.ones(count)
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
    none, most = np.full(2 * count, -np.inf), np.concatenate([nothing, second])
    return with_decisions.then(with_rows, sides, lower=none, upper=most, families=families)
