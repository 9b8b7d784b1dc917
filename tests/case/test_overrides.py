"""Settings and scenarios reach into lists, and into the tariff files that a case names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from microgrid import InputError, dispatch, load_case
from microgrid.cli import main
from microgrid.report.write_result import write_result
from microgrid.studies.sweep import product, sweep
from microgrid.studies.verify import verify_result
from tests.conftest import check, content, cost, load

TARIFF = """\
name: of a file
energy:
  - item: energy
    price: 0.20 EUR/kWh
peaks:
  - item: peak
    price: 2 EUR/kW
fixed:
  - {item: meter, price_per_day: 1 EUR/d}
"""
PRICE = "assets.grid.tariff.energy.0.price"


def site(folder: Path, tariff: Any = "tariff.yaml", **sections: Any) -> Path:
    """A load of 1 kW for a day: 24 x 0.20 + 1 x 2 + 1 = 7.80 EUR."""
    grid = {"kind": "grid", "import_max": "9 kW", "tariff": tariff}
    (folder / "case.yaml").write_text(
        json.dumps(content({"load": load(1), "grid": grid}, hours=24, **sections), indent=1), encoding="utf-8"
    )
    (folder / "tariff.yaml").write_text(TARIFF, encoding="utf-8")
    return folder


def cost_of(folder: Path, **settings: Any) -> float:
    return cost(check(dispatch(load_case(folder, settings=settings))))


def refusal(folder: Path, **settings: Any) -> str:
    with pytest.raises(InputError) as caught:
        load_case(folder, settings=settings)
    return str(caught.value)


@pytest.mark.parametrize("path", [PRICE, "assets.grid.tariff.energy[0].price"])
def test_a_price_in_a_file_is_set(path: str, tmp_path: Path) -> None:
    """0.30 in place of 0.20 EUR/kWh: 2.40 EUR more; the file itself stays as it is."""
    folder = site(tmp_path)
    assert cost_of(folder) == pytest.approx(7.8)
    assert cost_of(folder, **{path: "0.30 EUR/kWh"}) == pytest.approx(10.2)
    assert (tmp_path / "tariff.yaml").read_text(encoding="utf-8") == TARIFF


def test_the_measured_peak_is_set_though_the_file_has_none(tmp_path: Path) -> None:
    """5 kW were metered of the month so far: 10 EUR for the peak in place of 2; tomorrow's plan is set from a meter."""
    assert cost_of(site(tmp_path), **{"assets.grid.tariff.measured.peak": "5 kW"}) == pytest.approx(15.8)


def test_a_tariff_of_the_library_is_reached_into(tmp_path: Path) -> None:
    """By its name, without a copy in the case."""
    folder = site(tmp_path, "library:fr-turpe7-hta-short-2025")
    name = load_case(folder, settings={"assets.grid.tariff.name": "ours"}).assets["grid"].tariff.name  # type: ignore[attr-defined]
    assert name == "ours"


def test_scenarios_reach_into_files_and_settings_on_top_of_them(tmp_path: Path) -> None:
    """The scenario's price, then a setting of the peak's: 24 x 0.5 + 1 x 3 + 1. A scenario may name another file."""
    dear = {PRICE: "0.50 EUR/kWh", "assets.grid.tariff.fixed": None}
    folder = site(tmp_path, scenarios={"dear": dear, "other": {"assets.grid.tariff": "other.yaml"}})
    (tmp_path / "other.yaml").write_text(TARIFF.replace("0.20", "0.40"), encoding="utf-8")
    setting = {"assets.grid.tariff.peaks.0.price": "3 EUR/kW"}
    assert cost(dispatch(load_case(folder, "dear", setting))) == pytest.approx(15)
    assert cost(dispatch(load_case(folder, "other", setting))) == pytest.approx(24 * 0.4 + 3 + 1)


