"""Command ``microgrid rolling CASE``."""

from __future__ import annotations

import click

from microgrid.cli import options
from microgrid.cli.outcomes import run_and_show


def _hours(_: click.Context, __: click.Parameter, text: str) -> float:
    from microgrid.units import parse

    try:
        return parse(text, "h")
    except ValueError as error:
        raise click.BadParameter(f"{text!r}: {error}; expected a duration such as 48h or '2 d'") from None


@click.command("rolling", cls=options.Command)
@options.case_argument
@click.option(
    "--window", default="48h", show_default=True, callback=_hours, help="Length of each window, which is its foresight."
)
@click.option(
    "--every",
    default="24h",
    show_default=True,
    callback=_hours,
    help="Time from the start of a window to the start of the next.",
)
@options.end_value_option
@click.option("--foresight", is_flag=True, help="Also dispatch the whole horizon, for the bound and the gap.")
@options.scenario_option
@options.run_options
@click.pass_context
def command(
    ctx: click.Context,
    case: str,
    window: float,
    every: float,
    end_value: float | dict[str, float] | None,
    foresight: bool,
    scenario: str,
    run: options.RunOptions,
) -> None:
    """Dispatch a case window after window, with limited foresight.

    Each window begins from the states of the one before: charge, temperatures, the month's peak so far, runs that have
    begun. The result is one audited schedule, in OUT/<case>/<scenario>.rolling.
    """
    from microgrid.studies.runners.batch import Job, Rolling

    study = Rolling(window, every, foresight)
    job = Job(case, scenario, run.settings, run.limits, run.out, study, end_value)
    ctx.exit(run_and_show([job], 1, run.as_json, run.quiet))
