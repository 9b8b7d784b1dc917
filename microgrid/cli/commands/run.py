"""Command ``microgrid run CASE...``."""

from __future__ import annotations

import click

from microgrid.cli import options
from microgrid.cli.outcomes import run_and_show


@click.command("run", cls=options.Command)
@click.argument("cases", nargs=-1, required=True, type=click.Path(), metavar="CASE...")
@options.scenario_option
@options.end_value_option
@options.jobs_option
@options.run_options
@click.pass_context
def command(
    ctx: click.Context,
    cases: tuple[str, ...],
    scenario: str,
    end_value: float | dict[str, float] | None,
    jobs: int,
    run: options.RunOptions,
) -> None:
    """Dispatch one or more cases: optimal schedule, audit and report.

    CASE is a folder with a case.yaml, or a YAML file. A case that fails does not stop the others; the exit code is the
    worst of all cases.
    """
    from microgrid.studies.runners.batch import Job

    work = [Job(case, scenario, run.settings, run.limits, run.out, end_value=end_value) for case in cases]
    ctx.exit(run_and_show(work, jobs, run.as_json, run.quiet))
