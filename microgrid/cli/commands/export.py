"""Command ``microgrid export CASE FILE``."""

from __future__ import annotations

import click

from microgrid.cli import options
from microgrid.cli.output import echo


@click.command("export", cls=options.Command)
@options.case_argument
@click.argument("file", type=click.Path(dir_okay=False))
@options.scenario_option
@options.settings_option
@click.option("--exclusive", is_flag=True, help="Add a binary variable for every pair that excludes each other.")
@options.quiet_option
def command(case: str, file: str, scenario: str, settings: tuple[str, ...], exclusive: bool, quiet: bool) -> None:
    """Write the matrix that is solved as FILE.mps or FILE.lp, with readable names.

    It is solved without the condition that charging and discharging, or import and export, exclude each other;
    binaries are added only where both would be used. With --exclusive the file has them for all pairs and steps.
    """
    from microgrid.case.reading import load_case
    from microgrid.studies.export import export_case

    size = export_case(load_case(case, scenario, options.read_settings(settings)), file, exclusive)
    if not quiet:
        echo(f"{file}: {size['columns']:,} columns, {size['rows']:,} rows, {size['nonzeros']:,} nonzeros")
