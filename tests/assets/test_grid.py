"""Grid: limits, energy prices, peaks, subscription, export, carbon."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import strategies as st

from tests.assets.stated import listed, rounded, share
from tests.conftest import amounts, battery, column, cost, eur, grid, load, make_case, solve, write_case

EXAMPLE = grid(
    [0.05] * 7 + [0.31] * 17,
    sell=[0.02] * 7 + [0.35] * 12 + [0.02] * 5,
    import_max=5.0,
    export_max=5.0,
    carbon="50 g/kWh",
    peaks=[{"item": "peak", "price": "0.1 EUR/kW"}],
    subscription={"power": "2 kW", "price": "12 EUR/kW/year", "overrun_price": "0.1 EUR/kW"},
    fixed=[{"item": "meter", "price": "10 EUR/month"}],
)
STEADY = {
    "with a subscription": {
        "load": load(10),
        "x": grid(
            0.1,
            sell=0,
            carbon="60 g/kWh",
            fixed=[{"item": "meter", "price": "100 EUR/year"}],
            subscription={"power": "6 kW", "price": "12 EUR/kW/year", "overrun_price": "10 EUR/kW"},
        ),
    }
}


def drawn(count: int, lowest: float = -0.2) -> st.SearchStrategy[dict[str, Any]]:
    """lowest: least price of energy [EUR/kWh]."""
    tariff = st.fixed_dictionaries(
        {
            "name": st.just("t"),
            "energy": listed(rounded(lowest, 0.5), count).map(
                lambda values: [{"item": "energy", "series": eur(*values)}]
            ),
            "export": listed(rounded(-0.1, 0.3), count).map(
                lambda values: [{"item": "feed-in", "series": eur(*values)}]
            ),
        },
        optional={
            "peaks": rounded(0, 3).map(lambda value: [{"item": "peak", "price": f"{value} EUR/kW"}]),
            "subscription": st.just({"power": "20 kW", "price": "30 EUR/kW/year", "overrun_price": "2 EUR/kW"}),
        },
    )
    return st.fixed_dictionaries(
        {
            "import_max": st.just("200 kW"),
            "export_max": st.sampled_from(["0 kW", "40 kW"]),
            "tariff": tariff,
            "carbon": listed(share(), count).map(lambda values: {"values": values, "unit": "kg/kWh"}),
        }
    )


def test_demand_charge_of_homer() -> None:
    """100 kW flat and 100 kW for 4 h a day, 0.10 $/kWh, 35 $/kW: 7,000 a month for the peak; energy 8,400 in a month
    of 30 days, 8,680 in one of 31. Source: HOMER Grid, demand charge example. One peak for both months would be 7,000.
    """
    tariff = grid(0.1, peaks=[{"item": "demand", "price": "35 EUR/kW"}])
    pulse = {"kind": "shiftable_load", "power_max": "100 kW", "energy": "400 kWh", "runs": [{"hours": "12:00-16:00"}]}
    solution = solve({"flat": load(100), "pulse": pulse, "grid": tariff}, start="2018-04-01", end="2018-06-01")
    lines = solution.ledger.set_index(["month", "item"])["amount"].to_dict()
    assert lines["2018-04", "demand"] == lines["2018-05", "demand"] == pytest.approx(7000)
    assert lines["2018-04", "energy"] == pytest.approx(8400)
    assert lines["2018-05", "energy"] == pytest.approx(8680)


def test_a_peak_is_shaved_as_far_as_that_pays() -> None:
    """0 and 10 kW: a battery makes it 5 and 5: 1 + 5 x 2 = 11 EUR; without the battery 1 + 20 = 21 EUR."""
    tariff = grid(0.1, peaks=[{"item": "peak", "price": "2 EUR/kW"}])
    solution = solve({"b": battery(), "load": load(0, 10), "grid": tariff}, hours=2)
    assert column(solution, "grid.import_kw") == [5, 5]
    assert cost(solution) == pytest.approx(11)


def test_a_peak_counts_in_its_hours_only() -> None:
    """Only 01:00-02:00 counts, with 4 of 10 kW: 8 EUR of peak; counted always it would be 20 EUR."""
    peaks = [{"item": "peak", "price": "2 EUR/kW", "when": {"hours": ["01:00-02:00"]}}]
    solution = solve({"load": load(10, 4, 7), "grid": grid(0, peaks=peaks)}, hours=3)
    assert cost(solution) == pytest.approx(8)


def test_two_peak_lines_are_both_due() -> None:
    """Always 10 kW x 1, and 4 kW x 2 in its hour: 18 EUR."""
    peaks = [
        {"item": "all", "price": "1 EUR/kW"},
        {"item": "some", "price": "2 EUR/kW", "when": {"hours": ["01:00-02:00"]}},
    ]
    solution = solve({"load": load(10, 4, 7), "grid": grid(0, peaks=peaks)}, hours=3)
    assert {item: amount for item, amount in amounts(solution, "grid").items() if amount} == {"all": 10, "some": 8}


def test_subscription_and_overrun() -> None:
    """36 kW at 12 EUR/kW/year for a day: 36 x 12 x 24 / 8760 = 1.183562 EUR; 50 kW is 14 above, at 10: 140 EUR.

    Billed on the whole peak the overrun would be 500 EUR.
    """
    subscription = {"power": "36 kW", "price": "12 EUR/kW/year", "overrun_price": "10 EUR/kW"}
    solution = solve({"load": load(*[50] + [30] * 23), "grid": grid(0, subscription=subscription)}, hours=24)
    assert amounts(solution, "grid") == {"energy": 0, "subscribed power": 1.183562, "subscribed power: overrun": 140}


def test_no_overrun_below_the_subscription() -> None:
    """30 of 36 kW: no overrun, and no refund of what is not used."""
    subscription = {"power": "36 kW", "price": "0 EUR/kW/year", "overrun_price": "10 EUR/kW"}
    for most in (1000, 31):
        assert cost(solve({"load": load(30), "grid": grid(0, import_max=most, subscription=subscription)})) == 0


def test_fixed_lines_are_spread_over_the_hours() -> None:
    """876 EUR/year over 24 h: 2.40 EUR; 10 EUR/month is 120 EUR/year: 0.328767 EUR."""
    fixed = [{"item": "meter", "price": "876 EUR/year"}, {"item": "line", "price": "10 EUR/month"}]
    solution = solve({"load": load(0), "grid": grid(0, fixed=fixed)}, hours=24)
    assert amounts(solution, "grid") == {"energy": 0, "meter": 2.4, "line": 0.328767}


def test_import_and_export_limits() -> None:
    """A battery of 10 kWh buys at 0.1 and sells at 1 EUR/kWh. 3 kW out at most: 0.3 - 3 = -2.70 EUR; 2 kW in at most:
    0.2 - 2 = -1.80 EUR; without limits 1 - 10 = -9 EUR.
    """
    for most_in, most_out, expected in ((1000, 3, -2.7), (2, 1000, -1.8), (1000, 1000, -9)):
        connection = grid([0.1, 1], sell=[0, 1], import_max=most_in, export_max=most_out)
        assert cost(solve({"b": battery(), "grid": connection}, hours=2)) == pytest.approx(expected)


def test_never_import_with_export() -> None:
    """Feed-in above the price of import: at once 60 kW in and 50 kW out would earn 4 EUR. It must not: 10 kW, 1 EUR."""
    solution = solve({"load": load(10), "grid": grid(0.1, sell=0.2, import_max=100, export_max=50)})
    assert cost(solution) == pytest.approx(1)
    assert column(solution, "grid.export_kw") == [0]


def test_negative_prices_are_earned_on_what_is_needed_only() -> None:
    """-0.1 EUR/kWh and feed-in at 0: 10 kW earn 1 EUR; import passed through to export would earn 6 EUR."""
    solution = solve({"load": load(10), "grid": grid(-0.1, sell=0, import_max=100, export_max=50)})
    assert cost(solution) == pytest.approx(-1)


def test_emissions_count_import_by_the_hour_and_do_not_credit_export() -> None:
    """10 kWh at 60 g/kWh: 0.6 kg; 20 kWh of export from the sun take nothing off."""
    pv = {"kind": "solar", "capacity": "30 kW", "profile": {"values": [0, 1]}}
    connection = grid(0.1, sell=0.05, export_max=100, carbon="60 g/kWh")
    solution = solve({"pv": pv, "load": load(10), "grid": connection}, hours=2)
    assert solution.plan.accounts() == {"cost": 0, "emissions_kgco2": 0.6}


def test_the_carbon_price_moves_demand_but_is_not_billed() -> None:
    """0.1 EUR/kWh with 500 g, then 0.2 EUR/kWh with 0 g: at 400 EUR/t the second hour wins: 0.1 + 0.2 > 0.2.

    The bill rises from 1 to 2 EUR, the emissions fall from 5 kg to 0; the objective is 2 EUR, not 3.
    """
    connection = {**grid([0.1, 0.2]), "carbon": {"values": [0.5, 0], "unit": "kg/kWh"}}
    run = {"kind": "shiftable_load", "power_max": "10 kW", "energy": "10 kWh", "runs": [{"hours": "00:00-02:00"}]}
    plain = solve({"run": run, "grid": connection}, hours=2)
    priced = solve({"run": run, "grid": connection}, hours=2, objective={"carbon_price": "400 EUR/t"})
    assert plain.plan.accounts() == {"cost": 1, "emissions_kgco2": 5}
    assert priced.plan.accounts() == {"cost": 2, "emissions_kgco2": 0}
    assert priced.objective == pytest.approx(2)


@pytest.mark.parametrize(("peaks", "word"), [([{"item": "peak", "price": "2 EUR/kW"}], "peak"), ([], "overrun")])
def test_a_site_that_counts_emissions_only_still_gets_the_true_bill(peaks: list[object], word: str) -> None:
    """Cost weighs nothing: the peak variable then has no price, but the bill is that of the meter: 10 kW x 2 EUR."""
    subscription = {"power": "0 kW", "price": "0 EUR/kW/year", "overrun_price": "2 EUR/kW"}
    connection = grid(0, carbon="50 g/kWh", **({"peaks": peaks} if peaks else {"subscription": subscription}))
    solution = solve(
        {"load": load(10, 4), "grid": connection}, hours=2, objective={"cost": 0, "carbon_price": "1 EUR/kg"}
    )
    billed = {item: amount for item, amount in amounts(solution, "grid").items() if word in item}
    assert list(billed.values()) == [pytest.approx(20)]


def test_prices_by_period_follow_the_local_clock_over_both_changes() -> None:
    """1 kW at 0.1 by night (22-06) and 0.3 by day: 8 + 16 h = 5.60 EUR; 9 night hours in October 5.70, 7 in March 5.50.

    In UTC the night would be two hours off in summer and the three days would cost the same.
    """
    periods = [
        {"price": "0.1 EUR/kWh", "hours": ["22:00-06:00"]},
        {"price": "0.3 EUR/kWh", "otherwise": True},
    ]
    connection = grid()
    connection["tariff"]["energy"] = [{"item": "energy", "periods": periods}]
    for day, expected in (("2018-06-21", 5.6), ("2018-10-28", 5.7), ("2018-03-25", 5.5)):
        after = (dt.date.fromisoformat(day) + dt.timedelta(days=1)).isoformat()
        assert cost(solve({"load": load(1), "grid": connection}, start=day, end=after)) == pytest.approx(expected)


def test_a_price_that_changes_within_a_step_counts_by_its_part() -> None:
    """0.1 until 00:15, then 0.3, in a step of 1 h: 0.25 EUR/kWh."""
    periods = [{"price": "0.1 EUR/kWh", "hours": ["00:00-00:15"]}, {"price": "0.3 EUR/kWh", "hours": ["00:15-24:00"]}]
    connection = grid()
    connection["tariff"]["energy"] = [{"item": "energy", "periods": periods}]
    assert cost(solve({"load": load(10), "grid": connection})) == pytest.approx(2.5)


def test_working_days_weekends_and_holidays() -> None:
    """Monday 14 to Tuesday 15 July 2025: 14 July is a holiday in France, so only the 15th is a working day."""
    periods = [{"price": "1 EUR/kWh", "days": ["working"]}, {"price": "0 EUR/kWh", "otherwise": True}]
    connection = grid()
    connection["tariff"]["energy"] = [{"item": "energy", "periods": periods}]
    for country, expected in (("FR", 24), ("", 48)):
        site = {"timezone": "Europe/Paris", "country": country}
        solution = solve({"load": load(1), "grid": connection}, hours=48, start="2025-07-14", site=site)
        assert cost(solution) == pytest.approx(expected)


def test_two_connections_share_the_load_by_price() -> None:
    """8 kW from the cheap one at 0.1, the other 2 kW at 0.3: 1.40 EUR."""
    assets = {"load": load(10), "cheap": grid(0.1, import_max=8), "dear": grid(0.3)}
    assert cost(solve(assets)) == pytest.approx(1.4)


def test_a_tariff_file_is_the_same_as_the_tariff_itself(tmp_path) -> None:
    """A file of its own, named by the grid, gives the same rates, and is one of the case's files."""
    import json

    from microgrid import load_case

    inline = grid(0.1, peaks=[{"item": "peak", "price": "2 EUR/kW"}])
    (tmp_path / "tariff.yaml").write_text(json.dumps(inline["tariff"]), encoding="utf-8")
    case = load_case(write_case(tmp_path, {"load": load(1), "grid": {**inline, "tariff": "tariff.yaml"}}))
    assert case.assets["grid"].tariff == make_case({"load": load(1), "grid": inline}).assets["grid"].tariff
    assert {file.name for file in case.files} == {"case.yaml", "tariff.yaml"}


def test_a_price_of_export_that_cannot_be_earned_is_stated() -> None:
    """A feed-in price without export_max: nothing can be fed in, which ``check`` and the summary state with the remedy.

    With a limit above 0, or without a price, there is nothing to state.
    """
    connection = grid(0.2, sell=0.07)
    stated = make_case({"load": load(1), "grid": connection}).notices
    assert [notice.field for notice in stated] == ["assets.grid.export_max"]
    del connection["export_max"]
    solution = solve({"load": load(1), "grid": connection})
    [notice] = solution.summary.notices
    assert "feed-in of the tariff cannot be earned: state export_max" in notice.message
    for quiet in (grid(0.2, sell=0.07, export_max=1), grid(0.2)):
        assert make_case({"load": load(1), "grid": quiet}).notices == ()
