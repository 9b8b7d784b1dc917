"""The keys of an energy community: by hand, and what holds of all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from microgrid.errors import InputError
from microgrid.formats.tables.native_table import read_table
from microgrid.horizon import FloatArray, Horizon
from microgrid.repairs import RepairLog
from microgrid.tariff.sharing import (
    Curve,
    among_producers,
    by_coefficients,
    in_equal_parts,
    in_order,
    pro_rata,
    read_coefficients,
)

# Nobody draws; one draws; both draw more than there is; both draw less.
GENERATION = np.array([4.0, 6.0, 9.0, 10.0])
CONSUMPTION = np.array([[0.0, 8.0, 12.0, 2.0], [0.0, 0.0, 6.0, 3.0]])


def test_static_shares_by_hand() -> None:
    """40 % and 60 %: of 6 kWh 2.4 are the first one's and the other's 3.6 are surplus, though the first draws 8. Of 9
    kWh 3.6 and 5.4. Of 10 kWh 4 and 6, of which 2 and 3 are used. It would break if what one leaves went to another.
    """
    found = by_coefficients(GENERATION, CONSUMPTION, np.array([0.4, 0.6]))
    assert found == pytest.approx(np.array([[0, 2.4, 3.6, 2], [0, 0, 5.4, 3]]))


def test_own_coefficients_by_hand() -> None:
    """All to the first, then half of it each, then a third of it to the second only. It would break if a coefficient
    were that of another interval.
    """
    coefficients = np.array([[1, 1, 0.5, 0], [0, 0, 0.5, 1 / 3]])
    found = by_coefficients(GENERATION, CONSUMPTION, coefficients)
    assert found == pytest.approx(np.array([[0, 6, 4.5, 0], [0, 0, 4.5, 3]]))
    assert found[1, 3] == 3  # a third of 10 is more than is drawn


def test_pro_rata_by_hand() -> None:
    """9 kWh for 12 and 6: half of each; 10 for 2 and 3: all of each. It would break with equal parts (4.5 each)."""
    assert pro_rata(GENERATION, CONSUMPTION) == pytest.approx(np.array([[0, 6, 6, 2], [0, 0, 3, 3]]))


def test_priority_by_hand() -> None:
    """The first draws 12 of 9, so nothing is left; the other way round, 6 are taken before. It would break if the order
    of the rows did not count.
    """
    assert in_order(GENERATION, CONSUMPTION) == pytest.approx(np.array([[0, 6, 9, 2], [0, 0, 0, 3]]))
    assert in_order(GENERATION, CONSUMPTION[::-1]) == pytest.approx(np.array([[0, 0, 6, 3], [0, 6, 3, 2]]))


def test_equal_parts_by_hand() -> None:
    """9 kWh: 4.5 each. 6 kWh: the second draws nothing, its 3 go to the first. Three that draw 1, 4 and 9 of 10: a
    third is 3.33, the first leaves 2.33, which are 1.17 more for each of the others, of which the second leaves 0.5.
    It would break if only one round were made (1, 4, 4.5).
    """
    assert in_equal_parts(GENERATION, CONSUMPTION) == pytest.approx(np.array([[0, 6, 4.5, 2], [0, 0, 4.5, 3]]))
    three = in_equal_parts(np.array([10.0]), np.array([[9.0], [1.0], [4.0]]))
    assert three == pytest.approx(np.array([[5], [1], [4]]))


def test_producers_share_what_is_sold_by_what_they_feed_in() -> None:
    """1 and 3 kWh of which 2 are shared: 0.5 and 1.5. Nothing fed in, nothing sold: no division by 0."""
    found = among_producers(np.array([[1.0, 0.0], [3.0, 0.0]]), np.array([2.0, 0.0]))
    assert found == pytest.approx(np.array([[0.5, 0], [1.5, 0]]))


@pytest.mark.parametrize("coefficients", [[0.7, 0.4], [-0.1, 0.5]])
def test_impossible_coefficients_are_refused(coefficients: list[float]) -> None:
    with pytest.raises(ValueError, match="add up to 1 at most"):
        by_coefficients(GENERATION, CONSUMPTION, np.array(coefficients))


def test_rounded_coefficients_give_out_no_more_than_there_is() -> None:
    """Three times 0.3333336 is more than 1 by 8e-7: rounding, which must not make energy."""
    found = by_coefficients(np.array([3e6]), np.full((3, 1), 3e6), np.full(3, 0.3333336))
    assert found.sum() == pytest.approx(3e6, abs=1e-6)


ENERGY = st.one_of(st.just(0.0), st.floats(1e-6, 1e6))


@st.composite
def intervals(draw: st.DrawFn) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Generation (N,), consumption (J, N), coefficients (J, N) that add up to 1 or less."""
    steps, members = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    generation = np.array(draw(st.lists(ENERGY, min_size=steps, max_size=steps)))
    flat = draw(st.lists(ENERGY, min_size=steps * members, max_size=steps * members))
    parts = np.array(draw(st.lists(st.floats(0, 1), min_size=steps * members, max_size=steps * members)))
    parts = parts.reshape(members, steps)
    return generation, np.reshape(flat, (members, steps)), parts / np.maximum(parts.sum(axis=0), 1.0)


