"""Lines of a bill, each by hand: on the meter's readings, and as the optimizer sees it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from microgrid.errors import InputError
from microgrid.result.solution import Solution
from microgrid.tariff.bill import bill
from microgrid.tariff.charges.charge import Meter
from microgrid.tariff.rates import expand
from microgrid.tariff.schema.tariff import Tariff
from tests.conftest import amounts, battery, column, cost, grid, load, solve
from tests.test_horizon import horizon

MONTH = {"start": "2018-01-01", "end": "2018-02-01", "step": "1 h"}
YEAR = {"start": "2018-01-01", "end": "2019-01-01", "step": "1 h"}
HPHC: dict[str, Any] = {"hp": [{"hours": ["06:00-22:00"]}], "hc": "otherwise"}


def billed(import_kw: Any, steps: dict[str, Any], export_kw: Any = 0.0, **tariff: Any) -> dict[str, float]:
    """What each line comes to [EUR]."""
    axis = horizon(**steps)
    meter = Meter(*(np.broadcast_to(np.asarray(p, float), (axis.steps,)) for p in (import_kw, export_kw)), axis)
    rates = expand(Tariff.model_validate({"name": "t", **tariff}), axis)
    return {line.item: round(float(line.values.sum()), 6) for line in bill(meter, rates)}


def test_a_flat_load_with_a_daily_block() -> None:
    """100 kW flat and 100 kW more for 4 h a day; 0.10 per kWh, 35 per kW: 7,000 a month of demand; energy 8,680 in a
    month of 31 days, 8,400 in one of 30. Source: HOMER Grid.
    """
    lines = {"energy": [{"item": "e", "price": "0.10 EUR/kWh"}], "peaks": [{"item": "d", "price": "35 EUR/kW"}]}
    for start, end, energy in (("2018-01-01", "2018-02-01", 8680), ("2018-06-01", "2018-07-01", 8400)):
        axis = horizon(start=start, end=end, step="1 h")
        power = 100.0 + 100.0 * ((axis.local.hour >= 16) & (axis.local.hour < 20))
        assert billed(power, {"start": start, "end": end, "step": "1 h"}, **lines) == {"e": energy, "d": 7000}


def test_tiers_by_volume() -> None:
    """744 h x 2 kW = 1,488 kWh: 1,000 at 0.10 and 488 at 0.20, 197.60; with 600 drawn before, 400 and 1,088, 257.60."""
    tiers = [{"above": "0 kWh", "price": "0.1 EUR/kWh"}, {"above": "1 MWh", "price": "0.2 EUR/kWh"}]
    energy = [{"item": "e", "tiers": tiers}]
    assert billed(2, MONTH, energy=energy) == {"e": 197.6}
    assert billed(2, MONTH, energy=energy, measured={"energy": "600 kWh"}) == {"e": 257.6}


def test_tiers_by_the_year() -> None:
    """8,760 h x 1 kW: 5,000 kWh at 0.10, 3,760 at 0.05 = 688; by the month every kWh is below 1,000: 876."""
    tiers = [{"above": "0 kWh", "price": "0.1 EUR/kWh"}, {"above": "5 MWh", "price": "0.05 EUR/kWh"}]
    assert billed(1, YEAR, energy=[{"item": "e", "tiers": tiers, "per": "year"}]) == {"e": 688}
    assert billed(1, YEAR, energy=[{"item": "e", "tiers": tiers}]) == {"e": 876}


def test_tiers_by_the_day() -> None:
    """Thresholds of 10 kWh a day are 310 in January: 744 kWh are 310 at 0.10 and 434 at 0.20, 117.80; from January 16
    on 160 and 224, 60.80; with 100 kWh drawn on the 15 days before, 210 cheap ones are left, 55.80.

    March 31 in Paris has 23 hours and is a day: 10 at 0.10 and 13 at 0.20, 3.60.
    """
    tiers = [{"above": "0 kWh", "price": "0.1 EUR/kWh"}, {"above": "10 kWh", "price": "0.2 EUR/kWh"}]
    energy = [{"item": "e", "tiers": tiers, "per": "day"}]
    late = {**MONTH, "start": "2018-01-16"}
    assert billed(1, MONTH, energy=energy) == {"e": 117.8}
    assert billed(1, late, energy=energy) == {"e": 60.8}
    assert billed(1, late, energy=energy, measured={"energy": "100 kWh"}) == {"e": 55.8}
    spring = {"start": "2024-03-31", "end": "2024-04-01", "step": "1 h"}
    assert billed(1, spring, energy=energy) == {"e": 3.6}


def test_tiers_on_peaks() -> None:
    """50 kW: 20 at 1 EUR and 30 at 3 EUR = 110."""
    tiers = [{"above": "0 kW", "price": "1 EUR/kW"}, {"above": "20 kW", "price": "3 EUR/kW"}]
    assert billed(50, MONTH, peaks=[{"item": "p", "tiers": tiers}]) == {"p": 110}


def test_a_season_has_one_peak() -> None:
    """Winter is November to March: in a calendar year it is two runs of months, billed 7 and 9 kW at 10 EUR = 160."""
    axis = horizon(**YEAR)
    power = np.where(axis.local.month <= 3, 7.0, np.where(axis.local.month >= 11, 9.0, 50.0))
    line = {"item": "p", "price_per_season": "10 EUR/kW", "when": {"months": [11, 12, 1, 2, 3]}}
    assert billed(power, YEAR, peaks=[line]) == {"p": 160}


def test_a_coincident_peak_counts_in_stated_hours_only() -> None:
    """1 kW flat; 10 EUR/kW in hours of January 1 and 5 EUR/kW in September: 15. Source: REopt.jl."""
    lines = [
        {"item": "a", "price": "10 EUR/kW", "coincident": ["2018-01-01 00:00", "2018-01-01 01:00", "2018-01-05 03:00"]},
        {"item": "b", "price": "5 EUR/kW", "coincident": ["2018-09-07 23:00", "2018-09-19 15:00"]},
    ]
    assert billed(1, YEAR, peaks=lines) == {"a": 10, "b": 5}
    assert billed([0, 8, 3, 0], {"start": "2018-01-01", "hours": 4}, peaks=lines[:1])["a"] == 80


@pytest.mark.parametrize(
    ("ratchet", "expected"),
    [
        ({"months": 12, "of_months": [1, 4, 12]}, [300, 300, 300, 400, 300, 500, 300, 300, 300, 300, 300, 300]),
        ({"months": 6}, [225, 225, 225, 400, 300, 500, 375, 375, 375, 375, 375, 375]),
    ],
)
def test_a_ratchet_of_a_year_that_repeats(ratchet: dict[str, Any], expected: list[float]) -> None:
    """100 kW with spikes of 200, 400, 500 and 300 kW in January, April, June and December; 75 %. Source: REopt.jl."""
    axis = horizon(start="2022-01-01", end="2023-01-01", step="1 h", zone="UTC")
    power = np.full(8760, 100.0)
    power[[21, 2402, 4087, 8332]] = 200, 400, 500, 300
    line = {"item": "p", "price": "1 EUR/kW", "ratchet": {"share": "75 %", "repeats": True, **ratchet}}
    rates = expand(Tariff.model_validate({"name": "t", "peaks": [line]}), axis)
    meter = Meter(power, np.zeros(8760), axis)
    [found] = bill(meter, rates)
    assert found.quantity is not None
    assert found.quantity.tolist() == expected


def test_what_the_interval_and_the_month_have_measured() -> None:
    """Four of six steps are over, mean 3 kW; then 3 and 1: (4 x 3 + 3 + 1) / 6 = 2.667 kW, but the month has had 2.8.
    Source of the first: EMHASS, whose readings 2, 4, 0, 6 have that mean.
    """
    steps = {"start": "2018-06-21T00:40", "hours": 1 / 3, "step": "10 min"}
    line = {"item": "p", "price": "3 EUR/kW", "interval": "1 h"}
    assert billed([3, 1], steps, peaks=[line], measured={"interval_mean": "3 kW"}) == {"p": 8}
    assert billed([3, 1], steps, peaks=[line], measured={"interval_mean": "3 kW", "peak": "2.8 kW"}) == {"p": 8.4}
    assert billed([3, 1], steps, peaks=[line]) == {"p": 6}


def test_net_metering_over_a_month() -> None:
    """4 kW in for 372 h at 0.30, 3 kW out for 372 h: 372 kWh net = 111.60; with 5 kW out, -372 net: at 0.10, -37.20."""
    half = np.arange(744) < 372
    energy = [{"item": "net", "price": "0.3 EUR/kWh", "net": {"credit": "0.1 EUR/kWh"}}]
    assert billed(4.0 * half, MONTH, 3.0 * ~half, energy=energy) == {"net": 111.6}
    assert billed(4.0 * half, MONTH, 5.0 * ~half, energy=energy) == {"net": -37.2}


def test_net_metering_by_class_and_year() -> None:
    """8 h of 1 kW in at night, 16 h of 1 kW out by day, all year: +2,920 kWh at 0.10, -5,840 at 0.20: -876."""
    axis = horizon(**YEAR)
    day = (axis.local.hour >= 6) & (axis.local.hour < 22)
    prices = {"hp": "0.2 EUR/kWh", "hc": "0.1 EUR/kWh"}
    energy = [{"item": "net", "by_class": prices, "net": {"per": "year"}}]
    assert billed(1.0 * ~day, YEAR, 1.0 * day, energy=energy, classes=HPHC) == {"net": -876}


def test_prices_by_class() -> None:
    """A day of 1 kW: 16 h at 0.20, 8 h at 0.10 = 4."""
    energy = [{"item": "e", "by_class": {"hp": "0.2 EUR/kWh", "hc": "0.1 EUR/kWh"}}]
    assert billed(1, {"hours": 24}, energy=energy, classes=HPHC) == {"e": 4}


def test_days_by_colour() -> None:
    """A class of listed dates comes before the hours of others: 24 h at 1, then 24 h at 0.1."""
    classes = {"red": [{"dates": ["2018-06-21"]}], "other": "otherwise"}
    energy = [{"item": "e", "by_class": {"red": "1 EUR/kWh", "other": "0.1 EUR/kWh"}}]
    assert billed(1, {"hours": 48}, energy=energy, classes=classes) == {"e": 26.4}


def subscription(**overrun: Any) -> dict[str, Any]:
    """10 kW by day and 16 kW by night, 12 and 6 EUR/kW/year."""
    powers = {"hp": {"power": "10 kW", "price": "12 EUR/kW/year"}, "hc": {"power": "16 kW", "price": "6 EUR/kW/year"}}
    return {"classes": HPHC, "subscription": {"by_class": powers, **({"overrun": overrun} if overrun else {})}}


def test_subscribed_powers_cost_by_their_steps() -> None:
    """12 x 10 + 6 x (16 - 10) = 156 EUR in a year."""
    assert billed(0, YEAR, **subscription()) == {"subscribed power": 156}


def test_an_overrun_by_the_hour() -> None:
    """12 kW all day are more than 10 for 16 h, not more than 16 at night: 16 x 11 EUR."""
    found = billed(12, {"hours": 24}, **subscription(rule="hours", price_per_hour="11 EUR/h"))
    assert found["subscribed power: overrun"] == 176


def test_an_overrun_by_the_root_of_squares() -> None:
    """In steps of 10 min 13 kW, then 14 kW, by day: root of 3^2 + 4^2 = 5 kW; at 4 % of 12 EUR: 2.40."""
    steps = {"start": "2018-06-21T12:00", "hours": 0.5, "step": "10 min"}
    found = billed([13, 14, 9], steps, **subscription(rule="root_of_squares", share="4 %", interval="10 min"))
    assert found["subscribed power: overrun"] == 2.4


def test_an_overrun_of_each_class() -> None:
    """13 kW by day and 18 by night: 3 and 2 kW at 5 EUR = 25."""
    axis = horizon(hours=24)
    power = np.where((axis.local.hour >= 6) & (axis.local.hour < 22), 13.0, 18.0)
    found = billed(power, {"hours": 24}, **subscription(rule="peak", price="5 EUR/kW"))
    assert found["subscribed power: overrun"] == 25


def test_fixed_amounts_by_year_month_and_day() -> None:
    """Half of June: 15 of 365 days of 365 EUR, half of 30 EUR, 15 days of 2 EUR. A leap year has 366 days."""
    fixed = [
        {"item": "y", "price": "365 EUR/year"},
        {"item": "m", "price_per_month": "30 EUR/month"},
        {"item": "d", "price_per_day": "2 EUR/d"},
    ]
    assert billed(0, {"start": "2018-06-16", "end": "2018-07-01"}, fixed=fixed) == {"y": 15, "m": 15, "d": 30}
    leap = billed(0, {"start": "2020-01-01", "end": "2021-01-01"}, fixed=fixed)
    assert leap == {"y": 365, "m": 360, "d": 732}
    # The day on which clocks go forward has 23 hours, March all of its hours.
    assert billed(0, {"start": "2018-03-01", "end": "2018-04-01"}, fixed=fixed[1:2]) == {"m": 30}


def test_rates_that_hold_from_a_day_on() -> None:
    """January and February at 1 kW: 1,416 kWh. The excise rises from 0.02 to 0.05 on February 1: 744 x 0.02 + 672 x
    0.05 = 48.48; the fee of 28 a month ends with February 14, so half of February's is due: 42; VAT of 10 % until
    January 31, 20 % from then on: 0.1 x (74.4 + 14.88 + 28) + 0.2 x (67.2 + 33.6 + 14) = 11.728 + 22.96. Prices by
    class may begin on a day as well.
    """
    steps = {"start": "2018-01-01", "end": "2018-03-01", "step": "1 h"}
    old, new = {"until": "2018-02-01"}, {"from": "2018-02-01"}
    energy = [{"item": "energy", "price": "0.1 EUR/kWh"}]
    excise = {"item": "excise", "periods": [{"price": "0.02 EUR/kWh", **old}, {"price": "0.05 EUR/kWh", **new}]}
    fixed = [{"item": "fee", "price_per_month": "28 EUR/month", "when": {"until": "2018-02-15"}}]
    of = ["energy", "excise", "fee"]
    taxes = [
        {"item": "VAT to January", "rate": "10 %", "of": of, "when": old},
        {"item": "VAT", "rate": "20 %", "of": of, "when": new},
    ]
    found = billed(1, steps, energy=[*energy, excise], fixed=fixed, taxes=taxes)
    assert found == {"energy": 141.6, "excise": 48.48, "fee": 42, "VAT to January": 11.728, "VAT": 22.96}
    by_class = {"item": "c", "by_class": {"hp": "0.3 EUR/kWh", "hc": "0 EUR/kWh"}, "when": new}
    assert billed(1, steps, energy=[by_class], classes=HPHC) == {"c": 28 * 16 * 0.3}


def test_a_validity_that_ends_before_it_begins() -> None:
    with pytest.raises(ValidationError, match="contradicts"):
        Tariff.model_validate(
            {
                "name": "t",
                "fixed": [
                    {"item": "f", "price_per_day": "1 EUR/d", "when": {"from": "2018-02-01", "until": "2018-01-01"}}
                ],
            }
        )


def test_taxes_one_on_another() -> None:
    """100 kWh: 10 EUR energy, 3 EUR fixed; a levy of 10 % on the fixed part, 20 % on all with the levy: 2.66."""
    found = billed(
        100 / 24,
        {"hours": 24},
        energy=[{"item": "e", "price": "0.1 EUR/kWh"}],
        fixed=[{"item": "f", "price_per_day": "3 EUR/d"}],
        taxes=[
            {"item": "levy", "rate": "10 %", "of": ["f"]},
            {"item": "VAT", "rate": "20 %", "of": ["e", "f", "levy"]},
        ],
    )
    assert found == {"e": 10, "f": 3, "levy": 0.3, "VAT": 2.66}


def test_the_least_that_is_billed() -> None:
    """0.744 EUR of energy where 5 EUR is the least: 4.256 more; VAT on both."""
    found = billed(
        0.01,
        MONTH,
        energy=[{"item": "e", "price": "0.1 EUR/kWh"}],
        minimum={"price_per_month": "5 EUR/month"},
        taxes=[{"item": "VAT", "rate": "20 %"}],
    )
    assert found == {"e": 0.744, "minimum bill": 4.256, "VAT": 1.0}


# The same in the optimum


def test_the_optimizer_stays_below_a_tier() -> None:
    """20 kWh in two hours, of which a local source gives some at 0.3: above 12 kWh the grid costs 0.5, so 8 kWh are
    generated: 12 x 0.1 + 8 x 0.3 = 3.60. Without tiers all would be drawn.
    """
    tiers = [{"above": "0 kWh", "price": "0.1 EUR/kWh"}, {"above": "12 kWh", "price": "0.5 EUR/kWh"}]
    connection = grid(0)
    connection["tariff"]["energy"] = [{"item": "e", "tiers": tiers}]
    source = {"kind": "solar", "capacity": "10 kW", "profile": 1, "generation_cost": "0.3 EUR/kWh"}
    solution = solve({"g": connection, "l": load(10.0), "pv": source}, hours=2)
    assert sum(column(solution, "g.import_kw")) == pytest.approx(12)
    assert cost(solution) == pytest.approx(3.6)


def test_the_optimizer_reaches_for_a_cheaper_tier() -> None:
    """The grid costs 0.4 below 15 kWh, nothing above; a source costs 0.35. All 20 kWh from the grid: 6 EUR. The first
    tier alone looks dearer than the source, which would cost 7.
    """
    tiers = [{"above": "0 kWh", "price": "0.4 EUR/kWh"}, {"above": "15 kWh", "price": "0 EUR/kWh"}]
    connection = grid(0, import_max=100)
    connection["tariff"]["energy"] = [{"item": "e", "tiers": tiers}]
    source = {"kind": "solar", "capacity": "10 kW", "profile": 1, "generation_cost": "0.35 EUR/kWh"}
    assert cost(solve({"g": connection, "l": load(10.0), "pv": source}, hours=2)) == pytest.approx(6)


def test_the_optimizer_spreads_overruns_over_the_squares() -> None:
    """10 kWh too much in one of two steps, a lossless store: 5 and 5 kW over, root of 50; not 10 and 0 (root of 100).
    So 12 EUR x 100 % x 7.0711 = 84.85 EUR.
    """
    connection = grid(0)
    connection["tariff"] |= subscription(rule="root_of_squares", share="100 %")
    assets = {"g": connection, "l": load(10, 20), "b": battery()}
    solution = solve(assets, start="2018-06-21T12:00", hours=2)
    # The root hardly changes around the best split: known to 1e-6, it leaves the powers a hundredth of a kW.
    assert column(solution, "g.import_kw") == pytest.approx([15, 15], abs=0.01)
    assert amounts(solution, "g")["subscribed power: overrun"] == pytest.approx(12 * 50**0.5, rel=1e-6)
    assert solution.gap < 1e-5
    assert "linear rules" in solution.notes[0]


def test_the_optimizer_counts_hours_of_overrun() -> None:
    """Three hours of 12 kW with a battery of 4 kWh, 10 kW subscribed at 1 EUR per hour of overrun: two hours can be
    kept at 10 kW by the 4 kWh that the third hour charges, which is over anyway: 1 EUR.
    """
    connection = grid(0, import_max=30)
    connection["tariff"] |= subscription(rule="hours", price_per_hour="1 EUR/h")
    assets = {"g": connection, "l": load(12, 12, 12), "b": battery(capacity="4 kWh")}
    solution = solve(assets, start="2018-06-21T12:00", hours=3)
    assert amounts(solution, "g")["subscribed power: overrun"] == pytest.approx(1)
    assert column(solution, "g.import_kw") == pytest.approx([16, 10, 10])


def test_without_an_overrun_the_subscription_is_a_limit() -> None:
    """12 kW of load, 10 kW subscribed: the battery gives 2 kW, charged at night when 16 kW may be drawn."""
    connection = grid(0)
    connection["tariff"] |= subscription()
    solution = solve({"g": connection, "l": load(10, 12), "b": battery()}, start="2018-06-21T05:00", hours=2)
    assert column(solution, "g.import_kw") == pytest.approx([12, 10])


def test_net_metering_needs_no_store() -> None:
    """Surplus of one hour is drawn in the next at no cost, so that the battery's loss is not worth it: 0 EUR."""
    connection = grid(0, export_max=100)
    connection["tariff"]["energy"] = [{"item": "net", "price": "0.3 EUR/kWh", "net": {}}]
    sun = {"kind": "solar", "capacity": "10 kW", "profile": {"values": [1, 0], "unit": ""}}
    solution = solve({"g": connection, "l": load(5.0), "pv": sun, "b": battery(charge_efficiency=0.9)}, hours=2)
    assert cost(solution) == pytest.approx(0)
    assert column(solution, "b.charge_kw") == pytest.approx([0, 0])


