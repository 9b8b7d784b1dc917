"""Prices and weights in any unit: the same optimum, proven to the same gap, and no check with a floor of 1 EUR."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from microgrid import dispatch
from microgrid.contract.plan import proven, relative_gap, to_digits
from tests.conftest import battery, eur, grid, load, make_case
from tests.proofs import proof

FACTORS = (1e-6, 1e-3, 1.0, 1e3, 1e6)


@pytest.mark.parametrize("carbon_price", ["0.01 EUR/t", "1000 EUR/t", "1e7 EUR/t"])
def test_a_small_weight_of_carbon_still_decides(carbon_price: str) -> None:
    """Carbon alone counts: 40 and 80 g/kWh in turn, quarters of an hour, a battery that moves what pays.

    2 kW in the clean quarters, of which 1 kW is used and 1 x 0.9 x 0.9 kW comes back: 0.19 kW are imported dirty.
    With 0.01 EUR/t a kg weighs 1e-5 EUR and a quarter's kW less than 1e-7, below the solver's tolerances.
    """
    store = battery(
        charge_max="1 kW", discharge_max="1 kW", charge_efficiency=0.9, discharge_efficiency=0.9, start=None
    )
    carbon = {"values": [40.0, 80.0] * 8, "unit": "g/kWh"}
    connection = {**grid(0.2, import_max=5), "carbon": carbon}
    case = make_case(
        {"load": load(1), "b": store, "grid": connection},
        hours=4,
        step="15 min",
        objective={"cost": 0, "carbon_price": carbon_price},
    )
    solution = dispatch(case)
    assert solution.status == "optimal"
    expected = 8 * 0.25 * (2.0 * 0.040 + 0.19 * 0.080)
    assert solution.plan.accounts()["emissions_kgco2"] == pytest.approx(expected, rel=1e-6)


@proof(sample=2, whole=8, suppress_health_check=list(HealthCheck))
@given(
    price=st.lists(st.floats(-0.1, 0.4).map(lambda v: round(v, 3)), min_size=6, max_size=6),
    peak=st.floats(0, 5).map(lambda v: round(v, 2)),
)
def test_prices_in_any_unit_give_the_same_optimum(price: list[float], peak: float) -> None:
    """Every price times 1e-6 to 1e6, and the weight of cost likewise: the objective and its bound follow to 1e-6."""
    found = []
    for factor in FACTORS:
        connection = grid(0.0, peaks=[{"item": "peak", "price": f"{peak * factor!r} EUR/kW"}], import_max=40)
        connection["tariff"]["energy"] = [{"item": "energy", "series": eur(*(p * factor for p in price))}]
        assets = {"load": load(3, 5, 2, 8, 1, 4), "b": battery(charge_efficiency=0.9), "grid": connection}
        solution = dispatch(make_case(assets, hours=6))
        assert solution.audit.passed
        assert solution.status == "optimal"
        found += [solution.objective / factor, solution.bound / factor]
    weighed = dispatch(make_case(assets, hours=6, objective={"cost": 1e-6}))
    found.append(weighed.objective / FACTORS[-1] / 1e-6)
    assert found == pytest.approx([found[0]] * len(found), rel=1e-6, abs=1e-9)


@proof(sample=6, whole=25, suppress_health_check=list(HealthCheck))
@given(power=st.floats(0.001, 3), price=st.floats(0.001, 0.4), rate=st.floats(1, 30))
def test_a_right_result_never_fails_the_audit(power: float, price: float, rate: float) -> None:
    """Small days with a standing charge and VAT: amounts of cents, whose sums differ from their lines by rounding."""
    taxes = [{"item": "VAT", "rate": f"{rate!r} %"}]
    connection = grid(price, import_max=9, fixed=[{"item": "standing", "price": "50 EUR/year"}], taxes=taxes)
    solution = dispatch(make_case({"load": load(power), "grid": connection}, hours=24))
    assert solution.audit.passed, solution.audit.findings
    assert solution.status == "optimal"


def test_amounts_keep_significant_digits() -> None:
    """A kWh at 1e-9 EUR is a bill of 24e-9 EUR, not of nothing."""
    solution = dispatch(make_case({"load": load(1), "grid": grid(1e-9)}, hours=24))
    assert solution.plan.accounts()["cost"] == pytest.approx(24e-9, rel=1e-9)


def test_digits_are_those_of_the_greatest_number() -> None:
    """Of 12 digits of 123.4 the last is the tenth decimal: rounding of a sum vanishes, a small amount stays."""
    assert to_digits([123.4, 1e-13, 0.0123]).tolist() == [123.4, 0.0, 0.0123]
    assert to_digits(1e-13, scale=[123.4]) == 0.0
    assert to_digits([1.23456789012345e-9])[0] == 1.23456789012e-9
    assert np.isnan(to_digits([np.nan, 1.0])[0])
    assert to_digits([0.0, -0.0]).tolist() == [0.0, 0.0]


def test_a_gap_is_relative_to_the_objective_or_to_what_cancels_in_it() -> None:
    """1 of 100 is 1 %; 1e-10 of nothing that 100 EUR of cost and revenue cancel to is rounding."""
    assert relative_gap(100.0, 99.0) == pytest.approx(0.01)
    assert relative_gap(0.0, 0.0) == 0.0
    assert relative_gap(1.0, -np.inf) == np.inf
    assert proven(0.0, -1e-10, 1e-6, turnover=100.0)
    assert not proven(0.0, -1e-6, 1e-6, turnover=100.0)
    assert not proven(1e-6, 0.9e-6, 1e-6, turnover=1e-6)
