"""A machine that fails: full disks, folders without the right to write, full pipes, kills, interrupts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from microgrid.cli import main
from microgrid.errors import ExitCode
from tests.conftest import ONE_DAY
from tests.sensors.made import every, write_archive

resource = pytest.importorskip("resource", reason="limits and signals are those of POSIX")

METER = "time,import_kwh\n" + "".join(f"2018-01-17T{hour:02d}:00:00+01:00,{hour}\n" for hour in range(24))
TARIFF = "name: one price\nenergy: [{item: energy, price: 0.25 EUR/kWh}]\n"
COMMUNITY = """\
name: two
timezone: Europe/Paris
country: FR
interval: 1 h
key: dynamic
shared_price: 0.11 EUR/kWh
shared_grid_price: 0.03 EUR/kWh
producers: {roof: {meter: roof.csv, column: export_kwh, surplus_price: 0.06 EUR/kWh}}
participants: {bakery: {meter: meter.csv, column: import_kwh, tariff: tariff.yaml}}
"""
RATE = {
    "name": "rate",
    "energyratestructure": [[{"rate": 0.1}]],
    "energyweekdayschedule": [[0] * 24] * 12,
    "energyweekendschedule": [[0] * 24] * 12,
}
VARY = "assets.battery.capacity=[40 kWh]"
# Each command that writes, with {data} for what it reads and {out} for where it writes.
WRITING = {
    "run": ["run", str(ONE_DAY), "-q", "--out", "{out}"],
    "compare": ["compare", str(ONE_DAY), "--scenario", "base", "-q", "--out", "{out}"],
    "sweep": ["sweep", str(ONE_DAY), "--vary", VARY, "-q", "--out", "{out}"],
    "rolling": ["rolling", str(ONE_DAY), "--window", "12h", "--every", "6h", "-q", "--out", "{out}"],
    "sensors": ["sensors", "{data}/site", "-q", "--out", "{out}"],
    "share": ["share", "{data}/community.yaml", "-q", "--out", "{out}/shared"],
    "bill": ["bill", "{data}/meter.csv", "--tariff", "{data}/tariff.yaml", "--timezone", "Europe/Paris",
             "--out", "{out}/bill.csv"],
    "import csv": ["import", "table", "{data}/meter.csv", "-q", "--out", "{out}/table.csv"],
    "import parquet": ["import", "table", "{data}/meter.csv", "-q", "--out", "{out}/table.parquet"],
    "import urdb": ["import", "urdb", "{data}/rate.json", "-q", "--out", "{out}/rate.yaml"],
    "init": ["init", "{out}/site"],
    "export mps": ["export", str(ONE_DAY), "{out}/model.mps", "-q"],
    "export lp": ["export", str(ONE_DAY), "{out}/model.lp", "-q"],
}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the commands read."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "meter.csv").write_text(METER)
    (folder / "roof.csv").write_text(METER.replace("import", "export"))
    (folder / "tariff.yaml").write_text(TARIFF)
    (folder / "community.yaml").write_text(COMMUNITY)
    (folder / "rate.json").write_text(json.dumps(RATE))
    write_archive(folder / "site", [every(15, "p", [1.0] * 4)], {"a": {"points": ["p"], "unit": "kW"}})
    return folder


def call(command: str, data: Path, out: Path) -> tuple[int, str]:
    words = [word.format(data=data, out=out) for word in WRITING[command]]
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    return done.exit_code, done.stderr


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """No file may grow beyond so many bytes: writing fails in the middle, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("command", WRITING)
def test_no_space_is_told_and_leaves_nothing(command: str, data: Path, tmp_path: Path) -> None:
    """Exit code 4, a sentence with the file and a remedy; not even the folder is left. Then, with space, it works.

    A writer that does not look at what the system answers (the solver's own, for MPS and LP) would leave a part of a
    file and end with 0.
    """
    out = tmp_path / "new" / "out"
    with files_up_to(64):
        code, error = call(command, data, out if "export" not in command else tmp_path)
    assert code == ExitCode.ENVIRONMENT, error
    assert "cannot be written: File too large" in error
    assert "remedy:   free some space" in error
    assert "Traceback" not in error
    assert list(tmp_path.iterdir()) == []
    assert call(command, data, out if "export" not in command else tmp_path)[0] in (0, 1)
    assert list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["run", "export mps", "share"])
