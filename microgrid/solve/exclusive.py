"""Pairs that exclude each other (charge and discharge, import and export), binaries only where they are needed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from microgrid.errors import SolverError
from microgrid.horizon import FloatArray
from microgrid.ledger import Exclusive
from microgrid.model.assembly import Model
from microgrid.solve.highs import Answer, Session
from microgrid.solve.known import Begin
from microgrid.solve.limits import Limits
from microgrid.solve.matrix import Family, Matrix
from microgrid.solve.relaxed import solve_relaxed

_BOTH = 1e-7  # of the smaller limit: at most this of both at once counts as none
_SAME = 1e-9
_ROUNDS = 20
_NEAR = 100  # steps before and after one in which a pair burns energy that may have to change with it
_SIDES = ("first", "second")


@dataclass(frozen=True)
class Pairs:
    """Columns that exclude each other, one pair a row, with their upper limits [kW].

    group: which two variables a pair belongs to; within a group the pairs are in order of time.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    first_max: FloatArray
    second_max: FloatArray
    group: NDArray[np.int64]

    def around(self, chosen: NDArray[np.int64], reach: int) -> NDArray[np.int64]:
        """The chosen pairs with all of their group up to ``reach`` pairs before and after them."""
        near = (chosen[:, None] + np.arange(-reach, reach + 1)[None, :]).clip(0, len(self.first) - 1)
        return np.unique(near[self.group[near] == self.group[chosen][:, None]])

    def violated(self, x: FloatArray) -> NDArray[np.int64]:
        """The pairs of which both differ from zero."""
        least = np.minimum(x[self.first], x[self.second])
        return np.flatnonzero(least > _BOTH * np.maximum(np.minimum(self.first_max, self.second_max), 1.0))


def pairs_of(model: Model, matrix: Matrix) -> Pairs:
    """All pairs of a model that could both differ from zero."""
    parts = [_pairs(exclusive, matrix) for exclusive in _exclusives(model)]
    if not parts:
        return no_pairs()
    first, second, first_max, second_max = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    group = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    possible = (first_max > 0) & (second_max > 0)
    return Pairs(first[possible], second[possible], first_max[possible], second_max[possible], group[possible])


def no_pairs() -> Pairs:
    """Nothing excludes anything."""
    index, number = np.zeros(0, dtype=np.int64), np.zeros(0)
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


def solve_exclusive(
    matrix: Matrix,
    pairs: Pairs,
    limits: Limits,
    steps: int = 0,
    say: Callable[[str], None] = lambda _: None,
    begin: Begin | None = None,
) -> Answer:
    """The best x in which no pair is used at once; ``steps`` of the matrix's time axis, 0 if it has none.

    begin: where a similar problem stood.

    The problem is solved without the condition. Where a pair is used at once, another optimum that does not is looked
    for, and the relaxed bound proves that nothing was lost. Where there is none, exactly these pairs get a binary each,
    until none is violated.
    """
    started = time.perf_counter()
    session, relaxed = solve_relaxed(matrix, steps, limits, say, begin)
    if relaxed.found and matrix.integer.any():
        relaxed = session.polish(relaxed)
    if not relaxed.found or not len(pairs.violated(relaxed.x)):
        return relaxed
    if relaxed.status == "time_limit":
        return relaxed if begin is None or begin.basis is not None else _as_suggested(matrix, relaxed, begin.x)
    if not matrix.integer.any():
        spared = _without_waste(session, matrix, relaxed, pairs)
        if spared is not None:
            return spared
    return _with_binaries(matrix, relaxed, pairs, limits, started, begin)


def _as_suggested(matrix: Matrix, relaxed: Answer, x: FloatArray) -> Answer:
    """The schedule that the search began from, where there is no time to make a better one keep the pairs apart."""
    objective = float(matrix.cost @ x) + matrix.offset
    return replace(relaxed, x=x, objective=objective, ways=(*relaxed.ways, "as suggested"))


