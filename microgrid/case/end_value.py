"""Value of the energy in stores at the end, set for one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from microgrid.case.reading import Case
from microgrid.contract.asset import Asset
from microgrid.errors import InputError, Problem, nearest

_FIELD = "end_value_eur_per_kwh"


def with_end_value(case: Case, end_value_eur_per_kwh: float | Mapping[str, float]) -> Case:
    """Copy of the case with an ``end_value`` [EUR/kWh] of every store, or of named ones, which its settings record.

    Raises:
        InputError: a name that is no store, a store with an ``end``, a price below zero.
    """
    stores = [name for name, asset in case.assets.items() if _FIELD in type(asset).model_fields]
    given = end_value_eur_per_kwh
    values = dict(given) if isinstance(given, Mapping) else dict.fromkeys(stores, float(given))
    if not values:
        raise InputError(_problem(case, "no store to value", "assets", "an asset that stores energy"))
    for name, value in values.items():
        _refuse_wrong(case, name, value, stores)
    assets, raw, settings = dict(case.assets), dict(case.data["assets"]), dict(case.settings)
    for name, value in values.items():
        text = f"{value!r} EUR/kWh"
        assets[name] = assets[name].model_copy(update={_FIELD: value})
        raw[name] = {**raw[name], "end_value": text}
        settings[f"assets.{name}.end_value"] = text
    return replace(case, assets=assets, data={**case.data, "assets": raw}, settings=settings)


def _refuse_wrong(case: Case, name: str, value: float, stores: list[str]) -> None:
    if name not in stores:
        near = nearest(name, stores)
        remedy = f"did you mean {near!r}?" if near else None
        raise InputError(_problem(case, "no such store", name, "one of " + ", ".join(stores), remedy))
    if not 0.0 <= value < float("inf"):
        raise InputError(_problem(case, "not a worth of stored energy", name, f"at least 0 EUR/kWh, not {value:g}"))
    if _has_end(case.assets[name]):
        remedy = f"name the other stores as STORE=PRICE, or remove it by --set assets.{name}.end=null"
        expected = "either end, a least state, or an end value, a price"
        raise InputError(_problem(case, "contradicts another value", f"assets.{name}.end", expected, remedy))


def _has_end(asset: Asset) -> bool:
    return getattr(asset, "end", None) is not None


def _problem(case: Case, what: str, field: str, expected: str, remedy: str | None = None) -> Problem:
    return Problem(what, file=case.path.as_posix(), field=field, expected=expected, remedy=remedy)
