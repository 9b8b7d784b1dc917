"""Command ``microgrid compare CASE``."""

from __future__ import annotations

import click

from microgrid.cli import options
from microgrid.cli.output import echo
from microgrid.cli.progress import stages


@click.command("compare", cls=options.Command)
@options.case_argument
@click.option("--scenario", "scenarios", multiple=True, help="Only these scenarios, in this order; all by default.")
@options.jobs_option
@options.run_options
@click.pass_context
def command(ctx: click.Context, case: str, scenarios: tuple[str, ...], jobs: int, run: options.RunOptions) -> None:
    """Dispatch all scenarios of a case and put them side by side."""
    from microgrid.studies.compare import compare

    chosen = scenarios or None
    with stages("compare", run.quiet) as report_progress:
        comparison = compare(
            case,
            chosen,
            settings=run.settings,
            limits=run.limits,
            out=run.out,
            workers=jobs,
            report_progress=report_progress,
        )
    for outcome in comparison.outcomes:
        if outcome.error:
            echo(f"{outcome.job.label} failed:\n{outcome.error}", err=True)
    if run.as_json:
        echo(comparison.table.to_json(orient="index", indent=2))
    elif not run.quiet and comparison.solved:
        from microgrid.cli.tables import amount, print_table

        columns = comparison.compared
        rows = [
            (str(name), *(amount(None if row[c] != row[c] else float(row[c])) for c in columns))
            for name, row in comparison.table.iterrows()
        ]
        print_table(["scenario", *columns], rows, comparison.title)
        for note in comparison.notes:
            echo(f"Note: {note}.")
        echo(f"Open {(comparison.folder / 'compare.html').as_posix()}")
    ctx.exit(comparison.exit_code)
