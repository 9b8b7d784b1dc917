"""Currencies: their codes, how units and names state them, and the one in which amounts are counted.

Inside the program an amount of money is a number whose unit is called ``money``. Which currency that is, and what one
unit of any other currency is worth in it, is stated by a ``Money``, which is in force while a case is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

EURO = "EUR"
MONEY = "money"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# ISO 4217 without funds, metals and testing codes; with ANG, BGN and HRK, which prices of past years are in.
CODES = _words(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF
    CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD
    HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL
    LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR
    PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP
    TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """
)
_DOLLARS = _words(
    """
    AUD BBD BMD BND BSD BZD CAD FJD GYD HKD JMD KYD LRD NAD NZD SBD SGD SRD TTD TWD USD XCD
    """
)
_IN_CENTS = _DOLLARS | {"EUR", "ZAR", "KES", "TZS", "UGX", "MUR", "LKR", "ETB"}
_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}
SIGNS = "€£$¢"  # in a class of characters of a regular expression
_WORDS = {
    "€": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "US$": "USD", "CA$": "CAD", "C$": "CAD", "AU$": "AUD",
    "A$": "AUD", "NZ$": "NZD",
}  # fmt: skip
_HUNDREDTHS = {"p": "GBP", "pence": "GBP", "Rp": "CHF", "Rappen": "CHF"}
_CENTS = {**dict.fromkeys(("ct", "cts", "cent", "cents", "c"), "cent"), "¢": "$"}  # "¢" is a hundredth of "$"
_LETTER = f"[A-Za-z{SIGNS}]"
_TOKEN = re.compile(f"{_LETTER}+")
_CODED = re.compile(r"([kM]?)([A-Z]{3}|(?:US|CA?|AU?|NZ)?\$|[€£])(cents?)?")
_FIRST = re.compile(
    rf"\s*([-+]?)\s*([A-Z]{{3}}(?=[\s\d.])|[A-Z]{{0,2}}[{SIGNS}])\s*((?:\d[\d_]*\.?\d*|\.\d+)(?![\d.]))\s*(.*)"
)


class CurrencyError(ValueError):
    """An amount in a currency that is not read; ``remedy`` says what to do.

    code: currency of the amount; counted: the one in which amounts are counted; only: the only one that is read, "" if
    any is whose worth is stated.
    """

    def __init__(self, code: str, counted: str, only: str = "") -> None:
        if only:
            super().__init__(f"in {code}, while its tariff states {only}")
            self.remedy = "convert it; or leave the tariff's currency out, so that each price counts in its own"
            return
        super().__init__(f"in {code}, while amounts are counted in {counted}")
        self.remedy = (
            f"convert it; or state in the case what one {code} is worth, exchange_rates: {{{code}: ... {counted}}}; or "
            f"count in it, currency: {code} in the case, or in the tariff that a bill is made by"
        )


@dataclass(frozen=True)
class Money:
    """The currency in which amounts are counted, and the worth of one unit of each other currency that is stated.

    currency: code of ISO 4217; rates: code -> worth of one unit of it, in ``currency``; only: code of the only currency
    in which amounts are read, "" if any is accepted.
    """

    currency: str = EURO
    rates: Mapping[str, float] = field(default_factory=dict)
    only: str = ""

    def limited_to(self, code: str) -> Money:
        """Money of which amounts in a single currency are read, and counted as before."""
        return replace(self, only=code)

    def worth(self, code: str) -> float:
        """Worth of one unit of a currency; a CurrencyError if it is not stated, or amounts in it are not read."""
        if self.only and code != self.only:
            raise CurrencyError(code, self.currency, self.only)
        if code == self.currency:
            return 1.0
        if code not in self.rates:
            raise CurrencyError(code, self.currency)
        return self.rates[code]

    def meant_by(self, word: str) -> str:
        """Code of the currency that "$" or "cent" means: the own one if it has such, else USD and EUR."""
        own = self.only or self.currency
        if word == "$":
            return own if own in _DOLLARS else "USD"
        return own if own in _IN_CENTS else EURO

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Context in which units of money are read as amounts of this currency."""
        token = _IN_FORCE.set(self)
        try:
            yield
        finally:
            _IN_FORCE.reset(token)


_EUROS = Money()
_IN_FORCE: ContextVar[Money] = ContextVar("money")


def money_in_force() -> Money:
    """The currency in which amounts are counted at present: that of the case that is read, else EUR."""
    return _IN_FORCE.get(_EUROS)


def without_currency(unit: str) -> tuple[str, str]:
    """Code of the currency in a unit and the unit with ``money`` in its place: "p/kWh" -> ("GBP", "centimoney/kWh").

    The code is "" for a unit without a currency, and for ``money`` itself.
    """
    code = ""
    unit = unit.replace("Rp.", "Rp")
    for token in dict.fromkeys(_TOKEN.findall(unit)):
        found = _currency_of(token)
        if found is not None:
            code, plain = found
            unit = re.sub(rf"(?<!{_LETTER}){re.escape(token)}(?!{_LETTER})", plain, unit)
    return code, unit


def _currency_of(token: str) -> tuple[str, str] | None:
    """Code of the currency that a word of a unit names, and the word for ``money``; None for any other word."""
    if token in _WORDS:
        return _WORDS[token], MONEY
    if token in _HUNDREDTHS:
        return _HUNDREDTHS[token], f"centi{MONEY}"
    if token in _CENTS:
        return money_in_force().meant_by(_CENTS[token]), f"centi{MONEY}"
    found = _CODED.fullmatch(token)
    if found is None:
        return None
    prefix, name, cents = found.groups()
    code = money_in_force().meant_by("$") if name == "$" else _WORDS.get(name, name)
    return (code, f"{'centi' if cents else prefix}{MONEY}") if code in CODES else None


def amount_first(text: str) -> str:
    """Text of a price with its currency behind the number: "£0.12/kWh" -> "0.12 £/kWh"; any other as it stands."""
    found = _FIRST.fullmatch(text)
    if found is None or (found[2][-1] not in SIGNS and found[2] not in CODES):
        return text
    minus, currency, number, rest = found.groups()
    return f"{minus}{number} {currency}{rest}"


def symbol(currency: str) -> str:
    """Sign of a currency as a reader in its country writes it, "€", else its code."""
    return _SYMBOLS.get(currency, currency)


def in_currency(text: str, currency: str) -> str:
    """Unit or text with the code of a currency in place of ``money``: "money/kWh" -> "GBP/kWh"."""
    return re.sub(rf"\b{MONEY}\b", currency, text)


def _code(value: object) -> str:
    code = value.strip() if isinstance(value, str) else ""
    if code not in CODES:
        expected = "three letters of ISO 4217, such as EUR, GBP, USD or CHF"
        near = code.upper() if code.upper() in CODES else None
        remedy = f"did you mean {near!r}?" if near else None
        raise PydanticCustomError("currency", "not a currency", {"expected": expected, "remedy": remedy})
    return code


Currency = Annotated[
    str, BeforeValidator(_code), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["EUR", "GBP"]})
]


def shown_in_force(unit: str) -> str:
    """Unit as a message shows it: "money/kWh" in the currency that is in force."""
    return in_currency(unit, money_in_force().currency)


def remedy_of(error: ValueError) -> dict[str, Any]:
    """The remedy of an error about a currency as a part of an error's context; empty for any other error."""
    return {"remedy": error.remedy} if isinstance(error, CurrencyError) else {}
