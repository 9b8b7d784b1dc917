"""Many settings of a case: each begins from where a similar one stood, and comes to the same optimum."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from microgrid.case.reading import Case
from microgrid.contract.status import Status
from microgrid.errors import ExitCode, InputError
from microgrid.result.solution import Solution
from microgrid.solve.highs import problem
from microgrid.solve.limits import Limits
from microgrid.solve.windows import levels
from microgrid.studies.dispatch import dispatch
from microgrid.studies.runners.batch import Job, run_jobs
from microgrid.studies.sweep import product, sweep
from tests.conftest import ONE_DAY, battery, check, flywheel
from tests.solve.test_windows import plain
from tests.studies.test_rolling import on_off_case

SIMILAR: dict[str, dict[str, Any]] = {
    "the same": {},
    "another limit": {"b": battery(start=None, charge_efficiency=0.9, capacity="14 kWh")},
    "another cost": {"b": battery(start=None, charge_efficiency=0.9, wear_cost="0.02 EUR/kWh")},
    "another coefficient": {"b": battery(start=None, charge_efficiency=0.8)},
    "an asset more": {"fly": flywheel(start=0.5, idle_loss="0.1 kW")},
    "an asset less": {"pv": {"kind": "solar", "capacity": "0 kW", "profile": 0}},
}


@pytest.mark.parametrize("change", SIMILAR)
def test_from_a_similar_case_to_the_same_optimum(change: str) -> None:
    """Whatever differs: what comes out is the optimum that the case has by itself, with its proof."""
    like, case = dispatch(plain()), plain(**SIMILAR[change])
    alone, found = check(dispatch(case)), check(dispatch(case, like=like))
    assert found.solver["ways"] == ["from a similar problem"]
    assert found.objective == pytest.approx(alone.objective, rel=1e-9)
    assert found.gap < 1e-9


def test_from_the_same_case_nothing_is_left_to_do() -> None:
    like = dispatch(plain())
    assert dispatch(plain(), like=like).solver["iterations"] == 0


@pytest.mark.parametrize("steps", [299, 100])
def test_from_another_horizon_nothing_is_known(steps: int) -> None:
    """Families of another length are not taken for the same."""
    like, case = dispatch(plain(300)), plain(steps)
    assert dispatch(case, like=like).objective == pytest.approx(dispatch(case).objective, rel=1e-9)


def test_without_patience_all_begins_from_scratch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The basis is given up after some iterations; the answer is then the one of a case that knows nothing."""
    case = plain(400, b=battery(start=None, capacity="30 kWh", charge_efficiency=0.8))
    alone, like = dispatch(case), dispatch(plain(400))
    for name, value in (("FEWEST_STEPS", 100), ("_WINDOW", 48), ("_ONE_PIECE", 100)):
        monkeypatch.setattr(levels, name, value)
    monkeypatch.setattr(problem, "_PATIENCE", 1)
    found = check(dispatch(case, like=like))
    assert found.solver == dispatch(case).solver
    assert found.solver["ways"][0].startswith("windows")
    assert found.objective == pytest.approx(alone.objective, rel=1e-9)


def test_a_sweep_is_what_its_variants_are_by_themselves() -> None:
    """Hand-solved (see the guide): 25 EUR with 40 kWh and 80 %, 24 EUR with 100 %, 17 EUR with 80 kWh."""
    varied = {"assets.battery.capacity": ["40 kWh", "80 kWh"], "assets.battery.charge_efficiency": ["80 %", "100 %"]}
    lines: list[str] = []
    found = sweep(ONE_DAY, product(varied), report_progress=lines.append)
    assert list(found.table["assets.battery.capacity"]) == ["40 kWh", "40 kWh", "80 kWh", "80 kWh"]
    assert found.table["cost_eur"].tolist() == pytest.approx([25.0, 24.0, 17.0, 14.0])
    assert found.table["audit_passed"].all()
    assert (found.exit_code, lines[-1]) == (0, "4 of 4 variants")


