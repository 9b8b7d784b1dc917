"""Demand charges of the URDB as lines per kW of a tariff file, with their ratchets."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from microgrid.tariff.urdb.hours import MONTHS, Cell, months_of, only, schedule_of, whens_of
from microgrid.tariff.urdb.item import Line, UrdbItem, shown
from microgrid.tariff.urdb.prices import Period, periods_of, priced

_KW_OF = {"kw": 1.0, "kva": 1.0, "hp": 0.7457}


def peaks_of(item: UrdbItem) -> list[Line]:
    """Lines per kW of a rate: for the month's peak, for peaks in stated hours, and for coincident peaks."""
    weekly = ("demandweekdayschedule", "demandweekendschedule")
    flat = _demand(item, "flat demand", "flatdemandstructure", "flatdemandunit", ())
    tou = _demand(item, "demand", "demandratestructure", "demandrateunit", weekly)
    both = ("coincidentrateschedule",) * 2
    coincident = _demand(item, "coincident demand", "coincidentratestructure", "coincidentrateunit", both)
    if coincident:
        why = "billed for the highest import within these hours, as the network's own peak is not known in advance"
        item.warn("coincidentratestructure", why)
    unratcheted = tou if flat else []
    lines = _with_ratchet(item, flat or tou, unratcheted) + unratcheted + coincident
    window = item.number(item.fields.get("demandwindow") or None, "demandwindow", 1, 1440)
    return [line | ({"interval": f"{window:g} min"} if window else {}) for line in lines]


def _demand(item: UrdbItem, name: str, structure: str, unit: str, schedules: tuple[str, ...]) -> list[Line]:
    """Lines of a demand charge: one line if each month has a single period, else one for each period."""
    if not item.given(structure):
        return []
    periods = periods_of(item, structure, least=0)
    kw = _kw_of(item, structure, unit)
    if kw is None or all(period.free for period in periods):
        return []
    if not schedules:
        return _monthly(item, name, periods, _flat_months(item, periods), kw)
    schedule = schedule_of(item, schedules, len(periods))
    months = {month: number for (_, month, _), number in schedule.items()}
    if all(months[month] == number for (_, month, _), number in schedule.items()):
        return _monthly(item, name, periods, months, kw)
    return [
        {"item": f"{name} period {number}", **_priced(item, periods[number], kw), **_hours(schedule, number)}
        for number in sorted(set(schedule.values()))
        if not periods[number].free
    ]


def _monthly(item: UrdbItem, name: str, periods: list[Period], number_of: Mapping[int, int], kw: float) -> list[Line]:
    """Lines for each month's peak: one with the price of each month, and one for each set of months with tiers."""
    months: dict[Period, list[int]] = {}
    for month in MONTHS:
        months.setdefault(periods[number_of[month]], []).append(month)
    paid = {period: some for period, some in months.items() if not period.free}
    if len(months) == 1:
        return [{"item": name, **_priced(item, period, kw)} for period in paid]
    one = [{"months": some, **_priced(item, period, kw)} for period, some in paid.items() if len(period.tiers) == 1]
    tiered = [
        {"item": f"{name}, months {' '.join(map(str, some))}", **_priced(item, period, kw), "when": {"months": some}}
        for period, some in paid.items()
        if len(period.tiers) > 1
    ]
    return ([{"item": name, "price_by_month": one}] if one else []) + tiered


def _priced(item: UrdbItem, period: Period, kw: float) -> Line:
    """Price or tiers of a period in USD/kW; kw: number of kW in one unit of demand."""
    return priced(period.tiers, lambda usd: item.price(usd, "kW"), "kW", kw)


def _hours(schedule: Mapping[Cell, int], number: int) -> Line:
    """The ``when`` of the period with a number in a schedule."""
    return only(whens_of(cell for cell, at in schedule.items() if at == number))


