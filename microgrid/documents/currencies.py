"""The currency of a document: its own, and what others are worth in it."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from microgrid.documents.validation import validate
from microgrid.documents.yaml_file import Document
from microgrid.money import EURO, Currency, Money
from microgrid.parameters import Parameters
from microgrid.units import Unit

Worth = Annotated[float, Unit("money"), Field(gt=0)]
ExchangeRates = dict[Currency, Worth]


class _Currency(Parameters):
    model_config = ConfigDict(extra="ignore")

    currency: Currency | None = None


class _Rates(Parameters):
    model_config = ConfigDict(extra="ignore")

    exchange_rates: ExchangeRates = Field(default_factory=dict)


def stated_money(document: Document) -> Money:
    """Currency that a document counts in, EUR if it states none, with its exchange rates.

    The keys are ``currency: GBP`` and ``exchange_rates: {EUR: 0.86 GBP}``, the worth of one unit of each other
    currency.

    Raises:
        InputError: not a currency, or not an amount in the document's own one.
    """
    if not isinstance(document.data, dict):
        return Money()
    given = {key: document.data[key] for key in ("currency", "exchange_rates") if key in document.data}
    money = Money(validate(_Currency, given, document).currency or EURO)
    with money.in_force():
        rates = validate(_Rates, given, document).exchange_rates
    return Money(money.currency, {code: worth for code, worth in rates.items() if code != money.currency})