def test_processes_share_the_variants_in_their_order() -> None:
    varied = product({"assets.battery.capacity": [f"{size} kWh" for size in (0, 10, 40, 80, 20)]})
    one, two = sweep(ONE_DAY, varied), sweep(ONE_DAY, varied, workers=2)
    assert two.table["cost_eur"].tolist() == pytest.approx(one.table["cost_eur"].tolist())
    assert two.table["cost_eur"].iloc[0] == pytest.approx(44.0)


def test_a_variant_that_fails_stops_no_other() -> None:
    sizes = ["20 kWh", "20 kW", "40 kWh"]
    found = sweep(ONE_DAY, product({"assets.battery.capacity": sizes}))
    assert found.table["status"].tolist() == ["optimal", "failed", "optimal"]
    assert "wrong dimension" in found.findings[1]
    assert found.exit_code == 2


def test_an_interrupted_run_is_the_last(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It would break if Ctrl-C ended one of a hundred variants, and the next one began."""

    def interrupted(*arguments: Any, **options: Any) -> Solution:
        return replace(dispatch(*arguments, **options), status=Status.INTERRUPTED)

    monkeypatch.setattr("microgrid.studies.dispatch.dispatch", interrupted)
    found = sweep(ONE_DAY, product({"assets.battery.capacity": ["1 MWh", "2 MWh"]}))
    assert len(found.table) == 1
    assert found.exit_code == ExitCode.INTERRUPTED
    outcomes = list(run_jobs([Job(str(ONE_DAY), name, out=str(tmp_path)) for name in ("base", "lossless")]))
    assert [outcome.exit_code for outcome in outcomes] == [ExitCode.INTERRUPTED]


def test_settings_hold_for_all_variants() -> None:
    found = sweep(
        ONE_DAY,
        [{"assets.battery.capacity": "80 kWh"}],
        settings={"horizon.step": "30 min"},
    )
    assert found.table["cost_eur"].tolist() == pytest.approx([17.0])


def test_nothing_to_sweep_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to sweep"):
        sweep(tmp_path, [])


def test_a_solution_keeps_where_it_stood_out_of_sight() -> None:
    case: Case = plain(50)
    solution: Solution = dispatch(case)
    assert "known" not in repr(solution)


@pytest.mark.parametrize(
    ("variants", "options", "words"),
    [
        (
            [{"assets.battery.capacity": "1 kWh"}],
            {"scenario": "no-battery"},
            "scenario 'no-battery' has no such asset to vary",
        ),
        ([{"assets.batery.capacity": "1 kWh"}], {}, "one of its assets: "),
        ([{"horizon.step": "1 h"}], {"settings": {"horizon.step": "30 min"}}, "both set and varied"),
        ([{"horizon.step": "1 h"}], {"scenario": "no-such"}, "no scenario 'no-such'"),
    ],
)
def test_a_sweep_that_makes_no_sense_is_refused(variants: Any, options: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        sweep(ONE_DAY, variants, **options)


def test_a_removed_asset_and_a_missed_target_are_told(tmp_path: Path) -> None:
    """44 EUR without the battery, 25 with: the target of 30 EUR is missed by the first only."""
    folder = tmp_path / "one-day"
    shutil.copytree(ONE_DAY, folder)
    file = folder / "case.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "\ntargets: {cost_eur: {max: 30}}\n", encoding="utf-8")
    found = sweep(folder, [{"assets.battery": None}, {"assets.battery.capacity": "40 kWh"}])
    assert found.table["assets.battery"].tolist() == ["removed", ""]
    assert found.table["targets_met"].tolist() == [False, True]
    assert list(found.findings) == [0]
    assert "target missed: cost_eur is 44" in found.findings[0]
    assert found.exit_code == 1


def test_with_on_off_decisions_a_similar_case_suggests_its_own() -> None:
    """The search begins from the values of the case before, and ends at the optimum of this one."""
    like, case = dispatch(on_off_case()), on_off_case()
    found = dispatch(case, Limits(gap=1e-6), like=like)
    assert found.solver["note"].endswith("from a schedule that was found before")
    assert found.objective == pytest.approx(dispatch(case, Limits(gap=1e-6)).objective, rel=2e-6)
