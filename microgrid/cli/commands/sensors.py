"""Command ``microgrid sensors CASE``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from microgrid.cli import options
from microgrid.cli.output import echo
from microgrid.cli.progress import stages
from microgrid.errors import ExitCode

if TYPE_CHECKING:
    from microgrid.studies.sensing import Sensing

_WORST = 8


@click.command("sensors", cls=options.Command)
@options.case_argument
@options.scenario_option
@options.settings_option
@click.option(
    "--out", default="results", show_default=True, type=click.Path(file_okay=False), help="Folder of results."
)
@options.json_option
@options.quiet_option
@click.pass_context
def command(
    ctx: click.Context, case: str, scenario: str, settings: tuple[str, ...], out: str, as_json: bool, quiet: bool
) -> None:
    """Gather the sensors of a case and judge their quality; nothing is solved.

    Writes to OUT/<case>/sensors a page with coverage, repairs and balances, a table with a row for each point, and the
    series. Exit code 1 if a balance does not add up, a hole is left, or more was filled than max_repaired allows.
    """
    from microgrid.files import refuse_unwritable_folder
    from microgrid.studies.sensing import gather_sensors

    refuse_unwritable_folder(Path(out))
    with stages("sensors", quiet or as_json) as say:
        found = gather_sensors(case, scenario, options.read_settings(settings), lambda stage: say(stage))
        say("report")
        folder = found.write(out)
    if as_json:
        from microgrid.files import json_text

        echo(json_text(found.summary))
    elif not quiet:
        _show(found, found.summary)
        echo(f"Files: {folder.as_posix()}")
    ctx.exit(ExitCode.NOT_HELD if found.findings else ExitCode.FINE)


def _show(found: Sensing, summary: dict[str, Any]) -> None:
    from microgrid.cli.tables import amount, print_table

    rows = [
        (
            name,
            str(series["points"]),
            f"{100 * series['measured_fraction']:.2f}",
            f"{100 * series['filled_fraction']:.2f}",
            f"{series['holes']:,}",
            amount(series["mean"]),
            series["unit"],
        )
        for name, series in summary["series"].items()
    ]
    print_table(["", "points", "measured %", "filled %", "holes", "mean", "unit"], rows, found.title)
    quality = found.quality.sort_values("measured_fraction", kind="stable").head(_WORST)
    worst = [
        (
            str(row["point"]),
            f"{100 * row['measured_fraction']:.2f}",
            f"{100 * row['filled_fraction']:.2f}",
            f"{late:+g} min" if (late := row["clock_late_minutes"]) == late else "-",
        )
        for row in quality.to_dict("records")
    ]
    print_table(["", "measured %", "filled %", "clock"], worst, "Points with the most holes")
    echo(f"{summary['rows']:,} rows, {summary['points']} points in series.")
    if left := summary["not_mapped"]:
        names = ", ".join(left[:_WORST]) + (f" and {len(left) - _WORST} more" if len(left) > _WORST else "")
        echo(click.wrap_text(f"In no series: {names}", 80))
    for name, balance in summary["balances"].items():
        if balance["within"]:
            echo(f"Balance {name!r} adds up to {100 * balance['left_over_fraction']:.2f} % of the flow.")
    for finding in found.findings:
        echo(click.wrap_text(finding, 80))
