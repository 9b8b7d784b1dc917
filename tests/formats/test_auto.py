"""``auto`` finds what any reader reads, and a file that is no plain table is told which format it is in."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from microgrid import load_case
from microgrid.errors import InputError
from microgrid.formats.registry import AUTO, names
from tests.conftest import grid, write_case
from tests.formats.fuzz import mutated
from tests.formats.reading import read, sample_module
from tests.formats.test_all_formats import suffix
from tests.proofs import proof

HALVES = [f"2024-05-27T{n // 2:02d}:{30 * (n % 2):02d}:00" for n in range(6)]


def _first_line(change: Callable[[bytes], bytes], content: bytes) -> bytes:
    first, end, rest = content.partition(b"\n")
    return change(first) + end + rest


def _quoted(line: bytes) -> bytes:
    sign = b";" if b";" in line else b","
    return line if b'"' in line else sign.join(b'"' + field + b'"' for field in line.split(sign))


def _turned(line: bytes) -> bytes:
    return b";".join(reversed(line.split(b";")))


# Other ways to write the same file, which programs between the source and the user are known for.
REWRITTEN: dict[str, Callable[[bytes], bytes]] = {
    "a mark": lambda c: b"\xef\xbb\xbf" + c,
    "Windows": lambda c: c.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    "old Macintosh": lambda c: c.replace(b"\r\n", b"\n").replace(b"\n", b"\r"),
    "UTF-16": lambda c: c.decode("utf-8", "replace").encode("utf-16"),
    "Latin-1": lambda c: c.decode("utf-8", "replace").encode("latin-1", "replace"),
    "blank lines first": lambda c: b"\n\n" + c,
    "a long comment": lambda c: b"# " + b"x" * 9000 + b"\n" + c,
    "quotes": lambda c: b"\n".join(map(_quoted, c.split(b"\n"))),
    "capital names": lambda c: _first_line(bytes.upper, c),
    "small names": lambda c: _first_line(bytes.lower, c),
    "blanks around names": lambda c: _first_line(lambda f: f.replace(b";", b" ; ").replace(b",", b" , "), c),
    "columns the other way round": lambda c: b"\n".join(map(_turned, c.split(b"\n"))),
}


def _found(content: bytes, name: str) -> bool:
    """Whether the reader of a format reads the content; if so, auto has to read the same."""
    try:
        table = read(content, name, suffix=suffix(name))
    except InputError:
        return False
    found = read(content, "auto", suffix=suffix(name))
    assert found.points.tolist() == table.points.tolist()
    assert list(found.frame.columns) == list(table.frame.columns)
    return True


@proof(sample=5, whole=25)
@pytest.mark.parametrize("name", names())
def test_auto_reads_what_the_reader_reads(name: str, cases: int) -> None:
    """Every sample as it is, written in other ways, and broken: what the named reader reads, auto reads alike.

    It broke where a sign of the format was looked for in one spelling only, or in fewer bytes than the reader reads.
    """
    sample, chance = sample_module(name).SAMPLE, random.Random(20240527)
    assert _found(sample, name)
    for way in REWRITTEN.values():
        _found(way(sample), name)
    for _ in range(cases):
        _found(mutated(sample, chance), name)


TABLES = {
    "a stamp in the fourth column": "kWh,p,q,Start,End\n"
    + "".join(f"0.1,2,1,{a}+01:00,{b}+01:00\n" for a, b in itertools.pairwise(HALVES)),
    "names and dates above": "Name,A\nStart,5/27/2024 00:00\nEnd,5/27/2024 02:30\nUnit,kWh\nMeter,Date,Time,Use\n"
    + "".join(f"1,5/27/2024,{n}:00 AM,0.1\n" for n in range(1, 8)),
    "hours from 1": "Fecha;Hora;kWh\n" + "".join(f"27/05/2024;{n};0,1\n" for n in range(1, 25)),
    "stamps without signs": "ID;DATUM;T;eor\n" + "".join(f" 999;20240527{n:02d};10.5;eor\n" for n in range(24)),
    "lines of 9,000 characters": "time;" + ";".join(f"p{n}" for n in range(900)) + "\n"
    + "".join(f"{a};" + ";".join(["1.50000000"] * 900) + "\n" for a in HALVES),
    "2,000 bytes above": "note\n" * 400 + "time;kw\n" + "".join(f"{a};1,5\n" for a in HALVES),
}  # fmt: skip


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
def test_auto_reads_tables_of_all_shapes(text: str) -> None:
    """What the reader of tables reads is found, however far to the right or below its stamps stand."""
    assert _found(text.encode(), "table")


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("load.csv", "table"),
        ("weather.epw", "epw"),
        ("book.xlsx", "table"),
        ("linky.csv", "enedis"),
        ("meter.xml", "green-button"),
    ],
)
def test_a_case_without_a_format_is_pointed_to_it(tmp_path: Path, file: str, name: str) -> None:
    """A French CSV or a weather file was answered with "commas" or an error of the parser's C code."""
    sample = {
        "load.csv": "Date;Puissance (kW)\n" + "".join(f"27/05/2024 {n:02d}:00;1,5\n" for n in range(3)),
        "book.xlsx": b"PK\x03\x04" + b"\x00" * 26 + b"xl/workbook.xml",
    }.get(file) or sample_module(name).SAMPLE
    (tmp_path / file).write_bytes(sample.encode() if isinstance(sample, str) else sample)
    profile = {"file": file, "column": "load_kw"}
    case = write_case(tmp_path, {"l": {"kind": "load", "profile": profile}, "g": grid()}, hours=2)
    with pytest.raises(InputError) as caught:
        load_case(case)
    told = str(caught.value)
    assert f"it looks like format '{name}'" in told
    assert f"'format: {name}', or 'format: auto'" in told