def test_a_scenario_with_an_asset_more_states_its_source(tmp_path: Path) -> None:
    """The path of a source is one key, with its dots; a source of something else is refused."""
    battery = {"kind": "battery", "capacity": "2 kWh", "charge_max": "1 kW", "discharge_max": "1 kW"}
    more = {"assets.b": battery, "sources.assets.b": "assumed"}
    folder = site(tmp_path, sources={"assets.load": "metered"}, scenarios={"more": more})
    assert load_case(folder, "more").sources == {"assets.load": "metered", "assets.b": "assumed"}
    with pytest.raises(InputError, match=r"source of a value that the case does not have"):
        load_case(folder, settings={"sources.assets.c": "assumed"})


def test_values_in_a_file_are_varied(tmp_path: Path) -> None:
    """A row for each price, on the command line and from Python."""
    found = sweep(site(tmp_path), product({PRICE: ["0.10 EUR/kWh", "0.30 EUR/kWh"]}))
    assert found.table["cost_eur"].tolist() == pytest.approx([5.4, 10.2])
    arguments = [
        "sweep",
        str(tmp_path),
        "--vary",
        f"{PRICE}=[0.1 EUR/kWh, 0.3 EUR/kWh]",
        "--out",
        str(tmp_path / "out"),
    ]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    table = pd.read_csv(next((tmp_path / "out").rglob("sweep.csv")))
    assert table["cost_eur"].tolist() == pytest.approx([5.4, 10.2])


def test_a_result_with_a_set_price_verifies_and_traces_the_file(tmp_path: Path) -> None:
    """The setting is repeated from the manifest, and the tariff file is among the files of the case."""
    case = load_case(site(tmp_path), settings={PRICE: "0.30 EUR/kWh"})
    assert {file.name for file in case.files} == {"case.yaml", "tariff.yaml"}
    folder, _ = write_result(dispatch(case), tmp_path / "out")
    assert verify_result(folder).passed


def test_mistakes_are_told_where_they_are(tmp_path: Path) -> None:
    """In the setting, or in the file with its own line; places that are not there, files that are not there."""
    folder = site(tmp_path)
    text = refusal(folder, **{PRICE: "0.3 EUR/kW"})
    assert f"--set: {PRICE}: wrong dimension" in text
    (tmp_path / "tariff.yaml").write_text(TARIFF.replace("2 EUR/kW", "2 EUR"), encoding="utf-8")
    text = refusal(folder, **{PRICE: "0.3 EUR/kWh"})
    assert "tariff.yaml:7: assets.grid.tariff.peaks.0.price: wrong dimension" in text
    text = refusal(folder, **{"assets.grid.tariff.peaks.0": None, "assets.grid.tariff.fixed.0.price": "1 EUR/year"})
    assert "tariff.yaml:9: assets.grid.tariff.fixed.0" in text
    more = "  - {item: more, price: 1 EUR}\n"
    (tmp_path / "tariff.yaml").write_text(TARIFF.replace("peaks:", f"{more}peaks:"), encoding="utf-8")
    assert "tariff.yaml:5: energy.1.price" in refusal(folder)
    # What follows a line that is removed has another number than in the file: the line of the list is stated.
    assert "tariff.yaml:2: assets.grid.tariff.energy.0.price" in refusal(
        folder, **{"assets.grid.tariff.energy.0": None}
    )
    (tmp_path / "tariff.yaml").write_text(TARIFF, encoding="utf-8")
    assert "no such path" in refusal(folder, **{"assets.grid.tariff.energy.7.price": "1 EUR/kWh"})
    assert "no such path" in refusal(folder, **{"assets.load.profile.deep": 1})
    assert "did you mean 'tariff'" in refusal(folder, **{"assets.grid.tarif.measured.peak": "1 kW"})
    for name, words in (
        ("gone.yaml", "no such file"),
        ("../out.yaml", "outside the case folder"),
        ("library:x", "no such tariff"),
    ):
        text = refusal(site(tmp_path, name), **{PRICE: "0.3 EUR/kWh"})
        assert words in text
        assert "case.yaml:" in text
