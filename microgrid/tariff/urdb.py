"""Rates of OpenEI's U.S. Utility Rate Database (URDB, JSON of its versions 7 and 8) as tariff files of this project.

Weekdays are Monday to Friday, public holidays among them. What a tariff file cannot say is named in a warning with its
value, or refused where leaving it out would not be enough.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from microgrid.errors import InputError, Problem

Cell = tuple[int, int, int]  # 0 on weekdays and 1 at weekends, month 1 to 12, hour 0 to 23
Line = dict[str, Any]

_MONTHS = tuple(range(1, 13))
_CELLS = tuple((kind, month, hour) for kind in (0, 1) for month in _MONTHS for hour in range(24))
_DAYS = (["monday", "tuesday", "wednesday", "thursday", "friday"], ["saturday", "sunday"])
_MOST = 1e9  # no price or limit comes near; URDB writes 1e38 for "no limit"
_KW_OF = {"kw": 1.0, "kva": 1.0, "hp": 0.7457}
_ENERGY_UNITS = ("kwh", "kwh/kw", "kwh daily", "kwh/kw daily")

_SILENT = {
    "label", "utility", "name", "uri", "eiaid", "eia", "approved", "is_default", "startdate", "enddate", "supersedes",
    "supercedes", "sector", "description", "source", "sourceparent", "basicinformationcomments", "energycomments",
    "demandcomments", "country", "demandunits", "rateno", "revisions", "latest_update", "energytoulabels",
    "demandtoulabels", "demandlabels",
}  # fmt: skip
_READ = {
    "energyratestructure", "energyweekdayschedule", "energyweekendschedule", "fueladjustmentsmonthly", "dgrules",
    "usenetmetering", "demandratestructure", "demandweekdayschedule", "demandweekendschedule", "demandrateunit",
    "flatdemandstructure", "flatdemandmonths", "flatdemandunit", "coincidentratestructure", "coincidentrateschedule",
    "coincidentrateunit", "demandwindow", "lookbackpercent", "lookbackmonths", "lookbackrange", "fixedchargefirstmeter",
    "fixedchargeunits", "fixedmonthlycharge", "mincharge", "minchargeunits", "minmonthlycharge", "servicetype",
}  # fmt: skip
_CHARGES = (
    "energyratestructure", "demandratestructure", "flatdemandstructure", "coincidentratestructure",
    "fixedchargefirstmeter", "fixedmonthlycharge",
)  # fmt: skip
_LIMIT = "limits who can have this rate; it is not checked"
_CHARGE = "is not in the tariff; add it by hand where it is a charge"
_LEFT_OUT = {
    **dict.fromkeys(("peakkwcapacitymin", "peakkwcapacitymax", "peakkwcapacityhistory", "peakkwhusagemin"), _LIMIT),
    **dict.fromkeys(("peakkwhusagemax", "peakkwhusagehistory", "voltageminimum", "voltagemaximum"), _LIMIT),
    **dict.fromkeys(("voltagecategory", "phasewiring"), _LIMIT),
    **dict.fromkeys(("energyattrs", "demandattrs", "fixedattrs"), _CHARGE),
    "demandreactivepowercharge": "reactive power is not billed",
    "demandratchetpercentage": "not billed, as it is not said how far it looks back; give the peaks a ratchet",
    "fixedchargeeaaddl": "only the first meter is billed",
    "annualmincharge": "the least bill of a year is not in the tariff, only that of a month",
}


@dataclass(frozen=True)
class _Period:
    """Prices of a period: each holds above a volume or power, (above, USD); sell: per kWh exported [USD]."""

    tiers: tuple[tuple[float, float], ...]
    sell: float | None = None

    @property
    def free(self) -> bool:
        """Whether nothing is to be paid."""
        return all(price == 0 for _, price in self.tiers)


@dataclass
class _Item:
    """One rate: its fields by name in small letters, and what has to be said about it."""

    fields: dict[str, Any]
    file: str
    eur_per_usd: float
    warnings: list[str] = field(default_factory=list)

    def refuse(self, message: str, name: str, value: object, expected: str, remedy: str | None = None) -> NoReturn:
        """An InputError that names the field."""
        raise InputError(Problem(message, self.file, None, name, _shown(value), expected, remedy))

    def warn(self, name: str, why: str) -> None:
        """Say what becomes of a field."""
        self.warnings.append(f"{_plain(name)} = {_shown(self.fields.get(name))}: {why}")

    def price(self, usd: float, unit: str) -> str:
        """A price in EUR with its unit."""
        return f"{usd * self.eur_per_usd:.12g} EUR/{unit}"

    def given(self, name: str) -> bool:
        """Whether a field says anything: zeros and empty texts do not."""
        return not _empty(self.fields.get(name))

    def number(self, value: object, name: str, least: float = -_MOST, most: float = _MOST) -> float:
        """A number within limits; 0 where there is none."""
        if value is None:
            return 0.0
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self.refuse("not a usable number", name, value, f"a number from {least:g} to {most:g}")
        return float(value)

    def whole(self, value: object, name: str, most: int) -> int:
        """A whole number from 0."""
        number = self.number(value, name, 0, most)
        if value is None or number != int(number):
            self.refuse("not a whole number", name, value, f"a whole number from 0 to {most}")
        return int(number)

    def listed(self, value: object, name: str, length: int | None = None) -> list[Any]:
        """A list, of a certain length if one is given."""
        if not isinstance(value, list) or (length is not None and len(value) != length) or not value:
            self.refuse("not such a list", name, value, f"a list of {length}" if length else "a list that is not empty")
        return value

    def text(self, name: str) -> str:
        """A text in small letters; empty where there is none."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, str):
            self.refuse("not a text", name, value, "a text")
        return (value or "").strip().lower()


