"""A published case of EMHASS, written as cases of this project: PV, a tariff of two prices, two on/off loads."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from microgrid import Limits, dispatch, load_case
from tests.conftest import GOLDEN, check, grid, write_case

SOURCE = GOLDEN / "emhass_hphc_deferrable"
pytestmark = pytest.mark.skipif(
    not SOURCE.is_dir(), reason=f"the golden case emhass_hphc_deferrable is not at {GOLDEN}"
)

# The published day runs from 22:00 to 22:00 at UTC+1; on a clock three hours ahead of UTC it is a day.
ZONE = "Etc/GMT-3"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The case folder: series in the project's own format, powers in W as they were published."""
    folder = tmp_path_factory.mktemp("emhass")
    table = pd.read_csv(SOURCE / "timeseries.csv")
    table = table.rename(
        columns={"timestamp": "time", "buy_eur_kwh": "buy_eur_per_kwh", "sell_eur_kwh": "sell_eur_per_kwh"}
    )
    table["time"] = table["time"].str.replace(" ", "T")
    peak = float(table["pv_w"].max())
    table["pv_fraction"] = table["pv_w"] / peak
    table.to_csv(folder / "data.csv", index=False)
    limits = json.loads((SOURCE / "params.json").read_text())
    connection = grid(import_max=limits["p_import_max_w"] / 1000, export_max=limits["p_export_max_w"] / 1000)
    connection["tariff"] = {
        "name": "peak and off-peak",
        "energy": [{"item": "energy", "series": {"file": "data.csv", "column": "buy_eur_per_kwh"}}],
        "export": [{"item": "feed-in", "series": {"file": "data.csv", "column": "sell_eur_per_kwh"}}],
    }
    deferrable = {
        f"deferrable {number}": {
            "kind": "shiftable_load",
            "mode": "on_off",
            "power_max": f"{load['p_w']} W",
            "energy": f"{load['p_w'] * load['hours']} Wh",
            "runs": [{"hours": "00:00-24:00"}],
        }
        for number, load in enumerate(limits["deferrable"])
    }
    assets = {
        "pv": {
            "kind": "solar",
            "capacity": f"{peak!r} W",
            "profile": {"file": "data.csv", "column": "pv_fraction"},
            "must_take": True,
        },
        "load": {"kind": "load", "profile": {"file": "data.csv", "column": "load_w"}},
        **deferrable,
        "grid": connection,
    }
    return write_case(folder, assets, start="2022-02-24", end="2022-03-04", step="30 min", site={"timezone": ZONE})


def test_each_day_and_the_sum_of_all_eight(site: Path) -> None:
    """Each day is its own problem; -39.412397 EUR in all, each day to 1e-6 EUR as published.

    Did the on/off loads run in part, or in one piece, the daily figures would differ.
    """
    expected = json.loads((SOURCE / "params.json").read_text())
    profits = []
    for number in range(expected["days"]):
        start = pd.Timestamp("2022-02-24") + pd.Timedelta(days=number)
        days = {"horizon.start": str(start.date()), "horizon.end": str((start + pd.Timedelta(days=1)).date())}
        solution = check(dispatch(load_case(site, settings=days), Limits(gap=1e-9)))
        profits.append(-solution.plan.accounts()["cost"])
        on = solution.schedule["deferrable 0.demand_kw"].to_numpy()
        assert sorted(set(on.round(6).tolist())) == [0.0, 3.0]
    assert profits == pytest.approx(expected["expected_daily_profit"], abs=2e-6)
    assert sum(profits) == pytest.approx(expected["expected_total"], abs=1e-5)


def test_all_days_at_once_have_the_same_total(site: Path) -> None:
    """Eight windows of a day each in one problem: nothing ties the days together, so the total is the same."""
    expected = json.loads((SOURCE / "params.json").read_text())["expected_total"]
    solution = check(dispatch(load_case(site), Limits(gap=1e-7)))
    assert -solution.plan.accounts()["cost"] == pytest.approx(expected, abs=1e-5)
