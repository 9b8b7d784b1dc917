"""Rates of the URDB as tariffs: small ones written here, each with its bill by hand, in USD."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import Phase, given
from hypothesis import strategies as st

from microgrid.cli.commands.import_urdb import command
from microgrid.documents.yaml_file import load_yaml
from microgrid.errors import InputError
from microgrid.money import Money
from microgrid.tariff.schema.tariff import Tariff
from microgrid.tariff.urdb.rate import import_urdb, read_urdb
from tests.proofs import proof
from tests.tariff.test_lines import MONTH, YEAR, billed
from tests.test_horizon import horizon

DAY = [[1 if 8 <= hour < 18 else 0 for hour in range(24)]] * 12
NIGHT = [[0] * 24] * 12
SUMMER = [[1 if 6 <= month <= 8 else 0] * 24 for month in range(1, 13)]
PEAK_DAYS = {"energyweekdayschedule": DAY, "energyweekendschedule": NIGHT}
TWO = [[{"rate": 0.1, "unit": "kWh"}], [{"rate": 0.25, "adj": 0.05}]]
ONE = {"energyratestructure": [[{"rate": 0.1}]]}


def read(folder: Path, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    """The tariff of a rate, which the schema takes, and its warnings."""
    file = folder / "rate.json"
    file.write_text(json.dumps({"items": [fields]}), encoding="utf-8")
    tariff, warnings = read_urdb(file)
    with Money("USD").in_force():
        Tariff.model_validate(tariff)
    return tariff, warnings


def lines_of(tariff: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in tariff.items() if key not in ("name", "source", "currency")}


def bill(tariff: dict[str, Any], power: Any, steps: dict[str, Any] = MONTH, export: Any = 0.0) -> dict[str, float]:
    with Money("USD").in_force():
        return billed(power, steps, export, **lines_of(tariff))


def refusal(folder: Path, **fields: Any) -> str:
    with pytest.raises(InputError) as caught:
        read(folder, **fields)
    return str(caught.value)


# Energy


def test_one_price_stays_in_dollars(tmp_path: Path) -> None:
    """744 h x 2 kW x (0.10 + 0.02) USD = 178.56 USD."""
    tariff, warnings = read(tmp_path, energyratestructure=[[{"rate": 0.1, "adj": 0.02, "unit": "kWh"}]])
    assert tariff["energy"] == [{"item": "energy", "price": "0.12 USD/kWh"}]
    assert bill(tariff, 2) == {"energy": 178.56}
    assert warnings == []


def test_prices_by_hours_of_weekdays(tmp_path: Path) -> None:
    """January 2018 has 23 weekdays: 230 h at 0.30 and 514 h at 0.10 = 120.40. New Year's Day is a weekday here."""
    tariff, _ = read(tmp_path, energyratestructure=TWO, **PEAK_DAYS)
    weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday"]
    peak = {"price": "0.3 USD/kWh", "days": weekdays, "hours": ["08:00-18:00"]}
    assert tariff["energy"][0]["periods"] == [peak, {"price": "0.1 USD/kWh", "otherwise": True}]
    assert bill(tariff, 1) == {"energy": 120.4}


def test_hours_over_midnight_and_seasons_are_merged(tmp_path: Path) -> None:
    """Summer nights 21-6 are 92 x 9 h at 0.30; the other 8,760 - 828 h at 0.10: 1,041.60."""
    schedule = [[1 if 6 <= m <= 8 and (h >= 21 or h < 6) else 0 for h in range(24)] for m in range(1, 13)]
    fields = {"energyweekdayschedule": schedule, "energyweekendschedule": schedule}
    tariff, _ = read(tmp_path, energyratestructure=TWO, **fields)
    assert tariff["energy"][0]["periods"][0] == {
        "price": "0.3 USD/kWh",
        "months": [6, 7, 8],
        "hours": ["21:00-06:00"],
    }
    assert bill(tariff, 1, YEAR) == {"energy": 1041.6}


@proof(sample=6, whole=25, phases=[Phase.generate])
@given(st.randoms(use_true_random=False))
def test_any_schedule_has_its_price_in_every_hour(random: Any) -> None:
    """The price of each hour of a year, looked up in the schedule by month, weekday and hour."""
    prices = [0.1, 0.2, 0.4]
    schedules = [[[random.randrange(3) for _ in range(24)] for _ in range(12)] for _ in range(2)]
    fields = {"energyweekdayschedule": schedules[0], "energyweekendschedule": schedules[1]}
    with tempfile.TemporaryDirectory() as folder:
        tariff, _ = read(Path(folder), energyratestructure=[[{"rate": price}] for price in prices], **fields)
    axis = horizon(**YEAR)
    local = axis.local
    at = np.array(schedules)[(local.day_of_week >= 5).astype(int), local.month - 1, local.hour]
    power = np.random.default_rng(random.randrange(9)).random(axis.steps)
    expected = float((power * np.array(prices)[at]).sum())
    assert bill(tariff, power, YEAR) == {"energy": pytest.approx(expected)}


def test_tiers_of_a_month(tmp_path: Path) -> None:
    """1,488 kWh: 1,000 at 0.10, 400 at 0.20 and 88 at 0.05 = 184.40."""
    tiers = [{"rate": 0.1, "max": 1000}, {"rate": 0.2, "max": 1400}, {"rate": 0.05, "max": 1e38}]
    tariff, warnings = read(tmp_path, energyratestructure=[tiers])
    assert bill(tariff, 2) == {"energy period 0": 184.4}
    assert warnings == []