def import_urdb(path: str | Path, out: str | Path, eur_per_usd: float, index: int | None = None) -> list[str]:
    """Write the tariff file of a rate, whole or not at all; the warnings stand in it as comments and are returned.

    Args:
        path: a JSON file as the URDB's interface answers it.
        out: the tariff file, YAML.
        eur_per_usd: EUR for one USD.
        index: which rate, from 1, where the file holds several.
    """
    from microgrid.case.validation import validate
    from microgrid.case.yaml_file import Document
    from microgrid.report.files import write_text
    from microgrid.tariff.schema import Tariff

    tariff, warnings = read_urdb(path, eur_per_usd, index)
    validate(Tariff, tariff, Document(str(path), tariff))
    try:
        write_text(Path(out), _yaml_text(tariff, warnings))
    except OSError as error:
        raise InputError(Problem(f"cannot be written: {error.strerror}", file=str(out))) from None
    return warnings


def read_urdb(path: str | Path, eur_per_usd: float, index: int | None = None) -> tuple[Line, list[str]]:
    """The tariff of a rate as plain data, and warnings about what it leaves out or takes in its own way.

    Raises:
        InputError: not such a file, or a rate whose bill cannot be told by a tariff file.
    """
    if not 0 < eur_per_usd <= 1000:  # not for NaN either
        raise InputError(Problem("not an exchange rate", field="eur_per_usd", value=str(eur_per_usd)))
    try:
        return _converted(path, eur_per_usd, index)
    except RecursionError:
        raise InputError(Problem("nested too deeply", file=str(path), expected="JSON of the URDB")) from None


def _converted(path: str | Path, eur_per_usd: float, index: int | None) -> tuple[Line, list[str]]:
    item = _Item(_chosen(_load(Path(path)), str(path), index), str(path), float(eur_per_usd))
    if not any(map(item.given, _CHARGES)):
        item.refuse("not a rate", "energyratestructure", None, "a rate in full detail", "ask with detail=full")
    energy = _energy(item)
    data = {"name": _name(item), "source": _source(item), **energy, "peaks": _peaks(item), **_fixed(item)}
    _warn_of_the_rest(item)
    return {key: value for key, value in data.items() if value}, item.warnings


def _warn_of_the_rest(item: _Item) -> None:
    if item.text("servicetype") not in ("", "bundled"):
        item.warn("servicetype", "only a part of what a customer pays; the other part is another rate")
    for name in item.fields:
        if name in _LEFT_OUT:
            if item.given(name):
                item.warn(name, _LEFT_OUT[name])
        elif name not in _READ | _SILENT:
            item.warn(name, "unknown field; not used")


