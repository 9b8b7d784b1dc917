"""Command ``microgrid import urdb FILE --out TARIFF``."""

from __future__ import annotations

import click

from microgrid.cli import options
from microgrid.cli.output import echo


@click.command("urdb", cls=options.Command)
@click.argument("file", type=click.Path())
@click.option("--out", required=True, type=click.Path(dir_okay=False), help="Tariff file (YAML) to write.")
@click.option("--index", type=int, metavar="N", help="Number of the rate, from 1, if FILE has several.")
@options.quiet_option
def command(file: str, out: str, index: int | None, quiet: bool) -> None:
    """Convert a rate of OpenEI's Utility Rate Database to a tariff file.

    The database has the rates of utilities in the United States.

    FILE is JSON as returned by the interface of the database with detail=full. Parts of the rate that the tariff leaves
    out or interprets are listed, and are comments in the tariff file. Its prices stay in USD.
    """
    from microgrid.tariff.urdb.rate import import_urdb

    warnings = import_urdb(file, out, index)
    if quiet:
        return
    for warning in warnings:
        echo(f"warning: {warning}", err=True)
    echo(f"{out}: written, with {len(warnings)} warning{'' if len(warnings) == 1 else 's'}")