def test_a_minimum_bill_makes_the_first_kwh_free() -> None:
    """5 EUR are due anyway and cover 50 kWh at 0.10: a source at 0.05 is not used for them."""
    connection = grid(0.1)
    connection["tariff"]["minimum"] = {"price_per_month": "5 EUR/month"}
    source = {"kind": "solar", "capacity": "10 kW", "profile": 1, "generation_cost": "0.05 EUR/kWh"}
    steps = {"start": "2018-06-01", "hours": 720}
    solution = solve({"g": connection, "l": load(0.1), "pv": source}, **steps)
    assert sum(column(solution, "g.import_kw")) == pytest.approx(50)
    assert cost(solution) == pytest.approx(5 + 22 * 0.05)


# What cannot be


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"energy": [{"item": "e", "by_class": {"hp": "1 EUR/kWh"}}], "classes": HPHC}, "a price for each class"),
        ({"energy": [{"item": "e", "tiers": [{"above": "5 kWh", "price": "1 EUR/kWh"}]}]}, "rise from 0"),
        ({"energy": [{"item": "e", "price": "1 EUR/kWh", "net": {"credit": "2 EUR/kWh"}}]}, "at most the price"),
        ({"energy": [{"item": "e", "price": "1 EUR/h"}]}, "wrong dimension"),
        ({"energy": [{"item": "e", "price": "1 USD/kWh"}]}, "in USD, while amounts are counted in EUR"),
        ({"currency": "USD"}, "EUR"),
        ({"taxes": [{"item": "VAT", "rate": 0.2, "of": ["energie"]}]}, "lines before it"),
        ({"subscription": {"power": "-5 kW", "price": "1 EUR/kW/year"}}, "below zero"),
        (
            {
                "classes": HPHC,
                "subscription": {
                    "by_class": {
                        "hp": {"power": "20 kW", "price": "1 EUR/kW/year"},
                        "hc": {"power": "10 kW", "price": "1 EUR/kW/year"},
                    }
                },
            },
            "at least the 20 kW of hp",
        ),
        ({"subscription": {"power": "5 kW", "price": "1 EUR/kW/year", "overrun": {"rule": "hours"}}}, "price_per_hour"),
        ({"peaks": [{"item": "p", "price_per_season": "1 EUR/kW"}]}, "months of the season"),
        ({"peaks": [{"item": "p", "price": "1 EUR/kW", "coincident": ["yesterday evening"]}]}, "instant"),
    ],
)
def test_tariffs_that_cannot_be(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Tariff.model_validate({"name": "t", **wrong})
    assert words in str(caught.value.errors())


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        ({"hp": [{"hours": ["06:00-22:00"]}], "hc": [{"hours": ["23:00-06:00"]}]}, "no class in 1 step"),
        ({"hp": [{"hours": ["06:00-22:00"]}], "hc": [{"hours": ["21:00-06:00"]}]}, "two classes in 1 step"),
    ],
)
def test_hours_in_no_class_or_in_two_are_named(classes: dict[str, Any], words: str) -> None:
    energy = [{"item": "e", "by_class": {"hp": "1 EUR/kWh", "hc": "1 EUR/kWh"}}]
    with pytest.raises(InputError, match=words):
        billed(1, {"hours": 24}, energy=energy, classes=classes)


