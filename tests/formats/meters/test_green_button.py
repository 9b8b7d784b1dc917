"""Green Button files: the shared sample read by hand, links between entries, and everything that can be wrong."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from microgrid.errors import InputError
from microgrid.formats.registry import format_of
from microgrid.formats.timed_table import Table
from microgrid.repairs import RepairLog
from tests.conftest import ROOT
from tests.formats.reading import read, recognised, stamps, values

SHARED = ROOT.parent / "shared" / "formats" / "green_button.xml"
SUFFIX = ".xml"
START = 1_704_067_200  # 2024-01-01T00:00Z


def entry(links: dict[str, str | Sequence[str]], content: str, title: str = "") -> str:
    """An entry on lines of its own."""
    hrefs = [(rel, href) for rel, of in links.items() for href in ([of] if isinstance(of, str) else of)]
    lines = [f'<link rel="{rel}" href="{href}"/>' for rel, href in hrefs]
    return "\n".join(["<entry>", *lines, f"<title>{title}</title>", f"<content>{content}</content>", "</entry>", ""])


def reading(start: object, value: object, duration: object = 900, more: str = "") -> str:
    period = f"<duration>{duration}</duration><start>{start}</start>"
    return f"\n<IntervalReading><timePeriod>{period}</timePeriod>{more}<value>{value}</value></IntervalReading>"


def kind(number: int = 1, **codes: object) -> str:
    """A ReadingType: Wh of quarter hours, delivered."""
    known = {"accumulationBehaviour": 4, "commodity": 1, "flowDirection": 1, "intervalLength": 900, "uom": 72} | codes
    inside = "".join(f"<{name}>{code}</{name}>" for name, code in known.items() if code is not None)
    return entry({"self": f"/ReadingType/{number}"}, f"<ReadingType>{inside}</ReadingType>")


def meter(number: int, readings: str, point: int = 1, of: int | None = 1, title: str = "") -> str:
    """A MeterReading and a block of it."""
    itself = f"User/1/UsagePoint/{point:02d}/MeterReading/{number:02d}"
    related = [f"{itself}/IntervalBlock", *([f"/ReadingType/{of}"] if of else [])]
    links = {"self": itself, "up": itself.rpartition("/")[0], "related": related}
    block = entry({"self": f"{itself}/IntervalBlock/1", "up": f"{itself}/IntervalBlock"}, blocks(readings))
    return entry(links, "<MeterReading/>", title) + block


def blocks(readings: str) -> str:
    interval = f"<interval><duration>86400</duration><start>{START}</start></interval>"
    return f"<IntervalBlock>{interval}{readings}</IntervalBlock>"


def point(number: int = 1, service: int = 0, title: str = "") -> str:
    itself = f"User/1/UsagePoint/{number:02d}"
    content = f"<UsagePoint><ServiceCategory><kind>{service}</kind></ServiceCategory></UsagePoint>"
    return entry({"self": itself, "related": f"{itself}/MeterReading"}, content, title)


def feed(*entries: str) -> str:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
    return (head + "".join(entries) + "</feed>\n").replace("<content>", '<content xmlns="http://naesb.org/espi">')


def run(*numbers: object, begin: int = START) -> str:
    """Readings of quarter hours that follow each other."""
    return "".join(reading(begin + 900 * n, value) for n, value in enumerate(numbers))


def parsed(text: str | bytes, log: RepairLog | None = None, **options: object) -> Table:
    return read(text, "green-button", options=options, log=log, suffix=SUFFIX)


def said(log: RepairLog, what: str) -> list[tuple[int, str]]:
    return [(repair.count, repair.detail) for repair in log.repairs if repair.what == what]


SAMPLE = feed(point(), kind(), meter(1, run(*range(100, 120)))).encode()


@pytest.mark.skipif(not SHARED.is_file(), reason=f"the shared samples are not at {SHARED.parent}")
def test_the_shared_sample() -> None:
    """23 days of hours; 265 Wh in the first (start 1569888000 = 2019-10-01T00:00Z), 255 in the second, 1770 in the
    last; the sum is that of its values, 351.425 kWh, which the file's own summary says as well.
    """
    log = RepairLog()
    table = read(SHARED.read_bytes(), "auto", log=log, suffix=SUFFIX)
    found = values(table, "import_kw")
    assert list(table.frame.columns) == ["import_kw"]
    assert len(found) == 23 * 24
    assert found[:3] + found[-2:] == [0.265, 0.255, 0.27, 2.595, 1.77]
    assert sum(found) == pytest.approx(351.425)
    assert stamps(table)[0] == pd.Timestamp("2019-10-01T00:00Z")
    assert set(np.diff(table.points)) == {3600}
    assert table.lines is not None
    assert table.lines[:3].tolist() == [88, 95, 102]
    assert said(log, "units converted") == [(552, "Wh times 10^0 to mean kW")]
    assert not said(log, "missing rows")


@pytest.mark.parametrize("head", [SAMPLE, b"\xef\xbb\xbf\n" + SAMPLE])
def test_its_files_are_recognised(head: bytes) -> None:
    """Among all formats, with or without a mark of the encoding."""
    assert recognised(head) == "green-button"


@pytest.mark.parametrize(
    "head", ["<html></html>", "see http://naesb.org/espi", "", "<GL_MarketDocument xmlns='urn:x'/>"]
)
def test_others_are_not(head: str) -> None:
    assert not format_of("green-button").recognises(head)


@settings(max_examples=30, deadline=None, phases=[Phase.generate], derandomize=True)
@given(
    numbers=st.lists(st.none() | st.integers(-(10**6), 10**6), min_size=2, max_size=60),
    power=st.sampled_from([-3, 0, 3]),
    step=st.sampled_from([300, 900, 3600]),
    unit=st.sampled_from([72, 38]),
    seed=st.integers(0, 100),
)
def test_a_series_comes_back(numbers: list[int | None], power: int, step: int, unit: int, seed: int) -> None:
    """Wh and W, any power of ten, in any order of the readings."""
    readings = [reading(START + step * n, "" if v is None else v, step) for n, v in enumerate(numbers)]
    random.Random(seed).shuffle(readings)
    text = feed(point(), kind(uom=unit, powerOfTenMultiplier=power), meter(1, "".join(readings)))
    table = parsed(text)
    assert (table.points == [START + step * n for n in range(len(numbers) + 1)]).all()
    hours = step / 3600 if unit == 72 else 1
    expected = [np.nan if v is None else v * 10.0**power / 1000 / hours for v in numbers]
    np.testing.assert_allclose(values(table, "import_kw"), expected)


# Links


def test_both_directions() -> None:
    """Delivered and received, each with its own type; what one of them has not is empty."""
    text = feed(point(), kind(1), kind(2, flowDirection=19), meter(1, run(250, 500)), meter(2, run(1, 2, 3), of=2))
    table = parsed(text)
    np.testing.assert_equal(values(table, "import_kw"), [1, 2, np.nan])
    np.testing.assert_allclose(values(table, "export_kw"), [0.004, 0.008, 0.012])


def test_all_blocks_of_all_entries() -> None:
    """Two blocks in one entry, one in another, and holes between them."""
    log = RepairLog()
    one, two, three = run(1, 2), run(3, begin=START + 1800), run(4, begin=START + 3600)
    itself = "User/1/UsagePoint/01/MeterReading/01"
    other = entry({"self": f"{itself}/IntervalBlock/2", "up": f"{itself}/IntervalBlock"}, blocks(three))
    text = feed(point(), kind(), meter(1, one + "</IntervalBlock><IntervalBlock>" + two), other)
    np.testing.assert_equal(values(parsed(text, log), "import_kw"), [0.004, 0.008, 0.012, np.nan, 0.016])
    assert said(log, "missing rows")[0][0] == 1


def test_prefixes_and_absolute_links() -> None:
    text = feed(kind(), meter(1, run(250, 250)))
    text = text.replace('href="', 'href="https://u.example/espi/').replace("espi//", "espi/")
    for tag in ("ReadingType", "uom", "IntervalReading", "value", "IntervalBlock", "MeterReading"):
        text = text.replace(f"<{tag}", f"<espi:{tag}").replace(f"</{tag}", f"</espi:{tag}")
    text = text.replace("<feed ", '<feed xmlns:espi="http://naesb.org/espi" ')
    assert values(parsed(text), "import_kw") == [1, 1]


def test_one_type_needs_no_link() -> None:
    assert len(parsed(feed(kind(), meter(1, run(1, 2), of=None))).frame) == 2
    assert len(parsed(feed(kind(), entry({}, blocks(run(1, 2))))).frame) == 2
    bare = f"<all xmlns='http://naesb.org/espi'><ReadingType><uom>72</uom></ReadingType>{blocks(run(1, 2))}</all>"
    assert len(parsed(bare).frame) == 2


def _two_points() -> str:
    return feed(
        point(1, title="Shop"),
        point(2, title="Flat"),
        kind(),
        meter(1, run(250, 250)),
        meter(1, run(500, 500), point=2),
    )


@pytest.mark.parametrize(("name", "expected"), [("01", 1), (2, 2), ("Flat", 2), ("User/1/UsagePoint/02", 2)])
def test_one_of_several_usage_points(name: object, expected: float) -> None:
    assert values(parsed(_two_points(), usage_point=name), "import_kw") == [expected] * 2


def test_several_usage_points_are_named() -> None:
    words = r"(?s)several series of import_kw.*usage point 01 \(Shop\).*usage point 02 \(Flat\).*'usage_point'"
    with pytest.raises(InputError, match=words):
        parsed(_two_points())
    with pytest.raises(InputError, match=r"(?s)usage_point: no such usage_point.*one of 01 \(Shop\), 02 \(Flat\)"):
        parsed(_two_points(), usage_point="Barn")


def test_one_of_several_meter_readings() -> None:
    """Quarter hours and the day, both delivered; what is received stands by itself."""
    text = feed(
        point(), kind(1), kind(2, flowDirection=19), meter(1, run(250, 250), title="fine"),
        meter(2, reading(START, 9, 86400), title="day"), meter(3, run(0, 25), of=2),
    )  # fmt: skip
    with pytest.raises(InputError, match=r"(?s)several series.*meter reading 01 \(fine\).*02 \(day\)"):
        parsed(text)
    table = parsed(text, meter_reading="fine, 03")
    assert values(table, "import_kw") == [1, 1]
    assert values(table, "export_kw") == [0, 0.1]
    assert list(parsed(text, meter_reading="1").frame.columns) == ["import_kw"]


# What is left out, and what is told


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ({"uom": 42}, "uom 42, neither 72"),
        ({"uom": None}, "uom , neither 72"),
        ({"commodity": 7}, "commodity 7, not electricity"),
        ({"accumulationBehaviour": 1}, "accumulation 1, not values of intervals"),
        ({"accumulationBehaviour": 12}, "accumulation 12, not values of intervals"),
        ({"flowDirection": 4}, "flowDirection 4"),
        ({"dataQualifier": 8}, "greatest or least values"),
    ],
)
def test_other_readings_are_left_out(codes: dict[str, object], words: str) -> None:
    """Beside a series of energy they are told, by themselves they are refused."""
    log = RepairLog()
    other = kind(2, **codes) + meter(2, run(7, 8, 9), of=2)
    assert len(parsed(feed(point(), kind(), meter(1, run(1, 2)), other), log).frame) == 2
    [(count, detail)] = said(log, "left out")
    assert count == 3
    assert words in detail
    with pytest.raises(InputError, match=f"(?s)no readings that make a series of power.*{words}"):
        parsed(feed(point(), other))


def test_gas_is_left_out() -> None:
    with pytest.raises(InputError, match="service 1, not electricity"):
        parsed(feed(point(service=1), kind(commodity=0), meter(1, run(1, 2))))


def test_what_is_told() -> None:
    log = RepairLog()
    more = "<cost>150</cost><ReadingQuality><quality>{}</quality></ReadingQuality>"
    readings = "".join(reading(START + 900 * n, 5, more=more.format(code)) for n, code in enumerate((8, 8, 17, 99)))
    codes = {"uom": 38, "flowDirection": None, "accumulationBehaviour": 12, "currency": 840, "powerOfTenMultiplier": 3}
    assert values(parsed(feed(kind(**codes), meter(1, readings)), log), "import_kw") == [5] * 4
    assert said(log, "costs") == [(4, "not read; currency 840")]
    assert said(log, "quality 8: estimated by a reference day") == [(2, "values with this mark are used as they are")]
    assert said(log, "quality 99: unknown")[0][0] == 1
    assert said(log, "no direction") == [(4, "assumed to be delivered from the grid")]
    assert said(log, "values at an instant") == [(4, "assumed to be means")]
    assert said(log, "units converted") == [(4, "W times 10^3 to mean kW")]


def test_readings_without_a_time() -> None:
    """From the start of the block, each as long as the type says."""
    log = RepairLog()
    readings = "".join(f"<IntervalReading><value>{v}</value></IntervalReading>" for v in (250, 500))
    table = parsed(feed(kind(), meter(1, readings)), log)
    assert table.points.tolist() == [START, START + 900, START + 1800]
    assert values(table, "import_kw") == [1, 2]
    assert said(log, "no start")[0][0] == said(log, "no duration")[0][0] == 2


# What is wrong


def _wrong(readings: str, **codes: object) -> str:
    return feed(kind(**codes), meter(1, run(1, 2) + readings))


_ENTITY = '<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY x "y">]><feed xmlns="http://naesb.org/espi">&x;</feed>'
_LINE = 23  # of the third reading


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (_wrong(reading(START + 1800, "nan")), f":{_LINE}: value: not a number"),
        (_wrong(reading(START + 1800, "0x10")), f":{_LINE}: value: not a number"),
        (_wrong(reading(START + 1800, "1_000")), f":{_LINE}: value: not a number"),
        (_wrong(reading(START + 1800, "1e400")), f":{_LINE}: value: not a number"),
        (_wrong(reading(START + 1800, "9" * 40)), f":{_LINE}: value: not a number"),
        (_wrong(reading("", 1)), f":{_LINE}: start: not a time"),
        (_wrong(reading("2024-01-01", 1)), f":{_LINE}: start: not a time"),
        (_wrong(reading(-5, 1)), f":{_LINE}: start: not a time"),
        (_wrong(reading(10**11, 1)), f"(?s):{_LINE}: start: not a time.*from 0 to"),
        (_wrong(reading(START + 1800, 1, 0)), f":{_LINE}: duration: not a time"),
        (_wrong(reading(START + 1800, 1, 10**9)), f":{_LINE}: duration: not a time"),
        (_wrong(reading(START + 1800, 1, ""), intervalLength=None), f":{_LINE}: duration: not a time"),
        (_wrong(reading(START + 900, 9)), f"(?s):{_LINE}: import_kw: two values for one interval"),
        (_wrong(reading(START + 960, 9)), f":{_LINE}: time: intervals overlap"),
        (_wrong("", powerOfTenMultiplier="x"), "powerOfTenMultiplier: not a power of ten"),
        (feed(kind(), meter(1, run(1))), "fewer than two rows"),
        (feed(kind(), meter(1, "")), "(?s)no readings that make a series.*no readings"),
        (feed(kind()), "no readings"),
        (feed(point()), "no ReadingType"),
        (feed(kind(), *(point(n) + meter(1, run(1, 2), point=n) for n in range(320))), "too many meters"),
        (feed(kind(1), kind(2), meter(1, run(1, 2), of=3)), "(?s):13: the ReadingType of the readings is unclear.*01"),
        (
            feed(kind(), meter(1, run(1)), meter(2, run(1))).replace("02/IntervalBlock", "03/X", 1).replace(
                'up" href="User/1/UsagePoint/01/MeterReading/02', 'up" href="User/1/UsagePoint/01/MeterReading/09'
            ),
            "(?s)link: readings without a MeterReading.*09",
        ),
        (feed(kind()).replace("</feed>", "</food>"), r":\d+: not well-formed XML"),
        (SAMPLE[:-200].decode(), r":\d+: not well-formed XML"),
        (_ENTITY, "a document type or an entity"),
        (_ENTITY.replace("ENTITY x", "ELEMENT x"), "a document type or an entity"),
        (SAMPLE.decode().replace("UTF-8", "klingon"), "not (well-formed )?XML"),
        (SAMPLE.decode().replace("UTF-8", "utf-32"), "not (well-formed )?XML"),
        ("", "the file is empty"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parsed(text)


def test_an_archive_is_named() -> None:
    with pytest.raises(InputError, match="a compressed file"):
        parsed(b"PK\x03\x04 and more")


def test_depth_and_size() -> None:
    """100,000 tags within each other, and a year of quarter hours."""
    deep = "<a>" * 100_000 + "</a>" * 100_000
    with pytest.raises(InputError, match="no ReadingType"):
        parsed(f"<feed xmlns='http://naesb.org/espi'>{deep}</feed>")
    assert len(parsed(feed(kind(), meter(1, run(*range(35_040))))).frame) == 35_040
