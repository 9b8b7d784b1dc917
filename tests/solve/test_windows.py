"""Windows: whatever they guess, the optimum is that of one piece, proven by its own duals."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

import microgrid.solve.windows.levels as windows
import microgrid.solve.windows.relaxed as relaxed
from microgrid import Case, InfeasibleError, Limits, dispatch
from microgrid.horizon import FloatArray
from microgrid.model.assembly import build_model
from microgrid.model.basis import BASIC, Basis
from microgrid.model.matrix import Family, Matrix, compile_model
from microgrid.model.time_of import axis_of, nested_cuts
from microgrid.solve.answer import Answer
from microgrid.solve.highs.problem import Session
from microgrid.solve.highs.simplex import run_linear
from microgrid.solve.windows.coarse import coarsen
from tests.assets.test_building import building
from tests.conftest import battery, flywheel, grid, kw, load, make_case
from tests.proofs import proof

FORCED = {"FEWEST_STEPS": 100, "_WINDOW": 60, "_ONE_PIECE": 120}
SUBSCRIPTION = {"power": "14 kW", "price": "12 EUR/kW/year", "overrun_price": "5 EUR/kW"}
PEAK = [{"item": "peak", "price": "2 EUR/kW"}]
PEAKS = (
    PEAK,
    [{**PEAK[0], "interval": "1 h", "ratchet": {"share": "80 %", "past": [{"month": "2017-12", "peak": "12 kW"}]}}],
    [*PEAK, {"item": "year", "price_per_year": "30 EUR/kW/year", "when": {"days": ["working"]}}],
)


@pytest.fixture(autouse=True, scope="module")
def _windows_of_a_few_days() -> Any:
    """Windows already on horizons of a few weeks, on two levels, and twice in longer steps."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in FORCED.items():
            patch.setattr(windows, name, value)
        yield


def compiled(case: Case) -> Matrix:
    return compile_model(build_model(case.assets, case.horizon, case.weights))


def in_windows(matrix: Matrix, steps: int) -> Answer:
    return relaxed.solve_relaxed(matrix, steps, Limits(), lambda _: None)[1]


def assert_kept(matrix: Matrix, x: FloatArray) -> None:
    rows = matrix.A @ x
    for value, lower, upper in ((x, matrix.lower, matrix.upper), (rows, matrix.row_lower, matrix.row_upper)):
        assert (value >= lower - 1e-6).all()
        assert (value <= upper + 1e-6).all()


def assert_same_optimum(matrix: Matrix, steps: int) -> Answer:
    """In windows as in one piece, with its own proof, and every rule is kept."""
    whole = Session(matrix, Limits()).solve()
    answer = in_windows(matrix, steps)
    assert whole.status == answer.status == "optimal"
    assert "iterations before the last run" in answer.note
    scale = max(abs(whole.objective), 1.0)
    assert abs(answer.objective - whole.objective) <= 1e-9 * scale
    assert abs(answer.objective - answer.bound) <= 1e-9 * scale
    assert float(matrix.cost @ answer.x) + matrix.offset == pytest.approx(answer.objective, rel=1e-9, abs=1e-9)
    assert_kept(matrix, answer.x)
    return answer


def series(generator: np.random.Generator, steps: int, low: float, high: float) -> list[float]:
    """A day's course with noise, as a few decimals."""
    day = 0.5 - 0.5 * np.cos(np.arange(steps) * 2 * np.pi / 24)
    found: list[float] = (low + (high - low) * (0.5 * day + 0.5 * generator.random(steps))).round(3).tolist()
    return found


def rotor(start: float | None, ramp: str | None) -> dict[str, Any]:
    return flywheel(start=start, capacity="8 kWh", power_max="20 kW", idle_loss="0.1 kW", ramp=ramp)


