"""Horizons and durations beyond what a machine or a number holds: refused with place and remedy at once."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid import Case, InputError, load_case
from microgrid.case import axis, memory
from tests.conftest import content, grid, load


def case_with(place: str, duration: str) -> dict[str, Any]:
    """A case that has a duration at one of the places that take one."""
    assets: dict[str, Any] = {"load": load(1), "grid": grid()}
    step: Any = "1 h"
    if place == "step":
        step = duration
    elif place == "stretch":
        step = [{"for": duration, "step": "1 h"}, {"step": "1 h"}]
    elif place == "step of a stretch":
        step = [{"for": "2 h", "step": duration}, {"step": "1 h"}]
    elif place == "shape":
        shape = {"step": duration, "power": ["2 kW", "1 kW"]}
        assets["wash"] = {"kind": "shiftable_load", "shape": shape, "runs": [{"hours": "02:00-06:00"}]}
    else:
        assets["cooling"] = {"kind": "flexible_load", "profile": "5 kW", "share": "10 %", "window": duration}
    return content(assets, hours=24, step=step)


def read(data: dict[str, Any], folder: Path) -> Case:
    (folder / "case.yaml").write_text(json.dumps(data), encoding="utf-8")
    return load_case(folder)


PLACES = ["step", "stretch", "step of a stretch", "shape", "window"]


@pytest.mark.parametrize("duration", ["1e306 h", "1.7e308 s", "1e306 d", "2000 year"])
@pytest.mark.parametrize("place", PLACES[:-1])
def test_a_duration_beyond_all_bounds_has_its_place_and_a_remedy(place: str, duration: str, tmp_path: Path) -> None:
    """1e306 h are infinitely many seconds: an OverflowError where they are counted."""
    with pytest.raises(InputError) as caught:
        read(case_with(place, duration), tmp_path)
    [problem] = caught.value.problems
    assert problem.line is not None
    assert problem.field
    assert problem.value
    assert problem.expected
    assert problem.remedy


@settings(max_examples=60, deadline=None)
@given(place=st.sampled_from(PLACES), hours=st.floats(min_value=0.0, allow_nan=False))
def test_any_duration_is_read_or_refused(place: str, hours: float, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the number: a case or an InputError, from the smallest to the greatest that there is."""
    try:
        case = read(case_with(place, f"{hours!r} h"), tmp_path_factory.getbasetemp())
    except InputError as error:
        hours_read, lines = 24.0, [problem.line for problem in error.problems]
    else:
        hours_read, lines = case.horizon.total_hours, [1]
    assert hours_read == pytest.approx(24)
    assert all(lines)


def test_a_horizon_beyond_memory_is_refused_before_it_is_built(tmp_path: Path) -> None:
    """Two centuries in seconds: what it would take and what there is, in bytes; nothing of it has been made."""
    data = content({"load": load(1), "grid": grid()}, start="2001-01-01", end="2200-01-01", step="1 s")
    tracemalloc.start()
    with pytest.raises(InputError) as caught:
        read(data, tmp_path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    [problem] = caught.value.problems
    assert problem.message == "too many steps"
    assert "6,279,811,200 steps of 2 assets, which take about 31 TB of memory" in str(problem.value)
    assert "are free" in str(problem.expected)
    assert problem.remedy
    assert most < 20e6


def test_the_limit_is_what_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """24 steps of two assets take 24 x (1 + 2 x 2) kB: refused where a byte less is free."""
    data = content({"load": load(1), "grid": grid()}, hours=24)
    monkeypatch.setattr(axis, "available_bytes", lambda: 120_000)
    assert read(data, tmp_path).horizon.steps == 24
    monkeypatch.setattr(axis, "available_bytes", lambda: 119_999)
    with pytest.raises(InputError, match="at most 23 steps"):
        read(data, tmp_path)


def test_what_is_free_knows_the_limit_of_the_process() -> None:
    """No more than a limit of the address space leaves, as batch systems set it."""
    resource = pytest.importorskip("resource")
    if not Path("/proc/self/statm").exists():
        pytest.skip("what is used stands in /proc")
    before = resource.getrlimit(resource.RLIMIT_AS)
    assert memory.available_bytes() > 0
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 50_000_000, before[1]))
    try:
        assert memory.available_bytes() <= 50_000_000
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.parametrize(
    ("count", "text"), [(512e6, "512 MB"), (3.41e9, "3.4 GB"), (80e12, "80 TB"), (5e15, "5000 TB"), (1e5, "0.1 MB")]
)
def test_bytes_are_readable(count: float, text: str) -> None:
    assert memory.size_text(count) == text