def test_tiers_in_a_season(tmp_path: Path) -> None:
    """June to August: 3 months of 720, 744 and 744 kWh, of which 500 at 0.30 and the rest at 0.40: 450 + 283.2; the
    other 6,552 h at 0.10.
    """
    structure = [[{"rate": 0.1}], [{"rate": 0.3, "max": 500}, {"rate": 0.4}]]
    fields = {"energyweekdayschedule": SUMMER, "energyweekendschedule": SUMMER}
    tariff, warnings = read(tmp_path, energyratestructure=structure, **fields)
    assert bill(tariff, 1, YEAR) == {"energy": 655.2, "energy period 1": 733.2}
    assert warnings == []


def test_tiers_in_hours_of_weekdays_count_these_hours_only(tmp_path: Path) -> None:
    """230 kWh within, of which 100 at 0.20 and 130 at 0.30: 59; 514 kWh outside at 0.10."""
    structure = [[{"rate": 0.1}], [{"rate": 0.2, "max": 100}, {"rate": 0.3}]]
    tariff, warnings = read(tmp_path, energyratestructure=structure, **PEAK_DAYS)
    assert bill(tariff, 1) == {"energy": 51.4, "energy period 1": 59}
    assert "counted in its hours only" in warnings[0]


def test_tiers_at_night_and_at_weekends_are_one_volume(tmp_path: Path) -> None:
    """514 kWh on nights of weekdays and whole weekends: 300 at 0.20 and 214 at 0.30 = 124.20; 230 kWh at 0.10."""
    structure = [[{"rate": 0.2, "max": 300}, {"rate": 0.3}], [{"rate": 0.1}]]
    tariff, warnings = read(tmp_path, energyratestructure=structure, **PEAK_DAYS)
    assert bill(tariff, 1) == {"energy": 23, "energy period 0": 124.2}
    assert len(tariff["energy"][1]["when"]) == 2
    assert len(warnings) == 1


def test_tiers_whose_hours_change_with_the_season_are_one_line(tmp_path: Path) -> None:
    """1 kW: 8 h a day from June to August and 4 h a day else are 736 and 1,092 kWh a year; of each month's 240, 248 and
    248, or 112 to 124, kWh 100 cost 0.20 and the rest 0.30: 1,200 x 0.20 + 628 x 0.30; the other 6,932 h 0.10.
    """
    schedule = [[1 if (12 if 6 <= m <= 8 else 16) <= h < 20 else 0 for h in range(24)] for m in range(1, 13)]
    structure = [[{"rate": 0.1}], [{"rate": 0.2, "max": 100}, {"rate": 0.3}]]
    fields = {"energyweekdayschedule": schedule, "energyweekendschedule": schedule}
    tariff, _ = read(tmp_path, energyratestructure=structure, **fields)
    assert bill(tariff, 1, YEAR) == {"energy": 693.2, "energy period 1": 428.4}


def test_tiers_with_one_price_are_none(tmp_path: Path) -> None:
    tiers = [{"rate": 0.1, "max": 100, "unit": "kWh/kW"}, {"rate": 0.1}]
    tariff, _ = read(tmp_path, energyratestructure=[tiers])
    assert tariff["energy"] == [{"item": "energy", "price": "0.1 USD/kWh"}]


def test_tiers_by_demand_are_refused(tmp_path: Path) -> None:
    """By the day too: such volumes follow from the peak, and half a rate would be a wrong bill."""
    for unit in ("kWh/kW", "kWh/kW daily"):
        tiers = [{"rate": 0.1, "max": 100, "unit": unit}, {"rate": 0.2, "unit": unit}]
        told = refusal(tmp_path, energyratestructure=[tiers])
        assert unit in told
        assert "hours of use of the peak (kWh per kW)" in told
    mixed = [{"rate": 0.1, "max": 100, "unit": "kWh daily"}, {"rate": 0.2, "unit": "kWh"}]
    assert "tiers in two units" in refusal(tmp_path, energyratestructure=[mixed])


def test_tiers_by_the_day(tmp_path: Path) -> None:
    """1 kW in January: 24 kWh a day, 10 at 0.1 and 14 at 0.2, on 31 days: 31 + 86.80 = 117.80.

    As thresholds of the month they would be 1 + 146.80; in 8,760 h of a year it is 365 x 3.80.
    """
    tiers = [{"rate": 0.1, "max": 10, "unit": "kWh daily"}, {"rate": 0.2, "unit": "kWh daily"}]
    tariff, warnings = read(tmp_path, energyratestructure=[tiers])
    assert bill(tariff, 1) == {"energy period 0": 117.8}
    assert bill(tariff, 1, YEAR) == {"energy period 0": pytest.approx(365 * 3.8)}
    assert any("kWh daily" in warning for warning in warnings)


@pytest.mark.parametrize(
    "answer",
    [
        {"error": {"code": "API_KEY_MISSING", "message": "No api_key was supplied."}},
        {"errors": [{"code": "API_KEY_MISSING", "message": "No api_key was supplied."}]},
        {"error": "API_KEY_MISSING: No api_key was supplied."},
        {"message": "API_KEY_MISSING: No api_key was supplied."},
    ],
)
def test_the_error_of_the_service_is_shown(tmp_path: Path, answer: dict[str, Any]) -> None:
    """Told as "not a rate" it would send the user to look for a rate in a file that has none."""
    file = tmp_path / "answer.json"
    file.write_text(json.dumps(answer), encoding="utf-8")
    with pytest.raises(InputError, match="the service answered with an error") as caught:
        read_urdb(file)
    assert "API_KEY_MISSING: No api_key was supplied." in str(caught.value)