def plain(steps: int = 300, **changes: Any) -> Case:
    """Battery, sun, load and a grid with a monthly peak."""
    generator = np.random.default_rng(5)
    assets = {
        "b": battery(start=None, charge_efficiency=0.9),
        "pv": {"kind": "solar", "capacity": "15 kW", "profile": {"values": series(generator, steps, 0, 1)}},
        "load": load(*series(generator, steps, 3, 20)),
        "grid": grid(series(generator, steps, 0.05, 0.4), sell=0.03, export_max=30, peaks=PEAK),
        **changes,
    }
    return make_case(assets, hours=steps)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A mix of kinds on 300 to 800 steps that may cross into the next month; the numbers come from a seed."""
    coin = st.booleans()
    hours = draw(st.integers(300, 700))
    uneven = draw(coin)
    steps = hours + 100 if uneven else hours
    generator = np.random.default_rng(draw(st.integers(0, 10**6)))
    share = draw(st.floats(0.05, 0.9).map(lambda x: round(x, 2)))
    tariff: dict[str, Any] = {"peaks": draw(st.sampled_from(PEAKS))} if draw(coin) else {}
    if draw(coin):
        tariff["subscription"] = SUBSCRIPTION
    prices = series(generator, steps, draw(st.sampled_from([-0.05, 0.05])), 0.4)
    assets = {
        "load": load(*series(generator, steps, 3, 20)),
        "grid": grid(prices, sell=[round(p - 0.02, 3) for p in prices], import_max=200, export_max=20, **tariff),
    }
    demand, night = kw(*series(generator, steps, 2, 10)), [{"hours": "21:00-05:00"}, {"hours": "09:00-15:00"}]
    options: dict[str, dict[str, Any]] = {
        "b": battery(
            start=share if draw(coin) else None,
            end=round(share / 2, 3) if draw(coin) else None,
            charge_efficiency=0.93,
            self_discharge="0.1 %/h",
            wear_cost="0.01 EUR/kWh",
        ),
        "fly": rotor(share if draw(coin) else None, f"{draw(st.integers(5, 40))} kW/h" if draw(coin) else None),
        "flex": {"kind": "flexible_load", "profile": demand, "share": 0.3, "rebound": 0.05},
        "shift": {"kind": "shiftable_load", "power_max": "10 kW", "energy": "25 kWh", "runs": night},
        "pv": {"kind": "solar", "capacity": "30 kW", "profile": {"values": series(generator, steps, 0, 1)}},
        "zone": building(series(generator, steps, -5, 30), flexible=draw(coin), violation_max="20 K"),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(options)), min_size=1, max_size=4))
    step = [{"for": "100 h", "step": "30 min"}, {"step": "1 h"}] if uneven else "1 h"
    start = draw(st.sampled_from(["2018-01-10", "2018-03-26"]))
    assets |= {name: options[name] for name in sorted(chosen)}
    return make_case(assets, start=start, hours=hours, step=step)


@proof(sample=4, whole=15, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_windows_find_the_optimum_of_one_piece(case: Case) -> None:
    """Whatever couples the windows: states, cycles, ramps, runs over midnight, days, months."""
    matrix = compiled(case)
    assert_same_optimum(matrix, case.horizon.steps)


def with_budget(matrix: Matrix, columns: slice, most: float) -> Matrix:
    """One more row: the sum over the columns is at most so much."""
    row = np.zeros(len(matrix.cost))
    row[columns] = 1.0
    return replace(
        matrix,
        A=sp.csc_matrix(sp.vstack([matrix.A, sp.csr_matrix(row)])),
        row_lower=np.append(matrix.row_lower, -np.inf),
        row_upper=np.append(matrix.row_upper, most),
        rows=(*matrix.rows, Family("budget", len(matrix.row_lower), 1)),
    )


def imported(matrix: Matrix) -> slice:
    [family] = [family for family in matrix.columns if family.name.endswith("import_kw")]
    return family.span


@pytest.mark.parametrize(("share", "steps"), [(0.9, 300), (0.97, 700), (2.0, 300)])
def test_a_budget_of_the_whole_horizon_is_shared_out(share: float, steps: int) -> None:
    """A tenth less import than would be bought freely, made up by loads that are shed; and a budget without effect."""
    tiers = [{"share": 0.3, "price": "1 EUR/kWh"}]
    demand = series(np.random.default_rng(7), steps, 5, 20)
    orders: dict[str, Any] = {"kind": "flexible_load", "profile": kw(*demand), "share": 0.1, "tiers": tiers}
    matrix = compiled(plain(steps, flex=orders))
    free = Session(matrix, Limits()).solve()
    columns = imported(matrix)
    most = share * float(free.x[columns].sum())
    answer = assert_same_optimum(with_budget(matrix, columns, most), steps)
    assert answer.x[columns].sum() <= most * (1 + 1e-9)
    assert (answer.objective > free.objective + 1) == (share < 1)


def basics(basis: Basis) -> int:
    return int((basis.column == BASIC).sum() + (basis.row == BASIC).sum())


@pytest.mark.parametrize("tariff", [{"peaks": PEAK}, {"subscription": SUBSCRIPTION}], ids=["peaks", "subscription"])
def test_a_start_has_as_many_basic_as_there_are_rows(tariff: dict[str, Any]) -> None:
    """One too few or too many is no basis: the last run would have to repair it, or begin from nothing."""
    matrix = compiled(plain(grid=grid(series(np.random.default_rng(6), 300, 0.05, 0.4), **tariff)))
    start = windows.start_in_windows(matrix, 300, Limits(), lambda _: None)
    assert start.windows >= 4
    assert basics(start.basis) == len(matrix.row_lower)
    assert start.feasible
    assert_kept(matrix, start.x)


def test_windows_leave_a_guess_that_cannot_be_kept() -> None:
    """A building whose heating is given: its temperature at a cut is what it is, not what longer steps guessed."""
    steps = 300
    zone = building(series(np.random.default_rng(3), steps, -5, 30), flexible=False, violation_max="20 K")
    matrix = compiled(plain(steps, zone=zone))
    axis = axis_of(matrix, steps)
    longer = coarsen(matrix, axis, 4)
    guess = longer.spread @ run_linear(longer.matrix, Limits()).x
    [mass] = [family.span for family in matrix.columns if family.name.endswith("mass_temperature_degc")]
    answer = assert_same_optimum(matrix, steps)
    assert np.abs(guess[mass] - answer.x[mass]).max() > 1e-3


def test_why_there_are_no_windows_is_said() -> None:
    """Too few steps; decisions that are on or off. Both are solved all the same."""
    matrix = compiled(plain(48))
    answer = in_windows(matrix, 48)
    assert answer.status == "optimal"
    assert answer.note == "in one piece: 48 steps are solved in one piece"
    runs = [{"hours": "01:00-05:00", "days": ["monday"]}]
    wash = {"kind": "shiftable_load", "power_max": "10 kW", "energy": "20 kWh", "mode": "on_off", "runs": runs}
    matrix = compiled(make_case({"wash": wash, "load": load(5), "grid": grid(0.1)}, hours=200))
    answer = in_windows(matrix, 200)
    assert answer.status == "optimal"
    assert answer.note == "in one piece: on/off decisions are solved in one piece"


def test_long_windows_are_cut_between_months_and_short_ones_within() -> None:
    """January to March: 744, 672 and 743 h. A cut through a month would make two windows guess at its peak."""
    case = make_case({"b": battery(start=None), "load": load(5), "grid": grid(0.1, peaks=PEAK)}, start="2018-01-01",
                     end="2018-04-01")  # fmt: skip
    months = np.flatnonzero(np.diff(case.horizon.month_of_step)) + 1
    levels = nested_cuts(axis_of(compiled(case), case.horizon.steps), [720, 240, 60])
    assert levels[0].tolist() == [0, *months.tolist(), case.horizon.steps] == [0, 744, 1416, 2159]
    for longer, shorter in itertools.pairwise(levels):
        assert set(longer.tolist()) < set(shorter.tolist())
    for edges in levels:
        assert (edges[0], edges[-1]) == (0, 2159)
        assert (np.diff(edges) > 0).all()
    assert 30 <= np.diff(levels[-1]).min() <= np.diff(levels[-1]).max() <= 120


@pytest.mark.parametrize("steps", [120, 122])
def test_longer_steps_of_a_constant_case_are_the_case_itself(steps: int) -> None:
    """Nothing changes with time, so what longer steps find holds step by step, also where the last one is shorter."""
    assets = {
        "b": battery(start=None, charge_efficiency=0.9),
        "zone": building(-3),
        "pv": {"kind": "solar", "capacity": "3 kW", "profile": "0.5"},
        "load": load(5),
        "grid": grid(0.1, peaks=PEAK),
    }
    matrix = compiled(make_case(assets, start="2018-01-01", hours=steps))
    coarse = coarsen(matrix, axis_of(matrix, steps), 4)
    assert coarse.steps == -(-steps // 4)
    run = run_linear(coarse.matrix, Limits())
    x = coarse.spread @ run.x
    assert_kept(matrix, x)
    assert float(matrix.cost @ x) == pytest.approx(float(coarse.matrix.cost @ run.x))
    assert float(matrix.cost @ x) == pytest.approx(Session(matrix, Limits()).solve().objective - matrix.offset)


@pytest.mark.parametrize(("steps", "factor"), [(300, 4), (301, 3), (302, 5)])
def test_a_basis_of_longer_steps_is_one_of_the_shorter(steps: int, factor: int) -> None:
    """Also where the last group is shorter, and where peaks and days are there only once; and there and back again."""
    flex = {"kind": "flexible_load", "profile": kw(*series(np.random.default_rng(1), steps, 2, 10)), "share": 0.3}
    matrix = compiled(plain(steps, flex=flex, fly=rotor(0.4, "10 kW/h")))
    coarse = coarsen(matrix, axis_of(matrix, steps), factor)
    basis = run_linear(coarse.matrix, Limits()).basis
    assert basis is not None
    assert basics(basis) == len(coarse.matrix.row_lower)
    assert basics(coarse.basis(basis)) == len(matrix.row_lower)


def test_an_impossible_hour_is_named_although_windows_are_used() -> None:
    """30 kW at hour 250, from a grid of 20 kW and nothing else: 10 kW are missing then."""
    prices = series(np.random.default_rng(2), 300, 0.1, 0.3)
    assets = {"load": load(*[10] * 250, 30, *[10] * 49), "grid": grid(prices, import_max=20)}
    with pytest.raises(InfeasibleError) as caught:
        dispatch(make_case(assets, start="2018-01-01", hours=300))
    assert "2018-01-11T10:00:00+01:00" in str(caught.value)
    assert "lacks 10.000 kW" in str(caught.value)


def test_without_time_for_the_last_run_the_windows_own_schedule_is_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps every rule, costs no less than the optimum, and the prices of the windows bound it from below."""
    case = plain()
    matrix = compiled(case)
    optimum = Session(matrix, Limits()).solve().objective
    none = np.zeros(0)
    out_of_time = Answer("time_limit", none, np.inf, -np.inf, none)
    monkeypatch.setattr("microgrid.solve.windows.relaxed.Session.solve", lambda _: out_of_time)
    answer = in_windows(matrix, 300)
    assert answer.found
    assert answer.status == "time_limit"
    assert_kept(matrix, answer.x)
    assert answer.bound <= optimum + 1e-7 <= answer.objective + 2e-7
    assert np.isfinite(answer.bound)
    solution = dispatch(case, Limits(seconds=60))
    assert solution.status == "time_limit"
    assert solution.audit.passed, [str(finding) for finding in solution.audit.findings]
    assert solution.bound <= optimum + 1e-7 <= solution.objective + 2e-7
