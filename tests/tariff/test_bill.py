"""The bill of a metered series, from the meter and the rates alone."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from microgrid.tariff.bill import bill
from microgrid.tariff.charges.charge import Meter
from microgrid.tariff.charges.peaks import expand_peak
from microgrid.tariff.rates import expand
from microgrid.tariff.schema.peaks import PeakLine
from microgrid.tariff.schema.tariff import Tariff
from tests.test_horizon import horizon


def test_every_line_of_a_bill() -> None:
    """Two days over the end of January, a constant 10 kW in, 2 kW out: lines by hand.

    Energy 48 x 10 x 0.1 = 48; feed-in -48 x 2 x 0.05 = -4.80; peaks 10 x 3 in each month = 60; overrun (10 - 6) x 5
    twice = 40; subscription 6 x 73 x 48 / 8760 = 2.40; meter 365 x 48 / 8760 = 2.
    """
    axis = horizon(start="2018-01-31", hours=48)
    tariff = Tariff.model_validate(
        {
            "name": "t",
            "energy": [{"item": "energy", "price": "0.1 EUR/kWh"}],
            "export": [{"item": "feed-in", "price": "0.05 EUR/kWh"}],
            "peaks": [{"item": "peak", "price": "3 EUR/kW"}],
            "subscription": {"power": "6 kW", "price": "73 EUR/kW/year", "overrun_price": "5 EUR/kW"},
            "fixed": [{"item": "meter", "price": "365 EUR/year"}],
        }
    )
    lines = bill(Meter(np.full(48, 10.0), np.full(48, 2.0), axis), expand(tariff, axis))
    assert {line.item: float(line.values.sum()) for line in lines} == pytest.approx(
        {
            "energy": 48,
            "feed-in": -4.8,
            "peak": 60,
            "subscribed power: overrun": 40,
            "meter": 2,
            "subscribed power": 2.4,
        }
    )
    assert {line.item: len(line.values) for line in lines}["peak"] == 2


def test_a_month_in_which_no_step_counts_has_no_peak() -> None:
    """Counted in January only: 10 and 0."""
    axis = horizon(start="2018-01-31", hours=48)
    line = PeakLine.model_validate({"item": "p", "price": "1 EUR/kW", "when": {"months": [1]}})
    assert expand_peak(line, axis).billed(np.full(48, 10.0), axis).tolist() == [10, 0]


def test_a_peak_is_a_mean_over_the_step() -> None:
    """0 for 30 min and 10 kW for 30 min: 10 kW at 30 min, 5 kW as one step of 1 h."""
    for power, axis in ((np.array([0.0, 10.0]), horizon(hours=1, step="30 min")), (np.array([5.0]), horizon(hours=1))):
        line = PeakLine.model_validate({"item": "p", "price": "1 EUR/kW"})
        assert expand_peak(line, axis).billed(power, axis).tolist() == [max(power)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"energy": [{"item": "a", "price": "1 EUR/kWh"}, {"item": "a", "price": "2 EUR/kWh"}]}, "different item"),
        ({"energy": [{"item": "a"}]}, "exactly one of"),
        ({"energy": [{"item": "a", "price": "1 EUR/kWh", "periods": [{"price": "1 EUR/kWh"}]}]}, "exactly one of"),
        ({"energy": [{"item": "=cmd()", "price": "1 EUR/kWh"}]}, "not a name: it begins with"),
        ({"peaks": [{"item": "p", "price": "-1 EUR/kW"}]}, "greater than or equal"),
        (
            {"energy": [{"item": "a", "periods": [{"price": "1 EUR/kWh", "otherwise": True, "months": [1]}]}]},
            "contradicts",
        ),
    ],
)
def test_tariffs_that_cannot_be(change: dict[str, object], words: str) -> None:
    """Refused when they are read."""
    with pytest.raises(ValidationError) as caught:
        Tariff.model_validate({"name": "t", **change})
    assert words in str(caught.value.errors())
