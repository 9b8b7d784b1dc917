"""A result on disk is verified down to one edited number."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from microgrid import InputError, dispatch, load_case
from microgrid.cli import main
from microgrid.report.write_result import hashes, write_result
from microgrid.studies.verify import verify_result
from tests.conftest import ONE_DAY, battery, grid, load, write_case
from tests.proofs import proof, spread


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Case and result of the day by hand, in one folder."""
    place = tmp_path_factory.mktemp("verify")
    shutil.copytree(ONE_DAY, place / "one-day")
    folder, _ = write_result(dispatch(load_case(place / "one-day")), place / "results")
    assert verify_result(folder).passed
    return folder


@pytest.fixture
def result(written: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    shutil.copytree(written.parents[2], tmp_path / "copy")
    return tmp_path / "copy" / "results" / "one-day" / "base"


def rewrite(path: Path, change: Callable[[pd.DataFrame], None]) -> None:
    table = pd.read_csv(path)
    change(table)
    table.to_csv(path, index=False)


@proof(sample=10, whole=40)
@pytest.mark.parametrize("file", ["schedule.csv", "schedule.parquet", "ledger.csv"])
def test_any_edited_cell_of_a_table_is_found(result: Path, file: str, cases: int) -> None:
    """Every numeric column (schedule) or row (ledger), one cell by 0.01, drawn with a fixed seed."""
    path = result / file
    good = path.read_bytes()
    table = pd.read_parquet(path) if file.endswith("parquet") else pd.read_csv(path)
    numeric = [c for c in table.columns if pd.api.types.is_numeric_dtype(table[c])]
    generator = np.random.default_rng(5)
    there = {column: np.flatnonzero(table[column].notna()) for column in numeric}  # a line may count nothing
    cells = [(int(generator.choice(there[column])), column) for column in numeric for _ in range(2)]
    assert cells
    for row, column in spread(cells, cases):
        changed = table.copy()
        changed[column] = changed[column].astype(float)
        changed.loc[row, column] += 0.01
        changed.to_parquet(path) if file.endswith("parquet") else changed.to_csv(path, index=False)
        verdict = verify_result(result)
        assert not verdict.passed, f"{column} in row {row} goes unnoticed"
        assert (
            any(column.rpartition(".")[2] in str(f) or column == "amount" for f in verdict.findings)
            or file == "schedule.csv"
        )
    path.write_bytes(good)
    assert verify_result(result).passed


def leaves(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(node, dict):
        return [leaf for key, value in node.items() for leaf in leaves(value, (*path, key))]
    if isinstance(node, list):
        return [leaf for index, value in enumerate(node) for leaf in leaves(value, (*path, index))]
    return [path] if isinstance(node, int | float) and not isinstance(node, bool) else []


# What the run measured of itself: no replay can tell it again.
MEASURED = ("timing_seconds", "size", "solver", "audit", "repairs")


@proof(sample=10)
def test_any_edited_number_of_the_summary_is_found(result: Path, cases: int) -> None:
    """Every number that follows from case, schedule and ledger: raised by 1 % and 0.01, one at a time."""
    path = result / "summary.json"
    text = path.read_text(encoding="utf-8")
    summary = json.loads(text)
    unnoticed = []
    for leaf in spread([leaf for leaf in leaves(summary) if leaf[0] not in MEASURED], cases):
        changed = json.loads(text)
        node = changed
        for part in leaf[:-1]:
            node = node[part]
        node[leaf[-1]] = node[leaf[-1]] * 1.01 + 0.01
        path.write_text(json.dumps(changed), encoding="utf-8")
        if verify_result(result).passed:
            unnoticed.append(".".join(map(str, leaf)))
    assert unnoticed == []


def test_the_step_the_asset_and_the_size_are_named(result: Path) -> None:
    """The battery's charge at 03:00, raised by 2 kW."""

    def change(table: pd.DataFrame) -> None:
        table["battery.charge_kw"] = table["battery.charge_kw"].astype(float)
        table.loc[3, "battery.charge_kw"] += 2.0

    rewrite(result / "schedule.csv", change)
    (result / "schedule.parquet").unlink()
    done = CliRunner().invoke(main, ["verify", str(result)], catch_exceptions=False)
    assert done.exit_code == 1
    text = done.stdout + done.stderr
    for word in ("battery", "2018-06-21T03:00:00+02:00", "2 kW"):
        assert word in text, text


def test_words_that_are_changed_are_found(result: Path) -> None:
    """A time, a missing row, a missing column, a line of the ledger that is gone, an account that is another."""
    changes: list[tuple[str, Callable[[pd.DataFrame], pd.DataFrame]]] = [
        ("schedule.csv", lambda t: t.assign(time=t["time"].str.replace("T05", "T06"))),
        ("schedule.csv", lambda t: t.iloc[:-1]),
        ("schedule.csv", lambda t: t.drop(columns="pv.curtailed_kw")),
        ("schedule.csv", lambda t: t.drop(columns="grid.import_kw")),
        ("ledger.csv", lambda t: t[t["item"] != "energy"]),
        ("ledger.csv", lambda t: t.assign(asset=t["asset"].replace("grid", "battery"))),
        ("ledger.csv", lambda t: pd.concat([t, t.iloc[1:2]])),
    ]
    for file, change in changes:
        good = (result / file).read_bytes()
        change(pd.read_csv(result / file)).to_csv(result / file, index=False)
        assert not verify_result(result).passed, (file, change)
        (result / file).write_bytes(good)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("ledger.csv", "a,b\n1,2\n"),
        ("ledger.csv", "month,account,asset,item,amount\n2018-06,cost_eur,grid,energy,many\n"),
        (
            "ledger.csv",
            "month,account,asset,item,amount\n2018-06,cost_eur,battery,wear,\n2018-06,cost_eur,grid,energy,25.0\n"
            "2018-06,emissions_kgco2,grid,import,10.2\n",
        ),
        ("ledger.csv", ""),
        ("schedule.csv", ""),
        ("schedule.csv", "time,step_hours\n"),
        ("summary.json", "{"),
        ("summary.json", "[]"),
        ("summary.json", "{}"),
        ("summary.json", '{"objective_eur": "25", "bound_eur": null, "gap": [], "accounts": 5}'),
        ("manifest.json", "{}"),
        ("manifest.json", '{"case": 5, "settings": [1], "files": 3}'),
        ("schedule.parquet", "no parquet"),
    ],
)
def test_files_that_are_spoilt_are_told_and_never_a_traceback(result: Path, file: str, content: str) -> None:
    """Exit code 1 (does not hold) or 2 (cannot be read), with a message."""
    (result / file).write_text(content, encoding="utf-8")
    done = CliRunner().invoke(main, ["verify", str(result)], catch_exceptions=False)
    assert done.exit_code in (1, 2)
    assert (done.stdout + done.stderr).strip()