# The file


def _load(path: Path) -> Any:
    def refuse(message: str) -> NoReturn:
        raise InputError(Problem(message, file=str(path), expected="JSON of the URDB")) from None

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = {key.lower(): value for key, value in pairs}  # the versions differ in capitals
        if len(found) != len(pairs):
            raise ValueError("a key stands twice")
        return found

    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=once)
    except OSError as error:
        refuse(f"cannot be read: {error.strerror}")
    except ValueError as error:
        refuse(f"not valid JSON: {_plain(str(error))}")


def _chosen(data: Any, file: str, index: int | None) -> dict[str, Any]:
    items = data.get("items", [data]) if isinstance(data, dict) else data
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise InputError(Problem("holds no rates", file=file, expected='{"items": [...]} as the URDB answers'))
    if index is None and len(items) == 1:
        return dict(items[0])
    if index is None or not 1 <= index <= len(items):
        shown = [f"{k}: {_plain(one.get('label'))} ({_plain(one.get('name'))})" for k, one in enumerate(items, 1)]
        known = ", ".join(shown[:20]) + (", ..." if len(shown) > 20 else "")
        value = None if index is None else str(index)
        raise InputError(Problem("which rate?", file, None, "--index", value, known, "give --index"))
    return dict(items[index - 1])


def _name(item: _Item) -> str:
    words = [_plain(item.fields.get(name)) for name in ("utility", "name")]
    return ": ".join(word for word in words if word) or "URDB rate"


def _source(item: _Item) -> str:
    fields = item.fields
    start = fields.get("startdate")
    if isinstance(start, int) and 0 <= start < 1e11:
        start = (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=start)).date().isoformat()
    parts = [_plain(fields.get(name)) for name in ("utility", "name")]
    parts += [f"{words} {_plain(value)}" for words, value in (("label", fields.get("label")), ("from", start)) if value]
    parts += [_plain(fields.get("uri")), f"1 USD = {item.eur_per_usd:.12g} EUR"]
    return "OpenEI URDB: " + ", ".join(part for part in parts if part)


def _yaml_text(tariff: Line, warnings: list[str]) -> str:
    import io

    from ruamel.yaml import YAML

    yaml, text = YAML(), io.StringIO()
    yaml.default_flow_style, yaml.width = None, 120
    yaml.dump(tariff, text)
    return "".join(f"# {warning}\n" for warning in warnings) + text.getvalue()


def _plain(value: object, most: int = 200) -> str:
    """A text of one line, without characters that no file should have."""
    text = "" if value is None else str(value)[:most]
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _shown(value: object) -> str:
    text = _plain(json.dumps(value), 401)
    return text if len(text) <= 400 else text[:397] + "..."


def _empty(value: object) -> bool:
    return all(map(_empty, value)) if isinstance(value, list) else not value


# Prices and schedules


def _periods(item: _Item, name: str, least: float = -_MOST) -> list[_Period]:
    """The periods of a structure; least: no price may be below it."""
    found = []
    for number, tiers in enumerate(item.listed(item.fields[name], name)):
        place = f"{name}[{number}]"
        found.append(
            _period(item, name, [_tier(item, place, tier) for tier in item.listed(tiers, place)], place, least)
        )
    return found


def _tier(item: _Item, place: str, tier: object) -> Mapping[str, Any]:
    if not isinstance(tier, Mapping):
        item.refuse("not a tier", place, tier, 'such as {"rate": 0.1, "adj": 0.01, "max": 500}')
    known = {"rate", "adj", "max"} | ({"unit", "sell"} if place.startswith("energy") else set())
    for key in tier:
        if key not in known and not _empty(tier[key]):
            item.warnings.append(f"{place}.{_plain(key)} = {_shown(tier[key])}: unknown field; not used")
    if tier.get("rate") is None and tier.get("adj") is None:
        item.warnings.append(f"{place}: a tier without a rate; taken as 0")
    return tier


