"""Rules that a case states for its data: how holes are filled, which year is meant, how much may be repaired."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from microgrid import Case, InputError, load_case
from tests.conftest import grid, write_case

NAN = float("nan")


def read(folder: Path, stamps: pd.DatetimeIndex, numbers: list[float], case: dict[str, Any], **rules: Any) -> Case:
    """A case with one load from a CSV file, whose empty cells are NaN here."""
    cells = ("" if value != value else repr(value) for value in numbers)
    rows = "".join(f"{stamp.isoformat()},{cell}\n" for stamp, cell in zip(stamps, cells, strict=True))
    (folder / "data.csv").write_text("time,load_kw\n" + rows, encoding="utf-8")
    profile = {"file": "data.csv", "column": "load_kw", **rules}
    return load_case(write_case(folder, {"load": {"kind": "load", "profile": profile}, "grid": grid()}, **case))


def local(start: str, end: str, step: str = "1h") -> pd.DatetimeIndex:
    return pd.date_range(start, end, freq=step, tz="Europe/Paris", inclusive="left")


def values(case: Case) -> list[float]:
    return case.assets["load"].profile.values.tolist()


DAY: dict[str, Any] = {"start": "2018-06-21", "hours": 4}


def test_a_hole_is_filled_by_the_rule_and_counted(tmp_path: Path) -> None:
    """1, ?, 3, 4 kW: 2 kW, one of four values."""
    hours = local("2018-06-21", "2018-06-21 04:00")
    case = read(tmp_path, hours, [1, NAN, 3, 4], DAY, fill={"up_to": "1 h"})
    assert values(case) == [1, 2, 3, 4]
    [row] = case.repairs.rows()
    assert (row["what"], row["count"], row["of"]) == ("filled", 1, 4)
    assert case.repairs.repaired() == [("data.csv", "load_kw", 0.25)]


def test_without_a_rule_an_empty_cell_is_an_error(tmp_path: Path) -> None:
    hours = local("2018-06-21", "2018-06-21 04:00")
    with pytest.raises(InputError, match=r"data.csv:3: .*not numbers(.|\n)*rule 'fill'"):
        read(tmp_path, hours, [1, NAN, 3, 4], DAY)


def test_what_the_rule_does_not_reach_is_an_error_with_its_line(tmp_path: Path) -> None:
    hours = local("2018-06-21", "2018-06-21 04:00")
    with pytest.raises(InputError, match=r"data.csv:3: .*has no value in 2 interval\(s\)(.|\n)*2018-06-21T01:00"):
        read(tmp_path, hours, [1, NAN, NAN, 4], DAY, fill={"up_to": "1 h"})


def test_holes_outside_the_horizon_do_not_matter(tmp_path: Path) -> None:
    hours = local("2018-06-20", "2018-06-21 04:00")
    case = read(tmp_path, hours, [NAN] * 24 + [1, 2, 3, 4], DAY, fill={})
    assert values(case) == [1, 2, 3, 4]


@pytest.mark.parametrize(("most", "fine"), [("25 %", True), ("24 %", False), (0.0, False)])
def test_more_repairs_than_the_case_allows_are_refused(tmp_path: Path, most: Any, fine: bool) -> None:
    """One of four values is filled: 25 %."""
    hours = local("2018-06-21", "2018-06-21 04:00")
    case = {**DAY, "max_repaired": most}
    if fine:
        assert values(read(tmp_path, hours, [1, NAN, 3, 4], case, fill={}))[1] == 2
        return
    with pytest.raises(InputError, match=r"max_repaired(.|\n)*25.00% of column 'load_kw' in data.csv"):
        read(tmp_path, hours, [1, NAN, 3, 4], case, fill={})


def test_another_year_is_laid_on_the_horizon_where_the_case_says_so(tmp_path: Path) -> None:
    """Data of 2017, in which each hour has the number of its day: June 21 is day 172. By weekday it is June 22, 2017,
    a Thursday as June 21, 2018.
    """
    hours = local("2017-01-01", "2018-01-01")
    days = [float(stamp.day_of_year) for stamp in hours]
    with pytest.raises(InputError, match="align: weekday"):
        read(tmp_path, hours, days, DAY)
    assert values(read(tmp_path, hours, days, DAY, align="date")) == pytest.approx([172] * 4)
    case = read(tmp_path, hours, days, DAY, align="weekday")
    assert values(case) == pytest.approx([173] * 4)
    assert any(row["what"] == "aligned" and "2017" in str(row["detail"]) for row in case.repairs.rows())


def test_energy_is_the_same_before_and_after(tmp_path: Path) -> None:
    """A day at 5 min onto 15 min and 1 h: the sum of power x time agrees to 1e-9."""
    stamps = local("2018-06-21", "2018-06-22", "5min")
    numbers = np.random.default_rng(1).uniform(0, 300, len(stamps)).tolist()
    for step in ("15 min", "1 h"):
        case = read(tmp_path, stamps, numbers, {"start": "2018-06-21", "hours": 24, "step": step})
        energy = float(np.dot(values(case), case.horizon.step_hours))
        assert energy == pytest.approx(sum(numbers) / 12, rel=1e-9)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"align": "month"}, "'align' must be one of date, weekday"),
        ({"fill": {"up_to": "2 kW"}}, "fill.up_to"),
        ({"fill": {"longer": "guess"}}, "fill.longer"),
        ({"fill": {"short": "1 h"}}, "fill.short"),
        ({"format": "enedi"}, "did you mean 'enedis'"),
        ({"format": {"kind": "enedis"}}, "unknown format"),
    ],
)
def test_rules_that_cannot_be(tmp_path: Path, rules: dict[str, Any], words: str) -> None:
    hours = local("2018-06-21", "2018-06-21 04:00")
    with pytest.raises(InputError, match=words):
        read(tmp_path, hours, [1, 2, 3, 4], DAY, **rules)


def test_rules_belong_to_files(tmp_path: Path) -> None:
    profile = {"values": [1, 2], "unit": "kW", "fill": {}}
    with pytest.raises(InputError, match="is only allowed for a series from a file"):
        load_case(write_case(tmp_path, {"load": {"kind": "load", "profile": profile}, "grid": grid()}, hours=2))
