"""Columns of a file under other names, with their unit and a factor: in weather files, mixes, bills and imports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from microgrid import load_case, read_profile, write_profile
from microgrid.assets.solar import Solar
from microgrid.cli import main
from microgrid.errors import InputError
from microgrid.formats.renamed_columns import columns_of, renamed
from microgrid.repairs import RepairLog
from microgrid.studies.billing import bill_meter
from tests.conftest import grid, load, write_case
from tests.formats.test_column_units import table

SITE = {"latitude": 43.6, "longitude": 1.4}
SOLAR = {"kind": "solar", "capacity": "10 kW"}


def test_a_column_under_another_name() -> None:
    """2.5 kWh per quarter of an hour times 2 are 20 kW; what is not named stays, and the file's own name is gone."""
    log = RepairLog()
    meter = table([2.5, 2.5], 900, "Verbrauch")
    found = renamed(meter, columns_of({"load_kw": {"column": "Verbrauch", "unit": "kWh", "scale": 2}}, "t.csv"), log)
    assert found.column("load_kw").tolist() == [20.0, 20.0]
    assert list(found.frame.columns) == ["load_kw"]
    assert {repair.what for repair in log.repairs} == {"energy", "column"}


def test_the_new_name_says_the_unit_of_a_name_without_one() -> None:
    assert renamed(table([3.0], 900, "T"), columns_of({"t_degc": "T"}, ""), RepairLog()).column("t_degc")[0] == 3.0


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"load_kw": "Verbauch"}, "did you mean 'Verbrauch'"),
        ({"load_kw": {"column": "Verbrauch", "unti": "kWh"}}, "did you mean 'unit'"),
        ({"load_kw": {"unit": "kWh"}}, "columns.load_kw.column: missing"),
        ({"load_kw": {"column": "Verbrauch", "unit": "kWhh"}}, "a unit such as kW"),
        ({"load_kw": {"column": "Verbrauch", "unit": "degC"}}, "wrong dimension"),
        ({"load": {"column": "Verbrauch", "unit": "kWh"}}, "such as load_kwh"),
        ({"load_kw": {"column": "Verbrauch", "scale": "2 kW"}}, "scale"),
        ({"load_kw": 5}, "not a mapping"),
        ({"other": "Verbrauch"}, "two columns of one name"),
    ],
)
def test_columns_that_cannot_be(columns: dict[str, Any], words: str) -> None:
    meter = table([2.5], 900, "Verbrauch")
    meter.frame["other"] = 1.0
    with pytest.raises(InputError) as caught:
        renamed(meter, columns_of(columns, "t.csv"), RepairLog())
    assert words in str(caught.value)


