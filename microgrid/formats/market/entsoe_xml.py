"""XML of the API of the ENTSO-E Transparency Platform."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.sax.handler import ContentHandler

import numpy as np
import pandas as pd

from microgrid.formats.intervals import Recorded
from microgrid.formats.market.entsoe_series import (
    NO_SEQUENCE,
    RESOLUTIONS,
    TYPES,
    Options,
    accepted_names,
    join_series,
    power_column,
    price_column,
)
from microgrid.formats.market.operator_csv import PLAIN, numbers
from microgrid.formats.source import Source
from microgrid.horizon import FloatArray, IntArray

_AREA_OF = ("in_Domain.mRID", "inBiddingZone_Domain.mRID", "outBiddingZone_Domain.mRID")
_MOST_STEPS = 100_000  # of a period; a request covers up to a year


@dataclass
class _Period:
    line: int
    facts: dict[str, str] = field(default_factory=dict)
    points: list[tuple[str, str, int]] = field(default_factory=list)  # position, value, line


@dataclass
class _TimeSeries:
    line: int
    facts: dict[str, str] = field(default_factory=dict)
    periods: list[_Period] = field(default_factory=list)


class _Document(ContentHandler):
    """Handler that collects the elements of a market document, without their namespaces."""

    def __init__(self) -> None:
        super().__init__()
        self.root = ""
        self.facts: dict[str, str] = {}
        self.series: list[_TimeSeries] = []
        self.path: list[str] = []
        self.text: list[str] = []
        self.point: dict[str, str] = {}
        self.begun = 0

    def startElement(self, name: str, attrs: object) -> None:  # noqa: N802
        """Begin a series, period or point; any other element becomes a fact of the one that contains it."""
        self.path.append(name.rpartition(":")[2])
        self.root = self.path[0]
        self.text = []
        line = int(self._locator.getLineNumber() or 0)  # type: ignore[attr-defined]
        if self.path[1:] == ["TimeSeries"]:
            self.series.append(_TimeSeries(line))
        elif self.path[1:] == ["TimeSeries", "Period"]:
            self.series[-1].periods.append(_Period(line))
        elif self.path[1:] == ["TimeSeries", "Period", "Point"]:
            self.point = {}
            self.begun = line

    def characters(self, content: str) -> None:
        """Collect the text of an element."""
        self.text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        """Store the text of an element that is complete."""
        place = self.path[1:]
        word = "".join(self.text).strip()
        last = self.path.pop()
        self.text = []
        if place == ["TimeSeries", "Period", "Point"]:
            value = self.point.get("price.amount", self.point.get("quantity", ""))
            self.series[-1].periods[-1].points.append((self.point.get("position", ""), value, self.begun))
        elif place[:3] == ["TimeSeries", "Period", "Point"]:
            self.point[last] = word
        elif place[:2] == ["TimeSeries", "Period"]:
            self.series[-1].periods[-1].facts[last] = word
        elif place[:1] == ["TimeSeries"]:
            self.series[-1].facts[last] = word
        else:
            self.facts[last] = word


def read_xml(source: Source, text: str, options: Options) -> Recorded:
    """Read all series of the chosen area and sequence; points that repeat the one before are filled in."""
    document = _parsed(source, text)
    series = document.series
    accepted = accepted_names(source, {_area(one) for one in series}, options.area, "area")
    series = [one for one in series if _area(one) in accepted]
    accepted = accepted_names(source, {_sequence(one) for one in series}, options.sequence, "sequence", NO_SEQUENCE)
    series = [one for one in series if _sequence(one) in accepted]
    left = len(document.series) - len(series)
    source.log.add(source.label, "time", "series left out", left, "of another area or sequence")
    parts = []
    for one in series:
        name = _quantity(source, document.root, document.facts, one)
        parts += [(name, *_points(source, name, period, one.facts.get("curveType") == "A03")) for period in one.periods]
    return join_series(source, parts)


def _parsed(source: Source, text: str) -> _Document:
    from xml.sax import SAXException

    from defusedxml import DefusedXmlException
    from defusedxml.sax import parseString

    document = _Document()
    try:
        parseString(text.encode(), document, forbid_dtd=True)
    except DefusedXmlException as error:
        raise source.error("XML with a DTD or entities", value=type(error).__name__, remedy="export it again") from None
    except (SAXException, ValueError, LookupError) as error:
        line = getattr(error, "getLineNumber", lambda: None)()
        raise source.error("not well-formed XML", line=line, value=str(error), remedy="download it again") from None
    if document.root not in ("Publication_MarketDocument", "GL_MarketDocument"):
        expected = "Publication_MarketDocument or GL_MarketDocument"
        value = document.facts.get("text") or document.root  # the reason in an acknowledgement
        raise source.error("not a document of prices or generation", value=value, expected=expected)
    if not document.series:
        raise source.error("no TimeSeries in this document", remedy="download it again")
    return document


def _area(series: _TimeSeries) -> str:
    return next((series.facts[key] for key in _AREA_OF if key in series.facts), "")


def _sequence(series: _TimeSeries) -> str:
    return series.facts.get("classificationSequence_AttributeInstanceComponent.position", "")


def _quantity(source: Source, root: str, document: dict[str, str], series: _TimeSeries) -> str:
    """Name of the column of a series; an InputError unless it is of day-ahead prices, generation or load."""
    facts = series.facts
    line = series.line
    units = {"price_Measure_Unit.name": "MWH", "quantity_Measure_Unit.name": "MAW"}
    for key, unit in units.items():
        if facts.get(key, unit) != unit:
            raise source.error("not the unit of this format", line=line, field=key, value=facts[key], expected=unit)
    kind = document.get("type", "")
    process = document.get("process.processType", "A16")
    if root.startswith("Publication"):
        currency = facts.get("currency_Unit.name", "")
        if kind not in ("", "A44") or not re.fullmatch("[A-Z]{3}", currency):
            value = f"type {kind}, currency {currency}"
            raise source.error("not day-ahead prices", line=line, value=value, expected="type A44 and a currency")
        return price_column(source, currency, sum(len(period.points) for period in series.periods))
    if process not in ("A01", "A16"):
        expected = "A16 (realised) or A01 (day ahead)"
        raise source.error(
            "not a process that is read", line=line, field="process.processType", value=process, expected=expected
        )
    code = facts.get("psrType")
    if code is None and kind in ("", "A65"):
        return "consumption_mw" if process == "A16" else "forecast_day_ahead_mw"
    if code not in TYPES:
        raise source.error("unknown type of generation", line=line, field="psrType", value=code, expected="B01 to B20")
    use = "_consumption" if "outBiddingZone_Domain.mRID" in facts else ""
    return power_column(TYPES[code][1], use + ("_forecast_day_ahead" if process == "A01" else ""))


def _points(source: Source, name: str, period: _Period, fill: bool) -> tuple[IntArray, IntArray, FloatArray, IntArray]:
    """Begin, end [s since 1970, UTC], values and lines of the points of a period, (points,) each.

    fill: whether a point that is left out repeats the one before it (curve type A03).
    """
    start, end = (_instant(source, period, key) for key in ("start", "end"))
    step = RESOLUTIONS.get(period.facts.get("resolution", ""), 0)
    count = (end - start) // step if step else 0
    if not step or not 0 < count <= _MOST_STEPS or (end - start) % step or not period.points:
        value = f"{period.facts.get('resolution')}, {end - start} s, {len(period.points)} points"
        expected = "points of " + ", ".join(RESOLUTIONS) + " in a time interval of up to a year"
        raise source.error("a period of unclear intervals", line=period.line, value=value, expected=expected)
    places, raw, lines = zip(*period.points, strict=True)
    line = np.array(lines, dtype=np.int64)
    position = numbers(source, places, "position", line, PLAIN)
    values = numbers(source, raw, name, line, PLAIN)
    before = np.append(0.0, position[:-1])
    wrong = np.flatnonzero(~((position > before) & (position <= count) & (position % 1 == 0)))
    if len(wrong):
        at = int(line[wrong[0]])
        expected = f"whole numbers that rise from 1 to {count}"
        raise source.error("a wrong position", line=at, field="position", value=places[wrong[0]], expected=expected)
    index = position.astype(np.int64) - 1
    if fill:
        known = index
        index = np.arange(index[0], count, dtype=np.int64)
        repeated = np.searchsorted(known, index, side="right") - 1
        values = values[repeated]
        line = line[repeated]
        detail = "curve type A03: a point that is left out repeats the one before it"
        source.log.add(source.label, name, "points filled", len(index) - len(known), detail)
    begin = start + index * step
    return begin, begin + step, values, line


def _instant(source: Source, period: _Period, key: str) -> int:
    text = period.facts.get(key, "")
    shaped = re.fullmatch(r"(199|20[0-9])[0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?Z", text)
    stamp = pd.to_datetime(text, utc=True, errors="coerce") if shaped else pd.NaT
    if pd.isna(stamp):
        raise source.error("not an instant", line=period.line, field=key, value=text, expected="2021-12-31T23:00Z")
    return int(stamp.timestamp())
