"""The command line from outside: files, figures, exit codes, and what a failure leaves behind."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import highspy
import jsonschema
import pandas as pd
import pytest
from click.testing import CliRunner

from microgrid.cli import main
from microgrid.errors import ExitCode
from microgrid.files import sha256
from tests.cli.dying_job import run_or_die
from tests.conftest import ONE_DAY, ROOT, grid, load, write_case

FILES = {
    "bill.csv",
    "schedule.csv",
    "schedule.parquet",
    "ledger.csv",
    "summary.json",
    "report.html",
    "report.md",
    "manifest.json",
}
COMMANDS = [
    "run",
    "compare",
    "sweep",
    "rolling",
    "check",
    "verify",
    "bill",
    "tariffs",
    "init",
    "schema",
    "export",
    "completion",
]


def microgrid(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "microgrid", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        check=False,
        cwd=cwd,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )


def call(*arguments: str | Path) -> tuple[int, str, str]:
    """The command in this process: exit code, output, errors; any other exception fails the test."""
    result = CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def summary_of(folder: Path) -> dict[str, object]:
    return json.loads((folder / "summary.json").read_text(encoding="utf-8"))


@functools.cache
def one_day_run(out: Path) -> subprocess.CompletedProcess[str]:
    return microgrid("run", ONE_DAY, "--out", out)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result of the day by hand, written by the command."""
    out = tmp_path_factory.mktemp("results")
    done = one_day_run(out)
    assert done.returncode == 0, done.stderr
    return out / "one-day" / "base"


@pytest.mark.skipif(os.name == "nt", reason="file names are Unicode there, whatever the locale")
def test_folder_with_an_accent_under_a_locale_that_has_none(tmp_path: Path) -> None:
    """A folder "key=café" is neither a URI nor a partition, and the euro sign reaches an old code page."""
    folder, out = tmp_path / "key=café" / "one-day", tmp_path / "r=é"
    shutil.copytree(ONE_DAY, folder)
    pd.read_csv(folder / "profiles.csv").to_parquet(folder / "profiles.parquet")
    text = (folder / "case.yaml").read_text(encoding="utf-8")
    (folder / "case.yaml").write_text(text.replace("profiles.csv", "profiles.parquet"), encoding="utf-8")
    old = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "cp1252"}
    for command in (["run", folder, "--out", out], ["verify", out / "one-day" / "base"]):
        done = subprocess.run(
            [sys.executable, "-m", "microgrid", *map(str, command)],
            capture_output=True,
            timeout=240,
            check=False,
            env={**os.environ, **old},
        )
        assert done.returncode == 0, done.stderr.decode("cp1252")


def test_run_writes_every_file_and_nothing_else(result: Path) -> None:
    """The promised files; no temporary ones beside them, in the folder or above it."""
    assert {path.name for path in result.iterdir()} == FILES
    assert [path.name for path in result.parent.iterdir()] == ["base"]


def test_run_shows_the_figures_of_the_day_by_hand(result: Path) -> None:
    """25 EUR, against 32 without optimization (SOURCES.md of the case); on standard output, stages on the other."""
    done = one_day_run(result.parents[1])
    assert "25.00" in done.stdout
    assert "32.00" in done.stdout
    assert "Audit passed" in done.stdout
    assert [
        stage for stage in ("read", "build", "compile", "solve", "audit", "report") if stage not in done.stderr
    ] == []
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stdout + done.stderr, "a pipe is no terminal"


def test_summary_holds_what_is_promised(result: Path) -> None:
    """Status, objective, bound, accounts, baseline, figures, audit, times and size."""
    summary = summary_of(result)
    assert summary["status"] == "optimal"
    assert summary["objective_eur"] == pytest.approx(25)
    assert summary["bound_eur"] == pytest.approx(25)
    assert summary["accounts"] == {"cost_eur": 25.0, "emissions_kgco2": 10.2}
    assert summary["baseline"]["accounts"] == {"cost_eur": 32.0, "emissions_kgco2": 9.6}
    assert summary["kpis"]["import_kwh"] == pytest.approx(170)
    assert summary["savings"]["cost_eur"] == pytest.approx(7)
    assert summary["audit"]["passed"] is True
    assert summary["audit"]["max_residual_kw"] < 1e-6
    assert set(summary["timing_seconds"]) >= {"read", "build", "compile", "solve", "audit", "report"}
    assert set(summary["size"]) == {"columns", "rows", "nonzeros"}