def test_a_ratchet_with_seasonal_prices() -> None:
    """1 kW, 100 kW in hour 8 of the year; 10.5 in six cold months, 11.5 in six warm ones, 35 % of the highest peak of
    the last twelve months: 100 x (10.5 + 0.35 x 10.5 x 5 + 0.35 x 11.5 x 6) = 5,302.50. Source: REopt.jl.
    """
    power = np.ones(8760)
    power[7] = 100
    prices = [
        {"months": [1, 2, 3, 10, 11, 12], "price": "10.5 EUR/kW"},
        {"months": [4, 5, 6, 7, 8, 9], "price": "11.5 EUR/kW"},
    ]
    line = {"item": "p", "price_by_month": prices, "ratchet": {"share": "35 %", "months": 12}}
    assert billed(power, YEAR, peaks=[line]) == {"p": 5302.5}


def test_a_demand_charge_on_average() -> None:
    """10,000 kWh a year, flat: 0.10 per kWh is 1,000, 10 per kW and month on 1.1416 kW is 136.99. Source: REopt.jl."""
    lines = {"energy": [{"item": "e", "price": "0.1 EUR/kWh"}], "peaks": [{"item": "d", "price": "10 EUR/kW"}]}
    found = billed(10000 / 8760, YEAR, **lines)
    assert (found["e"], round(found["d"], 2)) == (1000, 136.99)


