"""Compare: the scenarios of a case are dispatched and put side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from microgrid.case.case_file import currency_of
from microgrid.case.reading import load_case
from microgrid.contract.ledger import COST, EMISSIONS
from microgrid.contract.status import Status
from microgrid.errors import ExitCode, InputError, Problem
from microgrid.result.figures import is_compared
from microgrid.result.summary import Summary
from microgrid.solve.limits import Limits
from microgrid.studies.runners.batch import Job, Outcome, Progress, run_jobs


@dataclass(frozen=True)
class Comparison:
    """Outcomes in the order of the scenarios, and a table of their figures with a row for each scenario."""

    title: str
    outcomes: Sequence[Outcome]
    table: pd.DataFrame
    folder: Path

    @property
    def notes(self) -> list[str]:
        """Notes that a reader of the comparison must not miss."""
        from microgrid.report.pages.compare import notes_of

        return notes_of(_solved(self.outcomes))

    @property
    def compared(self) -> list[str]:
        """Columns of the table that are shown first."""
        return compared(summary for _, summary in _solved(self.outcomes))

    @property
    def solved(self) -> bool:
        """Whether any scenario has a result."""
        return bool(_solved(self.outcomes))

    @property
    def exit_code(self) -> ExitCode:
        """Worst exit code of all outcomes."""
        return max((outcome.exit_code for outcome in self.outcomes), default=ExitCode.FINE)


def compare(
    path: str | Path,
    scenarios: Iterable[str] | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
    out: str | Path = "results",
    workers: int = 1,
    report_progress: Progress | None = None,
) -> Comparison:
    """Dispatch scenarios of a case and write compare.csv and compare.html.

    Args:
        path: the case.
        scenarios: names in the order in which they are shown, by default all; differences are to the first one.
        settings: changes by dotted path, made to all scenarios.
        limits: gap and time limit of each scenario.
        out: folder of results.
        workers: number of scenarios that are solved at a time.
        report_progress: called with a line about each scenario that ends.
    """
    from microgrid.files import refuse_unwritable_folder

    known = load_case(path, settings=settings)
    chosen = list(scenarios or known.scenarios)
    unknown = [name for name in chosen if name not in known.scenarios]
    if unknown:
        expected = "one of " + ", ".join(known.scenarios)
        raise InputError(Problem(f"no scenario {unknown[0]!r}", file=known.path.as_posix(), expected=expected))
    _refuse_currencies(path, chosen, settings or {})
    refuse_unwritable_folder(Path(out) / known.name)
    jobs = [Job(str(path), name, dict(settings or {}), limits or Limits(), str(out)) for name in chosen]
    done: dict[str, Outcome] = {}
    for outcome in run_jobs(jobs, workers):
        done[outcome.job.scenario] = outcome
        if report_progress:
            report_progress(
                f"{outcome.job.label}: {'failed' if outcome.error else outcome.summary and outcome.summary.status}"
            )
    outcomes = [done[name] for name in chosen if name in done]
    folder = Path(out) / known.name
    table = _table(outcomes)
    _write(folder, known.title, outcomes, table)
    return Comparison(known.title, outcomes, table, folder)


def _refuse_currencies(path: str | Path, scenarios: Iterable[str], settings: Mapping[str, Any]) -> None:
    """Raise an InputError for scenarios that count in different currencies."""
    counted = {name: currency_of(path, name, settings).currency for name in scenarios}
    if len(set(counted.values())) > 1:
        shown = ", ".join(f"{name} in {currency}" for name, currency in counted.items())
        remedy = "state one currency for all, with exchange_rates for the others"
        raise InputError(Problem("scenarios in several currencies", field="currency", value=shown, remedy=remedy))


def _table(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    rows = []
    for outcome in outcomes:
        row: dict[str, object] = {"scenario": outcome.job.scenario, "status": Status.FAILED.value}
        rows.append(row if outcome.summary is None else {**row, **figures(outcome.summary)})
    return pd.DataFrame(rows).set_index("scenario")


def figures(summary: Summary) -> dict[str, object]:
    """Status, accounts, key figures and savings of a summary, with those of the baseline only if it is feasible."""
    beside = {} if summary.reference is None else summary.reference.accounts
    return {
        "status": summary.status.value,
        "audit_passed": summary.audit.passed,
        summary.written("objective"): summary.objective,
        **summary.accounts,
        **summary.figures,
        **{f"{asset}.{field}": size for asset, sizes in summary.sizes.items() for field, size in sizes.items()},
        **{f"baseline_{name}": value for name, value in beside.items()},
        **{f"saved_{name}": value for name, value in (summary.savings or {}).items()},
    }


def compared(summaries: Iterable[Summary], shown: Callable[[str], bool] = is_compared) -> list[str]:
    """Names of the columns of comparisons: money, emissions, and the key figures that ``shown`` selects."""
    found: dict[str, None] = {}
    for summary in summaries:
        accounts = (summary.written(name) for name in (COST, EMISSIONS))
        found |= dict.fromkeys(name for name in accounts if name in summary.accounts)
        found |= dict.fromkeys(name for name in summary.kpis if shown(name))
    return list(found)


def _solved(outcomes: Sequence[Outcome]) -> list[tuple[str, Summary]]:
    return [(outcome.job.scenario, outcome.summary) for outcome in outcomes if outcome.summary is not None]


def _write(folder: Path, title: str, outcomes: Sequence[Outcome], table: pd.DataFrame) -> None:
    from microgrid.files import placed_files, write_csv, write_text
    from microgrid.report.pages.compare import render_compare_html

    solved = _solved(outcomes)
    if not solved:
        return
    with placed_files(folder) as new:
        write_csv(new / "compare.csv", table.reset_index())
        write_text(new / "compare.html", render_compare_html(solved, title))
