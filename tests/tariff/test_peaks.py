"""Peaks: metering intervals, ratchets, years; on the bill and in the optimum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given
from hypothesis import strategies as st
from pydantic import ValidationError

from microgrid.errors import InputError
from microgrid.result.solution import Solution
from microgrid.tariff.charges.charge import Meter
from microgrid.tariff.charges.peaks import expand_peak
from microgrid.tariff.schema.peaks import PeakLine
from tests.conftest import amounts, battery, column, cost, grid, load, solve
from tests.proofs import proof
from tests.test_horizon import horizon

YEAR = {"start": "2018-01-01", "end": "2019-01-01", "step": "1 h"}


def billed(power_kw: list[float], steps: dict[str, Any], **line: Any) -> list[float]:
    """Billed power by month."""
    axis = horizon(**steps)
    found = PeakLine.model_validate({"item": "peak", "price": "1 EUR/kW", **line})
    return expand_peak(found, axis).billed(np.array(power_kw), axis).round(6).tolist()


def monthly(*peaks: float) -> list[float]:
    """A year at 1 h with one hour of each month's peak, else nothing."""
    axis = horizon(**YEAR)
    power = np.zeros(axis.steps)
    for month, peak in enumerate(peaks):
        power[np.flatnonzero(axis.month_of_step == month)[12]] = peak
    return power.tolist()


def test_the_mean_over_the_metering_interval_is_billed() -> None:
    """0, 0, 0, 0, 0, 6 kW in steps of 10 min: 6 kW by the step, 3 kW by 20 min, 1 kW by the hour. Source: EMHASS."""
    steps = {"hours": 1, "step": "10 min"}
    power = [0.0] * 5 + [6.0]
    assert billed(power, steps) == [6]
    assert billed(power, steps, interval="20 min") == [3]
    assert billed(power, steps, interval="60 min") == [1]


def test_intervals_lie_on_the_clock() -> None:
    """From 00:30 on: the first hour has two steps of 15 min only, their mean is 4; from the start on it would be 2."""
    steps = {"start": "2018-06-21T00:30:00", "hours": 1.5, "step": "15 min"}
    assert billed([4, 4, 0, 0, 0, 0], steps, interval="1 h") == [4]


def test_intervals_of_a_zone_with_half_hours() -> None:
    """India is 5.5 h ahead: the hour from local 00:00 is one interval, though it begins at half past in UTC."""
    steps = {"zone": "Asia/Kolkata", "hours": 2, "step": "30 min"}
    assert billed([4, 2, 0, 6], steps, interval="1 h") == [3]


@pytest.mark.parametrize(("step", "interval"), [("1 h", "30 min"), ("20 min", "30 min")])
def test_steps_that_do_not_divide_the_interval_are_refused(step: str, interval: str) -> None:
    with pytest.raises(InputError, match="a step lies in several metering intervals"):
        billed([1.0] * (6 if step == "20 min" else 2), {"hours": 2, "step": step}, interval=interval)


def test_a_ratchet_bills_a_share_of_the_highest_peak_before() -> None:
    """100 kW in March, 10 kW else, 80 % of the last 11 months: 10, 10, 100, then 80 to the end of the year.
    Looking back two months only: 80 in April and May.
    """
    power = monthly(10, 10, 100, *[10] * 9)
    assert billed(power, YEAR, ratchet={"share": "80 %"}) == [10, 10, 100, *[80] * 9]
    assert billed(power, YEAR, ratchet={"share": "80 %", "months": 2}) == [10, 10, 100, 80, 80, *[10] * 7]


def test_a_ratchet_on_named_months_and_on_the_past() -> None:
    """Only June to September count, and 60 kW of last August: 50 % is 30 until August, then half of July's 40."""
    power = monthly(10, 10, 100, 10, 10, 10, 40, 10, 10, 10, 10, 10)
    ratchet = {
        "share": "50 %",
        "months": 11,
        "of_months": [6, 7, 8, 9],
        "past": [{"month": "2017-08", "peak": "60 kW"}, {"month": "2017-12", "peak": "90 kW"}],
    }
    assert billed(power, YEAR, ratchet=ratchet) == [30, 30, 100, 30, 30, 30, 40, 20, 20, 20, 20, 20]


