"""ENTSO-E Transparency Platform: the website's CSV, old and new, and the XML of its API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from microgrid.errors import InputError
from microgrid.formats.market.entsoe import FORMAT
from microgrid.repairs import RepairLog
from tests.formats.fuzz import survivors
from tests.formats.reading import read, stamps, values
from tests.proofs import proof

SUFFIX = ".csv"
OLD_PRICES = '"MTU (CET/CEST)","Day-ahead Price [EUR/MWh]","Currency","BZN|FR"\n'
NEW_PRICES = (
    '"MTU (UTC)","Area","Sequence","Day-ahead Price (EUR/MWh)","Intraday Period (UTC)","Intraday Price (EUR/MWh)"\n'
)


def old_prices(first: str, series: Iterable[float], minutes: int = 60) -> str:
    """Local intervals as the platform wrote them until 2024."""
    series = list(series)
    axis = pd.date_range(pd.Timestamp(first, tz="Europe/Brussels"), periods=len(series) + 1, freq=f"{minutes}min")
    shown = [stamp.strftime("%d.%m.%Y %H:%M") for stamp in axis]
    rows = [f'"{a} - {b}","{v}","EUR",""\n' for a, b, v in zip(shown[:-1], shown[1:], series, strict=True)]
    return OLD_PRICES + "".join(rows)


def xml(first: str, series: Iterable[float], resolution: str = "PT15M") -> str:
    """A document of one series, with equal neighbours left out."""
    series = list(series)
    begin = pd.Timestamp(first, tz="UTC")
    end = begin + len(series) * pd.Timedelta({"PT15M": "15min", "PT60M": "60min"}[resolution])
    kept = [place for place, value in enumerate(series) if not place or value != series[place - 1]]
    points = "".join(
        f"        <Point>\n          <position>{place + 1}</position>\n"
        f"          <price.amount>{series[place]}</price.amount>\n        </Point>\n"
        for place in kept
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<Publication_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3">
  <mRID>made up</mRID>
  <type>A44</type>
  <TimeSeries>
    <mRID>1</mRID>
    <in_Domain.mRID codingScheme="A01">10YFR-RTE------C</in_Domain.mRID>
    <out_Domain.mRID codingScheme="A01">10YFR-RTE------C</out_Domain.mRID>
    <currency_Unit.name>EUR</currency_Unit.name>
    <price_Measure_Unit.name>MWH</price_Measure_Unit.name>
    <curveType>A03</curveType>
    <Period>
      <timeInterval>
        <start>{begin:%Y-%m-%dT%H:%MZ}</start>
        <end>{end:%Y-%m-%dT%H:%MZ}</end>
      </timeInterval>
      <resolution>{resolution}</resolution>
{points}    </Period>
  </TimeSeries>
</Publication_MarketDocument>
"""


def of_type(code: str, quantities: list[float], way: str = "in", area: str = "10YFR-RTE------C") -> str:
    points = "".join(
        f"<Point><position>{place}</position><quantity>{value}</quantity></Point>"
        for place, value in enumerate(quantities, 1)
    )
    psr = f"<MktPSRType><psrType>{code}</psrType></MktPSRType>" if code else ""
    return f"""<TimeSeries><{way}BiddingZone_Domain.mRID>{area}</{way}BiddingZone_Domain.mRID>
<quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name><curveType>A01</curveType>{psr}
<Period><timeInterval><start>2022-01-01T00:00Z</start><end>2022-01-01T0{len(quantities)}:00Z</end></timeInterval>
<resolution>PT60M</resolution>{points}</Period></TimeSeries>"""


def generation(*series: str, kind: str = "A75", process: str = "A16") -> str:
    return (
        '<GL_MarketDocument xmlns="urn:x">\n'
        f"<type>{kind}</type><process.processType>{process}</process.processType>\n{''.join(series)}\n</GL_MarketDocument>"
    )