@pytest.mark.parametrize("file", ["schedule.csv", "ledger.csv", "summary.json", "manifest.json"])
def test_a_missing_file_is_told(result: Path, file: str) -> None:
    """By its name, exit code 2: without it nothing can be told."""
    (result / file).unlink()
    with pytest.raises(InputError, match=file):
        verify_result(result)


def remake(result: Path, without: str = "") -> None:
    """The manifest as one would make it to hide a change: hashes of what is there now."""
    manifest = json.loads((result / "manifest.json").read_text(encoding="utf-8"))
    manifest["outputs"] = hashes(result)
    manifest.pop(without, None)
    (result / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize("remade", [False, True])
@pytest.mark.parametrize("file", ["bill.csv", "report.html", "report.md", "schedule.parquet"])
def test_a_missing_file_that_follows_from_others_is_told(result: Path, file: str, remade: bool) -> None:
    """Also where the manifest does not know of it any more."""
    (result / file).unlink()
    if remade:
        remake(result)
    assert [str(finding) for finding in verify_result(result).findings] == [f"{file}: is missing"]


@pytest.mark.parametrize("column", ["time", "grid.import_kw"])
def test_a_changed_copy_in_parquet_is_found(result: Path, column: str) -> None:
    """A stamp, and a value by a millionth of a watt: with hashes made anew, against the schedule in CSV."""
    path = result / "schedule.parquet"
    table = pd.read_parquet(path)
    first = table[column].iloc[0]
    table.loc[0, column] = first + 1e-9 if column != "time" else first.replace("T00", "T01")
    table.to_parquet(path)
    remake(result)
    [finding] = verify_result(result).findings
    assert str(finding).startswith(f"schedule.parquet at row 1: {column} differs from schedule.csv")


@pytest.mark.parametrize("remade", ["no", "hashes", "without outputs", "other versions"])
@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("bill.csv", "25.0", "24.0"),
        ("report.html", "25.00", "24.00"),
        ("report.md", "25.00", "24.00"),
        ("report.md", "One day", "Two day"),
        ("report.html", "</body>", "<p>and more</p></body>"),
    ],
)
def test_a_changed_bill_or_report_is_found(result: Path, file: str, old: str, new: str, remade: str) -> None:
    """By what follows from schedule, ledger and summary: a manifest with the new hashes, or with none, hides nothing.

    A manifest that names other versions may come with pages made in another way: then the bill is held against its
    numbers, and pages against their hashes.
    """
    path = result / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")
    if remade != "no":
        remake(result, "outputs" if remade == "without outputs" else "")
    if remade == "other versions":
        manifest = json.loads((result / "manifest.json").read_text(encoding="utf-8"))
        manifest["versions"]["report"] = "another"
        (result / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        assert verify_result(result).passed == (file != "bill.csv")
        return
    assert [finding.asset for finding in verify_result(result).findings] == [file]


def test_several_folders_at_once(result: Path, tmp_path: Path) -> None:
    """One that holds, one that does not, one that is none: each is told, and the exit code is the greatest."""
    spoilt = shutil.copytree(result, result.parent / "spoilt")
    (spoilt / "bill.csv").unlink()
    done = CliRunner().invoke(main, ["verify", str(tmp_path / "none"), str(result), str(spoilt)])
    assert done.exit_code == 2
    assert f"{result} holds." in done.stdout
    assert f"{spoilt} does not hold: 1 finding(s)." in done.stdout
    assert "bill.csv: is missing" in done.stderr
    assert "none/manifest.json: no such file" in done.stderr
    shown = json.loads(CliRunner().invoke(main, ["verify", "--json", str(result), str(spoilt)]).stdout)
    assert [found["passed"] for found in shown] == [True, False]


def test_a_case_that_has_changed_since_is_told(result: Path) -> None:
    """Another byte in an input file: the result is of another case."""
    case = result.parents[2] / "one-day"
    profiles = case / "profiles.csv"
    profiles.write_text(profiles.read_text().replace("00,0.5,10", "00,0.6,10", 1))
    with pytest.raises(InputError, match="has changed"):
        verify_result(result)


@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("place", ["accounts.cost_eur", "savings.cost_eur", "lines.0.amount"])
def test_an_amount_in_any_unit_of_money_keeps_its_digits_and_is_checked(
    factor: float, place: str, tmp_path: Path
) -> None:
    """5 kW and 3 kW for an hour each, bought at 0.1 EUR and stored at 0.01: 0.83 EUR, whatever the unit of money is.

    With six decimals the line of 3e-8 would be nothing, and with a floor of 1 EUR an edit of it would not be found.
    """
    store = battery(wear_cost=f"{0.01 * factor!r} EUR/kWh", start=None)
    assets = {"l": load(5, 3), "b": store, "g": grid([0.1 * factor, 0.3 * factor])}
    folder = write_case(tmp_path / "case", assets, hours=2, site={"timezone": "Europe/Paris", "occupants": 7})
    result, summary = write_result(dispatch(load_case(folder)), tmp_path / "out", {})
    assert summary.accounts["cost_eur"] == pytest.approx(0.83 * factor, rel=1e-9)
    assert summary.kpis["cost_eur_per_person"] == pytest.approx(0.83 * factor / 7, rel=1e-9)
    assert [line.amount for line in summary.lines] == pytest.approx([0.03 * factor, 0.8 * factor], rel=1e-9)
    assert verify_result(result).passed
    content = json.loads((result / "summary.json").read_text())
    *parents, last = place.split(".")
    node = content
    for key in parents:
        node = node[int(key)] if key.isdecimal() else node[key]
    node[last] *= 1.0001
    (result / "summary.json").write_text(json.dumps(content))
    assert not verify_result(result).passed