def test_a_peak_of_the_year_holds_in_all_its_months() -> None:
    """100 kW in March at 12 EUR/kW and year: 1,200 EUR, spread over the months by their hours."""
    axis = horizon(**YEAR)
    line = PeakLine.model_validate({"item": "peak", "price_per_year": "12 EUR/kW/year"})
    rate = expand_peak(line, axis)
    power = np.array(monthly(10, 10, 100, *[10] * 9))
    assert rate.billed(power, axis).tolist() == [100] * 12
    assert float(rate.amount(Meter(power, np.zeros(8760), axis)).values.sum()) == pytest.approx(1200)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"price": "1 EUR/kW", "price_per_year": "1 EUR/kW/year"},
        {"price_per_year": "1 EUR/kW/year", "ratchet": {"share": 0.8}},
        {"price": "1 EUR/kW", "ratchet": {"share": 0.8, "past": [{"month": "December", "peak": "1 kW"}]}},
        {"price": "1 EUR/kW", "ratchet": {"share": 0.8, "of_months": [13]}},
        {"price": "1 EUR/kW", "interval": "15 kW"},
    ],
)
def test_lines_that_contradict_themselves_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PeakLine.model_validate({"item": "peak", **wrong})


def flat_ratchet() -> Solution:
    """January needs 10 kW for an hour, February 6 kW for one; a battery of 10 kWh; 80 % ratchet; 1 EUR/kW."""
    tariff = grid(0, peaks=[{"item": "peak", "price": "1 EUR/kW", "ratchet": {"share": "80 %"}}])
    assets = {
        "b": battery(capacity="4 kWh"),
        "load": load(*[0] * 12, 10, *[0] * 11, *[0] * 12, 6, *[0] * 11),
        "grid": tariff,
    }
    return solve(assets, start="2018-01-31", hours=48)


def test_the_optimum_knows_what_it_is_billed_for_later() -> None:
    """A peak of 10 kW can be cut to 6 (4 kWh stored ahead). Billed: 6 in January; in February its own 6 can be cut to
    2, but 80 % of 6, 4.8, is billed anyway: 10.8 EUR. Without the ratchet it would be 6 + 2 = 8.
    """
    solution = flat_ratchet()
    assert max(column(solution, "grid.import_kw")[:24]) == pytest.approx(6)
    assert cost(solution) == pytest.approx(10.8)


def test_the_optimum_uses_the_metering_interval() -> None:
    """10 kW in one of four quarters of an hour, 0 in the others: no store is needed to be billed 2.5 kW."""
    peaks = [{"item": "peak", "price": "4 EUR/kW", "interval": "1 h"}]
    solution = solve({"load": load(0, 10, 0, 0), "grid": grid(0, peaks=peaks)}, hours=1, step="15 min")
    assert amounts(solution, "grid")["peak"] == pytest.approx(10)


@proof(sample=6, whole=25, phases=[Phase.generate])
@given(st.data())
def test_the_bill_that_is_minimized_is_the_bill_of_the_meter(data: st.DataObject) -> None:
    """Random peaks, ratchets, intervals and demand over a month's end: the audit compares both bills line by line."""
    draw = data.draw
    lines = []
    for number in range(draw(st.integers(1, 3))):
        line: dict[str, Any] = {"item": f"peak {number}"}
        if draw(st.booleans()):
            line["price"] = f"{draw(st.integers(0, 9))} EUR/kW"
            if draw(st.booleans()):
                share = draw(st.sampled_from([0.5, 0.8, 1.0]))
                line["ratchet"] = {
                    "share": share,
                    "months": draw(st.integers(1, 12)),
                    "past": [{"month": "2017-12", "peak": "9 kW"}],
                }
        else:
            line["price_per_year"] = f"{draw(st.integers(0, 99))} EUR/kW/year"
        if draw(st.booleans()):
            line["interval"] = draw(st.sampled_from(["30 min", "1 h", "2 h"]))
        if draw(st.booleans()):
            line["when"] = {"hours": ["07:00-19:00"]}
        lines.append(line)
    demand = draw(st.lists(st.integers(0, 20), min_size=96, max_size=96))
    assets = {"b": battery(start=None), "load": load(*demand), "grid": grid(0.1, peaks=lines)}
    solution = solve(assets, start="2018-01-31", hours=48, step="30 min")
    assert solution.audit.passed