def test_hours_in_several_stretches() -> None:
    """Nights of working days and whole weekends, one peak of both: 7 kW on Saturday at noon, 5 on Thursday at 23:00."""
    axis = horizon(hours=96)  # from Thursday
    noon = np.asarray((axis.local.day_of_week == 5) & (axis.local.hour == 12))
    night = np.asarray((axis.local.day_of_week == 3) & (axis.local.hour == 23))
    when = [{"days": ["weekend"]}, {"days": ["working"], "hours": ["22:00-06:00"]}]
    power = 7.0 * noon + 5.0 * night
    assert billed(power, {"hours": 96}, peaks=[{"item": "p", "price": "1 EUR/kW", "when": when}]) == {"p": 7}


def test_long_steps_stand_for_several_intervals() -> None:
    """An hour 3 kW over is six intervals of 10 min: root of 6 x 9 = 7.348; as one interval it would be 3."""
    found = billed(
        13,
        {"start": "2018-06-21T12:00", "hours": 1},
        **subscription(rule="root_of_squares", price="1 EUR/kW", interval="10 min"),
    )
    assert found["subscribed power: overrun"] == pytest.approx(54**0.5, abs=1e-6)
    short = {"start": "2018-06-21T12:00", "hours": 1, "step": "10 min"}
    assert billed(13, short, **subscription(rule="root_of_squares", price="1 EUR/kW", interval="10 min")) == found


