"""Series on the horizon: files in any step, stamps with and without offset, both changes of the clock, the log."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid import Case, InputError, load_case
from tests.conftest import grid, load, make_case, solve, write_case


def read(folder: Path, csv: str, column: str = "load_kw", **sections: object) -> Case:
    """A case with one load from a CSV file."""
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "data.csv").write_text(csv, encoding="utf-8")
    profile = {"file": "data.csv", "column": column}
    return load_case(write_case(folder, {"load": {"kind": "load", "profile": profile}, "grid": grid()}, **sections))


def values(case: Case) -> list[float]:
    return case.assets["load"].profile.values.tolist()


def csv_of(stamps: pd.DatetimeIndex, numbers: list[float], naive: bool = False) -> str:
    shown = [s.replace(tzinfo=None).isoformat() if naive else s.isoformat() for s in stamps]
    return "time,load_kw\n" + "".join(f"{s},{v!r}\n" for s, v in zip(shown, numbers, strict=True))


def local(start: str, end: str, step: str) -> pd.DatetimeIndex:
    return pd.date_range(start, end, freq=step, tz="Europe/Paris", inclusive="left")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["\n", "\r\n", " \n", ",\n", "\t\n", ",,\n", "  "]), max_size=5))
def test_blank_lines_at_the_end_of_a_table_are_read(blanks: list[str]) -> None:
    """Editors add empty lines, spreadsheets lines of separators; a row with an empty value is still an error."""
    with tempfile.TemporaryDirectory() as folder:
        rows = csv_of(local("2018-06-21", "2018-06-22", "1h"), [float(n) for n in range(24)])
        case = read(Path(folder) / "read", rows + "".join(blanks), start="2018-06-21", end="2018-06-22")
        assert values(case) == [float(n) for n in range(24)]
        with pytest.raises(InputError, match="empty"):
            read(Path(folder) / "refused", rows.replace(",23.0", ",") + "".join(blanks), end="2018-06-22")


def test_a_blank_line_among_the_rows_is_named(tmp_path: Path) -> None:
    """It may be a row that was lost: nothing is repaired in silence."""
    rows = csv_of(local("2018-06-21", "2018-06-22", "1h"), [1.0] * 24).split("\n")
    with pytest.raises(InputError) as caught:
        read(tmp_path, "\n".join([*rows[:5], "", *rows[5:]]))
    [problem] = caught.value.problems
    assert (problem.line, problem.value) == (6, "empty")


def test_quarters_become_hours_with_their_energy_and_a_line_in_the_log(tmp_path: Path) -> None:
    """10, 20, 30, 40 kW: 25 kW for the hour. The first of them, or their sum, would be 10 or 100."""
    case = read(
        tmp_path, csv_of(local("2018-06-21", "2018-06-21 02:00", "15min"), [10.0, 20, 30, 40, 1, 1, 1, 1]), hours=2
    )
    assert values(case) == [25, 1]
    assert [(row["what"], row["count"]) for row in case.repairs.rows()] == [("resampled", 8)]


def test_hours_are_held_over_shorter_steps(tmp_path: Path) -> None:
    """Two hours as 30 min: each twice."""
    csv = csv_of(local("2018-06-21", "2018-06-21 02:00", "1h"), [10.0, 20.0])
    case = read(tmp_path, csv, hours=2, step="30 min")
    assert values(case) == [10, 10, 20, 20]
    assert "held" in str(case.repairs.rows()[0]["detail"])


def test_a_longer_file_is_used_where_the_horizon_lies(tmp_path: Path) -> None:
    """Three days in the file, two hours of the second day asked for; the log says that 70 values are not used."""
    stamps = local("2018-06-20", "2018-06-23", "1h")
    case = read(tmp_path, csv_of(stamps, [float(i) for i in range(72)]), hours=2)
    assert values(case) == [24, 25]
    assert [(row["what"], row["count"]) for row in case.repairs.rows()] == [("not used", 70)]


def test_an_uneven_axis_takes_means_of_each_step(tmp_path: Path) -> None:
    """Quarters 1..8 onto 15 min, 15 min, 30 min, 1 h: 1, 2, 3.5, 6.5."""
    csv = csv_of(local("2018-06-21", "2018-06-21 02:00", "15min"), [float(i) for i in range(1, 9)])
    step = [{"for": "30 min", "step": "15 min"}, {"for": "30 min", "step": "30 min"}, {"step": "1 h"}]
    assert values(read(tmp_path, csv, hours=2, step=step)) == [1, 2, 3.5, 6.5]


def test_the_stamps_of_utc_and_of_the_site_mean_the_same(tmp_path: Path) -> None:
    """22:00Z on 20 June is 00:00+02:00 on 21 June."""
    shifted = "time,load_kw\n2018-06-20T22:00:00Z,3\n2018-06-20T23:00:00Z,4\n"
    assert values(read(tmp_path, shifted, hours=2)) == [3, 4]


@pytest.mark.parametrize("naive", [False, True])
@pytest.mark.parametrize(
    ("day", "after", "hours"), [("2018-10-28", "2018-10-29", 25), ("2018-03-25", "2018-03-26", 23)]
)
def test_days_of_25_and_23_hours(tmp_path: Path, day: str, after: str, hours: int, naive: bool) -> None:
    """With offsets or as the clock shows them (one hour twice, or none): every value in its place."""
    numbers = [float(i) for i in range(hours)]
    case = read(tmp_path, csv_of(local(day, after, "1h"), numbers, naive), start=day, end=after)
    assert case.horizon.steps == hours
    assert values(case) == numbers
    assert [row["what"] for row in case.repairs.rows()] == (["naive stamps"] if naive else [])


def test_a_naive_year_with_both_changes(tmp_path: Path) -> None:
    """8,760 hours of local time; the last hour of the year is the last value."""
    stamps = local("2018-01-01", "2019-01-01", "1h")
    case = read(
        tmp_path, csv_of(stamps, [float(i) for i in range(8760)], naive=True), start="2018-12-31", end="2019-01-01"
    )
    assert values(case) == [float(i) for i in range(8736, 8760)]


def test_naive_stamps_that_no_clock_showed_are_refused(tmp_path: Path) -> None:
    """02:00 on 25 March 2018 did not exist; on 28 October 02:00 came twice and once is not enough."""
    spring = [f"2018-03-25T{h:02d}:00:00,1" for h in range(24)]
    autumn = [f"2018-10-28T{h:02d}:00:00,1" for h in range(24)]
    for rows, day, after in ((spring, "2018-03-25", "2018-03-26"), (autumn, "2018-10-28", "2018-10-29")):
        with pytest.raises(InputError) as caught:
            read(tmp_path, "time,load_kw\n" + "\n".join(rows) + "\n", start=day, end=after)
        [problem] = caught.value.problems
        assert "summer and winter time" in problem.message
        assert "UTC offset" in str(problem.remedy)


@pytest.mark.parametrize(
    ("column", "number", "expected"),
    [("load_kw", 5, 5), ("load_mw", 0.005, 5), ("load_w", 5000, 5), ("LOAD_KW", 5, 5)],
)
def test_the_unit_is_the_end_of_the_columns_name(tmp_path: Path, column: str, number: float, expected: float) -> None:
    """5 kW, however they are written."""
    csv = f"time,{column}\n2018-06-21T00:00:00+02:00,{number}\n2018-06-21T01:00:00+02:00,{number}\n"
    assert values(read(tmp_path, csv, column=column, hours=2)) == pytest.approx([expected] * 2)


def test_a_byte_order_mark_and_crlf_are_read(tmp_path: Path) -> None:
    """As spreadsheets write them."""
    csv = csv_of(local("2018-06-21", "2018-06-21 02:00", "1h"), [1.0, 2.0]).replace("\n", "\r\n")
    assert values(read(tmp_path, "\ufeff" + csv, hours=2)) == [1, 2]


def test_parquet_is_the_same_as_csv(tmp_path: Path) -> None:
    """With time stamps of a time zone, of none, or as text."""
    stamps = local("2018-06-21", "2018-06-21 03:00", "1h")
    for name, time in (
        ("zone", stamps),
        ("naive", stamps.tz_localize(None)),
        ("text", [s.isoformat() for s in stamps]),
    ):
        folder = tmp_path / name
        folder.mkdir()
        pd.DataFrame({"time": time, "load_kw": [1.0, 2.0, 3.0]}).to_parquet(folder / "data.parquet")
        assets = {"load": {"kind": "load", "profile": {"file": "data.parquet", "column": "load_kw"}}, "grid": grid()}
        assert values(load_case(write_case(folder, assets, hours=3))) == [1, 2, 3]


@settings(deadline=None, max_examples=20)
@given(
    own=st.sampled_from([5, 10, 15, 30, 60, 120]),
    step=st.sampled_from([5, 10, 15, 20, 30, 60, 120, 240]),
    data=st.data(),
)
def test_reading_and_resampling_keep_the_energy(
    tmp_path_factory: pytest.TempPathFactory, own: int, step: int, data: st.DataObject
) -> None:
    """Four hours in any step, read onto any other: sum of kW x h is the same, or the shift is refused (never here)."""
    count = 240 // own
    numbers = data.draw(st.lists(st.floats(0, 1e5, width=32), min_size=count, max_size=count))
    stamps = local("2018-06-21", "2018-06-21 04:00", f"{own}min")
    case = read(tmp_path_factory.mktemp("energy"), csv_of(stamps, numbers), hours=4, step=f"{step} min")
    found = float(np.dot(values(case), case.horizon.step_hours))
    assert found == pytest.approx(sum(numbers) * own / 60, rel=1e-9, abs=1e-6)


def test_a_series_by_months_days_and_hours() -> None:
    """A carbon intensity of 100 g by day, 40 g at night: 12 h and 12 h of 10 kW are 12 + 4.8 = 16.8 kg."""
    periods = [{"value": "100 g/kWh", "hours": ["07:00-19:00"]}, {"value": "0.04 t/MWh", "otherwise": True}]
    connection = {**grid(0.1), "carbon": {"periods": periods}}
    solution = solve({"l": load(10.0), "g": connection}, hours=24)
    assert solution.plan.accounts()["emissions_kgco2"] == pytest.approx(16.8)


@pytest.mark.parametrize(
    ("periods", "words"),
    [
        ([{"value": "1 kg/kWh", "hours": ["07:00-19:00"]}], "no value for 12 step"),
        ([{"value": "1 kg/kWh"}, {"value": "2 kg/kWh", "hours": ["07:00-08:00"]}], "more than one value for 1 step"),
        ([{"value": "1 kg/kWh", "hours": ["7-8"]}], "range of hours"),
        ([{"value": "1 kW"}], "wrong dimension"),
        ("day", "must be a list"),
        ([{"value": "1 kg/kWh", "otherwise": True, "hours": ["07:00-08:00"]}], "otherwise"),
    ],
)
def test_periods_that_cannot_be(periods: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make_case({"l": load(1.0), "g": {**grid(0.1), "carbon": {"periods": periods}}}, hours=24)