def test_what_was_there_before_a_full_disk_stays(command: str, data: Path, tmp_path: Path) -> None:
    """The result before is whole, byte by byte, when the next one finds no space."""
    assert call(command, data, tmp_path)[0] == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with files_up_to(64):
        assert call(command, data, tmp_path)[0] == ExitCode.ENVIRONMENT
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder that nobody may write to, the superuser neither where there is a file system for it."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    if os.geteuid():
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)
        return
    mount = ["mount", "-t", "tmpfs", "-o", "ro,size=64k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("the superuser may write anywhere, and no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("command", WRITING)
def test_a_folder_without_the_right_to_write_is_told(command: str, data: Path, read_only: Path) -> None:
    """Exit code 4 and a sentence; what takes long is refused before it is begun."""
    code, error = call(command, data, read_only)
    assert code == ExitCode.ENVIRONMENT, error
    assert "cannot be written" in error
    assert "Traceback" not in error
    assert list(read_only.iterdir()) == []


def microgrid(*words: str | Path, **options: object) -> subprocess.Popen[str]:
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.Popen([sys.executable, "-m", "microgrid", *map(str, words)], **streams)  # type: ignore[call-overload,no-any-return]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_standard_output_that_is_full_is_told() -> None:
    """A schema that nobody got is no success; 4 and not the interpreter's 120."""
    with Path("/dev/full").open("w") as full:
        done = microgrid("schema", stdout=full)
        _, error = done.communicate(timeout=60)
    assert done.returncode == ExitCode.ENVIRONMENT, error
    assert "No space left" in error
    assert "Traceback" not in error


def patience(seconds: float) -> float:
    """So many seconds of a machine that has nothing else to do."""
    return seconds * max(1.0, 2 * os.getloadavg()[0] / (os.cpu_count() or 1))


def wait_for(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return true()


SLOW = """\
import signal, sys, time
import microgrid.studies.runners.batch as batch
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs tests in the background has it ignored
def slow(job, report_progress=None):
    open(sys.argv[1] + "/" + job.scenario + "." + str(__import__("os").getpid()), "w").close()
    time.sleep(60)
if __name__ == "__main__":
    batch.run_job = slow
    jobs = [batch.Job(sys.argv[2], name) for name in ("a", "b")]
    try:
        list(batch.run_jobs(jobs, 2))
    except KeyboardInterrupt:
        sys.exit(130)
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_the_process_that_began_them(end: signal.Signals, tmp_path: Path) -> None:
    """Terminated, killed or interrupted: within two seconds no worker is left, whatever it was doing.

    A worker that only notices when it asks for the next job would go on with the one that it has.
    """
    script = tmp_path / "slow.py"
    script.write_text(SLOW)
    begun = tmp_path / "begun"
    begun.mkdir()
    parent = subprocess.Popen([sys.executable, str(script), str(begun), str(ONE_DAY)], stderr=subprocess.PIPE)
    try:
        assert wait_for(lambda: len(list(begun.iterdir())) == 2, 60)
        workers = [int(path.suffix[1:]) for path in begun.iterdir()]
        assert all(map(alive, workers))
        parent.send_signal(end)
        assert wait_for(lambda: not any(map(alive, workers)), patience(2.0))
        assert parent.wait(patience(5)) == (ExitCode.INTERRUPTED if end == signal.SIGINT else -end)
    finally:
        parent.kill()
        parent.communicate()


LONG = """\
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs tests in the background has it ignored
from microgrid.cli import main
import microgrid.studies.runners.batch as batch
from microgrid.solve.highs.quiet import QuietHighs
import highspy, numpy as np
def long(job, report_progress=None):
    open(sys.argv[1], "w").close()
    {work}
batch.run_job = long
main(["run", sys.argv[2], "-q"])
"""
# A knapsack with many equal ways takes the solver for ever, without a look at Python.
SOLVER = """highs = QuietHighs()
    x = [highs.addBinary() for _ in range(60)]
    weights = np.random.default_rng(1).integers(10**7, 10**8, 60)
    for part in range(5):
        w = np.random.default_rng(part).integers(10**7, 10**8, 60)
        highs.addConstr(sum(int(a) * b for a, b in zip(w, x)) == int(w.sum()) // 2)
    highs.run()"""


@pytest.mark.parametrize("work", ["time.sleep(60)", SOLVER], ids=["in Python", "in the solver"])
def test_an_interrupt_ends_with_130(work: str, tmp_path: Path) -> None:
    """Ctrl-C within two seconds, also while the solver has the main thread; no traceback."""
    script, begun = tmp_path / "long.py", tmp_path / "begun"
    script.write_text(LONG.format(work=work))
    words = [sys.executable, str(script), str(begun), str(ONE_DAY)]
    running = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    try:
        assert wait_for(begun.exists, 60)
        time.sleep(0.7)
        running.send_signal(signal.SIGINT)
        error = running.communicate(timeout=patience(3))[1]
        assert running.returncode == ExitCode.INTERRUPTED
        assert "interrupted" in error
        assert "Traceback" not in error
    finally:
        running.kill()