def _without_waste(session: Session, matrix: Matrix, relaxed: Answer, pairs: Pairs) -> Answer | None:
    """An x that is as good and uses no pair at once, or None if it is not found.

    Where energy is free, there are many optima, and in some of them it is burnt in a pair. Of all optima the one that
    uses the pairs least is sought first; where it still uses one at once, the smaller of the two is closed.
    """
    session.hold_optimum()
    violated, near, answer = pairs.violated(relaxed.x), np.zeros(0, dtype=np.int64), relaxed
    for _ in range(_ROUNDS):
        again = violated[np.isin(violated, near)]
        smaller = np.where(
            answer.x[pairs.first[again]] < answer.x[pairs.second[again]], pairs.first[again], pairs.second[again]
        )
        session.fix(smaller, np.zeros(len(smaller)))
        near = np.union1d(near, pairs.around(violated, _NEAR))
        session.prefer_little(np.concatenate([pairs.first[near], pairs.second[near]]))
        answer = session.solve()
        objective = float(matrix.cost @ answer.x) + matrix.offset if answer.found else np.inf
        if answer.status != "optimal" or objective > relaxed.objective + _SAME * max(abs(relaxed.objective), 1.0):
            return None
        violated = pairs.violated(answer.x)
        if not len(violated):
            return replace(relaxed, x=answer.x, objective=objective)
    return None


def _with_binaries(
    matrix: Matrix, relaxed: Answer, pairs: Pairs, limits: Limits, started: float, begin: Begin | None
) -> Answer:
    chosen = np.zeros(0, dtype=np.int64)
    answer = relaxed
    for turn in range(_ROUNDS):
        # Where binaries close one step, the next is often used at once: from the second turn on, take stretches.
        reach = 4**turn if turn else 0
        before, chosen = len(chosen), np.union1d(chosen, pairs.around(pairs.violated(answer.x), reach))
        if len(chosen) == before:
            break
        session = Session(add_binaries(matrix, pairs, chosen), limits.left_since(started))
        if begin is not None and begin.basis is None:
            sides = begin.x[pairs.first[chosen]] > begin.x[pairs.second[chosen]]
            session.suggest(np.concatenate([begin.x, sides.astype(float)]))
        answer = session.solve()
        if not answer.found:
            return answer
        answer = session.polish(answer)
        answer = replace(answer, x=answer.x[: len(matrix.cost)], note=relaxed.note)
        if not len(pairs.violated(answer.x)):
            return answer
    raise SolverError(f"pairs that exclude each other are still used at once with {len(chosen)} binaries")


def add_binaries(matrix: Matrix, pairs: Pairs, chosen: NDArray[np.int64]) -> Matrix:
    """First <= first_max u,  second <= second_max (1 - u),  u binary, for the chosen pairs."""
    count, columns = len(chosen), len(matrix.cost)
    index = np.arange(count)
    new = sp.coo_matrix(
        (
            np.concatenate([np.ones(2 * count), -pairs.first_max[chosen], pairs.second_max[chosen]]),
            (
                np.concatenate([index, count + index, index, count + index]),
                np.concatenate([pairs.first[chosen], pairs.second[chosen], columns + index, columns + index]),
            ),
        ),
        shape=(2 * count, columns + count),
    )
    old = sp.hstack([matrix.A, sp.csc_matrix((matrix.A.shape[0], count))])
    zeros, ones = np.zeros(count), np.ones(count)
    return replace(
        matrix,
        cost=np.concatenate([matrix.cost, zeros]),
        lower=np.concatenate([matrix.lower, zeros]),
        upper=np.concatenate([matrix.upper, ones]),
        integer=np.concatenate([matrix.integer, ones.astype(bool)]),
        A=sp.csc_matrix(sp.vstack([old, new])),
        row_lower=np.concatenate([matrix.row_lower, np.full(2 * count, -np.inf)]),
        row_upper=np.concatenate([matrix.row_upper, zeros, pairs.second_max[chosen]]),
        columns=(*matrix.columns, Family("exclusive", columns, count)),
        rows=(
            *matrix.rows,
            *(Family(f"{side}_of_exclusive", old.shape[0] + k * count, count) for k, side in enumerate(_SIDES)),
        ),
    )