SAMPLE: bytes = old_prices("2022-10-29 20:00", [120.5 - 10 * hour for hour in range(30)]).encode()
XML: bytes = xml("2022-01-01 00:00", [100 + quarter // 2 for quarter in range(24)]).encode()
TYPES = (("Solar", "5"), ("Fossil Brown coal/Lignite", "7.5"), ("Marine", "n/e"))
LONG: bytes = (
    '"MTU (CET/CEST)","Area","Production Type","Generation (MW)"\n'
    + "".join(
        f'"01/01/2022 {h:02}:00:00 - 01/01/2022 {h + 1:02}:00:00","BZN|PT","{kind}","{value}"\n'
        for kind, value in TYPES
        for h in range(8)
    )
).encode()
SAMPLES = [XML, LONG]


# CSV


def test_old_prices() -> None:
    """20:00 in summer time is 18:00 UTC; 25 hours on the day of the change; the site's own zone does not matter."""
    log = RepairLog()
    table = read(SAMPLE, "entsoe", timezone="Asia/Tokyo", log=log)
    assert stamps(table)[0] == pd.Timestamp("2022-10-29 18:00Z")
    assert np.diff(table.points).tolist() == [3600] * 30
    assert values(table, "price_eur_per_mwh") == [120.5 - 10 * hour for hour in range(30)]
    assert ("doubled hour", 2) in [(repair.what, repair.count) for repair in log.repairs]


@pytest.mark.parametrize("word", ["", "-", "n/e", "N/A"])
def test_missing_prices(word: str) -> None:
    price = values(read(SAMPLE.decode().replace('"110.5","EUR"', f'"{word}",""'), "entsoe"), "price_eur_per_mwh")
    assert np.isnan(price[1])
    assert price[2] == 100.5


def test_spring_with_an_empty_row() -> None:
    content = old_prices("2022-03-27 00:00", [1, 2, 3])
    lines = content.splitlines(keepends=True)
    lines.insert(3, '"27.03.2022 02:00 - 27.03.2022 03:00","","",""\n')
    table = read("".join(lines), "entsoe")
    assert np.diff(table.points).tolist() == [3600] * 3
    with pytest.raises(InputError, match="spring leaves out") as caught:
        read("".join(lines).replace('03:00","","",""', '03:00","4","EUR",""'), "entsoe")
    assert caught.value.problems[0].line == 4


def new_row(first: int, minutes: int, sequence: str, price: float, area: str = "BZN|DE-LU") -> str:
    begin = pd.Timestamp("2025-10-01") + pd.Timedelta(minutes=first)
    interval = f"{begin:%d/%m/%Y %H:%M:%S} - {begin + pd.Timedelta(minutes=minutes):%d/%m/%Y %H:%M:%S}"
    return f'"{interval}","{area}","{sequence}","{price}","","3"\n'


def test_new_prices() -> None:
    log = RepairLog()
    rows = new_row(0, 60, "Without Sequence", 5) + new_row(60, 15, "Without Sequence", 6)
    table = read(NEW_PRICES + rows, "entsoe", log=log)
    assert stamps(table)[0] == pd.Timestamp("2025-10-01 00:00Z")
    assert np.diff(table.points).tolist() == [3600, 900]
    assert values(table, "price_eur_per_mwh") == [5, 6]
    assert ("intraday_price_eur_mwh", "column left out") in [(repair.column, repair.what) for repair in log.repairs]


@pytest.mark.parametrize("sequence", ["Sequence 2", "2", 2])
def test_a_sequence_is_chosen(sequence: str | int) -> None:
    """Rows without a sequence belong to each of them."""
    rows = new_row(0, 60, "Without Sequence", 5)
    rows += "".join(new_row(60 + 15 * q, 15, f"Sequence {s}", 10 * s + q) for q in range(4) for s in (1, 2))
    table = read(NEW_PRICES + rows, "entsoe", options={"sequence": sequence})
    assert values(table, "price_eur_per_mwh") == [5, 20, 21, 22, 23]
    with pytest.raises(InputError, match="more than one sequence") as caught:
        read(NEW_PRICES + rows, "entsoe")
    assert caught.value.problems[0].expected == "one of Sequence 1, Sequence 2"


@pytest.mark.parametrize("area", ["BZN|FR", "FR"])
def test_an_area_is_chosen(area: str) -> None:
    rows = "".join(new_row(60 * hour, 60, "", hour, place) for place in ("BZN|FR", "BZN|BE") for hour in range(3))
    assert values(read(NEW_PRICES + rows, "entsoe", options={"area": area}), "price_eur_per_mwh") == [0, 1, 2]
    for options, words in (({}, "more than one area"), ({"area": "IT"}, "no such area")):
        with pytest.raises(InputError, match=words) as caught:
            read(NEW_PRICES + rows, "entsoe", options=options)
        assert caught.value.problems[0].expected == "one of BZN|BE, BZN|FR"


def test_a_resolution_is_chosen() -> None:
    rows = "".join(new_row(60 * hour, 60, "", hour) for hour in range(3))
    rows += "".join(new_row(15 * quarter, 15, "", 100 + quarter) for quarter in range(12))
    assert values(read(NEW_PRICES + rows, "entsoe", options={"resolution": "PT60M"}), "price_eur_per_mwh") == [0, 1, 2]
    assert len(read(NEW_PRICES + rows, "entsoe", options={"resolution": "PT15M"}).frame) == 12
    with pytest.raises(InputError, match="overlap"):
        read(NEW_PRICES + rows, "entsoe")


def test_lines_in_quotes_once_more() -> None:
    """As some exports of 2025 are: each line is one field."""
    lines = (NEW_PRICES + new_row(0, 60, "", 5) + new_row(60, 60, "", 6)).splitlines()
    wrapped = "\n".join('"' + line.replace('"', '""') + '"' for line in lines)
    assert values(read(wrapped, "entsoe"), "price_eur_per_mwh") == [5, 6]


def test_stamps_that_tell_their_clock() -> None:
    """(CEST) is two hours ahead of UTC, (CET) one."""
    head = '"MTU (CET/CEST)","Day-ahead Price (EUR/MWh)"\n'
    rows = '"30/10/2022 02:00:00 (CEST) - 30/10/2022 02:00:00 (CET)","1"\n'
    rows += (
        '"30/10/2022 02:00:00 (CET) - 30/10/2022 03:00:00 (CET)","2"\n"30/10/2022 03:00:00 - 30/10/2022 04:00:00","3"\n'
    )
    table = read(head + rows, "entsoe")
    assert stamps(table).strftime("%H:%M").tolist() == ["00:00", "01:00", "02:00"]
    assert values(table, "price_eur_per_mwh") == [1, 2, 3]


def test_another_currency() -> None:
    log = RepairLog()
    table = read(SAMPLE.decode().replace("EUR", "GBP"), "entsoe", log=log)
    assert list(table.frame.columns) == ["price_gbp_per_mwh"]
    assert ("price_gbp_per_mwh", "other currency", 30) in [(r.column, r.what, r.count) for r in log.repairs]
    pounds = read(SAMPLE.decode().replace("[EUR/MWh]", "[Currency/MWh]").replace('"EUR"', '"PLN"'), "entsoe")
    assert list(pounds.frame.columns) == ["price_pln_per_mwh"]


def test_generation_side_by_side() -> None:
    """n/e through a whole column: the area has no such type; the pumps' column is called so."""
    titles = "Biomass  - Actual Aggregated [MW]", "Hydro Pumped Storage  - Actual Consumption [MW]"
    head = ",".join(f'"{title}"' for title in ("Area", "MTU", *titles, "Marine  - Actual Aggregated [MW]")) + "\n"
    rows = "".join(
        f'"France (FR)","01.01.2022 0{h}:00 - 01.01.2022 0{h + 1}:00 (CET/CEST)","{h}","{h + 5}","n/e"\n'
        for h in range(3)
    )
    log = RepairLog()
    table = read(head + rows, "entsoe", log=log)
    assert stamps(table)[0] == pd.Timestamp("2021-12-31 23:00Z")
    assert values(table, "biomass_mw") == [0, 1, 2]
    assert values(table, "hydro_pumped_storage_consumption_mw") == [5, 6, 7]
    assert ("marine_mw", "column left out") in [(repair.column, repair.what) for repair in log.repairs]
    assert FORMAT.recognises(head)


def test_generation_one_below_the_other() -> None:
    table = read(LONG, "entsoe")
    assert list(table.frame.columns) == ["solar_mw", "lignite_mw"]
    assert values(table, "lignite_mw") == [7.5] * 8
    assert np.diff(table.points).tolist() == [3600] * 8


def test_load() -> None:
    head = '"Time (CET/CEST)","Day-ahead Total Load Forecast [MW] - BZN|FR","Actual Total Load [MW] - BZN|FR"\n'
    rows = '"01.01.2022 00:00 - 01.01.2022 00:30","5","6"\n"01.01.2022 00:30 - 01.01.2022 01:00","7","8"\n'
    table = read(head + rows, "entsoe")
    assert values(table, "consumption_mw") == [6, 8]
    assert values(table, "forecast_day_ahead_mw") == [5, 7]


HOUR = '"01.01.2022 00:00 - 01.01.2022 01:00","1","EUR",""\n'
NEXT = '"01.01.2022 01:00 - 01.01.2022 02:00","2","EUR",""\n'


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (OLD_PRICES + HOUR + NEXT.replace('"2"', '"nan"'), 3, "not a number"),
        (OLD_PRICES + HOUR + NEXT.replace('"2"', '"1e400"'), 3, "not a number"),
        (OLD_PRICES + HOUR + NEXT.replace('"2"', '"1_0"'), 3, "not a number"),
        (OLD_PRICES + HOUR + NEXT.replace('"2"', '"1,5"'), 3, "not a number"),
        (OLD_PRICES + HOUR + NEXT.replace(" - ", " to "), 3, "not an interval"),
        (OLD_PRICES + HOUR + NEXT.replace("01.01.2022 02", "41.01.2022 02"), 3, "not a time stamp"),
        (OLD_PRICES + HOUR + NEXT.replace("2022", "9999"), 3, "not a time stamp"),
        (OLD_PRICES + HOUR + HOUR.replace('"1"', '"2"'), 3, "two values"),
        (OLD_PRICES + HOUR + '"01.01.2022 01:00 - 01.01', None, "not a table"),
        (OLD_PRICES + HOUR + '"01.01.2022 01:00 - 01.01.2022 02:00"', 3, "cut off or too long"),
        (OLD_PRICES + HOUR + NEXT.replace("EUR", "GBP"), 1, "currency of the prices is unclear"),
        (OLD_PRICES, None, "no rows"),
        (OLD_PRICES + HOUR, None, "fewer than two rows"),
        (OLD_PRICES + (HOUR + NEXT).replace('"1"', "").replace('"2"', "-"), None, "no values"),
        (OLD_PRICES.replace("CET/CEST", "Mars") + HOUR + NEXT, 1, "unknown zone"),
        (
            OLD_PRICES.replace("CET/CEST", "UTC") + "".join((HOUR + NEXT).replace('","', ' (CET/CEST)","', 1)),
            2,
            "two time zones in one file",
        ),
        (OLD_PRICES.replace("MTU", "Stamps") + HOUR + NEXT, 1, "no column of intervals"),
        (OLD_PRICES.replace("Day-ahead", "Intraday") + HOUR + NEXT, 1, "no column of prices"),
        (OLD_PRICES + HOUR.replace("00:00 -", "00:00 (MET) -") + NEXT, 2, "unknown zone"),
        (LONG.replace(b"Solar", b"Fusion"), 2, "unknown type of generation"),
        (OLD_PRICES.encode() + b"\xff", None, "encoding"),
        (b"PK\x03\x04", None, "compressed"),
    ],
)
def test_what_is_wrong_in_a_csv(content: str | bytes, line: int | None, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read(content, "entsoe")
    assert caught.value.problems[0].line == line


# XML


def test_points_that_are_left_out_repeat() -> None:
    """24 quarters of which every second is left out, the last one too."""
    log = RepairLog()
    table = read(XML, "entsoe", log=log)
    assert stamps(table)[0] == pd.Timestamp("2022-01-01 00:00Z")
    assert values(table, "price_eur_per_mwh") == [100 + quarter // 2 for quarter in range(24)]
    assert ("points filled", 12) in [(repair.what, repair.count) for repair in log.repairs]


def test_another_curve_is_not_filled() -> None:
    """Curve A01 has all points: one that is not there is missing, not repeated."""
    price = values(read(XML.replace(b"A03", b"A01"), "entsoe"), "price_eur_per_mwh")
    assert price[0] == 100
    assert np.isnan(price[1])


def test_the_line_of_a_point() -> None:
    table = read(XML, "entsoe")
    assert "<Point>" in XML.decode().splitlines()[int(table.lines[2]) - 1]  # type: ignore[index]


def test_generation_by_type() -> None:
    """B14 nuclear, B10 in and out of the bidding zone, B19 wind onshore; one hour of wind is not there."""
    wind = of_type("B19", [1, 2, 3]).replace("<Point><position>2</position><quantity>2</quantity></Point>", "")
    content = generation(of_type("B14", [4, 5, 6]), of_type("B10", [7, 8, 9]), of_type("B10", [1, 1, 1], "out"), wind)
    table = read(content, "entsoe")
    assert values(table, "nuclear_mw") == [4, 5, 6]
    assert values(table, "hydro_pumped_storage_mw") == [7, 8, 9]
    assert values(table, "hydro_pumped_storage_consumption_mw") == [1, 1, 1]
    found = values(table, "wind_onshore_mw")
    assert (found[0], found[2]) == (1, 3)
    assert np.isnan(found[1])


@pytest.mark.parametrize(
    ("kind", "process", "code", "name"),
    [
        ("A65", "A16", "", "consumption_mw"),
        ("A65", "A01", "", "forecast_day_ahead_mw"),
        ("A69", "A01", "B16", "solar_forecast_day_ahead_mw"),
    ],
)
def test_load_and_forecasts(kind: str, process: str, code: str, name: str) -> None:
    content = generation(of_type(code, [1, 2]), kind=kind, process=process)
    assert values(read(content, "entsoe"), name) == [1, 2]


def test_areas_and_sequences_of_a_document() -> None:
    content = generation(of_type("B14", [4, 5]), of_type("B14", [6, 7], area="10YBE----------2"))
    assert values(read(content, "entsoe", options={"area": "10YBE----------2"}), "nuclear_mw") == [6, 7]
    with pytest.raises(InputError, match="more than one area"):
        read(content, "entsoe")
    series = "".join(XML.decode().partition("  <TimeSeries>")[1:]).partition("</TimeSeries>")
    mark = "classificationSequence_AttributeInstanceComponent.position"
    first = (series[0] + series[1]).replace("<currency", f"<{mark}>1</{mark}><currency")
    second = first.replace(f"<{mark}>1", f"<{mark}>2").replace(">100<", ">500<")
    head = XML.decode().partition("  <TimeSeries>")[0]
    both = head + first + second + "</Publication_MarketDocument>"
    assert values(read(both, "entsoe", options={"sequence": 2}), "price_eur_per_mwh")[0] == 500
    with pytest.raises(InputError, match="more than one sequence"):
        read(both, "entsoe")


def bomb(declaration: str) -> str:
    return XML.decode().replace("?>\n", f"?>\n{declaration}\n", 1)


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (bomb('<!DOCTYPE a [<!ENTITY b "c">]>'), None, "DTD or entities"),
        (bomb('<!DOCTYPE a SYSTEM "file:///etc/passwd">'), None, "DTD or entities"),
        (XML[:-40].decode(), None, "not well-formed"),
        (XML.decode().replace("Publication_", "Acknowledgement_"), None, "not a document of prices"),
        (XML.decode().replace(">100<", ">nan<"), 18, "not a number"),
        (XML.decode().replace(">100<", ">1e999<"), 18, "not a number"),
        (XML.decode().replace("<position>3<", "<position>1<"), 22, "wrong position"),
        (XML.decode().replace("<position>23<", "<position>25<"), 62, "wrong position"),
        (XML.decode().replace("<position>1<", "<position>0.5<"), 18, "wrong position"),
        (XML.decode().replace("PT15M", "P1Y"), 12, "unclear intervals"),
        (XML.decode().replace("PT15M", "PT7M"), 12, "unclear intervals"),
        (XML.decode().replace("2022-01-01T06:00Z", "2099-01-01T06:00Z"), 12, "unclear intervals"),
        (XML.decode().replace("2022-01-01T06:00Z", "9999-01-01T06:00Z"), 12, "not an instant"),
        (XML.decode().replace("2022-01-01T06:00Z", "2022-02-31T06:00Z"), 12, "not an instant"),
        (XML.decode().replace("2022-01-01T06:00Z", "2022-01-01"), 12, "not an instant"),
        (XML.decode().replace("MWH", "KWH"), 5, "not the unit of this format"),
        (XML.decode().replace("A44", "A61"), 5, "not day-ahead prices"),
        (XML.decode().replace("EUR", "euro"), 5, "not day-ahead prices"),
        (generation(of_type("B99", [1, 2])), 3, "unknown type"),
        (generation(of_type("B14", [1, 2]), process="A33"), 3, "not a process that is read"),
        (generation(of_type("B14", [1, 2]), of_type("B14", [3, 4])), 9, "two values"),
        (generation(), None, "no TimeSeries"),
        ("<a/>", None, "not a document of prices"),
    ],
)
def test_what_is_wrong_in_xml(content: str, line: int | None, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read(content, "entsoe")
    if words != "not well-formed":
        assert caught.value.problems[0].line == line


def test_the_reason_why_there_is_no_data_is_shown() -> None:
    content = "<Acknowledgement_MarketDocument><Reason><code>999</code><text>No matching data found</text></Reason>"
    with pytest.raises(InputError, match="No matching data found"):
        read(content + "</Acknowledgement_MarketDocument>", "entsoe")


@settings(max_examples=30, deadline=None, phases=[Phase.generate], derandomize=True)
@given(
    st.lists(st.integers(-500, 500), min_size=2, max_size=60),
    st.sampled_from(["2022-10-29 20:00", "2022-03-26 20:00", "2021-12-31 22:00"]),
    st.sampled_from(["csv", "xml"]),
    st.sampled_from([15, 60]),
)
def test_what_is_written_is_read(tenths: list[int], first: str, kind: str, minutes: int) -> None:
    series = [tenth / 10 for tenth in tenths]
    content: Any = old_prices(first, series, minutes) if kind == "csv" else xml(first, series, f"PT{minutes}M")
    table = read(content, "entsoe")
    assert values(table, "price_eur_per_mwh") == series
    assert stamps(table)[0] == pd.Timestamp(first, tz="Europe/Brussels" if kind == "csv" else "UTC")
    assert (np.diff(table.points) == 60 * minutes).all()


def test_recognises() -> None:
    for sample in (SAMPLE, XML, LONG, generation(of_type("B14", [1, 2])).encode(), NEW_PRICES.encode()):
        assert FORMAT.recognises(sample[:8192].decode("latin-1"))
    assert not FORMAT.recognises("time,price\n")
    assert not FORMAT.recognises('<feed xmlns="http://www.w3.org/2005/Atom">')


@proof(sample=50, whole=300)
@pytest.mark.parametrize("sample", [SAMPLE, XML, LONG])
def test_broken_files(sample: bytes, cases: int) -> None:
    assert 0 < survivors(sample, "entsoe", ".csv", cases) < cases