def test_schedule_and_ledger_are_plain_tables(result: Path) -> None:
    """Step starts with their offset, energies that add up, a ledger whose lines sum exactly to the summary."""
    schedule = pd.read_csv(result / "schedule.csv")
    assert list(schedule.columns[:2]) == ["time", "step_hours"]
    assert schedule["time"].iloc[0] == "2018-06-21T00:00:00+02:00"
    assert schedule["time"].iloc[-1] == "2018-06-21T23:00:00+02:00"
    supply = schedule["pv.generation_kw"] + schedule["battery.discharge_kw"] + schedule["grid.import_kw"]
    use = schedule["load.demand_kw"] + schedule["battery.charge_kw"] + schedule["grid.export_kw"]
    assert (supply - use).abs().max() <= 2e-6
    pd.testing.assert_frame_equal(pd.read_parquet(result / "schedule.parquet"), schedule, check_dtype=False)
    ledger = pd.read_csv(result / "ledger.csv")
    assert list(ledger.columns) == ["month", "account", "asset", "item", "amount", "quantity", "unit"]
    for account, total in summary_of(result)["accounts"].items():
        assert round(ledger.loc[ledger["account"] == account, "amount"].sum(), 6) == total


def test_manifest_traces_the_run(result: Path) -> None:
    """Options, versions, and the hash of every input file, with the path of the case relative to the result."""
    import hashlib

    manifest = json.loads((result / "manifest.json").read_text(encoding="utf-8"))
    assert (result / manifest["case"]).resolve() == (ONE_DAY / "case.yaml").resolve()
    assert set(manifest["files"]) == {"case.yaml", "profiles.csv"}
    assert manifest["files"]["profiles.csv"] == hashlib.sha256((ONE_DAY / "profiles.csv").read_bytes()).hexdigest()
    assert {"microgrid", "python", "highspy", "pyomo"} <= set(manifest["versions"])