def chosen(**overrun: Any) -> dict[str, Any]:
    """Up to 50 kW by day and by night, 876 and 438 EUR/kW/year: 0.10 and 0.05 EUR an hour."""
    size = {"min": "2 kW", "max": "50 kW"}
    powers = {"hp": {"power": size, "price": "876 EUR/kW/year"}, "hc": {"power": size, "price": "438 EUR/kW/year"}}
    return {"classes": HPHC, "subscription": {"by_class": powers, **({"overrun": overrun} if overrun else {})}}


def test_subscribed_powers_are_chosen() -> None:
    """6 kW at 05:00, 10 kW at 06:00 and no more than subscribed: the day needs 10, and the night no less than the day:
    2 h x (10 x 0.10 + 0 x 0.05) = 2.00. With 20 kW at 05:00 the night needs 20: 2 h x (10 x 0.1 + 10 x 0.05) = 3.00.
    """
    for night, total in ((6, 2.0), (20, 3.0)):
        connection = grid(0)
        connection["tariff"] |= chosen()
        solution = solve({"g": connection, "l": load(night, 10)}, start="2018-06-21T05:00", hours=2)
        assert solution.sizes["g"] == pytest.approx(
            {"subscribed_hp_kw": 10, "subscribed_hc_kw": max(night, 10)}, abs=1e-6
        )
        assert cost(solution) == pytest.approx(total)


