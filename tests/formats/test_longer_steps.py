"""Hours among shorter steps: held, or spread where they are energies, and lost rows are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid.errors import InputError
from microgrid.formats.additive import adds_up
from microgrid.formats.column_units import values_in
from microgrid.formats.longer_steps import lengths
from microgrid.repairs import RepairLog
from microgrid.studies.importing import read_profile, write_profile
from tests.formats.reading import read, values

DAY = pd.date_range("2024-06-01", periods=24, freq="1h")
NEXT = pd.date_range("2024-06-02", periods=96, freq="15min")


def table(stamps: list[pd.Timestamp], numbers: list[float], name: str = "price_eur_per_mwh", side: str = "") -> str:
    head = f"{side or 'time'},{name}\n"
    return head + "".join(f"{t:%Y-%m-%d %H:%M},{'' if v != v else v}\n" for t, v in zip(stamps, numbers, strict=True))


@pytest.mark.parametrize("side", ["begin", "end"])
@pytest.mark.parametrize("first", ["hours", "quarters"])
def test_hours_before_or_after_quarters(side: str, first: str) -> None:
    """Markets went from hours to quarters: each row lasts to the next, none is a quarter with three holes behind it."""
    hours, quarters = [*DAY], [*NEXT]
    if first == "quarters":
        hours, quarters = [*(DAY + pd.Timedelta(days=2))], [*NEXT]
    parts = [(t, 60) for t in hours] + [(t, 15) for t in quarters]
    parts.sort()
    shown = [t + pd.Timedelta(minutes=m if side == "end" else 0) for t, m in parts]
    log = RepairLog()
    found = read(table(shown, [float(n) for n in range(120)], side=side), "table", "UTC", log=log)
    assert values(found, "price_eur_per_mwh") == [float(n) for n in range(120)]
    assert (np.diff(found.points) / 60).tolist() == [m for _, m in parts]
    assert any(repair.what == "longer steps" and repair.count == 24 for repair in log.repairs)


@pytest.mark.parametrize(("name", "share"), [("price_eur_per_mwh", 1.0), ("load_kw", 1.0), ("load_kwh", 0.25)])
def test_a_column_of_hours_beside_one_of_quarters(name: str, share: float) -> None:
    """A value at each full hour, three empty cells behind it: 4 kWh an hour are 1 kWh a quarter, a price stays."""
    rows = "".join(f"{t:%Y-%m-%d %H:%M},{n},{n // 4 if n % 4 == 0 else ''}\n" for n, t in enumerate(NEXT))
    log = RepairLog()
    found = read(f"time,other_kw,{name}\n{rows}", "table", "UTC", log=log)
    assert values(found, name) == [n // 4 * share for n in range(96)]
    [told] = [repair for repair in log.repairs if repair.what == "longer steps"]
    assert (told.column, told.count) == (name, 24)
    assert ("spread" if share < 1 else "held") in told.detail


@pytest.mark.parametrize("side", ["begin", "end"])
def test_a_stated_step_that_is_shorter_than_the_rows(side: str) -> None:
    """Rows of hours under `step: 15 min` last an hour each: not a quarter and three holes, whatever is stated."""
    shown = [t + pd.Timedelta(hours=int(side == "end")) for t in DAY]
    found = read(table(shown, [float(n) for n in range(24)], "load_kw", side), "table", "UTC", {"step": "15 min"})
    assert values(found, "load_kw") == [float(n) for n in range(24)]
    assert set(np.diff(found.points)) == {3600}
    few = read(table(shown[:2], [1.0, 2.0], "load_kw", side), "table", "UTC", {"step": "15 min"})
    assert values(few, "load_kw") == [1.0, 2.0]


def test_lost_quarters_are_holes() -> None:
    """A logger that loses rows leaves holes of any length, some of three in a row at a full hour: none is filled."""
    numbers = [float(n) for n in range(96)]
    for n in (*range(5, 8), *range(41, 44), 50, 60, 61, 70):
        numbers[n] = float("nan")
    found = values(read(table([*NEXT], numbers, "load_kw"), "table", "UTC"), "load_kw")
    assert np.isnan(found).tolist() == np.isnan(numbers).tolist()
    kept = [n for n in range(96) if numbers[n] == numbers[n]]
    rows = table([NEXT[n] for n in kept], [numbers[n] for n in kept], "load_kw")
    found = values(read(rows, "table", "UTC"), "load_kw")
    assert np.isnan(found).tolist() == np.isnan(numbers).tolist()


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.6))
def test_rows_lost_at_random_are_never_taken_for_hours(seed: int, share: float) -> None:
    """Of a year of quarters any share is lost at random: every interval stays a quarter."""
    kept = np.flatnonzero(np.random.default_rng(seed).random(35_040) > share) * 900
    assert (lengths(kept, 900) == 900).all()


@settings(max_examples=50, deadline=None)
@given(st.integers(4, 100), st.integers(4, 100), st.sampled_from([300, 600, 900, 1800]), st.booleans())
def test_any_two_lengths_that_follow_each_other(hours: int, short: int, step: int, hours_first: bool) -> None:
    """All intervals meet: the sum of the lengths is the whole time."""
    length = np.repeat([3600, step] if hours_first else [step, 3600], [hours, short] if hours_first else [short, hours])
    stamps = np.concatenate([[0], np.cumsum(length)[:-1]])
    assert lengths(stamps, step).tolist() == length.tolist()


def test_what_is_written_in_even_steps_keeps_its_energy(tmp_path: Path) -> None:
    """Hours, then quarters, written in quarters: 24 kWh of a day stay 24 kWh, and a power of 1 kW stays 1 kW."""
    stamps = [*DAY, *NEXT]
    path = tmp_path / "in.csv"
    path.write_text(table(stamps, [1.0] * 24 + [0.25] * 96, "load_kwh"), encoding="utf-8")
    write_profile(read_profile(path, "table"), tmp_path / "out.csv")
    written = pd.read_csv(tmp_path / "out.csv")["load_kwh"]
    assert (len(written), written.sum()) == (192, pytest.approx(48.0))
    path.write_text(table(stamps, [1.0] * 120, "load_kw"), encoding="utf-8")
    write_profile(read_profile(path, "table"), tmp_path / "out.csv")
    assert (pd.read_csv(tmp_path / "out.csv")["load_kw"] == 1.0).all()


@pytest.mark.parametrize(
    ("name", "energy"),
    [
        ("load_kwh", True), ("Volume [kWh]", True), ("Wh", True), ("Energie (MWh)", True), ("load_kw", False),
        ("price_eur_per_mwh", False), ("EUR/MWh", False), ("g/kWh", False), ("carbon_kgco2_per_kwh", False),
        ("Leistung [kWh/h]", False), ("whale", False),
    ],
)  # fmt: skip
def test_units_of_energy(name: str, energy: bool) -> None:
    assert (adds_up(name) is True) is energy


@pytest.mark.parametrize(
    "name",
    [
        "Gas kWh",
        "kWh Verbrauch",
        "Energie_MJ",
        "blindarbeit_kvarh",
        "irr_wh_per_m2",
        "Energy [kJ]",
        "EnergykWh",
        "GWh x",
    ],
)
def test_a_unit_of_energy_anywhere_in_a_name_is_spread(name: str) -> None:
    """Held, an energy of an hour would stand four times: 40 kWh would be 160."""
    assert adds_up(name) is True
    rows = "".join(f"{t:%Y-%m-%d %H:%M},{40 if n % 4 == 0 else ''},{n}\n" for n, t in enumerate(NEXT))
    assert values(read(f"time,{name},other_kw\n{rows}", "table", "UTC"), name) == [10.0] * 96


@pytest.mark.parametrize(
    ("name", "adds"),
    [
        ("Preis EUR/MWh", False), ("gCO2 per kWh", False), ("Preis", False), ("kW total", False), ("kWh/h", False),
        ("Verbrauch", None), ("Roof W", None), ("Druckluft", None), ("price kWh", None), ("load", None),
    ],
)  # fmt: skip
def test_what_a_name_without_a_unit_at_its_end_tells(name: str, adds: bool | None) -> None:
    """None is asked for: a word that may be an energy is never taken for a mean."""
    assert adds_up(name) is adds


@pytest.mark.parametrize(("unit", "mean"), [("kWh", 40.0), ("kW", 40.0), ("Wh", 0.04), ("MJ", 40 / 3.6)])
@pytest.mark.parametrize("side", ["begin", "end"])
def test_the_unit_that_is_stated_later_decides(side: str, unit: str, mean: float) -> None:
    """A name without a unit: 40 kWh an hour are a mean of 40 kW in each quarter, as 40 kW are; nothing is guessed."""
    at, shift = (3, pd.Timedelta("15min")) if side == "end" else (0, pd.Timedelta(0))
    rows = "".join(f"{t + shift:%Y-%m-%d %H:%M},{40 if n % 4 == at else ''},{n}\n" for n, t in enumerate(NEXT))
    found = read(f"{side},Verbrauch,other_kw\n{rows}", "table", "UTC")
    assert values_in(found, "Verbrauch", "kW", unit, holes=True).tolist() == pytest.approx([mean] * 96)
    with pytest.raises(InputError, match=r"its unit is not stated"):
        found.column("Verbrauch", holes=True)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([(300, 12), (600, 6), (900, 4), (1800, 2)]), st.booleans(), st.integers(6, 40), st.booleans())
def test_the_energy_of_hours_stays_where_it_was(step: tuple[int, int], back: bool, hours: int, energy: bool) -> None:
    """Whatever the rows and the side of the stamps: each hour of the clock has its own energy, and keeps all of it."""
    seconds, times = step
    begins = pd.date_range("2024-06-02", periods=hours * times, freq=f"{seconds}s")
    shown = begins + pd.Timedelta(seconds=seconds * back)
    at = times - 1 if back else 0
    name = "gas_kwh" if energy else "gas_kw"
    rows = "".join(f"{t:%Y-%m-%d %H:%M},{n // times + 1 if n % times == at else ''},{n}\n" for n, t in enumerate(shown))
    found = read(f"{'end' if back else 'begin'},{name},other_kw\n{rows}", "table", "UTC")
    means = values_in(found, name, "kW")
    assert means.tolist() == pytest.approx([n // times + 1 for n in range(hours * times)])


@pytest.mark.parametrize("side", ["begin", "end"])
def test_values_off_the_hour_are_refused_where_they_are_used(side: str) -> None:
    """At the last quarter of an hour with stamps of the begin: the hour before or the one after cannot be told."""
    shift = pd.Timedelta(minutes=15 * (side == "end"))
    rows = "".join(f"{t + shift:%Y-%m-%d %H:%M},{40 if n % 4 == 2 else ''},{n}\n" for n, t in enumerate(NEXT))
    found = read(f"{side},gas_kwh,other_kw\n{rows}", "table", "UTC")
    assert values(found, "other_kw") == list(range(96))
    with pytest.raises(InputError, match="the begin of their intervals is unclear"):
        found.column("gas_kwh", holes=True)
