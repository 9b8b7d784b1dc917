"""microgrid run CASE..."""

from __future__ import annotations

import click

from microgrid.cli import options
from microgrid.cli.outcomes import run_and_show


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
    from microgrid.solve.limits import Limits
    from microgrid.studies.batch import Job

    changed = options.read_settings(settings)
    work = [Job(case, scenario, changed, Limits(gap, time_limit), out) for case in cases]
    ctx.exit(run_and_show(work, jobs, as_json, quiet))