def test_an_error_within_a_plain_table_stays_its_own(tmp_path: Path) -> None:
    """A hole in a plain table is no matter of its format; pointing elsewhere would hide what is wrong."""
    (tmp_path / "load.csv").write_text(
        "time,load_kw\n2018-06-21T00:00,1\n2018-06-21T01:00,1\n2018-06-21T02:00,1\n2018-06-21T04:00,1\n"
    )
    profile = {"file": "load.csv", "column": "load_kw"}
    with pytest.raises(InputError, match="hole in the series"):
        load_case(write_case(tmp_path, {"l": {"kind": "load", "profile": profile}, "g": grid()}, hours=2))


def test_what_is_no_format_keeps_the_words_of_the_plain_table(tmp_path: Path) -> None:
    """A file that nobody recognises is not said to look like anything."""
    (tmp_path / "load.csv").write_text("a,b\nx,y\n")
    profile = {"file": "load.csv", "column": "b"}
    with pytest.raises(InputError, match="no column 'time'"):
        load_case(write_case(tmp_path, {"l": {"kind": "load", "profile": profile}, "g": grid()}, hours=2))


_ANSWERS = {
    "<html><head><title>502 Bad Gateway</title></head><body><h1>Later</h1></body></html>": "502 Bad Gateway: Later",
    "<!DOCTYPE html>\n<HTML><BODY><H1>403 Forbidden</H1></BODY></HTML>": "403 Forbidden",
    '<?xml version="1.0"?><!DOCTYPE html><html><body>Log in, please</body></html>': "Log in, please",
    '{"message": "Location over the sea."}': "Location over the sea.",
    '{"status": 403, "title": "Forbidden", "detail": "no key"}': "403: Forbidden: no key",
    '{"status": 404, "title": "Not Found"}': "404: Not Found",
    '{"inputs": {}, "errors": ["No data", "Wrong year"]}': "No data; Wrong year",
    '{"error": {"code": "KEY_MISSING", "message": "No key."}}': "KEY_MISSING: No key.",
    '[{"errorMessage": "Unknown id"}]': "Unknown id",
    "<error><code>401</code><message>Unauthorized</message></error>": "401: Unauthorized",
    "<s:Envelope><s:Fault><faultstring>Busy</faultstring></s:Fault></s:Envelope>": "Busy",
}


@pytest.mark.parametrize("name", [AUTO, *names()])
@pytest.mark.parametrize("answer", _ANSWERS)
def test_the_words_of_a_service_are_shown_by_every_reader(answer: str, name: str) -> None:
    """What a service sent in place of a file says itself what is wrong: no reader is to talk of missing columns."""
    with pytest.raises(InputError, match="the service answered with an error") as caught:
        read(answer, name)
    assert _ANSWERS[answer] in str(caught.value)


@pytest.mark.parametrize("text", ['{"a": 1}', "[1, 2]", "{", "[" * 9999, "<feed/>", "a,b\n"])
def test_what_is_no_answer_of_a_service(text: str) -> None:
    with pytest.raises(InputError, match="the format is not recognised"):
        read(text, AUTO)


@pytest.mark.parametrize("text", ["value\n0\n1\n2\n", "a;b\n0;1\n1;1\n2;1\n"])
def test_values_alone_are_a_table_where_their_start_is_stated(text: str) -> None:
    """What `table` reads with these options, `auto` reads with them too."""
    options = {"start": "2024-07-01", "step": "1 h"}
    assert read(text, AUTO, options=options).frame.equals(read(text, "table", options=options).frame)
    with pytest.raises(InputError, match="the format is not recognised"):
        read(text, AUTO)
