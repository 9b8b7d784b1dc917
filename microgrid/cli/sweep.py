"""microgrid sweep CASE"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from microgrid.cli import options
from microgrid.cli.progress import stages


@click.command("sweep")
@options.case_argument
@click.option(
    "--vary",
    "varied",
    multiple=True,
    required=True,
    metavar="PATH=[V1, V2, ...]",
    help='Values to try, e.g. --vary assets.li-ion.capacity="[1 MWh, 2 MWh]"; several give every combination.',
)
@options.scenario_option
@options.jobs_option
@options.run_options
@click.pass_context
def command(
    ctx: click.Context, case: str, varied: tuple[str, ...], scenario: str, jobs: int, run: options.RunOptions
) -> None:
    """Dispatch a case with many settings and put them side by side.

    Each begins from where the one before it stood. The table is written to OUT/<case>/sweep.csv.
    """
    from microgrid.case.reading import result_name
    from microgrid.report.files import write_csv
    from microgrid.studies.sweep import product, sweep

    values = {path: _values(value) for path, value in options.read_settings(varied).items()}
    variants = product(values)
    with stages("sweep", run.quiet) as say:
        found = sweep(
            case, variants, scenario=scenario, settings=run.settings, limits=run.limits, workers=jobs, say=say
        )
    for number, error in found.errors.items():
        click.echo(f"variant {number + 1} failed:\n{error}", err=True)
    file = Path(run.out) / result_name(case) / "sweep.csv"
    if len(found.errors) < len(found.table):
        write_csv(file, found.table)
    if run.as_json:
        click.echo(found.table.to_json(orient="records", indent=2))
    elif not run.quiet and len(found.errors) < len(found.table):
        _show(found.table, list(values), file)
    ctx.exit(found.exit_code)


def _values(value: Any) -> list[Any]:
    return value if isinstance(value, list) and value else [value]


def _show(table: Any, paths: list[str], file: Path) -> None:
    from microgrid.cli.tables import amount, print_table

    shown = [c for c in ("cost_eur", "emissions_kgco2", "peak_import_kw") if c in table]
    rows = [
        (", ".join(str(row[path]) for path in paths), *(amount(None if row[c] != row[c] else row[c]) for c in shown))
        for _, row in table.iterrows()
    ]
    print_table([", ".join(paths), *shown], rows)
    click.echo(f"All figures: {file.as_posix()}")