def _period(item: _Item, name: str, tiers: list[Mapping[str, Any]], place: str, least: float) -> _Period:
    prices: list[tuple[float, float]] = []
    above = 0.0
    for number, tier in enumerate(tiers):
        price = item.number(tier.get("rate"), f"{place}.rate") + item.number(tier.get("adj"), f"{place}.adj")
        item.number(price, f"{place}: rate + adj", least)
        if not prices or price != prices[-1][1]:
            prices.append((above, price))
        top, last = tier.get("max"), number == len(tiers) - 1
        if not last and (top is None or item.number(top, f"{place}.max", 0) <= above):
            item.refuse("tiers do not rise", f"{place}.max", top, f"more than {above:g}, up to the next tier")
        if last and top is not None and item.number(top, f"{place}.max", 0, 1e300) < _MOST and len(prices) > 1:
            item.warnings.append(f"{place}.max = {_shown(top)}: no price above it is given; the last one goes on")
        above = 0.0 if last else float(top or 0)
    if name.startswith("energy"):
        _refuse_units(item, tiers, prices, place)
    return _Period(tuple(prices), _sell(item, tiers, place) if name.startswith("energy") else None)


def _refuse_units(item: _Item, tiers: list[Mapping[str, Any]], prices: list[Any], place: str) -> None:
    for tier in tiers:
        unit = tier.get("unit") or "kWh"
        if not isinstance(unit, str) or unit.lower() not in _ENERGY_UNITS:
            item.refuse("unknown unit", f"{place}.unit", unit, "kWh")
        if len(prices) > 1 and unit.lower() != "kwh":
            item.refuse("tiers in a unit that a tariff file does not have", f"{place}.unit", unit, "kWh a month")


def _sell(item: _Item, tiers: list[Mapping[str, Any]], place: str) -> float | None:
    sells = [tier.get("sell") for tier in tiers]
    numbers = [item.number(sell, f"{place}.sell") for sell in sells]
    if len(set(numbers)) > 1:
        item.warnings.append(f"{place}.sell = {_shown(sells)}: export has one price, that of the first tier")
    return None if all(sell is None for sell in sells) else numbers[0]


def _schedule(item: _Item, names: tuple[str, ...], count: int) -> dict[Cell, int]:
    """The period of each hour of each month, on weekdays and at weekends."""
    if count == 1 and all(item.fields.get(name) is None for name in names):
        return dict.fromkeys(_CELLS, 0)
    found = {}
    for kind, name in enumerate(names):
        for month, hours in enumerate(item.listed(item.fields.get(name), name, 12), 1):
            place = f"{name}[{month - 1}]"
            for hour, period in enumerate(item.listed(hours, place, 24)):
                found[kind, month, hour] = item.whole(period, f"{place}[{hour}]", count - 1)
    return found


def _patterns(cells: Iterable[Cell]) -> dict[tuple[frozenset[int], frozenset[int]], list[int]]:
    """Months by their hours on weekdays and at weekends."""
    inside = set(cells)
    found: dict[tuple[frozenset[int], frozenset[int]], list[int]] = {}
    for month in _MONTHS:
        weekday, weekend = (frozenset(hour for hour in range(24) if (kind, month, hour) in inside) for kind in (0, 1))
        if weekday or weekend:
            found.setdefault((weekday, weekend), []).append(month)
    return found


def _whens(cells: Iterable[Cell]) -> list[Line]:
    """Months, days and hours that together are the cells, each of them once."""
    found = []
    for (weekday, weekend), months in _patterns(cells).items():
        found += [_when(months, weekday, weekend)] if weekday == weekend else []
        if weekday != weekend:
            found += [_when(months, weekday, frozenset())] if weekday else []
            found += [_when(months, frozenset(), weekend)] if weekend else []
    return found


def _when(months: list[int], weekday: frozenset[int], weekend: frozenset[int]) -> Line:
    """Hours of weekdays, of weekends, or of both where they are the same."""
    hours = weekday or weekend
    when: Line = {} if len(months) == 12 else {"months": months}
    if weekday != weekend:
        when["days"] = list(_DAYS[0] if weekday else _DAYS[1])
    if len(hours) < 24:
        begins = [hour for hour in sorted(hours) if (hour - 1) % 24 not in hours]
        ends = [next(end for end in range(begin + 1, begin + 25) if end % 24 not in hours) for begin in begins]
        when["hours"] = [
            f"{begin:02}:00-{end if end <= 24 else end - 24:02}:00" for begin, end in zip(begins, ends, strict=True)
        ]
    return when


