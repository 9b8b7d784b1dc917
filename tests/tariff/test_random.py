"""Random tariffs: the bill that is minimized is the bill of the meter, line by line and to 1e-6."""

from __future__ import annotations

from typing import Any

from hypothesis import Phase, given
from hypothesis import strategies as st

from tests.conftest import battery, grid, load, solve
from tests.proofs import proof

CLASSES: dict[str, Any] = {"day": [{"hours": ["07:00-21:00"]}], "night": "otherwise"}
PERIODS = [  # over a month's end, over both changes of the clock, a leap day, from the middle of a month
    {"start": "2018-01-31", "hours": 36},
    {"start": "2018-03-25", "hours": 30},
    {"start": "2018-10-28", "hours": 30},
    {"start": "2020-02-29", "hours": 36},
    {"start": "2018-12-31T12:00", "hours": 24},
    {"start": "2018-06-17T06:00", "hours": 24},
]


def money(draw: st.DrawFn, unit: str, most: int = 30, least: int = 0) -> str:
    return f"{draw(st.integers(least, most)) / 100} EUR/{unit}"


@st.composite
def energy_lines(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some lines per kWh, of all ways to write a price."""
    lines: list[dict[str, Any]] = []
    for way in draw(st.lists(st.sampled_from(["price", "by_class", "periods", "tiers", "net", "when"]), max_size=3)):
        line: dict[str, Any] = {"item": f"energy {len(lines)}"}
        if way == "by_class":
            line["by_class"] = {name: money(draw, "kWh") for name in CLASSES}
        elif way == "periods":
            line["periods"] = [
                {"price": money(draw, "kWh"), "days": ["working"], "hours": ["08:30-12:00"]},
                {"price": money(draw, "kWh"), "otherwise": True},
            ]
        elif way == "tiers":
            thresholds = sorted({0, *draw(st.lists(st.integers(1, 400), max_size=2))})
            line["tiers"] = [{"above": f"{above} kWh", "price": money(draw, "kWh")} for above in thresholds]
            line["per"] = draw(st.sampled_from(["day", "month", "year"]))
        elif way == "net":
            price = draw(st.integers(0, 30))
            credit = draw(st.integers(0, price))
            line |= {"price": f"{price / 100} EUR/kWh", "net": {"credit": f"{credit / 100} EUR/kWh"}}
        else:
            line["price"] = money(draw, "kWh")
            if way == "when":
                line["when"] = {"hours": ["10:00-15:00"]}
        lines.append(line)
    return lines


@st.composite
def peak_lines(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some lines per kW."""
    lines: list[dict[str, Any]] = []
    for way in draw(st.lists(st.sampled_from(["price", "tiers", "year", "season", "ratchet"]), max_size=2)):
        line: dict[str, Any] = {"item": f"peak {len(lines)}", "when": {}}
        if way == "tiers":
            thresholds = sorted({0, *draw(st.lists(st.integers(1, 20), max_size=2))})
            line["tiers"] = [{"above": f"{above} kW", "price": money(draw, "kW", 900)} for above in thresholds]
        elif way == "year":
            line["price_per_year"] = money(draw, "kW/year", 9000)
        elif way == "season":
            line |= {"price_per_season": money(draw, "kW", 900), "when": {"months": [12, 1, 2, 3, 6]}}
        else:
            line["price"] = money(draw, "kW", 900)
            if way == "ratchet":
                line["ratchet"] = {"share": 0.8, "past": [{"month": "2017-12", "peak": "9 kW"}]}
        if draw(st.booleans()):
            line["interval"] = draw(st.sampled_from(["30 min", "1 h"]))
        if draw(st.booleans()):
            line["when"] |= {"hours": ["07:00-19:00"]}
        lines.append(line)
    return lines


@st.composite
def tariffs(draw: st.DrawFn) -> dict[str, Any]:
    """A tariff of everything that there is."""
    tariff: dict[str, Any] = {"classes": CLASSES, "energy": draw(energy_lines()), "peaks": draw(peak_lines())}
    tariff["export"] = [{"item": "feed-in", "price": money(draw, "kWh", 10)}] if draw(st.booleans()) else []
    if draw(st.booleans()):
        day = draw(st.integers(8, 20))
        tariff["subscription"] = {
            "by_class": {
                "day": {"power": f"{day} kW", "price": money(draw, "kW/year", 9000)},
                "night": {"power": f"{day + draw(st.integers(0, 9))} kW", "price": money(draw, "kW/year", 9000)},
            },
            "overrun": draw(
                st.sampled_from(
                    [
                        {"rule": "peak", "price": "3 EUR/kW"},
                        {"rule": "hours", "price_per_hour": "2 EUR/h"},
                        {"rule": "root_of_squares", "price": "3 EUR/kW", "interval": "30 min"},
                    ]
                )
            ),
        }
    tariff["fixed"] = [{"item": "meter", "price_per_month": money(draw, "month", 900)}]
    if draw(st.booleans()):
        tariff["minimum"] = {"price_per_month": money(draw, "month", 9000)}
    until = {"until": draw(st.sampled_from(["2017-12-01", "2018-03-26", "2018-10-29", "2019-01-01"]))}
    taxes = [{"item": "levy", "rate": "10 %", "of": ["meter"], "when": until}, {"item": "VAT", "rate": "20 %"}]
    taxes[1]["when"] = draw(st.sampled_from([{}, until]))
    tariff["taxes"] = taxes[: draw(st.integers(0, 2))]
    free = "subscription" not in tariff and not any("net" in line for line in tariff["energy"])
    if free and draw(st.booleans()):
        tariff["measured"] = {"peak": "4 kW", "interval_mean": "7 kW", "energy": "60 kWh"}
    return tariff


@proof(sample=10, whole=50, phases=[Phase.generate])
@given(st.data())
def test_the_bill_that_is_minimized_is_the_bill_of_the_meter(data: st.DataObject) -> None:
    """``solve`` asserts that the weighted ledger is the objective and that the audit, which bills the schedule by
    itself, finds no difference in any line. It would break if model and bill disagreed on any rule.
    """
    draw = data.draw
    tariff, period = draw(tariffs()), draw(st.sampled_from(PERIODS))
    connection = grid(0.1, import_max=60, export_max=10 if tariff["export"] else 0)
    connection["tariff"] |= {**tariff, "energy": [*tariff["energy"], {"item": "base", "price": "0.11 EUR/kWh"}]}
    by_the_hour = tariff.get("subscription", {}).get("overrun", {}).get("rule") == "hours"  # a binary for each step
    step = "30 min" if by_the_hour else draw(st.sampled_from(["30 min", "15 min", "5 min"]))
    per_hour = {"30 min": 2, "15 min": 4, "5 min": 12}[step]
    hours = {"2018-03-25": 29, "2018-10-28": 31}.get(period["start"], period["hours"])  # clocks change
    demand = draw(st.lists(st.integers(0, 20), min_size=hours, max_size=hours))
    assets = {
        "b": battery(start=None),
        "l": load(*[power for power in demand for _ in range(per_hour)]),
        "pv": {"kind": "solar", "capacity": "12 kW", "profile": 0.4},
        "g": connection,
    }
    solution = solve(assets, 1e-6, **period, step=step, site={"timezone": "Europe/Paris", "country": "FR"})
    assert solution.audit.passed
    # A bill of some cents is known to a millionth of a EUR, which is no small share of it.
    assert solution.objective - solution.bound < 1e-5 * max(abs(solution.objective), 1.0)
