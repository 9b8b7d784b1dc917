"""Columns of a table of charging sessions, recognised by the words and the units in their names."""

from __future__ import annotations

import csv
import itertools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from microgrid.formats.source import Source
from microgrid.formats.text import dialect
from microgrid.formats.text.dialect import Grid
from microgrid.formats.text.notation import STAMP

# Words by rank: of an arrival or departure itself, of a plug, or as well of the begin or end of any interval.
_COMES = (
    {"arrival", "arrive", "arrived", "ankunft", "arrivee"},
    {"connection", "connect", "connected", "plugin"},
    {"start", "started", "begin", "beginn", "debut"},
)
_LEAVES = (
    {"departure", "depart", "departed", "abfahrt"},
    {"disconnect", "disconnection", "disconnected", "unplug", "unplugged", "plugout"},
    {"end", "ended", "ende", "stop", "stopped", "fin"},
)
_NO_STAMP = {"zone", "timezone", "soc", "duration", "id", "meter", "address", "value", "energy", "power"}
_NO_AMOUNT = {
    "start",
    "begin",
    "end",
    "stop",
    "meter",
    "index",
    "price",
    "cost",
    "tariff",
    "per",
    "capacity",
    "battery",
}
_ENERGY = {"energy", "energie"}
_POWER = {"power", "leistung", "puissance"}
_NO_LIMIT = {"avg", "average", "mean", "mittel", "min", "minimum", "factor", "type"} | _NO_AMOUNT
_LIMIT = {"max", "maximum", "limit", "rated", "rating"}
_REQUESTED = {"requested", "request", "estimated", "expected"}
# Start and end alone may be those of an interval of a meter; these words show that a table is of sessions.
_OF_CARS = {"session", "transaction", "evse", "charger", "chargepoint", "chargingpoint", "chargingstation"}
_STATION = {"station", "evse", "charger", "chargepoint", "chargingpoint", "chargingstation", "space"}
_PLUG = {"connector", "port", "plug", "outlet"}
_PER_KILO = {"Wh": 1e-3, "kWh": 1.0, "MWh": 1e3, "W": 1e-3, "kW": 1.0, "MW": 1e3}
_UNIT = re.compile(
    r"(?:(?<=[a-z])|(?<![A-Za-z]))(?:[kM]?W(?:[ ._·*-]?h)?|K[Ww]h?)(?![a-zH])"
    r"|(?<![A-Za-z])(?:[km]?w(?:[ ._·*-]?h)?|[KM]?WH)(?![A-Za-z])"
)
# Part of a file in which its header is searched for: characters, and lines of it.
_HEAD = 100_000
_MOST_LINES = 50


@dataclass(frozen=True)
class Places:
    """Places of the columns of sessions; None, or empty, if the file has no such column.

    power: column of the limit; identity: column that names the session; station: columns that together name the place
    where a car is connected.
    """

    arrival: int
    departure: int
    energy: int
    power: int | None
    identity: int | None
    station: tuple[int, ...]


def unit_in(name: str) -> str | None:
    """Unit of energy or power anywhere in a name: "kWhDelivered" -> "kWh", "limit_w" -> "W"; None without one."""
    found = _UNIT.search(name)
    plain = re.sub(r"[ ._·*-]", "", found[0]).lower() if found else ""
    return next((unit for unit in _PER_KILO if unit.lower() == plain), None)


def to_kilo(unit: str) -> float:
    """Factor from a unit of energy or power to kWh or kW."""
    return _PER_KILO[unit]


def header_line(text: str) -> int | None:
    """Line of the names, from 1: the first with an arrival, a departure and an energy of sessions; None without."""
    lines = re.split(r"\r\n|\r|\n", text[:_HEAD].removeprefix("\ufeff"))[:_MOST_LINES]
    for number, line in enumerate(lines, start=1):
        if len(line) < 4000 and any(_of_sessions(_fields(line, sign)) for sign in dialect.SEPARATORS):
            return number
    return None


