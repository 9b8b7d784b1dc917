"""Currencies in units and in names: what each text is worth, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgrid import units
from microgrid.money import CODES, CurrencyError, Money, without_currency
from microgrid.suffixes import OF_MONEY, bare_name, coded_name, suffix_of


@pytest.mark.parametrize(
    ("currency", "text", "unit", "value"),
    [
        ("GBP", "12 p/kWh", "money/kWh", 0.12),
        ("GBP", "30 GBP/MWh", "money/kWh", 0.03),
        ("GBP", "0.1 £/kWh", "money/kWh", 0.1),
        ("USD", "2 USD/kW/month", "money/kW/year", 24),
        ("USD", "20 $/kW", "money/kW", 20),
        ("CAD", "20 $/kW", "money/kW", 20),
        ("USD", "12 ct/kWh", "money/kWh", 0.12),
        ("EUR", "12 ct/kWh", "money/kWh", 0.12),
        ("EUR", "12 EURcent/kWh", "money/kWh", 0.12),
        ("EUR", "2 kEUR/year", "money/year", 2000),
        ("EUR", "100 €/t", "money/kg", 0.1),
        ("CHF", "3 CHF", "money", 3),
        ("EUR", "1 euro/kWh", "money/kWh", 1),
        ("GBP", "£0.12/kWh", "money/kWh", 0.12),
        ("GBP", "-£.5", "money", -0.5),
        ("GBP", "GBP 54 /t", "money/kg", 0.054),
        ("GBP", "2 k£/year", "money/year", 2000),
        ("USD", "$20/kW/month", "money/kW/year", 240),
        ("USD", "US$5/MWh", "money/kWh", 0.005),
        ("CAD", "C$5/MWh", "money/kWh", 0.005),
        ("CAD", "8.7 ¢/kWh", "money/kWh", 0.087),
        ("AUD", "30 c/kWh", "money/kWh", 0.3),
        ("CHF", "27 Rp/kWh", "money/kWh", 0.27),
        ("CHF", "27 Rp./kWh", "money/kWh", 0.27),
    ],
)
def test_amounts_in_the_own_currency(currency: str, text: str, unit: str, value: float) -> None:
    """Would break with pence read as pounds, or with "$" of a Canadian case taken for another currency."""
    with Money(currency).in_force():
        assert units.parse(text, unit) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("0.1 EUR/kWh", "EUR"),
        ("12 ct/kWh", "EUR"),
        ("12 cent/kWh", "EUR"),
        ("1 $/kWh", "USD"),
        ("$1/kWh", "USD"),
        ("9 ¢/kWh", "USD"),
    ],
)
def test_another_currency_is_refused_without_its_worth(text: str, named: str) -> None:
    """Cents in a British case are those of another currency: read as pence they would be wrong and look right."""
    with Money("GBP").in_force(), pytest.raises(CurrencyError, match=f"in {named}, while amounts are counted in GBP"):
        units.parse(text, "money/kWh")
    with Money("GBP", {named: 0.8}).in_force():
        whole = units.parse(text, "money/kWh")
    with Money(named).in_force():
        assert whole == pytest.approx(0.8 * units.parse(text, "money/kWh"))


def test_the_worth_that_is_stated_is_in_the_error() -> None:
    with Money("CHF").in_force(), pytest.raises(CurrencyError) as caught:
        units.parse("1 USD/kWh", "money/kWh")
    assert "exchange_rates: {USD: ... CHF}" in caught.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "1 money/kWh",
        "1 XYZ/kWh",
        "1 kmoney",
        "1 eur/kWh",
        "1 p",
        "1 GBP*GBP/kWh",
        "£1,000/kWh",
        "£1£/kWh",
        "CAD1 USD/kWh",
    ],
)
def test_texts_that_are_no_price(text: str) -> None:
    with pytest.raises(ValueError, match=r"unknown unit|wrong dimension|counted in"):
        units.parse(text, "money/kWh")


def test_currencies_are_dimensions_of_their_own() -> None:
    """A file in pounds is not in the unit of a column in euros, whatever their rate of exchange is."""
    with Money("EUR", {"GBP": 1.0}).in_force():
        assert not units.same_dimension("GBP/MWh", "EUR/MWh")
        assert units.same_dimension("GBP/MWh", "money/kWh")
        assert units.same_dimension("GBP/MWh", "p/kWh")
        assert not units.same_dimension("GBP/MWh", "kW")


@given(
    st.sampled_from(sorted(CODES)), st.sampled_from(sorted(OF_MONEY)), st.sampled_from(["cost", "hall 1.fuel_price"])
)
def test_a_written_name_is_read_back(code: str, divided: str, stem: str) -> None:
    """Would break with a code that is a word ("ALL", "TOP"), or with a suffix that another one contains."""
    name = f"{stem}_{divided}" if divided else stem
    written = coded_name(name, code)
    assert bare_name(written) == name
    assert written != name
    suffix = suffix_of(written)
    assert suffix is not None
    assert suffix.currency == code
    assert without_currency(suffix.unit)[0] == code
    assert coded_name(written, "EUR") == written


@pytest.mark.parametrize(
    "name", ["roof_top", "share_all", "demand_kwh_per_ha", "cars_per_ha", "grid.import_kw", "x_try"]
)
def test_other_names_are_not_money(name: str) -> None:
    assert coded_name(name, "GBP") == name
    assert bare_name(name) == name
