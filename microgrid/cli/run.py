"""microgrid run CASE..."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from microgrid.cli import options
from microgrid.cli.progress import stages

if TYPE_CHECKING:
    from microgrid.studies.batch import Outcome


@click.command("run")
@click.argument("cases", nargs=-1, required=True, type=click.Path(), metavar="CASE...")
@options.scenario_option
@options.settings_option
@options.jobs_option
@options.gap_option
@options.time_limit_option
@options.out_option
@options.json_option
@options.quiet_option
@click.pass_context
def command(
    ctx: click.Context,
    cases: tuple[str, ...],
    scenario: str,
    settings: tuple[str, ...],
    jobs: int,
    gap: float,
    time_limit: float | None,
    out: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Dispatch one or more cases: optimal schedule, audit and report.

    CASE is a folder with a case.yaml, or a YAML file. One case that fails does not stop the others; the exit code
    is the worst of all.
    """
    from microgrid.report.files import json_text
    from microgrid.solve.limits import Limits
    from microgrid.studies.batch import Job, run_jobs

    changed = options.read_settings(settings)
    work = [Job(case, scenario, changed, Limits(gap, time_limit), out) for case in cases]
    worst, shown = 0, []
    with stages(work[0].label if len(work) == 1 else f"{len(work)} cases", quiet) as say:
        outcomes = sorted(run_jobs(work, jobs, say), key=lambda outcome: work.index(outcome.job))
    for outcome in outcomes:
        worst = max(worst, outcome.exit_code)
        if outcome.error:
            click.echo(f"{outcome.job.label} failed:\n{outcome.error}", err=True)
        elif not as_json:
            _show(outcome, quiet)
        shown.append(outcome.summary or {"case": outcome.job.case, "error": outcome.error})
    if as_json:
        click.echo(json_text(shown[0] if len(shown) == 1 else shown))
    ctx.exit(worst)


def _show(outcome: Outcome, quiet: bool) -> None:
    summary, folder = outcome.summary, outcome.folder
    assert summary is not None
    assert folder is not None
    if not summary["audit"]["passed"]:
        for finding in summary["audit"]["findings"]:
            click.echo(f"audit: {finding}", err=True)
    for target in summary["targets"]:
        if not target["met"]:
            near = f"; did you mean {target['did_you_mean']}?" if "did_you_mean" in target else ""
            click.echo(f"target missed: {target['figure']} is {target['value']}{near}", err=True)
    if quiet:
        return
    from microgrid.cli.tables import print_table, result_rows

    title = f"{summary['title']}, scenario {summary['scenario']}"
    print_table(["", "optimized", "baseline", "difference"], result_rows(summary), title)
    for finding in summary["baseline"]["findings"]:
        click.echo(f"The rule-based baseline does not hold: {finding}")
    audit = summary["audit"]
    verdict = "passed" if audit["passed"] else "FAILED"
    click.echo(f"Status {summary['status'].replace('_', ' ')}, proven gap {summary['gap']:.2e}.")
    click.echo(f"Audit {verdict}: largest balance residual {audit['max_residual_kw']:.1e} kW.")
    click.echo(f"{summary['repairs']} kinds of repairs, listed in the report." if summary["repairs"] else "No repairs.")
    click.echo(f"Files: {folder.as_posix()}")
    click.echo(f"Open {(folder / 'report.html').as_posix()}")