@pytest.mark.parametrize("unit", ["kWh daily", "kWh"])
def test_a_last_tier_without_a_limit_needs_no_unit(tmp_path: Path, unit: str) -> None:
    """Nothing of it is counted in a unit; one that states another unit is still refused."""
    tiers: list[dict[str, Any]] = [{"rate": 0.1, "max": 10, "unit": unit}, {"rate": 0.2, "unit": unit}]
    whole = read(tmp_path, energyratestructure=[tiers])[0]
    assert read(tmp_path, energyratestructure=[[tiers[0], {"rate": 0.2}]])[0] == whole


def test_numbers_as_text_are_numbers(tmp_path: Path) -> None:
    fields = {"energyratestructure": [[{"rate": 0.1, "max": 10}, {"rate": 0.2}]], "fixedmonthlycharge": 5}
    texts = {"energyratestructure": [[{"rate": "0.1", "max": "10"}, {"rate": " 2e-1"}]], "fixedmonthlycharge": "5"}
    assert read(tmp_path, **texts)[0] == read(tmp_path, **fields)[0]
    for wrong in ("", "x", "1_0", "nan", "0x1", "1,5", "1e99"):
        assert "not a number within the limits" in refusal(tmp_path, energyratestructure=[[{"rate": wrong}]])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("<html><title>502 Bad Gateway</title></html>", "502 Bad Gateway"),
        ('{"status": 403, "title": "Forbidden", "detail": "no key"}', "403: Forbidden: no key"),
        ('{"detail": "Not found"}', "Not found"),
    ],
)
def test_any_other_answer_of_the_service_is_shown(tmp_path: Path, answer: str, words: str) -> None:
    file = tmp_path / "answer.json"
    file.write_text(answer, encoding="utf-8")
    with pytest.raises(InputError, match="the service answered with an error") as caught:
        read_urdb(file)
    assert words in str(caught.value)


def test_export_earns_what_sell_says(tmp_path: Path) -> None:
    """230 h at 0.05 and 514 h at 0.02: 21.78; instantaneous net billing is just that."""
    structure = [[{"rate": 0.1, "sell": 0.02}], [{"rate": 0.3, "sell": 0.05}]]
    fields = {"energyratestructure": structure, **PEAK_DAYS, "dgrules": "Net Billing Instantaneous"}
    tariff, warnings = read(tmp_path, **fields)
    assert bill(tariff, 0, export=1) == {"energy": 0, "export": -21.78}
    assert warnings == []


def test_fuel_adjustments_by_month(tmp_path: Path) -> None:
    """0.01 in January, 0.03 otherwise: 7.44 + 8,016 x 0.03."""
    tariff, warnings = read(tmp_path, **ONE, fueladjustmentsmonthly=[0.01] + [0.03] * 11)
    assert bill(tariff, 1, YEAR) == {"energy": 876, "fuel adjustment": 247.92}
    assert warnings == []


# Net metering


@pytest.mark.parametrize(("sell", "expected"), [(None, -37.2), (0.03, -11.16), (0, 0)])
def test_net_metering_with_one_price(tmp_path: Path, sell: float | None, expected: float) -> None:
    """4 kW in for 372 h, 5 kW out for 372 h: 372 kWh beyond import, credited at the price or at 'sell'."""
    half = np.arange(744) < 372
    tier = {"rate": 0.1} if sell is None else {"rate": 0.1, "sell": sell}
    tariff, warnings = read(tmp_path, energyratestructure=[[tier]], dgrules="Net Metering")
    assert bill(tariff, 4.0 * half, MONTH, 5.0 * ~half) == {"net energy": expected}
    assert warnings[0].startswith('dgrules = "Net Metering": import less export is billed each month')


def test_net_metering_by_hours(tmp_path: Path) -> None:
    """1 kW out within the 230 dear hours, 1 kW in otherwise: 51.40 - 69."""
    local = horizon(**MONTH).local
    dear = np.asarray((local.day_of_week < 5) & (local.hour >= 8) & (local.hour < 18))
    tariff, _ = read(tmp_path, energyratestructure=TWO, **PEAK_DAYS, usenetmetering=True)
    assert bill(tariff, 1.0 * ~dear, MONTH, 1.0 * dear) == {"net energy": -17.6}


@pytest.mark.parametrize(
    "structure",
    [
        [[{"rate": 0.1, "sell": 0.02, "max": 10}, {"rate": 0.2, "sell": 0.02}]],
        [[{"rate": 0.1, "sell": 0.2}]],
        [[{"rate": 0.1, "sell": 0.02}], [{"rate": 0.3}]],
    ],
)
def test_net_metering_that_cannot_be_said_is_named(tmp_path: Path, structure: list[Any]) -> None:
    """Export earns its price all the same."""
    schedules = PEAK_DAYS if len(structure) == 2 else {}
    tariff, warnings = read(tmp_path, energyratestructure=structure, **schedules, dgrules="Net Metering")
    assert "left out" in warnings[0]
    assert tariff["export"]


# Demand


def test_demand_by_hours_and_tiers(tmp_path: Path) -> None:
    """50 kW within the hours of weekdays: 20 at 10 USD and 30 at 4; 80 kW outside are free."""
    local = horizon(**MONTH).local
    power = np.where((local.day_of_week < 5) & (local.hour >= 8) & (local.hour < 18), 50.0, 80.0)
    structure = [[{"rate": 0}], [{"rate": 9, "adj": 1, "max": 20}, {"rate": 4}]]
    fields = {"demandratestructure": structure, "demandweekdayschedule": DAY, "demandweekendschedule": NIGHT}
    tariff, warnings = read(tmp_path, **fields)
    assert bill(tariff, power) == {"demand period 1": 320}
    assert warnings == ["energyratestructure = null: no energy prices; energy is taken as free"]