@given(intervals())
@settings(max_examples=150, deadline=None, phases=[Phase.generate], derandomize=True)
def test_no_key_gives_more_than_there_is(case: tuple[FloatArray, FloatArray, FloatArray]) -> None:
    """Never more than is fed in, never more than is drawn; all keys but coefficients leave nothing that someone draws;
    what producers sell is what participants get. It would break with any amount that is counted twice or lost.
    """
    generation, consumption, coefficients = case
    near = 1e-9 * (generation + consumption.sum(axis=0))
    rules: list[Callable[[FloatArray, FloatArray], FloatArray]] = [pro_rata, in_order, in_equal_parts]
    shares = [rule(generation, consumption) for rule in rules]
    for shared in shares:
        most = np.minimum(generation, consumption.sum(axis=0))
        assert (abs(shared.sum(axis=0) - most) <= near).all()
    shares.append(by_coefficients(generation, consumption, coefficients))
    shares.append(by_coefficients(generation, consumption, coefficients[:, 0]))
    for shared in shares:
        assert (shared >= 0).all()
        assert (shared <= consumption).all()
        assert (shared.sum(axis=0) <= generation + near).all()
        producers = np.array([0.25, 0.75])[:, None] * generation
        sold = among_producers(producers, shared.sum(axis=0))
        assert (sold <= producers).all()
        assert (abs(sold.sum(axis=0) - shared.sum(axis=0)) <= near).all()


@given(intervals())
@settings(max_examples=100, deadline=None, phases=[Phase.generate], derandomize=True)
def test_equal_parts_are_those_of_round_after_round(case: tuple[FloatArray, FloatArray, FloatArray]) -> None:
    """The closed form against the rule in words: equal parts to all who still draw, until all is used."""
    generation, consumption, _ = case
    found = in_equal_parts(generation, consumption)
    for step, left in enumerate(generation.tolist()):
        got, need = np.zeros(len(consumption)), consumption[:, step]
        for _ in range(len(need) + 1):
            open_ = need > got
            if open_.any():
                part = np.where(open_, np.minimum(need - got, left / open_.sum()), 0.0)
                got, left = got + part, max(0.0, left - part.sum())
        assert found[:, step] == pytest.approx(got, rel=1e-9, abs=1e-9 * (generation[step] + need.sum() + 1))


def test_a_curve_spreads_what_is_shared_as_the_meter_draws() -> None:
    """15 min steps of 8 and 4 kW make 3 kWh in half an hour; half of it shared is 4 and 2 kW. Where nothing is drawn,
    nothing is shared. It would break with an even spread (3 and 3 kW).
    """
    points = pd.DatetimeIndex(pd.date_range("2018-01-01", periods=5, freq="15min", tz="UTC"))
    curve = Curve(np.array([8.0, 4.0, 0.0, 0.0]), Horizon(points, "UTC"), 2)
    assert curve.energy_kwh.tolist() == [3, 0]
    assert curve.shared_kw(np.array([1.5, 0.0])).tolist() == [4, 2, 0, 0]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("time,a,b\n{0},0.5,0.6\n{1},0,0\n", r"shares.csv:2: impossible coefficients\n  value:    0.5, 0.6"),
        ("time,a,b\n{0},0.5,0.5\n{1},-0.1,0\n", r"shares.csv:3: impossible coefficients"),
        ("time,a,b,bb\n{0},0,0,1\n{1},0,0,1\n", r"(?s)shares.csv:1: bb: no participant of this name.*did you mean 'b'"),
        ("time,a\n{0},1\n{1},1\n", "no column 'b'"),
        ("time,a,b\n{0},much,0\n{1},0,0\n", "not numbers"),
    ],
)
def test_coefficients_that_cannot_be_are_refused(tmp_path: Path, rows: str, words: str) -> None:
    file = tmp_path / "shares.csv"
    file.write_text(rows.format("2018-01-01T00:00Z", "2018-01-01T00:30Z"), encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_coefficients(read_table(file, file.name, file.name, "UTC", RepairLog()), ["a", "b"])
