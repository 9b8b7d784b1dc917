"""Registers of one meter, by time of use or by phase, whose sum is one series."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from microgrid.formats.intervals import Recorded, instant_text
from microgrid.formats.source import Source
from microgrid.horizon import BoolArray, IntArray

Sharing = Literal["in_turn", "together"]

# In turn: one register counts at each time. Together: each register has its share of every interval.
_IN_TURN = (
    r"dag|nacht|day|night|tag|jour|nuit|d[ií]a|noche|giorno|notte|dzie[nń]|noc|ht|nt|hp|hc|h[pc][hbe]|hcj[bwr]|hpj[bwr]"
    r"|heures? pleines?|heures? creuses?|pleines?|creuses?|pointe|(?:on|off|mid|super off)[ -]?peak|peak|shoulder"
    r"|piek|dal|hoog|laag|punta|llano|valle|hochtarif|niedertarif|f[123]"
    r"|(?:low|high|normal|normaal)(?:[ _-](?:rate|tariff|tarief))?(?=$|\W*$)"  # a tariff, not "high voltage"
    r"|(?:tarif|tariff|tarief|tou|rate|t) ?[1-9]"
)
_TOGETHER = r"l ?[123]|(?:phase|fase|ph) ?(?:[123abcrst]|l[123]|p[123])"
_WORD: dict[Sharing, re.Pattern[str]] = {
    "in_turn": re.compile(rf"(?<![^\W_])(?:{_IN_TURN})(?![^\W_])", re.IGNORECASE),
    "together": re.compile(rf"(?<![^\W_])(?:{_TOGETHER})(?![^\W_])", re.IGNORECASE),
}
OBIS = r"(?:\d{1,3}-\d{1,3}:)?\d{1,2}\.\d{1,2}\.\d{1,2}(?:\*\d{1,3})?"
_TARIFF = re.compile(r"(?:\d{1,3}-\d{1,3}:)?\d{1,2}\.\d{1,2}\.(?P<tariff>[1-9]\d?)(?:\*\d{1,3})?", re.ASCII)
# Title of the column by which short names are understood; "P1" alone may be a point, a period or a phase.
_OF_PHASES = re.compile(r"(?<![a-z])(?:phasen?|phases|fasen?|fases?|leiter|au(?:ß|ss)enleiter)(?![a-z])", re.IGNORECASE)
_OF_TARIFFS = re.compile(
    r"(?<![a-z])(?:tariff?s?|tarief|tarifa?|tou|rate|periodo?|poste|cadran|time of use)(?![a-z])", re.IGNORECASE
)
_OF_PLACES = re.compile(
    r"building|geb[äa]ude|haus|house|b[âa]timent|site|standort|floor|stock|level|niveau|room|raum|tenant|mieter|wohnung"
    r"|apartment|unit|kunde|customer|client|user",
    re.IGNORECASE,
)
_PHASE = re.compile(r"[123]|[abcrst]|[lp] ?[123]", re.IGNORECASE)
_PERIOD = re.compile(r"[1-9]|[tp] ?[1-9]", re.IGNORECASE)
_INTO = re.compile(
    r"import|offtake|consum|consom|bezug|afname|verbrauch|soutir|entnahme|prelievo|delivered|\d-\d{1,3}:1\.\d|^1\.\d{1,2}\.",
    re.IGNORECASE,
)
_OUT_OF = re.compile(
    r"export|inject|produ[ck]|einspeis|lieferung|teruglever|feed|generat|excedent|immissi|surplus|received"
    r"|\d-\d{1,3}:2\.\d|^2\.\d{1,2}\.",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"(?<![a-z])(?:total[es]?|totaal|totale|gesamt|sum(?:me)?|somme|suma|ensemble|tou[st]|all[es]?|l123|abc)(?![a-z])",
    re.IGNORECASE,
)
_MOST_SPANS = 3


@dataclass(frozen=True)
class Registers:
    """Names of registers: series -> its registers, and whether these count in turn or together."""

    parts: Mapping[str, list[str]]
    sharing: Sharing


def registers_in(names: Sequence[str], title: str = "") -> Registers | None:
    """Registers among names: "Offtake day" and "Offtake night" are parts of "Offtake", in turn.

    None where any name is no register, or no two of them are parts of one series.

    title: title of the column of the names: "A" is a phase in a column of phases, "L1" is none in one of buildings.
    """
    if _OF_PLACES.search(title):
        return None
    sharings: tuple[Sharing, ...] = ("in_turn", "together")
    for sharing in sharings:
        spans = [_span(name, sharing, title) for name in names]
        found: dict[str, list[str]] = {}
        for name, span in zip(names, spans, strict=True):
            if span is not None:
                found.setdefault(_without(name, *span), []).append(name)
        if None not in spans and any(len(parts) > 1 for parts in found.values()):
            return Registers(found, sharing)
    return None


def never_added(names: Sequence[str]) -> str:
    """Reason why points cannot be registers of one series, whatever the user states; "" if they can."""
    if any(map(_INTO.search, names)) and any(map(_OUT_OF.search, names)):
        return "points of opposite directions are not registers of one series"
    rates = {name.partition("*")[0].rpartition(".")[2] == "0" for name in names if re.fullmatch(OBIS, name)}
    total = any(map(_TOTAL.search, names)) or len(rates) > 1  # in OBIS codes tariff 0 is the sum of all others
    return "a total is among the registers" if len(names) > 1 and total else ""


def _span(name: str, sharing: Sharing, title: str) -> tuple[int, int] | None:
    """Begin and end of the part of a name that distinguishes its register from others; None without such a part."""
    if obis := _TARIFF.fullmatch(name):
        return obis.span("tariff") if sharing == "in_turn" else None
    of_phases = _OF_PHASES.search(title) is not None
    if of_phases and _PHASE.fullmatch(name):
        return (0, len(name)) if sharing == "together" else None
    if not of_phases and _OF_TARIFFS.search(title) and _PERIOD.fullmatch(name):
        return (0, len(name)) if sharing == "in_turn" else None
    found = _WORD[sharing].search(name)
    return found.span() if found else None


def _without(name: str, begin: int, end: int) -> str:
    """Name of a series: that of a register without the part from ``begin`` to ``end``."""
    rest = re.sub(r"\(\s*\)|\[\s*\]|\*\d{1,3}$", "", name[:begin] + name[end:])
    return " ".join(rest.split()).strip(" -_/:,.")


def added(source: Source, parts: Mapping[str, Recorded], sharing: Sharing | None) -> Recorded:
    """Sum of registers: value[t] = sum of the values of all registers in the interval t, for every column; logged.

    sharing: in_turn: at most one register of an interval has a value other than zero; together: each has a value; None:
    together if all registers have all intervals, else in turn.

    Raises:
        InputError: registers that overlap, that leave a hole between them, or lack an interval that another has; with
            the hours.
    """
    if len(parts) == 1:
        return next(iter(parts.values()))
    once = {name: part.once(source) for name, part in parts.items()}
    owner = np.repeat(np.arange(len(once)), [len(part.begin) for part in once.values()])
    begin, end, place = _intervals(list(once.values()))
    names = ", ".join(once)
    there = np.zeros((len(once), len(begin)), dtype=bool)
    there[owner, place] = True
    _refuse(source, begin, end, np.append(begin[1:] < end[:-1], False), f"registers in different intervals: {names}")
    if sharing is None:
        sharing = "together" if there.all() else "in_turn"
    columns = {}
    for name in next(iter(once.values())).columns:
        values = np.zeros(there.shape)
        values[owner, place] = np.concatenate([part.columns[name] for part in once.values()])
        if sharing == "in_turn":
            counting = (np.nan_to_num(values) != 0).sum(axis=0)
            _refuse(source, begin, end, counting > 1, f"registers that overlap: {names}")
            # Beside the register that counts an empty cell is zero; beside zeros its own register may count.
            values = np.where(counting == 1, np.nan_to_num(values), values)
        columns[name] = values.sum(axis=0)
    lacking = ~there.all(axis=0) & (sharing == "together")
    _refuse(source, begin, end, np.asarray(lacking), f"a register lacks hours that another has: {names}")
    hole = begin[1:] > end[:-1]
    _refuse(source, end[:-1], begin[1:], hole, f"registers that leave holes between them: {names}")
    line = np.zeros(len(begin), dtype=np.int64)
    line[place[::-1]] = np.concatenate([part.line for part in once.values()])[::-1]
    how = "one at a time" if sharing == "in_turn" else "each a part of every interval"
    source.log.add(source.label, "registers", "registers added", len(owner), f"{names}: {how}")
    first = next(iter(parts.values()))
    return Recorded(begin, end, columns, line, first.side, first.units)


def _intervals(parts: Sequence[Recorded]) -> tuple[IntArray, IntArray, IntArray]:
    """Begin and end of the intervals of all parts, each once and in order, and the interval of each row."""
    spans = np.concatenate([np.stack([part.begin, part.end], axis=1) for part in parts])
    pairs, place = np.unique(spans, axis=0, return_inverse=True)
    return pairs[:, 0], pairs[:, 1], place.ravel()


def _refuse(source: Source, begin: IntArray, end: IntArray, wrong: BoolArray, what: str) -> None:
    rows = np.flatnonzero(wrong)
    if not len(rows):
        return
    cuts = np.flatnonzero(begin[rows[1:]] != end[rows[:-1]]) + 1
    runs = np.split(rows, cuts)
    spans = [f"{instant_text(begin[run[0]])} to {instant_text(end[run[-1]])}" for run in runs]
    hours = float((end[rows] - begin[rows]).sum()) / 3600
    more = f" and {len(spans) - _MOST_SPANS} more" if len(spans) > _MOST_SPANS else ""
    raise source.error(
        what,
        field="registers",
        value=f"{hours:g} h: {', '.join(spans[:_MOST_SPANS])}{more}",
        expected="registers that follow each other without a hole, or that all have a value in every interval",
        remedy="export all registers of the meter over one period, without a register that is their total",
    )