def test_demand_whose_hours_change_with_the_season_is_one_line(tmp_path: Path) -> None:
    """12 months with a peak of 1 kW each at 2 USD: 24. Hours outside do not count: 9 kW at 13 h, but not in summer,
    when 13 h lies within: 3 x 9 x 2 + 9 x 1 x 2 = 72.
    """
    schedule = [[1 if (12 if 6 <= m <= 8 else 16) <= h < 20 else 0 for h in range(24)] for m in range(1, 13)]
    fields = {"demandweekdayschedule": schedule, "demandweekendschedule": schedule}
    tariff, _ = read(tmp_path, **ONE, demandratestructure=[[{"rate": 0}], [{"rate": 2}]], **fields)
    assert bill(tariff, 1, YEAR)["demand period 1"] == 24
    assert bill(tariff, np.where(horizon(**YEAR).local.hour == 13, 9.0, 1.0), YEAR)["demand period 1"] == 72


def test_demand_at_night_and_at_weekends_has_one_peak(tmp_path: Path) -> None:
    """7 kW on Saturdays at noon and 5 on Wednesdays at 23 h are one peak of 7 kW at 1; the 4 kW of weekdays cost 2."""
    local = horizon(**MONTH).local
    saturday, wednesday = ((local.day_of_week == day) & (local.hour == hour) for day, hour in ((5, 12), (2, 23)))
    dear = (local.day_of_week < 5) & (local.hour >= 8) & (local.hour < 18)
    power = 7.0 * np.asarray(saturday) + 5.0 * np.asarray(wednesday) + 4.0 * np.asarray(dear)
    fields = {"demandweekdayschedule": DAY, "demandweekendschedule": NIGHT}
    tariff, warnings = read(tmp_path, demandratestructure=[[{"rate": 1}], [{"rate": 2}]], **fields)
    assert bill(tariff, power) == {"demand period 0": 7, "demand period 1": 8}
    assert len(warnings) == 1


@proof(sample=6, whole=25, phases=[Phase.generate])
@given(st.randoms(use_true_random=False))
def test_any_schedule_has_one_peak_a_month_and_period(random: Any) -> None:
    """The highest power of each month and period, looked up in the schedule by month, weekday and hour."""
    prices = np.array([1.0, 2.0, 4.0])
    schedules = [[[random.randrange(3) for _ in range(24)] for _ in range(12)] for _ in range(2)]
    fields = {"demandweekdayschedule": schedules[0], "demandweekendschedule": schedules[1]}
    with tempfile.TemporaryDirectory() as folder:
        tariff, _ = read(Path(folder), demandratestructure=[[{"rate": price}] for price in prices], **fields)
    axis = horizon(**YEAR)
    local = axis.local
    at = np.array(schedules)[(local.day_of_week >= 5).astype(int), local.month - 1, local.hour]
    power = np.random.default_rng(random.randrange(9)).random(axis.steps)
    highest = np.zeros((12, 3))
    np.maximum.at(highest, (local.month - 1, at), power)
    expected = highest.sum(axis=0) * prices
    assert sum(bill(tariff, power, YEAR).values()) == pytest.approx(expected.sum())
    assert len(tariff["peaks"]) == np.count_nonzero(expected)


def test_demand_of_each_month(tmp_path: Path) -> None:
    """3 months at 8 and 9 at 5, with two periods that have the same price: 10 x 69."""
    structure = [[{"rate": 5}], [{"rate": 7, "adj": 1}], [{"rate": 4, "adj": 1}]]
    months = [0, 0, 0, 2, 2, 1, 1, 1, 0, 0, 0, 0]
    tariff, _ = read(tmp_path, **ONE, flatdemandstructure=structure, flatdemandmonths=months)
    assert [line["months"] for line in tariff["peaks"][0]["price_by_month"]] == [
        [1, 2, 3, 4, 5, 9, 10, 11, 12],
        [6, 7, 8],
    ]
    assert bill(tariff, 10, YEAR) == {"energy": 8760, "flat demand": 690}


def test_tiers_of_demand_that_change_with_the_season(tmp_path: Path) -> None:
    """30 kW: 9 months with 20 kW at 1 and 10 at 2, 3 months at 3: 9 x 40 and 3 x 90."""
    structure = [[{"rate": 1, "max": 20}, {"rate": 2}], [{"rate": 3}]]
    months = [0] * 5 + [1] * 3 + [0] * 4
    tariff, _ = read(tmp_path, flatdemandstructure=structure, flatdemandmonths=months)
    found = bill(tariff, 30, YEAR)
    assert found == {"flat demand, months 1 2 3 4 5 9 10 11 12": 360, "flat demand": 270}


def test_a_demand_window_is_the_metering_interval(tmp_path: Path) -> None:
    """4 kW in one quarter of an hour are 1 kW over the hour, 2 kW over half of it."""
    steps = {"start": "2018-06-21", "hours": 1, "step": "15 min"}
    for window, expected in ((60, 1), (30, 2), (0, 4)):
        tariff, _ = read(tmp_path, flatdemandstructure=[[{"rate": 1}]], demandwindow=window)
        assert bill(tariff, [4, 0, 0, 0], steps) == {"flat demand": expected}
    for window in (1, 1440):
        assert "interval" in read(tmp_path, flatdemandstructure=[[{"rate": 1}]], demandwindow=window)[0]["peaks"][0]


