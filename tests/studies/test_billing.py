"""The bill of a meter: the same lines as the ledger of a schedule, from the readings alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from microgrid.cli import main
from microgrid.errors import InputError
from microgrid.studies.billing import bill_meter
from tests.conftest import battery, grid, load, solve

TARIFF: dict[str, Any] = {
    "name": "test",
    "energy": [{"item": "energy", "periods": [{"price": "0.3 EUR/kWh", "hours": ["06:00-22:00"]},
                                              {"price": "0.1 EUR/kWh", "otherwise": True}]}],
    "export": [{"item": "feed-in", "price": "0.05 EUR/kWh"}],
    "peaks": [{"item": "peak", "price": "2 EUR/kW", "interval": "1 h", "ratchet": {"share": "80 %"}}],
    "subscription": {"power": "6 kW", "price": "73 EUR/kW/year", "overrun_price": "5 EUR/kW"},
    "fixed": [{"item": "meter", "price": "365 EUR/year"}],
}  # fmt: skip


def write(folder: Path, **columns: Any) -> tuple[Path, Path]:
    """A meter file of two days over the end of January at 30 min, and the tariff."""
    time = pd.date_range("2018-01-31", periods=96, freq="30min", tz="Europe/Paris")
    table = pd.DataFrame({"time": [stamp.isoformat() for stamp in time], **columns})
    table.to_csv(folder / "meter.csv", index=False)
    (folder / "tariff.yaml").write_text(json.dumps(TARIFF), encoding="utf-8")
    return folder / "meter.csv", folder / "tariff.yaml"


def totals(lines: pd.DataFrame) -> dict[str, float]:
    return {str(item): float(total) for item, total in lines.groupby("item", sort=False)["amount"].sum().items()}


def test_a_bill_by_hand(tmp_path: Path) -> None:
    """10 kW all the time, two days: 2 x (16 h x 10 x 0.3 + 8 h x 10 x 0.1) = 112; peaks 2 x 10 x 2 = 40; overrun
    (10 - 6) x 5 twice = 40; subscription 6 x 73 x 48 / 8760 = 2.40; meter 365 x 48 / 8760 = 2.
    """
    expected = {"energy": 112, "feed-in": 0, "peak": 40, "subscribed power: overrun": 40, "meter": 2}
    meter, tariff = write(tmp_path, import_kw=10.0)
    found = totals(bill_meter(meter, tariff, timezone="Europe/Paris").lines)
    assert found == pytest.approx({**expected, "subscribed power": 2.4})
    by_energy, _ = write(tmp_path, import_kwh=5.0)
    assert totals(bill_meter(by_energy, tariff, timezone="Europe/Paris").lines) == pytest.approx(found)
    in_watt, _ = write(tmp_path, import_w=10_000.0)
    assert totals(bill_meter(in_watt, tariff, timezone="Europe/Paris").lines) == pytest.approx(found)


def test_the_bill_of_a_meter_as_its_operator_exports_it(tmp_path: Path) -> None:
    """The same 10 kW as an Enedis file: W, at the end of each half hour, on the local clock. The bill is the same."""
    meter, tariff = write(tmp_path, import_kw=10.0)
    expected = totals(bill_meter(meter, tariff, timezone="Europe/Paris").lines)
    head = (
        "Identifiant PRM;Date de début;Date de fin;Grandeur physique;Grandeur métier;Etape métier;Unité;Horodate;"
        "Valeur;Nature;Pas;Indice de vraisemblance;Etat complémentaire\n"
    )
    about = "30001234567890;2018-01-31 00:00:00;2018-02-02 00:00:00;PA;CONS;BRUT;W"
    stamps = pd.date_range("2018-01-31 00:30", periods=96, freq="30min")
    rows = "".join(f"{about};{stamp:%Y-%m-%d %H:%M:%S};10000;B;PT30M;0;0\n" for stamp in stamps)
    exported = tmp_path / "enedis.csv"
    exported.write_text(head + rows, encoding="utf-8")
    for name in ("enedis", "auto"):
        assert totals(bill_meter(exported, tariff, timezone="Europe/Paris", format=name).lines) == pytest.approx(
            expected
        )


def test_what_each_line_counts_by_hand(tmp_path: Path) -> None:
    """Each day: 240 kWh for 56 EUR, 10 kW of peak, 6 kW subscribed and 4 kW beyond; nothing is fed in."""
    meter, tariff = write(tmp_path, import_kw=10.0)
    lines = bill_meter(meter, tariff, timezone="Europe/Paris").lines
    assert list(lines.columns) == ["month", "item", "quantity", "unit", "unit_price", "amount"]
    for month in ("2018-01", "2018-02"):
        found = lines[lines["month"] == month].set_index("item")
        assert found["quantity"].drop("meter").to_dict() == pytest.approx(
            {"energy": 240, "feed-in": 0, "peak": 10, "subscribed power": 6, "subscribed power: overrun": 4}
        )
        assert found["unit"].to_dict()["energy"] == "kWh"
        assert found.loc["energy", "unit_price"] == pytest.approx(56 / 240, rel=1e-6)
        assert found.loc["peak", "unit_price"] == pytest.approx(2)
        assert found.loc[["meter", "feed-in"], "unit_price"].isna().all()
        assert found.loc[["meter"], "quantity"].isna().all()


def test_the_bill_of_a_schedule_is_its_ledger(tmp_path: Path) -> None:
    """What the optimizer believes, line by line and month by month, from the meter columns of its schedule."""
    generator = np.random.default_rng(2)
    connection = {**grid(export_max=5), "tariff": TARIFF}
    demand = load(*generator.uniform(0, 12, 96).round(3))
    sun = {"kind": "solar", "capacity": "20 kW", "profile": {"values": generator.uniform(0, 1, 96).round(3).tolist()}}
    solution = solve({"b": battery(), "sun": sun, "load": demand, "grid": connection}, start="2018-01-31", hours=48,
                     step="30 min")  # fmt: skip
    readings = {f"{way}_kw": solution.schedule[f"grid.{way}_kw"].to_numpy() for way in ("import", "export")}
    meter, tariff = write(tmp_path, **readings)
    found = bill_meter(meter, tariff, timezone="Europe/Paris").lines.set_index(["month", "item"])["amount"]
    ledger = solution.ledger[solution.ledger["asset"] == "grid"].set_index(["month", "item"])["amount"]
    assert found.to_dict() == pytest.approx(ledger.to_dict(), abs=2e-6)


@pytest.mark.parametrize(
    ("columns", "options", "words"),
    [
        ({"import_kw": -1.0}, {}, "below zero"),
        ({"reading": 1.0}, {}, "0 columns begin with 'import'"),
        ({"import_kw": 1.0, "import_kwh": 1.0}, {}, "2 columns begin with 'import'"),
        ({"import_degc": 1.0}, {}, "neither a power nor an energy"),
        ({"import": 1.0}, {}, "neither a power nor an energy"),
        ({"import_kw": "much"}, {}, "not numbers"),
        ({"import_kw": 1.0}, {"timezone": "Europe/Pari"}, "unknown time zone"),
        ({"import_kw": 1.0}, {"country": "XX"}, "unknown country"),
        ({"import_kw": 1.0}, {"import_column": "imprt_kw"}, "did you mean 'import_kw'"),
    ],
)
def test_readings_that_make_no_bill_are_refused(
    tmp_path: Path, columns: dict[str, Any], options: dict[str, str], words: str
) -> None:
    meter, tariff = write(tmp_path, **columns)
    with pytest.raises(InputError, match=words):
        bill_meter(meter, tariff, **{"timezone": "Europe/Paris", **options})


def test_the_command_prints_and_writes_it(tmp_path: Path) -> None:
    meter, tariff = write(tmp_path, import_kw=10.0)
    arguments = ["bill", str(meter), "--tariff", str(tariff), "--timezone", "Europe/Paris"]
    shown = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path / "bill.csv")], catch_exceptions=False)
    assert shown.exit_code == 0
    assert "Total" in shown.stdout
    assert "196.40" in shown.stdout
    assert re.search(r"energy +480.00 kWh +0.23333 +112.00", shown.stdout)
    assert re.search(r"peak +20.00 kW·month +2.0000 +40.00", shown.stdout)
    assert pd.read_csv(tmp_path / "bill.csv")["amount_eur"].sum() == pytest.approx(196.4)
    assert max(map(len, shown.stdout.splitlines())) <= 80
    missing = CliRunner().invoke(main, ["bill", "none.csv", *arguments[2:]], catch_exceptions=False)
    assert missing.exit_code == 2
    assert "none.csv: no such file" in missing.stderr
