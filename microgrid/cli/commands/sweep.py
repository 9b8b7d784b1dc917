"""Command ``microgrid sweep CASE``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from microgrid.cli import options
from microgrid.cli.output import echo
from microgrid.cli.progress import stages


@click.command("sweep", cls=options.Command)
@options.case_argument
@click.option(
    "--vary",
    "varied",
    multiple=True,
    required=True,
    metavar="PATH=[V1, V2, ...]",
    help='Values to try, e.g. --vary assets.li-ion.capacity="[1 MWh, 2 MWh]"; several give every combination. '
    "A value that is a list itself needs two pairs of brackets.",
)
@options.scenario_option
@options.jobs_option
@options.run_options
@click.pass_context
def command(
    ctx: click.Context, case: str, varied: tuple[str, ...], scenario: str, jobs: int, run: options.RunOptions
) -> None:
    """Dispatch a case with many settings and put them side by side.

    Each dispatch begins from the solution of the one before. The table is written to OUT/<case>/sweep.csv.
    """
    from microgrid.case.case_file import result_name
    from microgrid.errors import shortened
    from microgrid.files import refuse_unwritable_folder, write_csv
    from microgrid.studies.sweep import product, sweep

    values = _varied(varied)
    file = Path(run.out) / result_name(case) / "sweep.csv"
    refuse_unwritable_folder(file.parent)
    with stages("sweep", run.quiet) as report_progress:
        found = sweep(
            case,
            product(values),
            scenario=scenario,
            settings=run.settings,
            limits=run.limits,
            workers=jobs,
            report_progress=report_progress,
        )
    table = found.table
    solved = (table["status"] != "failed").any()
    for number, finding in found.findings.items():
        which = ", ".join(f"{path} = {shortened(str(table[path].iloc[number]), 80)}" for path in values)
        echo(f"variant {number + 1} ({which}):\n{finding}", err=True)
    if solved:
        write_csv(file, table)
    if run.as_json:
        rows = table.assign(finding=[found.findings.get(number, "") for number in range(len(table))])
        echo(rows.to_json(orient="records", indent=2))
    elif solved and not run.quiet:
        _show(table, list(values), found.compared, file)
    ctx.exit(found.exit_code)


def _varied(texts: Sequence[str]) -> dict[str, list[Any]]:
    """Parse the values of each path: path -> values."""
    from microgrid.case.overrides import parse_setting
    from microgrid.errors import InputError, Problem

    found: dict[str, list[Any]] = {}
    for path, value in (parse_setting(text, "--vary") for text in texts):
        if path in found:
            raise InputError(Problem("varied twice", field="--vary", value=path, remedy="give its values in one list"))
        if isinstance(value, str) and "," in value:
            expected = "values in square brackets, with commas between them"
            remedy = f'write {path}="[{value}]"'
            raise InputError(Problem("not a list of values", None, None, f"--vary {path}", value, expected, remedy))
        found[path] = value if isinstance(value, list) and value else [value]
    return found


def _show(table: Any, paths: list[str], shown: Sequence[str], file: Path) -> None:
    from microgrid.cli.tables import amount, print_table

    rows = [
        (", ".join(str(row[path]) for path in paths), *(amount(None if row[c] != row[c] else row[c]) for c in shown))
        for _, row in table.iterrows()
    ]
    print_table([", ".join(paths), *shown], rows)
    echo(f"All figures: {file.as_posix()}")
