"""Pairs that exclude each other: binaries where they are needed and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import microgrid.solve.exclusive.search as exclusive
from microgrid import dispatch, load_case
from microgrid.model.assembly import build_model
from microgrid.model.matrix import compile_model
from microgrid.model.pairs import pairs_of
from microgrid.solve.exclusive.repair import keep_apart
from microgrid.solve.highs.problem import Session
from microgrid.solve.limits import Limits
from tests.conftest import ONE_DAY, battery, check, column, cost, flywheel, grid, load, make_case, solve


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pairs got a binary, in each round."""
    counts: list[int] = []
    original = exclusive.with_binaries

    def spy(matrix: Any, pairs: Any, pairs_chosen: Any) -> Any:
        counts.append(len(pairs_chosen))
        return original(matrix, pairs, pairs_chosen)

    monkeypatch.setattr(exclusive, "with_binaries", spy)
    return counts


def test_no_binary_at_ordinary_prices(chosen: list[int]) -> None:
    """The relaxed optimum of the day by hand violates nothing: one LP, with shadow prices."""
    solution = check(dispatch(load_case(ONE_DAY)))
    assert chosen == []
    assert len(solution.shadow_price) == 24


def test_binaries_only_in_the_steps_that_need_them(chosen: list[int]) -> None:
    """One hour of eight has a negative price, and the battery is full there: one or two pairs, not eight or sixteen."""
    store = battery(start=1, charge_efficiency=0.9, discharge_efficiency=0.9)
    price = [0.2, 0.2, 0.2, -0.1, 0.2, 0.2, 0.2, 0.2]
    connection = grid(price, sell=[0] * 8, export_max=50, import_max=100)
    solution = solve({"b": store, "load": load(1), "grid": connection}, hours=8)
    assert chosen
    assert max(chosen) <= 2
    both = np.minimum(solution.schedule["b.charge_kw"], solution.schedule["b.discharge_kw"])
    assert both.max() == 0


def test_surplus_that_costs_nothing_is_not_burnt_in_the_store(chosen: list[int]) -> None:
    """Sun above the load at a price of 0: charging and discharging at once is one of many optima. The smaller of both
    is closed, at the same cost, and without a binary.
    """
    pv = {"kind": "solar", "capacity": "20 kW", "profile": "1"}
    solution = solve({"pv": pv, "b": battery(charge_efficiency=0.8), "load": load(5), "grid": grid(0)}, hours=4)
    assert chosen == []
    assert np.minimum(solution.schedule["b.charge_kw"], solution.schedule["b.discharge_kw"]).max() == 0
    assert cost(solution) == 0


def test_what_saves_next_to_nothing_gets_no_binary(chosen: list[int]) -> None:
    """As above, but the hour pays a millionth of a EUR per kWh that is burnt, and the others are dear: the smaller of
    the pair is closed in the program itself, at less than a millionth of the bill; the relaxed bound says so. Whoever
    asks for less of a gap gets a binary.
    """
    store = battery(start=1, charge_efficiency=0.9, discharge_efficiency=0.9)
    connection = grid([20, 20, 20, -1e-6, 20, 20, 20, 20], sell=[0] * 8, export_max=50, import_max=100)
    case = make_case({"b": store, "load": load(40), "grid": connection}, hours=8)
    solution = check(dispatch(case))
    assert chosen == []
    assert "with the smaller of a pair closed" in solution.solver["ways"]
    assert 0 < solution.gap < 1e-6
    both = np.minimum(solution.schedule["b.charge_kw"], solution.schedule["b.discharge_kw"])
    assert both.max() == 0
    dispatch(case, Limits(gap=0))
    assert chosen == [1]


def test_must_take_surplus_has_to_be_stored_not_burnt() -> None:
    """10 kW that must be taken, nothing else, a store of 10 kWh at 80 %: 1.25 h fit. For an hour it works, and the
    state is 8 kWh; a store that burns could go on.
    """
    sun = {"kind": "solar", "capacity": "10 kW", "profile": "1", "must_take": True}
    solution = solve({"pv": sun, "b": battery(charge_efficiency=0.8, capacity="8 kWh")})
    assert column(solution, "b.state_of_charge_kwh") == [8]


def test_a_month_of_negative_prices_with_all_pairs() -> None:
    """Battery, flywheel and a connection both ways, -0.05 and 0.2 EUR/kWh in turn: never two ways at once."""
    price = [-0.05, 0.2] * 12
    assets = {
        "b": battery(start=None, charge_efficiency=0.9, discharge_efficiency=0.9),
        "f": flywheel(start=None, capacity="5 kWh", power_max="20 kW", charge_efficiency=0.9, idle_loss="0.1 kW"),
        "load": load(5),
        "grid": grid(price, sell=[p - 0.01 for p in price], import_max=30, export_max=30),
    }
    solution = solve(assets, hours=24)
    for first, second in (
        ("b.charge_kw", "b.discharge_kw"),
        ("f.charge_kw", "f.discharge_kw"),
        ("grid.import_kw", "grid.export_kw"),
    ):
        assert np.minimum(solution.schedule[first], solution.schedule[second]).max() <= 1e-6


def test_pairs_are_parted_in_the_steps_that_use_both() -> None:
    """1 kW burnt in the store at noon, from sun that is free: parted, the sun is curtailed instead, and nothing else
    changes. Where the burnt energy has nowhere to go, there is no such schedule.
    """
    sun = {"kind": "solar", "capacity": "20 kW", "profile": {"values": [0, 1, 0], "unit": "count"}}
    case = make_case(
        {"pv": sun, "b": battery(charge_efficiency=0.8), "load": load(5, 5, 5), "grid": grid(0.2)}, hours=3
    )
    model = build_model(case.assets, case.horizon, case.weights)
    matrix = compile_model(model)
    pairs, x = pairs_of(model, matrix), Session(matrix, Limits()).solve().x
    place = {name: matrix.span(model.pyomo.asset[a].component(name)) for a, name in (
        ("b", "charge_kw"), ("b", "discharge_kw"), ("pv", "generation_kw"))}  # fmt: skip
    burnt = x.copy()
    burnt[place["charge_kw"]][1] += 1.0
    burnt[place["discharge_kw"]][1] += 0.8
    burnt[place["generation_kw"]][1] += 0.2
    assert len(pairs.violated(burnt)) == 1
    parted = keep_apart(matrix, pairs, burnt, 3)
    assert parted is not None
    assert len(pairs.violated(parted)) == 0
    assert parted == pytest.approx(x)
    full = replace(matrix, lower=np.where(np.arange(len(x)) == place["generation_kw"].start + 1, burnt, matrix.lower))
    assert keep_apart(full, pairs, burnt, 3) is None
