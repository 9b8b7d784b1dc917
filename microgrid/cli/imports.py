"""microgrid import FORMAT FILE"""

from __future__ import annotations

import click

from microgrid.cli.import_urdb import command as urdb


@click.group("import")
def command() -> None:
    """Turn a file of another tool into one of this project's own."""


command.add_command(urdb)
