"""Long proofs: each runs as a sample, and whole with ``pytest --proof``.

A proof compares many random or systematic cases with an independent count. ``@proof(sample, whole)`` states how many
cases it runs: of a property, its examples; of any other test, what the fixture ``cases`` returns, for each of its
parameters. They are the same cases in every run.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import settings

Test = TypeVar("Test", bound=Callable[..., object])
Item = TypeVar("Item")
ALL = 10**9  # cases of a proof whose whole is all that there are

_chosen = {"whole": False}


def proof(sample: int, whole: int = ALL, **options: Any) -> Callable[[Test], Test]:
    """Mark a test as a long proof.

    Args:
        sample: number of cases in an ordinary run.
        whole: number of cases with ``--proof``, all that there are if it is left out.
        options: further settings of a property, such as its phases.
    """
    assert 0 < sample < whole, "a sample is a part of the whole"
    count = whole if _chosen["whole"] else sample

    def marked(test: Test) -> Test:
        if hasattr(test, "hypothesis"):
            test = settings(max_examples=count, deadline=None, derandomize=True, **options)(test)
        return pytest.mark.proof(count)(test)

    return marked


def spread(items: Sequence[Item], count: int) -> list[Item]:
    """Select so many items, evenly spread from the first on; all of them if there are no more."""
    return list(items) if count >= len(items) else [items[n * len(items) // count] for n in range(count)]


@pytest.fixture
def cases(request: pytest.FixtureRequest) -> int:
    """Number of cases that a test marked ``proof`` runs."""
    return int(request.node.get_closest_marker("proof").args[0])


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--proof", action="store_true", help="run long proofs whole, not as samples")


def pytest_configure(config: pytest.Config) -> None:
    _chosen["whole"] = config.getoption("--proof")


def pytest_report_header(config: pytest.Config) -> str:
    return f"long proofs: {'whole' if config.getoption('--proof') else 'samples; whole with --proof'}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the proofs, so that none is left for one worker at the end, and state their cases in their reports."""
    items.sort(key=lambda item: item.get_closest_marker("proof") is None)
    for item in items:
        if (mark := item.get_closest_marker("proof")) is not None:
            item.user_properties.append(("cases", mark.args[0]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """With ``--proof``, print what was proven: a line for each proof, with its cases and its seconds."""
    if not config.getoption("--proof"):
        return
    counts: dict[str, int] = defaultdict(int)
    seconds: dict[str, float] = defaultdict(float)
    for report in terminalreporter.getreports("passed"):
        if report.when == "call" and "cases" in dict(report.user_properties):
            name = report.nodeid.partition("[")[0]
            counts[name] += int(dict(report.user_properties)["cases"])
            seconds[name] += report.duration
    terminalreporter.section(f"long proofs, {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC")
    for name in sorted(counts):
        shown = "all" if counts[name] >= ALL else f"{counts[name]:,}"
        terminalreporter.write_line(f"{shown:>7} cases {seconds[name]:7.1f} s  {name}")
    terminalreporter.write_line(f"{len(counts)} proofs, {sum(seconds.values()):.0f} s of all workers together")