def test_coincident_demand(tmp_path: Path) -> None:
    """5 kW within 8 to 18 h at 3 USD; 9 kW at night are not asked for."""
    power = np.where((horizon(**MONTH).local.hour >= 8) & (horizon(**MONTH).local.hour < 18), 5.0, 9.0)
    fields = {"coincidentratestructure": [[{"rate": 0}], [{"rate": 3}]], "coincidentrateschedule": DAY}
    tariff, warnings = read(tmp_path, **ONE, **fields)
    assert bill(tariff, power)["coincident demand period 1"] == 15
    assert "network's own peak" in warnings[0]


@pytest.mark.parametrize(
    ("unit", "expected", "words"),
    [("kVA", 20, "power factor of 1"), ("hp", 20 / 0.7457, "0.7457 kW"), ("kW daily", None, "left out")],
)
def test_other_units_of_demand(tmp_path: Path, unit: str, expected: float | None, words: str) -> None:
    """10 kW at 2 USD a unit."""
    tariff, warnings = read(tmp_path, **ONE, flatdemandstructure=[[{"rate": 2}]], flatdemandunit=unit)
    assert bill(tariff, 10).get("flat demand") == (None if expected is None else pytest.approx(expected))
    assert words in warnings[0]


# Ratchets

SPIKE = np.where(np.arange(8760) == 8, 100.0, 1.0)


@pytest.mark.parametrize(
    ("lookback", "expected"),
    [
        ({"lookbackPercent": 0.35, "lookbackRange": 11}, 5092.5),
        ({"lookbackpercent": 35, "lookbackmonths": [1] * 12}, 5092.5),
        ({"lookbackPercent": 0.35, "lookbackRange": 2}, 1879.5),
        ({"lookbackPercent": 0.35, "lookbackMonths": [False] * 6 + [True] * 6}, 1165.5),
        ({"lookbackPercent": 0.35, "lookbackRange": 2, "lookbackMonths": [1] + [0] * 11}, 1879.5),
    ],
)
def test_a_ratchet(tmp_path: Path, lookback: dict[str, Any], expected: float) -> None:
    """100 kW in January and 1 kW later, at 10.5: 1,050, then 11 x 367.50; or 2 x 367.50 and 9 x 10.50; or, if only
    July to December are remembered, 11 x 10.50.
    """
    tariff, warnings = read(tmp_path, flatdemandstructure=[[{"rate": 10.5}]], **lookback)
    assert bill(tariff, SPIKE, YEAR) == {"flat demand": expected}
    assert any("taken as 35 %; months before the horizon count as 0" in warning for warning in warnings)


SEASONS = {"flatdemandstructure": [[{"rate": 10.5}], [{"rate": 11.5}]], "flatdemandmonths": [0] * 3 + [1] * 6 + [0] * 3}
SEASONAL = [[month] * 24 for month in SEASONS["flatdemandmonths"]]


@pytest.mark.parametrize(
    "fields",
    [
        SEASONS,
        {
            "demandratestructure": SEASONS["flatdemandstructure"],
            "demandweekdayschedule": SEASONAL,
            "demandweekendschedule": SEASONAL,
        },
    ],
)
@pytest.mark.parametrize("lookback", [{"lookbackRange": 12}, {"lookbackMonths": [True] * 12}])
def test_a_ratchet_on_prices_by_season(tmp_path: Path, fields: dict[str, Any], lookback: dict[str, Any]) -> None:
    """100 x (10.5 + 0.35 x 10.5 x 5 + 0.35 x 11.5 x 6) = 5,302.50, also where seasons are written as hours. Source:
    REopt.jl.
    """
    tariff, warnings = read(tmp_path, **fields, lookbackPercent=0.35, **lookback)
    assert list(bill(tariff, SPIKE, YEAR).values()) == [5302.5]
    assert len(warnings) == 2
    assert "months before the horizon count as 0" in warnings[1]


def test_a_ratchet_with_months_that_are_free(tmp_path: Path) -> None:
    """100 kW in January, when nothing is asked for; in June to August at least 50 % of it at 2 USD: 3 x 100."""
    fields = {"flatdemandstructure": [[{"rate": 0}], [{"rate": 2}]], "flatdemandmonths": [0] * 5 + [1] * 3 + [0] * 4}
    tariff, _ = read(tmp_path, **fields, lookbackPercent=0.5, lookbackRange=11)
    assert bill(tariff, SPIKE, YEAR) == {"flat demand": 300}


def test_a_ratchet_on_hours_of_a_season_is_billed_in_that_season_only(tmp_path: Path) -> None:
    """9 kW in June within the hours of June to August, then 1 kW: 2 x (9 + 2 x 4.5); nothing from September on."""
    schedule = [[1 if 6 <= m <= 8 and 8 <= h < 18 else 0 for h in range(24)] for m in range(1, 13)]
    fields = {"demandratestructure": [[{"rate": 0}], [{"rate": 2}]], "lookbackPercent": 0.5, "lookbackRange": 12}
    tariff, warnings = read(tmp_path, **fields, demandweekdayschedule=schedule, demandweekendschedule=schedule)
    local = horizon(**YEAR).local
    power = np.where((local.month == 6) & (local.day == 5) & (local.hour == 12), 9.0, 1.0)
    assert bill(tariff, power, YEAR) == {"demand period 1": 36}
    assert "counts earlier peaks of its own hours" in warnings[-1]


