"""Stamps of a clock that changes, as intervals: of a stated length with holes, and remedies that name what there is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from microgrid.errors import InputError
from microgrid.formats.clock.local_intervals import LocalStamps
from microgrid.formats.clock.timestamps import parse
from microgrid.formats.intervals import Recorded
from microgrid.formats.registry import format_of
from microgrid.formats.source import Source
from microgrid.formats.timed_table import Side, Table
from microgrid.parameters import offered_by
from tests.formats.reading import read

OPTIONS = offered_by(format_of("table").options)
QUARTERS = [f"2024-06-01 {n // 4:02d}:{n % 4 * 15:02d}" for n in range(32)]
HOURS = [f"2024-06-01 {n:02d}:00" for n in range(8, 24)]
SPRING = ["2024-03-31 01:00", "2024-03-31 02:00", "2024-03-31 03:00"]
AUTUMN = ["2024-10-27 01:00", "2024-10-27 02:00", "2024-10-27 03:00"]
UNEVEN = ["2024-06-01 00:00", "2024-06-01 00:15", "2024-06-01 00:30", "2024-06-01 00:40"]
UNCLEAR = ["01.06.2024 00:00", "02.06.2024 00:15"]


def local(texts: Sequence[str], offers: Collection[str] = ()) -> LocalStamps:
    source = Source(Path("meter.log"), "meter.log", "meter.log", "Europe/Paris")
    line = np.arange(len(texts)) + 2
    clock = parse(source, pa.array(texts, pa.string()), line, "time", None, None, offers)
    zone, empty = ZoneInfo(source.timezone), np.zeros(len(line), dtype=bool)
    return LocalStamps(source, clock, zone, autumn=None, spring=None, empty=empty, offers=offers)


def tabled(axis: LocalStamps, side: Side, step: int | None, **more: Any) -> Table:
    begin, end, rows = axis.axis(side, step, **more)
    return Recorded(begin, end, {"load_kw": np.ones(len(rows))}, axis.clock.line[rows], side).table(axis.source)


@pytest.mark.parametrize("side", ["begin", "end"])
def test_stamps_that_are_farther_apart_than_the_stated_step_leave_holes(side: Side) -> None:
    """Eight hours of quarters and sixteen of which three quarters each are lost: 3 x 15 holes between, all counted.

    As longer steps they would be 16 hours at 1 kW, of which nobody has measured more than a quarter.
    """
    axis = local([*QUARTERS, *HOURS])
    table = tabled(axis, side, 900)
    assert set(np.diff(table.points).tolist()) == {900}
    lost = np.isnan(table.frame["load_kw"]).to_numpy()
    assert lost.sum() == 45
    found = {repair.what: repair.count for repair in axis.source.log.repairs}
    assert found["missing rows"] == 45
    assert "longer steps" not in found


@pytest.mark.parametrize(("step", "more"), [(None, {}), (900, {"longer": True})])
def test_a_run_of_hours_among_quarters_is_of_hours_where_that_is_asked_for(
    step: int | None, more: dict[str, bool]
) -> None:
    """Without a stated step, as in a table without options, each row lasts to the next; the log counts them."""
    axis = local([*QUARTERS, *HOURS])
    table = tabled(axis, "begin", step, **more)
    assert set(np.diff(table.points).tolist()) == {900, 3600}
    assert [repair.count for repair in axis.source.log.repairs if repair.what == "longer steps"] == [16]


def test_stamps_that_are_closer_than_the_stated_step_are_refused() -> None:
    with pytest.raises(InputError, match="intervals overlap"):
        tabled(local(QUARTERS), "begin", 1800)


@pytest.mark.parametrize(
    ("texts", "message", "option"),
    [
        (SPRING, "a local time that does not exist", "spring_hour"),
        (AUTUMN, "the hour of the autumn change is not there twice in order", "autumn_hour"),
        (UNEVEN, "unequal steps", "step"),
        (SPRING[:1], "fewer than two rows", "step"),
        (UNCLEAR, "the order of day and month is unclear", "dates"),
        ([*QUARTERS, "Total"], "not a time stamp", "skip_footer"),
    ],
)
def test_a_remedy_names_options_of_the_format_and_no_others(texts: Sequence[str], message: str, option: str) -> None:
    """A format without options is told what to do with the file, a table what to state."""
    told = {}
    for offers in (OPTIONS, frozenset[str]()):
        with pytest.raises(InputError, match=message) as caught:
            local(texts, offers).axis("begin", None)
        [told[offers]] = [problem.remedy or "" for problem in caught.value.problems]
    assert option in told[OPTIONS]
    without = told[frozenset()]
    assert without
    named = without.replace("format table, with its option timezone", "")
    assert not {word for word in OPTIONS - {"time", "date"} if f"option {word}" in named or f"{word}:" in named}


@pytest.mark.parametrize(("texts", "option"), [(SPRING, "spring_hour: drop"), (AUTUMN, "option autumn_hour")])
def test_a_table_still_names_its_own_options(texts: Sequence[str], option: str) -> None:
    rows = "".join(f"{text},1\n" for text in texts)
    with pytest.raises(InputError) as caught:
        read(f"time,load_kw\n{rows}", "table")
    assert option in str(caught.value)
    assert "option timezone" in str(caught.value)
