"""Whole-axis variables and rules: the matrix read from their arrays is the one that Pyomo sees in their elements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from microgrid.contract.linear import Rows, Variable, Vector
from microgrid.contract.variables import add_rows, add_variable
from microgrid.horizon import FloatArray
from microgrid.model.assembly import Model, build_model
from microgrid.model.matrix import Matrix, compile_model
from microgrid.solve.highs.problem import Session
from microgrid.solve.limits import Limits
from tests.assets.stated import example
from tests.assets.test_contract import KINDS, SURROUNDINGS, assets_with
from tests.conftest import battery, grid, load, make_case

EXACT = {"rtol": 1e-12, "atol": 1e-12}


@dataclass(frozen=True)
class Seen:
    """A linear problem by name: rows -> (lower, upper), columns -> (lower, upper, integer, cost), dense A, offset."""

    rows: dict[str, tuple[float, float]]
    columns: dict[str, tuple[float, float, bool, float]]
    A: FloatArray
    offset: float


def ours(matrix: Matrix) -> Seen:
    rows, columns = ([name for family in side for name in family.names()] for side in (matrix.rows, matrix.columns))
    assert len(set(rows)) == len(rows) == len(matrix.row_lower)
    assert len(set(columns)) == len(columns) == len(matrix.cost)
    limits = zip(matrix.row_lower, matrix.row_upper, strict=True)
    told = zip(matrix.lower, matrix.upper, matrix.integer.tolist(), matrix.cost, strict=True)
    found = dict(zip(rows, limits, strict=True)), dict(zip(columns, told, strict=True))
    return Seen(*found, matrix.A.toarray(), matrix.offset)


def pyomos(model: Model) -> Seen:
    """What Pyomo's own compiler writes; a rule with two limits is two rows of it, one limit each."""
    form = LinearStandardFormCompiler().write(model.pyomo, mixed_form=True)
    dense, cost = form.A.toarray(), form.c.toarray().ravel()
    rows: dict[str, tuple[float, float]] = {}
    coefficients: dict[str, FloatArray] = {}
    for (constraint, side), limit, entries in zip(form.rows, np.asarray(form.rhs).tolist(), dense, strict=True):
        low, high = rows.get(constraint.name, (-np.inf, np.inf))
        rows[constraint.name] = (limit if side <= 0 else low, limit if side >= 0 else high)
        coefficients[constraint.name] = entries
    columns = {}
    for variable, price in zip(form.columns, cost.tolist(), strict=True):
        low, high = variable.bounds
        bounds = -np.inf if low is None else low, np.inf if high is None else high
        columns[variable.name] = (*bounds, not variable.is_continuous(), price)
    stacked = np.array([coefficients[name] for name in rows]).reshape(len(rows), len(columns))
    return Seen(rows, columns, stacked, float(form.c_offset[0]))


def assert_same(mine: Seen, pyomo: Seen) -> None:
    """Equal by name, but for what Pyomo leaves out: columns without entries, fixed ones, rows without columns."""
    names = list(mine.columns)
    told = np.array(list(mine.columns.values()), dtype=float)
    gone = np.array([name not in pyomo.columns for name in names])
    used = (mine.A != 0).any(axis=0) | (told[:, 3] != 0)
    fixed = told[:, 0] == told[:, 1]
    assert not (gone & used & ~fixed).any()
    assert set(pyomo.columns) <= set(names)
    constant = np.where(gone & fixed, told[:, 0], 0.0)
    limits = np.array(list(mine.rows.values())) - (mine.A @ constant)[:, None]
    for name, entries, (low, high) in zip(mine.rows, mine.A[:, ~gone], limits, strict=True):
        if name not in pyomo.rows:
            assert not entries.any()
            assert low <= 1e-12
            assert high >= -1e-12
    assert set(pyomo.rows) <= set(mine.rows)
    row = [list(mine.rows).index(name) for name in pyomo.rows]
    column = [names.index(name) for name in pyomo.columns]
    np.testing.assert_allclose(mine.A[np.ix_(row, column)], pyomo.A, **EXACT)
    np.testing.assert_allclose(limits[row], list(pyomo.rows.values()), **EXACT)
    np.testing.assert_allclose(told[column], np.array(list(pyomo.columns.values()), dtype=float), **EXACT)
    np.testing.assert_allclose(mine.offset + told[:, 3] @ constant, pyomo.offset, **EXACT)


def built(assets: dict[str, Any], hours: float) -> Model:
    case = make_case(assets, hours=hours)
    return build_model(case.assets, case.horizon, case.weights)