def _line(item: _Item, name: str, prices: Mapping[Cell, float]) -> Line:
    """A line with a price in every hour."""
    distinct = list(dict.fromkeys(prices.values()))
    if len(distinct) == 1:
        return {"item": name, "price": item.price(distinct[0], "kWh")}
    whens, rest = _by_price(prices)
    periods = [{"price": item.price(price, "kWh"), **when} for price, some in whens.items() for when in some]
    return {"item": name, "periods": [*periods, {"price": item.price(rest, "kWh"), "otherwise": True}]}


def _by_price(prices: Mapping[Cell, float]) -> tuple[dict[float, list[Line]], float]:
    """When each price holds, and the price of all other hours: the one that takes most words."""
    whens = {
        price: _whens(cell for cell in prices if prices[cell] == price) for price in dict.fromkeys(prices.values())
    }
    rest = max(whens, key=lambda price: len(whens[price]))
    return {price: some for price, some in whens.items() if price != rest}, rest


def _tiers(tiers: Iterable[tuple[float, float]], text: Callable[[float], str], unit: str, per: float = 1.0) -> Line:
    """One price, or prices above thresholds; per: units of the tariff in one of the source's."""
    listed = [{"above": f"{above * per:.12g} {unit}", "price": text(usd / per)} for above, usd in tiers]
    return {"price": listed[0]["price"]} if len(listed) == 1 else {"tiers": listed}


# Energy


def _energy(item: _Item) -> Line:
    """The lines per kWh, what is earned per kWh, and the classes of hours that net metering needs."""
    name = "energyratestructure"
    if not item.given(name):
        item.warn(name, "no prices of energy; it is free")
        return {"energy": _fuel(item)}
    periods = _periods(item, name)
    schedule = _schedule(item, ("energyweekdayschedule", "energyweekendschedule"), len(periods))
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


def _tiered(item: _Item, used: Mapping[int, _Period], schedule: Mapping[Cell, int]) -> list[Line]:
    """A line for each period with tiers, and for each run of months in which its hours are others."""
    lines = []
    for number, period in used.items():
        cells = [cell for cell, at in schedule.items() if at == number and len(period.tiers) > 1]
        for months, when in _products(item, f"energyratestructure[{number}]", cells):
            tiers = _tiers(period.tiers, lambda usd: item.price(usd, "kWh"), "kWh")
            lines.append({"item": f"energy period {number}{months}", **tiers, **when})
            if when.get("when", {}).keys() & {"days", "hours"}:
                item.warnings.append(
                    f"energyratestructure[{number}]: the volume of its tiers is counted within its own hours{months}"
                )
    return lines


def _products(item: _Item, place: str, cells: Iterable[Cell]) -> list[tuple[str, Line]]:
    """A name of the months and a ``when`` for each run of months with the same hours of a period.

    Tiers and peaks are counted month by month, so months can stand apart; hours of one month cannot.
    """
    found, patterns = [], _patterns(cells)
    for (weekday, weekend), months in patterns.items():
        if weekday and weekend and weekday != weekend:
            item.refuse(
                "a period of tiers or of demand whose hours differ between weekdays and weekends",
                place,
                {"months": months, "weekday hours": sorted(weekday), "weekend hours": sorted(weekend)},
                "the same hours on both, or hours on one of them only",
                "a line of the tariff has one set of days and hours; write this one by hand",
            )
        when = _when(months, weekday, weekend)
        name = "" if len(patterns) == 1 else f", months {' '.join(map(str, months))}"
        found.append((name, {"when": when} if when else {}))
    return found


