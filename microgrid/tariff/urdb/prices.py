"""Rate structures of the URDB as periods, each with one price or with tiers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from microgrid.tariff.urdb.item import MOST, Line, UrdbItem, empty, plain, shown

_ENERGY_UNITS = ("kwh", "kwh/kw", "kwh daily", "kwh/kw daily")


@dataclass(frozen=True)
class Period:
    """Prices of a period of a rate.

    tiers: pairs of the volume or power above which a price holds, and the price [USD]; sell: price of export
    [USD/kWh], None if there is none; daily: whether the volumes are those of a day.
    """

    tiers: tuple[tuple[float, float], ...]
    sell: float | None = None
    daily: bool = False

    @property
    def free(self) -> bool:
        """Whether every price is 0."""
        return all(price == 0 for _, price in self.tiers)


def periods_of(item: UrdbItem, name: str, least: float = -MOST) -> list[Period]:
    """Periods of a rate structure; least: an InputError if any price is below it."""
    found = []
    for number, tiers in enumerate(item.listed(item.fields[name], name)):
        place = f"{name}[{number}]"
        found.append(
            _period(item, name, [_tier(item, place, tier) for tier in item.listed(tiers, place)], place, least)
        )
    return found


def _tier(item: UrdbItem, place: str, tier: object) -> Mapping[str, Any]:
    if not isinstance(tier, Mapping):
        item.refuse("not a tier", place, tier, 'such as {"rate": 0.1, "adj": 0.01, "max": 500}')
    known = {"rate", "adj", "max"} | ({"unit", "sell"} if place.startswith("energy") else set())
    for key in tier:
        if key not in known and not empty(tier[key]):
            item.warnings.append(f"{place}.{plain(key)} = {shown(tier[key])}: unknown field; not used")
    if tier.get("rate") is None and tier.get("adj") is None:
        item.warnings.append(f"{place}: a tier without a rate; taken as 0")
    return tier


def _period(item: UrdbItem, name: str, tiers: list[Mapping[str, Any]], place: str, least: float) -> Period:
    prices: list[tuple[float, float]] = []
    above = 0.0
    for number, tier in enumerate(tiers):
        price = item.number(tier.get("rate"), f"{place}.rate") + item.number(tier.get("adj"), f"{place}.adj")
        item.number(price, f"{place}: rate + adj", least)
        if not prices or price != prices[-1][1]:
            prices.append((above, price))
        top = tier.get("max")
        last = number == len(tiers) - 1
        if not last and (top is None or item.number(top, f"{place}.max", 0) <= above):
            item.refuse("tiers do not rise", f"{place}.max", top, f"more than {above:g}, up to the next tier")
        if last and top is not None and item.number(top, f"{place}.max", 0, 1e300) < MOST and len(prices) > 1:
            item.warnings.append(f"{place}.max = {shown(top)}: no price is stated above it; the last one is used")
        above = 0.0 if last else float(top or 0)
    if not name.startswith("energy"):
        return Period(tuple(prices))
    return Period(tuple(prices), _sell(item, tiers, place), _daily(item, tiers, prices, place))


def _daily(item: UrdbItem, tiers: list[Mapping[str, Any]], prices: list[Any], place: str) -> bool:
    """Whether the volumes of the tiers are those of a day; an InputError for units that no tariff file has."""
    units: list[str] = []
    for tier in tiers:
        unit = tier.get("unit") or "kWh"
        if not isinstance(unit, str) or unit.lower() not in _ENERGY_UNITS:
            item.refuse("unknown unit", f"{place}.unit", unit, "kWh or kWh daily")
        if len(prices) > 1 and "/kw" in unit.lower():
            what = "tiers by hours of use of the peak (kWh per kW), which a tariff file cannot state"
            item.refuse(what, f"{place}.unit", unit, "tiers in kWh or kWh daily", "write its lines by hand")
        if tier.get("unit") or tier.get("max") is not None or not units:  # a tier without a limit needs no unit
            units.append(unit.lower())
    if len(prices) > 1 and len(set(units)) > 1:
        item.refuse("tiers in two units", f"{place}.unit", units, "one unit for all tiers of a period")
    return units[0] == "kwh daily"


def _sell(item: UrdbItem, tiers: list[Mapping[str, Any]], place: str) -> float | None:
    """Price of export [USD/kWh], that of the first tier; None if no tier has one."""
    sells = [tier.get("sell") for tier in tiers]
    numbers = [item.number(sell, f"{place}.sell") for sell in sells]
    if len(set(numbers)) > 1:
        item.warnings.append(f"{place}.sell = {shown(sells)}: export has one price, that of the first tier")
    return None if all(sell is None for sell in sells) else numbers[0]


def priced(tiers: Iterable[tuple[float, float]], text: Callable[[float], str], unit: str, per: float = 1.0) -> Line:
    """The key ``price`` or ``tiers`` of a tariff line; per: number of units of the tariff in one of the source."""
    listed = [{"above": f"{above * per:.12g} {unit}", "price": text(usd / per)} for above, usd in tiers]
    return {"price": listed[0]["price"]} if len(listed) == 1 else {"tiers": listed}