def late(model: Model) -> list[Any]:
    kinds = (pyo.Var, pyo.Constraint, pyo.Objective)
    return [component for kind in kinds for component in model.pyomo.component_objects(kind)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_matrix_is_the_one_that_pyomo_sees(kind: str) -> None:
    """Coefficients, limits, bounds, integers, costs and offset; a part read into a wrong row or column would differ."""
    mine = compile_model(built(assets_with(kind), 24))
    other = built(assets_with(kind), 24)
    assert_same(ours(mine), pyomos(other))
    assert_same(ours(compile_model(other)), pyomos(other))  # and so it is once every element has been looked at


def test_nothing_is_filled_by_a_compile() -> None:
    """All kinds at once: a single component that fills its elements would take a hundred times as long and as much."""
    model = built({**{kind: example(kind) for kind in KINDS}, **SURROUNDINGS}, 24)
    compile_model(model)
    assert len(late(model)) > 40
    assert [component.name for component in late(model) if component.filled] == []


def small() -> Model:
    assets = {"b": battery(charge_efficiency=0.9, ramp=None), "load": load(3, 4, 5), "grid": grid(0.2, sell=0.1)}
    return built(assets, 3)


def tighten(model: Model) -> None:
    model.pyomo.asset["b"].charge_kw[0].setub(1.0)


def loosen(model: Model) -> None:
    model.pyomo.asset["b"].charge_kw[1].setlb(None)


def fix(model: Model) -> None:
    model.pyomo.asset["b"].charge_kw[0].fix(0.5)


def make_binary(model: Model) -> None:
    model.pyomo.asset["b"].discharge_kw[2].domain = pyo.Binary


def drop_a_row(model: Model) -> None:
    next(model.pyomo.asset["b"].component_objects(pyo.Constraint))[1].deactivate()


def drop_all_rows(model: Model) -> None:
    next(model.pyomo.asset["b"].component_objects(pyo.Constraint)).deactivate()


def rewrite_a_row(model: Model) -> None:
    balance = model.pyomo.node[next(iter(model.nodes))].power_balance
    balance[2] = balance[2].body + 3 * model.pyomo.asset["b"].charge_kw[0] == 7


def add_textbook_rule(model: Model) -> None:
    block = model.pyomo.asset["b"]
    block.extra_kw = pyo.Var(block.step, bounds=(0, 2))

    def rule(b: Any, t: int) -> Any:
        return (-1, b.charge_kw[t] + 2 * b.discharge_kw[t] - b.extra_kw[t] / 4 + 1, 9)

    block.extra_limit = pyo.Constraint(block.step, rule=rule)


def add_to_the_objective(model: Model) -> None:
    [goal] = model.pyomo.objective.values()
    goal.expr = goal.expr + 5 * model.pyomo.asset["b"].charge_kw[2] + 11


CHANGES = [
    tighten,
    loosen,
    fix,
    make_binary,
    drop_a_row,
    drop_all_rows,
    rewrite_a_row,
    add_textbook_rule,
    add_to_the_objective,
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_somebody_has_changed_is_compiled_as_changed(change: Callable[[Model], None]) -> None:
    """What Pyomo shows is what is solved: reading the arrays of a changed component would solve the model as it was."""
    model, again = small(), small()
    change(model)
    change(again)
    assert_same(ours(compile_model(model)), pyomos(again))
    with pytest.raises(AssertionError):
        assert_same(ours(compile_model(small())), pyomos(again))


def test_a_tightened_bound_changes_the_optimum() -> None:
    """5 kW at 0.1 then at 0.5 EUR/kWh and a battery: 1.00 EUR; charged with 1 kW only, 0.1 x 6 + 0.5 x 4 = 2.60."""
    for most, cost in ((None, 1.0), (1.0, 2.6)):
        model = built({"b": battery(), "load": load(5), "grid": grid([0.1, 0.5])}, 2)
        if most is not None:
            model.pyomo.asset["b"].charge_kw[0].setub(most)
        assert Session(compile_model(model), Limits()).solve().objective == pytest.approx(cost, abs=1e-9)


# Vectors against numpy


def variables(points: int) -> tuple[Any, Variable, Variable]:
    """A block with x over points and y over steps."""
    model: Any = pyo.ConcreteModel()
    free = {"lower": np.full(points, -np.inf), "upper": np.full(points, np.inf)}
    model.x = Variable(pyo.RangeSet(0, points - 1), "point", **free)
    model.y = Variable(range(points - 1), "step", free["lower"][1:], free["upper"][1:])
    return model, model.x, model.y


def evaluate(vector: Vector, values: dict[int, FloatArray]) -> FloatArray:
    found = np.zeros(vector.size)
    for part in vector.parts:
        np.add.at(found, part.row, part.coefficient * values[id(part.variable)][part.position])
    return found


@given(st.data())
@settings(deadline=None, max_examples=50, derandomize=True)
def test_vectors_are_numpy_arrays_of_what_they_stand_for(data: st.DataObject) -> None:
    """Every operation on variables gives what it gives on their values, also once written out as Pyomo's rows."""
    points = data.draw(st.integers(2, 9))
    steps, number = points - 1, st.integers(-8, 8).map(lambda k: k / 4)
    model, x, y = variables(points)
    a, b = data.draw(arrays(float, points, elements=number)), data.draw(arrays(float, steps, elements=number))
    f, k = data.draw(arrays(float, steps, elements=number)), data.draw(number)
    where = data.draw(st.lists(st.integers(0, steps - 1), min_size=steps, max_size=steps))
    group = data.draw(arrays(np.int64, steps, elements=st.integers(-1, 2)))
    values = {id(x): a, id(y): b}
    sums = np.array([b[group == g] @ f[group == g] for g in range(3)])
    mixed = x.end - x.start * f - k * y
    pairs: list[tuple[Vector, FloatArray]] = [
        (x.all, a),
        (x.start, a[:-1]),
        (x.end, a[1:]),
        (y.at(where), b[where]),
        (y.at([]), b[:0]),
        (-y, -b),
        (y + y, b + b),
        (y - x.start, b - a[:-1]),
        (y * f, b * f),
        (k * y, k * b),
        (y * f * k + x.end, b * f * k + a[1:]),
        (mixed, a[1:] - a[:-1] * f - k * b),
        (-(mixed - y.at(where)) * f, -(a[1:] - a[:-1] * f - k * b - b[where]) * f),
        ((y * f).summed(group, 3), sums),
        ((y * f).summed(group, 3) * np.arange(3.0) - y.at([0, 0, 0]), sums * np.arange(3.0) - b[0]),
    ]
    for number_of, (vector, expected) in enumerate(pairs):
        assert vector.size == len(expected)
        np.testing.assert_allclose(evaluate(vector, values), expected, **EXACT)
        rows = Rows(range(vector.size), vector, np.zeros(vector.size), np.ones(vector.size), None)
        model.add_component(f"rows_{number_of}", rows)
        for variable in (x, y):
            for position, value in enumerate(values[id(variable)]):
                variable[position].set_value(float(value))
        assert [pyo.value(row.body) for row in rows.values()] == pytest.approx(expected.tolist(), rel=1e-12, abs=1e-12)


def test_wrong_sizes_are_refused() -> None:
    """Neither cut nor repeated: a series of 23 values for 24 steps is a mistake."""
    horizon = make_case({"load": load(1), "grid": grid()}, hours=4).horizon
    block: Any = pyo.Block(concrete=True)
    x = add_variable(block, horizon, "x_kw")
    state = add_variable(block, horizon, "state_kwh", "point")
    five, three = np.ones(5), np.ones(3)
    wrong: list[Callable[[], Any]] = [
        lambda: x + state,
        lambda: x - state,
        lambda: x + x.at([0, 1]),
        lambda: x * five,
        lambda: x.at([0, 1]) * three,
        lambda: add_variable(block, horizon, "y_kw", upper=five),
        lambda: add_variable(block, horizon, "y_kw", "point", lower=three),
        lambda: add_variable(block, horizon, "y_kw", [1, 2], upper=three),
        lambda: add_rows(block, "rule", x.all, lower=five),
        lambda: add_rows(block, "rule", x.all, equal=three),
    ]
    for attempt in wrong:
        with pytest.raises(ValueError, match=r"cannot be added|values for an index|broadcast"):
            attempt()


def changed(**assets: dict[str, Any]) -> Model:
    own = {"g": grid(), "b": battery(charge_efficiency=0.9), "l": load(2.0)}
    case = make_case({**own, **assets})
    return build_model(case.assets, case.horizon, case.weights)


def test_other_data_touches_vectors_only() -> None:
    """A capacity is a bound and a load a limit: A is the very same object, all else as compiled from nothing."""
    like = compile_model(changed())
    other = changed(b=battery(charge_efficiency=0.9, capacity="33 kWh", wear_cost="0.07 EUR/kWh"), l=load(3.0))
    found, alone = compile_model(other, like), compile_model(other)
    assert found.A is like.A
    assert_same(ours(found), ours(alone))
    assert not np.array_equal(found.upper, like.upper)
    assert not np.array_equal(found.cost, like.cost)
    assert not np.array_equal(found.row_lower, like.row_lower)


@pytest.mark.parametrize(
    "change", [{"b": battery(charge_efficiency=0.8)}, {"b": battery(start=None)}, {"c": battery()}]
)
def test_other_coefficients_or_rules_are_compiled_anew(change: dict[str, Any]) -> None:
    like, other = compile_model(changed()), changed(**change)
    found = compile_model(other, like)
    assert found.A is not like.A
    assert_same(ours(found), ours(compile_model(other)))


def test_what_was_looked_into_is_compiled_anew() -> None:
    """An element may have been changed by whoever looked at it."""
    like, other = compile_model(changed()), changed()
    rule = other.pyomo.asset["b"].energy_balance
    rule[0].deactivate()
    found = compile_model(other, like)
    assert found.A is not like.A
    assert_same(ours(found), ours(compile_model(other)))