def test_reports_are_written_whole(result: Path) -> None:
    """The page closes and the short form names the cost."""
    assert (result / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert "25.00" in (result / "report.md").read_text(encoding="utf-8")


def test_a_second_run_gives_the_same_schedule_byte_for_byte(result: Path, tmp_path: Path) -> None:
    """Schedule and ledger do not depend on the time of the day."""
    assert call("run", ONE_DAY, "--out", tmp_path, "--quiet")[0] == 0
    for name in ("schedule.csv", "ledger.csv"):
        assert (tmp_path / "one-day" / "base" / name).read_bytes() == (result / name).read_bytes()


def test_verify_says_that_the_result_holds(result: Path) -> None:
    """Exit code 0 from outside."""
    done = microgrid("verify", result)
    assert done.returncode == 0, done.stdout + done.stderr


def test_quiet_says_nothing_and_json_is_json(tmp_path: Path) -> None:
    """For scripts: nothing at all, or one JSON object on standard output."""
    assert call("run", ONE_DAY, "--out", tmp_path, "--quiet") == (0, "", "")
    code, out, _ = call("run", ONE_DAY, "--out", tmp_path, "--json")
    assert code == 0
    assert json.loads(out)["accounts"]["cost_eur"] == 25.0


def test_set_and_scenario(tmp_path: Path) -> None:
    """A lossless battery: 24 EUR by scenario and by --set; none: 44 EUR. Figures from SOURCES.md of the case."""
    for options, expected, name in (
        (("--scenario", "lossless"), 24.0, "lossless"),
        (("--scenario", "no-battery"), 44.0, "no-battery"),
        (("--set", "assets.battery.charge_efficiency=100 %"), 24.0, "base"),
        (("--set", "assets.battery=null"), 44.0, "base"),
        (("--set", "horizon.step=15 min"), 25.0, "base"),
    ):
        code, out, err = call("run", ONE_DAY, "--out", tmp_path, "--json", *options)
        assert code == 0, err
        assert json.loads(out)["accounts"]["cost_eur"] == pytest.approx(expected)
        assert (tmp_path / "one-day" / name / "summary.json").is_file()
    assert call("verify", tmp_path / "one-day" / "base")[0] == 0, "a result with settings is verified with them"


def test_compare_puts_scenarios_side_by_side(tmp_path: Path) -> None:
    """Three scenarios, one row each, the first the base; page and table are written."""
    code, out, err = call("compare", ONE_DAY, "--out", tmp_path)
    assert code == 0, err
    table = pd.read_csv(tmp_path / "one-day" / "compare.csv").set_index("scenario")
    assert table["cost_eur"].to_dict() == {"base": 25.0, "no-battery": 44.0, "lossless": 24.0}
    assert table["audit_passed"].all()
    page = (tmp_path / "one-day" / "compare.html").read_text(encoding="utf-8")
    assert page.rstrip().endswith("</html>")
    assert "no-battery" in page
    assert "44.00" in out
    assert {p.name for p in (tmp_path / "one-day").iterdir()} == {
        "base",
        "no-battery",
        "lossless",
        "compare.csv",
        "compare.html",
    }


def test_compare_of_chosen_scenarios_and_an_unknown_one(tmp_path: Path) -> None:
    """In the order that is asked for; the name that does not exist is told."""
    code, out, _ = call(
        "compare", ONE_DAY, "--out", tmp_path, "--json", "-q", "--scenario", "lossless", "--scenario", "base"
    )
    assert code == 0
    assert list(json.loads(out)) == ["lossless", "base"]
    code, _, err = call("compare", ONE_DAY, "--out", tmp_path, "--scenario", "nothing")
    assert code == 2
    assert "no scenario 'nothing'" in err


def test_check_reads_and_does_not_solve(tmp_path: Path) -> None:
    """Assets and steps; nothing is written."""
    code, out, _ = call("check", ONE_DAY, "--json")
    told = json.loads(out)
    assert (code, told["steps"], told["repairs"]) == (0, 24, [])
    assert told["assets"] == {"pv": "solar", "battery": "battery", "load": "load", "grid": "grid"}
    assert "valid" in call("check", ONE_DAY)[1]


def test_init_then_run_then_verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ``init`` writes runs as it is; a name that is taken is refused and left alone."""
    monkeypatch.chdir(tmp_path)
    code, _, err = call("init", "my site")
    assert code == 0, err
    code, out, err = call("run", "my site")
    assert code == 0, err
    assert "Audit passed" in out
    assert call("verify", tmp_path / "results" / "my site" / "base")[0] == 0
    code, _, err = call("init", tmp_path / "my site")
    assert code == 2
    assert "exists already" in err


@pytest.mark.parametrize("ending", ["mps", "lp"])
@pytest.mark.parametrize("case", ["one-day", "template"])
def test_the_exported_matrix_has_the_same_optimum(case: str, ending: str, tmp_path: Path) -> None:
    """Read back by the solver itself from the file alone: the same objective, readable names."""
    folder = ONE_DAY
    if case == "template":
        folder = tmp_path / "site"
        assert call("init", folder)[0] == 0
    file = tmp_path / f"model.{ending}"
    assert call("export", folder, file, "--quiet")[0] == 0
    highs = highspy.Highs()
    highs.silent()
    assert highs.readModel(str(file)) == highspy.HighsStatus.kOk
    highs.run()
    _, out, _ = call("run", folder, "--out", tmp_path / "out", "--json")
    assert highs.getInfo().objective_function_value == pytest.approx(json.loads(out)["objective_eur"], rel=1e-7)
    assert "battery.charge_kw(3)" in file.read_text()
    assert {path.name for path in tmp_path.glob("*")} <= {file.name, "out", "site"}


def test_export_refuses_other_endings_and_missing_folders(tmp_path: Path) -> None:
    """Exit code 2, no traceback, no file."""
    for file, words in ((tmp_path / "model.txt", "unknown format"), (tmp_path / "no" / "model.lp", "no such folder")):
        code, _, err = call("export", ONE_DAY, file)
        assert code == 2
        assert words in err
        assert not file.exists()


def test_schema_accepts_the_shipped_cases_and_refuses_a_misspelling() -> None:
    """The published schema, checked by an independent validator."""
    from ruamel.yaml import YAML

    schema = json.loads(call("schema")[1])
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for folder in (ONE_DAY, ONE_DAY.parent / "toulouse-eaz"):
        data = json.loads(json.dumps(YAML(typ="safe").load(folder / "case.yaml"), default=str))
        assert [error.message for error in validator.iter_errors(data)] == []
    data["assets"]["x"] = {"kind": "load", "profil": "5 kW"}
    assert not validator.is_valid(data)
    tariff = json.loads(call("schema", "--tariff")[1])
    jsonschema.Draft202012Validator.check_schema(tariff)
    jsonschema.validate({"name": "t", "energy": [{"item": "energy", "price": "0.1 EUR/kWh"}]}, tariff)


def test_several_cases_of_which_some_are_bad(tmp_path: Path) -> None:
    """Good, wrong, impossible: the good one is written, the others are told, and the worst code is returned: 3."""
    good = write_case(tmp_path / "good", {"load": load(10), "grid": grid(0.1)})
    wrong = write_case(tmp_path / "wrong", {"load": load(10), "grid": {"kind": "gridd"}})
    impossible = write_case(tmp_path / "impossible", {"load": load(10), "grid": grid(0.1, import_max=4)})
    out = tmp_path / "out"
    done = microgrid("run", wrong, good, impossible, "--out", out, "--jobs", "2")
    assert done.returncode == 3
    assert "did you mean 'grid'" in done.stderr
    assert "lacks 6.000 kW" in done.stderr
    assert "Traceback" not in done.stderr
    assert summary_of(out / "good" / "base")["accounts"]["cost_eur"] == pytest.approx(1)
    assert [path.name for path in out.iterdir()] == ["good"]
    assert call("run", wrong, good, "--out", tmp_path / "two", "-q")[0] == 2


def test_several_cases_are_shown_in_the_order_of_the_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Side by side the second may end first; a script that zips names and summaries must not be misled."""
    import microgrid.studies.runners.batch as batch

    original = batch.run_jobs
    monkeypatch.setattr(
        batch, "run_jobs", lambda jobs, workers, report_progress: reversed(list(original(jobs, 1, report_progress)))
    )
    for name in ("first", "second"):
        write_case(tmp_path / name, {"load": load(10), "grid": grid(0.1)})
    _, out, _ = call("run", tmp_path / "first", tmp_path / "second", "--out", tmp_path / "out", "--json", "--jobs", "2")
    assert [summary["case"] for summary in json.loads(out)] == ["first", "second"]


def test_two_cases_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    """a/site and b/site would both write out/site/base."""
    for parent in "ab":
        write_case(tmp_path / parent / "site", {"load": load(10), "grid": grid(0.1)})
    code, _, err = call("run", tmp_path / "a" / "site", tmp_path / "b" / "site", "--out", tmp_path / "out")
    assert code == 2
    assert "same folder" in err


def test_an_impossible_case_exits_3_and_says_why(tmp_path: Path) -> None:
    """From outside: hour, kilowatts, limit."""
    folder = write_case(tmp_path / "site", {"load": load(10, 30), "grid": grid(0.1, import_max=20)}, hours=2)
    done = microgrid("run", folder, "--out", tmp_path / "out")
    assert done.returncode == 3
    for word in ("2018-06-21T01:00:00+02:00", "lacks 10.000 kW", "import_kw 20.000 (at most 20.000)"):
        assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_missed_target_exits_1_with_the_files_written(tmp_path: Path) -> None:
    """Solved, but a peak of 10 kW is above the wanted 5: exit code 1, named, and the result is there."""
    assets = {"load": load(10), "grid": grid(0.1)}
    missed = write_case(tmp_path / "missed", assets, targets={"peak_import_kw": {"max": 5}})
    code, _, err = call("run", missed, "--out", tmp_path / "out")
    assert code == 1
    assert "peak_import_kw" in err
    assert (tmp_path / "out" / "missed" / "base" / "summary.json").is_file()
    kept = write_case(tmp_path / "kept", assets, targets={"peak_import_kw": {"max": 15}})
    assert call("run", kept, "--out", tmp_path / "out", "-q")[0] == 0


def test_a_failed_run_leaves_the_previous_result_untouched(tmp_path: Path) -> None:
    """Once solved, then made impossible, then wrong: every byte of the first result stays."""
    folder = write_case(tmp_path / "site", {"load": load(10), "grid": grid(0.1)})
    out = tmp_path / "out"
    assert call("run", folder, "--out", out, "-q")[0] == 0
    base = out / "site" / "base"
    before = {path.name: path.read_bytes() for path in base.iterdir()}
    for code, changed in ((3, {"load": load(10), "grid": grid(0.1, import_max=1)}), (2, {"load": {"kind": "loud"}})):
        write_case(folder, changed)
        assert call("run", folder, "--out", out, "-q")[0] == code
        assert {path.name: path.read_bytes() for path in base.iterdir()} == before
        assert [path.name for path in base.parent.iterdir()] == ["base"]


def test_a_run_that_breaks_off_while_writing_leaves_the_previous_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error in the middle of the report: the old files stand, and no temporary folder is left."""
    import microgrid.report.write_result as files

    folder = write_case(tmp_path / "site", {"load": load(10), "grid": grid(0.1)})
    assert call("run", folder, "--out", tmp_path / "out", "-q")[0] == 0
    base = tmp_path / "out" / "site" / "base"
    before = {path.name: path.read_bytes() for path in base.iterdir()}

    def broken(*_: object) -> str:
        raise RuntimeError("no report today")

    monkeypatch.setattr(files, "render_markdown", broken)
    code, _, error = call("run", folder, "--out", tmp_path / "out", "-q")
    assert code == ExitCode.DEFECT
    assert "a defect of microgrid" in error
    assert "RuntimeError: no report today" in error
    assert {path.name: path.read_bytes() for path in base.iterdir()} == before
    assert [path.name for path in base.parent.iterdir()] == ["base"]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_defect_in_one_case_stops_no_other(jobs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of two cases meets an error that is ours: the second is solved and written, the exit code is 5."""
    import microgrid.studies.runners.batch as batch

    right = batch._run

    def wrong_once(job: batch.Job, *others: object) -> object:
        if job.case == str(tmp_path / "broken"):
            raise ZeroDivisionError
        return right(job, *others)  # type: ignore[arg-type]

    broken = write_case(tmp_path / "broken", {"load": load(10), "grid": grid(0.1)})
    if jobs == "1":
        monkeypatch.setattr(batch, "_run", wrong_once)
    else:  # its process is another: a solver that crashes it takes the pool along
        (broken / "case.yaml").write_text("name: x\nassets: {a: {kind: load, profile: 1 kW}}\n")
    code, _, error = call("run", broken, ONE_DAY, "--out", tmp_path / "out", "--jobs", jobs, "-q")
    assert code == (ExitCode.DEFECT if jobs == "1" else ExitCode.BAD_INPUT)
    assert "broken (base) failed" in error
    assert (tmp_path / "out" / "one-day" / "base" / "report.html").is_file()


def test_a_worker_that_is_killed_takes_no_other_case_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """As by a system out of memory: exit code 4 for that one, and the others are run again by themselves."""
    import microgrid.studies.runners.batch as batch

    monkeypatch.setattr(batch, "run_job", run_or_die)
    jobs = [batch.Job("a", name) for name in ("one", "killed", "two", "three")]
    found = {outcome.job.scenario: outcome.exit_code for outcome in batch.run_jobs(jobs, 2)}
    assert found == {"one": 0, "two": 0, "three": 0, "killed": ExitCode.ENVIRONMENT}


def changing(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]) -> None:
    """Something happens while a case is solved."""
    import microgrid.studies.dispatch as study

    right = study.dispatch

    def meanwhile(*arguments: object) -> object:
        change()
        return right(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(study, "dispatch", meanwhile)


@pytest.mark.parametrize("vanishes", [False, True])
def test_a_file_that_changes_during_the_solve_is_told_and_the_solve_is_kept(
    vanishes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hash is of the bytes that were read; a note in the terminal, the report and the summary; exit code 0."""
    case = shutil.copytree(ONE_DAY, tmp_path / "one-day")
    profile = case / "profiles.csv"
    before = sha256(profile)
    changing(monkeypatch, profile.unlink if vanishes else lambda: profile.write_text("another"))
    code, _, error = call("run", case, "--out", tmp_path / "out", "-q")
    assert code == 0
    words = f"profiles.csv has {'vanished' if vanishes else 'changed'} since it was read"
    folder = tmp_path / "out" / "one-day" / "base"
    for text in (error, (folder / "report.md").read_text(), *summary_of(folder)["changed_files"]):  # type: ignore[misc]
        assert words in text
    assert json.loads((folder / "manifest.json").read_text())["files"]["profiles.csv"] == before


def test_a_file_that_changes_while_the_case_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows which bytes were read: exit code 4, and no result whose hash may be another's."""
    import microgrid.case.reading as reading

    case = shutil.copytree(ONE_DAY, tmp_path / "one-day")
    right = reading._check_sources

    def meanwhile(*arguments: object) -> None:
        (case / "profiles.csv").write_text("another")
        right(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "_check_sources", meanwhile)
    code, _, error = call("run", case, "--out", tmp_path / "out", "-q")
    assert code == ExitCode.ENVIRONMENT
    assert "profiles.csv: changed while it was being read" in error
    assert not (tmp_path / "out").exists()


def test_nothing_of_the_users_steers_the_terminal(tmp_path: Path) -> None:
    """An escape sequence in a title, in a name of a file, in an option and in a value is shown, and not sent."""
    evil = "\x1b]0;owned\x07\x1b[31m\x9b2J"
    case = write_case(tmp_path / "site", {"load": load(10), "grid": grid(0.1)})
    text = (case / "case.yaml").read_text()
    (case / "case.yaml").write_text(text.replace('"name": "test"', '"name": ' + json.dumps(evil), 1))
    for words in (
        ["run", case, "--out", tmp_path / "out"],
        ["run", case, "--out", tmp_path / "out", "--json"],
        ["compare", case, "--out", tmp_path / "out"],
        ["check", case],
        ["check", tmp_path / evil],
        ["verify", evil],
        ["run", case, "--gap", evil],
        ["run", case, f"--{evil}"],
        [f"--{evil}"],
        [evil],
        ["run", case, "--set", f"assets.load.profile={evil}"],
        ["run", case, "--scenario", evil],
        ["import", "table", tmp_path / evil],
    ):
        _, out, error = call(*words)
        assert out + error
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", out + error), words
    assert json.loads(call("run", case, "--out", tmp_path / "out", "--json")[1])["title"] == evil
    report = (tmp_path / "out" / "site" / "base" / "report.md").read_text(encoding="utf-8")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", report)


def test_only_one_function_prints() -> None:
    """What escapes control characters: a second way to print would be one to forget it."""
    package = Path(main.__module__.replace(".", "/"))
    for file in (ROOT / package).glob("*.py"):
        if file.name != "output.py":
            assert not re.search(r"click\.s?echo\(|(?<![.\w])print\(", file.read_text(encoding="utf-8")), file


def test_what_others_put_beside_a_result_stays(tmp_path: Path) -> None:
    """A note in the folder of the result survives the next run."""
    assert call("run", ONE_DAY, "--out", tmp_path, "-q")[0] == 0
    note = tmp_path / "one-day" / "base" / "note.txt"
    note.write_text("mine")
    assert call("run", ONE_DAY, "--out", tmp_path, "-q")[0] == 0
    assert note.read_text() == "mine"
    assert {p.name for p in note.parent.iterdir()} == FILES | {"note.txt"}


def test_an_out_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """Below a file there is no folder: exit code 2 and a sentence."""
    (tmp_path / "file").write_text("x")
    code, _, err = call("run", ONE_DAY, "--out", tmp_path / "file" / "below", "-q")
    assert code == 2
    assert "below" in err


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command(command: str) -> None:
    """Exit code 0, a usage line, and every option explained."""
    code, out, _ = call(command, "--help")
    assert code == 0
    assert out.startswith("Usage: ")
    assert len(out.splitlines()) > 4


def test_help_lists_every_command_and_unknown_ones_are_told() -> None:
    """The group's help, the version, and the nearest command for a typo."""
    done = microgrid("--help")
    assert done.returncode == 0
    assert [command for command in COMMANDS if not re.search(rf"^ +{command} ", done.stdout, re.M)] == []
    assert re.search(r"\d+\.\d+", microgrid("--version").stdout)
    code, _, err = call("rum", ONE_DAY)
    assert code == 2
    assert "'run'" in err
    for shell in ("bash", "zsh", "fish"):
        assert "_MICROGRID_COMPLETE" in call("completion", shell)[1]


def test_a_case_can_be_moved_with_its_results(tmp_path: Path) -> None:
    """The manifest's path is relative: case and results copied elsewhere together are verified there."""
    shutil.copytree(ONE_DAY, tmp_path / "a" / "one-day")
    assert call("run", tmp_path / "a" / "one-day", "--out", tmp_path / "a" / "results", "-q")[0] == 0
    shutil.move(tmp_path / "a", tmp_path / "b")
    assert call("verify", tmp_path / "b" / "results" / "one-day" / "base")[0] == 0


def test_rolling_writes_a_result_beside_the_dispatch_that_verifies(tmp_path: Path) -> None:
    """26.75 EUR with six hours of sight against 25 EUR: no bound unless asked for, and a folder of its own."""
    code, out, err = call("rolling", ONE_DAY, "--window", "6h", "--every", "3 h", "--out", tmp_path)
    assert code == 0, err
    assert "Status rolling.\n" in out
    folder = tmp_path / "one-day" / "base.rolling"
    assert {path.name for path in folder.iterdir()} == FILES
    summary = summary_of(folder)
    assert (summary["status"], summary["bound_eur"], summary["gap"]) == ("rolling", None, None)
    assert summary["objective_eur"] == pytest.approx(26.75)
    assert call("verify", folder)[0] == 0
    _, out, _ = call("rolling", ONE_DAY, "--window", "6h", "--every", "3h", "--foresight", "--json", "--out", tmp_path)
    assert json.loads(out)["bound_eur"] == pytest.approx(25.0)
    assert call("verify", folder)[0] == 0


@pytest.mark.parametrize("hours", ["6", "6 kW", "soon", "-3h"])
def test_rolling_refuses_what_is_no_window(tmp_path: Path, hours: str) -> None:
    code, _, errors = call("rolling", ONE_DAY, "--window", hours, "--out", tmp_path)
    assert code == 2
    assert "duration such as 48h" in errors or "0 h < every <= window" in errors
    assert not list(tmp_path.iterdir())


def test_sweep_writes_its_table(tmp_path: Path) -> None:
    """Hand-solved: 25 EUR with 40 kWh, 17 EUR with 80 kWh; the table is the only file."""
    vary = "assets.battery.capacity=[40 kWh, 80 kWh]"
    code, out, err = call("sweep", ONE_DAY, "--vary", vary, "--out", tmp_path)
    assert code == 0, err
    assert max(map(len, out.splitlines()[:-1])) <= 80  # the last line is a path
    table = pd.read_csv(tmp_path / "one-day" / "sweep.csv")
    assert table["cost_eur"].tolist() == pytest.approx([25.0, 17.0])
    assert [path.name for path in (tmp_path / "one-day").iterdir()] == ["sweep.csv"]


def test_a_sweep_that_fails_writes_nothing(tmp_path: Path) -> None:
    code, _, errors = call("sweep", ONE_DAY, "--vary", "assets.battery.capacity=[40 kW]", "-q", "--out", tmp_path)
    assert code == 2
    assert "variant 1 (assets.battery.capacity = 40 kW):" in errors
    assert not list(tmp_path.iterdir())


def test_a_sweep_refuses_a_folder_that_cannot_be_before_it_solves(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file", encoding="utf-8")
    vary = "assets.battery.capacity=[20 kWh, 40 kWh]"
    code, _, errors = call("sweep", ONE_DAY, "--vary", vary, "--out", tmp_path / "blocked" / "x")
    assert code == 2
    assert "not a folder" in errors
    code, _, errors = call("sweep", ONE_DAY, "--vary", vary, "--vary", vary, "--out", tmp_path)
    assert code == 2
    assert "varied twice" in errors


def test_no_cell_of_a_table_is_a_formula(tmp_path: Path) -> None:
    call("sweep", ONE_DAY, "--vary", "name=[=1+1, plain]", "-q", "--out", tmp_path)
    assert pd.read_csv(tmp_path / "one-day" / "sweep.csv")["name"].tolist() == ["'=1+1", "plain"]
