"""Value of the energy in stores at the end, set for one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from microgrid.case.reading import Case
from microgrid.contract.asset import Asset
from microgrid.errors import InputError, Problem, nearest
from microgrid.money import remedy_of
from microgrid.units import example, parse

_FIELD = "end_value_per_kwh"
_UNIT = "money/kWh"


def with_end_value(case: Case, end_value_per_kwh: float | str | Mapping[str, float | str]) -> Case:
    """Copy of the case with an ``end_value`` [money/kWh] of every store, or of named ones, which its settings record.

    A price may be a text with its unit, such as "0.15 EUR/kWh".

    Raises:
        InputError: a name that is no store, a store with an ``end``, a price below zero.
    """
    stores = [name for name, asset in case.assets.items() if _FIELD in type(asset).model_fields]
    given = end_value_per_kwh
    stated = dict(given) if isinstance(given, Mapping) else dict.fromkeys(stores, given)
    values = {name: _price(case, name, value) for name, value in stated.items()}
    if not values:
        raise InputError(_problem(case, "no store whose energy has a value", "assets", "an asset that stores energy"))
    for name, value in values.items():
        _refuse_wrong(case, name, value, stores)
    assets = dict(case.assets)
    raw = dict(case.data["assets"])
    settings = dict(case.settings)
    for name, value in values.items():
        text = f"{value!r} {case.money.currency}/kWh"
        assets[name] = assets[name].model_copy(update={_FIELD: value})
        raw[name] = {**raw[name], "end_value": text}
        settings[f"assets.{name}.end_value"] = text
    return replace(case, assets=assets, data={**case.data, "assets": raw}, settings=settings)


def _price(case: Case, name: str, value: float | str) -> float:
    """Price in the currency of the case [money/kWh]; an InputError if it is none."""
    if not isinstance(value, str):
        return float(value)
    try:
        with case.money.in_force():
            return parse(value, _UNIT)
    except ValueError as error:
        with case.money.in_force():
            expected = f"a price such as {example(_UNIT)}"
        remedy = remedy_of(error).get("remedy")
        raise InputError(Problem(str(error), case.path.as_posix(), None, name, value, expected, remedy)) from None


def _refuse_wrong(case: Case, name: str, value: float, stores: list[str]) -> None:
    if name not in stores:
        near = nearest(name, stores)
        remedy = f"did you mean {near!r}?" if near else None
        raise InputError(_problem(case, "no such store", name, "one of " + ", ".join(stores), remedy))
    if not 0.0 <= value < float("inf"):
        expected = f"at least 0 {case.money.currency}/kWh, not {value:g}"
        raise InputError(_problem(case, "not a value of stored energy", name, expected))
    if _has_end(case.assets[name]):
        remedy = f"value the other stores only, as STORE=PRICE, or remove the end: --set assets.{name}.end=null"
        expected = "either end (a least state) or an end value (a price)"
        raise InputError(_problem(case, "contradicts another value", f"assets.{name}.end", expected, remedy))


def _has_end(asset: Asset) -> bool:
    return getattr(asset, "end", None) is not None


def _problem(case: Case, what: str, field: str, expected: str, remedy: str | None = None) -> Problem:
    return Problem(what, file=case.path.as_posix(), field=field, expected=expected, remedy=remedy)
