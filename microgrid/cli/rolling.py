"""microgrid rolling CASE"""

from __future__ import annotations

from collections.abc import Callable

import click

from microgrid.cli import options
from microgrid.cli.outcomes import run_and_show


def _quantity(unit: str, example: str) -> Callable[[click.Context, click.Parameter, str | None], float | None]:
    def read(_: click.Context, __: click.Parameter, text: str | None) -> float | None:
        from microgrid.units import parse

        try:
            return None if text is None else parse(text, unit)
        except ValueError as error:
            raise click.BadParameter(f"{text!r}: {error}; expected {example}") from None

    return read


_hours = _quantity("h", "a duration such as 48h or '2 d'")


@click.command("rolling")
@options.case_argument
@click.option("--window", default="48h", show_default=True, callback=_hours, help="How far each window sees.")
@click.option("--every", default="24h", show_default=True, callback=_hours, help="After how long the next one begins.")
@click.option(
    "--end-value",
    metavar="PRICE",
    callback=_quantity("EUR/kWh", "a price such as '0.15 EUR/kWh'"),
    help="Worth of stored energy at a window's end; else what the window before tells.",
)
@click.option("--foresight", is_flag=True, help="Also dispatch the whole horizon, for the bound and the gap.")
@options.scenario_option
@options.run_options
@click.pass_context
def command(
    ctx: click.Context,
    case: str,
    window: float,
    every: float,
    end_value: float | None,
    foresight: bool,
    scenario: str,
    run: options.RunOptions,
) -> None:
    """Dispatch a case window after window, with limited foresight.

    Each window hands its states on: charge, temperatures, the month's peak so far, runs that have begun. The result
    is one audited schedule, in OUT/<case>/<scenario>.rolling.
    """
    from microgrid.studies.batch import Job, Rolling

    study = Rolling(window, every, end_value, foresight)
    job = Job(case, scenario, run.settings, run.limits, run.out, study)
    ctx.exit(run_and_show([job], 1, run.as_json, run.quiet))
