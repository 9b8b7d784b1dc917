"""Green Button files: energy usage by intervals in the XML of the ESPI standard."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from xml.etree.ElementTree import Element  # to build with; defusedxml parses

import numpy as np
from pydantic import Field

from microgrid.formats.format import Format
from microgrid.formats.intervals import Recorded, beside
from microgrid.formats.meters.green_button_feed import Entry, entries_of, line_of, root_of, text_of
from microgrid.formats.registers import Sharing, added
from microgrid.formats.source import Source
from microgrid.formats.timed_table import Table
from microgrid.horizon import IntArray
from microgrid.parameters import Parameters

# Codes of the standard that a type of readings needs to be a mean over intervals.
_ELECTRICITY = ("", "0", "1", "2")
_UNITS = {"72": ("Wh", ("", "0", "4")), "38": ("W", ("", "0", "4", "6", "12"))}  # 4: of the interval, 12: at an instant
_EXTREMES = ("8", "9")  # largest, least
_FLOWS = {"1": "import_kw", "19": "export_kw", "": "import_kw", "0": "import_kw"}
_QUALITIES = {
    "7": "edited by hand", "8": "estimated by a reference day", "9": "interpolated", "10": "questionable",
    "11": "derived", "12": "forecast", "13": "mixed", "14": "raw", "15": "normalised for weather", "16": "other",
}  # fmt: skip
_SOUND = ("", "0", "17", "18", "19")  # valid, validated, verified, good enough for bills
# Codes by which registers of one meter differ, 0 for none, and whether these count in turn or together.
_PARTS: dict[str, Sharing] = {"tou": "in_turn", "consumptionTier": "in_turn", "phase": "together"}
# The standard codes phases as sums of bits: 224 is A, B and C, 132 A to B, 769 both halves of a split phase to neutral.
_PHASES = ({128: "A", 64: "B", 32: "C", 8: "A", 4: "B", 2: "C"}, {256: "S1", 512: "S2"})
_NEUTRAL = 1

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_WHOLE = re.compile(r"[0-9]{1,12}")
_LAST = 7_258_118_400  # the year 2200 [s]
_MOST_PAIRS = 100_000
_LONGEST = 400 * 86400

_Name = Annotated[str, Field(coerce_numbers_to_str=True, max_length=300)] | None


class Options(Parameters):
    """Options for a file with several points of usage or series of readings: title, link or end of the link of one."""

    usage_point: _Name = None
    meter_reading: _Name = None


@dataclass(frozen=True)
class _Meter:
    """A MeterReading with its blocks, the codes of its ReadingType, and its UsagePoint."""

    entry: Entry
    kind: dict[str, str]
    point: Entry
    blocks: list[Element]

    def __str__(self) -> str:
        return f"usage point {self.point}, meter reading {self.entry}"

    def code(self, name: str) -> str:
        """Code of the ReadingType, "" if it has none of this name."""
        return self.kind.get(name, "")

    def refusal(self) -> str:
        """Reason why the readings are no mean power from or to the grid; "" if they are."""
        service = text_of(self.point.node, ".//ServiceCategory/kind")
        _, ways = _UNITS.get(self.code("uom"), ("", ()))
        requirements = [
            (service in ("", "0"), f"service {service}, not electricity"),
            (self.code("commodity") in _ELECTRICITY, f"commodity {self.code('commodity')}, not electricity"),
            (bool(ways), f"uom {self.code('uom')}, neither 72 (Wh) nor 38 (W)"),
            (
                self.code("accumulationBehaviour") in ways,
                f"accumulation {self.code('accumulationBehaviour')}, not values of intervals",
            ),
            (self.code("dataQualifier") not in _EXTREMES, "greatest or least values, not means"),
            (self.code("flowDirection") in _FLOWS, f"flowDirection {self.code('flowDirection')}"),
            (any(block.find("IntervalReading") is not None for block in self.blocks), "no readings"),
        ]
        return next((why for fits, why in requirements if not fits), "")


def read(source: Source, options: Options) -> Table:
    """Mean power over each interval, P = E / dt of an energy in Wh, P of a power in W, times a power of ten [kW].

    Columns: import_kw (delivered, flowDirection 1), export_kw (received, 19), those that the file has. Instants are
    seconds since 1970 in UTC. Source: NAESB REQ.21, Energy Services Provider Interface (ESPI), espi.xsd.

    Raises:
        InputError: an error in the file, with its line, or several series without an option that chooses one.
    """
    meters = _meters(source, entries_of(root_of(source)))
    for meter in meters:
        count = sum(len(block.findall("IntervalReading")) for block in meter.blocks) if meter.refusal() else 0
        source.log.add(source.label, "time", "left out", count, f"readings of {meter}: {meter.refusal()}")
    fitting = [meter for meter in meters if not meter.refusal()]
    if not fitting:
        found = "; ".join(meter.refusal() for meter in meters)
        expected = "energy (uom 72) or power (uom 38) of intervals, delivered or received"
        raise source.error("no readings that make a series of power", value=found, expected=expected)
    parts = {}
    for column, (meters, sharing) in _chosen(source, fitting, options).items():
        registers = {str(meter.entry): _recorded(source, column, meter) for meter in meters}
        parts[column] = added(source, registers, sharing)
    return beside(source, parts)


def _meters(source: Source, entries: list[Entry]) -> list[_Meter]:
    """MeterReadings, each with the blocks that link up to it and the ReadingType that it links to."""
    meters, types, points = (
        [entry for entry in entries if entry.node.find(f".//{tag}") is not None]
        for tag in ("MeterReading", "ReadingType", "UsagePoint")
    )
    if len(meters) * len(points) > _MOST_PAIRS:
        raise source.error("too many meters in one file", value=len(meters), remedy="split the file")
    nothing = Entry(Element("entry"))
    meters = meters or [nothing]
    if not types:
        raise source.error("no ReadingType", expected="a ReadingType, which states unit and direction of the readings")
    owner = {link: m for m, meter in enumerate(meters) for link in (*meter.related, f"{meter.itself}/IntervalBlock")}
    blocks: list[list[Element]] = [[] for _ in meters]
    for entry in entries:
        own = [*entry.node.iter("IntervalBlock")]
        place = 0 if len(meters) == 1 else owner.get(entry.up)
        if own and place is None:
            raise source.error(
                "readings without a MeterReading", line=line_of(entry.node), field="link", value=entry.up
            )
        blocks[place or 0] += own
    found = []
    for meter, its in zip(meters, blocks, strict=True):
        kinds = [kind for kind in types if kind.itself in meter.related] or types
        if len(kinds) != 1:
            expected = "a link to one ReadingType of this file"
            raise source.error(
                "the ReadingType of the readings is unclear", line=line_of(meter.node), value=meter, expected=expected
            )
        of = [
            point for point in points if meter.up in point.related or meter.up.startswith(f"{point.itself}/")
        ] or points
        codes = {child.tag: (child.text or "").strip() for child in next(kinds[0].node.iter("ReadingType"))}
        found.append(_Meter(meter, codes, of[0] if len(of) == 1 else nothing, its))
    return found


def _chosen(
    source: Source, meters: Sequence[_Meter], options: Options
) -> dict[str, tuple[list[_Meter], Sharing | None]]:
    """Series of each direction: column -> its only MeterReading, or its registers and how these share the time.

    Raises:
        InputError: several series that are no registers, or an unknown name in an option; the error lists the series.
    """
    for option, name, attribute in (
        ("usage_point", options.usage_point, "point"),
        ("meter_reading", options.meter_reading, "entry"),
    ):
        known = ", ".join(dict.fromkeys(str(getattr(meter, attribute)) for meter in meters))
        meters = [meter for meter in meters if name is None or getattr(meter, attribute).is_called(name)]
        if not meters:
            raise source.error(f"no such {option}", field=f"format.{option}", value=name, expected=f"one of {known}")
    found: dict[str, list[_Meter]] = {}
    for meter in meters:
        found.setdefault(_FLOWS[meter.code("flowDirection")], []).append(meter)
    for column, its in found.items():
        if len(its) > 1 and _sharing(its) is None:
            expected = "one of " + "; ".join(map(str, its))
            remedy = "choose one by the option 'usage_point' or 'meter_reading'; each may be only a part of the total"
            raise source.error(f"several series of {column}", field="format", expected=expected, remedy=remedy)
    return {column: (its, _sharing(its)) for column, its in found.items()}


def _sharing(meters: Sequence[_Meter]) -> Sharing | None:
    """Sharing of the time by series that are registers of one point of usage, None if they are not.

    Registers differ in one code only, of time of use, tier or phase, and each has another value of it.
    """
    if len({meter.point.itself for meter in meters}) != 1:
        return None
    codes = set().union(*(meter.kind for meter in meters))
    differ = [code for code in codes if len({meter.code(code) for meter in meters}) > 1]
    if len(differ) != 1 or differ[0] not in _PARTS:
        return None
    own = [meter.code(differ[0]) for meter in meters]
    if len(set(own)) < len(own) or {"", "0"} & set(own) or (differ[0] == "phase" and not _apart(own)):
        return None
    return _PARTS[differ[0]]


def _apart(codes: Sequence[str]) -> bool:
    """Whether no two codes have a phase in common, so that none is a total of others."""
    if not all(map(_WHOLE.fullmatch, codes)):
        return False
    for bits in _PHASES:
        known = sum(bits) + _NEUTRAL
        names = [[name for bit, name in bits.items() if int(code) & bit] for code in codes]
        every = [name for own in names for name in dict.fromkeys(own)]
        if all(names) and all(int(code) & ~known == 0 for code in codes):
            return len(set(every)) == len(every)
    return False


def _recorded(source: Source, column: str, meter: _Meter) -> Recorded:
    """Intervals and mean power [kW] of one MeterReading."""
    power = meter.code("powerOfTenMultiplier") or "0"
    if not re.fullmatch(r"[+-]?[0-9]{1,2}", power):
        raise source.error(
            "not a power of ten", line=line_of(meter.entry.node), field="powerOfTenMultiplier", value=power
        )
    readings = [reading for block in meter.blocks for reading in block.findall("IntervalReading")]
    times = [_times(source, block, meter.code("intervalLength")) for block in meter.blocks]
    begin, duration = (np.concatenate([part[which] for part in times]) for which in (0, 1))
    value = np.array([_value(source, reading) for reading in readings])
    unit, _ = _UNITS[meter.code("uom")]
    kw = value * 10.0 ** (int(power) - 3) / (duration / 3600 if unit == "Wh" else 1.0)
    costs = sum(reading.find("cost") is not None for reading in readings)
    notes = {
        "units converted": (len(value), f"{unit} times 10^{int(power)} to mean kW"),
        "no direction": (
            len(value) * (meter.code("flowDirection") in ("", "0")),
            "assumed to be delivered from the grid",
        ),
        "values at an instant": (len(value) * (meter.code("accumulationBehaviour") == "12"), "assumed to be means"),
        "empty values": (int(np.isnan(value).sum()), "left empty"),
        "costs": (costs, f"not read; currency {meter.code('currency') or 'not stated'}"),
    }
    for code, count in Counter(text_of(reading, "ReadingQuality/quality") for reading in readings).most_common(20):
        what = f"quality {code[:20]}: {_QUALITIES.get(code, 'unknown')}"
        notes[what] = (count * (code not in _SOUND), "values with this mark are used as they are")
    for what, (count, detail) in notes.items():
        source.log.add(source.label, column, what, count, detail)
    return Recorded(begin, begin + duration, {column: kw}, np.array([line_of(reading) for reading in readings]))


def _value(source: Source, reading: Element) -> float:
    text = text_of(reading, "value")
    if text and not _NUMBER.fullmatch(text):
        raise source.error("not a number", line=line_of(reading), field="value", value=repr(text), expected="digits")
    return float(text) if text else float("nan")


def _times(source: Source, block: Element, length: str) -> tuple[IntArray, IntArray]:
    """Begin [s since 1970, UTC] and duration [s] of each reading; without times, in a row from the block's start."""
    readings = block.findall("IntervalReading")
    begin = np.zeros(len(readings), dtype=np.int64)
    duration = np.zeros(len(readings), dtype=np.int64)
    starts = [text_of(reading, "timePeriod/start") for reading in readings]
    durations = [text_of(reading, "timePeriod/duration") for reading in readings]
    for number, reading in enumerate(readings):
        duration[number] = _seconds(source, reading, durations[number] or length, "duration", 1, _LONGEST)
    if any(starts) or not readings:
        for number, reading in enumerate(readings):
            begin[number] = _seconds(source, reading, starts[number], "start", 0, _LAST)
    else:
        first = _seconds(source, block, text_of(block, "interval/start"), "start", 0, _LAST)
        begin = first + np.append(0, np.cumsum(duration)[:-1])
        source.log.add(
            source.label, "time", "no start", len(begin), "one after the other from the start of their block"
        )
    source.log.add(source.label, "time", "no duration", durations.count(""), f"{length} s, as the ReadingType states")
    return begin, duration


def _seconds(source: Source, node: Element, text: str, name: str, least: int, most: int) -> int:
    if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
        expected = f"a whole number from {least} to {most}"
        raise source.error("not a time in seconds", line=line_of(node), field=name, value=repr(text), expected=expected)
    return int(text)


def _recognises(head: str) -> bool:
    return head.lstrip().startswith("<") and "http://naesb.org/espi" in head


FORMAT = Format("Green Button (ESPI)", _recognises, read, Options)