def places(source: Source, grid: Grid, stated: Mapping[str, int]) -> Places:
    """Places of the columns, by their names; stated: places of those that options name, by part.

    Raises:
        InputError: no column, or several equally likely ones, for a part; one column for two parts.
    """
    stamped = [place for place, cells in enumerate(grid.cells) if any(map(STAMP.fullmatch, cells[:200].to_pylist()))]
    arrival = _pick(source, grid, stated, "arrival", {p: _stamp_rank(grid.names[p], _COMES, _LEAVES) for p in stamped})
    departure = _pick(source, grid, stated, "departure", {p: _stamp_rank(grid.names[p], _LEAVES, ()) for p in stamped})
    others = [place for place in range(len(grid.names)) if place not in stamped]
    energy = _pick(source, grid, stated, "energy", {place: _energy_rank(grid.names[place]) for place in others})
    ranks = {place: _power_rank(grid.names[place]) for place in others if place != energy}
    sought = "power" in stated or any(rank is not None for rank in ranks.values())
    power = _pick(source, grid, stated, "power", ranks) if sought else None
    used = (arrival, departure, energy, power)
    for key, other in itertools.combinations(zip(("arrival", "departure", "energy", "power"), used, strict=True), 2):
        if key[1] == other[1]:
            what = f"one column for the {key[0]} and the {other[0]}"
            raise source.error(what, value=grid.names[key[1] or 0], expected="a column of its own for each")
    words = {place: _words(name) for place, name in enumerate(grid.names) if place not in used}
    identity = next((place for place, found in words.items() if _is_identity(found)), None)
    where = [place for place, found in words.items() if _STATION & set(found) and _names_it(found)]
    station = where[:1] + [p for p, found in words.items() if where and p not in where and _PLUG & set(found)]
    return Places(arrival, departure, energy, power, identity, tuple(station))


def _words(name: str) -> list[str]:
    """Words of a name in lower case, without accents and the unit: "disconnectTime" -> ["disconnect", "time"]."""
    plain = unicodedata.normalize("NFKD", _UNIT.sub(" ", name))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain).lower()
    words = [word for word in re.split(r"[^a-z0-9]+", split) if word]
    pairs = {"plug in", "plug out", "charge point", "charging point", "charging station"}
    joined = [a + b for a, b in itertools.pairwise(words) if f"{a} {b}" in pairs]
    return words + joined


def _fields(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []


def _of_sessions(names: Sequence[str]) -> bool:
    """Whether names are those of a table of sessions, and not of the intervals of a meter."""
    comes = [rank for name in names if (rank := _stamp_rank(name, _COMES, _LEAVES)) is not None]
    leaves = [rank for name in names if (rank := _stamp_rank(name, _LEAVES, ())) is not None]
    if not comes or not leaves or all(_energy_rank(name) is None for name in names):
        return False
    of_cars = any(_OF_CARS & set(_words(name)) for name in names)
    return of_cars or (min(comes) <= 1 and min(leaves) <= 1)


def _stamp_rank(name: str, kinds: Sequence[set[str]], never: Sequence[set[str]]) -> int | None:
    """Rank of a name as that of a column of stamps, 0 for the best fit; None if it does not fit.

    kinds: words by rank; never: words that exclude a name.
    """
    words = set(_words(name))
    if words & _NO_STAMP or any(words & others for others in never):
        return None
    rank = next((rank for rank, kind in enumerate(kinds) if words & kind), None)
    if rank is None:
        return None
    if rank == 2 and words & _COMES[1]:  # "connection end" is of a plug, as "disconnect"
        rank = 1
    # Charging begins and ends within the stay of a car, so that its stamps are the second choice.
    return rank + 3 * bool(words & {"charging", "charge"} and not words & _OF_CARS) + 6 * bool(words & _REQUESTED)


def _energy_rank(name: str) -> int | None:
    words = set(_words(name))
    unit = unit_in(name)
    if words & _NO_AMOUNT or "/" in name or not (unit in ("Wh", "kWh", "MWh") or (words & _ENERGY and unit is None)):
        return None
    return 6 * bool(words & _REQUESTED)


def _power_rank(name: str) -> int | None:
    words = set(_words(name))
    unit = unit_in(name)
    if (
        words & (_NO_LIMIT | _ENERGY)
        or "/" in name
        or not (unit in ("W", "kW", "MW") or (words & _POWER and unit is None))
    ):
        return None
    return 0 if words & _LIMIT else 1


def _is_identity(words: Sequence[str]) -> bool:
    return bool({"session", "transaction"} & set(words)) and set(words) <= {
        "ev",
        "charging",
        "session",
        "transaction",
        "id",
    }


def _names_it(words: Sequence[str]) -> bool:
    """Whether a column names stations, and does not state their type, address or the like."""
    return not set(words) & {"type", "power", "count", "zone", "address", "operator", "city", "status"}


def _pick(source: Source, grid: Grid, stated: Mapping[str, int], key: str, ranks: Mapping[int, int | None]) -> int:
    """Place of the column of a part: that of the option, or the one whose name fits best.

    Raises:
        InputError: no name fits, or several fit equally well.
    """
    if key in stated:
        return stated[key]
    fits = {place: rank for place, rank in ranks.items() if rank is not None}
    best = [place for place, rank in fits.items() if rank == min(fits.values())]
    if len(best) == 1:
        return best[0]
    shown = ", ".join(grid.names[place] for place in (best or range(len(grid.names))))
    expected = f"one column for the {key} of each session"
    remedy = f"name the column by the option {key}"
    what = f"several columns may be the {key}" if best else f"no column for the {key}"
    raise source.error(what, line=grid.header or None, value=shown, expected=expected, remedy=remedy)