@pytest.mark.parametrize(
    ("overrun", "power", "total"),
    [
        # 0.10 EUR for a kW in the hour, or 0.08 for a kW of overrun: as little as may be subscribed, 2 kW
        ({"rule": "peak", "price": "0.08 EUR/kW"}, 2, 0.2 + 8 * 0.08),
        ({"rule": "peak", "price": "0.12 EUR/kW"}, 10, 1.0),
        # an hour over costs 0.70: 0.20 + 0.70 < 1.00; at 0.90 all is subscribed
        ({"rule": "hours", "price_per_hour": "0.7 EUR/h"}, 2, 0.9),
        ({"rule": "hours", "price_per_hour": "0.9 EUR/h"}, 10, 1.0),
        ({"rule": "root_of_squares", "price": "0.08 EUR/kW"}, 2, 0.2 + 8 * 0.08),
    ],
)
def test_what_overruns_cost_is_weighed_against_the_subscription(
    overrun: dict[str, Any], power: float, total: float
) -> None:
    """One hour of 10 kW by day."""
    connection = grid(0, import_max=40)
    connection["tariff"] |= chosen(**overrun)
    solution = solve({"g": connection, "l": load(10.0)}, start="2018-06-21T12:00", hours=1)
    assert solution.sizes["g"]["subscribed_hp_kw"] == pytest.approx(power)
    assert cost(solution) == pytest.approx(total)