def _kw_of(item: UrdbItem, structure: str, name: str) -> float | None:
    """Number of kW in one unit of demand; None for daily peaks, which a tariff file cannot state."""
    unit = item.text(name) or "kw"
    base, _, daily = unit.partition(" ")
    if base not in _KW_OF or daily not in ("", "daily"):
        item.refuse("unknown unit", name, unit, "kW, kVA or hp")
    if daily:
        item.warn(name, f"a tariff cannot state daily peaks; {structure} = {shown(item.fields[structure])} left out")
        return None
    if base != "kw":
        item.warn(name, "taken as kW, with a power factor of 1" if base == "kva" else "taken as 0.7457 kW")
    return _KW_OF[base]


def _flat_months(item: UrdbItem, periods: list[Period]) -> dict[int, int]:
    """Month -> number of the period of the flat demand charge."""
    name = "flatdemandmonths"
    if len(periods) == 1 and item.fields.get(name) is None:
        return dict.fromkeys(MONTHS, 0)
    numbers = item.listed(item.fields.get(name), name, 12)
    return {month: item.whole(at, name, len(periods) - 1) for month, at in zip(MONTHS, numbers, strict=True)}


def _with_ratchet(item: UrdbItem, lines: list[Line], unratcheted: list[Line]) -> list[Line]:
    """Lines with the ratchet of the rate, where it has one; unratcheted: lines beside them, which get none."""
    share = item.number(item.fields.get("lookbackpercent"), "lookbackpercent", 0, 100)
    ratchet = _ratchet(item, share / 100 if share > 1 else share)
    if not ratchet:
        return lines
    fields = shown({key: item.fields.get(key) for key in ("lookbackmonths", "lookbackrange")})
    if not lines:
        item.warn("lookbackpercent", f"{fields} left out: there is no demand charge")
    hindered = {line["item"]: why for line in lines if (why := _hindrance(line, ratchet))}
    for name, why in hindered.items():
        item.warn("lookbackpercent", f"{fields} left out of {name}: {why}")
    if len(hindered) == len(lines):
        return lines
    found = [line if line["item"] in hindered else _add_ratchet(line, ratchet) for line in lines]
    before = "months before the horizon count as 0; add 'past' peaks, or 'repeats: true' for a whole year"
    item.warn("lookbackpercent", f"taken as {ratchet['share']}; {before}")
    if unratcheted:
        item.warn("lookbackpercent", "holds for the flat demand; the demand by hours has no ratchet")
    elif any({"when", "ratchet"} <= line.keys() for line in found):
        item.warn("lookbackpercent", "each line counts earlier peaks of its own hours")
    return found


def _hindrance(line: Line, ratchet: Line) -> str:
    """Reason why a line cannot have the ratchet; empty if it can."""
    months = months_of(line)
    if "tiers" in line and len(months) < len(MONTHS):
        return "its tiers hold in some months only, the ratchet would be billed in all of them"
    if not set(months) & set(ratchet.get("of_months", MONTHS)):
        return "it has no peaks in the months that are looked back on"
    return ""


def _add_ratchet(line: Line, ratchet: Line) -> Line:
    """A line with the ratchet, billed in the same months as without it."""
    own = {"ratchet": copy.deepcopy(ratchet)}  # YAML would write an object that two lines share as a reference
    months = months_of(line)
    if len(months) == len(MONTHS):
        return {**line, **own}
    rest = {key: value for key, value in line.items() if key != "price"}
    return {**rest, "price_by_month": [{"months": months, "price": line["price"]}], **own}


def _ratchet(item: UrdbItem, share: float) -> Line:
    """Ratchet of a rate as a part of a tariff line; empty if the rate has none, or does not state its months."""
    if not share:
        return {}
    months = []
    name = "lookbackmonths"
    if item.given(name):
        flags = [int(flag) if isinstance(flag, bool) else flag for flag in item.listed(item.fields[name], name, 12)]
        months = [month for month, flag in zip(MONTHS, flags, strict=True) if item.whole(flag, name, 1)]
    back = item.whole(item.fields.get("lookbackrange") or 0, "lookbackrange", 24)
    if not months and not back:
        item.warn("lookbackpercent", "the rate does not state which months the ratchet looks back on; left out")
        return {}
    if months and back:
        item.warn(name, f"taken together with lookbackrange = {back}: peaks of these months, no further back")
    named = {"of_months": months} if 0 < len(months) < 12 else {}
    return {"share": f"{share * 100:.12g} %", "months": back or 11, **named}
