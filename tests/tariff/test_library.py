"""The tariffs that ship with the package: read, valid in any year, and one yearly bill of each by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from microgrid.cli import main
from microgrid.documents.currencies import stated_money
from microgrid.documents.yaml_file import load_yaml
from microgrid.errors import InputError
from microgrid.horizon import Horizon
from microgrid.series.context import Reading
from microgrid.tariff.bill import bill
from microgrid.tariff.charges.charge import Meter
from microgrid.tariff.rates import Rates, expand
from microgrid.tariff.reading import load_tariff
from microgrid.tariff.schema.tariff import Tariff
from microgrid.tariff.shipped import library, library_file

NAMES = list(library())
PLACES = {"fr": ("Europe/Paris", "FR"), "de": ("Europe/Berlin", "DE-BY"), "us": ("America/New_York", "US")}
WINTER = (11, 12, 1, 2, 3)
HTA = {"management": 435.72, "metering": 376.39}
BT = {"management": 217.80, "metering": 283.27}
SMALL = {"management": 16.80, "metering": 22.00}


def axis_of(name: str, start: str = "2018", end: str = "2019", step: str = "1h") -> Horizon:
    """From the first of January of one year to that of another, on the clock of the tariff's country."""
    zone, country = PLACES[name[:2]]
    points = pd.date_range(f"{start}-01-01", f"{end}-01-01", freq=step, tz=zone).tz_convert("UTC")
    return Horizon(points, zone, country)


def read(name: str, axis: Horizon) -> Tariff:
    file = library_file(name)
    with stated_money(load_yaml(file, file.name)).in_force():
        return load_tariff(file.name, Reading(file.parent, axis))


def flat_bill(name: str, power_kw: float, year: str = "2018") -> dict[str, float]:
    """The bill of a flat load over a year, by line; lines of nothing are left out."""
    axis = axis_of(name, year, str(int(year) + 1))
    meter = Meter(np.full(axis.steps, power_kw), np.zeros(axis.steps), axis)
    lines = {line.item: float(line.values.sum()) for line in bill(meter, expand(read(name, axis), axis))}
    return {item: amount for item, amount in lines.items() if amount}


def hours(year: str = "2018") -> dict[str, int]:
    """Hours of a year in each French class, counted from the calendar alone: HPH, HTA-HPH, pointe and so on."""
    clock = pd.date_range(f"{year}-01-01", f"{int(year) + 1}-01-01", freq="1h", tz="Europe/Paris", inclusive="left")
    hour, month, sunday = np.asarray(clock.hour), np.asarray(clock.month), np.asarray(clock.day_of_week) == 6
    winter, full = np.isin(month, WINTER), (hour >= 6) & (hour < 22)
    pointe = np.isin(month, (12, 1, 2)) & ~sunday & np.isin(hour, (8, 9, 17, 18))
    found = {"HP": full, "HC": ~full, "pointe": pointe}
    for prefix, day in (("", full), ("HTA-", full & ~sunday)):
        found[f"{prefix}HPH"] = winter & day & ~(pointe if prefix else np.zeros(len(clock), bool))
        found[f"{prefix}HCH"], found[f"{prefix}HPB"], found[f"{prefix}HCB"] = (
            winter & ~day,
            ~winter & day,
            ~winter & ~day,
        )
    return {name: int(inside.sum()) for name, inside in found.items()}


def test_the_hours_of_2018_by_hand() -> None:
    """151 days of winter, 21 of them Sundays, 214 of summer, 31 Sundays; an hour less in March, one more in October.

    Peak: 27 + 24 + 26 days of 4 h = 308. With Sundays low: 130 x 16 - 308 = 1772, 3623 - 2080 = 1543, 183 x 16 = 2928,
    5137 - 2928 = 2209. Else: 151 x 16 = 2416, 1207, 214 x 16 = 3424, 1713; in the year 5840 and 2920.
    """
    expected = {"pointe": 308, "HTA-HPH": 1772, "HTA-HCH": 1543, "HTA-HPB": 2928, "HTA-HCB": 2209, "HP": 5840,
                "HC": 2920, "HPH": 2416, "HCH": 1207, "HPB": 3424, "HCB": 1713}  # fmt: skip
    assert hours() == expected


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("start", "end", "step"), [("2018", "2019", "1h"), ("2020", "2021", "1h"), ("2018", "2019", "15min")]
)
def test_every_tariff_covers_each_hour_once(name: str, start: str, end: str, step: str) -> None:
    """On a year, a leap year and at 15 min: an hour without a price or with two would be refused."""
    axis = axis_of(name, start, end, step)
    tariff = read(name, axis)
    rates: Rates = expand(tariff, axis)
    assert tariff.source.strip()
    assert tariff.name
    cover = np.zeros(axis.steps)
    for times in tariff.classes.values():
        if times != "otherwise":
            cover += sum(when.coverage(axis) for when in times)
    assert set(cover.tolist()) <= {0.0, 1.0}
    priced = rates.import_price()
    assert np.isfinite(priced).all()
    assert (priced > 0).all() or name.startswith("us-")


