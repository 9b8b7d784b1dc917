"""Units of columns: what a name ends in, what is stated beside it, and energy of intervals as power."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid import load_case, units
from microgrid.assets.load import Load
from microgrid.errors import InputError
from microgrid.formats.column_units import values_in
from microgrid.formats.timed_table import Table
from microgrid.formats.unit_names import SUFFIX_UNITS, unit_of, with_unit
from microgrid.repairs import RepairLog
from tests.conftest import grid, write_case


def table(values: Any, seconds: Any, name: str = "load_kwh") -> Table:
    """Rows of some lengths from 2018-06-21 on."""
    points = 1529532000 + np.concatenate([[0], np.cumsum(np.broadcast_to(seconds, len(values)))])
    return Table("t.csv", "t.csv", pd.DataFrame({name: values}), points)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("import_kw", "kW"),
        ("Consumption (kwh)", "kWh"),
        ("Puissance [kW]", "kW"),
        ("T (°C)", "°C"),
        ("G [W/m²]", "W/m²"),
        ("Price (ct/kWh)", "ct/kWh"),
        ("Cost (p)", ""),
        ("G(h)", ""),
        ("Usage (min)", ""),
        ("Consumo_kWh", "kWh"),
        ("load", ""),
        ("pressure_hpa", "hPa"),
        ("LMP (¢/kWh)", "¢/kWh"),
        ("price_pence_per_kwh", ""),
        ("toll_per_kwh", ""),
        ("cars_per_m2", ""),
    ],
)
def test_the_unit_that_a_name_ends_in(name: str, unit: str) -> None:
    assert unit_of(name) == unit


@pytest.mark.parametrize("unit", [*SUFFIX_UNITS.values(), "degF", "bar", "km/h"])
def test_a_name_with_its_unit_is_read_back(unit: str) -> None:
    """What a name is given is what it is read as, in an ending or in brackets."""
    assert unit_of(with_unit("offices", unit)) == unit


def test_energy_of_intervals_is_power() -> None:
    """2.5 kWh in a quarter of an hour are 10 kW, in half an hour 5 kW; it is recorded."""
    log = RepairLog()
    found = values_in(table([2.5, 2.5], [900, 1800]), "load_kwh", "kW", log=log)
    assert found.tolist() == [10.0, 5.0]
    assert [(r.what, r.count) for r in log.repairs] == [("energy", 2)]


@pytest.mark.parametrize(
    ("name", "stated", "canonical", "expected"),
    [
        ("load", "Wh", "kW", 0.04),
        ("load_mwh", "", "kW", 40_000.0),
        ("load", "kJ", "kW", 10 / 900),
        ("ghi_wh_per_m2", "", "kW/m2", 0.04),
        ("ghi", "J/cm2", "W/m2", 10e4 / 900),
        ("pv", "kWh/kWp", "", 40.0),
        ("load", "kW", "kW", 10.0),
        ("load_w", "", "kW", 0.01),
        ("t", "degF", "degC", (10 - 32) / 1.8),
        ("share", "fraction", "", 10.0),
        ("share", "one", "", 10.0),
        ("share", "%", "", 0.1),
        ("share_fraction", "", "", 10.0),
    ],
)
def test_values_in_the_unit_of_a_field(name: str, stated: str, canonical: str, expected: float) -> None:
    """10 of each unit over a quarter of an hour."""
    assert values_in(table([10.0], 900, name), name, canonical, stated)[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "stated", "canonical", "words"),
    [
        ("load_kwh", "kWh/h", "kW", "in kWh according to its name, but kWh/h is stated"),
        ("load_kwh", "kW", "kW", "in kWh according to its name, but kW is stated"),
        ("load_kw", "kWh", "kW", "in kW according to its name, but kWh is stated"),
        ("load", "", "kW", "'unit: kW', or 'unit: kWh' if the values are totals of each interval"),
        ("load", "kWhh", "kW", "unknown unit"),
        ("load_kwh", "", "degC", "wrong dimension"),
        ("load_kwh", "", "", "wrong dimension"),
        ("load_kwh", "", "EUR/kWh", "wrong dimension"),
        ("price_usd_per_mwh", "EUR/MWh", "money/kWh", "another currency"),
        ("price_usd_per_mwh", "EUR/MWh", "money/kWh", "remedy:   leave the unit out; or correct the name"),
        ("load_kw", "EUR/MWh", "money/kWh", "EUR/MWh is stated: wrong dimension"),
    ],
)
def test_units_that_do_not_fit(name: str, stated: str, canonical: str, words: str) -> None:
    """A unit that contradicts the name would be readable and wrong: 60 kWh for 240."""
    with pytest.raises(InputError) as caught:
        values_in(table([10.0], 900, name), name, canonical, stated)
    assert words in str(caught.value)


def test_another_size_of_the_same_unit_counts_and_is_recorded() -> None:
    """A column that is called kW and stated to hold W: what is stated holds, and the log says so."""
    log = RepairLog()
    assert values_in(table([10.0], 900, "load_kw"), "load_kw", "kW", "W", log=log).tolist() == [0.01]
    assert [repair.what for repair in log.repairs] == ["unit"]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.floats(0, 1e6), st.sampled_from([300, 900, 1800, 3600, 82800, 90000])), min_size=1))
def test_energy_is_kept(rows: list[tuple[float, int]]) -> None:
    """Whatever the lengths of the intervals, power times hours is the energy that the file counts."""
    energy, seconds = (np.array(part, dtype=float) for part in zip(*rows, strict=True))
    found = values_in(table(energy, seconds), "load_kwh", "kW")
    assert (found * seconds / 3600).sum() == pytest.approx(energy.sum())


def case(folder: Path, header: str, **series: Any) -> Path:
    """A day with 2.5 in each quarter of an hour as the profile of a load."""
    stamps = pd.date_range("2018-06-21", periods=96, freq="15min")
    rows = "".join(f"{stamp.isoformat()},2.5\n" for stamp in stamps)
    (folder / "meter.csv").write_text(f"time,{header}\n{rows}", encoding="utf-8")
    profile = {"file": "meter.csv", **series}
    return write_case(folder, {"l": {"kind": "load", "profile": profile}, "g": grid()}, hours=24)


@pytest.mark.parametrize(
    ("header", "series"),
    [
        ("load_kwh", {"column": "load_kwh"}),
        ("Verbrauch", {"column": "Verbrauch", "unit": "kWh"}),
        ("Verbrauch", {"column": "Verbrauch", "unit": "MWh", "scale": 0.001}),
        ("load_kwh", {"column": "load_kwh", "format": "table"}),
        ("Verbrauch (kWh)", {"column": "Verbrauch (kWh)", "format": {"name": "table"}}),
    ],
)
def test_a_load_of_energy_per_interval(tmp_path: Path, header: str, series: dict[str, Any]) -> None:
    """96 x 2.5 kWh are 240 kWh: 10 kW all day. Read as a power it would be 60 kWh."""
    load = load_case(case(tmp_path, header, **series)).assets["l"]
    assert isinstance(load, Load)
    assert load.profile.values.tolist() == pytest.approx([10.0] * 24)


def test_a_misspelt_column_is_not_there(tmp_path: Path) -> None:
    """It was asked for its unit; the nearest name is what helps."""
    with pytest.raises(InputError) as caught:
        load_case(case(tmp_path, "load_kwh", column="laod"))
    assert "no column 'laod'" in str(caught.value)
    assert "did you mean 'load_kwh'" in str(caught.value)


def test_fraction_is_a_unit_wherever_one_is() -> None:
    assert units.parse("0.95 fraction", "") == units.parse("0.95 one", "") == units.parse(0.95, "")
