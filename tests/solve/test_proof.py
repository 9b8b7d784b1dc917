"""Infeasible is only what is proven: by prices of rows, or case by case; else a schedule is found, or it is unknown."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from microgrid import InfeasibleError, dispatch
from microgrid.errors import SolverError
from microgrid.horizon import FloatArray
from microgrid.model.certificate import proves_infeasible
from microgrid.model.matrix import Matrix
from microgrid.model.pairs import Pairs, no_pairs
from microgrid.model.split_columns import split
from microgrid.solve import solve_model
from microgrid.solve.answer import Answer
from microgrid.solve.exclusive.proof_by_cases import Verdict, try_cases
from tests.conftest import battery, grid, load, make_case


def problem(
    rows: list[list[float]], low: list[float], high: list[float], most: list[float], whole: bool = False
) -> Matrix:
    """The problem low <= rows x <= high with 0 <= x <= most."""
    count = len(most)
    return Matrix(
        cost=np.zeros(count),
        offset=0.0,
        lower=np.zeros(count),
        upper=np.array(most),
        integer=np.full(count, whole),
        A=sp.csc_matrix(np.array(rows)),
        row_lower=np.array(low),
        row_upper=np.array(high),
        columns=(),
        rows=(),
    )


def test_prices_prove_what_they_prove_and_nothing_else() -> None:
    """x + y >= 3 with both at most 1: a price of 1 on the row asks for 3 where 2 are possible."""
    assert proves_infeasible(problem([[1, 1]], [3], [np.inf], [1, 1]), np.array([1.0]))
    assert not proves_infeasible(problem([[1, 1]], [3], [np.inf], [2, 2]), np.array([1.0]))
    assert not proves_infeasible(problem([[1, 1]], [3], [np.inf], [1, 1]), np.array([-1.0]))


def test_a_column_without_a_limit_can_make_up_for_anything() -> None:
    """x + y >= 3 with y free upwards: no price of the row proves anything."""
    assert not proves_infeasible(problem([[1, 1]], [3], [np.inf], [1, np.inf]), np.array([1.0]))


def test_rounding_is_no_proof() -> None:
    """1e6 are asked for and 1e6 less 1e-7 possible: the difference is below what a sum of such numbers is worth."""
    assert not proves_infeasible(problem([[1, 1]], [1e6], [np.inf], [1e6 - 1e-7, 0]), np.array([1.0]))


def test_cases_disprove_whole_numbers() -> None:
    """2 x + 2 y = 3 has halves and no whole numbers; 2 x + 3 y = 5 has x = y = 1."""
    assert try_cases(problem([[2, 2]], [3], [3], [1, 1], whole=True), no_pairs()) == Verdict(True)
    found = try_cases(problem([[2, 3]], [5], [5], [1, 1], whole=True), no_pairs())
    assert not found.impossible
    assert found.x is not None
    assert found.x.tolist() == [1, 1]


def test_cases_disprove_pairs() -> None:
    """x + y = 3 with both at most 2 needs both at once; where they exclude each other there is nothing."""
    matrix = problem([[1, 1]], [3], [3], [2, 2])
    index, two = np.array([0]), np.array([2.0])
    assert try_cases(matrix, Pairs(index, index + 1, two, two, index)).impossible
    assert not try_cases(matrix, no_pairs()).impossible


def test_a_guess_outside_of_its_limits_leaves_the_problem_possible() -> None:
    """A column that is split at 1e-9 above its limit: the parts have room all the same."""
    matrix = problem([[1, 1]], [1], [1], [1, 1])
    which = np.array([0])
    wide = split(matrix, which, np.array([1 + 1e-9]), -matrix.cost[which]).matrix
    assert (wide.lower <= wide.upper).all()
    assert wide.lower[0] == 1.0


def none(status: str) -> Answer:
    return Answer(status, np.zeros(0), np.inf, -np.inf, np.zeros(0))


def test_a_claim_without_a_proof_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that calls a possible case infeasible: the reason is searched, none is found, and the case is solved.

    Without the second question the user would be told to loosen limits that bind nothing.
    """
    first, asked = solve_model.solve_exclusive, []

    def claims(matrix: Matrix, *rest: object, **more: object) -> Answer:
        asked.append(1)
        return none("unknown") if len(asked) == 1 else first(matrix, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(solve_model, "solve_exclusive", claims)
    solution = dispatch(make_case({"load": load(5), "b": battery(), "grid": grid([0.1, 0.3])}, hours=2), margin=False)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(1.0)


def test_what_is_neither_found_nor_disproved_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that never answers: no schedule, no proof; the message says so, and exit code 3 stays."""
    monkeypatch.setattr(solve_model, "solve_exclusive", lambda *_, **__: none("unknown"))
    with pytest.raises(SolverError, match="not proven that there is none") as caught:
        dispatch(make_case({"load": load(5), "grid": grid(0.1)}, hours=2))
    assert caught.value.exit_code == 3
    assert not isinstance(caught.value, InfeasibleError)


@pytest.mark.parametrize("more", [0.0, 1e-9, 1e-7, 1e-5, 1e-3, -1e-4])
def test_a_cap_at_the_least_emissions_is_kept_and_one_below_is_infeasible(more: float) -> None:
    """5 kW at 100 and 300 g/kWh; 10 kWh of store at 90 % move 5 kWh to the clean hour: (5 + 5 / 0.9) x 0.1 kg.

    A cap there, or a millionth above, can be kept; a ten-thousandth below it cannot.
    """
    connection = {**grid([0.1, 0.1]), "carbon": {"values": [100.0, 300.0], "unit": "g/kWh"}}
    assets = {"load": load(5), "b": battery(charge_efficiency=0.9), "grid": connection}
    least = (5 + 5 / 0.9) * 0.1
    caps = [{"max": f"{12 * least * (1 + more)!r} kg", "per": "day"}]  # two hours are a twelfth of a day
    case = make_case(assets, hours=2, objective={"emissions_caps": caps})
    if more < 0:
        with pytest.raises(InfeasibleError):
            dispatch(case)
        return
    solution = dispatch(case)
    assert solution.audit.passed
    assert solution.plan.accounts()["emissions_kgco2"] == pytest.approx(least, rel=1e-3)


def test_the_ray_of_the_solver_is_checked_with_both_signs() -> None:
    """A load above all supply is disproved in numpy, whatever sign the solver's ray has."""
    ray: FloatArray = np.array([1.0, 0.0])
    matrix = problem([[1, 1], [1, 1]], [3, -np.inf], [np.inf, 5], [1, 1])
    assert proves_infeasible(matrix, ray) != proves_infeasible(matrix, -ray)