def test_one_subscribed_power_is_chosen() -> None:
    """8.76 EUR/kW/year are 0.001 an hour: 10 kW for an hour."""
    connection = grid(0)
    connection["tariff"]["subscription"] = {"power": {"max": "50 kW"}, "price": "8.76 EUR/kW/year"}
    solution = solve({"g": connection, "l": load(10.0)}, hours=1)
    assert solution.sizes["g"] == pytest.approx({"subscribed_kw": 10})
    assert cost(solution) == pytest.approx(0.01)


def two_sellers(pv: str, rest: str | None, store: dict[str, Any]) -> Solution:
    """10 kW of sun in the first of two hours, a store, and nothing to use it for."""
    connection = grid(1.0, export_max=100)
    lines = [{"item": "solar feed-in", "price": pv, "of": "pv"}]
    connection["tariff"]["export"] = lines + ([{"item": "other", "price": rest}] if rest else [])
    sun = {"kind": "solar", "capacity": "10 kW", "profile": {"values": [1, 0], "unit": ""}}
    return solve({"g": connection, "l": load(0.0), "pv": sun, "b": store}, hours=2)


def test_each_asset_sells_at_its_own_price() -> None:
    """Sun at 0.10, what the store gives at 0.25: it is better to store all 10 kWh and sell them later, 2.50 EUR; at
    0.05 all of the sun is sold at once, 1.00 EUR.
    """
    later = two_sellers("0.1 EUR/kWh", "0.25 EUR/kWh", battery())
    assert cost(later) == pytest.approx(-2.5)
    assert column(later, "g.export_of_pv_kw") == pytest.approx([0, 0])
    now = two_sellers("0.1 EUR/kWh", "0.05 EUR/kWh", battery())
    assert cost(now) == pytest.approx(-1)
    assert column(now, "g.export_of_pv_kw") == pytest.approx([10, 0])


def test_only_the_sun_is_sold_as_such() -> None:
    """With a price for the sun alone, what comes out of the store earns nothing: 1.00 EUR, not 2.00."""
    solution = two_sellers("0.1 EUR/kWh", None, battery(start=1.0))
    assert cost(solution) == pytest.approx(-1)
    assert solution.baseline.plan.accounts()["cost"] == pytest.approx(-1)
