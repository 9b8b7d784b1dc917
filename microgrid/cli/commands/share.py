"""Command ``microgrid share COMMUNITY``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from microgrid.cli import options
from microgrid.cli.output import echo

if TYPE_CHECKING:
    from microgrid.studies.sharing import Sharing


@click.command("share", cls=options.Command)
@click.argument("community", type=click.Path())
@click.option("--out", type=click.Path(file_okay=False), help="Also write all tables as CSV into this folder.")
@options.json_option
@options.quiet_option
def command(community: str, out: str | None, as_json: bool, quiet: bool) -> None:
    """Share producers' output among several meters, and compare the bill of each without and with sharing.

    COMMUNITY is a YAML file with the meters of producers and participants, tariffs, prices and the key by which the
    energy of each metering interval is shared: dynamic (pro rata of consumption), static, own, priority or equal.
    """
    from microgrid.files import json_text, placed_files, refuse_unwritable_folder, write_csv
    from microgrid.studies.sharing import share_energy

    if out:
        refuse_unwritable_folder(Path(out))
    found = share_energy(community)
    if out:
        with placed_files(Path(out)) as new:
            for name, table in found.tables().items():
                write_csv(new / f"{name}.csv", table)
    if as_json:
        tables = {name: found.tables()[name].to_dict("records") for name in ("participants", "producers", "bills")}
        echo(json_text({"name": found.name, "currency": found.currency, "totals": found.written_totals(), **tables}))
    elif not quiet:
        _show(found)


def _show(found: Sharing) -> None:
    from microgrid.cli.tables import amount, print_table

    totals = found.totals()
    currency = found.currency
    for table, title, headers in (
        (
            found.participants,
            found.name,
            ("", "kWh", "shared", f"{currency} before", "after", "for shared", "saved"),
        ),
        (found.producers, "Producers", ("", "kWh", "shared", "surplus", f"{currency} earned")),
    ):
        figures = list(table.columns[1:])
        rows = [(str(row[table.columns[0]]), *(amount(row[name]) for name in figures)) for _, row in table.iterrows()]
        print_table(headers, [*rows, ("Total", *(amount(totals[name]) for name in figures))], title)
    for words, name in (("self-consumption", "self_consumption"), ("self-sufficiency", "self_sufficiency")):
        rate = totals[f"{name}_fraction"]
        echo(f"{words}: {'-' if rate is None else f'{rate:.1%}'}")