def _net(item: _Item, used: Mapping[int, _Period]) -> Line | None:
    """Net metering, if the rate has it and the tariff file can say it."""
    rule, assumed = item.text("dgrules"), item.fields.get("usenetmetering")
    if assumed is not None and not isinstance(assumed, bool | int):
        item.refuse("neither true nor false", "usenetmetering", assumed, "true or false")
    source = "dgrules" if rule else "usenetmetering"
    if rule == "net billing hourly":
        item.warn("dgrules", "import and export are netted within a step of the case, not within an hour")
    elif rule not in ("", "net metering", "net billing instantaneous"):
        item.warn("dgrules", "not such a tariff; what is exported earns the prices 'sell', if there are any")
    if rule not in ("", "net metering") or not (rule or assumed):
        if assumed:
            item.warn("usenetmetering", "left out, as dgrules says otherwise")
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


def _netted(item: _Item, prices: Mapping[Cell, float], net: Line) -> Line:
    """One line for import less export, by classes of hours where there are several prices."""
    fuel = _fuel(item)
    if fuel:
        item.warn("fueladjustmentsmonthly", "paid on all import, not on import less export")
    net = {"per": "month", **net}
    if len(set(prices.values())) == 1:
        price = item.price(next(iter(prices.values())), "kWh")
        return {"energy": [{"item": "net energy", "price": price, "net": net}, *fuel]}
    whens, rest = _by_price(prices)
    names = {price: f"price {number}" for number, price in enumerate([*whens, rest], 1)}
    classes: Line = {names[price]: some for price, some in whens.items()} | {names[rest]: "otherwise"}
    by_class = {name: item.price(price, "kWh") for price, name in names.items()}
    return {"classes": classes, "energy": [{"item": "net energy", "by_class": by_class, "net": net}, *fuel]}


def _fuel(item: _Item) -> list[Line]:
    name = "fueladjustmentsmonthly"
    if not item.given(name):
        return []
    months = [item.number(value, name) for value in item.listed(item.fields[name], name, 12)]
    return [_line(item, "fuel adjustment", {cell: months[cell[1] - 1] for cell in _CELLS})]


# Peaks


def _peaks(item: _Item) -> list[Line]:
    """The lines per kW: of each month, of hours of it, and of the hours of the network's own peaks."""
    weekly = ("demandweekdayschedule", "demandweekendschedule")
    flat = _demand(item, "flat demand", "flatdemandstructure", "flatdemandunit", ())
    tou = _demand(item, "demand", "demandratestructure", "demandrateunit", weekly)
    coincident = _demand(
        item, "coincident demand", "coincidentratestructure", "coincidentrateunit", ("coincidentrateschedule",) * 2
    )
    if coincident:
        why = "billed for the highest import within these hours, as the network's own peak is not known before"
        item.warn("coincidentratestructure", why)
    _remember(item, flat, tou)
    window = item.number(item.fields.get("demandwindow") or None, "demandwindow", 1, 1440)
    return [line | ({"interval": f"{window:g} min"} if window else {}) for line in flat + tou + coincident]


def _demand(item: _Item, name: str, structure: str, unit: str, schedules: tuple[str, ...]) -> list[Line]:
    """A line for each period of a demand charge, and for each run of months in which its hours are others."""
    if not item.given(structure):
        return []
    periods = _periods(item, structure, least=0)
    kw = _kw_of(item, structure, unit)
    if kw is None or all(period.free for period in periods):
        return []
    schedule = _schedule(item, schedules, len(periods)) if schedules else _flat_schedule(item, periods)
    lines = []
    for number, period in enumerate(periods):
        cells = [cell for cell, at in schedule.items() if at == number and not period.free]
        for months, when in _products(item, f"{structure}[{number}]", cells):
            tiers = _tiers(period.tiers, lambda usd: item.price(usd, "kW"), "kW", kw)
            lines.append({"item": f"{name} period {number}{months}", **tiers, **when})
    return lines


def _kw_of(item: _Item, structure: str, name: str) -> float | None:
    """What one unit of demand is in kW; None for what a tariff file cannot say."""
    unit = item.text(name) or "kw"
    base, _, daily = unit.partition(" ")
    if base not in _KW_OF or daily not in ("", "daily"):
        item.refuse("unknown unit", name, unit, "kW, kVA or hp")
    if daily:
        item.warn(
            name, f"peaks of each day are not in a tariff; {structure} = {_shown(item.fields[structure])} left out"
        )
        return None
    if base != "kw":
        item.warn(name, "taken as kW, with a power factor of 1" if base == "kva" else "taken as 0.7457 kW")
    return _KW_OF[base]