def test_a_ratchet_on_tiers_of_a_season_is_left_out_by_name(tmp_path: Path) -> None:
    """100 kW in January: 20 at 1 and 80 at 2; 1 kW at 1 in eight months; in three, 50 of these 100 kW at 3 USD."""
    structure = [[{"rate": 1, "max": 20}, {"rate": 2}], [{"rate": 3}]]
    fields = {"flatdemandstructure": structure, "flatdemandmonths": [0] * 5 + [1] * 3 + [0] * 4}
    tariff, warnings = read(tmp_path, **fields, lookbackPercent=0.5, lookbackRange=11)
    assert ["ratchet" in line for line in tariff["peaks"]] == [True, False]
    assert any("left out of flat demand, months 1 2 3 4 5 9 10 11 12: its tiers" in warning for warning in warnings)
    assert bill(tariff, SPIKE, YEAR) == {"flat demand": 450, "flat demand, months 1 2 3 4 5 9 10 11 12": 188}


def test_a_ratchet_on_demand_by_hours(tmp_path: Path) -> None:
    """January 9 kW within the hours, then 1 kW: 2 x (9 + 11 x 4.5)."""
    fields = {"demandratestructure": [[{"rate": 0}], [{"rate": 2}]], "lookbackPercent": 0.5, "lookbackRange": 12}
    schedules = {"demandweekdayschedule": DAY, "demandweekendschedule": DAY}
    tariff, _ = read(tmp_path, **fields, **schedules)
    power = np.where(np.arange(8760) == 12, 9.0, 1.0)
    assert bill(tariff, power, YEAR) == {"demand period 1": 117}
    tariff, warnings = read(tmp_path, **fields, **schedules, flatdemandstructure=[[{"rate": 1}]])
    assert ["ratchet" in line for line in tariff["peaks"]] == [True, False]
    assert "has no ratchet" in warnings[-1]


def test_a_ratchet_that_looks_back_on_other_seasons_is_left_out_by_name(tmp_path: Path) -> None:
    """Periods of a winter and of a summer are two lines; that of the winter has no peaks in summer to remember."""
    schedules = {
        "demandweekdayschedule": [[2 if row[0] else hour for hour in day] for row, day in zip(SUMMER, DAY, strict=True)]
    }
    schedules["demandweekendschedule"] = schedules["demandweekdayschedule"]
    structure = [[{"rate": 0}], [{"rate": 2}], [{"rate": 5}]]
    lookback = {"lookbackPercent": 0.5, "lookbackMonths": [0] * 5 + [1] * 3 + [0] * 4}
    tariff, warnings = read(tmp_path, demandratestructure=structure, **schedules, **lookback)
    assert ["ratchet" in line for line in tariff["peaks"]] == [False, True]
    assert any("left out of demand period 1: it has no peaks in the months" in warning for warning in warnings)


def test_a_ratchet_that_says_no_months(tmp_path: Path) -> None:
    tariff, warnings = read(tmp_path, **ONE, flatdemandstructure=[[{"rate": 1}]], lookbackPercent=0.5)
    assert "ratchet" not in tariff["peaks"][0]
    assert "does not state which months" in warnings[0]
    _, warnings = read(tmp_path, **ONE, lookbackPercent=0.5, lookbackRange=3)
    assert "left out" in warnings[0]


# Fixed


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"fixedchargefirstmeter": 30, "fixedchargeunits": "$/month"}, 30),
        ({"fixedchargefirstmeter": 2, "fixedchargeunits": "$/day"}, 62),
        ({"fixedchargefirstmeter": 730, "fixedchargeunits": "$/year"}, 62),
        ({"fixedmonthlycharge": 30}, 30),
    ],
)
def test_fixed_charges(tmp_path: Path, fields: dict[str, Any], expected: float) -> None:
    """January; a year of 730 USD has 31 of its 365 days here."""
    tariff, warnings = read(tmp_path, **ONE, **fields)
    assert bill(tariff, 0) == {"energy": 0, "fixed charge": expected}
    assert warnings == []


@pytest.mark.parametrize("fields", [{"mincharge": 50, "minchargeunits": "$/month"}, {"minmonthlycharge": 50}])
def test_the_least_bill_of_a_month(tmp_path: Path, fields: dict[str, Any]) -> None:
    tariff, warnings = read(tmp_path, **ONE, **fields)
    assert bill(tariff, 0.1) == {"energy": 7.44, "minimum bill": 42.56}
    assert warnings == []


