"""Each verb on a problem that is solved by hand: 4 units from x at 1 (at most 3) and y at 2 (at most 5) cost 5."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from microgrid.model.basis import BASIC, LOWER, UPPER, ZERO, Basis, at_limit
from microgrid.model.chain import Chain, Point
from microgrid.model.elastic import elastic
from microgrid.model.extended import with_columns, with_rows
from microgrid.model.matrix import Family, Matrix
from microgrid.model.restricted import reduced, restricted
from microgrid.model.split_columns import split
from microgrid.model.verbs import (
    closed,
    fixed,
    with_costs,
    with_entries,
    with_limits,
    without_costs,
    without_decisions,
)
from microgrid.solve.highs.simplex import run_linear
from microgrid.solve.limits import Limits

NO_LIMIT = np.array([np.inf])


def shop(demand: float = 4.0) -> Matrix:
    """Minimize x + 2 y + 10 with x + y = demand, x at most 3 and y at most 5."""
    return Matrix(
        cost=np.array([1.0, 2.0]),
        offset=10.0,
        lower=np.zeros(2),
        upper=np.array([3.0, 5.0]),
        integer=np.zeros(2, dtype=bool),
        A=sp.csc_matrix(np.array([[1.0, 1.0]])),
        row_lower=np.array([demand]),
        row_upper=np.array([demand]),
        columns=(Family("x", 0, 1), Family("y", 1, 1)),
        rows=(Family("demand", 0, 1),),
    )


def solved(matrix: Matrix) -> Point:
    run = run_linear(matrix, Limits())
    assert run.optimal
    return run.point


def statuses(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int8)


def basis(column: list[int], row: list[int]) -> Basis:
    return Basis(statuses(*column), statuses(*row))


def same(point: Point, x: list[float], row_dual: list[float], of: Basis | None) -> None:
    assert point.x.tolist() == pytest.approx(x)
    assert point.row_dual.tolist() == pytest.approx(row_dual)
    assert (point.basis is None) == (of is None)
    if point.basis is not None and of is not None:
        assert point.basis.column.tolist() == of.column.tolist()
        assert point.basis.row.tolist() == of.row.tolist()


def test_the_problem_by_hand() -> None:
    """Three of x and one of y; one more unit would come from y, at 2. With the offset it costs 15."""
    found = solved(shop())
    same(found, [3, 1], [2], basis([UPPER, BASIC], [LOWER]))
    assert shop().objective(found.x) == 15


@pytest.mark.parametrize(
    ("changed", "x"),
    [
        (with_limits(shop(), upper=np.array([1.0, 5.0])), [1, 3]),
        (with_limits(shop(), row_lower=np.array([2.0])), [2, 0]),
        (fixed(shop(), np.array([1]), 4.0), [0, 4]),
        (closed(shop(), np.array([0])), [0, 4]),
        (with_costs(shop(), np.array([3.0, 2.0])), [0, 4]),
        (with_entries(shop(), sp.csc_matrix(np.array([[2.0, 1.0]]))), [2, 0]),
    ],
    ids=["less of x", "less demand", "fixed", "closed", "dearer x", "x counts twice"],
)
def test_limits_costs_and_coefficients(changed: Matrix, x: list[float]) -> None:
    """The columns and rows stay what they are, and so do their names; and the old problem is not touched."""
    assert solved(changed).x.tolist() == pytest.approx(x)
    assert (changed.columns, changed.rows) == (shop().columns, shop().rows)
    assert solved(shop()).x.tolist() == pytest.approx([3, 1])


def test_without_costs_and_decisions() -> None:
    """Nothing costs anything, not even the offset; halves of whole numbers are allowed."""
    assert without_costs(shop()).objective(np.array([3.0, 1.0])) == 0
    whole = Matrix(**{**vars(shop(2.5)), "integer": np.ones(2, dtype=bool)})
    assert solved(without_decisions(whole)).x.tolist() == [2.5, 0]
    linear = shop()
    assert without_decisions(linear) is linear


def test_coefficients_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(2, 2\) for a problem of shape \(1, 2\)"):
        with_entries(shop(), sp.csc_matrix(np.ones((2, 2))))


def test_a_row_more() -> None:
    """At most 2 of x: two of each, 16 in all. The row binds, so what is left of the basis is none."""
    more = with_rows(
        shop(),
        sp.csc_matrix(np.array([[1.0, 0.0]])),
        lower=np.array([-np.inf]),
        upper=np.array([2.0]),
        families=[Family("most", 0, 1)],
    )
    found = solved(more.matrix)
    same(found, [2, 2], [2, -1], basis([BASIC, BASIC], [LOWER, UPPER]))
    same(more.back(found), [2, 2], [2], None)
    assert [(family.name, family.start) for family in more.matrix.rows] == [("demand", 0), ("most", 1)]
    before = solved(shop())
    same(more.into(before), [3, 1], [2, 0], basis([UPPER, BASIC], [LOWER, BASIC]))
    same(more.back(more.into(before)), [3, 1], [2], before.basis)


def test_a_column_more() -> None:
    """Z at 3 EUR is not bought, z at 0.5 EUR is all that is bought."""
    for price, x in ((3.0, [3, 1, 0]), (0.5, [0, 0, 4])):
        more = with_columns(
            shop(),
            sp.csc_matrix(np.array([[1.0]])),
            cost=np.array([price]),
            lower=np.zeros(1),
            upper=NO_LIMIT,
            families=[Family("z", 0, 1)],
        )
        found = solved(more.matrix)
        assert found.x.tolist() == pytest.approx(x)
        assert [(family.name, family.start) for family in more.matrix.columns] == [("x", 0), ("y", 1), ("z", 2)]
        assert more.back(found).x.tolist() == pytest.approx(x[:2])
        assert (more.back(found).basis is None) == (price < 1)


def test_a_restriction_counts_what_is_given() -> None:
    """With 3 of x given, one of y is left to buy, for 2; what is given, and the offset, are not in the objective."""
    before = solved(shop())
    part = restricted(shop(), np.array([1]), np.array([0]), Point(np.array([3.0, 99.0]), before.row_dual, before.basis))
    assert part.matrix.row_lower.tolist() == [1]
    found = solved(part.matrix)
    assert part.matrix.objective(found.x) == 2
    same(part.back(found), [3, 1], [2], before.basis)
    same(part.into(before), [1], [2], basis([BASIC], [LOWER]))
    same(part.back(Point(np.array([2.0]))), [3, 2], [], None)


def test_a_row_of_one_column_is_a_limit() -> None:
    """2 x <= 5 is x <= 2.5, a row without limits is nothing; 2.5 of x and 1.5 of y are bought."""
    entries = sp.csc_matrix(np.array([[2.0, 0.0], [1.0, 1.0]]))
    more = with_rows(shop(), entries, lower=np.full(2, -np.inf), upper=np.array([5.0, np.inf])).matrix
    before = Point(np.zeros(2), np.array([0.0, 7.0, 8.0]), basis([LOWER, LOWER], [BASIC, BASIC, BASIC]))
    slim = reduced(more, before)
    assert slim.matrix.A.shape == (1, 2)
    assert slim.matrix.upper.tolist() == [2.5, 5.0]
    same(slim.back(solved(slim.matrix)), [2.5, 1.5], [2, 7, 8], basis([UPPER, BASIC], [LOWER, BASIC, BASIC]))
    assert slim.into(before).row_dual.tolist() == [0]


def test_whole_numbers_have_whole_limits() -> None:
    """2 x <= 5 of a whole number is x <= 2."""
    entries = sp.csc_matrix(np.array([[2.0, 0.0]]))
    whole = Matrix(**{**vars(shop()), "integer": np.array([True, False])})
    more = with_rows(whole, entries, lower=np.array([-np.inf]), upper=np.array([5.0])).matrix
    assert reduced(more, Point(np.zeros(2))).matrix.upper.tolist() == [2.0, 5.0]


def test_an_elastic_row_gives_way() -> None:
    """10 are asked for and 8 there: 2 are missing. In the basis it is then the row that is basic."""
    loose = elastic(shop(10.0), np.array([0]), 100.0)
    found = solved(loose.matrix)
    assert loose.missing(found.x).tolist() == pytest.approx([2])
    same(loose.back(found), [3, 5], [100], basis([UPPER, UPPER], [BASIC]))
    over = elastic(fixed(shop(1.0), np.array([0]), 3.0), np.array([0]), 100.0)
    assert over.missing(solved(over.matrix).x).tolist() == pytest.approx([-2])
    before = solved(shop())
    loose = elastic(shop(), np.array([0]), 100.0)
    same(loose.back(loose.into(before)), [3, 1], [2], before.basis)


def test_a_split_column_may_stay_where_it_is() -> None:
    """X = 2 + plus - minus; both at zero is a place that a basis can express, and from there the optimum is found."""
    parted = split(shop(), np.array([0]), np.array([2.0]), np.array([-1.0]))
    assert (parted.matrix.lower[0], parted.matrix.upper[2]) == (2, 2)
    start = parted.with_falling(basis([LOWER, BASIC], [LOWER]), statuses(LOWER))
    run = run_linear(parted.matrix, Limits(), start, primal=True)
    assert parted.back(Point(np.array([2.0, 2.0, 0.0]))).x.tolist() == [2, 2]
    same(parted.back(run.point), [3, 1], [2], basis([UPPER, BASIC], [LOWER]))
    assert parted.into(Point(np.array([0.5, 3.5]))).x.tolist() == [2, 3.5, 1.5]


def test_a_column_is_basic_where_one_of_its_parts_is() -> None:
    """At x = 1 the falling part is basic, at 1."""
    parted = split(shop(), np.array([0]), np.array([2.0]), np.array([-1.0]))
    found = parted.back(Point(np.array([2.0, 3.0, 1.0]), basis=basis([LOWER, LOWER, BASIC], [LOWER])))
    same(found, [1, 3], [], basis([BASIC, LOWER], [LOWER]))


def test_a_chain_goes_back_in_order() -> None:
    """X is fixed at 2, y is left over and may give way: 3 of y short of demand 6 are 1, and the whole has x and y."""
    chain = (
        Chain(shop(6.0))
        .then(fixed, np.array([0]), 2.0)
        .then(closed, np.array([], dtype=np.int64))
        .then(restricted, np.array([1]), np.array([0]), Point(np.array([2.0, 0.0])))
        .then(with_limits, upper=np.array([3.0]))
        .then(elastic, np.array([0]), 100.0)
    )
    assert chain.matrix.cost.tolist() == [2, 100, 100]
    found = solved(chain.matrix)
    assert found.x.tolist() == pytest.approx([3, 1, 0])
    assert chain.back(found).x.tolist() == pytest.approx([2, 3])
    assert chain.into(Point(np.array([2.0, 3.0]))).x.tolist() == [3, 0, 0]
    assert Chain(shop()).matrix.offset == 10


def test_a_limit_that_a_column_can_stand_at() -> None:
    """The lower one, else the upper one, else none."""
    lower, upper = np.array([0, -np.inf, -np.inf, 1]), np.array([1, 2, np.inf, np.inf])
    assert at_limit(lower, upper).tolist() == [LOWER, UPPER, ZERO, LOWER]
