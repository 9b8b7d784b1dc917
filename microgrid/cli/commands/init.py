"""Command ``microgrid init NAME``."""

from __future__ import annotations

import click

from microgrid.cli import options
from microgrid.cli.output import echo


@click.command("init", cls=options.Command)
@click.argument("name", type=click.Path())
def command(name: str) -> None:
    """Write a small commented case that runs as it is, into a new folder NAME."""
    from microgrid.case.template import write_template

    folder = write_template(name)
    echo(f"{folder.as_posix()} is ready; now: microgrid run {folder.as_posix()}")
