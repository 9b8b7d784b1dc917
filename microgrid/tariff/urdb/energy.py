"""Energy charges of the URDB as lines of a tariff file: prices per kWh of import and export, net metering."""

from __future__ import annotations

import math
from collections.abc import Mapping

from microgrid.tariff.urdb.hours import CELLS, Cell, only, schedule_of, whens_of
from microgrid.tariff.urdb.item import Line, UrdbItem
from microgrid.tariff.urdb.prices import Period, periods_of, priced


def energy_of(item: UrdbItem) -> Line:
    """Keys ``energy``, ``export`` and ``classes`` of the tariff of a rate, as far as they are needed."""
    name = "energyratestructure"
    if not item.given(name):
        item.warn(name, "no energy prices; energy is taken as free")
        return {"energy": _fuel(item)}
    periods = periods_of(item, name)
    schedule = schedule_of(item, ("energyweekdayschedule", "energyweekendschedule"), len(periods))
    used = {number: periods[number] for number in sorted(set(schedule.values()))}
    flat = {cell: 0.0 if len(used[at].tiers) > 1 else used[at].tiers[0][1] for cell, at in schedule.items()}
    sells = {cell: used[at].sell or 0.0 for cell, at in schedule.items()}
    net = _net(item, used)
    if net is not None:
        return _netted(item, flat, net)
    lines = _tiered(item, used, schedule)
    if any(flat.values()):
        lines.insert(0, _line(item, "energy", flat))
    export = [_line(item, "export", sells)] if any(sells.values()) else []
    return {"energy": lines + _fuel(item), "export": export}


def _tiered(item: UrdbItem, used: Mapping[int, Period], schedule: Mapping[Cell, int]) -> list[Line]:
    """Lines of the periods with tiers, one each: its volume is that of a month over all hours of the period.

    Thresholds in "kWh daily" are multiplied by the days of the month, as NREL's System Advisor Model (SAM) does
    (ssc, lib_utility_rate_equations.cpp, setup_energy_rates).
    """
    lines = []
    for number, period in used.items():
        if len(period.tiers) == 1:
            continue
        when = whens_of(cell for cell, at in schedule.items() if at == number)
        prices = priced(period.tiers, lambda usd: item.price(usd, "kWh"), "kWh")
        lines.append(
            {"item": f"energy period {number}", **prices, **({"per": "day"} if period.daily else {}), **only(when)}
        )
        if period.daily:
            why = "the thresholds of a month are those of a day times its days, whatever is drawn on each, as in SAM"
            item.warnings.append(f"energyratestructure[{number}].unit = kWh daily: {why}")
        if any(part.keys() & {"days", "hours"} for part in when):
            item.warnings.append(f"energyratestructure[{number}]: the volume of its tiers is counted in its hours only")
    return lines


def _line(item: UrdbItem, name: str, prices: Mapping[Cell, float]) -> Line:
    """Line with a price in every hour: one price, or prices by period."""
    distinct = list(dict.fromkeys(prices.values()))
    if len(distinct) == 1:
        return {"item": name, "price": item.price(distinct[0], "kWh")}
    whens, rest = _by_price(prices)
    periods = [{"price": item.price(price, "kWh"), **when} for price, some in whens.items() for when in some]
    return {"item": name, "periods": [*periods, {"price": item.price(rest, "kWh"), "otherwise": True}]}


def _by_price(prices: Mapping[Cell, float]) -> tuple[dict[float, list[Line]], float]:
    """Price -> when it holds, and the price of all other hours: the one that would need most entries."""
    whens = {
        price: whens_of(cell for cell in prices if prices[cell] == price) for price in dict.fromkeys(prices.values())
    }
    rest = max(whens, key=lambda price: len(whens[price]))
    return {price: some for price, some in whens.items() if price != rest}, rest


def _net(item: UrdbItem, used: Mapping[int, Period]) -> Line | None:
    """The key ``net`` of a tariff line; None if the rate has no net metering, or none that a tariff file can state."""
    rule = item.text("dgrules")
    assumed = item.fields.get("usenetmetering")
    if assumed is not None and not isinstance(assumed, bool | int):
        item.refuse("neither true nor false", "usenetmetering", assumed, "true or false")
    source = "dgrules" if rule else "usenetmetering"
    if rule == "net billing hourly":
        item.warn("dgrules", "import and export are netted within a step of the case, not within an hour")
    elif rule not in ("", "net metering", "net billing instantaneous"):
        item.warn("dgrules", "a tariff file cannot state this rule; export earns the prices 'sell', if there are any")
    if rule not in ("", "net metering") or not (rule or assumed):
        if assumed:
            item.warn("usenetmetering", "left out, as dgrules states otherwise")
        return None
    credits = {period.sell for period in used.values()}
    prices = [price for period in used.values() for _, price in period.tiers]
    credit = credits.pop() if len(credits) == 1 else math.inf
    if any(len(period.tiers) > 1 for period in used.values()) or (credit is not None and credit > min(prices)):
        why = "net metering needs prices without tiers and one 'sell' that is not above them; left out"
        item.warn(source, f"{why}, export earns the prices 'sell', if there are any")
        return None
    what = "its price" if credit is None else "'sell'"
    item.warn(source, f"import less export is billed each month; export beyond import is credited at {what} at once")
    return {} if credit is None else {"credit": item.price(credit, "kWh")}


def _netted(item: UrdbItem, prices: Mapping[Cell, float], net: Line) -> Line:
    """Line for import less export, with classes of hours where there are several prices, and the fuel line."""
    fuel = _fuel(item)
    if fuel:
        item.warn("fueladjustmentsmonthly", "paid on all import, not on import less export")
    net = {"per": "month", **net}
    if len(set(prices.values())) == 1:
        price = item.price(next(iter(prices.values())), "kWh")
        return {"energy": [{"item": "net energy", "price": price, "net": net}, *fuel]}
    whens, rest = _by_price(prices)
    names = {price: f"price-{number}" for number, price in enumerate([*whens, rest], 1)}
    classes: Line = {names[price]: some for price, some in whens.items()} | {names[rest]: "otherwise"}
    by_class = {name: item.price(price, "kWh") for price, name in names.items()}
    return {"classes": classes, "energy": [{"item": "net energy", "by_class": by_class, "net": net}, *fuel]}


def _fuel(item: UrdbItem) -> list[Line]:
    """Line of the monthly fuel adjustments per kWh, if the rate has any."""
    name = "fueladjustmentsmonthly"
    if not item.given(name):
        return []
    months = [item.number(value, name) for value in item.listed(item.fields[name], name, 12)]
    return [_line(item, "fuel adjustment", {cell: months[cell[1] - 1] for cell in CELLS})]