@pytest.mark.parametrize("year", ["2018", "2020"])
@pytest.mark.parametrize(
    ("name", "cents", "subscribed"),
    [
        ("short", {"pointe": 5.74, "HPH": 4.23, "HCH": 1.99, "HPB": 1.01, "HCB": 0.69}, 1729.2 + 125.5 + 112.2),
        ("long", {"pointe": 2.65, "HPH": 2.10, "HCH": 1.47, "HPB": 0.92, "HCB": 0.68}, 3533 + 323 + 462.8),
    ],
)
def test_medium_voltage(year: str, name: str, cents: dict[str, float], subscribed: float) -> None:
    """100 kW all year, 100, 110, 120, 130 and 140 kW subscribed. By hand for 2018:

    Short use: 100 x (308 x 0.0574 + 1772 x 0.0423 + 1543 x 0.0199 + 2928 x 0.0101 + 2209 x 0.0069) = 16,815.54;
    14.41 x (100 + 10 + 10) + 12.55 x 10 + 11.22 x 10 = 1966.90; fixed 812.11; CTA 15 % of 2779.01 = 416.85;
    together 20,011.40. Long use: 11,001.49 + 4318.80 + 812.11 + 769.64 = 16,902.04.
    """
    count = hours(year)
    energy = sum(count["pointe" if k == "pointe" else f"HTA-{k}"] * cent for k, cent in cents.items())
    found = flat_bill(f"fr-turpe7-hta-{name}-2025", 100.0, year)
    cta = 0.15 * (subscribed + 812.11)
    expected = {"network energy": energy, "subscribed power": subscribed, **HTA, "contribution CTA": cta}
    assert found == pytest.approx(expected)
    if year == "2018":
        assert sum(found.values()) == pytest.approx({"short": 20_011.40, "long": 16_902.04}[name], abs=0.01)


@pytest.mark.parametrize(
    ("name", "cents", "subscribed", "total"),
    [
        ("short", (6.91, 4.21, 2.13, 1.52), 1761 + 159.6 + 145.6 + 119.8, 34_763.04),
        ("long", (5.69, 3.47, 2.01, 1.49), 3016 + 211.8 + 166.4 + 123.7, 31_991.76),
    ],
)
def test_low_voltage_above_36_kva(name: str, cents: tuple[float, ...], subscribed: float, total: float) -> None:
    """100 kW all 2018, 100, 110, 120 and 130 kW subscribed.

    Short use: 100 x (2416 x 0.0691 + 1207 x 0.0421 + 3424 x 0.0213 + 1713 x 0.0152) = 31,672.91; 17.61 x 100 + 15.96 x
    10 + 14.56 x 10 + 11.98 x 10 = 2186.00; fixed 501.07; CTA 15 % of 2687.07 = 403.06; together 34,763.04.
    Long use: 27,369.94 + 3517.90 + 501.07 + 602.85 = 31,991.76.
    """
    count = hours()
    energy = sum(count[k] * cent for k, cent in zip(("HPH", "HCH", "HPB", "HCB"), cents, strict=True))
    found = flat_bill(f"fr-turpe7-bt-above-36-{name}-2025", 100.0)
    cta = 0.15 * (subscribed + 501.07)
    expected = {"network energy": energy, "subscribed power": subscribed, **BT, "contribution CTA": cta}
    assert found == pytest.approx(expected)
    assert sum(found.values()) == pytest.approx(total, abs=0.01)


@pytest.mark.parametrize(
    ("name", "cents", "per_kva", "total"),
    [
        ("cu4", {"HPH": 7.49, "HCH": 3.97, "HPB": 1.66, "HCB": 1.16}, 10.11, 9_630.74),
        ("mu4", {"HPH": 7.00, "HCH": 3.73, "HPB": 1.61, "HCB": 1.11}, 12.12, 9_194.84),
        ("mudt", {"HP": 4.94, "HC": 3.50}, 13.49, 12_323.99),
    ],
)
def test_low_voltage_up_to_36_kva(name: str, cents: dict[str, float], per_kva: float, total: float) -> None:
    """30 kW all 2018, 36 kVA subscribed.

    CU4: 30 x (2416 x 0.0749 + 1207 x 0.0397 + 3424 x 0.0166 + 1713 x 0.0116) = 9167.57; 36 x 10.11 = 363.96; fixed
    38.80; CTA 15 % of 402.76 = 60.41; together 9630.74. MU4: 8648.45 + 436.32 + 38.80 + 71.27 = 9194.84.
    MU DT: 30 x (5840 x 0.0494 + 2920 x 0.0350) = 11,720.88; + 485.64 + 38.80 + 78.67 = 12,323.99.
    """
    count = hours()
    energy = 0.3 * sum(count[k] * cent for k, cent in cents.items())
    found = flat_bill(f"fr-turpe7-bt-up-to-36-{name}-2025", 30.0)
    cta = 0.15 * (36 * per_kva + 38.80)
    expected = {"network energy": energy, "subscribed power": 36 * per_kva, **SMALL, "contribution CTA": cta}
    assert found == pytest.approx(expected)
    assert sum(found.values()) == pytest.approx(total, abs=0.01)