def _flat_schedule(item: _Item, periods: list[_Period]) -> dict[Cell, int]:
    """The period of each month in all its hours; periods with the same prices are one."""
    name = "flatdemandmonths"
    if len(periods) == 1 and item.fields.get(name) is None:
        return dict.fromkeys(_CELLS, 0)
    months = [item.whole(number, name, len(periods) - 1) for number in item.listed(item.fields.get(name), name, 12)]
    return {cell: periods.index(periods[months[cell[1] - 1]]) for cell in _CELLS}


def _remember(item: _Item, flat: list[Line], tou: list[Line]) -> None:
    """Give the ratchet to the lines of each month's peak, or else to those of hours of it."""
    share = item.number(item.fields.get("lookbackpercent"), "lookbackpercent", 0, 100)
    ratchet = _ratchet(item, share / 100 if share > 1 else share)
    if not ratchet:
        return
    lines, said = flat or tou, {key: item.fields.get(key) for key in ("lookbackmonths", "lookbackrange")}
    if not lines or any("months" in line.get("when", {}) for line in lines):
        why = (
            "left out: a ratchet needs a demand charge with one price in all months, it would be billed in all of them"
        )
        item.warn("lookbackpercent", f"{_shown(said)} {why}")
        return
    for line in lines:
        line["ratchet"] = dict(ratchet)
    before = "months before the horizon count as 0; add 'past' peaks, or 'repeats: true' for a whole year"
    item.warn("lookbackpercent", f"taken as {ratchet['share']}; {before}")
    if flat and tou:
        item.warn("lookbackpercent", "holds for the flat demand; the demand by hours has no ratchet")
    elif len(lines) > 1:
        item.warn("lookbackpercent", "each line remembers the peaks of its own hours")


def _ratchet(item: _Item, share: float) -> Line:
    if not share:
        return {}
    months, name = [], "lookbackmonths"
    if item.given(name):
        flags = [int(flag) if isinstance(flag, bool) else flag for flag in item.listed(item.fields[name], name, 12)]
        months = [month for month, flag in zip(_MONTHS, flags, strict=True) if item.whole(flag, name, 1)]
    back = item.whole(item.fields.get("lookbackrange") or 0, "lookbackrange", 24)
    if not months and not back:
        item.warn("lookbackpercent", "does not say which months it looks back on; left out")
        return {}
    if months and back:
        item.warn(name, f"taken together with lookbackrange = {back}: peaks of these months, no further back")
    named = {"of_months": months} if 0 < len(months) < 12 else {}
    return {"share": f"{share * 100:.12g} %", "months": back or 11, **named}


# Fixed


def _fixed(item: _Item) -> Line:
    """Fixed lines, and the least bill of a month."""
    usd, per = _amount(item, "fixedchargefirstmeter", "fixedchargeunits", "fixedmonthlycharge")
    keys = {"day": ("price_per_day", "d"), "month": ("price_per_month", "month"), "year": ("price", "year")}
    key, unit = keys[per]
    least, least_per = _amount(item, "mincharge", "minchargeunits", "minmonthlycharge")
    if least and least_per != "month":
        item.warn("mincharge", f"the least bill of a {least_per} is not in the tariff, only that of a month")
        least = 0.0
    return {
        "fixed": [{"item": "fixed charge", key: item.price(usd, unit)}] if usd else [],
        "minimum": {"price_per_month": item.price(least, "month")} if least > 0 else {},
    }


def _amount(item: _Item, name: str, units: str, older: str) -> tuple[float, str]:
    """An amount [USD], and what it is per: day, month or year."""
    before = item.number(item.fields.get(older), older)
    if not item.given(name):
        return before, "month"
    usd, unit = item.number(item.fields[name], name), item.text(units)
    if not unit:
        item.warn(name, "without a unit; taken per month")
    if unit not in ("", "$/day", "$/month", "$/year"):
        item.refuse("unknown unit", units, unit, "$/day, $/month or $/year")
    if before and (before, unit) != (usd, "$/month"):
        item.warn(older, f"left out beside {name}")
    return usd, unit[2:] or "month"
