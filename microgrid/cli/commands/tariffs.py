"""Command ``microgrid tariffs [NAME]``."""

from __future__ import annotations

import json

import click

from microgrid.cli import options
from microgrid.cli.output import echo


@click.command("tariffs", cls=options.Command)
@click.argument("name", required=False)
@click.option(
    "--out", type=click.Path(dir_okay=False), help="Write the tariff NAME to this file, which must not exist yet."
)
@options.json_option
def command(name: str | None, out: str | None, as_json: bool) -> None:
    """List the tariffs that ship with the package; with NAME, print the file of one, or write it out to be edited.

    A case uses one of them by 'tariff: library:NAME', and a tariff of your own by the name of its file.
    """
    from microgrid.tariff.shipped import library_file, titles, write_tariff

    if name is None:
        if out is not None:
            raise click.UsageError("--out needs the NAME of a tariff; 'microgrid tariffs' lists them")
        known = titles()
        width = max(map(len, known))
        rows = [f"{key:{width}}  {title}" for key, title in known.items()]
        echo(json.dumps(known, indent=2, ensure_ascii=False) if as_json else "\n".join(rows))
        return
    if out is None:
        echo(library_file(name).read_text(encoding="utf-8"), nl=False)
        return
    path = write_tariff(name, out)
    echo(f"{path.as_posix()}: written; in a case: tariff: {path.name}")