# What is named


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"demandreactivepowercharge": 0.3}, "demandreactivepowercharge = 0.3: reactive"),
        ({"demandratchetpercentage": [0.5] * 12}, "demandratchetpercentage = [0.5, "),
        ({"fixedchargeeaaddl": 4}, "fixedchargeeaaddl = 4: only the first meter"),
        ({"annualmincharge": 120}, "annualmincharge = 120: a tariff cannot state a minimum bill per year"),
        ({"mincharge": 5, "minchargeunits": "$/day"}, "mincharge = 5: a tariff cannot state a minimum bill per day"),
        ({"peakkwcapacitymax": 500}, "peakkwcapacitymax = 500: limits which customers"),
        ({"voltagecategory": "Primary"}, 'voltagecategory = "Primary": limits which customers'),
        ({"phasewiring": "3-Phase"}, 'phasewiring = "3-Phase": limits which customers'),
        ({"energyattrs": [{"Tax": "$0.001/kWh"}]}, "energyattrs = [{"),
        ({"servicetype": "Delivery"}, 'servicetype = "Delivery": only a part'),
        ({"dgrules": "Buy All Sell All"}, 'dgrules = "Buy All Sell All": a tariff file cannot state this rule'),
        ({"dgrules": "Net Billing Hourly"}, "not within an hour"),
        ({"dgrules": "Net Billing Instantaneous", "usenetmetering": True}, "usenetmetering = true: left out"),
        ({"dgrules": "Net Metering", "fueladjustmentsmonthly": [0.01] * 12}, "paid on all import"),
        ({"fixedchargefirstmeter": 4}, "fixedchargefirstmeter = 4: without a unit"),
        (
            {"fixedchargefirstmeter": 4, "fixedchargeunits": "$/month", "fixedmonthlycharge": 5},
            "fixedmonthlycharge = 5: left out",
        ),
        ({"energyratestructure": [[{"rate": 0.1, "tax": 0.2}]]}, "energyratestructure[0].tax = 0.2: unknown"),
        ({"energyratestructure": [[{"sell": 0.2}]]}, "a tier without a rate"),
        (
            {"energyratestructure": [[{"rate": 1, "max": 5}, {"rate": 2, "max": 9}]]},
            "max = 9: no price is stated above it",
        ),
        (
            {"energyratestructure": [[{"rate": 1, "max": 5, "sell": 1}, {"rate": 2, "sell": 2}]]},
            "sell = [1, 2]: export has one price",
        ),
        ({"solarsurcharge": 7}, "solarsurcharge = 7: unknown field; not used"),
    ],
)
def test_what_a_tariff_does_not_say_is_named_with_its_value(tmp_path: Path, fields: dict[str, Any], words: str) -> None:
    _, warnings = read(tmp_path, **{**ONE, **fields})
    assert any(words in warning for warning in warnings), warnings


def test_what_changes_no_bill_is_not_named(tmp_path: Path) -> None:
    about = {"label": "a1", "utility": "U", "name": "N", "uri": "https://x", "approved": True, "sector": "Commercial"}
    nothing = {"annualmincharge": 0, "energyattrs": [], "peakkwcapacitymin": 0, "demandratchetpercentage": [0] * 12}
    tariff, warnings = read(tmp_path, **ONE, **about, **nothing, startdate=1546300800, servicetype="Bundled")
    assert warnings == []
    assert tariff["name"] == "U: N"
    assert tariff["source"] == "OpenEI URDB: U, N, label a1, from 2019-01-01, https://x"
    assert tariff["currency"] == "USD"


# Files


def test_the_file_that_is_written_holds_the_tariff_and_the_warnings(tmp_path: Path) -> None:
    source, out = tmp_path / "rate.json", tmp_path / "new" / "tariff.yaml"
    demand = {"demandweekdayschedule": DAY, "demandweekendschedule": NIGHT, "demandratestructure": TWO}
    fields = {"energyratestructure": TWO, **PEAK_DAYS, "name": "a: #b\n\x00\ud800é", "annualmincharge": 3, **demand}
    fields |= {"lookbackPercent": 0.5, "lookbackMonths": [0, 1] * 6}
    source.write_text(json.dumps(fields), encoding="utf-8")
    warnings = import_urdb(source, out)
    assert load_yaml(out, "tariff.yaml").data == read_urdb(source)[0]
    assert out.read_text(encoding="utf-8").startswith(f"# {warnings[0]}\n")
    assert "&id" not in out.read_text(encoding="utf-8")
    assert [path.name for path in out.parent.iterdir()] == ["tariff.yaml"]


