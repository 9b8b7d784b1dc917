"""Files that are written whole or not at all, through kills at any step; files that change while they are read."""

from __future__ import annotations

import os
import sys
import threading
import time
import warnings
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgrid import files, staging
from microgrid.errors import InputError, Problem, RunEnvironmentError, plain
from tests.proofs import ALL, proof

OURS = {"a.csv": "a", "b.json": "b"}
posix = pytest.mark.skipif(os.name == "nt", reason="processes are forked")


def write(folder: Path, generation: str) -> None:
    with files.replaced_folder(folder) as new:
        for name, text in OURS.items():
            (new / name).write_text(text + generation)


def generation_of(folder: Path) -> set[str]:
    return {(folder / name).read_text().removeprefix(text) for name, text in OURS.items()}


def put_foreign(folder: Path) -> None:
    (folder / "note.txt").write_text("mine")
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "note.txt").write_text("mine too")
    (folder / "link").symlink_to("note.txt")


def foreign_is_there(folder: Path) -> bool:
    note, deep = folder / "note.txt", folder / "deep" / "er" / "note.txt"
    return note.read_text() == "mine" and deep.read_text() == "mine too" and (folder / "link").is_symlink()


def killed_at(step: int, folder: Path) -> bool:
    """Write the folder anew in a process that is killed before its n-th call of the system; whether it was."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pytest has threads; the child calls nothing of theirs
        child = os.fork()
    if child == 0:
        count = [0]

        def kill(event: str, _: object) -> None:
            if event.startswith(("os.", "open", "shutil.", "ctypes.", "tempfile.", "fcntl.")):
                count[0] += 1
                if count[0] > step:
                    os._exit(9)

        sys.addaudithook(kill)
        try:
            write(folder, "2")
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@proof(sample=13)
@posix
@pytest.mark.parametrize("exchange", [True, False], ids=["in one step", "by two renames"])
@pytest.mark.parametrize("linked", [False, True], ids=["a folder", "behind a link"])
def test_a_kill_at_any_step_keeps_the_result_and_what_others_put_there(
    exchange: bool, linked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cases: int
) -> None:
    """One of the two results as a whole, and every foreign file; the next write clears away what is left.

    To move foreign files after the exchange, or to delete the old folder first, loses them at one of the steps.
    """
    if not exchange:
        monkeypatch.setattr(staging, "_exchange", lambda *_: False)
    elif sys.platform != "linux":
        pytest.skip("one step is a call of Linux")
    for step in range(0, 1000, 1 if cases == ALL else 4):
        place = tmp_path / str(step)
        folder = place / "case" / "base"
        if linked:
            (place / "elsewhere").mkdir(parents=True)
            folder.parent.mkdir()
            folder.symlink_to(place / "elsewhere")
        write(folder, "1")
        put_foreign(folder)
        killed = killed_at(step, folder)
        if exchange:  # otherwise there is none for a moment, and the next write puts it back
            assert generation_of(folder) in ({"1"}, {"2"}), step
            assert foreign_is_there(folder), step
        write(folder, "3")
        assert generation_of(folder) == {"3"}, step
        assert foreign_is_there(folder), step
        assert folder.is_symlink() == linked
        assert [path.name for path in folder.resolve().parent.glob(".*")] == [], step
        if not killed:
            assert step > 20, "the steps were not seen"
            return
    pytest.fail("no end")


def test_a_foreign_folder_that_has_the_name_of_a_file_stays(tmp_path: Path) -> None:
    folder = tmp_path / "result"
    (folder / "a.csv").mkdir(parents=True)
    (folder / "a.csv" / "note.txt").write_text("mine")
    with pytest.raises(InputError, match="a folder has the name"):
        write(folder, "1")
    assert [path.name for path in folder.rglob("*")] == ["a.csv", "note.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


@pytest.mark.skipif(sys.platform != "linux", reason="one step is a call of Linux")
def test_a_reader_always_finds_the_folder(tmp_path: Path) -> None:
    """While it is written 200 times; two renames in a row leave moments without one."""
    folder = tmp_path / "base"
    write(folder, "0")
    missing, done = [], threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                os.stat(folder / "a.csv")  # noqa: PTH116 (as quick as can be)
            except FileNotFoundError:
                missing.append(1)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(200):
        write(folder, str(number))
    done.set()
    reader.join()
    assert missing == []


def test_two_writers_do_not_clear_away_each_other(tmp_path: Path) -> None:
    """Each of two at a time ends whole: what the other is writing is locked, and no leftover of a kill."""
    folder = tmp_path / "base"
    with files.replaced_folder(folder) as first:
        (first / "a.csv").write_text("a1")
        write(folder, "2")
        (first / "b.json").write_text("b1")
    assert generation_of(folder) == {"1"}
    assert [path.name for path in tmp_path.iterdir()] == ["base"]


def test_only_our_own_leftovers_are_cleared(tmp_path: Path) -> None:
    """A hidden folder of the user's that looks alike stays."""
    for name in (".base-notes", ".base.old", ".base.microgrid-new", ".base.12345678.microgrid-newer"):
        (tmp_path / name).mkdir()
    (tmp_path / ".base.abcdefgh.microgrid-new").mkdir()
    os.utime(tmp_path / ".base.abcdefgh.microgrid-new", (0, 0))
    write(tmp_path / "base", "1")
    assert len(list(tmp_path.iterdir())) == 5


