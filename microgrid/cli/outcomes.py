"""Outcomes of jobs on the command line: run with progress, and shown as tables or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microgrid.cli.output import echo
from microgrid.cli.progress import stages
from microgrid.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from microgrid.result.summary import Summary
    from microgrid.studies.runners.batch import Job, Outcome


def run_and_show(work: list[Job], jobs: int, as_json: bool, quiet: bool) -> ExitCode:
    """Run jobs, ``jobs`` at a time, and show the outcome of each; returns the worst exit code."""
    from microgrid.files import json_text
    from microgrid.studies.runners.batch import run_jobs

    worst = ExitCode.FINE
    shown = []
    with stages(work[0].label if len(work) == 1 else f"{len(work)} cases", quiet) as report_progress:
        outcomes = sorted(run_jobs(work, jobs, report_progress), key=lambda outcome: work.index(outcome.job))
    for outcome in outcomes:
        worst = max(worst, outcome.exit_code)
        if outcome.error:
            echo(f"{outcome.job.label} failed:\n{outcome.error}", err=True)
        elif not as_json:
            _show(outcome, quiet)
        failed = {"case": outcome.job.case, "error": outcome.error}
        shown.append(outcome.summary.plain() if outcome.summary else failed)
    if as_json:
        echo(json_text(shown[0] if len(shown) == 1 else shown))
    return worst


def _show(outcome: Outcome, quiet: bool) -> None:
    summary = outcome.summary
    folder = outcome.folder
    assert summary is not None
    assert folder is not None
    for note in (*summary.changed_files, *(() if quiet else summary.notes)):
        echo(f"note: {note}", err=True)
    if not summary.audit.passed:
        for finding in summary.audit.findings:
            echo(f"audit: {finding}", err=True)
    for target in summary.targets:
        if not target.met:
            near = f"; did you mean {target.did_you_mean}?" if target.did_you_mean else ""
            echo(f"target missed: {target.figure} is {target.value}{near}", err=True)
    if not quiet:
        _show_in_full(summary, folder)


def _show_in_full(summary: Summary, folder: Path) -> None:
    from microgrid.cli.tables import print_table, result_rows

    title = f"{summary.title}, scenario {summary.scenario}"
    print_table(["", "optimized", "baseline", "difference"], result_rows(summary), title)
    for finding in summary.baseline.findings if summary.baseline else ():
        echo(f"The rule-based baseline breaks a rule: {finding}")
    verdict = "passed" if summary.audit.passed else "FAILED"
    gap = "" if summary.gap is None else f", proven gap {summary.gap:.2e}"
    echo(f"Status {summary.status.words}{gap}.")
    echo(f"Audit {verdict}: largest balance residual {summary.audit.max_residual_kw or 0.0:.1e} kW.")
    for notice in summary.notices:
        echo(f"Note: {notice.field}: {notice.message}.")
    kinds = "1 kind" if summary.repairs == 1 else f"{summary.repairs} kinds"
    echo(f"{kinds} of repairs, listed in the report." if summary.repairs else "No repairs.")
    echo(f"Files: {folder.as_posix()}")
    echo(f"Open {(folder / 'report.html').as_posix()}")