def test_nothing_is_written_where_the_rate_is_refused(tmp_path: Path) -> None:
    source, out = tmp_path / "rate.json", tmp_path / "tariff.yaml"
    source.write_text(json.dumps({"energyratestructure": [[{"rate": "0.1 USD"}]]}), encoding="utf-8")
    with pytest.raises(InputError, match="not a number within the limits"):
        import_urdb(source, out)
    assert not out.exists()
    source.write_text(json.dumps(ONE), encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        import_urdb(source, tmp_path)


def test_one_of_several_rates(tmp_path: Path) -> None:
    file = tmp_path / "rates.json"
    items = [{"label": f"label{k}", "name": "n", "energyratestructure": [[{"rate": k}]]} for k in (1, 2)]
    file.write_text(json.dumps({"items": items}), encoding="utf-8")
    assert read_urdb(file, 2)[0]["energy"][0]["price"] == "2 USD/kWh"
    for index in (None, 0, 3):
        with pytest.raises(InputError, match=r"1: label1 \(n\), 2: label2"):
            read_urdb(file, index)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"items": []}', '{"items": [1]}', '{"a": 1, "A": 2}', '{"errors": []}', "[" * 99999]
)
def test_files_that_are_no_rates(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rate.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"rate\.json"):
        read_urdb(file)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.json").write_bytes(b'{"name": "\xe9"}')
    for name in ("missing.json", "latin.json", "."):
        with pytest.raises(InputError):
            read_urdb(tmp_path / name)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"energyratestructure": TWO, "energyweekdayschedule": DAY[:11]}, "energyweekdayschedule"),
        ({"energyratestructure": TWO, "energyweekdayschedule": DAY}, "energyweekendschedule"),
        ({"energyratestructure": TWO, "energyweekdayschedule": [[0] * 23] * 12}, r"energyweekdayschedule\[0\]"),
        ({"energyratestructure": TWO[:1], **PEAK_DAYS}, r"energyweekdayschedule\[0\]\[8\]"),
        ({"energyratestructure": TWO, "energyweekdayschedule": [[0.5] * 24] * 12}, "not a whole number"),
        ({"energyratestructure": TWO, "energyweekdayschedule": [[None] * 24] * 12}, "not a whole number"),
        ({"energyratestructure": [[{"rate": "0.1 USD"}]]}, r"energyratestructure\[0\].rate"),
        ({"energyratestructure": [[{"rate": True}]]}, "not a number within the limits"),
        ({"energyratestructure": [[{"rate": float("nan")}]]}, "not a number within the limits"),
        ({"energyratestructure": [[{"rate": float("inf")}]]}, "not a number within the limits"),
        ({"energyratestructure": [[{"rate": 10**400}]]}, "not a number within the limits"),
        ({"energyratestructure": [[7]]}, "not a tier"),
        ({"energyratestructure": [[], [{"rate": 1}]], **PEAK_DAYS}, "not the expected list"),
        ({"energyratestructure": [[{"rate": 1}, {"rate": 2}]]}, "tiers do not rise"),
        ({"energyratestructure": [[{"rate": 1, "max": 5}, {"rate": 2, "max": 5}, {"rate": 3}]]}, "tiers do not rise"),
        ({"energyratestructure": [[{"rate": 1, "unit": "therm"}]]}, "unknown unit"),
        ({**ONE, "flatdemandstructure": [[{"rate": -1}]]}, r"flatdemandstructure\[0\]: rate \+ adj"),
        ({**ONE, "flatdemandstructure": [[{"rate": 1}], [{"rate": 2}]]}, "flatdemandmonths"),
        ({**ONE, "flatdemandstructure": [[{"rate": 1}]], "flatdemandunit": "kWh"}, "unknown unit"),
        ({**ONE, "flatdemandstructure": [[{"rate": 1}]], "flatdemandunit": 3}, "not a text"),
        ({**ONE, "demandwindow": -15}, "demandwindow"),
        ({**ONE, "demandwindow": 0.001}, "demandwindow"),
        ({**ONE, "fixedchargefirstmeter": 3, "fixedchargeunits": "$/week"}, "fixedchargeunits"),
        ({**ONE, "usenetmetering": "yes"}, "usenetmetering"),
        ({**ONE, "lookbackPercent": 0.5, "lookbackRange": 36}, "lookbackrange"),
        ({**ONE, "lookbackPercent": 0.5, "lookbackMonths": [1] * 11}, "lookbackmonths"),
        ({**ONE, "fueladjustmentsmonthly": [0.1]}, "fueladjustmentsmonthly"),
    ],
)
def test_rates_that_cannot_be(tmp_path: Path, fields: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(tmp_path, **fields)


def test_the_command(tmp_path: Path) -> None:
    source, out = tmp_path / "rate.json", tmp_path / "tariff.yaml"
    source.write_text(json.dumps({**ONE, "annualmincharge": 3}), encoding="utf-8")
    arguments = [str(source), "--out", str(out)]
    shown = CliRunner().invoke(command, arguments)
    assert shown.exit_code == 0
    assert "warning: annualmincharge = 3" in shown.stderr
    assert "with 1 warning\n" in shown.stdout
    assert CliRunner().invoke(command, [*arguments, "--quiet"]).output == ""
    assert CliRunner().invoke(command, arguments[:1]).exit_code == 2


FULL = {
    "energyratestructure": [[{"rate": 0.1, "max": 10, "unit": "kWh", "sell": 0}, {"rate": 0.2}], [{"rate": 1}]],
    "energyweekdayschedule": DAY, "energyweekendschedule": DAY, "dgrules": "Net Metering", "startdate": 1, "label": "x",
    "demandratestructure": TWO, "demandweekdayschedule": DAY, "demandweekendschedule": DAY, "demandrateunit": "hp",
    "flatdemandstructure": TWO, "flatdemandmonths": [0] * 6 + [1] * 6, "demandwindow": 15, "lookbackPercent": 0.5,
    "lookbackMonths": [0, 1] * 6, "lookbackRange": 0, "coincidentratestructure": TWO, "coincidentrateschedule": DAY,
    "fixedchargefirstmeter": 1, "fixedchargeunits": "$/day", "mincharge": 1, "minchargeunits": "$/month",
    "fueladjustmentsmonthly": [0.1] * 12, "usenetmetering": True, "energyattrs": [{"a": 1}],
}  # fmt: skip
ODD: list[Any] = [
    None,
    True,
    -1,
    0,
    1,
    0.5,
    1e300,
    float("nan"),
    10**400,
    "",
    "kW daily",
    [],
    {},
    [[]],
    [[{}]],
    [1] * 12,
]


@proof(sample=25, whole=100, phases=[Phase.generate])
@given(st.randoms(use_true_random=False))
def test_whatever_stands_in_the_file(random: Any) -> None:
    """Some values are replaced or removed, at any depth: an InputError, or a tariff that the schema takes."""
    item: Any = copy.deepcopy(FULL)
    for _ in range(random.randint(1, 3)):
        node = item
        while True:
            key = random.choice(list(node) if isinstance(node, dict) else range(len(node)))
            if not node[key] or not isinstance(node[key], dict | list) or random.random() < 0.4:
                break
            node = node[key]
        if random.random() < 0.2:
            del node[key]
        else:
            node[key] = copy.deepcopy(random.choice(ODD))
        if not item or not node:
            break
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / "rate.json", Path(folder) / "tariff.yaml"
        file.write_text(json.dumps(item), encoding="utf-8")
        try:
            import_urdb(file, out)
        except InputError:
            assert not out.exists()
        else:
            with Money("USD").in_force():
                Tariff.model_validate(load_yaml(out, "tariff.yaml").data)