def test_files_of_a_folder_come_all_or_none(tmp_path: Path) -> None:
    """An error in the second leaves the first as it was, and what else is there."""
    (tmp_path / "a.csv").write_text("old")

    def broken() -> None:
        with files.placed_files(tmp_path) as new:
            (new / "a.csv").write_text("new")
            raise KeyError

    with pytest.raises(KeyError):
        broken()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.csv", "old")]
    with files.placed_files(tmp_path) as new:
        (new / "a.csv").write_text("new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.csv", "new")]


@posix
def test_what_is_no_file_is_written_to_and_a_link_stays(tmp_path: Path) -> None:
    """To replace /dev/null by a file would harm the system; to replace a link would part two that belong together."""
    device = Path("/dev/null").stat().st_mode
    files.write_text(Path("/dev/null"), "text")
    assert Path("/dev/null").stat().st_mode == device
    (tmp_path / "link").symlink_to("target.csv")
    files.write_text(tmp_path / "link", "text")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target.csv").read_text() == "text"
    with pytest.raises(InputError, match="a folder has this name"):
        files.write_text(tmp_path, "text")


def test_a_file_that_changes_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    """Other bytes, the same bytes again after others, and a file that is gone: no hash is stated for any of them."""
    path = tmp_path / "profile.csv"
    for change, words in (
        (lambda: path.write_text("other"), "changed while it was being read"),
        (lambda: (path.write_text("other"), time.sleep(0.02), path.write_text("first")), "changed"),
        (path.unlink, "vanished while it was being read"),
    ):
        path.write_text("first")
        read = files.InputFiles()
        read.add(path)
        assert list(read.settle().values()) == [files.sha256(path)]
        time.sleep(0.02)  # two writes within a tick of the file system's clock have one time
        change()
        with pytest.raises(RunEnvironmentError, match=words):
            read.settle()


@given(st.text())
def test_no_text_is_a_formula_or_steers_a_terminal(text: str) -> None:
    """In a header, in a cell, in an error: any text; what is harmless stays as it is."""
    table = pd.DataFrame({text: [text]}, dtype=object)
    lines = files.csv_text(table)
    for cell in (files.no_formula(text), lines):
        assert cell.lstrip('"')[:1] not in ("=", "+", "-", "@", "\t")
    shown = plain(str(Problem(text, file=text, value=text)))
    assert not any((ord(letter) < 32 and letter not in "\t\n") or 127 <= ord(letter) < 160 for letter in shown)
    assert plain(text) == text or not text.isprintable()
