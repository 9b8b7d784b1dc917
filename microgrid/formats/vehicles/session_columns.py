"""Which columns of a table of charging sessions hold what, by the words and the units in their names."""

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

# Words by rank: what says it outright, what says it of a plug, what may as well be the begin of any interval.
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
_ASKED = {"requested", "request", "estimated", "expected"}
# Beside start and end, what tells a session from an interval of a meter.
_OF_CARS = {"session", "transaction", "evse", "charger", "chargepoint", "chargingpoint", "chargingstation"}
_STATION = {"station", "evse", "charger", "chargepoint", "chargingpoint", "chargingstation", "space"}
_PLUG = {"connector", "port", "plug", "outlet"}
_PER_KILO = {"Wh": 1e-3, "kWh": 1.0, "MWh": 1e3, "W": 1e-3, "kW": 1.0, "MW": 1e3}
_UNIT = re.compile(
    r"(?:(?<=[a-z])|(?<![A-Za-z]))(?:[kM]?W(?:[ ._·*-]?h)?|K[Ww]h?)(?![a-zH])"
    r"|(?<![A-Za-z])(?:[km]?w(?:[ ._·*-]?h)?|[KM]?WH)(?![A-Za-z])"
)
_HEAD, _MOST_LINES = 100_000, 50


@dataclass(frozen=True)
class Places:
    """Where the parts of a session stand; None, or empty, if the file has no such column.

    power: column of the limit; identity: of the session; station: columns that together name where a car stands.
    """

    arrival: int
    departure: int
    energy: int
    power: int | None
    identity: int | None
    station: tuple[int, ...]


def unit_in(name: str) -> str | None:
    """The unit of energy or power in a name, however it is written there: "kWhDelivered" -> "kWh", "limit_w" -> "W"."""
    found = _UNIT.search(name)
    plain = re.sub(r"[ ._·*-]", "", found[0]).lower() if found else ""
    return next((unit for unit in _PER_KILO if unit.lower() == plain), None)


def to_kilo(unit: str) -> float:
    """How many kWh or kW one unit is."""
    return _PER_KILO[unit]


def header_line(text: str) -> int | None:
    """The line of the names, from 1: the first with an arrival, a departure and an energy of sessions; else None."""
    lines = re.split(r"\r\n|\r|\n", text[:_HEAD].removeprefix("\ufeff"))[:_MOST_LINES]
    for number, line in enumerate(lines, start=1):
        if len(line) < 4000 and any(_of_sessions(_fields(line, sign)) for sign in dialect.SEPARATORS):
            return number
    return None


def places(source: Source, grid: Grid, said: Mapping[str, int]) -> Places:
    """The columns by their names; said: the places of those that options name.

    Raises:
        InputError: a column that is not there, or several that may be meant.
    """
    stamped = [place for place, cells in enumerate(grid.cells) if any(map(STAMP.fullmatch, cells[:200].to_pylist()))]
    arrival = _pick(source, grid, said, "arrival", {p: _stamp_rank(grid.names[p], _COMES, _LEAVES) for p in stamped})
    departure = _pick(source, grid, said, "departure", {p: _stamp_rank(grid.names[p], _LEAVES, ()) for p in stamped})
    others = [place for place in range(len(grid.names)) if place not in stamped]
    energy = _pick(source, grid, said, "energy", {place: _energy_rank(grid.names[place]) for place in others})
    ranks = {place: _power_rank(grid.names[place]) for place in others if place != energy}
    sought = "power" in said or any(rank is not None for rank in ranks.values())
    power = _pick(source, grid, said, "power", ranks) if sought else None
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
    """The words of a name without accents and its unit: "disconnectTime" -> ["disconnect", "time"]."""
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
    """Whether the names are those of a table of sessions, and not of a meter's intervals."""
    comes = [rank for name in names if (rank := _stamp_rank(name, _COMES, _LEAVES)) is not None]
    leaves = [rank for name in names if (rank := _stamp_rank(name, _LEAVES, ())) is not None]
    if not comes or not leaves or all(_energy_rank(name) is None for name in names):
        return False
    of_cars = any(_OF_CARS & set(_words(name)) for name in names)
    return of_cars or (min(comes) <= 1 and min(leaves) <= 1)


def _stamp_rank(name: str, kinds: Sequence[set[str]], never: Sequence[set[str]]) -> int | None:
    """How well a name fits a column of stamps, 0 best; None if it does not."""
    words = set(_words(name))
    if words & _NO_STAMP or any(words & others for others in never):
        return None
    rank = next((rank for rank, kind in enumerate(kinds) if words & kind), None)
    if rank is None:
        return None
    if rank == 2 and words & _COMES[1]:  # the end of a connection
        rank = 1
    # Charging begins and ends within the stay of a car.
    return rank + 3 * bool(words & {"charging", "charge"} and not words & _OF_CARS) + 6 * bool(words & _ASKED)


def _energy_rank(name: str) -> int | None:
    words, unit = set(_words(name)), unit_in(name)
    if words & _NO_AMOUNT or "/" in name or not (unit in ("Wh", "kWh", "MWh") or (words & _ENERGY and unit is None)):
        return None
    return 6 * bool(words & _ASKED)


def _power_rank(name: str) -> int | None:
    words, unit = set(_words(name)), unit_in(name)
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
    """Whether a column of stations tells one from another, as their kind or address does not."""
    return not set(words) & {"type", "power", "count", "zone", "address", "operator", "city", "status"}


def _pick(source: Source, grid: Grid, said: Mapping[str, int], key: str, ranks: Mapping[int, int | None]) -> int:
    """The column that an option names, or the one whose name fits best."""
    if key in said:
        return said[key]
    fits = {place: rank for place, rank in ranks.items() if rank is not None}
    best = [place for place, rank in fits.items() if rank == min(fits.values())]
    if len(best) == 1:
        return best[0]
    shown = ", ".join(grid.names[place] for place in (best or range(len(grid.names))))
    expected = f"one column for the {key} of each session"
    remedy = f"name the column by the option {key}"
    what = f"several columns may be the {key}" if best else f"no column for the {key}"
    raise source.error(what, line=grid.header or None, value=shown, expected=expected, remedy=remedy)
