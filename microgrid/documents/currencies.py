"""The currency of a document: its own, and what others are worth in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from microgrid.documents.validation import validate
from microgrid.documents.yaml_file import Document
from microgrid.money import EURO, Currency, Money, money_in_force
from microgrid.parameters import Parameters
from microgrid.units import Unit, example, parse


class _WorthUnit(Unit):
    """Unit of the worth of a currency, which is stated in the document's own one and in no other."""

    def read(self, value: object) -> float:
        """Worth in the document's currency; a pydantic error whose remedy is to state it in that."""
        own = money_in_force()
        with replace(own, rates={}).in_force():
            try:
                return parse(value, self.unit)
            except ValueError as error:
                details = {
                    "reason": str(error),
                    "expected": f"an amount of {own.currency}, such as {example(self.unit)}",
                    "remedy": f"state what one unit of the currency is worth in {own.currency}",
                }
                raise PydanticCustomError("quantity", "{reason}", details) from None


def _of_others(rates: dict[str, float]) -> dict[str, float]:
    """The rates themselves; a pydantic error if one is of the document's own currency and not 1."""
    own = money_in_force().currency
    if rates.get(own, 1.0) != 1.0:
        details = {
            "expected": "the worth of other currencies only",
            "remedy": f"remove {own}; state what one unit of another currency is worth in {own}",
        }
        raise PydanticCustomError("currency", "one of the currency that amounts are counted in is worth 1", details)
    return rates


Worth = Annotated[float, _WorthUnit("money"), Field(gt=0)]
OwnCurrency = Annotated[Currency, Field(description="Currency of all results, by its ISO code, such as GBP.")]
ExchangeRates = Annotated[
    dict[Currency, Worth],
    AfterValidator(_of_others),
    Field(description="Worth of one unit of each other currency of the inputs: {EUR: 0.86 GBP}."),
]


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
