"""``microgrid import`` and ``read_profile``: what a file holds, written as a table that a case reads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from microgrid import InputError, load_case, read_profile, write_profile
from tests.command import inside, outside
from tests.conftest import grid, write_case

ENEDIS = """Identifiant PRM;Date de début;Date de fin;Grandeur physique;Grandeur métier;Etape métier;Unité;\
Horodate;Valeur;Nature;Pas;Indice de vraisemblance;Etat complémentaire
"""


def enedis(folder: Path, *rows: tuple[str, int, str]) -> Path:
    """A file of rows (end stamp, W, step)."""
    about = "30001234567890;2018-06-21 00:00:00;2018-06-22 00:00:00;PA;CONS;BRUT;W"
    path = folder / "load.csv"
    path.write_text(ENEDIS + "".join(f"{about};{s};{w};B;{p};0;0\n" for s, w, p in rows), encoding="utf-8")
    return path


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """1 kW for half an hour, 2 kW for half an hour, 4 kW for an hour."""
    return enedis(
        tmp_path,
        ("2018-06-21 00:30:00", 1000, "PT30M"),
        ("2018-06-21 01:00:00", 2000, "PT30M"),
        ("2018-06-21 02:00:00", 4000, "PT60M"),
    )


def test_a_profile_has_local_stamps_and_a_log(mixed: Path) -> None:
    profile = read_profile(mixed, timezone="Europe/Paris")
    assert profile.format == "enedis"
    assert profile.frame["consumption_kw"].tolist() == [1, 2, 4]
    assert profile.frame.index[2] == pd.Timestamp("2018-06-21 01:00", tz="Europe/Paris")
    assert {"naive stamps", "stamps of the end"} <= {str(row["what"]) for row in profile.log.rows()}


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_what_is_written_is_read_by_a_case_with_its_energy(mixed: Path, suffix: str) -> None:
    """0.5 + 1 + 4 = 5.5 kWh: written in steps of 30 min, of which the last two hold 4 kW; 1.5 and 4 kW on hours."""
    out = mixed.parent / "case" / f"clean.{suffix}"
    write_profile(read_profile(mixed, "enedis", timezone="Europe/Paris"), out)
    profile = {"file": out.name, "column": "consumption_kw"}
    case = load_case(write_case(out.parent, {"l": {"kind": "load", "profile": profile}, "g": grid()}, hours=2))
    assert case.assets["l"].profile.values.tolist() == [1.5, 4]
    direct = {"file": "load.csv", "format": "enedis", "column": "consumption_kw"}
    assets = {"l": {"kind": "load", "profile": direct}, "g": grid()}
    same = load_case(write_case(mixed.parent, assets, hours=2, site={"timezone": "Europe/Paris"}))
    assert np.array_equal(same.assets["l"].profile.values, case.assets["l"].profile.values)


def test_the_command_shows_and_writes(mixed: Path) -> None:
    out = mixed.parent / "clean.csv"
    done = outside("import", "auto", str(mixed), "--timezone", "Europe/Paris", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "load.csv: enedis" in done.stdout
    assert "3 rows of 30 to 60 min from 2018-06-21T00:00:00+02:00 on." in done.stdout
    assert max(map(len, done.stdout.splitlines()[:6])) <= 80
    assert out.read_text(encoding="utf-8").splitlines()[:2] == ["time,consumption_kw", "2018-06-21T00:00:00+02:00,1.0"]


def test_the_command_speaks_json(mixed: Path) -> None:
    told = json.loads(inside("import", "enedis", str(mixed), "--timezone", "Europe/Paris", "--json").stdout)
    assert told["format"] == "enedis"
    assert told["columns"] == [{"column": "consumption_kw", "missing": 0, "mean": pytest.approx(7 / 3)}]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["enedis", "none.csv"], "no such file"),
        (["enedi", "FILE"], "No such command"),
        (["enedis", "FILE", "--column", "consumption_kwh"], "did you mean 'consumption_kw'?"),
        (["enedis", "FILE", "--option", "prm"], "is not KEY=VALUE"),
        (["enedis", "FILE", "--option", "colour=red"], "option of format 'enedis'"),
        (["enedis", "FILE", "--timezone", "Europe/Pari"], "unknown time zone"),
        (["enedis", "FILE", "--out", "OUT.xlsx"], "ends in .csv or .parquet"),
    ],
)
def test_wrong_input_is_said_in_a_sentence(mixed: Path, arguments: list[str], words: str) -> None:
    given = [str(mixed) if a == "FILE" else a.replace("OUT", str(mixed.parent / "o")) for a in arguments]
    done = inside("import", *given)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_profile(tmp_path)
