"""Any chain of changes that leaves an optimum possible has it, maps it back, and keeps the names of the problem."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid.horizon import FloatArray
from microgrid.model.basis import BASIC, Basis
from microgrid.model.certificate import dual_objective
from microgrid.model.chain import Chain, Point
from microgrid.model.elastic import elastic
from microgrid.model.extended import with_columns, with_rows
from microgrid.model.matrix import Family, Matrix
from microgrid.model.restricted import reduced, restricted
from microgrid.model.split_columns import split
from microgrid.model.verbs import fixed, with_limits
from microgrid.solve.highs.simplex import run_linear
from microgrid.solve.limits import Limits
from tests.proofs import proof

NEAR = {"rel": 1e-7, "abs": 1e-7}
Verb = Callable[[Chain, FloatArray, np.random.Generator], Chain]


@st.composite
def problems(draw: st.DrawFn) -> tuple[Matrix, np.random.Generator]:
    """A linear problem with up to 6 columns, all limited, and up to 5 rows, that has a solution; from a seed."""
    columns, rows = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    generator = np.random.default_rng(draw(st.integers(0, 10**6)))
    entries = generator.integers(-3, 4, (rows, columns)) * (generator.random((rows, columns)) < 0.7)
    lower = generator.integers(-4, 1, columns).astype(float)
    upper = lower + generator.integers(1, 9, columns)
    activity = entries @ generator.uniform(lower, upper)
    equal = generator.random(rows) < 0.4
    room = np.where(equal, 0.0, generator.integers(0, 5, rows))
    return Matrix(
        cost=generator.integers(-5, 6, columns).astype(float),
        offset=float(generator.integers(-5, 6)),
        lower=lower,
        upper=upper,
        integer=np.zeros(columns, dtype=bool),
        A=sp.csc_matrix(entries.astype(float)),
        row_lower=np.where(generator.random(rows) < 0.3, np.where(equal, activity, -np.inf), activity - room),
        row_upper=activity + room,
        columns=tuple(Family(f"column {k}", k, 1) for k in range(columns)),
        rows=tuple(Family(f"row {k}", k, 1) for k in range(rows)),
    ), generator


def solved(matrix: Matrix) -> Point:
    run = run_linear(matrix, Limits())
    assert run.optimal
    return run.point


def random_part(count: int, generator: np.random.Generator) -> np.ndarray:
    """At least one of so many."""
    return np.union1d(np.flatnonzero(generator.random(count) < 0.5), generator.integers(count, size=1))


def held(chain: Chain, best: FloatArray, generator: np.random.Generator) -> Chain:
    which = random_part(len(best), generator)
    return chain.then(fixed, which, best[which])


def wider(chain: Chain, best: FloatArray, generator: np.random.Generator) -> Chain:
    """Limits of rows that do not bind are given up."""
    matrix, activity = chain.matrix, chain.matrix.A @ best
    loose = activity < matrix.row_upper - 0.5
    return chain.then(with_limits, row_upper=np.where(loose, matrix.row_upper + 1.0, matrix.row_upper))


def with_slack_row(chain: Chain, best: FloatArray, generator: np.random.Generator) -> Chain:
    """A row that no x within the limits can break; what has no limit stays below a million."""
    entries = generator.integers(-3, 4, len(best)).astype(float)
    reach = np.minimum(np.maximum(-chain.matrix.lower, chain.matrix.upper), 1e6)
    most = np.abs(entries) @ reach
    return chain.then(
        with_rows,
        sp.csc_matrix(entries[None, :]),
        lower=np.array([-np.inf]),
        upper=np.array([most + 1]),
        families=[Family("slack", 0, 1)],
    )


def with_dear_columns(chain: Chain, best: FloatArray, generator: np.random.Generator) -> Chain:
    """Two columns that are in some rows and cost more than anything they could save."""
    entries = sp.csc_matrix(generator.integers(-2, 3, (chain.matrix.A.shape[0], 2)).astype(float))
    names = [Family("dear", 0, 2)]
    return chain.then(with_columns, entries, cost=np.full(2, 1e5), lower=np.zeros(2), upper=np.ones(2), families=names)


def made_elastic(chain: Chain, best: FloatArray, generator: np.random.Generator) -> Chain:
    return chain.then(elastic, random_part(len(chain.matrix.row_lower), generator), 1e4)


def with_parts(chain: Chain, best: FloatArray, generator: np.random.Generator) -> Chain:
    which = random_part(len(best), generator)
    at = np.clip(best[which] + generator.integers(-2, 3, len(which)), chain.matrix.lower[which], 1e3)
    return chain.then(split, which, at, -chain.matrix.cost[which])


def cut_out(chain: Chain, best: FloatArray, generator: np.random.Generator) -> Chain:
    """Some columns in all rows, with all others where they are best."""
    rows = np.arange(len(chain.matrix.row_lower))
    return chain.then(restricted, random_part(len(best), generator), rows, known(chain, best))


def leaned(chain: Chain, best: FloatArray, generator: np.random.Generator) -> Chain:
    return chain.then(reduced, known(chain, best))


def known(chain: Chain, x: FloatArray) -> Point:
    """A point with prices and a basis, here of rows alone."""
    rows = len(chain.matrix.row_lower)
    return Point(x, np.zeros(rows), Basis(np.zeros(len(x), np.int8), np.full(rows, BASIC, np.int8)))


EXACT: list[Verb] = [wider, with_slack_row, with_dear_columns, made_elastic, with_parts]  # prices are mapped back too
ALL: list[Verb] = [*EXACT, held, cut_out, leaned]


def basics(basis: Basis) -> int:
    return int((basis.column == BASIC).sum() + (basis.row == BASIC).sum())


def assert_kept(matrix: Matrix, x: FloatArray) -> None:
    for value, lower, upper in ((x, matrix.lower, matrix.upper), (matrix.A @ x, matrix.row_lower, matrix.row_upper)):
        assert (value >= lower - 1e-6).all()
        assert (value <= upper + 1e-6).all()


@proof(sample=40, whole=150)
@given(problems(), st.lists(st.sampled_from(ALL), min_size=1, max_size=4))
def test_the_optimum_of_a_chain_is_that_of_the_problem(
    drawn: tuple[Matrix, np.random.Generator], verbs: list[Verb]
) -> None:
    """Each change is made around the optimum so that it stays possible; what is found behind the last one is it."""
    matrix, generator = drawn
    optimum = solved(matrix)
    chain, best = Chain(matrix), optimum.x
    for verb in verbs:
        chain = verb(chain, best, generator)
        best = chain.changes[-1].into(Point(best)).x
        assert matrix.objective(chain.back(Point(best)).x) == pytest.approx(matrix.objective(optimum.x), **NEAR)
        assert_kept(chain.matrix, best)
    found = chain.back(solved(chain.matrix))
    assert_kept(matrix, found.x)
    assert matrix.objective(found.x) == pytest.approx(matrix.objective(optimum.x), **NEAR)
    np.testing.assert_allclose(chain.back(Point(best)).x, optimum.x, atol=1e-9)


@proof(sample=40, whole=150)
@given(problems(), st.lists(st.sampled_from(EXACT), min_size=1, max_size=4))
def test_prices_and_basis_come_back(drawn: tuple[Matrix, np.random.Generator], verbs: list[Verb]) -> None:
    """The prices prove the optimum of the first problem, and its basis has as many basic as there are rows."""
    matrix, generator = drawn
    optimum = solved(matrix)
    chain, best = Chain(matrix), optimum.x
    for verb in verbs:
        chain = verb(chain, best, generator)
        best = chain.changes[-1].into(Point(best)).x
    there = chain.into(optimum)
    assert there.basis is not None
    assert basics(there.basis) == len(chain.matrix.row_lower)
    again = chain.back(there)
    np.testing.assert_allclose(again.x, optimum.x, atol=1e-9)
    np.testing.assert_array_equal(again.row_dual, optimum.row_dual)
    found = chain.back(solved(chain.matrix))
    assert dual_objective(matrix, found.row_dual) == pytest.approx(matrix.objective(optimum.x), **NEAR)
    if found.basis is not None:
        assert basics(found.basis) == len(matrix.row_lower)
        warm = run_linear(matrix, Limits(), found.basis)
        assert matrix.objective(warm.x) == pytest.approx(matrix.objective(optimum.x), **NEAR)


@given(problems(), st.lists(st.sampled_from(EXACT), min_size=2, max_size=2))
@settings(deadline=None, max_examples=50, derandomize=True)
def test_a_chain_undoes_the_last_change_first(drawn: tuple[Matrix, np.random.Generator], verbs: list[Verb]) -> None:
    """Two changes go back like the second and then the first, and the names stand one after another."""
    matrix, generator = drawn
    chain = Chain(matrix)
    for verb in verbs:
        chain = verb(chain, np.clip(0.0, chain.matrix.lower, chain.matrix.upper), generator)
    first, second = chain.changes
    found = solved(chain.matrix)
    alone, together = first.back(second.back(found)), chain.back(found)
    np.testing.assert_array_equal(alone.x, together.x)
    np.testing.assert_array_equal(alone.row_dual, together.row_dual)
    for families, before, count in (
        (chain.matrix.columns, matrix.columns, len(chain.matrix.cost)),
        (chain.matrix.rows, matrix.rows, len(chain.matrix.row_lower)),
    ):
        assert families[: len(before)] == before
        assert [f.start for f in families] == np.cumsum([0, *(f.size for f in families)])[:-1].tolist()
        assert sum(f.size for f in families) == count