def test_tarif_bleu() -> None:
    """All 2018. 8 kW, Base: 70,080 kWh x 0.1297 = 9089.38, x 0.03085 = 2161.97, VAT 2250.27, subscription 235.90:
    13,737.51, and 70,080 x 0.19266 + 235.90 as published. 30 kW, full and low hours: 30 x (5840 x 0.1412 + 2920 x
    0.1007) = 33,559.56, 262,800 x 0.03085 = 8107.38, VAT 8333.39, subscription 634.54: 50,634.87.
    """
    base = flat_bill("fr-tarif-bleu-base-9kva-2026-02", 8.0)
    assert sum(base.values()) == pytest.approx(13_737.51, abs=0.01)
    assert sum(base.values()) == pytest.approx(70_080 * 0.19266 + 235.90)
    count = hours()
    energy = 30 * (count["HP"] * 0.1412 + count["HC"] * 0.1007)
    expected = {"energy and network": energy, "excise": 8107.38, "subscription with CTA and VAT": 634.54,
                "VAT": 0.2 * (energy + 8107.38)}  # fmt: skip
    found = flat_bill("fr-tarif-bleu-hphc-36kva-2026-02", 30.0)
    assert found == pytest.approx(expected)
    assert sum(found.values()) == pytest.approx(50_634.87, abs=0.01)


def test_passau() -> None:
    """100 kW all 2018: 876,000 kWh x 0.0094 = 8234.40, 100 x 117.98 = 11,798.00; together 20,032.40."""
    found = flat_bill("de-passau-medium-voltage-2022", 100.0)
    assert found == pytest.approx({"network energy": 8234.40, "network power": 11_798.0})


def test_the_teaching_example() -> None:
    """100 kW all 2018: each month draws more than 60 MWh, so 1600 + 0.08 x its kWh: 19,200 + 70,080 = 89,280. Demand 12
    x 6 x 100 = 7200 (the ratchet asks for 80), on-peak 4 x 9 x 100 = 3600, season 1200, coincident in July and August
    2 x 30 x 100 = 6000, 365 x 3 = 1095; no minimum; 6 % of 108,375 = 6502.50.
    """
    expected = {"energy": 89_280, "demand": 7200, "summer on-peak demand": 3600, "summer season peak": 1200,
                "coincident peak": 6000, "customer charge": 1095, "sales tax": 6502.5}  # fmt: skip
    assert flat_bill("us-synthetic-demand", 100.0) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "price", "amount"),
    [
        ("fr-turpe7-hta-long-2025", 35.33, 0.04 * 35.33 * (648**0.5 + 576**0.5 + 624**0.5)),
        ("fr-turpe7-bt-above-36-long-2025", 30.16, 12.41 * 2416),
    ],
)
def test_overruns(name: str, price: float, amount: float) -> None:
    """101 kW all 2018, 1 kW more than subscribed in the first class alone.

    Medium voltage: 27, 24 and 26 days of 4 h of peak, each hour six intervals of 10 min: 4 % of 35.33 x the roots of
    648, 576 and 624. Low voltage: 2416 h at 12.41.
    """
    axis = axis_of(name)
    subscription = read(name, axis).subscription
    assert subscription is not None
    assert next(iter(subscription.by_class.values())).price_per_kw_year == price
    assert flat_bill(name, 101.0)["subscribed power: overrun"] == pytest.approx(amount)


def test_the_command_lists_them_prints_one_and_writes_one_out(tmp_path: Path) -> None:
    """Every name with what it is; a file as it lies in the package, comments and all, and never over another file.

    What is written is a tariff that a case takes.
    """
    runner, name = CliRunner(), "fr-turpe7-hta-long-2025"
    listed = runner.invoke(main, ["tariffs"]).output.splitlines()
    assert [line.split()[0] for line in listed] == NAMES
    assert all(len(line.split()) > 2 for line in listed)
    assert runner.invoke(main, ["tariffs", name]).output == library()[name].read_text(encoding="utf-8")
    out = tmp_path / "folder" / "tariff.yaml"
    assert runner.invoke(main, ["tariffs", name, "--out", str(out)]).exit_code == 0
    assert out.read_bytes() == library()[name].read_bytes()
    again = runner.invoke(main, ["tariffs", name, "--out", str(out)])
    assert (again.exit_code, "exists already" in again.output) == (2, True)
    assert "needs the NAME" in runner.invoke(main, ["tariffs", "--out", str(out)]).output
    assert f"did you mean '{name}'" in runner.invoke(main, ["tariffs", name[:-1] + "6"]).output


def test_files_are_found_by_name() -> None:
    """With or without the ending; another name is refused with the nearest one."""
    name = "fr-turpe7-hta-long-2025"
    assert library_file(name) == library_file(f"{name}.yaml") == library()[name]
    assert isinstance(library_file(name), Path)
    with pytest.raises(InputError, match=f"did you mean '{name}'"):
        library_file("fr-turpe7-hta-long-2026")
    with pytest.raises(InputError, match="no such tariff"):
        library_file("zzz")
