"""The currency of a case: what is read, what is refused, and what users see of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from microgrid import dispatch, load_case
from microgrid.cli import main
from microgrid.errors import InputError
from microgrid.report.quantities import label, quantity
from microgrid.report.write_result import write_result
from microgrid.result.summary import summary_schema
from microgrid.studies.compare import compare
from microgrid.studies.sweep import sweep
from microgrid.studies.verify import verify_result
from tests.conftest import write_case

HOURS = 4


def tariff(price: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "t",
        **more,
        "energy": [{"item": "energy", "price": price}],
        "taxes": [{"item": "VAT", "rate": "20 %"}],
    }


def site(folder: Path, price: str = "12 p/kWh", currency: str | None = "GBP", **top: Any) -> Path:
    """10 kW for 4 h at 12 p: 4.80 GBP, with 20 % on top 5.76; a battery that is of no use."""
    wear = {"wear_cost": f"1 {price.split()[1]}"}
    terms = tariff(price, **top.pop("terms", {}))
    assets = {
        "load": {"kind": "load", "profile": "10 kW"},
        "battery": {"kind": "battery", "capacity": "10 kWh", "charge_max": "5 kW", "discharge_max": "5 kW", **wear},
        "grid": {"kind": "grid", "import_max": "50 kW", "export_max": "0 kW", "tariff": terms},
    }
    case = write_case(folder, assets, hours=HOURS)
    data = json.loads((case / "case.yaml").read_text(encoding="utf-8"))
    data |= {"currency": currency, **top} if currency else top
    (case / "case.yaml").write_text(json.dumps(data), encoding="utf-8")
    return case


def test_a_user_in_london_reads_pounds(tmp_path: Path) -> None:
    """Every file of the result, with no other currency in it; the objective of both names."""
    case = site(tmp_path / "site", targets={"cost": {"max": 6}})
    solution = dispatch(load_case(case))
    assert solution.plan.accounts()["cost"] == pytest.approx(5.76)
    folder, summary = write_result(solution, tmp_path / "out")
    written = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert written["currency"] == "GBP"
    assert written["objective_gbp"] == pytest.approx(5.76) == written["accounts"]["cost_gbp"]
    assert written["kpis"].keys() >= {"demand_kwh"}
    assert written["targets"] == [{"figure": "cost_gbp", "min": None, "max": 6, "value": 5.76, "met": True}]
    assert summary.objective == pytest.approx(5.76)
    bill = pd.read_csv(folder / "bill.csv").set_index("item")
    assert bill["amount_gbp"].to_dict() == {"energy": 4.8, "VAT": 0.96, "wear": 0.0}
    assert bill["unit"]["VAT"] == "GBP"
    assert "grid.import_price_gbp_per_kwh" in pd.read_csv(folder / "schedule.csv").columns
    assert set(pd.read_csv(folder / "ledger.csv")["account"]) == {"cost_gbp"}
    page = (folder / "report.html").read_text(encoding="utf-8")
    page = page[page.rindex("</script>") :] + page[: page.index("<script")]
    for name in ("summary.json", "bill.csv", "ledger.csv", "report.md", "schedule.csv"):
        page += (folder / name).read_text(encoding="utf-8")
    for foreign in ("EUR", "€", "_eur", "money"):
        assert foreign not in page, foreign
    assert "5.76" in page
    assert "£" in page
    assert verify_result(folder).passed


@pytest.mark.parametrize("name", ["cost", "cost_gbp"])
def test_a_target_takes_both_names(tmp_path: Path, name: str) -> None:
    [found] = dispatch(load_case(site(tmp_path, targets={name: {"max": 5}}))).summary.targets
    assert (found.figure, found.met) == ("cost_gbp", False)


def test_a_target_in_another_currency_is_unknown(tmp_path: Path) -> None:
    [found] = dispatch(load_case(site(tmp_path, targets={"cost_eur": {"max": 9}}))).summary.targets
    assert (found.met, found.did_you_mean) == (False, "cost_gbp")


def test_another_currency_is_converted_at_the_stated_rate(tmp_path: Path) -> None:
    """0.1 USD/kWh at 0.75 GBP: 40 kWh cost 3 GBP, with tax 3.60; the report shows the rate."""
    rates = {"exchange_rates": {"USD": "0.75 GBP"}}
    case = load_case(site(tmp_path / "site", "0.1 USD/kWh", terms={"currency": "USD"}, **rates))
    solution = dispatch(case)
    assert solution.plan.accounts()["cost"] == pytest.approx(3.6)
    folder, _ = write_result(solution, tmp_path / "out")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Worth of one USD." in page
    assert ">money<" not in page


def test_a_line_that_is_called_like_an_amount_in_euros_has_no_sign_of_the_euro() -> None:
    """Items and assets have any names: "cost_eur" in a bill in francs is a name, and no unit."""
    assert label("cost_eur") == "Cost eur"
    assert quantity("cost_eur").unit == "€"
    assert quantity("cost_chf").unit == "CHF"


@pytest.mark.parametrize(
    ("price", "top", "words"),
    [
        ("0.1 EUR/kWh", {}, "in EUR, while amounts are counted in GBP"),
        ("0.1 USD/kWh", {"terms": {"currency": "USD"}}, "another currency than that of the case"),
        (
            "12 p/kWh",
            {"terms": {"currency": "USD"}, "exchange_rates": {"USD": "0.75 GBP"}},
            "in GBP, while its tariff states USD",
        ),
        ("12 p/kWh", {"exchange_rates": {"USD": "0.75"}}, "unit is missing"),
        ("12 p/kWh", {"exchange_rates": {"USD": "0.75 EUR"}}, "in EUR, while amounts are counted in GBP"),
        ("12 p/kWh", {"exchange_rates": {"USD": "0 GBP"}}, "outside the possible range"),
        ("12 p/kWh", {"exchange_rates": {"usd": "1 GBP"}}, "not a currency"),
        ("12 p/kWh", {"objective": {"carbon_price": "50 EUR/t"}}, "in EUR, while amounts are counted in GBP"),
    ],
)
def test_a_mixture_is_refused(tmp_path: Path, price: str, top: dict[str, Any], words: str) -> None:
    """Taken as it stands, a price in euros would be a sixth too high in a bill in pounds."""
    with pytest.raises(InputError, match=words) as caught:
        load_case(site(tmp_path, price, **top))
    assert caught.value.problems[0].line is not None


def test_an_unknown_currency_gets_a_hint(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a currency") as caught:
        load_case(site(tmp_path, currency="gbp"))
    assert "'GBP'" in str(caught.value)


def test_prices_of_a_file_are_in_the_currency_of_their_column(tmp_path: Path) -> None:
    """100 GBP/MWh in a case in EUR at 1.2 EUR: 0.12 EUR/kWh, 40 kWh: 4.80 EUR; without the rate it is refused."""
    case = site(tmp_path, "0 EUR/kWh", currency=None)
    stamps = pd.date_range("2018-06-21", periods=HOURS, freq="h", tz="Europe/Paris").map(lambda t: t.isoformat())
    pd.DataFrame({"time": stamps, "spot_gbp_per_mwh": 100.0}).to_csv(case / "prices.csv", index=False)
    data = json.loads((case / "case.yaml").read_text(encoding="utf-8"))
    series = {"item": "energy", "series": {"file": "prices.csv", "column": "spot_gbp_per_mwh"}}
    data["assets"]["grid"]["tariff"] = {"name": "t", "energy": [series]}
    (case / "case.yaml").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(InputError, match="in GBP, while amounts are counted in EUR"):
        load_case(case)
    data["exchange_rates"] = {"GBP": "1.2 EUR"}
    (case / "case.yaml").write_text(json.dumps(data), encoding="utf-8")
    assert dispatch(load_case(case)).plan.accounts()["cost"] == pytest.approx(4.8)


def test_the_rate_of_exchange_scales_the_bill(tmp_path: Path) -> None:
    """Two currencies of one worth give one bill in both; the schedule is the same."""
    own = dispatch(load_case(site(tmp_path / "a", "0.1 USD/kWh", "USD")))
    other = dispatch(load_case(site(tmp_path / "b", "0.1 USD/kWh", "CHF", exchange_rates={"USD": "0.8 CHF"})))
    assert other.plan.accounts()["cost"] == pytest.approx(0.8 * own.plan.accounts()["cost"])
    assert other.schedule.drop(columns="grid.import_price_per_kwh").equals(
        own.schedule.drop(columns="grid.import_price_per_kwh")
    )


def test_scenarios_in_two_currencies_are_not_compared(tmp_path: Path) -> None:
    scenarios = {"euro": {"currency": "EUR", "exchange_rates": {"GBP": "1.2 EUR"}}}
    case = site(tmp_path / "site", scenarios=scenarios)
    with pytest.raises(InputError, match="base in GBP, euro in EUR"):
        compare(case, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(InputError, match="the currency cannot be varied"):
        sweep(case, [{"currency": "EUR"}])


def test_end_values_take_the_currency_of_the_case(tmp_path: Path) -> None:
    case = site(tmp_path / "site")
    out = ["--out", str(tmp_path / "out"), "--quiet"]
    assert CliRunner().invoke(main, ["run", str(case), "--end-value", "1 p/kWh", *out]).exit_code == 0
    shown = CliRunner().invoke(main, ["run", str(case), "--end-value", "0.01 EUR/kWh", *out])
    assert shown.exit_code == 2
    assert "in EUR, while amounts are counted in GBP" in shown.stderr
    assert "a price such as 0.12 GBP/kWh" in shown.stderr


def test_the_schema_of_a_summary_has_the_currency(tmp_path: Path) -> None:
    import jsonschema

    summary = dispatch(load_case(site(tmp_path))).summary.plain()
    jsonschema.validate(summary, summary_schema("GBP"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(summary, summary_schema("EUR"))


@pytest.mark.parametrize(
    ("edits", "found"),
    [
        ({"summary.json": [('"currency": "GBP"', '"currency": "USD"')]}, "currency is USD, not GBP"),
        ({"summary.json": [('"currency": "GBP"', '"currency": null')]}, "currency is None, not GBP"),
        ({"summary.json": [("GBP", "EUR"), ("_gbp", "_eur")]}, "currency is EUR, not GBP"),
        ({"summary.json": [("objective_gbp", "objective"), ("bound_gbp", "bound")]}, "objective_gbp is None, not 5.76"),
        ({"summary.json": [("objective_gbp", "objective_eur")]}, "objective_gbp is missing"),
        ({"ledger.csv": [("cost_gbp", "cost_eur")]}, "cost_gbp in the ledger is not what follows"),
        ({"ledger.csv": [("cost_gbp", "cost")]}, "cost_gbp in the ledger is not what follows"),
        ({"ledger.csv": [(",GBP", ",EUR")]}, "in EUR instead of GBP"),
        ({"ledger.csv": [(",GBP", ",money")]}, "in no unit instead of GBP"),
        ({"schedule.csv": [("_gbp_", "_")]}, "column grid.import_price_gbp_per_kwh is missing"),
        ({"schedule.csv": [("_gbp_", "_eur_")]}, "column grid.import_price_gbp_per_kwh is missing"),
    ],
)
def test_verify_finds_another_currency_and_none(
    tmp_path: Path, edits: dict[str, list[tuple[str, str]]], found: str
) -> None:
    """Numbers that are right hold in one currency only; findings name it, and never the unit ``money``."""
    folder, _ = write_result(dispatch(load_case(site(tmp_path / "site"))), tmp_path / "out")
    for name, changes in edits.items():
        text = (folder / name).read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (folder / name).write_text(text, encoding="utf-8")
    findings = "\n".join(map(str, verify_result(folder).findings))
    assert found in findings
    assert "money" not in findings


@pytest.mark.parametrize(
    ("currency", "rates", "words"),
    [
        ("GBP", {"EUR": "0.86 EUR"}, "exchange_rates.EUR: in EUR, while amounts are counted in GBP"),
        ("GBP", {"EUR": "0.86"}, "exchange_rates.EUR: unit is missing"),
        ("USD", {"EUR": "0.86 GBP", "GBP": "1.3 USD"}, "exchange_rates.EUR: in GBP, while amounts are counted in USD"),
        ("GBP", {"GBP": "2 GBP"}, "exchange_rates: one of the currency that amounts are counted in is worth 1"),
    ],
)
def test_a_rate_in_another_currency_has_a_remedy_that_helps(
    tmp_path: Path, currency: str, rates: dict[str, str], words: str
) -> None:
    """A rate for the amount in the rate would be refused in the same way; the worth of a pound in pounds is 1."""
    case = site(tmp_path / "site", currency=currency, exchange_rates=rates)
    with pytest.raises(InputError) as caught:
        load_case(case)
    assert words in str(caught.value)
    assert f"worth in {currency}" in str(caught.value)
    assert "exchange_rates: {" not in str(caught.value)
