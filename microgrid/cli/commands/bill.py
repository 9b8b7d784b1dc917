"""Command ``microgrid bill METER --tariff TARIFF``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from microgrid.cli import options
from microgrid.cli.output import echo

if TYPE_CHECKING:
    from microgrid.studies.billing import MeterBill


@click.command("bill", cls=options.Command)
@click.argument("meter", type=click.Path())
@click.option("--tariff", required=True, type=click.Path(), help="Tariff file.")
@click.option(
    "--timezone", required=True, help="Time zone of the site, such as Europe/Paris, whose calendar the tariff follows."
)
@click.option("--country", default="", help="Country whose public holidays count, such as FR.")
@click.option(
    "--import-column", help="Column of energy or power drawn; by default the one whose name begins with 'import'."
)
@click.option(
    "--export-column",
    help="Column of energy or power fed in; by default the one whose name begins with 'export', if any.",
)
@click.option("--format", "name", help="Format of METER if it is no plain table: enedis, green-button, ..., or auto.")
@options.format_options_option
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NEW=NAME",
    help="Column under another name, such as import_kwh=Verbrauch or 'NEW={column: NAME, unit: Wh, scale: 2}'.",
)
@options.unit_option
@options.scale_option
@click.option("--out", type=click.Path(dir_okay=False), help="Also write the lines to this CSV file.")
@options.json_option
def command(
    meter: str,
    tariff: str,
    timezone: str,
    country: str,
    import_column: str | None,
    export_column: str | None,
    name: str | None,
    given: tuple[str, ...],
    columns: tuple[str, ...],
    unit: str,
    scale: float,
    out: str | None,
    as_json: bool,
) -> None:
    """Bill a meter's readings: quantity, unit price and amount of each line by month.

    METER is a CSV or Parquet file with a column time and readings such as import_kw or import_kwh, or any file that
    'import' reads, with its options. The bill is computed without model and solver, by the code that audits the bill of
    a schedule, in the currency that the tariff states.
    """
    from microgrid.files import write_csv
    from microgrid.studies.billing import bill_meter

    found = bill_meter(
        meter,
        tariff,
        timezone=timezone,
        country=country,
        import_column=import_column,
        export_column=export_column,
        format=name,
        options=options.read_format_options(given),
        columns=options.read_columns(columns),
        unit=unit,
        scale=scale,
    )
    if out:
        write_csv(Path(out), found.written())
    if as_json:
        echo(found.written().to_json(orient="records", indent=2))
    else:
        _show(found, Path(meter).name)


def _show(found: MeterBill, title: str) -> None:
    from microgrid.cli.tables import bill_rows, print_table
    from microgrid.report.tables.bill import over_months, written_units

    lines = found.lines
    currency = found.currency
    rows = bill_rows(over_months(written_units(lines, currency)))
    by_month = lines.groupby("month", sort=False)["amount"].sum()
    if len(by_month) > 1:
        rows += [(f"  of which {month}", "", "", f"{amount:,.2f}") for month, amount in by_month.items()]
    total = ("Total", "", "", f"{lines['amount'].sum():,.2f}")
    print_table(["", "quantity", f"{currency} per unit", currency], [*rows, total], title)