def weather(folder: Path, header: str, scale: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> None:
    """A day of June with a sun like a sine, 20 degC and 2 m/s."""
    hours = np.arange(24)
    sun = np.maximum(0.0, 900 * np.sin((hours - 5) / 14 * np.pi)) * (np.abs(hours - 12) < 7)
    rows = [
        f"2018-06-21T{h:02d}:00,{g * scale[0]:.6f},{20 * scale[1]:.6f},{2 * scale[2]:.6f}"
        for h, g in zip(hours, sun, strict=True)
    ]
    (folder / "weather.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def solar(folder: Path, profile: dict[str, Any]) -> list[float]:
    """The profile of a roof in a case with this weather."""
    whole = {"weather": "weather.csv", "arrays": [{"tilt": 30}], **profile}
    assets = {"roof": {**SOLAR, "profile": whole}, "l": load(1.0), "g": grid()}
    case = write_case(folder, assets, hours=24, site={"timezone": "Europe/Paris", **SITE})
    roof = load_case(case).assets["roof"]
    assert isinstance(roof, Solar)
    return list(roof.profile.values)


def test_a_weather_table_with_other_names(tmp_path: Path) -> None:
    """The same weather under its own names, under others, and in other units: the same power in each hour."""
    weather(tmp_path, "time,ghi_w_per_m2,temperature_degc,wind_speed_m_per_s")
    own = solar(tmp_path, {})
    assert max(own) > 0.5
    weather(tmp_path, "time,G(h),T2m,WS")
    with pytest.raises(InputError, match=r"columns: \{temperature_degc: NAME\}"):
        solar(tmp_path, {})
    names = {"ghi_w_per_m2": "G(h)", "temperature_degc": "T2m", "wind_speed_m_per_s": "WS"}
    weather(tmp_path, "time,G(h),T2m,WS")
    assert solar(tmp_path, {"columns": names}) == pytest.approx(own)
    weather(tmp_path, "time,Global,Temp [degC],Wind", (0.36, 1.0, 3.6))
    units = {
        "ghi_w_per_m2": {"column": "Global", "unit": "J/cm2"},
        "temperature_degc": "Temp [degC]",
        "wind_speed_m_per_s": {"column": "Wind", "unit": "km/h"},
    }
    assert solar(tmp_path, {"columns": units}) == pytest.approx(own, rel=1e-4)
    assert solar(tmp_path, {"columns": units, "format": "table"}) == pytest.approx(own, rel=1e-4)


def meter(folder: Path, text: str) -> tuple[Path, Path]:
    (folder / "meter.csv").write_text(text, encoding="utf-8")
    (folder / "tariff.yaml").write_text(
        json.dumps({"name": "t", "energy": [{"item": "e", "price": "0.3 EUR/kWh"}],
                    "export": [{"item": "x", "price": "0.1 EUR/kWh"}]}), encoding="utf-8",
    )  # fmt: skip
    return folder / "meter.csv", folder / "tariff.yaml"


ROWS = [f"27/05/2024;{n};0,5;0,25" for n in range(1, 25)]
SPANISH = "\n".join(["Fecha;Hora;Consumo;Vertido", *ROWS])


@pytest.mark.parametrize(
    "options",
    [
        ["--import-column", "Consumo", "--export-column", "Vertido", "--unit", "kWh"],
        ["--import-column", "Consumo", "--export-column", "Vertido", "--unit", "Wh", "--scale", "1000"],
        ["--column", "import_kwh=Consumo", "--column", "export_kwh=Vertido"],
        ["--column", "import_kw={column: Consumo, unit: kWh}", "--column", "export_kw={column: Vertido, unit: kWh}"],
        ["--column", "import_kwh=Consumo", "--column", "export_kwh=Vertido", "--option", "decimal=,"],
    ],
)
def test_the_bill_of_a_file_as_it_is(tmp_path: Path, options: list[str]) -> None:
    """24 x 0.5 kWh at 0.30 less 24 x 0.25 at 0.10: 3.60 - 0.60 = 3.00, whatever way the columns are named."""
    readings, tariff = meter(tmp_path, SPANISH)
    fixed = [str(readings), "--tariff", str(tariff), "--timezone", "Europe/Madrid", "--format", "table", "--json"]
    done = CliRunner().invoke(main, ["bill", *fixed, *options])
    assert done.exit_code == 0, done.output
    assert sum(line["amount_eur"] for line in json.loads(done.output)) == pytest.approx(3.0)


def test_the_bill_of_one_of_two_meters(tmp_path: Path) -> None:
    """The reader's option chooses the meter: 1 kWh at 0.30, and 2 kWh of the other."""
    head = "Identifiant PRM;Date de debut;Date de fin;Grandeur physique;Grandeur metier;Etape metier;Unite;Horodate;"
    rows = [
        f"3000000000000{one};2024-05-27;2024-05-28;PA;CONS;BRUT;W;2024-05-27T0{hour}:{half}:00+02:00;{one}000;B;PT30M"
        for one in (1, 2)
        for hour, half in ((0, "30"), (1, "00"))
    ]
    readings, tariff = meter(tmp_path, "\n".join([head + "Valeur;Nature;Pas", *rows]))
    for one in (1, 2):
        options = {"prm": f"3000000000000{one}"}
        lines = bill_meter(readings, tariff, timezone="Europe/Paris", format="enedis", options=options).lines
        assert lines["amount"].sum() == pytest.approx(0.3 * one)
        assert bill_meter(readings, tariff, timezone="Europe/Paris", options=options).lines.equals(lines)


def test_an_import_names_units_and_factors(tmp_path: Path) -> None:
    """What an import writes with a unit, a case reads: 0.5 kWh of each hour are 0.5 kW."""
    readings, _ = meter(tmp_path, SPANISH)
    found = read_profile(readings, "table", timezone="Europe/Madrid", columns=["Consumo"], unit="kWh", scale=2)
    assert found.frame["Consumo_kwh"].tolist() == [1.0] * 24
    fixed = ["import", "auto", str(readings), "--timezone", "Europe/Madrid", "--out", str(tmp_path / "out.csv")]
    done = CliRunner().invoke(main, [*fixed, "--column", "load_kw={column: Consumo, unit: Wh}"])
    assert done.exit_code == 0, done.output
    assert pd.read_csv(tmp_path / "out.csv")["load_kw"].tolist() == pytest.approx([0.0005] * 24)


def test_energy_of_unequal_intervals_is_written_in_parts(tmp_path: Path) -> None:
    """Days of 23 and 24 hours are written in hours: 24 kWh a day are 24/23 and 1 kWh in each, not 24 in each."""
    text = "date;kwh\n" + "".join(f"2024-{day};24\n" for day in ("03-30", "03-31", "04-01", "04-02"))
    (tmp_path / "days.csv").write_text(text, encoding="utf-8")
    write_profile(read_profile(tmp_path / "days.csv", "table", timezone="Europe/Paris"), tmp_path / "hours.csv")
    written = pd.read_csv(tmp_path / "hours.csv")["kwh"]
    assert len(written) == 24 + 23 + 48
    assert written.sum() == pytest.approx(96.0)


def test_a_text_that_is_no_option_is_refused(tmp_path: Path) -> None:
    readings, tariff = meter(tmp_path, SPANISH)
    fixed = ["bill", str(readings), "--tariff", str(tariff), "--timezone", "Europe/Madrid", "--format", "table"]
    for wrong in (["--option", "decimal"], ["--option", "name=enedis"], ["--column", "a={column: Consumo"]):
        done = CliRunner().invoke(main, [*fixed, *wrong])
        assert done.exit_code == 2
        assert "Traceback" not in done.output
